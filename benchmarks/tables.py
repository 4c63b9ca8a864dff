"""Reading and scoring tables of proposals, as multiples of reading the same files without meaning.

1. 10,000 rows of the zone rubric, every question answered, from CSV and from a workbook: cells to
   columns (parse), columns to what the scorer reads (code), and scores; against the library alone
   as its user calls it. `polars.read_csv(path)` guesses types and takes all cores; python-calamine
   reads the one sheet as Python's values. All take turns in one process; what is printed is the
   ratio of the best processor times, in which those of all threads are added up, and the share of
   each stage.
2. 1,000,000 rows of Parquet, streamed batch by batch through `score_batches`, in a process of its
   own: its highest resident memory, and the same for a tenth of the rows.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import polars
import pyarrow.parquet
import xlsxwriter
from python_calamine import CalamineWorkbook

from assessor import Rubric, load_rubric
from assessor.assessment import rubrics_asked
from assessor.columns import coded
from assessor.formats import TABLES
from assessor.indicators import Measure
from assessor.proposal import rubric_finder
from assessor.questions import Question
from assessor.scorer import Scorer
from assessor.tables import Table

ROWS, MANY, BATCH, TURNS = 10_000, 1_000_000, 10_000, 7
COMBINATIONS = 300  # of ticks in a column
STREAM = r"""
import re, sys
import pyarrow.parquet
from assessor import score_batches
file = pyarrow.parquet.ParquetFile(sys.argv[1])
count = sum(b.num_rows for b in score_batches(file.iter_batches(int(sys.argv[2])), "zone"))
# Not ru_maxrss, which begins with the memory of the process that started this one.
print(count, int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


def answers(question: Question, rows: int, random: Random) -> list[str | float]:
    """So many answers as they stand in cells.

    Figures are free. A checklist ticks half of its items; of the thousands of combinations that
    the longest could have, a few hundred come up, as where proposals resemble each other.
    """
    if isinstance(question, Measure):
        figures = [figure for figure, _ in question.points()]
        ends = min(figures), max(figures)
        return [float(f"{random.uniform(*ends):.6g}") for _ in range(rows)]
    choices = [level.id for level in question.scale()]
    if items := question.items():
        ticked = ([i for i in items if random.random() < 0.5] for _ in range(COMBINATIONS))
        choices = ["; ".join(some) or "[]" for some in ticked]
    return random.choices(choices, k=rows)


def table(rubric: Rubric, rows: int) -> list[list[Any]]:
    """A heading and so many proposals, every question answered."""
    random = Random(1)  # noqa: S311 - no secrets
    columns: dict[str, list[Any]] = {
        "name": [f"Park {n}" for n in range(rows)],
        "kind": ["zone"] * rows,
        "country": random.choices(["KE", "NA", "NO", "VN"], k=rows),
    }
    columns |= {i: answers(question, rows, random) for i, question in rubric.questions.items()}
    return [list(columns), *map(list, zip(*columns.values(), strict=True))]


def written(rows: list[list[Any]], folder: Path) -> tuple[Path, Path]:
    """The table as CSV and as a workbook."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    (folder / "t.csv").write_text(out.getvalue(), "utf-8", newline="")
    book = xlsxwriter.Workbook(folder / "t.xlsx")
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return folder / "t.csv", folder / "t.xlsx"


def seconds(work: Callable[..., Any], *given: Any) -> tuple[float, Any]:
    """Processor time of one call, and what it returned."""
    start = time.process_time()
    found = work(*given)
    return time.process_time() - start, found


def compare(rubric: Rubric, path: Path, name: str, alone: Callable[[], object]) -> None:
    """Read, code and score in turns with the library alone, and print the ratio."""
    asking, scorer = rubrics_asked(rubric_finder(rubric)), Scorer(rubric)
    best = [float("inf")] * 4
    for _ in range(TURNS):
        parse, grid = seconds(TABLES[path.suffix], path)
        code, found = seconds(coded, Table(grid, asking), rubric)
        score, _ = seconds(scorer.score, found.portfolio)
        theirs, _ = seconds(alone)
        best = [min(pair) for pair in zip(best, (parse, code, score, theirs), strict=True)]
    ours = sum(best[:3])
    shares = ", ".join(
        f"{stage} {100 * part / ours:.0f}%"
        for stage, part in zip(("parse", "code", "score"), best, strict=False)
    )
    sys.stdout.write(
        f"reading and scoring {ROWS:,} rows of {path.suffix} / {name} reading it: "
        f"{ours / best[3]:.1f} (goal 3; {shares})\n"
    )


def stream(source: Path, folder: Path) -> None:
    """Score a long Parquet file and a tenth of it, and print the memory of both."""
    frame = polars.read_csv(source).to_arrow()
    peaks = []
    for rows in (MANY // 10, MANY):
        path = folder / f"{rows}.parquet"
        with pyarrow.parquet.ParquetWriter(path, frame.schema) as writer:
            for _ in range(rows // ROWS):
                writer.write_table(frame)
        command = [sys.executable, "-c", STREAM, str(path), str(BATCH)]
        start = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        took = time.perf_counter() - start
        count, peak = map(int, done.stdout.split())
        peaks.append(f"{peak} MB for {count:,} ({took:.0f} s)")
    sys.stdout.write(f"peak memory of streaming Parquet: {', '.join(peaks)}; goal 500 MB\n")


def main() -> None:
    """Print all of it."""
    rubric = load_rubric("zone")
    with tempfile.TemporaryDirectory() as folder:
        as_csv, as_xlsx = written(table(rubric, ROWS), Path(folder))
        compare(rubric, as_csv, "Polars", lambda: polars.read_csv(as_csv))
        calamine = CalamineWorkbook.from_path
        compare(
            rubric,
            as_xlsx,
            "python-calamine",
            lambda: calamine(as_xlsx).get_sheet_by_index(0).to_python(),
        )
        stream(as_csv, Path(folder))


if __name__ == "__main__":
    main()
