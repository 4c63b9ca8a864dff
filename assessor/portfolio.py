"""Proposals side by side: ranks and what they may become, who dominates and who copies whom.

Everything here reads finished records, so that no score ever depends on its neighbours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assessor.aggregation import Floats
from assessor.judge import cited_source
from assessor.record import (
    Assessment,
    FactorResult,
    LessonCited,
    Lookalikes,
    Ranked,
    Resemblance,
)
from assessor.rubric import ResemblanceRule, Rubric

MOST_COMPARED = 2_000  # proposals; to compare each with each takes N x N steps
_BLOCK = 64  # proposals compared with all others at once, which bounds the memory

Bools = NDArray[np.bool_]


# ---- Ranks ----


def ranking(assessments: Sequence[Assessment], files: Sequence[str]) -> tuple[Ranked, ...]:
    """Rank assessments by score within each rubric; those not rated come after those that are."""
    rows = [
        _Row(n, one, file) for n, (one, file) in enumerate(zip(assessments, files, strict=True))
    ]
    rows.sort(key=lambda row: (row.one.rubric.id, row.one.rating == "NR", *row.order))
    ranked: list[Ranked] = []
    for _, group in groupby(rows, key=lambda row: row.one.rubric.id):
        ranked += _ranked(list(group))
    return tuple(ranked)


class _Row(NamedTuple):
    place: int
    one: Assessment
    file: str

    @property
    def order(self) -> tuple[float, str, str]:
        return -self.one.score, self.one.proposal.name, self.file


class _Standing(NamedTuple):
    """What the others make of one line of a ranking."""

    rank: int | None = None
    rank_range: tuple[int, int] | None = None
    dominates: tuple[int, ...] | None = None
    dominated_by: int | None = None


def _ranked(rows: Sequence[_Row]) -> Iterator[Ranked]:
    """The lines of one rubric, in order."""
    rated = [row for row in rows if row.one.rating != "NR"]
    standings = [*_standings(rated), *[_Standing()] * (len(rows) - len(rated))]
    for row, standing in zip(rows, standings, strict=True):
        one = row.one
        yield Ranked(
            rank=standing.rank,
            rank_range=standing.rank_range,
            name=one.proposal.name,
            country=one.proposal.country,
            rubric=one.rubric.id,
            rating=one.rating,
            rating_range=one.rating_range,
            starred=one.starred,
            score=one.score,
            interval=one.interval,
            coverage=one.coverage,
            weakest=_weakest(one.factors),
            dominates=standing.dominates,
            dominated_by=standing.dominated_by,
            assessment=row.place,
            file=row.file,
        )


def _standings(rated: Sequence[_Row]) -> list[_Standing]:
    """Rank, range of ranks and dominance of proposals that are rated by one rubric."""
    if not rated:
        return []
    scores = np.array([row.one.score for row in rated])
    low, high = np.array([row.one.interval for row in rated]).T
    ranks = competition_ranks(scores).tolist()
    best, worst = (ends.tolist() for ends in rank_ranges(low, high))
    above: list[tuple[int, ...] | None] = [None] * len(rated)
    below: list[int | None] = [None] * len(rated)
    if len(rated) <= MOST_COMPARED:
        over = dominance(np.array([_factor_scores(row.one) for row in rated]))
        places = np.array([row.place for row in rated])
        above = [tuple(sorted(places[line].tolist())) for line in direct(over)]
        below = over.sum(axis=0).tolist()
    ranges = zip(best, worst, strict=True)
    return list(map(_Standing, ranks, ranges, above, below))


def competition_ranks(scores: Floats) -> NDArray[np.int64]:
    """Ranks from 1 for the highest; equal scores share one and the next is skipped: 1, 2, 2, 4."""
    return 1 + len(scores) - np.searchsorted(np.sort(scores), scores, side="right")


def rank_ranges(low: Floats, high: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The best and the worst rank that each may get, wherever in their intervals all scores end.

    Best: one more than the others whose `low` lies above its `high`. Worst: one more than the
    others whose `high` lies above its `low`. Each end is reached by some choice of scores.
    """
    count = len(low)
    best = 1 + count - np.searchsorted(np.sort(low), high, side="right")
    above_low = count - np.searchsorted(np.sort(high), low, side="right")
    return best, 1 + above_low - (high > low)  # nobody stands above himself


def _weakest(factors: Sequence[FactorResult]) -> str | None:
    scores = {f.id: f.score for f in factors if f.rating != "NR" and f.score is not None}
    return min(scores, key=scores.__getitem__, default=None)


# ---- Who dominates whom ----


def _factor_scores(one: Assessment) -> list[float]:
    return [np.nan if factor.score is None else factor.score for factor in one.factors]


def dominance(scores: Floats) -> Bools:
    """Which row dominates which column: as good on every factor, and better on one.

    `scores` (N, F) are middle values, NaN where a factor does not apply. Two proposals to which
    different factors apply are not compared. The result (N, N) is a strict partial order.
    """
    count = len(scores)
    applies = ~np.isnan(scores)
    known = np.where(applies, scores, 0.0)
    over = np.empty((count, count), dtype=bool)
    for start in range(0, count, _BLOCK):
        rows = slice(start, start + _BLOCK)
        as_good = (known[rows, None] >= known).all(axis=2)
        better = (known[rows, None] > known).any(axis=2)
        alike = (applies[rows, None] == applies).all(axis=2)
        over[rows] = as_good & better & alike
    return over


def direct(over: Bools) -> Bools:
    """A dominance without the pairs that follow from two others (its transitive reduction)."""
    steps = over.astype(np.float32)
    reduced: Bools = over & ~(steps @ steps > 0)
    return reduced


# ---- Who copies whom ----


def resemblance(
    assessments: Sequence[Assessment], rubrics: Iterable[Rubric]
) -> tuple[Resemblance, ...]:
    """Who copies whom, for each rubric that says what makes the incentives the same.

    Two proposals copy each other where place and incentives are the same and one sector is common.
    The place is country and hinterland, as one name; a proposal without a hinterland is compared
    with others of its country that have none either. The incentives are the same where both have
    answered at least one of the rule's questions, and those that both have answered alike.
    """
    found = []
    for rubric in rubrics:
        rule = rubric.file.resemblance
        judged = [(n, a) for n, a in enumerate(assessments) if a.rubric.id == rubric.file.id]
        if rule and len(judged) > 1:
            found.append(_resemblance(judged, rubric, rule))
    return tuple(found)


def _resemblance(
    judged: Sequence[tuple[int, Assessment]], rubric: Rubric, rule: ResemblanceRule
) -> Resemblance:
    told = [told for n, one in judged if (told := _Told.of(n, one, rule.questions))]
    lesson = LessonCited(**dict(rubric.lessons[rule.lesson]), cited_by=("resemblance",))
    return Resemblance(
        rubric=rubric.file.id,
        questions=tuple((name, rubric.questions[name].title) for name in rule.questions),
        reason=rule.reason,
        compared=len(told),
        groups=tuple(_groups(told)),
        lesson=lesson,
        source=cited_source(rubric.paper, (lesson,)),
    )


class _Told(NamedTuple):
    """What one proposal says of its place, its sectors and its incentives."""

    place: int
    one: Assessment
    where: tuple[str, str]
    sectors: dict[str, str]  # as compared: as written
    incentives: tuple[str, ...]  # "" where not answered

    @classmethod
    def of(cls, place: int, one: Assessment, questions: Sequence[str]) -> _Told | None:
        """None where it says too little to be compared."""
        facts = one.proposal
        where = facts.country, folded(facts.hinterland or "")
        sectors = {key: name for name in facts.sectors if (key := folded(name))}
        answers = {i.id: i.answer for f in one.factors for i in f.indicators}
        incentives = tuple(_answer(answers.get(name)) for name in questions)
        if where == ("ZZ", "") or not sectors or not any(incentives):
            return None
        return cls(place, one, where, sectors, incentives)


def _answer(answer: object) -> str:
    """An answer as text that is the same where the answer is; "" where there is none."""
    if isinstance(answer, list | tuple):
        return f"[{';'.join(sorted(map(str, answer)))}]"
    return "" if answer is None else str(answer)


def folded(text: str) -> str:
    """Free words as they are compared: without regard to case, width and spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _groups(told: Sequence[_Told]) -> list[Lookalikes]:
    """Groups with the same place and incentives and a sector in common, the largest first."""
    buckets: dict[tuple[tuple[str, str], str], list[_Told]] = {}
    for one in told:
        for sector in one.sectors:
            buckets.setdefault((one.where, sector), []).append(one)
    shared: dict[tuple[int, ...], list[str]] = {}
    facts: dict[tuple[int, ...], tuple[_Told, bool]] = {}
    for (_, sector), bucket in buckets.items():
        for linked, every_pair in _linked(bucket):
            members = tuple(one.place for one in linked)
            shared.setdefault(members, []).append(linked[0].sectors[sector])
            facts[members] = linked[0], every_pair
    groups = [_lookalikes(members, *facts[members], shared[members]) for members in shared]
    return sorted(groups, key=lambda group: (-len(group.members), group.members))


def _lookalikes(
    members: tuple[int, ...], first: _Told, every_pair: bool, sectors: Sequence[str]
) -> Lookalikes:
    return Lookalikes(
        members=members,
        country=first.one.proposal.country,
        hinterland=first.one.proposal.hinterland,
        sectors=tuple(sorted(sectors)),
        every_pair=every_pair,
    )


def _linked(bucket: Sequence[_Told]) -> Iterator[tuple[list[_Told], bool]]:
    """Those of one place and sector whose incentives are the same, directly or through others.

    With each group comes whether all of its pairs are the same directly.
    """
    names = {
        name: n for n, name in enumerate(sorted({i for one in bucket for i in one.incentives}))
    }
    codes = np.array([[names[i] for i in one.incentives] for one in bucket])
    answered = np.array([[bool(i) for i in one.incentives] for one in bucket])
    waiting = np.ones(len(bucket), dtype=bool)
    while waiting.any():
        group, resembled = [], []
        stack = [int(waiting.argmax())]
        waiting[stack[0]] = False
        while stack:
            at = stack.pop()
            both = answered & answered[at]
            same = both.any(axis=1) & ((codes == codes[at]) | ~both).all(axis=1)
            group.append(at)
            resembled.append(int(same.sum()))
            fresh = np.flatnonzero(same & waiting)
            waiting[fresh] = False
            stack += fresh.tolist()
        if len(group) > 1:
            every_pair = all(count == len(group) for count in resembled)
            yield [bucket[at] for at in sorted(group)], every_pair
