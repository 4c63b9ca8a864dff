"""Copies of one proposal in which some answers are changed, for the engine to score.

Steps, open questions and promises are all judged so: change the answers, and score again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from assessor.diagnosis import Row
from assessor.indicators import Question
from assessor.plain import Record
from assessor.proposal import AGREED, HIGH, Portfolio


class Change(Record, kw_only=False):
    """Another answer: its number, its state or confidence, and of a checklist what is ticked.

    Without `ticked`, a checklist has all of its items where the number is not 0, else none.
    """

    value: float
    code: int = HIGH
    ticked: tuple[bool, ...] | None = None


Changes = Mapping[str, Change]  # by the id of the question


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
