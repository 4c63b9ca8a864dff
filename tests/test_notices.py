"""A comparison on the terminal: its parts add up, and weights that change together are one."""

from __future__ import annotations

from dataclasses import replace
from math import fsum
from random import Random

import pytest
from hypothesis import given, settings

from assessor import Comparison, Proposal, Rubric, compare
from assessor.assessment import assess_many
from assessor.notices import comparison, shares
from tests import small
from tests.strategies import kinds, proposal, randoms, reshaped
from tests.test_difference import bare


def by_two(given_: Proposal, rubric: Rubric, other: Rubric) -> Comparison:
    before, after = (assess_many([given_], one)[0] for one in (rubric, other))
    return compare(before, replace(after, rubric=replace(after.rubric, sha256="other")))


@settings(max_examples=15)
@given(kinds, randoms)
def test_what_is_shown_adds_up_to_the_difference(kind: str, random: Random) -> None:
    rubric = bare(kind)
    one = by_two(proposal(rubric, random, gaps=0.1), rubric, reshaped(rubric, random))
    found = shares(one)
    assert fsum(share.points for share in found) == pytest.approx(one.difference, abs=1e-9)
    assert len(found) <= len(one.parts)
    sizes = [abs(share.points) for share in found]
    assert sizes == sorted(sizes, reverse=True)


def test_a_weight_that_changes_is_one_part_with_those_beside_it() -> None:
    rubric = small.rubric()
    land, *others = rubric.factors
    heavier = replace(rubric, factors=(replace(land, weight=9), *others))
    one = by_two(Proposal.model_validate(small.data()), rubric, heavier)
    assert {(part.kind, part.id) for part in one.parts} == {
        ("weight", "land"),
        ("weight", "services"),
    }
    (share,) = shares(one)
    assert share.points == pytest.approx(one.difference)
    assert share.title == "Weights of two factors"
    assert share.cause == (
        "most of all that of land regime: 66.7 percent → 90.0 percent of those beside it"
    )
    assert "+1.8  Weights of two factors" in comparison(one).replace("\n", " ")


def test_weights_of_questions_are_told_by_factor() -> None:
    rubric = small.rubric()
    land, *others = rubric.factors
    first, second = land.indicators
    changed = replace(land, indicators=(replace(first, weight=9), second))
    one = by_two(
        Proposal.model_validate(small.data()),
        rubric,
        replace(rubric, factors=(changed, *others)),
    )
    (share,) = shares(one)
    assert share.title == "Weights of two questions: Land regime"
