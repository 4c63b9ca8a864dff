"""What every example scores. A changed number here is an entry in CHANGELOG.md."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from assessor import Assessment, assess_each, assess_portfolio, load_proposal, load_rubric
from assessor.record import PortfolioAssessment, to_json
from assessor.trust import Delivery
from assessor.workbook import to_workbook
from tests.conftest import EXAMPLES, ROOT

PORTFOLIO = ROOT / "examples" / "portfolio"
WORKBOOK = ROOT / "examples" / "portfolio.xlsx"
GOLDEN = ROOT / "tests" / "golden"
ACCEPT = "scripts/test --update-golden tests/test_golden.py"


def brief(one: Assessment) -> dict[str, Any]:
    """The results of an assessment without its texts; numbers to six places."""
    overall = {
        name: getattr(one, name)
        for name in ("score", "interval", "coverage", "rating", "rating_range", "firm", "starred")
    }
    return rounded(
        {
            "rubric": f"{one.rubric.id} {one.rubric.version}",
            **overall,
            "prerequisites": {p.id: p.state for p in one.prerequisites},
            "factors": {f.id: [f.score, *(f.interval or ()), f.rating] for f in one.factors},
            "indicators": {
                i.id: i.score if i.state == "answered" else i.state
                for f in one.factors
                for i in f.indicators
            },
            "findings": {f.rule: f.state for f in one.findings},
            "next_steps": {s.indicator: s.gain for s in one.recommendations},
            "path": one.path and [one.path.target, one.path.units, one.path.score_after],
            "path_steps": one.path and {s.indicator: [s.then, s.units] for s in one.path.steps},
            "next_questions": {q.id: q.narrows for q in one.next_questions},
            "firm_after": one.firm_after,
            "delivery": one.delivery and standings(one.delivery),
            "robustness": [
                one.robustness.weight_interval,
                one.robustness.draw_interval,
                [chance.chance for chance in one.robustness.chances],
                one.robustness.exact_range,
                one.robustness.exact_range_open,
            ],
            "variants": {v.id: [v.score, v.rating] for v in one.robustness.variants},
            "switches": [[s.question, s.answer, s.rating] for s in one.levers.switches],
            "tornado": {bar.indicator: [bar.worst, bar.best] for bar in one.levers.tornado},
            "targets": {t.id: [t.value, t.exceeds, t.bold] for t in one.targets},
        }
    )


def standings(delivery: Delivery) -> dict[str, float]:
    names = ("promised", "secured", "in_place")
    return {name: getattr(delivery, name).score for name in names}


def rounded(node: Any) -> Any:
    if isinstance(node, float):
        return round(node, 6)
    if isinstance(node, dict):
        return {key: rounded(value) for key, value in node.items()}
    return [rounded(value) for value in node] if isinstance(node, list | tuple) else node


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_scores_what_it_did(example: Path, request: pytest.FixtureRequest) -> None:
    compare(example.stem, [brief(one) for one in assess_each(example)], request)


def test_the_portfolio_ranks_as_it_did(request: pytest.FixtureRequest) -> None:
    result = portfolio()
    assert all(one.proposal.made_up for one in result.assessments)
    compare("portfolio", [ranked(row) for row in result.ranking], request)


@cache
def portfolio() -> PortfolioAssessment:
    return assess_portfolio(PORTFOLIO)


def ranked(row: Any) -> Any:
    return rounded({name: value for name, value in dict(row).items() if name != "file"})


def test_of_the_portfolio_one_proposal_cannot_be_read() -> None:
    result = portfolio()
    assert len({one.proposal.sha256 for one in result.assessments}) == 24
    told = "land.allocation: 'public_auction' is not a level; did you mean 'auction'?"
    assert [[fault.partition(": ")[2] for fault in f.errors] for f in result.failed] == [[told]]


def test_the_workbook_of_the_portfolio_says_what_its_files_say(
    request: pytest.FixtureRequest,
) -> None:
    rubrics = [load_rubric("zone"), load_rubric("cluster")]
    proposals = [load_proposal(path) for path in sorted(PORTFOLIO.iterdir())]
    content = to_workbook(rubrics, "assess examples/portfolio.xlsx", proposals)
    if request.config.getoption("--update-golden"):
        WORKBOOK.write_bytes(content)
    same = cells(WORKBOOK.read_bytes()) == cells(content)
    assert same, f"if the change is meant, type: {ACCEPT}"


def cells(workbook: bytes) -> dict[str, Any]:
    """Every sheet; not the bytes, which differ with the libraries that pack them."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_workbook_of_the_portfolio_gives_what_its_files_give() -> None:
    files, rows = portfolio(), assess_portfolio(WORKBOOK)
    assert [record(one) for one in files.assessments] == [record(one) for one in rows.assessments]
    assert [ranked(row) for row in files.ranking] == [ranked(row) for row in rows.ranking]
    for failed, other in zip(files.failed, rows.failed, strict=True):
        told = zip(failed.errors, other.errors, strict=True)
        assert all(one.endswith(two.partition(": ")[2]) for one, two in told)


def record(one: Assessment) -> Any:
    """All of a record but the hash of the file that it was read from."""
    data = json.loads(to_json(one))
    del data["proposal"]["sha256"]
    return data


def compare(name: str, results: list[Any], request: pytest.FixtureRequest) -> None:
    golden = GOLDEN / f"{name}.json"
    if request.config.getoption("--update-golden"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    expected = json.loads(golden.read_text("utf-8")) if golden.is_file() else "nothing yet"
    way_out = f"if the change is meant, type: {ACCEPT}; and say it in CHANGELOG.md"
    assert results == expected, way_out


def test_no_golden_result_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == {
        path.stem for path in (*EXAMPLES, PORTFOLIO)
    }


def score(example: str) -> float:
    return assess_each(ROOT / "examples" / f"{example}.yaml")[0].score


@pytest.mark.parametrize(
    ("better", "worse", "place"),
    [
        ("shenzhen-1980s", "zhuhai-1980s", "3.3/location ¶2-3"),
        ("shenzhen-1980s", "shantou-1980s", "3.3/location ¶2-3"),
        ("xiqiao-textiles-2003", "xiqiao-textiles-1998", "4.3/local-government ¶4, table 6"),
        ("wenzhou-footwear-2000s", "wenzhou-footwear-1980s", "4.3/local-government ¶3"),
    ],
)
def test_what_the_paper_ranks_higher_scores_higher(better: str, worse: str, place: str) -> None:
    assert score(better) > score(worse), place
