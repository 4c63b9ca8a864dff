"""What the scores say of a proposal as it stands: ratings, prerequisites, profile, findings.

Each function makes one part of the record from a `Row`, which is one proposal of a scored
portfolio.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress
from typing import Literal

from assessor.aggregation import Floats
from assessor.indicators import Checklist, Indicator, Measure
from assessor.plain import Record
from assessor.proposal import (
    HIGH,
    INSUFFICIENT_EVIDENCE,
    LOW,
    NOT_APPLICABLE,
    NOT_ASSESSED,
    Answer,
    Portfolio,
    Proposal,
)
from assessor.questions import Prerequisite, ProfileItem, Question, within
from assessor.record import (
    Cap,
    FactorResult,
    Finding,
    IndicatorResult,
    Node,
    PillarResult,
    PrerequisiteResult,
    ProfileAnswer,
    Rating,
    Routing,
    State,
)
from assessor.rubric import ROUNDING, Factor, Pillar, Rubric, Rule
from assessor.scorer import Scorer, Scores, effective_weights

Test = Literal["met", "not_met", "unknown"]

_STATES: dict[int, State] = {
    NOT_ASSESSED: "not_assessed",
    INSUFFICIENT_EVIDENCE: "insufficient_evidence",
    NOT_APPLICABLE: "not_applicable",
}


class View(Record, kw_only=False):
    """A portfolio and all that was computed about it."""

    scorer: Scorer
    portfolio: Portfolio
    scores: Scores
    uncapped: Scores
    leaves: Floats

    @classmethod
    def of(cls, scorer: Scorer, portfolio: Portfolio) -> View:
        """Score a portfolio, with caps and without."""
        scores = scorer.score(portfolio)
        uncapped = scorer.score(portfolio, caps=False, judged=(scores.raised, scores.clear))
        return cls(scorer, portfolio, scores, uncapped, scorer.leaves(portfolio))

    @cached_property
    def node_rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.scorer.nodes)}

    @cached_property
    def question_rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.scorer.rubric.questions)}


class Row(Record, kw_only=False):
    """One proposal of a view, on its way to a record."""

    view: View
    n: int

    @property
    def rubric(self) -> Rubric:
        return self.view.scorer.rubric

    @property
    def proposal(self) -> Proposal:
        return self.view.portfolio.proposals[self.n]

    @cached_property
    def codes(self) -> dict[str, int]:
        """The state and confidence of each answer."""
        codes: list[int] = self.view.portfolio.codes[:, self.n].tolist()
        return dict(zip(self.rubric.questions, codes, strict=True))

    @cached_property
    def values(self) -> dict[str, float | None]:
        """The code of each answer, None without one."""
        values: list[float] = self.view.portfolio.values[:, self.n].tolist()
        given = (None if math.isnan(value) else value for value in values)
        return dict(zip(self.rubric.questions, given, strict=True))

    @cached_property
    def ticked(self) -> Mapping[str, set[str]]:
        """The ticked items of each checklist."""
        marks = self.view.portfolio.items.items()
        asked = self.rubric.questions
        return {name: set(compress(asked[name].items(), rows[self.n])) for name, rows in marks}

    @cached_property
    def left_out(self) -> list[str]:
        """The indicators that do not apply."""
        return [i.id for i in self.rubric.indicators if self.codes[i.id] == NOT_APPLICABLE]

    @cached_property
    def weights(self) -> dict[str, float]:
        """The effective weights of what applies."""
        return effective_weights(self.rubric, self.left_out)

    def answer(self, name: str) -> Answer:
        return self.proposal.answers.get(name) or Answer()

    def leaf(self, indicator: Indicator) -> tuple[float, float, float]:
        """Low, mid and high of an indicator."""
        row = self.view.question_rows[indicator.id]
        low, mid, high = self.view.leaves[row, :, self.n].tolist()
        return low, mid, high

    def score(self, name: str) -> tuple[float, float]:
        """The middle value of a node, with caps and without; NaN where it does not apply."""
        at = self.view.node_rows[name], self.n
        return float(self.view.scores.mid[at]), float(self.view.uncapped.mid[at])

    def share(self, part: str, whole: str) -> float:
        """The percentage of a part in a part above it; 0 where neither applies."""
        return 100 * self.weights[part] / self.weights[whole] if self.weights[whole] else 0.0

    def said(self, name: str) -> set[tuple[int, str, bytes]]:
        """What is said to a question, by each assessor where there are several."""
        at = self.view.question_rows[name]
        return {
            (
                HIGH if HIGH <= seen.codes[at, n] <= LOW else int(seen.codes[at, n]),
                str(seen.values[at, n]),
                seen.items[name][n].tobytes() if name in seen.items else b"",
            )
            for seen, n in self.view.portfolio.heard(self.n)
        }

    def met(self, prerequisite: Prerequisite) -> Test:
        value = self.values[prerequisite.id]
        if value is None:
            return "unknown"
        return "met" if value else "not_met"


def role(question: Question) -> Literal["prerequisite", "indicator", "profile"]:
    """What a question is asked for."""
    if isinstance(question, Prerequisite):
        return "prerequisite"
    return "profile" if isinstance(question, ProfileItem) else "indicator"


def node(row: Row, name: str, title: str) -> Node:
    """A node's numbers and its rating."""
    at, scores = row.view.node_rows[name], row.view.scores
    low, mid, high, coverage = (
        float(layer[at, row.n]) for layer in (scores.low, scores.mid, scores.high, scores.coverage)
    )
    applies = not math.isnan(mid)
    rated = applies and row.rubric.covers(coverage)
    ends: tuple[Rating, Rating] = ("NR", "NR")
    if applies:
        ends = row.rubric.rating(low), row.rubric.rating(high)
    return Node(
        id=name,
        title=title,
        score=mid if applies else None,
        interval=(low, high) if applies else None,
        coverage=coverage if applies else None,
        rating=row.rubric.rating(mid) if rated else "NR",
        rating_range=ends,
        firm=rated and ends[0] == ends[1],
        starred=any(row.codes[i.id] == INSUFFICIENT_EVIDENCE for i in _below(row.rubric, name)),
        score_uncapped=row.score(name)[1] if applies else None,
    )


def _below(rubric: Rubric, name: str) -> Iterator[Indicator]:
    """The indicators under a node."""
    for factor in rubric.factors:
        if name in {"overall", factor.id, factor.pillar}:
            yield from factor.indicators


def pillar_result(row: Row, pillar: Pillar) -> PillarResult:
    """One half of the paper, scored and weighed."""
    return PillarResult(
        **dict(node(row, pillar.id, pillar.title)),
        weight=pillar.weight,
        weight_basis=pillar.weight_basis,
        weight_reason=pillar.weight_reason,
        effective_weight=row.weights[pillar.id],
        aggregation=pillar.aggregation,
        aggregation_reason=pillar.aggregation_reason,
    )


def factor_result(row: Row, factor: Factor) -> FactorResult:
    """A factor, scored and weighed, with its conclusion and its indicators."""
    own = node(row, factor.id, factor.title)
    return FactorResult(
        **dict(own),
        short=factor.short,
        headline=_factor_headline(row, factor, own),
        pillar=factor.pillar,
        weight=factor.weight,
        weight_basis=factor.weight_basis,
        weight_reason=factor.weight_reason,
        share=row.share(factor.id, factor.pillar),
        effective_weight=row.weights[factor.id],
        aggregation=factor.aggregation,
        aggregation_reason=factor.aggregation_reason,
        why=factor.why,
        sources=factor.sources,
        lessons=_lessons_called_for(row, factor),
        indicators=tuple(_indicator_result(row, i, factor) for i in factor.indicators),
    )


def _factor_headline(row: Row, factor: Factor, own: Node) -> str:
    """The factor's conclusion: as the rubric words it, unless an answer below says otherwise."""
    if own.rating == "NR":
        reason = "does not apply here" if own.score is None else "too little is known to judge"
        return f"{factor.title}: {reason}"
    states = NOT_ASSESSED, NOT_APPLICABLE
    known = [i for i in factor.indicators if row.codes[i.id] not in states]
    known.sort(key=lambda i: row.leaf(i)[1])
    bands = {i.id: row.rubric.rating(row.leaf(i)[1]) for i in known}
    good = [i.title for i in reversed(known) if bands[i.id] in "AB"]
    if own.rating in "AB":
        bad = [i.title for i in known if bands[i.id] == "D"]
        return _mixed(good, bad) if bad else factor.strong
    bad = [i.title for i in known if bands[i.id] in "CD"]
    return _mixed(good, bad) if good else factor.weak


def _mixed(good: Sequence[str], bad: Sequence[str]) -> str:
    """The best and the worst answers of a factor that is neither strong nor weak throughout."""
    best, worst = (" and ".join(within(title) for title in some[:2]) for some in (good, bad))
    return f"Strong on {best}, weak on {worst}"


def _lessons_called_for(row: Row, factor: Factor) -> tuple[str, ...]:
    """The factor's lessons, those of the answers that cost most first."""

    def loss(indicator: Indicator) -> float:
        if row.codes[indicator.id] == NOT_APPLICABLE:
            return -1.0
        return indicator.weight * (100 - row.leaf(indicator)[1])

    ordered = sorted(factor.indicators, key=loss, reverse=True)
    return tuple(dict.fromkeys(lesson for i in ordered for lesson in i.lessons))


def _indicator_result(row: Row, indicator: Indicator, factor: Factor) -> IndicatorResult:
    answer, code = row.answer(indicator.id), row.codes[indicator.id]
    low, mid, high = row.leaf(indicator)
    answered, applies = HIGH <= code <= LOW, code != NOT_APPLICABLE
    return IndicatorResult(
        id=indicator.id,
        title=indicator.title,
        question=indicator.question,
        kind=indicator.kind,
        state=_STATES.get(code, "answered"),
        answer=answer.value,
        answer_text=indicator.show(answer.value) if answered else None,
        score=mid if applies else None,
        interval=(low, high) if applies else None,
        weight=indicator.weight,
        weight_basis=indicator.weight_basis,
        weight_reason=indicator.weight_reason,
        share=row.share(indicator.id, factor.id),
        effective_weight=row.weights[indicator.id],
        evidence=answer.evidence,
        evidence_sources=answer.sources,
        reason=answer.reason,
        confidence=answer.confidence if answered else None,
        status=answer.status,
        today_text=None if answer.today is None else indicator.show(answer.today),
        why=indicator.why,
        proof=indicator.proof,
        scale=indicator.scale(),
        scale_reason=_scale_reason(indicator),
        lessons=indicator.lessons,
        sources=indicator.sources,
    )


def _scale_reason(indicator: Indicator) -> str | None:
    if isinstance(indicator, Measure):
        return indicator.goalposts_reason
    return indicator.full_reason if isinstance(indicator, Checklist) else None


def not_rated_because(row: Row, coverage: float) -> str | None:
    """Why the proposal as a whole gets no rating; None where it gets one."""
    scale = row.rubric.file.scale
    left_out = sum(row.view.scorer.effective_weights[name] for name in row.left_out)
    if left_out > scale.not_applicable_cap + ROUNDING:
        # Rounded away from the limit, so that the sentence is never "20 where 20 are allowed".
        return (
            f"{math.ceil(10 * left_out) / 10:g} percent of the weight is declared not "
            f"applicable; the rubric allows {scale.not_applicable_cap:g} percent."
        )
    if not row.rubric.covers(coverage):
        return (
            f"Answers cover {math.floor(10 * coverage) / 10:g} percent of the weight; "
            f"a rating needs {scale.coverage_floor:g} percent."
        )
    return None


def prerequisites(row: Row) -> Iterator[PrerequisiteResult]:
    """The prerequisites of the kind that the rubric judges."""
    for one in row.rubric.prerequisites:
        if one.test == row.rubric.file.kind:
            answer, state = row.answer(one.id), row.met(one)
            today = None if answer.today is None else bool(one.code(answer.today))
            yield PrerequisiteResult(
                id=one.id,
                title=one.title,
                question=one.question,
                state=state,
                promise=answer.promise if state == "met" and not today else None,
                met_today=today,
                disputed=sum(code != NOT_ASSESSED for code, *_ in row.said(one.id)) > 1,
                evidence=answer.evidence,
                evidence_sources=answer.sources,
                unmet=one.unmet,
                action=one.advice.action or "",
                owner=one.advice.owner,
                why=one.why,
                proof=one.proof,
                sources=one.sources,
            )


def routing(row: Row) -> Routing:
    """Whether it passes the test of a zone and that of a cluster."""
    zone, cluster = _passes(row, "zone"), _passes(row, "cluster")
    own = row.rubric.file.kind
    mine, theirs, other = (zone, cluster, "cluster") if own == "zone" else (cluster, zone, "zone")
    says = None
    if mine == "not_met":
        says = f"The proposal fails the test of a {own}: it is not one as it stands."
        if theirs == "met":
            fails = f"The proposal fails the test of a {own} but passes that of a {other}"
            says = f"{fails}: have it judged as a {other}."
    return Routing(zone=zone, cluster=cluster, says=says)


def _passes(row: Row, test: str) -> Test:
    """Whether all conditions of a test are met."""
    states = {row.met(one) for one in row.rubric.prerequisites if one.test == test}
    if "not_met" in states:
        return "not_met"
    return "met" if states == {"met"} else "unknown"


def profile(row: Row) -> Iterator[ProfileAnswer]:
    """What kind of zone or cluster it is."""
    for item in row.rubric.profile:
        if item.applies_to not in {row.rubric.file.kind, "both"}:
            continue
        value = row.answer(item.id).value
        chosen = () if value is None else item.chosen(value)
        yield ProfileAnswer(
            id=item.id,
            title=item.title,
            question=item.question,
            chosen=tuple((option.descriptor, option.note) for option in chosen),
            sources=item.sources,
        )


def findings(row: Row) -> list[Finding]:
    """What every rule says, the gravest first."""
    return gravest_first(_finding(row, r, rule) for r, rule in enumerate(row.rubric.rules))


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Raised first, by severity; then those that cannot tell; then the clear ones."""
    states = ["raised", "cannot_tell", "clear"]
    severities = ["high", "medium", "low"]
    return sorted(
        findings,
        key=lambda f: (states.index(f.state), f.kind == "strength", severities.index(f.severity)),
    )


def _finding(row: Row, r: int, rule: Rule) -> Finding:
    scores, condition = row.view.scores, row.rubric.conditions[r]
    raised, clear = bool(scores.raised[r, row.n]), bool(scores.clear[r, row.n])
    told = condition.explain(row.values, row.ticked)
    idle = [name for name in told.missing if row.codes[name] == NOT_APPLICABLE]
    does_not_apply = ", ".join(row.rubric.questions[name].title for name in idle)
    # Where all that still matters does not apply, the rule is clear once the rest is known.
    missing = _open(row, told.missing) or _open(row, sorted(condition.names))
    apart = () if raised or clear else _apart(row, sorted(condition.names))
    because = told.because
    if apart:
        because = f"the assessors differ on {', '.join(title for _, title in apart)}"
    return Finding(
        rule=rule.id,
        title=rule.title,
        kind=rule.kind,
        state="raised" if raised else "clear" if clear else "cannot_tell",
        severity=rule.severity,
        on_promises=False,
        because=f"does not apply: {does_not_apply}" if clear and idle else because,
        missing=() if raised or clear else tuple(dict.fromkeys((*apart, *missing))),
        says=rule.says,
        so_what=rule.so_what,
        condition=rule.when,
        why_cut_offs=rule.why_cut_offs,
        cap=None if clear else _cap(row, rule, raised),
        lessons=rule.lessons,
        sources=rule.sources,
    )


def _open(row: Row, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Those questions that apply and have no answer, each with its title."""
    return tuple(
        (name, row.rubric.questions[name].title)
        for name in names
        if row.values[name] is None and row.codes[name] != NOT_APPLICABLE
    )


def _apart(row: Row, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Those questions on which several assessors differ, each with its title."""
    return tuple(
        (name, row.rubric.questions[name].title) for name in names if len(row.said(name)) > 1
    )


def _cap(row: Row, rule: Rule, raised: bool) -> Cap | None:
    cap = rule.cap
    if cap is None:
        return None
    titles = {factor.id: factor.title for factor in row.rubric.factors}
    after, before = row.score(cap.node)
    return Cap(
        node=cap.node,
        node_title=titles.get(cap.node, "Overall"),
        at=cap.at,
        reason=cap.reason,
        applied=raised,
        before=None if math.isnan(before) else before,
        after=None if math.isnan(after) else after,
    )
