"""The ways to combine scores: what each means, and what the module promises of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from assessor.aggregation import AGGREGATIONS, Floats
from tests.strategies import randoms

FLOORS = {"arithmetic": [0.0], "geometric": [0.5, 10.0, 49.0], "weakest_link": [0.0]}
WAYS = [(name, floor) for name in AGGREGATIONS for floor in FLOORS[name]]
every_way = pytest.mark.parametrize(("name", "floor"), WAYS)


def combined(name: str, scores: Sequence[float], weights: Sequence[float], floor: float) -> float:
    """One row and one layer."""
    children = np.array(scores, dtype=float).reshape(-1, 1, 1)
    found = AGGREGATIONS[name](children, np.array(weights, dtype=float).reshape(-1, 1), floor)
    assert found.shape == (1, 1)
    return float(found[0, 0])


def any_children(random: Random) -> tuple[Floats, Floats]:
    """Scores (children, layers, rows) and weights (children, rows); at least one child applies."""
    children, rows = random.randint(1, 6), random.randint(1, 4)
    scores = [random.choice([0, 100, random.uniform(0, 100)]) for _ in range(children * 3 * rows)]
    weights = [random.choice([0, 1, 10 ** random.uniform(-3, 3)]) for _ in range(children * rows)]
    weights[:rows] = [1] * rows
    shape = children, 3, rows
    return np.array(scores, float).reshape(shape), np.array(weights, float).reshape(children, rows)


@pytest.mark.parametrize(
    ("name", "floor", "expected"),
    [
        ("arithmetic", 0, (3 * 60 + 100) / 4),
        # On a scale from 20 to 100, 60 is 68.
        ("geometric", 20, (68**0.75 * 100**0.25 - 20) / 0.8),
        ("weakest_link", 0, 60),
    ],
)
def test_60_with_weight_3_and_100_with_weight_1(name: str, floor: float, expected: float) -> None:
    assert combined(name, [60, 100], [3, 1], floor) == pytest.approx(expected)


def test_a_strength_repays_a_weakness_in_full_in_part_or_not_at_all() -> None:
    full = combined("arithmetic", [0, 100], [1, 1], 0)
    part = combined("geometric", [0, 100], [1, 1], 10)
    none = combined("weakest_link", [0, 100], [1, 1], 0)
    assert full == 50 > part > none == 0


def test_a_lower_floor_repays_less() -> None:
    results = [combined("geometric", [0, 100], [1, 1], floor) for floor in (0.5, 5, 25, 49)]
    assert results == sorted(results)


@every_way
@pytest.mark.parametrize("score", [0, 100])
def test_all_0_is_exactly_0_and_all_100_is_100(name: str, floor: float, score: float) -> None:
    found = combined(name, [score] * 3, [1, 0.1, 7], floor)
    assert found == pytest.approx(score, abs=1e-9)
    assert found == 0 or score


@every_way
@given(random=randoms)
def test_the_result_lies_between_the_lowest_and_the_highest_child(
    name: str, floor: float, random: Random
) -> None:
    scores, weights = any_children(random)
    found = AGGREGATIONS[name](scores, weights, floor)
    applies = np.broadcast_to(weights[:, None, :] > 0, scores.shape)
    lowest = np.where(applies, scores, np.inf).min(axis=0)
    highest = np.where(applies, scores, -np.inf).max(axis=0)
    assert np.all((lowest - 1e-9 <= found) & (found <= highest + 1e-9))


@every_way
@given(random=randoms)
def test_the_result_rises_with_every_score(name: str, floor: float, random: Random) -> None:
    scores, weights = any_children(random)
    better = np.minimum(scores + random.uniform(0, 50), 100)
    low, high = (AGGREGATIONS[name](given, weights, floor) for given in (scores, better))
    assert np.all(low <= high + 1e-9)


@every_way
@given(random=randoms)
def test_a_child_without_weight_says_nothing(name: str, floor: float, random: Random) -> None:
    scores, weights = any_children(random)
    more: Any = np.concatenate([scores, np.full((1, *scores.shape[1:]), random.uniform(0, 100))])
    with_it = AGGREGATIONS[name](more, np.concatenate([weights, weights[:1] * 0]), floor)
    assert with_it == pytest.approx(AGGREGATIONS[name](scores, weights, floor))


@every_way
def test_rows_in_which_nothing_applies_give_0(name: str, floor: float) -> None:
    assert combined(name, [80, 20], [0, 0], floor) == 0
