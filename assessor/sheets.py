"""A result as tables: the sheets of a workbook, and the one table of CSV, Parquet and dataframes.

A table is a row of headings, then a row for each thing told. Scores, coverage and chances run from
0 to 100 and are not rounded.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from assessor.headlines import prerequisite_words
from assessor.prospects import action_of
from assessor.questions import within
from assessor.record import (
    Assessment,
    FactorResult,
    Finding,
    IndicatorResult,
    Lookalikes,
    NearlyAlike,
    NextQuestion,
    PortfolioAssessment,
    Ranked,
    Recommendation,
    Result,
)
from assessor.trust import ImprovementPath, PathStep, RankChances, Standing, Switch, Variant
from assessor.wording import finding_title

Cell = str | int | float | None
Rows = list[list[Cell]]


def each_of(result: Result) -> Sequence[Assessment]:
    """The records of a result, however many there are."""
    if isinstance(result, PortfolioAssessment):
        return result.assessments
    return [result] if isinstance(result, Assessment) else result


def sheets(result: Result) -> Iterator[tuple[str, Rows]]:
    """The sheets of a workbook by name, each where it has something to say."""
    folio = result if isinstance(result, PortfolioAssessment) else None
    for name, rows in _every_sheet(each_of(result), scores(result), folio):
        if len(rows) > 1 or name in _ALWAYS:
            yield name, rows


_ALWAYS = {"Ranking", "Scores", "Indicators", "Findings", "Next steps", "Next questions"}


def _every_sheet(
    each: Sequence[Assessment], scored: Rows, folio: PortfolioAssessment | None
) -> Iterator[tuple[str, Rows]]:
    if folio:
        yield "Ranking", _ranking(folio)
        yield "Chances of ranks", _rank_chances(folio)
    yield "Scores", scored
    yield "Prerequisites", _prerequisites(each)
    yield "Indicators", _indicators(each)
    yield "Findings", _findings(each)
    yield "Next steps", _steps(each)
    yield "Least effort", _path(each)
    yield "Next questions", _questions(each)
    yield "How sure", _robustness(each)
    yield "Other methods", _variants(each)
    yield "What moves the rating", _switches(each)
    yield "Promised and secured", _delivery(each)
    if folio:
        yield "Copies", _copies(folio)
        yield "Failed", _failed(folio)
    yield "Method", _method(each, folio.rank_chances if folio else ())


def _range(one: Assessment | Ranked) -> str:
    low, high = one.rating_range
    return low if low == high else f"{low} to {high}"


def _rating(one: Assessment | Ranked) -> str:
    """The rating, with an asterisk where evidence was looked for and not found."""
    return f"{one.rating}*" if one.starred else one.rating


def _score(one: Assessment | Ranked | FactorResult) -> float | None:
    """The score; nothing where it is not rated, for its middle value says nothing."""
    return None if one.rating == "NR" else one.score


def _table(columns: Mapping[str, Callable[[Any], Any]], items: Iterable[Any]) -> Rows:
    """A row of headings, and a row for each item."""
    return [list(columns), *([read(item) for read in columns.values()] for item in items)]


def _ranking(result: PortfolioAssessment) -> Rows:
    known = {n: one for one in result.rank_chances for n in one.members}

    def drawn(row: Ranked) -> _Drawn:
        return _drawn(known.get(row.assessment), row)

    columns: dict[str, Callable[[Ranked], Cell]] = {
        "Rank": lambda r: r.rank,
        "Proposal": lambda r: r.name,
        "Country": lambda r: r.country,
        "Rubric": lambda r: r.rubric,
        "Rating": _rating,
        "Range": _range,
        "Score": _score,
        "Low": lambda r: r.interval[0],
        "High": lambda r: r.interval[1],
        "Coverage": lambda r: r.coverage,
        "Best rank": lambda r: r.rank_range[0] if r.rank_range else None,
        "Worst rank": lambda r: r.rank_range[1] if r.rank_range else None,
        "Best rank drawn": lambda r: drawn(r).ranks[0],
        "Worst rank drawn": lambda r: drawn(r).ranks[1],
        "Keeps its rank": lambda r: drawn(r).chance,
        "Standard error": lambda r: drawn(r).error,
        "Weakest factor": lambda r: _weakest(result, r),
        "Dominates": lambda r: (
            "; ".join(result.assessments[n].proposal.name for n in r.dominates)
            if r.dominates
            else None
        ),
        "Dominated by": lambda r: r.dominated_by,
        "File": lambda r: r.file,
    }
    return _table(columns, result.ranking)


class _Drawn(NamedTuple):
    """Where a proposal stands in nine draws of ten; how often it keeps its rank, in percent."""

    ranks: tuple[int | None, int | None] = (None, None)
    chance: float | None = None
    error: float | None = None


def _drawn(chances: RankChances | None, row: Ranked) -> _Drawn:
    """Nothing where ranks were not drawn."""
    if chances is None or row.rank is None:
        return _Drawn()
    i = chances.members.index(row.assessment)
    share = chances.keeps[i]
    error = math.sqrt(share * (1 - share) / chances.draws)
    return _Drawn(chances.ranges[i], 100 * share, 100 * error)


def _rank_chances(result: PortfolioAssessment) -> Rows:
    """In which share of the draws each proposal has each rank, in percent; a row for each."""
    most = max((len(one.members) for one in result.rank_chances), default=0)
    rows: Rows = [["Rubric", "Proposal", *(f"Rank {rank}" for rank in range(1, most + 1))]]
    for one in result.rank_chances:
        for name, shares in zip(one.names, one.chances, strict=True):
            left = [None] * (most - len(shares))
            rows.append([one.rubric, name, *(100 * share for share in shares), *left])
    return rows


def _weakest(result: PortfolioAssessment, row: Ranked) -> str | None:
    factors = result.assessments[row.assessment].factors
    return next((factor.title for factor in factors if factor.id == row.weakest), None)


def _copies(result: PortfolioAssessment) -> Rows:
    """A row for each proposal of each group that copy each other, or nearly do."""
    rows: Rows = [["Group", "Alike", "Proposal", "Rubric", "Country", "Hinterland", "Sectors"]]
    numbers = count(1)
    for one in result.resemblance:
        groups: Sequence[Lookalikes | NearlyAlike] = [*one.groups, *one.nearly]
        for group, number in zip(groups, numbers, strict=False):
            alike = "the same" if isinstance(group, Lookalikes) else "nearly the same"
            for member in group.members:
                told = result.assessments[member].proposal
                where = told.country, told.hinterland, "; ".join(group.sectors)
                rows.append([number, alike, told.name, one.rubric, *where])
    return rows


def scores(result: Result) -> Rows:
    """A row for each proposal; factors that one rubric lacks stay empty.

    In a portfolio each row also says where the proposal stands in the ranking.
    """
    rows = _own_scores(each_of(result))
    if not isinstance(result, PortfolioAssessment):
        return rows
    standing: dict[int, list[Cell]] = {n: [] for n in range(len(result.assessments))}
    head, *ranking = _ranking(result)
    for line, ranked in zip(result.ranking, ranking, strict=True):
        standing[line.assessment] = [ranked[head.index(name)] for name in _STANDING]
    added: Rows = [[*_STANDING], *standing.values()]
    return [[*row, *more] for row, more in zip(rows, added, strict=True)]


_STANDING = (
    *("Rank", "Best rank", "Worst rank"),
    *("Best rank drawn", "Worst rank drawn", "Keeps its rank", "Standard error"),
    *("Weakest factor", "Dominated by", "File"),
)


def _own_scores(each: Sequence[Assessment]) -> Rows:
    columns: dict[str, Callable[[Assessment], Cell]] = {
        "Proposal": lambda one: one.proposal.name,
        "Country": lambda one: one.proposal.country,
        "Rubric": lambda one: f"{one.rubric.id} {one.rubric.version}",
        "Rating": _rating,
        "Range": _range,
        "Score": _score,
        "Low": lambda one: one.interval[0],
        "High": lambda one: one.interval[1],
        "Coverage": lambda one: one.coverage,
        "Prerequisites met": lambda one: sum(p.state == "met" for p in one.prerequisites),
        "Prerequisites": lambda one: len(one.prerequisites),
        "Warnings": lambda one: sum(
            f.state == "raised" and f.kind == "warning" for f in one.findings
        ),
    }
    head, *rows = _table(columns, each)
    factors = {f.id: f.title for one in each for f in one.factors}
    scores = [{f.id: _score(f) for f in one.factors} for one in each]
    for row, by_factor in zip(rows, scores, strict=True):
        row.extend(map(by_factor.get, factors))
    return [[*head, *_headings(factors, {*columns, *_STANDING})], *rows]


def _headings(titles: Mapping[str, str], taken: Iterable[str]) -> list[str]:
    """The titles, by id, as headings of one table: with the id where a title is another's too."""
    times = Counter([*taken, *titles.values()])
    return [title if times[title] == 1 else f"{title} ({id_})" for id_, title in titles.items()]


def _indicators(each: Sequence[Assessment]) -> Rows:
    columns: dict[str, Callable[[_Answered], Cell]] = {
        "Proposal": lambda a: a.one.proposal.name,
        "Factor": lambda a: a.factor.title,
        "Indicator": lambda a: a.indicator.id,
        "Question": lambda a: a.indicator.question,
        "State": lambda a: a.indicator.state,
        "Answer": lambda a: a.indicator.answer_text,
        "Score": lambda a: a.indicator.score,
        "Low": lambda a: a.indicator.interval[0] if a.indicator.interval else None,
        "High": lambda a: a.indicator.interval[1] if a.indicator.interval else None,
        "Effective weight": lambda a: a.indicator.effective_weight,
        "Confidence": lambda a: a.indicator.confidence,
        "Status": lambda a: a.indicator.status,
        "Today": lambda a: a.indicator.today_text,
        "Evidence": lambda a: a.indicator.evidence,
        "Reason": lambda a: a.indicator.reason,
    }
    answered = (_Answered(one, f, i) for one in each for f in one.factors for i in f.indicators)
    return _table(columns, answered)


class _Answered(NamedTuple):
    one: Assessment
    factor: FactorResult
    indicator: IndicatorResult


def _findings(each: Sequence[Assessment]) -> Rows:
    columns: dict[str, Callable[[tuple[Assessment, Finding]], Cell]] = {
        "Proposal": lambda row: row[0].proposal.name,
        "Finding": lambda row: finding_title(row[1]),
        "Kind": lambda row: row[1].kind,
        "State": lambda row: row[1].state,
        "Severity": lambda row: row[1].severity,
        "Because": lambda row: row[1].because,
        "What follows": lambda row: row[1].says,
        "Sources": lambda row: "; ".join(row[1].sources),
    }
    return _table(columns, ((one, finding) for one in each for finding in one.findings))


def _steps(each: Sequence[Assessment]) -> Rows:
    columns: dict[str, Callable[[tuple[Assessment, Recommendation]], Cell]] = {
        "Proposal": lambda row: row[0].proposal.name,
        "Step": lambda row: action_of(row[1]),
        "Who": lambda row: row[1].owner,
        "From month": lambda row: row[1].months[0],
        "To month": lambda row: row[1].months[1],
        "Gain": lambda row: row[1].gain,
        "Rating after": lambda row: row[1].rating_after,
        "Basis": lambda row: row[1].basis,
        "Indicator": lambda row: row[1].indicator,
        "Sources": lambda row: "; ".join(row[1].sources),
    }
    return _table(columns, ((one, step) for one in each for step in one.recommendations))


def _questions(each: Sequence[Assessment]) -> Rows:
    columns: dict[str, Callable[[tuple[Assessment, NextQuestion]], Cell]] = {
        "Proposal": lambda row: row[0].proposal.name,
        "Question": lambda row: row[1].question,
        "Id": lambda row: row[1].id,
        "State": lambda row: row[1].doubt.replace("_", " "),
        "Narrows the interval by up to": lambda row: row[1].narrows,
        "Proof": lambda row: row[1].proof,
    }
    return _table(columns, ((one, question) for one in each for question in one.next_questions))


def _path(each: Sequence[Assessment]) -> Rows:
    """The way to the next rating: what comes first, then each step; one row where none leads up."""
    columns: dict[str, Callable[[_Step], Cell]] = {
        "Proposal": lambda row: row.one.proposal.name,
        "To rating": lambda row: row.path.target,
        "What": lambda row: row.what,
        "Step": lambda row: row.action,
        "Now": _of_step(lambda step: step.now),
        "Then": _of_step(lambda step: step.then),
        "Who": lambda row: row.owner,
        "From month": _of_step(lambda step: step.months[0]),
        "To month": _of_step(lambda step: step.months[1]),
        "Effort": _of_step(lambda step: step.effort),
        "Units of effort": _of_step(lambda step: step.units),
        "Gain alone": _of_step(lambda step: step.gain_alone),
        "Gain in the set": _of_step(lambda step: step.gain_in_set),
        "Score after all": lambda row: row.path.score_after,
        "Low after all": lambda row: row.path.interval_after[0],
        "High after all": lambda row: row.path.interval_after[1],
        "Rating after all": lambda row: row.path.rating_after,
        "Least effort": lambda row: _least(row.path),
        "Id": lambda row: row.id,
    }
    return _table(columns, (step for one in each if one.path for step in _way(one, one.path)))


class _Step(NamedTuple):
    one: Assessment
    path: ImprovementPath
    what: str
    action: str
    owner: str | None = None
    id: str | None = None
    step: PathStep | None = None


def _of_step(read: Callable[[PathStep], Cell]) -> Callable[[_Step], Cell]:
    return lambda row: None if row.step is None else read(row.step)


def _way(one: Assessment, path: ImprovementPath) -> Iterator[_Step]:
    if not path.reaches:
        yield _Step(one, path, "none", "No set of better answers leads there")
    for test in one.prerequisites:
        if test.id in path.unknown:
            yield _Step(one, path, "open prerequisite", f"Find out: {test.question}", None, test.id)
    for test in one.prerequisites:
        if path.reaches and test.id in path.prerequisites:
            yield _Step(one, path, "prerequisite", test.action, test.owner, test.id)
    for step in path.steps:
        yield _Step(one, path, "step", action_of(step), step.owner, step.indicator, step)


def _least(path: ImprovementPath) -> str | None:
    if not path.reaches:
        return None
    return "none takes less" if path.exact else "none found that takes less"


def _prerequisites(each: Sequence[Assessment]) -> Rows:
    """A row for each proposal and prerequisite, with what to do where it is not met."""
    rows: Rows = [["Proposal", "Country", "Rubric", "Prerequisite", "State", "Next", "Owner", "Id"]]
    for one in each:
        facts = one.proposal.name, one.proposal.country, one.rubric.id
        for test in one.prerequisites:
            next_ = (test.action, test.owner) if test.state == "not_met" else (None, None)
            rows.append([*facts, test.title, within(prerequisite_words(test)), *next_, test.id])
    return rows


def _failed(result: PortfolioAssessment) -> Rows:
    from assessor.wording import reason

    rows: Rows = [["File", "What is wrong"]]
    return rows + [[f.file, reason(f.file, error)] for f in result.failed for error in f.errors]


def _robustness(each: Sequence[Assessment]) -> Rows:
    """A row for each proposal: chances and standard errors in percent, and every range."""
    columns: dict[str, Callable[[Assessment], Cell]] = {
        "Proposal": lambda one: one.proposal.name,
        "Rubric": lambda one: one.rubric.id,
        "Rating": _rating,
        "Score": _score,
    }
    for band in dict.fromkeys(c.rating for one in each for c in one.robustness.chances):
        columns[f"Chance of {band}"] = _chance(band, "chance")
        columns[f"Standard error of {band}"] = _chance(band, "standard_error")
    for title, field in _RANGES.items():
        columns[f"{title}, low"] = _end(field, 0)
        columns[f"{title}, high"] = _end(field, 1)
    columns |= {
        "Draws": lambda one: one.robustness.draws,
        "Seed": lambda one: one.robustness.seed,
        "Weights move by (percent)": lambda one: one.robustness.shift_percent,
    }
    return _table(columns, each)


_RANGES = {
    "Weights drawn": "weight_interval",
    "Weights and answers drawn": "draw_interval",
    "Weights moved": "exact_range",
    "Weights moved, answers worst or best": "exact_range_open",
}


def _chance(rating: str, field: str) -> Callable[[Assessment], Cell]:
    """Reads the chance of a rating, or its standard error, in percent."""
    return lambda one: next(
        (100 * getattr(c, field) for c in one.robustness.chances if c.rating == rating), None
    )


def _end(field: str, end: int) -> Callable[[Assessment], Cell]:
    return lambda one: float(getattr(one.robustness, field)[end])


def _variants(each: Sequence[Assessment]) -> Rows:
    columns: dict[str, Callable[[tuple[Assessment, Variant]], Cell]] = {
        "Proposal": lambda row: row[0].proposal.name,
        "Method": lambda row: row[1].title,
        "Score": lambda row: row[1].score,
        "Rating": lambda row: row[1].rating,
        "Rating stays": lambda row: "yes" if row[1].survives else "no",
    }
    return _table(columns, ((one, other) for one in each for other in one.robustness.variants))


def _switches(each: Sequence[Assessment]) -> Rows:
    """The single answers that move a rating up or down, those of the smallest change first."""
    columns: dict[str, Callable[[tuple[Assessment, Switch]], Cell]] = {
        "Proposal": lambda row: row[0].proposal.name,
        "Rating goes": lambda row: row[1].direction,
        "Question": lambda row: row[1].title,
        "Id": lambda row: row[1].question,
        "Now": lambda row: row[1].now_text,
        "If it were": lambda row: row[1].answer_text,
        "Score then": lambda row: row[1].score,
        "Rating then": lambda row: row[1].rating,
    }
    return _table(columns, ((one, switch) for one in each for switch in one.levers.switches))


def _delivery(each: Sequence[Assessment]) -> Rows:
    """Of each proposal that rests on promises the whole, and the factors that differ."""
    head = ["Proposal", "Factor", "Promised", "Secured", "In place", "At risk"]
    ratings = ["Rating promised", "Rating secured", "Rating in place"]
    rows: Rows = [[*head, *ratings, "Planned without evidence"]]
    for one in each:
        if one.delivery:
            name, whole = one.proposal.name, one.delivery
            three = whole.promised, whole.secured, whole.in_place
            told: list[Cell] = [*_promised(*map(_rated, three)), *(s.rating for s in three)]
            unproven = "; ".join(title for _, title in whole.unproven) or None
            rows.append([name, "Overall", *told, unproven])
            for part in whole.factors:
                four = _promised(part.promised, part.secured, part.in_place)
                rows.append([name, part.title, *four, *[None] * 4])
    return rows


def _rated(standing: Standing) -> float | None:
    return None if standing.rating == "NR" else standing.score


def _promised(
    promised: float | None, secured: float | None, in_place: float | None
) -> list[float | None]:
    """Three scores, and what is lost without plans."""
    risk = None if promised is None or secured is None else promised - secured
    return [promised, secured, in_place, risk]


def _method(each: Sequence[Assessment], drawn: Sequence[RankChances]) -> Rows:
    """What the numbers mean, for somebody who has the workbook alone."""
    rows: Rows = [["Rubric", "What", "Meaning"]]
    for one in {one.rubric.sha256: one for one in each}.values():
        facts, method = one.rubric, one.method
        said = [
            ("Rubric", f"{facts.title}, version {facts.version} of {facts.date}"),
            ("SHA-256 of the rubric", facts.sha256),
            ("Engine", f"zone-assessor {one.engine_version}"),
            ("Score", "0 (worst) to 100 (best); Low and High are what it could still become"),
            ("No score", "Not rated, or in this factor nothing applies"),
            *(
                (f"Rating {b.id}", f"from {b.lowest:g}: {b.title}. {b.meaning}")
                for b in method.bands
            ),
            (
                "Rating NR",
                f"Answers cover less than {method.coverage_floor:g} percent of the weight",
            ),
            ("Rating with *", "Evidence was looked for, not found, and counts as 0"),
            ("Weights", "Judgements, each with its reason, in the rubric"),
            *(("First rank", _first(chances)) for chances in drawn if chances.rubric == facts.id),
            ("Source", one.source.citation),
            *(("Caveat", caveat.text) for caveat in one.caveats),
        ]
        rows += [[facts.id, what, meaning] for what, meaning in said]
    return rows


def _first(one: RankChances) -> str:
    share, error = 100 * one.first_stays, 100 * one.first_stays_error
    return (
        f"{one.names[0]} stays first, alone or with others, in {share:.1f} percent of "
        f"{one.draws:,} draws of weights and open answers (standard error "
        f"{error:.1f}, seed {one.seed})"
    )
