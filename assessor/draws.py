"""The weights of a rubric drawn anew many times, and what a proposal scores under each draw.

Weights are drawn for each family of siblings from a Dirichlet distribution around those of the
rubric; answers that are open or held with less than full confidence are drawn evenly between their
low and their high. Every draw is combined by the functions of `aggregation`, as any score is.

The draws depend on the rubric and the seed alone, and one proposal is scored at a time: a
proposal has the same bits alone and in any company, and all proposals meet the same draws.

Method: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 7; Saisana, Saltelli
and Tarantola, Journal of the Royal Statistical Society A 168(2), 2005.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assessor.aggregation import AGGREGATIONS, Floats
from assessor.scorer import Branch, Masks, Scorer

DRAWS = 10_000
SEED = 2012
_Pair = tuple[Floats, Floats]
_ABOVE_ALL = -1  # stands for the parent of the overall score
_LEAST = 1e-300  # a very light weight may be drawn as 0, and would then not apply


@dataclass(frozen=True)
class Evidence:
    """What one proposal brings to every draw.

    `leaves` (K, 3): low, mid and high of each indicator; `applies` (K,): whether it does; `raised`
    (R,): whether the rule is. A rule that cannot tell caps nothing, as it does to `mid`.
    """

    leaves: Floats
    applies: Masks
    raised: Masks


class Draws:
    """Weights for a whole tree, drawn once; then `scores` of as many proposals as there are."""

    def __init__(self, scorer: Scorer, count: int = DRAWS, seed: int = SEED) -> None:
        self.count, self.seed = count, seed
        self._leaves = len(scorer.weights)
        self._branches = {node.row: node for node in scorer.tree}
        self._parents = {row: node.row for node in scorer.tree for row in _inner(node)}
        self._parents[0] = _ABOVE_ALL
        generator = np.random.default_rng(seed)
        concentration = scorer.rubric.file.weights.concentration
        self._weights = {
            node.row: _drawn(generator, scorer.weights_under(node), concentration, count)
            for node in scorer.tree
        }
        self._shares: dict[int, Floats] = {}
        self._luck: dict[int, Floats] = {}

    def shares(self, row: int, applies: Masks) -> Floats:
        """What the children of a node (n, S) weigh in each draw; those that apply add up to one."""
        if applies.all():
            if row not in self._shares:
                self._shares[row] = _shared_out(self._weights[row])
            return self._shares[row]
        return _shared_out(self._weights[row] * applies[:, None])

    def luck(self, leaf: int) -> Floats:
        """Where between its low (0) and its high (1) a leaf lies in each draw."""
        if leaf not in self._luck:
            self._luck[leaf] = np.random.default_rng([self.seed, leaf]).random(self.count)
        return self._luck[leaf]

    def _down_the_tree(self, below: Mapping[int, Masks]) -> tuple[Floats, Floats]:
        """The share of the overall score of each leaf (K, S) and node (M, S) in each draw.

        `below` says of each node which of its children apply.
        """
        of_leaves = np.empty((self._leaves, self.count))
        of_nodes = np.ones((len(self._branches), self.count))
        for row, node in reversed(self._branches.items()):
            part = of_leaves if node.over_leaves else of_nodes
            drawn, kept = self._weights[row], below[row]
            total = np.add.reduce(drawn if kept.all() else drawn[kept], axis=0)
            scale = of_nodes[row] / np.maximum(total, _LEAST)
            places = np.arange(len(part))[node.children]
            for place, weights, applies in zip(places, drawn, kept, strict=True):
                np.multiply(weights, scale if applies else 0.0, out=part[place])
        return of_leaves, of_nodes

    @cached_property
    def _every(self) -> dict[int, Masks]:
        """All children of each node."""
        return {row: np.ones(len(drawn), dtype=bool) for row, drawn in self._weights.items()}

    @cached_property
    def _whole(self) -> tuple[Floats, Floats]:
        """The shares where everything applies."""
        return self._down_the_tree(self._every)

    def scores(self, evidence: Evidence) -> Floats:
        """The overall score in each draw (2, S): answers at their mid, and answers drawn as well.

        What only takes plain weighted means on its way up is summed up in one go.
        """
        whole = bool(evidence.applies.all())
        below = self._every if whole else self._below(evidence)
        of_leaves, of_nodes = self._whole if whole else self._down_the_tree(below)
        plain = self._plain(evidence)
        summed = np.zeros((self._leaves, 1), dtype=bool)
        for row, node in self._branches.items():
            if row in plain and node.over_leaves:
                summed[node.children] = True
        low, mid, high = np.where(summed, evidence.leaves, 0).T
        scores = np.empty((2, self.count))
        scores[:] = np.einsum("k,ks->s", mid, of_leaves)
        fixed, drawn = scores
        for leaf in np.flatnonzero(low < high).tolist():
            lucky = self.luck(leaf) * (high[leaf] - low[leaf])
            lucky += low[leaf] - mid[leaf]
            lucky *= of_leaves[leaf]
            drawn += lucky
        for row, node in self._branches.items():
            if row not in plain and self._parents[row] in plain:
                middle, lucky = self._value(node, evidence, below)
                part = middle * of_nodes[row]
                fixed += part
                drawn += part if lucky is middle else lucky * of_nodes[row]
        return np.clip(scores, 0, _most(self._branches[0], evidence), out=scores)

    def _below(self, evidence: Evidence) -> dict[int, Masks]:
        """Which children of each node apply."""
        applies = np.zeros(len(self._branches), dtype=bool)
        below: dict[int, Masks] = {}
        for row, node in self._branches.items():
            below[row] = (evidence.applies if node.over_leaves else applies)[node.children]
            applies[row] = below[row].any()
        return below

    def _plain(self, evidence: Evidence) -> set[int]:
        """The nodes that are, all the way up, plain means; a cap on the whole is set at the end."""
        plain = {_ABOVE_ALL}
        for row, node in reversed(self._branches.items()):
            free = row == 0 or _most(node, evidence) == 100
            if node.aggregation == "arithmetic" and free and self._parents[row] in plain:
                plain.add(row)
        return plain

    def _value(self, node: Branch, evidence: Evidence, below: Mapping[int, Masks]) -> _Pair:
        """A node in each draw, as the rows of `scores`: one array where both are the same."""
        if isinstance(node.children, slice):
            leaves = range(*node.children.indices(self._leaves))
            parts = [self._leaf(k, evidence) for k in leaves]
        else:
            parts = [self._value(self._branches[row], evidence, below) for row in node.children]
        applies, most = below[node.row], _most(node, evidence)
        middle = self._combined(node, [middle for middle, _ in parts], applies, most)
        if all(middle is lucky for middle, lucky in parts):
            return middle, middle
        return middle, self._combined(node, [lucky for _, lucky in parts], applies, most)

    def _combined(
        self, node: Branch, parts: Sequence[Floats], applies: Masks, most: float
    ) -> Floats:
        """The children of a node combined in each draw; one number where they are all the same."""
        children = np.empty((len(parts), 1, max(map(len, parts))))
        for place, part in enumerate(parts):
            children[place, 0] = part
        if node.aggregation == "weakest_link":  # whose weights only say what applies
            shares = applies[:, None].astype(float)
        else:
            shares = self.shares(node.row, applies)
        combined: Floats = AGGREGATIONS[node.aggregation](children, shares, node.floor)[0]
        np.minimum(combined, most, out=combined)
        return combined

    def _leaf(self, k: int, evidence: Evidence) -> _Pair:
        low, mid, high = evidence.leaves[k]
        middle = np.array([mid])
        return middle, (middle if low == high else low + (high - low) * self.luck(k))


def _shared_out(weights: Floats) -> Floats:
    """Weights as shares of their sum; no shares where all of them are 0."""
    shares = np.array(weights)
    shares /= np.maximum(np.add.reduce(weights, axis=0), _LEAST)
    return shares


def _inner(node: Branch) -> list[int]:
    """The rows of the nodes right below a node."""
    return [] if isinstance(node.children, slice) else node.children


def _most(node: Branch, evidence: Evidence) -> float:
    """The highest score that raised rules leave to a node."""
    if not node.caps:
        return 100.0
    return min([100.0, *(cap.at for rule, cap in node.caps if evidence.raised[rule])])


def _drawn(
    generator: np.random.Generator, weights: Floats, concentration: float, count: int
) -> Floats:
    """Weights of siblings (n, S), whose shares have a Dirichlet distribution.

    Its parameters are the weights, scaled so that their mean is `concentration`: a weight as heavy
    as that mean, taken by itself, spreads by 1 / root of `concentration` of itself.
    """
    drawn = np.ones((len(weights), count))
    if len(weights) > 1:
        for shape, row in zip(concentration * weights[:, 0] / weights.mean(), drawn, strict=True):
            generator.standard_gamma(shape, out=row)
    return np.maximum(drawn, _LEAST, out=drawn)
