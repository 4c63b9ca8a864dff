"""What a rubric knows of itself: the bands of its scores, and the places of the paper."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from assessor.rubric import Efforts
from tests import small
from tests.strategies import shipped

# ---- Ratings ----


@pytest.mark.parametrize(
    ("score", "rating"),
    [
        (100, "A"),
        (75, "A"),
        (75 - 1e-12, "A"),  # a mean of scores of 75
        (74.999, "B"),
        (55, "B"),
        (54, "C"),
        (35, "C"),
        (34, "D"),
        (0, "D"),
    ],
)
def test_a_score_at_the_edge_of_a_band_is_in_it(score: float, rating: str) -> None:
    assert small.rubric().rating(score) == rating


@pytest.mark.parametrize(("coverage", "enough"), [(65, True), (65 - 1e-12, True), (64.9, False)])
def test_coverage_at_the_floor_is_enough(coverage: float, enough: bool) -> None:
    assert small.rubric().covers(coverage) is enough


def test_a_mean_of_equal_scores_keeps_their_rating() -> None:
    """Ten times 0.1 is not 1: rounding must not cost a band."""
    rubric = small.rubric()
    means = [sum([75.0 * w for w in ws]) / sum(ws) for ws in ([0.1] * n for n in range(1, 200))]
    assert any(mean < 75 for mean in means)
    assert {rubric.rating(mean) for mean in means} == {"A"}


# ---- Efforts ----


@pytest.mark.parametrize("units", [(3, 3, 6), (6, 3, 1)])
def test_efforts_rise_from_low_to_high(units: tuple[int, int, int]) -> None:
    low, medium, high = units
    with pytest.raises(ValidationError, match="do not rise from low to high; mend them"):
        Efforts.checked({"low": low, "medium": medium, "high": high})


# ---- The paper ----


@pytest.mark.parametrize(
    ("locator", "words", "page"),
    [
        ("3.3/land-reforms ¶3", "section 3.3, Land reforms, paragraph 3", "p. 16"),
        ("3.3/land-reforms ¶4-5", "section 3.3, Land reforms, paragraphs 4 to 5", "pp. 16-17"),
        ("3.3/land-reforms", "section 3.3, Land reforms", "pp. 16-17"),
        ("abstract ¶1", "Abstract, paragraph 1", "p. 1"),
    ],
)
def test_a_locator_in_words(locator: str, words: str, page: str) -> None:
    assert shipped("zone").paper.place(locator) == (words, page)


@pytest.mark.parametrize(
    "locator",
    [
        "",
        "9.9",
        "1.1 ¶0",
        "1.1 ¶3",
        "1.1 ¶2-1",
        "1.1 ¶x",
        "1.1 ¶²",
        "1.1 ¶-2",
        "table-6 ¶1",
        "1.1¶1",
    ],
)
def test_a_place_that_is_not_there(locator: str) -> None:
    assert shipped("zone").paper.place(locator) is None
