"""What a proposal is held against: lessons, targets, cases and numbers of the paper."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from assessor.diagnosis import Row, View
from assessor.record import (
    ComparatorProfile,
    FactorResult,
    Finding,
    LessonCited,
    NumberCited,
    Recommendation,
    TargetCheck,
)
from assessor.rubric import Target

_NUMBERS = 6  # how many figures of the paper fit into the box of a report


def lessons(
    row: Row, factors: Sequence[FactorResult], findings: Sequence[Finding]
) -> Iterator[LessonCited]:
    """Every lesson that a factor or a raised finding calls for."""
    cited: dict[str, list[str]] = {}
    for factor in factors:
        for lesson in factor.lessons:
            cited.setdefault(lesson, []).append(factor.id)
    for finding in findings:
        for lesson in finding.lessons if finding.state == "raised" else ():
            cited.setdefault(lesson, []).append(finding.rule)
    for name, by in cited.items():
        yield LessonCited(**row.rubric.lessons[name].model_dump(), cited_by=tuple(by))


def targets(row: Row) -> Iterator[TargetCheck]:
    """Each forecast of the promoter against its reference class."""
    for name, value in row.proposal.targets.items():
        if value is not None:
            yield _target_check(row.rubric.targets[name], value)


def _target_check(target: Target, value: float) -> TargetCheck:
    values = [one.value for one in target.reference]
    optimistic = max(values) < value if target.higher_is == "bolder" else min(values) > value
    return TargetCheck(
        id=target.id,
        title=target.title,
        unit=target.unit,
        value=value,
        reference=tuple(sorted(((c.case, c.value) for c in target.reference), key=lambda c: -c[1])),
        period=target.period,
        median=statistics.median(values),
        exceeds=sum(value > reached for reached in values),
        bold=optimistic,
        note=target.note,
        sources=target.sources,
    )


def comparators(row: Row, cases: View) -> Iterator[ComparatorProfile]:
    """The paper's cases, where they are told well enough for a factor to be rated."""
    rubric, scores = row.rubric, cases.scores
    rows = {factor.id: cases.node_rows[factor.id] for factor in rubric.factors}
    paths_and_cases = zip(rubric.cases, cases.portfolio.proposals, strict=True)
    for column, (path, case) in enumerate(paths_and_cases):
        if case.sha256 == row.proposal.sha256:
            continue
        yield ComparatorProfile(
            file=path.name,
            name=case.name,
            coverage=float(scores.coverage[0, column]),
            scores={
                name: float(scores.mid[at, column])
                for name, at in rows.items()
                if rubric.covers(scores.coverage[at, column])
            },
        )


def numbers(
    row: Row,
    findings: Sequence[Finding],
    recommendations: Sequence[Recommendation],
    cited: Sequence[LessonCited],
) -> Iterator[NumberCited]:
    """Numbers from the places that the raised findings and the advice rest on."""
    called = [f for f in findings if f.state == "raised"]
    ids = {lesson for f in called for lesson in f.lessons}
    ids |= {lesson for step in recommendations for lesson in step.lessons}
    places = {place for one in called for place in one.sources}
    places |= {place for lesson in cited if lesson.id in ids for place in lesson.sources}
    shared = [(len(places & set(c.sources)), c) for c in row.rubric.comparators]
    for count, one in sorted(shared, key=lambda pair: -pair[0])[:_NUMBERS]:
        if count:
            yield NumberCited(**one.model_dump(exclude={"applies_to", "figures"}))
