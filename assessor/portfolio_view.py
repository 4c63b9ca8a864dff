"""What the report of a portfolio shows: its groups, and what the proposals of each share.

A pure function of the record. A `Group` is all proposals that one rubric judged, as ranked; each
section of the report asks it for its rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, takewhile
from statistics import median

from assessor.certainty import drawn_rank
from assessor.record import (
    Assessment,
    FactorResult,
    Finding,
    IndicatorResult,
    LessonCited,
    Lookalikes,
    NearlyAlike,
    PortfolioAssessment,
    PrerequisiteResult,
    Ranked,
    RatingBand,
    Recommendation,
    Resemblance,
    Source,
)
from assessor.trust import RankChances
from assessor.wording import (
    country,
    points,
    short_rating,
    shortened,
    span,
)

LINES_SHOWN = 400  # of a ranking; more belong into a workbook
COLUMNS = 26  # factors side by side on a page
FEW = 6  # rows of a short table
MANY = 40  # rows of a long one
SOME, NAMED = 14, 60  # proposals named one after the other, where they stand elsewhere too or not


@dataclass(frozen=True)
class Line:
    """One proposal of a group: its place there, its line of the ranking, its record."""

    number: int
    row: Ranked
    one: Assessment
    anchor: str
    file: str  # without the folder that all files have in common
    twin: bool  # whether another of its group has the same name

    @property
    def name(self) -> str:
        return shortened(self.row.name, 120)

    @cached_property
    def factors(self) -> dict[str, FactorResult]:
        return {factor.id: factor for factor in self.one.factors}

    @property
    def rating(self) -> str:
        return short_rating(self.row)

    def place(self, with_country: bool = True) -> str:
        """Hinterland and country, as far as they are stated."""
        facts = self.one.proposal
        known = [shortened(facts.hinterland or "", 60)]
        if with_country and facts.country != "ZZ":
            known.append(country(facts.country))
        return ", ".join(filter(None, known))

    def tests(self, state: str) -> list[PrerequisiteResult]:
        """The tests of its own kind that came out so."""
        return [test for test in self.one.prerequisites if test.state == state]


@dataclass(frozen=True)
class Gap:
    """A factor that is weak in most proposals, and what to do about it once for all."""

    factor: FactorResult  # of a proposal in which it is weak
    said: str | None  # the conclusion of most that are weak on it, where most have the same
    weak: int
    rated: int
    middle: float  # the median score of those rated
    questions: tuple[tuple[IndicatorResult, int], ...]  # most often below what calls for advice
    step: Recommendation | None  # for the first of these, as most that need one are told
    alike: int  # how many are told the same
    in_need: int  # how many need a step there
    lesson: LessonCited | None
    source: Source


@dataclass(frozen=True)
class Group:
    """All proposals judged by one rubric, in the order of the ranking."""

    lines: tuple[Line, ...]
    resemblance: Resemblance | None
    number: int
    chances: RankChances | None

    @property
    def first(self) -> Assessment:
        return self.lines[0].one

    @property
    def title(self) -> str:
        return self.first.rubric.title

    @property
    def plural(self) -> str:
        """What its proposals are called: zones, clusters."""
        return f"{self.first.rubric.kind}s"

    @property
    def bands(self) -> tuple[RatingBand, ...]:
        return self.first.method.bands

    @cached_property
    def rated(self) -> list[Line]:
        return [line for line in self.lines if line.row.rank is not None]

    @cached_property
    def unrated(self) -> list[Line]:
        return [line for line in self.lines if line.row.rank is None]

    @property
    def shown(self) -> tuple[Line, ...]:
        return self.lines[:LINES_SHOWN]

    @cached_property
    def by_place(self) -> dict[int, Line]:
        return {line.row.assessment: line for line in self.lines}

    def of(self, places: Iterable[int]) -> list[Line]:
        """The lines of proposals by their places in the record, in the order of the ranking."""
        return sorted((self.by_place[place] for place in places), key=lambda line: line.number)

    @cached_property
    def bands_counted(self) -> list[tuple[RatingBand, int]]:
        rated = Counter(line.row.rating for line in self.rated)
        return [(band, rated[band.id]) for band in self.bands]

    @cached_property
    def panels(self) -> list[list[FactorResult]]:
        """The factors, as many side by side as fit."""
        factors = self.first.factors
        panels = -(-len(factors) // COLUMNS)
        wide = -(-len(factors) // panels)
        return [list(factors[at : at + wide]) for at in range(0, len(factors), wide)]

    def drawn(self, line: Line) -> tuple[str, str]:
        """The ranks of nine draws in ten, and how often it has the rank that it has now."""
        return drawn_rank(self.chances, line.row.assessment)

    def short(self, factor: str | None) -> str:
        """What a factor is called; a dash for none."""
        return next((f.short for f in self.first.factors if f.id == factor), "–")

    @cached_property
    def rated_factors(self) -> dict[str, list[FactorResult]]:
        """Each factor as often as it is rated."""
        found: dict[str, list[FactorResult]] = {f.id: [] for f in self.first.factors}
        for line in self.lines:
            for factor in line.one.factors:
                if factor.rating != "NR" and factor.score is not None:
                    found[factor.id].append(factor)
        return found

    @cached_property
    def medians(self) -> dict[str, float]:
        """The median score of each factor that is rated anywhere."""
        return {
            name: median(f.score or 0 for f in factors)
            for name, factors in self.rated_factors.items()
            if factors
        }

    @cached_property
    def gaps(self) -> list[Gap]:
        """Factors rated C or D in more than half of all; the most often, then the worst first."""
        shared = []
        for name, rated in self.rated_factors.items():
            weak = [factor for factor in rated if factor.rating in {"C", "D"}]
            if 2 * len(weak) > len(self.lines):
                shared.append((-len(weak), self.medians[name], weak, len(rated)))
        shared.sort(key=lambda gap: gap[:2])
        told: set[str] = set()
        return [self._gap(weak, rated, told) for _, _, weak, rated in shared]

    def _gap(self, weak: Sequence[FactorResult], rated: int, told: set[str]) -> Gap:
        factor = weak[0]
        below = Counter(
            i.id
            for one in weak
            for i in one.indicators
            if i.score is not None
            and i.state != "not_assessed"
            and i.score < self.first.method.advice_below
        )
        worst = [(i, below[i.id]) for i in factor.indicators if below[i.id]]
        worst.sort(key=lambda pair: -pair[1])
        said, times = Counter(one.headline for one in weak).most_common(1)[0]
        step, alike, in_need = self._step(worst[0][0].id) if worst else (None, 0, 0)
        lesson, source = self._lesson(factor.id, told)
        return Gap(
            factor=factor,
            said=said if 2 * times > len(weak) else None,
            weak=len(weak),
            rated=rated,
            middle=self.medians[factor.id],
            questions=tuple(worst[:3]),
            step=step,
            alike=alike,
            in_need=in_need,
            lesson=lesson,
            source=source,
        )

    def _lesson(self, factor: str, told: set[str]) -> tuple[LessonCited | None, Source]:
        """The lesson that the factor most often calls for; one that is not told yet if there is."""
        called = Counter(
            lesson
            for line in self.lines
            if line.factors[factor].rating in {"C", "D"}
            for lesson in line.factors[factor].lessons[:2]
        )
        names = [name for name, _ in called.most_common()]
        fresh = [name for name in names if name not in told]
        for name in (fresh or names)[:1]:
            told.add(name)
            for line in self.lines:
                for lesson in line.one.lessons:
                    if lesson.id == name:
                        return lesson, line.one.source
        return None, self.first.source

    def _step(self, indicator: str) -> tuple[Recommendation | None, int, int]:
        """What most are told to do about a question; how many are, of how many in need of a step.

        Where as many are told something else, it is the longer way.
        """
        every = (s for line in self.lines for s in line.one.recommendations)
        steps = [step for step in every if step.indicator == indicator]
        told = Counter(step.action for step in steps)
        step = min(steps, key=lambda s: (-told[s.action], s.score), default=None)
        return step, told[step.action] if step else 0, len(steps)

    @cached_property
    def warnings(self) -> list[tuple[Finding, int]]:
        """Warnings raised in more than one proposal, the most often first."""
        raised: Counter[str] = Counter()
        known: dict[str, Finding] = {}
        for line in self.lines:
            for finding in line.one.findings:
                if finding.kind == "warning" and finding.state == "raised":
                    raised[finding.rule] += 1
                    known[finding.rule] = finding
        return [(known[rule], times) for rule, times in raised.most_common() if times > 1]

    @cached_property
    def thin(self) -> list[tuple[FactorResult, float, int]]:
        """Factors with their median coverage and how many are rated on them, the fewest first."""
        found = []
        for factor in self.first.factors:
            every = [line.factors[factor.id].coverage for line in self.lines]
            known = [share for share in every if share is not None]
            if known:
                found.append((factor, median(known), len(self.rated_factors[factor.id])))
        return sorted(found, key=lambda row: (row[2], row[1]))

    @cached_property
    def open_questions(self) -> list[tuple[IndicatorResult, int]]:
        """Questions that more than one proposal leaves open, the most often first."""
        left: Counter[str] = Counter()
        known: dict[str, IndicatorResult] = {}
        for line in self.lines:
            for factor in line.one.factors:
                for indicator in factor.indicators:
                    if indicator.state == "not_assessed":
                        left[indicator.id] += 1
                        known[indicator.id] = indicator
        return [(known[name], times) for name, times in left.most_common() if times > 1]

    @cached_property
    def unmet(self) -> list[Line]:
        """Proposals with a prerequisite that is not met."""
        return [line for line in self.lines if line.tests("not_met")]

    @cached_property
    def tests(self) -> list[tuple[PrerequisiteResult, Counter[str], list[Line]]]:
        """Each prerequisite, how many meet it, do not, or leave it open, and who does not.

        `promised` counts those that meet it only by a plan or a commitment.
        """
        states: dict[str, Counter[str]] = {}
        failing: dict[str, list[Line]] = {}
        for line in self.lines:
            for test in line.one.prerequisites:
                seen = states.setdefault(test.id, Counter())
                seen[test.state] += 1
                seen["promised"] += test.promise is not None
            for test in line.tests("not_met"):
                failing.setdefault(test.id, []).append(line)
        return [
            (test, states[test.id], failing.get(test.id, [])) for test in self.first.prerequisites
        ]

    @cached_property
    def dominating(self) -> list[Line]:
        """Proposals that dominate others, those with most first."""
        found = [line for line in self.rated if line.row.dominates]
        return sorted(found, key=lambda line: -len(line.row.dominates or ()))

    @cached_property
    def copies(self) -> tuple[Lookalikes, ...]:
        return self.resemblance.groups if self.resemblance else ()

    @property
    def nearly(self) -> tuple[NearlyAlike, ...]:
        return self.resemblance.nearly if self.resemblance else ()

    def points(self, number: float) -> str:
        return points(number, self.bands)

    def score(self, line: Line) -> str:
        return "–" if line.row.rank is None else self.points(line.row.score)

    def span(self, line: Line) -> str:
        return span(line.row.interval, self.bands)

    def cell(self, factor: FactorResult) -> str:
        """What a heat map shows of a factor: its score, a dash where it is not rated."""
        if factor.score is None:
            return ""
        return "–" if factor.rating == "NR" else self.points(factor.score)


def groups(portfolio: PortfolioAssessment) -> tuple[Group, ...]:
    """The portfolio as its report tells it, rubric by rubric."""
    named = Counter((row.rubric, row.name) for row in portfolio.ranking)
    common = _shared_folder([row.file for row in portfolio.ranking])
    alike = {one.rubric: one for one in portfolio.resemblance}
    drawn = {one.rubric: one for one in portfolio.rank_chances}
    found = []
    by_rubric = groupby(portfolio.ranking, key=lambda row: row.rubric)
    for n, (rubric, rows) in enumerate(by_rubric, 1):
        lines = tuple(
            Line(
                number=i,
                row=row,
                one=portfolio.assessments[row.assessment],
                anchor=f"g{n}-{i}",
                file=row.file[common:],
                twin=named[rubric, row.name] > 1,
            )
            for i, row in enumerate(rows, 1)
        )
        found.append(Group(lines, alike.get(rubric), n, drawn.get(rubric)))
    return tuple(found)


def _shared_folder(files: Iterable[str]) -> int:
    """How many letters the folder has that all files lie in."""
    folders = (file.split("/")[:-1] for file in files)
    shared = takewhile(lambda parts: len(set(parts)) == 1, zip(*folders, strict=False))
    return sum(len(parts[0]) + 1 for parts in shared)
