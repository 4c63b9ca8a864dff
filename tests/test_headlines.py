"""Conclusions, held against the counts of a record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assessor import Assessment, headlines
from assessor.record import FactorResult, Finding, PrerequisiteResult, TargetCheck
from tests.reports import records


def changed(**update: Any) -> Assessment:
    return replace(records("kivuli-coast-zone")[0], **update)


def factors(*ratings: str) -> tuple[FactorResult, ...]:
    model = records("kivuli-coast-zone")[0].factors[0]
    scores = {"A": 90.0, "B": 60.0, "C": 40.0, "D": 10.0, "NR": 50.0}
    return tuple(
        replace(model, rating=r, score=scores[r] - n, short=f"Factor {r}{n}")
        for n, r in enumerate(ratings)
    )


def prerequisites(*states: str) -> tuple[PrerequisiteResult, ...]:
    model = records("kivuli-coast-zone")[0].prerequisites[0]
    return tuple(replace(model, state=state) for state in states)


@pytest.mark.parametrize(
    ("ratings", "states", "said"),
    [
        ("ABCD", ["met"], "Strong on factor A0 and factor B1; weak on factor D3 and factor C2"),
        (["A", "NR"], ["met"], "Strong on factor A0; no rated factor is weak"),
        (["D"], ["met"], "Weak on factor D0; no rated factor is strong"),
        (["NR"], [], "Too little is known to judge any factor"),
        ("AD", ["not_met", "met"], "One prerequisite is not met; no strength can offset it"),
        ("A", ["not_met"] * 2, "Two prerequisites are not met; no strength can offset them"),
    ],
)
def test_the_summary_concludes(ratings, states, said):
    record = changed(factors=factors(*ratings), prerequisites=prerequisites(*states), findings=())
    assert headlines.summary_headline(record) == said


@pytest.mark.parametrize(
    ("kinds", "ratings", "states", "said"),
    [
        ("ws-?", "AD", [], "Strong on factor A0; weak on factor D1"),
        ("g", "AD", [], "One grave warning; strong on factor A0; weak on factor D1"),
        ("gwg", ["NR"], [], "Two grave warnings; too little is known to judge any factor"),
        ("g", "A", ["not_met"], "One prerequisite is not met; no strength can offset it"),
    ],
)
def test_grave_warnings_come_first_where_no_prerequisite_is_unmet(kinds, ratings, states, said):
    update = {"prerequisites": prerequisites(*states), "findings": findings(*kinds)}
    assert headlines.summary_headline(changed(factors=factors(*ratings), **update)) == said


def test_nobody_is_strong_on_a_challenge():
    strong, (handled, weak) = factors("B")[0], factors(*"AD")
    handled, weak = (replace(f, pillar="challenge") for f in (handled, weak))
    update = {"prerequisites": (), "findings": ()}
    record = changed(factors=(handled, strong, weak), **update)
    assert headlines.summary_headline(record) == "Strong on factor B0; weak on factor D1"
    record = changed(factors=(handled, weak), **update)
    assert headlines.summary_headline(record) == "Handles factor A0 well; weak on factor D1"


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([], "No prerequisites are asked for"),
        (["met"], "It meets the one test of a zone"),
        (["met"] * 4, "It meets all four tests of a zone"),
        (["met", "not_met"], "Of two tests of a zone, one is met and one is not met"),
        (
            ["met", "met", "not_met", "unknown"],
            "Of four tests of a zone, two are met, one is not met and one is not answered",
        ),
        (["unknown"] * 3, "Of three tests of a zone, three are not answered"),
    ],
)
def test_the_tests_conclude(states, said):
    assert headlines.tests_headline(changed(prerequisites=prerequisites(*states))) == said


def findings(*kinds: str) -> tuple[Finding, ...]:
    """One finding for each letter: g and w warnings, grave or not, s strengths, ? cannot tell."""
    model = records("kivuli-coast-zone")[0].findings[0]
    return tuple(
        replace(
            model,
            kind="strength" if kind == "s" else "warning",
            severity="high" if kind == "g" else "medium",
            state={"?": "cannot_tell", "-": "clear"}.get(kind, "raised"),
        )
        for kind in kinds
    )


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ("", "No rule is raised, for better or worse"),
        ("--", "No rule is raised, for better or worse"),
        ("?", "No warning is raised, but one rule cannot tell yet"),
        ("??-", "No warning is raised, but two rules cannot tell yet"),
        ("g", "One grave warning"),
        ("w", "One warning"),
        ("gww", "Three warnings, one of them grave"),
        ("gg", "Two warnings, all of them grave"),
        ("ww", "Two warnings, none of them grave"),
        ("s", "No warning and one strength"),
        ("ws", "One warning and one strength"),
        ("gwss", "Two warnings, one of them grave, and two strengths"),
    ],
)
def test_the_findings_conclude(kinds, said):
    assert headlines.findings_headline(changed(findings=findings(*kinds))) == said


@pytest.mark.parametrize(
    ("gains", "unmet", "questions", "said"),
    [
        ([], 0, False, "No answer given calls for a step"),
        ([], 0, True, "The next step is to answer what is open"),
        ([], 1, True, "The prerequisite first; no answer given so far calls for more"),
        ([(2.04, 2.04)], 0, True, "One step of 2.0 points"),
        ([(4.2, 4.2), (1, 1)], 0, True, "Two steps of up to 4.2 points"),
        (
            [(4.2, 4.2)] * 3,
            2,
            True,
            "First the two prerequisites, then three steps of up to 4.2 points",
        ),
        ([(0, 3.1)] * 2, 0, True, "Two steps of up to 3.1 points once no rule caps the score"),
    ],
)
def test_the_action_plan_concludes(gains, unmet, questions, said):
    record = records("leather-goods-ethiopia")[0]
    step = record.recommendations[0]
    steps = [replace(step, gain=g, gain_uncapped=u) for g, u in gains]
    open_questions = record.next_questions[:1] if questions else ()
    changes = {
        "recommendations": tuple(steps),
        "next_questions": open_questions,
        "prerequisites": prerequisites(*["not_met"] * unmet),
    }
    assert headlines.actions_headline(replace(record, **changes)) == said


def test_a_firm_rating_names_what_it_is_without_plans() -> None:
    stays = "Sound with gaps: whatever is still unknown, the rating stays"
    one = changed()
    assert one.delivery
    assert headlines.rating_sentence(one) == (
        f"{stays}, if all that is planned is done; without plans it is C."
    )
    kept = replace(one.delivery, secured=replace(one.delivery.secured, rating="B"))
    assert headlines.rating_sentence(changed(delivery=kept)) == f"{stays}."
    assert headlines.rating_sentence(changed(delivery=None)) == f"{stays}."


@pytest.mark.parametrize(
    ("ratings", "said"),
    [
        (["NR"], "None of the one factor can be rated yet"),
        (["NR"] * 3, "None of the three factors can be rated yet"),
        (["A", "NR"], "One of two factors is sound or strong"),
        (["A", "B", "D"], "Two of three factors are sound or strong, one is weak"),
        (["C", "D"], "No of two factors are sound or strong, two are weak"),
    ],
)
def test_the_factors_conclude(ratings, said):
    said = said.replace(
        "No of two factors are sound or strong, two are weak",
        "None of two factors is sound or strong, two are weak",
    )
    assert headlines.factors_headline(changed(factors=factors(*ratings))) == said


@pytest.mark.parametrize(
    ("exceeds", "cases", "bold", "said"),
    [
        (0, 3, False, "Above none of the three cases in the reference"),
        (2, 3, False, "Above two of the three cases in the reference"),
        (3, 3, False, "Above all three cases in the reference"),
        (3, 3, True, "Bolder than every case in the reference"),
    ],
)
def test_forecasts_are_held_against_their_reference(exceeds, cases, bold, said):
    reference = tuple((f"case {n}", float(n)) for n in range(cases))
    target = target_check(reference=reference, exceeds=exceeds, bold=bold)
    assert headlines.target_verdict(target) == said


def target_check(**given):
    facts = {
        "id": "x",
        "title": "X",
        "unit": "percent",
        "higher_is": "bolder",
        "several": False,
        "value": 5,
        "reference": (("one", 2.0), ("other", 1.0)),
        "period": "1980",
        "median": 1,
        "exceeds": 2,
        "bold": False,
        "note": "n",
        "sources": (),
    }
    return TargetCheck(**{**facts, **given})


@pytest.mark.parametrize(("value", "side"), [(5, "Above"), (4, "Level with"), (3, "Below")])
def test_one_figure_is_no_spread(value, side):
    target = target_check(value=value, reference=(("only", 4.0),))
    assert headlines.target_verdict(target) == f"{side} the reference: one figure, no spread"


BOLD, SUMMED = target_check(bold=True), target_check(bold=True, several=True)
CALM, SINGLE = target_check(), target_check(reference=(("only", 4.0),))


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ([BOLD], "The forecast is bolder than what comparable places reached"),
        ([BOLD, CALM], "One of two forecasts is bolder than what comparable places reached"),
        (
            [BOLD, SUMMED, CALM],
            "One of three forecasts is bolder than what comparable places reached, and one is bold "
            "for one place",
        ),
        (
            [SUMMED, CALM],
            "One of two forecasts is bold for one place: the cases are sums of several",
        ),
        ([CALM], "No forecast is bolder than what comparable places reached"),
        ([SINGLE, SINGLE], "Each forecast has one figure beside it, and no spread"),
        (
            [SINGLE, CALM],
            "No forecast with several cases beside it is bolder than what they reached",
        ),
    ],
)
def test_sums_and_single_figures_are_not_counted_as_bolder(targets, said):
    assert headlines.targets_headline(targets) == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(0.014, "million", "14,000"), (1.47, "million", "1,470,000"), (58, "percent a year", "58")],
)
def test_millions_are_written_out(value, unit, said):
    assert headlines.figure(value, unit) == said
