"""The PDF: both standards, its attachments and fonts, the same bytes; and what there is without."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest

from assessor import Assessment
from assessor.pdf import to_pdf
from assessor.record import to_json
from tests import small
from tests.conftest import ROOT
from tests.reports import NAMES, carried, pdf, read, records


@pytest.mark.parametrize("name", NAMES)
def test_title_language_dates_and_both_standards_are_set(name):
    reader, record = read(pdf(name)), records(name)[0]
    day = record.proposal.date or record.rubric.date
    assert reader.metadata is not None
    assert reader.metadata.title == record.proposal.name
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.metadata["/CreationDate"] == reader.metadata["/ModDate"]
    assert day.replace("-", "") in reader.metadata["/CreationDate"]
    xmp = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert 'pdfaid:part="3"' in xmp
    assert 'pdfaid:conformance="A"' in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp


@pytest.mark.parametrize("name", NAMES)
def test_only_the_bundled_fonts_get_in(name):
    fonts = set()
    for page in read(pdf(name)).pages:
        resources = page["/Resources"].get_object()
        for font in resources.get("/Font", {}).get_object().values():
            fonts.add(font.get_object()["/BaseFont"].split("+")[-1])
    assert fonts
    assert {font for font in fonts if "Source" not in font} == set()


@pytest.mark.parametrize("name", NAMES)
def test_attachments_are_byte_for_byte_what_was_given(name):
    held = read(pdf(name)).attachments
    given = {"assessment.json": to_json(records(name)), **carried(name)}
    assert held == {file: [content] for file, content in given.items()}
    assert Assessment.from_json(held["assessment.json"][0]) == records(name)[0]


# ---- repeatable ----


def test_the_same_record_gives_the_same_bytes_in_any_process(tmp_path):
    record = tmp_path / "record.json"
    record.write_bytes(to_json(records("xiqiao-textiles-1998")))
    program = (
        "import sys, hashlib; from assessor import pdf, Assessment\n"
        "record = Assessment.from_json(open(sys.argv[1], 'rb').read())\n"
        "print(hashlib.sha256(pdf.to_pdf([record], {'a.yaml': b'x'})).hexdigest())"
    )
    found = set()
    for seed, zone, folder in (("1", "Pacific/Auckland", ROOT), ("2", "America/Lima", tmp_path)):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(
            [sys.executable, "-c", program, str(record)],
            capture_output=True,
            text=True,
            check=True,
            cwd=folder,
            env=environment,
        )
        found.add(done.stdout.strip())
    assert len(found) == 1
    assert len(found.pop()) == 64


def test_a_report_leaves_the_process_as_it_found_it(tmp_path, monkeypatch):
    monkeypatch.setenv("FONTCONFIG_FILE", "mine")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert gc.isenabled()
    to_pdf([small.assessed()])
    assert gc.isenabled()
    assert os.environ["FONTCONFIG_FILE"] == "mine"
    assert list(tmp_path.iterdir()) == []


def test_garbage_collection_that_was_off_stays_off():
    gc.disable()
    try:
        to_pdf([small.assessed()])
        assert not gc.isenabled()
    finally:
        gc.enable()


# ---- without Pango ----


def test_without_pango_the_html_comes_and_the_pdf_says_what_to_install(tmp_path):
    record = tmp_path / "record.json"
    record.write_bytes(to_json([small.assessed()]))
    program = (
        "import sys, cffi\n"
        "def gone(*_, **__): raise OSError('cannot load library')\n"
        "cffi.FFI.dlopen = gone\n"
        "from assessor import pdf, report, Assessment, PdfUnavailable\n"
        "record = Assessment.from_json(open(sys.argv[1], 'rb').read())\n"
        "assert report.to_html([record]).startswith('<!DOCTYPE html>')\n"
        "try:\n    pdf.to_pdf([record])\n"
        "except PdfUnavailable as error:\n    print('said:', error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(record)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert len(done.stdout.splitlines()) == 1, "the banner of WeasyPrint got out"
    assert done.stdout.startswith(
        "said: Pango is not installed, so there is no PDF; to install it: "
    )
