"""What a condition is made of: what is true, false or unknown, and the same in words.

A question without an answer is neither true nor false (Kleene's logic): `unknown and false` is
false, `unknown or true` is true, anything else with an unknown stays unknown. Only `is missing`
and `is known` are always settled. Among numbers NaN means "no answer"; so does a division by zero.

Every test can evaluate itself for columns of answers (`masks`), tell about one proposal (`told`)
and give its contrary (`negated`), so that nothing has to explain "not not above 30".
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field, replace
from typing import Any, Literal, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from assessor.plain import Record

# Either for one proposal or a column for many: the same code reads both.
Figures: TypeAlias = Any  # float or floats
Masks: TypeAlias = tuple[Any, Any]  # (is true, is false); neither: unknown. Fresh, may be changed.
Answers: TypeAlias = Mapping[str, Any]


class Name(Record, kw_only=False):
    """What a condition may know about a question."""

    type: Literal["number", "yes_no", "ordinal", "choice", "checklist"]
    options: tuple[str, ...] = ()  # ordinal: worst to best; choice; checklist: ids of the items
    percent: bool = False  # a number measured in percent
    title: str = ""
    unit: str = ""


class Sign(NamedTuple):
    """A comparison, the signs of its contrary and of its mirror image, and its words."""

    compare: Callable[[Figures, Figures], Any]
    contrary: str
    mirror: str
    words: str


def _differ(a: Figures, b: Figures) -> Any:
    return (a < b) | (a > b)  # `a != b` would be true of NaN


def _divide(a: Figures, b: Figures) -> Figures:
    return a / np.where(b == 0, np.nan, b)


SIGNS = {
    "<": Sign(operator.lt, ">=", ">", "below"),
    "<=": Sign(operator.le, ">", ">=", "at most"),
    ">": Sign(operator.gt, "<=", "<", "above"),
    ">=": Sign(operator.ge, "<", "<=", "at least"),
    "==": Sign(operator.eq, "!=", "==", "equal to"),
    "!=": Sign(_differ, "==", "!=", "not"),
}
CALCULATIONS: dict[str, tuple[Callable[[Figures, Figures], Figures], str]] = {
    "+": (operator.add, "plus"),
    "-": (operator.sub, "minus"),
    "*": (operator.mul, "times"),
    "/": (_divide, "divided by"),
}


class Question(Record, kw_only=False):
    """The answer to a question, as a number."""

    id: str
    about: Name
    column: int

    @property
    def title(self) -> str:
        return _in_running_text(self.about.title) or self.id

    def figures(self, columns: Answers) -> Figures:
        return columns[self.id]

    def answer(self, value: float) -> str:
        """`180 percent`, `yes`, `open tender`, `2 of 7`."""
        if self.about.type == "number":
            return _measured(value, "percent" if self.about.percent else self.about.unit)
        if self.about.type == "yes_no":
            return "yes" if value else "no"
        if self.about.type == "checklist":
            return f"{written(value)} of {len(self.about.options)}"
        return _spaced(self.about.options[int(value)])

    def bound(self, value: float) -> str:
        """What the answer is held against: a level, or a number without its unit."""
        return self.answer(value) if self.about.type in ("ordinal", "choice") else written(value)

    def sentence(self, answers: Answers, against: float) -> str:
        verb = " is" if self.about.type == "number" else ":"
        return f"{self.title}{verb} {self.answer(answers[self.id])}"

    def phrase(self, answers: Answers) -> str:
        return f"{self.title} ({self.answer(answers[self.id])})"


class Number(Record, kw_only=False):
    """A number as written, or the position of a level."""

    value: float
    text: str
    column: int

    def figures(self, columns: Answers) -> Figures:
        return self.value

    def phrase(self, answers: Answers) -> str:
        return written(self.value)


class Arithmetic(Record, kw_only=False):
    """Two numbers, of which at least one is an answer, added, subtracted, multiplied or divided."""

    left: Value
    sign: str
    right: Value

    def figures(self, columns: Answers) -> Figures:
        calculate = CALCULATIONS[self.sign][0]
        return calculate(self.left.figures(columns), self.right.figures(columns))

    def bound(self, value: float) -> str:
        return written(value)

    def sentence(self, answers: Answers, against: float) -> str:
        return f"{self.phrase(answers)} is {_rounded(float(self.figures(answers)), against)}"

    def phrase(self, answers: Answers) -> str:
        left, right = self.left.phrase(answers), self.right.phrase(answers)
        if isinstance(self.left, Arithmetic) and self.left.sign in "+-" and self.sign in "*/":
            left = f"({left})"
        if isinstance(self.right, Arithmetic):
            right = f"({right})"
        return f"{left} {CALCULATIONS[self.sign][1]} {right}"


Value: TypeAlias = Question | Number | Arithmetic


def _questions(value: Value) -> Iterator[Question]:
    if isinstance(value, Arithmetic):
        yield from (*_questions(value.left), *_questions(value.right))
    elif isinstance(value, Question):
        yield value


Fact: TypeAlias = tuple[str, str]  # ("capacity is 180 percent", "above 150"); the note may be ""


class Told(NamedTuple):
    """What a test says about one proposal."""

    outcome: bool | None
    facts: tuple[Fact, ...]
    missing: tuple[Question, ...] = ()


class Compare(Record, kw_only=False):
    """`x < 30`, `x <= y`, `land.allocation < tender`; a yes-or-no question is compared with 1."""

    left: Question | Arithmetic
    sign: str
    right: Value

    def negated(self) -> Test:
        return replace(self, sign=SIGNS[self.sign].contrary)

    def masks(self, columns: Answers, items: Answers) -> Masks:
        # NaN fails a comparison and its contrary: both are false, which means unknown.
        a, b = self.left.figures(columns), self.right.figures(columns)
        compare, contrary, _, _ = SIGNS[self.sign]
        return compare(a, b), SIGNS[contrary].compare(a, b)

    def told(self, answers: Answers, items: Answers) -> Told:
        is_true, is_false = self.masks(answers, items)
        if is_true or is_false:
            sign = self.sign if is_true else SIGNS[self.sign].contrary
            return Told(bool(is_true), (self._fact(sign, answers),))
        sides = (self.left, self.right)
        asked = [question for side in sides for question in _questions(side)]
        if missing := tuple(q for q in asked if math.isnan(answers[q.id])):
            return Told(None, (), missing)
        void = [side.phrase(answers) for side in sides if math.isnan(side.figures(answers))]
        return Told(None, tuple((f"{phrase} cannot be worked out", "") for phrase in void))

    def _fact(self, sign: str, answers: Answers) -> Fact:
        a, b = self.left.figures(answers), self.right.figures(answers)
        sentence, words = self.left.sentence(answers, b), SIGNS[sign].words
        if isinstance(self.right, Number):
            yes_no = isinstance(self.left, Question) and self.left.about.type == "yes_no"
            # "is 30" and "no" need no note such as "equal to 30" or "not yes".
            return sentence, "" if sign == "==" or yes_no else f"{words} {self.left.bound(b)}"
        words += " equal to" if sign == "!=" else ""
        total = f", which is {_rounded(float(b), a)}" if isinstance(self.right, Arithmetic) else ""
        return f"{sentence}, {words} {self.right.phrase(answers)}{total}", ""


class Asked(Record, kw_only=False):
    """A test of one question that is either wanted or not."""

    question: Question
    wanted: bool

    def negated(self) -> Self:
        return replace(self, wanted=not self.wanted)


class Has(Asked, kw_only=False):
    """`services.offered has legal`, or its contrary."""

    item: int  # its position

    def masks(self, columns: Answers, items: Answers) -> Masks:
        known = ~np.isnan(columns[self.question.id])
        ticked = known & items[self.question.id][:, self.item]
        absent = known ^ ticked
        return (ticked, absent) if self.wanted else (absent, ticked)

    def told(self, answers: Answers, items: Answers) -> Told:
        if math.isnan(answers[self.question.id]):
            return Told(None, (), (self.question,))
        item = self.question.about.options[self.item]
        ticked = item in items.get(self.question.id, ())
        words = f"{_spaced(item)} {'' if ticked else 'not '}included"
        return Told(ticked == self.wanted, ((f"{self.question.title}: {words}", ""),))


class Known(Asked, kw_only=False):
    """`x is known`, or its contrary `x is missing`."""

    def masks(self, columns: Answers, items: Answers) -> Masks:
        missing = np.isnan(columns[self.question.id])
        return (~missing, missing) if self.wanted else (missing, ~missing)

    def told(self, answers: Answers, items: Answers) -> Told:
        known = not math.isnan(answers[self.question.id])
        words = "answered" if known else "not answered"
        return Told(known == self.wanted, ((f"{self.question.title}: {words}", ""),))


class Joined(Record, kw_only=False):
    """Parts joined by `and` or by `or`."""

    word: str
    parts: tuple[Test, ...]

    def negated(self) -> Test:
        word = "or" if self.word == "and" else "and"
        return Joined(word, tuple(part.negated() for part in self.parts))

    def masks(self, columns: Answers, items: Answers) -> Masks:
        is_true, is_false = self.parts[0].masks(columns, items)
        for part in self.parts[1:]:
            part_true, part_false = part.masks(columns, items)
            if self.word == "and":
                is_true &= part_true
                is_false |= part_false
            else:
                is_true |= part_true
                is_false &= part_false
        return is_true, is_false

    def told(self, answers: Answers, items: Answers) -> Told:
        """Only the parts that brought the outcome about; all of them where it is open."""
        told = [part.told(answers, items) for part in self.parts]
        enough = self.word == "or"  # one true part settles an `or`, one false part an `and`
        outcome = None if any(part.outcome is None for part in told) else not enough
        if decisive := [part for part in told if part.outcome is enough]:
            told, outcome = decisive, enough
        facts = tuple(fact for part in told for fact in part.facts)
        return Told(outcome, facts, tuple(question for part in told for question in part.missing))


Test: TypeAlias = Compare | Has | Known | Joined


class Explanation(Record, kw_only=False):
    """How a condition came out for one proposal, in words.

    `outcome` None: cannot tell; then `missing` names the unanswered questions that still matter.
    """

    outcome: bool | None
    because: str
    missing: tuple[str, ...]


class Condition(Record, kw_only=False):
    """A condition that has been read and checked; `parse` makes it."""

    text: str
    names: frozenset[str]
    tests_absence: bool  # uses `is missing` or `is known`
    _test: Test = field(repr=False)

    @property
    def is_conjunction(self) -> bool:
        """Whether it holds only while each of several single answers is as it says.

        Then one answer that makes it false by itself is the only way to make it false.
        """
        return _is_conjunction(self._test)

    def evaluate(
        self, columns: Mapping[str, NDArray[np.float64]], items: Mapping[str, NDArray[np.bool_]]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Tell for each proposal whether it is true and whether it is false (neither: unknown).

        `columns[question]` has one number per proposal, NaN for no answer: the value; 1 or 0 for
        yes or no; the index of the level or option; how many items are ticked. `items[question]`
        has one row per proposal and one column per item of the checklist.
        """
        with np.errstate(all="ignore"):
            return self._test.masks(columns, items)

    def explain(
        self, values: Mapping[str, float | None], items: Mapping[str, Collection[str]]
    ) -> Explanation:
        """Say how it comes out for one proposal, for a reader who never saw the condition.

        `values` are as in `evaluate`, None or absent for no answer; `items` are the ids ticked.
        """
        given = {name: values.get(name) for name in self.names}
        answers = {name: math.nan if value is None else value for name, value in given.items()}
        with np.errstate(all="ignore"):
            told = self._test.told(answers, items)
        titles = {question.id: question.title for question in told.missing}
        unknown = "not known: " + ", ".join(titles.values()) if titles else ""
        because = "; ".join(part for part in (_sentence(told.facts), unknown) if part)
        return Explanation(told.outcome, because, tuple(titles))


def _is_conjunction(test: Test) -> bool:
    if len(_asked(test)) == 1:
        return True
    return isinstance(test, Joined) and test.word == "and" and all(map(_is_conjunction, test.parts))


def _asked(test: Test) -> set[str]:
    """The ids of the questions that a test asks."""
    if isinstance(test, Joined):
        return {name for part in test.parts for name in _asked(part)}
    if isinstance(test, Compare):
        return {question.id for side in (test.left, test.right) for question in _questions(side)}
    return {test.question.id}


def _sentence(facts: tuple[Fact, ...]) -> str:
    """Facts joined by `and`; what is said of the same answer stands in one bracket."""
    notes: dict[str, dict[str, None]] = {}
    for sentence, note in facts:
        notes.setdefault(sentence, {}).update({note: None} if note else {})
    return " and ".join(f"{s} ({' and '.join(n)})" if n else s for s, n in notes.items())


def _spaced(option: str) -> str:
    return option.replace("_", " ")


def _in_running_text(title: str) -> str:
    """`Capacity against demand` loses its capital; `FDI share` and `Hong Kong link` do not."""
    first, _, rest = title.partition(" ")
    common = first[1:].islower() and not rest[:1].isupper()
    return title[:1].lower() + title[1:] if common else title


def written(value: float) -> str:
    """`30`, `0.25`, `2008`, `1,200,000`."""
    return f"{value + 0.0:,.15g}" if abs(value) >= 10_000 else f"{value + 0.0:.15g}"


def _rounded(value: float, against: float) -> str:
    """To two decimals, or as many as keep it on its side of the number it is held against."""
    for short in (round(value, 2), round(value, 4)):
        if short and (short < against, short > against) == (value < against, value > against):
            return written(short)
    return written(value)


def _measured(value: float, unit: str) -> str:
    """`180 percent`, `1 hour`, `USD 40 million`; an index has no unit."""
    first, _, rest = unit.partition(" ")
    if first == "USD":
        return f"USD {written(value)} {rest}".rstrip()
    return written(value) if unit in ("", "index") else f"{written(value)} {unit_of(value, unit)}"


def unit_of(value: float, unit: str) -> str:
    """A unit as it stands behind a figure: 2 hours, 1 hour, 1 percent, 1 firm per 100."""
    first, _, rest = unit.partition(" ")
    if value != 1 or not first.endswith("s"):
        return unit
    return f"{first[:-1]} {rest}".rstrip()
