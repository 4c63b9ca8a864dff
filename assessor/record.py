"""The plain record of a result: the only thing that a report or a writer sees.

An `Assessment` goes to JSON and comes back the same, so last year's result can be rendered again.
Scores, intervals, coverage and weights run from 0 to 100 and are never rounded here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pydantic_core

from assessor.errors import Fault, InputError
from assessor.plain import Record
from assessor.questions import Figure, Level
from assessor.trust import (
    Assessors,
    CostCheck,
    Delivery,
    ImprovementPath,
    Levers,
    RankChances,
    Resembled,
    Robustness,
)

SCHEMA_VERSION: Literal["2.2"] = "2.2"

Kind = Literal["zone", "cluster"]
Rating = Literal["A", "B", "C", "D", "NR"]
State = Literal["answered", "not_assessed", "insufficient_evidence", "not_applicable"]
Severity = Literal["high", "medium", "low"]
Interval = tuple[float, float]
Doubt = Literal["not_assessed", "insufficient_evidence", "low_confidence", "medium_confidence"]


class ProposalFacts(Record):
    """Who is judged: what the proposal says of itself, and the hash of its file."""

    name: str
    kind: Literal["zone", "cluster", "both"]
    country: str  # ISO 3166 alpha-2
    sha256: str
    date: str | None = None
    summary: str | None = None
    made_up: bool = False
    sectors: tuple[str, ...] = ()
    hinterland: str | None = None
    sources: tuple[str, ...] = ()


class RubricFacts(Record):
    """What it is judged by."""

    id: str
    version: str
    sha256: str
    date: str
    kind: Kind
    title: str
    summary: str


class Node(Record):
    """What every scored part of the tree has.

    `score`, `interval` and `coverage` are None where nothing in it applies. `rating` is NR below
    the coverage floor; `rating_range` is the band of each end of the interval; `firm` says that
    both are the same. `starred` marks a score that rests on evidence looked for and not found
    (PEFA's D*). `score_uncapped` is the score before any rule capped it or a part of it.
    """

    id: str
    title: str
    score: float | None
    interval: Interval | None
    coverage: float | None
    rating: Rating
    rating_range: tuple[Rating, Rating]
    firm: bool
    starred: bool
    score_uncapped: float | None


class IndicatorResult(Record):
    """One question, its answer and what it is worth.

    `weight` is the swing weight among its siblings as written in the rubric, `share` its percentage
    of the factor, `effective_weight` its percentage of the overall score. Both count only what
    applies to this proposal: they are 0 where it does not.
    """

    id: str
    title: str
    question: str
    kind: str
    state: State
    answer: Any  # as given; None where there is none
    answer_text: str | None  # the answer in words
    score: float | None  # None where it does not apply
    interval: Interval | None
    weight: float
    weight_basis: str
    weight_reason: str
    share: float
    effective_weight: float
    evidence: str | None
    evidence_sources: tuple[str, ...]  # places of the paper, for its own cases
    reason: str | None  # why not applicable
    confidence: Literal["high", "medium", "low"] | None
    status: Literal["in_place", "committed", "planned"] | None
    today_text: str | None  # what holds now, in words
    why: str
    proof: str
    scale: tuple[Level, ...]
    scale_reason: str | None  # where goalposts come from
    lessons: tuple[str, ...]
    sources: tuple[str, ...]


class FactorResult(Node):
    """One success factor or challenge. A challenge scores high where it is well handled."""

    short: str
    headline: str  # the conclusion, from the rubric, by rating
    pillar: Literal["success_factor", "challenge"]
    weight: float
    weight_basis: str
    weight_reason: str
    share: float  # percent of its pillar
    effective_weight: float  # percent of the overall score
    aggregation: str
    aggregation_reason: str
    why: str
    sources: tuple[str, ...]
    lessons: tuple[str, ...]  # ids, the most called for first
    indicators: tuple[IndicatorResult, ...]


class PillarResult(Node):
    """One half of the paper: the success factors, or the challenges."""

    weight: float
    weight_basis: str
    weight_reason: str
    effective_weight: float
    aggregation: str
    aggregation_reason: str


class PrerequisiteResult(Record):
    """A condition that no strength can offset."""

    id: str
    title: str
    question: str
    state: Literal["met", "not_met", "unknown"]
    disputed: bool  # unknown because several assessors answer it differently
    promise: Literal["committed", "planned"] | None  # where it is met, and so far no more than that
    met_today: bool | None  # None where nothing is said of today
    evidence: str | None
    evidence_sources: tuple[str, ...]
    unmet: str  # what it means when it is not met
    action: str  # what to do then
    owner: str
    why: str
    proof: str
    sources: tuple[str, ...]


class Routing(Record):
    """Whether the proposal is what it says it is: the tests of a zone and of a cluster."""

    zone: Literal["met", "not_met", "unknown"]
    cluster: Literal["met", "not_met", "unknown"]
    says: str | None  # a sentence where the other test fits better, else None


class ProfileAnswer(Record):
    """What kind of zone or cluster it is; never scored."""

    id: str
    title: str
    question: str
    chosen: tuple[tuple[str, str | None], ...]  # (descriptor, note); empty where not answered
    sources: tuple[str, ...]


class Cap(Record):
    """What a rule did to a score: to all of it where `applied`, else to `low` as it cannot tell."""

    node: str  # "overall" or a factor's id
    node_title: str
    at: float
    reason: str
    applied: bool
    before: float | None
    after: float | None


class Finding(Record):
    """What one rule says of this proposal, and because of which answers."""

    rule: str
    title: str
    kind: Literal["warning", "strength"]
    state: Literal["raised", "clear", "cannot_tell"]
    severity: Severity
    on_promises: bool  # raised by what is planned or committed, and not by what is in place
    because: str
    missing: tuple[tuple[str, str], ...]  # (id, title) of the answers that would settle it
    says: str
    so_what: tuple[str, ...]
    condition: str
    why_cut_offs: str
    cap: Cap | None
    lessons: tuple[str, ...]
    sources: tuple[str, ...]


class Recommendation(Record):
    """One step, ordered by what it gains.

    `gain` is what the overall score (middle value, with every rule applied) gains when this one
    answer goes to its best level and all else stays; `gain_uncapped` the same without any cap, for
    under one many steps gain nothing until it is lifted; `rating_after` the rating that this step
    alone would give.
    """

    indicator: str
    factor: str
    factor_title: str
    title: str
    action: str
    missing: tuple[str, ...]  # items of a checklist, in words
    enough: int  # of them; 0 where there are none
    owner: str
    months: tuple[int, int]
    basis: Literal["paper", "author"]
    why_now: str | None
    gain: float
    gain_uncapped: float
    rating_after: Rating
    settles: tuple[str, ...]  # raised warnings that it alone would clear
    score: float
    answer_text: str | None
    best_text: str
    lessons: tuple[str, ...]
    sources: tuple[str, ...]


class NextQuestion(Record):
    """An open or doubted question: prerequisites first, then by how much it can move the result.

    `narrows` is the width in points that its best or its worst answer, whichever does more, takes
    from the overall interval; of an answer held with less than high confidence, what the same
    answer would take if it were certain. Evidence that was not found counts as 0 and narrows
    nothing. A question of the profile stands here where a rule waits for it.
    """

    id: str
    title: str
    question: str
    kind: Literal["prerequisite", "indicator", "profile"]
    doubt: Doubt
    proof: str
    narrows: float
    decides: tuple[str, ...]  # rules that cannot tell without it


class LessonCited(Record):
    """What one Chinese case teaches, in our words, and which parts of this record call for it."""

    id: str
    title: str
    case: str
    place: str
    kind: Literal["follow", "avoid"]
    text: str
    take_away: str
    caveat: str | None
    sources: tuple[str, ...]
    figures: tuple[Figure, ...]
    cited_by: tuple[str, ...]


class TargetCheck(Record):
    """A forecast of the promoter held against the spread of what comparable zones reached."""

    id: str
    title: str
    unit: str
    higher_is: Literal["bolder", "easier"]
    several: bool  # each case of the reference is the sum of several places
    value: float
    reference: tuple[tuple[str, float], ...]  # (case, value), highest first
    period: str
    median: float
    exceeds: int  # how many of the reference it lies above
    # Beyond every case in the optimistic direction; of several places, beyond the lowest sum.
    bold: bool
    note: str
    sources: tuple[str, ...]


class ComparatorProfile(Record):
    """A Chinese case scored with the same rubric: its factors, for the marks in the chart."""

    file: str
    sha256: str
    name: str
    coverage: float
    scores: dict[str, float]  # by factor, where the case is described well enough to be rated


class RatingBand(Record):
    """One band of the rating, from `lowest` up to the next one."""

    id: Rating
    lowest: float
    title: str
    meaning: str


class Method(Record):
    """What the numbers rest on, as the rubric states it."""

    bands: tuple[RatingBand, ...]  # best first
    ratings_reason: str
    aggregation: str
    aggregation_reason: str
    confidence: dict[str, float]
    confidence_reason: str
    coverage_floor: float
    coverage_reason: str
    not_applicable_cap: float
    not_applicable_reason: str
    advice_below: float
    advice_reason: str
    effort: dict[str, int]
    effort_reason: str


class Place(Record):
    """A locator in words: 'section 3.3, Land reforms, paragraph 3' and 'p. 16'."""

    text: str
    page: str


class Source(Record):
    """The paper that all locators point to, other works, and each place cited in this record."""

    citation: str
    short: str
    other: tuple[str, ...]
    places: dict[str, Place]


class Caveat(Record):
    """What every reader must know before using the result."""

    id: str
    text: str
    sources: tuple[str, ...]


class NumberCited(Record):
    """A number of the paper to hold the proposal against."""

    id: str
    title: str
    text: str
    caveat: str | None
    sources: tuple[str, ...]


class Assessment(Record):
    """One proposal judged by one rubric."""

    schema_version: Literal["2.2"] = SCHEMA_VERSION
    engine_version: str
    proposal: ProposalFacts
    rubric: RubricFacts
    score: float
    interval: Interval
    coverage: float
    rating: Rating
    rating_range: tuple[Rating, Rating]
    firm: bool
    starred: bool
    score_uncapped: float
    not_rated_because: str | None
    prerequisites: tuple[PrerequisiteResult, ...]
    routing: Routing
    profile: tuple[ProfileAnswer, ...]
    pillars: tuple[PillarResult, ...]
    factors: tuple[FactorResult, ...]
    findings: tuple[Finding, ...]
    recommendations: tuple[Recommendation, ...]
    path: ImprovementPath | None
    next_questions: tuple[NextQuestion, ...]
    firm_after: int | None  # so many of the next questions make the rating firm
    lessons: tuple[LessonCited, ...]
    targets: tuple[TargetCheck, ...]
    costs: tuple[CostCheck, ...]
    resembles: tuple[Resembled, ...]  # most alike first
    comparators: tuple[ComparatorProfile, ...]
    numbers: tuple[NumberCited, ...]
    robustness: Robustness
    levers: Levers
    delivery: Delivery | None
    assessors: Assessors | None
    caveats: tuple[Caveat, ...]
    method: Method
    source: Source


class Ranked(Record):
    """One line of a portfolio's ranking, among the proposals that are rated by the same rubric.

    `rank` counts as in a competition: 1, 2, 2, 4; None where the proposal is not rated. The first
    of `rank_range` is one more than the others that lie above it wherever in their intervals all
    scores end; the last is one more than those that may come to lie above it. `starred` as in the
    proposal's own record.
    """

    rank: int | None
    rank_range: tuple[int, int] | None
    name: str
    country: str
    rubric: str
    rating: Rating
    rating_range: tuple[Rating, Rating]
    starred: bool
    score: float
    interval: Interval
    coverage: float
    weakest: str | None  # the rated factor with the lowest score
    dominates: tuple[int, ...] | None  # places in `assessments`; None where too many to compare
    dominated_by: int | None  # how many are as good on every factor and better on one
    not_met: tuple[str, ...]  # prerequisites of its own kind, by id
    unknown: tuple[str, ...]  # of the same, those that cannot be told
    not_assessed: tuple[str, ...]  # indicators without an answer, by id
    assessment: int  # its place in `assessments`, from 0
    file: str


class Lookalikes(Record):
    """Proposals that copy each other: the same place, a sector in common, the same incentives."""

    members: tuple[int, ...]  # places in `assessments`
    country: str
    hinterland: str | None  # None where none of them names one
    sectors: tuple[str, ...]  # what all of them have in common
    every_pair: bool  # False where some are linked only through others


class NearlyAlike(Record):
    """Proposals that would copy each other if they used the same words for place and sector.

    The words are nearly the same: but for plurals, small and general words, and slips of spelling.
    """

    members: tuple[int, ...]  # places in `assessments`
    country: str
    hinterlands: tuple[str, ...]  # as written; empty where none of them names one
    sectors: tuple[str, ...]  # as written, of those in common


class Resemblance(Record):
    """Who copies whom among the proposals of one rubric, and what the paper says about it."""

    rubric: str
    questions: tuple[tuple[str, str], ...]  # (id, title): whose answers are the incentives
    reason: str
    compared: int  # proposals that say enough: a place, a sector, an answer on incentives
    groups: tuple[Lookalikes, ...]
    nearly: tuple[NearlyAlike, ...]  # without those of which all copy each other
    lesson: LessonCited
    source: Source


class Failed(Record):
    """A proposal of a portfolio that could not be read, and every fault in it."""

    file: str
    errors: tuple[str, ...]


class PortfolioAssessment(Record):
    """Many proposals, each judged on its own, ranked within each rubric; and those that failed.

    `rank_chances` holds one entry for each rubric by which two proposals or more are rated;
    `not_read` a line for whatever was passed over, such as a second sheet of a workbook. The
    record that travels in the report has no `assessments`: there the lines of the ranking say by
    `assessment` which proposal a place means.
    """

    schema_version: Literal["2.2"] = SCHEMA_VERSION
    assessments: tuple[Assessment, ...]
    ranking: tuple[Ranked, ...]
    resemblance: tuple[Resemblance, ...] = ()
    failed: tuple[Failed, ...] = ()
    rank_chances: tuple[RankChances, ...] = ()
    not_read: tuple[str, ...] = ()


Result = Assessment | Sequence[Assessment] | PortfolioAssessment


def to_json(result: Result | Record | Sequence[Record]) -> bytes:
    """The record in UTF-8 JSON: one object, or a list of several."""
    if isinstance(result, Sequence) and len(result) == 1:
        result = result[0]
    return pydantic_core.to_json(result, indent=2) + b"\n"


def records_in(content: bytes, name: str) -> list[Assessment]:
    """The records in JSON that `to_json` wrote: one, or two for kind `both`.

    `name` is for messages. InputError where it is anything else, such as a portfolio.
    """
    try:
        data = pydantic_core.from_json(content, allow_inf_nan=False)
        if isinstance(data, dict) and "assessments" in data:
            raise _refusal(name, "is a portfolio; name the record of one proposal")
        return [Assessment.checked(one) for one in (data if isinstance(data, list) else [data])]
    except pydantic_core.ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        message = (
            f"is no record of this version: {where}: {first['msg']}; assess the proposal again"
        )
        raise _refusal(name, message) from None
    except ValueError as error:
        raise _refusal(name, f"is not JSON ({error}); name a result that was written") from None


def is_record(content: bytes) -> bool:
    """Whether this is the JSON of a result and not of a proposal, which may be JSON too."""
    return b'"schema_version"' in content[:200]


def _refusal(name: str, message: str) -> InputError:
    return InputError([Fault(name, 0, 0, message)])
