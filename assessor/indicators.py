"""The questions of a rubric and the kinds of indicator: their YAML fields and their scoring.

Every question turns an answer into one number, its *code*: 1 or 0 for yes and no, the position of a
level or option, how many items are ticked, or the figure itself. An indicator maps the code to a
score from 0 (worst) to 100 (best) along straight lines between its `points`; so one piece of
arithmetic in `scorer` serves every kind.

To add a kind: write its class below, and its name in `AnyIndicator`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any, Literal, TypeVar

from assessor.conditions import Name
from assessor.errors import nearest, shown
from assessor.logic import unit_of
from assessor.notes import After, Called, Limits, OneOf
from assessor.plain import Record


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("the text is empty; write it or take the field out")
    return text.strip()


def _not_yes_or_no(option: str) -> str:
    if option in {"yes", "no", "true", "false"}:
        raise ValueError(f"an option may not be called {option!r}; use kind: yes_no")
    if option in {"insufficient_evidence", "not_applicable", "not_assessed"}:
        # In a table the word stands in the place of an answer.
        raise ValueError(f"an option may not be called {option!r}, a state; give it another name")
    return option


Text = Annotated[str, After(_not_blank), Limits(max_length=2_000)]
OptionId = Annotated[str, Limits(pattern=r"^[a-z0-9_]+$", max_length=60), After(_not_yes_or_no)]
QuestionId = Annotated[str, Limits(pattern=r"^[a-z_]+\.[a-z0-9_]+$", max_length=80)]
Weight = Annotated[float, Limits(gt=0, le=1_000)]
WeightBasis = Literal["emphasis", "judgement", "equal"]
Score = Annotated[float, Limits(ge=0, le=100)]
Effort = Literal["low", "medium", "high"]
Points = tuple[tuple[float, float], ...]


class Advice(Record):
    """What to do about a low score: who does what, and between which months after the decision."""

    action: Text
    owner: Text
    months: tuple[Annotated[int, Limits(ge=0)], Annotated[int, Limits(ge=0, le=240)]]
    effort: Effort
    basis: Literal["paper", "author"]
    sources: tuple[str, ...] = ()
    why_now: Text | None = None

    def holds_together(self) -> None:
        if self.months[0] >= self.months[1]:
            raise ValueError(f"months {list(self.months)} do not run forward; write [first, last]")
        if self.basis == "paper" and not self.sources:
            raise ValueError(
                "advice with basis: paper names no place; add sources or write basis: author"
            )


class Figure(Record):
    """A number of the paper, with its unit and what it counts."""

    value: float | tuple[float, ...]
    unit: str
    what: str
    sources: tuple[str, ...] = ()


class Option(Record):
    """One level, option or item, with the text that says when it holds."""

    id: OptionId
    descriptor: Text


class ScoredOption(Option):
    """A level or option that may carry its own score."""

    score: Score | None = None


class NotedOption(Option):
    """An option of a profile item, with what this type implies."""

    note: Text | None = None


AnyOption = TypeVar("AnyOption", bound=Option)


def _distinct(options: tuple[AnyOption, ...]) -> tuple[AnyOption, ...]:
    ids = [option.id for option in options]
    for name in ids:
        if ids.count(name) > 1:
            raise ValueError(f"{name!r} stands twice; give each a name of its own")
    return options


class YesNoDescriptors(Record):
    """When a yes is justified, and when a no."""

    yes: Text
    no: Text


class Level(Record):
    """One row of a scale as a report shows it; `score` is None where the level has none."""

    id: str
    descriptor: str
    score: float | None


class Question(Record):
    """What every question of a rubric has."""

    id: QuestionId
    title: Annotated[Text, Limits(max_length=60)]
    question: Annotated[Text, Limits(pattern=r"\?$")]
    kind: str
    why: Text
    proof: Text
    sources: Annotated[tuple[str, ...], Limits(min_length=1)]
    figures: tuple[Figure, ...] = ()

    def code(self, answer: Any) -> float:
        """Turn an answer into its number; ValueError with what is wrong and how to mend it."""
        raise NotImplementedError

    def show(self, answer: Any) -> str:
        """The answer in words, for a reader of the report."""
        raise NotImplementedError

    def name(self) -> Name:
        """What a condition may know about this question."""
        raise NotImplementedError

    def items(self) -> tuple[str, ...]:
        """The items that can be ticked; none but for a checklist."""
        return ()

    def scale(self) -> tuple[Level, ...]:
        """Every level, worst first where there is an order."""
        raise NotImplementedError


def _yes_or_no(answer: Any) -> float:
    words = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}
    if isinstance(answer, bool):
        return float(answer)
    if isinstance(answer, str) and answer.strip().lower() in words:
        return words[answer.strip().lower()]
    raise ValueError(f"{shown(answer)} is neither yes nor no; write yes or no")


def _position(answer: Any, options: Sequence[Option], word: str) -> float:
    ids = [option.id for option in options]
    # A level may be called 24, which YAML reads as a number.
    written = str(answer) if type(answer) is int else answer
    if isinstance(written, str) and written in ids:
        return float(ids.index(written))
    raise ValueError(f"{shown(answer)} is not {word}; {nearest(str(answer), ids)}")


def _ticked(answer: Any, options: Sequence[Option]) -> list[str]:
    if not isinstance(answer, list | tuple):
        raise ValueError(
            f"{shown(answer)} is not a list; write the ids in brackets, or [] for none"
        )
    written = list(map(str, answer))
    if not {option.id for option in options}.issuperset(written):
        for item in answer:
            _position(item, options, "an item")
    if len(set(written)) < len(written):
        raise ValueError(f"{shown(answer)} names an item twice; name each once")
    return written


def _listed(answer: Any, options: Sequence[Option]) -> str:
    descriptors = {option.id: option.descriptor for option in options}
    return "; ".join(descriptors[item].rstrip(".") for item in _ticked(answer, options))


def _ids(options: Sequence[Option]) -> tuple[str, ...]:
    return tuple(option.id for option in options)


class YesNoQuestion(Question):
    """A question answered by yes or no, each with the text that says when it is justified."""

    kind: Literal["yes_no"]
    descriptors: YesNoDescriptors
    good: bool = True

    def code(self, answer: Any) -> float:
        return _yes_or_no(answer)

    def show(self, answer: Any) -> str:
        return "Yes" if _yes_or_no(answer) else "No"

    def name(self) -> Name:
        return Name("yes_no", title=self.title)

    def scale(self) -> tuple[Level, ...]:
        yes = Level(id="yes", descriptor=self.descriptors.yes, score=100.0 if self.good else 0.0)
        no = Level(id="no", descriptor=self.descriptors.no, score=0.0 if self.good else 100.0)
        return (no, yes) if self.good else (yes, no)


class Prerequisite(YesNoQuestion):
    """A condition that no strength can offset; part of the definition of a zone or of a cluster."""

    test: Literal["zone", "cluster"]
    unmet: Text
    advice: Advice

    def holds_together(self) -> None:
        if not self.good:
            raise ValueError("a prerequisite is met by a yes; turn the question round")


class ProfileItem(Question):
    """What kind of zone or cluster it is: asked, shown and usable in rules, never scored."""

    kind: Literal["choice", "ordinal", "checklist"]
    applies_to: Literal["zone", "cluster", "both"]
    options: Annotated[tuple[NotedOption, ...], Limits(min_length=2), After(_distinct)]

    def code(self, answer: Any) -> float:
        if self.kind == "checklist":
            return float(len(_ticked(answer, self.options)))
        return _position(answer, self.options, "an option")

    def show(self, answer: Any) -> str:
        if self.kind == "checklist":
            return _listed(answer, self.options) or "None"
        return self.options[int(self.code(answer))].descriptor

    def chosen(self, answer: Any) -> tuple[NotedOption, ...]:
        """The options that an answer names."""
        ids = _ticked(answer, self.options) if self.kind == "checklist" else [str(answer)]
        return tuple(option for option in self.options if option.id in ids)

    def name(self) -> Name:
        return Name(self.kind, _ids(self.options), title=self.title)

    def items(self) -> tuple[str, ...]:
        return _ids(self.options) if self.kind == "checklist" else ()

    def scale(self) -> tuple[Level, ...]:
        return tuple(Level(id=o.id, descriptor=o.descriptor, score=None) for o in self.options)


class Indicator(Question):
    """What every scored question has; advice but where nobody can change a given answer."""

    construct: Annotated[str, Limits(pattern=r"^[a-z0-9_]+$")]
    weight: Weight
    weight_basis: WeightBasis
    weight_reason: Text
    lessons: Annotated[tuple[str, ...], Limits(min_length=1)]
    given: bool = False
    given_reason: Text | None = None
    advice: Advice | None = None

    def holds_together(self) -> None:
        if not self.given == (self.given_reason is not None) == (self.advice is None):
            way_out = "or given: true and given_reason if nobody can change the answer"
            raise ValueError(f"write either advice, {way_out}")

    def points(self) -> Points:
        """(code, score) pairs by rising code; straight between them, flat outside."""
        raise NotImplementedError


class YesNo(Indicator, YesNoQuestion):
    """A yes or a no, one of which scores 100 and the other 0."""

    kind: Literal["yes_no"]

    def points(self) -> Points:
        return ((0, 0), (1, 100)) if self.good else ((0, 100), (1, 0))


def _spread(options: Sequence[ScoredOption]) -> list[float]:
    """The scores of the options: their own, or evenly from 0 to 100 where they have none."""
    steps = len(options) - 1
    return [100 * i / steps if o.score is None else o.score for i, o in enumerate(options)]


def _levels(options: Sequence[ScoredOption]) -> tuple[Level, ...]:
    scores = _spread(options)
    return tuple(
        Level(id=option.id, descriptor=option.descriptor, score=score)
        for option, score in zip(options, scores, strict=True)
    )


class Ordinal(Indicator):
    """Ordered levels, from worst to best."""

    kind: Literal["ordinal"]
    levels: Annotated[
        tuple[ScoredOption, ...], Limits(min_length=3, max_length=6), After(_distinct)
    ]

    def holds_together(self) -> None:
        super().holds_together()
        given = [level.score for level in self.levels if level.score is not None]
        if given and len(given) < len(self.levels):
            raise ValueError(
                "some levels have a score and some have none; give it to all or to none"
            )
        if given and (given[0] != 0 or given[-1] != 100 or given != sorted(set(given))):
            raise ValueError(
                f"scores {given} do not rise from 0 to 100; order the levels worst first"
            )

    def code(self, answer: Any) -> float:
        return _position(answer, self.levels, "a level")

    def show(self, answer: Any) -> str:
        return self.levels[int(self.code(answer))].descriptor

    def name(self) -> Name:
        return Name("ordinal", _ids(self.levels), title=self.title)

    def points(self) -> Points:
        return tuple(enumerate(_spread(self.levels)))

    def scale(self) -> tuple[Level, ...]:
        return _levels(self.levels)


class Choice(Indicator):
    """Options without an order, each with its own score."""

    kind: Literal["choice"]
    options: Annotated[
        tuple[ScoredOption, ...], Limits(min_length=2, max_length=12), After(_distinct)
    ]

    def holds_together(self) -> None:
        super().holds_together()
        scores = [option.score for option in self.options if option.score is not None]
        if len(scores) < len(self.options) or min(scores) != 0 or max(scores) != 100:
            raise ValueError(
                f"the options score {scores}; give each a score, the worst 0 and the best 100"
            )

    def code(self, answer: Any) -> float:
        return _position(answer, self.options, "an option")

    def show(self, answer: Any) -> str:
        return self.options[int(self.code(answer))].descriptor

    def name(self) -> Name:
        return Name("choice", _ids(self.options), title=self.title)

    def points(self) -> Points:
        return tuple(enumerate(_spread(self.options)))

    def scale(self) -> tuple[Level, ...]:
        return tuple(sorted(_levels(self.options), key=lambda level: level.score or 0))


class Checklist(Indicator):
    """Items that are there or not; the score rises with how many are, up to `full` of them."""

    kind: Literal["checklist"]
    options: Annotated[
        tuple[Option, ...],
        Limits(min_length=2, max_length=20),
        After(_distinct),
        Called("items"),
    ]
    full: Annotated[int, Limits(ge=1)] | None = None
    full_reason: Text | None = None

    def holds_together(self) -> None:
        super().holds_together()
        items = len(self.options)
        if self.full is not None and self.full > items:
            raise ValueError(f"full is {self.full} but there are {items} items; lower it")
        if self.full is not None and self.full < items and not self.full_reason:
            raise ValueError(f"full is {self.full} of {items} items; say why in full_reason")

    def code(self, answer: Any) -> float:
        return float(len(_ticked(answer, self.options)))

    def show(self, answer: Any) -> str:
        count = len(_ticked(answer, self.options))
        total = len(self.options)
        return f"{count} of {total}: {_listed(answer, self.options)}" if count else "None"

    def name(self) -> Name:
        return Name("checklist", self.items(), title=self.title)

    def items(self) -> tuple[str, ...]:
        return _ids(self.options)

    def points(self) -> Points:
        return ((0, 0), (self.full or len(self.options), 100))

    def scale(self) -> tuple[Level, ...]:
        return tuple(Level(id=o.id, descriptor=o.descriptor, score=None) for o in self.options)


# Compiled when a figure is first found to be wrong.
# No possessive quantifier: Python 3.11.2, that of Debian 12, gives up where one follows a group.
_DIGITS = r"[-+]?[0-9]+([., _'\xa0\u2009\u202f][0-9]+)*(?![\w-]|[., _'\xa0\u2009\u202f][0-9])"
_GAP = r"(?<=[0-9])[ _'\xa0\u2009\u202f](?=[0-9]{3}(?![0-9]))"
_THOUSANDS = r"[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?"
_DECIMAL_COMMA = r"[-+]?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+),[0-9]+"


def _figures_meant(text: str) -> list[float]:
    """The figures that a text may stand for: 1,5 is 1.5, but 1,500 is 1500 or 1.5."""
    digits = re.match(_DIGITS, text.strip())
    if digits and any(c.isdigit() for c in text.strip()[digits.end() :]):
        return []  # 24:00 is no 24
    written = re.sub(_GAP, "", digits[0]).split()[0] if digits else ""
    forms = [written.replace(",", "")] if re.fullmatch(_THOUSANDS, written) else []
    if re.fullmatch(_DECIMAL_COMMA, written):
        forms.append(written.replace(".", "").replace(",", "."))
    for form in (*forms, written, *text.split()[:1]):
        with suppress(ValueError):
            if math.isfinite(float(form)):
                return [float(each) for each in forms or [form]]
    return []


class Measure(Indicator):
    """A figure held against fixed goalposts, or against a line through several points."""

    kind: Literal["measure"]
    unit: Text
    minimum: float
    maximum: float
    at_worst: Annotated[float | None, Called("worst")] = None
    at_best: Annotated[float | None, Called("best")] = None
    line: Annotated[
        tuple[tuple[float, Score], ...] | None, Limits(min_length=2), Called("points")
    ] = None
    goalposts_reason: Text

    def holds_together(self) -> None:
        super().holds_together()
        given = [part is not None for part in (self.at_worst, self.at_best, self.line)]
        if given not in ([True, True, False], [False, False, True]):
            raise ValueError("give either worst and best, or points; not both and not neither")
        figures, scores = zip(*self.points(), strict=True)
        if list(figures) != sorted(set(figures)):
            raise ValueError(
                f"the figures {list(figures)} do not rise; set them apart and sort them"
            )
        if min(scores) != 0 or max(scores) != 100:
            raise ValueError(f"the scores {list(scores)} do not reach both 0 and 100; add points")
        if figures[0] < self.minimum or figures[-1] > self.maximum:
            raise ValueError(
                f"the goalposts {list(figures)} leave {self.minimum:g} to {self.maximum:g}; "
                "widen minimum and maximum"
            )

    def code(self, answer: Any) -> float:
        if isinstance(answer, bool) or not isinstance(answer, int | float):
            raise ValueError(f"{shown(answer)} is not a number; {self._way_out(answer)}")
        if isinstance(answer, float) and math.isnan(answer):
            raise ValueError(f"{answer} is not a figure; write a number, or leave the answer empty")
        if not self.minimum <= answer <= self.maximum:
            raise ValueError(
                f"{shown(answer)} lies outside {self.minimum:g} to {self.maximum:g} {self.unit}; "
                "check the figure and its unit"
            )
        return float(answer)

    def _way_out(self, answer: Any) -> str:
        meant = _figures_meant(answer) if isinstance(answer, str) else []
        if not meant:
            return f"write a figure; it counts {self.unit}"
        figures = " or ".join(f"{figure:.15g}" for figure in meant)
        return f"write {figures} without quotes, unit or separators (it counts {self.unit})"

    def show(self, answer: Any) -> str:
        return f"{answer:,.10g} {unit_of(answer, self.unit)}"

    def name(self) -> Name:
        return Name("number", percent=self.unit == "percent", title=self.title, unit=self.unit)

    def points(self) -> Points:
        if self.line is not None:
            return self.line
        return tuple(sorted([(self.at_worst or 0.0, 0.0), (self.at_best or 0.0, 100.0)]))

    def scale(self) -> tuple[Level, ...]:
        return tuple(
            Level(id=f"{figure:.10g}", descriptor=self.show(figure), score=score)
            for figure, score in self.points()
        )


AnyIndicator = Annotated[YesNo | Ordinal | Choice | Checklist | Measure, OneOf("kind")]
