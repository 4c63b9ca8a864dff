"""The parts of a record that say what its number rests on, what would change it, what to do first.

As everywhere in a record, scores and intervals run from 0 to 100 and are never rounded.
"""

from __future__ import annotations

from typing import Literal

from assessor.indicators import Effort
from assessor.plain import Record


class CostCheck(Record):
    """A planned cost or time, and what it becomes where works of its kind went over.

    The shares are upper bounds in percent, for standard and for non-standard works; the values are
    the plan with them added, in the plan's unit.
    """

    id: str
    title: str
    unit: str
    value: float
    standard_percent: float
    non_standard_percent: float
    standard_value: float
    non_standard_value: float
    note: str
    work: str  # the citation that the shares come from


class Difference(Record):
    """One question that a proposal and a case answer differently; positive where it scores more."""

    indicator: str
    title: str
    here: str
    there: str
    points: float


class Resembled(Record):
    """A case of the paper that a proposal is like, over the questions that both answer.

    `similarity` is Gower's coefficient in percent: the mean over the shared questions of 100 less
    the difference of the scores, and for questions of the profile of 100 or 0 (Gower 1971, A
    general coefficient of similarity and some of its properties).
    """

    file: str
    name: str
    similarity: float
    shared: int
    asked: int
    end: str | None  # what became of it
    differs: tuple[Difference, ...]  # most first
    sources: tuple[str, ...]


class Opinion(Record):
    """What one assessor says to one question; `score` is None where it is not scored."""

    assessor: str
    state: Literal["answered", "not_assessed", "insufficient_evidence", "not_applicable"]
    answer_text: str | None
    score: float | None
    evidence: str | None


class Opinions(Record):
    """What the assessors say to one question, and what the proponent replies.

    `points` are those between the lowest and the highest score, `levels` the same in levels where
    the question has them. `to_settle`: two levels or more apart; fifty points where it has none.
    """

    id: str
    title: str
    opinions: tuple[Opinion, ...]
    differ: bool
    points: float
    levels: int | None
    to_settle: bool
    reply: str | None


class Assessors(Record):
    """Several assessors of one proposal: how many questions they answer, and where they differ."""

    names: tuple[str, ...]
    answered: int
    agreed: int
    differing: int
    to_settle: int
    questions: tuple[Opinions, ...]  # where they differ or the proponent replies, widest first


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
