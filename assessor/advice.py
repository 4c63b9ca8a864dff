"""What to do next: the steps that gain most, and the questions whose answers narrow most.

Both come from scoring the proposal again, with one answer at a time changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from assessor.diagnosis import Row, not_rated_because
from assessor.indicators import Checklist, Indicator, Prerequisite, ProfileItem, Question
from assessor.plain import Record
from assessor.proposal import HIGH, NOT_APPLICABLE, NOT_ASSESSED, Portfolio
from assessor.record import Finding, NextQuestion, Recommendation


class WhatIf(Record, kw_only=False):
    """One answer changed: what is then true of the whole."""

    score: float
    score_uncapped: float
    width: float
    coverage: float
    raised: frozenset[str]


def what_if(row: Row, changes: Sequence[tuple[Question, float]]) -> list[WhatIf]:
    """The result if one question at a time were answered, with the code that is given."""
    if not changes:
        return []
    scorer, tried = row.view.scorer, _changed(row, changes)
    scores, uncapped = scorer.score(tried), scorer.score(tried, caps=False)
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


def _changed(row: Row, changes: Sequence[tuple[Question, float]]) -> Portfolio:
    """A copy of the proposal for each change."""
    portfolio, copies = row.view.portfolio, [row.n] * len(changes)
    values, codes = portfolio.values[:, copies], portfolio.codes[:, copies]
    items = {name: marks[copies] for name, marks in portfolio.items.items()}
    rows = [row.view.question_rows[question.id] for question, _ in changes]
    columns = np.arange(len(changes))
    values[rows, columns] = [code for _, code in changes]
    codes[rows, columns] = HIGH
    for column, (question, code) in enumerate(changes):
        if question.id in items:
            items[question.id][column] = bool(code)  # all of its items, or none
    spread = row.view.portfolio.spread
    if spread is not None:
        spread = spread[:, :, copies]
        for column, at in enumerate(rows):
            if at < spread.shape[1]:
                spread[:, at, column] = 0, 0, 1  # one answer, on which all agree
    return Portfolio((), values, codes, items, spread)


def recommendations(row: Row, findings: Sequence[Finding]) -> list[Recommendation]:
    """The advice for every low score, by what the overall score gains."""
    floor = row.rubric.file.scale.advice_below
    low = [
        indicator
        for indicator in row.rubric.indicators
        if row.codes[indicator.id] not in {NOT_ASSESSED, NOT_APPLICABLE}
        and row.leaf(indicator)[1] < floor
    ]
    warnings = {f.rule for f in findings if f.state == "raised" and f.kind == "warning"}
    after = what_if(row, [(indicator, _best(indicator)) for indicator in low])
    steps = [
        _recommendation(row, indicator, then, warnings)
        for indicator, then in zip(low, after, strict=True)
    ]
    return sorted(steps, key=lambda s: (-s.gain, -s.gain_uncapped, s.months[1], s.indicator))


def _recommendation(
    row: Row, indicator: Indicator, then: WhatIf, warnings: set[str]
) -> Recommendation:
    advice = indicator.advice
    factor = next(f for f in row.rubric.factors if indicator in f.indicators)
    answer = row.answer(indicator.id).value
    unrated = not_rated_because(row, then.coverage)
    now, uncapped = row.score("overall")
    return Recommendation(
        indicator=indicator.id,
        factor=factor.id,
        factor_title=factor.title,
        title=indicator.title,
        action=advice.action,
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


def _best_text(indicator: Indicator) -> str:
    """The best answer in words."""
    scale = indicator.scale()
    if isinstance(indicator, Checklist):
        return f"At least {indicator.full or len(scale)} of {len(scale)} items"
    return next(level.descriptor for level in reversed(scale) if level.score == 100)


def next_questions(row: Row, findings: Sequence[Finding]) -> list[NextQuestion]:
    """What is not assessed: prerequisites first, then by what an answer would narrow."""
    decides: dict[str, list[str]] = {}
    for finding in findings:
        for name, _ in finding.missing:
            decides.setdefault(name, []).append(finding.rule)
    asked = [q for q in row.rubric.questions.values() if _asks(row, q, q.id in decides)]
    questions = [
        NextQuestion(
            id=question.id,
            title=question.title,
            question=question.question,
            kind=_role(question),
            proof=question.proof,
            narrows=narrows,
            decides=tuple(decides.get(question.id, ())),
        )
        for question, narrows in _narrowed(row, asked)
    ]
    return sorted(
        questions, key=lambda q: (q.kind != "prerequisite", -q.narrows, -len(q.decides), q.id)
    )


def _asks(row: Row, question: Question, decides: bool) -> bool:
    """Whether a question without an answer is worth asking."""
    if isinstance(question, Prerequisite):
        own = question.test == row.rubric.file.kind
        return (own or decides) and row.met(question) == "unknown"
    scored = isinstance(question, Indicator)
    return row.codes[question.id] == NOT_ASSESSED and (scored or decides)


def _narrowed(row: Row, asked: Sequence[Question]) -> Iterator[tuple[Question, float]]:
    """Each question with the points that its most telling answer takes from the interval."""
    tries = [(question, code) for question in asked for code in _tries(question)]
    widths: dict[str, list[float]] = {}
    for (question, _), then in zip(tries, what_if(row, tries), strict=True):
        widths.setdefault(question.id, []).append(then.width)
    scores = row.view.scores
    now = float(scores.high[0, row.n] - scores.low[0, row.n])
    for question in asked:
        yield question, max(now - min(widths[question.id]), 0.0)


def _tries(question: Question) -> list[float]:
    """The codes of the answers that may move the result furthest."""
    if isinstance(question, Indicator):
        return [_best(question), _worst(question)]
    if items := question.items():
        return [float(len(items)), 0.0]
    return [float(code) for code in range(len(question.scale()))]


def _best(indicator: Indicator) -> float:
    """The code of the best answer: of a checklist, every item, also those beyond its full score."""
    if isinstance(indicator, Checklist):
        return float(len(indicator.options))
    return max(indicator.points(), key=lambda point: point[1])[0]


def _worst(indicator: Indicator) -> float:
    return min(indicator.points(), key=lambda point: point[1])[0]


def _role(question: Question) -> Literal["prerequisite", "indicator", "profile"]:
    if isinstance(question, Prerequisite):
        return "prerequisite"
    return "profile" if isinstance(question, ProfileItem) else "indicator"
