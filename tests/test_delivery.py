"""Promised, secured and in place: what a score rests on plans for."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given

from assessor import Assessment, Proposal, Rubric, headlines
from assessor.assessment import assess_many
from assessor.summary import summary
from assessor.trust import Standing
from assessor.wording import count, finding_title
from tests.strategies import GAPS, extremes, kinds, proposal, randoms, reshaped, shipped, value
from tests.test_diagnosis import (
    NOT_APPLICABLE,
    SILENT,
    SOUGHT,
    cap,
    few,
    judged,
    with_rules,
)

STATUSES = [None, "in_place", "committed", "planned"]


def standing(one: Assessment) -> Standing:
    return Standing(
        score=one.score, interval=one.interval, coverage=one.coverage, rating=one.rating
    )


@pytest.mark.parametrize(
    ("answer", "secured", "in_place"),
    [
        ({"value": "auction", "status": "planned", "today": "negotiated"}, "negotiated", None),
        ({"value": "auction", "status": "committed", "today": "tender"}, "auction", "tender"),
        ({"value": "auction", "today": "tender"}, "tender", None),
        ({"value": "auction", "status": "planned"}, "negotiated", None),
        ({"value": "auction", "status": "committed"}, "auction", "negotiated"),
        ({"value": "auction", "status": "planned", "today": "auction"}, "auction", None),
    ],
)
def test_a_plan_counts_with_what_holds_today(
    answer: dict[str, Any], secured: Any, in_place: Any
) -> None:
    delivery = judged(**{"land.allocation": answer}).delivery
    assert delivery
    sure = judged(**{"land.allocation": secured})
    there = judged(**{"land.allocation": secured if in_place is None else in_place})
    assert delivery.promised == standing(judged(**{"land.allocation": "auction"}))
    for told, then in ((delivery.secured, sure), (delivery.in_place, there)):
        high = min(then.interval[1], delivery.promised.interval[1])
        expected = standing(then)
        assert (told.score, told.coverage) == (expected.score, expected.coverage)
        assert told.rating == expected.rating
        assert told.interval == (then.interval[0], high)


@pytest.mark.parametrize(
    "answer",
    [
        {"value": "auction", "status": "in_place"},
        {"value": "auction", "status": "in_place", "today": "auction"},
        {"value": "auction"},
        {**SOUGHT, "status": "planned"},
        {**NOT_APPLICABLE, "status": "planned"},
        {"status": "planned"},
    ],
)
def test_where_nothing_is_promised_there_is_nothing_to_tell(answer: Any) -> None:
    assert judged(**{"land.allocation": answer}).delivery is None


@pytest.mark.parametrize("today", [{}, {"today": "auction"}])
def test_a_plan_that_makes_things_worse_gains_nothing_by_being_a_plan(today: Any) -> None:
    worse = {"value": "negotiated", "status": "planned", **today}
    delivery = judged(**{"land.allocation": worse}).delivery
    assert delivery
    assert delivery.secured.score == delivery.promised.score == delivery.in_place.score
    assert delivery.factors == ()


def test_a_cap_that_the_plan_brings_about_holds_without_the_plan_too() -> None:
    rubric = with_rules({"when": "land.allocation == auction", **cap(overall=True, at=40)})
    planned = {"value": "auction", "status": "planned", "today": "tender"}
    delivery = judged(rubric, **{"land.allocation": planned}).delivery
    assert delivery
    assert (delivery.promised.score, delivery.secured.score) == (40, 40)


def test_factors_show_where_the_risk_lies_and_plans_without_evidence_are_named() -> None:
    one = judged(
        **{
            "land.allocation": {"value": "auction", "status": "planned", "today": "negotiated"},
            "services.offered": {"value": ["legal"], "status": "committed", "today": []},
            "land.phased": {"value": "yes", "status": "planned", "evidence": "Plan, page 4"},
        }
    )
    delivery = one.delivery
    assert delivery
    assert (delivery.planned, delivery.committed) == (2, 1)
    assert delivery.unproven == (("land.allocation", "Allocation of land"),)
    land, services = delivery.factors
    assert (land.factor, land.promised, land.secured) == ("land", 100, 0)
    assert (services.promised, services.secured, services.in_place) == (25, 25, 0)


@pytest.mark.parametrize("kind", ["zone", "cluster"])
def test_of_plans_alone_nothing_is_secured_and_nothing_in_place(kind: Any) -> None:
    rubric = shipped(kind)
    best = extremes(rubric, best=True)
    planned = {name: replace(a, status="planned") for name, a in best.answers.items()}
    one = assess_many([best.answered(planned)], rubric)[0]
    delivery = one.delivery
    assert delivery
    assert (delivery.promised.score, delivery.promised.rating) == (100, "A")
    for sure in (delivery.secured, delivery.in_place):
        assert (sure.score, sure.interval, sure.rating) == (0, (0, 0), "D")
    said = summary(one)
    assert "Promised 100, secured without plans 0, in place today 0." in said
    left = len(delivery.unproven) - 8
    assert f"and {count(left)} more." in " ".join(said.split())


def test_a_planned_prerequisite_is_not_met_without_the_plan() -> None:
    rubric = with_rules({"when": "not zone_test.delimited", **cap(overall=True, at=20)})
    for planned in ({"today": "no"}, {}):
        answer = {"value": "yes", "status": "planned", **planned}
        delivery = judged(rubric, **{"zone_test.delimited": answer}).delivery
        assert delivery
        assert delivery.promised.score > 20 == delivery.secured.score == delivery.in_place.score


@pytest.mark.parametrize(
    ("answer", "words", "headline", "terminal"),
    [
        (
            {"status": "planned", "today": "no"},
            "Met as planned; not met today",
            "Of one test of a zone, one is met as planned",
            "planned Fixed boundary; not met today",
        ),
        (
            {"status": "committed"},
            "Met as committed",
            "Of one test of a zone, one is met as committed",
            "committed Fixed boundary",
        ),
        (
            {"status": "planned", "today": "yes"},
            "Met",
            "It meets the one test of a zone",
            "Prerequisites: 1 of 1 met",
        ),
        ({}, "Met", "It meets the one test of a zone", "Prerequisites: 1 of 1 met"),
    ],
)
def test_a_prerequisite_met_only_by_a_promise_is_told_as_that(
    answer: dict[str, Any], words: str, headline: str, terminal: str
) -> None:
    one = judged(**{"zone_test.delimited": {"value": "yes", **answer}})
    assert headlines.prerequisite_words(one.prerequisites[0]) == words
    assert headlines.tests_headline(one) == headline
    said = "One prerequisite is met only as promised"
    assert headlines.summary_headline(one).startswith(said) == (words != "Met")
    shown = " ".join(summary(one).split())
    assert terminal in shown
    assert ("one of them only as promised" in shown) == (words != "Met")


def test_a_prerequisite_that_fails_as_planned_is_not_met() -> None:
    no = {"value": "no", "status": "planned", "today": "no"}
    test = judged(**{"zone_test.delimited": no}).prerequisites[0]
    assert (test.state, test.promise, test.met_today) == ("not_met", None, False)
    assert headlines.prerequisite_words(test) == "Not met"


@pytest.mark.parametrize(
    ("when", "answer", "expected"),
    [
        ("land.allocation == auction", {"status": "planned", "today": "tender"}, True),
        ("land.allocation == auction", {"status": "committed"}, True),
        ("land.allocation >= tender", {"status": "planned", "today": "tender"}, False),
        ("land.allocation == auction", {"status": "in_place"}, False),
        ("land.allocation == negotiated", {"status": "planned"}, False),
        ("land.phased", {"status": "planned"}, False),
    ],
)
def test_a_finding_that_what_is_in_place_would_not_raise_rests_on_promises(
    when: str, answer: dict[str, Any], *, expected: bool
) -> None:
    rubric = with_rules({"when": when, "severity": "medium"})
    one = judged(rubric, **{"land.allocation": {"value": "auction", **answer}})
    finding = one.findings[0]
    assert finding.on_promises == expected
    if finding.state == "raised":
        assert finding_title(finding).endswith("(not yet in place)") == expected
        assert ("(not yet in place)" in summary(one)) == expected


def test_where_there_is_no_rating_the_terminal_says_so_of_each_score() -> None:
    planned = {"value": "yes", "status": "planned"}
    one = judged(**{"land.allocation": SILENT, "land.phased": planned, "services.offered": SILENT})
    assert one.delivery
    assert one.delivery.secured.rating == "NR"
    assert "(not rated), secured without plans" in " ".join(summary(one).split())


def with_statuses(rubric: Rubric, random: Random) -> dict[str, Any]:
    """Answers of which any may be promised, with or without what holds today."""
    answers: dict[str, Any] = proposal(rubric, random, gaps=0.2).model_dump()["answers"]
    for name, answer in answers.items():
        if answer["state"] in GAPS:
            continue
        answer["status"] = random.choice(STATUSES)
        if answer["status"] != "in_place" and random.random() < 0.5:
            answer["today"] = value(rubric.questions[name], random)
    return answers


@few
@given(kinds, randoms)
def test_nothing_scores_more_as_secured_than_as_promised_nor_more_as_in_place(
    kind: str, random: Random
) -> None:
    rubric = reshaped(shipped(kind), random)
    answers = with_statuses(rubric, random)
    one = assess_many([Proposal(name="Any", kind=kind, country="KE", answers=answers)], rubric)[0]
    if one.delivery is None:
        return
    steps = (one.delivery.promised, one.delivery.secured, one.delivery.in_place)
    assert steps[0] == standing(one)
    for more, less in pairwise(steps):
        assert less.score <= more.score
        assert less.interval <= more.interval
        assert less.interval[1] <= more.interval[1]
        assert less.coverage <= more.coverage
    for factor in one.delivery.factors:
        assert factor.in_place <= factor.secured <= factor.promised


@few
@given(kinds, randoms)
def test_to_promise_less_firmly_never_raises_what_is_secured(kind: str, random: Random) -> None:
    """A change of status alone: in place, committed, planned."""
    rubric = shipped(kind)
    answers = with_statuses(rubric, random)
    name = random.choice([n for n, a in answers.items() if a["value"] is not None] or [""])
    if not name:
        return
    answers[name]["today"] = None
    each = [answers | {name: answers[name] | {"status": status}} for status in STATUSES[1:]]
    proposals = [Proposal(name="Any", kind=kind, country="KE", answers=a) for a in each]
    records = assess_many(proposals, rubric)
    assert len({one.score for one in records}) == 1
    secured = [one.delivery.secured.score if one.delivery else one.score for one in records]
    in_place = [one.delivery.in_place.score if one.delivery else one.score for one in records]
    assert secured[0] == secured[1] >= secured[2]
    assert in_place[0] >= in_place[1] == in_place[2]
