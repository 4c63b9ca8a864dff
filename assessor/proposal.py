"""What a proposal file may say, and many proposals as columns of numbers.

A portfolio is N proposals; one proposal is a portfolio of one. Each question of the rubric becomes
one row of two arrays, `values` and `codes`, in the order of `rubric.questions`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic_core import ValidationError, to_json

from assessor.checks import check
from assessor.countries import COUNTRIES
from assessor.errors import Fault, InputError, nearest, shown
from assessor.files import Document, load
from assessor.given import Given, nothing
from assessor.loading import load_rubric
from assessor.notes import After, Before, Limits
from assessor.plain import Record
from assessor.questions import Question
from assessor.rubric import Rubric

# What `Portfolio.codes` says of an answer; HIGH, MEDIUM and LOW are its confidence.
NOT_ASSESSED, HIGH, MEDIUM, LOW, INSUFFICIENT_EVIDENCE, NOT_APPLICABLE = range(6)
CONFIDENCE = {"high": HIGH, "medium": MEDIUM, "low": LOW}

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


def _visible(text: str) -> str:
    """Without control characters and those that turn or hide the text around them."""
    return " ".join(_UNSEEN.sub("", text).split())


def _not_empty(told: str) -> After:
    def judge(text: str) -> str:
        if not text:
            raise ValueError(told)
        return text

    return After(judge)


def _country(code: str) -> str:
    written = code.strip().upper()
    if written not in COUNTRIES:
        raise ValueError(
            f"{shown(code)} is no country; write its two letters of ISO 3166, such as KE"
        )
    return written


def _day(text: str) -> str:
    with suppress(ValueError):
        # fromisoformat knows other forms too, such as 20260331.
        if date.fromisoformat(text).isoformat() == text:
            return text
    raise ValueError(f"{shown(text)} is no date; write it as 2026-03-31")


def _as_mapping(answer: Any) -> Any:
    return answer if isinstance(answer, dict) else {"value": answer}


def _as_list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value  # as it comes back from JSON


_named = _not_empty("the name is empty; write one")
Country = Annotated[str, After(_country)]
Sector = Annotated[
    str,
    Limits(max_length=60),
    After(_visible),
    _not_empty("the sector is empty; write what it makes, or take the entry out"),
]
Hinterland = Annotated[
    str,
    Limits(max_length=120),
    After(_visible),
    _not_empty("the hinterland is empty; write the region, or take the field out"),
]
Evidence = Annotated[str, Limits(max_length=2_000), After(_visible)]


Rubrics = Callable[["Proposal"], list[Rubric]]
MAX_FAULTS = 50


class Answer(Given):
    """One answer, or the reason why there is none.

    Without a value and a state it is not assessed. `today` is what holds now, where the value is a
    plan.
    """

    value: Annotated[Any, After(_as_list)] = None
    state: Literal["insufficient_evidence", "not_applicable", "not_assessed"] | None = None
    evidence: Evidence | None = None
    sources: tuple[str, ...] = ()
    confidence: Literal["high", "medium", "low"] = "high"
    status: Literal["in_place", "committed", "planned"] | None = None
    today: Annotated[Any, After(_as_list)] = None
    reason: Evidence | None = None

    def holds_together(self) -> None:
        if self.state is not None and self.value is not None:
            raise ValueError(f"the answer has a value and is {self.state}; remove one of the two")
        if self.state == "not_applicable" and not self.reason:
            message = "write it under reason (in a table: in the column that ends in .reason)"
            raise ValueError(f"the answer is not_applicable without a reason; {message}")
        if self.reason and self.value is None and self.state is None:
            message = "choose not_applicable (in a table: in the place of the answer), or answer it"
            raise ValueError(f"a reason stands beside no answer; {message}")
        if self.state == "not_applicable" and self.today is not None:
            raise ValueError("the answer is not_applicable and has today; remove one of the two")
        if self.status == "in_place" and self.today not in (None, self.value):
            raise ValueError("the answer is in_place and today is another; write status: planned")

    @property
    def promise(self) -> Literal["committed", "planned"] | None:
        """Whether it is no more than planned or committed; with `today` and no status, a plan."""
        if self.status == "in_place" or (self.value is None and self.today is None):
            return None
        return self.status or ("planned" if self.today is not None else None)

    @property
    def code(self) -> int:
        """What `Portfolio.codes` holds for it."""
        if self.value is not None:
            return CONFIDENCE[self.confidence]
        states = {"insufficient_evidence": INSUFFICIENT_EVIDENCE, "not_applicable": NOT_APPLICABLE}
        return states.get(self.state or "", NOT_ASSESSED)


class Assessor(Given):
    """One of several assessors, and the answers that this one gives instead of the proposal's."""

    name: Annotated[str, Limits(max_length=60), After(_visible), _named]
    answers: dict[str, Annotated[Answer, Before(_as_mapping)]] = nothing()


class Proposal(Given):
    """The description of one zone or cluster: its profile and its answers."""

    name: Annotated[str, Limits(max_length=120), After(_visible), _named]
    kind: Literal["zone", "cluster", "both"]
    country: Country
    date: Annotated[str, After(_day)] | None = None
    made_up: bool = False
    summary: Annotated[str, Limits(max_length=600), After(_visible)] | None = None
    sectors: Annotated[tuple[Sector, ...], Limits(max_length=12)] = ()
    hinterland: Hinterland | None = None
    sources: tuple[str, ...] = ()
    answers: dict[str, Annotated[Answer, Before(_as_mapping)]] = nothing()
    targets: dict[str, Annotated[float, Limits(strict=True)] | None] = nothing()
    assessors: Annotated[tuple[Assessor, ...], Limits(max_length=12)] = ()
    replies: dict[str, Evidence] = nothing()  # of the proponent, to what the assessors say

    @classmethod
    def of(cls, document: Document, rubrics: Rubrics | None = None) -> Proposal:
        """A proposal from a file that was read already; InputError with every fault in its form.

        With `rubrics`, a form with faults has its answers checked as well, so that a reader mends
        the file once.
        """
        try:
            proposal = check(document, cls)
        except InputError as error:
            if rubrics is None:
                raise
            beyond = document.besides(_faults_beyond_the_form(document, rubrics))
            faults = {*error.faults, *beyond}
            raise InputError(sorted(faults, key=lambda f: (f.line == 0, f))) from None
        vars(proposal)["_document"] = document
        return proposal

    @property
    def document(self) -> Document | None:
        """The file it was read from; None for one that was made in Python."""
        return vars(self).get("_document")

    @property
    def sha256(self) -> str:
        """The hash of its file; of its content in JSON where it was made in Python."""
        whole: str | None = vars(self).get("_sha256")  # of which this is a part
        if whole is not None:
            return whole
        if self.document is not None:
            return self.document.sha256
        return hashlib.sha256(to_json(self)).hexdigest()

    @property
    def file(self) -> str:
        """The file it was read from, or its name where it was made in Python."""
        return self.name if self.document is None else self.document.name

    @property
    def kinds(self) -> tuple[Literal["zone", "cluster"], ...]:
        """The kinds of rubric that score it."""
        return ("zone", "cluster") if self.kind == "both" else (self.kind,)

    def fault(self, message: str, *path: str | int, key: bool = False) -> Fault:
        """A fault at a place of its file."""
        if self.document is None:
            return Fault(self.file, 0, 0, f"{'.'.join(map(str, path))}: {message}")
        return self.document.fault(path, message, key=key)

    def fitted(self, rubric: Rubric) -> Proposal:
        """The same proposal with only those answers and targets that a rubric takes."""
        assessors = tuple(
            one.model_copy(update={"answers": _that_fit(one.answers, rubric)})
            for one in self.assessors
        )
        targets = {name: value for name, value in self.targets.items() if name in rubric.forecasts}
        answers = _that_fit(self.answers, rubric)
        replies = {name: said for name, said in self.replies.items() if name in rubric.questions}
        changes = {"answers": answers, "targets": targets, "assessors": assessors}
        part = self.model_copy(update={**changes, "replies": replies if assessors else {}})
        vars(part)["_sha256"] = self.sha256
        return part

    def answered(self, answers: Mapping[str, Answer]) -> Proposal:
        """The same proposal with other answers."""
        other = self.model_copy(update={"answers": dict(answers)})
        vars(other)["_sha256"] = self.sha256
        return other

    def seen_by(self, assessor: Assessor) -> Proposal:
        """The same proposal with the answers of one assessor in the place of its own."""
        seen = self.answered({**self.answers, **assessor.answers})
        return seen.model_copy(update={"assessors": (), "replies": {}})


def _that_fit(answers: Mapping[str, Answer], rubric: Rubric) -> dict[str, Answer]:
    """Those answers that a rubric takes."""
    asked = rubric.questions
    return {i: a for i, a in answers.items() if i in asked and not any(_misfits(asked[i], a))}


def _faults_beyond_the_form(document: Document, rubrics: Rubrics) -> list[Fault]:
    """What is wrong with those answers of a faulty file whose own form is right."""
    data = document.data if isinstance(document.data, dict) else {}
    kind, *parts = (data.get(name) for name in ("kind", "answers", "targets", "replies"))
    answers, targets, replies = (part if isinstance(part, dict) else {} for part in parts)
    told = data.get("assessors") if isinstance(data.get("assessors"), list) else []
    assessors = [one if isinstance(one, dict) else {} for one in told or ()]
    proposal = Proposal.model_construct(
        name=document.name,
        # Of a kind that is wrong itself: what fits neither rubric is wrong in any case.
        kind=kind if kind in ("zone", "cluster") else "both",
        country="ZZ",
        answers=_sound(answers),
        targets=dict.fromkeys(targets),
        assessors=tuple(
            # A name of their own, so that two without one do not seem to share it.
            Assessor.model_construct(name=f"assessor {n}", answers=_sound(one.get("answers")))
            for n, one in enumerate(assessors, 1)
        ),
        replies=dict.fromkeys(replies, ""),
    )
    vars(proposal)["_document"] = document  # as Proposal.of does
    return list(check_answers(proposal, rubrics(proposal)))


def _sound(answers: Any) -> dict[str, Answer]:
    """Those answers whose own form is right."""
    found = {}
    for name, answer in answers.items() if isinstance(answers, dict) else ():
        with suppress(ValidationError):
            found[name] = Answer.model_validate(_as_mapping(answer))
    return found


def load_proposal(path: str | Path) -> Proposal:
    """Read a proposal file; InputError with every fault in its form.

    Whether its answers fit a rubric shows when it is scored.
    """
    return Proposal.of(load(path, strict=False))


def rubric_finder(rubric: Rubric | str | Path | None = None) -> Rubrics:
    """`rubrics_for` with each rubric read only once, for many proposals."""
    known = cache(load_rubric)

    def find(proposal: Proposal) -> list[Rubric]:
        if isinstance(rubric, Rubric):
            return [rubric]
        return [known(rubric)] if rubric is not None else [known(kind) for kind in proposal.kinds]

    return find


def rubrics_for(proposal: Proposal, rubric: Rubric | str | Path | None = None) -> list[Rubric]:
    """The rubrics that score it: the one that was asked for, or those of its kind."""
    return rubric_finder(rubric)(proposal)


AGREED = (100.0, 0.0, 1.0)  # in `Portfolio.spread`: what widens nothing


class Portfolio(Record, kw_only=False):
    """N proposals as columns, for one rubric with Q questions.

    `values` (Q, N): the code of each answer, NaN without one. `codes` (Q, N) int8: its state and
    confidence. `items`: for each checklist with n items an (N, n) array of what is ticked.
    Where several assessors answered, `spread` (3, K, N) holds the lowest and the highest that an
    indicator counts for any of them and the share of them that answered it; `seen` has a column for
    each assessor, and `whose` (T,) says which proposal that column belongs to.
    """

    proposals: tuple[Proposal, ...]
    values: NDArray[np.float64]
    codes: NDArray[np.int8]
    items: Mapping[str, NDArray[np.bool_]]
    spread: NDArray[np.float64] | None = None
    seen: Portfolio | None = None
    whose: NDArray[np.intp] | None = None

    def __len__(self) -> int:
        return int(self.values.shape[1])

    def heard(self, n: int) -> list[tuple[Portfolio, int]]:
        """Where the answers of proposal `n` stand: a column for each assessor, else its own."""
        if self.seen is None or self.whose is None:
            return [(self, n)]
        return [(self.seen, c) for c in np.flatnonzero(self.whose == n).tolist()] or [(self, n)]

    @classmethod
    def of(cls, proposals: Sequence[Proposal], rubric: Rubric) -> Portfolio:
        """Put proposals into columns; InputError with every answer that does not fit the rubric."""
        faults = [f for p in proposals for f in check_answers(p, [rubric])]
        if faults:
            raise InputError(faults)
        questions = list(rubric.questions.values())
        answers = [[p.answers.get(q.id, _NONE) for p in proposals] for q in questions]
        return cls(
            tuple(proposals),
            np.array([_numbers(q, row) for q, row in zip(questions, answers, strict=True)]),
            np.array([[a.code for a in row] for row in answers], dtype=np.int8),
            dict(_ticks(questions, answers, len(proposals))),
        )


_NONE = Answer()


def _numbers(question: Question, answers: Iterable[Answer]) -> list[float]:
    return [float("nan") if a.value is None else question.code(a.value) for a in answers]


def _ticks(
    questions: Sequence[Question], answers: Sequence[Sequence[Answer]], count: int
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    for question, row in zip(questions, answers, strict=True):
        if items := question.items():
            ticked = [{str(item) for item in answer.value or ()} for answer in row]
            marks = [[item in chosen for item in items] for chosen in ticked]
            yield question.id, np.array(marks, dtype=bool).reshape(count, len(items))


def check_answers(proposal: Proposal, rubrics: Sequence[Rubric]) -> Iterator[Fault]:
    """Every answer and target that fits none of the rubrics, but for those after the first 50."""
    faults = _check_answers(proposal, rubrics)
    yield from islice(faults, MAX_FAULTS)
    # To look for the nearest name of each takes hours where 200,000 names are wrong.
    if next(faults, None):
        yield Fault(proposal.file, 0, 0, "there are more faults; mend these first")


def _check_answers(proposal: Proposal, rubrics: Sequence[Rubric]) -> Iterator[Fault]:
    for rubric in rubrics:
        if rubric.file.kind not in proposal.kinds:
            message = f"rubric {rubric.file.id} judges a {rubric.file.kind}; "
            way_out = f"write kind: {rubric.file.kind} (or both), or name another rubric"
            yield proposal.fault(message + way_out, "kind")
            return
        yield from _check_what_applies(proposal, rubric)
    questions = {i: q for rubric in rubrics for i, q in rubric.questions.items()}
    yield from _check_set(proposal, proposal.answers, questions, "answers")
    for n, assessor in enumerate(proposal.assessors):
        yield from _check_set(proposal, assessor.answers, questions, "assessors", n, "answers")
    yield from _check_panel(proposal, questions)
    targets = {i: t for rubric in rubrics for i, t in rubric.forecasts.items()}
    for name, value in proposal.targets.items():
        if name not in targets:
            message = f"there is no target {shown(name)}; {nearest(name, targets)}"
            yield proposal.fault(message, "targets", name, key=True)
        elif value is not None and not 0 <= value <= targets[name].most:
            message = f"{name}: {value:g} lies outside 0 to {targets[name].most:,.10g} "
            way_out = f"{targets[name].unit}; check the figure and its unit"
            yield proposal.fault(message + way_out, "targets", name)


def _check_what_applies(proposal: Proposal, rubric: Rubric) -> Iterator[Fault]:
    """Faults in what is declared not applicable: a prerequisite, or everything."""
    left_out = {i for i, answer in proposal.answers.items() if answer.state == "not_applicable"}
    for one in rubric.prerequisites:
        if one.id in left_out and one.test == rubric.file.kind:
            message = f"{one.id} is asked of every {one.test}; answer it, or leave it empty"
            yield proposal.fault(message, "answers", one.id, "state")
    if left_out.issuperset(indicator.id for indicator in rubric.indicators):
        message = f"no question of rubric {rubric.file.id} applies, so there is nothing to judge; "
        yield proposal.fault(message + "answer those that do apply", "answers")


def _check_set(
    proposal: Proposal,
    answers: Mapping[str, Answer],
    questions: Mapping[str, Question],
    *path: str | int,
) -> Iterator[Fault]:
    """Faults in one set of answers, which stands at `path` in the file."""
    for name, answer in answers.items():
        if name not in questions:
            message = _of_the_other_kind(proposal, name)
            message = message or f"there is no question {shown(name)}; {nearest(name, questions)}"
            yield proposal.fault(message, *path, name, key=True)
            continue
        for field, message in _misfits(questions[name], answer):
            yield proposal.fault(message, *path, name, field)


def _of_the_other_kind(proposal: Proposal, name: str) -> str:
    """What is wrong with an answer that is asked of another kind alone; "" where it is not."""
    for kind in {"zone", "cluster"}.difference(proposal.kinds):
        if name in _shipped(kind).questions:
            way_out = f"leave it out, or write kind: {kind} (or both)"
            return f"{shown(name)} is asked of a {kind}, and this is a {proposal.kind}; {way_out}"
    return ""


_shipped = cache(load_rubric)


def _check_panel(proposal: Proposal, questions: Mapping[str, Question]) -> Iterator[Fault]:
    """Assessors of one name, and replies to what nobody asks."""
    names = [assessor.name for assessor in proposal.assessors]
    for n, name in enumerate(names):
        if name in names[:n]:
            message = f"two assessors are called {shown(name)}; give each a name of its own"
            yield proposal.fault(message, "assessors", n, "name")
    data = proposal.document.data if proposal.document else {}
    if isinstance(data, dict) and data.get("assessors") == []:
        message = "there is no assessor in the list; name two or more, or take the field out"
        yield proposal.fault(message, "assessors", key=True)
    if len(names) == 1:
        message = "one assessor alone is no panel; write the answers under answers, or add another"
        yield proposal.fault(message, "assessors", key=True)
    for name in proposal.replies:
        if name not in questions:
            message = f"there is no question {shown(name)}; {nearest(name, questions)}"
            yield proposal.fault(message, "replies", name, key=True)
    if proposal.replies and not names:
        message = "there are replies, but no assessors to reply to; write assessors:"
        yield proposal.fault(message, "replies", key=True)


def _misfits(question: Question, answer: Answer) -> Iterator[tuple[str, str]]:
    """The field of an answer that its question does not take, and why."""
    for field, value in (("value", answer.value), ("today", answer.today)):
        try:
            if value is not None:
                question.code(value)
        except ValueError as error:
            yield field, f"{question.id}: {error}"
