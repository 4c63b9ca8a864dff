"""The blank proposal that people fill in: every question with its levels, every answer empty."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from assessor.indicators import Measure
from assessor.questions import Question
from assessor.rubric import Rubric


def blank_proposal(rubrics: Sequence[Rubric], command: str = "assess THIS_FILE.yaml") -> str:
    """A proposal to fill in, as YAML: every question with its levels, every answer empty.

    `command` is what its first lines tell to type when it is filled in.
    """
    kind = rubrics[0].file.kind if len(rubrics) == 1 else "both"
    named = " and ".join(f"{r.file.id} rubric {r.file.version}" for r in rubrics)
    lines = [_BLANK_HEAD.format(kind=kind, rubrics=named, command=command)]
    for heading, questions in chapters(rubrics):
        lines += ["", f"  # {'-' * 74}", *_comment(heading.upper(), "")]
        for question in questions:
            lines += ["", *_asked(question), f"  {question.id}:"]
    targets = {i: t for rubric in rubrics for i, t in rubric.forecasts.items()}
    lines += [
        "",
        "# The promoter's forecasts, to be held against what Chinese cases reached.",
        "targets:",
    ]
    for name, target in targets.items():
        lines += ["", *_comment(f"{target.title}, {target.unit}", ""), f"  {name}:"]
    return "\n".join(lines) + "\n"


_BLANK_HEAD = """\
# A proposal for the {rubrics}.
#
# Write each answer behind its colon; leave it empty where you do not know yet. Where there is more
# to say, an answer takes several lines:
#   land.allocation:
#     value: auction
#     evidence: Draft Land Regulation, article 12, page 40
#     confidence: medium    # high, medium or low; high where nothing is said
#     status: planned       # in_place, committed or planned
#     today: negotiated     # what holds now, where the value is a plan
# Looked for and not found, which scores 0; and no question for this place, with the reason:
#   finance.private_share: {{state: insufficient_evidence}}
#   location.port_distance: {{state: not_applicable, reason: landlocked; served by a dry port}}
#
# When done, type: {command}

name: Unnamed {kind}
kind: {kind}
country: ZZ  # two letters of ISO 3166, such as KE; ZZ says nothing
summary: ""  # two or three sentences for the cover
sectors: []  # branches it is meant for, such as [garments, footwear]; a portfolio compares them
hinterland:  # the region that it draws on, such as Eastern province

answers:"""


def chapters(rubrics: Sequence[Rubric]) -> Iterator[tuple[str, Sequence[Question]]]:
    """Every question that a proposal is asked, once, under the heading of its chapter."""
    asked: set[str] = set()
    for rubric in rubrics:
        for heading, questions in _chapters(rubric):
            if new := [question for question in questions if question.id not in asked]:
                yield heading, new
            asked.update(question.id for question in new)


def _chapters(rubric: Rubric) -> Iterator[tuple[str, Sequence[Question]]]:
    own = rubric.file.kind
    yield (
        "What kind it is; never scored",
        [p for p in rubric.profile if p.applies_to in {own, "both"}],
    )
    for test in (own, "cluster" if own == "zone" else "zone"):
        aim = "must all be met" if test == own else "asked to see whether it is rather that"
        questions = [p for p in rubric.prerequisites if p.test == test]
        yield f"The test of a {test}: {aim}", questions
    for factor in rubric.factors:
        yield factor.title, factor.indicators


def _asked(question: Question) -> Iterator[str]:
    """The comments above an empty answer: the question, its levels, what would prove it."""
    yield from _comment(question.question, "")
    if isinstance(question, Measure):
        span = f"{question.minimum:.15g} to {question.maximum:.15g}"
        yield from _comment(f"A figure, {span}; it counts {question.unit}.", "")
    elif question.items():
        yield from _comment("A list of those that hold, such as [a, b], or [] for none:", "")
    if not isinstance(question, Measure):
        for level in question.scale():
            yield from _comment(f"{level.id}: {level.descriptor}", "  ")
    yield from _comment(f"Proof: {question.proof}", "")


def _comment(text: str, indent: str) -> list[str]:
    start = f"  # {indent}"
    return textwrap.wrap(
        text, 100, initial_indent=start, subsequent_indent=f"{start}  ", break_on_hyphens=False
    )
