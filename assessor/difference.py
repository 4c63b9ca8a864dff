"""What changed between two records, and which part of the difference comes from what.

The score of a record is a sum. Each answer carries its effective weight times its score; each part
of the tree that is no arithmetic mean takes away what it lies below that mean; each rule that caps
takes away the rest. So the difference of two scores is the sum of the differences of these terms,
whatever their order, and nothing is left over:

- An answer's term is a product, so its difference is shared evenly between its two causes: the mean
  weight times the change of the score, and the mean score times the change of the weight. This is
  the Shapley value of the two (Shorrocks 2013, Journal of Economic Inequality 11, 99-126).
- What a change of weights does is counted from the mean score of all answers: weight that moves to
  an answer above the mean adds points. Weights add up to 100, so the sum stays as it is.
- By one and the same rubric, weights change only where questions stop or start to apply; what that
  does is put down to those questions.
- Caps of one part share what they take as in the airport game (Littlechild and Owen 1973,
  Management Science 20, 370-372): down to the higher cap both, below it the lower one alone. Caps
  on factors and caps on the whole share by the mean of both orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum
from pathlib import Path
from typing import Literal

from assessor.assessment import assess_each
from assessor.errors import Fault, InputError
from assessor.indicators import Record
from assessor.record import (
    Assessment,
    FactorResult,
    Finding,
    IndicatorResult,
    Interval,
    Rating,
    Severity,
    from_json,
    is_record,
)

EXACT = 1e-9  # points: parts that miss the difference by more do not belong to it
_NOTHING = 1e-12  # of a weight: what remains where two sums are rounded apart

PartKind = Literal["answer", "scale", "applies", "question", "weight", "aggregation", "cap"]
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


class DifferencePart(Record):
    """What one cause adds to the difference of the overall scores, in points.

    `kind` is `answer` (another answer), `scale` (the same answer, which the other rubric scores
    differently), `applies` (the question stopped or started to apply), `question` (only one of the
    rubrics asks it), `weight`, `aggregation` (of a part of the tree) or `cap` (of a rule). `before`
    and `after` are an answer in words, a weight in percent of the whole, or the points that
    an aggregation or a cap takes; None where there is none.
    """

    kind: PartKind
    id: str  # of the question, the part of the tree or the rule
    title: str
    factor: str | None  # None where it concerns the whole
    before: str | float | None
    after: str | float | None
    points: float


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
    one, other = _Sum(before), _Sum(after)
    parts = sorted(_parts(one, other), key=lambda part: (-abs(part.points), part.kind, part.id))
    difference = after.score - before.score
    if abs(fsum(part.points for part in parts) - difference) > EXACT:
        wrong = before if abs(one.total - before.score) > EXACT / 2 else after
        message = "its score does not follow from its answers; assess the proposal again"
        raise _refusal(wrong, message)
    return Comparison(
        before=_compared(before),
        after=_compared(after),
        difference=difference,
        parts=tuple(parts),
        factors=tuple(_factors(before, after, parts)),
        findings=tuple(_findings(before, after)),
        prerequisites=tuple(_prerequisites(before, after)),
        notes=tuple(_notes(before, after)),
    )


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
    return from_json(content, str(path))


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


# --- one record as a sum ---


@dataclass(frozen=True)
class _Leaf:
    """A question, its factor, and what it carries: weight in percent, score in points."""

    factor: FactorResult
    question: IndicatorResult

    @property
    def weight(self) -> float:
        return self.question.effective_weight

    @property
    def applies(self) -> bool:
        return self.question.score is not None

    @property
    def score(self) -> float:
        return self.question.score or 0.0


@dataclass(frozen=True)
class _Loss:
    """What an aggregation or a cap takes from the overall score, in points."""

    title: str
    factor: str | None
    points: float


@dataclass(frozen=True)
class _Sum:
    """The terms whose sum is the score of a record."""

    one: Assessment

    @cached_property
    def leaves(self) -> dict[str, _Leaf]:
        return {q.id: _Leaf(factor, q) for factor in self.one.factors for q in factor.indicators}

    @property
    def total(self) -> float:
        carried = fsum(leaf.weight * leaf.score / 100 for leaf in self.leaves.values())
        return carried - fsum(loss.points for loss in (self.uneven | self.held).values())

    @cached_property
    def uneven(self) -> dict[str, _Loss]:
        """What each part that is no arithmetic mean lies below that mean."""
        one = self.one
        found: dict[str, _Loss] = {}
        for factor in one.factors:
            below = [(i.effective_weight, i.score) for i in factor.indicators]
            taken = _below_the_mean(below, factor.effective_weight, factor.score_uncapped)
            if factor.aggregation != "arithmetic":
                found[f"aggregation {factor.id}"] = _Loss(factor.title, factor.id, taken)
        for pillar in one.pillars:
            own = [f for f in one.factors if f.pillar == pillar.id]
            below = [(f.effective_weight, f.score_uncapped) for f in own]
            taken = _below_the_mean(below, pillar.effective_weight, pillar.score_uncapped)
            if pillar.aggregation != "arithmetic":
                found[f"aggregation {pillar.id}"] = _Loss(pillar.title, None, taken)
        if one.method.aggregation != "arithmetic":
            below = [(p.effective_weight, p.score_uncapped) for p in one.pillars]
            taken = _below_the_mean(below, 100.0, one.score_uncapped)
            found["aggregation overall"] = _Loss("Overall", None, taken)
        return found

    @cached_property
    def held(self) -> dict[str, _Loss]:
        """What each raised rule takes by its cap."""
        one = self.one
        total = one.score_uncapped - one.score
        losses = {f.id: _lost(f) for f in one.factors if self.caps(f.id)}
        below, overall = fsum(losses.values()), self.caps("overall")
        whole = 0.0
        if overall:
            alone = max(_reaches(overall, one.score_uncapped).values())
            whole = (total - min(below, total) + alone) / 2
        found = dict(self.shared(overall, one.score_uncapped, whole, None))
        for factor in one.factors:
            caps = self.caps(factor.id)
            part = losses[factor.id] / below * (total - whole) if caps and below else 0.0
            found |= self.shared(caps, factor.score_uncapped or 0.0, part, factor.id)
        return found

    def caps(self, node: str) -> list[Finding]:
        """The raised rules that cap this part."""
        raised = [f for f in self.one.findings if f.state == "raised"]
        return [f for f in raised if f.cap and f.cap.node == node]

    def shared(
        self, caps: Sequence[Finding], uncapped: float, points: float, factor: str | None
    ) -> dict[str, _Loss]:
        """What several caps of one part take, each its share."""
        titles = {finding.rule: finding.title for finding in caps}
        shares = airport(_reaches(caps, uncapped))
        whole = fsum(shares.values())
        return {
            f"cap {rule}": _Loss(titles[rule], factor, points * share / whole if whole else 0.0)
            for rule, share in shares.items()
        }


def _below_the_mean(
    children: Iterable[tuple[float, float | None]], weight: float, score: float | None
) -> float:
    """What a part takes from the overall score because it is no arithmetic mean of its children."""
    if score is None:
        return 0.0
    return fsum(share * (below or 0.0) / 100 for share, below in children) - weight * score / 100


def _lost(factor: FactorResult) -> float:
    lost = (factor.score_uncapped or 0.0) - (factor.score or 0.0)
    return factor.effective_weight * lost / 100


def _reaches(caps: Sequence[Finding], uncapped: float) -> dict[str, float]:
    """How many points each cap would take alone."""
    return {f.rule: max(uncapped - f.cap.at, 0.0) for f in caps if f.cap}


def airport(reaches: Mapping[str, float]) -> dict[str, float]:
    """The shares of the largest of several numbers: each pays for what it reaches, with others.

    The Shapley value of the airport game (Littlechild and Owen 1973); the shares add up to the
    largest number.
    """
    shares: dict[str, float] = {}
    paid = reached = 0.0
    ordered = sorted(reaches, key=lambda name: (reaches[name], name))
    for place, name in enumerate(ordered):
        paid += (reaches[name] - reached) / (len(ordered) - place)
        reached = reaches[name]
        shares[name] = paid
    return shares


# --- the differences of the terms ---


def _parts(one: _Sum, other: _Sum) -> Iterator[DifferencePart]:
    moved: list[tuple[DifferencePart, float]] = []
    names = list(dict.fromkeys([*one.leaves, *other.leaves]))
    mean = _mean_score(one, other)
    for name in names:
        before, after = one.leaves.get(name), other.leaves.get(name)
        if part := _by_score(before, after):
            yield part
        if weighed := _by_weight(before, after, mean):
            moved.append(weighed)
    same = one.one.rubric.sha256 == other.one.rubric.sha256
    yield from _put_down(moved, other) if same else (part for part, _ in moved)
    yield from _losses("aggregation", one.uneven, other.uneven)
    yield from _losses("cap", one.held, other.held)


def _mean_score(one: _Sum, other: _Sum) -> float:
    """The mean of the weighted means of both; any other number gives the same sum."""
    carried = [leaf.weight * leaf.score for side in (one, other) for leaf in side.leaves.values()]
    return fsum(carried) / 200


def _by_score(before: _Leaf | None, after: _Leaf | None) -> DifferencePart | None:
    """The part of another answer, or of another score for the same; None where nothing changed."""
    if before is None or after is None or before.applies != after.applies:
        return None
    told = _told(before.question), _told(after.question)
    if told[0] == told[1] and before.score == after.score:
        return None
    return DifferencePart(
        kind="scale" if told[0] == told[1] else "answer",
        id=after.question.id,
        title=after.question.title,
        factor=after.factor.id,
        before=told[0],
        after=told[1],
        points=(before.weight + after.weight) / 2 * (after.score - before.score) / 100,
    )


def _by_weight(
    before: _Leaf | None, after: _Leaf | None, mean: float
) -> tuple[DifferencePart, float] | None:
    """The part of a changed weight, and by how much it changed; None where it did not."""
    sides = [side for side in (before, after) if side is not None]
    change = (after.weight if after else 0.0) - (before.weight if before else 0.0)
    applying = [side.score for side in sides if side.applies]
    if not applying or (len(applying) == 2 and abs(change) <= _NOTHING):
        return None
    leaf = sides[-1]
    kind: PartKind = (
        "weight" if len(applying) == 2 else "applies" if len(sides) == 2 else "question"
    )
    told: list[str | float | None] = [None if s is None else s.weight for s in (before, after)]
    if kind == "applies":
        told = [None if s is None else _told(s.question) for s in (before, after)]
    part = DifferencePart(
        kind=kind,
        id=leaf.question.id,
        title=leaf.question.title,
        factor=leaf.factor.id,
        before=told[0],
        after=told[1],
        points=(fsum(applying) / len(applying) - mean) * change / 100,
    )
    return part, change


def _told(question: IndicatorResult) -> str:
    """An answer in words, with what it says besides where that counts."""
    if question.state != "answered":
        return question.state.replace("_", " ")
    answer = (question.answer_text or "").rstrip(".")
    doubt = question.confidence
    return answer if doubt in {None, "high"} else f"{answer} ({doubt} confidence)"


def _put_down(
    moved: Sequence[tuple[DifferencePart, float]], other: _Sum
) -> Iterator[DifferencePart]:
    """What changed weights do, put down to the questions that stopped or started to apply.

    First within the factor; what a factor gives to or takes from others, to those questions of all
    factors, each by the weight that it moved.
    """
    causes = [(part, change) for part, change in moved if part.kind == "applies"]
    factors = {part.factor for part, _ in causes}
    effects = [part for part, _ in moved]
    everywhere = fsum(part.points for part in effects if part.factor not in factors)
    weight = fsum(abs(change) for _, change in causes)
    for part, change in causes:
        own = fsum(p.points for p in effects if p.factor == part.factor)
        of_factor = fsum(abs(c) for p, c in causes if p.factor == part.factor)
        share = own * abs(change) / of_factor + everywhere * abs(change) / weight
        yield _with_points(part, share)
    if not causes:
        yield from effects


def _with_points(part: DifferencePart, points: float) -> DifferencePart:
    return DifferencePart(
        kind=part.kind,
        id=part.id,
        title=part.title,
        factor=part.factor,
        before=part.before,
        after=part.after,
        points=points,
    )


def _losses(
    kind: PartKind, before: Mapping[str, _Loss], after: Mapping[str, _Loss]
) -> Iterator[DifferencePart]:
    for name in dict.fromkeys([*before, *after]):
        was, is_ = before.get(name), after.get(name)
        loss = is_ or was
        points = (was.points if was else 0.0) - (is_.points if is_ else 0.0)
        if loss and points:
            yield DifferencePart(
                kind=kind,
                id=name.partition(" ")[2],
                title=loss.title,
                factor=loss.factor,
                before=was.points if was else None,
                after=is_.points if is_ else None,
                points=points,
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
