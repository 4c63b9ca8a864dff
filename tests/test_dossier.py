"""What belongs to the report of one proposal: its attachments, and its file name."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessor import load_proposal
from assessor.assessment import assess_dossiers
from assessor.dossier import Dossier, report_names, slug
from tests import small
from tests.small import SMALL


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dossiers(*paths: str) -> list[Dossier]:
    return assess_dossiers(paths, SMALL)[1]


def write(path: str, **changes: object) -> str:
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text(small.text(**changes), "utf-8")
    return path


def named(*paths: str) -> dict[str, str]:
    found = dossiers(*paths)
    return dict(zip((one.file for one in found), report_names(found), strict=True))


# --- attachments ---


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_a_file_is_attached_as_it_was_read(mark: bytes, ends: bytes) -> None:
    content = mark + small.text().encode().replace(b"\n", ends)
    Path("p.yaml").write_bytes(content)
    (one,) = dossiers("p.yaml")
    Path("p.yaml").write_text("changed since")
    files = one.attachments()
    assert files.pop("p.yaml") == content
    assert files == {f"rubric-{name}": text for name, text in one.rubrics[0].sources.items()}


@pytest.mark.parametrize("name", ["assessment.json", "rubric-small.yaml"])
def test_no_attachment_takes_the_name_of_another(name: str) -> None:
    Path("p.yaml").write_text(small.text())
    (one,) = dossiers("p.yaml")
    Path(name).write_text(small.text())
    renamed = Dossier(name, load_proposal(name), one.rubrics, one.assessments)
    assert renamed.attachments()[f"proposal-{name}"] == small.text().encode()
    assert len(renamed.attachments()) == len(one.attachments())


def test_of_a_table_the_row_is_attached() -> None:
    Path("t.csv").write_text("name,kind,country,land.allocation\nA,zone,KE,tender\nB,zone,NA,\n")
    first, second = dossiers("t.csv")
    content = first.attachments()["t-row-2.json"]
    assert json.loads(content) == {
        "name": "A", "kind": "zone", "country": "KE",
        "answers": {"land.allocation": {"value": "tender"}},
    }  # fmt: skip
    assert hashlib.sha256(content).hexdigest() == first.assessments[0].proposal.sha256
    assert json.loads(second.attachments()["t-row-3.json"])["country"] == "NA"


# --- names ---


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Upland Park", "upland-park"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "proposal"),
        (".hidden", "hidden"),
        ('a/b\\c:d*e?f"g<h>i|j', "a-b-c-d-e-f-g-h-i-j"),
        ("CON", "proposal-con"),
        ("com1", "proposal-com1"),
        ("Com1 Park", "com1-park"),
        ("-rf", "rf"),
        ("深圳经济特区", "深圳经济特区"),
        ("İzmir", "i\u0307zmir"),
        ("नमस्ते ज़ोन", "नमस्ते-ज़ोन"),
        ("😀", "proposal"),
        ("A. B., Ltd.", "a-b-ltd"),
        ("x" * 80, "x" * 80),
        ("x" * 300, "x" * 71 + "-" + hashlib.sha256(b"x" * 300).hexdigest()[:8]),
    ],
)
def test_names_of_files(name: str, expected: str) -> None:
    assert slug(name) == unicodedata.normalize("NFKC", expected)


@given(st.text(max_size=200))
def test_a_file_name_is_safe_whatever_the_name(name: str) -> None:
    found = slug(name)
    assert 0 < len(found.encode()) <= 90
    assert not set(found) & set('/\\.:*?"<>| \t\n\0')
    assert found == found.strip("-")
    assert slug(found) == found or len(found.encode()) > 70
    assert found.isprintable() or all(c.isprintable() for c in found if c.isascii())


def test_a_name_of_its_own_is_all_that_a_report_needs() -> None:
    assert named(write("a.yaml", name="One"), write("b.yaml", name="Two")) == {
        "a.yaml": "one.pdf",
        "b.yaml": "two.pdf",
    }


def test_same_names_get_different_files_in_any_order() -> None:
    paths = [write(f"{place}.yaml", name="Same") for place in ("a", "b", "x/a")]
    paths.append(write("c.yaml", name="SAME."))
    names = named(*paths)
    assert len(set(names.values())) == 4
    assert all(name.startswith("same-") for name in names.values())
    for order in permutations(paths):
        assert named(*order) == names


def test_a_changed_file_keeps_its_name() -> None:
    paths = [write("a.yaml", name="Same"), write("b.yaml", name="Same")]
    before = named(*paths)
    write("b.yaml", name="Same", answers={"land.phased": "no"})
    assert named(*paths) == before


def test_rows_of_the_same_name_may_change_places() -> None:
    head, *rows = "name,kind,country", "Same,zone,KE", "Same,zone,ET", "Same,zone,KE"
    found = []
    for order in (rows, rows[::-1]):
        Path("t.csv").write_text("\n".join([head, *order]))
        each = dossiers("t.csv")
        countries = [one.proposal.country for one in each]
        found.append(sorted(zip(report_names(each), countries, strict=True)))
    assert found[0] == found[1]
    assert len({name for name, _ in found[0]}) == 3


def test_a_number_never_takes_the_name_of_another() -> None:
    head, row = "name,kind,country\n", "Same,zone,KE\n"
    Path("t.csv").write_text(head + row * 2)
    (first, second) = report_names(dossiers("t.csv"))
    assert second == first.replace(".pdf", "-2.pdf")
    Path("t.csv").write_text(head + row * 2 + f"{second[:-4]},zone,KE\n")
    assert len(set(report_names(dossiers("t.csv")))) == 3


def test_a_file_named_twice_has_one_report() -> None:
    path = write("a.yaml")
    assert len(dossiers(path, path)) == 1
