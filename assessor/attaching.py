"""What travels in a PDF, and under which names.

With one proposal, beside assessment.json, which `pdf` adds: the proposal under its own name, each
file of its rubrics as rubric-NAME, each case of the paper that is scored beside it as case-NAME.
With a portfolio, beside portfolio.json: all proposals in proposals.json, rubrics and cases as
above. Nothing else is needed to score it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from assessor.proposal import load_proposal, rubrics_for
from assessor.rubric import Rubric

RECORD, RUBRIC, CASE, PROPOSAL = "assessment.json", "rubric-", "case-", "proposal-"
FOLIO, PROPOSALS = "portfolio.json", "proposals.json"


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


def texts_together(texts: Mapping[str, str]) -> bytes:
    """Proposals by their files, each as the text that was read, as one JSON file."""
    listed = [{"file": file, "text": text} for file, text in texts.items()]
    written = json.dumps(listed, indent=2, ensure_ascii=False)
    return written.encode("utf-8", "surrogatepass")


def texts_apart(content: bytes) -> dict[str, str]:
    """The reverse of `texts_together`; ValueError where it is anything else."""
    try:
        texts = {one["file"]: one["text"] for one in json.loads(content)}
    except (TypeError, LookupError, RecursionError):
        raise ValueError(_NO_LIST) from None
    if not all(isinstance(part, str) for pair in texts.items() for part in pair):
        raise ValueError(_NO_LIST)
    return texts


_NO_LIST = "it is no list of files, each with its text"


def is_proposal(name: str) -> bool:
    """Whether the proposal itself travels under this name."""
    return name != RECORD and not name.startswith((RUBRIC, CASE))
