"""The command, as a multiple of what its libraries alone take; both as whole processes, in turns.

1. `assess examples/kivuli-coast-zone.yaml` against rendering the same HTML with WeasyPrint alone.
2. The same with `-o -` (JSON only) against starting Python and importing pydantic, typer, numpy,
yaml; with the rubric in the user's cache, as in every run but the first, and without any cache.

3. `assess examples/kivuli-coast-zone.yaml` against the same without what says how far to trust the
number: its parts of the record, its sections of the report, its lines on the terminal.

What is printed is the median of the ratios of each turn, of wall time and of processor time.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TURNS = 7
EXAMPLE = Path(__file__).parent.parent / "examples" / "kivuli-coast-zone.yaml"
WEASYPRINT_ALONE = """
import sys
from weasyprint import HTML
html = open(sys.argv[1], encoding="utf-8").read()
HTML(string=html).write_pdf(sys.argv[2], pdf_variant="pdf/a-3a")
"""
WITHOUT_TRUST = """
import sys
from assessor import cli, judge, report, robustness, summary, trust
nothing = trust.Robustness(
    draws=0, seed=0, concentration=1.0, concentration_reason="", weight_interval=(0.0, 100.0),
    draw_interval=(0.0, 100.0), chances=(), shift_percent=25.0, exact_range=(0.0, 100.0),
    exact_range_open=(0.0, 100.0), variants=(), unsettled=(),
)
robustness.Sensitivity.robustness = lambda *_, **__: nothing
judge.levers = lambda *_, **__: trust.Levers(
    up=None, down=None, switches=(), weight_switches=(), tornado=()
)
judge.path = judge.delivery = judge.firm_after = lambda *_: None
judge.resembles = judge.costs = judge.beyond = lambda *_: ()
summary._reality = lambda *_: ()
summary.robustness_sentence = summary.levers_sentence = lambda _: ""
left = {"robustness", "levers", "delivery", "assessors", "reality"}
report.SECTIONS = tuple(one for one in report.SECTIONS if one[0] not in left)
cli.main()
"""
IMPORTS_ALONE = "import typer, numpy, yaml\nfrom pydantic import BaseModel\n"


def seconds(command: list[str], folder: str) -> tuple[float, float]:
    """Wall and processor time of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, used


def compare(
    title: str, ours: list[str], alone: list[str], folder: str, goal: float | None = None
) -> None:
    """Run both in turns and print the ratios."""
    for command in (ours, alone):
        seconds(command, folder)  # fills the caches of both
    turns = [(seconds(ours, folder), seconds(alone, folder)) for _ in range(TURNS)]
    ratios = [[a / b for a, b in zip(*turn, strict=True)] for turn in turns]
    wall, used = (statistics.median(column) for column in zip(*ratios, strict=True))
    walls = [ratio[0] for ratio in ratios]
    sys.stdout.write(
        f"{title}: {wall:.2f} of wall time (from {min(walls):.2f} to {max(walls):.2f}), "
        f"{used:.2f} of processor time{f'; goal {goal}' if goal else ''}\n"
    )


def main() -> None:
    """Print both ratios."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    assess = [sys.executable, "-m", "assessor", str(EXAMPLE)]
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        subprocess.run([*assess, "-o", str(page)], check=True, stdout=subprocess.DEVNULL)
        alone = [sys.executable, "-c", WEASYPRINT_ALONE, str(page), "alone.pdf"]
        compare("report / WeasyPrint alone", assess, alone, folder, 1.2)
        without = [sys.executable, "-c", WITHOUT_TRUST, str(EXAMPLE)]
        compare("report / the same without trust in the number", assess, without, folder, 1.1)
        imports = [sys.executable, "-c", IMPORTS_ALONE]
        compare("JSON / importing its libraries", [*assess, "-o", "-"], imports, folder, 1.5)
        os.environ["XDG_CACHE_HOME"] = str(EXAMPLE)  # a file, in which nothing can be kept
        compare("JSON without a cache / the same", [*assess, "-o", "-"], imports, folder)


if __name__ == "__main__":
    main()
