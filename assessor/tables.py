"""A table with a proposal in each row: what its headings and its cells mean, and its rows.

A row becomes a `Proposal`, which is checked as one from a YAML file is. Each distinct cell of a
column is read once.

A table has one column for each of name, kind, country, date, made_up, summary; one for each
answered question, headed by its id; `<id>.evidence` (or confidence, status, today, state, reason,
sources) beside it where wanted; and `targets.<id>`. Of a heading of several lines the last one
counts. A heading without a dot that is near none of these is somebody's own, and passed over. An
empty cell is no answer; insufficient_evidence, not_applicable or not_assessed in the place of an
answer is its state. A checklist's cell lists its items with `;` between them, and says `[]` where
none holds.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any, get_args

import numpy as np

from assessor.cells import BIG, Cell, Column, plain
from assessor.errors import COMPARED_CHARACTERS, SHOWN_NAMES, Fault, InputError, nearest, shown
from assessor.files import Document
from assessor.formats import Grid
from assessor.given import required
from assessor.plain import kinds_of
from assessor.proposal import (
    Answer,
    Proposal,
    Rubrics,
    check_answers,
)
from assessor.rubric import Rubric

Place = tuple[str, ...]

_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,30})(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")
_LONG = {"answers", "targets", "assessors", "replies"}  # no single cell holds them
_FIELDS = tuple(n for n in Proposal.__dataclass_fields__ if n not in _LONG)
NEEDED = required(Proposal)
_LISTS = {"sources", "sectors"}
_WORDS = {"evidence", "reason", "confidence", "status", "state"}
_STATES = {"insufficient_evidence", "not_applicable", "not_assessed"}
_DOTTED = re.compile(r"\S\.\S")  # as in an id; not as in "No."
NEAR = 0.8  # how much alike, of 1, two names are that may be one
_KINDS = get_args(kinds_of(Proposal)["kind"])


# --- cells ---


def _value(cell: Cell, place: Place, lists: bool) -> Any:
    """A cell as YAML would read it; in an answer, text with `;` or in brackets is a list.

    `lists` where an answer is a list even if it is one word.
    """
    part = place[-1]
    if part in _LISTS:
        return _items(cell) if isinstance(cell, str | list) else [str(cell)]
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < BIG:
        cell = int(cell)  # a spreadsheet has no whole numbers
    if len(place) == 1 or part in _WORDS:
        # Where text is due, a spreadsheet's figure is the text that it shows.
        return cell if isinstance(cell, bool) or cell is None else str(cell)
    if not isinstance(cell, str):
        return [str(cell)] if lists and not isinstance(cell, list) else cell
    bracketed = cell.startswith("[") and cell.endswith("]")
    return _items(cell) if lists or bracketed or ";" in cell else _as_written(cell)


def _items(cell: str | list[str]) -> list[str]:
    if isinstance(cell, list):
        return cell
    if cell.startswith('["'):  # items in quotes may hold anything
        with suppress(ValueError, RecursionError):
            return [str(item) for item in json.loads(cell)]
    inside = cell[1:-1].replace(",", ";") if cell[:1] + cell[-1:] == "[]" else cell
    return [item for written in inside.split(";") if (item := written.strip())]


def _as_written(text: str) -> str | int | float:
    """A figure as a number, everything else as the text that it is."""
    if not _NUMBER.fullmatch(text):
        return text
    number = int(text) if text.lstrip("+-").isdecimal() else float(text)
    return text if math.isinf(number) else number


def state_of(cell: Cell) -> str | None:
    """The state that an answer's cell names in the place of an answer; None where it is one."""
    word = cell.lower().replace(" ", "_") if isinstance(cell, str) else ""
    return word if word in _STATES else None


# --- rows ---


@dataclass(frozen=True)
class TableRow(Document):
    """A row of a table as a document: its places are the row and the column of each cell."""

    row: int = 0
    columns: Mapping[Place, int] = field(default_factory=dict, repr=False)
    sheet: str = ""

    def at(self, path: Sequence[str | int], key: bool = False) -> tuple[int, int]:
        """Row and column, from 1, of the cell that a path names, or of the first one of the row."""
        for end in range(len(path), 0, -1):
            if column := self.columns.get(tuple(map(str, path[:end]))):
                return self.row, column
        return self.row, 1

    def fault(self, path: Sequence[str | int], message: str, key: bool = False) -> Fault:
        return Fault(self.name, *self.at(path, key), message, self.sheet, table=True)


@dataclass(frozen=True)
class Table:
    """A table to be judged by the rubrics that `asking` names for a proposal."""

    grid: Grid
    asking: Rubrics

    @cached_property
    def heads(self) -> Sequence[str]:
        """What each column is called: the last line of its heading."""
        return [str(plain(head) or "").rpartition("\n")[2].strip() for head in self.grid.heads]

    @cached_property
    def places(self) -> Sequence[Place]:
        """Where in a proposal each column goes; ("", head) for one of somebody's own."""
        return [("", head) if self._own(head) else _place(head) for head in self.heads]

    @cached_property
    def columns(self) -> Sequence[Column]:
        columns = self.grid.columns
        return [c if isinstance(c, Column) else Column.of(c) for c in columns]

    @cached_property
    def filled(self) -> Sequence[int]:
        """The numbers of the rows in which something stands."""
        places = zip(self.columns, self.places, strict=False)
        if not (read := [column for column, place in places if not _passed_over(place)]):
            return []
        empty = np.logical_and.reduce([column.empty for column in read], axis=0)
        empty[list(self.spoilt)] = False
        rows: list[int] = np.flatnonzero(~empty).tolist()
        return rows

    @cached_property
    def spoilt(self) -> Mapping[int, Sequence[Fault]]:
        """What is wrong with single cells, by the number of their row."""
        if not self.grid.spoilt:
            return {}
        numbers = {line: number for number, line in enumerate(self.grid.lines)}
        found: dict[int, list[Fault]] = {}
        for fault in self.grid.spoilt:
            place = self.places[fault.column - 1] if fault.column <= len(self.places) else ("",)
            if fault.line in numbers and not _passed_over(place):
                found.setdefault(numbers[fault.line], []).append(fault)
        return found

    @cached_property
    def kinds(self) -> Column:
        """The kind of each row; None where it is none."""
        if "kind" not in self.heads or not self.columns:
            return Column.of([None] * len(self.grid.lines))
        column = self.columns[self.heads.index("kind")]
        kinds = [kind if kind in _KINDS else None for kind in column.cells]
        return Column(lambda: (kinds, column.index))

    @cached_property
    def rubrics(self) -> Mapping[str, Sequence[Rubric]]:
        """The rubrics whose questions a proposal of each kind in the table may answer."""
        kinds = {*self.kinds.cells} - {None}
        blank = None in self.kinds.cells and any(self.kinds.at(n) is None for n in self.filled)
        if blank or not kinds:
            kinds |= {"zone", "cluster"}  # what the row was meant to be
        return {kind: self.asking(stub(kind=kind)) for kind in sorted(kinds)}

    @cached_property
    def lists(self) -> set[str]:
        """The questions whose answer is a list."""
        rubrics = [rubric for each in self.rubrics.values() for rubric in each]
        return {i for rubric in rubrics for i, q in rubric.questions.items() if q.items()}

    def value(self, column: int, cell: Cell) -> Any:
        place = self.places[column]
        return _value(cell, place, lists=place[-1] in {"value", "today"} and place[1] in self.lists)

    @property
    def unread(self) -> Iterator[str]:
        """What of its file is passed over, and may hold something."""
        own = [head for head, place in zip(self.heads, self.places, strict=True) if place[0] == ""]
        if own := [head for head in own if head]:
            yield listed("the column", own)
        if self.grid.sheets:
            way_out = f"put such rows into {shown(self.grid.sheet)}, or into a file of their own"
            yield f"{listed('the sheet', self.grid.sheets)}; {way_out}"

    def fault(self, line: int, column: int, message: str) -> Fault:
        return Fault(self.grid.name, line, column, message, self.grid.sheet, table=True)

    def without(self, wrong: Collection[int]) -> Table:
        """The same table with those columns empty, and with what every row needs, for all rows."""
        grid, rows = self.grid, len(self.grid.lines)
        heads = ["" if n in wrong else head for n, head in enumerate(grid.heads)]
        columns = [[None] * rows if n in wrong else cells for n, cells in enumerate(grid.columns)]
        for name in NEEDED:
            if name not in self.heads:
                heads.append(name)
                columns.append([getattr(stub(), name)] * rows)
        return Table(replace(grid, heads=heads, columns=columns), self.asking)

    @cached_property
    def wrong_heads(self) -> Sequence[Fault]:
        """Every heading that fits nothing, stands twice or, without a column, is missing."""
        if not any(self.heads):
            message = "the first row is empty; write the headings of the columns there"
            return [self.fault(self.grid.top, 0, message)]
        faults = [fault for fault in self.grid.spoilt if fault.line == self.grid.top]
        for number, head in enumerate(self.heads):
            if head and (message := self._wrong(number)):
                faults.append(self.fault(self.grid.top, number + 1, message))
        told = " ".join(fault.message for fault in faults)
        for name in NEEDED:
            if name not in self.heads and f"did you mean {shown(name)}?" not in told:
                message = f"the column {shown(name)} is missing; add it"
                faults.append(self.fault(self.grid.top, 0, message))
        return faults

    def _wrong(self, number: int) -> str:
        """What is wrong with a heading, and the way out; "" where nothing is."""
        head, place = self.heads[number], self.places[number]
        if _passed_over(place):
            return ""
        if (first := self.heads.index(head)) < number:
            return f"{shown(head)} already heads column {first + 1}; keep one of them"
        if (first := self.places.index(place)) < number:
            return f"{shown(head)} is the same as {shown(self.heads[first])}; keep one of them"
        if head in _FIELDS:
            return ""
        if place == (head,):
            return f"there is no column {shown(head)}; {self._near(head)}"
        if place[:2] in self._asked or self._asked_of_others(place):
            return ""
        named = {".".join(one[1:] if one[0] == "answers" else one): None for one in self._asked}
        above = head.rpartition(".")[0]
        if above in named:
            beside = [f"{above}.{part}" for part in Answer.__dataclass_fields__ if part != "value"]
            return f"there is no column {shown(head)}; {nearest(head, beside)}"
        what, name = ("target", head) if place[0] == "targets" else ("question", place[1])
        known = [one for one in named if one.startswith("targets.") == (what == "target")]
        return f"there is no {what} {shown(place[1])}; {nearest(name, known)}"

    @cached_property
    def _asked(self) -> Mapping[Place, None]:
        """The answers and targets that are asked of the kinds in the table."""
        return _asked(rubric for each in self.rubrics.values() for rubric in each)

    @cached_property
    def _of_any_kind(self) -> Sequence[Rubric]:
        return self.asking(stub(kind="both"))

    def _asked_of_others(self, place: Place) -> bool:
        """Whether it is asked of another kind; rows that answer it nevertheless tell so."""
        return place[:2] in _asked(self._of_any_kind)

    @cached_property
    def _meant(self) -> Mapping[str, str]:
        """The heading that is meant by a name without a dot: a field, a title, the end of an id."""
        names = {name: name for name in _FIELDS}
        for rubric in self._of_any_kind:
            for name, question in rubric.questions.items():
                for written in (name, name.partition(".")[2], question.title.casefold()):
                    names.setdefault(written, name)
        return names

    def _near(self, head: str) -> str:
        """Which heading one without a dot nearly is; "" where it is a column of somebody's own."""
        written = head.casefold()[:COMPARED_CHARACTERS]
        found = get_close_matches(written, self._meant, n=1, cutoff=NEAR)
        return f"did you mean {shown(self._meant[found[0]])}?" if found else ""

    def _own(self, head: str) -> bool:
        """Whether a heading is that of a column of somebody's own, which is passed over."""
        return bool(head) and not (head in _FIELDS or _DOTTED.search(head) or self._near(head))

    def row(self, number: int) -> TableRow:
        """A row as a document, with the faults of its cells; InputError where it has none."""
        if number in self.grid.broken:
            raise InputError([self.grid.broken[number]])
        line, faults = self.grid.lines[number], [*self.spoilt.get(number, ())]
        data: dict[str, Any] = {}
        places: dict[Place, int] = {}
        for column, place in enumerate(self.places):
            cell = self.columns[column].at(number)
            if place[0] == "":
                if cell is not None and not _passed_over(place):
                    message = f"{shown(cell)} stands in a column without a heading; "
                    faults.append(self.fault(line, column + 1, f"{message}write one, or remove it"))
                continue
            places[place] = column + 1
            places.setdefault(place[:2], column + 1)
            if cell is not None and not self._put(data, column, cell):
                message = f"{shown(cell)} contradicts what stands beside it; keep one of them"
                faults.append(self.fault(line, column + 1, message))
        text = json.dumps(data, sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        name, sheet, told = self.grid.name, self.grid.sheet, tuple(faults)
        return TableRow(
            name, data, digest, text, faults=told, row=line, columns=places, sheet=sheet
        )

    def _put(self, data: dict[str, Any], column: int, cell: Cell) -> bool:
        """Write a cell into the data of its row; False where another has said otherwise."""
        *above, part = self.places[column]
        for name in above:
            data = data.setdefault(name, {})
        return self.put(data, part, column, cell)

    def put(self, data: dict[str, Any], part: str, column: int, cell: Cell) -> bool:
        """Write a cell into the fields of an answer, say; False where another said otherwise."""
        state = state_of(cell) if part == "value" else None
        part, value = ("state", state) if state else (part, self.value(column, cell))
        return bool(data.setdefault(part, value) == value)

    def proposal(self, number: int) -> Proposal:
        """A row as a proposal whose answers fit; InputError with every fault."""
        proposal = Proposal.of(self.row(number), self.asking)
        if faults := list(check_answers(proposal, self.asking(proposal))):
            raise InputError(faults)
        return proposal


def _asked(rubrics: Iterable[Rubric]) -> dict[Place, None]:
    """Where the answers and targets go that rubrics ask for."""
    places: dict[Place, None] = {}
    for rubric in rubrics:
        places |= {("answers", name): None for name in rubric.questions}
        places |= {("targets", name): None for name in rubric.forecasts}
    return places


def _passed_over(place: Place) -> bool:
    """Whether a column is somebody's own."""
    return len(place) == 2 and place[0] == ""


def _place(head: str) -> Place:
    parts = head.split(".")
    if len(parts) == 3 and parts[2] in Answer.__dataclass_fields__:
        return "answers", f"{parts[0]}.{parts[1]}", parts[2]
    if len(parts) == 2 and parts[0] == "targets":
        return "targets", parts[1]
    return ("answers", head, "value") if len(parts) > 1 else (head,)


def stub(**fields: Any) -> Proposal:
    """A proposal that says nothing else."""
    return Proposal(**{"name": "-", "kind": "both", "country": "ZZ", **fields})


@dataclass(frozen=True)
class Reading:
    """The proposals that could be read, each with its file, and the faults of the rest.

    `unread` says, a line for each place, what was passed over and may hold something.
    """

    proposals: tuple[tuple[str, Proposal], ...]
    failed: tuple[tuple[str, InputError], ...]
    unread: tuple[str, ...] = ()


def listed(what: str, names: Sequence[str]) -> str:
    """The names, each in quotes, of what may be many: "the sheets 'A', 'B' and 3 more"."""
    told = ", ".join(map(shown, names[:SHOWN_NAMES]))
    more = len(names) - SHOWN_NAMES
    return f"{what}{'s' * (len(names) > 1)} {told}" + (f" and {more} more" if more > 0 else "")


def read_rows(table: Table) -> Reading:
    """The proposals of a table; where a heading is wrong, all of it failed, and all is told."""
    name = table.grid.name.encode("utf-8", "backslashreplace").decode()
    proposals: list[tuple[str, Proposal]] = []
    failed: list[tuple[str, InputError]] = []
    filled = table.filled if any(table.heads) else ()
    unread = tuple(f"{name}: not read: {what}" for what in table.unread)
    if wrong := table.wrong_heads:
        failed.append((name, InputError(wrong)))
        table = table.without({fault.column - 1 for fault in wrong})
    for number in filled:
        row = f"{name}:{table.grid.lines[number]}"
        try:
            proposals.append((row, table.proposal(number)))
        except InputError as error:
            failed.append((row, error))
    if not filled and not failed:
        message = "the table has no rows below its headings; write a proposal in each"
        raise InputError([Fault(table.grid.name, 0, 0, message)])
    return Reading(() if wrong else tuple(proposals), tuple(failed), unread)
