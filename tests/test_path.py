"""The cheapest path to the next rating, held against scoring every set of steps anew."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from assessor import Assessment, Proposal, Rubric
from assessor.assessment import assess_many
from assessor.indicators import Checklist, Indicator, Measure, Ordinal
from assessor.proposal import Portfolio
from assessor.rubric import ROUNDING
from assessor.scorer import Scorer
from assessor.trust import ImprovementPath, PathStep
from tests import small
from tests.reports import records
from tests.strategies import answered, kinds, proposal, randoms, reshaped, shipped, with_tree
from tests.test_diagnosis import SILENT, SOLD, SOUGHT, cap, few, judged, with_rules

some = settings(max_examples=25)


def after(given_: Proposal, rubric: Rubric, steps: list[PathStep], met: tuple[str, ...]) -> Any:
    """The proposal with its prerequisites met and some steps taken, judged anew."""
    changed = given_
    for name in met:
        changed = answered(changed, name, {"value": "yes"})
    for step in steps:
        changed = answered(changed, step.indicator, {"value": better(given_, rubric, step)})
    return assess_many([changed], rubric)[0]


def better(given_: Proposal, rubric: Rubric, step: PathStep) -> Any:
    """The answer that a step leads to."""
    indicator = rubric.questions[step.indicator]
    if isinstance(indicator, Measure):
        return float(step.then.split()[0].replace(",", ""))
    if isinstance(indicator, Checklist):
        return more(indicator, given_.answers[indicator.id].value, int(step.then.split()[0]))
    return step.then.replace(" ", "_")


def more(indicator: Checklist, ticked: list[str], count: int) -> list[str]:
    """So many items: those that are ticked, and the first of the others."""
    there = [str(item) for item in ticked]
    return [*there, *(item for item in indicator.items() if item not in there)][:count]


def proposals(kind: str, random: Random) -> tuple[Rubric, Proposal, Assessment]:
    rubric = shipped(kind)
    one = proposal(rubric, random, gaps=random.random() * 0.3)
    if random.random() < 0.8:  # else an unmet prerequisite is nearly always the whole path
        met = {p.id: {"value": "yes"} for p in rubric.prerequisites}
        one = Proposal(**(one.model_dump() | {"answers": one.model_dump()["answers"] | met}))
    return rubric, one, assess_many([one], rubric)[0]


def check(rubric: Rubric, given_: Proposal, one: Assessment) -> ImprovementPath | None:
    """What holds of every path; it is returned."""
    found = one.path
    bands = [band.id for band in rubric.file.ratings]
    if found is None:
        assert one.rating in {"NR", bands[0]}
        return None
    assert found.target == bands[bands.index(one.rating) - 1]
    told = {i.id: i for f in one.factors for i in f.indicators}
    for step in found.steps:
        now = told[step.indicator]
        assert now.state == "answered"
        assert not rubric.questions[step.indicator].given  # type: ignore[attr-defined]
        assert now.score == step.score < step.score_after <= 100
    assert len({step.indicator for step in found.steps}) == len(found.steps)
    unmet = {p.id for p in one.prerequisites if p.state == "not_met"}
    assert set(found.prerequisites) == unmet
    assert found.unknown == tuple(p.id for p in one.prerequisites if p.state == "unknown")
    if not found.reaches:
        assert not found.steps
        return found
    lowest = next(band.lowest for band in rubric.file.ratings if band.id == found.target)
    base = after(given_, rubric, [], found.prerequisites)
    then = after(given_, rubric, list(found.steps), found.prerequisites)
    assert then.score == pytest.approx(found.score_after, abs=1e-9)
    assert (then.rating, then.score >= lowest - ROUNDING) == (found.rating_after, True)
    assert then.interval == pytest.approx(found.interval_after, abs=1e-9)
    assert then.rating_range == found.rating_range_after
    for step in found.steps:
        rest = [other for other in found.steps if other is not step]
        without = after(given_, rubric, rest, found.prerequisites).score
        assert without < lowest - ROUNDING
        assert step.gain_in_set == pytest.approx(then.score - without, abs=1e-9)
        alone = after(given_, rubric, [step], found.prerequisites).score
        assert step.gain_alone == pytest.approx(alone - base.score, abs=1e-9)
    return found


@few
@given(kinds, randoms)
def test_a_path_reaches_the_next_rating_and_no_step_can_be_spared(
    kind: str, random: Random
) -> None:
    check(*proposals(kind, random))


# ---- Against brute force ----


def ways(rubric: Rubric, given_: Proposal) -> Iterator[list[tuple[str, Any, int, int]]]:
    """Every set of better answers: (question, answer, units, last month)."""
    each = []
    for indicator in rubric.indicators:
        answer = given_.answers.get(indicator.id)
        stay: list[Any] = [None]
        if answer and answer.value is not None and not indicator.given:
            stay += levels(rubric, indicator, answer.value)
        each.append(stay)
    for choice in product(*each):
        yield [way for way in choice if way]


def levels(rubric: Rubric, indicator: Indicator, value: Any) -> Iterator[Any]:
    assert indicator.advice
    cost = getattr(rubric.file.scale.effort, indicator.advice.effort)
    now = score(indicator, indicator.code(value))
    if isinstance(indicator, Checklist):
        answers: list[Any] = [more(indicator, value, n) for n in range(len(indicator.items()) + 1)]
    elif isinstance(indicator, Measure):
        nearest: dict[float, tuple[int, float]] = {}
        for units, x in sorted(boundaries(indicator, now, cost), key=lambda b: abs(b[1] - value)):
            nearest.setdefault(units, (units, x))
        yield from ((indicator.id, x, n, indicator.advice.months[1]) for n, x in nearest.values())
        posts: dict[float, float] = {}
        for x, then in sorted(indicator.points(), key=lambda point: abs(point[0] - value)):
            posts.setdefault(then, x)
        answers = list(posts.values())
    else:
        answers = [level.id for level in indicator.scale()]
    for answer in answers:
        then = score(indicator, indicator.code(answer))
        if then > now:
            units = max(math.ceil(cost * (then - now) / 100 - 1e-9), 1)
            yield indicator.id, answer, units, indicator.advice.months[1]


def boundaries(indicator: Measure, now: float, cost: int) -> Iterator[tuple[int, float]]:
    """The figures on each side of the line that so many units lead to, rounded for the better.

    Of two sides only the nearer is a way to go.
    """
    for units in range(1, cost):
        wanted = now + 100 * units / cost
        for (a, low), (b, high) in pairwise(indicator.points()):
            if min(low, high) < wanted <= max(low, high) and wanted < 100 - 1e-9:
                grid = 10 ** math.floor(math.log10((b - a) / 30))
                cells = (a + (b - a) * (wanted - low) / (high - low)) / grid
                if high > low:
                    yield units, min(math.ceil(cells - 1e-6) * grid, b)
                else:
                    yield units, max(math.floor(cells + 1e-6) * grid, a)


def score(indicator: Indicator, code: float) -> float:
    """The height of the indicator's line, worked out plainly."""
    points = indicator.points()
    if code <= points[0][0]:
        return points[0][1]
    for (a, low), (b, high) in pairwise(points):
        if code <= b:
            return low + (high - low) * (code - a) / (b - a)
    return points[-1][1]


def cheapest(rubric: Rubric, given_: Proposal, one: Assessment) -> tuple[int, int, int] | None:
    """The least effort, steps and months of any set that reaches the next band."""
    lowest = min(b.lowest for b in rubric.file.ratings if b.lowest > one.score + ROUNDING)
    base = given_
    for prerequisite in one.prerequisites:
        if prerequisite.state == "not_met":
            base = answered(base, prerequisite.id, {"value": "yes"})
    sets = list(ways(rubric, base))
    tried = []
    for steps in sets:
        changed = base.model_dump()
        for name, answer, *_ in steps:
            changed["answers"][name] = {"value": answer}
        tried.append(Proposal(**changed))
    found = [
        (sum(s[2] for s in steps), len(steps), sum(s[3] for s in steps))
        for steps, mid in zip(sets, scores(rubric, tried), strict=True)
        if mid >= lowest - ROUNDING
    ]
    return min(found, default=None)


def scores(rubric: Rubric, tried: list[Proposal]) -> list[float]:
    return list(Scorer(rubric).score(Portfolio.of(tried, rubric)).mid[0])


def size(found: ImprovementPath) -> tuple[int, int, int]:
    return found.units, len(found.steps), sum(step.months[1] for step in found.steps)


RULES = [
    {},
    {"when": SOLD, **cap(overall=True, at=40)},
    {"when": "discipline.audit == nobody and not land.phased", **cap(overall=True, at=54)},
    {"when": "land.allocation < auction and not land.phased", **cap(factor="land", at=30)},
    {"when": "discipline.audit != outside", **cap(factor="land", at=10)},
    {"when": "not services.offered has power", **cap(overall=True, at=60)},
]


@some
@given(randoms)
def test_a_path_on_a_small_rubric_is_the_cheapest_of_all(random: Random) -> None:
    rules = [{**r} for r in random.sample(RULES, 2) if r]
    rubric = with_rules(*rules)
    if random.random() < 0.7:
        shaped = reshaped(rubric, random)
        flat = {"aggregation": "arithmetic", "floor": None}
        pillars = tuple(replace(p, **flat) for p in shaped.file.pillars)
        overall = replace(shaped.file.overall, **flat)
        if random.random() < 0.8:
            update = {"pillars": pillars, "overall": overall}
            rubric = with_tree(shaped, replace(shaped.file, **update), shaped.factors)
        else:
            rubric = shaped
    efforts = {i.id: random.choice(["low", "medium", "high"]) for i in rubric.indicators}
    factors = tuple(
        replace(
            f,
            indicators=tuple(
                replace(i, advice=replace(i.advice, effort=efforts[i.id]))
                for i in f.indicators
                if i.advice
            ),
        )
        for f in rubric.factors
    )
    rubric = with_tree(rubric, rubric.file, factors)
    one = proposal(rubric, random, gaps=0.05)
    judged_ = assess_many([one], rubric)[0]
    found = check(rubric, one, judged_)
    if found is None:
        return
    best = cheapest(rubric, one, judged_)
    assert found.reaches == (best is not None)
    assert found.exact  # so few sets that all of them can be tried
    if best:
        assert size(found) == best


@some
@given(randoms)
def test_where_too_many_sets_take_less_nothing_is_called_exact(random: Random) -> None:
    rubric = reshaped(small.rubric(), random)
    one = proposal(rubric, random, gaps=0.05)
    judged_ = assess_many([one], rubric)[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assessor.path.TRIED", 2)
        found = check(rubric, one, assess_many([one], rubric)[0])
    if found is None or not found.reaches:
        return
    best = cheapest(rubric, one, judged_)
    assert best
    assert size(found) >= best
    assert size(found) == best or not found.exact


@pytest.mark.parametrize("aggregation", ["arithmetic", "weakest_link"])
def test_a_path_is_exact_while_the_factors_add_up(aggregation: str) -> None:
    rubric = small.rubric()
    factors = tuple(replace(f, aggregation=aggregation) for f in rubric.factors)
    one = judged(with_tree(rubric, rubric.file, factors), **{"land.allocation": "negotiated"})
    assert one.path
    assert one.path.exact


# ---- Cases ----


def test_the_small_proposal_reaches_an_a_by_one_step() -> None:
    one = judged()
    assert (one.score, one.rating) == (pytest.approx(65), "B")
    path = one.path
    assert path
    (step,) = path.steps
    assert (path.target, path.rating_after, path.exact, path.units) == ("A", "A", True, 2)
    assert (step.indicator, step.now, step.then) == ("land.allocation", "tender", "auction")
    assert (step.gain_alone, step.gain_in_set) == (pytest.approx(15), pytest.approx(15))
    assert (step.then_text, step.effort, step.units) == ("By public auction.", "medium", 2)
    assert path.score_after == pytest.approx(80)
    assert path.interval_after == pytest.approx((80, 80))
    assert path.rating_range_after == ("A", "A")


def test_what_is_in_doubt_and_no_step_leaves_the_rating_open() -> None:
    rubric = with_lowest(small.rubric(), "A", 79)
    path = judged(rubric, **{"land.phased": {"value": "yes", "confidence": "low"}}).path
    assert path
    low, high = path.interval_after
    assert low < 79 < path.score_after == high
    assert path.rating_range_after == ("B", "A")


def test_prerequisites_come_first_and_may_be_enough() -> None:
    rubric = with_rules({"when": "not zone_test.delimited", **cap(overall=True, at=34)})
    one = judged(rubric, **{"zone_test.delimited": "no"})
    path = one.path
    assert path
    assert (one.rating, path.target, path.prerequisites) == ("D", "C", ("zone_test.delimited",))
    assert (path.steps, path.reaches, path.rating_after) == ((), True, "B")
    assert path.score_after == pytest.approx(65)


def test_a_step_that_lifts_a_cap_comes_first() -> None:
    rubric = with_rules({"when": SOLD, **cap(overall=True, at=40)})
    path = judged(rubric, **{"land.allocation": "negotiated"}).path
    assert path
    first = path.steps[0]
    assert (first.indicator, first.lifts) == ("land.allocation", ("rule_a",))
    assert not any(step.lifts for step in path.steps[1:])


def test_where_no_answers_are_enough_it_says_how_far_all_together_lead() -> None:
    rubric = with_rules({"when": "profile.zone_kind == other", **cap(overall=True, at=60)})
    one = judged(rubric, **{"profile.zone_kind": "other"})
    path = one.path
    assert path
    assert (path.reaches, path.steps, path.exact, path.units) == (False, (), True, 0)
    assert (path.target, path.rating_after, path.score_after) == ("A", "B", 60)


@pytest.mark.parametrize("answer", [SILENT, SOUGHT])
def test_what_has_no_answer_is_no_step(answer: Any) -> None:
    path = judged(**{"discipline.audit": answer}).path
    assert path
    assert "discipline.audit" not in {step.indicator for step in path.steps}


def test_without_a_rating_or_with_the_best_there_is_no_path() -> None:
    best = {"services.offered": ["legal", "roads", "power"], "discipline.audit": "outside"}
    assert judged(**best).rating == "A"
    assert judged(**best).path is None
    silent = dict.fromkeys(("services.offered", "discipline.audit"), SILENT)
    assert judged(**silent).rating == "NR"
    assert judged(**silent).path is None


def test_a_checklist_keeps_what_is_ticked_and_adds_in_the_order_of_the_rubric() -> None:
    rubric = with_rules({"when": "not services.offered has roads", **cap(overall=True, at=50)})
    path = judged(rubric, **{"services.offered": ["power"]}).path
    assert path
    (step,) = path.steps
    assert (step.now, step.then, step.lifts) == ("1 of 4", "3 of 4", ("rule_a",))
    assert step.then_text == "Legal advice; Roads"
    assert (step.missing, step.enough) == (("Legal advice", "Roads"), 2)


@some
@given(kinds, randoms)
def test_a_step_tells_the_way_to_its_level_and_nothing_beyond(kind: str, random: Random) -> None:
    rubric, given_, one = proposals(kind, random)
    for step in one.path.steps if one.path else ():
        question = rubric.questions[step.indicator]
        if isinstance(question, Ordinal):
            now = int(question.code(given_.answers[step.indicator].value))
            then = int(question.code(step.then.replace(" ", "_")))
            way = [level.step for level in question.levels[now + 1 : then + 1]]
            assert step.action == " ".join(text or "" for text in way)


def test_a_measure_goes_to_the_nearest_of_its_best_goalposts() -> None:
    rubric = with_lowest(small.rubric(), "A", 79)
    path = judged(rubric, **{"discipline.capacity": 190, "land.allocation": "auction"}).path
    assert path
    (step,) = path.steps
    assert (step.indicator, step.now, step.then) == (
        "discipline.capacity",
        "190 percent",
        "150 percent",
    )
    assert (step.score, step.score_after, step.units) == (pytest.approx(20), 100, 3)


def test_a_measure_goes_no_further_than_a_unit_of_effort_needs() -> None:
    """From 190 percent (20 points), a third of the way is 53.3 points: 173.3, rounded down."""
    rubric = with_lowest(small.rubric(), "A", 68)
    path = judged(rubric, **{"discipline.capacity": 190}).path
    assert path
    (step,) = path.steps
    assert (step.indicator, step.then, step.units) == ("discipline.capacity", "173 percent", 1)
    assert step.score_after == pytest.approx(54)
    assert step.gain_alone == pytest.approx(0.4 * 17)


def with_lowest(rubric: Rubric, band: str, lowest: float) -> Rubric:
    ratings = tuple(
        replace(one, lowest=lowest) if one.id == band else one for one in rubric.file.ratings
    )
    return with_tree(rubric, replace(rubric.file, ratings=ratings), rubric.factors)


def test_the_portfolio_zone_does_not_pay_for_more_than_the_next_rating_needs() -> None:
    path = records("portfolio/mbuyu-point-garment-zone")[0].path
    assert path
    assert (path.units, path.rating_after, path.exact) == (8, "C", True)
    (step,) = (s for s in path.steps if s.indicator == "administration.approval_hours")
    assert (step.now, step.then, step.units) == ("700 hours", "250 hours", 1)


def test_given_answers_are_neither_steps_nor_recommended() -> None:
    rubric = small.rubric()
    factors = tuple(
        replace(
            f, indicators=tuple(replace(i, given=i.id == "discipline.audit") for i in f.indicators)
        )
        for f in rubric.factors
    )
    one = judged(with_tree(rubric, rubric.file, factors))
    assert one.path
    assert "discipline.audit" not in {step.indicator for step in one.path.steps}
    assert "discipline.audit" not in {step.indicator for step in one.recommendations}
    assert "services.offered" in {step.indicator for step in one.recommendations}
