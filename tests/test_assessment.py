"""Proposals in, records out: one, of both kinds, many at once, whole portfolios, ranks."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from assessor import (
    Assessment,
    InputError,
    PortfolioAssessment,
    Proposal,
    assess,
    assess_each,
    assess_portfolio,
    load_proposal,
)
from assessor.assessment import assess_many
from assessor.portfolio import ranking
from assessor.record import to_json
from tests import small
from tests.conftest import EXAMPLES
from tests.small import SMALL
from tests.strategies import kinds, proposal, randoms, shipped

few = settings(max_examples=8)
ZONE_ONLY, CLUSTER_ONLY = "land.allocation", "associations.membership"
COMMON = "environment.controls"
SAYS = {ZONE_ONLY: "auction", CLUSTER_ONLY: 12, COMMON: "limits"}


def refused(*call: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        assess_each(*call)
    return str(caught.value).splitlines()


def written(path: Path, **changes: Any) -> Path:
    """A proposal file: the small one with some fields changed."""
    path.write_text(small.text(**changes), "utf-8")
    return path


def made(**changes: Any) -> Proposal:
    return Proposal.model_validate(small.blank(**changes))


def states(one: Assessment) -> dict[str, str]:
    return {i.id: i.state for f in one.factors for i in f.indicators}


# ---- One ----


def test_a_file_a_path_and_a_proposal_give_the_same() -> None:
    path = EXAMPLES[0]
    by_path = assess(path)
    assert assess(str(path)) == assess(load_proposal(path)) == by_path


@pytest.mark.parametrize("kind", ["zone", "cluster"])
def test_a_proposal_is_judged_by_the_rubric_of_its_kind(kind: str) -> None:
    one = assess(made(kind=kind))
    assert (one.rubric.id, one.proposal.kind) == (kind, kind)


def test_a_rubric_is_named_by_its_path_by_its_id_or_given() -> None:
    assert assess(made(), SMALL) == assess(made(), str(SMALL)) == assess(made(), small.rubric())
    assert assess(made(), "zone") == assess(made())


def test_an_empty_name_is_no_rubric() -> None:
    assert refused(made(), "") == [": there is no rubric ''; known: cluster, zone"]


def test_a_rubric_of_the_other_kind_is_refused() -> None:
    message = (
        "rubric cluster judges a cluster; write kind: cluster (or both), or name another rubric"
    )
    assert refused(made(answers=small.ANSWERS), "cluster") == [f"Upland Park: kind: {message}"]


def test_that_fault_has_its_place_in_a_file(tmp_path: Path) -> None:
    path = written(tmp_path / "p.yaml")
    (told,) = refused(path, "cluster")
    line = path.read_text("utf-8").splitlines().index("kind: zone") + 1
    assert told.startswith(f"{path}:{line}:7: rubric cluster judges a cluster; ")


# ---- Of both kinds ----


def both(**answers: Any) -> Proposal:
    return made(kind="both", answers={**SAYS, **answers})


def test_a_proposal_of_both_kinds_is_judged_twice_by_its_own_answers() -> None:
    zone, cluster = assess_each(both())
    assert [one.rubric.id for one in (zone, cluster)] == ["zone", "cluster"]
    assert zone.proposal == cluster.proposal
    answered = [
        {i for i, state in states(one).items() if state == "answered"} for one in (zone, cluster)
    ]
    assert answered == [{ZONE_ONLY, COMMON}, {CLUSTER_ONLY, COMMON}]


@pytest.mark.parametrize("kind", ["zone", "cluster"])
def test_one_of_two_rubrics_can_be_named(kind: str) -> None:
    assert [one.rubric.id for one in assess_each(both(), kind)] == [kind]
    assert assess(both(), kind) == next(one for one in assess_each(both()) if one.rubric.id == kind)


def test_what_neither_rubric_asks_is_told_once() -> None:
    message = "Upland Park: answers.land.alocation: there is no question 'land.alocation'; "
    for rubric in (None, "zone", "cluster"):
        told = refused(both(**{"land.alocation": "auction"}), rubric)
        assert told == [f"{message}did you mean 'land.allocation'?"]


def test_targets_of_both_kinds_are_checked_by_the_rubric_that_has_them() -> None:
    only = {kind: set(shipped(kind).targets) for kind in ("zone", "cluster")}
    targets = dict.fromkeys(only["zone"] | only["cluster"], 5.0)
    for one in assess_each(made(kind="both", targets=targets)):
        assert {check.id for check in one.targets} == only[one.rubric.id]


def test_one_record_of_two_must_be_chosen() -> None:
    with pytest.raises(InputError) as caught:
        assess(both())
    assert str(caught.value) == (
        "Upland Park: is of kind both, which gives two assessments; "
        "call assess_each, or name a rubric"
    )


# ---- Answers that cannot be judged ----


def test_every_answer_that_does_not_fit_is_told_with_its_place(tmp_path: Path) -> None:
    path = written(
        tmp_path / "p.yaml",
        answers={
            "land.allocation": {"value": "acution", "today": "by_lot"},
            "services.offered": ["road"],
            "discipline.capcity": 3,
        },
        targets={"gdp": 3},
    )
    lines = path.read_text("utf-8").splitlines()

    def place(text: str) -> str:
        row = next(n for n, line in enumerate(lines) if text in line)
        return f"{path}:{row + 1}:{lines[row].index(text) + 1}"

    assert sorted(refused(path, SMALL)) == sorted(
        [
            f"{place('acution')}: land.allocation: 'acution' is not a level; "
            "did you mean 'auction'?",
            f"{place('by_lot')}: land.allocation: 'by_lot' is not a level; "
            "known: negotiated, tender, auction",
            f"{place('- road')}: services.offered: 'road' is not an item; did you mean 'roads'?",
            f"{place('discipline.capcity')}: there is no question 'discipline.capcity'; "
            "did you mean 'discipline.capacity'?",
            f"{place('gdp')}: there is no target 'gdp'; known: gdp_growth_percent",
        ]
    )


GONE = {"state": "not_applicable", "reason": "because"}


def test_a_prerequisite_always_applies() -> None:
    """Else a zone without a boundary could say that the question is not for it."""
    told = refused(made(answers={"zone_test.delimited": GONE}), SMALL)
    assert told == [
        "Upland Park: answers.zone_test.delimited.state: "
        "zone_test.delimited is asked of every zone; answer it, or leave it empty"
    ]


def test_the_test_of_the_other_kind_need_not_apply() -> None:
    one = assess(made(answers={"cluster_test.one_field": GONE}))
    assert one.routing.cluster == "unknown"


def test_where_nothing_applies_there_is_nothing_to_judge() -> None:
    every = {i.id: GONE for i in small.rubric().indicators}
    assert refused(made(answers=every), SMALL) == [
        "Upland Park: answers: no question of rubric small applies, so there is nothing to judge; "
        "answer those that do apply"
    ]
    some = every | {"land.phased": {"value": "yes"}}
    assert assess(made(answers=some), SMALL).score == 100


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            {"value": "tender", "state": "not_applicable", "reason": "so"},
            "the answer has a value and is not_applicable; remove one of the two",
        ),
        (
            {"state": "not_applicable"},
            "the answer is not_applicable without a reason; write it under reason "
            "(in a table: in the column that ends in .reason)",
        ),
        (
            {**GONE, "today": "tender"},
            "the answer is not_applicable and has today; remove one of the two",
        ),
        (
            {"value": "auction", "status": "in_place", "today": "tender"},
            "the answer is in_place and today is another; write status: planned",
        ),
    ],
)
def test_an_answer_that_contradicts_itself_is_refused(
    tmp_path: Path, answer: dict[str, Any], message: str
) -> None:
    path = written(tmp_path / "p.yaml", answers={"land.allocation": answer})
    (told,) = refused(path, SMALL)
    assert told.split(": ", 1)[1] == message


# ---- Many at once ----


@few
@given(kinds, randoms)
def test_alone_and_among_others_a_proposal_gets_the_same_record(kind: str, random: Random) -> None:
    many = [proposal(shipped(kind), random) for _ in range(4)]
    together = assess_many(many, shipped(kind))
    assert together == [assess(one, shipped(kind)) for one in many]


def test_none_at_all_give_no_record() -> None:
    assert assess_many([], small.rubric()) == []


def test_the_faults_of_all_are_told() -> None:
    wrong = [made(name=name, answers={"land.phased": 7}) for name in ("One", "Two")]
    with pytest.raises(InputError) as caught:
        assess_many(wrong, small.rubric())
    assert [fault.file for fault in caught.value.faults] == ["One", "Two"]


# ---- Portfolios ----


def test_one_that_fails_does_not_spoil_the_others(tmp_path: Path) -> None:
    good = [written(tmp_path / f"{name}.yaml", name=name) for name in ("a", "c")]
    bad = written(tmp_path / "b.yaml", answers={"land.phased": "perhaps"})
    broken = tmp_path / "d.yaml"
    broken.write_text("name: [", "utf-8")
    found = assess_portfolio([*good, bad, broken, tmp_path / "e.yaml"], SMALL)
    assert [one.proposal.name for one in found.assessments] == ["a", "c"]
    assert {failed.file: len(failed.errors) for failed in found.failed} == {
        str(bad): 1,
        str(broken): 1,
        str(tmp_path / "e.yaml"): 1,
    }
    assert (
        "'perhaps' is neither yes nor no" in {f.file: f for f in found.failed}[str(bad)].errors[0]
    )
    assert [row.file for row in found.ranking] == [str(path) for path in good]


def test_a_folder_and_its_files_one_by_one_give_the_same(tmp_path: Path) -> None:
    for example in EXAMPLES[:3]:
        shutil.copy(example, tmp_path)
    paths = sorted(tmp_path.iterdir())
    assert assess_portfolio(tmp_path) == assess_portfolio(str(tmp_path)) == assess_portfolio(paths)


def test_each_example_gets_in_a_portfolio_what_it_gets_alone() -> None:
    found = assess_portfolio(EXAMPLES)
    alone = {
        (one.proposal.name, one.rubric.id): one for path in EXAMPLES for one in assess_each(path)
    }
    assert {(one.proposal.name, one.rubric.id): one for one in found.assessments} == alone
    assert not found.failed


def test_kinds_are_ranked_apart_and_both_stands_in_two_rankings(tmp_path: Path) -> None:
    for kind in ("zone", "cluster", "both"):
        text = yaml.safe_dump({"name": kind, "kind": kind, "country": "KE"})
        (tmp_path / f"{kind}.yaml").write_text(text, "utf-8")
    found = assess_portfolio(tmp_path)
    ranked = {(row.rubric, row.name): row.rank for row in found.ranking}
    both = {("cluster", "both"), ("cluster", "cluster"), ("zone", "both"), ("zone", "zone")}
    assert ranked == dict.fromkeys(both)  # nothing is answered, so none has a rank


def test_under_a_named_rubric_those_of_another_kind_fail_with_the_reason(tmp_path: Path) -> None:
    for kind in ("zone", "cluster", "both"):
        answers = {} if kind != "both" else SAYS
        text = yaml.safe_dump({"name": kind, "kind": kind, "country": "KE", "answers": answers})
        (tmp_path / f"{kind}.yaml").write_text(text, "utf-8")
    found = assess_portfolio(tmp_path, "zone")
    assert {one.proposal.name for one in found.assessments} == {"zone", "both"}
    (failed,) = found.failed
    assert failed.errors == (
        f"{tmp_path / 'cluster.yaml'}:3:7: rubric zone judges a zone; "
        "write kind: zone (or both), or name another rubric",
    )


def test_a_rubric_that_cannot_be_read_stops_the_portfolio(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no rubric 'zoen'; did you mean 'zone'"):
        assess_portfolio([written(tmp_path / "a.yaml")], "zoen")


def test_a_portfolio_goes_to_json_and_comes_back_the_same(tmp_path: Path) -> None:
    written(tmp_path / "a.yaml")
    written(tmp_path / "b.yaml", kind="nothing")
    found = assess_portfolio(tmp_path, SMALL)
    assert PortfolioAssessment.from_json(to_json(found)) == found
    assert set(dict(found)) == {
        "schema_version",
        "assessments",
        "ranking",
        "resemblance",
        "failed",
        "rank_chances",
        "not_read",
    }
    assert set(dict(found.failed[0])) == {"file", "errors"}


# ---- Ranks ----


def scoring(name: str, score: float, rating: str = "B") -> Assessment:
    one = small.assessed(small.data(name=name))
    return replace(one, score=score, rating=rating)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ([], []),
        ([("a", 70, "B")], [(1, "a")]),
        ([("b", 60, "B"), ("a", 70, "B")], [(1, "a"), (2, "b")]),
        (
            [("d", 10, "D"), ("c", 60, "B"), ("b", 60, "B"), ("a", 70, "B")],
            [(1, "a"), (2, "b"), (2, "c"), (4, "d")],
        ),
        ([("b", 50, "C"), ("a", 50, "C"), ("c", 50, "C")], [(1, "a"), (1, "b"), (1, "c")]),
        ([("a", 90, "NR"), ("b", 20, "D"), ("c", 90, "NR")], [(1, "b"), (None, "a"), (None, "c")]),
        ([("a", 50, "NR"), ("b", 50, "C")], [(1, "b"), (None, "a")]),
    ],
)
def test_equal_scores_share_a_rank_and_those_without_a_rating_come_last(
    given_: list[tuple[str, float, str]], expected: list[tuple[int | None, str]]
) -> None:
    rows = [scoring(*one) for one in given_]
    found = ranking(rows, [f"{one.proposal.name}.yaml" for one in rows])
    assert [(row.rank, row.name) for row in found] == expected
    assert all(row.file == f"{row.name}.yaml" for row in found)


def test_each_rubric_has_its_own_first() -> None:
    rows = [scoring("a", 60), scoring("b", 70)]
    other = [replace(one, rubric=replace(one.rubric, id="other")) for one in rows]
    found = ranking([*rows, *other], ["f"] * 4)
    assert [(row.rubric, row.rank, row.name) for row in found] == [
        ("other", 1, "b"),
        ("other", 2, "a"),
        ("small", 1, "b"),
        ("small", 2, "a"),
    ]


def test_a_rubric_given_as_an_object_is_used_as_it_is(tmp_path: Path) -> None:
    changed = replace(small.rubric(), rules=())
    found = assess_portfolio([written(tmp_path / "a.yaml")], changed)
    assert found.assessments[0].findings == ()


FAULTY = """name: A
kind: zone
country: QQ
answers:
  discipline.capacity: .nan
  discipline.capacity: 7
  land.allocation: wrong
  land.phasd: yes
"""


def test_faults_of_the_text_the_form_and_the_answers_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(FAULTY)
    with pytest.raises(InputError) as caught:
        assess(path, SMALL)
    told = [(f.line, f.message.partition(";")[0]) for f in caught.value.faults]
    assert told == [
        (3, "'QQ' is no country"),
        (5, ".nan is no figure"),
        (6, "'discipline.capacity' already stands in line 5"),
        (7, "land.allocation: 'wrong' is not a level"),
        (8, "there is no question 'land.phasd'"),
    ]
    (failed,) = assess_portfolio(path, SMALL).failed
    assert list(failed.errors) == [str(fault) for fault in caught.value.faults]


def test_a_fault_of_the_text_alone_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(small.text() + "kind: zone\n")
    for read in (load_proposal, assess):
        with pytest.raises(InputError, match="'kind' already stands in line 2; keep one of them"):
            read(path)
