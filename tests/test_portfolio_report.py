"""The report of a portfolio: read back as HTML and as PDF, and held against its record."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from statistics import median

import pytest

from assessor import PortfolioAssessment, portfolio_headlines, portfolio_report, portfolio_view
from assessor.layout import check_layout
from assessor.pdf import _Kept, render, to_pdf
from assessor.portfolio_report import Folio, to_html
from assessor.portfolio_view import Group, groups
from assessor.record import to_json
from assessor.wording import count, counted
from tests.conftest import ROOT
from tests.folios import FAILED, assessed, copied, folio, odd, some
from tests.reports import Visible, outline, read, words
from tests.strategies import extremes, shipped


@cache
def laid(count: int) -> tuple[bytes, list[str]]:
    """The PDF of a portfolio of so many, 0 for the hostile one, and what its layout check says."""
    logger, kept = logging.getLogger("assessor.pdf"), _Kept()
    logger.addHandler(kept)
    try:
        return to_pdf(folio(count) if count else odd()), kept.messages
    finally:
        logger.removeHandler(kept)


# ---- As a whole ----


@pytest.mark.parametrize(("count", "pages"), [(3, (3, 6)), (24, (4, 8))])
def test_it_stays_readable_and_short(count: int, pages: tuple[int, int]) -> None:
    content, problems = laid(count)
    assert problems == []
    assert pages[0] <= len(read(content).pages) <= pages[1]


def test_300_proposals_take_more_pages_and_nothing_overflows() -> None:
    document = render(folio(300))
    assert check_layout(document) == []
    assert 10 <= len(document.pages) <= 17  # zones and clusters, each with sections of their own


def test_hostile_and_long_text_stays_in_its_place() -> None:
    content, problems = laid(0)
    assert problems == []
    said = words(content)
    assert "Characters not shown." in said
    assert re.search(r"U\+[0-9A-F]{4} \((Arabic|CJK|Hebrew) ", said)
    assert "□" in said


def test_in_html_hostile_text_is_only_text() -> None:
    page = Visible(to_html(odd()))
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert all(address.startswith("#") for _, address in page.addresses)
    said = " ".join(page.texts)
    assert "<script>alert(1)</script>" in said
    assert "深圳经济特区" in said
    assert "\u202e" not in said


def test_title_bookmarks_and_attachment() -> None:
    reader, record = read(laid(24)[0]), folio(24)
    assert reader.metadata is not None
    assert reader.metadata.title == "Portfolio of 24 proposals"
    told = Folio(record, "")
    titles = [f"{s.number} {s.title}" for part in told.parts for s in told.sections(part)]
    assert outline(reader) == [(0, "Portfolio of 24 proposals"), *((1, title) for title in titles)]
    assert [title for title in titles if "Zones:" in title]
    (travels,) = reader.attachments["portfolio.json"]
    assert PortfolioAssessment.from_json(travels) == replace(record, assessments=())


def test_the_attached_record_holds_what_the_text_leaves_to_it() -> None:
    (travels,) = read(laid(24)[0]).attachments["portfolio.json"]
    record = json.loads(travels)
    named = {line["assessment"]: line["name"] for line in record["ranking"]}
    for group in groups(folio(24)):
        lines = [row for row in record["ranking"] if row["rubric"] == group.first.rubric.id]
        failing = [(row["name"], row["not_met"]) for row in lines if row["not_met"]]
        assert failing == [
            (line.row.name, [test.id for test in line.tests("not_met")]) for line in group.unmet
        ]
        left = [row["unknown"] for row in lines]
        assert left == [[test.id for test in line.tests("unknown")] for line in group.lines]
        open_ = Counter(question for row in lines for question in row["not_assessed"])
        assert {question.id: times for question, times in group.open_questions} == {
            name: times for name, times in open_.items() if times > 1
        }
    for found in record["resemblance"]:
        for copied_ in found["groups"]:
            names = [folio(24).assessments[member].proposal.name for member in copied_["members"]]
            assert [named[member] for member in copied_["members"]] == names


def test_every_link_leads_somewhere() -> None:
    for page in (to_html(folio(24)), to_html(folio(300))):
        anchors = re.findall(r'\bid="([^"]+)"', page)
        assert len(anchors) == len(set(anchors))
        assert set(re.findall(r'href="#([^"]+)"', page)) <= set(anchors)


def test_the_same_record_gives_the_same_bytes() -> None:
    assert to_pdf(folio(3)) == laid(3)[0]


def test_only_a_long_one_has_a_table_of_contents() -> None:
    assert ">Contents<" not in to_html(folio(24))
    assert ">Contents<" in to_html(folio(300))


def test_every_section_has_its_template() -> None:
    files = {path.name.partition(".")[0] for path in (ROOT / "templates" / "portfolio").iterdir()}
    named = {file for file, _, _ in portfolio_report.GROUP_SECTIONS}
    parts = {"report", "cover", "plots", "portfolio"}
    assert files == named | parts | {"failed", "method"}


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no assessment to report on; give at least one"):
        to_html(PortfolioAssessment(assessments=(), ranking=()))


def test_one_proposal_has_a_report() -> None:
    said = " ".join(Visible(to_html(assessed(some(1)))).texts)
    assert "Portfolio of one proposal" in said
    assert "with none to compare" in said


# ---- What it says, against the record ----


def test_every_proposal_stands_in_ranking_and_heat_map() -> None:
    page = to_html(folio(24))
    league = re.findall(r'<table class="plain league">.*?</table>', page, re.DOTALL)
    heat = re.findall(r'<table class="heat">.*?</table>', page, re.DOTALL)
    for group, table, cells in zip(groups(folio(24)), league, heat, strict=True):
        assert table.count("<tr id=") == len(group.lines)
        assert table.count('<svg class="dot"') == len(group.lines)
        rows = re.findall(r"<tr>.*?</tr>", cells.partition("<tbody>")[2], re.DOTALL)
        assert len(rows) == len(group.lines)
        for line, row in zip(group.lines, rows, strict=True):
            shown = re.findall(r"<td(?: class=\"\w+\")?>([^<]*)</td>", row)[1:]
            assert shown == [group.cell(factor) for factor in line.one.factors]


def test_a_cut_list_says_how_many_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portfolio_view, "LINES_SHOWN", 4)
    said = " ".join(Visible(to_html(folio(24))).texts)
    for group in groups(folio(24)):
        more = len(group.lines) - 4
        assert f"{counted(more, 'more proposal').capitalize()} follow" in said


def test_two_of_the_same_name_are_told_apart_by_their_files() -> None:
    twins = [line for group in groups(folio(24)) for line in group.lines if line.twin]
    assert twins
    page = to_html(folio(24))
    for line in twins:
        assert re.search(rf'<tr id="{line.anchor}">.*?{line.file}.*?</tr>', page, re.DOTALL)


def group_of(kind: str, count: int = 24) -> Group:
    return next(g for g in groups(folio(count)) if g.first.rubric.kind == kind)


@pytest.mark.parametrize("kind", ["zone", "cluster"])
def test_a_gap_is_weak_in_more_than_half_of_all(kind: str) -> None:
    group = group_of(kind)
    records = [line.one for line in group.lines]
    expected = set()
    for n, factor in enumerate(group.first.factors):
        ratings = [one.factors[n].rating for one in records if one.factors[n].rating != "NR"]
        weak = sum(rating in {"C", "D"} for rating in ratings)
        if 2 * weak > len(records):
            expected.add((factor.id, weak, len(ratings)))
    assert expected
    assert {(gap.factor.id, gap.weak, gap.rated) for gap in group.gaps} == expected
    for gap in group.gaps:
        scores = [f.score for f in group.rated_factors[gap.factor.id] if f.score is not None]
        assert gap.middle == median(scores)
        assert gap.lesson is None or gap.lesson.id in {
            lesson.id for one in records for lesson in one.lessons
        }


def test_each_gap_told_in_full_cites_its_lesson() -> None:
    said = words(laid(24)[0])
    for group in groups(folio(24)):
        for gap in group.gaps[:4]:
            assert f"{gap.factor.title}: weak in {gap.weak} of {len(group.lines)}" in said
            assert gap.lesson is not None
            assert gap.lesson.title in said
            assert set(gap.lesson.sources) <= set(gap.source.places)


def test_copies_are_named_with_the_lesson_of_their_rubric() -> None:
    said = words(to_pdf(copied(4)))
    assert "Four of four zones copy another: same place, sector and incentives" in said
    assert re.search(r"P0; P1; P2; P3 \w", said)
    assert "Too many zones in the same sectors may waste public money" in said
    assert "¶\u202f4" in said or "¶ 4" in said


def test_what_is_nearly_the_same_is_named_and_no_copy() -> None:
    first = some(1)[0].model_copy(update={"sectors": ("garments",), "hinterland": "Salama coast"})
    other = {"name": "Other", "sectors": ("Garment making",), "hinterland": "the Salama coast"}
    (group,) = groups(result := assessed([first, first.model_copy(update=other)]))
    said = " ".join(Visible(to_html(result)).texts)
    assert not group.copies
    assert "Two of two zones nearly copy another: the same but for the words" in said
    assert "Salama coast / the Salama coast" in said
    assert "Garment making / garments" in said
    copied_ = first.model_copy(update={"name": "Copy"})
    (group,) = groups(assessed([first, copied_, first.model_copy(update=other)]))
    told = portfolio_headlines.copies_headline(group)
    assert told == (
        "Two of three zones copy another: same place, sector and incentives; one more nearly does"
    )


def test_what_rests_on_plans_is_told_of_the_whole() -> None:
    one = some(1)[0]
    asked = [i.id for i in shipped("zone").indicators if not i.given]
    best = extremes(shipped("zone"), best=True).answers
    firm = one.model_copy(update={"answers": dict(best), "name": "Firm"})
    plans = {name: best[name].model_copy(update={"status": "planned"}) for name in asked}
    airy = one.model_copy(update={"answers": {**best, **plans}, "name": "Airy"})
    test = next(p.id for p in shipped("zone").prerequisites if p.test == "zone")
    vow = best[test].model_copy(update={"status": "planned"})
    vowed = one.model_copy(update={"answers": {**best, test: vow}, "name": "Vowed"})
    (group,) = groups(result := assessed([firm, airy, vowed]))
    lost = next(a.delivery for a in result.assessments if a.proposal.name == "Airy")
    assert lost is not None
    told = portfolio_headlines.promises_sentence(group)
    points = lost.promised.score - lost.secured.score
    most = f"Airy with most, {points:.1f} points. Without plans "
    assert re.fullmatch(rf"(One|Two) of the three zones rests? in part on plans, {most}.*", told)
    assert portfolio_headlines.tests_headline(group) == (
        "All prerequisites are met, by one zone only as promised"
    )
    said = " ".join(Visible(to_html(result)).texts)
    assert told in said
    (alone,) = groups(assessed([firm]))
    assert portfolio_headlines.promises_sentence(alone) == ""


def test_of_many_only_what_most_are_told_is_told() -> None:
    for group in groups(folio(24)):
        for gap in group.gaps:
            weak = [line.factors[gap.factor.id] for line in group.lines]
            weak = [factor for factor in weak if factor.rating in {"C", "D"}]
            said = Counter(factor.headline for factor in weak)
            assert gap.said is None or 2 * said[gap.said] > len(weak)
            assert gap.said or max(said.values()) * 2 <= len(weak)
            every = [s for line in group.lines for s in line.one.recommendations]
            steps = [s.action for s in every if gap.step and s.indicator == gap.step.indicator]
            assert gap.in_need == len(steps)
            if gap.step:
                assert gap.alike == steps.count(gap.step.action) == max(Counter(steps).values())


def test_where_no_copy_is_seen_nobody_says_that_there_is_none() -> None:
    two = [p.model_copy(update={"hinterland": f"Place {n}"}) for n, p in enumerate(some(2))]
    (group,) = groups(assessed(two))
    told = portfolio_headlines.copies_headline(group)
    assert told == "No zone names the same place, sector and incentives as another"


def test_unmet_prerequisites_are_named_with_who_fails_each() -> None:
    page = to_html(folio(300))
    said = " ".join(Visible(page).texts)
    for group in groups(folio(300)):
        assert portfolio_headlines.tests_headline(group) in said
        for test, states, failing in group.tests:
            assert len(failing) == states["not_met"]
            row = re.search(rf'<th scope="row">{re.escape(test.title)}</th>.*?</tr>', page)
            assert row is not None
            named = re.findall('href="#([^"]+)"', row.group())
            assert named == [line.anchor for line in failing[: portfolio_view.NAMED]]
            more = len(failing) - portfolio_view.NAMED
            assert (f"and {more} more, whom the attached record" in row.group()) == (more > 0)


def test_each_line_of_a_long_ranking_takes_one_line() -> None:
    long = some(1)[0].model_copy(update={"name": "A very long name " * 7})
    page = to_html(assessed([*some(61), long]))
    league = re.findall(r'<table class="plain league compact">.*?</table>', page, re.DOTALL)
    assert len(league) == 2
    named = re.findall('<th scope="row">(.*?)</th>', "".join(league))
    assert len(named) == 62
    assert not [name for name in named if "<br>" in name or "Eastern province" in name]
    assert "A very long name A very long name A very long…" in named
    document = render(assessed([*some(61), long]))
    assert check_layout(document) == []


def test_what_was_not_read_is_told_with_its_reason() -> None:
    said = words(laid(24)[0])
    assert portfolio_headlines.failed_headline(folio(24)) in said
    assert FAILED[0].file in said
    assert "1:7: '[' is not closed" in said
    assert said.count("portfolio/broken.yaml") == 1
    assert "Not read" not in words(laid(3)[0])


def test_numbers_in_conclusions_come_from_the_record() -> None:
    for group in groups(folio(24)):
        may_lead = [r for r in group.rated if r.row.rank_range and r.row.rank_range[0] == 1]
        others = sum(line.row.rank != 1 for line in may_lead)
        headline = portfolio_headlines.ranking_headline(group)
        assert counted(others, "other") in headline or not others
        below = sum(bool(line.row.dominated_by) for line in group.rated)
        if below:
            told = portfolio_headlines.dominance_sentence(group)
            assert told.lower().startswith(count(below))


def test_a_factor_that_no_proposal_is_rated_on_is_no_gap() -> None:
    empty = [p.model_copy(update={"answers": {}}) for p in some(3)]
    (group,) = groups(assessed(empty))
    assert group.gaps == []
    assert (
        portfolio_headlines.factors_headline(group) == "Too little is known to compare the factors"
    )
    said = portfolio_headlines.ranking_headline(group)
    assert said == "None of the zones is known well enough to be ranked"
    assert json.loads(to_json(assessed(empty)))["ranking"][0]["rank"] is None
