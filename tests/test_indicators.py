"""Questions: what answers they take, what each scores, and what a rubric may not say of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from assessor.indicators import AnyIndicator, Indicator
from assessor.questions import Prerequisite, ProfileItem, Question
from tests.strategies import kinds, randoms, shipped, value

ADVICE = {
    "action": "Do it.",
    "owner": "ministry",
    "months": [0, 6],
    "effort": "low",
    "basis": "author",
}
WORDLESS = {**ADVICE, "action": None}
COMMON = {
    "id": "land.question",
    "title": "A title",
    "question": "Is it so?",
    "why": "It matters.",
    "proof": "The law.",
    "sources": ["1.1 ¶1"],
}
SCORED = {
    "construct": "fact",
    "weight": 1,
    "weight_basis": "equal",
    "weight_reason": "None.",
    "lessons": ["one"],
    "advice": ADVICE,
}
LEVELS: list[dict[str, Any]] = [
    {"id": "low", "descriptor": "Level low."},
    {"id": "mid", "descriptor": "Level mid.", "step": "Begin."},
    {"id": "high", "descriptor": "Level high.", "step": "End."},
]
OPTIONS = [
    {"id": "rail", "descriptor": "By rail.", "score": 40, "step": "Lay rails."},
    {"id": "sea", "descriptor": "By sea.", "score": 100, "step": "Dig a port."},
    {"id": "none", "descriptor": "Not at all.", "score": 0},
]
TYPES = [{"id": level["id"], "descriptor": level["descriptor"]} for level in LEVELS]
ITEMS = [{"id": id, "descriptor": f"{id.title()}."} for id in ("roads", "power", "24")]
GOALPOSTS = {"unit": "hours", "minimum": 0, "maximum": 1000, "goalposts_reason": "Ours."}
KINDS: dict[str, dict[str, Any]] = {
    "yes_no": {"good": True, "descriptors": {"yes": "It is.", "no": "It is not."}},
    "ordinal": {"levels": LEVELS, "advice": WORDLESS},
    "choice": {"options": OPTIONS, "advice": WORDLESS},
    "checklist": {"items": ITEMS},
    "measure": {**GOALPOSTS, "worst": 400, "best": 24},
}
IN_BETWEEN = {"worst": None, "best": None, "points": [[50, 0], [100, 100], [130, 100], [200, 0]]}


def indicator(kind: str, **changes: Any) -> Indicator:
    fields = {**COMMON, **SCORED, "kind": kind, **KINDS[kind], **changes}
    return TypeAdapter(AnyIndicator).validate_python(fields)


def prerequisite(**changes: Any) -> Prerequisite:
    own = {"kind": "yes_no", "test": "zone", "unmet": "It is none.", "advice": ADVICE}
    return Prerequisite.checked({**COMMON, **KINDS["yes_no"], **own, **changes})


def profile_item(kind: str, **changes: Any) -> ProfileItem:
    own = {"kind": kind, "applies_to": "both", "options": TYPES}
    return ProfileItem.checked({**COMMON, **own, **changes})


def score(one: Indicator, answer: Any) -> float:
    codes, scores = zip(*one.points(), strict=True)
    return float(np.interp(one.code(answer), codes, scores))


def faults(make: Any, *args: Any, **fields: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        make(*args, **fields)
    return [error["msg"].removeprefix("Value error, ") for error in caught.value.errors()]


# ---- Scores ----


@pytest.mark.parametrize(
    ("kind", "changes", "scores"),
    [
        ("yes_no", {}, {"yes": 100, "no": 0, True: 100, False: 0, " Yes ": 100, "FALSE": 0}),
        ("yes_no", {"good": False}, {"yes": 0, "no": 100}),
        ("ordinal", {}, {"low": 0, "mid": 50, "high": 100}),
        (
            "ordinal",
            {"levels": [{**lv, "score": s} for lv, s in zip(LEVELS, (0, 80, 100), strict=True)]},
            {"low": 0, "mid": 80, "high": 100},
        ),
        ("choice", {}, {"rail": 40, "sea": 100, "none": 0}),
        ("measure", {}, {400: 0, 212: 50, 24: 100, 1000: 0, 0: 100, 118.0: 75}),
        (
            "measure",
            {**IN_BETWEEN, "advice": {**ADVICE, "action_above": "Less."}},
            {0: 0, 50: 0, 75: 50, 100: 100, 115: 100, 130: 100, 165: 50, 200: 0, 900: 0},
        ),
    ],
)
def test_an_answer_scores(kind: str, changes: dict[str, Any], scores: dict[Any, float]) -> None:
    one = indicator(kind, **changes)
    assert {answer: score(one, answer) for answer in scores} == pytest.approx(scores)


@pytest.mark.parametrize(
    ("full", "answer", "expected"),
    [
        (None, [], 0),
        (None, ["roads"], 100 / 3),
        (None, ["roads", "power", "24"], 100),
        (2, ["power"], 50),
        (2, ["power", 24], 100),
        (2, ("roads", "power", "24"), 100),
    ],
)
def test_a_checklist_scores_what_is_ticked_up_to_full(
    full: int | None, answer: Any, expected: float
) -> None:
    one = indicator("checklist", full=full, full_reason="Two will do.")
    assert score(one, answer) == pytest.approx(expected)


@given(kinds, randoms)
def test_every_answer_that_is_taken_can_be_shown_and_scored(kind: str, random: Random) -> None:
    for question in shipped(kind).questions.values():
        answer = value(question, random)
        assert question.show(answer).strip()
        assert math.isfinite(question.code(answer))
        if isinstance(question, Indicator):
            assert 0 <= score(question, answer) <= 100


@pytest.mark.parametrize("kind", ["zone", "cluster"])
def test_every_line_reaches_0_and_100_and_its_codes_rise(kind: str) -> None:
    for one in shipped(kind).indicators:
        codes, scores = zip(*one.points(), strict=True)
        assert list(codes) == sorted(set(codes)), one.id
        assert (min(scores), max(scores)) == (0, 100), one.id


# ---- Answers that do not fit ----

WRONG: list[tuple[Question, Any, str]] = [
    (indicator("yes_no"), "maybe", "'maybe' is neither yes nor no; write yes or no"),
    (indicator("yes_no"), 1, "1 is neither yes nor no; write yes or no"),
    (indicator("ordinal"), "hihg", "'hihg' is not a level; did you mean 'high'?"),
    (indicator("ordinal"), 2, "2 is not a level; known: low, mid, high"),
    (indicator("ordinal"), True, "True is not a level; known: low, mid, high"),
    (indicator("choice"), ["sea"], "['sea'] is not an option; did you mean 'sea'?"),
    (
        indicator("checklist"),
        "roads",
        "'roads' is not a list; write the ids in brackets, or [] for none",
    ),
    (indicator("checklist"), ["road"], "'road' is not an item; did you mean 'roads'?"),
    (
        indicator("checklist"),
        ["roads", "24", 24],
        "['roads', '24', 24] names an item twice; name each once",
    ),
    (
        indicator("measure"),
        "1,200 hours",
        "'1,200 hours' is not a number; "
        "write 1200 or 1.2 without quotes, unit or separators (it counts hours)",
    ),
    (
        indicator("measure"),
        "two days",
        "'two days' is not a number; write a figure; it counts hours",
    ),
    (indicator("measure"), True, "True is not a number; write a figure; it counts hours"),
    (
        indicator("measure"),
        math.nan,
        "nan is not a figure; write a number, or leave the answer empty",
    ),
    (
        indicator("measure"),
        1000.5,
        "1000.5 lies outside 0 to 1000 hours; check the figure and its unit",
    ),
    (
        indicator("measure"),
        -math.inf,
        "-inf lies outside 0 to 1000 hours; check the figure and its unit",
    ),
    (
        indicator("measure"),
        10**400,
        f"1{'0' * 58}… lies outside 0 to 1000 hours; check the figure and its unit",
    ),
    (profile_item("choice"), "hi", "'hi' is not an option; did you mean 'high'?"),
    (
        profile_item("checklist"),
        "low",
        "'low' is not a list; write the ids in brackets, or [] for none",
    ),
]


@pytest.mark.parametrize(("question", "answer", "message"), WRONG)
def test_an_answer_that_does_not_fit_is_told_with_the_way_out(
    question: Question, answer: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        question.code(answer)
    assert str(caught.value) == message


# ---- In words ----


@pytest.mark.parametrize(
    ("question", "answer", "words"),
    [
        (indicator("yes_no"), True, "Yes"),
        (indicator("yes_no"), "no", "No"),
        (indicator("ordinal"), "mid", "Level mid."),
        (indicator("choice"), "sea", "By sea."),
        (indicator("checklist"), ["power", 24], "2 of 3: Power; 24"),
        (indicator("checklist"), [], "None"),
        (indicator("measure"), 1000, "1,000 hours"),
        (indicator("measure"), 0.1 + 0.2, "0.3 hours"),
        (indicator("measure"), 1, "1 hour"),
        (indicator("measure"), 1.0, "1 hour"),
        (indicator("measure", unit="months"), 1, "1 month"),
        (indicator("measure", unit="years"), 1, "1 year"),
        (indicator("measure", unit="percent"), 1, "1 percent"),
        (indicator("measure", unit="percent a year"), 1, "1 percent a year"),
        (profile_item("ordinal"), "high", "Level high."),
        (profile_item("checklist"), ["low", "high"], "Level low; Level high"),
        (profile_item("checklist"), [], "None"),
    ],
)
def test_an_answer_in_words(question: Question, answer: Any, words: str) -> None:
    assert question.show(answer) == words


@pytest.mark.parametrize(
    ("question", "scale"),
    [
        (indicator("yes_no"), [("no", 0), ("yes", 100)]),
        (indicator("yes_no", good=False), [("yes", 0), ("no", 100)]),
        (indicator("ordinal"), [("low", 0), ("mid", 50), ("high", 100)]),
        (indicator("choice"), [("none", 0), ("rail", 40), ("sea", 100)]),
        (indicator("checklist"), [("roads", None), ("power", None), ("24", None)]),
        (indicator("measure"), [("24", 100), ("400", 0)]),
        (profile_item("choice"), [("low", None), ("mid", None), ("high", None)]),
    ],
)
def test_the_scale_that_a_report_shows(
    question: Question, scale: Iterable[tuple[str, float | None]]
) -> None:
    assert [(level.id, level.score) for level in question.scale()] == list(scale)


@pytest.mark.parametrize(
    ("kind", "answer", "chosen"),
    [
        ("choice", "mid", ["mid"]),
        ("ordinal", "low", ["low"]),
        ("checklist", ["high", "low"], ["low", "high"]),
        ("checklist", ("low",), ["low"]),
        ("checklist", [], []),
    ],
)
def test_the_options_that_a_profile_answer_names(kind: str, answer: Any, chosen: list[str]) -> None:
    assert [option.id for option in profile_item(kind).chosen(answer)] == chosen


# ---- What is still to be done ----

BOTH_SIDES = {**IN_BETWEEN, "advice": {**ADVICE, "action": "More.", "action_above": "Less."}}


@pytest.mark.parametrize(
    ("kind", "changes", "now", "then", "told"),
    [
        ("yes_no", {}, 0, 1, "Do it."),
        ("checklist", {}, 2, 3, "Do it."),
        ("measure", {}, 300, 100, "Do it."),
        ("ordinal", {}, 0, 1, "Begin."),
        ("ordinal", {}, 1, 2, "End."),
        ("ordinal", {}, 0, 2, "Begin. End."),
        ("ordinal", {}, None, 2, "Begin. End."),
        ("choice", {}, 2, 0, "Lay rails."),
        ("choice", {}, 0, 1, "Dig a port."),
        ("choice", {}, None, 1, "Dig a port."),
        ("measure", BOTH_SIDES, 60, 90, "More."),
        ("measure", BOTH_SIDES, 190, 130, "Less."),
        ("measure", BOTH_SIDES, None, 100, "More. Less."),
    ],
)
def test_what_is_told_to_do_is_only_what_is_missing(
    kind: str, changes: dict[str, Any], now: float | None, then: float, told: str
) -> None:
    assert indicator(kind, **changes).todo(now, then) == told


# ---- What a rubric may not say ----

TWO = [{"id": id, "descriptor": "Same.", "score": s} for id, s in (("a", 0), ("a", 100))]
EITHER = [
    "write either advice, or given: true and given_reason if nobody can change the answer",
]
NO_ACTION = ["advice does not say what to do; write its action"]
NO_ACTION_ABOVE = ["a figure above the best scores less; say in action_above what to do about it"]
NOTHING_ABOVE = ["no figure can lie above the best; take action_above out"]
STEPS_INSTEAD = [
    "take the action out of advice; each level or option says by its step what leads there"
]
REFUSED: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "yes_no",
        {"descriptors": {"yes": "It is."}},
        ["Field required"],
    ),
    (
        "ordinal",
        {"levels": [{**LEVELS[0], "score": 0}, *LEVELS[1:]]},
        ["some levels have a score and some have none; give it to all or to none"],
    ),
    (
        "ordinal",
        {"levels": [{**lv, "score": s} for lv, s in zip(LEVELS, (0, 60, 60), strict=True)]},
        ["scores [0.0, 60.0, 60.0] do not rise from 0 to 100; order the levels worst first"],
    ),
    (
        "ordinal",
        {"levels": [*LEVELS, {**LEVELS[1], "id": "low"}]},
        ["'low' stands twice; give each a name of its own"],
    ),
    (
        "ordinal",
        {"levels": [{"id": "yes", "descriptor": "It is."}, *LEVELS]},
        ["an option may not be called 'yes'; use kind: yes_no"],
    ),
    (
        "ordinal",
        {"levels": [{"id": "not_applicable", "descriptor": "It is not."}, *LEVELS]},
        ["an option may not be called 'not_applicable', a state; give it another name"],
    ),
    (
        "choice",
        {"options": [*OPTIONS, {"id": "air", "descriptor": "By air."}]},
        ["the options score [40.0, 100.0, 0.0]; give each a score, the worst 0 and the best 100"],
    ),
    (
        "choice",
        {"options": OPTIONS[:2]},
        ["the options score [40.0, 100.0]; give each a score, the worst 0 and the best 100"],
    ),
    ("choice", {"options": TWO}, ["'a' stands twice; give each a name of its own"]),
    (
        "checklist",
        {"items": [ITEMS[0], ITEMS[0]]},
        ["'roads' stands twice; give each a name of its own"],
    ),
    ("checklist", {"full": 4}, ["full is 4 but there are 3 items; lower it"]),
    ("checklist", {"full": 2}, ["full is 2 of 3 items; say why in full_reason"]),
    *(
        (
            "measure",
            {"worst": worst, "best": best, "points": points},
            ["give either worst and best, or points; not both and not neither"],
        )
        for worst, best, points in [
            (None, None, None),
            (400, None, None),
            (None, 24, None),
            (400, 24, [[0, 0], [1, 100]]),
            (400, None, [[0, 0], [1, 100]]),
            (None, 24, [[0, 0], [1, 100]]),
        ]
    ),
    (
        "measure",
        {"worst": 24},
        ["the figures [24.0, 24.0] do not rise; set them apart and sort them"],
    ),
    (
        "measure",
        {"worst": None, "best": None, "points": [[9, 0], [3, 100]]},
        ["the figures [9.0, 3.0] do not rise; set them apart and sort them"],
    ),
    (
        "measure",
        {"worst": None, "best": None, "points": [[3, 0], [9, 80]]},
        ["the scores [0.0, 80.0] do not reach both 0 and 100; add points"],
    ),
    (
        "measure",
        {"minimum": 100},
        ["the goalposts [24.0, 400.0] leave 100 to 1000; widen minimum and maximum"],
    ),
    (
        "measure",
        {"maximum": 300},
        ["the goalposts [24.0, 400.0] leave 0 to 300; widen minimum and maximum"],
    ),
    (
        "yes_no",
        {"advice": {**ADVICE, "months": [6, 6]}},
        ["months [6, 6] do not run forward; write [first, last]"],
    ),
    (
        "yes_no",
        {"advice": {**ADVICE, "basis": "paper"}},
        ["advice with basis: paper names no place; add sources or write basis: author"],
    ),
    ("yes_no", {"advice": None}, EITHER),
    ("yes_no", {"given": True, "given_reason": "It lies there."}, EITHER),
    ("yes_no", {"given": True, "advice": None}, EITHER),
    ("yes_no", {"given_reason": "It lies there."}, EITHER),
    ("yes_no", {"advice": WORDLESS}, NO_ACTION),
    ("checklist", {"advice": WORDLESS}, NO_ACTION),
    ("measure", {"advice": WORDLESS}, NO_ACTION),
    ("measure", {**IN_BETWEEN, "advice": WORDLESS}, NO_ACTION),
    ("measure", {**IN_BETWEEN, "advice": ADVICE}, NO_ACTION_ABOVE),
    ("measure", {"advice": {**ADVICE, "action_above": "Less."}}, NOTHING_ABOVE),
    ("yes_no", {"advice": {**ADVICE, "action_above": "Less."}}, NOTHING_ABOVE),
    ("ordinal", {"advice": ADVICE}, STEPS_INSTEAD),
    ("choice", {"advice": ADVICE}, STEPS_INSTEAD),
    ("choice", {"advice": {**WORDLESS, "action_above": "Less."}}, STEPS_INSTEAD),
    (
        "ordinal",
        {"levels": [{**LEVELS[0], "step": "Stop."}, *LEVELS[1:]]},
        ["no step can lead to 'low'; take its step out"],
    ),
    (
        "ordinal",
        {"levels": [LEVELS[0], {**LEVELS[1], "step": None}, LEVELS[2]]},
        ["'mid' does not say what leads to it; write its step"],
    ),
    (
        "ordinal",
        {"given": True, "given_reason": "It lies there.", "advice": None},
        ["no step can lead to 'mid'; take its step out"],
    ),
    (
        "choice",
        {"options": [*OPTIONS[:2], {**OPTIONS[2], "step": "Close it."}]},
        ["no step can lead to 'none'; take its step out"],
    ),
    (
        "choice",
        {"options": [{**OPTIONS[0], "step": None}, *OPTIONS[1:]]},
        ["'rail' does not say what leads to it; write its step"],
    ),
    ("yes_no", {"why": "  "}, ["the text is empty; write it or take the field out"]),
]


@pytest.mark.parametrize(("kind", "changes", "messages"), REFUSED)
def test_what_a_rubric_may_not_say_of_an_indicator(
    kind: str, changes: dict[str, Any], messages: list[str]
) -> None:
    assert faults(indicator, kind, **changes) == messages


@pytest.mark.parametrize("points", [[], [[1, 0]]])
def test_a_line_has_two_points_at_least(points: list[Any]) -> None:
    told = faults(indicator, "measure", worst=None, best=None, points=points)
    assert told == [f"Tuple should have at least 2 items after validation, not {len(points)}"]


def test_a_prerequisite_says_what_to_do_where_it_is_not_met() -> None:
    assert faults(prerequisite, advice=WORDLESS) == NO_ACTION


def test_a_prerequisite_is_met_by_a_yes() -> None:
    told = ["a prerequisite is met by a yes; turn the question round"]
    assert faults(prerequisite, good=False) == told
    assert prerequisite().code("yes") == 1


def test_a_profile_item_names_each_option_once() -> None:
    told = faults(profile_item, "choice", options=[LEVELS[0], LEVELS[0]])
    assert told == ["'low' stands twice; give each a name of its own"]


@pytest.mark.parametrize(
    ("question", "type_", "options"),
    [
        (indicator("yes_no"), "yes_no", ()),
        (indicator("ordinal"), "ordinal", ("low", "mid", "high")),
        (indicator("choice"), "choice", ("rail", "sea", "none")),
        (indicator("checklist"), "checklist", ("roads", "power", "24")),
        (indicator("measure"), "number", ()),
        (profile_item("checklist"), "checklist", ("low", "mid", "high")),
    ],
)
def test_what_a_condition_knows_of_a_question(
    question: Question, type_: str, options: tuple[str, ...]
) -> None:
    name = question.name()
    assert (name.type, name.options, name.title) == (type_, options, "A title")


def test_only_a_measure_in_percent_is_compared_with_percent() -> None:
    assert indicator("measure", unit="percent", worst=100, best=0).name().percent
    assert not indicator("measure").name().percent
