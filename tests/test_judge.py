"""The record: what stands in it, and that it goes to JSON and comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given

from assessor import Assessment
from assessor.questions import Figure
from assessor.record import to_json
from tests import small
from tests.strategies import kinds, randoms
from tests.test_diagnosis import (
    SILENT,
    SOUGHT,
    any_assessment,
    few,
    indicators,
    judged,
)

FIXED = {
    "": "schema_version engine_version proposal rubric score interval coverage rating rating_range "
    "firm prerequisites pillars factors findings recommendations next_questions lessons",
    "proposal": "name kind country sha256",
    "rubric": "id version sha256",
    "factors": "id title pillar score interval coverage weight effective_weight rating indicators",
    "indicators": "id question state answer score interval weight effective_weight evidence "
    "lessons",
    "findings": "rule state severity because lessons",
}


def test_the_record_has_every_name_that_scripts_rely_on() -> None:
    record = json.loads(to_json(judged()))
    places = {
        "": record,
        "proposal": record["proposal"],
        "rubric": record["rubric"],
        "factors": record["factors"][0],
        "indicators": record["factors"][0]["indicators"][0],
        "findings": record["findings"][0],
    }
    assert not {
        place: missing
        for place, names in FIXED.items()
        if (missing := set(names.split()) - set(places[place]))
    }


def test_the_record_of_the_small_proposal_is_what_can_be_worked_out_by_hand() -> None:
    one = judged()
    assert one.score == pytest.approx(65)
    assert one.interval == (one.score, one.score)
    assert (one.rating, one.rating_range, one.firm, one.coverage) == ("B", ("B", "B"), True, 100)
    scores = {"land": 62.5, "services": 50, "discipline": 75}
    assert {f.id: f.score for f in one.factors} == pytest.approx(scores)
    assert {p.id: p.score for p in one.pillars} == pytest.approx(
        {"success_factor": 175 / 3, "challenge": 75}
    )
    assert [f.headline for f in one.factors] == [
        "Land is given in the open",
        "Firms are left alone",
        "Planners are held to their plans",
    ]


@pytest.mark.parametrize(
    ("allocation", "phased", "said"),
    [
        ("auction", "yes", "Land is given in the open"),
        ("auction", "no", "Strong on allocation of land, weak on land released in phases"),
        ("negotiated", "yes", "Strong on land released in phases, weak on allocation of land"),
        ("tender", "no", "WEAK"),
        ("negotiated", "no", "WEAK"),
        ("auction", SOUGHT, "Strong on allocation of land, weak on land released in phases"),
        ("auction", SILENT, "Land is given in the open"),
    ],
)
def test_no_answer_contradicts_the_heading_of_its_factor(
    allocation: str, phased: Any, said: str
) -> None:
    one = judged(**{"land.allocation": allocation, "land.phased": phased})
    weak = next(factor.weak for factor in small.rubric().factors if factor.id == "land")
    assert one.factors[0].headline == said.replace("WEAK", weak)


@few
@given(kinds, randoms)
def test_a_record_goes_to_json_and_comes_back_the_same(kind: str, random: Random) -> None:
    _, one = any_assessment(kind, random)
    again = Assessment.from_json(to_json(one))
    assert again == one
    assert to_json(again) == to_json(one)  # 100 and 100.0 are equal, but not the same


def test_an_answer_that_was_made_in_python_comes_back_the_same() -> None:
    one = judged(**{"services.offered": ("legal", "24")})
    assert Assessment.from_json(to_json(one)) == one
    assert indicators(one)["services.offered"].answer == ["legal", "24"]


def locators(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from value if key in {"sources", "evidence_sources"} else locators(value)
    elif isinstance(node, list):
        for value in node:
            yield from locators(value)


@few
@given(kinds, randoms)
def test_every_place_that_is_cited_is_told_in_words(kind: str, random: Random) -> None:
    _, one = any_assessment(kind, random)
    cited = set(locators(json.loads(to_json(one)) | {"source": None}))
    assert set(one.source.places) == cited


def test_the_place_of_a_single_figure_is_told_too() -> None:
    figure = Figure(value=6.0, unit="percent", what="share", sources=("table-6",))
    lesson = small.rubric().lessons["auction"]
    changed = replace(lesson, figures=(figure,))
    lessons = {**small.rubric().lessons, "auction": changed}
    one = judged(replace(small.rubric(), lessons=lessons))
    assert one.source.places["table-6"].page


def test_a_place_that_the_paper_does_not_have_is_left_out() -> None:
    answer = {"value": "tender", "sources": ["My own files", "1.1 ¶1"]}
    one = judged(**{"land.allocation": answer})
    assert "1.1 ¶1" in one.source.places
    assert "My own files" not in one.source.places


def test_the_method_is_the_rubric_s_own() -> None:
    method, scale = judged().method, small.rubric().file.scale
    assert [(band.id, band.lowest) for band in method.bands] == [
        ("A", 75),
        ("B", 55),
        ("C", 35),
        ("D", 0),
    ]
    assert (method.coverage_floor, method.not_applicable_cap, method.advice_below) == (
        scale.coverage_floor,
        scale.not_applicable_cap,
        scale.advice_below,
    )
