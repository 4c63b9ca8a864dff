"""Workbooks as people and scripts save them: what their values alone would keep quiet."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from assessor import PortfolioAssessment, Proposal, assess_portfolio, xlsx
from assessor.errors import letters
from assessor.workbook import to_workbook
from tests import small
from tests.small import SMALL

HEADS = ["name", "kind", "country", "discipline.capacity", "land.allocation"]
FAILS = "the formula of this cell fails; mend it, or write the value itself"
BARE = "the formula of this cell has no value yet; open the file in a spreadsheet and save it"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def rows(count: int, capacity: Any = 125) -> list[list[Any]]:
    return [[f"Park {n}", "zone", "KE", capacity, "auction"] for n in range(1, count + 1)]


def saved(cells: list[list[Any]], change: Callable[[Any], None] = lambda _: None) -> None:
    """A workbook with these rows below the headings, as openpyxl writes it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Proposals"
    for row in [HEADS, *cells]:
        sheet.append(row)
    change(sheet)
    book.save("t.xlsx")


def judged() -> PortfolioAssessment:
    return assess_portfolio("t.xlsx", SMALL)


def told(result: PortfolioAssessment) -> list[str]:
    return [line for failed in result.failed for line in failed.errors]


def capacities(result: PortfolioAssessment) -> list[Any]:
    return [
        indicator.answer
        for one in result.assessments
        for factor in one.factors
        for indicator in factor.indicators
        if indicator.id == "discipline.capacity"
    ]


def rewritten(part: str, change: Callable[[str], str]) -> None:
    """The same workbook with one part of it changed."""
    out = io.BytesIO()
    with zipfile.ZipFile("t.xlsx") as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content.decode()) if name == part else content)
    Path("t.xlsx").write_bytes(out.getvalue())


# --- figures that show as percent ---


@pytest.mark.parametrize("shows", ["0%", "0.00%", "0.0 %;[Red]-0.0 %", '"about "0%'])
def test_a_figure_that_shows_as_percent_is_read_as_it_shows_and_refused(shows: str) -> None:
    def percent(sheet: Any) -> None:
        sheet["D3"].number_format = shows

    saved([*rows(1), ["B", "zone", "KE", 0.8, "auktion"]], percent)
    result = judged()
    assert len(result.assessments) == 1
    assert told(result) == [
        "t.xlsx:Proposals!D3: discipline.capacity: '80%' is not a number; write 80 without quotes, "
        "unit or separators (it counts percent)",
        "t.xlsx:Proposals!E3: land.allocation: 'auktion' is not a level; did you mean 'auction'?",
    ]


@pytest.mark.parametrize("shows", ['0.0" %"', "0.00\\%", "#,##0.00", "General"])
def test_a_figure_with_a_sign_of_percent_that_only_stands_there_is_a_figure(shows: str) -> None:
    def format_it(sheet: Any) -> None:
        sheet["D2"].number_format = shows
        sheet["D9"].number_format = "0%"  # an empty cell

    saved(rows(1, 80), format_it)
    result = judged()
    assert not result.failed
    assert capacities(result) == [80]


def test_a_percent_in_a_filled_in_workbook_is_told() -> None:
    one = Proposal(**small.blank())
    Path("t.xlsx").write_bytes(to_workbook([small.rubric()], "assess t.xlsx", [one]))
    book = openpyxl.load_workbook("t.xlsx")
    sheet = book.worksheets[0]
    (column,) = [c.column for c in sheet[1] if c.value.endswith("\ndiscipline.capacity")]
    sheet.cell(2, column).value = 0.07
    sheet.cell(2, column).number_format = "0%"  # what a spreadsheet makes of 7% typed in
    book.save("t.xlsx")
    (line,) = told(judged())
    assert "'7%' is not a number; write 7 without" in line


# --- formulas ---


def test_a_formula_that_was_never_worked_out_is_no_empty_cell() -> None:
    saved([*rows(1), ["B", "zone", "KE", "=24*2", "auktion"], *rows(1)])
    result = judged()
    assert len(result.assessments) == 2
    assert told(result) == [
        f"t.xlsx:Proposals!D3: {BARE}",
        "t.xlsx:Proposals!E3: land.allocation: 'auktion' is not a level; did you mean 'auction'?",
    ]


def test_a_row_of_nothing_but_such_formulas_is_told() -> None:
    saved([["=A9", "=B9", "=C9", "=D9", "=E9"]])
    assert told(judged()) == [f"t.xlsx:Proposals!{letter}2: {BARE}" for letter in "ABCDE"]


def test_a_nought_that_a_script_put_in_the_place_of_a_value_is_none() -> None:
    book = xlsxwriter.Workbook("t.xlsx")
    sheet = book.add_worksheet("Proposals")
    sheet.write_row(0, 0, HEADS)
    for number, row in enumerate(rows(3), start=1):
        sheet.write_row(number, 0, row)
    sheet.write_formula("D2", "=24*2")
    sheet.write_formula("D3", "=100+25", None, 125)
    book.close()
    result = judged()
    assert told(result) == [f"t.xlsx:Proposals!D2: {BARE}"]
    assert capacities(result) == [125, 125]


def test_a_nought_that_a_spreadsheet_worked_out_is_one() -> None:
    saved(rows(1))
    rewritten("xl/workbook.xml", lambda text: text.replace('fullCalcOnLoad="1"', ""))
    rewritten(
        "xl/worksheets/sheet1.xml", lambda text: text.replace("<v>125</v>", "<f>5-5</f><v>0</v>")
    )
    result = judged()
    assert not result.failed
    assert capacities(result) == [0]


def test_formulas_that_fail_cost_their_own_rows_and_all_are_told() -> None:
    cells = [[*row[:3], "#DIV/0!" if n % 2 else 125, row[4]] for n, row in enumerate(rows(140))]
    cells[2][4] = "auktion"
    saved(cells)
    result = judged()
    assert len(result.assessments) == 69
    assert told(result)[:2] == [
        f"t.xlsx:Proposals!D3: {FAILS}",
        "t.xlsx:Proposals!E4: land.allocation: 'auktion' is not a level; did you mean 'auction'?",
    ]
    assert len(told(result)) == 71
    assert told(result)[-1] == f"t.xlsx:Proposals!D141: {FAILS}"


def test_a_heading_that_fails_is_told_with_the_faults_of_the_rows() -> None:
    def fail(sheet: Any) -> None:
        sheet["E1"] = "#REF!"

    saved([["A", "zone", "XX", 125, None]], fail)
    assert told(judged()) == [
        f"t.xlsx:Proposals!E1: {FAILS}",
        "t.xlsx:Proposals!C2: 'XX' is no country; write its two letters of ISO 3166, such as KE",
    ]


def test_a_formula_whose_value_is_an_empty_text_is_an_empty_cell() -> None:
    saved([["A", "zone", "KE", 125, "=B2"]])
    empty = '<c r="E2" t="str"><f>IF(B2="zone","","x")</f><v></v></c>'
    old = '<c r="E2"><f>B2</f><v /></c>'
    rewritten("xl/worksheets/sheet1.xml", lambda text: text.replace(old, empty))
    result = judged()
    assert not result.failed
    assert capacities(result) == [125]


def test_what_fails_in_a_column_of_ones_own_costs_nothing() -> None:
    def note(sheet: Any) -> None:
        sheet["F1"], sheet["F2"], sheet["F3"] = "My notes", "#N/A", "=A2"

    saved(rows(2), note)
    result = judged()
    assert (len(result.assessments), result.failed) == (2, ())
    assert result.not_read == ("t.xlsx: not read: the column 'My notes'",)


def test_blank_rows_above_the_headings_are_passed_over() -> None:
    saved([["A", "zone", "KE", "=1+1", "auction"], *rows(1)], lambda sheet: sheet.insert_rows(1, 3))
    result = judged()
    assert [row.file for row in result.ranking] == ["t.xlsx:6"]
    assert told(result) == [f"t.xlsx:Proposals!D5: {BARE}"]
    saved([], lambda sheet: sheet.delete_rows(1))
    assert told(judged()) == [
        "t.xlsx:Proposals!A1: the first row is empty; write the headings of the columns there"
    ]


# --- merged cells ---


def merge(*areas: str) -> Callable[[Any], None]:
    return lambda sheet: [sheet.merge_cells(area) for area in areas]  # type: ignore[return-value]


def test_a_cell_that_is_merged_with_one_above_is_told_and_no_empty_one() -> None:
    saved([*rows(3), ["B", "zone", "KE", 0, "auktion"]], merge("E2:E3", "D5:E5"))
    result = judged()
    assert [one.proposal.name for one in result.assessments] == ["Park 1", "Park 3"]
    way_out = "unmerge them, and write the value in each"
    assert told(result) == [
        f"t.xlsx:Proposals!E3: this cell is merged with E2; {way_out}",
        f"t.xlsx:Proposals!E5: this cell is merged with D5; {way_out}",
    ]


def test_merged_cells_below_the_proposals_or_of_two_rows_that_are_one_are_no_fault() -> None:
    saved(rows(1), merge("A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:E3", "A9:E12"))
    assert not judged().failed


def test_areas_without_number_are_refused() -> None:
    saved(rows(1))
    area = '<mergeCell ref="A1:XFD1048576"/>'
    rewritten(
        "xl/worksheets/sheet1.xml",
        lambda text: text.replace(
            "</sheetData>", f"</sheetData><mergeCells>{100_000 * area}</mergeCells>"
        ),
    )
    assert told(judged()) == [
        "t.xlsx: is no workbook that can be read (merged cells lie over each other); "
        "save it again as .xlsx"
    ]


# --- parts that are hostile, or not as usual ---


def test_entities_are_not_expanded() -> None:
    saved(rows(1))
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    head = '<?xml version="1.0"?>'
    rewritten("xl/workbook.xml", lambda text: head + bomb + text[text.index("<workbook") :])
    (line,) = told(judged())
    assert line == (
        "t.xlsx: is no workbook that can be read (xl/workbook.xml declares entities); "
        "save it again as .xlsx"
    )


def test_parts_with_other_prefixes_are_read_alike() -> None:
    saved([*rows(1), ["B", "zone", "KE", "=1+1", "auction"]])
    rewritten("xl/workbook.xml", lambda text: text.replace("r:id=", "q:id=").replace(":r=", ":q="))
    assert told(judged()) == [f"t.xlsx:Proposals!D3: {BARE}"]


def test_a_bad_cell_that_does_not_say_where_it_stands_is_told() -> None:
    saved([*rows(1), ["B", "zone", "KE", "=1+1", "auction"]])
    rewritten("xl/worksheets/sheet1.xml", lambda text: text.replace(' r="D3"', ""))
    assert told(judged()) == [
        "t.xlsx: is no workbook that can be read (a cell does not say where it stands); "
        "save it again as .xlsx"
    ]


# --- what is passed over ---


def test_other_sheets_that_hold_something_are_told() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    for title in ("Proposals", "Cluster", "Empty", "Levels"):
        sheet = book.create_sheet(title)
        for row in [HEADS, *rows(1)] if title != "Empty" else []:
            sheet.append(row)
    book.save("t.xlsx")
    result = judged()
    assert (len(result.assessments), result.failed) == (1, ())
    assert result.not_read == (
        "t.xlsx: not read: the sheet 'Cluster'; put such rows into 'Proposals', "
        "or into a file of their own",
    )


# --- how large a sheet is ---


@given(
    st.lists(st.tuples(st.integers(1, 16_384), st.integers(1, 1_048_576)), min_size=1),
    st.sampled_from(
        ['<c r="{}" t="s">', '<c\n r="{}">', "<x:c t=\"s\" r='{}'>", '<c r =        "{}">']
    ),
    st.integers(32, 200),
)
def test_its_size_is_that_of_its_last_cells_wherever_they_stand(
    cells: list[tuple[int, int]], form: str, block: int
) -> None:
    tags = [form.format(f"{letters(column)}{row}") for column, row in cells]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xlsx, "_BLOCK", block)
        found = xlsx._size(f'<row r="1">{"".join(tags)}</row>'.encode())
    ends = max(row for _, row in cells), max(column for column, _ in cells)
    assert (found.rows, found.columns) == ends
