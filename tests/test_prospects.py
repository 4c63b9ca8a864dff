"""Sentences on the path, on what to find out and on promises, held against the record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assessor import Assessment, prospects
from assessor.record import NextQuestion
from assessor.trust import Delivery, ImprovementPath, Standing
from tests.reports import records
from tests.test_diagnosis import cap, judged, with_rules

TO_AN_A = "not most points, to a rating of A: 8 units"


def kivuli(**update: Any) -> Assessment:
    return replace(records("kivuli-coast-zone")[0], **update)


def path(**update: Any) -> ImprovementPath:
    found = kivuli().path
    assert found
    return replace(found, **update)


def delivery(**update: Any) -> Delivery:
    found = kivuli().delivery
    assert found
    return replace(found, **update)


@pytest.mark.parametrize(
    ("update", "headline", "brief"),
    [
        (
            {},
            "Four steps lead to a rating of A",
            f"Least effort, {TO_AN_A} for limits",
        ),
        (
            {"exact": False},
            "Four steps lead to a rating of A",
            f"Little effort, {TO_AN_A} for limits",
        ),
        (
            {"prerequisites": ("a", "b")},
            "Two prerequisites and four steps lead to a rating of A",
            f"Least effort, {TO_AN_A}, after the prerequisites, for li",
        ),
        (
            {"prerequisites": ("a",), "steps": ()},
            "One prerequisite leads to a rating of A",
            "One prerequisite leads to a rating of A. The score is then 75, rated A, between 72",
        ),
        (
            {"reaches": False, "steps": (), "rating_after": "B"},
            "No set of better answers leads to a rating of A",
            "No set of better answers leads to a rating of A: B at best.",
        ),
    ],
)
def test_a_path_says_how_many_steps_lead_where(
    update: dict[str, Any], headline: str, brief: str
) -> None:
    assert prospects.path_headline(path(**update)) == headline
    assert prospects.path_in_brief(kivuli(), path(**update)).startswith(brief)


@pytest.mark.parametrize(
    ("missing", "enough", "said"),
    [
        ((), 0, "Do it."),
        (("Roads",), 1, "Do it. Missing: Roads."),
        (("Roads", "Power"), 2, "Do it. Missing: Roads; Power."),
        (("Roads", "Power"), 1, "Do it. Missing (one is enough): Roads; Power."),
        (("Roads", "Power", "Gas"), 2, "Do it. Missing (two are enough): Roads; Power; Gas."),
    ],
)
def test_what_a_list_lacks_is_told(missing: tuple[str, ...], enough: int, said: str) -> None:
    step = replace(kivuli().recommendations[0], action="Do it.", missing=missing, enough=enough)
    assert prospects.action_of(step) == said


def test_a_path_names_what_is_to_be_settled_before_it() -> None:
    one = kivuli()
    test = one.prerequisites[1]
    told = prospects.path_sentences(one, path(unknown=(test.id,)))
    assert told.startswith("Before it, settle what no step can offset: one management. The score")
    brief = prospects.path_in_brief(kivuli(), path(unknown=(test.id,)))
    assert brief.startswith(f"Least effort, {TO_AN_A}, after the prerequisites, for li")


def test_a_path_says_whether_anything_takes_less() -> None:
    one = kivuli()
    told = prospects.path_sentences(one, path())
    assert told.startswith(
        "The score is then 75, between 72 and 78: not yet firm. The effort is 8 units. No other "
        "set of better answers takes less. Low, medium and high effort count 1, 3 and 6 units"
    )
    told = prospects.path_sentences(one, path(exact=False))
    assert "A search found none that takes less, but did not try them all." in told
    nothing = path(reaches=False, steps=(), score_after=70.0, rating_after="B")
    told = prospects.path_sentences(one, nothing)
    assert told.startswith("With every other answer at its best the score is 70, rated B: ")


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({}, "The score is then 75, between 72 and 78: not yet firm."),
        (
            {"interval_after": (75.0, 78.0), "rating_range_after": ("A", "A")},
            "The score is then 75, between 75 and 78.",
        ),
        (
            {"interval_after": (75.09, 75.09), "rating_range_after": ("A", "A")},
            "The score is then 75.",
        ),
        (
            {"target": "B", "rating_range_after": ("A", "A")},
            "The score is then 75, rated A, between 72 and 78.",
        ),
    ],
)
def test_a_path_says_how_firm_the_rating_then_is(update: dict[str, Any], said: str) -> None:
    one, found = kivuli(), path(**update)
    assert prospects.path_sentences(one, found).startswith(f"{said} The effort is 8 units. ")
    assert prospects.path_in_brief(one, found).endswith(f" {said}")


@pytest.mark.parametrize(
    ("firm_after", "asked", "said"),
    [
        (None, 3, "Even all of these answers would not make the rating firm."),
        (0, 3, "The rating is firm already; these answers would narrow the interval."),
        (1, 3, "The first answer makes the rating firm if it confirms what the score counts now."),
        (2, 3, "The first two answers make the rating firm if they confirm what the score counts"),
        (3, 3, "All of these answers make the rating firm if they confirm what the score counts"),
        (0, 0, ""),
    ],
)
def test_how_many_answers_make_the_rating_firm(
    firm_after: int | None, asked: int, said: str
) -> None:
    questions = kivuli().next_questions[:asked]
    one = kivuli(firm_after=firm_after, next_questions=questions)
    assert prospects.firm_sentence(one).startswith(said)
    assert bool(prospects.firm_sentence(one)) == bool(said)


def test_questions_are_counted() -> None:
    assert prospects.questions_headline(2, 2) == "Two answers would narrow the result"
    told = "The eight answers, of 20 missing or in doubt, that would narrow the result most"
    assert prospects.questions_headline(8, 20) == told


def test_a_question_that_has_an_answer_says_why_it_is_asked_again() -> None:
    def asked(doubt: str) -> NextQuestion:
        return replace(kivuli().next_questions[0], doubt=doubt)

    assert prospects.doubt_words(asked("not_assessed")) == ""
    assert prospects.doubt_words(asked("low_confidence")) == "Answered with low confidence"
    told = "Looked for and not found; counts as 0"
    assert prospects.doubt_words(asked("insufficient_evidence")) == told


def standing(score: float) -> Standing:
    return replace(delivery().promised, score=score)


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ((67, 57, 43), "10.0 of 67 points rest on plans"),
        ((67, 67, 43), "No points rest on plans alone, 24.0 on commitments"),
        ((67, 67, 67), "The score does not rest on promises"),
    ],
)
def test_promises_are_told_in_points(scores: tuple[float, ...], said: str) -> None:
    names = ("promised", "secured", "in_place")
    three = {name: standing(score) for name, score in zip(names, scores, strict=True)}
    one = kivuli(delivery=delivery(**three))
    assert prospects.delivery_headline(one) == said


def test_without_promises_the_section_is_left_out() -> None:
    assert prospects.delivery_headline(kivuli(delivery=None)) == ""


def test_the_three_scores_and_what_is_not_proven() -> None:
    one = kivuli()
    assert prospects.delivery_sentences(one, delivery()) == (
        "As promised it scores 67 (rated B), without what is only planned 51 (rated C) and with "
        "what is in place alone 38 (rated C). Eleven planned and twelve committed answers."
    )
    told = "Promised 67, secured without plans 51, in place today 38."
    assert prospects.delivery_in_brief(one, delivery()) == told
    assert prospects.unproven_sentence(delivery()) == ""
    told = "Planned, and no evidence is named: land in phases and FDI."
    unproven = delivery(unproven=(("a", "Land in phases"), ("b", "FDI")))
    assert prospects.unproven_sentence(unproven) == told
    many = delivery(unproven=tuple((str(n), f"Plan {n}") for n in range(20)))
    assert prospects.unproven_sentence(many).endswith("plan 6, plan 7 and twelve more.")


def test_the_path_of_the_small_proposal_in_words() -> None:
    rubric = with_rules({"when": "land.allocation == tender", **cap(overall=True, at=54)})
    found = judged(rubric).path
    assert found
    assert prospects.step_of_path(found.steps[0]) == "tender → auction"
    assert prospects.step_points(found.steps[0].gain_alone) == "+26.0"
    assert prospects.step_points(0.01) == "–"
