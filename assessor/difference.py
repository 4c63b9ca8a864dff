"""What changed between two records, and which part of the difference comes from what.

Where the points come from stands in `terms`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import fsum
from pathlib import Path
from typing import Literal

from assessor.assessment import assess_each
from assessor.errors import Fault, InputError
from assessor.plain import Record
from assessor.questions import within
from assessor.record import (
    Assessment,
    Interval,
    Rating,
    Severity,
    is_record,
    records_in,
)
from assessor.terms import DifferencePart, Terms, difference_parts

EXACT = 1e-9  # points: parts that miss the difference by more do not belong to it

RuleState = Literal["raised", "clear", "cannot_tell"]
TestState = Literal["met", "not_met", "unknown"]


class Compared(Record):
    """One of the two records: whose it is, and its result."""

    proposal: str
    proposal_sha256: str
    rubric: str
    rubric_version: str
    rubric_sha256: str
    engine_version: str
    score: float
    score_uncapped: float
    interval: Interval
    coverage: float
    rating: Rating
    rating_range: tuple[Rating, Rating]
    starred: bool
    firm: bool


class FactorChange(Record):
    """A factor in both records; `points` is what its parts add to the overall difference."""

    id: str
    title: str
    before: float | None
    after: float | None
    points: float


class FindingChange(Record):
    """A rule that now says something else; None where the rubric has no such rule."""

    rule: str
    title: str
    kind: Literal["warning", "strength"]
    severity: Severity
    before: RuleState | None
    after: RuleState | None


class PrerequisiteChange(Record):
    """A prerequisite in another state; None where the rubric has no such one."""

    id: str
    title: str
    before: TestState | None
    after: TestState | None


class Comparison(Record):
    """Two records of one kind of rubric; the points of `parts` add up to `difference`."""

    before: Compared
    after: Compared
    difference: float
    parts: tuple[DifferencePart, ...]  # the largest first
    factors: tuple[FactorChange, ...]
    findings: tuple[FindingChange, ...]
    prerequisites: tuple[PrerequisiteChange, ...]
    notes: tuple[str, ...]  # what else differs, and limits what the comparison says


def compare(before: Assessment, after: Assessment) -> Comparison:
    """What changed from one record to another, and where the difference in score comes from.

    InputError where one judges a zone and the other a cluster, which are asked different things, or
    where the numbers of a record do not follow from each other.
    """
    if before.rubric.kind != after.rubric.kind:
        message = f"one is judged as a {before.rubric.kind}, the other as a {after.rubric.kind}; "
        raise _refusal(before, message + "compare two of one kind")
    difference = after.score - before.score
    parts = _parts(before, after)
    return Comparison(
        before=_compared(before),
        after=_compared(after),
        difference=difference,
        parts=parts,
        factors=tuple(_factors(before, after, parts)),
        findings=tuple(_findings(before, after)),
        prerequisites=tuple(_prerequisites(before, after)),
        notes=tuple(_notes(before, after)),
    )


def _parts(before: Assessment, after: Assessment) -> tuple[DifferencePart, ...]:
    """The parts of the difference, the largest first; InputError where they do not add up."""
    one, other = Terms(before), Terms(after)
    try:
        parts = sorted(difference_parts(one, other), key=lambda p: (-abs(p.points), p.kind, p.id))
        if abs(fsum(p.points for p in parts) - (after.score - before.score)) <= EXACT:
            return tuple(parts)
        wrong = before if abs(one.total - before.score) > EXACT / 2 else after
    except (ArithmeticError, LookupError, ValueError):  # as in a record that was written by hand
        wrong = after
    message = "its score does not follow from its answers; assess the proposal again"
    raise _refusal(wrong, message)


def compare_files(
    files: Sequence[str | Path], rubrics: Sequence[str | Path] = ()
) -> list[Comparison]:
    """Compare two files, each a proposal or a result in JSON; or one proposal by two rubrics.

    One rubric judges both proposals, of two the first judges the first. Two comparisons for kind
    `both`. InputError with every fault.
    """
    if not 1 <= len(files) <= 2 or len(rubrics) > 2 or len(files) + len(rubrics) < 2:
        message = "takes two files, or one proposal and two rubrics; see assess --help"
        raise InputError([Fault("compare", 0, 0, message)])
    if len(files) == len(rubrics) == 1:
        message = "one proposal is compared by two rubrics; name another --rubric"
        raise InputError([Fault(str(files[0]), 0, 0, message)])
    judged_by: list[str | Path | None] = [*rubrics] or [None]
    before = _records(files[0], judged_by[0])
    return compare_each(before, _records(files[-1], judged_by[-1]))


def _records(path: str | Path, rubric: str | Path | None) -> list[Assessment]:
    """What a file holds, or what the proposal in it comes to."""
    file = Path(path)
    if file.suffix.lower() != ".json" or not file.is_file():
        return assess_each(path, rubric)
    try:
        content = file.read_bytes()
    except OSError as error:
        message = f"cannot be read ({error.strerror}); copy it elsewhere and retry"
        raise InputError([Fault(str(path), 0, 0, message)]) from None
    if not is_record(content):
        return assess_each(path, rubric)
    if rubric is not None:
        message = "is a result, judged already; leave --rubric out, or name the proposal"
        raise InputError([Fault(str(path), 0, 0, message)])
    return records_in(content, str(path))


def compare_each(before: Sequence[Assessment], after: Sequence[Assessment]) -> list[Comparison]:
    """Each record against that of the same kind of rubric: two comparisons for kind `both`."""
    kinds = [one.rubric.kind for one in before]
    others = {one.rubric.kind: one for one in after}
    if sorted(kinds) != sorted(others):
        told = f"the first is judged as {' and '.join(kinds)}, the second as {' and '.join(others)}"
        raise _refusal(before[0], f"{told}; name a rubric with --rubric")
    return [compare(one, others[one.rubric.kind]) for one in before]


def _refusal(one: Assessment, message: str) -> InputError:
    return InputError([Fault(one.proposal.name, 0, 0, message)])


def _compared(one: Assessment) -> Compared:
    return Compared(
        proposal=one.proposal.name,
        proposal_sha256=one.proposal.sha256,
        rubric=one.rubric.id,
        rubric_version=one.rubric.version,
        rubric_sha256=one.rubric.sha256,
        engine_version=one.engine_version,
        score=one.score,
        score_uncapped=one.score_uncapped,
        interval=one.interval,
        coverage=one.coverage,
        rating=one.rating,
        rating_range=one.rating_range,
        starred=one.starred,
        firm=one.firm,
    )


# --- what else changed ---


def _factors(
    before: Assessment, after: Assessment, parts: Sequence[DifferencePart]
) -> Iterator[FactorChange]:
    old = {factor.id: factor for factor in before.factors}
    new = {factor.id: factor for factor in after.factors}
    for name in dict.fromkeys([*old, *new]):
        yield FactorChange(
            id=name,
            title=(new.get(name) or old[name]).title,
            before=old[name].score if name in old else None,
            after=new[name].score if name in new else None,
            points=fsum(part.points for part in parts if part.factor == name),
        )


def _findings(before: Assessment, after: Assessment) -> Iterator[FindingChange]:
    """Rules in another state, the gravest first."""
    old = {finding.rule: finding for finding in before.findings}
    new = {finding.rule: finding for finding in after.findings}
    changed = []
    for name in dict.fromkeys([*new, *old]):
        finding = new.get(name) or old[name]
        was, is_ = (side[name].state if name in side else None for side in (old, new))
        if was != is_:
            changed.append(
                FindingChange(
                    rule=name,
                    title=finding.title,
                    kind=finding.kind,
                    severity=finding.severity,
                    before=was,
                    after=is_,
                )
            )
    grave = {"high": 0, "medium": 1, "low": 2}
    yield from sorted(changed, key=lambda f: (f.kind == "strength", grave[f.severity], f.rule))


def _prerequisites(before: Assessment, after: Assessment) -> Iterator[PrerequisiteChange]:
    old = {one.id: one for one in before.prerequisites}
    new = {one.id: one for one in after.prerequisites}
    for name in dict.fromkeys([*old, *new]):
        was, is_ = (side[name].state if name in side else None for side in (old, new))
        if was != is_:
            title = (new.get(name) or old[name]).title
            yield PrerequisiteChange(id=name, title=title, before=was, after=is_)


def _notes(before: Assessment, after: Assessment) -> Iterator[str]:
    if before.proposal.name != after.proposal.name:
        yield "These are two proposals: the parts say how they differ, not what anybody changed."
    old, new = before.rubric, after.rubric
    if old.sha256 != new.sha256:
        told = (old.id, old.version), (new.id, new.version)
        if told[0] == told[1]:
            yield f"The rubric {new.id} {new.version} was changed between the two."
        else:
            yield f"Two rubrics: {old.id} {old.version} before, {new.id} {new.version} after."
    if before.engine_version != after.engine_version:
        yield (
            f"Two versions of the engine: {before.engine_version} before, "
            f"{after.engine_version} after; what they score differently is put down to the answers."
        )
    yield from _standings(before, after)
    yield from _without_points(before, after)
    if before == after:
        yield "Nothing differs."
    elif before.proposal.sha256 == after.proposal.sha256 and old.sha256 == new.sha256:
        yield "Both were made from the same files."


def _standings(before: Assessment, after: Assessment) -> Iterator[str]:
    """What is secured and in place, before and after; nothing where neither rests on promises."""
    one, other = before.delivery, after.delivery
    if one is None and other is None:
        return
    told = []
    for name, words in (("secured", "secured without plans"), ("in_place", "in place today")):
        was, is_ = (
            getattr(d, name).score if d else a.score for d, a in ((one, before), (other, after))
        )
        if f"{was:.1f}" != f"{is_:.1f}":
            told.append(f"{words} {was:.1f}, now {is_:.1f}")
    if told:
        yield f"Score {'; '.join(told)}."


_QUIET = {
    "status": "The status",
    "confidence": "The confidence",
    "evidence": "The evidence",
    "today_text": "What holds today",
}


def _without_points(before: Assessment, after: Assessment) -> Iterator[str]:
    """What else was changed in answers to the same questions, and in the forecasts."""
    was = {i.id: i for f in before.factors for i in f.indicators}
    changed: dict[str, list[str]] = {}
    for factor in after.factors:
        for now in factor.indicators:
            then = was.get(now.id)
            for field in _QUIET if then else ():
                if getattr(then, field) != getattr(now, field):
                    changed.setdefault(field, []).append(now.title)
    for field, titles in changed.items():
        some = ", ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")
        noun = "answer" if len(titles) == 1 else "answers"
        yield f"{_QUIET[field]} is another in {len(titles)} {noun}: {some}."
    old, new = ({t.id: t for t in one.targets} for one in (before, after))
    for name in dict.fromkeys((*old, *new)):
        figures = [f"{t[name].value:g}" if name in t else "none" for t in (old, new)]
        if figures[0] != figures[1]:
            title = (new.get(name) or old[name]).title
            yield f"Forecast of {within(title)}: {figures[0]}, now {figures[1]}."
