"""Weights drawn anew, held against a slow reading in plain Python."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessor import Proposal, Rubric
from assessor.diagnosis import Row, View
from assessor.draws import Draws, Evidence
from assessor.proposal import NOT_APPLICABLE, Portfolio
from assessor.scorer import Scorer
from tests import small, strategies
from tests.oracle import Tree

COUNT = 40


def families(rubric: Rubric) -> list[tuple[str, list[str]]]:
    return [
        ("overall", [p.id for p in rubric.pillars]),
        *((p.id, [f.id for f in rubric.factors if f.pillar == p.id]) for p in rubric.pillars),
        *((f.id, [i.id for i in f.indicators]) for f in rubric.factors),
    ]


def drawn_shares(draws: Draws, rubric: Rubric, scorer: Scorer) -> dict[str, np.ndarray]:
    """The share of each part among its siblings, in each draw."""
    rows = {name: row for row, name in enumerate(scorer.nodes)}
    found = {}
    for parent, children in families(rubric):
        shares = draws.shares(rows[parent], np.ones(len(children), dtype=bool))
        found |= dict(zip(children, shares, strict=True))
    return found


def row_of(rubric: Rubric, *proposals: Proposal) -> Row:
    return Row(View.of(Scorer(rubric), Portfolio.of(proposals, rubric)), 0)


def evidence_of_all(view: View) -> Evidence:
    applies = view.portfolio.codes[: len(view.leaves)] != NOT_APPLICABLE
    return Evidence(view.leaves, applies, view.scores.raised)


def evidence(row: Row) -> Evidence:
    applies = row.view.portfolio.codes[: len(row.rubric.indicators), row.n] != NOT_APPLICABLE
    return Evidence(row.view.leaves[:, :, row.n], applies, row.view.scores.raised[:, row.n])


def caps(row: Row) -> dict[str, float]:
    found: dict[str, float] = {}
    for rule, raised in zip(row.rubric.rules, row.view.scores.raised[:, row.n], strict=True):
        if raised and rule.cap:
            found[rule.cap.node] = min(rule.cap.at, found.get(rule.cap.node, 100.0))
    return found


@given(random=strategies.randoms, kind=strategies.kinds, reshape=st.booleans())
@settings(max_examples=25)
def test_every_draw_scores_what_a_slow_reading_gives(random: Random, kind, reshape):
    rubric = strategies.shipped(kind)
    rubric = strategies.reshaped(rubric, random) if reshape else rubric
    row = row_of(rubric, strategies.proposal(rubric, random))
    draws = Draws(row.view.scorer, COUNT)
    shares = drawn_shares(draws, rubric, row.view.scorer)
    given_evidence = evidence(row)
    scores = draws.scores(given_evidence)
    for s in random.sample(range(COUNT), 2):
        weights = {name: float(share[s]) for name, share in shares.items()}
        fixed, lucky = {}, {}
        for k, indicator in enumerate(rubric.indicators):
            low, mid, high = given_evidence.leaves[k].tolist()
            applies = bool(given_evidence.applies[k])
            fixed[indicator.id] = mid if applies else None
            at = low + (high - low) * float(draws.luck(k)[s])
            lucky[indicator.id] = at if applies else None
        for layer, leaves in enumerate((fixed, lucky)):
            slow = Tree(rubric, leaves, caps(row), weights).score()
            assert scores[layer, s] == pytest.approx(slow, abs=1e-7)


@given(random=strategies.randoms, kind=strategies.kinds, reshape=st.booleans())
@settings(max_examples=25)
def test_many_proposals_at_a_time_score_what_each_does_alone(random: Random, kind, reshape):
    rubric = strategies.shipped(kind)
    rubric = strategies.reshaped(rubric, random) if reshape else rubric
    gaps = [0.0, 0.05, 0.3, 0.9]
    proposals = [strategies.proposal(rubric, random, gaps=random.choice(gaps)) for _ in range(9)]
    view = View.of(Scorer(rubric), Portfolio.of([*proposals, *proposals[:2]], rubric))
    everyone = evidence_of_all(view)
    draws = Draws(view.scorer, COUNT)
    together = draws.drawn(everyone)
    for n, scores in enumerate(together):
        np.testing.assert_allclose(scores, draws.scores(everyone.of(n))[1], rtol=0, atol=1e-9)


@given(random=strategies.randoms, kind=strategies.kinds)
@settings(max_examples=15)
def test_the_rubrics_own_weights_give_the_score_itself(random: Random, kind):
    rubric = strategies.reshaped(strategies.shipped(kind), random)
    row = row_of(rubric, strategies.proposal(rubric, random))
    mid = evidence(row).leaves[:, 1]
    applies = evidence(row).applies
    leaves = {i.id: float(mid[k]) if applies[k] else None for k, i in enumerate(rubric.indicators)}
    slow = Tree(rubric, leaves, caps(row)).score()
    assert row.score("overall")[0] == pytest.approx(slow, abs=1e-7)


@given(random=strategies.randoms, kind=strategies.kinds)
@settings(max_examples=10)
def test_drawn_weights_stay_on_the_simplex(random: Random, kind):
    rubric = strategies.reshaped(strategies.shipped(kind), random)
    scorer = Scorer(rubric)
    draws = Draws(scorer, 200)
    shares = drawn_shares(draws, rubric, scorer)
    for _, children in families(rubric):
        family = np.array([shares[child] for child in children])
        assert (family > 0).all()
        np.testing.assert_allclose(family.sum(axis=0), 1, rtol=1e-12)


@cache
def zone_shares() -> tuple[Rubric, dict[str, np.ndarray]]:
    rubric = strategies.shipped("zone")
    scorer = Scorer(rubric)
    return rubric, drawn_shares(Draws(scorer), rubric, scorer)


def test_shares_spread_around_the_rubrics_as_a_dirichlet_distribution_does():
    rubric, shares = zone_shares()
    parts = {p.id: p.weight for p in (*rubric.pillars, *rubric.factors, *rubric.indicators)}
    concentration = rubric.file.weights.concentration
    weightless = {f.id for f in rubric.factors if f.aggregation == "weakest_link"}
    for parent, children in families(rubric):
        if parent in weightless:
            continue
        total = sum(parts[child] for child in children)
        whole = concentration * len(children)
        for child in children:
            mean = parts[child] / total
            spread = (mean * (1 - mean) / (whole + 1)) ** 0.5
            assert shares[child].mean() == pytest.approx(mean, abs=5 * spread / 100 + 1e-12)
            assert shares[child].std() == pytest.approx(spread, rel=0.05, abs=1e-12)


def test_weights_times_ten_change_nothing():
    rubric = strategies.shipped("cluster")
    row = row_of(rubric, strategies.proposal(rubric, Random(7), gaps=0.1))
    one = Draws(row.view.scorer, 500).scores(evidence(row))
    ten = Draws(Scorer(strategies.reweighted(rubric, 10)), 500).scores(evidence(row))
    np.testing.assert_allclose(ten, one, rtol=0, atol=1e-9)


def test_the_same_draws_come_again_and_another_seed_gives_others():
    rubric = small.rubric()
    row = row_of(rubric, Proposal.model_validate(small.data()))
    scores = [Draws(row.view.scorer, 100, seed).scores(evidence(row)) for seed in (1, 1, 2)]
    assert (scores[0] == scores[1]).all()
    assert (scores[0] != scores[2]).any()


def test_an_answer_that_is_sure_is_not_drawn():
    rubric = small.rubric()
    row = row_of(rubric, Proposal.model_validate(small.data()))
    fixed, drawn = Draws(row.view.scorer, 100).scores(evidence(row))
    assert (fixed == drawn).all()
    assert len(set(fixed.tolist())) > 90


def test_an_unanswered_question_takes_part():
    rubric = small.rubric()
    answers = {"land.allocation": None}
    row = row_of(rubric, Proposal.model_validate(small.data(answers=answers)))
    draws = Draws(row.view.scorer)
    luck = draws.luck(0)
    assert luck.min() < 0.01
    assert luck.max() > 0.99
    fixed, drawn = draws.scores(evidence(row))
    order = luck.argsort()
    early, late = (drawn - fixed)[order[:1000]], (drawn - fixed)[order[-1000:]]
    assert early.max() < 0 < late.min()


def test_draws_do_not_share_their_luck():
    draws = Draws(Scorer(small.rubric()), 2_000)
    for one, other in pairwise(range(5)):
        assert abs(np.corrcoef(draws.luck(one), draws.luck(other))[0, 1]) < 0.1
