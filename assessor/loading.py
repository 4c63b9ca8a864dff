"""Rubrics from files: the parts are read together, and the whole is checked.

Each field is checked by its record in `rubric`; here, what no single field shows: ids, constructs,
lessons, places of the paper, conditions. Every fault has its line.
"""

from __future__ import annotations

import hashlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from assessor.cache import keep, recall
from assessor.checks import check
from assessor.conditions import ConditionError
from assessor.errors import Fault, InputError, nearest
from assessor.files import Document, load, shipped
from assessor.indicators import Indicator
from assessor.plain import Record
from assessor.questions import Question
from assessor.rubric import (
    CaveatNote,
    Comparator,
    ComparatorsFile,
    Cost,
    LessonsFile,
    Paper,
    Part,
    Rubric,
    RubricFile,
    Target,
)


class _Origin(Record, kw_only=False):
    """One item of a list in a file, so that a fault found in the whole points to its line."""

    document: Document
    path: tuple[str | int, ...]

    def fault(self, message: str, *path: str | int) -> Fault:
        return self.document.fault((*self.path, *path), message)


class _Loaded(Record, kw_only=False):
    """The files of a rubric before they are judged together."""

    documents: tuple[Document, ...]
    parts: tuple[Part, ...]

    def each(self, listing: str) -> Iterator[tuple[Any, _Origin]]:
        for document, part in zip(self.documents, self.parts, strict=True):
            for i, item in enumerate(getattr(part, listing)):
                yield item, _Origin(document, (listing, i))

    def all(self, listing: str) -> tuple[Any, ...]:
        return tuple(item for item, _ in self.each(listing))

    def questions(self) -> Iterator[tuple[Question, _Origin]]:
        for factor, origin in self.each("factors"):
            for i, indicator in enumerate(factor.indicators):
                yield indicator, _Origin(origin.document, (*origin.path, "indicators", i))
        yield from self.each("prerequisites")
        yield from self.each("profile")


def rubric_path(name: str | Path) -> Path:
    """The file of a rubric: a path that ends in .yaml, or the id of one that is shipped."""
    path = Path(name)
    if path.suffix in {".yaml", ".yml"} or len(path.parts) > 1:
        return path
    ids = sorted(p.stem for p in shipped("rubrics").glob("*.yaml") if _is_rubric(p))
    if str(name) not in ids:
        hint = nearest(str(name), ids)
        raise InputError([Fault(str(name), 0, 0, f"there is no rubric {str(name)!r}; {hint}")])
    return shipped("rubrics") / f"{name}.yaml"


def _is_rubric(path: Path) -> bool:
    return path.stem not in {"common", "lessons", "comparators", "paper"}


def _beside(folder: Path, name: str, room: str = "rubrics") -> Path:
    """A companion file: the author's own beside the rubric, or else the shipped one."""
    own = folder / name
    return own if own.is_file() else shipped(room) / name


SHELF: dict[str, type[Record]] = {
    "lessons.yaml": LessonsFile,
    "comparators.yaml": ComparatorsFile,
    "paper.yaml": Paper,
}


def load_rubric(name: str | Path) -> Rubric:
    """Read a rubric by the id of a shipped one or by path; InputError with every fault in it.

    One that was read before is taken from the user's cache folder, if every file of it is the same.
    """
    path = rubric_path(name)
    kept = recall(path)
    if isinstance(kept, Rubric) and _is_current(kept, path):
        return kept
    rubric = _read_rubric(path)
    keep(path, rubric)
    return rubric


def _is_current(rubric: Rubric, path: Path) -> bool:
    """Whether a rubric that was kept is what its files say now."""
    if not path.is_file():  # a pipe would be waited for
        return False
    companions = [_beside(path.parent, name) for name in [*rubric.sources][1:]]
    try:
        now = [_content(file) for file in (path, *companions)]
    except OSError:
        return False
    found = all(case.is_file() for case in rubric.cases)
    return now == [*rubric.sources.values()] and found and rubric.cases == _cases(rubric.file, path)


def _content(file: Path) -> bytes:
    return file.read_bytes().removeprefix(BOM_UTF8)


def _cases(file: RubricFile, path: Path) -> tuple[Path, ...]:
    return tuple(_beside(path.parent, case, "examples") for case in file.comparators)


def _read_rubric(path: Path) -> Rubric:
    """Read a rubric from its files, and check all that it says."""
    main = load(path, strict=False)
    file = check(main, RubricFile)
    if faults := list(_missing_files(main, file, path.parent)):
        raise InputError(faults)
    documents, (*parts, lessons, comparators, paper) = _read_all(
        [(_beside(path.parent, part), Part) for part in file.include]
        + [(_beside(path.parent, part), model) for part, model in SHELF.items()]
    )
    documents.insert(0, main)
    loaded = _Loaded(tuple(documents[:-3]), (file, *parts))
    rubric = Rubric(
        file=file,
        prerequisites=loaded.all("prerequisites"),
        profile=loaded.all("profile"),
        factors=loaded.all("factors"),
        rules=loaded.all("rules"),
        lessons={lesson.id: lesson for lesson in lessons.lessons},
        targets={t.id: t for t in comparators.targets if _applies(t, file)},
        costs={c.id: c for c in comparators.costs if _applies(c, file)},
        beyond=comparators.beyond,
        likeness=comparators.likeness,
        ends={end.id: end for end in comparators.ends},
        comparators=tuple(c for c in comparators.comparators if _applies(c, file)),
        caveats=tuple(c for c in comparators.caveats if _applies(c, file)),
        cases=_cases(file, path),
        paper=paper,
        sha256=hashlib.sha256("".join(d.sha256 for d in documents).encode()).hexdigest(),
        sources={Path(d.name).name: d.content for d in documents},
    )
    faults = [
        *_check_whole(loaded, rubric),
        *_check_shelf(zip(documents[-3:-1], (lessons, comparators), strict=True)),
        *_check_ends(documents[-2], comparators, rubric),
        *_check_places(documents[:-1], paper),
    ]
    if faults:
        raise InputError(sorted(faults))
    return rubric


def _applies(item: Target | Cost | Comparator | CaveatNote, file: RubricFile) -> bool:
    return item.applies_to in {file.kind, "both"}


def _missing_files(main: Document, file: RubricFile, folder: Path) -> Iterator[Fault]:
    for field, room in (("include", "rubrics"), ("comparators", "examples")):
        for i, name in enumerate(getattr(file, field)):
            if not _beside(folder, name, room).is_file():
                known = {p.name for place in (folder, shipped(room)) for p in place.glob("*.yaml")}
                message = f"there is no file {name!r}; {nearest(name, sorted(known))}"
                yield main.fault((field, i), message)


def _read_all(
    wanted: Iterable[tuple[Path, type[Record]]],
) -> tuple[list[Document], list[Any]]:
    """Several files, read and checked; InputError with the faults of all of them."""
    documents, records = [], []
    faults: list[Fault] = []
    for path, model in wanted:
        try:
            documents.append(load(path, strict=False))
            records.append(check(documents[-1], model))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return documents, records


def _check_whole(loaded: _Loaded, rubric: Rubric) -> Iterator[Fault]:
    """Faults that no single field shows."""
    main, file = loaded.documents[0], rubric.file
    stem = Path(main.name).stem
    if file.id != stem:
        message = f"id {file.id!r} is not the file's name {stem!r}; make them the same"
        yield main.fault(("id",), message)
    questions = list(loaded.questions())
    yield from _twice(questions, "id")
    # What cites a lesson is named by its id alone.
    yield from _twice([*loaded.each("factors"), *loaded.each("rules")], "id")
    scored = [(q, origin) for q, origin in questions if isinstance(q, Indicator)]
    yield from _twice(scored, "construct")
    yield from _check_factors(loaded, file)
    for item, origin in [*scored, *loaded.each("rules")]:
        for i, lesson in enumerate(item.lessons):
            if lesson not in rubric.lessons:
                hint = nearest(lesson, sorted(rubric.lessons))
                yield origin.fault(f"there is no lesson {lesson!r}; {hint}", "lessons", i)
    yield from _check_rules(loaded, rubric)
    yield from _check_resemblance(main, rubric)


def _check_resemblance(main: Document, rubric: Rubric) -> Iterator[Fault]:
    rule = rubric.file.resemblance
    known = [indicator.id for indicator in rubric.indicators]
    for i, name in enumerate(rule.questions if rule else ()):
        if name not in known:
            message = f"there is no indicator {name!r}; {nearest(name, known)}"
            yield main.fault(("resemblance", "questions", i), message)
    if rule and rule.lesson not in rubric.lessons:
        message = f"there is no lesson {rule.lesson!r}; {nearest(rule.lesson, rubric.lessons)}"
        yield main.fault(("resemblance", "lesson"), message)


def _check_shelf(shelf: Iterable[tuple[Document, Record]]) -> Iterator[Fault]:
    for document, record in shelf:
        for listing, listed in record:
            items = enumerate(listed if isinstance(listed, tuple) else ())
            yield from _twice([(item, _Origin(document, (listing, i))) for i, item in items], "id")


def _check_ends(document: Document, file: ComparatorsFile, rubric: Rubric) -> Iterator[Fault]:
    """Names in `comparators.yaml` that stand nowhere: of works, and of lessons."""
    works = [work.id for work in rubric.paper.other]
    for i, cost in enumerate(file.costs):
        if cost.work not in works:
            message = f"there is no work {cost.work!r} in paper.yaml; {nearest(cost.work, works)}"
            yield document.fault(("costs", i, "work"), message)
    for i, lesson in enumerate(file.beyond.lessons if file.beyond else ()):
        if lesson not in rubric.lessons:
            hint = nearest(lesson, sorted(rubric.lessons))
            yield document.fault(("beyond", "lessons", i), f"there is no lesson {lesson!r}; {hint}")


def _twice(items: Iterable[tuple[Any, _Origin]], field: str) -> Iterator[Fault]:
    first: dict[str, _Origin] = {}
    for item, origin in items:
        name = getattr(item, field)
        other = first.setdefault(name, origin)
        if other is not origin:
            place = f"{other.document.name}:{other.document.at((*other.path, field))[0]}"
            message = f"{field} {name!r} stands already at {place}; rename or remove one"
            yield origin.fault(message, field)


def _check_factors(loaded: _Loaded, file: RubricFile) -> Iterator[Fault]:
    pillars = [pillar.id for pillar in file.pillars]
    if not loaded.all("factors"):
        yield loaded.documents[0].fault(("factors",), "there is no factor to judge by; add one")
    for factor, origin in loaded.each("factors"):
        if factor.id in {"overall", *pillars}:
            message = f"{factor.id!r} is the name of a higher part of the tree; choose another"
            yield origin.fault(message, "id")
        if factor.pillar not in pillars:
            known = ", ".join(pillars)
            message = f"the rubric has no pillar {factor.pillar!r}; known: {known}"
            yield origin.fault(message, "pillar")
        for i, indicator in enumerate(factor.indicators):
            if not indicator.id.startswith(factor.id + "."):
                message = f"{indicator.id!r} stands in factor {factor.id!r}; begin it with that"
                yield origin.fault(message, "indicators", i, "id")


def _check_rules(loaded: _Loaded, rubric: Rubric) -> Iterator[Fault]:
    factors = [factor.id for factor in rubric.factors]
    for rule, origin in loaded.each("rules"):
        try:
            condition = rubric.condition(rule)
        except ConditionError as error:
            message = f"in {rule.when!r}, character {error.column}: {error.message}"
            yield origin.fault(message, "when")
            continue
        if rule.cap and condition.tests_absence:
            message = "a rule that caps may not ask what is missing or known; take the cap away"
            yield origin.fault(message, "when")
        if rule.cap and rule.cap.factor and rule.cap.factor not in factors:
            message = f"there is no factor {rule.cap.factor!r}; {nearest(rule.cap.factor, factors)}"
            yield origin.fault(message, "cap", "factor")


def _check_places(documents: Iterable[Document], paper: Paper) -> Iterator[Fault]:
    """Locators that name no place of the paper, wherever a `sources` key stands."""
    place = cache(paper.place)
    for document in documents:
        for path, locator in _locators(document.data):
            if place(locator) is None:
                message = (
                    f"the paper has no place {locator!r}; write a section, a paragraph "
                    "('3.3/land-reforms ¶3') or a table ('table-6')"
                )
                yield document.fault(path, message)


def _locators(
    node: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every locator in plain data, and where it stands."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "sources" and isinstance(value, list):
                yield from (((*path, key, i), str(v)) for i, v in enumerate(value))
            elif isinstance(value, dict | list):
                yield from _locators(value, (*path, key))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            if isinstance(value, dict | list):
                yield from _locators(value, (*path, i))
