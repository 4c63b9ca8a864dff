"""What a proposal is held against: lessons, targets, cases."""

from __future__ import annotations

import dataclasses
from random import Random

import pytest
from hypothesis import given

from assessor import Proposal, assess
from tests import small
from tests.strategies import kinds, randoms, shipped
from tests.test_diagnosis import any_assessment, few


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
    targets = {target.id: target.model_copy(update={"higher_is": higher})}
    rubric = dataclasses.replace(small.rubric(), targets=targets)
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
