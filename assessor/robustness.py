"""How sure the number is: what other weights and other methods would make of the same answers.

Weights drawn anew and the chance of each rating; the exact range when every weight may move; other
ways to combine; in a portfolio, the chance of each rank.

Method: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 7. The chances of ranks
are the rank acceptability indices of Lahdelma and Salminen, Operations Research 49(3), 2001.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assessor.aggregation import AGGREGATIONS, Floats
from assessor.diagnosis import Row, View
from assessor.draws import Draws, Evidence
from assessor.indicators import Checklist, Indicator, Measure, Ordinal, Points
from assessor.logic import Condition
from assessor.proposal import NOT_APPLICABLE, NOT_ASSESSED, Portfolio
from assessor.rubric import ROUNDING, Rubric
from assessor.scorer import Branch, Masks, Scorer
from assessor.trust import RankChances, RatingChance, Robustness, Variant

SHIFT = 25.0  # percent by which every weight may move in the exact range
MOST_RANKED = 500  # the table of chances grows with the square; and see `_ranked`
FLOOR = 10.0  # of the geometric variant, where a node has none of its own
PERCENTILES = (0.05, 0.95)

VARIANTS = {
    "arithmetic": "Plain means everywhere: any strength repays any weakness",
    "geometric": "Geometric means everywhere: weakness is repaid only in part",
    "weakest_link": "Each factor as good as its worst question",
    "equal_weights": "All siblings weigh the same",
    "first_steps": "First steps count most: level scores by their square root",
    "last_steps": "Last steps count most: level scores by their square",
}
_BLOCK = 500  # draws that are ranked at a time, so that they stay in the processor's cache
_KEY = np.int32  # of which a score from 0 to 100 takes all bits that its proposal's number leaves
_Whole = NDArray[np.int64]
_LOWEST = np.array([1, -1, 1, -1])  # of mid and mid, low and high: which are to be made small


class Sensitivity:
    """What one rubric needs for the question, made once: drawn weights, and scorers by variant."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._varied: tuple[View | None, dict[str, Floats]] = (None, {})
        self._answered: dict[int, Floats] = {}

    @cached_property
    def draws(self) -> Draws:
        return Draws(self._scorer)

    @cached_property
    def variants(self) -> Mapping[str, Scorer]:
        """A scorer for each variant."""
        own, indicators = self._scorer, self._scorer.rubric.indicators
        return {
            "arithmetic": own.over(lambda node: replace(node, aggregation="arithmetic")),
            "geometric": own.over(_geometric),
            "weakest_link": own.over(_weakest),
            "equal_weights": own.evenly(),
            "first_steps": own.along([_bent(i, 0.5) for i in indicators]),
            "last_steps": own.along([_bent(i, 2.0) for i in indicators]),
        }

    def varied(self, view: View) -> dict[str, Floats]:
        """The overall score of every proposal of a view by each variant; kept for the last view."""
        if self._varied[0] is not view:
            judged = view.scores.raised, view.scores.clear
            found = {
                name: scorer.score(view.portfolio, judged=judged).mid[0]
                for name, scorer in self.variants.items()
            }
            self._varied = view, found
        return self._varied[1]

    def drawn(self, view: View, rated: Sequence[int]) -> Floats:
        """The overall score in each draw (N, S) of proposals given by row; see `Draws.drawn`."""
        scores = self.draws.drawn(_evidence(view, list(rated)))
        caps = [r for r, rule in enumerate(view.scorer.rubric.rules) if rule.cap]
        told = view.scores.raised[caps] | view.scores.clear[caps]
        for place, n in enumerate(rated):
            if not told[:, n].all() and (drawn := self._open_caps(view, n)[0]):
                alone = replace(_evidence(view, n), drawn=drawn)
                scores[place] = self.draws.capped(scores[place], alone)
        return scores

    def ranks(self, view: View, rated: Sequence[int], first: int) -> RankChances:
        """How sure the ranks of the rated proposals of a view are, given by row in ranked order.

        `first` is the place in `assessments` of the row 0.
        """
        scores = view.scores.mid[0, list(rated)]
        return rank_chances(
            self.drawn(view, rated),
            1 + (scores[:, None] < scores).sum(axis=1),
            [first + n for n in rated],
            [view.portfolio.proposals[n].name for n in rated],
            self.draws,
            self._scorer.rubric.file.id,
        )

    def robustness(self, row: Row, *, rated: bool) -> Robustness:
        """How far a result rests on the weights and the method."""
        draws, weighing = self.draws, row.rubric.file.weights
        capped, unsettled = self._open_caps(row.view, row.n)
        evidence = replace(_evidence(row.view, row.n), drawn=capped)
        fixed, drawn = np.sort(draws.scores(evidence), axis=1)
        bottom, top = exact_range(row)
        return Robustness(
            draws=draws.count,
            seed=draws.seed,
            concentration=weighing.concentration,
            concentration_reason=weighing.concentration_reason,
            weight_interval=interval_of(fixed),
            draw_interval=interval_of(drawn),
            chances=tuple(_chances(drawn, row.rubric)) if rated else (),
            shift_percent=SHIFT,
            exact_range=(bottom[0], top[0]),
            exact_range_open=(bottom[1], top[1]),
            variants=tuple(_variants(row, self.varied(row.view))) if rated else (),
            unsettled=unsettled,
        )

    def _open_caps(self, view: View, n: int) -> tuple[dict[int, Masks], tuple[str, ...]]:
        """What becomes of those rules with a cap that cannot tell yet when answers are drawn.

        In which draws (S,) they are raised, by number; the ids of those that some draws do not
        settle, for a prerequisite or a question of the profile has no score to draw.
        """
        rubric, scores = view.scorer.rubric, view.scores
        capped, unsettled = {}, []
        for r, rule in enumerate(rubric.rules):
            if rule.cap and not scores.raised[r, n] and not scores.clear[r, n]:
                raised, clear = self._in_each_draw(view, n, rubric.conditions[r])
                if raised.any():
                    capped[r] = raised
                if not (raised | clear).all():
                    unsettled.append(rule.id)
        return capped, tuple(unsettled)

    def _in_each_draw(self, view: View, n: int, condition: Condition) -> tuple[Masks, Masks]:
        """In which draws (S,) a condition is true and in which it is false.

        Of several assessors one is taken at their word in each draw.
        """
        heard = view.portfolio.heard(n)
        each = [self._as_seen(view, seen, at, condition) for seen, at in heard]
        if len(each) == 1:
            return each[0]
        word = self.draws.word_of(len(each)), np.arange(self.draws.count)
        raised, clear = (np.stack(verdicts)[word] for verdicts in zip(*each, strict=True))
        return raised, clear

    def _as_seen(
        self, view: View, portfolio: Portfolio, n: int, condition: Condition
    ) -> tuple[Masks, Masks]:
        """What one column of answers makes of a condition in each draw."""
        count = self.draws.count
        columns: dict[str, Floats] = {}
        for name in condition.names:
            at = view.question_rows[name]
            columns[name] = np.full(count, portfolio.values[at, n])
            if portfolio.codes[at, n] == NOT_ASSESSED and at < len(view.leaves):
                columns[name] = self._drawn_answers(at)
        asked = condition.names & portfolio.items.keys()
        items = {name: portfolio.items[name][[n]].repeat(count, axis=0) for name in asked}
        if condition.tests_absence:  # which is a matter of now
            return np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
        return condition.evaluate(columns, items)

    def _drawn_answers(self, leaf: int) -> Floats:
        """What an indicator that is not assessed is answered with in each draw (S,)."""
        if leaf not in self._answered:
            indicator = self._scorer.rubric.indicators[leaf]
            self._answered[leaf] = _answers(indicator, self.draws.luck(leaf))
        return self._answered[leaf]


# --- other ways to combine ---


def _geometric(node: Branch) -> Branch:
    return replace(node, aggregation="geometric", floor=node.floor or FLOOR)


def _weakest(node: Branch) -> Branch:
    return replace(node, aggregation="weakest_link") if node.over_leaves else node


def _bent(indicator: Indicator, power: float) -> Points:
    """The line of an indicator, with the scores of ordered levels bent; their ends stay."""
    if not isinstance(indicator, Ordinal):
        return indicator.points()
    return tuple((code, 100 * (score / 100) ** power) for code, score in indicator.points())


def _variants(row: Row, varied: Mapping[str, Floats]) -> list[Variant]:
    own = row.rubric.rating(row.score("overall")[0])
    scores = {name: float(scores[row.n]) for name, scores in varied.items()}
    return [
        Variant(
            id=name,
            title=VARIANTS[name],
            score=score,
            rating=row.rubric.rating(score),
            survives=row.rubric.rating(score) == own,
        )
        for name, score in scores.items()
    ]


# --- drawn weights ---


def _evidence(view: View, n: int | list[int]) -> Evidence:
    """What one proposal of a view, or several, bring to every draw."""
    applies = view.portfolio.codes[: len(view.leaves), n] != NOT_APPLICABLE
    return Evidence(view.leaves[:, :, n], applies, view.scores.raised[:, n])


def _answers(indicator: Indicator, luck: Floats) -> Floats:
    """The codes of answers whose scores are 100 times `luck`; NaN where a score tells no answer.

    A measured figure is the one that scores so much. Of levels it is the one whose score is
    nearest. A checklist does not tell which items, nor a line that rises and falls which side.
    """
    codes, scores = np.array(indicator.points(), dtype=float).T
    if scores[0] > scores[-1]:
        codes, scores = codes[::-1], scores[::-1]
    if isinstance(indicator, Checklist) or (np.diff(scores) <= 0).any():
        return np.full(len(luck), np.nan)
    between = (scores[1:] + scores[:-1]) / 2
    found: Floats = (
        np.interp(100 * luck, scores, codes)
        if isinstance(indicator, Measure)
        else codes[np.searchsorted(between, 100 * luck)]
    )
    return found


def interval_of(ordered: Floats) -> tuple[float, float]:
    """The 5th and the 95th percentile of scores in order: the draws nearest to them."""
    low, high = (float(ordered[round(share * (len(ordered) - 1))]) for share in PERCENTILES)
    return low, high


def _chances(ordered: Floats, rubric: Rubric) -> list[RatingChance]:
    """The chance of each band, best first, from scores in order."""
    bands = rubric.file.ratings
    edges = [band.lowest - ROUNDING for band in bands]
    below = [len(ordered), *np.searchsorted(ordered, edges[:-1]).tolist(), 0]
    shares = [(most - least) / len(ordered) for most, least in pairwise(below)]
    return [
        RatingChance(rating=band.id, chance=p, standard_error=_error(p, len(ordered)))
        for band, p in zip(bands, shares, strict=True)
    ]


def _error(share: float, draws: int) -> float:
    """The standard error of a share that was estimated from so many draws."""
    return float(np.sqrt(max(share * (1 - share), 0) / draws))


# --- every weight moved ---


def exact_range(row: Row, shift: float = SHIFT) -> tuple[list[float], list[float]]:
    """The lowest and the highest overall score when each weight may move by `shift` percent.

    Each of the two is a pair: with every answer at its middle value, and with each as bad, or as
    good, as it may be. It is exact: a weighted mean is lowest where the lowest children weigh as
    much as they may and the others as little, so that only the place of the change is to be found;
    and a node is lowest where its children are, so that the range climbs from node to node. For a
    geometric mean the same holds in logarithms.
    """
    evidence, scorer = _evidence(row.view, row.n), row.view.scorer
    clear = row.view.scores.clear[:, row.n]
    leaves = evidence.leaves[:, [1, 1, 0, 2]]
    nodes = np.empty((len(scorer.nodes), 4))
    applies = np.zeros(len(scorer.nodes), dtype=bool)
    for node in scorer.tree:
        below = (evidence.applies if node.over_leaves else applies)[node.children]
        applies[node.row] = below.any()
        if applies[node.row]:
            scores = (leaves if node.over_leaves else nodes)[node.children][below]
            extremes = _extremes(node, scores, scorer.weights_under(node)[below], shift / 100)
            for rule, cap in node.caps:
                if evidence.raised[rule]:
                    np.minimum(extremes, cap.at, out=extremes)
                elif not clear[rule]:
                    extremes[2] = min(extremes[2], cap.at)
            nodes[node.row] = extremes
    lowest, highest, worst, best = nodes[0].tolist()
    return [lowest, worst], [highest, best]


def _extremes(node: Branch, scores: Floats, weights: Floats, shift: float) -> Floats:
    """The lowest or highest mean (4,) of children (n, 4), by what each column asks for."""
    n = len(scores)
    if n == 1:
        return np.array(scores[0])
    places = (scores * _LOWEST).argsort(axis=0).argsort(axis=0)
    heavy = places[:, :, None] < np.arange(n + 1)  # of each column, the first 0, 1, ... n
    moved = weights[:, :, None] * np.where(heavy, 1 + shift, 1 - shift)
    tried = np.repeat(scores, n + 1, axis=1)[:, None, :]
    means = AGGREGATIONS[node.aggregation](tried, moved.reshape(n, -1), node.floor)
    each = np.minimum(means.reshape(4, n + 1), 100) * _LOWEST[:, None]
    extremes: Floats = each.min(axis=1) * _LOWEST
    return extremes


# --- ranks ---


def rank_chances(
    scores: Floats,
    ranks: _Whole,
    members: Sequence[int],
    names: Sequence[str],
    draws: Draws,
    rubric: str,
) -> RankChances:
    """How sure ranks are, from the scores of proposals in every draw (N, S), in ranked order.

    `ranks` (N,) are those that they have by the rubric's own weights. ValueError where there is no
    proposal, or more than `MOST_RANKED`.
    """
    if not 0 < len(scores) <= MOST_RANKED:
        raise ValueError(f"{len(scores)} proposals to rank; give 1 to {MOST_RANKED}")
    shares, alone_or_shared = (counts / draws.count for counts in _ranked(scores))
    keeps = alone_or_shared[np.arange(len(ranks)), ranks - 1].tolist()
    errors = np.sqrt(np.maximum(shares * (1 - shares), 0) / draws.count)
    return RankChances(
        rubric=rubric,
        draws=draws.count,
        seed=draws.seed,
        members=tuple(members),
        names=tuple(names),
        chances=tuple(map(tuple, shares.tolist())),
        standard_errors=tuple(map(tuple, errors.tolist())),
        ranges=_ranges(alone_or_shared),
        keeps=tuple(keeps),
        first_stays=keeps[0],
        first_stays_error=_error(keeps[0], draws.count),
    )


def _ranges(chances: Floats) -> tuple[tuple[int, int], ...]:
    """The ranks between which nine draws of ten lie, of each proposal (row)."""
    reached = chances.cumsum(axis=1) + ROUNDING
    low, high = ((reached < share).sum(axis=1) + 1 for share in PERCENTILES)
    return tuple(zip(low.tolist(), np.minimum(high, len(chances)).tolist(), strict=True))


def _ranked(table: Floats) -> tuple[Floats, Floats]:
    """In how many draws each proposal (row) has each rank (column), by two ways to count ties.

    Where m proposals score the same, each has each of the m ranks that they take up in one m-th of
    that draw; or, as in a competition, all have the first of these ranks in the whole draw. What a
    score lacks to 100 and the number of its proposal share the bits of one whole number, which
    sorts ten times faster than a pair: scores less than about 3e-5 points apart count as the same.
    """
    n, draws = table.shape
    bits = (n - 1).bit_length()
    places, number, room = np.arange(n, dtype=_KEY), _KEY(2**bits - 1), _KEY(bits)
    unit = 2.0 ** (24 - bits)
    counts, tied = np.zeros((n, n)), []
    for start in range(0, draws, _BLOCK):
        lacking = np.multiply(table[:, start : start + _BLOCK].T, -unit, order="C")
        lacking += 100 * unit + 0.5  # what is cut off is rounded so
        keys = lacking.astype(_KEY)
        keys <<= room
        keys |= places
        keys.sort(axis=1)
        order = keys & number
        cells = order * _KEY(n)
        cells += places
        counts += np.bincount(cells.ravel(), minlength=n * n).reshape(n, n)
        keys >>= room
        again = np.zeros(keys.shape, dtype=bool)  # who scores as the one before does
        np.equal(keys[:, 1:], keys[:, :-1], out=again[:, 1:])
        if again.any():
            tied.append(_tied(order.ravel(), np.flatnonzero(again), n))
    if not tied:
        return counts, counts
    shared, together = _recounted(np.concatenate(tied, axis=1), n)
    return counts + shared, counts + together


def _tied(order: NDArray[np.int32], again: _Whole, n: int) -> _Whole:
    """Of each that scores as others do: its number, its own rank, the first of theirs, how many.

    `again` says where in `order` one scores as the one before does.
    """
    runs = np.flatnonzero(np.diff(again, prepend=-1) > 1)
    first, sizes = again[runs] - 1, np.diff(runs, append=len(again)) + 1
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    begins = np.repeat(first, sizes)
    ranks = begins % n
    return np.array([order[begins + within], ranks + within, ranks, np.repeat(sizes, sizes)])


def _recounted(tied: _Whole, n: int) -> tuple[Floats, _Whole]:
    """What ties change in `_ranked`: all share their ranks evenly; or all have the first."""
    members, own, ranks, sizes = tied
    # What a member brings to each rank of its group begins at the first and ends after the last.
    starts, size = members * (n + 1) + ranks, n * (n + 1)
    begun = np.bincount(starts, minlength=size).reshape(n, n + 1)[:, :n]
    left = np.bincount(members * n + own, minlength=n * n).reshape(n, n)
    steps = np.bincount(starts, 1 / sizes, size) - np.bincount(starts + sizes, 1 / sizes, size)
    shares = steps.reshape(n, n + 1).cumsum(axis=1)[:, :n]
    return shares - left, begun - left
