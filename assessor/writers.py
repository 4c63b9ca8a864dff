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
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import pydantic_core

from assessor.errors import Fault, InputError, shown
from assessor.record import (
    Assessment,
    FactorResult,
    Finding,
    IndicatorResult,
    NextQuestion,
    PortfolioAssessment,
    Ranked,
    Recommendation,
    Result,
    to_json,
)

Cell = str | int | float | None
Rows = list[list[Cell]]
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


def _each(result: Result) -> Sequence[Assessment]:
    if isinstance(result, PortfolioAssessment):
        return result.assessments
    return [result] if isinstance(result, Assessment) else result


def _html(result: Result) -> bytes:
    if isinstance(result, PortfolioAssessment):
        from assessor.portfolio_report import to_html as portfolio_html

        return portfolio_html(result).encode()
    from assessor.report import to_html

    return to_html(_each(result)).encode()


def _pdf(result: Result, attachments: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    from assessor.pdf import to_pdf

    whole = result if isinstance(result, PortfolioAssessment) else _each(result)
    return to_pdf(whole, attachments)


def _jsonl(result: Result) -> bytes:
    """A line for each record; then one with `file` and `errors` for each proposal that failed."""
    failed = result.failed if isinstance(result, PortfolioAssessment) else ()
    lines = (pydantic_core.to_json(item) for item in (*_each(result), *failed))
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
    csv.writer(out).writerows([[_inert(cell) for cell in row] for row in _scores(result)])
    return out.getvalue().encode("utf-8-sig", "backslashreplace")


# What a spreadsheet takes for a formula begins so; the last four are the wide forms of the first.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def _inert(cell: Cell) -> Cell:
    """Text that a spreadsheet would run as a formula, made plain text."""
    return "'" + cell if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _xlsx(result: Result) -> bytes:
    """A workbook: ranking, scores, indicators, findings, next steps, what failed, the method."""
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
    for name, rows in _sheets(result):
        _sheet(book.add_worksheet(name), rows, styles)
    book.close()
    return out.getvalue()


def _date(result: Result) -> datetime:
    """The date of the result, so that the same result gives the same bytes."""
    dates = [one.proposal.date or one.rubric.date for one in _each(result)]
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


def _sheets(result: Result) -> Iterator[tuple[str, Rows]]:
    each = _each(result)
    if isinstance(result, PortfolioAssessment):
        yield "Ranking", _ranking(result)
    yield "Scores", _scores(result)
    yield "Indicators", _indicators(each)
    yield "Findings", _findings(each)
    yield "Next steps", _steps(each)
    yield "Next questions", _questions(each)
    if isinstance(result, PortfolioAssessment) and any(r.groups for r in result.resemblance):
        yield "Copies", _copies(result)
    if isinstance(result, PortfolioAssessment) and result.failed:
        rows: Rows = [["File", "What is wrong"]]
        yield "Failed", rows + [[f.file, error] for f in result.failed for error in f.errors]
    yield "Method", _method(each)


def _range(one: Assessment | Ranked) -> str:
    low, high = one.rating_range
    return low if low == high else f"{low} to {high}"


def _rating(one: Assessment | Ranked) -> str:
    """The rating, with an asterisk where evidence was looked for and not found."""
    return f"{one.rating}*" if one.starred else one.rating


def _score(one: Assessment | Ranked | FactorResult) -> float | None:
    """The score; nothing where it is not rated, for its middle value says nothing."""
    return None if one.rating == "NR" else one.score


def to_frame(result: Result, backend: Literal["polars", "pandas", "pyarrow"] = "polars") -> Any:
    """One row for each proposal with its rating, scores and factors, as a dataframe.

    `backend` is the library that it is made with: polars, pandas or pyarrow, which must be there.
    """
    import narwhals

    head, *rows = _scores(result)
    columns = zip(*rows, strict=True) if rows else [()] * len(head)
    data = {str(name): list(column) for name, column in zip(head, columns, strict=True)}
    return narwhals.from_dict(data, backend=backend).to_native()


def _table(columns: Mapping[str, Callable[[Any], Any]], items: Iterable[Any]) -> Rows:
    """A row of headings, and a row for each item."""
    return [list(columns), *([read(item) for read in columns.values()] for item in items)]


def _ranking(result: PortfolioAssessment) -> Rows:
    columns: dict[str, Callable[[Ranked], Cell]] = {
        "Rank": lambda r: r.rank,
        "Proposal": lambda r: r.name,
        "Country": lambda r: r.country,
        "Rubric": lambda r: r.rubric,
        "Rating": _rating,
        "Range": _range,
        "Score": _score,
        "Low": lambda r: r.interval[0],
        "High": lambda r: r.interval[1],
        "Coverage": lambda r: r.coverage,
        "Best rank": lambda r: r.rank_range[0] if r.rank_range else None,
        "Worst rank": lambda r: r.rank_range[1] if r.rank_range else None,
        "Weakest factor": lambda r: _weakest(result, r),
        "Dominates": lambda r: (
            "; ".join(result.assessments[n].proposal.name for n in r.dominates)
            if r.dominates
            else None
        ),
        "Dominated by": lambda r: r.dominated_by,
        "File": lambda r: r.file,
    }
    return _table(columns, result.ranking)


def _weakest(result: PortfolioAssessment, row: Ranked) -> str | None:
    factors = result.assessments[row.assessment].factors
    return next((factor.title for factor in factors if factor.id == row.weakest), None)


def _copies(result: PortfolioAssessment) -> Rows:
    """A row for each proposal of each group that copy each other."""
    rows: Rows = [["Group", "Proposal", "Rubric", "Country", "Hinterland", "Sectors in common"]]
    groups = [(one.rubric, group) for one in result.resemblance for group in one.groups]
    for number, (rubric, group) in enumerate(groups, 1):
        sectors = "; ".join(group.sectors)
        for member in group.members:
            name = result.assessments[member].proposal.name
            rows.append([number, name, rubric, group.country, group.hinterland, sectors])
    return rows


def _scores(result: Result) -> Rows:
    """A row for each proposal; factors that one rubric lacks stay empty.

    In a portfolio each row also says where the proposal stands in the ranking.
    """
    rows = _own_scores(_each(result))
    if not isinstance(result, PortfolioAssessment):
        return rows
    standing: dict[int, list[Cell]] = {n: [] for n in range(len(result.assessments))}
    head, *ranking = _ranking(result)
    for line, ranked in zip(result.ranking, ranking, strict=True):
        standing[line.assessment] = [ranked[head.index(name)] for name in _STANDING]
    added: Rows = [[*_STANDING], *standing.values()]
    return [[*row, *more] for row, more in zip(rows, added, strict=True)]


_STANDING = ("Rank", "Best rank", "Worst rank", "Weakest factor", "Dominated by", "File")


def _own_scores(each: Sequence[Assessment]) -> Rows:
    columns: dict[str, Callable[[Assessment], Cell]] = {
        "Proposal": lambda one: one.proposal.name,
        "Country": lambda one: one.proposal.country,
        "Rubric": lambda one: f"{one.rubric.id} {one.rubric.version}",
        "Rating": _rating,
        "Range": _range,
        "Score": _score,
        "Low": lambda one: one.interval[0],
        "High": lambda one: one.interval[1],
        "Coverage": lambda one: one.coverage,
        "Prerequisites met": lambda one: sum(p.state == "met" for p in one.prerequisites),
        "Prerequisites": lambda one: len(one.prerequisites),
        "Warnings": lambda one: sum(
            f.state == "raised" and f.kind == "warning" for f in one.findings
        ),
    }
    head, *rows = _table(columns, each)
    factors = {f.id: f.title for one in each for f in one.factors}
    scores = [{f.id: _score(f) for f in one.factors} for one in each]
    for row, by_factor in zip(rows, scores, strict=True):
        row.extend(map(by_factor.get, factors))
    return [[*head, *factors.values()], *rows]


def _indicators(each: Sequence[Assessment]) -> Rows:
    columns: dict[str, Callable[[_Answered], Cell]] = {
        "Proposal": lambda a: a.one.proposal.name,
        "Factor": lambda a: a.factor.title,
        "Indicator": lambda a: a.indicator.id,
        "Question": lambda a: a.indicator.question,
        "State": lambda a: a.indicator.state,
        "Answer": lambda a: a.indicator.answer_text,
        "Score": lambda a: a.indicator.score,
        "Low": lambda a: a.indicator.interval[0] if a.indicator.interval else None,
        "High": lambda a: a.indicator.interval[1] if a.indicator.interval else None,
        "Effective weight": lambda a: a.indicator.effective_weight,
        "Confidence": lambda a: a.indicator.confidence,
        "Status": lambda a: a.indicator.status,
        "Today": lambda a: a.indicator.today_text,
        "Evidence": lambda a: a.indicator.evidence,
        "Reason": lambda a: a.indicator.reason,
    }
    answered = (_Answered(one, f, i) for one in each for f in one.factors for i in f.indicators)
    return _table(columns, answered)


class _Answered(NamedTuple):
    one: Assessment
    factor: FactorResult
    indicator: IndicatorResult


def _findings(each: Sequence[Assessment]) -> Rows:
    columns: dict[str, Callable[[tuple[Assessment, Finding]], Cell]] = {
        "Proposal": lambda row: row[0].proposal.name,
        "Finding": lambda row: row[1].title,
        "Kind": lambda row: row[1].kind,
        "State": lambda row: row[1].state,
        "Severity": lambda row: row[1].severity,
        "Because": lambda row: row[1].because,
        "What follows": lambda row: row[1].says,
        "Sources": lambda row: "; ".join(row[1].sources),
    }
    return _table(columns, ((one, finding) for one in each for finding in one.findings))


def _steps(each: Sequence[Assessment]) -> Rows:
    columns: dict[str, Callable[[tuple[Assessment, Recommendation]], Cell]] = {
        "Proposal": lambda row: row[0].proposal.name,
        "Step": lambda row: row[1].action,
        "Who": lambda row: row[1].owner,
        "From month": lambda row: row[1].months[0],
        "To month": lambda row: row[1].months[1],
        "Gain": lambda row: row[1].gain,
        "Rating after": lambda row: row[1].rating_after,
        "Basis": lambda row: row[1].basis,
        "Indicator": lambda row: row[1].indicator,
        "Sources": lambda row: "; ".join(row[1].sources),
    }
    return _table(columns, ((one, step) for one in each for step in one.recommendations))


def _questions(each: Sequence[Assessment]) -> Rows:
    columns: dict[str, Callable[[tuple[Assessment, NextQuestion]], Cell]] = {
        "Proposal": lambda row: row[0].proposal.name,
        "Question": lambda row: row[1].question,
        "Id": lambda row: row[1].id,
        "State": lambda row: row[1].doubt.replace("_", " "),
        "Narrows the interval by": lambda row: row[1].narrows,
        "Proof": lambda row: row[1].proof,
    }
    return _table(columns, ((one, question) for one in each for question in one.next_questions))


def _method(each: Sequence[Assessment]) -> Rows:
    """What the numbers mean, for somebody who has the workbook alone."""
    rows: Rows = [["Rubric", "What", "Meaning"]]
    for one in {one.rubric.sha256: one for one in each}.values():
        facts, method = one.rubric, one.method
        said = [
            ("Rubric", f"{facts.title}, version {facts.version} of {facts.date}"),
            ("SHA-256 of the rubric", facts.sha256),
            ("Engine", f"zone-assessor {one.engine_version}"),
            ("Score", "0 (worst) to 100 (best); Low and High are what it could still become"),
            ("No score", "Not rated, or in this factor nothing applies"),
            *(
                (f"Rating {b.id}", f"from {b.lowest:g}: {b.title}. {b.meaning}")
                for b in method.bands
            ),
            (
                "Rating NR",
                f"Answers cover less than {method.coverage_floor:g} percent of the weight",
            ),
            ("Rating with *", "Evidence was looked for, not found, and counts as 0"),
            ("Weights", "Judgements, each with its reason, in the rubric"),
            ("Source", one.source.citation),
            *(("Caveat", caveat.text) for caveat in one.caveats),
        ]
        rows += [[facts.id, what, meaning] for what, meaning in said]
    return rows


WRITERS: dict[str, Callable[[Result], bytes]] = {
    ".pdf": _pdf,
    ".html": _html,
    ".json": to_json,
    ".jsonl": _jsonl,
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
}
