"""What travels in the PDF of one proposal, and under which names.

Beside assessment.json, which `pdf` adds: the proposal under its own name, each file of its rubrics
as rubric-NAME, each case of the paper that is scored beside it as case-NAME. Nothing else is needed
to score it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assessor.proposal import load_proposal, rubrics_for
from assessor.rubric import Rubric

RECORD, RUBRIC, CASE, PROPOSAL = "assessment.json", "rubric-", "case-", "proposal-"


def attachments(proposal: str | Path, rubric: str | Path | None = None) -> dict[str, bytes]:
    """The files that a proposal and its result rest on, by the names under which they travel."""
    path = Path(proposal)
    rubrics = rubrics_for(load_proposal(path), rubric)
    return attached(path.name, path.read_bytes(), rubrics)


def attached(name: str, proposal: bytes, rubrics: Sequence[Rubric]) -> dict[str, bytes]:
    """The same for a proposal that was read, under the name of its file."""
    shown = name.encode("utf-8", "backslashreplace").decode()
    if shown == RECORD or shown.startswith((RUBRIC, CASE)):
        shown = PROPOSAL + shown
    return {shown: proposal, **rubric_files(rubrics)}


def rubric_files(rubrics: Sequence[Rubric]) -> dict[str, bytes]:
    """All that rubrics rest on: their own files, and the cases of the paper that they score."""
    files: dict[str, bytes] = {}
    for rubric in rubrics:
        files |= {RUBRIC + part: content for part, content in rubric.sources.items()}
        files |= {CASE + path.name: path.read_bytes() for path in rubric.cases}
    return files


def is_proposal(name: str) -> bool:
    """Whether the proposal itself travels under this name."""
    return name != RECORD and not name.startswith((RUBRIC, CASE))
