"""Files in, proposals out: one YAML file, a folder of them, or a table with a proposal in each row.

To add a format: write a function `path -> rows of cells` and name its file ending in `TABLES`.

A table has one column for each of name, kind, country, date, made_up, summary; one for each
answered question, headed by its id; `<id>.evidence` (or confidence, status, today, state, reason,
sources) beside it where wanted; and `targets.<id>`. An empty cell is no answer. A checklist's cell
lists its items with `;` between them, and says `[]` where none holds.
"""

from __future__ import annotations

import csv
import datetime
import decimal
import hashlib
import io
import json
import math
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from assessor.errors import Fault, InputError, nearest, shown
from assessor.files import MAX_BYTES, Document, load
from assessor.proposal import Answer, Proposal, Rubrics
from assessor.rubric import Rubric

Place = tuple[str, ...]
Cell = str | int | float | bool | list[str] | None
YAML = (".yaml", ".yml")
_FRAME = Path("dataframe")  # what messages call a table that has no file
MAX_ROWS = 200_000
MAX_CELLS = 20_000_000
MAX_TABLE = 20 * MAX_BYTES
MAX_UNPACKED = 100 * MAX_BYTES

_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,30})(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")
_FIELDS = tuple(n for n in Proposal.model_fields if n not in {"answers", "targets", "sources"})
_WORDS = {"evidence", "reason", "confidence", "status", "state"}


@dataclass(frozen=True)
class Reading:
    """The proposals that could be read, each with its file, and the faults of the rest."""

    proposals: tuple[tuple[str, Proposal], ...]
    failed: tuple[tuple[str, InputError], ...]


def read(path: str | Path, rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in a file, folder or table; InputError where it can hold none at all.

    With `rubrics`, the answers of a proposal whose form is wrong are checked as well.
    """
    if is_folder(path):
        return read_each(_in_folder(Path(path)), rubrics)
    if Path(path).suffix.lower() in TABLES:
        rows = TABLES[Path(path).suffix.lower()](Path(path))
        return _collected(_from_rows(Path(path), rows, rubrics))
    return _collected([(_name(path), lambda: Proposal.of(load(path, strict=False), rubrics))])


def read_frame(frame: Any, rubrics: Rubrics | None = None) -> Reading:
    """Every proposal in a dataframe of any library that narwhals knows: pandas, polars, pyarrow.

    Its columns are those of a table; InputError where it is no dataframe, or a lazy one.
    """
    import narwhals

    try:
        table = narwhals.from_native(frame, eager_only=True)
    except TypeError:
        message = f"{type(frame).__name__} is no dataframe in memory; collect it, or pass a path"
        raise _refusal(_FRAME, message) from None
    cells = ([_plain(cell) for cell in row] for row in table.iter_rows())
    return _collected(_from_rows(_FRAME, chain([list(table.columns)], cells), rubrics))


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


def with_lists(proposal: Proposal, rubrics: Iterable[Rubric]) -> Proposal:
    """The proposal with a lone word in a checklist's cell as a list of one; YAML has brackets."""
    if not isinstance(proposal.document, TableRow):
        return proposal
    checklists = {i for rubric in rubrics for i, q in rubric.questions.items() if q.items()}
    answers = {i: _listed(a) if i in checklists else a for i, a in proposal.answers.items()}
    return proposal.model_copy(update={"answers": answers})


def _listed(answer: Answer) -> Answer:
    cells = {field: getattr(answer, field) for field in ("value", "today")}
    lone = {f: [str(v)] for f, v in cells.items() if v is not None and not isinstance(v, list)}
    return answer.model_copy(update=lone) if lone else answer


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


# --- rows ---


@dataclass(frozen=True)
class TableRow(Document):
    """A row of a table as a document: its places are the row and the column of each cell."""

    row: int = 0
    columns: Mapping[Place, int] = field(default_factory=dict, repr=False)

    def at(self, path: Sequence[str | int], key: bool = False) -> tuple[int, int]:
        """Row and column, from 1, of the cell that a path names, or of its heading for a key.

        The start of the row where no cell is named.
        """
        for end in range(len(path), 0, -1):
            if column := self.columns.get(tuple(map(str, path[:end]))):
                return 1 if key and end == len(path) else self.row, column
        return self.row, 1


def _from_rows(
    path: Path, table: Iterable[list[Cell]], rubrics: Rubrics | None
) -> Iterator[tuple[str, Callable[[], Proposal]]]:
    """A maker of a proposal for each row of a table that is not empty."""
    rows = iter(table)
    header = [str(_trimmed(cell) or "") for cell in next(rows, [])]
    places = _places(path, header)
    empty = True
    for number, cells in enumerate(rows, start=2):
        if number > MAX_ROWS:
            raise _refusal(path, f"the table has more than {MAX_ROWS} rows; split it", number)
        trimmed = [_trimmed(cell) for cell in cells]
        if any(cell is not None for cell in trimmed):
            empty = False
            yield f"{_name(path)}:{number}", _maker(path, number, trimmed, places, rubrics)
    if empty:
        raise _refusal(path, "the table has no rows below its headings; write a proposal in each")


def _trimmed(cell: Cell) -> Cell:
    """Text without the space around it; None where nothing is left."""
    return (cell.strip() or None) if isinstance(cell, str) else cell


def _maker(
    path: Path, number: int, cells: list[Cell], places: list[Place], rubrics: Rubrics | None
) -> Callable[[], Proposal]:
    def make() -> Proposal:
        return Proposal.of(_row(path, number, cells, places), rubrics)

    return make


def _places(path: Path, header: Sequence[str]) -> list[Place]:
    """Where in a proposal each column goes; InputError with every heading that fits nothing."""
    if not any(header):
        raise _refusal(path, "the first row is empty; write the headings of the columns there", 1)
    faults = []
    for column, name in enumerate(header, start=1):
        if name and name not in _FIELDS and "." not in name:
            message = f"there is no column {shown(name)}; {nearest(name, _FIELDS)}, or use an id"
            faults.append(Fault(str(path), 1, column, message))
        elif name and name in header[: column - 1]:
            first = header.index(name) + 1
            message = f"{shown(name)} already heads column {first}; keep one of them"
            faults.append(Fault(str(path), 1, column, message))
    if faults:
        raise InputError(faults)
    return [_place(name) for name in header]


def _place(name: str) -> Place:
    parts = name.split(".")
    if len(parts) == 3 and parts[2] in Answer.model_fields:
        return "answers", f"{parts[0]}.{parts[1]}", parts[2]
    if len(parts) == 2 and parts[0] == "targets":
        return "targets", parts[1]
    return ("answers", name, "value") if len(parts) > 1 else (name,)


def _row(path: Path, number: int, cells: Sequence[Cell], places: Sequence[Place]) -> TableRow:
    data: dict[str, Any] = {}
    columns: dict[Place, int] = {}
    faults = []
    for column, cell in enumerate(cells, start=1):
        place = places[column - 1] if column <= len(places) else ("",)
        if cell is None:
            continue
        if not place[0]:
            message = f"{shown(cell)} stands in a column without a heading; write one, or remove it"
            faults.append(Fault(str(path), number, column, message))
            continue
        columns[place] = column
        columns.setdefault(place[:2], column)
        inner = data
        for part in place[:-1]:
            inner = inner.setdefault(part, {})
        inner[place[-1]] = _value(cell, place)
    if faults:
        raise InputError(faults)
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return TableRow(str(path), data, digest, text, row=number, columns=columns)


def _value(cell: Cell, place: Place) -> Any:
    """A cell as YAML would read it; in an answer, text with `;` or in brackets is a list."""
    part = place[-1]
    if part in {"sources", "sectors"}:
        return [str(item) for item in (_items(cell) if isinstance(cell, str) else [cell])]
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a spreadsheet has no whole numbers
    if len(place) == 1 or part in _WORDS:
        # Where text is due, a spreadsheet's figure is the text that it shows.
        return cell if isinstance(cell, bool) or cell is None else str(cell)
    if not isinstance(cell, str):
        return cell
    bracketed = cell.startswith("[") and cell.endswith("]")
    return _items(cell) if bracketed or ";" in cell else _as_written(cell)


def _items(cell: str) -> list[str]:
    inside = cell[1:-1].replace(",", ";") if cell.startswith("[") else cell
    return [item.strip() for item in inside.split(";") if item.strip()]


def _as_written(text: str) -> str | int | float:
    """A figure as a number, everything else as the text that it is."""
    if not _NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("+-").isdecimal() else float(text)


# --- formats ---


def _csv(path: Path) -> Iterator[list[Cell]]:
    """Rows of a CSV file in UTF-8, separated by comma, semicolon or tab as its first line is."""
    _look_at(path, MAX_TABLE)
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{content[error.start]:02X} is not UTF-8; save it again as CSV in UTF-8"
        raise _refusal(path, message, row) from None
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count = 1
    try:
        for cells in rows:
            yield list(cells)
            count += 1
    except csv.Error as error:
        message = f"the table is broken here ({error}); save it again as CSV"
        raise _refusal(path, message, count) from None


def _xlsx(path: Path) -> Iterator[list[Cell]]:
    """Rows of the first sheet of a workbook."""
    from python_calamine import CalamineError, CalamineWorkbook

    _look_at(path, MAX_TABLE)
    try:
        _look_into(path)
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    except (CalamineError, OSError, IndexError, *_BROKEN_ZIP) as error:
        message = f"is no workbook that can be read ({error}); save it again as .xlsx"
        raise _refusal(path, message) from None
    for row in sheet.to_python(skip_empty_area=False):
        yield [_plain(cell) for cell in row]


# RuntimeError is what zipfile raises where a password is needed.
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br=["\']([A-Z]{1,3})([0-9]{1,7})["\'][^>]*>')
_FAILING = re.compile(rb'\bt=["\']e["\']')


def _look_into(path: Path) -> None:
    """InputError where a workbook would burst the memory, or holds formulas that fail.

    The reader sets aside room for every cell up to the last one in use, and one stray cell in the
    last row and column ends the interpreter; it also gives a failing formula as an empty cell.
    """
    with zipfile.ZipFile(path) as book:
        if sum(part.file_size for part in book.infolist()) > MAX_UNPACKED:
            raise _refusal(path, f"has more than {MAX_UNPACKED // 10**6} MB unpacked; split it")
        first = _first_sheet(book)
        for name in book.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                _look_at_cells(path, book.read(name), failing=name == first)


def _look_at_cells(path: Path, sheet: bytes, failing: bool) -> None:
    rows = columns = 0
    faults = []
    for cell in _CELL.finditer(sheet):
        row, column = int(cell[2]), _column(cell[1])
        rows, columns = max(rows, row), max(columns, column)
        if failing and _FAILING.search(cell[0]):
            message = "the formula of this cell fails; mend it, or write the value itself"
            faults.append(Fault(str(path), row, column, message))
    if rows * columns > MAX_CELLS:
        message = f"a sheet is {rows} rows by {columns} columns large; delete what lies far outside"
        raise _refusal(path, message)
    if faults:
        raise InputError(faults[:50])


def _column(letters: bytes) -> int:
    """The number of a column from 1: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _first_sheet(book: zipfile.ZipFile) -> str:
    """The part of a workbook that holds its first sheet; "" where it is not told as usual."""
    try:
        index, links = book.read("xl/workbook.xml"), book.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return ""
    sheet = re.search(rb'<(?:\w+:)?sheet\b[^>]*\br:id="(\w+)"', index)
    wanted = b'Id="' + sheet[1] + b'"' if sheet else b"?"
    for link in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", links):
        if wanted in link and (target := re.search(rb'Target="(?:/xl/)?([^"]+)"', link)):
            return f"xl/{target[1].decode('utf-8', 'replace')}"
    return ""


def _parquet(path: Path) -> Iterator[list[Cell]]:
    """Rows of a Parquet file; needs the extra `tables`."""
    _look_at(path, MAX_UNPACKED)
    try:
        import polars
    except ImportError:
        message = "Parquet needs polars; to install it, type: pip install 'zone-assessor[tables]'"
        raise _refusal(path, message) from None
    broken = (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError)
    try:
        frame = polars.read_parquet(path, n_rows=MAX_ROWS)
    except broken as error:
        reason = str(error).partition("\n")[0][:100]
        message = f"is no Parquet file that can be read ({reason}); write it again"
        raise _refusal(path, message) from None
    yield list(frame.columns)
    for row in frame.iter_rows():
        yield [_plain(cell) for cell in row]


def _plain(cell: object) -> Cell:
    """A cell of a typed table as what could stand in a CSV file; NaN, a frame's gap, is empty."""
    match cell:
        case float():
            return None if math.isnan(cell) else cell
        case None | str() | bool() | int():
            return cell
        case list():
            return [str(item) for item in cell]
        case decimal.Decimal():
            return float(cell)
        case datetime.datetime() if cell.time() == datetime.time():
            return cell.date().isoformat()
        case _:
            return str(cell)


def _look_at(path: Path, limit: int) -> None:
    """InputError where there is no file of at most so many bytes to read."""
    try:
        facts = path.stat()
        with path.open("rb") if stat.S_ISREG(facts.st_mode) else io.BytesIO():
            pass
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise _refusal(path, f"no such file; {_neighbours(path)}") from None
    except OSError as error:
        raise _refusal(path, f"cannot be read ({error.strerror}); check its rights") from None
    if not stat.S_ISREG(facts.st_mode):
        raise _refusal(path, "is a pipe or a device; save its content as a file first")
    if not facts.st_size:
        raise _refusal(path, "is empty; write the headings and a proposal in each row")
    if facts.st_size > limit:
        raise _refusal(path, f"has more than {limit // 10**6} MB; split it")


def _neighbours(path: Path) -> str:
    try:
        names = sorted(p.name for p in path.parent.iterdir() if p.suffix.lower() in TABLES)
    except OSError:
        return f"the folder {shown(str(path.parent))} cannot be opened"
    return nearest(path.name, names) or "there is no table in that folder"


TABLES: dict[str, Callable[[Path], Iterable[list[Cell]]]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
}
