"""The parts of a record that say what its number rests on, what would change it, what to do first.

As everywhere in a record, scores and intervals run from 0 to 100 and are never rounded.
"""

from __future__ import annotations

from typing import Literal

from assessor.plain import Record
from assessor.questions import Effort


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
    general coefficient of similarity and some of its properties). `weighed` puts cases in order: it
    is drawn towards the mean of all cases, the more the fewer questions are shared.
    """

    file: str
    name: str
    similarity: float
    weighed: float
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


class AssessorResult(Record):
    """What a proposal scores by the answers of one assessor alone, and the rating of that."""

    assessor: str
    score: float
    rating: Literal["A", "B", "C", "D", "NR"]


class Assessors(Record):
    """Several assessors of one proposal: how many questions they answer, and where they differ."""

    names: tuple[str, ...]
    results: tuple[AssessorResult, ...]  # of each; the interval of the whole holds them all
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
    missing: tuple[str, ...]  # items of a checklist that the step adds, in words
    enough: int  # of them: all; 0 where there are none
    owner: str
    months: tuple[int, int]
    effort: Effort
    units: int
    gain_alone: float
    gain_in_set: float
    lifts: tuple[str, ...]


class ImprovementPath(Record):
    """The least effort that lifts the proposal into the next rating, prerequisites first.

    Where `reaches` is false, no set of better answers is enough: `steps` is empty, and
    `score_after`, `interval_after` and the ratings say how far all of them together lead. `exact`
    says that no set of less effort exists, or none at all where none reaches; without it, none was
    found. The rating after is firm where both ends of `rating_range_after` agree.
    """

    target: Band
    reaches: bool
    exact: bool
    prerequisites: tuple[str, ...]  # ids of those not met, which come before every step
    unknown: tuple[str, ...]  # ids of those that are open: no step offsets them if they fail
    steps: tuple[PathStep, ...]
    units: int
    score_after: float
    rating_after: Band
    interval_after: tuple[float, float]  # what is open or in doubt now and is no step stays so
    rating_range_after: tuple[Band, Band]


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

    What is only planned counts in `secured` with what holds today, or at its worst, and never for
    more than is promised; `in_place` takes back what is committed too. `unproven` are the
    planned answers, (id, title), for which the proposal names no evidence.
    """

    promised: Standing
    secured: Standing
    in_place: Standing
    planned: int  # answers that rest on a plan
    committed: int
    factors: tuple[FactorDelivery, ...]  # those that differ, the greatest risk first
    unproven: tuple[tuple[str, str], ...]


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
    `chances` and `variants` are empty where the proposal is not rated. `unsettled` are the rules
    that would cap the score and cannot tell yet, in some draws or in all: the draws leave them out.
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
    unsettled: tuple[str, ...]


class RankChances(Record):
    """How sure the ranks of one rubric's rated proposals are.

    `members` are places in `assessments`, in the order of the ranking. `chances[i][r]` is the share
    of draws in which proposal `i` has rank `r + 1`; there the ranks that several take up who score
    the same are shared evenly, so that every row and every column adds up to one. All else counts
    as in a competition (1, 2, 2, 4), as the ranking does: `ranges` holds the ranks between which
    each proposal stays in nine draws of ten (5th to 95th percentile), and `keeps` the share of
    draws in which it has the rank that it has in the ranking, alone or with others.
    """

    rubric: str
    draws: int
    seed: int
    members: tuple[int, ...]
    names: tuple[str, ...]
    chances: tuple[tuple[float, ...], ...]
    standard_errors: tuple[tuple[float, ...], ...]
    ranges: tuple[tuple[int, int], ...]
    keeps: tuple[float, ...]
    first_stays: float  # share of draws in which the first stays first, alone or with others
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
