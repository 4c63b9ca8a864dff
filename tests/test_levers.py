"""What would change the result: every claim is scored again."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from assessor import Assessment, Proposal, Rubric, assess
from assessor.assessment import assess_many
from assessor.indicators import Checklist, Measure, Ordinal
from assessor.levers import _grain
from assessor.trials import ticked
from assessor.trust import Switch
from tests import small, strategies


def again(proposal: Proposal, rubric: Rubric, name: str, answer: Any) -> Assessment:
    return assess(strategies.answered(proposal, name, {"value": answer}), rubric)


def written(proposal: Proposal, rubric: Rubric, name: str, answer: Any) -> Any:
    """A switch's answer as a proposal has it: of a checklist the items and not their number."""
    items = rubric.questions[name].items()
    if not items:
        return answer
    given_items = {str(item) for item in _value(proposal, name) or ()}
    marks = ticked([item in given_items for item in items], int(answer))
    return [item for item, on in zip(items, marks, strict=True) if on]


def _value(proposal: Proposal, name: str) -> Any:
    return proposal.answers[name].value if name in proposal.answers else None


def way(now: Assessment, then: Assessment) -> str | None:
    return None if now.rating == then.rating else "up" if then.rating < now.rating else "down"


def rated(rubric: Rubric, random: Random) -> tuple[Proposal, Assessment]:
    """A proposal that is rated, its answers held with any confidence."""
    while True:
        proposal = strategies.proposal(rubric, random, gaps=random.choice([0.0, 0.05, 0.15]))
        yes = {p.id: {"value": "yes"} for p in rubric.prerequisites}
        proposal = Proposal(
            **(proposal.model_dump() | {"answers": proposal.model_dump()["answers"] | yes})
        )
        one = assess(proposal, rubric)
        if one.rating != "NR":
            return proposal, one


@given(random=strategies.randoms, kind=strategies.kinds)
@settings(max_examples=8)
def test_switching_values_really_flip_and_one_step_less_does_not(random: Random, kind):
    rubric = strategies.shipped(kind)
    proposal, now = rated(rubric, random)
    switches = now.levers.switches
    for switch in random.sample(switches, min(6, len(switches))):
        answer = written(proposal, rubric, switch.question, switch.answer)
        then = again(proposal, rubric, switch.question, answer)
        assert then.score == switch.score
        assert then.rating == switch.rating
        assert way(now, then) == switch.direction
        less = one_step_less(proposal, rubric, switch)
        if less is not None:
            assert way(now, again(proposal, rubric, switch.question, less)) != switch.direction


def one_step_less(proposal: Proposal, rubric: Rubric, switch: Switch) -> Any:
    """The answer one level, item or grain nearer to the present one; None if there is none."""
    question = rubric.questions[switch.question]
    now = _value(proposal, switch.question)
    if now is None or switch.question.startswith("profile"):
        return None
    if isinstance(question, Ordinal):
        ids = [level.id for level in question.levels]
        at, start = ids.index(str(switch.answer)), ids.index(str(now))
        return ids[at - 1 if at > start else at + 1]
    if isinstance(question, Measure):
        side = 1 if switch.answer > now else -1
        less = float(f"{switch.answer - side * _grain(question):.12g}")
        return less if (less - now) * side > 0 else None
    if isinstance(question, Checklist):
        count = int(switch.answer) + (1 if switch.answer < len(now) else -1)
        return written(proposal, rubric, switch.question, count)
    return None


@given(random=strategies.randoms, kind=strategies.kinds)
@settings(max_examples=5)
def test_what_is_not_among_the_switches_moves_nothing(random: Random, kind):
    rubric = strategies.shipped(kind)
    proposal, now = rated(rubric, random)
    told = {(s.question, s.direction) for s in now.levers.switches}
    for indicator in random.sample(rubric.indicators, 6):
        state = proposal.answers[indicator.id].state
        if isinstance(indicator, Checklist) or state == "not_applicable":
            continue
        answer = strategies.value(indicator, random)
        moved = way(now, again(proposal, rubric, indicator.id, answer))
        if isinstance(indicator, Measure) and moved and (indicator.id, moved) not in told:
            continue  # a rule's own cut-off between two points of the line
        assert moved is None or (indicator.id, moved) in told


@given(random=strategies.randoms, kind=strategies.kinds)
@settings(max_examples=8)
def test_a_factor_at_its_switching_weight_brings_the_score_to_the_edge(random: Random, kind):
    rubric = strategies.shipped(kind)
    proposal, now = rated(rubric, random)
    edges = {band.id: band.lowest for band in rubric.file.ratings}
    for switch in now.levers.weight_switches[:4]:
        factors = tuple(
            replace(f, weight=switch.needed) if f.id == switch.factor else f for f in rubric.factors
        )
        then = assess_many([proposal], dataclasses.replace(rubric, factors=factors))[0]
        edge = edges[switch.rating if switch.direction == "up" else now.rating]
        assert then.score == pytest.approx(edge, abs=1e-6)
        share = next(f.effective_weight for f in then.factors if f.id == switch.factor)
        assert switch.share_needed == pytest.approx(share)


def test_a_weight_that_flips_is_worked_out_by_hand():
    """65 = 0.6 x 58.33 + 0.4 x 75; B ends at 55, where the success factors score 41.67: never."""
    levers = small.assessed().levers
    assert levers.up.points == pytest.approx(10)
    assert levers.down.points == pytest.approx(10)
    assert (levers.up.rating, levers.down.rating) == ("A", "C")
    assert levers.weight_switches == ()  # land 62.5 and services 50 lie on one side of both edges


def test_a_weight_beyond_all_others_is_found():
    """Land at 100, services at 0: 0.6 x 100 w / (w + 1) + 0.4 x 75 = 75 where w is 3."""
    answers = {"land.allocation": "auction", "services.offered": []}
    levers = small.assessed(small.data(answers=answers)).levers
    (up,) = [w for w in levers.weight_switches if w.factor == "land" and w.direction == "up"]
    assert up.needed == pytest.approx(3)
    assert (up.weight, up.rating) == (2, "A")
    assert (up.share, up.share_needed) == pytest.approx((40, 45))
    (services,) = [
        w for w in levers.weight_switches if w.factor == "services" and w.direction == "up"
    ]
    assert services.needed == pytest.approx(2 / 3)


@given(random=strategies.randoms, kind=strategies.kinds)
@settings(max_examples=8)
def test_the_tornado_is_what_scoring_again_gives(random: Random, kind):
    rubric = strategies.shipped(kind)
    proposal = strategies.proposal(rubric, random)
    now = assess(proposal, rubric)
    levers = now.levers.tornado
    assert len(levers) == 10
    widths = [lever.best - lever.worst for lever in levers]
    assert widths == sorted(widths, reverse=True)
    indicators = {i.id: i for i in rubric.indicators}
    for lever in levers[:3]:
        for best, score in ((True, lever.best), (False, lever.worst)):
            answer = strategies.extreme(indicators[lever.indicator], best=best)
            assert again(proposal, rubric, lever.indicator, answer).score == score


@pytest.mark.parametrize(("now", "switch"), [(130, 163), (120, 87)])
def test_the_figure_of_a_measure_is_the_nearest_round_one(now, switch):
    """10 + 0.2 x (capacity + 50) falls below 35 where the capacity scores less than 75.

    That is below 87.5 and above 162.5.
    """
    answers = {"services.offered": [], "land.allocation": "negotiated", "discipline.capacity": now}
    one = small.assessed(small.data(answers=answers))
    assert one.score == pytest.approx(40)
    (down,) = [s for s in one.levers.switches if s.question == "discipline.capacity"]
    assert (down.direction, down.rating, down.answer) == ("down", "D", switch)
    assert down.answer_text == f"{switch} percent"


def test_a_prerequisite_that_a_rule_rests_on_is_among_the_switches():
    one = assess(strategies.extremes(strategies.shipped("zone"), best=True))
    (switch,) = [s for s in one.levers.switches if s.question == "zone_test.delimited"]
    assert (switch.kind, switch.now_text, switch.answer) == ("prerequisite", "Yes", False)
    assert (switch.direction, switch.rating, switch.score) == ("down", "D", 34)


def test_without_a_rating_only_the_tornado_is_left():
    levers = assess(Proposal.model_validate(small.blank()), small.rubric()).levers
    assert (levers.up, levers.down, levers.switches, levers.weight_switches) == (None, None, (), ())
    assert levers.tornado[0].now_text is None


def test_the_best_and_the_worst_rating_have_a_neighbour_on_one_side():
    rubric = strategies.shipped("cluster")
    best, worst = (
        assess(strategies.extremes(rubric, best=best), rubric).levers for best in (True, False)
    )
    assert best.up is None
    assert best.down is not None
    assert worst.down is None
    assert worst.up is not None


@pytest.mark.parametrize(
    ("marks", "count", "expected"),
    [
        ("0000", 2, "1100"),
        ("0110", 3, "1110"),
        ("0111", 1, "0100"),
        ("1111", 0, "0000"),
        ("1010", 2, "1010"),
    ],
)
def test_items_are_added_from_the_front_and_taken_from_the_back(marks, count, expected):
    before = [mark == "1" for mark in marks]
    assert "".join("01"[int(on)] for on in ticked(before, count)) == expected
