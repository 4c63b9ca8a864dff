"""Rubric files: what they may say, every fault with its place, and where their parts are found."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from assessor import InputError, Proposal, Rubric, assess, load_rubric
from assessor.files import shipped as folder_of
from tests import small
from tests.conftest import ROOT
from tests.small import SMALL
from tests.strategies import shipped

TEXT = SMALL.read_text("utf-8")
LAND = TEXT[TEXT.index("  - id: land\n") : TEXT.index("  - id: services\n")]
OPEN_LAND = TEXT[TEXT.index("  - id: open_land\n") :]
OTHERS = ("lessons.yaml", "comparators.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one's own with the small rubric in it."""
    for name in ("small.yaml", *OTHERS):
        shutil.copy(SMALL.parent / name, tmp_path / name)
    return tmp_path


def change(file: Path, *changes: tuple[str, str]) -> Path:
    text = file.read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    return file


def refused(path: Path) -> list[str]:
    """Every fault of a rubric, with the names of files alone."""
    with pytest.raises(InputError) as caught:
        load_rubric(path)
    return [line.replace(f"{path.parent}/", "") for line in str(caught.value).splitlines()]


def at(file: Path, needle: str) -> str:
    """FILE:LINE:COLUMN of the first such text in a file."""
    before, _, _ = file.read_text("utf-8").partition(needle)
    lines = before.split("\n")
    return f"{file.name}:{len(lines)}:{len(lines[-1]) + 1}"


# ---- One fault at a time: (what is changed, what the place begins with, the message) ----

Case = tuple[Sequence[tuple[str, str]], str, str]
CASES: dict[str, Case] = {
    "a field that is not known": (
        [("    short: Services\n", "    shrot: Services\n    short: Services\n")],
        "shrot",
        "'shrot' is not known here; did you mean 'short'?",
    ),
    "a field that is missing": (
        [
            (
                '        proof: The plan.\n        sources: ["3.3/land-reforms ¶3"]\n'
                "        advice: {action: Release",
                '        sources: ["3.3/land-reforms ¶3"]\n        advice: {action: Release',
            )
        ],
        "id: land.phased",
        "'proof' is missing; add it",
    ),
    "an id that is not the file's name": (
        [("id: small\n", "id: kenya\n")],
        "kenya",
        "id 'kenya' is not the file's name 'small'; make them the same",
    ),
    "a question in the factor of another": (
        [
            ("id: land.phased\n", "id: services.phased\n"),
            ("not land.phased", "not services.phased"),
        ],
        "services.phased\n        construct",
        "'services.phased' stands in factor 'land'; begin it with that",
    ),
    "a lesson that nobody wrote": (
        [
            (
                "lessons: [empty_halls]\n        why: For tests.\n        proof: A report.",
                "lessons: [auction, empty_hall]\n        why: So.\n        proof: A report.",
            )
        ],
        "empty_hall]",
        "there is no lesson 'empty_hall'; did you mean 'empty_halls'?",
    ),
    "a lesson of a rule that nobody wrote": (
        [("    lessons: [empty_halls]\n    cap:", "    lessons: [zzz]\n    cap:")],
        "zzz]",
        "there is no lesson 'zzz'; known: auction, empty_halls",
    ),
    "a place that the paper does not have": (
        [
            (
                LAND,
                LAND.replace('    sources: ["3.3/land-reforms ¶1"]\n', "    sources: [table-99]\n"),
            )
        ],
        "table-99",
        "the paper has no place 'table-99'; write a section, a paragraph "
        "('3.3/land-reforms ¶3') or a table ('table-6')",
    ),
    "a paragraph that the section does not have": (
        [
            (
                LAND,
                LAND.replace(
                    '    sources: ["3.3/land-reforms ¶1"]\n',
                    '    sources: ["3.3/land-reforms ¶4-9"]\n',
                ),
            )
        ],
        '"3.3/land-reforms ¶4-9"',
        "the paper has no place '3.3/land-reforms ¶4-9'; write a section, a paragraph "
        "('3.3/land-reforms ¶3') or a table ('table-6')",
    ),
    "a condition with a name that is wrong": (
        [("when: land.allocation == auction", "when: land.alocation == auction")],
        "land.alocation ==",
        "in 'land.alocation == auction', character 1: unknown question 'land.alocation'; "
        "did you mean 'land.allocation'?",
    ),
    "a condition with a level that is wrong": (
        [("when: land.allocation == auction", "when: land.allocation == acution")],
        "land.allocation == acution",
        "in 'land.allocation == acution', character 20: "
        "'land.allocation' has no level 'acution'; did you mean 'auction'?",
    ),
    "a rule that caps because something is missing": (
        [
            (
                "when: discipline.capacity > 150 and not land.phased",
                "when: discipline.capacity is missing",
            )
        ],
        "discipline.capacity is missing",
        "a rule that caps may not ask what is missing or known; take the cap away",
    ),
    "a cap on a factor that is not there": (
        [
            (
                "cap: {overall: true, at: 54, reason: For tests.}",
                "cap: {factor: lnad, at: 54, reason: For tests.}",
            )
        ],
        "lnad",
        "there is no factor 'lnad'; did you mean 'land'?",
    ),
    "a cap on two things": (
        [("cap: {overall: true,", "cap: {overall: true, factor: land,")],
        "{overall: true, factor",
        "a cap holds down one thing; write either factor or overall: true",
    ),
    "a cap on nothing": (
        [("cap: {overall: true,", "cap: {")],
        "{ at: 54",
        "a cap holds down one thing; write either factor or overall: true",
    ),
    "a factor that is called like the whole": (
        [
            (
                LAND,
                LAND.replace("id: land\n", "id: overall\n").replace("id: land.", "id: overall."),
            ),
            ("not land.phased", "not overall.phased"),
            ("when: land.", "when: overall."),
        ],
        "overall\n    title: Land",
        "'overall' is the name of a higher part of the tree; choose another",
    ),
    "bands out of order": (
        [("{id: B, from: 55", "{id: B, from: 80")],
        "- {id: A, from",
        "the bands start at [75.0, 80.0, 35.0, 0.0]; order them from best to worst, down to 0",
    ),
    "bands that do not reach 0": (
        [("{id: D, from: 0", "{id: D, from: 10")],
        "- {id: A, from",
        "the bands start at [75.0, 55.0, 35.0, 10.0]; order them from best to worst, down to 0",
    ),
    "bands of the same name": (
        [("{id: C, from", "{id: B, from")],
        "- {id: A, from",
        "the bands are called ['A', 'B', 'B', 'D']; order them from A on, each once",
    ),
    "a pillar that stands twice": (
        [("  - id: challenge\n", "  - id: success_factor\n")],
        "- id: success_factor",
        "the pillars are ['success_factor', 'success_factor']; name each once",
    ),
    "goalposts that do not rise": (
        [("points: [[50, 0], [100, 100]", "points: [[100, 0], [50, 100]")],
        "id: discipline.capacity",
        "the figures [100.0, 50.0, 150.0, 200.0] do not rise; set them apart and sort them",
    ),
    "a kind of question that is not known": (
        [("kind: measure", "kind: meassure")],
        "meassure",
        "'meassure' is not a kind; did you mean 'measure'?",
    ),
    "a weight of nothing": (
        [("    weight: 2\n", "    weight: 0.0\n")],
        "0.0\n",
        "weight is the number 0.0; write more than 0",
    ),
    "an aggregation that is not known": (
        [("overall: {aggregation: arithmetic,", "overall: {aggregation: harmonic,")],
        "{aggregation: harmonic",
        "there is no aggregation 'harmonic'; known: arithmetic, geometric, weakest_link",
    ),
    "a geometric mean without a floor": (
        [("overall: {aggregation: arithmetic,", "overall: {aggregation: geometric,")],
        "{aggregation: geometric",
        "geometric needs a floor and nothing else has one; mend either",
    ),
    "an included file that is not there": (
        [("kind: zone\ntitle", "kind: zone\ninclude: [comon.yaml]\ntitle")],
        "comon.yaml",
        "there is no file 'comon.yaml'; did you mean 'common.yaml'?",
    ),
    "a comparator that is not there": (
        [("kind: zone\ntitle", "kind: zone\ncomparators: [zhuhai-1990s.yaml]\ntitle")],
        "zhuhai-1990s.yaml",
        "there is no file 'zhuhai-1990s.yaml'; did you mean 'zhuhai-1980s.yaml'?",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_has_its_place_and_the_way_out(case: str, folder: Path) -> None:
    changes, needle, message = CASES[case]
    file = change(folder / "small.yaml", *changes)
    assert refused(file) == [f"{at(file, needle)}: {message}"]


def test_a_pillar_that_the_rubric_does_not_have(folder: Path) -> None:
    file = change(folder / "small.yaml")
    text = file.read_text("utf-8")
    start, end = text.index("  - id: challenge\n"), text.index("overall:")
    file.write_text(text[:start] + text[end:], "utf-8")
    message = "the rubric has no pillar 'challenge'; known: success_factor"
    assert refused(file) == [f"{at(file, 'challenge')}: {message}"]


def test_a_rubric_without_factors_judges_nothing(folder: Path) -> None:
    file = change(folder / "small.yaml")
    text = file.read_text("utf-8")
    file.write_text(text[: text.index("factors:\n")], "utf-8")
    assert refused(file) == ["small.yaml:2:1: there is no factor to judge by; add one"]


def test_an_id_and_a_construct_stand_once_in_all_files(folder: Path) -> None:
    again = LAND.replace("  - id: land.phased", "  - id: land.more")
    (folder / "more.yaml").write_text(f"factors:\n{again}rules:\n{OPEN_LAND}", "utf-8")
    main = change(
        folder / "small.yaml", ("title: Small zone", "include: [more.yaml]\ntitle: Small")
    )
    more = folder / "more.yaml"

    def line(needle: str) -> str:
        return ":".join([str(main), at(main, needle).split(":")[1]])

    expected = [
        (at(more, "land\n"), "id 'land'", line("land\n")),
        (at(more, "land.allocation"), "id 'land.allocation'", line("land.allocation")),
        (at(more, "land_allocation"), "construct 'land_allocation'", line("land_allocation")),
        (at(more, "land_phasing"), "construct 'land_phasing'", line("land_phasing")),
        (at(more, "open_land"), "id 'open_land'", line("open_land")),
    ]
    assert refused(main) == [
        f"{place}: {what} stands already at {first.replace(f'{folder}/', '')}; rename or remove one"
        for place, what, first in expected
    ]


def test_a_rule_may_not_be_called_like_a_factor(folder: Path) -> None:
    file = change(folder / "small.yaml", ("  - id: open_land\n", "  - id: land\n"))
    place, first = at(file, "land\n    title: Land is"), at(file, "land\n").rsplit(":", 1)[0]
    assert refused(file) == [f"{place}: id 'land' stands already at {first}; rename or remove one"]


@pytest.mark.parametrize(("file", "listing"), [("lessons", "lessons"), ("comparators", "targets")])
def test_an_entry_of_a_companion_stands_once(folder: Path, file: str, listing: str) -> None:
    path = folder / f"{file}.yaml"
    text = path.read_text("utf-8")
    entries = text.removeprefix(f"{listing}:\n")
    path.write_text(text + entries, "utf-8")
    ids = [entry["id"] for entry in yaml.safe_load(text)[listing]]
    told = refused(folder / "small.yaml")
    assert [line.split(": ", 1)[1] for line in told] == [
        f"id {id!r} stands already at {at(path, id).rsplit(':', 1)[0]}; rename or remove one"
        for id in ids
    ]


def test_all_faults_are_told_at_once_in_the_order_of_the_files(folder: Path) -> None:
    change(
        folder / "lessons.yaml", ('    sources: ["3.3/location ¶3"]\n', "    sources: ['9.9']\n")
    )
    file = change(
        folder / "small.yaml",
        ("id: small\n", "id: large\n"),
        ("lessons: [empty_halls]\n    cap", "lessons: [none]\n    cap"),
        ("when: land.allocation == auction", "when: land.allocation"),
    )
    assert [line.rsplit(":", 1)[0].split(": ")[0] for line in refused(file)] == [
        at(folder / "lessons.yaml", "'9.9'"),
        at(file, "large"),
        at(file, "none]"),
        at(file, "land.allocation\n    says"),
    ]


def test_faults_of_form_in_several_files_are_told_together(folder: Path) -> None:
    change(folder / "lessons.yaml", ("    case: Zhuhai\n", ""))
    change(folder / "comparators.yaml", ("higher_is: bolder", "higher_is: better"))
    assert refused(folder / "small.yaml") == [
        f"{at(folder / 'lessons.yaml', 'id: empty_halls')}: 'case' is missing; add it",
        f"{at(folder / 'comparators.yaml', 'better')}: "
        "'better' is not a higher_is; known: bolder, easier",
    ]


def test_fields_that_do_not_go_together_are_told_wherever_they_stand(folder: Path) -> None:
    """Advice is part of prerequisites and of every kind of question."""
    file = country_rubric(folder)
    text = file.read_text("utf-8")
    turned = re.sub(r"months: \[(\d+), (\d+)\]", r"months: [\2, \1]", text)
    file.write_text(turned, "utf-8")
    times = turned.count("months: [")
    assert times > 30
    lines = refused(file)
    assert len(lines) == min(times, 50)
    assert all("do not run forward; write [first, last]" in line for line in lines)


# ---- Where a rubric and its parts are found ----


@pytest.mark.parametrize("id", ["zone", "cluster"])
def test_a_shipped_rubric_is_found_by_its_id_and_by_its_path(id: str) -> None:
    by_path = load_rubric(folder_of("rubrics") / f"{id}.yaml")
    assert by_path.sha256 == shipped(id).sha256
    assert by_path.file.id == id


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("zones", "zones: there is no rubric 'zones'; did you mean 'zone'?"),
        ("common", "common: there is no rubric 'common'; known: cluster, zone"),
        ("", ": there is no rubric ''; known: cluster, zone"),
    ],
)
def test_an_unknown_id_is_told_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_rubric(name)
    assert str(caught.value) == message


def test_a_path_that_leads_nowhere(folder: Path) -> None:
    assert refused(folder / "smal.yaml") == ["smal.yaml: no such file; did you mean 'small.yaml'?"]


def country_rubric(folder: Path) -> Path:
    """The zone rubric as a country may change it: another file, with the shipped parts."""
    text = (folder_of("rubrics") / "zone.yaml").read_text("utf-8")
    file = folder / "kenya.yaml"
    file.write_text(text.replace("\nid: zone\n", "\nid: kenya\n", 1), "utf-8")
    return file


def parts(rubric: Rubric) -> list[str]:
    return [*rubric.questions, *(rule.id for rule in rubric.rules), *rubric.lessons]


def test_a_rubric_elsewhere_takes_the_shipped_parts(tmp_path: Path) -> None:
    kenya = load_rubric(country_rubric(tmp_path))
    assert parts(kenya) == parts(shipped("zone"))
    assert kenya.sha256 != shipped("zone").sha256
    assert [case.parent for case in kenya.cases] == [folder_of("examples")] * len(kenya.cases)


def test_an_own_part_beside_the_rubric_goes_before_the_shipped_one(tmp_path: Path) -> None:
    common = (folder_of("rubrics") / "common.yaml").read_text("utf-8")
    rule = common.index("rules:\n")
    (tmp_path / "common.yaml").write_text(common[:rule], "utf-8")
    lessons = (folder_of("rubrics") / "lessons.yaml").read_text("utf-8")
    title = shipped("zone").lessons["shenzhen-land-auction"].title
    (tmp_path / "lessons.yaml").write_text(lessons.replace(title, "Auction land"), "utf-8")
    case = (ROOT / "examples" / "zhuhai-1980s.yaml").read_text("utf-8")
    (tmp_path / "zhuhai-1980s.yaml").write_text(case.replace("Zhuhai", "Zhuhai city"), "utf-8")
    kenya = load_rubric(country_rubric(tmp_path))
    assert len(kenya.rules) < len(shipped("zone").rules)
    assert kenya.lessons["shenzhen-land-auction"].title == "Auction land"
    assert {case.name: case.parent for case in kenya.cases}["zhuhai-1980s.yaml"] == tmp_path


def test_a_shipped_case_may_answer_more_than_an_own_rubric_asks(folder: Path) -> None:
    file = change(
        folder / "small.yaml",
        ("kind: zone\ntitle", "kind: zone\ncomparators: [shenzhen-1980s.yaml]\ntitle"),
    )
    one = assess(Proposal.model_validate(small.data()), load_rubric(file))
    assert [
        (c.file, set(c.scores) <= {"land", "services", "discipline"}) for c in one.comparators
    ] == [("shenzhen-1980s.yaml", True)]


def test_the_hash_changes_with_every_file(folder: Path) -> None:
    hashes = {load_rubric(folder / "small.yaml").sha256}
    for name in ("small.yaml", *OTHERS):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("# A remark.\n")
        hashes.add(load_rubric(folder / "small.yaml").sha256)
    assert len(hashes) == 1 + 1 + len(OTHERS)


def test_only_what_applies_to_its_kind_is_kept() -> None:
    zone, cluster = shipped("zone"), shipped("cluster")
    assert set(zone.targets) != set(cluster.targets)
    for rubric in (zone, cluster):
        kept = [*rubric.targets.values(), *rubric.comparators, *rubric.caveats]
        assert {item.applies_to for item in kept} <= {rubric.file.kind, "both"}


def test_faults_of_the_text_and_of_the_fields_are_told_at_once(folder: Path) -> None:
    path = change(
        folder / "small.yaml",
        ("    short: Services\n", "    shrot: Services\n    short: Services\n    short: Twice\n"),
    )
    unknown, twice = refused(path)
    assert unknown.startswith(f"{at(path, 'shrot')}: 'shrot' is not known here")
    assert twice.startswith(f"{at(path, 'short: Twice')}: 'short' already stands in line ")
