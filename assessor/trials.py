"""Copies of one proposal in which some answers are changed, for the engine to score.

Steps, open questions and promises are all judged so: change the answers, and score again. Here is
also which better answers a question has, and what effort each of them takes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from assessor.diagnosis import Row
from assessor.indicators import Checklist, Indicator, Measure
from assessor.plain import Record
from assessor.proposal import AGREED, HIGH, LOW, Portfolio
from assessor.questions import Question
from assessor.rubric import ROUNDING

SLACK = ROUNDING / 2
CELLS = 30  # into so many parts or more a way between goalposts is cut, to round a figure


class Change(Record, kw_only=False):
    """Another answer: its number, its state or confidence, and of a checklist what is ticked.

    Without `ticked`, a checklist has all of its items where the number is not 0, else none.
    """

    value: float
    code: int = HIGH
    ticked: tuple[bool, ...] | None = None


Changes = Mapping[str, Change]  # by the id of the question


class Option(NamedTuple):
    """A better level of one question: its number, its score, and what it takes to get there."""

    question: str
    code: float
    score: float
    gain: float  # of its own score
    units: int
    months: int
    change: Change

    @property
    def key(self) -> int:
        """One number that orders sets by effort, then by steps, then by months; it adds up."""
        return (self.units * 1_000 + 1) * 1_000_000 + self.months


def copies(row: Row, edits: Sequence[Changes]) -> Portfolio:
    """One copy of the proposal for each set of changes, as columns; they belong to nobody.

    What is changed is taken to be settled: every assessor says the same.
    """
    portfolio, rows = row.view.portfolio, row.view.question_rows
    tried = _changed(portfolio, [row.n] * len(edits), edits, rows)
    heard = [at for seen, at in portfolio.heard(row.n) if seen is portfolio.seen]
    if portfolio.seen is None or not heard:
        return tried
    by_each = [changes for changes in edits for _ in heard]
    seen = _changed(portfolio.seen, heard * len(edits), by_each, rows)
    return replace(tried, seen=seen, whose=np.arange(len(edits)).repeat(len(heard)))


def _changed(
    portfolio: Portfolio, columns: Sequence[int], edits: Sequence[Changes], rows: Mapping[str, int]
) -> Portfolio:
    """Some columns of a portfolio, each with its changes."""
    values, codes = portfolio.values[:, columns], portfolio.codes[:, columns]
    items = {name: marks[columns] for name, marks in portfolio.items.items()}
    spread = None if portfolio.spread is None else portfolio.spread[:, :, columns]
    for column, changes in enumerate(edits):
        for name, change in changes.items():
            values[rows[name], column] = change.value
            codes[rows[name], column] = change.code
            if name in items:
                ticked = bool(change.value) if change.ticked is None else change.ticked
                items[name][column] = ticked
            if spread is not None and rows[name] < spread.shape[1]:
                spread[:, rows[name], column] = AGREED
    return Portfolio((), values, codes, items, spread)


def tick(row: Row, question: Question, count: int) -> tuple[bool, ...] | None:
    """Which items of a checklist are ticked if so many are; None for another kind of question."""
    items = question.items()
    return ticked([item in row.ticked[question.id] for item in items], count) if items else None


def ticked(marks: Sequence[bool], count: int) -> tuple[bool, ...]:
    """The items with as many ticked as asked for.

    The first that are open are added, in the order of the rubric, or the last that are ticked go.
    """
    changed, more = list(marks), count - sum(marks)
    places = [n for n, mark in enumerate(marks) if mark == (more < 0)]
    for n in places[:more] if more > 0 else places[count:]:
        changed[n] = more > 0
    return tuple(changed)


# ---- Better answers, and what they take ----


def options(row: Row) -> dict[str, list[Option]]:
    """Every better level of every answered question that can be changed, by question."""
    found = {}
    for indicator in row.rubric.indicators:
        answered = HIGH <= row.codes[indicator.id] <= LOW
        if answered and not indicator.given and (own := list(_better(row, indicator))):
            found[indicator.id] = own
    return found


def _better(row: Row, indicator: Indicator) -> Iterator[Option]:
    advice, scale = indicator.advice, row.rubric.file.scale
    now, score = row.values[indicator.id], row.leaf(indicator)[1]
    if advice is None or now is None:
        return
    cost: int = getattr(scale.effort, advice.effort)
    levels = [
        (then, max(math.ceil(cost * (then - score) / 100 - SLACK), 1), code)
        for code, then in _levels(indicator, now, score)
    ]
    if isinstance(indicator, Measure):
        levels = sorted([*levels, *_as_far_as(indicator, now, score, cost)])
    for then, units, code in levels:
        change = Change(code, HIGH, tick(row, indicator, int(code)))
        gain = float(then - score)
        yield Option(indicator.id, code, float(then), gain, units, advice.months[1], change)


def _levels(indicator: Indicator, now: float, score: float) -> Iterator[tuple[float, float]]:
    """(code, score) of each whole level above the present one, from the next to the best."""
    if isinstance(indicator, Checklist):
        full = indicator.full or len(indicator.options)
        yield from ((float(n), 100 * n / full) for n in range(int(now) + 1, full + 1))
        return
    above: dict[float, float] = {}
    for code, then in sorted(indicator.points(), key=lambda point: abs(point[0] - now)):
        if then > score + ROUNDING:
            above.setdefault(then, code)  # of goalposts that score the same, the nearest
    yield from ((code, then) for then, code in sorted(above.items()))


def _as_far_as(
    indicator: Measure, now: float, score: float, cost: int
) -> Iterator[tuple[float, int, float]]:
    """(score, units, figure) of how far each number of units takes a measure, below its best.

    The figure is rounded towards the better, to the power of ten that is at most a thirtieth of the
    way between the two goalposts around it: never past a goalpost, and so little past the way paid
    for that it counts no further unit.
    """
    for units in range(1, cost):
        wanted = score + 100 * units / cost
        if wanted < 100 - ROUNDING:
            found = [_rounded_on(*side, wanted) for side in pairwise(indicator.points())]
            figure, then = min(filter(None, found), key=lambda point: abs(point[0] - now))
            yield then, units, figure


def _rounded_on(
    start: tuple[float, float], stop: tuple[float, float], wanted: float
) -> tuple[float, float] | None:
    """(figure, score) at which one side of a line first has a score; None where it never does."""
    (worse, low), (better, high) = sorted((start, stop), key=lambda point: point[1])
    if not low < wanted <= high:
        return None
    exact = worse + (better - worse) * (wanted - low) / (high - low)
    digits = -math.floor(math.log10(abs(better - worse) / CELLS))
    towards = math.ceil if better > worse else math.floor
    slack = -ROUNDING if better > worse else ROUNDING
    figure = round(towards(exact * 10.0**digits + slack) / 10.0**digits, max(digits, 0))
    figure = min(figure, better) if better > worse else max(figure, better)
    return figure, low + (high - low) * (figure - worse) / (better - worse)
