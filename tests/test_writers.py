"""Results out: every format, whole or not at all, and nothing in them that runs."""

from __future__ import annotations

import csv
import dataclasses
import errno
import io
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from assessor import (
    Assessment,
    InputError,
    PdfUnavailable,
    PortfolioAssessment,
    assess_portfolio,
    pdf,
    write,
    writers,
)
from assessor import sheets as tables
from assessor.record import Result, to_json
from assessor.rubric import ResemblanceRule
from assessor.writers import WRITERS, check_outputs, replace
from tests import small
from tests.conftest import ROOT
from tests.small import SMALL

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\r=1+1",
    "=cmd|' /C calc'!A0",
    "＝1",
    "http://x.y/",
    "{{ 7*7 }}",
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def portfolio(*names: str, fails: bool = False) -> PortfolioAssessment:
    for number, name in enumerate(names):
        evidence = {"land.allocation": {"value": "auction", "evidence": name}}
        text = small.text(name=name, answers=evidence)
        Path(f"{number}.yaml").write_text(text, "utf-8")
    if fails:
        Path("=bad.yaml").write_text("name: [")
    return assess_portfolio(".", SMALL)


def sheets(path: str) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(path)
    return {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for name in book.sheet_names
    }


def test_a_record_comes_back_from_json_as_it_was() -> None:
    one = small.assessed()
    write(one, "a.json")
    assert Assessment.from_json(Path("a.json").read_bytes()) == one
    assert json.loads(to_json(one))["score"] == one.score


def test_kind_both_is_a_list_of_two_records() -> None:
    one = small.assessed()
    assert json.loads(to_json([one, one])) == [json.loads(to_json(one))] * 2


@pytest.mark.parametrize("number", [1, 2])
def test_what_is_attached_to_a_pdf_is_what_json_writes(number: int) -> None:
    records = [small.assessed()] * number
    write(records, "a.json")
    write(records, "a.pdf")
    attached = PdfReader("a.pdf").attachments
    assert attached == {"assessment.json": [Path("a.json").read_bytes()]}


def test_a_list_of_one_record_is_that_record_in_json() -> None:
    one = small.assessed()
    assert to_json([one]) == to_json(one)


def test_a_portfolio_in_json() -> None:
    result = portfolio("A", "B", fails=True)
    data = json.loads(to_json(result))
    assert set(data) == {
        "schema_version",
        "assessments",
        "ranking",
        "resemblance",
        "failed",
        "rank_chances",
        "not_read",
    }
    assert data["failed"] == [
        {"file": "=bad.yaml", "errors": ["=bad.yaml:1:7: '[' is not closed; add ']'"]}
    ]
    assert PortfolioAssessment.checked(data) == result


def test_json_lines_are_the_records_and_then_what_failed() -> None:
    result = portfolio("A", "Ängelholm", fails=True)
    write(result, "a.jsonl")
    first, second, failed, rest = Path("a.jsonl").read_bytes().split(b"\n")
    assert [Assessment.from_json(one) for one in (first, second)] == [*result.assessments]
    assert json.loads(failed) == json.loads(to_json(result))["failed"][0]
    assert rest == b""


def test_json_lines_of_one_proposal_are_one_line() -> None:
    one = small.assessed()
    write(one, "a.jsonl")
    assert Assessment.from_json(Path("a.jsonl").read_bytes()) == one
    assert Path("a.jsonl").read_bytes().count(b"\n") == 1


def test_parquet_is_the_table_with_numbers_as_numbers() -> None:
    result = portfolio("=1+1", "Ängelholm")
    write(result, "a.parquet")
    frame = polars.read_parquet("a.parquet")
    assert frame.equals(writers.to_frame(result))
    assert frame["Proposal"].to_list() == ["=1+1", "Ängelholm"]  # no program runs it
    assert frame["Score"].dtype == polars.Float64
    assert frame["Score"].to_list() == [one.score for one in result.assessments]


def test_parquet_keeps_its_types_where_nothing_is_known() -> None:
    Path("a.yaml").write_text("{name: A, kind: zone, country: NA}")
    write(assess_portfolio("a.yaml", SMALL), "a.parquet")
    frame = polars.read_parquet("a.parquet")
    assert frame["Score"].dtype == frame["Land regime"].dtype == polars.Float64
    assert frame["Score"].to_list() == [None]


def test_parquet_without_polars_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "find_spec", lambda _: None)
    check_outputs(["a.csv"])
    with pytest.raises(InputError) as refused:
        check_outputs(["a.parquet"])
    assert str(refused.value) == (
        "a.parquet: needs polars; to install it, type: pip install 'zone-assessor[tables]'"
    )


def test_csv_has_a_row_for_each_proposal() -> None:
    write(portfolio("Ängelholm", "B"), "a.csv")
    rows = list(csv.DictReader(io.StringIO(Path("a.csv").read_bytes().decode("utf-8-sig"))))
    assert [row["Proposal"] for row in rows] == ["Ängelholm", "B"]
    assert float(rows[0]["Score"]) == pytest.approx(80)
    assert float(rows[0]["Land regime"]) == pytest.approx(100)
    assert rows[0]["Prerequisites met"] == "1"
    standing = ("Rank", "Best rank", "Worst rank", "Weakest factor", "Dominated by", "File")
    assert [rows[1][name] for name in standing] == ["1", "1", "1", "Services", "0", "1.yaml"]
    drawn = ("Best rank drawn", "Worst rank drawn", "Keeps its rank", "Standard error")
    assert [rows[1][name] for name in drawn] == ["1", "1", "100.0", "0.0"]


def test_copies_have_a_sheet_of_their_own() -> None:
    where = {"sectors": ["Garments"], "hinterland": "East"}
    rule = ResemblanceRule(
        questions=("land.allocation",), reason="r", lesson="auction", sources=("6/specific ¶4",)
    )
    rubric = small.rubric()
    alike = dataclasses.replace(rubric, file=dataclasses.replace(rubric.file, resemblance=rule))
    for name in "AB":
        Path(f"{name}.yaml").write_text(small.text(name=name, **where))
    Path("C.yaml").write_text(small.text(name="C", sectors=["garment making"], hinterland="East"))
    write(assess_portfolio(["A.yaml", "B.yaml", "C.yaml"], alike), "a.xlsx")
    words = "Garments; garment making"
    assert sheets("a.xlsx")["Copies"][1:] == [
        *([1, "the same", name, "small", "KE", "East", "Garments"] for name in "AB"),
        *([2, "nearly the same", name, "small", "KE", "East", words] for name in "ABC"),
    ]


def test_prerequisites_have_a_sheet_that_names_who_fails_which() -> None:
    for number, answer in enumerate(["yes", "no", None]):
        data = small.data(name=f"P{number}")
        data["answers"]["zone_test.delimited"] = answer
        Path(f"{number}.yaml").write_text(json.dumps(data))
    write(assess_portfolio(["0.yaml", "1.yaml", "2.yaml"], SMALL), "a.xlsx")
    head, *rows = sheets("a.xlsx")["Prerequisites"]
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["Proposal"], row["State"]) for row in told] == [
        ("P0", "met"), ("P1", "not met"), ("P2", "not answered"),
    ]  # fmt: skip
    assert [bool(row["Next"]) for row in told] == [False, True, False]


def test_the_sheets_of_a_workbook() -> None:
    write(portfolio("A", "B", fails=True), "a.xlsx")
    book = sheets("a.xlsx")
    assert list(book) == [
        "Ranking", "Chances of ranks", "Scores", "Prerequisites", "Indicators", "Findings",
        "Next steps", "Next questions", "How sure", "Other methods", "What moves the rating",
        "Failed", "Method",
    ]  # fmt: skip
    assert dict(zip(*book["Ranking"][:2], strict=True)) == {
        "Rank": 1,
        "Proposal": "A",
        "Country": "KE",
        "Rubric": "small",
        "Rating": "A",
        "Range": "A",
        "Score": 80,
        "Low": 80,
        "High": 80,
        "Coverage": 100,
        "Best rank": 1,
        "Worst rank": 1,
        "Best rank drawn": 1,
        "Worst rank drawn": 1,
        "Keeps its rank": 100,
        "Standard error": 0,
        "Weakest factor": "Services",
        "Dominates": "",
        "Dominated by": 0,
        "File": "0.yaml",
    }
    assert len(book["Indicators"]) == 1 + 2 * 5
    assert book["Failed"][1] == ["=bad.yaml", "1:7: '[' is not closed; add ']'"]
    assert ["small", "Rating NR", "Answers cover less than 65 percent of the weight"] in book[
        "Method"
    ]


def promising() -> PortfolioAssessment:
    """A proposal with plans, one that fails a prerequisite, one that is hardly known."""
    plan = {"land.allocation": {"value": "auction", "status": "planned", "today": "negotiated"}}
    no = {"zone_test.delimited": "no", "services.offered": ["legal"], "land.phased": None}
    texts = [
        small.text(name="A", answers=plan),
        small.text(name="B", answers=no),
        "{name: C, kind: zone, country: KE}",
    ]
    for number, text in enumerate(texts):
        Path(f"{number}.yaml").write_text(text, "utf-8")
    return assess_portfolio(".", SMALL)


def rows_of(result: Result, sheet: str) -> list[dict[str, Any]]:
    head, *rows = dict(tables.sheets(result))[sheet]
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def test_the_chances_of_ranks_are_those_of_the_record() -> None:
    result = promising()
    (chances,) = result.rank_chances
    told = rows_of(result, "Chances of ranks")
    assert [row["Proposal"] for row in told] == [*chances.names]
    for row, shares in zip(told, chances.chances, strict=True):
        assert [row["Rank 1"], row["Rank 2"]] == [100 * share for share in shares]
    lines = rows_of(result, "Ranking")
    for line, ranked in zip(lines, result.ranking, strict=True):
        own = [line[name] for name in ("Best rank drawn", "Worst rank drawn", "Keeps its rank")]
        if ranked.rank is None:
            assert own == [None, None, None]
        else:
            i = chances.members.index(ranked.assessment)
            assert own == [*chances.ranges[i], 100 * chances.keeps[i]]
    assert f"{chances.names[0]} stays first, alone or with others, in " in str(
        rows_of(result, "Method")
    )


def test_where_ranks_were_not_drawn_their_columns_are_empty() -> None:
    result = dataclasses.replace(promising(), rank_chances=())
    assert "Chances of ranks" not in dict(tables.sheets(result))
    assert {row["Keeps its rank"] for row in rows_of(result, "Ranking")} == {None}


def test_how_sure_is_told_in_percent_and_points() -> None:
    result = promising()
    for one, row in zip(result.assessments, rows_of(result, "How sure"), strict=True):
        robust = one.robustness
        assert [row["Weights drawn, low"], row["Weights drawn, high"]] == [*robust.weight_interval]
        assert row["Weights and answers drawn, low"] == robust.draw_interval[0]
        assert row["Weights moved, high"] == robust.exact_range[1]
        assert row["Weights moved, answers worst or best, high"] == robust.exact_range_open[1]
        for chance in robust.chances:
            assert row[f"Chance of {chance.rating}"] == 100 * chance.chance
            assert row[f"Standard error of {chance.rating}"] == 100 * chance.standard_error
        if not robust.chances:
            assert row["Chance of A"] is row["Score"] is None
    told = [(row["Proposal"], row["Score"]) for row in rows_of(result, "Other methods")]
    methods = [
        (o.proposal.name, v.score) for o in result.assessments for v in o.robustness.variants
    ]
    assert told == methods
    moved = [row["Score then"] for row in rows_of(result, "What moves the rating")]
    assert moved == [s.score for one in result.assessments for s in one.levers.switches]


def test_the_least_effort_begins_with_prerequisites() -> None:
    result = promising()
    told = [row for row in rows_of(result, "Least effort") if row["Proposal"] == "B"]
    path = result.assessments[1].path
    assert path
    assert [row["Id"] for row in told] == [
        *path.prerequisites,
        *(step.indicator for step in path.steps),
    ]
    assert [row["What"] for row in told][: len(path.prerequisites)] == ["prerequisite"]
    assert told[-1]["Gain in the set"] == path.steps[-1].gain_in_set
    assert {row["Score after all"] for row in told} == {path.score_after}
    assert {row["Least effort"] for row in told} == {"none takes less"}


def test_an_open_prerequisite_is_to_be_found_out_before_all_steps() -> None:
    one = promising().assessments[1]
    (test,) = one.prerequisites
    assert one.path
    path = dataclasses.replace(one.path, prerequisites=(), unknown=(test.id,))
    row = rows_of(dataclasses.replace(one, path=path), "Least effort")[0]
    told = [row["What"], row["Step"], row["Id"]]
    assert told == ["open prerequisite", f"Find out: {test.question}", test.id]


def test_a_rating_out_of_reach_is_a_row_of_its_own() -> None:
    one = promising().assessments[1]
    path = dataclasses.replace(one.path, reaches=False, steps=())  # type: ignore[type-var]
    (row,) = rows_of(dataclasses.replace(one, path=path), "Least effort")
    assert row["Step"] == "No set of better answers leads there"
    assert row["Least effort"] is None


def test_factors_of_two_rubrics_by_one_title_are_two_columns() -> None:
    folder = ROOT / "examples" / "portfolio"
    both = [
        folder / "bahari-electronics-assembly-zone.yaml",
        folder / "maua-horticulture-park.yaml",
    ]
    result = assess_portfolio(both)
    head, *rows = tables.scores(result)
    assert len(set(head)) == len(head)
    frame = writers.to_frame(result)
    assert frame.columns == head
    assert [list(row) for row in frame.rows()] == rows
    twice = [name for name in map(str, head) if name.startswith("FDI and diaspora (")]
    assert [len(frame[name].drop_nulls()) for name in twice] == [1, 1]


def test_a_factor_titled_as_a_column_keeps_apart() -> None:
    result = small.assessed(small.data())
    (first, *others) = result.factors
    named = dataclasses.replace(
        result, factors=(dataclasses.replace(first, title="Score"), *others)
    )
    head = tables.scores(named)[0]
    assert f"Score ({first.id})" in head
    assert head.count("Score") == 1


def test_what_is_promised_is_told_by_factor() -> None:
    result = promising()
    delivery = result.assessments[0].delivery
    assert delivery
    whole, *factors = rows_of(result, "Promised and secured")
    assert [whole["Promised"], whole["Secured"], whole["In place"]] == [
        delivery.promised.score, delivery.secured.score, delivery.in_place.score,
    ]  # fmt: skip
    assert whole["At risk"] == delivery.promised.score - delivery.secured.score > 0
    assert whole["Rating secured"] == delivery.secured.rating
    assert whole["Planned without evidence"] == delivery.unproven[0][1]
    assert [row["At risk"] for row in factors] == [f.promised - f.secured for f in delivery.factors]


def test_what_is_not_rated_has_no_rank() -> None:
    Path("a.yaml").write_text("{name: A, kind: zone, country: NA}")
    write(assess_portfolio("a.yaml", SMALL), "a.xlsx")
    assert sheets("a.xlsx")["Ranking"][1][:5] == ["", "A", "NA", "small", "NR"]


def test_what_is_not_rated_has_no_score_but_an_interval() -> None:
    Path("a.yaml").write_text("{name: A, kind: zone, country: NA}")
    result = assess_portfolio("a.yaml", SMALL)
    write(result, "a.xlsx")
    write(result, "a.csv")
    (row,) = csv.DictReader(io.StringIO(Path("a.csv").read_bytes().decode("utf-8-sig")))
    for name in ("Ranking", "Scores"):
        cells = dict(zip(*sheets("a.xlsx")[name][:2], strict=True))
        assert [cells[i] for i in ("Rating", "Range", "Score", "Low", "High")] == [
            "NR", "D to A", "", 0, 100,
        ]  # fmt: skip
    assert [row[i] for i in ("Rating", "Range", "Score", "Low", "High", "Land regime")] == [
        "NR", "D to A", "", "0.0", "100.0", "",
    ]  # fmt: skip
    assert writers.to_frame(result)["Score"].to_list() == [None]


def test_evidence_that_was_not_found_stars_the_rating() -> None:
    silent = {"services.offered": {"state": "insufficient_evidence"}}
    Path("a.yaml").write_text(small.text(answers=silent), "utf-8")
    result = assess_portfolio("a.yaml", SMALL)
    write(result, "a.xlsx")
    starred = f"{result.assessments[0].rating}*"
    for name in ("Ranking", "Scores"):
        assert dict(zip(*sheets("a.xlsx")[name][:2], strict=True))["Rating"] == starred
    assert ["small", "Rating with *"] in [row[:2] for row in sheets("a.xlsx")["Method"]]


def test_a_workbook_opens_well() -> None:
    write(portfolio("A" * 100), "a.xlsx")
    from zipfile import ZipFile

    with ZipFile("a.xlsx") as book:
        ranking = book.read("xl/worksheets/sheet1.xml").decode()
    assert '<pane xSplit="2" ySplit="1"' in ranking
    assert '<autoFilter ref="A1:T2"/>' in ranking
    assert 'width="60.' in ranking
    assert 'fitToHeight="0"' in ranking
    assert 'orientation="landscape"' in ranking


def test_the_same_result_gives_the_same_bytes() -> None:
    one = small.assessed()
    for suffix in set(WRITERS) - {".pdf", ".html"}:
        assert WRITERS[suffix](one) == WRITERS[suffix](one), suffix


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula_or_a_link(text: str) -> None:
    result = portfolio(text)
    write(result, "a.csv")
    rows = list(csv.reader(io.StringIO(Path("a.csv").read_bytes().decode("utf-8-sig"))))
    assert not [c for row in rows for c in row if c.startswith(("=", "+", "-", "@", "\t", "＝"))]
    write(result, "a.xlsx")
    from zipfile import ZipFile

    with ZipFile("a.xlsx") as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    for name, part in parts.items():
        assert "<f>" not in part, name
        assert "hyperlink" not in part, name
    shown = text.strip()  # a proposal's name has no space around it
    assert sheets("a.xlsx")["Ranking"][1][1] == shown


@given(st.text(max_size=40), st.sampled_from(["", "=", "@"]))
def test_any_text_in_a_cell_is_written_and_inert(text: str, start: str) -> None:
    cell = writers._inert(start + text)
    assert isinstance(cell, str)
    assert cell == start + text or cell == "'" + start + text
    assert not cell.startswith(writers._FORMULA)


def test_a_text_longer_than_a_cell_is_cut() -> None:
    assert len(writers._fitting("x" * 40_000)) == 32_767
    assert writers._fitting("x" * 32_767) == "x" * 32_767


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (
            "a.doc",
            "the ending '.doc' is not known; "
            "end the name in .pdf .html .json .jsonl .csv .xlsx .parquet",
        ),
        ("a", "has no ending; end the name in .pdf .html .json .jsonl .csv .xlsx .parquet"),
        ("d.json", "is a folder; name a file in it"),
        ("no/a.json", "there is no folder 'no'; make it first"),
        ("pipe.json", "is a pipe or a device; name a file"),
        (
            "locked.json",
            "is write-protected; choose another name with -o, or give yourself the right",
        ),
        ("in.json", "is what is to be read; choose another name with -o"),
        ("link.json", "is what is to be read; choose another name with -o"),
        (
            "x" * 300 + ".json",
            "cannot be written (File name too long); choose another name with -o",
        ),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_the_work(path: str, told: str) -> None:
    Path("d.json").mkdir()
    os.mkfifo("pipe.json")
    Path("locked.json").write_text("old")
    Path("locked.json").chmod(0o444)
    Path("in.json").write_text("in")
    Path("link.json").symlink_to("in.json")
    with pytest.raises(InputError) as caught:
        check_outputs([path], keep=["in.json"])
    assert str(caught.value) == f"{path}: {told}"


def test_all_places_are_looked_at() -> None:
    with pytest.raises(InputError) as caught:
        check_outputs(["a.x", "ok.json", "b.y"])
    assert [fault.file for fault in caught.value.faults] == ["a.x", "b.y"]


def test_a_folder_where_nothing_may_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError) as caught:
        check_outputs(["a.json"])
    told = "nothing may be written in its folder; choose another place with -o"
    assert str(caught.value) == f"a.json: {told}"


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_rights_that_umask_leaves(umask: int) -> None:
    before = os.umask(umask)
    try:
        replace(Path("a.json"), b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path("a.json").stat().st_mode) == 0o666 & ~umask


def test_a_file_that_is_there_keeps_its_rights() -> None:
    Path("a.json").write_text("old")
    Path("a.json").chmod(0o600)
    replace(Path("a.json"), b"new")
    assert stat.S_IMODE(Path("a.json").stat().st_mode) == 0o600


def test_a_link_stays_a_link() -> None:
    Path("there").mkdir()
    Path("a.json").symlink_to("there/b.json")
    for content in (b"first", b"second"):
        replace(Path("a.json"), content)
        assert Path("a.json").is_symlink()
        assert Path("there/b.json").read_bytes() == content
    assert small.files("there") == ["b.json"]


def test_a_name_as_long_as_names_may_be() -> None:
    name = "x" * 250 + ".json"
    replace(Path(name), b"x")
    assert small.files() == [name]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, MemoryError])
def test_an_interrupted_write_leaves_nothing_behind(
    stop: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise stop

    Path("a.json").write_text("old")
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(stop):
        replace(Path("a.json"), b"new")
    assert small.files() == ["a.json"]
    assert Path("a.json").read_text() == "old"


def test_a_full_disk_leaves_nothing_behind() -> None:
    program = """if True:
        import resource, sys
        from pathlib import Path
        from assessor import InputError
        from assessor.writers import replace
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            replace(Path("a.json"), b"x" * 2000)
        except InputError as error:
            sys.exit(str(error))
    """
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    reason = os.strerror(errno.EFBIG)
    assert done.stderr == f"a.json: cannot be written ({reason}); choose another place with -o\n"
    assert small.files() == []


def test_two_at_once_in_one_place() -> None:
    def many(content: bytes) -> None:
        for _ in range(50):
            replace(Path("a.json"), content)

    threads = [threading.Thread(target=many, args=(bytes([n]) * 1000,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert small.files() == ["a.json"]
    assert len(set(Path("a.json").read_bytes())) == 1


def test_the_end_of_a_process_leaves_nothing_behind() -> None:
    """SIGTERM comes while a file is written: the command stops, and takes its scratch file away."""
    program = """if True:
        import os, sys
        from pathlib import Path
        from assessor import cli
        Path.replace = lambda *_: os.kill(os.getpid(), 15)
        sys.argv = ["assess", "p.yaml", "--rubric", sys.argv[1], "-o", "a.json"]
        cli.main()
    """
    Path("p.yaml").write_text(small.text())
    done = subprocess.run(
        [sys.executable, "-c", program, SMALL],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 128 + signal.SIGTERM
    assert done.stderr == "Stopped: a.json was not written; the same command begins anew\n"
    assert small.files() == ["p.yaml"]


def test_without_pango_the_line_that_installs_it_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> bytes:
        raise PdfUnavailable("install it")

    monkeypatch.setattr(pdf, "to_pdf", missing)
    with pytest.raises(PdfUnavailable, match="install it"):
        write(small.assessed(), "a.pdf")
    assert small.files() == []
