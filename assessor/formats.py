"""A table's file in, its cells out, column by column: CSV, workbook, Parquet, dataframe.

To add a format: write a function `path -> Grid` and name its file ending in `TABLES`.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from assessor.cells import Column, cut
from assessor.errors import Fault, InputError, nearest, shown
from assessor.files import MAX_BYTES

MAX_ROWS = 200_000
MAX_CELLS = 20_000_000
MAX_TABLE = 20 * MAX_BYTES
MAX_UNPACKED = 100 * MAX_BYTES
SHEET = "Proposals"  # read before all others of a workbook

_MANY = f"the table has more than {MAX_ROWS} rows; split it, or give its batches to score_batches"


@dataclass(frozen=True)
class Grid:
    """A table as it was read: its headings, and the cells below them column by column.

    `lines` has the place of each row in its file, from 1, where the headings are a row too;
    `broken` what is wrong with a row as a whole, by its number from 0.
    """

    name: str
    heads: Sequence[Any]
    columns: Sequence[Sequence[Any] | Column] = field(repr=False)
    lines: Sequence[int] = field(repr=False)
    sheet: str = ""
    top: int = 1
    broken: Mapping[int, Fault] = field(default_factory=dict)


def refusal(path: Path | str, message: str, row: int = 0, column: int = 0) -> InputError:
    """The error of a table that cannot be read at all, or not from this row on."""
    return InputError([Fault(str(path), row, column, message)])


# --- CSV ---


def _csv(path: Path) -> Grid:
    """A CSV file separated by comma, semicolon or tab as its first line is, or as `sep=` says."""
    content = _utf_8(path)
    first = content[: content.find(b"\n") % (len(content) + 1)].decode().rstrip("\r")
    told = len(first) == len("sep=;") and first.startswith("sep=")
    delimiter = first[-1] if told else max(",;\t", key=first.count)
    if not told and (plain := cut(content, delimiter)) and plain[1] <= MAX_ROWS:
        return Grid(str(path), first.split(delimiter), plain[0], range(2, plain[1] + 2))
    text = content.decode()
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if cells and not (told and start == 1):
                rows.append(cells)
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        message = f"the table is broken here ({error}); save it again as CSV"
        raise refusal(path, message, start) from None
    if len(rows) > MAX_ROWS + 1:
        raise refusal(path, _MANY, lines[MAX_ROWS + 1])
    heads, below = (rows[0], rows[1:]) if rows else ([], [])
    places, top = lines[1:], (lines or [1])[0]
    broken = dict(_made_even(path, below, places, len(heads), delimiter))
    if below and not text.endswith(("\n", "\r")) and len(rows[-1]) < len(heads):
        message = "the file ends in the middle of this row; save it again"
        broken[len(below) - 1] = Fault(str(path), places[-1], len(rows[-1]), message)
    columns: list[Sequence[str]] = list(islice(zip_longest(*below, fillvalue=""), len(heads)))
    columns += [[""] * len(below)] * (len(heads) - len(columns))
    return Grid(str(path), heads, columns, places, top=top, broken=broken)


def _made_even(
    path: Path, rows: list[list[str]], lines: Sequence[int], width: int, delimiter: str
) -> list[tuple[int, Fault]]:
    """Cuts off what is empty beyond the headings; the faults of rows where more stands there."""
    faults = []
    for number, cells in enumerate(rows):
        if len(cells) > width:
            if any(cell.strip() for cell in cells[width:]):
                message = f"the row has {len(cells)} cells and the headings are {width}; put "
                message += f"quotes round a text with {shown(delimiter)} in it"
                message += ", and write 1.5 for 1,5" * (delimiter == ",")
                faults.append((number, Fault(str(path), lines[number], width + 1, message)))
            del cells[width:]
    return faults


def _utf_8(path: Path) -> bytes:
    """A CSV file in UTF-8, or in UTF-16 with its mark as Excel's Unicode Text: as UTF-8."""
    _look_at(path, MAX_TABLE)
    content = path.read_bytes()
    utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        if utf_16:
            content = content.decode("utf-16").encode()
        elif not content.isascii():
            content.decode()
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        name = "UTF-16" if utf_16 else "UTF-8"
        message = f"byte 0x{content[error.start]:02X} is not {name}; save it again as CSV in UTF-8"
        raise refusal(path, message, row) from None
    if b"\0" in content:
        raise refusal(path, "is not text; save it again as CSV in UTF-8")
    return content.removeprefix(codecs.BOM_UTF8)


# --- workbooks ---


def _xlsx(path: Path) -> Grid:
    """The sheet `Proposals` of a workbook; its first one where none is called so."""
    from python_calamine import CalamineError, CalamineWorkbook

    _look_at(path, MAX_TABLE)
    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED:
                raise refusal(path, f"has more than {MAX_UNPACKED // 10**6} MB unpacked; split it")
            book = CalamineWorkbook.from_path(path)
            names = book.sheet_names
            number = names.index(SHEET) if SHEET in names else 0
            faults = _failing(path, parts, number)
        sheet = book.get_sheet_by_index(number)
        heads, *rows = sheet.to_python(skip_empty_area=False) or [[]]
    except (CalamineError, OSError, IndexError, *_BROKEN_ZIP) as error:
        message = f"is no workbook that can be read ({error}); save it again as .xlsx"
        raise refusal(path, message) from None
    if faults:
        raise InputError(
            [Fault(f.file, f.line, f.column, f.message, names[number]) for f in faults]
        )
    if len(rows) > MAX_ROWS:
        raise refusal(path, _MANY, MAX_ROWS + 2)
    lines = range(2, len(rows) + 2)
    return Grid(str(path), heads, list(zip(*rows, strict=True)), lines, names[number])


# RuntimeError is what zipfile raises where a password is needed.
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_CELL = re.compile(rb'\br=["\']([A-Z]{1,3})([0-9]{1,7})["\']')
_FAILED = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\bt=["\']e["\'])[^>]*?\br=["\']([A-Z]{1,3})([0-9]{1,7})["\']'
)


def _failing(path: Path, book: zipfile.ZipFile, number: int) -> list[Fault]:
    """The formulas of a sheet that fail; InputError where it would burst the memory.

    The reader sets aside room for every cell up to the last one in use, and one stray cell in the
    last row and column ends the interpreter; it also gives a failing formula as an empty cell.
    """
    wanted = _part(book, number)
    faults: list[Fault] = []
    for name in book.namelist():
        if name.startswith("xl/worksheets/") and name.endswith(".xml") and wanted in ("", name):
            sheet = book.read(name)
            cells = _CELL.findall(sheet)
            columns = {_number(letters) for letters in {letters for letters, _ in cells}}
            rows = {int(row) for row in {row for _, row in cells}}
            if max(columns, default=0) * max(rows, default=0) > MAX_CELLS:
                size = f"{max(rows)} rows by {max(columns)} columns"
                message = f"a sheet is {size} large; delete what lies far outside"
                raise refusal(path, message)
            if b't="e"' in sheet or b"t='e'" in sheet:
                message = "the formula of this cell fails; mend it, or write the value itself"
                places = ((int(row), _number(column)) for column, row in _FAILED.findall(sheet))
                faults += [Fault(str(path), *place, message) for place in places]
    return faults[:50] if wanted else []


def _number(letters: bytes) -> int:
    """The number of a column from 1: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _part(book: zipfile.ZipFile, number: int) -> str:
    """The part of a workbook that holds a sheet; "" where it is not told as usual."""
    try:
        index, links = book.read("xl/workbook.xml"), book.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return ""
    sheets = re.findall(rb'<(?:\w+:)?sheet\b[^>]*\br:id="(\w+)"', index)
    wanted = b'Id="' + sheets[number] + b'"' if number < len(sheets) else b"?"
    for link in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", links):
        if wanted in link and (target := re.search(rb'Target="(?:/xl/)?([^"]+)"', link)):
            return f"xl/{target[1].decode('utf-8', 'replace')}"
    return ""


# --- Parquet and dataframes ---


def _parquet(path: Path) -> Grid:
    """A Parquet file; needs the extra `tables`."""
    _look_at(path, MAX_UNPACKED)
    try:
        import polars
    except ImportError:
        message = "Parquet needs polars; to install it, type: pip install 'zone-assessor[tables]'"
        raise refusal(path, message) from None
    broken = (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError)
    try:
        frame = polars.read_parquet(path, n_rows=MAX_ROWS + 1)
    except broken as error:
        reason = str(error).partition("\n")[0][:100]
        message = f"is no Parquet file that can be read ({reason}); write it again"
        raise refusal(path, message) from None
    if len(frame) > MAX_ROWS:
        raise refusal(path, _MANY, MAX_ROWS + 2)
    return frame_grid(frame, str(path))


def frame_grid(frame: Any, name: str = "dataframe") -> Grid:
    """A dataframe that narwhals knows; InputError where it is none, or a lazy one."""
    import narwhals

    try:
        table = narwhals.from_native(frame, eager_only=True)
    except TypeError:
        message = f"{type(frame).__name__} is no dataframe in memory; collect it first (polars "
        message += ".collect(), dask .compute(), duckdb .arrow()), or give its batches to "
        raise refusal(name, f"{message}score_batches") from None
    except narwhals.exceptions.DuplicateError as error:
        reason = str(error).partition("\n")[0]
        raise refusal(name, f"two columns have one name ({reason}); rename one") from None
    columns = [Column.later(series.to_list) for series in table.iter_columns()]
    return Grid(name, table.columns, columns, range(2, len(table) + 2))


# --- files ---


def _look_at(path: Path, limit: int) -> None:
    """InputError where there is no file of at most so many bytes to read."""
    try:
        facts = path.stat()
        with path.open("rb") if stat.S_ISREG(facts.st_mode) else io.BytesIO():
            pass
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise refusal(path, f"no such file; {_neighbours(path)}") from None
    except OSError as error:
        raise refusal(path, f"cannot be read ({error.strerror}); check its rights") from None
    if not stat.S_ISREG(facts.st_mode):
        raise refusal(path, "is a pipe or a device; save its content as a file first")
    if not facts.st_size:
        raise refusal(path, "is empty; write the headings and a proposal in each row")
    if facts.st_size > limit:
        raise refusal(path, f"has more than {limit // 10**6} MB; split it")


def _neighbours(path: Path) -> str:
    try:
        names = sorted(p.name for p in path.parent.iterdir() if p.suffix.lower() in TABLES)
    except OSError:
        return f"the folder {shown(str(path.parent))} cannot be opened"
    return nearest(path.name, names) or "there is no table in that folder"


TABLES: dict[str, Callable[[Path], Grid]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
}
