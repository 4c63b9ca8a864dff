"""Proposals in, records out: what the library is called for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from assessor.errors import Fault, InputError
from assessor.files import load
from assessor.judge import Judge
from assessor.portfolio import ranking, resemblance
from assessor.proposal import Portfolio, Proposal, Rubrics, check_answers, rubric_finder
from assessor.readers import Reading, read_each, read_frame, with_lists
from assessor.record import Assessment, Failed, PortfolioAssessment
from assessor.rubric import Rubric


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
    asking = _asking(find)
    if isinstance(proposal, Proposal):
        read = proposal
    else:
        read = Proposal.of(load(proposal, strict=False), asking)
    if faults := list(check_answers(read, asking(read))):
        raise InputError(faults)
    return [assess_many([read.fitted(one)], one)[0] for one in find(read)]


def _asking(find: Rubrics) -> Rubrics:
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


def assess_many(proposals: Sequence[Proposal], rubric: Rubric) -> list[Assessment]:
    """Judge proposals by one rubric, all at once; each result is what it would be alone."""
    judge = Judge(rubric)
    portfolio = Portfolio.of(proposals, rubric)
    today = Portfolio.of([proposal.today() for proposal in proposals], rubric)
    views = judge.view(portfolio), judge.view(today)
    return [judge.assessment(*views, n) for n in range(len(proposals))]


def assess_portfolio(
    proposals: str | Path | Iterable[str | Path] | Any, rubric: Rubric | str | Path | None = None
) -> PortfolioAssessment:
    """Judge every proposal in files, folders, tables or a dataframe; none spoils the others.

    A dataframe has the columns of a table. What could not be read stands in `failed` with all its
    faults.
    """
    find = rubric_finder(rubric)
    asking = _asking(find)
    reading = _reading(proposals, asking)
    failed = [_failed(file, error) for file, error in reading.failed]
    sorted_out: dict[str, tuple[Rubric, list[tuple[str, Proposal]]]] = {}
    for file, as_read in reading.proposals:
        proposal = with_lists(as_read, asking(as_read))
        if faults := list(check_answers(proposal, asking(proposal))):
            failed.append(_failed(file, InputError(faults)))
            continue
        for one in find(proposal):
            rows = sorted_out.setdefault(one.file.id, (one, []))[1]
            rows.append((file, proposal.fitted(one)))
    results: list[tuple[str, Assessment]] = []
    for one, rows in sorted_out.values():
        judged = assess_many([proposal for _, proposal in rows], one)
        results += zip((file for file, _ in rows), judged, strict=True)
    files, assessments = [file for file, _ in results], [result for _, result in results]
    return PortfolioAssessment(
        assessments=tuple(assessments),
        ranking=ranking(assessments, files),
        resemblance=resemblance(assessments, [one for one, _ in sorted_out.values()]),
        failed=tuple(failed),
    )


def _reading(proposals: Any, asking: Rubrics) -> Reading:
    if hasattr(proposals, "columns"):
        return read_frame(proposals, asking)
    return read_each([proposals] if isinstance(proposals, str | Path) else proposals, asking)


def _failed(file: str, error: InputError) -> Failed:
    return Failed(file=file, errors=tuple(str(fault) for fault in error.faults))
