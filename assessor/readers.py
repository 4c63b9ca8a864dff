"""Files in, proposals out: one YAML file, a folder of them, or a table with a proposal in each row.

A table is read by `formats` and judged by the columns and rows of `tables`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from assessor.errors import InputError
from assessor.files import load
from assessor.folders import is_folder, proposals_in, writable
from assessor.formats import TABLES, frame_grid
from assessor.proposal import Proposal, Rubrics, rubric_finder
from assessor.tables import Reading, Table, read_rows


def read(path: str | Path, rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in a file, folder or table; InputError where it can hold none at all.

    With `rubrics`, the answers of a proposal whose form is wrong are checked as well.
    """
    if is_folder(path):
        return read_each(proposals_in(Path(path), TABLES), rubrics)
    if Path(path).suffix.lower() in TABLES:
        grid = TABLES[Path(path).suffix.lower()](Path(path))
        return read_rows(Table(grid, rubrics or rubric_finder()))
    return _collected([(writable(path), lambda: Proposal.of(load(path, strict=False), rubrics))])


def read_frame(frame: Any, rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in a dataframe of any library that narwhals knows: pandas, polars, pyarrow.

    Its columns are those of a table; InputError where it is no dataframe, or a lazy one.
    """
    return read_rows(Table(frame_grid(frame), rubrics or rubric_finder()))


def is_portfolio(path: str | Path) -> bool:
    """Whether a path may hold more than one proposal."""
    return is_folder(path) or Path(path).suffix.lower() in TABLES


def read_each(paths: Iterable[str | Path], rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in several files, folders or tables; one that fails spoils no other."""
    proposals: list[tuple[str, Proposal]] = []
    failed: list[tuple[str, InputError]] = []
    for path in paths:
        try:
            reading = read(path, rubrics)
        except InputError as error:
            failed.append((writable(path), error))
            continue
        proposals += reading.proposals
        failed += reading.failed
    return Reading(tuple(proposals), tuple(failed))


def _collected(sources: Iterable[tuple[str, Callable[[], Proposal]]]) -> Reading:
    proposals, failed = [], []
    for name, make in sources:
        try:
            proposals.append((name, make()))
        except InputError as error:
            failed.append((name, error))
    return Reading(tuple(proposals), tuple(failed))
