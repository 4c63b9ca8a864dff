"""What the report of a portfolio says: its groups, what they share, and the conclusions.

Pure functions of the record. A `Group` is all proposals that one rubric judged, as ranked; each
section of the report asks it for its rows and its headline.
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
    count,
    counted,
    country,
    listed,
    points,
    sentence,
    short_rating,
    shortened,
    span,
    whole,
    within,
)

LINES_SHOWN = 400  # of a ranking; more belong into a workbook
COLUMNS = 26  # factors side by side on a page
FEW = 6  # rows of a short table
MANY = 14  # rows of a long one


@dataclass(frozen=True)
class Line:
    """One proposal of a group: its place there, its line of the ranking, its record."""

    number: int
    row: Ranked
    one: Assessment
    anchor: str
    file: str  # without the folder that all files have in common
    twin: bool  # whether another has the same name

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
    weak: int
    rated: int
    middle: float  # the median score of those rated
    questions: tuple[tuple[IndicatorResult, int], ...]  # most often below what calls for advice
    step: Recommendation | None  # for the first of these
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
        return drawn_rank(self.chances, line.row.assessment, line.row.rank)

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
        lesson, source = self._lesson(factor.id, told)
        return Gap(
            factor=factor,
            weak=len(weak),
            rated=rated,
            middle=self.medians[factor.id],
            questions=tuple(worst[:3]),
            step=self._step(worst[0][0].id) if worst else None,
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

    def _step(self, indicator: str) -> Recommendation | None:
        steps = (s for line in self.lines for s in line.one.recommendations)
        return next((step for step in steps if step.indicator == indicator), None)

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
    def tests(self) -> list[tuple[PrerequisiteResult, Counter[str]]]:
        """Each prerequisite and how many proposals meet it, do not, or leave it open."""
        states: dict[str, Counter[str]] = {}
        for line in self.lines:
            for test in line.one.prerequisites:
                states.setdefault(test.id, Counter())[test.state] += 1
        return [(test, states[test.id]) for test in self.first.prerequisites]

    @cached_property
    def dominating(self) -> list[Line]:
        """Proposals that dominate others, those with most first."""
        found = [line for line in self.rated if line.row.dominates]
        return sorted(found, key=lambda line: -len(line.row.dominates or ()))

    @cached_property
    def copies(self) -> tuple[Lookalikes, ...]:
        return self.resemblance.groups if self.resemblance else ()

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
    twice = {
        name for name, times in Counter(r.name for r in portfolio.ranking).items() if times > 1
    }
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
                twin=row.name in twice,
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


# ---- Conclusions: the headline of each section; "" leaves it out ----


def ranking_headline(group: Group) -> str:
    """Who leads, and how many others the intervals allow there."""
    if not group.rated:
        return f"None of the {group.plural} is known well enough to be ranked"
    if len(group.lines) == 1:
        return f"One {group.first.rubric.kind}, {_rated(group.rated[0])}, with none to compare"
    leaders = [line for line in group.rated if line.row.rank == 1]
    others = sum(_may_lead(line) for line in group.rated if line.row.rank != 1)
    names = listed(shortened(line.name, 60) for line in leaders[:2])
    if len(leaders) > 2:
        names = f"{sentence(count(len(leaders)))} {group.plural}"
    leads = "leads" if len(leaders) == 1 else "lead"
    if others:
        return f"{names} {leads}, but what is not known lets {counted(others, 'other')} come first"
    return f"{names} {leads} whatever is still unknown"


def _may_lead(line: Line) -> bool:
    return line.row.rank_range is not None and line.row.rank_range[0] == 1


def _rated(line: Line) -> str:
    return f"rated {line.rating}"


def factors_headline(group: Group) -> str:
    """The factor with the highest median and the one with the lowest."""
    if len(group.medians) < 2:
        return "Too little is known to compare the factors"
    best = max(group.medians, key=group.medians.__getitem__)
    worst = min(group.medians, key=group.medians.__getitem__)
    return (
        f"{group.short(best)} is the strongest factor in the median, "
        f"{within(group.short(worst))} the weakest"
    )


def gaps_headline(group: Group) -> str:
    """How many factors are weak in most proposals; nothing of one proposal alone."""
    if len(group.lines) == 1:
        return ""
    if not group.gaps:
        return "No factor is weak in most proposals"
    names = listed(within(gap.factor.short) for gap in group.gaps[:2])
    if len(group.gaps) <= 2:
        return f"Most {group.plural} are weak on {names}"
    total = counted(len(group.gaps), "factor")
    return f"Most {group.plural} share {total} that are weak, first {names}"


def unknown_headline(group: Group) -> str:
    """How much is answered, and how many proposals too little for a rating."""
    middle = whole(median(line.row.coverage for line in group.lines))
    said = f"Half of the {group.plural} have answers to {middle} percent of the weight or more"
    if len(group.lines) == 1:
        said = f"Answers cover {middle} percent of the weight"
    if not group.unrated:
        return said
    verb = "is" if len(group.unrated) == 1 else "are"
    return f"{said}; {count(len(group.unrated))} {verb} not rated"


def copies_headline(group: Group) -> str:
    """How many proposals copy another."""
    found = group.resemblance
    if not found or len(group.lines) < 2:
        return ""
    if not found.compared:
        return f"Whether {group.plural} copy each other cannot be told"
    members = {member for copied in found.groups for member in copied.members}
    if not members:
        return f"No {group.first.rubric.kind} copies another among those that can be compared"
    total = f"{count(len(members))} of {count(len(group.lines))} {group.plural}"
    return sentence(f"{total} copy another: same place, sector and incentives")


def tests_headline(group: Group) -> str:
    """How many proposals fail a prerequisite."""
    if not group.tests:
        return ""
    failing = len(group.unmet)
    open_ = sum(bool(line.tests("unknown")) for line in group.lines)
    if failing:
        verb, their = ("fails", "it") if failing == 1 else ("fail", "them")
        who = f"{count(failing)} of {count(len(group.lines))} {group.plural}"
        return sentence(f"{who} {verb} a prerequisite, which no strength offsets for {their}")
    if open_:
        verb = "leaves" if open_ == 1 else "leave"
        return f"No prerequisite is failed, but {count(open_)} {verb} one open"
    return "All prerequisites are met"


def dominance_sentence(group: Group) -> str:
    """How many proposals are dominated; "" where none was compared."""
    ranks = [line.row.dominated_by for line in group.rated]
    if len(ranks) < 2:
        return ""
    if None in ranks:
        return "There are too many proposals to compare each with each."
    below = sum(bool(number) for number in ranks)
    if not below:
        return (
            f"No {group.first.rubric.kind} is as good as another on every factor and better on "
            "one, so the order rests on the weights."
        )
    verb = "has" if below == 1 else "have"
    return sentence(
        f"{count(below)} of the {count(len(ranks))} rated {group.plural} {verb} another that is "
        "as good on every factor and better on at least one; there, other weights of the factors "
        "alone could not turn the order round."
    )


def failed_headline(portfolio: PortfolioAssessment) -> str:
    """How many proposals could not be read."""
    number = len(portfolio.failed)
    if not number:
        return ""
    verb = "is" if number == 1 else "are"
    return sentence(f"{counted(number, 'proposal')} could not be read and {verb} not judged")


def cover_sentences(group: Group) -> list[str]:
    """The conclusions of one group, for the cover."""
    said = [ranking_headline(group), gaps_headline(group)]
    said += [copies_headline(group) if group.copies else ""]
    said += [tests_headline(group) if group.unmet else ""]
    return list(filter(None, said))


def ratings_sentence(group: Group) -> str:
    """How many proposals are in each band: one A, two B, none rated C."""
    bands = [f"{count(n)} {band.id}" for band, n in group.bands_counted if n]
    if group.unrated:
        bands.append(f"{count(len(group.unrated))} not rated")
    return listed(bands)
