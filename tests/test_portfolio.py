"""Proposals side by side: ranks and their ranges, who dominates whom, who copies whom."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assessor import InputError, PortfolioAssessment, Proposal, assess_portfolio, load_rubric
from assessor.assessment import assess_many
from assessor.blank import blank_proposal
from assessor.portfolio import (
    competition_ranks,
    direct,
    dominance,
    folded,
    rank_ranges,
    ranking,
    resemblance,
)
from assessor.record import Lookalikes
from assessor.rubric import ResemblanceRule, Rubric
from tests import small
from tests.small import SMALL
from tests.strategies import kinds, randoms, shipped
from tests.strategies import proposal as any_proposal

# ---- Ranks and their ranges ----

ends = st.sampled_from([0.0, 20.0, 33.3, 50.0, 50.0000000001, 80.0, 100.0])


@st.composite
def scored(draw: Any) -> tuple[list[float], list[float], list[float]]:
    """Low, score and high of some proposals, with many ties."""
    rows = draw(st.lists(st.tuples(ends, ends, ends).map(sorted), min_size=1, max_size=8))
    low, mid, high = zip(*rows, strict=True)
    return list(low), list(mid), list(high)


@given(scored())
def test_a_rank_is_one_more_than_the_better_scores(rows: tuple[list[float], ...]) -> None:
    mid = rows[1]
    expected = [1 + sum(other > score for other in mid) for score in mid]
    assert competition_ranks(np.array(mid)).tolist() == expected


@given(scored())
def test_the_range_counts_who_must_and_who_may_lie_above(rows: tuple[list[float], ...]) -> None:
    low, _, high = rows
    best, worst = rank_ranges(np.array(low), np.array(high))
    numbers = range(len(low))
    for n in numbers:
        others = [m for m in numbers if m != n]
        assert best[n] == 1 + sum(low[m] > high[n] for m in others)
        assert worst[n] == 1 + sum(high[m] > low[n] for m in others)


@given(scored(), randoms)
def test_wherever_the_scores_end_the_ranks_stay_in_their_ranges_and_reach_both_ends(
    rows: tuple[list[float], ...], random: Random
) -> None:
    low, mid, high = rows
    best, worst = rank_ranges(np.array(low), np.array(high))
    for drawn in (mid, low, high, list(map(random.uniform, low, high))):
        inside = np.clip(drawn, low, high)
        ranks = competition_ranks(inside)
        assert np.all((best <= ranks) & (ranks <= worst))
    for n in range(len(low)):
        luckiest = [high[n] if m == n else low[m] for m in range(len(low))]
        unluckiest = [low[n] if m == n else high[m] for m in range(len(low))]
        assert competition_ranks(np.array(luckiest))[n] == best[n]
        assert competition_ranks(np.array(unluckiest))[n] == worst[n]


def judged(kind: str, random: Random, count: int) -> list[Any]:
    rubric = shipped(kind)
    named = [
        any_proposal(rubric, random, gaps=0.15).model_copy(update={"name": f"P{n}"})
        for n in range(count)
    ]
    return assess_many(named, rubric)


@settings(max_examples=6)
@given(kinds, randoms)
def test_a_rank_lies_in_its_range_and_neighbours_move_no_score(kind: str, random: Random) -> None:
    rubric = shipped(kind)
    proposals = [
        any_proposal(rubric, random, gaps=0.15).model_copy(update={"name": f"P{n}"})
        for n in range(6)
    ]
    everybody = assess_many(proposals, rubric)
    rows = ranking(everybody, [one.proposal.name for one in everybody])
    for row in rows:
        if row.rank is None:
            assert row.rank_range is None
        else:
            assert row.rank_range is not None
            assert row.rank_range[0] <= row.rank <= row.rank_range[1]
    some = assess_many(proposals[1:4], rubric)
    assert some == everybody[1:4]


@settings(max_examples=6)
@given(randoms)
def test_the_order_of_rows_does_not_matter(random: Random) -> None:
    everybody = judged("zone", random, 6)
    mixed = random.sample(everybody, len(everybody))

    def standings(assessments: list[Any]) -> list[tuple[Any, ...]]:
        names = [one.proposal.name for one in assessments]
        return [
            (r.name, r.rank, r.rank_range, r.dominated_by, {names[n] for n in r.dominates or ()})
            for r in ranking(assessments, names)
        ]

    assert standings(everybody) == standings(mixed)


def test_what_is_not_rated_is_listed_last_and_counts_for_nobody(tmp_path: Path) -> None:
    for n, text in enumerate(["{name: Open, kind: zone, country: NA}", small.text(name="Rated")]):
        (tmp_path / f"{n}.yaml").write_text(text, "utf-8")
    rated, unrated = assess_portfolio(tmp_path, SMALL).ranking
    assert (rated.name, rated.rank, rated.rank_range) == ("Rated", 1, (1, 1))
    assert (unrated.name, unrated.rank, unrated.rank_range) == ("Open", None, None)
    assert (unrated.dominates, unrated.dominated_by, unrated.weakest) == (None, None, None)


def test_the_weakest_factor_is_the_rated_one_with_the_lowest_score() -> None:
    one = small.assessed()
    (row,) = ranking([one], ["a"])
    assert row.weakest == min(one.factors, key=lambda f: f.score or 0).id == "services"


# ---- Who dominates whom ----

few = st.sampled_from([0.0, 50.0, 50.0000001, 100.0, float("nan")])
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(few, min_size=width, max_size=width), min_size=1, max_size=7)
)


def dominates(one: list[float], other: list[float]) -> bool:
    """The same in plain Python."""
    both = list(zip(one, other, strict=True))
    if any((a == a) != (b == b) for a, b in both):
        return False
    known = [(a, b) for a, b in both if a == a]
    return all(a >= b for a, b in known) and any(a > b for a, b in known)


@given(tables)
def test_one_dominates_another_if_as_good_on_every_factor_and_better_on_one(
    rows: list[list[float]],
) -> None:
    expected = [[dominates(one, other) for other in rows] for one in rows]
    assert dominance(np.array(rows)).tolist() == expected


@given(tables)
def test_what_is_left_out_of_the_direct_pairs_follows_from_them(rows: list[list[float]]) -> None:
    over = dominance(np.array(rows))
    kept = direct(over)
    assert not np.any(kept & ~over)
    follows = kept.copy()
    for _ in rows:
        follows |= (follows.astype(int) @ kept.astype(int)) > 0
    assert np.array_equal(follows, over)
    again = direct(kept)
    assert np.array_equal(again, kept)


def test_more_proposals_than_fit_in_a_block_are_compared_alike() -> None:
    scores = np.random.default_rng(1).integers(0, 4, (150, 3)) * 25.0
    expected = [[dominates(a, b) for b in scores.tolist()] for a in scores.tolist()]
    assert dominance(scores).tolist() == expected


def test_the_record_names_the_nearest_and_counts_all() -> None:
    worse = {"discipline.capacity": 160}
    data = [
        small.data(name="best"),
        small.data(name="middle", answers=worse),
        small.data(name="worst", answers=worse | {"services.offered": []}),
    ]
    rows = ranking([small.assessed(d) for d in data], ["a", "b", "c"])
    assert [(r.name, r.dominates, r.dominated_by) for r in rows] == [
        ("best", (1,), 0), ("middle", (2,), 1), ("worst", (), 2),
    ]  # fmt: skip


def test_too_many_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assessor.portfolio.MOST_COMPARED", 1)
    ones = [small.assessed(small.data(name=name)) for name in "ab"]
    assert [(r.rank, r.dominates, r.dominated_by) for r in ranking(ones, ["a", "b"])] == [
        (1, None, None), (1, None, None),
    ]  # fmt: skip


# ---- Who copies whom ----

RULE = ResemblanceRule(
    questions=("land.allocation", "discipline.audit"),
    reason="For tests.",
    lesson="empty_halls",
    sources=("6/specific ¶4",),
)
HERE = {"country": "KE", "hinterland": "Eastern province", "sectors": ["garments"]}


def with_rule() -> Rubric:
    rubric = small.rubric()
    return dataclasses.replace(rubric, file=dataclasses.replace(rubric.file, resemblance=RULE))


def copies(*changes: dict[str, Any]) -> tuple[int, tuple[Lookalikes, ...]]:
    """How many of some proposals are compared, and the groups that they make."""
    data = [small.data(**{"name": f"P{n}", **HERE, **change}) for n, change in enumerate(changes)]
    rubric = with_rule()
    found = assess_many([Proposal.model_validate(one) for one in data], rubric)
    (one,) = resemblance(found, [rubric])
    assert one.lesson.id == "empty_halls"
    assert set(one.lesson.sources) <= set(one.source.places)
    assert [name for name, _ in one.questions] == ["land.allocation", "discipline.audit"]
    return one.compared, one.groups


def members(*changes: dict[str, Any]) -> list[tuple[int, ...]]:
    return [group.members for group in copies(*changes)[1]]


def answers(**given_: Any) -> dict[str, Any]:
    return {"answers": {name.replace("__", "."): value for name, value in given_.items()}}


@pytest.mark.parametrize(
    ("second", "alike"),
    [
        ({}, True),
        ({"hinterland": " EASTERN  Province "}, True),
        ({"hinterland": "Ｅastern province"}, True),
        ({"hinterland": "Coast"}, False),
        ({"hinterland": None}, False),
        ({"country": "ET"}, False),
        ({"sectors": ["Footwear", "GARMENTS"]}, True),
        ({"sectors": ["footwear"]}, False),
        ({"sectors": []}, False),
        (answers(land__allocation="auction"), False),
        (answers(discipline__audit=None), True),
        (answers(discipline__audit=None, land__allocation=None), False),
        (answers(land__allocation={"state": "insufficient_evidence"}), True),
    ],
)
def test_two_copy_each_other_where_place_sector_and_incentives_are_the_same(
    second: dict[str, Any], alike: bool
) -> None:
    assert members({}, second) == ([(0, 1)] if alike else [])
    assert members(second, {}) == ([(0, 1)] if alike else [])


def test_without_a_hinterland_the_country_is_the_place() -> None:
    nowhere = {"hinterland": None}
    assert members(nowhere, nowhere) == [(0, 1)]
    assert members(nowhere, nowhere | {"country": "ET"}) == []
    assert copies(nowhere | {"country": "ZZ"}, nowhere | {"country": "ZZ"}) == (0, ())


def test_a_group_says_where_and_in_which_sectors() -> None:
    two = {"sectors": ["Shoes", "Leather", "Tea"]}
    compared, (group,) = copies(two, {"sectors": ["leather", "shoes"]}, {"sectors": ["rice"]})
    assert compared == 3
    assert group == Lookalikes(
        members=(0, 1),
        country="KE",
        hinterland="Eastern province",
        sectors=("Leather", "Shoes"),
        every_pair=True,
    )


def test_a_proposal_may_belong_to_two_groups() -> None:
    both = {"sectors": ["garments", "shoes"]}
    assert members({}, both, {"sectors": ["shoes"]}) == [(0, 1), (1, 2)]


def test_a_group_says_where_some_are_linked_only_through_others() -> None:
    only_audit = answers(land__allocation=None)
    _, (group,) = copies({}, only_audit, answers(land__allocation="auction"))
    assert group.members == (0, 1, 2)
    assert not group.every_pair
    _, (group,) = copies({}, only_audit, {})
    assert group.every_pair


@settings(max_examples=40)
@given(st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=2, max_size=6), st.randoms())
def test_groups_do_not_depend_on_the_order(rows: list[tuple[int, int, int]], random: Any) -> None:
    def named(order: list[int]) -> set[tuple[frozenset[str], bool]]:
        chosen = [
            small.data(
                name=f"P{n}",
                **HERE | {"sectors": [["a"], ["b"], ["a", "b"]][rows[n][0]]},
                **answers(
                    land__allocation=[None, "auction", "tender"][rows[n][1]],
                    discipline__audit=[None, "inside", "outside"][rows[n][2]],
                ),
            )
            for n in order
        ]
        rubric = with_rule()
        found = assess_many([Proposal.model_validate(one) for one in chosen], rubric)
        groups = resemblance(found, [rubric])[0].groups
        return {
            (frozenset(found[n].proposal.name for n in group.members), group.every_pair)
            for group in groups
        }

    order = list(range(len(rows)))
    assert named(order) == named(random.sample(order, len(order)))


def test_one_proposal_alone_and_a_rubric_without_the_rule_compare_nothing() -> None:
    one = small.assessed()
    assert resemblance([one], [with_rule()]) == ()
    assert resemblance([one, one], [small.rubric()]) == ()


@pytest.mark.parametrize("kind", ["zone", "cluster"])
def test_the_shipped_rubrics_say_what_makes_a_copy(kind: str) -> None:
    rule = load_rubric(kind).file.resemblance
    assert rule is not None
    assert "our judgement" in rule.reason
    assert set(rule.sources) <= set(load_rubric(kind).lessons[rule.lesson].sources)


def test_a_rule_that_names_what_is_not_there_is_refused(tmp_path: Path) -> None:
    data = yaml.safe_load(SMALL.read_text("utf-8"))
    data["resemblance"] = dict(RULE) | {
        "questions": ["land.alocation"], "lesson": "empty_hall", "sources": ["6/specific ¶99"],
    }  # fmt: skip
    for name in ("lessons.yaml", "comparators.yaml"):
        (tmp_path / name).write_bytes((SMALL.parent / name).read_bytes())
    path = tmp_path / "small.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")
    with pytest.raises(InputError) as caught:
        load_rubric(path)
    told = [fault.message for fault in caught.value.faults]
    assert "there is no indicator 'land.alocation'; did you mean 'land.allocation'?" in told
    assert "there is no lesson 'empty_hall'; did you mean 'empty_halls'?" in told
    assert any("'6/specific ¶99'" in message for message in told)


def test_words_are_compared_without_case_width_and_space() -> None:
    assert folded(" Straße  GARMENTS ") == folded("strasse garments")


# ---- What a proposal says of itself ----


def test_sectors_and_hinterland_go_from_every_format_into_the_record(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(small.text(**HERE), "utf-8")
    (tmp_path / "b.csv").write_text(
        "name,kind,country,sectors,hinterland\nP,zone,KE,garments; shoes,East\n", "utf-8"
    )
    found: PortfolioAssessment = assess_portfolio([tmp_path / "a.yaml", tmp_path / "b.csv"], SMALL)
    facts = [one.proposal for one in found.assessments]
    assert [one.sectors for one in facts] == [("garments",), ("garments", "shoes")]
    assert [one.hinterland for one in facts] == ["Eastern province", "East"]


@pytest.mark.parametrize(
    "wrong", [{"sectors": ["x" * 61]}, {"sectors": ["x"] * 13}, {"sectors": ["\u202e "]}]
)
def test_sectors_have_limits(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="sectors"):
        Proposal.model_validate(small.data(**wrong))


def test_a_blank_proposal_asks_for_sectors_and_hinterland() -> None:
    text = blank_proposal([small.rubric()])
    assert "\nsectors: []" in text
    assert "\nhinterland: " in text
