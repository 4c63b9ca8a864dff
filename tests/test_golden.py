"""What every example scores. A changed number here is an entry in CHANGELOG.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assessor import Assessment, assess_each, assess_portfolio
from tests.conftest import EXAMPLES, ROOT

PORTFOLIO = ROOT / "examples" / "portfolio.csv"
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
            "next_questions": {q.id: q.narrows for q in one.next_questions},
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
    result = assess_portfolio(PORTFOLIO)
    assert not result.failed
    assert all(one.proposal.made_up for one in result.assessments)
    compare(
        "portfolio", [rounded(row.model_dump(exclude={"file"})) for row in result.ranking], request
    )


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
