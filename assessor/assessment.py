"""Proposals in, records out: what the library is called for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assessor.diagnosis import View
from assessor.errors import Fault, InputError
from assessor.files import load
from assessor.judge import Judge
from assessor.panel import Panel, heard
from assessor.proposal import Portfolio, Proposal, Rubrics, check_answers, rubric_finder
from assessor.record import Assessment, Failed, PortfolioAssessment
from assessor.rubric import Rubric
from assessor.trust import RankChances

if TYPE_CHECKING:
    from assessor.dossier import Dossier
    from assessor.tables import Reading

# What only a portfolio needs is imported where it is used: one proposal shall start quickly.

Watch = Callable[[int, int], None]  # is told how many are done, and of how many


def _unwatched(_done: int, _total: int) -> None:
    """Nobody wants to know."""


def assess(
    proposal: Proposal | str | Path, rubric: Rubric | str | Path | None = None
) -> Assessment:
    """Judge one proposal, given as a file's path or as a `Proposal`, by the rubric of its kind.

    `rubric` is another one: its id, its path, or what `load_rubric` gave. InputError with every
    fault. A proposal of kind `both` needs `assess_each`, or a rubric.
    """
    one, *others = assess_each(proposal, rubric)
    if others:
        message = "is of kind both, which gives two assessments; call assess_each, or name a rubric"
        raise InputError([Fault(one.proposal.name, 0, 0, message)])
    return one


def assess_each(
    proposal: Proposal | str | Path, rubric: Rubric | str | Path | None = None
) -> list[Assessment]:
    """Judge one proposal by each rubric that its kind calls for: one, or two for kind `both`."""
    find = rubric_finder(rubric)
    asking = rubrics_asked(find)
    if isinstance(proposal, Proposal):
        read = proposal
    else:
        read = Proposal.of(load(proposal, strict=False), asking)
    if faults := list(check_answers(read, asking(read))):
        raise InputError(faults)
    return [assess_many([read.fitted(one)], one)[0] for one in find(read)]


def rubrics_asked(find: Rubrics) -> Rubrics:
    """Finds the rubrics whose questions a proposal may answer.

    They are those that judge it; and where it is of kind `both` and a rubric was named, the shipped
    one of the other kind.
    """
    shipped = rubric_finder()

    def asking(proposal: Proposal) -> list[Rubric]:
        rubrics = find(proposal)
        if proposal.kind != "both" or len(rubrics) > 1:
            return rubrics
        others = [one for one in shipped(proposal) if one.file.kind != rubrics[0].file.kind]
        return [*others, *rubrics]

    return asking


def assess_many(
    proposals: Sequence[Proposal], rubric: Rubric, watch: Watch = _unwatched
) -> list[Assessment]:
    """Judge proposals by one rubric, all at once; each result is what it would be alone."""
    return _judged(Judge(rubric), proposals, watch)[1]


def _judged(
    judge: Judge, proposals: Sequence[Proposal], watch: Watch
) -> tuple[View, list[Assessment]]:
    """The scores of proposals and their records."""
    panels = [Panel.of(proposal, judge.scorer) for proposal in proposals]
    agreed = [
        panel.proposal_agreed if panel else proposal
        for panel, proposal in zip(panels, proposals, strict=True)
    ]
    view = judge.view(heard(Portfolio.of(agreed, judge.rubric), panels, judge.rubric))
    records = []
    for n, panel in enumerate(panels):
        records.append(judge.assessment(view, n, panel))
        watch(n + 1, len(proposals))
    return view, records


def assess_portfolio(
    proposals: str | Path | Iterable[str | Path | Proposal | Mapping[str, Any]] | Any,
    rubric: Rubric | str | Path | None = None,
) -> PortfolioAssessment:
    """Judge every proposal in files, folders, tables or a dataframe; none spoils the others.

    Among the files may stand proposals: `Proposal`s, or dicts of what YAML would say. A dataframe
    has the columns of a table. What could not be read stands in `failed` with all its faults.
    """
    return assess_dossiers(proposals, rubric)[0]


def assess_dossiers(
    proposals: str | Path | Iterable[str | Path | Proposal | Mapping[str, Any]] | Any,
    rubric: Rubric | str | Path | None = None,
    watch: Watch = _unwatched,
) -> tuple[PortfolioAssessment, list[Dossier]]:
    """`assess_portfolio`, and what the report of each proposal that was judged is made from.

    A file that was named twice is judged once.
    """
    find = rubric_finder(rubric)
    asking = rubrics_asked(find)
    reading = _reading(proposals, asking)
    failed = [_failed(file, error) for file, error in reading.failed]
    sound: dict[str, Proposal] = {}
    for file, proposal in dict(reading.proposals).items():
        if faults := list(check_answers(proposal, asking(proposal))):
            failed.append(_failed(file, InputError(faults)))
        else:
            sound[file] = proposal
    portfolio, dossiers = judged_together(sound, find, failed, watch)
    return replace(portfolio, not_read=reading.unread), dossiers


def judged_together(
    proposals: Mapping[str, Proposal],
    find: Rubrics,
    failed: Sequence[Failed] = (),
    watch: Watch = _unwatched,
) -> tuple[PortfolioAssessment, list[Dossier]]:
    """`assess_dossiers` of proposals that were read, by their files, and of those that failed.

    `find` names the rubrics of each. InputError with every answer that does not fit its rubric.
    """
    from assessor.portfolio import ranking, resemblance

    sorted_out: dict[str, tuple[Rubric, list[tuple[str, Proposal]]]] = {}
    for file, proposal in proposals.items():
        for one in find(proposal):
            rows = sorted_out.setdefault(one.file.id, (one, []))[1]
            rows.append((file, proposal.fitted(one)))
    results: list[tuple[str, Assessment]] = []
    chances: list[RankChances] = []
    total = sum(len(rows) for _, rows in sorted_out.values())

    def told(done: int, _of_this_rubric: int) -> None:
        watch(len(results) + done, total)

    for one, rows in sorted_out.values():
        judge = Judge(one)
        view, judged = _judged(judge, [proposal for _, proposal in rows], told)
        chances += judge.rank_chances(view, judged, len(results))
        results += zip((file for file, _ in rows), judged, strict=True)
    files, assessments = [file for file, _ in results], [result for _, result in results]
    portfolio = PortfolioAssessment(
        assessments=tuple(assessments),
        ranking=ranking(assessments, files),
        resemblance=resemblance(assessments, [one for one, _ in sorted_out.values()]),
        failed=tuple(failed),
        rank_chances=tuple(chances),
    )
    return portfolio, list(_dossiers(proposals, find, results))


def _dossiers(
    sound: Mapping[str, Proposal], find: Rubrics, results: Iterable[tuple[str, Assessment]]
) -> Iterator[Dossier]:
    from assessor.dossier import Dossier

    records = {(file, one.rubric.id): one for file, one in results}
    for file, proposal in sound.items():
        rubrics = tuple(find(proposal))
        judged = tuple(records[file, one.file.id] for one in rubrics)
        yield Dossier(file, proposal, rubrics, judged)


def _reading(proposals: Any, asking: Rubrics) -> Reading:
    from assessor.formats import is_frame
    from assessor.readers import read_each, read_frame

    if is_frame(proposals):
        return read_frame(proposals, asking)
    alone = isinstance(proposals, str | Path | Proposal | Mapping)
    return read_each([proposals] if alone else proposals, asking)


def _failed(file: str, error: InputError) -> Failed:
    return Failed(file=file, errors=tuple(str(fault) for fault in error.faults))
