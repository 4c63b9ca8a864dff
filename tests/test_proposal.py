"""What a proposal may say, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from babel.core import get_global
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from assessor import InputError, Proposal, assess
from assessor.countries import COUNTRIES
from assessor.files import loads
from assessor.proposal import MAX_FAULTS, check_answers, rubric_finder
from tests import small
from tests.small import SMALL


def faults(text: str) -> list[str]:
    """What is told of a proposal that is judged by the small rubric."""
    with pytest.raises(InputError) as caught:
        Proposal.of(loads(text, "p.yaml"), rubric_finder(SMALL))
    return str(caught.value).splitlines()


def answer_faults(tmp_path: Path, answers: str) -> list[str]:
    """What is told of the answers of a proposal whose form is right."""
    path = tmp_path / "p.yaml"
    path.write_text(f"name: P\nkind: zone\ncountry: KE\nanswers:\n{answers}", "utf-8")
    with pytest.raises(InputError) as caught:
        assess(path, SMALL)
    return [line.removeprefix(f"{tmp_path}/") for line in str(caught.value).splitlines()]


def read(**changes: Any) -> Proposal:
    return Proposal.model_validate(small.data(**changes))


def test_every_fault_of_form_and_answers_is_told_at_once() -> None:
    text = """\
name: ""
kind: zon
country: XX
date: 2026-02-30
size: 3
answers:
  land.alocation: auction
  land.allocation: {value: auktion, proof: none}
  land.phased: perhaps
  services.offered: roads
  discipline.capacity: {value: "125", confidence: very}
  discipline.audit: {state: not_applicable}
targets:
  growth: 3
  gdp_growth_percent: much
"""
    assert faults(text) == [
        "p.yaml:1:7: the name is empty; write one",
        "p.yaml:2:7: 'zon' is not a kind; did you mean 'zone'?",
        "p.yaml:3:10: 'XX' is no country; write its two letters of ISO 3166, such as KE",
        "p.yaml:4:7: '2026-02-30' is no date; write it as 2026-03-31",
        "p.yaml:5:1: 'size' is not known here; known: name, kind, country, date, made_up, "
        "summary, sectors, hinterland, sources, answers, targets, assessors and 1 more",
        "p.yaml:7:3: there is no question 'land.alocation'; did you mean 'land.allocation'?",
        "p.yaml:8:37: 'proof' is not known here; known: value, state, evidence, sources, "
        "confidence, status, today, reason",
        "p.yaml:9:16: land.phased: 'perhaps' is neither yes nor no; write yes or no",
        "p.yaml:10:21: services.offered: 'roads' is not a list; write the ids in brackets, "
        "or [] for none",
        "p.yaml:11:51: 'very' is not a confidence; known: high, medium, low",
        "p.yaml:12:21: the answer is not_applicable without a reason; write it under reason "
        "(in a table: in the column that ends in .reason)",
        "p.yaml:14:3: there is no target 'growth'; known: gdp_growth_percent",
        "p.yaml:15:23: gdp_growth_percent is text 'much'; write a number",
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            'hinterland: ""',
            "p.yaml:4:13: the hinterland is empty; write the region, or take the field out",
        ),
        (
            "hinterland: ' \u200b '",
            "p.yaml:4:13: the hinterland is empty; write the region, or take the field out",
        ),
        (
            'sectors: [garments, ""]',
            "p.yaml:4:21: the sector is empty; write what it makes, or take the entry out",
        ),
        ("assessors: [{name: ''}, {name: B}]", "p.yaml:4:20: the name is empty; write one"),
    ],
)
def test_what_is_left_empty_is_told(written: str, told: str) -> None:
    assert faults(f"name: P\nkind: zone\ncountry: KE\n{written}\n") == [told]


@pytest.mark.parametrize("written", ["hinterland:", "sectors: []", 'summary: ""', "sources: []"])
def test_a_field_that_need_not_be_filled_in_may_stand_empty(written: str) -> None:
    text = f"name: P\nkind: zone\ncountry: KE\n{written}\n"
    assert not list(check_answers(Proposal.of(loads(text, "p.yaml")), [small.rubric()]))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("land.allocation: acution", "is not a level; did you mean 'auction'?"),
        ("land.allocation: [auction]", "is not a level; did you mean 'auction'?"),
        ("land.allocation: true", "is not a level; known: negotiated, tender, auction"),
        ("land.phased: 1", "land.phased: 1 is neither yes nor no; write yes or no"),
        (
            "discipline.capacity: 12.5.1",
            "'12.5.1' is not a number; write a figure; it counts percent",
        ),
        (
            "discipline.capacity: 1,250",
            "'1,250' is not a number; write 1250 or 1.25 without quotes, unit or separators "
            "(it counts percent)",
        ),
        ("discipline.capacity: 80 %", "write 80 without quotes, unit or separators"),
        ("discipline.capacity: 010", "'010' is not a number; write 10 without quotes"),
        ("discipline.capacity: -1", "-1 lies outside 0 to 1000 percent; check the figure"),
        ("discipline.capacity: 1e300", "1e+300 lies outside 0 to 1000 percent"),
        ("discipline.capacity: yes", "'yes' is not a number"),
        ("discipline.capacity: true", "True is not a number"),
        ("services.offered: [legal, legal]", "names an item twice; name each once"),
        ("services.offered: [legal, [roads]]", "is not an item"),
        ("services.offered: {legal: 1}", "'legal' is not known here; known: value, state"),
    ],
)
def test_a_value_outside_its_levels(tmp_path: Path, written: str, told: str) -> None:
    (line,) = answer_faults(tmp_path, f"  {written}\n")
    assert told in line
    assert line.startswith("p.yaml:5:")


@pytest.mark.parametrize("figure", [".nan", ".NaN", ".inf", "-.inf", "1e999"])
def test_what_is_no_figure(tmp_path: Path, figure: str) -> None:
    (line,) = answer_faults(tmp_path, f"  discipline.capacity: {figure}\n")
    assert line.startswith(f"p.yaml:5:24: {figure} is ")


@given(st.floats() | st.integers() | st.text() | st.booleans() | st.lists(st.text()))
def test_any_value_is_taken_or_refused_in_words(value: Any) -> None:
    answers = {question: {"value": value} for question in small.rubric().questions}
    try:
        one = Proposal(name="P", kind="zone", country="KE", answers=answers)
    except ValidationError:  # NaN and infinity, which no file can say
        assert value != value or abs(value) == float("inf")
        return
    assert all(";" in fault.message for fault in check_answers(one, [small.rubric()]))


def test_a_million_faults_are_told_soon(tmp_path: Path) -> None:
    lines = answer_faults(tmp_path, "".join(f"  land.wrong{n}: 1\n" for n in range(100_000)))
    assert len(lines) == MAX_FAULTS + 1
    assert lines[-1] == "p.yaml: there are more faults; mend these first"


@pytest.mark.parametrize("code", ["NO", "NA", "no", " KE ", "ZZ", "CI", "TW", "XK"])
def test_norway_is_a_country_and_so_is_namibia(code: str) -> None:
    assert read(country=code).country == code.strip().upper()


def test_the_countries_are_those_of_babel() -> None:
    known = {name for name in get_global("territory_zones") if name.isalpha()}
    assert known | {"XK", "ZZ"} == COUNTRIES


@pytest.mark.parametrize("code", ["", "K", "KEN", "XX", "001", "é", "K" * 10_000])
def test_what_is_no_country(code: str) -> None:
    with pytest.raises(ValidationError, match="is no country; write its two letters of ISO 3166"):
        read(country=code)


@pytest.mark.parametrize(
    "day", ["2026-02-30", "20260331", "2026-3-1", "٢٠٢٦-٠٣-٣١", "2026-03-31\n"]
)
def test_what_is_no_date(day: str) -> None:
    with pytest.raises(ValidationError, match="is no date; write it as 2026-03-31"):
        read(date=day)


def test_what_cannot_be_seen_is_taken_out_of_texts() -> None:
    hidden = "\u202eA\x1b[31m\u200bB\u2066C\u061c\x00\x07"
    one = read(name=hidden, summary=hidden, answers={"land.phased": {"evidence": hidden}})
    assert one.name == "A[31mBC"
    assert one.summary == one.answers["land.phased"].evidence == "A[31mBC"


@pytest.mark.parametrize(
    "name",
    ["深圳经济特区", "منطقة اقتصادية", "<script>alert(1)</script>", "{{ 7*7 }}", "[/red]", "=1"],
)
def test_odd_text_is_no_fault(name: str) -> None:
    assert read(name=name).name == name


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"value": "auction", "state": "insufficient_evidence"}, "has a value and is"),
        ({"state": "not_applicable"}, "without a reason"),
        ({"state": "not_applicable", "reason": " "}, "without a reason"),
        (
            {"value": "auction", "status": "in_place", "today": "tender"},
            "the answer is in_place and today",
        ),
    ],
)
def test_an_answer_that_contradicts_itself(answer: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        read(answers={"land.allocation": answer})


def test_a_checklist_that_is_in_place() -> None:
    answer = {"value": ["legal"], "status": "in_place"}
    one = assess(read(answers={"services.offered": answer}), small.rubric())
    assert one.score == pytest.approx(60)
