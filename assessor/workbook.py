"""What people fill in, as a file: a YAML file for one proposal, or a workbook for many.

The workbook has one proposal a row, and beside them what explains the answers.

Its first sheet is a table as `readers` reads it; each
heading shows a title, and below it, as its last line, what the reader knows the column by.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import Any

from assessor.blank import blank_proposal, chapters
from assessor.countries import COUNTRIES
from assessor.errors import Fault, InputError
from assessor.indicators import Measure
from assessor.proposal import Answer, Proposal
from assessor.questions import Question
from assessor.rubric import Rubric
from assessor.wording import country, shortened
from assessor.writers import MAX_CELL, check_outputs, replace

Cell = str | int | float | bool | datetime | None
ROWS = 1_000  # rows that have lists and checks
FIRST_DAY = datetime(1901, 1, 1)  # noqa: DTZ001 - a spreadsheet knows no day before, and no zone

FIELDS = {
    "name": "What the zone or cluster is called. Every row needs a name.",
    "kind": "zone, cluster, or both: then it is judged as a zone and as a cluster.",
    "country": "Two letters of ISO 3166; the sheet Countries lists them. ZZ says nothing.",
    "date": "The day on which the proposal stood as it is told here.",
    "made_up": "TRUE where place and figures are invented.",
    "summary": "Two or three sentences for the cover of the report; at most 600 letters.",
    "sectors": "Branches that it is meant for, with ; between them: garments; footwear.",
    "hinterland": "The region that it draws on, such as Eastern province.",
    "sources": "Where what stands here was taken from, with ; between several.",
}
# What may stand beside an answer: its title, and how to fill it in.
BESIDE = {
    "evidence": ("Evidence", "The document that proves the answer: its date and page."),
    "confidence": ("Confidence", "high, medium or low; high where nothing is said."),
    "status": ("Status", "in_place, committed or planned."),
    "today": ("Today", "What holds now, in the form of the answer, where that is a plan."),
    "state": (
        "No answer",
        (
            "Why the answer is empty. insufficient_evidence: looked for and not found, which "
            "scores 0. not_applicable: the question is none for this place; then write the reason. "
            "not_assessed, or nothing: not looked into yet."
        ),
    ),
    "reason": ("Reason", "Why the question does not apply."),
}
CHOICES = {
    "confidence": ["high", "medium", "low"],
    "status": ["in_place", "committed", "planned"],
    "state": ["insufficient_evidence", "not_applicable", "not_assessed"],
    "kind": ["zone", "cluster", "both"],
    "made_up": ["TRUE", "FALSE"],
}
WIDTHS = {"name": 34, "country": 9, "date": 12, "made_up": 10, "summary": 50, "evidence": 36}

FACTS, KIND, TARGETS = "#E7E6E6", "#E4DFEC", "#D8E4BC"
SHADES = {"success_factor": ("#DCE9F5", "#BDD7EE"), "challenge": ("#FBE9D9", "#F6CFAE")}

README = """\
How to fill in this workbook

Each row of the sheet Proposals is one proposal. Write its name, kind and country, and answer what
you know. Leave the rest empty: an empty cell is no answer, and widens the interval of the score.

Hold the pointer on a heading to read its question, the levels and what would prove the answer. The
sheet Levels has all of it to print, with the score of each level.

Cells with a list take one of its words. A figure is a number alone, without its unit and without
a sign such as %. Where several items may hold, write them with ; between them, such as a; b, and []
where you have looked and none holds.

Beside each answer stands its evidence. The button + above it opens five more columns: the
confidence in the answer; whether it is in place, committed or planned; what holds today, where the
answer is a plan; why there is no answer; and the reason why a question does not apply.

Evidence that was looked for and not found: leave the answer empty and choose insufficient_evidence
under "No answer". That scores 0. A question that does not apply: choose not_applicable and write
the reason.

The first row has to stay, and so does the last line of each heading. Columns may be moved, hidden
or removed, and rows sorted. The sheet Proposals must remain the first.

When done, save the file as .xlsx, and type: {command}

Every mistake is then told at once, with its row and column.

Made for: {rubrics}."""


@dataclass(frozen=True)
class Heading:
    """A column of the sheet Proposals: what the reader knows it by, and what helps to fill it."""

    name: str
    title: str
    note: str
    colour: str
    accepts: Mapping[str, Any] = field(default_factory=dict)  # a data validation of xlsxwriter
    folded: bool = False
    only: str = ""  # the kind of proposal that is asked, where the other is not

    @property
    def width(self) -> int:
        """In letters."""
        return WIDTHS.get(self.name.rpartition(".")[2], 14 if self.folded else 20)


def write_blank(
    rubrics: Sequence[Rubric], path: str | Path, command: str, proposals: Sequence[Proposal] = ()
) -> None:
    """Write a file to fill in, in the format of the path's ending: .yaml .yml .xlsx.

    `command` is what it tells to type when it is filled in. `proposals` fill in the first rows of a
    workbook. InputError where the ending is unknown, the place cannot be written, or the file is
    there already, for it may hold answers.
    """
    check_outputs([path], endings=BLANKS)
    if os.path.lexists(path):
        message = "is there already, and may hold answers; choose another name, or remove it first"
        raise InputError([Fault(os.fspath(path), 0, 0, message)])
    suffix = Path(path).suffix.lower()
    if proposals and suffix != ".xlsx":
        message = "proposals are put into a workbook; end the name in .xlsx"
        raise InputError([Fault(os.fspath(path), 0, 0, message)])
    replace(Path(path), BLANKS[suffix](rubrics, command, proposals))


def to_workbook(
    rubrics: Sequence[Rubric], command: str, proposals: Iterable[Proposal] = ()
) -> bytes:
    """A workbook with every question of the rubrics, to fill in; or filled in with proposals.

    The same proposals are read back from it. `command` is what it tells to type when it is filled
    in. The same input gives the same bytes.
    """
    import xlsxwriter

    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(out, options)
    date = max(rubric.file.date for rubric in rubrics)
    facts = {"title": "Proposals", "author": "", "created": datetime.fromisoformat(date)}
    book.set_properties(facts)
    levels, lists = _levels(rubrics)
    rows = [_row(proposal) for proposal in proposals]
    columns = list(_columns(rubrics, lists))
    known = {column.name for column in columns}
    others = dict.fromkeys(name for row in rows for name in row if name not in known)
    columns += [Heading(name, "", "", FACTS) for name in others]
    _proposals(book, columns, rows)
    _explained(book, levels)
    named = " and ".join(f"{r.file.id} {r.file.version}" for r in rubrics)
    _read_me(book, README.format(command=command, rubrics=f"rubric {named}"))
    _countries(book)
    book.close()
    return out.getvalue()


# --- what stands in a row ---


def _row(proposal: Proposal) -> dict[str, Cell]:
    """The cells of a proposal by the names of their columns; nothing for what is not said."""
    if faults := fitting([proposal])[1]:
        raise InputError(faults)
    facts = ((name, getattr(proposal, name)) for name in FIELDS)
    cells = {name: _written(fact) for name, fact in facts if fact != ()}
    if proposal.date and (day := datetime.fromisoformat(proposal.date)) >= FIRST_DAY:
        cells["date"] = day
    cells["made_up"] = proposal.made_up or None
    for name, answer in proposal.answers.items():
        cells |= {_place(name, part): cell for part, cell in _parts(answer)}
    cells |= {f"targets.{name}": value for name, value in proposal.targets.items()}
    return {name: cell for name, cell in cells.items() if cell is not None}


def fitting(proposals: Iterable[Proposal]) -> tuple[list[Proposal], list[Fault]]:
    """The proposals that a row can hold without loss, and what is wrong with each of the others."""
    fit, faults = [], []
    for one in proposals:
        if one.assessors:
            message = "several assessors do not fit into one row; keep this proposal as YAML"
            faults.append(one.fault(message, "assessors", key=True))
        else:
            fit.append(one)
    return fit, faults


def _parts(answer: Answer) -> Iterator[tuple[str, Cell]]:
    for part in ("value", *BESIDE, "sources"):
        said = getattr(answer, part)
        if said != () and (part, said) != ("confidence", "high"):
            yield part, _written(said)


def _place(question: str, part: str) -> str:
    return question if part == "value" else f"{question}.{part}"


def _written(value: Any) -> Cell:
    """A value as one cell, from which the reader takes the same value."""
    if isinstance(value, list | tuple):
        plain = "; ".join(items := [str(item) for item in value])
        apart = [item.strip() for item in plain.split(";")] == items and plain[:1] != "["
        return plain if apart else json.dumps(items, ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if _kept(value) else repr(value)
    return str(value)[:MAX_CELL]


def _kept(figure: float) -> bool:
    """Whether a spreadsheet, which writes 16 digits, keeps a figure as it is."""
    return abs(figure) < 1e300 and float(f"{figure:.16G}") == figure


# --- the columns ---


def _columns(rubrics: Sequence[Rubric], lists: Mapping[str, str]) -> Iterator[Heading]:
    for name, note in FIELDS.items():
        yield Heading(name, "", note, FACTS, _accepts_field(name))
    pillars = {i.id: f.pillar for r in rubrics for f in r.factors for i in f.indicators}
    shades = {pillar: cycle(shades) for pillar, shades in SHADES.items()}
    for heading, questions in chapters(rubrics):
        pillar = pillars.get(questions[0].id)
        colour = next(shades[pillar]) if pillar else KIND
        for question in questions:
            yield from _asked(heading, question, colour, lists, _only(rubrics, question))
    for name, target in {i: t for r in rubrics for i, t in r.forecasts.items()}.items():
        note = f"The promoter's forecast. {target.title}: a figure in {target.unit}."
        yield Heading(f"targets.{name}", f"Target: {target.title}", note, TARGETS, _figure(note))


def _only(rubrics: Sequence[Rubric], question: Question) -> str:
    """The kind that a question is asked of, where the rubrics judge two and it is asked of one."""
    kinds = {r.file.kind for r in rubrics if question.id in r.questions}
    kinds &= {getattr(question, "applies_to", "both")} - {"both"} or kinds
    return kinds.pop() if len(rubrics) > 1 and len(kinds) == 1 else ""


def _asked(
    heading: str, question: Question, colour: str, lists: Mapping[str, str], only: str
) -> Iterator[Heading]:
    """The column of an answer, and those of what may be said beside it."""
    accepts = _accepts(question, lists)
    levels = "" if isinstance(question, Measure) else _told_levels(question)
    note = f"{heading}\n\n{question.question}\n\n{_how(question)}\n{levels}".rstrip()
    yield Heading(question.id, question.title, note, colour, accepts, only=only)
    for part, (title, how) in BESIDE.items():
        told = f"{question.title}\n\n{how}"
        if part == "evidence":
            told += f"\n\nProof: {question.proof}"
        takes = accepts if part == "today" else _one_of(CHOICES[part]) if part in CHOICES else {}
        yield Heading(
            f"{question.id}.{part}", title, told, colour, takes, part != "evidence", only=only
        )


def _how(question: Question) -> str:
    if isinstance(question, Measure):
        span = f"{question.minimum:,.15g} to {question.maximum:,.15g}"
        return f"A figure from {span}; it counts {question.unit}."
    if question.items():
        return "Those that hold, with ; between them, or [] for none:"
    return "One of:"


def _told_levels(question: Question) -> str:
    return "\n".join(f"• {level.id}: {level.descriptor}" for level in question.scale())


def _accepts(question: Question, lists: Mapping[str, str]) -> dict[str, Any]:
    """What a cell of an answer takes, and what it says when it is chosen."""
    if isinstance(question, Measure):
        limits = {"minimum": question.minimum, "maximum": question.maximum}
        return {**_figure(_how(question)), **limits, "input_message": _hint(question)}
    if question.items():
        return {"validate": "any", "input_message": _hint(question)}
    source = lists[question.id]
    error = "Choose from the list; the sheet Levels says when each level holds."
    return {**_one_of(source), "error_message": error, "input_message": _hint(question)}


def _hint(question: Question) -> str:
    how = _how(question)
    if items := question.items():
        how = f"{how} {'; '.join(items)}"
    return shortened(question.question if how == "One of:" else f"{question.question} {how}", 255)


def _figure(message: str) -> dict[str, Any]:
    return {
        "validate": "decimal",
        "criteria": "between",
        "minimum": -1e12,
        "maximum": 1e12,
        "error_title": "This is no such figure",
        "error_message": shortened(message, 255),
    }


def _one_of(source: str | list[str]) -> dict[str, Any]:
    return {"validate": "list", "source": source, "error_title": "This is not in the list"}


def _accepts_field(name: str) -> dict[str, Any]:
    if name == "country":
        error = "Write two letters of ISO 3166, such as KE; the sheet Countries lists them."
        listed = f"=Countries!$A$2:$A${len(COUNTRIES) + 1}"
        return {**_one_of(listed), "error_message": error}
    if name == "date":
        error = "Write a day, such as 2026-03-31."
        limits = {"criteria": ">=", "value": FIRST_DAY}
        return {"validate": "date", **limits, "error_message": error}
    return _one_of(CHOICES[name]) if name in CHOICES else {}


# --- the sheets ---


def _proposals(book: Any, columns: Sequence[Heading], rows: Sequence[Mapping[str, Cell]]) -> None:
    sheet = book.add_worksheet("Proposals")
    text = book.add_format({"text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"})
    sheet.set_default_row(32)
    sheet.set_row(0, 48)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(rows), ROWS), len(columns) - 1)
    sheet.outline_settings(True, True, False, False)  # the button stands left of what it opens
    faded = book.add_format({"bg_color": "#D9D9D9"})
    for number, column in enumerate(columns):
        fold = {"level": 1, "hidden": True} if column.folded else {}
        sheet.set_column(number, number, column.width, day if column.name == "date" else text, fold)
        _head(book, sheet, number, column)
        if column.accepts:
            sheet.data_validation(1, number, ROWS, number, column.accepts)
        if column.only:
            other = "cluster" if column.only == "zone" else "zone"
            rule = {"type": "formula", "criteria": f'=$B2="{other}"', "format": faded}
            sheet.conditional_format(1, number, ROWS, number, rule)
    places = {column.name: number for number, column in enumerate(columns)}
    for number, row in enumerate(rows, start=1):
        for name, cell in row.items():
            _write(sheet, number, places[name], cell, day if name == "date" else text)


def _head(book: Any, sheet: Any, number: int, column: Heading) -> None:
    look = {"bg_color": column.colour, "text_wrap": True, "valign": "top", "border": 1}
    style = book.add_format({**look, "border_color": "#FFFFFF", "bold": not column.title})
    if column.title:
        bold, small = book.add_format({"bold": True}), book.add_format({"font_size": 8})
        parts = [bold, column.title, small, f"\n{column.name}"]
        sheet.write_rich_string(0, number, *parts, style)
    else:
        sheet.write_string(0, number, column.name, style)
    if column.note:
        lines = sum(1 + len(line) // 62 for line in column.note.splitlines())
        size = {"width": 420, "height": 16 * lines + 12, "author": "", "font_size": 9}
        sheet.write_comment(0, number, column.note, size)


def _write(sheet: Any, row: int, column: int, cell: Cell, style: Any) -> None:
    match cell:
        case bool():
            sheet.write_boolean(row, column, cell, style)
        case int() | float():
            sheet.write_number(row, column, cell, style)
        case datetime():
            sheet.write_datetime(row, column, cell, style)
        case str():
            sheet.write_string(row, column, cell, style)


Rows = list[list[Cell]]


def _levels(rubrics: Sequence[Rubric]) -> tuple[Rows, dict[str, str]]:
    """The rows of the sheet Levels, and where in it the levels of each question stand."""
    rows: Rows = [["Chapter", "Id", "Question", "Answer", "When it holds", "Score", "Proof"]]
    lists = {}
    for heading, questions in chapters(rubrics):
        for question in questions:
            rows.append([heading, question.id, question.question, None, _how(question), None])
            rows[-1].append(question.proof)
            first = len(rows) + 1
            for level in question.scale():
                score = None if level.score is None else round(level.score, 1)
                rows.append([None, question.id, None, level.id, level.descriptor, score, None])
            lists[question.id] = f"=Levels!$D${first}:$D${len(rows)}"
    return rows, lists


def _explained(book: Any, rows: Rows) -> None:
    sheet = book.add_worksheet("Levels")
    head = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    asked = book.add_format({"text_wrap": True, "valign": "top", "bold": True, "top": 1})
    widths = (30, 34, 46, 24, 70, 8, 50)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    for number, row in enumerate(rows):
        style = head if number == 0 else asked if row[2] is not None else text
        # Set, for not every program finds the height of a text that breaks.
        lengths = (len(cell) if isinstance(cell, str) else 0 for cell in row)
        lines = max(1 + length // w for length, w in zip(lengths, widths, strict=True))
        sheet.set_row(number, 15 * lines)
        for column, cell in enumerate(row):
            if cell is None:
                sheet.write_blank(number, column, None, style)
            else:
                _write(sheet, number, column, cell, style)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, len(rows) - 1, len(rows[0]) - 1)
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _read_me(book: Any, text: str) -> None:
    sheet = book.add_worksheet("Read me")
    sheet.set_column(0, 0, 100, book.add_format({"text_wrap": True, "valign": "top"}))
    title = book.add_format({"bold": True, "font_size": 14})
    for number, paragraph in enumerate(text.split("\n\n")):
        line = " ".join(paragraph.split())
        sheet.set_row(number, 22 + 15 * (len(line) // 105))
        sheet.write_string(number, 0, line, *([] if number else [title]))


def _countries(book: Any) -> None:
    sheet = book.add_worksheet("Countries")
    sheet.set_column(0, 0, 8)
    sheet.set_column(1, 1, 40)
    head = book.add_format({"bold": True, "bottom": 1})
    sheet.write_row(0, 0, ["Code", "Country"], head)
    for number, code in enumerate(sorted(COUNTRIES), start=1):
        sheet.write_string(number, 0, code)
        sheet.write_string(number, 1, country(code))
    sheet.freeze_panes(1, 0)


def _yaml(rubrics: Sequence[Rubric], command: str, _: Iterable[Proposal]) -> bytes:
    return blank_proposal(rubrics, command).encode()


BLANKS: dict[str, Callable[[Sequence[Rubric], str, Iterable[Proposal]], bytes]] = {
    ".yaml": _yaml,
    ".yml": _yaml,
    ".xlsx": to_workbook,
}
