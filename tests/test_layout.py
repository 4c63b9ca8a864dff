"""The check on the layout: it finds what it looks for, and nothing in our reports."""

from __future__ import annotations

import pytest

from assessor.layout import check_layout
from assessor.pdf import _engine, render, to_pdf
from tests import small
from tests.reports import NAMES, example, hostile, laid, words


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_cut_lost_overlapping_or_empty(name):
    assert example(name)[1] == []


def test_hostile_text_stays_within_its_page():
    problems = laid(hostile())[1]
    assert [p for p in problems if "empty" not in p] == []


def test_a_proposal_without_answers_has_a_report():
    record = small.assessed(small.blank())
    assert "Too little is known" in words(to_pdf([record]))
    assert [p for p in check_layout(render([record])) if "empty" not in p] == []


def problems_of(body: str, style: str = "") -> list[str]:
    weasyprint, _, fonts, _ = _engine()
    page = f"<html lang=en><style>@page{{size:100mm;margin:10mm}}{style}</style><body>{body}"
    return check_layout(weasyprint.HTML(string=page).render(font_config=fonts))


@pytest.mark.parametrize(
    ("body", "style", "found"),
    [
        ("<p style='height:60mm'>x</p><p>well", "", ""),
        ("<p>only a line", "", "the page is nearly empty"),
        ("<p style='margin-left:75mm;white-space:nowrap'>far too wide for it", "", "past the side"),
        ("<div style='position:absolute;top:79mm'>too low<br>too low", "", "foot or head"),
        (
            "<p>one</p><p style='margin-top:-11mm;padding-top:0'>two</p>",
            "p{margin:2mm 0}",
            "text lies on",
        ),
        ("<div style='height:3mm;overflow:hidden'>cut<br>off</div>", "", "text is cut off"),
    ],
)
def test_the_layout_check_sees(body, style, found):
    problems = problems_of(body, style)
    assert any(found in problem for problem in problems) if found else problems == []
