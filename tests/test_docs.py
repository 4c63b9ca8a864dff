"""The documents against the code and the rubrics: tables, fields, names, links, files.

A table between `<!-- table: NAME -->` and `<!-- end -->` is made by the function of that name in
`TABLES`, and written anew by the command in `REWRITE`. A table below `<!-- fields: MODEL -->` or
`<!-- names: LIST -->` is written by hand, and its first column must name all that there is.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel

import assessor
from assessor import (
    difference,
    formats,
    indicators,
    pages,
    plain,
    proposal,
    questions,
    record,
    report,
    rubric,
    terms,
    trust,
    verification,
    writers,
)
from assessor.aggregation import AGGREGATIONS
from assessor.checks import fields_of
from assessor.cli import app
from assessor.conditions import RESERVED, SIGNS, ConditionError, parse
from assessor.files import load, shipped
from assessor.plain import Record, adapter
from assessor.rubric import Rubric
from assessor.scorer import effective_weights
from tests.conftest import ROOT
from tests.strategies import shipped as rubric_of
from tests.test_architecture import ORDER

REWRITE = "scripts/test --update-docs tests/test_docs.py"
RUN = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ALL = [*RUN, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]
KINDS = ("zone", "cluster")
each_document = pytest.mark.parametrize("document", ALL, ids=lambda path: path.name)


def text_of(document: str) -> str:
    return (ROOT / document).read_text("utf-8")


# ---- Tables made from the rubrics ----


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, [":--" if name else "--" for name in head], *rows]
    return "\n".join(f"| {' | '.join(map(cell, line))} |" for line in lines)


def cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def places(sources: Iterable[str]) -> str:
    return "; ".join(sources)


def size_table() -> str:
    def count(one: Rubric, kind: str) -> int:
        return sum(indicator.kind == kind for indicator in one.indicators)

    both = [rubric_of(kind) for kind in KINDS]
    own = [[p for p in one.prerequisites if p.test == one.file.kind] for one in both]
    rows: list[tuple[object, ...]] = [
        ("Version", *(one.file.version for one in both)),
        ("Prerequisites of its own kind", *map(len, own)),
        ("Factors", *(len(one.factors) for one in both)),
        ("Scored indicators", *(len(one.indicators) for one in both)),
        *(
            (f"- of kind `{kind}`", *(count(one, kind) for one in both))
            for kind in kinds_of_indicator()
        ),
        ("Rules", *(len(one.rules) for one in both)),
        ("- of which cap a score", *(sum(bool(r.cap) for r in one.rules) for one in both)),
        ("Targets with a reference class", *(len(one.targets) for one in both)),
        ("Cases of the paper scored beside", *(len(one.cases) for one in both)),
        ("Lessons (shared file)", *(len(one.lessons) for one in both)),
    ]
    return table(("What", "`zone`", "`cluster`"), rows)


def weights_table(kind: str) -> str:
    one = rubric_of(kind)
    effective = effective_weights(one)
    rows: list[tuple[object, ...]] = []
    for pillar in one.pillars:
        share = f"**{effective[pillar.id]:.1f}**"
        rows.append(
            (f"**{pillar.title}**", f"{pillar.weight:g}", share, "", pillar.aggregation, "")
        )
        rows += [
            (
                f"{factor.title} (`{factor.id}`)",
                f"{factor.weight:g}",
                f"{effective[factor.id]:.1f}",
                len(factor.indicators),
                factor.aggregation,
                factor.weight_basis,
            )
            for factor in one.factors
            if factor.pillar == pillar.id
        ]
    head = ("Pillar, factor", "Weight", "Percent of all", "Indicators", "Aggregation", "Basis")
    return table(head, rows)


def scale_table() -> str:
    scales = [rubric_of(kind).file.scale for kind in KINDS]
    names = {
        "coverage_floor": "Coverage below which there is no rating, percent",
        "not_applicable_cap": "Weight that may be declared not applicable, percent",
        "advice_below": "Score below which an answer calls for advice",
    }
    rows = [
        (
            f"Points added on both sides, {level} confidence",
            *(f"{getattr(scale.confidence, level):g}" for scale in scales),
            scales[0].confidence_reason if level == "high" else "As above",
        )
        for level in ("high", "medium", "low")
    ]
    for name, words in names.items():
        reason = getattr(scales[0], name.rpartition("_")[0] + "_reason")
        rows.append((words, *(f"{getattr(scale, name):g}" for scale in scales), reason))
    for effort in ("low", "medium", "high"):
        words = f"Units of effort for the whole way, {effort} effort"
        reason = scales[0].effort_reason if effort == "low" else "As above"
        rows.append((words, *(f"{getattr(scale.effort, effort):g}" for scale in scales), reason))
    weighing = [rubric_of(kind).file.weights for kind in KINDS]
    drawn = [f"{weights.concentration:g}" for weights in weighing]
    rows.append(("Concentration of drawn weights", *drawn, weighing[0].concentration_reason))
    alike = [likeness for kind in KINDS if (likeness := rubric_of(kind).likeness)]
    least = [str(likeness.least_shared) for likeness in alike]
    words = "Questions that a case alike must share"
    rows.append((words, *least, alike[0].least_shared_reason))
    return table(("Setting", "`zone`", "`cluster`", "Reason (as in `zone`)"), rows)


def bands_table() -> str:
    both = [rubric_of(kind).file.ratings for kind in KINDS]
    rows = [
        (zone.id, f"{zone.lowest:g}", f"{cluster.lowest:g}", zone.title, zone.meaning)
        for zone, cluster in zip(*both, strict=True)
    ]
    return table(("Rating", "`zone` from", "`cluster` from", "Title", "Meaning (zone)"), rows)


def caps_table() -> str:
    rows = [
        (kind, rule.title, f"`{rule.when}`", f"{rule.cap.node} at {rule.cap.at:g}", rule.cap.reason)
        for kind in KINDS
        for rule in rubric_of(kind).rules
        if rule.cap
    ]
    return table(("Rubric", "Rule", "When", "Caps", "Reason"), rows)


def targets_table() -> str:
    rows = [
        (
            kind,
            f"{target.title} (`{name}`)",
            target.unit,
            ", ".join(f"{one.case} {one.value:g}" for one in target.reference),
            places(target.sources),
        )
        for kind in KINDS
        for name, target in rubric_of(kind).targets.items()
    ]
    return table(("Rubric", "Target", "Unit", "Reference class", "Places"), rows)


def caveats_table(always: bool) -> str:
    data = load(shipped("rubrics") / "comparators.yaml").data["caveats"]
    rows = [
        (f"`{one['id']}`", one["applies_to"], one["text"], places(one["sources"]))
        for one in data
        if one.get("always", False) == always
    ]
    return table(("Caveat", "Rubric", "What it says", "Places"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "size": size_table,
    "weights-zone": lambda: weights_table("zone"),
    "weights-cluster": lambda: weights_table("cluster"),
    "scale": scale_table,
    "bands": bands_table,
    "caps": caps_table,
    "targets": targets_table,
    "caveats-always": lambda: caveats_table(always=True),
    "caveats-others": lambda: caveats_table(always=False),
}
MADE = re.compile(r"<!-- table: (\S+) -->\n(.*?)<!-- end -->", re.DOTALL)


@each_document
def test_tables_say_what_the_rubrics_say(document: Path, request: pytest.FixtureRequest) -> None:
    written = document.read_text("utf-8")
    made = MADE.sub(lambda m: f"<!-- table: {m[1]} -->\n{TABLES[m[1]]()}\n<!-- end -->", written)
    if request.config.getoption("--update-docs"):
        document.write_text(made, "utf-8")
        written = made
    assert written == made, f"a rubric has changed; to write the tables anew, type: {REWRITE}"


def test_every_table_that_can_be_made_is_used() -> None:
    used = {name for document in ALL for name, _ in MADE.findall(document.read_text("utf-8"))}
    assert used == set(TABLES)


# ---- Tables written by hand: they name every field and every name, and no other ----


def kinds_of_indicator() -> list[str]:
    union = get_args(indicators.AnyIndicator)[0]
    return [get_args(fields_of(one)["kind"])[0] for one in get_args(union)]


def options_of_the_command() -> set[str]:
    command = typer.main.get_command(app)
    commands = [command, *command.commands.values()]  # type: ignore[attr-defined]
    return {
        name for one in commands for param in one.params for name in param.opts if name[:2] == "--"
    }


NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "public": lambda: assessor.__all__,
    "kinds": kinds_of_indicator,
    "aggregations": lambda: AGGREGATIONS,
    "tables": lambda: formats.TABLES,
    "writers": lambda: writers.WRITERS,
    "sections": lambda: [name for name, _, _ in report.SECTIONS],
    "words": lambda: {*RESERVED, *SIGNS, "missing", "known", "true", "false"},
    "options": lambda: options_of_the_command() | {"--help"},
}
MODELS: dict[str, type[BaseModel | Record]] = {
    name: model
    for module in (
        questions,
        indicators,
        rubric,
        proposal,
        record,
        trust,
        terms,
        difference,
        pages,
        verification,
    )
    for name, model in vars(module).items()
    if inspect.isclass(model) and issubclass(model, BaseModel | Record)
}
BY_HAND = re.compile(r"<!-- (fields|names): (.+?) -->\n\n?((?:\|.*\n)+)")
CODE = re.compile(r"`([^`]+)`")


def tables_by_hand() -> Iterator[tuple[str, str, str, list[list[str]]]]:
    """Document, "fields" or "names", of what, and the rows without the head."""
    for document in ALL:
        for what, of, lines in BY_HAND.findall(document.read_text("utf-8")):
            rows = [re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in lines.splitlines()]
            yield document.name, what, of, [[cell.strip() for cell in row] for row in rows[2:]]


def first_column(rows: list[list[str]]) -> list[str]:
    return [name for row in rows for name in CODE.findall(row[0])]


def needed(of: str) -> dict[str, bool]:
    """The fields of `MODEL` or of `MODEL beyond BASE`, by their names in YAML: whether needed."""
    name, _, base = of.partition(" beyond ")
    without = fields_of(MODELS[base]) if base else {}
    required = adapter(MODELS[name]).json_schema().get("required", ())
    return {str(key): key in required for key in fields_of(MODELS[name]) if key not in without}


HAND_WRITTEN = [pytest.param(*one[1:], id=f"{one[0]}: {one[2]}") for one in tables_by_hand()]


@pytest.mark.parametrize(("what", "of", "rows"), HAND_WRITTEN)
def test_a_table_names_all_that_there_is(what: str, of: str, rows: list[list[str]]) -> None:
    known = set(needed(of)) if what == "fields" else set(NAMES[of]())
    named = first_column(rows)
    assert len(set(named)) == len(named), "named twice"
    assert set(named) == known


@pytest.mark.parametrize(("what", "of", "rows"), HAND_WRITTEN)
def test_a_table_says_rightly_what_is_needed(what: str, of: str, rows: list[list[str]]) -> None:
    """Where its second column is yes or no."""
    if what != "fields":
        return
    fields = needed(of)
    said = {
        name: row[1] for row in rows for name in CODE.findall(row[0]) if row[1] in ("yes", "no")
    }
    assert said == {name: "yes" if fields[name] else "no" for name in said}


def test_no_list_of_names_is_left_out() -> None:
    used = {of for _, what, of, _ in tables_by_hand() if what == "names"}
    assert used == set(NAMES)


def reachable(*roots: type[BaseModel | Record]) -> set[str]:
    """The models that stand in the fields of others, by name."""
    found: set[str] = set()
    waiting: list[Any] = list(roots)
    while waiting:
        one = waiting.pop()
        if inspect.isclass(one) and issubclass(one, BaseModel | Record):
            if one.__name__ not in found:
                found.add(one.__name__)
                waiting += fields_of(one).values()
        else:
            waiting += get_args(one)
    return found


@pytest.mark.parametrize(
    ("document", "roots"),
    [
        (
            "docs/RUBRIC-AUTHORS.md",
            (rubric.RubricFile, rubric.LessonsFile, rubric.ComparatorsFile, rubric.Paper),
        ),
        (
            "docs/API.md",
            (
                proposal.Proposal,
                record.Assessment,
                record.PortfolioAssessment,
                difference.Comparison,
                verification.Verification,
            ),
        ),
    ],
)
def test_every_field_of_a_file_is_explained(
    document: str, roots: tuple[type[BaseModel], ...]
) -> None:
    described = {
        name
        for place, what, of, _ in tables_by_hand()
        if what == "fields" and f"docs/{place}" == document
        for name in of.split(" beyond ")
    }
    assert not reachable(*roots) - described


MESSAGES = re.compile(r"<!-- messages -->\n\n((?:\|.*\n)+)")


def messages() -> list[tuple[str, str]]:
    found = MESSAGES.search(text_of("docs/RUBRIC-AUTHORS.md"))
    assert found
    return re.findall(r"^\| `(.+?)` \| (.+) \|$", found[1], re.MULTILINE)


@pytest.mark.parametrize(("condition", "message"), messages())
def test_a_wrong_condition_is_told_as_the_guide_says(condition: str, message: str) -> None:
    names = {question.id: question.name() for question in rubric_of("zone").questions.values()}
    with pytest.raises(ConditionError) as caught:
        parse(condition, names)
    assert caught.value.message == message


# ---- Links, files, languages, modules ----

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LANGUAGE = re.compile(r"^```(\w*)\n.*?^```$", re.DOTALL | re.MULTILINE)
IN_CHECKOUT = re.compile(
    r"(?<![\w/.-])((?:assessor|benchmarks|docs|examples|rubrics|scripts|templates|tests)/[\w./-]*\w|"
    r"(?:README|CHANGELOG|CONTRIBUTING|LICENSE|NOTICE|METHODOLOGY|RUBRIC-AUTHORS|API|GLOSSARY)\.md)"
)
MADE_BY_READERS = {"examples/FILE.yaml"}  # names that stand for one of yours


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = HEADING.findall(FENCED.sub("", document.read_text("utf-8")))
    words = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {word.replace(" ", "-") for word in words}


@each_document
def test_links_lead_somewhere(document: Path) -> None:
    broken = []
    for link in LINK.findall(FENCED.sub("", document.read_text("utf-8"))):
        if link.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


@each_document
def test_files_that_are_named_exist(document: Path) -> None:
    prose = LINK.sub("", document.read_text("utf-8"))
    named = set(IN_CHECKOUT.findall(prose)) - MADE_BY_READERS
    folders = (ROOT, ROOT / "docs")
    assert not [name for name in named if not any((folder / name).exists() for folder in folders)]


@pytest.mark.parametrize("document", RUN, ids=lambda path: path.name)
def test_every_block_has_a_language_that_is_checked(document: Path) -> None:
    languages = set(LANGUAGE.findall(document.read_text("utf-8")))
    assert languages <= {"python", "console", "sh", "yaml", "json", "text"}


def test_the_tour_follows_the_straight_line() -> None:
    """Every module, in the order in which each may import from those above it."""
    tour = re.findall(r"^\d+\. `(\w+)`", text_of("README.md"), re.MULTILINE)
    assert tour == list(ORDER)
    assert set(tour) == {path.stem for path in (ROOT / "assessor").glob("[a-z]*.py")}


def test_the_changelog_knows_this_version() -> None:
    assert f"## [{plain.__version__}]" in text_of("CHANGELOG.md")


def test_prose_is_no_wider_than_a_screen() -> None:
    long = [
        f"{document.name}: {line}"
        for document in ALL
        for line in FENCED.sub("", document.read_text("utf-8")).splitlines()
        if len(line) > 120 and not line.startswith("|") and "](" not in line
    ]
    assert not long
