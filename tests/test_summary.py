"""What the terminal shows: in 80 columns, in 40, without colour, without Unicode."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from rich.cells import cell_len

from assessor.summary import summary
from tests import small
from tests.reports import records
from tests.strategies import kinds, proposal, randoms
from tests.strategies import shipped as rubric_of


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Output to a file, in UTF-8, whatever runs the tests."""
    for name in ("LC_ALL", "LANG", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.stdout", Stream("utf-8"))


class Stream:
    """A standard output of some encoding, to a terminal or to a file."""

    def __init__(self, encoding: str, terminal: bool = False) -> None:
        self.encoding, self.terminal = encoding, terminal

    def isatty(self) -> bool:
        return self.terminal

    def fileno(self) -> int:
        raise OSError

    def write(self, _: str) -> int:
        return 0

    def flush(self) -> None:
        """Nothing is kept."""


FULL = """
Upland Park
Kenya; judged by the rubric small 1.2.3

Success factors 0                50                 100 score interval rating
  Land          ████████████████████████                   63          B
  Services      ████████████████████                       50          C

Challenges      0                50                 100 score interval rating
  Discipline    █████████████████████████████              75          A
A strong, from 75; B sound with gaps, from 55; C weak, from 35; D very weak

Prerequisites: 1 of 1 met

Findings: no warnings, no strengths

The three best next steps, with the points that each alone would add
  +15.0  Auction the land.
         Land office; within one month
  +10.0  Have the accounts audited.
         Parliament; within six months
  +10.0  Offer what is missing. Missing: Power; A desk that is open day and
         night.
         Zone authority; within 24 months
Least effort, not most points, to a rating of A: 2 units for allocation of land.
The score is then 80.

Overall: B, sound with gaps; score 65 of 100
The answers cover 100 percent of the weight.
With weights and open answers drawn 10,000 times, nine draws in ten score 61–70;
the rating B stands in over 99 percent of the draws and by 5 of 6 other methods.
The score is 10.0 points below A and 10.0 above the edge to C. Three single
answers lift the rating and two lower it; the nearest, who audits (outside),
brings A.

"""

SPARSE = """
Upland Park
Country not stated; a made-up proposal; judged by the rubric small 1.2.3

Success factors 0                50                 100 score interval rating
  Land          █████████████████████████░░░┃              75    64–75 B to A
  Services      does not apply

Challenges      0                50                 100 score interval rating
  Discipline    ░░░░░░░░░░░░░░░░░░░░                        –     0–50 NR*
█ certain  ░ open until more is known  ┃ score
A strong, from 75; B sound with gaps, from 55; C weak, from 35; D very weak
NR not rated: answers cover less than 65 percent of the weight
* evidence was looked for, not found, and counts as 0

Prerequisites: 0 of 1 met
  NOT MET    Fixed boundary
             First of all: Fix the boundary. Cabinet.
  The proposal fails the test of a zone: it is not one as it stands.

Findings: no warnings, one strength; one rule cannot tell yet, for want of
answers
  strength  Land is open to everybody
            because allocation of land: auction

The two best next steps, with the points that each alone would add
  +20.0  Have the accounts audited.
         Parliament; within six months
  +15.0  Release the land in phases.
         Zone authority; months 3 to 12

Not known or in doubt: three answers
  discipline.capacity
    What percentage of demand is the capacity?
  land.allocation
    How is land given to firms?
  discipline.audit
    Who audits the accounts?
The first two answers make the rating firm if they confirm what the score counts
now.

Overall: not rated; the score lies between 38 and 65
Answers cover 60 percent of the weight; a rating needs 65 percent.
The score hangs most on allocation of land.

"""


def test_a_full_proposal() -> None:
    assert summary(small.assessed()) == FULL


def sparse(**changes: Any) -> dict[str, Any]:
    answers = {
        "zone_test.delimited": "no",
        "land.allocation": {"value": "auction", "confidence": "low"},
        "land.phased": "no",
        "services.offered": {"state": "not_applicable", "reason": "none needed"},
        "discipline.audit": {"state": "insufficient_evidence"},
    }
    return {**small.FACTS, "country": "ZZ", "made_up": True, "answers": answers, **changes}


def test_a_sparse_proposal() -> None:
    assert summary(small.assessed(sparse())) == SPARSE


def test_a_blank_proposal() -> None:
    shown = summary(small.assessed(small.blank()))
    assert "░" * 37 in shown
    assert "█ certain" in shown
    assert "Not known: six answers; these three would tell most\n  zone_test.delimited\n" in shown
    assert "best next step" not in shown
    assert "Overall: not rated; the score lies between 0 and 100\n" in shown


def test_without_a_rating_it_says_what_the_score_hangs_on() -> None:
    one = records("shantou-1980s")[0]
    assert one.rating == "NR"
    assert "\nThe score hangs most on advantage without privilege.\n" in summary(one)


def test_the_reality_check_tells_cost_and_time_and_how_like_the_nearest_case_is() -> None:
    told = " ".join(summary(records("kivuli-coast-zone")[0]).split())
    assert "cost of the works: 210 million of the plan's currency as planned; works of" in told
    assert "Time to build the works: 30 months as planned; works of this kind went up to 36" in told
    assert (
        "told: Shenzhen Special Economic Zone, 1980-92, 67% alike on 17 shared questions." in told
    )


def test_a_cap_is_told() -> None:
    answers = {"discipline.capacity": 160, "land.phased": "no", "land.allocation": "auction"}
    shown = summary(small.assessed(small.data(answers=answers)))
    assert "  HIGH      More is built than anybody needs\n            because capacity" in shown
    assert "Overall: C, weak; score 54 of 100\n" in shown
    assert "Without the caps of its findings it would score " in shown


def test_one_two_and_none() -> None:
    assert "Findings: no warnings, one strength\n" in summary(
        small.assessed(small.data(answers={"land.allocation": "auction"}))
    )


def test_a_step_that_a_cap_holds_back_says_why_it_has_a_dash() -> None:
    answers = {"discipline.capacity": 160, "land.phased": "no", "land.allocation": "auction"}
    one = small.assessed(small.data(answers=answers))
    first, second, *_ = one.recommendations
    steps = (
        replace(first, gain=3.0, gain_uncapped=3.0),
        replace(second, gain=0.0, gain_uncapped=4.0),
    )
    shown = summary(replace(one, recommendations=steps))
    assert "\n   +3.0  " in shown
    assert "\n      –  " in shown
    assert "\n– nothing while a finding caps the score; without it up to +4.0\n" in shown
    assert "– nothing" not in summary(replace(one, recommendations=steps[:1]))


def test_what_is_not_rated_shows_its_point() -> None:
    one = small.assessed()
    land, *others = one.factors
    land = replace(land, rating="NR", interval=(62.5, 62.5))
    lines = summary(replace(one, factors=(land, *others))).splitlines()
    (line,) = (line for line in lines if line.startswith("  Land "))
    assert line.split()[-3:] == ["–", "63", "NR"]


def test_short_names_of_organisations_keep_their_capitals() -> None:
    shown = summary(small.assessed(small.data(answers={"discipline.capacity": 60})))
    assert "         IMF mission; within six months\n" in shown


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds, randoms)
def test_no_line_is_wider_than_80_columns(kind: str, random: Any) -> None:
    from assessor.assessment import assess

    rubric = rubric_of(kind)
    shown = summary(assess(proposal(rubric, random), rubric))
    assert max(map(cell_len, shown.splitlines())) <= 80
    assert not [line for line in shown.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize("columns", [40, 60, 79, 80, 200, 10])
def test_the_width_of_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Stream("utf-8", terminal=True))
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", summary(small.assessed(sparse())))
    assert max(map(cell_len, shown.splitlines())) <= max(40, min(columns, 80))
    assert ("░" in shown) == (columns >= 60)


def test_in_a_file_the_width_is_80_and_there_is_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert summary(small.assessed()) == FULL


def test_colour_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Stream("utf-8", terminal=True))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = summary(small.assessed())
    assert "\x1b[34m█" in coloured  # A is blue
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == FULL
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[(?!0m|1m|2m|1;2m|22m)", summary(small.assessed()))


@pytest.mark.parametrize(
    ("encoding", "name", "value"),
    [
        ("ascii", "LANG", "en"),
        ("cp1252", "LANG", "en"),
        ("utf-8", "LC_ALL", "C"),
        ("utf-8", "LANG", "C"),
        ("utf-8", "LANG", "POSIX"),
    ],
)
def test_without_unicode_the_bars_are_ascii(
    encoding: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", Stream(encoding))
    monkeypatch.setenv(name, value)
    shown = summary(small.assessed(sparse()))
    assert shown.isascii()
    assert (
        "  Land          #########################---|              75    64-75 B to A\n" in shown
    )


HOSTILE = "\x1b[31m[red]A[/red][/x]\u202e\x07 {{ 7*7 }} <b>:smile:</b> %s {0} \\n"


def test_what_the_user_wrote_is_plain_letters() -> None:
    shown = summary(small.assessed(small.data(name=HOSTILE)))
    assert shown.splitlines()[1] == "[31m[red]A[/red][/x] {{ 7*7 }} <b>:smile:</b> %s {0} \\n"
    assert shown.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", ["深圳经济特区" * 20, "منطقة" * 20, "x" * 120, "é" * 120])
def test_names_of_every_script_and_length_fit(name: str) -> None:
    lines = summary(small.assessed(small.data(name=name))).splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert "".join(lines[1:]).startswith(name)
