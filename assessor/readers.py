"""Files in, proposals out: one YAML file, a folder of them, or a table with a proposal in each row.

A table is read by `formats` and judged by the columns and rows of `tables`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from assessor.errors import Fault, InputError
from assessor.files import load
from assessor.formats import TABLES, frame_grid
from assessor.proposal import Proposal, Rubrics, rubric_finder
from assessor.tables import Reading, Table, read_rows

YAML = (".yaml", ".yml")


def read(path: str | Path, rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in a file, folder or table; InputError where it can hold none at all.

    With `rubrics`, the answers of a proposal whose form is wrong are checked as well.
    """
    if is_folder(path):
        return read_each(_in_folder(Path(path)), rubrics)
    if Path(path).suffix.lower() in TABLES:
        grid = TABLES[Path(path).suffix.lower()](Path(path))
        return read_rows(Table(grid, rubrics or rubric_finder()))
    return _collected([(_name(path), lambda: Proposal.of(load(path, strict=False), rubrics))])


def read_frame(frame: Any, rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in a dataframe of any library that narwhals knows: pandas, polars, pyarrow.

    Its columns are those of a table; InputError where it is no dataframe, or a lazy one.
    """
    return read_rows(Table(frame_grid(frame), rubrics or rubric_finder()))


def is_portfolio(path: str | Path) -> bool:
    """Whether a path may hold more than one proposal."""
    return is_folder(path) or Path(path).suffix.lower() in TABLES


def is_folder(path: str | Path) -> bool:
    """Whether a path is a folder; False where it can be none, such as a name of 10,000 letters."""
    try:
        # Path("") is the folder that one is in, which nobody means.
        return path != "" and Path(path).is_dir()
    except OSError:
        return False


def read_each(paths: Iterable[str | Path], rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in several files, folders or tables; one that fails spoils no other."""
    proposals: list[tuple[str, Proposal]] = []
    failed: list[tuple[str, InputError]] = []
    for path in paths:
        try:
            reading = read(path, rubrics)
        except InputError as error:
            failed.append((_name(path), error))
            continue
        proposals += reading.proposals
        failed += reading.failed
    return Reading(tuple(proposals), tuple(failed))


def _name(path: str | Path) -> str:
    """A path as text that can be written as UTF-8, whatever bytes it is made of."""
    return os.fspath(path).encode("utf-8", "backslashreplace").decode()


def _collected(sources: Iterable[tuple[str, Callable[[], Proposal]]]) -> Reading:
    proposals, failed = [], []
    for name, make in sources:
        try:
            proposals.append((name, make()))
        except InputError as error:
            failed.append((name, error))
    return Reading(tuple(proposals), tuple(failed))


def _in_folder(folder: Path) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if _is_yaml(path))
    except OSError as error:
        raise _refusal(folder, f"cannot be opened ({error.strerror}); check its rights") from None
    if not files:
        raise _refusal(folder, "no proposal is in this folder; put files that end in .yaml into it")
    return files


def _is_yaml(path: Path) -> bool:
    return path.suffix.lower() in YAML and not path.name.startswith(".")


def _refusal(path: Path, message: str, row: int = 0, column: int = 0) -> InputError:
    return InputError([Fault(str(path), row, column, message)])
