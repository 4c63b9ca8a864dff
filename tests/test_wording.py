"""Numbers, names, ratings and places in words."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessor import questions, wording
from assessor.record import Cap
from assessor.report import Part
from tests import small
from tests.reports import records


@pytest.mark.parametrize(
    ("number", "said"), [(0, "no steps"), (1, "one step"), (2, "two steps"), (13, "13 steps")]
)
def test_counts_read_as_words(number, said):
    assert wording.counted(number, "step") == said


@pytest.mark.parametrize(
    ("file", "error", "said"),
    [
        ("a/b.yaml", "a/b.yaml:1:7: '[' is not closed", "1:7: '[' is not closed"),
        ("t.csv:12", "t.csv:12:4: no level", "12:4: no level"),
        ("t.xlsx:12", "t.xlsx:Proposals!D12: no level", "Proposals!D12: no level"),
        ("a folder", "a folder: holds no proposal", "holds no proposal"),
        ("b.yaml", "common.yaml:1:1: wrong", "common.yaml:1:1: wrong"),
    ],
)
def test_a_reason_does_not_repeat_the_file(file, error, said):
    assert wording.reason(file, error) == said


@pytest.mark.parametrize(
    ("names", "said"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_names_in_a_row(names, said):
    assert wording.listed(names) == said


@pytest.mark.parametrize(
    ("title", "said"),
    [("Land regime", "land regime"), ("FDI and diaspora", "FDI and diaspora"), ("", "")],
)
def test_titles_within_a_sentence(title, said):
    assert questions.within(title) == said


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (0, "0"),
        (54.4, "54"),
        (54.7, "54.7"),
        (54.97, "54.9"),
        (55, "55"),
        (62.5, "63"),
        (100, "100"),
    ],
)
def test_a_rounded_score_never_looks_like_the_band_above(score, said):
    assert wording.points(score, small.assessed().method.bands) == said


near_a_band = st.builds(
    lambda band, off: max(0, band.lowest + off),
    st.sampled_from(small.rubric().file.ratings),
    st.sampled_from([0, 1e-13, -1e-13, -1e-10, -2e-9, -0.04, 0.04, -0.5]),
)


@given(near_a_band | st.floats(0, 100))
def test_bands_are_those_of_the_rubric_to_the_last_bit(score):
    bands = small.assessed().method.bands
    assert wording.band_of(score, bands) == small.rubric().rating(score)
    shown = float(wording.points(score, bands))
    assert wording.band_of(shown, bands) == small.rubric().rating(score)


def test_what_has_no_score_has_no_band():
    assert wording.band_of(None, small.assessed().method.bands) == "NR"


def test_first_sentences_survive_section_numbers():
    text = "Named in 3.3/land-reforms ¶2, i.e. once. It also matters later."
    assert wording.first_sentence(text) == "Named in 3.3/land-reforms ¶2, i.e. once."
    assert wording.first_sentence("One only") == "One only"


@pytest.mark.parametrize(
    ("mid", "low", "high", "star", "said"),
    [
        ("B", "B", "B", False, "B"),
        ("B", "C", "B", False, "C to B"),
        ("D", "D", "D", True, "D*"),
        ("NR", "D", "A", False, "Not rated"),
    ],
)
def test_ratings_in_words(mid, low, high, star, said):
    assert wording.rating_words(low, high, mid, star) == said


@pytest.mark.parametrize(
    ("before", "after", "applied", "said"),
    [
        (70.2, 54.0, True, "Land regime scores at most 54 (before: 70, after: 54). Why."),
        (27.3, 27.3, True, "Land regime scores at most 54; at 27 it stays below that anyway. Why."),
        (54.44, 54.0, True, "Land regime scores at most 54 (before: 54.4, after: 54.0). Why."),
        (None, None, True, "Land regime scores at most 54. Why."),
        (70.2, 70.2, False, "If so, land regime scores at most 54. Why."),
    ],
)
def test_a_cap_shows_the_value_before_and_after(before, after, applied, said):
    cap = Cap(
        node="land",
        node_title="Land regime",
        at=54,
        reason="Why.",
        applied=applied,
        before=before,
        after=after,
    )
    assert wording.cap_words(cap, small.assessed().method.bands) == said


def test_citations_name_section_paragraph_and_page_once():
    part = Part(records("kivuli-coast-zone")[0], 1, "", ())
    assert part.cite([]) == ""
    places = part.a.source.places
    key = next(k for k in places if k.startswith("3.3/") and "-" not in k.split("¶")[-1])
    said = part.cite([key, key])
    shape = r"Zeng \(2012\), §\u202f3\.3, [A-Z][^,]+, ¶\u202f\d+, p\.\u202f\d+"
    assert re.fullmatch(shape, said), said
    assert part.cite(["no such place"]) == "Zeng (2012), no such place"
    assert wording._runs({1, 2, 3, 5}) == "1–3, 5"


def test_the_overall_score_does_not_score():
    cap = Cap(
        node="overall",
        node_title="x",
        at=54,
        reason="Why.",
        applied=False,
        before=None,
        after=None,
    )
    bands = small.assessed().method.bands
    assert wording.cap_words(cap, bands) == "If so, the overall score is at most 54. Why."
    applied = replace(cap, applied=True)
    assert wording.cap_words(applied, bands) == "The overall score is at most 54. Why."


def test_no_country_is_named_where_none_is_stated():
    assert wording.country("ZZ") == "Country not stated"
