"""The words of rules: a condition read from left to right, every mistake with its column.

    infrastructure.capacity_percent_of_demand > 150 and demand.committed_share < 30%

From loosest to tightest: `or`; `and`; `not`; comparisons (also in chains: `20 <= x < 50`),
`in [a, b]`, `not in [a, b]`, `has item`, `is missing`, `is known`; `+ -`; `* /`; minus sign; a
number, `30%`, a question, `true`, `false`, parentheses. No calls, powers or loops: no code runs.

Text becomes the tree of `logic` while it is read, checked against the questions that there are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from assessor.errors import nearest, shown
from assessor.logic import (
    CALCULATIONS,
    SIGNS,
    Arithmetic,
    Asked,
    Compare,
    Condition,
    Explanation,
    Has,
    Joined,
    Known,
    Name,
    Number,
    Question,
    Test,
    Value,
    written,
)

__all__ = ["Condition", "ConditionError", "Explanation", "Name", "parse"]

MAX_CHARACTERS = 2_000
MAX_DEPTH = 40
MAX_PARTS = 200


class ConditionError(ValueError):
    """A condition that cannot be read: what is wrong, the way out, and the column (from 1)."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message, column)
        self.message = message
        self.column = column

    def __str__(self) -> str:
        return f"column {self.column}: {self.message}"


def parse(text: str, names: Mapping[str, Name]) -> Condition:
    """Read a condition; ConditionError unless every question, level and type fits `names`."""
    if len(text) > MAX_CHARACTERS:
        wrong = f"{len(text):,} characters are too long (at most {MAX_CHARACTERS:,})"
        raise _error(MAX_CHARACTERS + 1, wrong, "split the rule in two")
    parser = _Parser(_tokens(text), names)
    test = parser.whole()
    return Condition(text, frozenset(parser.asked), parser.tests_absence, test)


def _error(column: int, wrong: str, way_out: str) -> ConditionError:
    return ConditionError(f"{wrong}; {way_out}" if way_out else wrong, column)


TOKEN = re.compile(
    r"""\s+
    | (?P<number> [0-9]{1,15} (?:\.[0-9]{1,15})? (?: \s?% | (?![A-Za-z0-9_.%]) ) )
    | (?P<word> [A-Za-z0-9_]+ (?:\.[A-Za-z0-9_]+)* )
    | (?P<wrong> && | \|\| | <> | =< | => )
    | (?P<sign> [=!<>]= | [-<>+*/()\[\],] )
    | (?P<other> . )""",
    re.VERBOSE | re.DOTALL,
)
RESERVED = ("and", "or", "not", "in", "has", "is")
# What people write out of habit, by what it is here.
HABITS = {
    "==": ["="],
    "!=": ["<>", "≠"],
    "<=": ["=<", "≤"],
    ">=": ["=>", "≥"],
    "and": ["&&", "&"],
    "or": ["||", "|"],
    "not": ["!"],
    "-": ["\N{MINUS SIGN}", "\N{EN DASH}"],
    "levels and options without quotes, as in == auction": ['"', "'", "`", *"“”"],
    "a percent sign only behind a number, as in 30%": ["%"],
}
WAY_OUT = {habit: f"write {here}" for here, habits in HABITS.items() for habit in habits}


class Token(NamedTuple):
    """A piece of the text; as an operand it is a word that is no question: a level, or a slip."""

    kind: str  # number, word, sign or end
    text: str
    column: int


def _tokens(text: str) -> list[Token]:
    tokens = []
    for match in TOKEN.finditer(text):
        kind, part, column = match.lastgroup, match.group(), match.start() + 1
        if kind in ("wrong", "other"):
            way_out = WAY_OUT.get(part, "take it out")
            raise _error(column, f"{part!r} means nothing in a condition", way_out)
        if kind == "word" and part != part.lower() and part.lower() in (*RESERVED, "true", "false"):
            raise _error(column, f"{shown(part)} has capitals", f"write {part.lower()}")
        if kind:
            tokens.append(Token(kind, part, column))
    return [*tokens, Token("end", "", len(text.rstrip()) + 1)]


Operand: TypeAlias = Value | Token | Test


class _Parser:
    """Reads a condition from left to right; one method for each step of precedence."""

    def __init__(self, tokens: list[Token], names: Mapping[str, Name]) -> None:
        self.tokens = tokens
        self.names = names
        self.at = self.depth = self.parts = 0
        self.asked: set[str] = set()
        self.tests_absence = False

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def take(self, *texts: str) -> str:
        """Go past the next token if it is one of `texts`; its text, else nothing."""
        text = self.now.text if self.now.text in texts else ""
        self.at += bool(text)
        return text

    def part(self) -> Token:
        """Go past the next token, a word or a number."""
        token = self.now
        self.at += 1
        self.parts += 1
        if self.parts > MAX_PARTS:
            wrong = f"more than {MAX_PARTS} parts are too many"
            raise _error(token.column, wrong, "split the rule in two")
        return token

    def deeper(self, operand: Callable[[], Operand]) -> Operand:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            wrong = f"nested more than {MAX_DEPTH} deep"
            raise _error(self.now.column, wrong, "take out parentheses or split the rule")
        read = operand()
        self.depth -= 1
        return read

    def expected(self, what: str, way_out: str) -> ConditionError:
        found = shown(self.now.text) if self.now.text else "the end"
        return _error(self.now.column, f"expected {what}, found {found}", way_out)

    def whole(self) -> Test:
        if self.now.kind == "end":
            raise _error(1, "the condition is empty", "write one, as in x > 10")
        read = self.either()
        if self.now.kind == "end":
            return self.condition(read)
        if self.now.text == ")":
            raise _error(self.now.column, "')' closes nothing", "take it out")
        if self.now.text == ",":
            raise self.expected("the end", "write 1000 for 1,000")
        guess = _did_you_mean(self.now.text, ("and", "or"))
        raise self.expected("the end", guess or "join conditions with and, or")

    def either(self) -> Operand:
        return self.joined("or", self.both)

    def both(self) -> Operand:
        return self.joined("and", self.contrary)

    def joined(self, word: str, operand: Callable[[], Operand]) -> Operand:
        first = operand()
        if self.now.text != word:
            return first
        parts = [self.condition(first)]
        while self.take(word):
            parts.append(self.condition(operand()))
        return Joined(word, tuple(parts))

    def contrary(self) -> Operand:
        if self.take("not"):
            return self.condition(self.deeper(self.contrary)).negated()
        return self.comparison()

    def comparison(self) -> Operand:
        left = self.sum()
        if self.take("is"):
            return self.absence(left)
        if self.take("has"):
            question = self.question(left, ("checklist",), "'has' goes only with a checklist")
            return Has(question, True, self.option(question))
        if self.now.text == "not" and self.tokens[self.at + 1].text == "in":
            self.take("not")
            return self.membership(left).negated()
        return self.membership(left) if self.now.text == "in" else self.chain(left)

    def absence(self, left: Operand) -> Test:
        self.tests_absence = True
        question = self.question(left, tuple(ANSWERED_WITH), "'is' goes only with a question")
        contrary = bool(self.take("not"))
        if word := self.take("missing", "known"):
            return Known(question, (word == "known") is not contrary)
        way_out = _did_you_mean(self.now.text, ("missing", "known")) or "to compare, write =="
        raise self.expected("missing or known", way_out)

    def membership(self, left: Operand) -> Test:
        question = self.question(left, ("ordinal", "choice"), "'in' goes only with levels, options")
        self.take("in")
        if not self.take("["):
            raise self.expected("a list after 'in'", "write it as [a, b]")
        options = [self.option(question)]
        while self.take(","):
            options.append(self.option(question))
        if not self.take("]"):
            raise self.expected("',' or ']'", "write the list as [a, b]")
        tests = tuple(_is_option(question, option) for option in options)
        return Joined("or", tests) if len(tests) > 1 else tests[0]

    def option(self, question: Question) -> int:
        if self.now.kind in ("word", "number"):
            return _option(question, self.part())
        what = f"one {OPTION[question.about.type]} of {shown(question.id)}"
        raise self.expected(what, nearest("", question.about.options))

    def chain(self, left: Operand) -> Operand:
        tests: list[Test] = []
        while sign := self.take(*SIGNS):
            right = self.sum()
            tests.append(self.compared(left, sign, right))
            left = right
        if len(tests) > 1:
            return Joined("and", tuple(tests))
        return tests[0] if tests else left

    def sum(self) -> Operand:
        return self.calculation(("+", "-"), self.product)

    def product(self) -> Operand:
        return self.calculation(("*", "/"), self.signed)

    def calculation(self, signs: tuple[str, ...], operand: Callable[[], Operand]) -> Operand:
        left = operand()
        while sign := self.take(*signs):
            left = _calculated(self.number(left), sign, self.number(operand()))
        return left

    def signed(self) -> Operand:
        column = self.now.column
        if not self.take("-"):
            return self.atom()
        value = self.number(self.deeper(self.signed))
        if isinstance(value, Number):
            return replace(value, value=-value.value, text=f"-{value.text}", column=column)
        return Arithmetic(Number(-1, "-1", column), "*", value)

    def atom(self) -> Operand:
        opening = self.now
        if self.take("("):
            read = self.deeper(self.either)
            if not self.take(")"):
                raise self.expected(f"')' for the '(' at column {opening.column}", "add it")
            return read
        if self.now.kind == "number":
            token = self.part()
            return Number(float(token.text.rstrip("%").rstrip()), token.text, token.column)
        if self.now.kind == "word" and self.now.text not in RESERVED:
            word = self.part()
            if about := self.names.get(word.text):
                self.asked.add(word.text)
                return Question(word.text, about, word.column)
            return word
        before = f" after {shown(self.tokens[self.at - 1].text)}" if self.at else ""
        raise self.expected(f"a question or a number{before}", "complete it or take it out")

    def condition(self, read: Operand) -> Test:
        if isinstance(read, Question) and read.about.type == "yes_no":
            return _is_option(read, 1)
        if isinstance(read, Question):
            raise _misused(read, "which is neither true nor false")
        if isinstance(read, Token):
            raise self.unknown(read)
        if isinstance(read, Number | Arithmetic):
            what = read.text if isinstance(read, Number) else "the result of a calculation"
            wrong = f"{what} is neither true nor false"
            raise _error(_column(read), wrong, "compare it with a question, as in x > 10")
        return read

    def number(self, read: Operand) -> Value:
        if isinstance(read, Question) and read.about.type not in ("number", "checklist"):
            raise _misused(read, "not with a number")
        if isinstance(read, Token):
            raise self.unknown(read)
        if isinstance(read, Test):
            wrong = "a condition stands where a number should"
            raise _error(_column(read), wrong, "join conditions with and, or")
        return read

    def question(self, read: Operand, types: tuple[str, ...], rule: str) -> Question:
        if isinstance(read, Token):
            raise self.unknown(read)
        if not isinstance(read, Question):
            raise _error(_column(read), rule, "write the id of a question before it")
        if read.about.type not in types:
            raise _misused(read, f"and {rule}")
        return read

    def unknown(self, word: Token) -> ConditionError:
        text = shown(word.text)
        for question, about in self.names.items():
            if word.text in about.options:
                sign = "has" if about.type == "checklist" else "=="
                way_out = f"write its question before it, as in {question} {sign} {word.text}"
                return _error(word.column, f"{text} is an answer, not a question", way_out)
        return _error(word.column, f"unknown question {text}", nearest(word.text, self.names))

    def compared(self, left: Operand, sign: str, right: Operand) -> Test:
        if isinstance(left, Number | Token) and not isinstance(right, Number | Token):
            left, sign, right = right, SIGNS[sign].mirror, left
        if isinstance(left, Question) and left.about.type in ("yes_no", "ordinal", "choice"):
            return _compared_option(left, sign, right)
        a, b = self.number(left), self.number(right)
        if isinstance(a, Number):
            wrong = "two numbers compare the same in every proposal"
            raise _error(a.column, wrong, "compare with a question")
        _check_percent(a, b)
        return Compare(a, sign, b)


ANSWERED_WITH = {
    "number": ("a number", "compare it, as in {id} > 10"),
    "yes_no": ("yes or no", "write {id} or not {id}"),
    "ordinal": ("a level", "compare it with one of its own levels, as in {id} >= {option}"),
    "choice": ("an option", "compare it with one of its own options, as in {id} == {option}"),
    "checklist": ("a list of items", "write {id} has {option}, or count them, as in {id} >= 2"),
}
OPTION = {"ordinal": "level", "choice": "option", "checklist": "item"}


def _did_you_mean(text: str, known: tuple[str, ...]) -> str:
    guess = nearest(text, known)
    return guess if guess.startswith("did you mean") else ""


def _misused(question: Question, why: str) -> ConditionError:
    answer, usage = ANSWERED_WITH[question.about.type]
    way_out = usage.format(id=question.id, option=" ".join(question.about.options[-1:]))
    wrong = f"{shown(question.id)} is answered with {answer}, {why}"
    return _error(question.column, wrong, way_out)


def _option(question: Question, word: Token) -> int:
    """The position of a level, option or item; false and true are 0 and 1."""
    if question.about.type == "yes_no":
        if word.text not in ("false", "true"):
            raise _misused(question, f"not with {shown(word.text)}")
        return int(word.text == "true")
    if word.text in question.about.options:
        return question.about.options.index(word.text)
    wrong = f"{shown(question.id)} has no {OPTION[question.about.type]} {shown(word.text)}"
    raise _error(word.column, wrong, nearest(word.text, question.about.options))


def _is_option(question: Question, option: int) -> Test:
    return Compare(question, "==", Number(option, "", question.column))


def _compared_option(left: Question, sign: str, right: Operand) -> Test:
    if sign not in ("==", "!=") and left.about.type != "ordinal":
        raise _misused(left, "which has no order")
    if isinstance(right, Question):
        raise _misused(left, f"not with {shown(right.id)}")
    if not isinstance(right, Token | Number):
        raise _misused(left, "not with the result of a calculation or a condition")
    position = _option(left, Token("word", right.text, right.column))
    return Compare(left, sign, Number(position, "", right.column))


def _calculated(left: Value, sign: str, right: Value) -> Value:
    for side in (left, right):
        if isinstance(side, Number) and side.text.endswith("%"):
            raise _stray_percent(side, "goes only straight against a question, not into sums")
    if not isinstance(left, Number) or not isinstance(right, Number):
        return Arithmetic(left, sign, right)
    value = float(CALCULATIONS[sign][0](left.value, right.value))
    text = f"{left.text} {sign} {right.text}"
    if math.isnan(value):
        raise _error(left.column, f"{text} is no number", "divide by something else")
    return Number(value, text, left.column)


def _check_percent(left: Value, right: Value) -> None:
    if not isinstance(right, Number) or not right.text.endswith("%"):
        return
    if not isinstance(left, Question):
        raise _stray_percent(right, "goes only with a question, not with a calculation")
    if not left.about.percent:
        raise _stray_percent(right, f"does not go with {shown(left.id)}, which is not in percent")


def _stray_percent(number: Number, why: str) -> ConditionError:
    return _error(number.column, f"{number.text} {why}", f"write {written(number.value)}")


def _column(read: Value | Test) -> int:
    while isinstance(read, Joined | Compare | Arithmetic):
        read = read.parts[0] if isinstance(read, Joined) else read.left
    return read.question.column if isinstance(read, Asked) else read.column
