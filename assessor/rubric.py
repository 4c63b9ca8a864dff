"""What a rubric file may say: factors, indicators, weights, ratings, rules, lessons, comparators.

A `Rubric` is one YAML file with the parts that it includes; `loading` reads and checks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from assessor.aggregation import AGGREGATIONS
from assessor.conditions import Condition, Name, parse
from assessor.errors import nearest
from assessor.indicators import AnyIndicator, Indicator
from assessor.notes import After, Called, Limits
from assessor.plain import Record
from assessor.questions import (
    Figure,
    Prerequisite,
    ProfileItem,
    Question,
    Score,
    Text,
    Weight,
    WeightBasis,
)

FactorId = Annotated[str, Limits(pattern=r"^[a-z_]+$", max_length=40)]
PillarId = Literal["success_factor", "challenge"]
Severity = Literal["high", "medium", "low"]
Applies = Literal["zone", "cluster", "both"]
Percent = Annotated[float, Limits(ge=0, le=100)]
Units = Annotated[int, Limits(ge=1, le=100)]

ROUNDING = 1e-9  # points: a mean of ten scores of 75 may come out a hair below 75


class Aggregated(Record):
    """A part of the tree that combines the scores below it."""

    aggregation: str
    aggregation_reason: Text
    floor: Annotated[float, Limits(gt=0, lt=50)] | None = None

    def holds_together(self) -> None:
        if self.aggregation not in AGGREGATIONS:
            hint = nearest(self.aggregation, AGGREGATIONS)
            raise ValueError(f"there is no aggregation {self.aggregation!r}; {hint}")
        if (self.aggregation == "geometric") != (self.floor is not None):
            raise ValueError("geometric needs a floor and nothing else has one; mend either")


class Pillar(Aggregated):
    """One half of the paper."""

    id: PillarId
    title: Text
    weight: Weight
    weight_basis: WeightBasis
    weight_reason: Text


class Factor(Aggregated):
    """One success factor or challenge: indicators that are judged together."""

    id: FactorId
    title: Annotated[Text, Limits(max_length=80)]
    short: Annotated[Text, Limits(max_length=24)]
    pillar: PillarId
    strong: Text
    weak: Text
    weight: Weight
    weight_basis: WeightBasis
    weight_reason: Text
    why: Text
    sources: Annotated[tuple[str, ...], Limits(min_length=1)]
    figures: tuple[Figure, ...] = ()
    indicators: Annotated[tuple[AnyIndicator, ...], Limits(min_length=1)]


class CapTo(Record):
    """A score that a raised rule holds down."""

    factor: FactorId | None = None
    overall: Literal[True] | None = None
    at: Score
    reason: Text

    def holds_together(self) -> None:
        if (self.factor is None) == (self.overall is None):
            raise ValueError("a cap holds down one thing; write either factor or overall: true")

    @property
    def node(self) -> str:
        """The factor's id, or "overall"."""
        return self.factor or "overall"


class Rule(Record):
    """A condition over the answers that raises a cited warning or strength."""

    id: FactorId
    title: Annotated[Text, Limits(max_length=120)]
    kind: Literal["warning", "strength"]
    severity: Severity
    when: Text
    says: Text
    so_what: Annotated[tuple[Text, ...], Limits(min_length=1, max_length=4)]
    why_cut_offs: Text
    sources: Annotated[tuple[str, ...], Limits(min_length=1)]
    figures: tuple[Figure, ...] = ()
    lessons: tuple[str, ...] = ()
    cap: CapTo | None = None


class ConfidenceWidths(Record):
    """Points added on both sides of an answered score, by the answer's confidence."""

    high: Score
    medium: Score
    low: Score


class Efforts(Record):
    """What a step of each effort costs, in units, all the way from the worst level to the best."""

    low: Units
    medium: Units
    high: Units

    def holds_together(self) -> None:
        if not self.low < self.medium < self.high:
            units = [self.low, self.medium, self.high]
            raise ValueError(f"the efforts {units} do not rise from low to high; mend them")


class Scale(Record):
    """How answers become scores, and when too little is known."""

    confidence: ConfidenceWidths
    confidence_reason: Text
    coverage_floor: Percent
    coverage_reason: Text
    not_applicable_cap: Percent
    not_applicable_reason: Text
    advice_below: Score
    advice_reason: Text
    effort: Efforts
    effort_reason: Text


class Weighing(Record):
    """How far the weights are in doubt."""

    concentration: Annotated[float, Limits(ge=1, le=10_000)]
    concentration_reason: Text


class Band(Record):
    """One rating, from the score `lowest` up to the next band."""

    id: Literal["A", "B", "C", "D"]
    lowest: Annotated[Score, Called("from")]
    title: Text
    meaning: Text


class ResemblanceRule(Record):
    """When two proposals of a portfolio copy each other: which answers make the incentives."""

    questions: Annotated[tuple[str, ...], Limits(min_length=1)]
    reason: Text
    lesson: str
    sources: Annotated[tuple[str, ...], Limits(min_length=1)]


class Part(Record):
    """What an included file brings."""

    prerequisites: tuple[Prerequisite, ...] = ()
    profile: tuple[ProfileItem, ...] = ()
    factors: tuple[Factor, ...] = ()
    rules: tuple[Rule, ...] = ()


def _each_once(pillars: tuple[Pillar, ...]) -> tuple[Pillar, ...]:
    ids = [pillar.id for pillar in pillars]
    if len(set(ids)) < len(ids):
        raise ValueError(f"the pillars are {ids}; name each once")
    return pillars


def _falling(bands: tuple[Band, ...]) -> tuple[Band, ...]:
    ids, froms = [band.id for band in bands], [band.lowest for band in bands]
    if ids != sorted(set(ids)):
        raise ValueError(f"the bands are called {ids}; order them from A on, each once")
    if froms != sorted(set(froms), reverse=True) or froms[-1] != 0:
        raise ValueError(f"the bands start at {froms}; order them from best to worst, down to 0")
    return bands


class RubricFile(Part):
    """What a rubric file itself says."""

    id: Annotated[str, Limits(pattern=r"^[a-z0-9_-]+$", max_length=40)]
    version: Annotated[str, Limits(pattern=r"^\d+\.\d+\.\d+$")]
    date: Annotated[str, Limits(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    kind: Literal["zone", "cluster"]
    title: Text
    summary: Text
    include: tuple[Annotated[str, Limits(pattern=r"^[\w-]+\.yaml$")], ...] = ()
    pillars: Annotated[tuple[Pillar, ...], Limits(min_length=1, max_length=2), After(_each_once)]
    overall: Aggregated
    scale: Scale
    weights: Weighing
    ratings: Annotated[tuple[Band, ...], Limits(min_length=2), After(_falling)]
    ratings_reason: Text
    comparators: tuple[Annotated[str, Limits(pattern=r"^[\w-]+\.yaml$")], ...] = ()
    resemblance: ResemblanceRule | None = None


class Lesson(Record):
    """What one Chinese case teaches, in our words, with its place in the paper."""

    id: str
    title: Text
    case: Text
    place: Text
    kind: Literal["follow", "avoid"]
    text: Text
    take_away: Text
    caveat: Text | None = None
    sources: Annotated[tuple[str, ...], Limits(min_length=1)]
    figures: tuple[Figure, ...] = ()


LARGEST = 1e9  # of a forecast, whatever its unit


class CaseValue(Record):
    """What one case of a reference class reached."""

    case: Text
    value: float


class Target(Record):
    """What a promoter may forecast, and the reference class that it is held against."""

    id: Annotated[str, Limits(pattern=r"^[a-z_]+$")]
    title: Text
    unit: Text
    higher_is: Literal["bolder", "easier"]
    several: bool = False  # each case is the sum of several places
    applies_to: Applies
    reference: Annotated[tuple[CaseValue, ...], Limits(min_length=1)]
    period: Text
    note: Text
    sources: tuple[str, ...]
    figures: tuple[Figure, ...] = ()

    @property
    def most(self) -> float:
        """The largest figure that can be meant: a share has no more than 100 percent."""
        return 100 if self.unit == "percent" else LARGEST


class Cost(Record):
    """What a promoter may plan to spend, in money or time, and what works of its kind went over.

    `standard` and `non_standard` are upper bounds of optimism bias in percent, to be added where
    there is no better evidence (HM Treasury, Supplementary Green Book Guidance: Optimism Bias).
    """

    id: Annotated[str, Limits(pattern=r"^[a-z_]+$")]
    title: Text
    unit: Text
    applies_to: Applies
    standard: Annotated[float, Limits(gt=0)]
    non_standard: Annotated[float, Limits(gt=0)]
    work: Text  # the id of another work in paper.yaml
    note: Text

    @property
    def most(self) -> float:
        """The largest figure that can be meant."""
        return LARGEST


class Beyond(Record):
    """What is said where a forecast goes beyond every case of its reference class."""

    title: Text
    severity: Literal["high", "medium", "low"]
    says: Text
    so_what: tuple[Text, ...]
    lessons: tuple[str, ...] = ()
    sources: tuple[str, ...]


class Likeness(Record):
    """From how many shared questions on a case of the paper may be called alike."""

    least_shared: Annotated[int, Limits(ge=1)]
    least_shared_reason: Text


class End(Record):
    """What became of a case of the paper; `id` is the name of its file."""

    id: str
    text: Text
    sources: tuple[str, ...]
    figures: tuple[Figure, ...] = ()


class Comparator(Record):
    """A number from the paper to hold a proposal against."""

    id: str
    title: Text
    applies_to: Applies
    text: Text
    caveat: Text | None = None
    sources: tuple[str, ...]
    figures: tuple[Figure, ...] = ()


class CaveatNote(Record):
    """A limit of the source that its readers must know; `always` stands in every report."""

    id: str
    text: Text
    applies_to: Applies
    sources: tuple[str, ...]
    always: bool = False


class LessonsFile(Record):
    """`lessons.yaml`."""

    lessons: tuple[Lesson, ...]


class ComparatorsFile(Record):
    """`comparators.yaml`."""

    targets: tuple[Target, ...] = ()
    costs: tuple[Cost, ...] = ()
    beyond: Beyond | None = None
    likeness: Likeness | None = None
    ends: tuple[End, ...] = ()
    comparators: tuple[Comparator, ...] = ()
    caveats: tuple[CaveatNote, ...] = ()


class Section(Record):
    """A section of the paper and the page on which each of its paragraphs starts."""

    id: str
    title: str
    number: str
    pages: tuple[int, ...]


class Table(Record):
    """A table of the paper."""

    id: str
    title: str
    page: int


class Work(Record):
    """Another work that the rubrics rest on."""

    id: str
    citation: str


class Paper(Record):
    """The structure of the source: what a locator may name, and how it reads in a report."""

    citation: str
    short: str
    sections: tuple[Section, ...]
    tables: tuple[Table, ...]
    other: tuple[Work, ...] = ()

    @cached_property
    def _places(self) -> dict[str, Section | Table]:
        sections: dict[str, Section | Table] = {section.id: section for section in self.sections}
        return sections | {table.id: table for table in self.tables}

    def place(self, locator: str) -> tuple[str, str] | None:
        """A locator in words and its pages, or None where the paper has no such place."""
        name, _, rest = locator.partition(" ¶")
        place = self._places.get(name)
        if isinstance(place, Table):
            kind, _, number = name.partition("-")
            return None if rest else (f"{kind} {number}, {place.title}", f"p. {place.page}")
        if place is None:
            return None
        first, last = _paragraphs(rest, len(place.pages))
        if not 1 <= first <= last <= len(place.pages):
            return None
        return _in_words(place, first, last, whole=not rest)


def _paragraphs(text: str, count: int) -> tuple[int, int]:
    if not text:
        return 1, count
    first, _, last = text.replace("–", "-").partition("-")
    numbers = [first, last or first]
    if not all(number.isascii() and number.isdecimal() for number in numbers):
        return 0, 0
    return int(numbers[0]), int(numbers[1])


def _in_words(section: Section, first: int, last: int, *, whole: bool) -> tuple[str, str]:
    kind = "annex" if section.number.isalpha() else "section"
    text = f"{kind} {section.number}, {section.title}" if section.number else section.title
    if not whole:
        text += f", paragraph {first}" if first == last else f", paragraphs {first} to {last}"
    pages = section.pages[first - 1], section.pages[last - 1]
    return text, f"p. {pages[0]}" if pages[0] == pages[1] else f"pp. {pages[0]}-{pages[1]}"


class Rubric(Record):
    """A rubric with everything it includes, checked as a whole.

    `sha256` is taken over all the files that it rests on, so that a changed word changes it.
    """

    file: RubricFile
    prerequisites: tuple[Prerequisite, ...]
    profile: tuple[ProfileItem, ...]
    factors: tuple[Factor, ...]
    rules: tuple[Rule, ...]
    lessons: Mapping[str, Lesson]
    targets: Mapping[str, Target]
    costs: Mapping[str, Cost]
    beyond: Beyond | None
    likeness: Likeness | None
    ends: Mapping[str, End]
    comparators: tuple[Comparator, ...]
    caveats: tuple[CaveatNote, ...]
    cases: tuple[Path, ...]
    paper: Paper
    sha256: str
    sources: Mapping[str, bytes]

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """Every indicator in the order of its factors."""
        return tuple(indicator for factor in self.factors for indicator in factor.indicators)

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """Every question by id: indicators first, then prerequisites and profile."""
        every = (*self.indicators, *self.prerequisites, *self.profile)
        return {question.id: question for question in every}

    @property
    def forecasts(self) -> Mapping[str, Target | Cost]:
        """Everything that may stand under `targets` in a proposal."""
        return {**self.targets, **self.costs}

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The parsed conditions, one for each rule."""
        return tuple(self.condition(rule) for rule in self.rules)

    @cached_property
    def _parsed(self) -> dict[str, Condition]:
        return {}

    @cached_property
    def _names(self) -> dict[str, Name]:
        return {question.id: question.name() for question in self.questions.values()}

    def condition(self, rule: Rule) -> Condition:
        """The parsed condition of a rule; ConditionError where it cannot be read."""
        if rule.when not in self._parsed:
            self._parsed[rule.when] = parse(rule.when, self._names)
        return self._parsed[rule.when]

    @property
    def pillars(self) -> tuple[Pillar, ...]:
        """The halves that have a factor."""
        used = {factor.pillar for factor in self.factors}
        return tuple(pillar for pillar in self.file.pillars if pillar.id in used)

    def rating(self, score: float) -> Literal["A", "B", "C", "D"]:
        """The band of a score from 0 to 100; the only place that knows."""
        return next(band.id for band in self.file.ratings if score >= band.lowest - ROUNDING)

    def covers(self, coverage: float) -> bool:
        """Whether answers to so many percent of the weight are enough for a rating."""
        return coverage >= self.file.scale.coverage_floor - ROUNDING
