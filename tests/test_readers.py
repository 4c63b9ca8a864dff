"""Files in: YAML, folders and tables, all read alike, every fault with its row and column."""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessor import InputError, assess, assess_portfolio, load_proposal, to_frame
from assessor.proposal import Proposal, rubric_finder
from assessor.readers import TABLES, is_portfolio, read, read_each, read_frame
from assessor.record import to_json
from tests import small
from tests.conftest import ROOT
from tests.small import SMALL

HEADS = [*small.FACTS, *small.ANSWERS, "land.allocation.evidence", "targets.gdp_growth_percent"]
ROW = [*small.FACTS.values(), "yes", "tender", "yes", "legal; roads", 125, "inside", "§ 12", 45]


def write_csv(path: Path, rows: list[list[Any]], **how: Any) -> None:
    out = io.StringIO()
    csv.writer(out, **how).writerows(rows)
    path.write_bytes(out.getvalue().encode("utf-8-sig"))


def write_xlsx(path: Path, rows: list[list[Any]], **_: Any) -> None:
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()


def write_parquet(path: Path, rows: list[list[Any]], **_: Any) -> None:
    heads, *cells = rows
    frame = polars.DataFrame(cells, schema=heads, orient="row", infer_schema_length=None)
    frame.write_parquet(path)


WRITE = {".csv": write_csv, ".xlsx": write_xlsx, ".parquet": write_parquet}
each_table = pytest.mark.parametrize("ending", TABLES)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def faults(path: str | Path) -> list[str]:
    """What is told of a file or table that holds nothing sound."""
    reading = assess_portfolio(path, SMALL)
    assert not reading.assessments
    return [error for failed in reading.failed for error in failed.errors]


def table(*rows: list[Any], ending: str = ".csv", **how: Any) -> Path:
    path = Path(f"t{ending}")
    WRITE[ending](path, list(rows), **how)
    return path


def test_every_kind_of_table_is_tested() -> None:
    assert set(WRITE) == set(TABLES)


@each_table
def test_a_row_of_a_table_scores_as_the_same_proposal_in_yaml(ending: str) -> None:
    evidence = {"land.allocation": {"value": "tender", "evidence": "§ 12"}}
    Path("p.yaml").write_text(
        small.text(answers=evidence, targets={"gdp_growth_percent": 45}), "utf-8"
    )
    one = assess("p.yaml", SMALL)
    result = assess_portfolio(table(HEADS, ROW, ending=ending), SMALL)
    assert not result.failed
    (other,) = result.assessments
    assert replace(other, proposal=one.proposal) == one  # whose hash is that of another file
    assert one.score == pytest.approx(65)
    assert result.ranking[0].file == f"t{ending}:2"


@each_table
@pytest.mark.parametrize("country", ["NA", "NO", "na"])
def test_namibia_and_norway_stay_countries(ending: str, country: str) -> None:
    row = [ROW[0], ROW[1], country, *ROW[3:]]
    result = assess_portfolio(table(HEADS, row, ending=ending), SMALL)
    assert [r.country for r in result.ranking] == [country.upper()]


@each_table
def test_an_empty_cell_is_no_answer(ending: str) -> None:
    row = [*ROW[:3], None, "", "  ", None, None, None, None, None]
    if ending == ".parquet":
        row = [*ROW[:3], *[None] * 8]
    result = assess_portfolio(table(HEADS, row, ending=ending), SMALL)
    assert result.assessments[0].coverage == 0
    assert not result.failed


@each_table
@pytest.mark.parametrize(
    ("cell", "ticked"),
    [
        ("legal", ["legal"]),
        ("24", ["24"]),
        ("legal;", ["legal"]),
        ("legal; 24", ["legal", "24"]),
        ("[legal, 24]", ["legal", "24"]),
        ("[]", []),
    ],
)
def test_a_checklist_in_a_cell(ending: str, cell: str, ticked: list[str]) -> None:
    row = [
        cell if head == "services.offered" else value
        for head, value in zip(HEADS, ROW, strict=True)
    ]
    (one,) = assess_portfolio(table(HEADS, row, ending=ending), SMALL).assessments
    answers = {i.id: i.answer for f in one.factors for i in f.indicators}
    assert answers["services.offered"] == ticked


def test_a_list_of_a_parquet_file_is_a_checklist() -> None:
    frame = polars.DataFrame([{**small.FACTS, **small.ANSWERS}])
    frame.write_parquet("t.parquet")
    (one,) = assess_portfolio("t.parquet", SMALL).assessments
    assert one.score == pytest.approx(65)


def test_a_gap_in_a_column_of_figures_is_no_answer() -> None:
    rows = [{**small.FACTS, "discipline.capacity": value} for value in (125.0, None, float("nan"))]
    polars.DataFrame(rows).write_parquet("t.parquet")
    result = assess_portfolio("t.parquet", SMALL)
    assert [one.coverage for one in result.assessments] == [pytest.approx(20), 0, 0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_as_spreadsheets_of_any_country_save_it(delimiter: str, end: str) -> None:
    path = table(HEADS, ROW, [], ROW, delimiter=delimiter, lineterminator=end)
    result = assess_portfolio(path, SMALL)
    assert [row.file for row in result.ranking] == ["t.csv:2", "t.csv:4"]


@each_table
def test_figures_where_text_is_due_are_text(ending: str) -> None:
    heads = ["name", "kind", "country", "date", "made_up", "land.phased", "land.phased.reason"]
    day: Any = "2026-03-31" if ending == ".csv" else datetime.date(2026, 3, 31)
    result = read(table(heads, [2030, "zone", "KE", day, True, True, 12], ending=ending))
    assert not result.failed, result.failed[0][1]
    proposal = result.proposals[0][1]
    assert (proposal.name, proposal.date, proposal.made_up) == ("2030", "2026-03-31", True)
    assert proposal.answers["land.phased"].reason == "12"
    assert small.rubric().questions["land.phased"].code(proposal.answers["land.phased"].value) == 1


@each_table
def test_every_fault_of_a_row_is_told_with_row_and_column(ending: str) -> None:
    bad = ["", "zonne", "XX", "perhaps", "auktion", "yes", "legal; rods", 1001, "inside", "§", 45]
    if ending == ".parquet":
        bad[0] = None
    at = [f"t{ending}:2:{letter}" for letter in "@ABCDEFGH"]
    if ending == ".xlsx":
        at = [f"t.xlsx:Sheet1!{letter}2" for letter in "@ABCDEFGH"]
    assert faults(table(HEADS, bad, ending=ending)) == [
        f"{at[1]}: 'name' is missing; add it",
        f"{at[2]}: 'zonne' is not a kind; did you mean 'zone'?",
        f"{at[3]}: 'XX' is no country; write its two letters of ISO 3166, such as KE",
        f"{at[4]}: zone_test.delimited: 'perhaps' is neither yes nor no; write yes or no",
        f"{at[5]}: land.allocation: 'auktion' is not a level; did you mean 'auction'?",
        f"{at[7]}: services.offered: 'rods' is not an item; did you mean 'roads'?",
        f"{at[8]}: discipline.capacity: 1001 lies outside 0 to 1000 percent; "
        "check the figure and its unit",
    ]


def test_one_bad_row_does_not_spoil_the_others() -> None:
    bad = ["Bad", "zone", "XX", *ROW[3:]]
    result = assess_portfolio(table(HEADS, *[ROW] * 150, bad, *[ROW] * 149), SMALL)
    assert len(result.assessments) == 299
    assert {one.score for one in result.assessments} == {result.assessments[0].score}
    assert [(f.file, f.errors) for f in result.failed] == [
        (
            "t.csv:152",
            ("t.csv:152:C: 'XX' is no country; write its two letters of ISO 3166, such as KE",),
        )
    ]


@each_table
def test_a_name_that_is_too_long_costs_its_row_and_says_so_once(ending: str) -> None:
    result = assess_portfolio(table(HEADS, ["x" * 300, *ROW[1:]], ROW, ending=ending), SMALL)
    assert len(result.assessments) == 1
    (told,) = (line for failed in result.failed for line in failed.errors)
    assert told.endswith("its length is 300, so shorten it to 120")


def test_a_wrong_heading_is_told_at_the_heading() -> None:
    heads = [head.replace("allocation", "alocation") for head in HEADS]
    told = faults(table(heads, ROW))
    message = "there is no question 'land.alocation'; did you mean 'land.allocation'?"
    assert told == [f"t.csv:1:E: {message}", f"t.csv:1:J: {message}"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            [["nam", "kind", "kind", "", "x"], ["a"]],
            [
                "t.csv:1:A: there is no column 'nam'; did you mean 'name'?",
                "t.csv:1:C: 'kind' already heads column 2; keep one of them",
                "t.csv:1: the column 'country' is missing; add it",
                "t.csv:2:A: 'kind' is missing; add it",
            ],
        ),
        (
            [["", ""], [" ", ""]],
            ["t.csv:1: the first row is empty; write the headings of the columns there"],
        ),
        (
            [["name", "kind", "country"]],
            ["t.csv: the table has no rows below its headings; write a proposal in each"],
        ),
        (
            [["name", "kind", "country"], ["a", "zone", "KE", "", "more"]],
            [
                "t.csv:2:D: the row has 5 cells and the headings are 3; put quotes round a text "
                "with ',' in it, and write 1.5 for 1,5"
            ],
        ),
        (
            [["name", "kind", "country", ""], ["a", "zone", "KE", "more"]],
            ["t.csv:2:D: 'more' stands in a column without a heading; write one, or remove it"],
        ),
    ],
)
def test_a_table_that_is_laid_out_wrongly(rows: list[list[str]], told: list[str]) -> None:
    assert faults(table(*rows)) == told


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("t.csv", b"", "t.csv: is empty; write the headings and a proposal in each row"),
        (
            "t.csv",
            b"name,kind\na,zone\n\xff\xfe,b",
            "t.csv:3: byte 0xFF is not UTF-8; save it again as CSV in UTF-8",
        ),
        (
            "t.csv",
            b'name,kind\na,"zo"ne\n',
            "t.csv:2: the table is broken here (',' expected after '\"'); save it again as CSV",
        ),
        (
            "t.csv",
            b"name,kind\n" + b"x" * 200_000,
            "t.csv:2: the table is broken here (field larger than field limit (131072)); "
            "save it again as CSV",
        ),
        (
            "t.xlsx",
            b"name,kind\n",
            "t.xlsx: is no workbook that can be read (File is not a zip file); "
            "save it again as .xlsx",
        ),
    ],
)
def test_a_file_that_is_no_table(name: str, content: bytes, told: str) -> None:
    Path(name).write_bytes(content)
    assert faults(name) == [told]


@pytest.mark.parametrize("ending", [".xls", ".xlsm", ".xlsb", ".ods", ".XLS"])
def test_a_spreadsheet_of_another_kind_is_refused_with_the_way_out(ending: str) -> None:
    Path(f"t{ending}").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1"))
    told = f"t{ending}: a spreadsheet is read as .xlsx, not as {ending.lower()}; "
    assert faults(f"t{ending}") == [f"{told}open it and save it as .xlsx"]


def test_a_workbook_with_a_password_is_told_as_such() -> None:
    Path("t.xlsx").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(100))
    told = "t.xlsx: is an old .xls, or has a password; save it as .xlsx without a password"
    assert faults("t.xlsx") == [told]


def test_a_file_that_is_no_parquet() -> None:
    Path("t.parquet").write_bytes(b"PAR1" + b"\0" * 100)
    (told,) = faults("t.parquet")
    assert told.startswith("t.parquet: is no Parquet file that can be read (")
    assert told.endswith("); write it again")


def test_a_table_that_is_not_there() -> None:
    table(HEADS, ROW)
    assert faults("u.csv") == ["u.csv: no such file; did you mean 't.csv'?"]
    assert faults("nowhere/u.csv") == [
        "nowhere/u.csv: no such file; the folder 'nowhere' cannot be opened"
    ]
    long = "x" * 5_000 + ".csv"
    assert faults(long) == [f"{long}: cannot be read (File name too long); check its rights"]
    os.mkfifo("pipe.csv")
    assert faults("pipe.csv") == [
        "pipe.csv: is a pipe or a device; save its content as a file first"
    ]


def test_a_table_of_50_mb_is_read_and_one_of_150_is_not() -> None:
    with Path("t.csv").open("wb") as file:
        file.truncate(150_000_000)
    assert faults("t.csv") == ["t.csv: has more than 100 MB; split it"]


def test_one_stray_cell_does_not_end_the_interpreter() -> None:
    book = xlsxwriter.Workbook("t.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADS)
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    assert faults("t.xlsx") == [
        "t.xlsx: a sheet is 1048576 rows by 16384 columns large; delete what lies far outside"
    ]


def test_a_workbook_that_unpacks_without_end_is_refused() -> None:
    with zipfile.ZipFile("t.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        for number in range(6):
            book.writestr(f"xl/worksheets/sheet{number}.xml", b"\0" * 100_000_000)
    assert Path("t.xlsx").stat().st_size < 1_000_000
    assert faults("t.xlsx") == ["t.xlsx: has more than 500 MB unpacked; split it"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_workbook_is_refused_or_read(data: st.DataObject) -> None:
    content = bytearray(_workbook())
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    Path("d.xlsx").write_bytes(content[: data.draw(st.integers(0, len(content)))])
    read_each(["d.xlsx"], rubric_finder(SMALL))


def _workbook() -> bytes:
    if not Path("whole.xlsx").exists():
        write_xlsx(Path("whole.xlsx"), [HEADS, ROW])
    return Path("whole.xlsx").read_bytes()


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.text(), max_size=12), max_size=4))
def test_any_text_in_a_row_is_read_or_refused(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([HEADS, *rows])
    Path("any.csv").write_bytes(out.getvalue().encode("utf-8", "surrogatepass"))
    result = assess_portfolio("any.csv", small.rubric())
    json.loads(to_json(result))


def put(*names: str, text: str | None = None) -> None:
    """A proposal, or another text, under each of these paths."""
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(small.text(name=name) if text is None else text, "utf-8")


def found(folder: str = ".") -> list[str]:
    return [file for file, _ in read(folder).proposals]


def test_a_folder_is_searched_to_its_end_and_in_order() -> None:
    put("b.yaml", "a.yml", "c.YAML", "a/z.yaml", "a/b/c/deep.yaml", "b/a.yaml")
    put("notes.txt", "table.csv", "a/x.xlsx", text="nothing")
    put("._a.yaml", ".git/a.yaml", "a/.hidden/b.yaml")
    expected = ["a.yml", "a/b/c/deep.yaml", "a/z.yaml", "b.yaml", "b/a.yaml", "c.YAML"]
    assert sorted(found()) == sorted(expected)
    assert found() == [str(path) for path in sorted(map(Path, expected))]
    assert is_portfolio(".")
    assert not is_portfolio("b.yaml")
    assert not is_portfolio("x" * 5_000)


def test_links_between_folders_are_followed_once_and_never_in_a_circle() -> None:
    put("in/a.yaml", "elsewhere/b.yaml")
    Path("in/loop").symlink_to(Path.cwd() / "in")
    Path("in/linked").symlink_to(Path.cwd() / "elsewhere")
    Path("in/again").symlink_to(Path.cwd() / "elsewhere")
    Path("elsewhere/up").symlink_to(Path.cwd())
    assert found("in") == ["in/a.yaml", "in/again/b.yaml"]


def test_a_rubric_beside_its_proposals_is_none_of_them() -> None:
    put("a.yaml")
    for file in sorted(SMALL.parent.iterdir()):
        put(f"rubric/{file.name}", text=file.read_text("utf-8"))
    for file in sorted((ROOT / "rubrics").glob("*.yaml")):
        put(f"rubrics/{file.name}", text=file.read_text("utf-8"))
    reading = read(".")
    assert ([file for file, _ in reading.proposals], reading.failed) == (["a.yaml"], ())


def test_what_cannot_be_a_proposal_is_told_and_not_passed_over() -> None:
    put("a.yaml")
    put("b.yaml", text="factors: 3\nname: [\n")
    put("c.yaml", text="pillar: 4\n")
    Path("d.yaml").symlink_to("nowhere.yaml")
    os.mkfifo("e.yaml")
    reading = read(".")
    assert [file for file, _ in reading.proposals] == ["a.yaml"]
    assert [file for file, _ in reading.failed] == ["b.yaml", "c.yaml", "d.yaml", "e.yaml"]


def test_a_folder_below_that_is_closed_spoils_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a.yaml", "shut/b.yaml", "z/c.yaml")
    scandir = os.scandir

    def scan(path: Any) -> Any:
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    reading = read(".")
    assert [file for file, _ in reading.proposals] == ["a.yaml", "z/c.yaml"]
    told = "shut: cannot be opened (Permission denied); check its rights"
    assert [(file, str(error)) for file, error in reading.failed] == [("shut", told)]


def test_tables_in_a_folder_are_told_but_for_results() -> None:
    put("p/a.yaml", "p/b.yaml")
    put("p/three.csv", "p/below/four.XLSX", "p/p-assessed.xlsx", text="x")
    told = "p: not read: the tables 'p/below/four.XLSX', 'p/three.csv'; to read one, name it"
    result = assess_portfolio("p", SMALL)
    assert (len(result.assessments), result.failed, result.not_read) == (2, (), (told,))
    assert assess_portfolio(["p/a.yaml", "p/b.yaml"], SMALL).not_read == ()


def test_a_folder_without_proposals() -> None:
    told = ".: no proposal is in this folder; "
    assert faults(".") == [f"{told}put files that end in .yaml into it"]
    put("below/t.csv", "below/s.xlsx", text="x")
    assert faults(".") == [f"{told}to read a table, name it: below/s.xlsx"]


@each_table
def test_of_a_heading_of_several_lines_the_last_one_counts(ending: str) -> None:
    heads = [f"A title, or two\n{head}" if "." in head else head for head in HEADS]
    (one,) = assess_portfolio(table(heads, ROW, ending=ending), SMALL).assessments
    assert one.score == pytest.approx(65)


def test_one_bad_file_does_not_spoil_the_others() -> None:
    for number in range(3):
        Path(f"{number}.yaml").write_text(small.text())
    Path("1.yaml").write_text("name: [\n")
    result = assess_portfolio(["0.yaml", "1.yaml", "2.yaml", "nowhere"], SMALL)
    assert [row.file for row in result.ranking] == ["0.yaml", "2.yaml"]
    assert [(f.file, f.errors) for f in result.failed] == [
        ("1.yaml", ("1.yaml:1:7: '[' is not closed; add ']'",)),
        ("nowhere", ("nowhere: no such file; known: 0.yaml, 1.yaml, 2.yaml",)),
    ]


def test_a_file_that_is_named_twice_is_read_once() -> None:
    put("a/p.yaml", "a/q.yaml")
    Path("link.yaml").symlink_to("a/p.yaml")
    again = ["a/p.yaml", "a/../a/p.yaml", Path("a/p.yaml").absolute(), "link.yaml", "a"]
    result = assess_portfolio([*again, table(HEADS, ROW), "./t.csv"], SMALL)
    assert sorted(row.file for row in result.ranking) == ["a/p.yaml", "a/q.yaml", "t.csv:2"]


def test_proposals_may_be_made_in_python_and_stand_beside_files() -> None:
    put("p.yaml")
    data = small.data(name="Made")
    given = ["p.yaml", load_proposal("p.yaml"), Proposal.model_validate(data), data, data]
    result = assess_portfolio(given, SMALL)
    names = ["p.yaml", "p.yaml (2)", "Made", "Made (2)", "Made (3)"]
    assert {row.file for row in result.ranking} == set(names)
    assert len({one.score for one in result.assessments}) == 1
    assert assess_portfolio(data, SMALL).assessments == (
        assess(Proposal.model_validate(data), SMALL),
    )


def test_faults_of_dicts_are_told_by_their_path() -> None:
    wrong = small.data(name="Made", country="XX", answers={"land.allocation": "auktion"})
    result = assess_portfolio([small.data(), wrong, {"kind": "zone"}, 3], SMALL)
    assert len(result.assessments) == 1
    assert [(f.file, f.errors) for f in result.failed] == [
        (
            "Made",
            (
                "Made: answers.land.allocation.value: land.allocation: 'auktion' is not a level; "
                "did you mean 'auction'?",
                "Made: country: 'XX' is no country; write its two letters of ISO 3166, such as KE",
            ),
        ),
        (
            "proposal 3",
            (
                "proposal 3: 'country' is missing; add it",
                "proposal 3: 'name' is missing; add it",
            ),
        ),
        (
            "proposal 4",
            (
                "proposal 4: a value of type int is no proposal; give a file's path, a Proposal "
                "or a dict",
            ),
        ),
    ]


def test_a_file_name_that_is_no_utf8_can_be_told() -> None:
    Path(os.fsdecode(b"\xff.yaml")).write_text(small.text())
    result = assess_portfolio(".", SMALL)
    assert json.loads(to_json(result))["ranking"][0]["file"] == "\\udcff.yaml"


def test_a_proposal_is_the_same_in_a_batch_and_alone() -> None:
    Path("p.yaml").write_text(small.text())
    alone = assess(load_proposal("p.yaml"), SMALL)
    (batched, *_) = assess_portfolio(["p.yaml", table(HEADS, *[ROW] * 3)], SMALL).assessments
    assert batched == alone


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_dataframe_gives_what_its_table_gives(suffix: str, tmp_path: Path) -> None:
    columns = {
        "name": ["One", "Two"],
        "kind": ["zone", "zone"],
        "country": ["NA", "NO"],
        "land.allocation": ["auction", None],
        "administration.approval_hours": [48.0, float("nan")],
    }
    frame = polars.DataFrame(columns)
    path = tmp_path / f"table{suffix}"
    if suffix == ".csv":
        frame.fill_nan(None).write_csv(path)
    else:
        write_xlsx(path, [list(columns), *map(list, frame.fill_nan(None).rows())])
    first, second = assess_portfolio(frame), assess_portfolio(path)
    assert [one.score for one in first.assessments] == [one.score for one in second.assessments]
    assert [row.name for row in first.ranking] == [row.name for row in second.ranking]


def test_faults_of_a_dataframe_name_row_and_column() -> None:
    frame = polars.DataFrame({"name": ["One"], "kind": ["zone"], "country": ["XX"]})
    (failed,) = assess_portfolio(frame).failed
    assert failed.file == "dataframe:2"
    assert failed.errors[0].startswith("dataframe:2:C: ")


def test_a_lazy_dataframe_is_refused_with_the_way_out() -> None:
    lazy = polars.LazyFrame({"name": ["One"]})
    with pytest.raises(InputError, match="LazyFrame is no dataframe in memory; collect it"):
        read_frame(lazy)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError, match="LazyFrame is no dataframe in memory; collect it"):
            assess_portfolio(lazy)


def test_results_come_out_as_a_dataframe() -> None:
    result = assess_portfolio(
        polars.DataFrame({"name": ["A"], "kind": ["zone"], "country": ["KE"]})
    )
    frame = to_frame(result)
    assert frame["Rating"].to_list() == ["NR"]
    assert frame["Score"].to_list() == [None]
    assert frame["High"].to_list() == [result.assessments[0].interval[1]]
    assert "Land" in " ".join(frame.columns)
