"""What a proposal is held against: lessons, targets, cases and numbers of the paper."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from assessor.diagnosis import Row, View
from assessor.indicators import Indicator
from assessor.proposal import CONFIDENCE
from assessor.questions import ProfileItem, within
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
from assessor.trust import CostCheck, Difference, Resembled

_NUMBERS = 6  # how many figures of the paper fit into the box of a report
_DIFFERENCES = 5  # how many answers tell a proposal and a case apart


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
        yield LessonCited(**dict(row.rubric.lessons[name]), cited_by=tuple(by))


def targets(row: Row) -> Iterator[TargetCheck]:
    """Each forecast of the promoter against its reference class, in the order of the rubric."""
    for name, target in row.rubric.targets.items():
        if (value := row.proposal.targets.get(name)) is not None:
            yield _target_check(target, value)


def costs(row: Row) -> Iterator[CostCheck]:
    """Each planned cost or time with the optimism bias of works of its kind."""
    works = {work.id: work.citation for work in row.rubric.paper.other}
    for name, cost in row.rubric.costs.items():
        if (value := row.proposal.targets.get(name)) is not None:
            yield CostCheck(
                id=cost.id,
                title=cost.title,
                unit=cost.unit,
                value=value,
                standard_percent=cost.standard,
                non_standard_percent=cost.non_standard,
                standard_value=value * (1 + cost.standard / 100),
                non_standard_value=value * (1 + cost.non_standard / 100),
                note=cost.note,
                work=works[cost.work],
            )


def beyond(row: Row, checks: Sequence[TargetCheck]) -> Iterator[Finding]:
    """The finding on forecasts that go beyond every case; clear where none does.

    One figure has no spread to go beyond: a forecast with no more than that beside it is left out.
    """
    says = row.rubric.beyond
    spread = [check for check in checks if len(check.reference) > 1]
    if says is None or not spread:
        return
    bold = [check for check in spread if check.bold]
    yield Finding(
        rule="targets_beyond_reference",
        title=says.title,
        kind="warning",
        state="raised" if bold else "clear",
        severity=says.severity,
        on_promises=False,
        because="; ".join(_against_best(check) for check in bold or spread),
        missing=(),
        says=says.says,
        so_what=says.so_what,
        condition="a forecast is bolder than every case of its reference class, or than the lowest "
        "where each case is a sum of several places",
        why_cut_offs="The boldest case of each reference class; no cut-off of ours.",
        cap=None,
        lessons=says.lessons,
        sources=says.sources,
    )


def _against_best(check: TargetCheck) -> str:
    values = [value for _, value in check.reference]
    best = max(values) if check.higher_is == "bolder" and not check.several else min(values)
    which = "lowest sum of several places" if check.several else "boldest case"
    title = within(check.title)
    return f"{title} is {check.value:g} {check.unit} ({which} {best:g})"


def _target_check(target: Target, value: float) -> TargetCheck:
    values = [one.value for one in target.reference]
    # What several places reached together is bold for one even at the lowest.
    best = min(values) if target.several else max(values)
    optimistic = best < value if target.higher_is == "bolder" else min(values) > value
    # One figure is no spread: the next case may have done better.
    return TargetCheck(
        id=target.id,
        title=target.title,
        unit=target.unit,
        higher_is=target.higher_is,
        several=target.several,
        value=value,
        reference=tuple(sorted(((c.case, c.value) for c in target.reference), key=lambda c: -c[1])),
        period=target.period,
        median=float(np.median(values)),
        exceeds=sum(value > reached for reached in values),
        bold=optimistic and len(values) > 1,
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
            sha256=case.sha256,
            name=case.name,
            coverage=float(scores.coverage[0, column]),
            scores={
                name: float(scores.mid[at, column])
                for name, at in rows.items()
                if rubric.covers(scores.coverage[at, column])
            },
        )


def resembles(row: Row, cases: View) -> list[Resembled]:
    """The cases that share enough answers with the proposal, most alike first.

    For the order, each likeness is drawn towards the mean of them all, as if so many more questions
    as a case must share were alike to that degree: over few questions a high mean is more often
    chance.
    """
    least = row.rubric.likeness
    if least is None:
        return []
    shared: list[tuple[Row, str, dict[str, float]]] = []
    for column, path in enumerate(row.rubric.cases):
        case = Row(cases, column)
        if case.proposal.sha256 != row.proposal.sha256:
            likeness = dict(_likeness(row, case))
            if len(likeness) >= least.least_shared:
                shared.append((case, path.name, likeness))
    every = [alike for _, _, likeness in shared for alike in likeness.values()]
    more, mean = least.least_shared, math.fsum(every) / max(len(every), 1)
    found = [_resembled(row, *one, (more, mean)) for one in shared]
    return sorted(found, key=lambda one: (-one.weighed, one.file))


def _likeness(row: Row, case: Row) -> Iterator[tuple[str, float]]:
    """How alike two proposals are on each question that both answer, from 0 to 100."""
    for name, question in row.rubric.questions.items():
        if not (row.codes[name] in CONFIDENCE.values() and case.codes[name] in CONFIDENCE.values()):
            continue
        if isinstance(question, Indicator):
            yield name, 100 - abs(row.leaf(question)[1] - case.leaf(question)[1])
        elif isinstance(question, ProfileItem):
            same = row.values[name] == case.values[name] and (
                row.ticked.get(name) == case.ticked.get(name)
            )
            yield name, 100.0 * same


def _resembled(
    row: Row, case: Row, file: str, likeness: dict[str, float], more: tuple[int, float]
) -> Resembled:
    """`more`: how many questions of which likeness are added for the order of the cases."""
    added, mean = more
    total = math.fsum(likeness.values())
    end = row.rubric.ends.get(file)
    asked = sum(isinstance(q, Indicator | ProfileItem) for q in row.rubric.questions.values())
    scored = [i for i in row.rubric.indicators if likeness.get(i.id, 100) < 100]
    scored.sort(key=lambda i: likeness[i.id])
    return Resembled(
        file=file,
        name=case.proposal.name,
        similarity=total / len(likeness),
        weighed=(total + added * mean) / (len(likeness) + added),
        shared=len(likeness),
        asked=asked,
        end=end.text if end else None,
        differs=tuple(
            Difference(
                indicator=i.id,
                title=i.title,
                here=i.show(row.answer(i.id).value),
                there=i.show(case.answer(i.id).value),
                points=row.leaf(i)[1] - case.leaf(i)[1],
            )
            for i in scored[:_DIFFERENCES]
        ),
        sources=end.sources if end else (),
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
            yield NumberCited(
                id=one.id, title=one.title, text=one.text, caveat=one.caveat, sources=one.sources
            )
