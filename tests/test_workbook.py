"""The workbook that people fill in: what it asks, what its cells take, what is read back."""

from __future__ import annotations

import datetime
import io
import json
import re
import zipfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

from assessor import (
    Assessment,
    InputError,
    Proposal,
    Rubric,
    assess,
    assess_portfolio,
    load_proposal,
    load_rubric,
)
from assessor.blank import chapters
from assessor.cli import app
from assessor.indicators import Measure
from assessor.questions import Question
from assessor.readers import read
from assessor.record import to_json
from assessor.tables import _FIELDS
from assessor.workbook import BESIDE, FIELDS, ROWS, to_workbook, write_blank
from tests import small, strategies
from tests.conftest import ROOT
from tests.strategies import randoms

COMMAND = "assess w.xlsx"
KINDS = ("zone", "cluster", "both")
each_kind = pytest.mark.parametrize("kind", KINDS)
COMPLETE = [
    *sorted((ROOT / "examples").glob("*-zone.yaml")),
    *sorted((ROOT / "examples" / "portfolio").glob("[nv]*-park.yaml")),
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def rubrics(kind: str) -> list[Rubric]:
    return [load_rubric(one) for one in (("zone", "cluster") if kind == "both" else (kind,))]


@cache
def content(kind: str) -> bytes:
    return to_workbook(rubrics(kind), COMMAND)


@cache
def opened(kind: str) -> Any:
    """The workbook as a spreadsheet program has it; to look at, not to change."""
    return openpyxl.load_workbook(io.BytesIO(content(kind)))


def heads(sheet: Any) -> dict[str, int]:
    """The number of each column by its id."""
    return {cell.value.splitlines()[-1]: cell.column for cell in sheet[1]}


@cache
def validations(kind: str) -> dict[int, Any]:
    """What each column takes."""
    sheet = opened(kind).worksheets[0]
    found = {}
    for one in sheet.data_validations.dataValidation:
        for area in one.sqref.ranges:
            assert (area.min_row, area.max_row) == (2, ROWS + 1)
            found |= dict.fromkeys(range(area.min_col, area.max_col + 1), one)
    return found


def taken(kind: str, column: str) -> list[str]:
    """The words of the list of a column."""
    formula = validations(kind)[heads(opened(kind).worksheets[0])[column]].formula1
    if formula.startswith('"'):
        return formula.strip('"').split(",")
    name, _, area = formula.lstrip("=").partition("!")
    return [cell.value for (cell,) in opened(kind)[name][area.replace("$", "")]]


def asked(kind: str) -> list[Question]:
    return [question for _, questions in chapters(rubrics(kind)) for question in questions]


def record(one: Assessment) -> Any:
    """All of a record but the hash of the file that it was read from."""
    data = json.loads(to_json(one))
    del data["proposal"]["sha256"]
    return data


# --- what it asks ---


@each_kind
def test_it_asks_every_question_with_all_that_may_be_said_of_it(kind: str) -> None:
    columns = list(heads(opened(kind).worksheets[0]))
    questions = [
        name for q in asked(kind) for name in (q.id, *(f"{q.id}.{part}" for part in BESIDE))
    ]
    targets = dict.fromkeys(f"targets.{name}" for r in rubrics(kind) for name in r.forecasts)
    assert columns == [*_FIELDS, *questions, *targets]


def test_it_has_a_column_for_each_field_of_a_proposal() -> None:
    assert tuple(FIELDS) == _FIELDS


@each_kind
def test_its_first_sheet_is_the_one_that_is_read_and_its_heads_stay_in_view(kind: str) -> None:
    book = opened(kind)
    assert book.sheetnames == ["Proposals", "Levels", "Read me", "Countries"]
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref.startswith("A1:")


@each_kind
def test_answers_and_evidence_are_in_view_and_the_rest_folds_out(kind: str) -> None:
    sheet = opened(kind).worksheets[0]
    folded: set[int] = set()
    for one in sheet.column_dimensions.values():
        if one.hidden:
            assert one.outlineLevel == 1
            folded |= set(range(one.min, one.max + 1))
    expected = {
        n for name, n in heads(sheet).items() if name.rpartition(".")[2] in {*BESIDE} - {"evidence"}
    }
    assert folded == expected


@each_kind
def test_notes_hold_the_question_its_levels_and_its_proof(kind: str) -> None:
    sheet = opened(kind).worksheets[0]
    columns = heads(sheet)
    for question in asked(kind):
        cell = sheet.cell(1, columns[question.id])
        assert cell.value == f"{question.title}\n{question.id}"
        assert question.question in cell.comment.text
        if isinstance(question, Measure):
            assert question.unit in cell.comment.text
        else:
            for level in question.scale():
                assert f"{level.id}: {level.descriptor}" in cell.comment.text
        evidence = sheet.cell(1, columns[f"{question.id}.evidence"])
        assert question.proof in evidence.comment.text
    assert all(cell.comment for cell in sheet[1])


@each_kind
def test_the_sheet_of_levels_explains_every_question(kind: str) -> None:
    rows = [list(row) for row in opened(kind)["Levels"].iter_rows(min_row=2, values_only=True)]
    for question in asked(kind):
        first, *levels = [row for row in rows if row[1] == question.id]
        assert (first[2], first[6]) == (question.question, question.proof)
        assert [(row[3], row[4]) for row in levels] == [
            (level.id, level.descriptor) for level in question.scale()
        ]
        scores = [
            None if level.score is None else round(level.score, 1) for level in question.scale()
        ]
        assert [row[5] for row in levels] == scores


@each_kind
def test_it_tells_how_to_fill_it_in(kind: str) -> None:
    told = "\n".join(str(cell.value) for (cell,) in opened(kind)["Read me"].iter_rows())
    assert f"type: {COMMAND}" in told
    for word in ("insufficient_evidence", "not_applicable", "a; b", "[]"):
        assert word in told


# --- what its cells take ---


@each_kind
def test_lists_offer_what_a_question_takes_and_nothing_else(kind: str) -> None:
    for question in asked(kind):
        for column in (question.id, f"{question.id}.today"):
            if isinstance(question, Measure) or question.items():
                continue
            offered = taken(kind, column)
            assert offered == [level.id for level in question.scale()]
            for one in offered:
                question.code(one)
        assert taken(kind, f"{question.id}.confidence") == ["high", "medium", "low"]


@each_kind
def test_figures_are_held_to_the_limits_of_their_question(kind: str) -> None:
    columns, found = heads(opened(kind).worksheets[0]), validations(kind)
    for question in asked(kind):
        if isinstance(question, Measure):
            for column in (question.id, f"{question.id}.today"):
                one = found[columns[column]]
                assert one.type == "decimal"
                limits = float(one.formula1), float(one.formula2)
                assert limits == (question.minimum, question.maximum)
                assert question.unit in one.error


@each_kind
def test_every_cell_of_an_answer_shows_its_question(kind: str) -> None:
    columns, found = heads(opened(kind).worksheets[0]), validations(kind)
    for question in asked(kind):
        shown = found[columns[question.id]].prompt
        assert shown.startswith(question.question)
        assert len(shown) <= 255


def test_every_country_can_be_chosen_namibia_and_norway_too() -> None:
    assert {"NA", "NO", "KE", "XK", "ZZ"} <= set(taken("zone", "country"))
    for code in taken("zone", "country"):
        Proposal(name="P", kind="zone", country=code)


def test_a_workbook_for_both_greys_what_a_proposal_of_one_kind_is_not_asked() -> None:
    sheet = opened("both").worksheets[0]
    greyed = {
        next(iter(area.sqref.ranges)).min_col: rule.formula[0]
        for area in sheet.conditional_formatting
        for rule in area.rules
    }
    by_column = {name: greyed.get(number) for name, number in heads(sheet).items()}
    assert by_column["land.rights"] == by_column["land.rights.today"] == '$B2="cluster"'
    assert by_column["profile.operator"] == '$B2="cluster"'
    assert by_column["tradition.trade_years"] == '$B2="zone"'
    assert by_column["profile.stage"] == '$B2="zone"'
    for both in ("name", "social.services", "zone_test.delimited", "profile.origin"):
        assert by_column[both] is None
    assert not list(opened("zone").worksheets[0].conditional_formatting)


# --- what is read back ---


@each_kind
def test_empty_it_holds_no_proposal_and_says_so(kind: str) -> None:
    Path("w.xlsx").write_bytes(content(kind))
    result = assess_portfolio("w.xlsx")
    assert not result.assessments
    told = "w.xlsx: the table has no rows below its headings; write a proposal in each"
    assert [failed.errors for failed in result.failed] == [(told,)]


def fill_in(sheet: Any, number: int, proposal: Proposal) -> None:
    """A proposal written into a row as a person would."""
    columns = heads(sheet)

    def put(column: str, value: Any) -> None:
        if isinstance(value, list | tuple):
            value = "; ".join(value) or "[]"
        if value is not None and value != "":
            sheet.cell(number, columns[column]).value = value

    for name in _FIELDS:
        value = getattr(proposal, name)
        put(name, datetime.date.fromisoformat(value) if name == "date" and value else value)
    for name, answer in proposal.answers.items():
        put(name, answer.value)
        for part in BESIDE:
            put(f"{name}.{part}", getattr(answer, part))
    for name, target in proposal.targets.items():
        put(f"targets.{name}", target)


def test_several_assessors_stay_in_yaml() -> None:
    panel = load_proposal(ROOT / "examples" / "leather-goods-ethiopia.yaml")
    with pytest.raises(InputError, match="several assessors do not fit into one row; keep this"):
        to_workbook(rubrics("cluster"), "assess w.xlsx", [panel])


SOURCES = ["4 ¶2", "Feasibility study; volume 2", "[draft], 2025", 'The "blue book"', " ; "]


@pytest.mark.parametrize("items", [SOURCES, SOURCES[:1], SOURCES[1:2], SOURCES[2:3]])
def test_lists_come_back_item_by_item(items: list[str]) -> None:
    answers = {"land.allocation": {"value": "tender", "sources": items}}
    one = any_one(sources=items, sectors=[item for item in items if item.strip()], answers=answers)
    Path("w.xlsx").write_bytes(to_workbook([small.rubric()], COMMAND, [one]))
    ((_, back),) = read("w.xlsx", lambda _: [small.rubric()]).proposals
    assert (back.sources, back.sectors) == (tuple(items), one.sectors)
    assert back.answers["land.allocation"].sources == tuple(items)


def test_what_does_not_fit_into_a_row_spoils_no_other_proposal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = ["leather-goods-ethiopia.yaml", "shenzhen-1980s.yaml"]
    files = [str(ROOT / "examples" / name) for name in names]
    asked = ["new", "both", *files, "-o", "e.xlsx"]
    with pytest.raises(SystemExit) as stop:
        app(asked)
    assert stop.value.code == 1
    assert "several assessors do not fit into one row; keep" in capsys.readouterr().err
    assert len(read("e.xlsx").proposals) == 1


def test_filled_in_by_hand_it_gives_what_the_same_yaml_files_give() -> None:
    assert len(COMPLETE) == 4
    book = openpyxl.load_workbook(io.BytesIO(content("both")))
    for number, path in enumerate(COMPLETE, start=2):
        fill_in(book.worksheets[0], number, load_proposal(path))
    book.save("w.xlsx")
    rows, files = assess_portfolio("w.xlsx"), assess_portfolio(COMPLETE)
    assert not rows.failed
    assert not files.failed
    assert [record(one) for one in rows.assessments] == [record(one) for one in files.assessments]


@pytest.mark.parametrize("country", ["NA", "NO"])
def test_namibia_and_norway_come_back(country: str) -> None:
    Path("w.xlsx").write_bytes(to_workbook([small.rubric()], COMMAND, [any_one(country=country)]))
    (row,) = assess_portfolio("w.xlsx", small.SMALL).ranking
    assert row.country == country


def any_one(**facts: Any) -> Proposal:
    return Proposal(**{**small.FACTS, "answers": small.ANSWERS, **facts})


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(randoms)
def test_any_proposal_comes_back_as_it_went_in(random: Random) -> None:
    some = [strategies.proposal(small.rubric(), random) for _ in range(3)]
    Path("w.xlsx").write_bytes(to_workbook([small.rubric()], COMMAND, some))
    result = assess_portfolio("w.xlsx", small.SMALL)
    assert not result.failed
    alone = [assess(one, small.SMALL) for one in some]
    assert [record(one) for one in result.assessments] == [record(one) for one in alone]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "_x0041_", "2030", "TRUE", "深圳 Ünï", "https://a.b"]
)
def test_text_stays_text(text: str) -> None:
    answers = {"land.allocation": {"value": "tender", "evidence": text}}
    one = any_one(name=text, summary=text, answers=answers)
    Path("w.xlsx").write_bytes(to_workbook([small.rubric()], COMMAND, [one]))
    (back,) = assess_portfolio("w.xlsx", small.SMALL).assessments
    assert (back.proposal.name, back.proposal.summary) == (text, text)
    evidence = {i.id: i.evidence for f in back.factors for i in f.indicators}
    assert evidence["land.allocation"] == text
    assert not re.search(rb"<f>", content_of("w.xlsx"))


def content_of(path: str) -> bytes:
    with zipfile.ZipFile(path) as book:
        return book.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("day", ["0850-02-28", "1900-12-31", "1901-01-01", "2026-03-31"])
def test_a_day_of_any_century_comes_back(day: str) -> None:
    Path("w.xlsx").write_bytes(to_workbook([small.rubric()], COMMAND, [any_one(date=day)]))
    (back,) = assess_portfolio("w.xlsx", small.SMALL).assessments
    assert back.proposal.date == day


@pytest.mark.parametrize("value", [10**400, "x" * 100_000, {"a": 1}, [], [["a"]]])
def test_a_wrong_answer_is_told_after_it_too(value: Any) -> None:
    one = any_one(answers={"land.allocation": value if value != {"a": 1} else {"value": value}})
    Path("w.xlsx").write_bytes(to_workbook([small.rubric()], COMMAND, [one]))
    (failed,) = assess_portfolio("w.xlsx", small.SMALL).failed
    assert "is not a level" in failed.errors[0]


@pytest.mark.parametrize("figure", [0.1 + 0.2, 1 / 3, 125, 1e-7, 999.9999999999999])
def test_figures_come_back_to_the_last_bit(figure: float) -> None:
    one = any_one(answers={"discipline.capacity": figure})
    Path("w.xlsx").write_bytes(to_workbook([small.rubric()], COMMAND, [one]))
    (back,) = assess_portfolio("w.xlsx", small.SMALL).assessments
    answers = {i.id: i.answer for f in back.factors for i in f.indicators}
    assert answers["discipline.capacity"] == figure


def test_an_answer_that_no_rubric_asks_for_is_kept_and_told() -> None:
    one = any_one(answers={"land.alocation": {"value": "tender", "sources": ["5 ¶2"]}})
    Path("w.xlsx").write_bytes(to_workbook([small.rubric()], COMMAND, [one]))
    (failed,) = assess_portfolio("w.xlsx", small.SMALL).failed
    assert failed.errors[0].endswith(
        "there is no question 'land.alocation'; did you mean 'land.allocation'?"
    )


@each_kind
def test_the_same_rubrics_give_the_same_bytes(kind: str) -> None:
    assert to_workbook(rubrics(kind), COMMAND) == content(kind)


# --- the file ---


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("w.pdf", "w.pdf: the ending '.pdf' is not known; end the name in .yaml .yml .xlsx"),
        ("w", "w: has no ending; end the name in .yaml .yml .xlsx"),
        ("no/w.xlsx", "no/w.xlsx: there is no folder 'no'; make it first"),
        (
            "here.xlsx",
            "here.xlsx: is there already, and may hold answers; "
            "choose another name, or remove it first",
        ),
    ],
)
def test_a_file_that_cannot_be_written(name: str, told: str) -> None:
    Path("here.xlsx").write_bytes(b"answers")
    with pytest.raises(InputError) as refused:
        write_blank([small.rubric()], name, "assess it")
    assert str(refused.value) == told
    assert Path("here.xlsx").read_bytes() == b"answers"
    assert small.files() == ["here.xlsx"]


def test_proposals_are_not_put_into_yaml() -> None:
    with pytest.raises(InputError, match="proposals are put into a workbook; end the name in"):
        write_blank([small.rubric()], "w.yaml", COMMAND, [any_one()])
    assert small.files() == []


def test_yaml_and_workbook_ask_the_same() -> None:
    write_blank(rubrics("both"), "w.yaml", "assess w.yaml")
    write_blank(rubrics("both"), "w.XLSX", "assess w.XLSX")
    assert "# When done, type: assess w.yaml\n" in Path("w.yaml").read_text("utf-8")
    assert list(load_proposal("w.yaml").answers) == [q.id for q in asked("both")]
    told = [cell.value for (cell,) in openpyxl.load_workbook("w.XLSX")["Read me"].iter_rows()]
    assert any("type: assess w.XLSX" in line for line in told)
