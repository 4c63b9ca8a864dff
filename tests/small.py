"""A small rubric whose numbers can be worked out by hand, and a proposal for it.

Land is (3 x 50 + 100) / 4 = 62.5, services 2 of 4 = 50, discipline (100 + 50) / 2 = 75; so the
success factors are (2 x 62.5 + 50) / 3 = 58.33, the challenges 75, and all together 65.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from assessor import Assessment, Proposal, Rubric, assess, load_rubric
from tests.conftest import ROOT

SMALL = ROOT / "tests" / "data" / "small.yaml"
FACTS = {"name": "Upland Park", "kind": "zone", "country": "KE"}
ANSWERS = {
    "zone_test.delimited": "yes",
    "land.allocation": "tender",
    "land.phased": "yes",
    "services.offered": ["legal", "roads"],
    "discipline.capacity": 125,
    "discipline.audit": "inside",
}


def files(folder: str | Path = ".") -> list[str]:
    """What a folder holds, hidden files too."""
    return sorted(path.name for path in Path(folder).iterdir())


@cache
def rubric() -> Rubric:
    return load_rubric(SMALL)


def data(**changes: Any) -> dict[str, Any]:
    """The proposal as plain data; `answers` are added to its own."""
    answers = {**ANSWERS, **changes.pop("answers", {})}
    return {**FACTS, **changes, "answers": answers}


def text(**changes: Any) -> str:
    """The proposal as YAML."""
    return yaml.safe_dump(data(**changes), sort_keys=False, allow_unicode=True)


def blank(**changes: Any) -> dict[str, Any]:
    """A proposal without answers, as plain data."""
    return {**FACTS, **changes}


def assessed(given: dict[str, Any] | None = None) -> Assessment:
    return assess(Proposal.model_validate(data() if given is None else given), rubric())
