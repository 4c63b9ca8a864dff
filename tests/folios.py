"""Portfolios as tests need them: any number of made-up proposals, zones and clusters mixed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from random import Random
from typing import Any

from assessor import PortfolioAssessment, Proposal, Rubric
from assessor.assessment import assess_many
from assessor.portfolio import ranking, resemblance
from assessor.record import Failed
from tests.reports import HOSTILE, LONG_WORD
from tests.strategies import shipped, value

SECTORS = ["garments", "footwear", "furniture", "software"]
PLACES = ["Upland", "River Port", "Delta", "Capital", "Border"]
ODD = [
    (HOSTILE + LONG_WORD)[:120],
    "深圳经济特区" * 20,
    "منطقة التجارة الحرة " * 6,
    LONG_WORD[:120],
]
FAILED = (
    Failed(file="portfolio/broken.yaml", errors=("portfolio/broken.yaml:1:7: '[' is not closed",)),
    Failed(file=HOSTILE + "x" * 300, errors=(HOSTILE + LONG_WORD,) * 3),
)


def made_up(number: int, random: Random, **changes: Any) -> Proposal:
    """One proposal; of every twelve, seven are zones."""
    rubric = shipped("zone" if number % 12 < 7 else "cluster")
    gaps = random.choice([0.05, 0.05, 0.1, 0.5])
    answers: dict[str, Any] = {
        i.id: value(i, random) for i in rubric.indicators if random.random() > gaps
    }
    own = [test for test in rubric.prerequisites if test.test == rubric.file.kind]
    answers |= {test.id: random.choice(["yes"] * 9 + ["no"]) for test in own}
    facts: dict[str, Any] = {
        "name": f"{random.choice(PLACES)} {rubric.file.kind}",
        "kind": rubric.file.kind,
        "country": random.choice(["KE", "ET"]),
        "hinterland": random.choice(["Eastern province", None]),
        "sectors": random.sample(SECTORS, random.choice([1, 2])),
        "made_up": True,
    }
    return Proposal(**facts | changes, answers=answers)


def assessed(proposals: Iterable[Proposal], failed: tuple[Failed, ...] = ()) -> PortfolioAssessment:
    """A portfolio of proposals that were made in Python, each with a file of its own."""
    rubrics: list[Rubric] = [shipped(kind) for kind in ("zone", "cluster")]
    everything = list(proposals)
    sorted_out = [[p for p in everything if p.kind == r.file.kind] for r in rubrics]
    found = [
        one for r, some in zip(rubrics, sorted_out, strict=True) for one in assess_many(some, r)
    ]
    files = [f"portfolio/{n}.yaml" for n in range(len(found))]
    return PortfolioAssessment(
        assessments=tuple(found),
        ranking=ranking(found, files),
        resemblance=resemblance(found, rubrics),
        failed=failed,
    )


def some(count: int, seed: int = 5) -> list[Proposal]:
    random = Random(seed)
    return [made_up(n, random) for n in range(count)]


@cache
def folio(count: int) -> PortfolioAssessment:
    return assessed(some(count), FAILED[:1] if count > 3 else ())


@cache
def odd() -> PortfolioAssessment:
    """A portfolio in which every text of the user is long, hostile or in another script."""
    random = Random(5)
    changes = [
        {
            "name": name,
            "hinterland": (HOSTILE + LONG_WORD)[:120],
            "sectors": ["<b>", LONG_WORD[:60]],
        }
        for name in ODD
    ]
    return assessed([made_up(n, random, **changes[n % 4]) for n in range(16)], FAILED * 10)


def copied(count: int) -> PortfolioAssessment:
    """A portfolio in which all are the same but for their names."""
    first = some(1)[0]
    return assessed([first.model_copy(update={"name": f"P{n}"}) for n in range(count)])
