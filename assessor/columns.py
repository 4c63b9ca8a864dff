"""A table's columns straight into the arrays that a scorer reads, without a record for each row.

Each distinct answer of a column is coded once, by its question. A row that is surely right stays
as it is; any other is read as a row once more, which alone decides whether something is wrong with
it and how that is told: there is one truth about what a proposal may say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from assessor.cells import Cell, Column
from assessor.errors import InputError
from assessor.indicators import Measure
from assessor.proposal import HIGH, NOT_APPLICABLE, NOT_ASSESSED, Answer, Portfolio
from assessor.questions import Question
from assessor.rubric import Rubric
from assessor.tables import NEEDED, Table, state_of, stub

_SHORT = 120  # letters; every text of a proposal may be as long as that
_TEXTS = {"name", "summary"}


@dataclass(frozen=True)
class Coded:
    """A table as the columns that a scorer reads, and what is wrong with rows by their number.

    Such a row counts as one without answers.
    """

    portfolio: Portfolio
    faults: Mapping[int, InputError]


def coded(table: Table, rubric: Rubric) -> Coded:
    """The rows of a table for one rubric; InputError where its headings are wrong."""
    if table.wrong_heads:
        raise InputError(table.wrong_heads)
    answers = _Answers(table, rubric)
    for question in rubric.questions.values():
        answers.read(question)
    unsure = ~(answers.sure & _sure_of_profile(table, rubric) & answers.applies())
    unsure[[*table.grid.broken, *table.spoilt]] = True
    portfolio = Portfolio((), answers.values, answers.codes, answers.items)
    faults: dict[int, InputError] = {}
    for number in np.flatnonzero(unsure).tolist():
        try:
            row = Portfolio.of([table.proposal(number).fitted(rubric)], rubric)
        except InputError as error:
            faults[number] = error
            row = Portfolio.of([stub(kind=rubric.file.kind)], rubric)
        portfolio.values[:, number], portfolio.codes[:, number] = row.values[:, 0], row.codes[:, 0]
        for name, ticks in portfolio.items.items():
            ticks[number] = row.items[name][0]
    return Coded(portfolio, faults)


def _sure_of_profile(table: Table, rubric: Rubric) -> NDArray[np.bool_]:
    """The rows that the rubric judges and in which all that is no answer is surely right."""
    sure = table.kinds.marked(lambda kind: kind in {rubric.file.kind, "both"})
    for number, (place, column) in enumerate(zip(table.places, table.columns, strict=True)):
        if place[0] == "":
            sure &= column.empty | (place != ("",))
        elif place[0] == "answers":
            asked = _asked(table, place[1], rubric)
            sure &= asked if asked.all() else asked | column.empty
        elif place[0] in _TEXTS and column.brief(_SHORT):
            sure &= ~column.empty | (place[0] not in NEEDED)
        else:
            sure &= column.marked(_Fits(table, number))
    return sure


@dataclass(frozen=True)
class _Fits:
    """Whether a cell of a profile's column surely fits: a short text does, the rest is tried."""

    table: Table
    column: int

    def __call__(self, cell: Cell) -> bool:
        name, *under = self.table.places[self.column]
        if cell is None:
            return name not in NEEDED
        value = self.table.value(self.column, cell)
        if name in _TEXTS and short(value):
            return True
        try:
            stub(**{name: {under[0]: value} if under else value})
        except ValidationError:
            return False
        return True


def short(text: object) -> bool:
    """Whether this is a text that fits wherever a proposal takes one."""
    return isinstance(text, str) and len(text) <= _SHORT and text.isprintable()


def _asked(table: Table, name: str, rubric: Rubric) -> NDArray[np.bool_]:
    """The rows of whose kind a question is asked, and just as by the rubric."""
    own = rubric.questions.get(name)
    kinds = set()
    for kind, rubrics in table.rubrics.items():
        asked = [one.questions[name] for one in rubrics if name in one.questions]
        if own is not None and asked and (asked[-1] is own or asked[-1] == own):
            kinds.add(kind)
    return table.kinds.marked(lambda kind: kind in kinds)


class _Answers:
    """The columns of a portfolio, filled question by question; `sure` where they are right."""

    def __init__(self, table: Table, rubric: Rubric) -> None:
        questions, rows = rubric.questions, len(table.grid.lines)
        self.rubric = rubric
        self.values = np.full((len(questions), rows), np.nan)
        self.codes = np.full((len(questions), rows), NOT_ASSESSED, dtype=np.int8)
        self.sure = np.ones(rows, dtype=bool)
        self.items = {i: np.zeros((rows, len(q.items())), bool) for i, q in questions.items()}
        self.items = {i: ticks for i, ticks in self.items.items() if ticks.shape[1]}
        self._table = table
        self._at = {name: row for row, name in enumerate(questions)}
        self._parts: dict[str, dict[str, int]] = {}
        for number, place in enumerate(table.places):
            if place[0] == "answers":
                self._parts.setdefault(place[1], {})[place[2]] = number

    def read(self, question: Question) -> None:
        """Code the columns of one question."""
        parts = dict(self._parts.get(question.id, {}))
        for name in parts.keys() & {"evidence", "sources"}:
            self._read_aside(parts.pop(name), name)
        if not parts:
            return
        row = self._at[question.id]
        if parts.keys() == {"value"}:
            column = self._table.columns[parts["value"]]
            if isinstance(question, Measure) and self._read_figures(question, row, column):
                return
            codes = [self._alone(question, parts["value"], cell) for cell in column.cells]
        else:
            column = self._together(parts)
            codes = [self._beside(question, parts, cells) for cells in column.cells]
        # One code for each distinct answer, looked up for each row.
        self.values[row] = np.array([code.value for code in codes], float)[column.index]
        self.codes[row] = np.array([code.code for code in codes], np.int8)[column.index]
        if not all(code.sure for code in codes):
            self.sure &= np.array([code.sure for code in codes], bool)[column.index]
        if question.id in self.items:
            names = question.items()
            ticks = np.array([[name in code.ticked for name in names] for code in codes], bool)
            self.items[question.id] = ticks.reshape(-1, len(names)).take(column.index, axis=0)

    def _read_figures(self, question: Measure, row: int, column: Column) -> bool:
        """Code a column of nothing but figures in bulk; False where it is another."""
        figures = column.figures()
        if figures is None:
            return False
        given = ~np.isnan(figures)
        self.values[row] = figures
        self.codes[row] = np.where(given, HIGH, NOT_ASSESSED)
        self.sure &= ~given | ((figures >= question.minimum) & (figures <= question.maximum))
        return True

    def _read_aside(self, number: int, name: str) -> None:
        """What stands beside an answer and moves no score has only to fit."""
        if name != "sources" and not self._table.columns[number].brief(_SHORT):
            fits = self._table.columns[number].marked(lambda cell: self._short(number, cell))
            self.sure &= fits

    def _short(self, number: int, cell: Cell) -> bool:
        return cell is None or short(self._table.value(number, cell))

    def _together(self, parts: Mapping[str, int]) -> Column:
        """Several columns as one of tuples; of a reason it matters only that there is one."""
        columns = [self._table.columns[number] for number in parts.values()]
        if "reason" in parts:
            reason = self._table.columns[parts["reason"]]
            self._read_aside(parts["reason"], "reason")
            given = [None if empty else "given" for empty in reason.empty.tolist()]
            columns[list(parts).index("reason")] = Column.of(given)
        rows = list(zip(*(column.index.tolist() for column in columns), strict=True))
        cells = [column.cells for column in columns]
        return Column.of(rows, lambda row: [c[n] for c, n in zip(cells, row, strict=True)])

    def _alone(self, question: Question, number: int, cell: Cell) -> _Code:
        """The code of an answer that is its value alone, or the state that stands in its place."""
        if cell is None:
            return _SILENT
        if state_of(cell):
            return self._beside(question, {"value": number}, [cell])
        return _Code.of(question, self._table.value(number, cell), HIGH)

    def _beside(self, question: Question, parts: Mapping[str, int], cells: Sequence[Cell]) -> _Code:
        """The code of an answer with what stands beside it."""
        given: dict[str, Any] = {}
        for (part, number), cell in zip(parts.items(), cells, strict=True):
            if cell is not None and not self._table.put(given, part, number, cell):
                return _UNSURE
        try:
            answer = Answer(**given)
        except ValidationError:
            return _UNSURE
        if answer.today is not None and not _Code.of(question, answer.today, HIGH).sure:
            return _UNSURE
        if answer.value is None:
            return _SILENT._replace(code=answer.code)
        return _Code.of(question, answer.value, answer.code)

    def applies(self) -> NDArray[np.bool_]:
        """The rows in which no prerequisite is said not to apply, and not everything."""
        left_out = self.codes == NOT_APPLICABLE
        own = [p.id for p in self.rubric.prerequisites if p.test == self.rubric.file.kind]
        rows = [self._at[name] for name in own]
        every = left_out[: len(self.rubric.indicators)].all(axis=0)
        applies: NDArray[np.bool_] = ~(every | left_out[rows].any(axis=0))
        return applies


class _Code(NamedTuple):
    """What the arrays of a portfolio hold of an answer, and whether it is surely right."""

    value: float
    code: int
    sure: bool
    ticked: Sequence[str] = ()

    @classmethod
    def of(cls, question: Question, answer: Any, code: int) -> _Code:
        try:
            value = question.code(answer)
        except ValueError:
            return _UNSURE
        return cls(value, code, True, answer if isinstance(answer, list) else ())


_SILENT = _Code(math.nan, NOT_ASSESSED, sure=True)
_UNSURE = _Code(math.nan, NOT_ASSESSED, sure=False)
