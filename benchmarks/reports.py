"""Every report of a portfolio: against WeasyPrint alone, with two jobs, and how the memory goes.

1. `assess FOLDER --reports DIR --jobs 1` against one process in which WeasyPrint alone renders the
same pages, each with its fonts and styles inside.
2. The same with `--jobs 1` against `--jobs 2`.
3. The memory of the command and its processes together, at the most, after the first 50 reports
against that until then (a quarter of them, where fewer are asked for).

What is printed are ratios of wall time, and of memory with what is shared counted once. The numbers
of reports, 40 for the times and 200 for the memory, can be given as arguments; 0 leaves it out.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from assessor import assess_portfolio, write

EXAMPLES = Path(__file__).parent.parent / "examples"
WEASYPRINT_ALONE = """
import sys
from pathlib import Path
from weasyprint import HTML
for page in sorted(Path(sys.argv[1]).iterdir()):
    HTML(string=page.read_text("utf-8")).write_pdf(
        Path(sys.argv[2], f"{page.stem}.pdf"), pdf_variant="pdf/a-3a"
    )
"""


def proposals(folder: Path, count: int) -> Path:
    """So many proposals, which are the examples again and again by other names."""
    folder.mkdir()
    texts = [path.read_text("utf-8") for path in sorted(EXAMPLES.glob("*.yaml"))]
    for number, text in enumerate(islice(cycle(texts), count)):
        named = re.sub(r"(?m)^name:.*", f"name: Proposal {number}", text, count=1)
        (folder / f"{number:03}.yaml").write_text(named, "utf-8")
    return folder


def pages(folder: Path, given: Path) -> Path:
    """The page of each proposal, as WeasyPrint alone gets it."""
    folder.mkdir()
    for number, record in enumerate(assess_portfolio(given).assessments):
        write(record, folder / f"{number:03}.html")
    return folder


def command(given: Path, reports: Path, jobs: int) -> list[str]:
    """The command that makes all reports; its other output is the smallest there is."""
    reports.mkdir()
    asked = ["--reports", str(reports), "--jobs", str(jobs), "-o", str(reports.parent / "all.csv")]
    return [sys.executable, "-m", "assessor", str(given), *asked]


def seconds(arguments: list[str]) -> float:
    """Wall time of one process."""
    start = time.perf_counter()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def compare_times(folder: Path, count: int) -> None:
    """One job, two jobs and WeasyPrint alone, one after the other."""
    given = proposals(folder / "given", count)
    html = pages(folder / "html", given)
    (folder / "alone").mkdir()
    alone = seconds([sys.executable, "-c", WEASYPRINT_ALONE, str(html), str(folder / "alone")])
    one = seconds(command(given, folder / "one", 1))
    two = seconds(command(given, folder / "two", 2))
    sys.stdout.write(
        f"{count} reports, 1 job / WeasyPrint alone: {one / alone:.2f} of wall time; goal 1.15\n"
        f"{count} reports, 1 job / 2 jobs: {one / two:.2f} of wall time; goal 1.8\n"
    )


def compare_memory(folder: Path, count: int) -> None:
    """The most memory until the first reports are there, and from then on."""
    given, reports = proposals(folder / "many", count), folder / "reports"
    early = min(50, count // 4)
    first = later = 0
    process = subprocess.Popen(
        command(given, reports, 2), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None:
        used = sum(map(memory, family(process.pid)))
        if sum(1 for _ in reports.iterdir()) <= early:
            first = max(first, used)
        else:
            later = max(later, used)
        time.sleep(0.2)
    sys.stdout.write(
        f"memory of {count} reports with 2 jobs, after {early} / until then: {later / first:.2f} "
        f"({later / 1024:.0f} of {first / 1024:.0f} MB); goal 1.0\n"
    )


def family(process: int) -> Iterator[int]:
    """A process and all that it started."""
    yield process
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    except OSError:
        return
    for child in children:
        yield from family(int(child))


def memory(process: int) -> int:
    """What a process uses in kB; of what it shares with others, its part."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
    except OSError:  # it has ended meanwhile
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) if found else 0


def main() -> None:
    """Print the ratios."""
    times, many = (int(word) for word in (sys.argv[1:] + ["40", "200"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        if times:
            compare_times(Path(folder), times)
        if many:
            compare_memory(Path(folder), many)


if __name__ == "__main__":
    main()
