"""A rubric compiled once, that scores any number of proposals at a time.

How a number comes about, for each block of rows:

1. Leaves: the code of each answer becomes a score along its indicator's line (a sum of ramps, the
   same arithmetic for every kind), and low, mid and high by its state and confidence.
2. Factors: their indicators, by the factor's aggregation; a rule that was raised caps all three,
   one that cannot tell caps low alone.
3. Pillars, and 4. overall, in the same way.

Rows are worked on in blocks of a fixed size, so that they stay in the processor's cache and so
that a proposal gets the same bits alone and in any company: every sum runs over the children in the
order of the rubric, and none runs over rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from copy import copy
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assessor.aggregation import AGGREGATIONS, Floats, arithmetic
from assessor.indicators import Indicator, Points
from assessor.plain import Record
from assessor.proposal import (
    HIGH,
    INSUFFICIENT_EVIDENCE,
    LOW,
    MEDIUM,
    NOT_APPLICABLE,
    NOT_ASSESSED,
    Portfolio,
)
from assessor.rubric import Aggregated, CapTo, Factor, Pillar, Rubric

BLOCK = 1024
SMALL = 128  # for one proposal and what might become of it
TINY = 16  # for the proposal itself
FEW = 4 * SMALL
Masks = NDArray[np.bool_]
Codes = NDArray[np.int8]
_Part = Pillar | Factor | Indicator


class Scores(Record, kw_only=False):
    """Low, mid, high and coverage of every node, from 0 to 100; NaN where nothing in it applies.

    Each is an (M, N) array whose rows are named in `nodes`: overall, then pillars, then factors.
    `raised` and `clear` are (R, N) for the rules: one that is neither cannot tell.
    """

    nodes: tuple[str, ...]
    low: Floats
    mid: Floats
    high: Floats
    coverage: Floats
    raised: Masks
    clear: Masks


class Scorer:
    """`Scorer(rubric).score(portfolio)`; scoring changes nothing in it."""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self.nodes = _names(rubric)
        self.effective_weights = effective_weights(rubric)
        self._ramps = _Ramps([indicator.points() for indicator in rubric.indicators])
        self.tree = _tree(rubric)
        widths = rubric.file.scale.confidence
        self._widths = {HIGH: widths.high, MEDIUM: widths.medium, LOW: widths.low}
        self.weights = np.array([[i.weight] for i in rubric.indicators])
        rows = {id: row for row, id in enumerate(rubric.questions)}
        self._asked = [[rows[name] for name in sorted(c.names)] for c in rubric.conditions]

    def score(
        self,
        portfolio: Portfolio,
        *,
        caps: bool = True,
        at_most: Sequence[Portfolio] = (),
        judged: tuple[Masks, Masks] | None = None,
    ) -> Scores:
        """Score every proposal; `caps=False` leaves out what rules hold down.

        `at_most` are portfolios of the same shape: no answer counts for more than it does in any
        of them, and what a rule caps there it caps here. So no node scores more than there.
        `judged` is what is known already of the rules: which are raised and which are clear.
        """
        rows = len(portfolio)
        size = TINY if rows <= TINY else SMALL if rows <= FEW else BLOCK
        scores = np.empty((len(self.nodes), 4, rows))
        raised, clear = judged or self.verdicts(portfolio)
        for other in at_most:
            raised_there, clear_there = self.verdicts(other)
            raised, clear = raised | raised_there, clear & clear_there
        for start in range(0, rows, size):
            block = slice(start, min(start + size, rows))
            verdicts = (raised[:, block], clear[:, block]) if caps else None
            leaves, weights = self._block(portfolio, block, size)
            for other in at_most:
                there, _ = self._block(other, block, size)
                np.minimum(leaves, there, out=leaves)
            nodes = self._climb(leaves, weights, verdicts)
            scores[:, :, block] = nodes[:, :, : block.stop - start]
        low, mid, high, coverage = scores.transpose(1, 0, 2)
        return Scores(self.nodes, low, mid, high, coverage, raised, clear)

    def weights_under(self, node: Branch) -> Floats:
        """What the children of a node weigh among each other, as a column."""
        return self.weights[node.children] if node.over_leaves else node.weights

    def over(self, reshape: Callable[[Branch], Branch]) -> Scorer:
        """A scorer of the same questions with each node of the tree changed."""
        other = copy(self)
        other.tree = [reshape(node) for node in self.tree]
        return other

    def evenly(self) -> Scorer:
        """A scorer of the same tree in which all siblings weigh the same."""
        other = self.over(lambda node: replace(node, weights=np.ones_like(node.weights)))
        other.weights = np.ones_like(self.weights)
        return other

    def along(self, lines: Sequence[Points]) -> Scorer:
        """A scorer of the same tree whose indicators score along other lines."""
        other = copy(self)
        other._ramps = _Ramps(lines)  # noqa: SLF001 - its own
        return other

    def leaves(self, portfolio: Portfolio) -> Floats:
        """Low, mid and high of every indicator, (K, 3, N); what does not apply is worth nothing."""
        count = len(self.rubric.indicators)
        leaves, _ = self._leaves(portfolio.values[:count], portfolio.codes[:count])
        if portfolio.spread is not None:
            _widen(leaves, portfolio.spread)
        return leaves[:, :3]

    def _block(self, portfolio: Portfolio, block: slice, size: int) -> tuple[Floats, Floats]:
        """The leaves of a block and their weights, widened where several assessors answered."""
        leaves, weights = self._leaves(*self._padded(portfolio, block, size))
        if portfolio.spread is not None:
            _widen(leaves, portfolio.spread[:, :, block])
        return leaves, weights

    def _padded(self, portfolio: Portfolio, block: slice, size: int) -> tuple[Floats, Codes]:
        """The answers of a block, filled up to a full one.

        numpy sums a single row in another order than many: no block may be as thin as that.
        """
        count, width = len(self.rubric.indicators), block.stop - block.start
        values, codes = np.zeros((count, size)), np.zeros((count, size), dtype=np.int8)
        values[:, :width] = portfolio.values[:count, block]
        codes[:, :width] = portfolio.codes[:count, block]
        return values, codes

    def _leaves(self, values: Floats, codes: Codes) -> tuple[Floats, Floats]:
        """Low, mid, high and coverage (K, 4, rows) of the indicators; their weights (K, rows)."""
        answered = (codes >= HIGH) & (codes <= LOW)
        silent = codes == NOT_ASSESSED
        leaves = np.empty((len(codes), 4, codes.shape[1]))
        low, mid, high, coverage = leaves.transpose(1, 0, 2)
        np.multiply(self._ramps.scores(values), answered, out=mid)
        half = silent * 50.0
        mid += half
        for code, width in self._widths.items():
            if width:
                half += (codes == code) * width
        np.maximum(mid - half, 0, out=low)
        np.minimum(mid + half, 100, out=high)
        np.multiply(answered, 100.0, out=coverage)
        return leaves, self.weights * (codes != NOT_APPLICABLE)

    def _climb(
        self, leaves: Floats, weights: Floats, verdicts: tuple[Masks, Masks] | None
    ) -> Floats:
        """The nodes (M, 4, rows) from the leaves up; NaN where nothing applies."""
        nodes = np.empty((len(self.nodes), 4, leaves.shape[2]))
        applies = np.empty((len(self.nodes), leaves.shape[2]), dtype=bool)
        for node in self.tree:
            if node.over_leaves:
                scores, shares = leaves[node.children], weights[node.children]
            else:
                scores, shares = nodes[node.children], node.weights * applies[node.children]
            nodes[node.row] = arithmetic(scores, shares)
            if node.aggregation != "arithmetic":
                combine = AGGREGATIONS[node.aggregation]
                nodes[node.row, :3] = combine(scores[:, :3], shares, node.floor)
            np.minimum(nodes[node.row], 100, out=nodes[node.row])  # a mean of 100s can round above
            np.logical_or.reduce(shares, axis=0, out=applies[node.row])
            if verdicts:
                for rule, cap in node.caps:
                    _hold_down(nodes[node.row], cap, verdicts[0][rule], verdicts[1][rule])
        if not applies.all():
            nodes[~applies[:, None, :].repeat(4, axis=1)] = np.nan
        return nodes

    def verdicts(self, portfolio: Portfolio) -> tuple[Masks, Masks]:
        """Which rules are raised and which are clear, (R, N) each.

        Of several assessors all must raise a rule, or none of them; else it cannot tell.
        """
        raised, clear = self._judge(portfolio)
        if portfolio.seen is not None and portfolio.whose is not None:
            by_each, _ = self._judge(portfolio.seen)
            np.logical_and.at(raised.T, portfolio.whose, by_each.T)
            np.logical_and.at(clear.T, portfolio.whose, ~by_each.T)
        return raised, clear

    def _judge(self, portfolio: Portfolio) -> tuple[Masks, Masks]:
        """What the answers in each column alone say of each rule.

        A rule that only lacks answers to questions that do not apply is clear: it does not apply.
        """
        columns = dict(zip(self.rubric.questions, portfolio.values, strict=True))
        shape = (len(self._asked), len(portfolio))
        raised, clear = np.empty(shape, dtype=bool), np.empty(shape, dtype=bool)
        open_ = (portfolio.codes == NOT_ASSESSED) | (portfolio.codes == INSUFFICIENT_EVIDENCE)
        for r, condition in enumerate(self.rubric.conditions):
            raised[r], clear[r] = condition.evaluate(columns, portfolio.items)
            clear[r] |= ~(raised[r] | open_[self._asked[r]].any(axis=0))
        return raised, clear


def _widen(leaves: Floats, spread: Floats) -> None:
    """Widen in place to what several assessors say; what few answered covers less."""
    width = spread.shape[2]
    low, _, high, coverage = (leaves[:, layer, :width] for layer in range(4))
    lowest, highest, share = spread
    np.minimum(low, lowest, out=low)
    np.maximum(high, highest, out=high)
    coverage *= share


def _hold_down(node: Floats, cap: CapTo, raised: Masks, clear: Masks) -> None:
    """Cap in place: low, mid and high where the rule is raised, low where it cannot tell."""
    width = len(raised)
    low = node[0, :width]
    np.minimum(low, np.where(clear, np.inf, cap.at), out=low)
    above = node[1:3, :width]
    np.minimum(above, np.where(raised, cap.at, np.inf), out=above)


def _names(rubric: Rubric) -> tuple[str, ...]:
    return ("overall", *(p.id for p in rubric.pillars), *(f.id for f in rubric.factors))


class Branch(Record, kw_only=False):
    """One node: where its children stand, in the leaves or in the nodes, and what they weigh.

    `weights` is a column; of a factor's indicators they stand in the scorer's own `weights`.
    """

    row: int
    children: slice | list[int]
    weights: Floats
    over_leaves: bool
    aggregation: str
    floor: float
    caps: tuple[tuple[int, CapTo], ...]


def _tree(rubric: Rubric) -> list[Branch]:
    """The nodes from the factors up, so that each stands after its children."""
    nodes: list[Branch] = []
    first = 0
    rows = {name: row for row, name in enumerate(_names(rubric))}
    for factor in rubric.factors:
        leaves = slice(first, first + len(factor.indicators))
        first = leaves.stop
        nodes.append(_node(rubric, rows, factor.id, factor, leaves, [], over_leaves=True))
    for pillar in rubric.pillars:
        own = [factor for factor in rubric.factors if factor.pillar == pillar.id]
        children = [rows[factor.id] for factor in own]
        weights = [factor.weight for factor in own]
        nodes.append(_node(rubric, rows, pillar.id, pillar, children, weights))
    children = [rows[pillar.id] for pillar in rubric.pillars]
    weights = [pillar.weight for pillar in rubric.pillars]
    return [*nodes, _node(rubric, rows, "overall", rubric.file.overall, children, weights)]


def _node(
    rubric: Rubric,
    rows: dict[str, int],
    name: str,
    how: Aggregated,
    children: slice | list[int],
    weights: Sequence[float],
    *,
    over_leaves: bool = False,
) -> Branch:
    caps = [(r, rule.cap) for r, rule in enumerate(rubric.rules) if rule.cap]
    own = tuple((r, cap) for r, cap in caps if cap.node == name)
    column = np.array(weights, dtype=float).reshape(-1, 1)
    return Branch(rows[name], children, column, over_leaves, how.aggregation, how.floor or 0.0, own)


def effective_weights(rubric: Rubric, left_out: Collection[str] = ()) -> dict[str, float]:
    """The share of the overall score of each pillar, factor and indicator, in percent.

    The indicators `left_out` have none, nor has a factor or pillar in which nothing is left.
    """
    parts: list[_Part] = [*rubric.pillars, *rubric.factors, *rubric.indicators]
    weights = {part.id: part.weight for part in parts} | dict.fromkeys(left_out, 0.0)
    families: list[tuple[str, Sequence[_Part]]] = [
        ("overall", rubric.pillars),
        *((p.id, [f for f in rubric.factors if f.pillar == p.id]) for p in rubric.pillars),
        *((factor.id, factor.indicators) for factor in rubric.factors),
    ]
    for parent, children in reversed(families):
        if not any(weights[child.id] for child in children):
            weights[parent] = 0.0
    shares = {"overall": 100.0}
    for parent, children in families:
        total = sum(weights[child.id] for child in children)
        for child in children:
            shares[child.id] = shares[parent] * weights[child.id] / total if total else 0.0
    return shares


class _Ramps:
    """The lines of all indicators as sums of ramps, one (K, 1) array for each parameter.

    A ramp rises by `rise` while the code goes from `start` to `stop`, and is flat outside. Points
    on one straight line make one ramp, so that nearly every indicator has one; the rest have
    `extra` ones.
    """

    def __init__(self, all_points: Sequence[Points]) -> None:
        lines = [_straightened(points) for points in all_points]
        self._base = np.array([[line[0][1]] for line in lines])
        self._first = _Ramp.of([(line[0], line[1]) for line in lines])
        extra = [(k, *pair) for k, line in enumerate(lines) for pair in pairwise(line[1:])]
        self._rows = [k for k, _, _ in extra]
        self._extra = _Ramp.of([(a, b) for _, a, b in extra])

    def scores(self, codes: Floats) -> Floats:
        """Scores (K, rows) from 0 to 100; NaN counts as the lowest code."""
        scores = self._base + self._first.climb(codes)
        if self._rows:
            for row, climbed in zip(self._rows, self._extra.climb(codes[self._rows]), strict=True):
                scores[row] += climbed
        return scores


class _Ramp(Record, kw_only=False):
    start: Floats
    stop: Floats
    rise: Floats

    @classmethod
    def of(cls, pairs: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> _Ramp:
        ends = np.array(pairs, dtype=float).reshape(-1, 2, 2)
        return cls(ends[:, 0, :1], ends[:, 1, :1], ends[:, 1, 1:] - ends[:, 0, 1:])

    def climb(self, codes: Floats) -> Floats:
        """What the ramp adds; exactly 0 up to its start and exactly `rise` from its stop."""
        inside = np.fmax(codes, self.start)
        np.minimum(inside, self.stop, out=inside)
        inside -= self.start
        inside /= self.stop - self.start
        inside *= self.rise
        return inside


def _straightened(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points without those that lie on the straight line between their neighbours."""
    kept = list(points[:1])
    for middle, after in pairwise(points[1:]):
        (x0, y0), (x1, y1), (x2, y2) = kept[-1], middle, after
        if abs((y1 - y0) * (x2 - x0) - (y2 - y0) * (x1 - x0)) > 1e-9 * abs(x2 - x0):
            kept.append(middle)
    return [*kept, points[-1]]
