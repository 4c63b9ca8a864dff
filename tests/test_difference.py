"""What changed between two records, and that the parts of the difference add up to it."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import cache
from math import fsum
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessor import (
    Assessment,
    Comparison,
    InputError,
    Proposal,
    Rubric,
    assess,
    assess_each,
    compare,
)
from assessor.assessment import assess_many
from assessor.difference import compare_files
from assessor.notices import comparison
from assessor.record import records_in, to_json
from assessor.terms import airport, share_out
from tests import small
from tests.conftest import EXAMPLES, ROOT
from tests.small import SMALL
from tests.strategies import answer, answered, kinds, proposal, randoms, reshaped, shipped

EXACT = 1e-9


def judged(given: Any, rubric: Rubric) -> Assessment:
    return assess_many([given], rubric)[0]


@cache
def bare(kind: str) -> Rubric:
    """A shipped rubric without the cases that are scored beside it, which would take long."""
    return replace(shipped(kind), cases=())


def without_rules(rubric: Rubric) -> Rubric:
    new = replace(rubric, rules=())
    new.__dict__["conditions"] = ()
    return new


def points(comparison: Comparison, *kinds: str) -> dict[str, float]:
    return {p.id: p.points for p in comparison.parts if not kinds or p.kind in kinds}


def changed(**changes: Any) -> Comparison:
    """The small proposal before and after it was changed."""
    return compare(small.assessed(), small.assessed(small.data(**changes)))


def adds_up(one: Comparison) -> None:
    assert fsum(part.points for part in one.parts) == pytest.approx(one.difference, abs=EXACT)
    of_factors = fsum(factor.points for factor in one.factors)
    of_the_whole = fsum(part.points for part in one.parts if part.factor is None)
    assert of_factors + of_the_whole == pytest.approx(one.difference, abs=EXACT)


# --- worked out by hand: land 40 percent of the whole, services 20, discipline 40 ---


def test_an_answer_adds_its_effective_weight_times_its_change() -> None:
    one = changed(answers={"land.allocation": "auction"})
    assert points(one) == {"land.allocation": pytest.approx(0.6 * 2 / 3 * 0.75 * 50)}
    part = one.parts[0]
    assert (part.kind, part.factor) == ("answer", "land")
    assert (part.before, part.after) == ("tender", "auction")
    assert {f.rule: (f.before, f.after) for f in one.findings} == {"open_land": ("clear", "raised")}
    adds_up(one)


def test_a_cap_gives_back_what_it_held() -> None:
    built = {
        "land.allocation": "auction",
        "discipline.capacity": 160,
        "discipline.audit": "outside",
    }
    held = small.assessed(small.data(answers={**built, "land.phased": "no"}))
    assert (held.score, held.score_uncapped) == (54, pytest.approx(76))
    one = compare(held, small.assessed(small.data(answers=built)))
    assert points(one) == {"land.phased": pytest.approx(10), "too_much": pytest.approx(22)}
    cap, answer = one.parts
    assert (cap.kind, cap.answers, answer.answers) == ("cap", ("land.phased",), ())
    assert "22.0 → 0.0 points; cleared by land released in phases" in told(one)
    adds_up(one)


def test_a_cap_that_stays_names_no_answer() -> None:
    built = {"land.allocation": "auction", "discipline.capacity": 160, "land.phased": "no"}
    one = compare(
        small.assessed(small.data(answers=built)),
        small.assessed(small.data(answers={**built, "discipline.audit": "outside"})),
    )
    (cap,) = [part for part in one.parts if part.kind == "cap"]
    assert (cap.answers, one.difference) == ((), 0)
    assert "score 54.0 as before; coverage" in told(one)
    adds_up(one)


def test_items_are_told_as_added_and_removed() -> None:
    one = changed(answers={"services.offered": ["legal", "24", "power"]})
    (part,) = one.parts
    old = small.data()["answers"]["services.offered"]
    gone = [item for item in old if item not in {"legal", "24", "power"}]
    new = [item for item in ("legal", "24", "power") if item not in old]
    assert part.before == f"{len(old)} of 4"
    listed = [*(f"with {item}" for item in new), *(f"without {item}" for item in gone)]
    assert part.after == f"3 of 4 ({', '.join(listed)})"


def test_another_doubt_about_the_same_answer_is_told() -> None:
    doubt = {"value": "tender", "confidence": "low"}
    (part,) = changed(answers={"land.allocation": doubt}).parts
    assert (part.kind, part.before, part.after) == ("answer", "tender", "tender (low confidence)")


def told(one: Comparison) -> str:
    """What the terminal says, as one line."""
    return " ".join(comparison(one).split())


def test_a_question_that_does_not_apply_bears_what_its_weight_did() -> None:
    gone = {"state": "not_applicable", "reason": "none"}
    one = changed(answers={"discipline.audit": gone})
    assert points(one) == {"discipline.audit": pytest.approx(10)}
    assert one.parts[0].kind == "applies"
    assert (one.parts[0].before, one.parts[0].after) == ("inside", "not applicable")
    adds_up(one)


def test_a_factor_that_does_not_apply_bears_what_it_left_to_others() -> None:
    gone = {"state": "not_applicable", "reason": "none"}
    one = changed(answers={"services.offered": gone})
    assert points(one) == {"services.offered": pytest.approx(one.difference)}
    assert one.difference == pytest.approx(0.6 * (62.5 - 175 / 3))


def test_a_weight_of_a_pillar_is_told_at_the_pillar() -> None:
    rubric = small.rubric()
    first, second = rubric.file.pillars
    file = replace(rubric.file, pillars=(first, replace(second, weight=60)))
    other = replace(rubric, file=file, sha256="other")
    given = small.data()
    one = compare(small.assessed(given), judged(Proposal.model_validate(given), other))
    assert set(points(one)) == {"success_factor", "challenge"}
    assert {p.kind for p in one.parts} == {"weight"}
    assert one.difference == pytest.approx(0.5 * 175 / 3 + 0.5 * 75 - 65)
    told = {p.id: (p.before, p.after) for p in one.parts}
    assert told["challenge"] == (pytest.approx(40), pytest.approx(50))
    adds_up(one)


def test_what_did_not_change_has_no_part() -> None:
    one = changed()
    assert (one.difference, one.parts, one.findings, one.prerequisites, one.notes) == (
        0,
        (),
        (),
        (),
        ("Nothing differs.",),
    )


def test_what_is_worth_no_points_is_told_as_a_note() -> None:
    planned = {"land.allocation": {"value": "tender", "status": "planned", "today": "negotiated"}}
    done = {"land.allocation": {"value": "tender", "status": "in_place", "evidence": "Gazette 12"}}
    targets = [{"gdp_growth_percent": figure} for figure in (20, 30)]
    before, after = (
        small.assessed(small.data(answers=answers, targets=target))
        for answers, target in zip((planned, done), targets, strict=True)
    )
    one = compare(before, after)
    assert (one.difference, one.parts) == (0, ())
    assert one.notes == (
        "Score secured without plans 50.0, now 65.0; in place today 50.0, now 65.0.",
        "The status is another in 1 answer: Allocation of land.",
        "The evidence is another in 1 answer: Allocation of land.",
        "What holds today is another in 1 answer: Allocation of land.",
        "Forecast of growth of output: 20, now 30.",
    )


def test_another_answer_that_scores_the_same_is_told_all_the_same() -> None:
    one = changed(answers={"discipline.capacity": 130})
    assert points(one) == {"discipline.capacity": 0}


def test_prerequisites_and_findings_in_another_state_are_told() -> None:
    one = changed(answers={"zone_test.delimited": "no"})
    assert [(p.id, p.before, p.after) for p in one.prerequisites] == [
        ("zone_test.delimited", "met", "not_met")
    ]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=5))
def test_caps_share_as_the_shapley_value_says(reaches: list[float]) -> None:
    names = {str(n): reach for n, reach in enumerate(reaches)}
    orders = list(itertools.permutations(names))
    for name, reach in names.items():
        gains = []
        for order in orders:
            before = [names[other] for other in order[: order.index(name)]]
            gains.append(Fraction(max([*before, reach])) - Fraction(max(before, default=0.0)))
        assert airport(names)[name] == pytest.approx(float(sum(gains) / len(orders)), abs=1e-9)


# --- whatever changed ---


@settings(max_examples=40)
@given(kinds, randoms)
def test_the_parts_add_up_whatever_is_answered(kind: str, random: Random) -> None:
    rubric = bare(kind)
    first, second = assess_many([proposal(rubric, random) for _ in range(2)], rubric)
    one, back = compare(first, second), compare(second, first)
    adds_up(one)
    assert one.difference == -back.difference
    mirrored = {(p.kind, p.id): -p.points for p in back.parts}
    assert {(p.kind, p.id): p.points for p in one.parts} == pytest.approx(mirrored, abs=EXACT)
    assert not any(p.kind in {"weight", "question", "scale"} for p in one.parts)


@settings(max_examples=25)
@given(kinds, randoms)
def test_the_parts_add_up_whatever_the_rubrics_are(kind: str, random: Random) -> None:
    one, other = (replace(reshaped(bare(kind), random), sha256=str(n)) for n in range(2))
    one.__dict__["conditions"] = bare(kind).conditions
    fewer = random.sample(other.factors, len(other.factors) - 2)
    other = without_rules(replace(other, factors=tuple(fewer)))
    before, after = (proposal(bare(kind), random) for _ in range(2))
    adds_up(compare(judged(before, one), judged(after.fitted(other), other)))


@settings(max_examples=25)
@given(kinds, randoms)
def test_one_changed_answer_bears_all_of_an_uncapped_difference(kind: str, random: Random) -> None:
    plain = without_rules(bare(kind))
    before = proposal(plain, random, gaps=0.2)
    question = random.choice(plain.indicators)
    after = answered(before, question.id, answer(question, random))
    one = compare(*assess_many([before, after], plain))
    adds_up(one)
    assert {part.id for part in one.parts} <= {question.id}
    assert fsum(points(one).values()) == pytest.approx(one.difference, abs=EXACT)
    moved = {f.id for f in one.factors if abs(f.points) > EXACT}
    assert moved == ({question.id.split(".")[0]} if abs(one.difference) > EXACT else set())


@settings(max_examples=25)
@given(kinds, randoms)
def test_no_aggregation_is_blamed_that_nobody_changed(kind: str, random: Random) -> None:
    plain = without_rules(bare(kind))
    before, after = (proposal(plain, random, gaps=0.1) for _ in range(2))
    one = compare(*assess_many([before, after], plain))
    adds_up(one)
    assert {part.kind for part in one.parts} <= {"answer", "applies"}


@pytest.mark.parametrize("how", ["weakest_link", "geometric"])
def test_an_aggregation_that_was_changed_is_a_part(how: str) -> None:
    rubric = small.rubric()
    land, *others = rubric.factors
    floor = 10 if how == "geometric" else None
    other = replace(land, aggregation=how, floor=floor)
    strict = replace(rubric, factors=(other, *others), sha256="strict")
    given = Proposal.model_validate(small.data())
    one = compare(judged(given, rubric), judged(given, strict))
    assert [(part.kind, part.id) for part in one.parts] == [("aggregation", "land")]
    adds_up(one)


def test_an_answer_beside_a_weakest_link_bears_nothing() -> None:
    rubric = small.rubric()
    land, *others = rubric.factors
    strict = replace(rubric, factors=(replace(land, aggregation="weakest_link"), *others))
    worst = small.data(answers={"land.allocation": "negotiated", "land.phased": "no"})
    better = small.data(answers={"land.allocation": "auction", "land.phased": "no"})
    one = compare(*(judged(Proposal.model_validate(g), strict) for g in (worst, better)))
    assert points(one) == {"land.allocation": pytest.approx(0, abs=EXACT)}
    adds_up(one)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=6), st.floats(-100, 100))
def test_shares_add_up_and_turn_no_gain_into_a_loss(own: list[float], change: float) -> None:
    shared = share_out(own, change)
    assert fsum(shared) == pytest.approx(fsum(own) + change, abs=1e-7)
    if max(own) > 1e-6 and min(own) < -1e-6:
        assert all(a * b >= 0 for a, b in zip(own, shared, strict=True))
    mirrored = share_out([-p for p in own], -change)
    assert [-p for p in mirrored] == pytest.approx(shared, abs=1e-7)


@pytest.mark.parametrize("kind", ["zone", "cluster"])
def test_any_two_examples_of_a_kind_add_up(kind: str) -> None:
    records = [r for path in EXAMPLES for r in assess_each(path) if r.rubric.kind == kind]
    for before, after in itertools.permutations(records, 2):
        one = compare(before, after)
        adds_up(one)
        assert "two proposals" in one.notes[0]


# --- files ---


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    before.write_text(small.text(), "utf-8")
    after.write_text(small.text(answers={"discipline.audit": "outside"}), "utf-8")
    return before, after


def test_proposals_and_results_compare_alike(two: tuple[Path, Path], tmp_path: Path) -> None:
    results = tmp_path / "a.json", tmp_path / "b.json"
    for file, result in zip(two, results, strict=True):
        result.write_bytes(to_json(assess(file, SMALL)))
    from_files = compare_files(two, [SMALL])[0]
    assert from_files.difference == pytest.approx(10)
    assert compare_files(results)[0].parts == from_files.parts


def test_a_proposal_in_json_is_no_result(tmp_path: Path) -> None:
    files = []
    for name, audit in (("a", "inside"), ("b", "nobody")):
        files.append(tmp_path / f"{name}.json")
        given = small.data(answers={"discipline.audit": audit})
        files[-1].write_text(json.dumps(given), "utf-8")
    assert compare_files(files, [SMALL])[0].difference == pytest.approx(-10)


def test_kind_both_gives_two_comparisons(tmp_path: Path) -> None:
    file = tmp_path / "both.yaml"
    file.write_text("name: Both\nkind: both\ncountry: KE\n", "utf-8")
    found = compare_files([file, file])
    assert [one.before.rubric for one in found] == ["zone", "cluster"]


def examples(*names: str) -> list[Path]:
    return [ROOT / "examples" / f"{name}.yaml" for name in names]


@pytest.mark.parametrize(
    ("files", "rubrics", "told"),
    [
        (examples("kivuli-coast-zone"), [], "takes two files"),
        (examples("kivuli-coast-zone"), ["zone"], "name another --rubric"),
        (examples("kivuli-coast-zone", "leather-goods-ethiopia"), [], "name a rubric"),
        (["nowhere.json", "nowhere.yaml"], [], "no such file"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    files: list[Any], rubrics: list[Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        compare_files(files, rubrics)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"schema_version": "2.2", "assessments": []}', "is a portfolio"),
        (b'{"schema_version": "2.2"', "is not JSON"),
        (b'{"schema_version": "2.2"}', "is no record of this version"),
        (b'["schema_version"]', "is no record of this version"),
    ],
)
def test_a_result_that_is_none_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(content)
    with pytest.raises(InputError, match=told):
        compare_files([file, file])


def test_a_result_keeps_the_rubric_it_was_judged_by(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(to_json(small.assessed()))
    with pytest.raises(InputError, match="leave --rubric out"):
        compare_files([file, file], [SMALL])


@settings(max_examples=60)
@given(randoms)
def test_a_result_that_was_changed_by_hand_compares_or_is_refused(random: Random) -> None:
    data = json.loads(to_json(small.assessed()))
    nodes: list[Any] = [data, *data["pillars"], *data["factors"]]
    nodes += [i for f in data["factors"] for i in f["indicators"]]
    node = random.choice(nodes)
    key = random.choice([key for key, old in node.items() if isinstance(old, float | list)])
    new: Any = random.choice([0.0, -1.0, 1e308, 101.5, 1e-300])
    node[key] = new if isinstance(node[key], float) else []
    with suppress(InputError):
        record = records_in(json.dumps(data).encode(), "x.json")[0]
        adds_up(compare(small.assessed(), record))


def test_a_record_whose_score_was_changed_is_refused() -> None:
    record = small.assessed()
    with pytest.raises(InputError, match="does not follow from its answers"):
        compare(record, replace(record, score=70.0))
