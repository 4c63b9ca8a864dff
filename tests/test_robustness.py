"""How sure the number is: exact ranges, chances, variants and ranks."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessor import Assessment, Proposal, assess, assess_portfolio, robustness
from assessor.assessment import assess_many
from assessor.certainty import robustness_headline
from assessor.draws import DRAWS, Draws
from assessor.indicators import Checklist, Indicator, Measure
from assessor.proposal import NOT_ASSESSED
from assessor.robustness import Sensitivity, exact_range, rank_chances
from assessor.scorer import Scorer
from tests import small, strategies
from tests.conftest import ROOT
from tests.oracle import Tree
from tests.test_draws import COUNT, caps, drawn_shares, evidence, families, row_of


def record(name: str = "kivuli-coast-zone") -> Assessment:
    return assess(ROOT / "examples" / f"{name}.yaml")


# --- the exact range ---


def moved_scores(row, random: Random, shift: float, count: int, *, corners: bool) -> list[float]:
    """The score, read slowly, with every weight moved inside the box, or to a corner of it."""
    rubric, given_evidence = row.rubric, evidence(row)
    leaves = {
        i.id: float(given_evidence.leaves[k, 1]) if given_evidence.applies[k] else None
        for k, i in enumerate(rubric.indicators)
    }
    parts = (*rubric.pillars, *rubric.factors, *rubric.indicators)
    found = []
    for _ in range(count):
        weights = {
            p.id: p.weight
            * (
                random.choice([1 - shift, 1 + shift])
                if corners
                else random.uniform(1 - shift, 1 + shift)
            )
            for p in parts
        }
        found.append(Tree(rubric, leaves, caps(row), weights).score())
    return found


@given(random=strategies.randoms, kind=strategies.kinds, corners=st.booleans())
@settings(max_examples=25)
def test_the_exact_range_holds_every_draw_inside_the_box(random: Random, kind, corners):
    rubric = strategies.reshaped(strategies.shipped(kind), random)
    row = row_of(rubric, strategies.proposal(rubric, random))
    (low, worst), (high, best) = exact_range(row)
    for score in moved_scores(row, random, 0.25, 10, corners=corners):
        assert low - 1e-7 <= score <= high + 1e-7
    now = row.score("overall")[0]
    assert worst - 1e-9 <= low <= now + 1e-9
    assert now - 1e-9 <= high <= best + 1e-9
    assert worst <= row.view.scores.low[0, 0] + 1e-9
    assert best >= row.view.scores.high[0, 0] - 1e-9


@given(random=strategies.randoms)
@settings(max_examples=20)
def test_the_exact_range_is_attained_at_a_corner(random: Random):
    rubric = strategies.reshaped(small.rubric(), random)
    row = row_of(rubric, strategies.proposal(rubric, random, gaps=0.1))
    given_evidence = evidence(row)
    leaves = {
        i.id: float(given_evidence.leaves[k, 1]) if given_evidence.applies[k] else None
        for k, i in enumerate(rubric.indicators)
    }
    parts = [*rubric.pillars, *rubric.factors, *rubric.indicators]
    grouped = {child for _, children in families(rubric) if len(children) > 1 for child in children}
    moving = [p for p in parts if p.id in grouped]
    scores = []
    for factors in product((0.75, 1.25), repeat=len(moving)):
        weights = {p.id: p.weight * f for p, f in zip(moving, factors, strict=True)}
        scores.append(Tree(rubric, leaves, caps(row), weights).score())
    (low, _), (high, _) = exact_range(row)
    assert min(scores) == pytest.approx(low, abs=1e-7)
    assert max(scores) == pytest.approx(high, abs=1e-7)


def test_weights_that_may_not_move_leave_the_score():
    row = row_of(small.rubric(), Proposal.model_validate(small.data()))
    (low, _), (high, _) = exact_range(row, 0)
    assert low == high == row.score("overall")[0] == 65


# --- chances and intervals ---


@pytest.mark.parametrize("name", ["kivuli-coast-zone", "leather-goods-ethiopia"])
def test_the_chances_of_the_ratings_add_up_to_one(name):
    one = record(name)
    assert [c.rating for c in one.robustness.chances] == ["A", "B", "C", "D"]
    assert sum(c.chance for c in one.robustness.chances) == pytest.approx(1, abs=1e-12)
    for c in one.robustness.chances:
        assert c.standard_error == pytest.approx((c.chance * (1 - c.chance) / DRAWS) ** 0.5)


def test_chances_and_intervals_are_those_of_the_draws():
    row = row_of(small.rubric(), Proposal.model_validate(small.data()))
    found = small.assessed().robustness
    fixed, drawn = Draws(row.view.scorer).scores(evidence(row))
    share = np.mean((drawn >= 55) & (drawn < 75))
    assert next(c.chance for c in found.chances if c.rating == "B") == pytest.approx(share)
    assert found.weight_interval == pytest.approx(np.percentile(fixed, [5, 95]), abs=0.02)
    assert found.draw_interval == pytest.approx(np.percentile(drawn, [5, 95]), abs=0.02)
    assert (found.draws, found.seed, found.concentration) == (10_000, 2012, 16)


# --- rules that cannot tell yet ---


def drawn_answer(indicator: Indicator, score: float) -> float | None:
    """The code of the answer that scores so much, found slowly; None where a score tells none."""
    line = [(code, float(points)) for code, points in indicator.points()]
    falling = line[0][1] > line[-1][1]
    line = line[::-1] if falling else line
    if isinstance(indicator, Checklist) or any(a[1] >= b[1] for a, b in pairwise(line)):
        return None
    if isinstance(indicator, Measure):
        (x0, y0), (x1, y1) = next(pair for pair in pairwise(line) if score <= pair[1][1])
        return x0 + (x1 - x0) * (score - y0) / (y1 - y0)
    return min(line, key=lambda level: abs(level[1] - score))[0]


@given(random=strategies.randoms, kind=strategies.kinds, reshape=st.booleans())
@settings(max_examples=25)
def test_open_rules_cap_where_a_slow_reading_of_the_drawn_answers_raises_them(
    random: Random, kind, reshape
):
    rubric = strategies.shipped(kind)
    rubric = strategies.reshaped(rubric, random) if reshape else rubric
    row = row_of(rubric, strategies.proposal(rubric, random, gaps=random.choice([0.1, 0.5])))
    sensitivity = Sensitivity(row.view.scorer)
    sensitivity.__dict__["draws"] = draws = Draws(row.view.scorer, COUNT)
    given_evidence = evidence(row)
    capped, unsettled = sensitivity._open_caps(row.view, 0)
    scores = draws.scores(replace(given_evidence, drawn=capped))
    together = sensitivity.drawn(row.view, [0])
    np.testing.assert_allclose(together[0], scores[1], rtol=0, atol=1e-9)
    sure = draws.scores(given_evidence)[0]
    np.testing.assert_allclose(scores[0], sure, rtol=0, atol=1e-9)
    shares = drawn_shares(draws, rubric, row.view.scorer)
    ever_open = set()
    for s in range(0, COUNT, 7):
        leaves, values = {}, dict(row.values)
        for k, indicator in enumerate(rubric.indicators):
            low, _, high = given_evidence.leaves[k].tolist()
            at = low + (high - low) * float(draws.luck(k)[s])
            leaves[indicator.id] = at if given_evidence.applies[k] else None
            if row.codes[indicator.id] == NOT_ASSESSED:
                values[indicator.id] = drawn_answer(indicator, 100 * float(draws.luck(k)[s]))
        held = caps(row)
        for r, (rule, condition) in enumerate(zip(rubric.rules, rubric.conditions, strict=True)):
            sure = row.view.scores.raised[r, 0] or row.view.scores.clear[r, 0]
            if rule.cap and not sure:
                told = condition.explain(values, row.ticked).outcome
                if told:
                    held[rule.cap.node] = min(rule.cap.at, held.get(rule.cap.node, 100.0))
                elif told is None:
                    ever_open.add(rule.id)
        weights = {name: float(share[s]) for name, share in shares.items()}
        assert scores[1, s] == pytest.approx(Tree(rubric, leaves, held, weights).score(), abs=1e-7)
    assert ever_open <= set(unsettled)


def test_a_rule_that_waits_for_an_answer_caps_in_so_many_draws():
    """Of five even levels the worst is nearest to an eighth of all scores, and caps at 54."""
    rubric = strategies.shipped("zone")
    best = strategies.extremes(rubric, best=True)
    answers = {k: v for k, v in best.answers.items() if k != "discipline.integrity"}
    indicator = next(i for i in rubric.indicators if i.id == "discipline.integrity")
    one = assess(best.model_copy(update={"answers": answers}), rubric)
    edge = indicator.points()[1][1] / 2 / 100
    capped = next(c for c in one.robustness.chances if c.rating == "C")
    assert capped.chance == pytest.approx(edge, abs=4 * capped.standard_error)
    assert sum(c.chance for c in one.robustness.chances) == pytest.approx(1, abs=1e-12)
    assert one.robustness.unsettled == ()
    assert "unless" not in robustness_headline(one)


def test_a_rule_that_waits_for_a_prerequisite_is_left_out_and_named():
    rubric = strategies.shipped("zone")
    best = strategies.extremes(rubric, best=True)
    answers = {k: v for k, v in best.answers.items() if k != "zone_test.delimited"}
    one = assess(best.model_copy(update={"answers": answers}), rubric)
    assert one.robustness.unsettled == ("not_a_zone",)
    assert one.robustness.chances[0].chance == 1
    assert "unless a rule that is still open caps it (down to 34, D)" in robustness_headline(one)


def test_a_score_on_the_edge_of_a_band_lies_in_it_in_every_draw():
    """All answers at their best score 100 by any weights, but for rounding."""
    rubric = small.rubric()
    top = replace(rubric.file.ratings[0], lowest=100.0)
    file = replace(rubric.file, ratings=(top, *rubric.file.ratings[1:]))
    rubric = strategies.with_tree(rubric, file, rubric.factors)
    one = assess(strategies.extremes(rubric, best=True), rubric)
    assert one.robustness.weight_interval == pytest.approx((100, 100), abs=1e-9)
    assert one.robustness.chances[0].chance == 1
    assert one.robustness.exact_range == pytest.approx((100, 100), abs=1e-9)


def test_without_a_rating_there_are_no_chances_and_no_variants():
    found = assess(Proposal.model_validate(small.blank()), small.rubric()).robustness
    assert found.chances == ()
    assert found.variants == ()
    assert found.weight_interval == pytest.approx((50, 50))
    assert found.exact_range_open == (0, 100)
    assert found.draw_interval[0] < 40 < 60 < found.draw_interval[1]


def test_a_cap_holds_in_every_draw():
    answers = {"discipline.capacity": 190, "land.phased": "no", "land.allocation": "auction"}
    one = small.assessed(small.data(answers=answers))
    assert one.score <= 54
    assert one.robustness.weight_interval[1] <= 54
    assert one.robustness.exact_range[1] <= 54


# --- variants ---


def test_variants_score_what_a_slow_reading_gives():
    proposal = Proposal.model_validate(small.data())
    found = {v.id: v for v in assess(proposal, small.rubric()).robustness.variants}
    assert list(found) == list(robustness.VARIANTS)
    assert found["arithmetic"].score == pytest.approx(65)
    assert found["weakest_link"].score == pytest.approx(0.6 * 50 + 0.4 * 50)
    equal = ((50 + 100) / 2 + 50) / 2
    assert found["equal_weights"].score == pytest.approx((equal + 75) / 2)
    # Only the allocation of land has levels in order: 50 becomes 100 x root of 0.5, or 25.
    for name, level in (("first_steps", 100 * 0.5**0.5), ("last_steps", 25)):
        land = (3 * level + 100) / 4
        assert found[name].score == pytest.approx(0.6 * (2 * land + 50) / 3 + 0.4 * 75)
    assert found["geometric"].score < 65
    for variant in found.values():
        assert variant.survives == (variant.rating == "B")


# --- alone and in company ---


def test_a_proposal_has_the_same_bits_alone_and_in_a_portfolio():
    rubric = strategies.shipped("zone")
    random = Random(3)
    proposals = [strategies.proposal(rubric, random, gaps=g) for g in (0.0, 0.1, 0.2, 0.5, 0.9)]
    together = assess_many(proposals, rubric)
    for proposal, one in zip(proposals, together, strict=True):
        alone = assess_many([proposal], rubric)[0]
        assert alone.robustness == one.robustness
        assert alone.levers == one.levers


# --- ranks ---


def ranked(scores: np.ndarray):
    draws = Draws(Scorer(small.rubric()), scores.shape[1])
    names = [f"P{n}" for n in range(len(scores))]
    return rank_chances(scores, range(len(scores)), names, draws, "small")


@given(seed=st.integers(0, 2**32), n=st.integers(1, 8), levels=st.sampled_from([2, 5, 101]))
@settings(max_examples=40)
def test_the_chances_of_ranks_are_doubly_stochastic(seed, n, levels):
    scores = np.random.default_rng(seed).integers(0, levels, (n, 50)).astype(float)
    chances = np.array(ranked(scores).chances)
    assert chances.min() >= -1e-12
    np.testing.assert_allclose(chances.sum(axis=0), 1, atol=1e-9)
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-9)
    slow = np.zeros((n, n))
    for draw in scores.T:
        for i, own in enumerate(draw):
            above, equal = int((draw > own).sum()), int((draw == own).sum())
            slow[i, above : above + equal] += 1 / equal / 50
    np.testing.assert_allclose(chances, slow, atol=1e-9)


def test_what_only_rounding_tells_apart_shares_its_ranks():
    scores = np.array([np.full(20, 50.0), np.full(20, 50 - 1e-12), np.full(20, 50 + 1e-12)])
    np.testing.assert_allclose(ranked(scores).chances, 1 / 3, rtol=1e-12)
    assert ranked(scores + np.array([[0], [1e-3], [2e-3]])).chances == (
        (0, 0, 1),
        (0, 1, 0),
        (1, 0, 0),
    )


def test_ranks_that_never_change_are_certain():
    found = ranked(np.array([[3.0] * 20, [2.0] * 20, [1.0] * 20]))
    assert found.chances == ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    assert found.standard_errors == ((0, 0, 0),) * 3
    assert found.ranges == ((1, 1), (2, 2), (3, 3))
    assert (found.first_stays, found.first_stays_error) == (1, 0)


def test_rank_ranges_hold_nine_draws_of_ten():
    first = np.array([9.0] * 96 + [0.0] * 4)
    found = ranked(np.array([first, np.full(100, 5.0), np.full(100, 1.0)]))
    assert found.first_stays == pytest.approx(0.96)
    assert found.ranges[0] == (1, 1)
    first[:10] = 0
    assert ranked(np.array([first, np.full(100, 5.0), np.full(100, 1.0)])).ranges[0] == (1, 3)


def test_no_proposal_has_no_rank():
    with pytest.raises(ValueError, match="0 proposals"):
        rank_chances(np.empty((0, 5)), [], [], Draws(Scorer(small.rubric()), 5), "small")


def test_a_portfolio_says_how_sure_its_ranks_are():
    result = assess_portfolio(ROOT / "examples" / "portfolio")
    assert {c.rubric for c in result.rank_chances} == {"zone", "cluster"}
    for chances in result.rank_chances:
        order = [r.name for r in result.ranking if r.rubric == chances.rubric and r.rank]
        assert list(chances.names) == order
        assert [result.assessments[m].proposal.name for m in chances.members] == order
        assert chances.first_stays == chances.chances[0][0]
        assert chances.draws == DRAWS


def test_one_proposal_has_no_chances_of_ranks(tmp_path):
    file = tmp_path / "one.yaml"
    file.write_text(small.text(), "utf-8")
    assert assess_portfolio([file], small.rubric()).rank_chances == ()
