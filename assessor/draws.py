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
_ABOVE_ALL = -1  # stands for the parent of the overall score
_LEAST = 1e-300  # a very light weight may be drawn as 0, and would then not apply


@dataclass(frozen=True)
class Evidence:
    """What one proposal, or each of many, brings to every draw.

    `leaves` (K, 3): low, mid and high of each indicator; `applies` (K,): whether it does; `raised`
    (R,): whether the rule is. A rule that cannot tell caps nothing, as it does to `mid`. Of many
    proposals each array has one more axis at its end.
    """

    leaves: Floats
    applies: Masks
    raised: Masks

    def of(self, n: int) -> Evidence:
        """What proposal number `n` of many brings."""
        return Evidence(self.leaves[..., n], self.applies[:, n], self.raised[:, n])


class Draws:
    """Weights for a whole tree, drawn once; then `scores` of as many proposals as there are."""

    def __init__(self, scorer: Scorer, count: int = DRAWS, seed: int = SEED) -> None:
        self.count, self.seed = count, seed
        self._leaves = len(scorer.weights)
        self._branches = {node.row: node for node in scorer.tree}
        self._parents = {row: node.row for node in scorer.tree for row in _inner(node)}
        self._parents[0] = _ABOVE_ALL
        self._under = _under(scorer.tree)
        generator = np.random.default_rng(seed)
        concentration = scorer.rubric.file.weights.concentration
        self._weights = {
            node.row: _gammas(generator, scorer.weights_under(node), concentration, count)
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
    def _whole(self) -> tuple[Floats, Floats]:
        """The shares where everything applies."""
        every = {row: np.ones(len(drawn), dtype=bool) for row, drawn in self._weights.items()}
        return self._down_the_tree(every)

    def scores(self, evidence: Evidence) -> Floats:
        """The overall score in each draw (2, S): answers at their mid, and answers drawn as well.

        What only takes plain weighted means on its way up is summed up in one go.
        """
        of_leaves, of_nodes = self._whole
        if not self._all_nodes_apply(evidence):
            below = {row: self._below(node, evidence) for row, node in self._branches.items()}
            of_leaves, of_nodes = self._down_the_tree(below)
        plain = self._plain(evidence)
        low, mid, high = self._summed(evidence, plain)
        scores = np.empty((2, self.count))
        scores[:] = np.einsum("k,ks->s", mid, of_leaves)
        fixed, drawn = scores
        for leaf in np.flatnonzero(low < high).tolist():
            lucky = self.luck(leaf) * (high[leaf] - low[leaf])
            lucky += low[leaf] - mid[leaf]
            lucky *= of_leaves[leaf]
            drawn += lucky
        for row, node in self._branches.items():
            if plain[self._parents[row]] and not plain[row]:
                middle = self._value(node, evidence, lucky=False)
                part = middle * of_nodes[row]
                fixed += part
                if self._is_open(node, evidence):
                    part = self._value(node, evidence, lucky=True) * of_nodes[row]
                drawn += part
        return np.clip(scores, 0, _most(self._branches[0], evidence), out=scores)

    def drawn(self, evidence: Evidence) -> Floats:
        """The overall scores of many proposals (N, S), with answers drawn.

        They are those of `scores`, but for rounding: what is plain is one product of matrices, and
        what is not is found once for all proposals that have the same answers there.
        """
        of_leaves, of_nodes = self._whole
        plain = self._plain(evidence)
        low, _, high = self._summed(evidence, plain)
        constant = np.zeros((len(of_nodes), evidence.leaves.shape[2]))
        varying: list[tuple[int, Floats, list[int]]] = []
        for row, node in self._branches.items():
            apart = np.flatnonzero(plain[self._parents[row]] & ~plain[row]).tolist()
            for members in self._alike(node, evidence, apart):
                value = self._value(node, evidence.of(members[0]), lucky=True)
                if len(value) == 1:
                    constant[row, members] = value
                else:
                    varying.append((row, value, members))
        lucky = np.array([self.luck(k) for k in range(self._leaves)])
        lucky *= of_leaves
        rows = np.flatnonzero(constant.any(axis=1))
        shares = np.concatenate([of_leaves, lucky, of_nodes[rows]])
        scores: Floats = np.concatenate([low, high - low, constant[rows]]).T @ shares
        for row, value, members in varying:
            part = value * of_nodes[row]
            for n in members:
                scores[n] += part
        most = np.broadcast_to(_most(self._branches[0], evidence), len(scores))
        np.clip(scores, 0, most[:, None], out=scores)
        for n in np.flatnonzero(~self._all_nodes_apply(evidence)).tolist():
            scores[n] = self.scores(evidence.of(n))[1]
        return scores

    def _alike(self, node: Branch, evidence: Evidence, among: Sequence[int]) -> list[list[int]]:
        """The proposals `among` all, grouped by what they bring to a node."""
        leaves, rules = self._under[node.row]
        brought = [
            *evidence.leaves[leaves].reshape(-1, evidence.leaves.shape[2]),
            *evidence.applies[leaves],
            *evidence.raised[rules],
        ]
        groups: dict[bytes, list[int]] = {}
        for n, own in zip(among, np.array(brought)[:, among].T.copy(), strict=True):
            groups.setdefault(own.tobytes(), []).append(n)
        return list(groups.values())

    def _below(self, node: Branch, evidence: Evidence) -> Masks:
        """Which children of a node apply."""
        if isinstance(node.children, slice):
            return evidence.applies[node.children]
        leaves = [self._under[row][0] for row in node.children]
        return np.array([evidence.applies[own].any(axis=0) for own in leaves])

    def _all_nodes_apply(self, evidence: Evidence) -> Masks:
        if evidence.applies.all():
            return np.ones(evidence.applies.shape[1:], dtype=bool)
        nodes = [node for node in self._branches.values() if not node.over_leaves]
        below = np.concatenate([self._below(node, evidence) for node in nodes])
        return np.asarray(below.all(axis=0))

    def _is_open(self, node: Branch, evidence: Evidence) -> bool:
        """Whether anything under a node is to be drawn."""
        low, _, high = evidence.leaves[self._under[node.row][0]].T
        return bool((low < high).any())

    def _plain(self, evidence: Evidence) -> dict[int, Masks]:
        """Which nodes are plain means of all their leaves, and so all the way up.

        A cap on the whole is set at the end.
        """
        plain = {_ABOVE_ALL: np.ones(evidence.applies.shape[1:], dtype=bool)}
        for row, node in reversed(self._branches.items()):
            own = plain[self._parents[row]] & (node.aggregation == "arithmetic")
            if node.caps and row:
                own = own & (_most(node, evidence) == 100)
            if node.over_leaves:
                own = own & evidence.applies[node.children].all(axis=0)
            plain[row] = own
        return plain

    def _summed(self, evidence: Evidence, plain: Mapping[int, Masks]) -> Floats:
        """Low, mid and high (3, K) of the leaves under plain nodes; 0 of the others."""
        leaves = np.zeros((3, *evidence.applies.shape))
        for row, node in self._branches.items():
            if node.over_leaves:
                np.multiply(
                    evidence.leaves[node.children].swapaxes(0, 1),
                    plain[row],
                    out=leaves[:, node.children],
                )
        return leaves

    def _value(self, node: Branch, evidence: Evidence, *, lucky: bool) -> Floats:
        """A node in each draw; one number where it is always the same."""
        if isinstance(node.children, slice):
            leaves = range(*node.children.indices(self._leaves))
            parts = [self._leaf(k, evidence, lucky=lucky) for k in leaves]
        else:
            parts = [
                self._value(self._branches[row], evidence, lucky=lucky) for row in node.children
            ]
        applies = self._below(node, evidence)
        children = np.empty((len(parts), 1, max(map(len, parts))))
        for place, part in enumerate(parts):
            children[place, 0] = part
        if node.aggregation == "weakest_link":  # whose weights only say what applies
            shares = applies[:, None].astype(float)
        else:
            shares = self.shares(node.row, applies)
        combined: Floats = AGGREGATIONS[node.aggregation](children, shares, node.floor)[0]
        np.minimum(combined, _most(node, evidence), out=combined)
        return combined

    def _leaf(self, k: int, evidence: Evidence, *, lucky: bool) -> Floats:
        low, mid, high = evidence.leaves[k]
        return low + (high - low) * self.luck(k) if lucky and low < high else np.array([mid])


def _shared_out(weights: Floats) -> Floats:
    """Weights as shares of their sum; no shares where all of them are 0."""
    shares = np.array(weights)
    shares /= np.maximum(np.add.reduce(weights, axis=0), _LEAST)
    return shares


def _inner(node: Branch) -> list[int]:
    """The rows of the nodes right below a node."""
    return [] if isinstance(node.children, slice) else node.children


def _under(tree: Sequence[Branch]) -> dict[int, tuple[list[int], list[int]]]:
    """The leaves under each node, and the rules that cap it or anything under it."""
    under: dict[int, tuple[list[int], list[int]]] = {}
    for node in tree:
        rules = [rule for rule, _ in node.caps]
        if isinstance(node.children, slice):
            under[node.row] = list(range(node.children.start, node.children.stop)), rules
        else:
            below = [under[row] for row in node.children]
            leaves = [k for own, _ in below for k in own]
            under[node.row] = leaves, [*rules, *(r for _, own in below for r in own)]
    return under


def _most(node: Branch, evidence: Evidence) -> Floats | np.float64:
    """The highest score that raised rules leave to a node."""
    most: Floats | np.float64 = np.float64(100)
    for rule, cap in node.caps:
        most = np.minimum(most, np.where(evidence.raised[rule], cap.at, 100.0))
    return most


def _gammas(
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
