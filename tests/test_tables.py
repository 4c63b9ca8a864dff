"""Tables as columns: bit for bit what their rows give as YAML, in every format and any order."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas
import polars
import pyarrow
import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from assessor import InputError, Proposal, Rubric, assess_portfolio
from assessor.assessment import rubrics_asked
from assessor.cells import Column
from assessor.columns import Coded, coded
from assessor.formats import TABLES, Grid, frame_grid
from assessor.proposal import Portfolio, load_proposal, rubric_finder
from assessor.tables import Table
from tests import small, strategies
from tests.small import SMALL
from tests.test_readers import WRITE

PARTS = ("value", "state", "reason", "confidence", "evidence", "status", "today")
HOSTILE = [
    float("nan"),
    float("inf"),
    float("-inf"),
    -0.0,
    1e308,
    10**400,
    True,
    False,
    1,
    1.0,
    "1",
    "1e400",
    "1,5",
    "007",
    "0x1f",
    "٣",
    "NaN",
    "yes",
    "TRUE",
    "[]",
    "[a, b]",
    "a;b;a",
    "not_applicable",
    "Not applicable",
    "insufficient_evidence",
    "not_assessed",
    "x" * 5_000,
    "\x1b[31m",
    "\u202e",
    "\ud800",
    " \t",
    datetime.date(2026, 3, 31),
    datetime.datetime(2026, 3, 31, 12, 30, tzinfo=datetime.UTC),
    datetime.timedelta(1),
    decimal.Decimal("1.5"),
    decimal.Decimal("sNaN"),
    pandas.NA,
    pandas.NaT,
    ["a", 1],
    {"a": 1},
    None,
]
slow = settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def cells(answer: dict[str, Any], part: str, *, lists: bool) -> Any:
    """What stands in a table for a part of an answer in YAML."""
    value = answer.get(part)
    return value if lists or not isinstance(value, list) else f"[{', '.join(value)}]"


def table_of(proposals: list[dict[str, Any]], rubric: Rubric, *, lists: bool = False) -> Any:
    """Headings and rows of proposals as data."""
    heads = ["name", "kind", "country"]
    heads += [f"{i}.{p}" if p != "value" else i for i in rubric.questions for p in PARTS]
    rows = [
        [one["name"], one["kind"], one["country"]]
        + [
            cells(one["answers"].get(i, {}), p, lists=lists)
            for i in rubric.questions
            for p in PARTS
        ]
        for one in proposals
    ]
    return heads, rows


def drawn(rubric: Rubric, random: Random, count: int) -> list[dict[str, Any]]:
    """Proposals as data, with plans and evidence."""
    proposals = []
    for number in range(count):
        answers = {}
        for name, question in rubric.questions.items():
            answer = strategies.answer(question, random)
            if isinstance(answer.get("value"), float):
                answer["value"] = round(answer["value"], 3)  # a workbook keeps 16 digits
            if "value" in answer and random.random() < 0.3:
                answer |= {"status": "planned", "today": answer["value"]}
            if random.random() < 0.3:
                answer["evidence"] = "Article 12; page 40"
            answers[name] = answer if random.random() < 0.9 else {}
        country = random.choice(["NA", "NO", "KE"])
        one = {"name": f"Park {number}", "kind": rubric.file.kind, "country": country}
        proposals.append({**one, "answers": answers})
    return proposals


def read_as_columns(grid: Grid, rubric: Rubric) -> Coded:
    return coded(Table(grid, rubrics_asked(rubric_finder(rubric))), rubric)


def same_bits(one: Portfolio, other: Portfolio) -> None:
    assert one.values.tobytes() == other.values.tobytes()
    assert one.codes.tobytes() == other.codes.tobytes()
    assert one.items.keys() == other.items.keys()
    for name, ticks in one.items.items():
        assert ticks.tobytes() == other.items[name].tobytes()


@slow
@given(strategies.kinds, strategies.randoms)
def test_columns_give_the_bits_of_yaml_in_every_format(kind: str, random: Random) -> None:
    rubric = strategies.shipped(kind)
    proposals = drawn(rubric, random, 4)
    read = []
    for number, one in enumerate(proposals):
        Path(f"{number}.yaml").write_text(yaml.safe_dump(one), "utf-8")
        read.append(load_proposal(f"{number}.yaml"))
    wanted = Portfolio.of(read, rubric)
    heads, rows = table_of(proposals, rubric)
    texts = [[None if cell is None else str(cell) for cell in row] for row in rows]
    grids = []
    for ending, write in WRITE.items():
        write(Path(f"t{ending}"), [heads, *(texts if ending == ".parquet" else rows)])
        grids.append(TABLES[ending](Path(f"t{ending}")))
    frame = pandas.DataFrame(rows, columns=heads, dtype=object)
    grids.append(frame_grid(frame))
    grids.append(frame_grid(polars.DataFrame(texts, schema=heads, orient="row")))
    grids.append(frame_grid(pyarrow.table(dict(zip(heads, zip(*texts, strict=True), strict=True)))))
    for grid in grids:
        found = read_as_columns(grid, rubric)
        assert not found.faults
        same_bits(found.portfolio, wanted)


@slow
@given(strategies.kinds, strategies.randoms)
def test_columns_and_rows_agree_on_anything(kind: str, random: Random) -> None:
    rubric = strategies.shipped(kind)
    heads, rows = table_of(drawn(rubric, random, 6), rubric, lists=random.random() < 0.5)
    for row in rows[1:]:
        for _ in range(random.choice([0, 1, 1, 5])):
            row[random.randrange(len(row))] = random.choice(HOSTILE)
    columns = list(zip(*rows, strict=True))
    table = Table(Grid("t", heads, columns, range(2, 8)), rubrics_asked(rubric_finder(rubric)))
    found = coded(table, rubric)
    for number in range(len(rows)):
        try:
            row = Portfolio.of([table.proposal(number).fitted(rubric)], rubric)
        except InputError as error:
            wanted = error.faults
        else:
            wanted = ()
            same_bits(taken(found.portfolio, [number]), row)
        assert getattr(found.faults.get(number), "faults", ()) == wanted


def taken(portfolio: Portfolio, rows: list[int]) -> Portfolio:
    """Some rows of a portfolio."""
    items = {name: ticks[rows] for name, ticks in portfolio.items.items()}
    values = np.ascontiguousarray(portfolio.values[:, rows])
    return Portfolio((), values, np.ascontiguousarray(portfolio.codes[:, rows]), items)


@slow
@given(strategies.kinds, strategies.randoms)
def test_the_order_of_rows_does_not_matter(kind: str, random: Random) -> None:
    rubric = strategies.shipped(kind)
    heads, rows = table_of(drawn(rubric, random, 5), rubric)
    rows[2][5] = "wrong"
    order = random.sample(range(5), 5)
    turned = [rows[n] for n in order]
    one, other = (
        read_as_columns(Grid("t", heads, list(zip(*each, strict=True)), range(2, 7)), rubric)
        for each in (rows, turned)
    )
    same_bits(taken(one.portfolio, order), other.portfolio)
    assert {order[n] for n in other.faults} == set(one.faults)


def hostile_cases() -> list[tuple[Any, str]]:
    """A cell in a column of figures, and what YAML says of the same."""
    return [
        (True, "True is not a number; write a figure; it counts percent"),
        (float("inf"), "inf lies outside 0 to 1000 percent; check the figure and its unit"),
        (1e308, "1e+308 lies outside 0 to 1000 percent; check the figure and its unit"),
        (10**29, f"{10**29} lies outside 0 to 1000 percent; check the figure and its unit"),
        ("1e400", "'1e400' is not a number; write a figure; it counts percent"),
        (
            datetime.date(2026, 3, 31),
            "'2026-03-31' is not a number; write a figure; it counts percent",
        ),
        ("007", "'007' is not a number; write 7 without quotes, unit or separators "
         "(it counts percent)"),
        ("1,5", "'1,5' is not a number; write 1.5 without quotes, unit or separators "
         "(it counts percent)"),
        ("1.234,5", "'1.234,5' is not a number; write 1234.5 without quotes, unit or separators "
         "(it counts percent)"),
        ("1 234 ha", "'1 234 ha' is not a number; write 1234 without quotes, unit or separators "
         "(it counts percent)"),
        ("1,500", "'1,500' is not a number; write 1500 or 1.5 without quotes, unit or separators "
         "(it counts percent)"),
    ]  # fmt: skip


@pytest.mark.parametrize(("cell", "told"), hostile_cases())
def test_what_is_no_figure_is_told_as_in_yaml(cell: Any, told: str) -> None:
    heads = [*small.FACTS, "discipline.capacity"]
    grid = Grid("t.csv", heads, [[c] for c in (*small.FACTS.values(), cell)], [2])
    (error,) = read_as_columns(grid, small.rubric()).faults.values()
    assert str(error) == f"t.csv:2:D: discipline.capacity: {told}"
    plain = cell.isoformat() if isinstance(cell, datetime.date) else cell
    proposal = Proposal.model_validate({**small.FACTS, "answers": {"discipline.capacity": plain}})
    with pytest.raises(InputError) as same:
        Portfolio.of([proposal], small.rubric())
    assert str(same.value).endswith(f"discipline.capacity: {told}")


def test_a_gap_by_any_name_is_empty() -> None:
    gaps = [None, "", "  ", float("nan"), pandas.NA, pandas.NaT, decimal.Decimal("NaN")]
    assert Column.of(gaps).empty.all()


def test_true_is_not_one() -> None:
    column = Column.of([True, 1, 1.0, "1", None, True])
    assert [column.at(row) for row in range(6)] == [True, 1, 1, "1", None, True]
    assert column.at(0) is True
    assert column.at(1) is not True


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("insufficient_evidence", "insufficient_evidence"),
        ("Insufficient evidence", "insufficient_evidence"),
        ("not_assessed", "not_assessed"),
        ("not_applicable", "not_applicable"),
    ],
)
def test_a_state_may_stand_in_the_place_of_an_answer(word: str, state: str) -> None:
    heads = [*small.FACTS, "land.phased", "land.phased.reason", "discipline.capacity"]
    row = [*small.FACTS.values(), word, "No land is left", 100]
    frame = polars.DataFrame([row], schema=heads, orient="row")
    (one,) = assess_portfolio(frame, SMALL).assessments
    states = {i.id: i.state for f in one.factors for i in f.indicators}
    assert states["land.phased"] == state
    assert not read_as_columns(frame_grid(frame), small.rubric()).faults


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        (
            {"land.phased": "not_applicable"},
            "t:2:D: the answer is not_applicable without a reason; write it under reason (in a "
            "table: in the column that ends in .reason)",
        ),
        (
            {"land.phased": None, "land.phased.reason": "landlocked"},
            "t:2:D: a reason stands beside no answer; choose not_applicable (in a table: in the "
            "place of the answer), or answer it",
        ),
        (
            {"land.phased": "not_applicable", "land.phased.state": "insufficient_evidence"},
            "t:2:D: the answer is not_applicable without a reason; write it under reason (in a "
            "table: in the column that ends in .reason)\n"
            "t:2:E: 'insufficient_evidence' contradicts what stands beside it; keep one of them",
        ),
        (
            {"land.phased": "yes", "land.phased.confidence": "hihg"},
            "t:2:E: 'hihg' is not a confidence; did you mean 'high'?",
        ),
        (
            {"land.phased": "yes", "land.phased.today": "perhaps"},
            "t:2:E: land.phased: 'perhaps' is neither yes nor no; write yes or no",
        ),
        (
            {"zone_test.delimited": "not_applicable", "zone_test.delimited.reason": "so"},
            "t:2:D: zone_test.delimited is asked of every zone; answer it, or leave it empty",
        ),
    ],
)
def test_what_stands_beside_an_answer_is_checked(beside: dict[str, Any], told: str) -> None:
    row = {**small.FACTS, **beside}
    grid = Grid("t", list(row), [[cell] for cell in row.values()], [2])
    (error,) = read_as_columns(grid, small.rubric()).faults.values()
    assert str(error) == told


def test_a_wrong_heading_spoils_the_table_and_faults_of_rows_are_told_with_it() -> None:
    heads = [*small.FACTS, "land.alocation", "targets.gdp"]
    good, bad = [*small.FACTS.values(), "auction", 1], ["B", "zone", "XX", "auction", 1]
    frame = polars.DataFrame([good, bad], schema=heads, orient="row")
    result = assess_portfolio(frame, SMALL)
    assert not result.assessments
    assert [(f.file, f.errors) for f in result.failed] == [
        (
            "dataframe",
            (
                "dataframe:1:D: there is no question 'land.alocation'; "
                "did you mean 'land.allocation'?",
                "dataframe:1:E: there is no target 'gdp'; known: targets.gdp_growth_percent",
            ),
        ),
        (
            "dataframe:3",
            ("dataframe:3:C: 'XX' is no country; write its two letters of ISO 3166, such as KE",),
        ),
    ]


def test_a_question_of_the_other_kind_is_told_at_its_cell() -> None:
    rows = [
        {"name": "A", "kind": "zone", "country": "KE", "land.allocation": "auction"},
        {"name": "B", "kind": "cluster", "country": "KE", "land.allocation": "auction"},
    ]
    (failed,) = assess_portfolio(polars.DataFrame(rows)).failed
    assert failed.file == "dataframe:3"
    assert failed.errors == (
        "dataframe:3:D: 'land.allocation' is asked of a zone, and this is a cluster; "
        "leave it out, or write kind: zone (or both)",
    )


def test_columns_of_the_other_kind_may_stand_empty_where_no_row_is_one() -> None:
    row = {**small.FACTS, "land.allocation": "auction", "openness.private_entry": None}
    frame = polars.DataFrame([row, {**row, "openness.private_entry": "free"}])
    result = assess_portfolio(frame)
    assert len(result.assessments) == 1
    (failed,) = result.failed
    assert failed.errors == (
        "dataframe:3:E: 'openness.private_entry' is asked of a cluster, and this is a zone; "
        "leave it out, or write kind: cluster (or both)",
    )


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("land.allocation.evidnce", "column 'land.allocation.evidnce'; did you mean "
         "'land.allocation.evidence'?"),
        ("targets.gdp_growth_percnt", "target 'gdp_growth_percnt'; did you mean "
         "'targets.gdp_growth_percent'?"),
        ("Hinterlands", "column 'Hinterlands'; did you mean 'hinterland'?"),
        ("land_allocation", "column 'land_allocation'; did you mean 'land.allocation'?"),
        ("approval_hours", "column 'approval_hours'; did you mean "
         "'administration.approval_hours'?"),
        ("Ministry.notes", "question 'Ministry.notes'; known: "),
    ],
)  # fmt: skip
def test_the_hint_at_a_heading_is_one_that_can_be_taken(head: str, told: str) -> None:
    frame = polars.DataFrame([{**small.FACTS, head: "x"}])
    (failed,) = assess_portfolio(frame).failed
    (error,) = failed.errors
    assert error.startswith(f"dataframe:1:D: there is no {told}")
    if "did you mean" in error:
        right = error.rpartition("did you mean '")[2].removesuffix("'?")
        frame = polars.DataFrame([{**small.FACTS, right: None}])
        assert not assess_portfolio(frame).failed


def test_faults_of_rows_are_told_where_a_needed_column_is_misspelt_or_missing() -> None:
    row = {"Name": "A", "kind": "zone", "land.allocation": "auktion"}
    (heads, one) = assess_portfolio(polars.DataFrame([row]), SMALL).failed
    assert heads.errors == (
        "dataframe:1:A: there is no column 'Name'; did you mean 'name'?",
        "dataframe:1: the column 'country' is missing; add it",
    )
    assert one.errors == (
        "dataframe:2:C: land.allocation: 'auktion' is not a level; did you mean 'auction'?",
    )


OWN = {"id": 7, "region": "Coast", "budget_usd": 1.5, "My notes": "call them", "No.": 1}


def test_columns_of_ones_own_are_passed_over_and_told() -> None:
    rows = [{**small.FACTS, **OWN}, {**small.FACTS, "country": "XX", **OWN}, OWN]
    result = assess_portfolio(polars.DataFrame(rows), SMALL)
    assert len(result.assessments) == 1
    assert [failed.file for failed in result.failed] == ["dataframe:3"]
    assert result.not_read == (
        "dataframe: not read: the columns 'id', 'region', 'budget_usd', 'My notes', 'No.'",
    )
