"""Dataframes and batches in, the same kind out, with the scores that records have."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import narwhals
import pandas
import polars
import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings

from assessor import InputError, assess, assess_table, load_rubric, score_batches
from assessor.proposal import Proposal
from tests import small, strategies
from tests.test_tables import drawn, table_of

HEADS = [*small.FACTS, *small.ANSWERS]
GOOD = [*small.FACTS.values(), "yes", "tender", "yes", "legal; roads", 125.0, "inside"]
BAD = ["Bad", "zone", "XX", "yes", "tender", "yes", "legal; rods", 125.0, "inside"]
EMPTY = ["Empty", "zone", "NO", *[None] * 6]

Made = Callable[[list[list[Any]]], Any]


def to_pandas(rows: list[list[Any]]) -> Any:
    return pandas.DataFrame(rows, columns=HEADS, index=list(range(len(rows), 0, -1)))


def to_polars(rows: list[list[Any]]) -> Any:
    return polars.DataFrame(rows, schema=HEADS, orient="row")


def to_arrow(rows: list[list[Any]]) -> Any:
    return to_polars(rows).to_arrow()


each_library = pytest.mark.parametrize("made", [to_pandas, to_polars, to_arrow])


def columns(frame: Any) -> dict[str, list[Any]]:
    """The cells of any frame, with None for a gap."""
    table = narwhals.from_native(frame, eager_only=True)
    return {
        name: [None if cell != cell else cell for cell in table[name].to_list()]
        for name in table.columns
    }


@each_library
def test_scores_come_out_beside_what_was_given(made: Made) -> None:
    frame = made([GOOD, BAD, EMPTY])
    before = columns(frame)
    out = assess_table(frame, small.rubric())
    assert type(out) is type(frame)
    assert columns(frame) == before
    after = columns(out)
    assert {name: after.pop(name) for name in before} == before
    wanted = {
        "score": [65, None, None],
        "score.low": [65, None, 0],
        "score.high": [65, None, 100],
        "coverage": [100, None, 0],
        "rating": ["B", None, "NR"],
        "rating.low": ["B", None, "D"],
        "rating.high": ["B", None, "A"],
        "firm": [True, False, False],
        "prerequisites": ["met", None, "unknown"],
        "land.score": [62.5, None, None],
        "land.high": [62.5, None, 100],
        "challenge.score": [75, None, None],
    }
    for name, cells in wanted.items():
        told = after[name]
        assert told == pytest.approx(cells) if isinstance(cells[0], float | int) else told == cells
    assert after["error"] == [
        None,
        "country: 'XX' is no country; write its two letters of ISO 3166, such as KE\n"
        "services.offered: 'rods' is not an item; did you mean 'roads'?",
        None,
    ]


def test_a_pandas_index_stays_with_its_rows() -> None:
    out = assess_table(to_pandas([GOOD, EMPTY]), small.rubric())
    assert out.index.tolist() == [2, 1]
    assert out.loc[2, "rating"] == "B"


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies.kinds, strategies.randoms)
def test_a_table_gives_the_bits_of_the_records(kind: str, random: Any) -> None:
    rubric = strategies.shipped(kind)
    proposals = drawn(rubric, random, 3)
    heads, rows = table_of(proposals, rubric)
    texts = [[None if cell is None else str(cell) for cell in row] for row in rows]
    out = columns(assess_table(polars.DataFrame(texts, schema=heads, orient="row"), rubric))
    for n, data in enumerate(proposals):
        one = assess(Proposal.model_validate(data), rubric)
        row = {name: cells[n] for name, cells in out.items()}
        assert (row["score.low"], row["score.high"]) == one.interval
        assert row["score"] == (None if one.rating == "NR" else one.score)
        assert (row["coverage"], row["rating"], row["firm"]) == (
            one.coverage,
            one.rating,
            one.firm,
        )
        assert (row["rating.low"], row["rating.high"]) == one.rating_range
        states = {p.state for p in one.prerequisites}
        assert row["prerequisites"] == next(
            state for state in ("not_met", "unknown", "met") if state in states
        )
        raised = [f for f in one.findings if f.state == "raised" and f.kind == "warning"]
        assert row["warnings"] == len(raised)
        for part in (*one.pillars, *one.factors):
            assert row[f"{part.id}.score"] == (None if part.rating == "NR" else part.score)
            ends = row[f"{part.id}.low"], row[f"{part.id}.high"]
            assert ends == (part.interval or (None, None))
        assert row["error"] is None


@each_library
def test_a_frame_without_rows_gets_the_same_columns(made: Made) -> None:
    empty = made([GOOD])[:0] if made is not to_arrow else made([GOOD]).slice(0, 0)
    full = assess_table(made([GOOD]), small.rubric())
    out = assess_table(empty, small.rubric())
    assert narwhals.from_native(out).columns == narwhals.from_native(full).columns
    assert len(out) == 0


LAZY = (
    "LazyFrame is no dataframe in memory; collect it first (polars .collect(), dask .compute(), "
    "duckdb .arrow()), or give its batches to score_batches"
)
MAKE = "is no dataframe; make one of it (polars.DataFrame), or give files to assess_portfolio"


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (polars.LazyFrame({"name": ["One"]}), LAZY),
        ([{"name": "One"}], f"list {MAKE}"),
        ({"name": ["One"]}, f"dict {MAKE}"),
        ("proposals.csv", f"str {MAKE}"),
    ],
)
def test_what_is_no_frame_in_memory_is_refused_with_the_way_out(frame: Any, told: str) -> None:
    message = f"dataframe: {told}"
    with pytest.raises(InputError) as caught:
        assess_table(frame, small.rubric())
    assert str(caught.value) == message
    with pytest.raises(InputError) as caught:
        list(score_batches([frame], small.rubric()))
    assert str(caught.value) == message


def test_a_wrong_heading_is_refused_at_once() -> None:
    frame = to_polars([GOOD]).rename({"land.phased": "land.fased", "country": "contry"})
    with pytest.raises(InputError) as caught:
        assess_table(frame, small.rubric())
    assert str(caught.value).splitlines() == [
        "dataframe:1:C: there is no column 'contry'; did you mean 'country'?",
        "dataframe:1:F: there is no question 'land.fased'; did you mean 'land.phased'?",
    ]


@each_library
def test_columns_of_ones_own_pass_through(made: Made) -> None:
    plain = made([GOOD, BAD, EMPTY])
    given: Any = narwhals.from_native(plain)
    notes = narwhals.new_series("My notes", ["a", "b", "c"], backend=given.implementation)
    after = columns(assess_table(given.with_columns(notes).to_native(), small.rubric()))
    assert after.pop("My notes") == ["a", "b", "c"]
    assert after == columns(assess_table(plain, small.rubric()))


@each_library
def test_scored_again_its_scores_are_new(made: Made) -> None:
    rubric = small.rubric()
    once = assess_table(made([GOOD, EMPTY]), rubric)
    again = assess_table(once, rubric)
    assert type(again) is type(once)
    assert columns(again) == columns(once)
    part = narwhals.from_native(once).select([*HEADS, "score"]).to_native()
    with pytest.raises(InputError, match="there is a column 'score' already; rename it"):
        assess_table(part, rubric)


def test_a_frame_of_two_columns_of_one_name_is_refused() -> None:
    frame = pandas.DataFrame([["A", "B"]], columns=["name", "name"])
    with pytest.raises(InputError, match="dataframe: two columns are called 'name'; rename one"):
        assess_table(frame, small.rubric())


@pytest.mark.parametrize(
    "given", [to_arrow([GOOD]), to_polars([GOOD]).lazy(), to_pandas([GOOD]), 3]
)
def test_what_is_no_row_of_batches_is_refused_with_the_way_out(given: Any) -> None:
    name = type(given).__name__
    with pytest.raises(InputError, match=f"batches: {name} is no row of batches; give its batches"):
        score_batches(given, small.rubric())


def test_a_row_of_the_other_kind_has_its_error() -> None:
    row = ["C", "cluster", "KE", *[None] * 6]
    out = assess_table(to_polars([row, GOOD]), small.rubric())
    assert out["error"].to_list() == [
        "kind: rubric small judges a zone; write kind: zone (or both), or name another rubric",
        None,
    ]


def test_batches_come_out_one_by_one_with_the_scores_of_the_whole() -> None:
    rows = [[f"Park {n}", *(GOOD if n % 3 else EMPTY)[1:]] for n in range(50)]
    rows[7] = BAD
    whole = assess_table(to_arrow(rows), small.rubric())
    taken = 0

    def batches() -> Iterator[Any]:
        nonlocal taken
        for batch in to_arrow(rows).to_batches(max_chunksize=8):
            taken += 1
            yield batch

    scored = score_batches(batches(), small.rubric())
    first = next(scored)
    assert taken == 1
    assert isinstance(first, pyarrow.RecordBatch)
    out = pyarrow.Table.from_batches([first, *scored])
    assert out.equals(whole.combine_chunks()) or out.to_pydict() == whole.to_pydict()
    assert out.schema == first.schema


def test_batches_may_be_empty_or_frames() -> None:
    table = to_arrow([GOOD])
    nothing = pyarrow.RecordBatch.from_pylist([], schema=table.schema)
    (empty,) = score_batches([nothing], small.rubric())
    (full,) = score_batches(table.to_batches(), small.rubric())
    assert empty.num_rows == 0
    assert empty.schema == full.schema
    (frame,) = score_batches([to_polars([GOOD])], small.rubric())
    assert isinstance(frame, polars.DataFrame)


def test_a_rubric_may_be_named() -> None:
    rows = {"name": ["A"], "kind": ["zone"], "country": ["KE"]}
    (one,) = score_batches([polars.DataFrame(rows)], "zone")
    assert one.equals(assess_table(polars.DataFrame(rows), load_rubric("zone")))


def test_the_memory_of_a_stream_does_not_grow_with_its_length() -> None:
    program = """if True:
        import json, resource, sys
        import polars
        from assessor import score_batches
        heads, row = json.loads(sys.argv[1])
        rows = [[f"Park {n}", *row[1:]] for n in range(2_000)]
        frame = polars.DataFrame(rows, schema=heads, orient="row")
        peaks = []
        def batches():
            for _ in range(20):
                peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
                yield frame
        count = sum(len(out) for out in score_batches(batches(), sys.argv[2]))
        print(count, (peaks[-1] - peaks[4]) // 1024)
    """
    given = [json.dumps([HEADS, GOOD]), str(small.SMALL)]
    done = subprocess.run(
        [sys.executable, "-c", program, *given], capture_output=True, text=True, check=True
    )
    rows, grown = map(int, done.stdout.split())
    assert rows == 40_000
    assert grown < 20  # megabytes
