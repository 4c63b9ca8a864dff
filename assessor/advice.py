"""What to do next: the steps that gain most, and the questions whose answers narrow most.

Both come from scoring the proposal again, with one answer at a time changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from assessor.diagnosis import Row, not_rated_because, role
from assessor.indicators import Checklist, Indicator
from assessor.plain import Record
from assessor.proposal import (
    HIGH,
    INSUFFICIENT_EVIDENCE,
    LOW,
    MEDIUM,
    NOT_APPLICABLE,
    NOT_ASSESSED,
)
from assessor.questions import Prerequisite, Question
from assessor.record import Doubt, Finding, NextQuestion, Recommendation
from assessor.trials import Change, copies

_DOUBTS: dict[int, Doubt] = {
    NOT_ASSESSED: "not_assessed",
    INSUFFICIENT_EVIDENCE: "insufficient_evidence",
    LOW: "low_confidence",
    MEDIUM: "medium_confidence",
}


class WhatIf(Record, kw_only=False):
    """One answer changed: what is then true of the whole."""

    score: float
    score_uncapped: float
    width: float
    coverage: float
    raised: frozenset[str]


def what_if(row: Row, changes: Sequence[tuple[Question, Change]]) -> list[WhatIf]:
    """The result if one question at a time had the answer that is given."""
    if not changes:
        return []
    scorer = row.view.scorer
    tried = copies(row, [{question.id: change} for question, change in changes])
    scores = scorer.score(tried)
    uncapped = scorer.score(tried, caps=False, judged=(scores.raised, scores.clear))
    rules = np.array([rule.id for rule in row.rubric.rules])
    return [
        WhatIf(
            score=float(scores.mid[0, i]),
            score_uncapped=float(uncapped.mid[0, i]),
            width=float(scores.high[0, i] - scores.low[0, i]),
            coverage=float(scores.coverage[0, i]),
            raised=frozenset(rules[scores.raised[:, i]].tolist()),
        )
        for i in range(len(changes))
    ]


def recommendations(row: Row, findings: Sequence[Finding]) -> list[Recommendation]:
    """The advice for every low score, by what the overall score gains."""
    floor = row.rubric.file.scale.advice_below
    low = [
        indicator
        for indicator in row.rubric.indicators
        if not indicator.given
        and row.codes[indicator.id] not in {NOT_ASSESSED, NOT_APPLICABLE}
        and row.leaf(indicator)[1] < floor
    ]
    warnings = {f.rule for f in findings if f.state == "raised" and f.kind == "warning"}
    after = what_if(row, [(indicator, Change(_best(indicator))) for indicator in low])
    steps = [
        _recommendation(row, indicator, then, warnings)
        for indicator, then in zip(low, after, strict=True)
    ]
    return sorted(steps, key=lambda s: (-s.gain, -s.gain_uncapped, s.months[1], s.indicator))


def _recommendation(
    row: Row, indicator: Indicator, then: WhatIf, warnings: set[str]
) -> Recommendation:
    advice = indicator.advice
    assert advice is not None  # noqa: S101 - no step is sought for what is given
    factor = next(f for f in row.rubric.factors if indicator in f.indicators)
    answer = row.answer(indicator.id).value
    unrated = not_rated_because(row, then.coverage)
    missing, enough = _missing(row, indicator)
    now, uncapped = row.score("overall")
    return Recommendation(
        indicator=indicator.id,
        factor=factor.id,
        factor_title=factor.title,
        title=indicator.title,
        action=indicator.todo(row.values[indicator.id], _best(indicator)),
        missing=missing,
        enough=enough,
        owner=advice.owner,
        months=advice.months,
        basis=advice.basis,
        why_now=advice.why_now,
        gain=max(then.score - now, 0.0),
        gain_uncapped=max(then.score_uncapped - uncapped, 0.0),
        rating_after="NR" if unrated else row.rubric.rating(then.score),
        settles=tuple(sorted(warnings - then.raised)),
        score=row.leaf(indicator)[1],
        answer_text=None if answer is None else indicator.show(answer),
        best_text=_best_text(indicator),
        lessons=indicator.lessons,
        sources=advice.sources,
    )


def _missing(row: Row, indicator: Indicator) -> tuple[tuple[str, ...], int]:
    """The items of a checklist that are not there, in words, and how many of them are enough."""
    if not isinstance(indicator, Checklist):
        return (), 0
    there = row.ticked[indicator.id]
    items = [o.descriptor.rstrip(".") for o in indicator.options if o.id not in there]
    return tuple(items), (indicator.full or len(indicator.options)) - len(there)


def _best_text(indicator: Indicator) -> str:
    """The best answer in words."""
    scale = indicator.scale()
    if isinstance(indicator, Checklist):
        return f"At least {indicator.full or len(scale)} of {len(scale)} items"
    return next(level.descriptor for level in reversed(scale) if level.score == 100)


def next_questions(row: Row, findings: Sequence[Finding]) -> list[NextQuestion]:
    """What is open or in doubt: prerequisites first, then by what an answer would narrow."""
    decides: dict[str, list[str]] = {}
    for finding in findings:
        for name, _ in finding.missing:
            decides.setdefault(name, []).append(finding.rule)
    doubts = [
        (question, doubt)
        for question in row.rubric.questions.values()
        if (doubt := _doubt(row, question, question.id in decides))
    ]
    narrowed = _narrowed(row, [question for question, _ in doubts])
    questions = [
        NextQuestion(
            id=question.id,
            title=question.title,
            question=question.question,
            kind=role(question),
            doubt=doubt,
            proof=question.proof,
            narrows=narrows,
            decides=tuple(decides.get(question.id, ())),
        )
        for (question, doubt), narrows in zip(doubts, narrowed, strict=True)
    ]
    return sorted(
        questions, key=lambda q: (q.kind != "prerequisite", -q.narrows, -len(q.decides), q.id)
    )


def _doubt(row: Row, question: Question, decides: bool) -> Doubt | None:
    """Why a question is worth asking, again or for the first time; None where it is not."""
    doubt, scored = _DOUBTS.get(row.codes[question.id]), isinstance(question, Indicator)
    if isinstance(question, Prerequisite):
        own = question.test == row.rubric.file.kind
        return doubt if (own or decides) and row.met(question) == "unknown" else None
    if doubt == "not_assessed":
        return doubt if scored or decides else None
    return doubt if scored else None


def _narrowed(row: Row, asked: Sequence[Question]) -> Iterator[float]:
    """The points that each question takes from the interval at the most: by its luckiest answer."""
    tries = [(question, change) for question in asked for change in _tries(row, question)]
    widths: dict[str, list[float]] = {}
    for (question, _), then in zip(tries, what_if(row, tries), strict=True):
        widths.setdefault(question.id, []).append(then.width)
    scores = row.view.scores
    now = float(scores.high[0, row.n] - scores.low[0, row.n])
    for question in asked:
        yield max(now - min(widths[question.id]), 0.0) if question.id in widths else 0.0


def firm_after(row: Row, questions: Sequence[NextQuestion]) -> int | None:
    """How many of the questions, answered in their order, make the rating firm.

    Each answer is taken to be what the score counts now, held with high confidence: a prerequisite
    is met, an open answer stands in the middle of its scale. Evidence that was looked for stays
    unfound and a question of the profile stays open. None where all of them are not enough.
    """
    edits: list[dict[str, Change]] = [{}]
    for asked in questions:
        edits.append(edits[-1] | {asked.id: _as_counted(row, row.rubric.questions[asked.id])})
    scores = row.view.scorer.score(copies(row, edits))
    for k in range(len(edits)):
        low, high = (row.rubric.rating(layer[0, k]) for layer in (scores.low, scores.high))
        if low == high and not not_rated_because(row, float(scores.coverage[0, k])):
            return k
    return None


def _as_counted(row: Row, question: Question) -> Change:
    """The answer that the middle value of the score stands for."""
    value, code = row.values[question.id], row.codes[question.id]
    if isinstance(question, Prerequisite):
        return Change(1.0)
    if not isinstance(question, Indicator) or code == INSUFFICIENT_EVIDENCE:
        return Change(math.nan, code)
    if value is not None:
        return _confirmed(row, question, value)
    middle = _middle(question)
    return Change(middle, HIGH, tuple(n < middle for n, _ in enumerate(question.items())) or None)


def _confirmed(row: Row, question: Question, value: float) -> Change:
    """The answer as it stands, with high confidence."""
    ticked = row.ticked.get(question.id, set())
    return Change(value, HIGH, tuple(item in ticked for item in question.items()) or None)


def _middle(indicator: Indicator) -> float:
    """A code that scores 50; between two levels where none of them does."""
    for (a, low), (b, high) in pairwise(indicator.points()):
        if min(low, high) <= 50 <= max(low, high) and low != high:
            return a + (b - a) * (50 - low) / (high - low)
    raise AssertionError  # every line goes from 0 to 100


def _tries(row: Row, question: Question) -> list[Change]:
    """The answers that may move the result furthest; one that is in doubt is confirmed."""
    if isinstance(question, Indicator):
        if (value := row.values[question.id]) is not None:
            return [_confirmed(row, question, value)]
        if row.codes[question.id] == INSUFFICIENT_EVIDENCE:
            return []  # it counts as 0 for certain: there is nothing to narrow
        return [Change(_best(question)), Change(_worst(question))]
    if items := question.items():
        return [Change(float(len(items))), Change(0.0)]
    return [Change(float(code)) for code in range(len(question.scale()))]


def _best(indicator: Indicator) -> float:
    """The code of the best answer: of a checklist, every item, also those beyond its full score."""
    if isinstance(indicator, Checklist):
        return float(len(indicator.options))
    return max(indicator.points(), key=lambda point: point[1])[0]


def _worst(indicator: Indicator) -> float:
    return min(indicator.points(), key=lambda point: point[1])[0]
