"""Every single report of a portfolio into one folder, in several processes.

A report that is there and still true is left as it is, so the same command goes on where an
earlier one was stopped.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from assessor.dossier import Dossier, report_names
from assessor.errors import Fault, InputError, shown
from assessor.pool import share
from assessor.record import Assessment
from assessor.seal import stamp, stamp_of
from assessor.writers import check_outputs, replace


@dataclass(frozen=True)
class Report:
    """A report to be: where it goes, and what it is made from; `file` is where that was read."""

    file: str
    path: Path
    assessments: tuple[Assessment, ...]
    attachments: Mapping[str, bytes]

    def stands(self) -> bool:
        """Whether the very same report is there already, whole and unchanged."""
        try:
            there = stamp_of(self.path.read_bytes()) if self.path.is_file() else None
        except OSError:
            return False
        return there is not None and there == stamp(self.assessments, self.attachments)


def check_folder(folder: str | Path) -> None:
    """InputError where reports cannot be put into a folder of this name."""
    place = Path(folder)
    try:
        # What is not there is made; the nearest that is there must take it.
        while not place.exists() and place != place.parent:
            place = place.parent
        wrong = "" if place.is_dir() else f"{shown(str(place))} is no folder; name a folder"
    except OSError as error:
        wrong = f"cannot be used ({error.strerror}); name another folder with --reports"
    if not wrong and not os.access(place, os.W_OK):
        wrong = "nothing may be written there; name another folder with --reports"
    if str(folder) == "":
        wrong = "is empty; name a folder"
    if wrong:
        raise InputError([Fault(os.fspath(folder) or "--reports", 0, 0, wrong)])


def planned(dossiers: Sequence[Dossier], folder: str | Path) -> list[Report]:
    """The reports of these proposals, each in a file of its own in this folder."""
    names = report_names(dossiers)
    return [
        Report(one.file, Path(folder, name), one.assessments, one.attachments())
        for one, name in zip(dossiers, names, strict=True)
    ]


def missing(reports: Sequence[Report], keep: Iterable[str | Path] = ()) -> list[Report]:
    """Those that are not there, or no longer true; the folders that they need are made.

    InputError where one of them cannot be written; `keep` are files that may not be written over.
    """
    found = [report for report in reports if not report.stands()]
    for folder in {report.path.parent for report in found}:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"cannot be made ({error.strerror}); name another folder with --reports"
            raise InputError([Fault(str(folder), 0, 0, message)]) from None
    check_outputs([report.path for report in found], keep)
    return found


def left_over(reports: Sequence[Report], folder: str | Path, keep: Iterable[str]) -> list[str]:
    """Names of reports in this folder that belong to none of these, such as one renamed since.

    Whatever else lies there does not count, nor do the files to `keep`.
    """
    own = {report.path.resolve() for report in reports} | {Path(path).resolve() for path in keep}
    others = [path for path in sorted(Path(folder).glob("*.pdf")) if path.resolve() not in own]
    return [path.name for path in others if _is_report(path)]


def _is_report(path: Path) -> bool:
    try:
        return path.is_file() and stamp_of(path.read_bytes()) is not None
    except OSError:
        return False


def made(reports: Sequence[Report], processes: int) -> Generator[tuple[Report, str], None, None]:
    """Make each report and put it in place whole; why one could not be made, or "", as they come.

    Nothing is written but by this process: one that dies leaves nothing half done. PdfUnavailable
    where Pango is missing; InputError, and the end of it, where a file cannot be written.
    """
    from assessor.pdf import prepare

    if reports:
        prepare()
    with closing(share(reports, _pdf, processes)) as outcomes:
        for report, content, failure in outcomes:
            if content is not None:
                replace(report.path, content)
            yield report, failure


def _pdf(report: Report) -> bytes:
    from assessor.pdf import to_pdf

    return to_pdf(report.assessments, report.attachments)


def cores() -> int:
    """How many processes this one may run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
