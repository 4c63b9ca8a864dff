"""What a proposal is held against: lessons, targets, cases."""

from __future__ import annotations

import shutil
import statistics
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given

from assessor import (
    Assessment,
    InputError,
    Proposal,
    assess,
    load_proposal,
    load_rubric,
)
from assessor.files import load
from tests import small
from tests.conftest import ROOT
from tests.strategies import kinds, randoms, shipped
from tests.test_diagnosis import any_assessment, few


@few
@given(kinds, randoms)
def test_every_lesson_that_is_called_for_is_there(kind: str, random: Random) -> None:
    _, one = any_assessment(kind, random)
    called = {lesson for f in one.factors for lesson in f.lessons}
    called |= {lesson for f in one.findings if f.state == "raised" for lesson in f.lessons}
    assert {lesson.id for lesson in one.lessons} == called
    citing = {f.id for f in one.factors} | {f.rule for f in one.findings}
    assert all(set(lesson.cited_by) <= citing and lesson.cited_by for lesson in one.lessons)


@pytest.mark.parametrize(
    ("higher", "value", "exceeds", "bold"),
    [
        ("bolder", 58.001, 2, True),
        ("bolder", 58, 1, False),
        ("bolder", 13, 0, False),
        ("bolder", 0, 0, False),
        ("easier", 13, 0, False),
        ("easier", 12.9, 0, True),
        ("easier", 70, 2, False),
    ],
)
def test_a_target_is_bold_beyond_every_case(
    higher: str, value: float, exceeds: int, bold: bool
) -> None:
    target = small.rubric().targets["gdp_growth_percent"]
    targets = {target.id: replace(target, higher_is=higher)}
    rubric = replace(small.rubric(), targets=targets)
    given_ = Proposal.model_validate(small.data(targets={target.id: value}))
    (check,) = assess(given_, rubric).targets
    assert (check.value, check.exceeds, check.bold, check.median) == (value, exceeds, bold, 35.5)
    assert check.reference == (("Shenzhen", 58), ("Xiamen", 13))


def test_a_target_without_a_value_is_not_checked() -> None:
    given_ = Proposal.model_validate(small.data(targets={"gdp_growth_percent": None}))
    assert assess(given_, small.rubric()).targets == ()


@pytest.mark.parametrize("kind", ["zone", "cluster"])
def test_a_case_is_drawn_only_where_it_is_told_well_enough(kind: str) -> None:
    rubric = shipped(kind)
    one = assess(Proposal(name="Any", kind=rubric.file.kind, country="KE"), rubric)
    assert [c.file for c in one.comparators] == list(rubric.file.comparators)
    for case, path in zip(one.comparators, rubric.cases, strict=True):
        judged_ = assess(path, rubric)
        told = {
            f.id: f.score
            for f in judged_.factors
            if f.coverage is not None and f.coverage >= rubric.file.scale.coverage_floor
        }
        assert case.scores == told
        assert path.name not in {c.file for c in judged_.comparators}


# --- reality check ---

EXAMPLES = ROOT / "examples"
COST = {
    "id": "capital_cost_million",
    "title": "Cost",
    "unit": "million",
    "applies_to": "both",
    "standard": 44,
    "non_standard": 66,
    "note": "For tests.",
}
BEYOND = {
    "title": "Beyond every case",
    "severity": "medium",
    "says": "Nobody did that.",
    "so_what": ["Ask why."],
    "sources": ["3.1 ¶3"],
}


def held(**targets: float | None) -> Assessment:
    """The shipped zone rubric on a proposal that has only targets."""
    return assess(Proposal(**small.FACTS, targets=targets), shipped("zone"))


@pytest.mark.parametrize(
    ("targets", "state", "because"),
    [
        ({}, None, None),
        ({"capital_cost_million": 10.0}, None, None),
        (
            {"gdp_growth_percent": 58.0},
            "clear",
            "annual growth of output is 58 percent a year (boldest case 58)",
        ),
        (
            {"gdp_growth_percent": 70.0, "jobs_million": 0.1},
            "raised",
            "annual growth of output is 70 percent a year (boldest case 58)",
        ),
        (
            {"years_to_build_up": 4.0},
            "raised",
            "years until the zone stands is 4 years (boldest case 5)",
        ),
    ],
)
def test_a_forecast_beyond_every_case_is_a_finding(
    targets: dict[str, float], state: str | None, because: str | None
) -> None:
    one = held(**targets)
    found = {f.rule: f for f in one.findings}.get("targets_beyond_reference")
    assert (found and found.state, found and found.because) == (state, because)
    raised = state == "raised"
    assert any("targets_beyond_reference" in lesson.cited_by for lesson in one.lessons) == raised
    assert one.score == held().score


def test_one_figure_raises_nothing() -> None:
    """The only figure is no spread: a warning (land fees) or our reading of another thing."""
    one = held(
        land_take_up_percent=40, land_fee_share_of_investment_percent=10, rd_staff_share_percent=19
    )
    assert [(t.exceeds, t.bold) for t in one.targets] == [(1, False)] * 3
    assert "targets_beyond_reference" not in {f.rule for f in one.findings}
    beside = held(land_take_up_percent=40, gdp_growth_percent=10)
    (found,) = (f for f in beside.findings if f.rule == "targets_beyond_reference")
    assert (found.state, "taken up" in found.because) == ("clear", False)


def test_no_step_settles_a_bold_forecast() -> None:
    bold = Proposal.model_validate(
        {**load(EXAMPLES / "laguna-azul-zone.yaml").data, "targets": {"gdp_growth_percent": 99}}
    )
    steps = assess(bold, shipped("zone")).recommendations
    assert steps
    assert not any("targets_beyond_reference" in step.settles for step in steps)


def test_cost_and_time_carry_the_optimism_bias_of_such_works() -> None:
    cost, time = held(capital_cost_million=200.0, construction_months=30.0).costs
    assert (cost.standard_percent, cost.non_standard_percent) == (44, 66)
    assert (cost.standard_value, cost.non_standard_value) == pytest.approx((288, 332))
    assert (time.standard_percent, time.non_standard_percent) == (20, 25)
    assert (time.standard_value, time.non_standard_value) == pytest.approx((36, 37.5))
    assert "Optimism Bias" in cost.work
    assert held(capital_cost_million=None).costs == ()


def test_a_rubric_without_a_shelf_of_its_own_kind_holds_against_less() -> None:
    """No word on bold forecasts, no costs, no cases: those parts stay empty."""
    given_ = Proposal.model_validate(small.data(targets={"gdp_growth_percent": 99}))
    one = assess(given_, small.rubric())
    assert one.targets[0].bold
    assert (one.costs, one.resembles) == ((), ())
    assert not any(f.rule == "targets_beyond_reference" for f in one.findings)


@few
@given(kinds, randoms)
def test_likeness_is_the_mean_over_what_both_answer(kind: str, random: Random) -> None:
    proposal, one = any_assessment(kind, random)
    rubric = shipped(kind)
    here = {i.id: i for f in one.factors for i in f.indicators}
    for alike in one.resembles:
        path = next(path for path in rubric.cases if path.name == alike.file)
        case = assess(path, rubric)
        there = {i.id: i for f in case.factors for i in f.indicators}
        likeness = [
            100 - abs(here[name].score - there[name].score)  # type: ignore[operator]
            for name in here
            if here[name].state == there[name].state == "answered"
        ]
        case_answers = load_proposal(path).answers
        for item in rubric.profile:
            ours, theirs = proposal.answers.get(item.id), case_answers.get(item.id)
            if ours and theirs and ours.value is not None and theirs.value is not None:
                same = ours.value == theirs.value or (
                    isinstance(ours.value, list) and set(ours.value) == set(theirs.value)
                )
                likeness.append(100.0 * same)
        assert alike.shared == len(likeness)
        assert rubric.likeness
        assert alike.shared >= rubric.likeness.least_shared
        assert alike.similarity == pytest.approx(statistics.fmean(likeness))
        for d in alike.differs:
            assert d.points == pytest.approx(
                here[d.indicator].score - there[d.indicator].score  # type: ignore[operator]
            )
    order = [alike.weighed for alike in one.resembles]
    assert order == sorted(order, reverse=True)
    shared = sum(alike.shared for alike in one.resembles)
    mean = sum(alike.shared * alike.similarity for alike in one.resembles) / (shared or 1)
    for alike in one.resembles:
        more = rubric.likeness.least_shared if rubric.likeness else 0
        slow = (alike.shared * alike.similarity + more * mean) / (alike.shared + more)
        assert alike.weighed == pytest.approx(slow)


def test_likeness_on_few_questions_comes_after_nearly_as_much_on_many() -> None:
    """92.4 percent over 9 questions stand before 92.5 over 8."""
    answers = {
        "profile.cluster_kind": "marshallian",
        "profile.origin": "mixed",
        "profile.town_share": "third_to_60",
        "tradition.trade_years": 1096,
        "entrepreneurs.founder_experience": "most",
        "spillovers.channels": ["moved_staff", "spin_offs"],
        "fragmentation.support_scale": "town",
        "local_government.timing": "working",
        "local_government.technology_services": ["product_development"],
        "local_government.quality_rules": "none",
        "knowledge.rd_share": 0.75,
        "networks.dealings": "open_credit",
        "associations.membership": 28,
        "value_chain.competition_basis": "price_only",
    }
    given_ = {name: {"value": value, "evidence": "Seen."} for name, value in answers.items()}
    facts = {**small.FACTS, "kind": "cluster", "answers": given_}
    first, second, *_ = assess(Proposal.model_validate(facts), shipped("cluster")).resembles
    assert first.shared > second.shared
    assert first.similarity < second.similarity
    assert first.weighed > second.weighed


def test_a_proposal_without_answers_resembles_nothing() -> None:
    assert held().resembles == ()


@pytest.mark.parametrize("kind", ["zone", "cluster"])
def test_every_case_has_its_end(kind: str) -> None:
    rubric = shipped(kind)
    assert {path.name for path in rubric.cases} <= set(rubric.ends)
    a = assess(rubric.cases[0], rubric)
    assert all(alike.end for alike in a.resembles)
    assert rubric.cases[0].name not in {alike.file for alike in a.resembles}


@pytest.mark.parametrize(
    ("shelf", "message"),
    [
        (
            {"costs": [{**COST, "work": "tresury-optimism-bias"}]},
            "there is no work 'tresury-optimism-bias' in paper.yaml; did you mean "
            "'treasury-optimism-bias'?",
        ),
        (
            {"beyond": {**BEYOND, "lessons": ["no-such"]}},
            "there is no lesson 'no-such'",
        ),
    ],
)
def test_names_on_the_shelf_are_checked(
    tmp_path: Path, shelf: dict[str, Any], message: str
) -> None:
    for name in ("small.yaml", "lessons.yaml"):
        shutil.copy(small.SMALL.parent / name, tmp_path)
    (tmp_path / "comparators.yaml").write_text(yaml.safe_dump(shelf))
    with pytest.raises(InputError) as caught:
        load_rubric(tmp_path / "small.yaml")
    assert [fault.message for fault in caught.value.faults if message in fault.message]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("capital_cost_million", -5, "-5 lies outside 0 to 1,000,000,000 million"),
        ("gdp_growth_percent", 1e308, "1e+308 lies outside 0 to"),
        ("national_fdi_share_percent", 120, "120 lies outside 0 to 100 percent"),
        ("jobs_million", "45", "jobs_million is text '45'; write 45 without quotes"),
        ("jobs_million", True, "write a number"),
    ],
)
def test_a_forecast_that_cannot_be_is_refused(
    tmp_path: Path, name: str, value: Any, told: str
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(yaml.safe_dump({**small.FACTS, "targets": {name: value}}))
    with pytest.raises(InputError) as caught:
        assess(path)
    (fault,) = caught.value.faults
    assert told in fault.message
    assert fault.line == 5


def test_what_several_places_reached_together_is_bold_for_one_above_the_lowest() -> None:
    low, bold = held(national_fdi_share_percent=9.0), held(national_fdi_share_percent=9.5)
    assert [t.bold for one in (low, bold) for t in one.targets] == [False, True]
    found = {f.rule: f for f in bold.findings}["targets_beyond_reference"]
    assert found.because.endswith("9.5 percent (lowest sum of several places 9.1)")
