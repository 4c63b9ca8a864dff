"""The parts of a record that say what its number rests on, what would change it, what to do first.

As everywhere in a record, scores and intervals run from 0 to 100 and are never rounded.
"""

from __future__ import annotations

from typing import Literal

from assessor.indicators import Record

Direction = Literal["up", "down"]


class RatingChance(Record):
    """In which share of the draws the score falls into a band, from 0 to 1.

    `standard_error` is that of a share estimated from so many draws: root of p (1 - p) / draws.
    """

    rating: Literal["A", "B", "C", "D"]
    chance: float
    standard_error: float


class Variant(Record):
    """The score by another method; `survives` says that the rating stays."""

    id: str
    title: str
    score: float
    rating: Literal["A", "B", "C", "D"]
    survives: bool


class Robustness(Record):
    """How far the result rests on the weights and the method.

    Weights are drawn for each family of siblings from a Dirichlet distribution around those of the
    rubric. Intervals reach from the 5th to the 95th percentile of the draws: `weight_interval` with
    every answer at its middle value, `draw_interval` with each answer also drawn evenly between its
    low and its high, as are unanswered questions between 0 and 100. `exact_range` is the lowest and
    the highest score, without sampling, when every weight may move by `shift_percent` up or down;
    `exact_range_open` when all that is not known may turn out for the worst or the best as well.
    `chances` and `variants` are empty where the proposal is not rated.
    """

    draws: int
    seed: int
    concentration: float
    concentration_reason: str
    weight_interval: tuple[float, float]
    draw_interval: tuple[float, float]
    chances: tuple[RatingChance, ...]
    shift_percent: float
    exact_range: tuple[float, float]
    exact_range_open: tuple[float, float]
    variants: tuple[Variant, ...]


class RankChances(Record):
    """How sure the ranks of one rubric's rated proposals are.

    `members` are places in `assessments`, in the order of the ranking. `chances[i][r]` is the share
    of draws in which proposal `i` has rank `r + 1`; where several score the same, the ranks that
    they take up are shared evenly, so that every row and every column adds up to one. `ranges`
    holds the ranks between which each proposal stays in nine draws of ten (5th to 95th percentile).
    """

    rubric: str
    draws: int
    seed: int
    members: tuple[int, ...]
    names: tuple[str, ...]
    chances: tuple[tuple[float, ...], ...]
    standard_errors: tuple[tuple[float, ...], ...]
    ranges: tuple[tuple[int, int], ...]
    first_stays: float  # share of draws in which the first stays first
    first_stays_error: float


class NextBand(Record):
    """The band above or below, and how many points away it is."""

    rating: Literal["A", "B", "C", "D"]
    points: float


class Switch(Record):
    """The smallest change of one answer that moves the rating up, or down.

    `answer` is what would have to be written: a level, an option, yes or no, a figure; of a
    checklist, how many items. `now_text` is None where there is no answer yet.
    """

    question: str
    title: str
    kind: Literal["prerequisite", "indicator", "profile"]
    direction: Direction
    now_text: str | None
    answer: str | float | bool
    answer_text: str
    score: float  # the overall score then
    rating: Literal["A", "B", "C", "D"]


class WeightSwitch(Record):
    """The weight of one factor at which the score reaches the edge of a band.

    All other weights stay as they are. `share` and `share_needed` are the percentages of the
    overall score.
    """

    factor: str
    title: str
    direction: Direction
    weight: float
    needed: float
    share: float
    share_needed: float
    rating: Literal["A", "B", "C", "D"]


class Lever(Record):
    """The overall score with one answer at its worst and at its best, and all else as it is."""

    indicator: str
    title: str
    factor: str
    factor_title: str
    now_text: str | None
    worst: float
    best: float


class Levers(Record):
    """What would change the result.

    `up` and `down` are None where there is no such band, or no rating. `switches` and
    `weight_switches` start with the smallest change of the score or of the weight; without a rating
    both are empty. `tornado` holds the ten answers that move the overall score furthest.
    """

    up: NextBand | None
    down: NextBand | None
    switches: tuple[Switch, ...]
    weight_switches: tuple[WeightSwitch, ...]
    tornado: tuple[Lever, ...]
