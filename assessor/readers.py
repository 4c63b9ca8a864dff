"""Proposals in: YAML files, folders of them, tables with one in each row, and what Python made.

A table is read by `formats` and judged by the columns and rows of `tables`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path
from typing import Any

from assessor.errors import Fault, InputError
from assessor.files import Document, load
from assessor.folders import is_folder, proposals_in, tables_in, writable
from assessor.formats import OTHERS, TABLES, frame_grid, refusal
from assessor.proposal import Proposal, Rubrics, rubric_finder
from assessor.tables import Reading, Table, TableRow, listed, read_rows

Given = str | Path | Proposal | Mapping[str, Any]


def read(path: str | Path, rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in a file, folder or table; InputError where it can hold none at all.

    With `rubrics`, the answers of a proposal whose form is wrong are checked as well.
    """
    return _read(path, rubrics, set())


def read_each(given: Iterable[Given], rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in several files, folders or tables, or made in Python, one as a dict too.

    One that fails spoils no other, and a file that is named twice is read once.
    """
    return _read_each(given, rubrics, set())


def _read_each(given: Iterable[Given], rubrics: Rubrics | None, seen: set[str]) -> Reading:
    proposals: dict[str, Proposal] = {}
    failed: list[tuple[str, InputError]] = []
    unread: list[str] = []
    for number, one in enumerate(given, 1):
        name = writable(one) if isinstance(one, str | Path) else _called(one, number)
        try:
            if isinstance(one, str | Path):
                reading = _read(one, rubrics, seen)
            else:
                reading = Reading(((name, _made(one, name, rubrics)),), ())
        except InputError as error:
            failed.append((name, error))
            continue
        for file, proposal in reading.proposals:
            proposals[_untaken(file, proposals)] = proposal
        failed += reading.failed
        unread += reading.unread
    return Reading(tuple(proposals.items()), tuple(failed), tuple(unread))


def _read(path: str | Path, rubrics: Rubrics | None, seen: set[str]) -> Reading:
    """What `read` gives, but nothing of the files that were seen before."""
    if is_folder(path):
        folder = Path(path)
        reading = _read_each(proposals_in(folder, TABLES), rubrics, seen)
        tables = [writable(table) for table in tables_in(folder, TABLES)]
        unread = f"{writable(path)}: not read: {listed('the table', tables)}; to read one, name it"
        return replace(reading, unread=(*reading.unread, unread)) if tables else reading
    if (real := _real(path)) in seen:
        return Reading((), ())
    seen.add(real)
    suffix = Path(path).suffix.lower()
    if suffix in TABLES:
        return read_rows(Table(TABLES[suffix](Path(path)), rubrics or rubric_finder()))
    if suffix in OTHERS:
        message = f"a spreadsheet is read as .xlsx, not as {suffix}; open it and save it as .xlsx"
        raise refusal(path, message)
    return Reading(((writable(path), Proposal.of(load(path, strict=False), rubrics)),), ())


def _real(path: str | Path) -> str:
    """Where a file lies, however its path is written."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return os.fspath(path)  # reading it tells what is wrong


def _called(given: object, number: int) -> str:
    """What a proposal is called that was made in Python: its file, its name, or its number."""
    if isinstance(given, Proposal):
        row = given.document
        return f"{row.name}:{row.row}" if isinstance(row, TableRow) else given.file
    name = given.get("name") if isinstance(given, Mapping) else None
    return name if isinstance(name, str) and name.strip() else f"proposal {number}"


def _untaken(name: str, taken: Collection[str]) -> str:
    """The name, with a number where it is taken."""
    names = chain([name], (f"{name} ({number})" for number in count(2)))
    return next(one for one in names if one not in taken)


@dataclass(frozen=True)
class _Data(Document):
    """A proposal as a dict, whose faults have no line, but a path."""

    def fault(self, path: Sequence[str | int], message: str, key: bool = False) -> Fault:
        steps = ".".join(map(str, path))
        return Fault(self.name, 0, 0, f"{steps}: {message}" if steps else message)


def _made(given: object, name: str, rubrics: Rubrics | None) -> Proposal:
    """A proposal that was made in Python, as one or as a dict; InputError with every fault."""
    if isinstance(given, Proposal):
        return given
    if not isinstance(given, Mapping):
        message = f"a value of type {type(given).__name__} is no proposal; give a file's path, a "
        raise refusal(name, f"{message}Proposal or a dict")
    data = dict(given)
    Proposal.of(_Data(name, data, "", ""), rubrics)
    return Proposal.model_validate(data)


def read_frame(frame: Any, rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in a dataframe of any library that narwhals knows: pandas, polars, pyarrow.

    Its columns are those of a table; InputError where it is no dataframe, or a lazy one.
    """
    return read_rows(Table(frame_grid(frame), rubrics or rubric_finder()))


def is_portfolio(path: str | Path) -> bool:
    """Whether a path may hold more than one proposal."""
    return is_folder(path) or Path(path).suffix.lower() in {*TABLES, *OTHERS}
