"""Whether the numbers of a report follow from what travels in it.

A report carries the proposal, the rubric and the record that it was made from. They are scored and
set again, and compared: the record byte for byte, the pages as `pages` says. A report that stands
says what its own proposal and rubric give; whether these are the right ones is for its reader to
see, by the hashes.

Nothing in the file is executed, followed or trusted. The PDF is taken apart by a process of its
own, within limits; of the attachments only names and contents are read. Those that a rubric may
include stand in a folder of their own while they are read.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pydantic_core

from assessor.assessment import assess_many, judged_together
from assessor.attaching import (
    CASE,
    FOLIO,
    PROPOSALS,
    RECORD,
    RUBRIC,
    attached,
    is_proposal,
    texts_apart,
)
from assessor.dossier import MOST_CARRIED, attached_together
from assessor.errors import Fault, InputError, PdfUnavailable, shorten, shown
from assessor.files import loads
from assessor.loading import SHELF, load_rubric
from assessor.pages import MOST, Check, check, check_pages, undecided
from assessor.pdf import Reported, to_pdf, travelling
from assessor.plain import Record
from assessor.proposal import Proposal, Rubrics
from assessor.record import Assessment, PortfolioAssessment, to_json
from assessor.rubric import Rubric
from assessor.unpacking import LIMITS, BadPdf, unpack
from assessor.wording import counted, listed

MAX_FILE = 50_000_000
_PLAIN = re.compile(r"[\w-]{1,60}\.ya?ml")  # what a rubric may include, of a length any disk takes
Files = Mapping[str, bytes]


class Verification(Record):
    """What a report was checked for; it stands where everything does.

    It is `undecided` where nothing is wrong, and something could not be checked as a whole.
    """

    file: str
    stands: bool
    undecided: bool
    checks: tuple[Check, ...]


def verify(path: str | Path) -> Verification:
    """Score a report again from what travels in it, and compare.

    InputError where the file is no readable PDF, or carries nothing to score again.
    """
    file = Path(path)
    content = _read(file)
    files = _files(content, file)
    inside = check_folio(files) if FOLIO in files else check_inside(files)
    checks = list(inside.checks)
    if inside.result:
        checks.append(_pages(file, content, inside))
    return Verification(
        file=str(path),
        stands=all(one.stands for one in checks),
        undecided=any(one.undecided for one in checks)
        and all(one.stands or one.undecided for one in checks),
        checks=tuple(checks),
    )


# --- the file ---


def _read(path: Path) -> bytes:
    """The bytes of a PDF that is not too large."""
    try:
        if path.is_dir():
            raise _refusal(path, "is a folder; name a report in it")
        if not path.is_file():  # a pipe would have to be waited for
            raise _refusal(path, "there is no such file; name a report that was written as PDF")
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except OSError as error:
        raise _refusal(path, f"cannot be read ({error.strerror}); copy it elsewhere") from None
    if not content.startswith(b"%PDF-"):
        raise _refusal(path, "is not a PDF; name a report that was written as PDF")
    if len(content) > MAX_FILE:
        raise _refusal(path, f"has more than {MAX_FILE // 10**6} MB; no report is as large")
    return content


def _refusal(path: Path, message: str) -> InputError:
    return InputError([Fault(str(path), 0, 0, message)])


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Names the file where it is a bad one."""
    try:
        yield
    except BadPdf as error:
        raise _refusal(path, str(error)) from None


def _files(content: bytes, path: Path) -> dict[str, bytes]:
    """The attachments by name; InputError where they are not those of a report."""
    with _told_of(path):
        files = unpack(content, LIMITS)
    if FOLIO in files:
        if PROPOSALS not in files:
            raise _refusal(path, f"carries no {PROPOSALS} to score again; {_WHO_ATTACHES}")
        return files
    if RECORD not in files:
        message = f"carries no {RECORD} and no {FOLIO}; name a report that `assess` wrote"
        raise _refusal(path, message)
    if not any(map(is_proposal, files)):
        message = "carries no proposal to score again; only `assess PROPOSAL` attaches it"
        raise _refusal(path, message)
    return files


_WHO_ATTACHES = f"only `assess` attaches them, up to {MOST_CARRIED:,} that were read from files"


# --- what is inside ---


@dataclass(frozen=True)
class Inside:
    """What the attachments were checked for; the result and attachments as they should be.

    There are none where the attachments cannot be scored.
    """

    checks: tuple[Check, ...]
    result: Reported = ()
    files: Files = field(default_factory=dict)


def check_inside(files: Files) -> Inside:
    """Score again what travels in a report (name to content), and compare it with the record."""
    try:
        claims = _claims(files[RECORD])
    except ValueError as error:
        return Inside((check("record", [str(error)], "", "The record was changed"),))
    name = _name_of_proposal(files, claims)
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        try:
            rubrics = [_rubric(files, claim.rubric_id, room) for claim in claims]
            proposal = Proposal.of(loads(files[name], name))
            records = [assess_many([proposal.fitted(one)], one)[0] for one in rubrics]
            again = attached(name, files[name], rubrics)
        except InputError as error:
            return _unscored(error, room, files)
    overall = " and ".join(f"{one.rating} with a score of {one.score:.1f}" for one in records)
    checks = (
        _check_files(files, again),
        _check_engine(claims, records),
        _check_proposal(name, files[name], claims),
        *map(_check_rubric, claims, rubrics),
        *_check_cases(files, claims),
        _check_numbers(files[RECORD], records, overall),
    )
    return Inside(checks, tuple(records), again)


def _unscored(error: InputError, room: Path, files: Files) -> Inside:
    """What cannot be read, and so is not what a result was made from."""
    told = str(error).replace(f"{room}{os.sep}", "").splitlines()
    names = {Path(fault.file).name for fault in error.faults if Path(fault.file).parent == room}
    if not names and (broken := sorted({f.file for f in error.faults} & files.keys())):
        return Inside((check("proposal", told, "", _changed("proposal", broken)),))
    for what, prefix in (("rubric", RUBRIC), ("case", CASE)):
        if broken := sorted(name for name in names if prefix + name in files):
            return Inside((check(what, told, "", _changed(what, broken)),))
    return Inside((check("files", told, "", "What is inside cannot be scored"),))


def _changed(what: str, broken: Sequence[str]) -> str:
    return f"The {what} was changed, or is for another version: {listed(broken)} cannot be read"


def check_folio(files: Files) -> Inside:
    """Score all proposals of a portfolio again, rank them, and compare with its record.

    What could not be read is not inside: it is taken from the record.
    """
    try:
        stored = _folio(files[FOLIO])
        texts = texts_apart(files[PROPOSALS])
        if len(texts) > MOST_CARRIED:
            raise ValueError(f"{len(texts):,} proposals are more than any portfolio carries")
    except ValueError as error:
        return Inside((check("record", [str(error)], "", "The record or the list was changed"),))
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        try:
            names = dict.fromkeys(line.rubric for line in stored.ranking)
            rubrics = [_rubric(files, name, room) for name in names]
            proposals = {name: Proposal.of(loads(text, name)) for name, text in texts.items()}
            portfolio, dossiers = judged_together(proposals, _finder(rubrics), stored.failed)
            portfolio = replace(portfolio, not_read=stored.not_read)
        except InputError as error:
            return _unscored(error, room, files)
        again = attached_together(dossiers)
    together = hashlib.sha256(files[PROPOSALS]).hexdigest()
    scored = f"{len(texts)} proposals, {len(portfolio.ranking)} lines of the ranking"
    checks = (
        _check_files(files, again),
        check("proposal", [], f"Proposals: {len(texts)} in {PROPOSALS}, SHA-256 {together}", ""),
        *(check("rubric", [], _rubric_named(rubric), "") for rubric in rubrics),
        _check_numbers(files[FOLIO], travelling(portfolio), scored),
    )
    return Inside(checks, portfolio, again)


def _folio(content: bytes) -> PortfolioAssessment:
    """The record of a portfolio as it travels; ValueError where it is none, or an empty one."""
    try:
        stored = PortfolioAssessment.checked(pydantic_core.from_json(content, allow_inf_nan=False))
    except pydantic_core.ValidationError as error:
        place = ".".join(map(str, error.errors(include_url=False)[0]["loc"])) or "it"
        message = f"{shorten(place)} is not what this version writes; check it with the one it has"
        raise ValueError(message) from None
    if not stored.ranking:
        raise ValueError("it ranks no proposal")
    return stored


def _finder(rubrics: Sequence[Rubric]) -> Rubrics:
    """Which of a portfolio's rubrics judge a proposal: one alone judges all, else by their kind."""
    if len(rubrics) == 1:
        return lambda _: [*rubrics]
    kinds = {rubric.file.kind: rubric for rubric in rubrics}
    return lambda proposal: [kinds[kind] for kind in proposal.kinds if kind in kinds]


@dataclass(frozen=True)
class _Claim:
    """What a record says that it was made from."""

    engine: str
    proposal: str  # hashes
    rubric: str
    rubric_id: str
    cases: tuple[tuple[str, str], ...]  # file and hash


def _claims(content: bytes) -> list[_Claim]:
    """What each record of the report says; ValueError where it is none."""
    data = pydantic_core.from_json(content)
    if isinstance(data, dict) and "assessments" in data:
        raise ValueError("it is that of a portfolio; only a proposal's report can be checked")
    records = data if isinstance(data, list) else [data]
    if not 1 <= len(records) <= 2:
        raise ValueError(f"it holds {len(records)} records; one proposal has one, or two")
    try:
        claims = [
            _Claim(
                engine=one["engine_version"],
                proposal=one["proposal"]["sha256"],
                rubric=one["rubric"]["sha256"],
                rubric_id=one["rubric"]["id"],
                cases=tuple((case["file"], case["sha256"]) for case in one["comparators"]),
            )
            for one in records
        ]
    except (KeyError, TypeError, IndexError):
        message = "it does not say which engine, proposal and rubric it was made from"
        raise ValueError(message) from None
    said = [part for claim in claims for part in (*astuple(claim)[:-1], *chain(*claim.cases))]
    if any(not isinstance(part, str) for part in said):
        raise ValueError("its version, its hashes or the name of its rubric are no text")
    return claims


def _name_of_proposal(files: Files, claims: Sequence[_Claim]) -> str:
    """The name of the proposal: of several files that may be it, the one that the record names."""
    names = [name for name in files if is_proposal(name)]
    fitting = [name for name in names if _hash(files[name]) == claims[0].proposal]
    return (fitting or names)[0]


def _rubric(files: Files, rubric: str, room: Path) -> Rubric:
    """The rubric of that id, read from the attachments in a folder of their own."""
    for name, content in files.items():
        part = name.removeprefix(RUBRIC).removeprefix(CASE)
        if part != name and _PLAIN.fullmatch(part):
            (room / part).write_bytes(content)
    named = [rubric + ending for ending in (".yaml", ".yml")]
    main = next((name for name in named if RUBRIC + name in files), named[0])
    missing = [part for part in (main, *SHELF) if RUBRIC + part not in files]
    if missing or not _PLAIN.fullmatch(main):
        told = "is not attached, and the rubric of the record rests on it"
        raise InputError(Fault(RUBRIC + part, 0, 0, told) for part in missing or [main])
    return load_rubric(room / main)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# --- the checks ---


def _check_files(files: Files, again: Files) -> Check:
    """Whether just those files travel in it that the result rests on."""
    held = files.keys() - {RECORD, FOLIO}
    wrong = [f"{name} is missing" for name in sorted(again.keys() - held)]
    wrong += [f"{shown(name)} has no business there" for name in sorted(held - again.keys())]
    wrong += [
        f"{name} is not what was read"
        for name in sorted(held & again.keys())
        if files[name] != again[name]
    ]
    told = f"Attached: all {len(held)} files that the result rests on, and the record"
    return check("files", wrong, told, "Attached are not just the files that the result rests on")


def _check_engine(claims: Sequence[_Claim], records: Sequence[Assessment]) -> Check:
    here = records[0].engine_version
    wrong = [
        f"the record names {shown(one.engine)}, here it is {here}; check it with that version"
        for one in claims
        if one.engine != here
    ]
    return check("engine", wrong[:1], f"Engine: {here}", "The engine is another one")


def _check_proposal(name: str, content: bytes, claims: Sequence[_Claim]) -> Check:
    found = _hash(content)
    wrong = [
        f"its SHA-256 is {found[:16]}…, the record names {shown(one.proposal[:16])}…"
        for one in claims
        if one.proposal != found
    ]
    told = f"Proposal: {shown(name)}, SHA-256 {found}"
    return check("proposal", wrong[:1], told, f"The proposal {shown(name)} was changed")


def _check_rubric(claim: _Claim, rubric: Rubric) -> Check:
    found, of = rubric.sha256, f"{rubric.file.id} {rubric.file.version}"
    wrong = []
    if found != claim.rubric:
        wrong = [f"its SHA-256 is {found[:16]}…, the record names {shown(claim.rubric[:16])}…"]
    return check("rubric", wrong, _rubric_named(rubric), f"The rubric {of} was changed")


def _check_cases(files: Files, claims: Sequence[_Claim]) -> Iterator[Check]:
    """Whether the cases are those that the record names; nothing where it names none."""
    cases = dict.fromkeys(case for claim in claims for case in claim.cases)
    wrong = [
        f"{shown(file)}: its SHA-256 is {_hash(content)[:16]}…, "
        f"the record names {shown(named[:16])}…"
        for file, named in cases
        if (content := files.get(CASE + file)) is not None and _hash(content) != named
    ]
    if cases:
        told = f"Cases: {counted(len(cases), 'case')} as the record names them"
        yield check("case", wrong, told, "A case that is scored beside the proposal was changed")


def _rubric_named(rubric: Rubric) -> str:
    return f"Rubric: {rubric.file.id} {rubric.file.version}, SHA-256 {rubric.sha256}"


def _check_numbers(stored: bytes, result: Reported, scored: str) -> Check:
    """Whether the record is, to the last byte, what comes out again."""
    again = to_json(result)
    wrong: list[str] = []
    if again != stored:
        found = _differences(pydantic_core.from_json(stored), pydantic_core.from_json(again), ())
        wrong = list(islice(found, MOST)) or ["the values are right, but written in another way"]
    told = f"Record: scored again it is the same to the last byte ({scored})"
    return check("numbers", wrong, told, "The record is not what its inputs give")


def _differences(stored: Any, again: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Where two values of JSON differ, each place in words."""
    if type(stored) is type(again) and isinstance(stored, dict | list):
        old, new = _named(stored), _named(again)
        for name in dict.fromkeys([*old, *new]):
            if name not in new:
                yield f"{_joined((*path, name))}: stands in the record, and does not come out"
            elif name not in old:
                yield f"{_joined((*path, name))}: comes out, and is not in the record"
            else:
                yield from _differences(old[name], new[name], (*path, name))
    elif type(stored) is not type(again) or stored != again:
        told = f"the record says {shown(stored)}, it comes out as {shown(again)}"
        yield f"{_joined(path)}: {told}"


def _joined(path: Sequence[str]) -> str:
    return ".".join(map(shorten, path)) or "the whole"


_TELLING = (("id",), ("rule",), ("indicator",), ("file",), ("file", "rubric"), ("rubric",))


def _named(node: dict[str, Any] | list[Any]) -> dict[str, Any]:
    """The parts of a value by name; those of a list by what tells them apart, else by place."""
    if isinstance(node, dict):
        return node
    if all(isinstance(part, dict) for part in node):
        for keys in _TELLING:
            names = [" ".join(str(part[key]) for key in keys if part.get(key)) for part in node]
            if len({*names} - {""}) == len(node):
                return dict(zip(names, node, strict=True))
    return {str(place): part for place, part in enumerate(node, 1)}


# --- the pages ---


def _pages(path: Path, content: bytes, inside: Inside) -> Check:
    """Whether the pages show what the inputs give."""
    try:
        again = to_pdf(inside.result, inside.files)
    except PdfUnavailable as error:
        return undecided("pages", "The pages could not be compared", [str(error)])
    with _told_of(path):
        return check_pages(content, again, LIMITS)
