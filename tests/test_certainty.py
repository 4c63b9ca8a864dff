"""Sentences on how sure a result is, held against the record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assessor import Assessment, certainty
from assessor.trust import RankChances, RatingChance
from tests import small
from tests.reports import NAMES, records


def changed(**update: object) -> Assessment:
    return replace(records("kivuli-coast-zone")[0], **update)


def chances(share: float) -> tuple[RatingChance, ...]:
    shares = {"A": 0.0, "B": share, "C": 1 - share, "D": 0.0}
    return tuple(RatingChance(rating=r, chance=p, standard_error=0) for r, p in shares.items())


@pytest.mark.parametrize(
    ("chance", "words"),
    [(0, "0"), (0.0001, "under 1"), (0.426, "43"), (0.9999, "over 99"), (1, "100")],
)
def test_a_chance_is_never_nought_or_all_where_it_is_neither(chance, words):
    assert certainty.percent(chance) == words


@pytest.mark.parametrize(
    ("share", "kept", "said"),
    [
        (1.0, 6, "stands in every draw and by all six other methods"),
        (0.0, 0, "stands in no draw and by no of six other methods"),
        (0.83, 4, "stands in 83 percent of the draws and by four of six other methods"),
    ],
)
def test_the_headline_says_whether_the_rating_survives(share, kept, said):
    robust = changed().robustness
    variants = tuple(replace(v, survives=n < kept) for n, v in enumerate(robust.variants))
    update = {"chances": chances(share), "variants": variants}
    one = changed(robustness=replace(robust, **update))
    said = said.replace("by no of six", "by none of six")
    assert certainty.robustness_headline(one) == f"The rating B {said}"


@pytest.mark.parametrize(
    ("up", "down", "said"),
    [
        (0, 0, "No single answer moves the rating"),
        (1, 0, "One single answer lifts the rating"),
        (3, 1, "Three single answers lift the rating and one lowers it"),
        (0, 1, "One single answer lowers the rating, none lifts it"),
        (0, 2, "Two single answers lower the rating, none lifts it"),
    ],
)
def test_the_headline_counts_the_answers_that_move_the_rating(up, down, said):
    levers = changed().levers
    model = levers.switches[0]
    switches = [replace(model, direction="up")] * up
    switches += [replace(model, direction="down")] * down
    one = changed(levers=replace(levers, switches=tuple(switches)))
    assert certainty.levers_headline(one) == said


def test_the_nearest_single_answer_is_named():
    one = changed()
    first, *others = one.levers.switches
    away = replace(first, score=one.score + 20, rating="A")
    near = replace(
        first,
        score=one.score - 2,
        rating="C",
        title="Record of care",
        answer="not_so",
        answer_text="x",
    )
    for answer, text, told in (
        ("not_so", "It is not so.", "not so"),
        (48.0, "48 hours", "48 hours"),
        (False, "No", "no"),
    ):
        switch = replace(near, answer=answer, answer_text=text)
        levers = replace(one.levers, switches=(away, switch, *others[:0]))
        said = certainty.levers_sentence(replace(one, levers=levers))
        assert said.endswith(f"; the nearest, record of care ({told}), brings C.")
    none = replace(one, levers=replace(one.levers, switches=()))
    assert certainty.levers_sentence(none).endswith("No single answer moves the rating.")


def test_without_a_rating_only_what_can_be_said_is_said():
    one = small.assessed(small.blank())
    headline = certainty.robustness_headline(one)
    assert headline.startswith("Too little is known for a rating: the score may end anywhere from ")
    assert certainty.distance_sentence(one) == certainty.levers_sentence(one) == ""
    assert certainty.levers_headline(one).startswith("The score hangs most on ")
    assert certainty.robustness_sentence(one) == ""
    assert {letters for _, _, letters in certainty.ranges(one)} == {""}


def test_a_section_with_nothing_to_say_is_left_out():
    levers = changed().levers
    flat = tuple(replace(bar, best=bar.worst) for bar in levers.tornado)
    update = {"up": None, "down": None, "switches": (), "tornado": flat}
    assert certainty.levers_headline(changed(levers=replace(levers, **update))) == ""


@pytest.mark.parametrize("name", NAMES)
def test_the_chart_holds_every_bar(name):
    one = records(name)[0]
    low, high = certainty.tornado_scale(one)
    for bar in one.levers.tornado:
        assert low <= bar.worst <= bar.best <= high
    assert low <= one.score <= high


@pytest.mark.parametrize(
    ("stays", "error", "said"),
    [
        (1.0, 0.0, "in every draw."),
        (0.0, 0.0, "in no draw."),
        (0.999, 0.0003, "in over 99 percent of the draws (standard error under 0.1)."),
        (0.74, 0.0044, "in 74 percent of the draws (standard error 0.4)."),
    ],
)
def test_how_often_the_first_stays_first(stays, error, said):
    found = RankChances(
        rubric="zone",
        draws=10_000,
        seed=1,
        members=(0,),
        names=("Berg",),
        chances=((1.0,),),
        standard_errors=((0.0,),),
        ranges=((1, 1),),
        keeps=(stays,),
        first_stays=stays,
        first_stays_error=error,
    )
    assert certainty.rank_sentence(found).endswith(f"stays first, alone or with others, {said}")


def test_a_weight_far_out_of_reach_is_not_named():
    levers = changed().levers
    far, *_ = levers.weight_switches
    near = replace(far, weight=5.0, needed=9.0)
    for switches, said in (((near, far), "at 9.0 in place of 5"), ((far,), "No factor's weight")):
        one = changed(levers=replace(levers, weight_switches=switches))
        assert said in certainty.weights_sentence(one)
