"""Checking a report: it stands as written, fails on any change, and no file does any harm."""

from __future__ import annotations

import io
import json
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    TextStringObject,
)

from assessor import Assessment, InputError, PdfUnavailable, Proposal, assess_each, verify
from assessor.assessment import assess_dossiers
from assessor.attaching import attachments, texts_apart, texts_together
from assessor.dossier import attached_together
from assessor.notices import verification as told_of
from assessor.pages import Check
from assessor.pdf import to_pdf
from assessor.pdf import travelling as carried
from assessor.record import Failed, PortfolioAssessment, to_json
from assessor.report import fingerprint
from assessor.unpacking import LIMITS, BadPdf, Limits, Page, look, unpack
from assessor.verification import check_folio, check_inside
from tests import small
from tests.conftest import ROOT
from tests.reports import NAMES, pdf
from tests.small import SMALL

EXAMPLES = ROOT / "examples"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def travelling(path: Path, rubric: Path | None = None) -> dict[str, bytes]:
    """All that travels in the report of a proposal, the record too."""
    return {"assessment.json": to_json(assess_each(path, rubric)), **attachments(path, rubric)}


@cache
def laguna() -> dict[str, bytes]:
    return travelling(EXAMPLES / "laguna-azul-zone.yaml")


@cache
def small_files() -> dict[str, bytes]:
    """All that travels in the report of the small proposal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "p.yaml")
        path.write_text(small.text(), "utf-8")
        return travelling(path, SMALL)


@cache
def report() -> bytes:
    """The report of the small proposal, as the command writes it."""
    files = small_files()
    return to_pdf([small_record()], {n: files[n] for n in files if n != "assessment.json"})


def small_record() -> Assessment:
    return Assessment.from_json(small_files()["assessment.json"])


def checked(content: bytes) -> dict[str, Check]:
    """What is found in a PDF, by what was looked at."""
    Path("r.pdf").write_bytes(content)
    found = verify("r.pdf")
    assert found.stands == all(check.stands for check in found.checks)
    assert found.file == "r.pdf"
    return {check.what: check for check in found.checks}


def failed(checks: dict[str, Check]) -> set[str]:
    return {what for what, check in checks.items() if not check.stands and not check.undecided}


def with_files(**changes: bytes | None) -> bytes:
    """The small report with other attachments; None takes one out."""
    files = small_files() | {name.replace("__", "."): content for name, content in changes.items()}
    return to_pdf([small_record()], {n: c for n, c in files.items() if c is not None})


# --- what stands ---


@pytest.mark.parametrize("name", NAMES)
def test_every_example_stands_to_the_last_byte(name: str) -> None:
    checks = checked(pdf(name))
    assert failed(checks) == set()
    assert set(checks) == {"files", "engine", "proposal", "rubric", "case", "numbers", "pages"}
    assert checks["pages"].says == "Pages: the file is the same to the last byte"


def test_a_report_in_two_parts_stands() -> None:
    path = Path("both.yaml")
    path.write_text("name: Both\nkind: both\ncountry: KE\n", "utf-8")
    inside = check_inside(travelling(path))
    assert all(check.stands for check in inside.checks)
    assert [check.what for check in inside.checks].count("rubric") == 2
    assert [one.rubric.id for one in inside.result] == ["zone", "cluster"]


def stands(path: str, rubric: Path) -> bool:
    return all(check.stands for check in check_inside(travelling(Path(path), rubric)).checks)


@pytest.mark.parametrize(
    "name", ["assessment.json", "rubric-mine.yaml", "case-a.yaml", "深圳 x.yaml", "proposal-.yaml"]
)
def test_a_proposal_may_be_called_anything(name: str) -> None:
    Path(name).write_text(small.text(), "utf-8")
    assert stands(name, SMALL)


def test_a_file_that_begins_with_a_byte_order_mark_stands() -> None:
    folder = Path("rubrics")
    folder.mkdir()
    for file in SMALL.parent.glob("*.yaml"):
        (folder / file.name).write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    Path("p.yaml").write_bytes(b"\xef\xbb\xbf" + small.text().encode())
    assert stands("p.yaml", folder / "small.yaml")


# --- what does not ---


@settings(max_examples=150)
@given(st.data())
def test_any_changed_byte_of_an_attachment_is_found(data: st.DataObject) -> None:
    files = dict(small_files())
    name = data.draw(st.sampled_from(sorted(files)))
    place = data.draw(st.integers(0, len(files[name]) - 1))
    new = data.draw(st.integers(1, 255))
    content = bytearray(files[name])
    content[place] ^= new
    files[name] = bytes(content)
    assert not all(check.stands for check in check_inside(files).checks)


@settings(max_examples=12)
@given(st.data())
def test_any_changed_byte_of_a_case_is_found(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([name for name in laguna() if name.startswith("case-")]))
    content = bytearray(laguna()[name])
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    changed = laguna() | {name: bytes(content)}
    assert not all(check.stands for check in check_inside(changed).checks)


def test_a_changed_proposal_is_named_with_every_number_that_moves() -> None:
    other = small.text(answers={"discipline.audit": "outside"}).encode()
    checks = checked(with_files(p__yaml=other))
    assert failed(checks) == {"proposal", "numbers", "pages"}
    assert "'p.yaml' was changed" in checks["proposal"].says
    assert "score: the record says 65.0, it comes out as 75.0" in checks["numbers"].details
    moved = "factors.discipline.indicators.discipline.audit.score: the record says 50.0"
    assert any(told.startswith(moved) for told in checks["numbers"].details)


def test_a_space_more_in_the_proposal_is_named_though_no_number_moves() -> None:
    checks = checked(with_files(p__yaml=small_files()["p.yaml"] + b"\n"))
    assert failed(checks) == {"proposal", "numbers", "pages"}
    assert [told.partition(":")[0] for told in checks["numbers"].details] == ["proposal.sha256"]


def test_a_changed_rubric_is_named() -> None:
    other = small_files()["rubric-small.yaml"].replace(b"weight: 60", b"weight: 50", 1)
    checks = checked(with_files(**{"rubric-small__yaml": other}))
    assert {"rubric", "numbers"} <= failed(checks)
    assert checks["rubric"].says == "The rubric small 1.2.3 was changed"


def test_a_changed_number_of_the_record_is_named() -> None:
    data = json.loads(small_files()["assessment.json"])
    data["factors"][0]["score"] += 1
    content = json.dumps(data, indent=2, ensure_ascii=False).encode() + b"\n"
    checks = checked(with_files(assessment__json=content))
    assert failed(checks) == {"numbers"}
    told = checks["numbers"].details
    assert told[0] == "factors.land.score: the record says 63.5, it comes out as 62.5"


def test_another_engine_is_named() -> None:
    here = small_record().engine_version
    content = small_files()["assessment.json"]
    content = content.replace(f'"engine_version": "{here}"'.encode(), b'"engine_version": "9.9"')
    checks = checked(with_files(assessment__json=content))
    assert failed(checks) == {"engine", "numbers"}
    assert "'9.9'" in checks["engine"].details[0]


def test_pages_that_say_something_else_are_named() -> None:
    lie = replace(small_record(), score=74.9)
    checks = checked(to_pdf([lie], small_files()))
    assert failed(checks) == {"pages"}
    details = checks["pages"].details
    assert "page 4: says '74.9;' where it should be '65;'" in details
    assert len([told for told in details if "pages 1, 2 and 5: says" in told]) == 1  # the hash


def redone(change: Callable[[PdfWriter], object], **about: str) -> bytes:
    """The small report, changed by somebody who knows how, with what it says of itself."""
    writer = PdfWriter(clone_from=io.BytesIO(report()))
    change(writer)
    writer.add_metadata({f"/{name}": text for name, text in about.items()})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def painted(writer: PdfWriter) -> None:
    """The second page, covered in white."""
    page = writer.pages[1]
    stream = DecodedStreamObject()
    stream.set_data(page.get_contents().get_data() + b"\n1 1 1 rg 0 0 600 850 re f")
    page[NameObject("/Contents")] = writer._add_object(stream)


def with_a_note(writer: PdfWriter) -> None:
    writer.add_annotation(0, FreeText(text="A strong; score 95", rect=(50, 50, 400, 200)))


def with_a_drawing_link(writer: PdfWriter) -> None:
    (link, *_) = writer.pages[1]["/Annots"]
    link.get_object()[NameObject("/AP")] = DictionaryObject()


def leading_elsewhere(writer: PdfWriter) -> None:
    (link, *_) = writer.pages[1]["/Annots"]
    action = {NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TextStringObject("x:y")}
    link.get_object()[NameObject("/A")] = DictionaryObject(action)


def opening_with(kind: str) -> Callable[[PdfWriter], None]:
    def change(writer: PdfWriter) -> None:
        action = DictionaryObject({NameObject("/S"): NameObject(kind)})
        writer.root_object[NameObject("/OpenAction")] = action

    return change


def with_a_script(writer: PdfWriter) -> None:
    scripts = DictionaryObject({NameObject("/Names"): ArrayObject()})
    writer.root_object["/Names"][NameObject("/JavaScript")] = scripts


def with_a_bookmark(writer: PdfWriter) -> None:
    writer.add_outline_item(title="A strong", page_number=0)


def acting_on_a_page(writer: PdfWriter) -> None:
    action = DictionaryObject({NameObject("/S"): NameObject("/URI")})
    writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): action})


def nothing(_: PdfWriter) -> None:
    """Written again as it was."""


LATER = {"DrawnWith": "Pango 1.99.0"}  # other libraries than are here


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (with_a_note, "page 1: something lies over it (FreeText)"),
        (with_a_drawing_link, "page 2: a link draws something over it"),
        (leading_elsewhere, "page 2: a link leads to 'p1-s1 x:y'"),
        (opening_with("/JavaScript"), "carries JavaScript"),
        (opening_with("/Launch"), "starts a program"),
        (opening_with("/GoTo"), "does something when it is opened"),
        (acting_on_a_page, "does something by itself"),
        (with_a_script, "carries JavaScript"),
        (
            lambda writer: writer.add_outline_item(title="A strong", page_number=0),
            "its bookmarks: says 'A strong'",
        ),
        (lambda writer: writer.add_metadata({"/Title": "A strong"}), "its title is 'A strong'"),
        (lambda writer: writer.add_blank_page(), "pages; "),
    ],
)
def test_what_acts_or_lies_over_a_page_fails(
    change: Callable[[PdfWriter], object], told: str
) -> None:
    checks = checked(redone(change, **LATER))
    assert failed(checks) == {"pages"}
    assert any(told in detail for detail in checks["pages"].details), checks["pages"].details


@pytest.mark.parametrize("change", [nothing, painted])
def test_by_the_same_libraries_any_other_byte_fails(change: Callable[[PdfWriter], None]) -> None:
    checks = checked(redone(change, Keywords="seen"))
    assert failed(checks) == {"pages"}
    assert checks["pages"].says == "The file was changed after it was written"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (nothing, "compared: what is drawn, the same on every page"),
        (painted, "not settled: what else is drawn on page 2; "),
    ],
)
def test_by_other_libraries_it_is_told_what_was_not_checked(
    change: Callable[[PdfWriter], None], told: str
) -> None:
    content = redone(change, **LATER)
    checks = checked(content)
    assert failed(checks) == set()
    assert checks["pages"].undecided
    assert any(detail.startswith(told) for detail in checks["pages"].details)
    found = verify("r.pdf")
    assert (found.stands, found.undecided) == (False, True)
    shown = " ".join(told_of(found).split())
    assert "Every number stands" not in shown
    assert "is not settled; rely on the record" in shown
    assert "not compared: what a screen reader is told" in shown.replace("Not", "not")


def test_a_report_by_another_library_says_so() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assessor.pdf._libraries", lambda: "(Pango 1.0.0)")
        content = to_pdf([small_record()], small_files())
    checks = checked(content)
    assert checks["pages"].undecided
    assert "compared: what is drawn, the same on every page" in checks["pages"].details


def test_something_wrong_is_never_called_undecided() -> None:
    files = small_files()
    content = files["assessment.json"].replace(b'"score": 65.0', b'"score": 66.0', 1)
    checks = checked(with_files(assessment__json=content))
    assert failed(checks) == {"numbers"}
    assert checks["pages"].undecided  # its stamp is that of another record
    found = verify("r.pdf")
    assert (found.stands, found.undecided) == (False, False)
    assert "one of six checks failed" in " ".join(told_of(found).split())


def test_a_page_more_is_named() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(report()))
    writer.add_blank_page()
    out = io.BytesIO()
    writer.write(out)
    assert failed(checked(out.getvalue())) == {"pages"}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("rubric-lessons.yaml", None, "rubric-lessons.yaml: is not attached"),
        ("rubric-small.yaml", None, "rubric-small.yaml: is not attached"),
        ("notes.txt", b"x", "'notes.txt' has no business there"),
        ("rubric-../../x.yaml", b"x", "'rubric-../../x.yaml' has no business there"),
        ("assessment.json", b"{", "EOF while parsing"),
        ("assessment.json", b"[]", "it holds 0 records"),
        ("assessment.json", b'{"score": 1}', "it does not say which engine"),
        ("p.yaml", b"name: [", "p.yaml:1"),
        ("rubric-small.yaml", b"id: small", "rubric-small.yaml:1"),
    ],
)
def test_what_is_wrong_inside_is_named(name: str, content: bytes | None, told: str) -> None:
    files = small_files() | ({} if content is None else {name: content})
    if content is None:
        del files[name]
    inside = check_inside(files)
    details = [detail for check in inside.checks if not check.stands for detail in check.details]
    told = told.removeprefix("rubric-") if told.endswith(":1") else told
    assert any(told in detail for detail in details), details
    assert not any(tempfile.gettempdir() in detail for detail in details)


@pytest.mark.parametrize("name", ["common", "lessons", "paper", "zone"])
def test_a_rubric_that_no_longer_reads_is_called_changed(name: str) -> None:
    files = laguna()
    spoilt = {f"rubric-{name}.yaml": b"[" + files[f"rubric-{name}.yaml"]}
    (found,) = check_inside(files | spoilt).checks
    assert (found.what, found.stands) == ("rubric", False)
    assert found.says.startswith("The rubric was changed")
    assert f"{name}.yaml cannot be read" in found.says
    assert found.details[0].startswith(f"{name}.yaml:")


def test_a_changed_case_is_named() -> None:
    files = laguna()
    name = next(name for name in files if name.startswith("case-"))
    file = name.removeprefix("case-")
    found = {c.what: c for c in check_inside(files | {name: files[name] + b"\n"}).checks}
    assert {what for what, one in found.items() if not one.stands} == {"case", "numbers"}
    assert found["case"].details[0].startswith(f"'{file}': its SHA-256 is ")
    (broken,) = check_inside(files | {name: b"["}).checks
    assert broken.what == "case"
    assert f"{file} cannot be read" in broken.says


def test_a_proposal_that_no_longer_reads_is_called_changed() -> None:
    (found,) = check_inside(small_files() | {"p.yaml": b"name: ["}).checks
    assert found.what == "proposal"
    assert "p.yaml cannot be read" in found.says


def test_names_are_told_as_they_are_written() -> None:
    other = small.text(answers={"discipline.audit": "outside"}).encode()
    checked(with_files(p__yaml=other))
    shown = told_of(verify("r.pdf"))
    assert " score: the record says 65.0" in shown
    assert "Score: the record" not in shown


def locked(algorithm: str) -> bytes:
    """The small report behind a password; AES as far as its reader looks without a library."""
    if algorithm == "AES":
        keys = b"/O (%b) /U (%b) /OE (%b) /UE (%b) /Perms (%b)"
        keys %= tuple(b"x" * size for size in (48, 48, 32, 32, 16))
        filters = b"/CF <</F <</CFM /AESV3 /Length 32>>>> /StmF /F /StrF /F"
        lock = b"/Encrypt <</Filter /Standard /V 5 /R 6 /Length 256 /P -4 " + keys + filters
        return report().replace(b"/ID [(", lock + b">> /ID [(")
    writer = PdfWriter(clone_from=io.BytesIO(report()))
    writer.encrypt("secret", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES"])
def test_an_encrypted_file_is_called_so(algorithm: str) -> None:
    assert "is encrypted; ask for it as it was written" in refused(locked(algorithm))


def test_a_missing_part_is_not_taken_from_elsewhere() -> None:
    inside = check_inside({n: c for n, c in laguna().items() if n != "rubric-common.yaml"})
    wrong = {check.what: check.details for check in inside.checks if not check.stands}
    assert "rubric-common.yaml is missing" in wrong["files"]


@pytest.mark.parametrize("part", ["../secret.yaml", "/etc/passwd", "..\\secret.yaml", "a/b.yaml"])
@pytest.mark.parametrize("key", ["include", "comparators"])
def test_a_rubric_reaches_no_file_outside(part: str, key: str, here: Path) -> None:
    (here / "secret.yaml").write_text("factors: secret\n")
    main = small_files()["rubric-small.yaml"] + f"\n{key}: [{part!r}]\n".encode()
    inside = check_inside(small_files() | {"rubric-small.yaml": main})
    assert not inside.result
    assert "secret:" not in str(inside.checks)


def test_without_pango_it_says_that_the_pages_were_not_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = report()

    def gone(*_: object) -> bytes:
        raise PdfUnavailable("Pango is not installed")

    monkeypatch.setattr("assessor.verification.to_pdf", gone)
    checks = checked(content)
    assert failed(checks) == set()
    assert checks["pages"].undecided
    assert checks["pages"].says == "The pages could not be compared"


# --- a portfolio ---


def folio_files(*paths: str, rubric: Path | None = None) -> dict[str, bytes]:
    """All that travels in the report of a portfolio, the record too."""
    portfolio, dossiers = assess_dossiers(paths, rubric)
    return {"portfolio.json": to_json(carried(portfolio)), **attached_together(dossiers)}


@cache
def folio() -> tuple[PortfolioAssessment, dict[str, bytes]]:
    """Three small proposals, one of them unread and one not rated, and all that travels."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("a.yaml").write_text(small.text(name="A"), "utf-8")
        Path("b.yaml").write_text(small.text(name="B", answers={"land.phased": "no"}), "utf-8")
        Path("c.yaml").write_text("{name: C, kind: zone, country: KE}", "utf-8")
        Path("d.yaml").write_text("name: [", "utf-8")
        portfolio, dossiers = assess_dossiers(["."], SMALL)
        return portfolio, attached_together(dossiers)


def folio_checks(**changes: bytes) -> dict[str, Check]:
    """What is found in the attachments of the small portfolio, some of which are changed."""
    portfolio, files = folio()
    files = {"portfolio.json": to_json(carried(portfolio)), **files}
    changed = files | {name.replace("__", "."): content for name, content in changes.items()}
    return {check.what: check for check in check_folio(changed).checks}


def changed_text(file: str, old: str, new: str) -> bytes:
    texts = texts_apart(folio()[1]["proposals.json"])
    assert old in texts[file]
    return texts_together(texts | {file: texts[file].replace(old, new)})


def test_a_portfolio_stands_to_the_last_byte() -> None:
    checks = checked(to_pdf(*folio()))
    assert failed(checks) == set()
    assert set(checks) == {"files", "proposal", "rubric", "numbers", "pages"}
    assert checks["pages"].says == "Pages: the file is the same to the last byte"
    assert "3 proposals, 3 lines of the ranking" in checks["numbers"].says


def test_what_was_passed_over_is_taken_from_the_record() -> None:
    portfolio, files = folio()
    told = replace(portfolio, not_read=("t.xlsx: not read: the column 'My notes'",))
    files = {"portfolio.json": to_json(carried(told)), **files}
    assert all(check.stands for check in check_folio(files).checks)


@pytest.mark.parametrize("path", ["portfolio", "portfolio.xlsx"])
def test_the_example_stands_as_folder_and_as_workbook(path: str) -> None:
    portfolio, dossiers = assess_dossiers([EXAMPLES / path])
    files = {"portfolio.json": to_json(carried(portfolio)), **attached_together(dossiers)}
    inside = check_folio(files)
    assert all(check.stands for check in inside.checks)
    assert inside.result == portfolio
    assert inside.files.items() <= files.items()


def test_a_portfolio_in_which_one_is_of_both_kinds_stands() -> None:
    Path("a.yaml").write_text("name: Both\nkind: both\ncountry: KE\n", "utf-8")
    Path("b.yaml").write_text("name: Cluster\nkind: cluster\ncountry: KE\n", "utf-8")
    assert all(check.stands for check in check_folio(folio_files("a.yaml", "b.yaml")).checks)
    by_one = folio_files("a.yaml", rubric=SMALL)
    assert all(check.stands for check in check_folio(by_one).checks)


@settings(max_examples=150)
@given(st.data())
def test_any_changed_byte_of_a_portfolio_is_found(data: st.DataObject) -> None:
    portfolio, files = folio()
    sound = replace(portfolio, failed=())  # which is taken from the record
    files = {"portfolio.json": to_json(carried(sound)), **files}
    name = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    inside = check_folio(files | {name: bytes(content)})
    if all(check.stands for check in inside.checks):  # no number moved
        assert isinstance(inside.result, PortfolioAssessment)
        assert fingerprint(inside.result) != fingerprint(sound)  # which stands on every page


def test_a_changed_answer_names_the_line_of_the_ranking() -> None:
    checks = folio_checks(proposals__json=changed_text("b.yaml", "inside", "outside"))
    assert failed(checks) == {"numbers"}
    told = checks["numbers"].details
    assert "ranking.b.yaml.score: the record says 55.0, it comes out as 65.0" in told
    assert "ranking.b.yaml.rank: the record says 2, it comes out as 1" in told
    assert any(one.startswith("rank_chances.small.chances") for one in told)


def test_a_changed_line_of_the_ranking_is_named() -> None:
    data = json.loads(to_json(carried(folio()[0])))
    data["ranking"][0]["score"] = 99.0
    data["rank_chances"][0]["first_stays"] = 0.5
    changed = json.dumps(data, indent=2, ensure_ascii=False).encode() + b"\n"
    checks = folio_checks(portfolio__json=changed)
    assert failed(checks) == {"numbers"}
    first, second = checks["numbers"].details
    assert first.startswith("ranking.a.yaml.score: the record says 99.0, it comes out as 65.0")
    assert second.startswith("rank_chances.small.first_stays: the record says 0.5")


def test_a_space_more_in_a_proposal_is_seen_on_the_pages() -> None:
    portfolio, files = folio()
    other = files | {"proposals.json": changed_text("a.yaml", "name: A", "name:  A")}
    checks = checked(to_pdf(portfolio, other))
    assert failed(checks) == {"pages"}


def test_what_could_not_be_read_is_seen_on_the_pages() -> None:
    portfolio, files = folio()
    hidden = replace(portfolio, failed=(Failed(file="x.yaml", errors=("x.yaml: gone",)),))
    stored = to_json(carried(hidden))
    writer = PdfWriter(clone_from=io.BytesIO(to_pdf(portfolio)))
    writer.root_object["/Names"][NameObject("/EmbeddedFiles")] = DictionaryObject(
        {NameObject("/Names"): ArrayObject()}
    )
    for name, content in {"portfolio.json": stored, **files}.items():
        writer.add_attachment(name, content)
    out = io.BytesIO()
    writer.write(out)
    assert failed(checked(out.getvalue())) == {"pages"}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("portfolio.json", b"{", "EOF while parsing"),
        ("portfolio.json", b'{"ranking": []}', "is not what this version writes"),
        ("proposals.json", b"[", "Expecting value"),
        ("proposals.json", b'[{"file": 1, "text": ""}]', "no list of files"),
        ("proposals.json", b'["a"]', "no list of files"),
        ("proposals.json", b"7", "no list of files"),
        ("proposals.json", b'[{"file": "a.yaml", "text": "name: ["}]', "a.yaml:1:7"),
        ("rubric-small.yaml", b"id: small", "small.yaml:1"),
        ("notes.txt", b"x", "'notes.txt' has no business there"),
    ],
)
def test_what_is_wrong_in_a_portfolio_is_named(name: str, content: bytes, told: str) -> None:
    checks = folio_checks(**{name.replace(".", "__"): content})
    details = [one for check in checks.values() if not check.stands for one in check.details]
    assert any(told in detail for detail in details), details
    assert not any(tempfile.gettempdir() in detail for detail in details)


def test_a_portfolio_carries_all_its_proposals_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        Path(f"{name}.yaml").write_text(small.text(name=name), "utf-8")
    _, dossiers = assess_dossiers(["."], SMALL)
    made = replace(dossiers[0], proposal=Proposal.model_validate(small.data()))
    assert attached_together([made, dossiers[1]]) == {}
    monkeypatch.setattr("assessor.dossier.MOST_CARRIED", 1)
    assert attached_together(dossiers) == {}
    assert "carries no proposals.json" in refused(to_pdf(folio()[0]))


# --- what is no report ---


def refused(content: bytes) -> str:
    Path("r.pdf").write_bytes(content)
    with pytest.raises(InputError) as caught:
        verify("r.pdf")
    return str(caught.value)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: b"", "is not a PDF"),
        (lambda: b"name: x\n", "is not a PDF"),
        (lambda: b"%PDF-1.7\n", "is broken as a PDF"),
        (lambda: report()[: len(report()) // 2], "is broken as a PDF"),
        (lambda: to_pdf([small_record()]), "carries no proposal"),
        (lambda: with_files(assessment__json=b'{"assessments": []}'), None),
    ],
)
def test_what_is_no_report_is_refused(make: Callable[[], bytes], told: str | None) -> None:
    if told is None:
        assert "portfolio" in str(checked(make())["record"].details)
    else:
        assert told in refused(make())


def test_a_file_that_is_not_there_or_a_folder_is_refused(here: Path) -> None:
    for path, told in (("nowhere.pdf", "no such file"), (here, "is a folder")):
        with pytest.raises(InputError, match=told):
            verify(path)


def attached_by_hand(*files: tuple[str, bytes]) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    for name, content in files:
        writer.add_attachment(name, content)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_attachments_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "carries no assessment.json" in refused(attached_by_hand(("a.yaml", b"x")))
    twice = [("assessment.json", b"{}"), ("assessment.json", b"[]")]
    assert "carries two files called" in refused(attached_by_hand(*twice))
    many = [(f"{n}.yaml", b"x") for n in range(61)]
    assert "carries more than 60 files" in refused(attached_by_hand(*many))
    monkeypatch.setattr("assessor.verification.LIMITS", Limits(unpacked=1_000_000))
    large = [("a.yaml", b"x" * 600_000), ("b.yaml", b"x" * 600_000)]
    assert "carries more than" in refused(attached_by_hand(*large))


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assessor.verification.LIMITS", Limits(unpacked=1_000_000))
    packed = zlib.compress(bytes(50_000_000))
    content = attached_by_hand(("assessment.json", b"BOMB"), ("p.yaml", b"x"))
    start = content.index(b"BOMB")
    head = content[:start].rsplit(b"<<", 1)
    assert len(head) == 2
    stream = b"/Filter /FlateDecode /Length %d" % len(packed)
    bomb = content.replace(b"/Length 4", stream, 1).replace(b"BOMB", packed, 1)
    assert "is broken as a PDF" in refused(bomb)


def drawn(*operations: bytes) -> bytes:
    """A PDF with one page on which these operations are drawn."""
    writer = PdfWriter()
    page = writer.add_blank_page(100, 100)
    stream = DecodedStreamObject()
    stream.set_data(b"\n".join(operations))
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    fonts = DictionaryObject({NameObject(k): NameObject(v) for k, v in font.items()})
    named = DictionaryObject({NameObject("/F"): writer._add_object(fonts)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): named})
    page[NameObject("/Contents")] = writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_reader_that_takes_too_long_is_stopped() -> None:
    slow = drawn(*[b"BT /F 9 Tf (x) Tj ET"] * 1_000_000)
    begun = time.monotonic()
    with pytest.raises(BadPdf, match="takes more than 1 seconds"):
        look(slow, LIMITS._replace(seconds=1, drawing=50_000_000))
    assert time.monotonic() - begun < 15


@pytest.mark.skipif(sys.platform != "linux", reason="only there the system holds it to them")
def test_a_reader_that_takes_too_much_memory_is_stopped() -> None:
    large = attached_by_hand(("a.yaml", bytes(40_000_000)))
    with pytest.raises(BadPdf, match="too much memory"):
        unpack(large, LIMITS._replace(memory=100_000_000))


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"objects": 3}, "more than 3 objects"),
        ({"pages": 0}, "more than 0 pages"),
        ({"letters": 3}, "more than 3 letters"),
    ],
)
def test_pages_have_limits(limits: dict[str, int], told: str) -> None:
    with pytest.raises(BadPdf, match=told):
        look(report(), LIMITS._replace(**limits))


def test_a_page_with_too_much_on_it_is_named() -> None:
    assert look(drawn(b"q Q"), LIMITS._replace(drawing=2)).pages == [Page(None, [], "")]


def test_the_reader_takes_no_module_from_the_folder_in_which_it_runs(here: Path) -> None:
    (here / "json.py").write_text("raise SystemExit('json')\n", "utf-8")
    (here / "pypdf.py").write_text("raise SystemExit('pypdf')\n", "utf-8")
    assert "assessment.json" in unpack(report())


@settings(max_examples=20)
@given(st.integers(0, 2**32).map(Random))
def test_a_spoilt_pdf_never_ends_in_a_traceback(random: Random) -> None:
    content = bytearray(report())
    for _ in range(random.choice([1, 5, 200])):
        content[random.randrange(len(content))] = random.randrange(256)
    if random.random() < 0.3:
        content = content[: random.randrange(len(content))]
    path = Path("spoilt.pdf")
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch, suppress(InputError):
        patch.setattr("assessor.verification.to_pdf", lambda *_: report())
        verify(path)


def test_nothing_is_left_behind_and_pypdf_is_silent(
    here: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    room = here / "room"
    room.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(room))
    checked(report())
    refused(report()[:5000])
    assert list(room.iterdir()) == []
    assert capfd.readouterr() == ("", "")
    assert PdfReader(io.BytesIO(report())).pages
