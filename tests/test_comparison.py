"""What a proposal is held against: lessons, targets, cases, and what holds today."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given

from assessor import Proposal, assess
from tests import small
from tests.strategies import kinds, randoms, shipped
from tests.test_diagnosis import (
    NOT_APPLICABLE,
    SILENT,
    SOUGHT,
    any_assessment,
    few,
    judged,
)


@few
@given(kinds, randoms)
def test_every_lesson_that_is_called_for_is_there(kind: str, random: Random) -> None:
    _, one = any_assessment(kind, random)
    called = {lesson for f in one.factors for lesson in f.lessons}
    called |= {lesson for f in one.findings if f.state == "raised" for lesson in f.lessons}
    assert {lesson.id for lesson in one.lessons} == called
    citing = {f.id for f in one.factors} | {f.rule for f in one.findings}
    assert all(set(lesson.cited_by) <= citing and lesson.cited_by for lesson in one.lessons)


@pytest.mark.parametrize(
    ("answer", "value", "changes"),
    [
        ({"value": "auction", "status": "planned", "today": "negotiated"}, "negotiated", 1),
        ({"value": "auction", "status": "committed", "today": "tender"}, "tender", 1),
        ({"value": "auction", "today": "tender"}, "tender", 1),
        ({"value": "auction", "status": "planned"}, None, 1),
        ({"value": "auction", "status": "committed"}, None, 1),
        ({"value": "auction", "status": "planned", "today": "auction"}, "auction", 0),
        ({"value": "auction", "status": "in_place"}, "auction", 0),
        ({"value": "auction", "status": "in_place", "today": "auction"}, "auction", 0),
        ({"value": "auction"}, "auction", 0),
        ({"status": "planned", "today": "tender"}, "tender", 1),
        ({**SOUGHT, "today": "tender"}, "tender", 1),
        ({**SOUGHT, "status": "planned"}, SOUGHT, 0),
        ({**NOT_APPLICABLE, "status": "planned"}, NOT_APPLICABLE, 0),
        ({"status": "planned"}, SILENT, 0),
    ],
)
def test_the_baseline_is_the_score_of_what_holds_today(
    answer: dict[str, Any], value: Any, changes: int
) -> None:
    one = judged(**{"land.allocation": answer})
    then = judged(**{"land.allocation": SILENT if value is None else value})
    if not changes:
        assert one.baseline is None
        return
    assert one.baseline
    assert one.baseline.answers_changed == changes
    assert (one.baseline.score, one.baseline.interval) == (then.score, then.interval)
    assert (one.baseline.coverage, one.baseline.rating) == (then.coverage, then.rating)


def test_a_baseline_may_have_too_little_to_be_rated() -> None:
    planned = {"status": "planned"}
    values = {"land.allocation": "tender", "services.offered": ["legal"], "land.phased": "yes"}
    one = judged(**{name: {"value": value, **planned} for name, value in values.items()})
    assert one.baseline
    assert (one.baseline.rating, one.baseline.answers_changed) == ("NR", 3)
    assert one.rating == "B"


@pytest.mark.parametrize(
    ("higher", "value", "exceeds", "bold"),
    [
        ("bolder", 58.001, 2, True),
        ("bolder", 58, 1, False),
        ("bolder", 13, 0, False),
        ("bolder", 0, 0, False),
        ("easier", 13, 0, False),
        ("easier", 12.9, 0, True),
        ("easier", 70, 2, False),
    ],
)
def test_a_target_is_bold_beyond_every_case(
    higher: str, value: float, exceeds: int, bold: bool
) -> None:
    target = small.rubric().targets["gdp_growth_percent"]
    targets = {target.id: replace(target, higher_is=higher)}
    rubric = replace(small.rubric(), targets=targets)
    given_ = Proposal.model_validate(small.data(targets={target.id: value}))
    (check,) = assess(given_, rubric).targets
    assert (check.value, check.exceeds, check.bold, check.median) == (value, exceeds, bold, 35.5)
    assert check.reference == (("Shenzhen", 58), ("Xiamen", 13))


def test_a_target_without_a_value_is_not_checked() -> None:
    given_ = Proposal.model_validate(small.data(targets={"gdp_growth_percent": None}))
    assert assess(given_, small.rubric()).targets == ()


@pytest.mark.parametrize("kind", ["zone", "cluster"])
def test_a_case_is_drawn_only_where_it_is_told_well_enough(kind: str) -> None:
    rubric = shipped(kind)
    one = assess(Proposal(name="Any", kind=rubric.file.kind, country="KE"), rubric)
    assert [c.file for c in one.comparators] == list(rubric.file.comparators)
    for case, path in zip(one.comparators, rubric.cases, strict=True):
        judged_ = assess(path, rubric)
        told = {
            f.id: f.score
            for f in judged_.factors
            if f.coverage is not None and f.coverage >= rubric.file.scale.coverage_floor
        }
        assert case.scores == told
        assert path.name not in {c.file for c in judged_.comparators}
