"""Proposals in: YAML files, folders of them, tables with one in each row, and what Python made.

A table is read by `formats` and judged by the columns and rows of `tables`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from assessor.errors import InputError
from assessor.files import load
from assessor.folders import is_folder, proposals_in, tables_in, writable
from assessor.formats import OTHERS, TABLES, frame_grid, refusal
from assessor.proposal import Proposal, Rubrics, rubric_finder
from assessor.tables import Reading, Table, listed, read_rows


def read(path: str | Path, rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in a file, folder or table; InputError where it can hold none at all.

    With `rubrics`, the answers of a proposal whose form is wrong are checked as well.
    """
    if is_folder(path):
        folder = Path(path)
        reading = read_each(proposals_in(folder, TABLES), rubrics)
        tables = [writable(table) for table in tables_in(folder, TABLES)]
        unread = f"{writable(path)}: not read: {listed('the table', tables)}; to read one, name it"
        return replace(reading, unread=(*reading.unread, unread)) if tables else reading
    suffix = Path(path).suffix.lower()
    if suffix in TABLES:
        return read_rows(Table(TABLES[suffix](Path(path)), rubrics or rubric_finder()))
    if suffix in OTHERS:
        message = f"a spreadsheet is read as .xlsx, not as {suffix}; open it and save it as .xlsx"
        raise refusal(path, message)
    proposal = Proposal.of(load(path, strict=False), rubrics)
    return Reading(((writable(path), proposal),), ())


def read_frame(frame: Any, rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in a dataframe of any library that narwhals knows: pandas, polars, pyarrow.

    Its columns are those of a table; InputError where it is no dataframe, or a lazy one.
    """
    return read_rows(Table(frame_grid(frame), rubrics or rubric_finder()))


def is_portfolio(path: str | Path) -> bool:
    """Whether a path may hold more than one proposal."""
    return is_folder(path) or Path(path).suffix.lower() in {*TABLES, *OTHERS}


def read_each(paths: Iterable[str | Path], rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in several files, folders or tables; one that fails spoils no other."""
    proposals: list[tuple[str, Proposal]] = []
    failed: list[tuple[str, InputError]] = []
    unread: list[str] = []
    for path in paths:
        try:
            reading = read(path, rubrics)
        except InputError as error:
            failed.append((writable(path), error))
            continue
        proposals += reading.proposals
        failed += reading.failed
        unread += reading.unread
    return Reading(tuple(proposals), tuple(failed), tuple(unread))
