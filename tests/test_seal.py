"""What a PDF says of itself: what it was made from, and that nobody has touched it since."""

from __future__ import annotations

import io
import shutil
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pypdf import PdfReader

from assessor import Assessment, seal
from assessor.files import shipped
from assessor.pdf import to_pdf
from assessor.seal import sealed, stamp, stamp_of
from tests import small

FILES = {"p.yaml": b"name: x\n", "rubric-small.yaml": b"id: small\n"}


@cache
def record() -> Assessment:
    return small.assessed()


@cache
def report() -> bytes:
    return to_pdf([record()], FILES)


def test_a_report_carries_its_stamp_and_is_sealed() -> None:
    assert stamp_of(report()) == stamp([record()], FILES)


def test_both_stand_in_the_identifiers_of_the_file() -> None:
    first, second = PdfReader(io.BytesIO(report())).trailer["/ID"]
    assert str(first) == stamp([record()], FILES)
    assert sealed(report()) == report()
    assert len(second) == 32


@given(st.data())
@example(None)
def test_a_report_with_a_changed_byte_is_no_longer_sealed(data: st.DataObject | None) -> None:
    whole = report()
    place = data.draw(st.integers(0, len(whole) - 1)) if data else whole.rindex(b"/ID [(") + 6
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255)) if data else 1
    assert stamp_of(bytes(changed)) is None


@given(st.integers(0, 100_000))
def test_a_report_that_was_cut_short_or_added_to_is_no_longer_sealed(count: int) -> None:
    assert stamp_of(report()[: -count - 1]) is None
    assert stamp_of(report() + b"x" * (count % 100 + 1)) is None


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"/ID [(", b"/ID [(a) (b)]"])
def test_what_is_no_report_has_no_stamp(content: bytes) -> None:
    assert stamp_of(content) is None
    with pytest.raises(ValueError, match="no identifiers"):
        sealed(content)


def test_whatever_goes_in_changes_the_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = small.assessed(small.data(answers={"land.phased": "no"}))
    stamps = [
        stamp([record()], FILES),
        stamp([record(), record()], FILES),
        stamp([other], FILES),
        stamp([record()], {}),
        stamp([record()], {**FILES, "p.yaml": b"name: y\n"}),
        stamp([record()], {**FILES, "q.yaml": b""}),
    ]
    shutil.copytree(shipped("templates"), tmp_path / "templates")
    monkeypatch.setattr(seal, "shipped", lambda name: tmp_path / name)
    with monkeypatch.context() as inside:
        inside.setattr(seal, "_workshop", seal._workshop.__wrapped__)
        assert stamp([record()], FILES) == stamps[0]
        for file in ("report.css", "sections/summary.html.j2", "fonts/SourceSans3-It.ttf"):
            with (tmp_path / "templates" / file).open("ab") as opened:
                opened.write(b"\n")
            stamps.append(stamp([record()], FILES))
    assert len(set(stamps)) == len(stamps)
