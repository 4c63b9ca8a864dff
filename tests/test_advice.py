"""What to do next: the steps that gain most, and the questions that narrow most."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given

from assessor import Proposal
from assessor.assessment import assess_many
from assessor.indicators import Checklist, Ordinal
from assessor.questions import Prerequisite, ProfileItem
from tests.strategies import answered, extreme, kinds, randoms, shipped
from tests.test_diagnosis import (
    SILENT,
    SOLD,
    SOUGHT,
    any_assessment,
    cap,
    few,
    indicators,
    judged,
    with_rules,
)


def changed(given: Proposal, name: str, answer: Any) -> Proposal:
    return answered(given, name, {"value": answer})


@few
@given(kinds, randoms)
def test_a_step_gains_what_scoring_the_better_answer_gains(kind: str, random: Random) -> None:
    rubric = shipped(kind)
    given_, one = any_assessment(kind, random)
    best = {i.id: extreme(i, best=True) for i in rubric.indicators}
    tried = [changed(given_, step.indicator, best[step.indicator]) for step in one.recommendations]
    raised = {f.rule for f in one.findings if f.state == "raised" and f.kind == "warning"}
    for step, then in zip(one.recommendations, assess_many(tried, rubric), strict=True):
        assert step.gain == pytest.approx(then.score - one.score, abs=1e-9)
        uncapped = then.score_uncapped - one.score_uncapped
        assert step.gain_uncapped == pytest.approx(uncapped, abs=1e-9)
        assert step.rating_after == then.rating
        still = {f.rule for f in then.findings if f.state == "raised"}
        assert set(step.settles) == raised - still


@few
@given(kinds, randoms)
def test_every_low_answer_has_its_step_and_the_most_worth_comes_first(
    kind: str, random: Random
) -> None:
    _, one = any_assessment(kind, random)
    low = {
        name
        for name, i in indicators(one).items()
        if i.state in {"answered", "insufficient_evidence"}
        and not shipped(kind).questions[name].given
        and (i.score or 0) < one.method.advice_below
    }
    assert {step.indicator for step in one.recommendations} == low
    order = [(-step.gain, -step.gain_uncapped, step.months[1]) for step in one.recommendations]
    assert order == sorted(order)


@few
@given(kinds, randoms)
def test_only_what_is_missing_is_told(kind: str, random: Random) -> None:
    """Of a scale the steps above the answer and no other; of a list the items that lack."""
    rubric = shipped(kind)
    given_, one = any_assessment(kind, random)
    for step in one.recommendations:
        answer, question = given_.answers[step.indicator].value, rubric.questions[step.indicator]
        if isinstance(question, Ordinal):
            steps = [level.step for level in question.levels if level.step]
            above = len(steps) if answer is None else len(steps) - int(question.code(answer))
            assert step.action == " ".join(steps[len(steps) - above :])
        if isinstance(question, Checklist):
            open_ = [o for o in question.options if o.id not in (answer or [])]
            assert step.missing == tuple(o.descriptor.rstrip(".") for o in open_)
            full = question.full or len(question.options)
            assert step.enough == full - len(answer or [])
        else:
            assert (step.missing, step.enough) == ((), 0)


def test_on_either_side_of_the_best_something_else_is_told() -> None:
    def told(capacity: Any) -> str:
        one = judged(**{"discipline.capacity": capacity})
        return next(s.action for s in one.recommendations if s.indicator == "discipline.capacity")

    assert (told(60), told(190), told(SOUGHT)) == (
        "Build more.",
        "Build less.",
        "Build more. Build less.",
    )


def test_under_a_cap_steps_stand_by_what_they_are_worth_once_it_is_lifted() -> None:
    rubric = with_rules({"when": "not zone_test.delimited", **cap(overall=True, at=34)})
    one = judged(rubric, **{"zone_test.delimited": "no"})
    assert {step.gain for step in one.recommendations} == {0}
    assert [(s.indicator, s.gain_uncapped) for s in one.recommendations] == [
        ("land.allocation", pytest.approx(15)),
        ("discipline.audit", pytest.approx(10)),
        ("services.offered", pytest.approx(10)),
    ]


def test_a_step_that_clears_a_cap_gains_what_the_cap_took() -> None:
    rubric = with_rules({"when": SOLD, **cap(overall=True, at=20)})
    one = judged(rubric, **{"land.allocation": "negotiated"})
    first = one.recommendations[0]
    assert (one.score, first.indicator, first.gain) == (20, "land.allocation", pytest.approx(60))
    assert (first.rating_after, first.settles) == ("A", ("rule_a",))
    assert first.best_text == "By public auction."


@pytest.mark.parametrize(
    ("name", "best"),
    [
        ("services.offered", "At least 4 of 4 items"),
        ("discipline.audit", "Somebody outside."),
        ("land.phased", "In phases."),
        ("discipline.capacity", "150 percent"),
    ],
)
def test_the_best_answer_in_words(name: str, best: str) -> None:
    one = judged(**{name: SOUGHT})
    (step,) = [step for step in one.recommendations if step.indicator == name]
    assert (step.best_text, step.answer_text, step.score) == (best, None, 0)


def test_a_proposal_without_a_rating_gets_none_from_one_step() -> None:
    silent = dict.fromkeys(("services.offered", "discipline.audit"), SILENT)
    one = judged(**silent)
    assert (one.rating, {s.rating_after for s in one.recommendations}) == ("NR", {"NR"})


@few
@given(kinds, randoms)
def test_a_question_narrows_what_scoring_its_answer_narrows(kind: str, random: Random) -> None:
    rubric = shipped(kind)
    given_, one = any_assessment(kind, random)
    now = one.interval[1] - one.interval[0]
    for asked in random.sample(one.next_questions, min(3, len(one.next_questions))):
        if asked.doubt == "insufficient_evidence" and asked.kind == "indicator":
            assert asked.narrows == 0
            continue
        question = rubric.questions[asked.id]
        if isinstance(question, Prerequisite):
            answers: list[Any] = ["yes", "no"]
        elif isinstance(question, ProfileItem):
            items = [option.id for option in question.options]
            answers = [items, []] if question.items() else items
        elif asked.doubt == "not_assessed":
            answers = [extreme(rubric.questions[asked.id], best=best) for best in (True, False)]
        else:
            answers = [given_.answers[asked.id].value]
        then = assess_many([changed(given_, asked.id, answer) for answer in answers], rubric)
        widths = [after.interval[1] - after.interval[0] for after in then]
        assert asked.narrows == pytest.approx(max(now - min(widths), 0), abs=1e-9)


@few
@given(kinds, randoms)
def test_every_open_question_is_asked_once(kind: str, random: Random) -> None:
    _, one = any_assessment(kind, random)
    doubts = {
        name: i.state if i.state != "answered" else f"{i.confidence}_confidence"
        for name, i in indicators(one).items()
    }
    asked = {q.id: q.doubt for q in one.next_questions if q.kind == "indicator"}
    certain = {"high_confidence", "not_applicable"}
    assert asked == {name: doubt for name, doubt in doubts.items() if doubt not in certain}
    unknown = {p.id for p in one.prerequisites if p.state == "unknown"}
    assert {q.id for q in one.next_questions if q.kind == "prerequisite"} == unknown
    waiting = {name for f in one.findings for name, _ in f.missing}
    assert all(q.id in waiting for q in one.next_questions if q.kind == "profile")
    assert len({q.id for q in one.next_questions}) == len(one.next_questions)
    order = [(q.kind != "prerequisite", -q.narrows) for q in one.next_questions]
    assert order == sorted(order)


def test_a_profile_question_is_asked_where_a_rule_waits_for_it() -> None:
    rubric = with_rules({"when": "profile.zone_kind == other", **cap(overall=True, at=40)})
    (only,) = judged(rubric).next_questions
    assert (only.id, only.kind, only.decides) == ("profile.zone_kind", "profile", ("rule_a",))
    assert only.narrows == pytest.approx(25)
    assert judged().next_questions == ()


# ---- How many answers make the rating firm ----


def test_the_rating_becomes_firm_once_the_answers_confirm_what_the_score_counts() -> None:
    one = judged(**{"land.allocation": {"value": "tender", "confidence": "low"}})
    assert (one.firm, one.firm_after) == (True, 0)  # 60.5 to 69.5
    silent = judged(**{"discipline.audit": SILENT})
    assert (silent.interval, silent.firm) == ((pytest.approx(55), pytest.approx(75)), False)
    assert [q.id for q in silent.next_questions] == ["discipline.audit"]
    assert silent.firm_after == 1
    both = judged(**{"discipline.audit": SILENT, "land.phased": SILENT})
    assert both.next_questions[0].id == "discipline.audit"
    assert (both.interval, both.firm_after) == ((pytest.approx(45), pytest.approx(75)), 1)


def test_only_answers_that_can_be_given_make_a_rating_firm() -> None:
    rubric = with_rules({"when": "profile.zone_kind == other", **cap(overall=True, at=40)})
    assert (judged(rubric).firm, judged(rubric).firm_after) == (False, None)
    sought = judged(**{"services.offered": SOUGHT, "discipline.audit": SOUGHT})
    assert (sought.rating, sought.firm_after) == ("NR", None)


@few
@given(kinds, randoms)
def test_that_many_answers_make_the_rating_firm_and_no_fewer(kind: str, random: Random) -> None:
    """Answers that are in doubt are confirmed; a rating that rests on silence is left out."""
    given_, one = any_assessment(kind, random)
    asked = one.next_questions[: one.firm_after]
    confirmed = given_
    for n, question in enumerate(asked):
        if "confidence" not in question.doubt:
            return
        record = assess_many([confirmed], shipped(kind))[0]
        assert not record.firm, n
        confirmed = changed(confirmed, question.id, given_.answers[question.id].value)
    if one.firm_after is not None:
        assert assess_many([confirmed], shipped(kind))[0].firm
