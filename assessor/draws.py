"""The weights of a rubric drawn anew many times, and what a proposal scores under each draw.

Weights are drawn for each family of siblings from a Dirichlet distribution around those of the
rubric; answers that are open or held with less than full confidence are drawn evenly between their
low and their high. Every draw is combined by the functions of `aggregation`, as any score is.

The draws depend on the rubric and the seed alone, so that all proposals meet the same ones.
`Draws.scores` takes one proposal at a time, which thus has the same bits alone and in any company;
`Draws.drawn` takes many, for their ranks: several times faster, and the same but for rounding.

Method: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 7; Saisana, Saltelli
and Tarantola, Journal of the Royal Statistical Society A 168(2), 2005.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from assessor.aggregation import AGGREGATIONS, Floats, weakest_link
from assessor.cache import keep_numbers, recall_numbers
from assessor.plain import Record
from assessor.scorer import Branch, Masks, Scorer

DRAWS = 10_000
SEED = 2012
_ABOVE_ALL = -1  # stands for the parent of the overall score
_LEAST = 1e-100  # a very light weight may be drawn as 0, and would then not apply
_PRODUCT = 1_000_000  # multiplications in one go; of more, several threads would take part
_NOTHING = np.finfo(np.float64).tiny  # keeps 0 / 0 at 0


class Evidence(Record, kw_only=False):
    """What one proposal, or each of many, brings to every draw.

    `leaves` (K, 3): low, mid and high of each indicator; `applies` (K,): whether it does; `raised`
    (R,): whether the rule is. A rule that cannot tell caps nothing, as it does to `mid`. Of many
    proposals each array has one more axis at its end.

    `drawn`, of one proposal alone: in which draws (S,) the answers drawn raise a rule, by its
    number, that cannot tell yet.
    """

    leaves: Floats
    applies: Masks
    raised: Masks
    drawn: Mapping[int, Masks] | None = None

    def of(self, n: int) -> Evidence:
        """What proposal number `n` of many brings."""
        return Evidence(self.leaves[..., n], self.applies[:, n], self.raised[:, n])


class Draws:
    """Weights for a whole tree, drawn once; then the scores of as many proposals as there are."""

    def __init__(self, scorer: Scorer, count: int = DRAWS, seed: int = SEED) -> None:
        self.count, self.seed = count, seed
        self._leaves = len(scorer.weights)
        self._concentration = scorer.rubric.file.weights.concentration
        self._branches = {node.row: node for node in scorer.tree}
        self._parents = {row: node.row for node in scorer.tree for row in _inner(node)}
        self._parents[0] = _ABOVE_ALL
        self._under = _under(scorer.tree)
        self._shares: dict[int, Floats] = {}
        weights = {node.row: scorer.weights_under(node)[:, 0] for node in scorer.tree}
        shape = 2 * self._leaves + len(self._branches), count
        key = self._key(weights)
        kept = recall_numbers(key, shape)
        table = np.ones(shape) if kept is None else kept
        self._of_leaves, self._luck, self._of_nodes = np.split(
            table, [self._leaves, 2 * self._leaves]
        )
        if kept is None:
            self._fill(weights)
            keep_numbers(key, table)

    def _key(self, weights: Mapping[int, Floats]) -> bytes:
        """All that the draws depend on."""
        nodes = [
            (row, node.aggregation, node.children, weights[row].tolist())
            for row, node in self._branches.items()
        ]
        return repr((np.__version__, self.count, self.seed, self._concentration, nodes)).encode()

    def _fill(self, weights: Mapping[int, Floats]) -> None:
        """Draw what each leaf and node weighs in the whole, and the luck of each leaf."""
        generator = _generator(self.seed)
        for row, node in self._branches.items():
            if node.aggregation != "weakest_link":  # which is the same by any weights
                family = self._family(node, self._of_leaves, self._of_nodes)
                _draw(generator, weights[row], self._concentration, family)
        every = {row: np.ones(len(own), bool) for row, own in weights.items()}
        self._down_the_tree(self._of_leaves, self._of_nodes, every)
        for leaf, luck in enumerate(self._luck):
            _generator([self.seed, leaf]).random(out=luck)

    def _family(self, node: Branch, of_leaves: Floats, of_nodes: Floats) -> list[Floats]:
        """The rows of the children of a node."""
        if isinstance(node.children, slice):
            return list(of_leaves[node.children])
        return [of_nodes[row] for row in node.children]

    def _down_the_tree(
        self, of_leaves: Floats, of_nodes: Floats, below: Mapping[int, Masks]
    ) -> None:
        """Turn weights of leaves (K, S) and nodes (M, S) into shares of the overall score.

        `below` says of each node which of its children apply.
        """
        for row, node in reversed(self._branches.items()):
            family = self._family(node, of_leaves, of_nodes)
            scale = of_nodes[row] / np.maximum(sum(compress(family, below[row])), _NOTHING)
            for own, applies in zip(family, below[row], strict=True):
                np.multiply(own, scale if applies else 0.0, out=own)

    def shares(self, row: int, applies: Masks) -> Floats:
        """What the children of a node (n, S) weigh in each draw; those that apply add up to one."""
        node = self._branches[row]
        weights = (self._of_leaves if node.over_leaves else self._of_nodes)[node.children]
        if not applies.all():
            return _shared_out(weights * applies[:, None])
        if row not in self._shares:
            self._shares[row] = _shared_out(weights)
        return self._shares[row]

    def luck(self, leaf: int) -> Floats:
        """Where between its low (0) and its high (1) a leaf lies in each draw."""
        lucky: Floats = self._luck[leaf]
        return lucky

    def word_of(self, count: int) -> NDArray[np.int64]:
        """Which of so many assessors is taken at their word in each draw (S,)."""
        return _generator([self.seed, self._leaves]).integers(count, size=self.count)

    def scores(self, evidence: Evidence) -> Floats:
        """The overall score in each draw (2, S): answers at their mid, and answers drawn as well.

        What only takes plain weighted means on its way up is summed up in one go.
        """
        of_leaves, of_nodes = self._of_leaves, self._of_nodes
        if not self._all_nodes_apply(evidence):
            of_leaves, of_nodes = of_leaves.copy(), of_nodes.copy()
            below = {row: self._below(node, evidence) for row, node in self._branches.items()}
            self._down_the_tree(of_leaves, of_nodes, below)
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
                if evidence.drawn or self._is_open(node, evidence):
                    part = self._value(node, evidence, lucky=True) * of_nodes[row]
                drawn += part
        np.clip(scores, 0, _most(self._branches[0], evidence), out=scores)
        np.minimum(drawn, _most_drawn(self._branches[0], evidence), out=drawn)
        return scores

    def capped(self, scores: Floats, evidence: Evidence) -> Floats:
        """What drawn caps make of the scores (S,) that `drawn` gives for one proposal."""
        root, free = self._branches[0], replace(evidence, drawn=None)
        below = (node for row, node in self._branches.items() if row)
        held = [node for node in below if _drawn_caps(node, evidence)]
        if held:
            plain = self._plain(evidence)
            simple = all(plain[self._parents[node.row]] for node in held)
            if not (simple and _most(root, free) == 100 and self._all_nodes_apply(free)):
                drawn: Floats = self.scores(evidence)[1]
                return drawn
        for node in held:
            value = self._value(node, free, lucky=True)
            lost = value - np.minimum(value, _most_drawn(node, evidence))
            scores = scores - lost * self._of_nodes[node.row]
        return np.minimum(scores, _most_drawn(root, evidence))

    def drawn(self, evidence: Evidence) -> Floats:
        """The overall scores of many proposals (N, S), with answers drawn.

        They are those of `scores`, but for rounding: what is plain, or the same in every draw, is
        one product of matrices; the rest is found once for all that bring the same to it.
        """
        plain = self._plain(evidence)
        apart = {row: plain[self._parents[row]] & ~plain[row] for row in self._branches}
        constant = np.zeros((len(self._branches), *evidence.applies.shape[1:]))
        for row, node in self._branches.items():
            if node.over_leaves and node.aggregation == "weakest_link":
                sure = apart[row] & ~self._is_open(node, evidence)
                constant[row] = np.where(sure, self._lowest(node, evidence), 0)
                apart[row] &= ~sure
        scores = self._product(self._summed(evidence, plain), constant)
        for row, node in self._branches.items():
            for members in self._alike(node, evidence, np.flatnonzero(apart[row]).tolist()):
                value = self._value(node, evidence.of(members[0]), lucky=True)
                value = value * self._of_nodes[row]
                for n in members:
                    scores[n] += value
        most = np.broadcast_to(_most(self._branches[0], evidence), len(scores))
        np.clip(scores, 0, most[:, None], out=scores)
        for n in np.flatnonzero(~self._all_nodes_apply(evidence)).tolist():
            scores[n] = self.scores(evidence.of(n))[1]
        return scores

    def _product(self, leaves: Floats, nodes: Floats) -> Floats:
        """Leaves (3, K, N), drawn between low and high, and nodes (M, N), times their shares."""
        low, _, high = leaves
        of_leaves, of_nodes = self._of_leaves, self._of_nodes
        some = np.flatnonzero(nodes.any(axis=1))
        shares = np.empty((2 * len(low) + len(some), self.count))
        shares[: len(low)] = of_leaves
        for k, share in enumerate(of_leaves):
            np.multiply(share, self.luck(k), out=shares[len(low) + k])
        shares[2 * len(low) :] = of_nodes[some]
        columns = np.concatenate([low, high - low, nodes[some]])
        product = np.empty((columns.shape[1], self.count))
        step = max(1, _PRODUCT // columns.size)
        for start in range(0, self.count, step):
            block = slice(start, start + step)
            np.matmul(columns.T, shares[:, block], out=product[:, block])
        return product

    def _lowest(self, node: Branch, evidence: Evidence) -> Floats:
        """A weakest link (N,) of answers that are sure."""
        mid, applies = evidence.leaves[node.children, 1:2], evidence.applies[node.children]
        lowest: Floats = weakest_link(mid, applies.astype(float))[0]
        np.minimum(lowest, _most(node, evidence), out=lowest)
        return lowest

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

    def _is_open(self, node: Branch, evidence: Evidence) -> Masks:
        """Whether anything under a node is to be drawn."""
        leaves = evidence.leaves[self._under[node.row][0]]
        return np.asarray((leaves[:, 0] < leaves[:, 2]).any(axis=0))

    def _plain(self, evidence: Evidence) -> dict[int, Masks]:
        """Which nodes are plain means of all their leaves, and so all the way up.

        A cap on the whole is set at the end.
        """
        plain = {_ABOVE_ALL: np.ones(evidence.applies.shape[1:], dtype=bool)}
        for row, node in reversed(self._branches.items()):
            own = plain[self._parents[row]] & (node.aggregation == "arithmetic")
            if node.caps and row:
                own = own & (_most(node, evidence) == 100) & (not _drawn_caps(node, evidence))
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
        return np.minimum(combined, _most_drawn(node, evidence)) if lucky else combined

    def _leaf(self, k: int, evidence: Evidence, *, lucky: bool) -> Floats:
        low, mid, high = evidence.leaves[k]
        return low + (high - low) * self.luck(k) if lucky and low < high else np.array([mid])


def _shared_out(weights: Floats) -> Floats:
    """Weights as shares of their sum; no shares where all of them are 0."""
    shares = np.array(weights)
    shares /= np.maximum(np.add.reduce(weights, axis=0), _NOTHING)
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


def _drawn_caps(node: Branch, evidence: Evidence) -> list[tuple[Masks, float]]:
    """In which draws (S,) which caps are put on a node by answers that are drawn."""
    drawn = evidence.drawn or {}
    return [(drawn[rule], cap.at) for rule, cap in node.caps if rule in drawn]


def _most_drawn(node: Branch, evidence: Evidence) -> Floats | np.float64:
    """The highest score that rules raised by drawn answers leave to a node in each draw."""
    most: Floats | np.float64 = np.float64(100)
    for raised, at in _drawn_caps(node, evidence):
        most = np.minimum(most, np.where(raised, at, 100.0))
    return most


def _generator(seed: int | list[int]) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(seed))


def _draw(
    generator: np.random.Generator,
    weights: Floats,
    concentration: float,
    family: Sequence[Floats],
) -> None:
    """Draw weights of siblings, each into its row (S,), whose shares are Dirichlet-distributed.

    Its parameters are the weights, scaled so that their mean is `concentration`: a weight as heavy
    as that mean, taken by itself, spreads by 1 / root of `concentration` of itself.
    """
    if len(family) > 1:
        shapes = concentration * weights / weights.mean()
        for shape, drawn in zip(shapes.tolist(), family, strict=True):
            generator.standard_gamma(shape, out=drawn)
            np.maximum(drawn, _LEAST, out=drawn)
