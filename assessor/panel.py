"""Several assessors of one proposal: their median answer, how far they lie apart, what to settle.

Each assessor's answers are the proposal's own with those that this assessor gives instead. To every
question the panel's answer is the one in the middle of those given, by its score (the lower one of
two), so it is always an answer that somebody gave. The interval reaches from the lowest end of any
assessor's interval to the highest; where one gives no answer it holds the half that silence counts,
and where they differ on whether a question applies, the whole scale. A rule that not all of them
raise, but some, cannot tell. So the panel's interval, of the whole and of each factor, holds what
each assessor's answers alone would score. An answer covers as much as the share of the assessors
that gave one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from assessor.aggregation import Floats
from assessor.diagnosis import Row, View, node, not_rated_because
from assessor.indicators import Indicator, Ordinal
from assessor.plain import Record
from assessor.proposal import (
    AGREED,
    CONFIDENCE,
    INSUFFICIENT_EVIDENCE,
    NOT_APPLICABLE,
    NOT_ASSESSED,
    Answer,
    Portfolio,
    Proposal,
)
from assessor.questions import Prerequisite, Question
from assessor.rubric import Rubric
from assessor.scorer import Scorer
from assessor.trust import AssessorResult, Assessors, Opinion, Opinions

TO_SETTLE_LEVELS = 2
TO_SETTLE_POINTS = 50.0  # where an answer has no levels: half of the scale


class Panel(Record, kw_only=False):
    """One proposal as several assessors see it."""

    proposal: Proposal
    view: View  # with a column for each assessor

    @classmethod
    def of(cls, proposal: Proposal, scorer: Scorer) -> Panel | None:
        """The panel of a proposal; None where it has no assessors."""
        if not proposal.assessors:
            return None
        each = [proposal.seen_by(one) for one in proposal.assessors]
        return cls(proposal, View.of(scorer, Portfolio.of(each, scorer.rubric)))

    @property
    def rubric(self) -> Rubric:
        return self.view.scorer.rubric

    @property
    def seen(self) -> Portfolio:
        return self.view.portfolio

    @property
    def leaves(self) -> Floats:
        """(K, 3, A): low, mid and high of each indicator for each assessor."""
        return self.view.leaves

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.proposal.assessors)

    @cached_property
    def proposal_agreed(self) -> Proposal:
        """The proposal with the panel's answers."""
        chosen = dict(self._chosen())
        answers = {
            name: self.seen.proposals[column].answers.get(name, Answer())
            for name, column in chosen.items()
            if column is not None
        }
        return self.proposal.answered(answers)

    @cached_property
    def spread(self) -> Floats:
        """(3, K): the lowest and the highest of any assessor, and the share that answered."""
        return np.array([self._spread(k) for k in range(len(self.rubric.indicators))]).T

    def _spread(self, k: int) -> tuple[float, float, float]:
        told, codes = self._told(k), self.seen.codes[k]
        if not told:
            return AGREED
        share = sum(self._answered(k, column) for column in told) / (codes != NOT_APPLICABLE).sum()
        if (codes == NOT_APPLICABLE).any():
            # To leave it out is worth what all else is worth, which may be anything.
            return 0.0, 100.0, float(share)
        low, mid, high = self.leaves[k]
        silent = mid[codes == NOT_ASSESSED].tolist()
        ends = [*low[told].tolist(), *silent], [*high[told].tolist(), *silent]
        return min(ends[0]), max(ends[1]), float(share)

    def _answered(self, row: int, column: int) -> bool:
        return int(self.seen.codes[row, column]) in CONFIDENCE.values()

    def _told(self, row: int) -> list[int]:
        """The assessors who said something that is worth a score."""
        told = {*CONFIDENCE.values(), INSUFFICIENT_EVIDENCE}
        return [c for c, code in enumerate(self.seen.codes[row].tolist()) if code in told]

    def _chosen(self) -> Iterator[tuple[str, int | None]]:
        """Whose answer is the panel's, for each question; None where there is none."""
        for row, (name, question) in enumerate(self.rubric.questions.items()):
            scored = isinstance(question, Indicator)
            yield name, self._scored(row) if scored else self._usual(row, question)

    def _scored(self, row: int) -> int | None:
        """The assessor in the middle by score; where all leave it out, the first."""
        told = self._told(row)
        if told:
            mid = self.leaves[row, 1]
            by_score = sorted(told, key=lambda c: (mid[c], self._answered(row, c), c))
            return by_score[(len(told) - 1) // 2]
        return 0 if (self.seen.codes[row] == NOT_APPLICABLE).all() else None

    def _usual(self, row: int, question: Question) -> int | None:
        """The first who gives the answer of more than half of those who give one.

        A prerequisite takes the answer of all who give one.
        """
        given = {
            column: str(self.seen.values[row, column])
            for column in range(self.seen.codes.shape[1])
            if self.seen.codes[row, column] != NOT_ASSESSED
        }
        if not given:
            return None
        answer, count = Counter(given.values()).most_common(1)[0]
        needed = len(given) if isinstance(question, Prerequisite) else len(given) // 2 + 1
        return next(c for c, a in given.items() if a == answer) if count >= needed else None

    def record(self) -> Assessors:
        """What the assessors say, where they differ or the proponent replies; the widest first."""
        opinions = [self._opinions(row, q) for row, q in enumerate(self.rubric.questions.values())]
        told = [one for one in opinions if any(o.answer_text for o in one.opinions)]
        differing = [one for one in opinions if one.differ or one.reply]
        return Assessors(
            names=self.names,
            results=tuple(self._result(column) for column in range(len(self.names))),
            answered=len(told),
            agreed=sum(not one.differ for one in told),
            differing=sum(one.differ for one in opinions),
            to_settle=sum(one.to_settle for one in opinions),
            questions=tuple(
                sorted(differing, key=lambda one: (not one.to_settle, -one.points, one.id))
            ),
        )

    def _result(self, column: int) -> AssessorResult:
        """What the proposal scores by the answers of one assessor alone."""
        row = Row(self.view, column)
        overall = node(row, "overall", "Overall")
        unrated = not_rated_because(row, float(self.view.scores.coverage[0, column]))
        return AssessorResult(
            assessor=self.names[column],
            score=row.score("overall")[0],
            rating="NR" if unrated else overall.rating,
        )

    def _opinions(self, row: int, question: Question) -> Opinions:
        told = [self._opinion(row, column, question) for column in range(len(self.names))]
        # A state such as not applicable is an opinion too; silence is none.
        voiced = {(one.state, one.answer_text) for one in told if one.state != "not_assessed"}
        scores = [one.score for one in told if one.score is not None]
        points = max(scores) - min(scores) if scores else 0.0
        levels = self._levels(row, question)
        apart = points >= TO_SETTLE_POINTS if levels is None else levels >= TO_SETTLE_LEVELS
        return Opinions(
            id=question.id,
            title=question.title,
            opinions=tuple(told),
            differ=len(voiced) > 1,
            points=points,
            levels=levels,
            to_settle=apart or (len(voiced) > 1 and not scores) or _states_differ(told),
            reply=self.proposal.replies.get(question.id),
        )

    def _levels(self, row: int, question: Question) -> int | None:
        """How many levels the answers lie apart; None where the question has none, or no answer."""
        codes = [self.seen.values[row, c] for c in range(len(self.names)) if self._answered(row, c)]
        if not isinstance(question, Ordinal) or not codes:
            return None
        return int(max(codes) - min(codes))

    def _opinion(self, row: int, column: int, question: Question) -> Opinion:
        answer = self.seen.proposals[column].answers.get(question.id) or Answer()
        scored = isinstance(question, Indicator) and column in self._told(row)
        given = answer.value is not None
        return Opinion(
            assessor=self.names[column],
            state="answered" if given else answer.state or "not_assessed",
            answer_text=question.show(answer.value) if given else None,
            score=float(self.leaves[row, 1, column]) if scored else None,
            evidence=answer.evidence,
        )


def _states_differ(told: Sequence[Opinion]) -> bool:
    """Whether one leaves the question out that another answers."""
    states = {one.state for one in told} - {"not_assessed"}
    return "not_applicable" in states and len(states) > 1


def heard(portfolio: Portfolio, panels: Sequence[Panel | None], rubric: Rubric) -> Portfolio:
    """The panels' answers as a portfolio, with what each assessor says beside them."""
    if not any(panels):
        return portfolio
    alone = np.array(AGREED)[:, None].repeat(len(rubric.indicators), axis=1)
    spread = np.stack([panel.spread if panel else alone for panel in panels], axis=2)
    several = [(n, panel) for n, panel in enumerate(panels) if panel]
    seen = Portfolio.of([one for _, panel in several for one in panel.seen.proposals], rubric)
    whose = [n for n, panel in several for _ in panel.names]
    return replace(portfolio, spread=spread, seen=seen, whose=np.array(whose))
