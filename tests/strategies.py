"""Answers, proposals and rubrics for the property tests.

Each is drawn from one seed: a rubric asks some seventy questions, and drawing every answer by
itself would take seconds for each example.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from assessor import Proposal, Rubric, load_rubric
from assessor.indicators import Checklist, Indicator, Measure
from assessor.questions import Prerequisite, Question

shipped = cache(load_rubric)
kinds = st.sampled_from(["zone", "cluster"])
randoms = st.integers(0, 2**32).map(Random)
AGGREGATIONS = [
    ("arithmetic", None),
    ("geometric", 1.0),
    ("geometric", 25.0),
    ("weakest_link", None),
]
GAPS = ["not_assessed", "insufficient_evidence", "not_applicable"]


def value(question: Question, random: Random) -> Any:
    """Any answer that a question takes."""
    if isinstance(question, Measure):
        figures = [figure for figure, _ in question.points()]
        anywhere = random.uniform(question.minimum, question.maximum)
        return random.choice([*figures, random.uniform(min(figures), max(figures)), anywhere])
    if items := question.items():
        return [item for item in items if random.random() < 0.5]
    return random.choice([level.id for level in question.scale()])


def answer(question: Question, random: Random, gaps: float = 0.3) -> dict[str, Any]:
    """One answer, or (as often as `gaps` says) the reason why there is none."""
    if random.random() < gaps:
        # A prerequisite always applies.
        states = GAPS[:2] if isinstance(question, Prerequisite) else GAPS
        return {"state": random.choice(states), "reason": "because"}
    confidence = random.choice(["high", "medium", "low"])
    return {"value": value(question, random), "confidence": confidence}


def proposal(rubric: Rubric, random: Random, gaps: float | None = None) -> Proposal:
    """A proposal that answers any of the rubric's questions, from hardly one to all.

    Some indicator applies, for else there would be nothing to judge.
    """
    share = random.random() if gaps is None else gaps
    answers = {i: answer(q, random, share) for i, q in rubric.questions.items()}
    if all(answers[i.id].get("state") == "not_applicable" for i in rubric.indicators):
        first = next(iter(rubric.indicators))
        answers[first.id] = answer(first, random, gaps=0)
    return Proposal(name="Any", kind=rubric.file.kind, country="NA", answers=answers)


def extreme(indicator: Indicator, *, best: bool) -> Any:
    """An answer that scores 100, or 0."""
    if isinstance(indicator, Checklist):
        return list(indicator.items()) if best else []
    if isinstance(indicator, Measure):
        wanted = 100 if best else 0
        return next(figure for figure, score in indicator.points() if score == wanted)
    ordered = sorted(indicator.scale(), key=lambda level: level.score or 0)
    return ordered[-1 if best else 0].id


def extremes(rubric: Rubric, *, best: bool) -> Proposal:
    """A proposal with every indicator at its best, or at its worst."""
    answers = {i.id: {"value": extreme(i, best=best)} for i in rubric.indicators}
    answers |= {p.id: {"value": "yes" if best else "no"} for p in rubric.prerequisites}
    return Proposal(name="Extreme", kind=rubric.file.kind, country="KE", answers=answers)


def reshaped(rubric: Rubric, random: Random) -> Rubric:
    """The same rubric with any weights and any aggregations."""

    def node(old: Any) -> Any:
        aggregation, floor = random.choice(AGGREGATIONS)
        update = {"aggregation": aggregation, "floor": floor}
        if hasattr(old, "weight"):
            update["weight"] = 10 ** random.uniform(-2, 2)
        return replace(old, **update)

    def leaf(old: Indicator) -> Indicator:
        return replace(old, weight=10 ** random.uniform(-2, 2))

    factors = tuple(
        replace(node(f), indicators=tuple(map(leaf, f.indicators))) for f in rubric.factors
    )
    pillars = tuple(map(node, rubric.file.pillars))
    update = {"overall": node(rubric.file.overall), "pillars": pillars}
    return with_tree(rubric, replace(rubric.file, **update), factors)


def reweighted(rubric: Rubric, times: float) -> Rubric:
    """The same rubric with every weight multiplied."""

    def more(old: Any) -> Any:
        return replace(old, weight=old.weight * times)

    factors = tuple(
        replace(more(f), indicators=tuple(map(more, f.indicators))) for f in rubric.factors
    )
    file = replace(rubric.file, pillars=tuple(map(more, rubric.file.pillars)))
    return with_tree(rubric, file, factors)


def with_tree(rubric: Rubric, file: Any, factors: Any) -> Rubric:
    """The rubric with another tree; its conditions, which take long to parse, are kept."""
    new = replace(rubric, file=file, factors=factors)
    new.__dict__["conditions"] = rubric.conditions
    return new


def answered(proposal: Proposal, name: str, new: dict[str, Any]) -> Proposal:
    """The proposal with one answer changed."""
    changed = proposal.model_dump()["answers"] | {name: new}
    return Proposal(**(proposal.model_dump() | {"answers": changed}))
