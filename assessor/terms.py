"""The score of a record as a sum of terms, and the difference of two as the differences of these.

The score of a record is a sum. Each answer carries its effective weight times its score; each part
of the tree that is no arithmetic mean takes away what it lies below that mean; each rule that caps
takes away the rest. So the difference of two scores is the sum of the differences of these terms,
whatever their order, and nothing is left over:

- An answer's term is a product, so its difference is shared evenly between its two causes: the mean
  weight times the change of the score, and the mean score times the change of the weight. This is
  the Shapley value of the two (Shorrocks 2013, Journal of Economic Inequality 11, 99-126). An
  effective weight is itself the product of the shares of the question, the factor and the pillar
  among what stands beside them, and its change is shared among the three in the same way.
- What a change of weights does is counted from the mean score of all answers: weight that moves to
  an answer above the mean adds points. Weights add up to 100, so the sum stays as it is.
- By one and the same rubric, weights change only where questions stop or start to apply; what that
  does is put down to those questions.
- While a part of the tree is combined in the same way on both sides, what it takes away changes by
  what changed below it, and is shared among these in proportion to what each adds: gains by one
  factor, losses by another, neither of which turns a gain into a loss.
- Caps of one part share what they take as in the airport game (Littlechild and Owen 1973,
  Management Science 20, 370-372): down to the higher cap both, below it the lower one alone. Caps
  on factors and caps on the whole share by the mean of both orders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import fsum
from typing import Literal

from assessor.plain import Record
from assessor.record import Assessment, FactorResult, Finding, IndicatorResult, PillarResult

NOTHING = 1e-12  # points: what remains where two sums are rounded apart

PartKind = Literal["answer", "scale", "applies", "question", "weight", "aggregation", "cap"]


class DifferencePart(Record):
    """What one cause adds to the difference of the overall scores, in points.

    `kind` is `answer` (another answer), `scale` (the same answer, which the other rubric scores
    differently), `applies` (the question stopped or started to apply), `question` (only one of the
    rubrics asks it), `weight`, `aggregation` (of a part of the tree) or `cap` (of a rule). `before`
    and `after` are an answer in words, the share of a weight among those beside it in percent (of
    the whole for `question`), or the points that an aggregation or a cap takes; None where there
    is none.
    """

    kind: PartKind
    id: str  # of the question, the part of the tree or the rule
    title: str
    factor: str | None  # None where it concerns the whole
    before: str | float | None
    after: str | float | None
    points: float
    answers: tuple[str, ...] = ()


# --- one record as a sum ---


@dataclass(frozen=True)
class Leaf:
    """A question, what stands above it, and what it carries: weight in percent, score in points."""

    pillar: PillarResult
    factor: FactorResult
    question: IndicatorResult

    @property
    def weight(self) -> float:
        return self.question.effective_weight

    @property
    def levels(self) -> tuple[PillarResult, FactorResult, IndicatorResult]:
        return self.pillar, self.factor, self.question

    @property
    def shares(self) -> tuple[float, float, float]:
        """Of the pillar, the factor and the question among its siblings, in percent."""
        return self.pillar.effective_weight, self.factor.share, self.question.share

    @property
    def applies(self) -> bool:
        return self.question.score is not None

    @property
    def score(self) -> float:
        return self.question.score or 0.0


@dataclass(frozen=True)
class Loss:
    """What an aggregation or a cap takes from the overall score, in points."""

    title: str
    factor: str | None
    points: float


@dataclass(frozen=True)
class Terms:
    """The terms whose sum is the score of a record."""

    one: Assessment

    @cached_property
    def leaves(self) -> dict[str, Leaf]:
        pillars = {pillar.id: pillar for pillar in self.one.pillars}
        return {
            question.id: Leaf(pillars[factor.pillar], factor, question)
            for factor in self.one.factors
            for question in factor.indicators
        }

    @cached_property
    def combined(self) -> dict[str, str]:
        """How each part of the tree is combined."""
        one = self.one
        factors = {factor.id: factor.aggregation for factor in one.factors}
        pillars = {pillar.id: pillar.aggregation for pillar in one.pillars}
        return {"overall": one.method.aggregation} | factors | pillars

    @property
    def total(self) -> float:
        carried = fsum(leaf.weight * leaf.score / 100 for leaf in self.leaves.values())
        return carried - fsum(loss.points for loss in (self.uneven | self.held).values())

    @cached_property
    def uneven(self) -> dict[str, Loss]:
        """What each part that is no arithmetic mean lies below that mean."""
        one = self.one
        found: dict[str, Loss] = {}
        for factor in one.factors:
            below = [(i.effective_weight, i.score) for i in factor.indicators]
            taken = _below_the_mean(below, factor.effective_weight, factor.score_uncapped)
            if factor.aggregation != "arithmetic":
                found[f"aggregation {factor.id}"] = Loss(factor.title, factor.id, taken)
        for pillar in one.pillars:
            own = [f for f in one.factors if f.pillar == pillar.id]
            below = [(f.effective_weight, f.score_uncapped) for f in own]
            taken = _below_the_mean(below, pillar.effective_weight, pillar.score_uncapped)
            if pillar.aggregation != "arithmetic":
                found[f"aggregation {pillar.id}"] = Loss(pillar.title, None, taken)
        if one.method.aggregation != "arithmetic":
            below = [(p.effective_weight, p.score_uncapped) for p in one.pillars]
            taken = _below_the_mean(below, 100.0, one.score_uncapped)
            found["aggregation overall"] = Loss("Overall", None, taken)
        return found

    @cached_property
    def held(self) -> dict[str, Loss]:
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
    ) -> dict[str, Loss]:
        """What several caps of one part take, each its share."""
        titles = {finding.rule: finding.title for finding in caps}
        shares = airport(_reaches(caps, uncapped))
        whole = fsum(shares.values())
        return {
            f"cap {rule}": Loss(titles[rule], factor, points * share / whole if whole else 0.0)
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


def difference_parts(one: Terms, other: Terms) -> Iterator[DifferencePart]:
    """What each cause adds, from the first record to the other; together the whole difference."""
    names = list(dict.fromkeys([*one.leaves, *other.leaves]))
    pairs = [(one.leaves.get(name), other.leaves.get(name)) for name in names]
    mean = _mean_score(one, other)
    changes = list(filter(None, (_by_score(*pair) for pair in pairs)))
    single = list(filter(None, (_by_presence(*pair, mean) for pair in pairs)))
    weights = _by_weight([(b, a) for b, a in pairs if b and a and b.applies and a.applies], mean)
    if one.one.rubric.sha256 == other.one.rubric.sha256:
        changes += _put_down(single, weights)
    else:
        changes += [part for part, _ in single] + weights
    yield from _borne(one, other, changes)
    for part in _losses("cap", one.held, other.held):
        yield replace(part, answers=_behind(part.id, one.one, other.one))


def _mean_score(one: Terms, other: Terms) -> float:
    """The mean of the weighted means of both; any other number gives the same sum."""
    carried = [leaf.weight * leaf.score for side in (one, other) for leaf in side.leaves.values()]
    return fsum(carried) / 200


def _by_score(before: Leaf | None, after: Leaf | None) -> DifferencePart | None:
    """The part of another answer, or of another score for the same; None where nothing changed."""
    if before is None or after is None or before.applies != after.applies:
        return None
    same = _in_full(before.question) == _in_full(after.question)
    if same and before.score == after.score:
        return None
    told = _told(before.question), _told(after.question)
    return DifferencePart(
        kind="scale" if same else "answer",
        id=after.question.id,
        title=after.question.title,
        factor=after.factor.id,
        before=told[0],
        after=told[1] + _items(before.question, after.question),
        points=(before.weight + after.weight) / 2 * (after.score - before.score) / 100,
    )


def _by_presence(
    before: Leaf | None, after: Leaf | None, mean: float
) -> tuple[DifferencePart, float] | None:
    """The part of a question that counts on one side only, and the weight that it moved."""
    counting = [side for side in (before, after) if side is not None and side.applies]
    if len(counting) != 1:
        return None
    leaf = counting[0]
    change = leaf.weight if leaf is after else -leaf.weight
    told: list[str | float | None] = [None if s is None else s.weight for s in (before, after)]
    asked_by_both = before is not None and after is not None
    if asked_by_both:
        told = [None if s is None else _told(s.question) for s in (before, after)]
    part = DifferencePart(
        kind="applies" if asked_by_both else "question",
        id=leaf.question.id,
        title=leaf.question.title,
        factor=leaf.factor.id,
        before=told[0],
        after=told[1],
        points=(leaf.score - mean) * change / 100,
    )
    return part, abs(change)


def _by_weight(pairs: Sequence[tuple[Leaf, Leaf]], mean: float) -> list[DifferencePart]:
    """The parts of changed weights: of each pillar, factor and question whose share is another."""
    points: dict[str, list[float]] = {}
    sides: dict[str, tuple[Leaf, Leaf, int]] = {}
    for before, after in pairs:
        gains = (before.score + after.score) / 2 - mean
        for level, change in enumerate(_by_level(before.shares, after.shares)):
            # A factor may stand in another pillar: then it is the factor that has changed.
            at = 1 if level == 0 and before.pillar.id != after.pillar.id else level
            name = after.levels[at].id
            points.setdefault(name, []).append(gains * change / 100)
            sides[name] = before, after, at
    return [
        DifferencePart(
            kind="weight",
            id=name,
            title=after.levels[level].title,
            factor=after.factor.id if level else None,
            before=before.shares[level],
            after=after.shares[level],
            points=fsum(points[name]),
        )
        for name, (before, after, level) in sides.items()
        if abs(fsum(points[name])) > NOTHING
    ]


def _by_level(before: Sequence[float], after: Sequence[float]) -> Iterator[float]:
    """What each of three shares does to their product, in percent: the Shapley value."""
    for at in range(3):
        (a0, b0), (a1, b1) = (
            [share for place, share in enumerate(side) if place != at] for side in (before, after)
        )
        others = (2 * a0 * b0 + 2 * a1 * b1 + a0 * b1 + a1 * b0) / 6
        yield (after[at] - before[at]) * others / 10_000


def _told(question: IndicatorResult) -> str:
    """An answer in few words (`open tender`, `3 of 5`), and how sure it is where that counts."""
    if question.state != "answered":
        return question.state.replace("_", " ")
    answer = (question.answer_text or "").rstrip(".")
    if question.kind == "checklist":
        answer = answer.partition(":")[0]
    elif question.kind in {"ordinal", "choice"} and isinstance(question.answer, str):
        answer = question.answer.replace("_", " ")
    elif question.kind == "yes_no" and isinstance(question.answer, bool):
        answer = "yes" if question.answer else "no"
    doubt = question.confidence
    return answer if doubt in {None, "high"} else f"{answer} ({doubt} confidence)"


def _in_full(question: IndicatorResult) -> tuple[str | None, ...]:
    """All that counts of an answer."""
    confidence = None if question.confidence == "high" else question.confidence
    return question.state, question.answer_text, confidence


def _items(before: IndicatorResult, after: IndicatorResult) -> str:
    """What was added to a list and what is gone, in words; "" of any other answer."""
    lists = [one.answer for one in (before, after)]
    if after.kind != "checklist" or not all(isinstance(one, list | tuple) for one in lists):
        return ""
    old, new = ([str(item).replace("_", " ") for item in one] for one in lists)
    told = [f"with {item}" for item in new if item not in old]
    told += [f"without {item}" for item in old if item not in new]
    return f" ({', '.join(told)})" if told else ""


def _put_down(
    single: Sequence[tuple[DifferencePart, float]], weights: Sequence[DifferencePart]
) -> Iterator[DifferencePart]:
    """What changed weights do, put down to the questions that stopped or started to apply.

    What changes within a factor, to those of the factor; what goes from one factor to another, to
    all of them; to each by the weight that it moved.
    """
    factors = {part.factor for part, _ in single}
    inside = [p for p in weights if p.factor in factors and p.id != p.factor]
    beyond = fsum(p.points for p in weights if p not in inside)
    weight = fsum(change for _, change in single)
    for part, change in single:
        own = fsum(p.points for p in inside if p.factor == part.factor)
        of_factor = fsum(c for p, c in single if p.factor == part.factor)
        points = part.points + own * change / of_factor + beyond * change / weight
        yield replace(part, points=points)
    if not single:
        yield from weights


def _borne(one: Terms, other: Terms, changes: Sequence[DifferencePart]) -> Iterator[DifferencePart]:
    """The changes, with what each part of the tree takes now and did not before, or no more."""
    parts = list(changes)
    pillars = {f.id: f.pillar for side in (one, other) for f in side.one.factors}
    for loss in _losses("aggregation", one.uneven, other.uneven):
        ways = {side.combined[loss.id] for side in (one, other) if loss.id in side.combined}
        below = [n for n, part in enumerate(parts) if _stands_in(part, loss.id, pillars)]
        bearing = below or [n for n, part in enumerate(parts) if part.kind == "applies"]
        if len(ways) > 1 or not bearing:
            yield loss
            continue
        shared = share_out([parts[n].points for n in bearing], loss.points)
        for n, points in zip(bearing, shared, strict=True):
            parts[n] = replace(parts[n], points=points)
    yield from parts


def _stands_in(part: DifferencePart, node: str, pillars: Mapping[str, str]) -> bool:
    """Whether what changed stands in this part of the tree."""
    above = {part.id, part.factor, pillars.get(part.factor or ""), "overall"}
    return node in above


def share_out(points: Sequence[float], change: float) -> list[float]:
    """Each of several numbers with its share of a change, in proportion to its own size.

    What is above 0 stays so or becomes 0, and what is below 0 likewise, as far as both are there.
    """
    up, down = fsum(p for p in points if p > 0), -fsum(p for p in points if p < 0)
    if up + down <= NOTHING:
        return [p + change / len(points) for p in points]
    gain, loss = 1 + change / (up + down), 1 - change / (up + down)
    if gain < 0 and down:
        gain, loss = 0.0, (down - up - change) / down
    elif loss < 0 and up:
        gain, loss = (up - down + change) / up, 0.0
    return [p * (gain if p > 0 else loss) for p in points]


_ASKED = re.compile(r"[a-z]\w*\.\w+")  # a question in the words of a rule


def _behind(rule: str, before: Assessment, after: Assessment) -> tuple[str, ...]:
    """Whose other answers raised or cleared a rule."""
    findings = [f for one in (before, after) for f in one.findings if f.rule == rule]
    if len({f.state for f in findings}) == 1:
        return ()
    asked = dict.fromkeys(name for f in findings for name in _ASKED.findall(f.condition))
    was, is_ = _answers(before), _answers(after)
    return tuple(name for name in asked if was.get(name) != is_.get(name))


def _answers(one: Assessment) -> dict[str, object]:
    """What is answered, by question and prerequisite."""
    found: dict[str, object] = {p.id: p.state for p in one.prerequisites}
    questions = (i for factor in one.factors for i in factor.indicators)
    return found | {i.id: (i.state, i.answer) for i in questions}


def _losses(
    kind: PartKind, before: Mapping[str, Loss], after: Mapping[str, Loss]
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
