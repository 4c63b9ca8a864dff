"""The report: read back as HTML and as PDF, and held against the record it was made from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from assessor import Assessment, certainty, headlines, prospects, report, wording
from assessor.pdf import to_pdf
from assessor.prospects import action_of
from assessor.questions import within
from assessor.report import Part, to_html
from tests import small
from tests.conftest import ROOT
from tests.reports import (
    NAMES,
    Tables,
    Visible,
    both,
    hostile,
    laid,
    outline,
    pdf,
    read,
    records,
    words,
)

# ---- every example ----


@pytest.mark.parametrize("name", NAMES)
def test_each_example_has_eight_to_fourteen_pages(name):
    assert 8 <= len(read(pdf(name)).pages) <= 14


@pytest.mark.parametrize("name", NAMES)
def test_bookmarks_are_the_sections_and_the_factors(name):
    entries = outline(read(pdf(name)))
    record = records(name)[0]
    part = Part(record, 1, "", ())
    sections = [title for depth, title in entries if depth == 1]
    assert sections == [
        "How to read this report",
        *(f"{s.number} {s.title}" for s in part.sections),
    ]
    factors = [title for depth, title in entries if depth == 2]
    assert factors == [
        factor.title
        for pillar in record.pillars
        for factor in record.factors
        if factor.pillar == pillar.id
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere_inside(name):
    reader = read(pdf(name))
    links = [
        annotation.get_object() for page in reader.pages for annotation in page.get("/Annots", ())
    ]
    assert len(links) > 30
    places = reader.named_destinations
    for link in links:
        assert "/A" not in link or link["/A"]["/S"] == "/GoTo", link
        target = link.get("/Dest") or link["/A"]["/D"]
        assert target in places


@pytest.mark.parametrize("name", NAMES)
def test_the_contents_give_the_page_of_each_section(name):
    reader = read(pdf(name))
    part = Part(records(name)[0], 1, "", ())
    starts = {
        s.number: next(
            n
            for n, page in enumerate(reader.pages, 1)
            if n > 2 and f"{s.number} {s.title.upper()}" in re.sub(r"\s+", " ", page.extract_text())
        )
        for s in part.sections
    }
    contents = reader.pages[1].extract_text()
    for s in part.sections:
        # Its title, its conclusion in one line or two, and its page before the next one begins.
        entry = rf"^\s?{s.number} {s.title}\s(.*?)(?=^\s?{s.number + 1} |^[^\n]* · Diagnostic$)"
        found = re.search(entry, contents, re.MULTILINE | re.DOTALL)
        assert found
        assert re.findall(r"\s(\d+)$", found[1], re.MULTILINE)[-1] == str(starts[s.number])


@pytest.mark.parametrize("name", NAMES)
def test_text_can_be_read_back(name):
    text, record = words(pdf(name)), records(name)[0]
    part = Part(record, 1, "", ())
    squeezed = re.sub(r"\W+", "", text)
    wanted = [section.headline for section in part.sections]
    wanted += [factor.headline for factor in record.factors]
    wanted += [finding.title for finding in record.findings]
    wanted += [i.title for factor in record.factors for i in factor.indicators]
    wanted += [caveat.text for caveat in record.caveats]
    lost = [w for w in wanted if re.sub(r"\W+", "", w).lower() not in squeezed.lower()]
    assert lost == []


@pytest.mark.parametrize("name", NAMES)
def test_every_finding_and_factor_has_its_lesson_with_section_paragraph_and_page(name):
    part = Part(records(name)[0], 1, "", ())
    called = [f.rule for f in part.raised if f.lessons]
    called += [f.id for f in part.a.factors if f.lessons]
    assert set(called) == set(part.told)
    for told in part.told.values():
        assert re.search(r"(§|table|Introduction|Notes).* pp?\.", part.cite(told.lesson.sources))
    full = [told.lesson.id for told in part.told.values() if told.first]
    assert len(full) == len(set(full)), "a lesson is told twice"


def test_each_note_on_several_choices_stands_beside_its_option():
    record = records("kivuli-coast-zone")[0]
    several = [item for item in record.profile if len(item.chosen) > 1]
    text = " ".join(" ".join(Visible(to_html([record])).texts).split())
    assert several
    for option, note in (pair for item in several for pair in item.chosen if pair[1]):
        assert f"{option}: {' '.join(note.split())}" in text


@pytest.mark.parametrize("name", NAMES)
def test_made_up_proposals_say_so_on_the_cover_and_in_the_foot(name):
    reader, made_up = read(pdf(name)), records(name)[0].proposal.made_up
    assert ("Made-up proposal" in reader.pages[0].extract_text()) == made_up
    for page in reader.pages[1:]:
        assert ("made-up proposal" in page.extract_text()) == made_up


def test_a_report_carries_the_paper_s_own_caveat():
    for name in NAMES:
        part = Part(records(name)[0], 1, "", ())
        first = part.a.caveats[0]
        assert {"5 ¶9", "8 ¶2"} <= set(first.sources)
        assert words(pdf(name)).count(re.sub(r"\s+", " ", first.text)[:30]) == 2


@pytest.mark.parametrize("name", NAMES)
def test_the_summary_begins_what_holds_it_back_with_grave_warnings(name):
    record = records(name)[0]
    titles = [f.title for f in headlines.grave_warnings(record)]
    reader = read(pdf(name))
    page = re.sub(r"\s+", " ", reader.pages[2].extract_text())
    assert page.count("Grave warning.") == min(3, len(titles))
    assert [t for t in titles[:3] if t not in page] == []
    assert ("overall: not rated" in page) == (record.rating == "NR")
    unmet = any(p.state == "not_met" for p in record.prerequisites)
    assert ("grave warning" in reader.pages[0].extract_text()) == bool(titles and not unmet)


@pytest.mark.parametrize("name", NAMES)
def test_the_running_head_names_the_section_at_the_top_of_the_page(name):
    sections = [f"{s.number} {s.title}" for s in Part(records(name)[0], 1, "", ()).sections]
    now = ""
    for page in read(pdf(name)).pages[2:]:
        text = re.sub(r"\s+", " ", page.extract_text())
        begun = [s for s in sections if s.upper() in text]
        heads = [s for s in sections if s in text]
        assert len(heads) == 1
        assert heads[0] == now or heads == begun[:1]
        now = begun[-1] if begun else now


def test_a_later_part_does_not_begin_under_the_last_section_of_the_one_before():
    pages = [re.sub(r"\s+", " ", p.extract_text()) for p in read(laid(*both())[0]).pages]
    contents = [page for page in pages if "1 Summary" in page and " Sources" in page]
    assert [len(re.findall(r"\d Sources", page)) for page in contents] == [1, 1]


def test_marks_of_like_score_stand_side_by_side():
    model = records("kivuli-coast-zone")[0].comparators[0]
    cases = [replace(model, scores={"land": s}) for s in (100.0, 50.0, 100.0, 51.0)]
    cases.append(replace(model, scores={}))
    places = report.mark_places(cases, "land")
    assert sorted(places) == [0, 1, 2, 3]
    assert places[1] < places[3] < places[0] < places[2] < 100 * report.POINT + report.MARK
    stands = sorted(places.values())
    gaps = [b - a for a, b in pairwise(stands)]
    assert min(gaps) == pytest.approx(report.MARK)
    alone = report.mark_places(cases[1:2], "land")
    assert alone == {0: pytest.approx(50 * report.POINT)}


# ---- every number comes from the record ----

NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


def numbers(text: str) -> set[str]:
    return {n.rstrip(",").replace(",", "") for n in NUMBER.findall(text)}


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def recorded(record: Assessment) -> set[str]:
    """Every number of the record as the report may write it."""
    found: set[str] = set()
    for leaf in leaves(asdict(record)):
        if isinstance(leaf, str):
            found |= numbers(leaf) | set(re.findall(r"\d+(?:\.\d+)?", leaf))
        elif isinstance(leaf, int | float) and not isinstance(leaf, bool):
            ways = (wording.whole, wording.tenth, wording.plain)
            found |= {way(leaf).replace(",", "") for way in ways}
            found.add(wording.points(leaf, record.method.bands))
    return found


def derived(part: Part) -> set[str]:
    """Numbers that a named function makes: counts, differences, places within the document."""
    a = part.a
    states = headlines.question_states(a)
    counts = [*map(states.count, set(states)), len(states), part.last_month, part.in_full]
    counts.append(sum(step.months[0] == 0 for step in a.recommendations))
    counts += [len(part.findings(state)) for state in ("raised", "clear", "cannot_tell")]
    counts += [max(0, len(part.findings("cannot_tell")) - report.RULES_IN_FULL)]
    counts += [len(headlines.strongest(a)), len(headlines.weakest(a)), len(a.factors)]
    counts.append(sum(factor.rating == "NR" for factor in a.factors))
    counts += [len(a.recommendations), len(a.next_questions), len(part.questions)]
    counts += [len(a.recommendations) - len(part.steps) - len(part.further_steps)]
    counts += [len(part.untold), len(a.prerequisites)]
    counts += [sum(f.severity == "high" for f in part.raised)]
    counts += [len(q.decides) - 2 for q in a.next_questions]
    counts += range(1, len(part.steps) + len(part.further_steps) + 1)  # numbers of the steps
    counts += range(1, len(report.SECTIONS) + 1)
    counts += [0, 50, 100]  # the ends and the middle of every scale
    counts += [] if a.path is None else [len(a.path.steps), len(a.path.prerequisites)]
    if d := a.delivery:
        gaps = [prospects.at_risk(d), *map(prospects.at_risk, d.factors)]
        counts += map(wording.tenth, [*gaps, d.promised.score - d.in_place.score])
        counts.append(max(0, len(d.factors) - prospects.FACTORS_AT_RISK))
    for t in a.targets:  # millions are written out
        figures = (t.value, t.median, *(value for _, value in t.reference))
        counts += [headlines.figure(value, t.unit).replace(",", "") for value in figures]
    chances = a.robustness.chances
    counts += [len(a.levers.switches), certainty.switches_left(a)]
    percents = {certainty.percent(c.chance).split()[-1] for c in chances}
    percents |= {wording.tenth(100 * c.standard_error) for c in chances}
    return {str(number) for number in counts} | percents


@pytest.mark.parametrize("name", NAMES)
def test_every_number_in_the_text_is_in_the_record_or_made_by_a_named_function(name):
    record = records(name)[0]
    part = Part(record, 1, "0" * 32, ())
    page = to_html([record], for_pdf=True)
    visible = " ".join(Visible(page).texts)
    visible = re.sub(r"Record [0-9a-f]{8}\b|\b[0-9a-f]{16}…", "", visible)  # hashes
    strange = numbers(visible) - recorded(record) - derived(part)
    assert strange == set()


def test_the_number_test_would_see_a_stray_number():
    record = records(NAMES[0])[0]
    assert "98765" not in recorded(record) | derived(Part(record, 1, "", ()))
    assert numbers("worth 98,765 points, 3.3 and 4.") == {"98765", "3.3", "4"}


@pytest.mark.parametrize("name", NAMES)
def test_a_screen_reader_finds_the_heads_of_every_table(name):
    """As PDF/UA asks: only heads in a head, a head in each row, all rows of the same width."""
    tables = Tables(to_html(records(name), for_pdf=True)).tables
    assert len(tables) > 5
    for rows in tables:
        assert len({len(cells) for _, cells in rows}) == 1, rows
        assert all("td" not in cells for head, cells in rows if head), rows
        assert all("th" in cells or rows[0][0] for _, cells in rows), rows


# ---- closed ----


@pytest.mark.parametrize("name", NAMES)
def test_html_stands_alone(name):
    page = to_html(records(name))
    seen = Visible(page)
    assert {tag for tag, value in seen.addresses if not value.startswith("#")} == set()
    assert {"script", "link", "img", "iframe", "object", "form"}.isdisjoint(seen.tags)
    assert "@import" not in page
    assert {u[:15] for u in re.findall(r"url\(([^)]*)\)", page)} == {"data:font/ttf;b"}
    assert page.count("@font-face") == len(report.FONTS)
    anchors = set(re.findall(r'\bid="([^"]+)"', page))
    assert {value[1:] for _, value in seen.addresses} <= anchors
    assert len(anchors) == len(re.findall(r'\bid="', page)), "an anchor stands twice"


def test_no_user_text_stands_in_styles_or_shapes():
    page = to_html([hostile()])
    for attribute in re.findall(r'\bstyle="([^"]*)"', page):
        assert re.fullmatch(r"[a-z: .;%\d-]*", attribute), attribute
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        bare = re.sub(r"<title>.*?</title>", "", svg, flags=re.DOTALL)
        assert "evil" not in bare
        assert re.search(r"<title>[A-Z].*\.</title>", svg), "a figure has no sentence for its text"


def test_hostile_text_is_shown_and_does_nothing(monkeypatch):
    def no_request(*_: object, **__: object) -> None:
        raise AssertionError("a request was made")

    import weasyprint

    monkeypatch.setattr(weasyprint.urls.URLFetcher, "fetch", no_request)
    page = to_html([hostile()])
    assert "script" not in Visible(page).tags
    assert "{{ 7*7 }}" in page
    assert "\u202e" not in page
    assert "\x07" not in page
    content = to_pdf([hostile()])
    reader, text = read(content), words(content)
    assert "{{ 7*7 }}" in text
    assert "<script>alert(1)</script>" in text
    assert set(reader.attachments) == {"assessment.json"}
    assert b"evil.example" not in b"".join(
        json.dumps(str(a.get_object().get("/A", ""))).encode()
        for p in reader.pages
        for a in p.get("/Annots", ())
    )


def test_characters_without_a_glyph_are_replaced_and_named():
    text = words(to_pdf([hostile()]))
    assert "深" not in text
    assert "□" in text
    assert "Characters not shown" in text
    assert "U+05D5 (Hebrew letter vav)" in text
    assert report.character_name("深") == "U+6DF1 (CJK unified ideograph)"
    assert "深" in to_html([hostile()]), "a browser has fonts of its own"
    assert "Characters not shown" not in words(pdf(NAMES[0]))


def test_templates_use_only_characters_that_the_fonts_have():
    for path in (ROOT / "templates").rglob("*.j2"):
        lost = {c for c in path.read_text("utf-8") if c not in report.covered() and c != "\n"}
        assert lost == set(), path


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain", "plain"),
        ("a\x00b\x07c\x1b[31m", "abc[31m"),
        ("a\tb\nc\u2028d", "a b c d"),
        ("\u202eevil\u202c \u2066x\u2069\u200b\ufeff", "evil x"),
        ("cafe\u0301", "café"),
        ("\ud800x", "x"),
        ("深圳", "深圳"),
    ],
)
def test_text_is_cleaned(text, clean):
    assert report.cleaned(text) == clean


# ---- several parts, little known, nothing known ----


def test_a_proposal_of_both_kinds_is_one_document_in_two_parts():
    content, problems = laid(*both())
    reader = read(content)
    assert problems == []
    tops = [title for depth, title in outline(reader) if depth == 0]
    name = both()[0].proposal.name
    assert tops == [f"{name} · Special economic zone", f"{name} · Industrial cluster"]
    assert "in two parts" in reader.pages[0].extract_text().lower()
    assert reader.metadata is not None
    assert reader.metadata.title == name
    held = json.loads(reader.attachments["assessment.json"][0])
    assert [record["rubric"]["kind"] for record in held] == ["zone", "cluster"]
    anchors = re.findall(r'\bid="([^"]+)"', to_html(both()))
    assert len(anchors) == len(set(anchors))


def test_a_portfolio_is_one_volume():
    many = [small.assessed(small.data(name=f"Park {number}")) for number in range(1, 15)]
    reader = read(to_pdf(many))
    assert reader.metadata is not None
    assert reader.metadata.title == "Portfolio of 14 proposals"
    listed = reader.pages[1].extract_text()
    assert all(f"Park {number}" in listed for number in range(1, 15))


def test_no_assessment_at_all_is_refused():
    with pytest.raises(ValueError, match="there is no assessment to report on; give at least one"):
        to_html([])


@pytest.mark.parametrize("name", [n for n in NAMES if records(n)[0].rating == "NR"])
def test_what_is_not_rated_says_why(name):
    record = records(name)[0]
    text = words(pdf(name))
    assert record.not_rated_because
    assert text.count(record.not_rated_because.rstrip(".")) >= 2
    assert "Not rated" in read(pdf(name)).pages[0].extract_text()
    unanswered = [f for f in record.factors if all(i.state == "not_assessed" for i in f.indicators)]
    assert unanswered
    for factor in unanswered:
        titles = "; ".join(within(i.title) for i in factor.indicators)
        assert f"Not assessed: {titles}." in text


def test_missing_evidence_carries_its_asterisk_to_the_top():
    starred = [n for n in NAMES if records(n)[0].starred and records(n)[0].rating != "NR"]
    assert starred
    for name in starred:
        assert "*" in wording.rating_of(records(name)[0])


def test_a_capped_factor_shows_both_values():
    record = records("kivuli-coast-zone")[0]
    first = replace(record.factors[0], score=54.0, score_uncapped=81.2)
    text = words(to_pdf([replace(record, factors=(first, *record.factors[1:]))]))
    assert "A rule caps it at 54; without the rule it would score 81." in text
    assert "dotted: before a rule capped it" in text


# ---- templates and code ----


@pytest.mark.parametrize("name", [name for name in NAMES if records(name)[0].path])
def test_what_to_do_for_each_step_of_the_path_is_told_once(name):
    """Unless it is a part of what is told of the same question's way to its best level."""
    record = records(name)[0]
    told = unescape(to_html([record]))
    whole = {one.indicator: action_of(one) for one in record.recommendations}
    for step in record.path.steps:
        way = whole.get(step.indicator, "")
        part = action_of(step) != way and step.action in way
        assert told.count(action_of(step)) in ({1, 2} if part else {1})


def test_what_an_answer_narrows_is_told_as_the_most_it_may() -> None:
    told = to_html(records("kivuli-coast-zone"))
    assert "Narrows by up to</th>" in told


def test_the_templates_and_the_code_agree_on_the_height_of_a_row():
    height = f"{report.ROW_HEIGHT}mm"
    styles = (ROOT / "templates" / "report.css").read_text("utf-8")
    chart = (ROOT / "templates" / "charts.html.j2").read_text("utf-8")
    assert f"height: {height}" in styles
    assert f"* {report.ROW_HEIGHT}" in chart


def test_every_section_has_its_template_and_its_conclusion():
    files = {
        path.name.removesuffix(".html.j2") for path in Path(ROOT, "templates", "sections").iterdir()
    }
    assert files == {file for file, _, _ in report.SECTIONS}
