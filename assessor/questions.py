"""The questions of a rubric: what all of them say, and those that are not scored.

Every question turns an answer into one number, its *code*: 1 or 0 for yes and no, the position of a
level or option, how many items are ticked, or the figure itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from assessor.conditions import Name
from assessor.errors import nearest, shown
from assessor.notes import After, Limits
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


NO_ACTION = "advice does not say what to do; write its action"


class Advice(Record):
    """What to do about a low score: who does what, and between which months after the decision.

    Where the question has levels or options, each of them says by its `step` what leads there, and
    there is no `action`. `action_above` is for a figure above the best ones.
    """

    action: Text | None = None
    action_above: Text | None = None
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
    """A level or option that may carry its own score, and what leads to it.

    The `step` of a level leads there from the level below, that of an option from any worse one.
    """

    score: Score | None = None
    step: Text | None = None


class NotedOption(Option):
    """An option of a profile item, with what this type implies."""

    note: Text | None = None


AnyOption = TypeVar("AnyOption", bound=Option)


def distinct(options: tuple[AnyOption, ...]) -> tuple[AnyOption, ...]:
    """The options, none of whose ids stands twice; ValueError otherwise."""
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


def within(title: str) -> str:
    """A title as it stands inside a sentence: Land regime → land regime, FDI stays."""
    first = title.split(" ", 1)[0]
    return title if sum(c.isupper() for c in first) > 1 else title[:1].lower() + title[1:]


def position(answer: Any, options: Sequence[Option], word: str) -> float:
    """The place of the option that an answer names; ValueError with the nearest where none is."""
    ids = [option.id for option in options]
    # A level may be called 24, which YAML reads as a number.
    written = str(answer) if type(answer) is int else answer
    if isinstance(written, str) and written in ids:
        return float(ids.index(written))
    raise ValueError(f"{shown(answer)} is not {word}; {nearest(str(answer), ids)}")


def ticked_in(answer: Any, options: Sequence[Option]) -> list[str]:
    """The ids that an answer lists, each once; ValueError with the way out otherwise."""
    if not isinstance(answer, list | tuple):
        raise ValueError(
            f"{shown(answer)} is not a list; write the ids in brackets, or [] for none"
        )
    written = list(map(str, answer))
    if not {option.id for option in options}.issuperset(written):
        for item in answer:
            position(item, options, "an item")
    if len(set(written)) < len(written):
        raise ValueError(f"{shown(answer)} names an item twice; name each once")
    return written


def described(answer: Any, options: Sequence[Option]) -> str:
    """The descriptors of the ids that an answer lists."""
    descriptors = {option.id: option.descriptor for option in options}
    return "; ".join(descriptors[item].rstrip(".") for item in ticked_in(answer, options))


def ids_of(options: Sequence[Option]) -> tuple[str, ...]:
    """The ids of options, in their order."""
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
        if self.advice.action is None:
            raise ValueError(NO_ACTION)


class ProfileItem(Question):
    """What kind of zone or cluster it is: asked, shown and usable in rules, never scored."""

    kind: Literal["choice", "ordinal", "checklist"]
    applies_to: Literal["zone", "cluster", "both"]
    options: Annotated[tuple[NotedOption, ...], Limits(min_length=2), After(distinct)]

    def code(self, answer: Any) -> float:
        if self.kind == "checklist":
            return float(len(ticked_in(answer, self.options)))
        return position(answer, self.options, "an option")

    def show(self, answer: Any) -> str:
        if self.kind == "checklist":
            return described(answer, self.options) or "None"
        return self.options[int(self.code(answer))].descriptor

    def chosen(self, answer: Any) -> tuple[NotedOption, ...]:
        """The options that an answer names."""
        ids = ticked_in(answer, self.options) if self.kind == "checklist" else [str(answer)]
        return tuple(option for option in self.options if option.id in ids)

    def name(self) -> Name:
        return Name(self.kind, ids_of(self.options), title=self.title)

    def items(self) -> tuple[str, ...]:
        return ids_of(self.options) if self.kind == "checklist" else ()

    def scale(self) -> tuple[Level, ...]:
        return tuple(Level(id=o.id, descriptor=o.descriptor, score=None) for o in self.options)
