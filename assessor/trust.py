"""The parts of a record that say what its number rests on, what would change it, what to do first.

As everywhere in a record, scores and intervals run from 0 to 100 and are never rounded.
"""

from __future__ import annotations

from typing import Literal

from assessor.indicators import Effort, Record

Band = Literal["A", "B", "C", "D"]


class PathStep(Record):
    """One answer that becomes better on the way to the next rating.

    `now` and `then` name both levels in few words, `then_text` says when the better one is
    reached. `units` is what the rubric makes of the effort for so much of the way. `gain_alone` is
    what the overall score gains by this step alone, `gain_in_set` what it would lose without it
    once all steps are taken. `lifts` names the rules whose caps the step lifts by itself.
    """

    indicator: str
    factor: str
    factor_title: str
    title: str
    now: str
    then: str
    then_text: str
    score: float
    score_after: float
    action: str
    owner: str
    months: tuple[int, int]
    effort: Effort
    units: int
    gain_alone: float
    gain_in_set: float
    lifts: tuple[str, ...]


class Path(Record):
    """The least effort that lifts the proposal into the next rating, prerequisites first.

    Where `reaches` is false, no set of better answers is enough: `steps` is empty, and
    `score_after` and `rating_after` say how far all of them together lead. `exact` says that no
    set of less effort exists; without it, none was found.
    """

    target: Band
    reaches: bool
    exact: bool
    prerequisites: tuple[str, ...]  # ids of those not met, which come before every step
    steps: tuple[PathStep, ...]
    units: int
    score_after: float
    rating_after: Band


class Standing(Record):
    """A score with what belongs to it; the rating is NR where too little is left that counts."""

    score: float
    interval: tuple[float, float]
    coverage: float
    rating: Literal["A", "B", "C", "D", "NR"]


class FactorDelivery(Record):
    """What one factor scores as promised, as secured and as in place."""

    factor: str
    title: str
    promised: float
    secured: float
    in_place: float


class Delivery(Record):
    """The same tree three times: all that is promised; what is secured; what is in place.

    What is only planned counts in `secured` with what holds today, or as not assessed, and never
    for more than is promised; `in_place` takes back what is committed too. `unproven` are the
    planned answers, (id, title), for which the proposal names no evidence.
    """

    promised: Standing
    secured: Standing
    in_place: Standing
    planned: int  # answers that rest on a plan
    committed: int
    factors: tuple[FactorDelivery, ...]  # those that differ, the greatest risk first
    unproven: tuple[tuple[str, str], ...]
