"""The parts of a record that say what its number rests on, what would change it, what to do first.

As everywhere in a record, scores and intervals run from 0 to 100 and are never rounded.
"""

from __future__ import annotations

from typing import Literal

from assessor.plain import Record


class CostCheck(Record):
    """A planned cost or time, and what it becomes where works of its kind went over.

    The shares are upper bounds in percent, for standard and for non-standard works; the values are
    the plan with them added, in the plan's unit.
    """

    id: str
    title: str
    unit: str
    value: float
    standard_percent: float
    non_standard_percent: float
    standard_value: float
    non_standard_value: float
    note: str
    work: str  # the citation that the shares come from


class Difference(Record):
    """One question that a proposal and a case answer differently; positive where it scores more."""

    indicator: str
    title: str
    here: str
    there: str
    points: float


class Resembled(Record):
    """A case of the paper that a proposal is like, over the questions that both answer.

    `similarity` is Gower's coefficient in percent: the mean over the shared questions of 100 less
    the difference of the scores, and for questions of the profile of 100 or 0 (Gower 1971, A
    general coefficient of similarity and some of its properties).
    """

    file: str
    name: str
    similarity: float
    shared: int
    asked: int
    end: str | None  # what became of it
    differs: tuple[Difference, ...]  # most first
    sources: tuple[str, ...]


class Opinion(Record):
    """What one assessor says to one question; `score` is None where it is not scored."""

    assessor: str
    state: Literal["answered", "not_assessed", "insufficient_evidence", "not_applicable"]
    answer_text: str | None
    score: float | None
    evidence: str | None


class Opinions(Record):
    """What the assessors say to one question, and what the proponent replies.

    `points` are those between the lowest and the highest score, `levels` the same in levels where
    the question has them. `to_settle`: two levels or more apart; fifty points where it has none.
    """

    id: str
    title: str
    opinions: tuple[Opinion, ...]
    differ: bool
    points: float
    levels: int | None
    to_settle: bool
    reply: str | None


class Assessors(Record):
    """Several assessors of one proposal: how many questions they answer, and where they differ."""

    names: tuple[str, ...]
    answered: int
    agreed: int
    differing: int
    to_settle: int
    questions: tuple[Opinions, ...]  # where they differ or the proponent replies, widest first
