"""Promised, secured, in place: what the score is worth if plans fail, and what of it holds today.

The same answers counted three times:

- promised: as given
- secured: what is only planned counts with its `today`, or where nothing is said of today at its
  worst level, for then nothing is in place
- in place: so does what is committed

An answer with `today` and without a status is a plan. Nothing counts for more as secured than as
promised, nor for more as in place than as secured, and a rule that caps one caps the next; so a
plan that makes things worse gains nothing by being a plan. A question of the profile has no worst
level, and stays open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from assessor.diagnosis import Row, not_rated_because
from assessor.indicators import Indicator
from assessor.proposal import HIGH, NOT_APPLICABLE, NOT_ASSESSED, Answer
from assessor.questions import Prerequisite, Question
from assessor.record import Finding
from assessor.scorer import Scores
from assessor.trials import Change, copies
from assessor.trust import Delivery, FactorDelivery, Standing


def delivery(row: Row) -> Delivery | None:
    """The score as promised, secured and in place; None where no answer is a promise."""
    planned, committed = dict(_promises(row, "planned")), dict(_promises(row, "committed"))
    if not planned and not committed:
        return None
    # What is secured counts for no more than what is given, and what is in place for no more yet.
    given, secured = copies(row, [{}, {}]), copies(row, [planned, planned])
    secured_and_in_place = copies(row, [planned, planned | committed])
    scores = row.view.scorer.score(secured_and_in_place, at_most=[given, secured])
    if math.isnan(row.score("overall")[0]):
        return None
    promised = _standing(row, row.view.scores, row.n)
    return Delivery(
        promised=promised,
        secured=_standing(row, scores, 0),
        in_place=_standing(row, scores, 1),
        planned=len(planned),
        committed=len(committed),
        factors=tuple(sorted(_factors(row, scores), key=_risk)),
        unproven=tuple(
            (name, row.rubric.questions[name].title)
            for name in row.rubric.questions
            if name in planned
            and row.answer(name).value is not None
            and not row.answer(name).evidence
        ),
    )


def on_promises(row: Row, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, those marked that are raised by promises and not by what is in place."""
    promises = dict(_promises(row, "planned")) | dict(_promises(row, "committed"))
    if not promises:
        yield from findings
        return
    raised, _ = row.view.scorer.verdicts(copies(row, [promises]))
    there = {rule.id for rule, up in zip(row.rubric.rules, raised[:, 0], strict=True) if up}
    for one in findings:
        promised = one.state == "raised" and one.rule not in there
        yield replace(one, on_promises=True) if promised else one


def _promises(row: Row, status: str) -> Iterator[tuple[str, Change]]:
    """The questions whose answers are so far only planned, or committed, and what holds now."""
    for name, answer in row.proposal.answers.items():
        if answer.promise == status and row.codes[name] != NOT_APPLICABLE:
            yield name, _as_it_stands(row.rubric.questions[name], answer)


def _as_it_stands(question: Question, answer: Answer) -> Change:
    if answer.today is None:
        return _at_worst(question)
    ticked = {str(item) for item in answer.today} if question.items() else set()
    marks = tuple(item in ticked for item in question.items())
    return Change(question.code(answer.today), HIGH, marks or None)


def _at_worst(question: Question) -> Change:
    if isinstance(question, Indicator):
        return Change(min(question.points(), key=lambda point: point[1])[0])
    return Change(0.0) if isinstance(question, Prerequisite) else Change(math.nan, NOT_ASSESSED)


def _standing(row: Row, scores: Scores, n: int) -> Standing:
    low, mid, high, coverage = (
        float(layer[0, n]) for layer in (scores.low, scores.mid, scores.high, scores.coverage)
    )
    unrated = not_rated_because(row, coverage)
    return Standing(
        score=mid,
        interval=(low, high),
        coverage=coverage,
        rating="NR" if unrated else row.rubric.rating(mid),
    )


def _factors(row: Row, scores: Scores) -> Iterator[FactorDelivery]:
    """The factors whose score rests on promises."""
    for factor in row.rubric.factors:
        at = row.view.node_rows[factor.id]
        promised = row.score(factor.id)[0]
        sure, there = scores.mid[at].tolist()
        if promised > sure or promised > there:
            yield FactorDelivery(
                factor=factor.id,
                title=factor.title,
                promised=promised,
                secured=sure,
                in_place=there,
            )


def _risk(factor: FactorDelivery) -> tuple[float, float]:
    return factor.secured - factor.promised, factor.in_place - factor.promised
