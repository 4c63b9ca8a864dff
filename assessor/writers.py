"""A result out: file ending -> written file.

To add a format: write a function `result -> bytes` and name its ending in `WRITERS`. A file is
written whole or not at all.
"""

from __future__ import annotations

import csv
import io
import os
import secrets
import stat
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import pydantic_core

from assessor.errors import Fault, InputError, shown
from assessor.record import PortfolioAssessment, Result, to_json
from assessor.sheets import Cell, Rows, each_of, scores, sheets

MAX_CELL = 32_767  # letters, as Excel has it


def write(
    assessment: Result, path: str | Path, attachments: Mapping[str, bytes] | None = None
) -> None:
    """Write a result in the format of the path's ending: one of `WRITERS`.

    `attachments` go into a PDF. InputError where the ending is unknown or the place cannot be
    written; PdfUnavailable where Pango is missing.
    """
    where = Path(path)
    check_outputs([path])
    if where.suffix.lower() == ".pdf":
        content = _pdf(assessment, attachments or {})
    else:
        content = WRITERS[where.suffix.lower()](assessment)
    replace(where, content)


def check_outputs(
    paths: Iterable[str | Path],
    keep: Iterable[str | Path] = (),
    endings: Collection[str] | None = None,
) -> None:
    """InputError where one of them cannot be written, before any work is done for it.

    `keep` are files that may not be written over, such as the proposal. `endings` are those that
    can be written; without them, those of `WRITERS`.
    """
    kept = [os.path.realpath(path) for path in keep]
    known = WRITERS if endings is None else endings
    messages = [(path, _cannot_write(Path(path), kept, known)) for path in paths]
    if faults := [Fault(os.fspath(path), 0, 0, told) for path, told in messages if told]:
        raise InputError(faults)


def check_json(path: str | Path, keep: Iterable[str | Path] = ()) -> None:
    """`check_outputs` for what is written as JSON alone."""
    if Path(path).suffix.lower() != ".json":
        message = "a comparison is written as JSON; end the name in .json"
        raise InputError([Fault(os.fspath(path), 0, 0, message)])
    check_outputs([path], keep)


def _cannot_write(path: Path, kept: Sequence[str], endings: Collection[str]) -> str:
    """Why a file cannot be written, and what to do; "" where it can."""
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode if target.exists() else None
        room = target.parent.is_dir()
    except OSError as error:
        return f"cannot be written ({error.strerror}); choose another name with -o"
    if mode is not None and stat.S_ISDIR(mode):
        return "is a folder; name a file in it"
    if path.suffix.lower() == ".parquet" and find_spec("polars") is None:
        return "needs polars; to install it, type: pip install 'zone-assessor[tables]'"
    if path.suffix.lower() not in endings:
        ending = f"the ending {shown(path.suffix)} is not known" if path.suffix else "has no ending"
        return f"{ending}; end the name in {' '.join(endings)}"
    if os.fspath(target) in kept:
        return "is what is to be read; choose another name with -o"
    if mode is not None and not stat.S_ISREG(mode):
        return "is a pipe or a device; name a file"
    # root may write anything, but who takes the right to write away means it.
    if mode is not None and not (mode & 0o222 and os.access(target, os.W_OK)):
        return "is write-protected; choose another name with -o, or give yourself the right"
    if not room:
        return f"there is no folder {shown(str(path.parent))}; make it first"
    if not os.access(target.parent, os.W_OK):
        return "nothing may be written in its folder; choose another place with -o"
    return ""


def replace(path: Path, content: bytes) -> None:
    """Put a file in place in one step, so that nobody ever finds half of it.

    A link stays a link, and a file that is there keeps its rights.
    """
    target = Path(os.path.realpath(path))
    scratch = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        try:
            with scratch.open("xb") as file:
                file.write(content)
            if target.exists():
                scratch.chmod(stat.S_IMODE(target.stat().st_mode))
            scratch.replace(target)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise
    except OSError as error:
        message = f"cannot be written ({error.strerror}); choose another place with -o"
        raise InputError([Fault(os.fspath(path), 0, 0, message)]) from None


def _html(result: Result) -> bytes:
    if isinstance(result, PortfolioAssessment):
        from assessor.portfolio_report import to_html as portfolio_html

        return portfolio_html(result).encode()
    from assessor.report import to_html

    return to_html(each_of(result)).encode()


def _pdf(result: Result, attachments: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    from assessor.pdf import to_pdf

    whole = result if isinstance(result, PortfolioAssessment) else each_of(result)
    return to_pdf(whole, attachments)


def _jsonl(result: Result) -> bytes:
    """A line for each record; then one with `file` and `errors` for each proposal that failed."""
    failed = result.failed if isinstance(result, PortfolioAssessment) else ()
    lines = (pydantic_core.to_json(item) for item in (*each_of(result), *failed))
    return b"".join(line + b"\n" for line in lines)


def _parquet(result: Result) -> bytes:
    """The same table as CSV, with numbers as numbers."""
    import polars

    frame = to_frame(result)
    # A column of which nothing is known is one of numbers all the same.
    unknown = [name for name, kind in frame.schema.items() if kind == polars.Null]
    out = io.BytesIO()
    frame.with_columns(polars.col(unknown).cast(polars.Float64)).write_parquet(out)
    return out.getvalue()


def _csv(result: Result) -> bytes:
    """One row for each proposal: its rating, its scores, every factor."""
    out = io.StringIO()
    csv.writer(out).writerows([[_inert(cell) for cell in row] for row in scores(result)])
    return out.getvalue().encode("utf-8-sig", "backslashreplace")


# What a spreadsheet takes for a formula begins so; the last four are the wide forms of the first.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def _inert(cell: Cell) -> Cell:
    """Text that a spreadsheet would run as a formula, made plain text."""
    return "'" + cell if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _xlsx(result: Result) -> bytes:
    """A workbook with all `sheets` of the result."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"created": _date(result), "title": "Assessment", "author": ""})
    styles = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "score": book.add_format({"num_format": "0.0", "valign": "top"}),
        "count": book.add_format({"num_format": "0", "valign": "top"}),
    }
    for name, rows in sheets(result):
        _sheet(book.add_worksheet(name), rows, styles)
    book.close()
    return out.getvalue()


def _date(result: Result) -> datetime:
    """The date of the result, so that the same result gives the same bytes."""
    dates = [one.proposal.date or one.rubric.date for one in each_of(result)]
    return datetime.fromisoformat(max(dates, default="2000-01-01"))


def _sheet(sheet: Any, rows: Rows, styles: Mapping[str, Any]) -> None:
    """One sheet: its head and the proposals' names stay in view, and it prints on pages across."""
    head = rows[0]
    sheet.freeze_panes(1, head.index("Proposal") + 1 if "Proposal" in head else 0)
    sheet.autofilter(0, 0, len(rows) - 1, len(head) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for column, width in enumerate(_widths(rows)):
        sheet.set_column(column, column, width)
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(r, c, _fitting(cell), styles["head" if r == 0 else "text"])
            elif cell is not None:
                style = "count" if isinstance(cell, int) else "score"
                sheet.write_number(r, c, cell, styles[style])


def _fitting(text: str) -> str:
    """A text as long as a cell may be."""
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def _widths(rows: Rows) -> list[int]:
    """The width of each column: its longest text, within reason; the head may break."""
    head, *below = rows
    words = [max(map(len, str(cell).split()), default=0) for cell in head]
    for row in below:
        words = [max(width, _length(cell)) for width, cell in zip(words, row, strict=True)]
    # Three more for the filter's button.
    return [min(max(width + 3, 8), 60) for width in words]


def _length(cell: Cell) -> int:
    if isinstance(cell, float):
        return len(f"{cell:.1f}")
    return max(map(len, str(cell).splitlines()), default=0) if cell is not None else 0


def to_frame(result: Result, backend: Literal["polars", "pandas", "pyarrow"] = "polars") -> Any:
    """One row for each proposal with its rating, scores and factors, as a dataframe.

    `backend` is the library that it is made with: polars, pandas or pyarrow, which must be there.
    """
    import narwhals

    head, *rows = scores(result)
    columns = zip(*rows, strict=True) if rows else [()] * len(head)
    data = {str(name): list(column) for name, column in zip(head, columns, strict=True)}
    return narwhals.from_dict(data, backend=backend).to_native()


WRITERS: dict[str, Callable[[Result], bytes]] = {
    ".pdf": _pdf,
    ".html": _html,
    ".json": to_json,
    ".jsonl": _jsonl,
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
}
