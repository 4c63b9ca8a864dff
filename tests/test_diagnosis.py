"""What a proposal scores as it stands: states, ratings, prerequisites, findings, caps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from assessor import Assessment, Proposal, Rubric, assess
from assessor.assessment import assess_many
from assessor.record import Cap, FactorResult, Finding, IndicatorResult
from assessor.rubric import Rule
from tests import small
from tests.strategies import extreme, kinds, proposal, randoms, shipped

few = settings(max_examples=12)
NOT_APPLICABLE = {"state": "not_applicable", "reason": "not here"}
SOUGHT = {"state": "insufficient_evidence"}
SILENT = {"state": "not_assessed"}


def judged(rubric: Rubric | None = None, **answers: Any) -> Assessment:
    """The small proposal with some answers changed."""
    given = Proposal.model_validate(small.data(answers=answers))
    return assess(given, rubric or small.rubric())


def with_rules(*rules: dict[str, Any]) -> Rubric:
    """The small rubric with other rules."""
    rest = {
        "title": "A rule",
        "kind": "warning",
        "severity": "high",
        "says": "So it is.",
        "so_what": ["Mend it."],
        "why_cut_offs": "Ours.",
        "sources": ["1.1 ¶1"],
    }
    made = [Rule.checked({**rest, "id": f"rule_{'abcdef'[n]}", **r}) for n, r in enumerate(rules)]
    return replace(small.rubric(), rules=tuple(made))


def with_scale(**changes: Any) -> Rubric:
    file = small.rubric().file
    scale = replace(file.scale, **changes)
    return replace(small.rubric(), file=replace(file, scale=scale))


def cap(**to: Any) -> dict[str, Any]:
    return {"cap": {**to, "reason": "It must not."}}


def finding(one: Assessment, rule: str = "rule_a") -> Finding:
    return next(f for f in one.findings if f.rule == rule)


def capped(one: Assessment, rule: str = "rule_a") -> Cap | None:
    return finding(one, rule).cap


def factor(one: Assessment, name: str) -> FactorResult:
    return next(f for f in one.factors if f.id == name)


def indicators(one: Assessment) -> dict[str, IndicatorResult]:
    return {i.id: i for f in one.factors for i in f.indicators}


def any_assessment(kind: str, random: Random) -> tuple[Proposal, Assessment]:
    given = proposal(shipped(kind), random)
    return given, assess(given, shipped(kind))


# ---- States, weights, ratings ----


def test_each_state_of_an_answer() -> None:
    one = judged(
        **{
            "land.allocation": {"value": "tender", "confidence": "medium", "evidence": "Law 5"},
            "land.phased": SILENT,
            "services.offered": SOUGHT,
            "discipline.audit": NOT_APPLICABLE,
        }
    )
    told = {
        name: (i.state, i.score, i.interval, i.confidence) for name, i in indicators(one).items()
    }
    assert told == {
        "land.allocation": ("answered", 50, (45, 55), "medium"),
        "land.phased": ("not_assessed", 50, (0, 100), None),
        "services.offered": ("insufficient_evidence", 0, (0, 0), None),
        "discipline.capacity": ("answered", 100, (100, 100), "high"),
        "discipline.audit": ("not_applicable", None, None, None),
    }
    assert indicators(one)["land.allocation"].evidence == "Law 5"
    assert indicators(one)["discipline.audit"].reason == "not here"
    assert indicators(one)["discipline.audit"].effective_weight == 0


def test_evidence_that_was_not_found_stars_every_score_above_it() -> None:
    one = judged(**{"services.offered": SOUGHT})
    starred = [node.id for node in (*one.pillars, *one.factors) if node.starred]
    assert (one.starred, starred) == (True, ["success_factor", "services"])
    assert not judged(**{"services.offered": SILENT}).starred


@few
@given(kinds, randoms)
def test_effective_weights_of_what_applies_add_up_to_100(kind: str, random: Random) -> None:
    _, one = any_assessment(kind, random)
    for parts in (one.pillars, one.factors, indicators(one).values()):
        assert sum(part.effective_weight for part in parts) == pytest.approx(100)
    for part in (*one.factors, *indicators(one).values()):
        assert (part.score is None) == (part.effective_weight == 0)


@few
@given(kinds, randoms)
def test_scores_times_effective_weights_are_the_overall_score_before_caps(
    kind: str, random: Random
) -> None:
    _, one = any_assessment(kind, random)
    applying = [i for i in indicators(one).values() if i.score is not None]
    flat = {n.aggregation for n in (*one.factors, *one.pillars)} | {one.method.aggregation}
    if flat == {"arithmetic"}:
        total = sum((i.score or 0) * i.effective_weight / 100 for i in applying)
        assert total == pytest.approx(one.score_uncapped)


def test_a_factor_in_which_nothing_applies_is_out_of_the_tree() -> None:
    one = judged(**{"services.offered": NOT_APPLICABLE})
    services = factor(one, "services")
    assert (services.score, services.interval, services.coverage) == (None, None, None)
    assert (services.rating, services.effective_weight, services.share) == ("NR", 0, 0)
    assert services.headline == "Services: does not apply here"
    assert factor(one, "land").share == 100
    assert one.pillars[0].score == pytest.approx(62.5)


def test_a_half_in_which_nothing_applies_leaves_the_other() -> None:
    gone = {"discipline.audit": NOT_APPLICABLE, "discipline.capacity": NOT_APPLICABLE}
    one = judged(**gone)
    assert one.score == pytest.approx(175 / 3)
    assert [p.effective_weight for p in one.pillars] == [100, 0]
    assert one.pillars[1].score is None


def test_too_much_that_does_not_apply_gives_no_rating() -> None:
    one = judged(**{"discipline.audit": NOT_APPLICABLE, "land.phased": NOT_APPLICABLE})
    assert (one.rating, one.firm) == ("NR", False)
    assert one.not_rated_because == (
        "30 percent of the weight is declared not applicable; the rubric allows 20 percent."
    )


def test_as_much_as_the_rubric_allows_may_not_apply() -> None:
    """Services and audit weigh 20 percent each, give or take a rounding error."""
    ratings = {"discipline.audit": "A", "services.offered": "B"}  # 75, the edge of A, and 67.5
    assert {name: judged(**{name: NOT_APPLICABLE}).rating for name in ratings} == ratings


def test_a_factor_of_which_too_little_is_known_has_no_rating() -> None:
    one = judged(**{"services.offered": SILENT})
    services = factor(one, "services")
    assert (services.rating, services.rating_range, services.firm) == ("NR", ("D", "A"), False)
    assert services.headline == "Services: too little is known to judge"
    assert (one.rating, one.coverage) == ("B", pytest.approx(80))


@pytest.mark.parametrize(
    ("floor", "because"),
    [
        (80, None),
        (80.04, "Answers cover 80 percent of the weight; a rating needs 80.04 percent."),
        (100, "Answers cover 80 percent of the weight; a rating needs 100 percent."),
    ],
)
def test_coverage_is_enough_from_the_floor_on(floor: float, because: str | None) -> None:
    one = judged(with_scale(coverage_floor=floor), **{"services.offered": SILENT})
    assert one.not_rated_because == because
    assert (one.rating == "NR") == (because is not None)
    assert not one.firm


def test_a_rating_is_firm_where_both_ends_lie_in_one_band() -> None:
    loose = judged(**{"services.offered": SILENT})
    assert loose.interval == pytest.approx((55, 75))
    assert (loose.rating, loose.rating_range, loose.firm) == ("B", ("B", "A"), False)
    assert judged(**{"land.allocation": "auction"}).firm


def test_the_texts_of_a_factor_and_its_lessons_come_from_the_rubric() -> None:
    one = judged(**{"land.phased": "no"})
    land = factor(one, "land")
    assert (land.title, land.short, land.pillar, land.weight) == (
        "Land regime",
        "Land",
        "success_factor",
        2,
    )
    assert land.lessons == ("auction",)
    assert [lesson.id for lesson in one.lessons] == ["auction", "empty_halls"]
    assert one.lessons[0].cited_by == ("land", "services")


# ---- Tests of what it is ----


def passing(kind: str, test: str, answer: str | None) -> dict[str, Any]:
    tests = [p.id for p in shipped(kind).prerequisites if p.test == test]
    return {} if answer is None else {id: {"value": answer} for id in tests}


@pytest.mark.parametrize(
    ("kind", "zone", "cluster", "says"),
    [
        ("zone", "yes", "yes", None),
        ("zone", None, "yes", None),
        (
            "zone",
            "no",
            "yes",
            "The proposal fails the test of a zone but passes that of a cluster: "
            "have it judged as a cluster.",
        ),
        ("zone", "no", None, "The proposal fails the test of a zone: it is not one as it stands."),
        ("zone", "no", "no", "The proposal fails the test of a zone: it is not one as it stands."),
        (
            "cluster",
            "yes",
            "no",
            "The proposal fails the test of a cluster but passes that of a zone: "
            "have it judged as a zone.",
        ),
        ("cluster", "no", "yes", None),
    ],
)
def test_which_test_it_passes(
    kind: str, zone: str | None, cluster: str | None, says: str | None
) -> None:
    answers = {**passing(kind, "zone", zone), **passing(kind, "cluster", cluster)}
    one = assess(Proposal(name="Any", kind=kind, country="KE", answers=answers), shipped(kind))
    words = {"yes": "met", "no": "not_met", None: "unknown"}
    assert (one.routing.zone, one.routing.cluster) == (words[zone], words[cluster])
    assert one.routing.says == says
    own = zone if kind == "zone" else cluster
    assert {p.state for p in one.prerequisites} == {words[own]}


@pytest.mark.parametrize("kind", ["zone", "cluster"])
def test_no_strength_offsets_a_prerequisite_that_is_not_met(kind: str) -> None:
    """One no holds the rating at D; one that is not known lets only the low end fall."""
    rubric = shipped(kind)
    best = {i.id: {"value": extreme(i, best=True)} for i in rubric.indicators}
    own = [p.id for p in rubric.prerequisites if p.test == kind]
    met = {id: {"value": "yes"} for id in own}
    profile = {
        "profile.zone_kind": "comprehensive",  # which needs a customs area
        "profile.origin": "bottom_up",
        "profile.sector_plan": "open",
    }
    asked = {id: {"value": value} for id, value in profile.items() if id in rubric.questions}

    def with_one(answer: dict[str, Any]) -> list[Assessment]:
        answers = [{**best, **asked, **met, id: answer} for id in own]
        many = [Proposal(name="Any", kind=kind, country="KE", answers=a) for a in answers]
        return assess_many(many, rubric)

    assert {(one.rating, one.firm) for one in with_one({"value": "yes"})} == {("A", True)}
    assert {(one.rating, one.rating_range, one.firm) for one in with_one({"value": "no"})} == {
        ("D", ("D", "D"), True)
    }
    for unknown in (SILENT, SOUGHT):
        assert {(one.rating, one.rating_range, one.firm) for one in with_one(unknown)} == {
            ("A", ("D", "A"), False)
        }


def test_a_prerequisite_carries_what_to_do() -> None:
    answer = {"value": "no", "evidence": "Plan only", "sources": ["1.1 ¶1"]}
    (only,) = judged(**{"zone_test.delimited": answer}).prerequisites
    assert (only.state, only.unmet, only.action, only.owner) == (
        "not_met",
        "It is no zone.",
        "Fix the boundary.",
        "cabinet",
    )
    assert (only.evidence, only.evidence_sources) == ("Plan only", ("1.1 ¶1",))


@pytest.mark.parametrize(("answer", "chosen"), [({}, []), ("other", ["Another kind"])])
def test_the_profile_shows_what_was_chosen(answer: Any, chosen: list[str]) -> None:
    (only,) = judged(**{"profile.zone_kind": answer}).profile
    assert [descriptor for descriptor, _ in only.chosen] == chosen


def test_the_profile_of_the_other_kind_is_not_shown() -> None:
    one = assess(Proposal(name="Any", kind="zone", country="KE"), shipped("zone"))
    shown = {item.id for item in one.profile}
    assert "profile.zone_kind" in shown
    assert "profile.cluster_kind" not in shown


# ---- Rules ----


@pytest.mark.parametrize(
    ("answers", "state", "because", "missing"),
    [
        (
            {"discipline.capacity": 180, "land.phased": "no"},
            "raised",
            "capacity against demand is 180 percent (above 150) and land released in phases: no",
            (),
        ),
        ({}, "clear", None, ()),
        (
            {"discipline.capacity": 180, "land.phased": SILENT},
            "cannot_tell",
            None,
            (("land.phased", "Land released in phases"),),
        ),
        (
            {"discipline.capacity": SOUGHT, "land.phased": SILENT},
            "cannot_tell",
            None,
            (
                ("discipline.capacity", "Capacity against demand"),
                ("land.phased", "Land released in phases"),
            ),
        ),
        (
            {"discipline.capacity": NOT_APPLICABLE, "land.phased": "no"},
            "clear",
            "does not apply: Capacity against demand",
            (),
        ),
        (
            {"discipline.capacity": NOT_APPLICABLE, "land.phased": SILENT},
            "cannot_tell",
            None,
            (("land.phased", "Land released in phases"),),
        ),
    ],
)
def test_what_a_rule_says(
    answers: dict[str, Any], state: str, because: str | None, missing: Sequence[tuple[str, str]]
) -> None:
    one = finding(judged(**answers), "too_much")
    assert (one.state, one.missing) == (state, tuple(missing))
    assert one.because == because or (because is None and one.because)


def test_a_rule_that_waits_for_what_cannot_raise_it_says_for_what() -> None:
    rubric = with_rules(
        {"when": "discipline.capacity > 150 and (land.phased or discipline.audit == nobody)"}
    )
    answers = {"discipline.capacity": NOT_APPLICABLE, "discipline.audit": SILENT}
    waiting = finding(judged(rubric, **answers))
    assert (waiting.state, [name for name, _ in waiting.missing]) == (
        "cannot_tell",
        ["discipline.audit"],
    )
    assert finding(judged(rubric, **answers | {"discipline.audit": "nobody"})).state == "clear"


@few
@given(kinds, randoms)
def test_findings_stand_in_order_and_only_open_questions_are_missing(
    kind: str, random: Random
) -> None:
    given_, one = any_assessment(kind, random)
    states, grave = ["raised", "cannot_tell", "clear"], ["high", "medium", "low"]
    order = [
        (states.index(f.state), f.kind == "strength", grave.index(f.severity)) for f in one.findings
    ]
    assert order == sorted(order)
    assert {f.rule for f in one.findings} == {rule.id for rule in shipped(kind).rules}
    for f in one.findings:
        assert f.because
        assert all(given_.answers[name].value is None for name, _ in f.missing)
        assert all(given_.answers[name].state != "not_applicable" for name, _ in f.missing)
        assert (f.state == "cannot_tell") == bool(f.missing)


# ---- Caps ----

SOLD = "land.allocation == negotiated"


def test_a_raised_rule_caps_the_whole_and_shows_both_scores() -> None:
    rubric = with_rules({"when": "land.allocation == tender", **cap(overall=True, at=40)})
    one = judged(rubric)
    assert (one.score, one.interval, one.rating, one.firm) == (40, (40, 40), "C", True)
    assert one.score_uncapped == pytest.approx(65)
    found = capped(one)
    assert found
    assert (found.node, found.node_title, found.at, found.applied) == (
        "overall",
        "Overall",
        40,
        True,
    )
    assert (found.before, found.after) == (pytest.approx(65), 40)


def test_a_raised_rule_caps_a_factor_and_what_stands_above_it() -> None:
    rubric = with_rules({"when": "land.allocation == tender", **cap(factor="land", at=32.5)})
    one = judged(rubric)
    land, found = factor(one, "land"), capped(one)
    assert (land.score, land.score_uncapped) == (32.5, pytest.approx(62.5))
    assert one.score == pytest.approx(65 - 30 * 2 / 3 * 0.6)
    assert one.score_uncapped == pytest.approx(65)
    assert found
    assert (found.node, found.node_title, found.before, found.after) == (
        "land",
        "Land regime",
        pytest.approx(62.5),
        32.5,
    )


def test_a_rule_that_cannot_tell_caps_the_low_end_alone() -> None:
    rubric = with_rules({"when": "not land.phased", **cap(overall=True, at=40)})
    one, free = judged(rubric, **{"land.phased": SILENT}), judged(**{"land.phased": SILENT})
    assert (one.score, one.interval) == (free.score, (40, free.interval[1]))
    assert (one.rating_range, one.firm) == (("C", free.rating_range[1]), False)
    found = capped(one)
    assert found
    assert not found.applied
    assert found.before == found.after == pytest.approx(one.score)


@pytest.mark.parametrize("answer", ["yes", NOT_APPLICABLE])
def test_a_rule_that_is_clear_or_does_not_apply_caps_nothing(answer: Any) -> None:
    rubric = with_rules({"when": "not land.phased", **cap(factor="land", at=10)})
    one, free = judged(rubric, **{"land.phased": answer}), judged(**{"land.phased": answer})
    assert capped(one) is None
    assert (one.score, one.interval) == (free.score, free.interval)


def test_a_cap_above_the_score_changes_nothing() -> None:
    one = judged(with_rules({"when": "land.phased", **cap(overall=True, at=90)}))
    found = capped(one)
    assert found
    assert found.applied
    assert found.before == found.after == one.score == one.score_uncapped


def test_the_lower_of_two_caps_holds() -> None:
    rules = [{"when": "land.phased", **cap(overall=True, at=at)} for at in (50, 30)]
    assert judged(with_rules(*rules)).score == 30
