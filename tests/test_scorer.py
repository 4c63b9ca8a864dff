"""The arithmetic, as properties that hold for any answers, weights and aggregations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from assessor import Proposal, Rubric
from assessor.indicators import Indicator
from assessor.proposal import Portfolio
from assessor.rubric import Aggregated
from assessor.scorer import BLOCK, Scorer, Scores, effective_weights
from tests.strategies import (
    answer,
    answered,
    extremes,
    kinds,
    proposal,
    randoms,
    reshaped,
    reweighted,
    shipped,
    value,
)

few = settings(max_examples=60)
at_random = given(kinds, randoms)


def scored(rubric: Rubric, *several: Proposal, caps: bool = True) -> Scores:
    return Scorer(rubric).score(Portfolio.of(several, rubric), caps=caps)


def layers(scores: Scores) -> np.ndarray[Any, Any]:
    return np.stack([scores.low, scores.mid, scores.high, scores.coverage])


@few
@at_random
def test_all_best_is_100_and_all_worst_is_0_under_any_weights(kind: str, random: Random) -> None:
    rubric = reshaped(shipped(kind), random)
    best = layers(scored(rubric, extremes(rubric, best=True)))
    worst = layers(scored(rubric, extremes(rubric, best=False)))
    assert best == pytest.approx(np.full_like(best, 100))
    assert worst[:3] == pytest.approx(np.zeros_like(worst[:3]), abs=1e-9)


@few
@at_random
def test_a_better_answer_never_lowers_a_score(kind: str, random: Random) -> None:
    rubric = shipped(kind)
    before = proposal(rubric, random)
    indicator = random.choice(rubric.indicators)
    two = [value(indicator, random) for _ in range(2)]
    worse, better = sorted(two, key=lambda given: score_of(indicator, given))
    lower = layers(scored(rubric, answered(before, indicator.id, {"value": worse})))
    upper = layers(scored(rubric, answered(before, indicator.id, {"value": better})))
    assert not np.any(upper < lower)


@few
@at_random
def test_one_more_answer_narrows_every_interval_and_stays_inside(kind: str, random: Random) -> None:
    rubric = shipped(kind)
    some = proposal(rubric, random)
    question = random.choice(list(rubric.questions.values()))
    silent = answered(some, question.id, {"state": "not_assessed"})
    new = random.choice([answer(question, random, gaps=0), {"state": "insufficient_evidence"}])
    before, after = (scored(rubric, p) for p in (silent, answered(some, question.id, new)))
    assert not np.any(after.low < before.low - 1e-9)
    assert not np.any(after.high > before.high + 1e-9)


@few
@at_random
def test_the_score_lies_in_its_interval_and_all_lie_between_0_and_100(
    kind: str, random: Random
) -> None:
    rubric = reshaped(shipped(kind), random)
    scores = layers(scored(rubric, proposal(rubric, random)))
    low, mid, high, coverage = scores[:, ~np.isnan(scores).any(axis=0)]
    assert np.all((low <= mid + 1e-9) & (mid <= high + 1e-9))
    assert np.all((low >= 0) & (high <= 100) & (coverage >= 0) & (coverage <= 100 + 1e-9))


@few
@at_random
def test_alone_and_in_a_portfolio_a_proposal_gets_the_same_bits(kind: str, random: Random) -> None:
    rubric = reshaped(shipped(kind), random)
    one, other = proposal(rubric, random), proposal(rubric, random)
    alone = layers(scored(rubric, one))[:, :, 0]
    columns = Portfolio.of([one, other], rubric)
    order, place = np.ones(2 * BLOCK + 5, dtype=int), random.randrange(2 * BLOCK + 5)
    order[place] = 0
    items = {name: marks[order] for name, marks in columns.items.items()}
    many = Portfolio((), columns.values[:, order], columns.codes[:, order], items)
    together = layers(Scorer(rubric).score(many))[:, :, place]
    assert alone.tobytes() == together.tobytes()


@few
@at_random
def test_the_order_of_answers_does_not_matter(kind: str, random: Random) -> None:
    one = proposal(shipped(kind), random)
    turned = one.model_copy(update={"answers": dict(reversed(one.answers.items()))})
    first, second = (layers(scored(shipped(kind), p)) for p in (one, turned))
    assert first.tobytes() == second.tobytes()


@few
@at_random
def test_weights_times_ten_change_nothing(kind: str, random: Random) -> None:
    one = proposal(shipped(kind), random)
    scores = layers(scored(shipped(kind), one))
    more = layers(scored(reweighted(shipped(kind), 10), one))
    np.testing.assert_allclose(scores, more, rtol=1e-12, atol=1e-9)


@few
@at_random
def test_what_does_not_apply_leaves_the_tree_with_its_weight(kind: str, random: Random) -> None:
    rubric = reshaped(shipped(kind), random)
    factor = random.choice(rubric.factors)
    gone = random.sample(factor.indicators, random.randint(1, len(factor.indicators)))
    one = proposal(rubric, random, gaps=0)
    for indicator in gone:
        one = answered(one, indicator.id, {"state": "not_applicable", "reason": "because"})
    scores = scored(rubric, one, caps=False)
    left = [leaf(i, one) for i in factor.indicators if i not in gone]
    mid = scores.mid[scores.nodes.index(factor.id), 0]
    assert mid == pytest.approx(oracle(factor, left), abs=1e-8) if left else math.isnan(mid)
    assert scores.mid[:, 0] == pytest.approx(whole(rubric, one), abs=1e-8, nan_ok=True)


@few
@at_random
def test_scores_agree_with_a_plain_calculation(kind: str, random: Random) -> None:
    rubric = reshaped(shipped(kind), random)
    one = proposal(rubric, random, gaps=0)
    scores = scored(rubric, one, caps=False)
    assert scores.mid[:, 0] == pytest.approx(whole(rubric, one), abs=1e-8)


def whole(rubric: Rubric, one: Proposal) -> list[float]:
    """Every node of the tree, walked in plain Python, without caps."""
    by_factor = {
        f.id: oracle(f, [leaf(i, one) for i in f.indicators if one.answers[i.id].value is not None])
        for f in rubric.factors
    }
    by_pillar = {
        p.id: oracle(
            p,
            [
                (f.weight, by_factor[f.id])
                for f in rubric.factors
                if f.pillar == p.id and not math.isnan(by_factor[f.id])
            ],
        )
        for p in rubric.pillars
    }
    overall = oracle(rubric.file.overall, [(p.weight, by_pillar[p.id]) for p in rubric.pillars])
    return [overall, *by_pillar.values(), *by_factor.values()]


def score_of(indicator: Indicator, given: Any) -> float:
    """A score along the indicator's line, by numpy's own interpolation."""
    figures, scores = zip(*indicator.points(), strict=True)
    return float(np.interp(indicator.code(given), figures, scores))


def leaf(indicator: Indicator, one: Proposal) -> tuple[float, float]:
    return indicator.weight, score_of(indicator, one.answers[indicator.id].value)


def oracle(node: Aggregated, children: Sequence[tuple[float, float]]) -> float:
    if not children:
        return math.nan
    total = sum(weight for weight, _ in children)
    if node.aggregation == "weakest_link":
        return min(score for _, score in children)
    if node.aggregation == "arithmetic":
        return sum(weight * score for weight, score in children) / total
    floor = node.floor or 0
    scaled = [(weight, floor + (100 - floor) / 100 * score) for weight, score in children]
    mean = math.prod(score ** (weight / total) for weight, score in scaled)
    return (mean - floor) / (100 - floor) * 100


@pytest.mark.parametrize("kind", ["zone", "cluster"])
def test_effective_weights_of_indicators_add_up_to_100(kind: str) -> None:
    weights = effective_weights(shipped(kind))
    assert sum(weights[i.id] for i in shipped(kind).indicators) == pytest.approx(100)
    assert sum(weights[f.id] for f in shipped(kind).factors) == pytest.approx(100)


def test_silence_counts_half_and_evidence_not_found_counts_nothing() -> None:
    rubric = shipped("zone")
    silent = Proposal(name="Silent", kind="zone", country="KE")
    sought = {i.id: {"state": "insufficient_evidence"} for i in rubric.indicators}
    empty = Proposal(name="Sought", kind="zone", country="KE", answers=sought)
    scores = scored(rubric, silent, empty, caps=False)
    assert layers(scores)[:, 0, 0] == pytest.approx([0, 50, 100, 0])
    assert layers(scores)[:, 0, 1] == pytest.approx([0, 0, 0, 0], abs=1e-9)


def test_confidence_widens_an_answer_by_what_the_rubric_says() -> None:
    rubric = shipped("zone")
    widths = rubric.file.scale.confidence
    indicator = next(i for i in rubric.indicators if i.kind == "measure")
    figures, scores = zip(*indicator.points(), strict=True)
    middle = float(np.interp(50, sorted(scores), figures if scores[0] == 0 else figures[::-1]))
    for confidence, width in widths:
        answer = {indicator.id: {"value": middle, "confidence": confidence}}
        proposal = Proposal(name="One", kind="zone", country="KE", answers=answer)
        leaves = Scorer(rubric).leaves(Portfolio.of([proposal], rubric))
        low, mid, high = leaves[rubric.indicators.index(indicator), :, 0]
        assert (low, high) == pytest.approx((mid - width, mid + width))
