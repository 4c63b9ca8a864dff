"""What would change the result: single answers, single weights, and the answers that move it most.

Every change of an answer is scored by the scorer itself, all of them in one batch; the figure at
which a measure turns the rating is then closed in on by scoring again. Weights are solved for
along the tree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from typing import Literal, get_args

import numpy as np

from assessor.diagnosis import Row, role
from assessor.indicators import Checklist, Indicator, Measure
from assessor.plain import Record
from assessor.proposal import NOT_APPLICABLE
from assessor.questions import Prerequisite, ProfileItem, Question
from assessor.rubric import Factor, Pillar
from assessor.scorer import SMALL
from assessor.trials import Change, Changes, copies, tick
from assessor.trust import Direction, Lever, Levers, NextBand, Switch, WeightSwitch

TORNADO = 10
HEAVIEST = 1_000

_Letter = Literal["A", "B", "C", "D"]
_DIRECTIONS: tuple[Direction, Direction] = get_args(Direction)


class Turn(Record, kw_only=False):
    """One question answered otherwise, by the code of the answer."""

    question: Question
    code: float


class Tried(Record, kw_only=False):
    """What a change makes of the overall score and of the rating, and which way that moves."""

    change: Turn
    score: float
    rating: _Letter
    moves: Direction | None


def levers(row: Row, *, rated: bool) -> Levers:
    """What would change a result; without a rating, only the answers that move the score most."""
    tried = try_all(row, [change for q in _asked(row) for change in _changes(row, q)])
    of_each: dict[str, list[Tried]] = {}
    for one in tried:
        of_each.setdefault(one.change.question.id, []).append(one)
    up, down = _next_bands(row) if rated else (None, None)
    return Levers(
        up=up,
        down=down,
        switches=tuple(_switches(row, of_each)) if rated else (),
        weight_switches=tuple(_weight_switches(row, up, down)),
        tornado=tuple(_tornado(row, of_each)),
    )


# --- one answer changed ---


def try_all(row: Row, changes: Sequence[Turn]) -> list[Tried]:
    """What each change, all else as it is, makes of the proposal."""
    if not changes:
        return []
    scores = (
        row.view.scorer.score(copies(row, [_edit(row, one) for one in changes])).mid[0].tolist()
    )
    now = row.rubric.rating(row.score("overall")[0])
    return [_tried(row, *pair, now) for pair in zip(changes, scores, strict=True)]


def _tried(row: Row, change: Turn, score: float, now: _Letter) -> Tried:
    rating = row.rubric.rating(score)
    # A stands before B in the alphabet, and above it.
    return Tried(change, score, rating, None if rating == now else "up" if rating < now else "down")


def _edit(row: Row, turn: Turn) -> Changes:
    marks = tick(row, turn.question, int(turn.code))
    return {turn.question.id: Change(turn.code, ticked=marks)}


def _asked(row: Row) -> Iterator[Question]:
    """The questions that apply to the proposal, and belong to what judges it."""
    kind = row.rubric.file.kind
    for question in row.rubric.questions.values():
        foreign = isinstance(question, Prerequisite) and question.test != kind
        foreign |= isinstance(question, ProfileItem) and question.applies_to not in {kind, "both"}
        if not foreign and row.codes[question.id] != NOT_APPLICABLE:
            yield question


def _changes(row: Row, question: Question) -> Iterator[Turn]:
    """Every other answer; of a measure, the ends of its range and the points of its line."""
    now = row.values[question.id]
    for code in _codes(question):
        if code != now:
            yield Turn(question, code)


def _codes(question: Question) -> list[float]:
    if isinstance(question, Measure):
        return sorted({question.minimum, *(x for x, _ in question.points()), question.maximum})
    count = len(question.items()) + 1 if question.items() else len(question.scale())
    return [float(code) for code in range(count)]


def _tornado(row: Row, of_each: dict[str, list[Tried]]) -> list[Lever]:
    """The indicators between whose worst and best answer the overall score moves furthest."""
    now = row.score("overall")[0]
    found = []
    for factor in row.rubric.factors:
        for indicator in factor.indicators:
            if indicator.id in of_each:
                at = {t.change.code: t.score for t in of_each[indicator.id]}
                worst, best = _ends(indicator)
                found.append(
                    Lever(
                        indicator=indicator.id,
                        title=indicator.title,
                        factor=factor.id,
                        factor_title=factor.title,
                        now_text=_now_text(row, indicator),
                        worst=at.get(worst, now),
                        best=at.get(best, now),
                    )
                )
    return sorted(found, key=lambda lever: lever.worst - lever.best)[:TORNADO]


def _ends(indicator: Indicator) -> tuple[float, float]:
    """The codes of the worst and of the best answer; of a checklist none of its items and all."""
    if isinstance(indicator, Checklist):
        return 0.0, float(len(indicator.options))
    by_score = sorted(indicator.points(), key=lambda point: point[1])
    return by_score[0][0], by_score[-1][0]


# --- answers that move the rating ---


def _switches(row: Row, of_each: dict[str, list[Tried]]) -> list[Switch]:
    """Of each question the smallest change that moves the rating up and that moves it down."""
    found: list[Tried] = []
    brackets: list[_Bracket] = []
    for tried in of_each.values():
        question = tried[0].change.question
        for direction in _DIRECTIONS:
            moving = [t for t in tried if t.moves == direction]
            if moving and isinstance(question, Measure):
                brackets += _brackets(question, _start(row, question), tried, direction)
            elif moving:
                found.append(min(moving, key=lambda t: _step(row, t)))
    found += _nearest(_closed_in(row, brackets))
    now = row.score("overall")[0]
    found.sort(key=lambda t: (t.moves == "down", abs(t.score - now), t.change.question.id))
    return [_switch(row, tried) for tried in found]


def _step(row: Row, tried: Tried) -> tuple[float, float]:
    """How large a change is: in points of the indicator's score, else of the overall score."""
    question, code = tried.change.question, tried.change.code
    by_overall = abs(tried.score - row.score("overall")[0])
    if not isinstance(question, Indicator):
        return by_overall, code
    codes, scores = (list(column) for column in zip(*question.points(), strict=True))
    mid, then = row.leaf(question)[1], float(np.interp(code, codes, scores))
    now = row.values[question.id]
    # Items of a checklist beyond its full score change nothing in it: the fewest will do.
    return abs(then - mid), 0 if now is None else abs(code - now)


def _start(row: Row, measure: Measure) -> float:
    """The figure given; where there is none, the one that scores what the indicator does now."""
    now = row.values[measure.id]
    if now is not None:
        return now
    wanted, points = row.leaf(measure)[1], measure.points()
    for (x, low), (y, high) in pairwise(points):
        if min(low, high) <= wanted <= max(low, high) and low != high:
            return x + (y - x) * (wanted - low) / (high - low)
    return points[0][0]


class _Bracket(Record, kw_only=False):
    """Two figures of a measure, between which the rating begins to move.

    `outer` moves it and `inner`, which lies nearer to the present figure, does not.
    """

    measure: Measure
    start: float
    inner: float
    outer: Tried

    @property
    def width(self) -> float:
        return abs(self.outer.change.code - self.inner)

    def between(self, count: int) -> list[Turn]:
        """Figures from inner to outer, without either."""
        figures = np.linspace(self.inner, self.outer.change.code, count + 2)[1:-1]
        return [Turn(self.measure, x) for x in figures.tolist()]

    def on_the_grid(self) -> list[Turn]:
        """The round figures on and around both ends, the nearest to the present one first."""
        grain = _grain(self.measure)
        ends = (self.inner / grain, self.outer.change.code / grain)
        whole = {way(end) for end in ends for way in (math.floor, math.ceil)}
        figures = (float(f"{n * grain:.12g}") for n in whole)
        allowed = (x for x in figures if self.measure.minimum <= x <= self.measure.maximum)
        return [
            Turn(self.measure, x)
            for x in sorted(allowed, key=lambda x: abs(x - self.start))
            if (x - self.start) * (self.outer.change.code - self.start) > 0
        ]

    def closer(self, tried: Iterable[Tried]) -> _Bracket:
        """The part of it in which the rating first moves."""
        inner = self.inner
        for one in tried:
            if one.moves == self.outer.moves:
                return replace(self, inner=inner, outer=one)
            inner = one.change.code
        return replace(self, inner=inner)


def _grain(measure: Measure) -> float:
    """The power of ten in which a figure is counted: about a hundredth of its scale."""
    figures = [figure for figure, _ in measure.points()]
    return float(10 ** math.floor(math.log10((max(figures) - min(figures)) / 100)))


def _brackets(
    measure: Measure, start: float, tried: Sequence[Tried], direction: Direction
) -> Iterator[_Bracket]:
    """On each side of the present figure, where the rating begins to move."""
    for side in (-1, 1):
        inner = start
        outward = [t for t in tried if (t.change.code - start) * side > 0]
        for one in sorted(outward, key=lambda t: t.change.code * side):
            if one.moves == direction:
                yield _Bracket(measure, start, inner, one)
                break
            inner = one.change.code


def _closed_in(row: Row, brackets: Sequence[_Bracket]) -> list[tuple[float, Tried]]:
    """Of each bracket the round figure nearest to the present one that moves the rating.

    Beside it stands how far it lies from the present one.
    """
    open_ = list(brackets)
    while any(b.width > _grain(b.measure) for b in open_):
        each = max(1, SMALL // len(open_))
        tried = iter(try_all(row, [change for b in open_ for change in b.between(each)]))
        open_ = [b.closer(list(islice(tried, each))) for b in open_]
    rounded = [b.on_the_grid() for b in open_]
    tried = iter(try_all(row, [change for changes in rounded for change in changes]))
    found = []
    for b, changes in zip(open_, rounded, strict=True):
        moving = [t for t in islice(tried, len(changes)) if t.moves == b.outer.moves]
        best = (moving or [b.outer])[0]
        found.append((abs(best.change.code - b.start), best))
    return found


def _nearest(found: Iterable[tuple[float, Tried]]) -> list[Tried]:
    """Of the two sides of a measure the nearer one."""
    best: dict[tuple[str, Direction | None], Tried] = {}
    for _, tried in sorted(found, key=lambda pair: pair[0]):
        best.setdefault((tried.change.question.id, tried.moves), tried)
    return list(best.values())


def _switch(row: Row, tried: Tried) -> Switch:
    question, code = tried.change.question, tried.change.code
    answer, words = _answer(question, code)
    return Switch(
        question=question.id,
        title=question.title,
        kind=role(question),
        direction=tried.moves or "down",
        now_text=_now_text(row, question),
        answer=answer,
        answer_text=words,
        score=tried.score,
        rating=tried.rating,
    )


def _answer(question: Question, code: float) -> tuple[str | float | bool, str]:
    """An answer as it is written in a proposal, and in words."""
    name = question.name()
    if name.type == "number":
        return code, question.show(code)
    if name.type == "checklist":
        return code, f"{code:.0f} of {len(name.options)} items"
    answer = bool(code) if name.type == "yes_no" else name.options[int(code)]
    return answer, question.show(answer)


def _now_text(row: Row, question: Question) -> str | None:
    """The present answer in words; of a checklist only how many items."""
    code = row.values[question.id]
    return None if code is None else _answer(question, code)[1]


# --- weights and bands ---


def _next_bands(row: Row) -> tuple[NextBand | None, NextBand | None]:
    """The band above and the band below, and how far they are."""
    score, bands = row.score("overall")[0], row.rubric.file.ratings
    at = [band.id for band in bands].index(row.rubric.rating(score))
    up = down = None
    if at > 0:
        up = NextBand(rating=bands[at - 1].id, points=bands[at - 1].lowest - score)
    if at < len(bands) - 1:
        down = NextBand(rating=bands[at + 1].id, points=max(score - bands[at].lowest, 0.0))
    return up, down


def _weight_switches(row: Row, up: NextBand | None, down: NextBand | None) -> list[WeightSwitch]:
    """The weight of each factor that would bring the score to the edge of a band."""
    score = row.score("overall")[0]
    edges: list[tuple[Direction, NextBand, float]] = []
    if up:
        edges.append(("up", up, score + up.points))
    if down:
        edges.append(("down", down, score - down.points))
    found = []
    for pillar in row.rubric.pillars:
        factors = [f for f in row.rubric.factors if f.pillar == pillar.id and row.weights[f.id]]
        scored = [(factor, row.score(factor.id)[0]) for factor in factors]
        for direction, band, edge in edges if factors else ():
            wanted = _wanted(row, pillar, edge)
            for factor in factors:
                needed = None if wanted is None else _needed(factor, scored, wanted)
                if needed is not None:
                    found.append(_weight_switch(row, factor, direction, band, needed))
    return sorted(found, key=lambda s: (abs(math.log(s.needed / s.weight)), s.factor))


def _wanted(row: Row, pillar: Pillar, edge: float) -> float | None:
    """What a pillar would have to score for an overall score of `edge`; None where none will do."""
    overall = row.rubric.file.overall
    plain = overall.aggregation == pillar.aggregation == "arithmetic"
    if not plain or _held(row, edge):
        return None
    pillars = [(p.weight, row.score(p.id)[0]) for p in row.rubric.pillars if row.weights[p.id]]
    rest = sum(w * x for w, x in pillars) - pillar.weight * row.score(pillar.id)[0]
    return (edge * sum(w for w, _ in pillars) - rest) / pillar.weight


def _needed(factor: Factor, scored: Sequence[tuple[Factor, float]], wanted: float) -> float | None:
    """The weight of a factor, among all of its pillar, at which the pillar scores as `wanted`.

    None where no weight does that a rubric may give, which is up to `HEAVIEST`.
    """
    lacking = sum(f.weight * (wanted - x) for f, x in scored if f is not factor)
    own = next(x for f, x in scored if f is factor) - wanted
    needed = lacking / own if own else math.inf
    return needed if len(scored) > 1 and 0 < needed <= HEAVIEST else None


def _held(row: Row, edge: float) -> bool:
    """Whether a raised rule holds the overall score below an edge."""
    raised = row.view.scores.raised[:, row.n]
    caps = [
        rule.cap.at
        for rule, up in zip(row.rubric.rules, raised, strict=True)
        if up and rule.cap and rule.cap.node == "overall"
    ]
    return bool(caps) and min(caps) < edge


def _weight_switch(
    row: Row, factor: Factor, direction: Direction, band: NextBand, needed: float
) -> WeightSwitch:
    share = row.weights[factor.id] / row.weights[factor.pillar]  # of its pillar
    others = factor.weight * (1 - share) / share
    return WeightSwitch(
        factor=factor.id,
        title=factor.title,
        direction=direction,
        weight=factor.weight,
        needed=needed,
        share=row.weights[factor.id],
        share_needed=row.weights[factor.pillar] * needed / (needed + others),
        rating=band.rating,
    )
