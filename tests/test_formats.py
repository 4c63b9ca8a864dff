"""Tables as programs of any country save them: what is read, and what is told of the rest."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assessor import assess_portfolio
from assessor.cells import Column, cut
from assessor.formats import TABLES
from tests.small import SMALL

HEAD = "name,kind,country,land.allocation,land.allocation.evidence,discipline.capacity\n"
PLAIN = st.sampled_from("abcdefgh\u00e9 1.-")
LETTERS = st.sampled_from("ab1;, \t.\u00e9\u4e2d'")
FIGURE = r"-?(0|[1-9][0-9]{0,19})([.][0-9]{1,20})?([eE]-?[0-9]{1,19})?"
ROW = "Upland,zone,NA,auction,Article 12,125\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def faults(content: bytes | str) -> list[str]:
    """What is told of a CSV file; nothing where all of it is read."""
    raw = content.encode() if isinstance(content, str) else content
    Path("t.csv").write_bytes(raw)
    return [line for failed in assess_portfolio("t.csv", SMALL).failed for line in failed.errors]


def read(content: bytes | str) -> list[str]:
    """The scores, names and evidence of a CSV file that is read without a fault."""
    Path("t.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    result = assess_portfolio("t.csv", SMALL)
    assert not result.failed
    return [
        f"{one.proposal.name} {one.proposal.country} {one.coverage:.0f} "
        f"{one.factors[0].indicators[0].evidence}"
        for one in result.assessments
    ]


@pytest.mark.parametrize(
    "content",
    [
        (HEAD + ROW).encode("utf-8-sig"),
        (HEAD + ROW).encode("utf-16"),
        (HEAD + ROW).replace(",", "\t").encode("utf-16"),
        b"\xfe\xff" + (HEAD + ROW).encode("utf-16-be"),
        (HEAD + ROW).replace(",", ";"),
        (HEAD + ROW).replace(",", "\t"),
        "sep=;\r\n" + (HEAD + ROW).replace(",", ";"),
        "sep=|\n" + (HEAD + ROW).replace(",", "|"),
        (HEAD + ROW).replace("\n", "\r\n"),
        (HEAD + ROW).replace("\n", "\r"),
        (HEAD + ROW).rstrip("\n"),
        ",,,,,\n , ,,,,\n" + HEAD + ROW,
        "\n\n" + HEAD + "\n" + ROW + "\n,,,,,\n  ,\n\n",
        HEAD.replace(",", " , ") + ROW.replace(",", " ,"),
        HEAD.replace("\n", ",,\n") + ROW.replace("\n", ",,\n"),
        HEAD.replace("\n", ",land.phased\n") + ROW,
        HEAD + ROW.replace("\n", ",\n"),
        HEAD + ROW.replace("Article 12", '"Article 12"'),
        HEAD.replace("land.allocation,", '"Allocation\nof land\nland.allocation",') + ROW,
    ],
)
def test_csv_as_any_program_saves_it(content: bytes | str) -> None:
    assert read(content) == ["Upland NA 50 Article 12"]


def test_a_quoted_cell_may_hold_anything() -> None:
    evidence = 'Article 12, page 4;\r\n"the law",\tline 3'
    out = io.StringIO(newline="")
    csv.writer(out).writerow(["Upland", "zone", "NO", "auction", evidence, "125"])
    shown = 'Upland NO 50 Article 12, page 4; "the law", line 3'
    assert read(HEAD + out.getvalue() + ROW) == [shown, "Upland NA 50 Article 12"]


def test_a_fault_below_a_cell_of_several_lines_names_the_line_in_the_file() -> None:
    row = 'Upland,zone,NA,auction,"Article\n12",125\n'
    told = "'auktion' is not a level; did you mean 'auction'?"
    assert faults(HEAD + row + ROW.replace("auction", "auktion")) == [
        f"t.csv:4:D: land.allocation: {told}"
    ]


OF_1_5 = (
    "discipline.capacity: '1,5' is not a number; "
    "write 1.5 without quotes, unit or separators (it counts percent)"
)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (ROW.replace("125", '"1,5"'), [f"t.csv:2:F: {OF_1_5}"]),
        (
            ROW.replace("125", "1,5"),
            [
                "t.csv:2:G: the row has 7 cells and the headings are 6; put quotes round a text "
                "with ',' in it, and write 1.5 for 1,5"
            ],
        ),
        (
            ROW.replace("125", '"1,250"'),
            [
                "t.csv:2:F: discipline.capacity: '1,250' is not a number; write 1250 or 1.25 "
                "without quotes, unit or separators (it counts percent)"
            ],
        ),
        (
            ROW.replace("125", "1 250"),
            [
                "t.csv:2:F: discipline.capacity: '1 250' is not a number; write 1250 without "
                "quotes, unit or separators (it counts percent)"
            ],
        ),
        (
            ROW.replace("auction", "auction;tender"),
            [
                "t.csv:2:D: land.allocation: ['auction', 'tender'] is not a level; "
                "known: negotiated, tender, auction"
            ],
        ),
        (
            "Upland,zone,NA,auc",
            ["t.csv:2:D: the file ends in the middle of this row; save it again"],
        ),
    ],
)
def test_a_trap_is_told_and_never_read_as_something_else(row: str, told: list[str]) -> None:
    assert faults(HEAD + row) == told


@pytest.mark.parametrize("row", ["A,zone,NA,1,5", "A,zone,NA,auction,-1,50"])
def test_a_figure_that_a_short_row_may_have_split_is_told(row: str) -> None:
    heads = HEAD.replace("\n", ",land.phased\n")
    figure = row.partition("NA,")[2].removeprefix("auction,")
    letter = "D" if figure == "1,5" else "E"
    assert faults(f"{heads}{row}\n") == [
        f"t.csv:2:{letter}: the row has {row.count(',') + 1} cells and the headings are 7, so "
        f"'{figure}' may be one figure; write it with a point, or put the missing commas at the "
        "end of the row"
    ]


def test_a_short_row_with_one_figure_ends_in_empty_cells() -> None:
    heads = "name,kind,country,discipline.capacity,land.allocation,land.phased\n"
    Path("t.csv").write_text(heads + "A,zone,NA,125\nB,zone,NA,125,auction\n")
    result = assess_portfolio("t.csv", SMALL)
    assert (len(result.assessments), result.failed) == (2, ())


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_point_with_three_digits_behind_it_is_told_where_it_may_part_thousands(
    delimiter: str,
) -> None:
    def as_written(figure: str) -> str:
        return (HEAD + ROW.replace("125", figure)).replace(",", delimiter)

    for figure, ways in {"1.500": "1500 or 1.5", "12.345": "12345 or 12.3450"}.items():
        assert faults(as_written(figure)) == [
            f"t.csv:2:F: '{figure}' may be {ways.split()[2]} or a thousand times that, as the "
            f"point is read where commas are decimal; write {ways}"
        ]
    for figure in ("1.50", "0.125", "150", "12.3450"):
        assert faults(as_written(figure)) == []
    decimal = ROW.replace("125", "12.5").replace(",", delimiter)
    assert faults(as_written("12.345") + decimal) == []


def test_a_decimal_comma_in_a_file_with_semicolons_is_told() -> None:
    content = (HEAD + ROW).replace(",", ";").replace("125", "1,5")
    assert faults(content) == [f"t.csv:2:F: {OF_1_5}"]


def test_a_list_with_semicolons_in_a_file_with_commas_is_a_list() -> None:
    content = HEAD.replace("land.allocation,", "services.offered,")
    assert read(content.replace("land.allocation.evidence", "summary") + ROW.replace(
        "auction", "legal;roads"
    )) == ["Upland NA 40 None"]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            (HEAD + ROW.replace("Upland", "Zürich")).encode("latin-1"),
            "t.csv:2: byte 0xFC is not UTF-8; save it again as CSV in UTF-8",
        ),
        (
            (HEAD + ROW).encode("utf-16-le"),
            "t.csv: is not text; save it again as CSV in UTF-8",
        ),
        (
            b"\xff\xfe" + (HEAD + ROW).encode("utf-16-le") + b"\x00",
            "t.csv:3: byte 0x00 is not UTF-16; save it again as CSV in UTF-8",
        ),
        (
            (HEAD.replace("land.allocation.evidence", "kind") + ROW).encode(),
            "t.csv:1:E: 'kind' already heads column 2; keep one of them",
        ),
        (
            (HEAD.replace("land.allocation.evidence", "land.allocation.value") + ROW).encode(),
            "t.csv:1:E: 'land.allocation.value' is the same as 'land.allocation'; keep one of them",
        ),
    ],
)
def test_what_cannot_be_read_is_told_in_full(content: bytes, told: str) -> None:
    assert faults(content) == [told]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.text(st.sampled_from("ab1;, \t.\u00e9\u4e2d'"), max_size=12), min_size=3, max_size=3
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_cells_are_read_as_they_were_written(
    rows: list[list[str]], delimiter: str, end: str, quoting: int
) -> None:
    heads = ["name", "kind", "country"]
    out = io.StringIO(newline="")
    how = {"delimiter": delimiter, "lineterminator": end, "quoting": quoting}
    csv.writer(out, **how).writerows([heads, *rows])
    Path("t.csv").write_text(out.getvalue(), "utf-8", newline="")
    grid = TABLES[".csv"](Path("t.csv"))
    columns = [c if isinstance(c, Column) else Column.of(c) for c in grid.columns]
    found = [[column.at(row) for column in columns] for row in range(len(grid.lines))]
    assert found == [[cell.strip() or None for cell in row] for row in rows]


@given(
    st.lists(
        st.lists(
            st.text(st.sampled_from("abcdefgh\u00e9\u00a0\t\x7f 1.-"), max_size=40),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=60,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([7, 1000]),
)
def test_what_is_cut_in_bulk_is_what_the_csv_module_reads(
    rows: list[list[str]], end: str, part: int
) -> None:
    rows *= 5  # so that cells repeat
    text = "".join(f"{a},{b}{end}" for a, b in [["x", "y"], *rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assessor.cells._PART", part)
        plain = cut(text.encode(), ",")
    assert plain is not None
    columns, count = plain
    read = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert count == len(read)
    for place, column in enumerate(columns):
        own, other = [row[place] for row in read], Column.of([row[place] for row in read])
        assert [column.at(row) for row in range(count)] == [cell.strip() or None for cell in own]
        assert len(set(column.cells)) <= len(column.cells) == len(set(own))
        one, two = column.figures(), other.figures()
        assert (one is None) == (two is None)
        assert one is None or two is None or one.tobytes() == two.tobytes()
        assert column.empty.tolist() == other.empty.tolist()
        assert not column.brief(30) or all(len(c) <= 30 and c.isprintable() for c in own)
    assert cut(b"x,y\nKivu,C\xc3\xb4te\n", ",")[0][1].brief(5)  # type: ignore[index]


@given(
    st.lists(st.text("0123456789.-+eE null", max_size=20), min_size=1, max_size=20)
    | st.lists(st.from_regex(FIGURE, fullmatch=True), min_size=1, max_size=20)
)
@example(["0", "-0", "00", "0.50", "01", "1.", ".5", "1.2.3", "", "-1.5", "1e3", "1 000", "null"])
@example(["0.1", "123456.789012345", "9007199254740993", "1234567890.12345678", "1e-7", " ", " 2 "])
def test_a_figure_is_the_one_that_python_reads(written: list[str]) -> None:
    for cells in (written, *([cell] for cell in written)):
        content = "".join(f"{cell};\n" for cell in ["x", *cells])
        column = cut(content.encode(), ";")[0][0]  # type: ignore[index]
        bare = [cell.strip() for cell in cells]
        figures = column.figures()
        if not all(re.fullmatch(FIGURE, cell) or not cell for cell in bare):
            assert figures is None
        elif all(len(cell) <= 30 for cell in cells):
            whole = re.compile(r"-?[0-9]+")  # which has no negative zero
            numbers = [int(c) if whole.fullmatch(c) else float(c or "nan") for c in bare]
            assert figures is not None
            assert figures.tobytes() == np.array(numbers, float).tobytes()


@pytest.mark.parametrize(
    "content", ['a,b\n"1",2\n', "a,b\n1\n", "a,b\n1,2", "a,b\r1,2\r", "a,b\r\n1,2\n", "a\n1\n", ""]
)
def test_what_is_not_plain_is_left_to_the_csv_module(content: str) -> None:
    assert cut(content.encode(), ",") is None


def test_the_sheet_proposals_is_read_wherever_it_stands() -> None:
    book = xlsxwriter.Workbook("t.xlsx")
    book.add_worksheet("Read me").write(0, 0, "How to fill in")
    sheet = book.add_worksheet("Proposals")
    book.add_worksheet("Levels").write_formula("A1", "=1/0", None, "#DIV/0!")
    sheet.write_row(0, 0, HEAD.strip().split(","))
    sheet.write_row(1, 0, ["Upland", "zone", "NO", "auktion", "", 12.5])
    book.close()
    (failed,) = assess_portfolio("t.xlsx", SMALL).failed
    assert failed.errors == (
        "t.xlsx:Proposals!D2: land.allocation: 'auktion' is not a level; did you mean 'auction'?",
    )


def test_a_place_in_a_workbook_is_written_as_spreadsheets_write_it() -> None:
    book = xlsxwriter.Workbook("t.xlsx")
    sheet = book.add_worksheet("Ed's list")
    sheet.write_row(0, 0, ["name", "kind", "country"])
    sheet.write_row(1, 0, ["A", "zone", "KE"])
    sheet.write(1, 30, "stray")
    book.close()
    (failed,) = assess_portfolio("t.xlsx", SMALL).failed
    assert failed.errors == (
        "t.xlsx:'Ed''s list'!AE2: 'stray' stands in a column without a heading; "
        "write one, or remove it",
    )
