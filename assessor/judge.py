"""A rubric ready to judge: it scores proposals and puts their records together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from assessor.advice import firm_after, next_questions, recommendations
from assessor.comparison import (
    beyond,
    comparators,
    costs,
    lessons,
    numbers,
    resembles,
    targets,
)
from assessor.delivery import delivery, on_promises
from assessor.diagnosis import (
    Row,
    View,
    factor_result,
    findings,
    gravest_first,
    node,
    not_rated_because,
    pillar_result,
    prerequisites,
    profile,
    routing,
)
from assessor.levers import levers
from assessor.panel import Panel
from assessor.path import path
from assessor.plain import Record, __version__
from assessor.proposal import Portfolio, Proposal, load_proposal
from assessor.record import (
    Assessment,
    Caveat,
    Method,
    Place,
    ProposalFacts,
    RatingBand,
    RubricFacts,
    Source,
)
from assessor.robustness import MOST_RANKED, Sensitivity
from assessor.rubric import Paper, Rubric
from assessor.scorer import Scorer
from assessor.trust import RankChances

_CITING = {"sources", "evidence_sources"}


class Judge:
    """A rubric ready to make records: its scorer and its Chinese cases, scored once."""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self.scorer = Scorer(rubric)
        self.sensitivity = Sensitivity(self.scorer)

    def view(self, portfolio: Portfolio) -> View:
        return View.of(self.scorer, portfolio)

    @cached_property
    def cases(self) -> View:
        """The cases of the paper that the rubric names, and their scores."""
        # A rubric of one's own need not ask all that the shipped cases answer.
        proposals = [load_proposal(path).fitted(self.rubric) for path in self.rubric.cases]
        return self.view(Portfolio.of(proposals, self.rubric))

    def rank_chances(
        self, view: View, judged: Sequence[Assessment], first: int
    ) -> Iterator[RankChances]:
        """How sure ranks are; nothing where fewer than two proposals are rated, or too many.

        `judged` are the records of a view, of which `first` is the place of the first among all.
        """
        rated = [n for n, one in enumerate(judged) if one.rating != "NR"]
        if 2 <= len(rated) <= MOST_RANKED:
            rated.sort(key=lambda n: (-judged[n].score, judged[n].proposal.name))
            yield self.sensitivity.ranks(view, rated, first)

    def assessment(self, view: View, n: int, panel: Panel | None = None) -> Assessment:
        """The record of proposal number `n`."""
        row = Row(view, n)
        overall = node(row, "overall", "Overall")
        factors = tuple(factor_result(row, factor) for factor in self.rubric.factors)
        ruled = tuple(on_promises(row, findings(row)))
        held = tuple(targets(row))
        found = tuple(gravest_first([*ruled, *beyond(row, held)]))
        steps = tuple(recommendations(row, ruled))
        questions = tuple(next_questions(row, ruled))
        cited = tuple(lessons(row, factors, found))
        because = not_rated_because(row, float(view.scores.coverage[0, n]))
        parts: dict[str, Any] = {
            "proposal": _proposal_facts(row.proposal),
            "rubric": _rubric_facts(self.rubric),
            **{name: value for name, value in overall if name not in {"id", "title"}},
            "rating": "NR" if because else overall.rating,
            "firm": overall.firm and not because,
            "not_rated_because": because,
            "prerequisites": tuple(prerequisites(row)),
            "routing": routing(row),
            "profile": tuple(profile(row)),
            "pillars": tuple(pillar_result(row, pillar) for pillar in self.rubric.pillars),
            "factors": factors,
            "findings": found,
            "recommendations": steps,
            "path": path(row),
            "next_questions": questions,
            "firm_after": firm_after(row, questions),
            "lessons": cited,
            "targets": held,
            "costs": tuple(costs(row)),
            "resembles": tuple(resembles(row, self.cases)),
            "comparators": tuple(comparators(row, self.cases)),
            "numbers": tuple(numbers(row, found, steps, cited)),
            "levers": levers(row, rated=not because),
            "delivery": delivery(row),
            "assessors": panel.record() if panel else None,
            "caveats": tuple(_caveats(self.rubric)),
            "method": _method(self.rubric),
            "robustness": self.sensitivity.robustness(row, rated=not because),
        }
        source = cited_source(self.rubric.paper, tuple(parts.values()))
        return Assessment(engine_version=__version__, source=source, **parts)


def _proposal_facts(proposal: Proposal) -> ProposalFacts:
    return ProposalFacts(
        name=proposal.name,
        kind=proposal.kind,
        country=proposal.country,
        sha256=proposal.sha256,
        date=proposal.date,
        summary=proposal.summary,
        made_up=proposal.made_up,
        sectors=proposal.sectors,
        hinterland=proposal.hinterland,
        sources=proposal.sources,
    )


def _rubric_facts(rubric: Rubric) -> RubricFacts:
    file = rubric.file
    return RubricFacts(
        id=file.id,
        version=file.version,
        sha256=rubric.sha256,
        date=file.date,
        kind=file.kind,
        title=file.title,
        summary=file.summary,
    )


def _caveats(rubric: Rubric) -> Iterator[Caveat]:
    for caveat in rubric.caveats:
        if caveat.always:
            yield Caveat(id=caveat.id, text=caveat.text, sources=caveat.sources)


def _method(rubric: Rubric) -> Method:
    file, scale = rubric.file, rubric.file.scale
    return Method(
        bands=tuple(RatingBand(**dict(band)) for band in file.ratings),
        ratings_reason=file.ratings_reason,
        aggregation=file.overall.aggregation,
        aggregation_reason=file.overall.aggregation_reason,
        **{
            **dict(scale),
            "confidence": dict(scale.confidence),
            "effort": dict(scale.effort),
        },
    )


def cited_source(paper: Paper, parts: Sequence[Any]) -> Source:
    """The paper, with every place of it that is cited anywhere in the parts of a record."""
    words = {locator: paper.place(locator) for locator in sorted(set(_locators(parts)))}
    return Source(
        citation=paper.citation,
        short=paper.short,
        other=tuple(work.citation for work in paper.other),
        places={name: Place(text=at[0], page=at[1]) for name, at in words.items() if at},
    )


def _locators(parts: Sequence[Any]) -> Iterator[str]:
    """Every place that is named in records and in what they hold."""
    waiting = [*parts]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting += node
        elif isinstance(node, Record):
            for name, value in vars(node).items():
                if name in _CITING:
                    yield from value
                elif isinstance(value, tuple | Record):
                    waiting.append(value)
