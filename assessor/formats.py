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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assessor.cells import Column, cut
from assessor.errors import Fault, InputError, letters, nearest, shown
from assessor.files import MAX_BYTES

if TYPE_CHECKING:
    from assessor.xlsx import Sheet

MAX_ROWS = 200_000
MAX_CELLS = 20_000_000
MAX_TABLE = 20 * MAX_BYTES
MAX_UNPACKED = 100 * MAX_BYTES
SHEET = "Proposals"  # read before all others of a workbook
BESIDE = {"Levels", "Read me", "Countries"}  # what explains it in a workbook to fill in

_MANY = f"the table has more than {MAX_ROWS} rows; split it, or give its batches to score_batches"


@dataclass(frozen=True)
class Grid:
    """A table as it was read: its headings, and the cells below them column by column.

    `lines` has the place of each row in its file, from 1, where the headings are a row too;
    `broken` what is wrong with a row as a whole, by its number from 0; `spoilt` what is wrong with
    single cells, which are empty here. `sheets` are the others of a workbook that hold something.
    """

    name: str
    heads: Sequence[Any]
    columns: Sequence[Sequence[Any] | Column] = field(repr=False)
    lines: Sequence[int] = field(repr=False)
    sheet: str = ""
    top: int = 1
    broken: Mapping[int, Fault] = field(default_factory=dict)
    spoilt: Sequence[Fault] = ()
    sheets: Sequence[str] = ()


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
    unclear = delimiter != "," and bool(_GROUPED.search(content)) and not _DECIMAL.search(content)
    blank = not first.strip(f"{delimiter} ")
    plain = None if told or unclear or blank else cut(content, delimiter)
    if plain and plain[1] <= MAX_ROWS:
        return Grid(str(path), first.split(delimiter), plain[0], range(2, plain[1] + 2))
    text = content.decode()
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            above = not rows and not any(map(str.strip, cells))  # blank, above the headings
            if cells and not above and not (told and start == 1):
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
        broken[len(below) - 1] = Fault(str(path), places[-1], len(rows[-1]), message, table=True)
    spoilt = list(_grouped(path, below, places)) if unclear else []
    columns: list[Sequence[str]] = list(islice(zip_longest(*below, fillvalue=""), len(heads)))
    columns += [[""] * len(below)] * (len(heads) - len(columns))
    return Grid(str(path), heads, columns, places, top=top, broken=broken, spoilt=spoilt)


# Figures behind the start of a cell: 1.500, which is 1500 where people write 1,5; and one with a
# point that can only be decimal.
_GROUPED = re.compile(rb'[;\t\n"]-?[1-9][0-9]{0,2}\.[0-9]{3}(?:[;\t\r\n"]|\Z)')
_DECIMAL = re.compile(rb'[;\t\n"]-?(?:0\.[0-9]+|[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,}))[;\t\r\n"]')


def _grouped(path: Path, rows: list[list[str]], lines: Sequence[int]) -> Iterator[Fault]:
    """Empties the cells that say 1.500 where ; or a tab parts them; a fault for each."""
    for line, cells in zip(lines, rows, strict=True):
        for place, cell in enumerate(cells):
            if re.fullmatch(r"-?[1-9][0-9]{0,2}\.[0-9]{3}", cell.strip(), re.ASCII):
                whole, plain = cell.strip().replace(".", ""), f"{float(cell):g}"
                plain += "0" * (len(plain.partition(".")[2]) == 3)
                message = f"{shown(cell)} may be {plain} or a thousand times that, as the point is "
                message += f"read where commas are decimal; write {whole} or {plain}"
                yield Fault(str(path), line, place + 1, message, table=True)
                cells[place] = ""


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
                faults.append(
                    (number, Fault(str(path), lines[number], width + 1, message, table=True))
                )
            del cells[width:]
        elif len(cells) < width and delimiter == "," and (split := _split_figure(cells)):
            figure = ",".join(cells[split - 1 : split + 1])
            message = f"the row has {len(cells)} cells and the headings are {width}, so "
            message += f"{shown(figure)} may be one figure; write it with a point, or put the "
            message += "missing commas at the end of the row"
            faults.append((number, Fault(str(path), lines[number], split, message, table=True)))
    return faults


def _split_figure(cells: Sequence[str]) -> int:
    """The place, from 1, of a whole number with another behind it, as in 1,5; 0 where none is."""
    whole = [cell.lstrip("-").isdecimal() for cell in cells]
    pairs = zip(whole, whole[1:], cells[1:], strict=False)
    return next((n for n, (a, b, cell) in enumerate(pairs, 1) if a and b and cell[0] != "-"), 0)


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

    from assessor.xlsx import Parts

    _look_at(path, MAX_TABLE)
    with path.open("rb") as file:
        if file.read(len(_OLE)) == _OLE:
            message = "is an old .xls, or has a password; save it as .xlsx without a password"
            raise refusal(path, message)
    try:
        with zipfile.ZipFile(path) as book:
            if sum(part.file_size for part in book.infolist()) > MAX_UNPACKED:
                raise refusal(path, f"has more than {MAX_UNPACKED // 10**6} MB unpacked; split it")
            names = (values := CalamineWorkbook.from_path(path)).sheet_names
            number = names.index(SHEET) if SHEET in names else 0
            parts = Parts(book)
            sheets = parts.sheets(number)
            others = [
                name
                for place, name in enumerate(names)
                if place != number and name not in BESIDE and parts.holds(place)
            ]
        _check_sizes(path, sheets)
        rows = values.get_sheet_by_index(number).to_python(skip_empty_area=False)
    except (CalamineError, OSError, IndexError, ValueError, *_BROKEN_ZIP) as error:
        message = f"is no workbook that can be read ({error}); save it again as .xlsx"
        raise refusal(path, message) from None
    top = next((n for n, cells in enumerate(rows, 1) if any(cell != "" for cell in cells)), 1)
    spoilt = [
        Fault(str(path), row, column, message, names[number], table=True)
        for row, column, message in _spoilt(sheets[0], rows, top)
    ]
    # The reader leaves out rows at the end in which there is no value.
    missing = max((fault.line for fault in spoilt), default=0) - len(rows)
    if len(rows) + max(missing, 0) > MAX_ROWS + top:
        raise refusal(path, _MANY, MAX_ROWS + top + 1)
    rows += [[""] * len(rows[0] if rows else ()) for _ in range(missing)]
    for row, column in sheets[0].percent:
        _show_percent(rows, row - 1, column - 1)
    heads, below = (rows[top - 1], rows[top:]) if rows else ([], [])
    lines = range(top + 1, len(rows) + 1)
    columns = list(zip(*below, strict=True))
    named = names[number]
    return Grid(str(path), heads, columns, lines, named, top, spoilt=spoilt, sheets=others)


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# RuntimeError is what zipfile raises where a password is needed.
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_FAILS = "the formula of this cell fails; mend it, or write the value itself"
_BARE = "the formula of this cell has no value yet; open the file in a spreadsheet and save it"


def _check_sizes(path: Path, sheets: Sequence[Sheet]) -> None:
    """InputError where reading would burst the memory.

    The reader sets aside room for every cell up to the last one in use, and one stray cell in the
    last row and column ends the interpreter.
    """
    for sheet in sheets:
        if sheet.columns * sheet.rows > MAX_CELLS:
            size = f"{sheet.rows} rows by {sheet.columns} columns"
            raise refusal(path, f"a sheet is {size} large; delete what lies far outside")


def _show_percent(rows: list[list[Any]], row: int, column: int) -> None:
    """Puts into a cell that shows 80% this text in place of the 0.8 that is stored."""
    if 0 <= row < len(rows) and column < len(rows[row]):
        cell = rows[row][column]
        if isinstance(cell, float | int) and not isinstance(cell, bool):
            rows[row][column] = f"{100 * cell:.15g}%"


def _spoilt(
    sheet: Sheet, rows: Sequence[Sequence[Any]], top: int
) -> Iterator[tuple[int, int, str]]:
    """Row and column of each cell whose value cannot be told, and what is wrong with it.

    `top` is the row of the headings, which may be merged.
    """
    yield from ((*place, _FAILS) for place in sheet.failed)
    yield from ((*place, _BARE) for place in sheet.bare)
    for above, bottom, left, right in sheet.merged:
        first = f"{letters(left)}{above}"
        message = f"this cell is merged with {first}; unmerge them, and write the value in each"
        # The first cell of the area keeps the value; rows in which nothing stands are none.
        for row in range(max(above, top + 1), min(bottom, len(rows)) + 1):
            column = left if row > above else left + 1
            if column <= right and any(cell != "" for cell in rows[row - 1]):
                yield row, column, message


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
        raise refusal(name, f"{type(frame).__name__} is no dataframe{_way_to_one(frame)}") from None
    except narwhals.exceptions.DuplicateError:
        heads = list(map(str, getattr(frame, "column_names", frame.columns)))
        twice = next((head for n, head in enumerate(heads) if head in heads[:n]), "")
        raise refusal(name, f"two columns are called {shown(twice)}; rename one") from None
    columns = [Column.later(series.to_list) for series in table.iter_columns()]
    return Grid(name, table.columns, columns, range(2, len(table) + 2))


def is_frame(given: object) -> bool:
    """Whether this is a table of some library, lazy ones too."""
    # Of the type, for a lazy frame has to look for the columns of its own.
    return hasattr(type(given), "columns")


def _way_to_one(given: object) -> str:
    if is_frame(given):
        way_out = "collect it first (polars .collect(), dask .compute(), duckdb .arrow())"
        return f" in memory; {way_out}, or give its batches to score_batches"
    return "; make one of it (polars.DataFrame), or give files to assess_portfolio"


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
OTHERS = (".xls", ".xlsm", ".xlsb", ".ods")
