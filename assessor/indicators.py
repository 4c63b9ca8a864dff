"""The kinds of indicator: their YAML fields, their scoring, and what takes a case further.

An indicator maps the code of an answer to a score from 0 (worst) to 100 (best) along straight lines
between its `points`; so one piece of arithmetic in `scorer` serves every kind.

To add a kind: write its class below, and its name in `AnyIndicator`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any, Literal

from assessor.conditions import Name
from assessor.errors import shown
from assessor.logic import unit_of
from assessor.notes import After, Called, Limits, OneOf
from assessor.questions import (
    NO_ACTION,
    Advice,
    Level,
    Option,
    Question,
    Score,
    ScoredOption,
    Text,
    Weight,
    WeightBasis,
    YesNoQuestion,
    described,
    distinct,
    ids_of,
    position,
    ticked_in,
)

Points = tuple[tuple[float, float], ...]


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
        self._holds_steps()

    def _holds_steps(self) -> None:
        """Refuse advice that does not say what to do, or says it where nobody reads it."""
        if self.advice and self.advice.action is None:
            raise ValueError(NO_ACTION)
        if self.advice and self.advice.action_above is not None:
            raise ValueError("no figure can lie above the best; take action_above out")

    def todo(self, now: float | None, then: float) -> str:
        """What is still to be done on the way from one code to a better one; None is the worst.

        AssertionError where the answer is given, for nothing can be done about it.
        """
        assert self.advice is not None  # noqa: S101 - no step is sought for what is given
        return self.advice.action or ""

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


def _hold_steps(
    worst: Sequence[ScoredOption], better: Sequence[ScoredOption], advice: Advice | None
) -> None:
    """Refuse steps that lead nowhere, and advice that is no step."""
    if advice and (advice.action or advice.action_above):
        raise ValueError(
            "take the action out of advice; each level or option says by its step what leads there"
        )
    for option in (*worst, *(() if advice else better)):
        if option.step is not None:
            raise ValueError(f"no step can lead to {option.id!r}; take its step out")
    for option in better if advice else ():
        if option.step is None:
            raise ValueError(f"{option.id!r} does not say what leads to it; write its step")


class Ordinal(Indicator):
    """Ordered levels, from worst to best."""

    kind: Literal["ordinal"]
    levels: Annotated[tuple[ScoredOption, ...], Limits(min_length=3, max_length=6), After(distinct)]

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

    def _holds_steps(self) -> None:
        _hold_steps(self.levels[:1], self.levels[1:], self.advice)

    def todo(self, now: float | None, then: float) -> str:
        """The steps of all levels above the present one, up to the one that is wanted."""
        passed = self.levels[int(now or 0) + 1 : int(then) + 1]
        return " ".join(level.step for level in passed if level.step)

    def code(self, answer: Any) -> float:
        return position(answer, self.levels, "a level")

    def show(self, answer: Any) -> str:
        return self.levels[int(self.code(answer))].descriptor

    def name(self) -> Name:
        return Name("ordinal", ids_of(self.levels), title=self.title)

    def points(self) -> Points:
        return tuple(enumerate(_spread(self.levels)))

    def scale(self) -> tuple[Level, ...]:
        return _levels(self.levels)


class Choice(Indicator):
    """Options without an order, each with its own score."""

    kind: Literal["choice"]
    options: Annotated[
        tuple[ScoredOption, ...], Limits(min_length=2, max_length=12), After(distinct)
    ]

    def holds_together(self) -> None:
        super().holds_together()
        scores = [option.score for option in self.options if option.score is not None]
        if len(scores) < len(self.options) or min(scores) != 0 or max(scores) != 100:
            raise ValueError(
                f"the options score {scores}; give each a score, the worst 0 and the best 100"
            )

    def _holds_steps(self) -> None:
        worst = [option for option in self.options if not option.score]
        _hold_steps(worst, [option for option in self.options if option.score], self.advice)

    def todo(self, now: float | None, then: float) -> str:
        """The step that leads to the wanted option."""
        return self.options[int(then)].step or ""

    def code(self, answer: Any) -> float:
        return position(answer, self.options, "an option")

    def show(self, answer: Any) -> str:
        return self.options[int(self.code(answer))].descriptor

    def name(self) -> Name:
        return Name("choice", ids_of(self.options), title=self.title)

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
        After(distinct),
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
        return float(len(ticked_in(answer, self.options)))

    def show(self, answer: Any) -> str:
        count = len(ticked_in(answer, self.options))
        total = len(self.options)
        return f"{count} of {total}: {described(answer, self.options)}" if count else "None"

    def name(self) -> Name:
        return Name("checklist", self.items(), title=self.title)

    def items(self) -> tuple[str, ...]:
        return ids_of(self.options)

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

    def _holds_steps(self) -> None:
        scores = [score for _, score in self.points()]
        between = max(scores) > max(scores[0], scores[-1])
        if not (between and self.advice and self.advice.action):
            super()._holds_steps()
        elif self.advice.action_above is None:
            raise ValueError(
                "a figure above the best scores less; say in action_above what to do about it"
            )

    def todo(self, now: float | None, then: float) -> str:
        """The action on the side of the best on which the figure lies; both without a figure."""
        above = self.advice.action_above if self.advice else None
        if above is None or (now is not None and now < then):
            return super().todo(now, then)
        return f"{super().todo(now, then)} {above}" if now is None else above

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
