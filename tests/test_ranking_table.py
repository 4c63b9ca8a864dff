"""A portfolio on the terminal: 80 columns, with and without colour, and nothing that acts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from assessor import assess_portfolio
from assessor.ranking_table import ranking
from assessor.record import Failed
from tests import small
from tests.folios import assessed, folio, odd, some
from tests.small import SMALL

RANKING = """
Small zone: five proposals by the rubric small 1.2.3
rank range rating  0    50    100 score cover weakest      proposal
   1   1–2 A       ███████████       80  100% Services     Berg (NO)
   2   1–4 B to A  ████████░░░┃░     75   70% Services     深圳 (CN)
   3   2–3 B       █████████         65  100% Services     Alm
   3   2–3 B       █████████         65  100% Services     Upland Park (KE)
   –     – NR      ░░░░░░░░░░░░░░     –    0% –            Blank (NA)
█ certain  ░ open until more is known  ┃ score
range: the ranks that the intervals allow
NR not rated: one proposal, too little is known.
- Most zones are weak on services.
- Three of the four rated zones have another that is as good on every factor and
  better on at least one; there, other weights of the factors alone could not
  turn the order round.
- With weights and open answers drawn 10,000 times, Berg stays first in 74
  percent of the draws (standard error 0.4). Those who tie share their ranks
  evenly; the record holds the chance of each.

Not read: 1
  z\\x1b.yaml:1:7: '[' is not closed; add ']'

"""


def test_a_ranking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    auction = {"land.allocation": "auction"}
    texts = [
        small.text(),
        small.text(name="Alm", country="ZZ"),
        small.text(name="Berg", country="NO", answers=auction),
        small.text(
            name="深圳",
            country="CN",
            answers=auction | {"land.phased": None, "discipline.audit": None},
        ),
        "{name: Blank, kind: zone, country: NA}",
    ]
    for number, text in enumerate(texts):
        Path(f"{number}.yaml").write_text(text, "utf-8")
    Path("z\x1b.yaml").write_text("name: [")
    assert ranking(assess_portfolio(".", SMALL)) == RANKING


def test_a_ranking_tells_of_evidence_that_was_not_found(tmp_path: Path) -> None:
    silent = {"services.offered": {"state": "insufficient_evidence"}}
    (tmp_path / "a.yaml").write_text(small.text(answers=silent), "utf-8")
    (row,) = assess_portfolio(tmp_path, SMALL).ranking
    shown = ranking(assess_portfolio(tmp_path, SMALL))
    assert row.starred
    assert f"   1     1 {row.rating}* " in shown
    assert shown.endswith("\n* evidence was looked for, not found, and counts as 0\n\n")


def test_a_ranking_of_one(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(small.text(), "utf-8")
    assert ranking(assess_portfolio(tmp_path, SMALL)) == (
        "\nSmall zone: one proposal by the rubric small 1.2.3\n"
        "rank range rating  0    50    100 score cover weakest      proposal\n"
        "   1     1 B       █████████         65  100% Services     Upland Park\n\n"
    )


@pytest.mark.parametrize("columns", [None, "120", "80", "79", "50", "40"])
def test_every_line_fits(monkeypatch: pytest.MonkeyPatch, columns: str | None) -> None:
    width = 80
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
        monkeypatch.setenv("FORCE_COLOR", "1")
        width = min(int(columns), 80)
    for portfolio in (folio(24), odd()):
        text = ranking(portfolio)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
        assert max(map(cell_len, plain.splitlines())) <= width
        assert plain.replace("\n", "").isprintable()


def test_without_a_terminal_there_is_no_colour() -> None:
    assert "\x1b" not in ranking(folio(24))


def test_a_terminal_without_unicode_gets_plain_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    assert ranking(folio(24)).isascii()


def test_two_of_the_same_name_are_told_apart() -> None:
    twins = [p.model_copy(update={"name": "Twin", "country": "KE"}) for p in some(2)]
    shown = ranking(assessed(twins))
    assert "Twin (0.yaml)" in shown
    assert "Twin (1.yaml)" in shown


def test_a_file_name_is_not_torn() -> None:
    twins = [p.model_copy(update={"name": "Twin", "country": "KE"}) for p in some(2)]
    found = assessed(twins)
    files = {row.assessment: f"a-{'long-' * 8}name-{row.assessment}.yaml" for row in found.ranking}
    longer = tuple(replace(row, file=files[row.assessment]) for row in found.ranking)
    shown = ranking(replace(found, ranking=longer)).splitlines()
    for file in files.values():
        (line,) = [line for line in shown if file in line]
        assert line == f"({file})".rjust(80)


def test_what_failed_says_why_and_is_cut_with_a_count() -> None:
    failed = [
        Failed(file=f"{n}.yaml", errors=(f"{n}.yaml:1:1: wrong", "b", "c")) for n in range(23)
    ]
    shown = ranking(assessed(some(2), tuple(failed)))
    assert "\nNot read: 23\n  0.yaml:1:1: wrong (and two more faults)\n" in shown
    assert shown.endswith("  19.yaml:1:1: wrong (and two more faults)\n  and 3 more\n\n")


def test_what_proposals_share_stands_below_their_table() -> None:
    shown = ranking(folio(24))
    assert "\n- Most zones " in shown
    assert shown.index("\n- Most clusters ") < shown.index("\nSpecial economic zone: 14 ")
