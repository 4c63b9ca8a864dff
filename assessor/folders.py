"""Which files of a folder are proposals."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from assessor.errors import Fault, InputError
from assessor.files import MAX_BYTES

YAML = (".yaml", ".yml")
ASSESSED = "-assessed"  # ends the name of a workbook of results
_OF_A_RUBRIC = re.compile(
    rb"^(pillars|factors|rules|lessons|targets|comparators|caveats|sections)[ \t]*:", re.MULTILINE
)
_OF_A_PROPOSAL = re.compile(rb"^(name|country|answers)[ \t]*:", re.MULTILINE)


def is_folder(path: str | Path) -> bool:
    """Whether a path is a folder; False where it can be none, such as a name of 10,000 letters."""
    try:
        # Path("") is the folder that one is in, which nobody means.
        return path != "" and Path(path).is_dir()
    except OSError:
        return False


def writable(path: str | Path) -> str:
    """A path as text that can be written as UTF-8, whatever bytes it is made of."""
    return os.fspath(path).encode("utf-8", "backslashreplace").decode()


def proposals_in(folder: Path, tables: Collection[str]) -> list[Path]:
    """The proposals in a folder and in those below it, sorted by path; none hidden, no rubrics.

    InputError where there are none. `tables` are the endings of those: they are not searched for,
    since results lie beside proposals, but named where nothing else was found.
    """
    files = list(_below(folder))
    if found := sorted(path for path in files if _may_be_proposal(path)):
        return found
    way_out = "put files that end in .yaml into it"
    if others := sorted(path for path in files if path.suffix.lower() in tables):
        way_out = f"to read a table, name it: {writable(others[0])}"
    raise _refusal(folder, f"no proposal is in this folder; {way_out}")


def tables_in(folder: Path, tables: Collection[str]) -> list[Path]:
    """The tables in a folder and in those below it, but for those that hold results."""
    found = (path for path in _below(folder) if path.suffix.lower() in tables)
    return sorted(path for path in found if not path.stem.endswith(ASSESSED))


def _below(folder: Path) -> Iterator[Path]:
    """Every file in a folder and below it but hidden ones; a folder that is linked to, once.

    A folder below that cannot be opened stands for itself, so that reading it tells why.
    """
    seen: set[str] = set()
    closed: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=closed.append, followlinks=True):
        real = os.path.realpath(place)
        folders[:] = [] if real in seen else sorted(n for n in folders if not n.startswith("."))
        if real not in seen:
            yield from (Path(place, name) for name in names if not name.startswith("."))
        seen.add(real)
    for error in closed:
        if Path(error.filename) == folder:
            message = f"cannot be opened ({error.strerror}); check its rights"
            raise _refusal(folder, message)
        yield Path(error.filename)


def _may_be_proposal(path: Path) -> bool:
    """Whether it is a YAML file, but no rubric or part of one, which may lie beside proposals.

    True for what cannot be opened, for reading it as a proposal tells what is wrong.
    """
    if path.suffix.lower() not in YAML:
        return path.is_dir()
    try:
        with path.open("rb") if path.is_file() else io.BytesIO() as file:
            start = file.read(MAX_BYTES)
    except OSError:
        return True
    return not _OF_A_RUBRIC.search(start) or bool(_OF_A_PROPOSAL.search(start))


def _refusal(folder: Path, message: str) -> InputError:
    return InputError([Fault(str(folder), 0, 0, message)])
