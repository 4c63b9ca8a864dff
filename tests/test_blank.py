"""The blank proposal that people fill in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from assessor import Proposal, assess, assess_each, load_proposal, load_rubric
from assessor.blank import blank_proposal
from assessor.rubric import Rubric
from tests import small
from tests.small import SMALL


def rubrics(kind: str) -> list[Rubric]:
    return [load_rubric(one) for one in (("zone", "cluster") if kind == "both" else (kind,))]


@pytest.mark.parametrize("kind", ["zone", "cluster", "both"])
def test_a_blank_proposal_scores_as_it_stands(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "blank.yaml"
    path.write_text(blank_proposal(rubrics(kind)), "utf-8")
    results = assess_each(path)
    assert [one.rubric.id for one in results] == [r.file.id for r in rubrics(kind)]
    for one in results:
        assert (one.rating, one.coverage, one.interval) == ("NR", 0, (0, 100))
        assert {i.state for f in one.factors for i in f.indicators} == {"not_assessed"}
        assert {p.state for p in one.prerequisites} == {"unknown"}


@pytest.mark.parametrize("kind", ["zone", "cluster", "both"])
def test_a_blank_proposal_asks_every_question_once_with_its_levels(kind: str) -> None:
    text = blank_proposal(rubrics(kind))
    keys = re.findall(r"^  ([a-z_]+\.\w+):$", text, re.MULTILINE)
    asked = {i: q for rubric in rubrics(kind) for i, q in rubric.questions.items()}
    applying = {i for i, q in asked.items() if getattr(q, "applies_to", kind) in {kind, "both"}}
    assert set(keys) == (set(asked) if kind == "both" else applying)
    assert len(keys) == len(set(keys))
    said = " ".join(re.sub(r"^ *# *", "", line) for line in text.splitlines())
    for name in keys:
        question = asked[name]
        assert " ".join(question.question.split()) in said
        if question.kind != "measure":
            for level in question.scale():
                assert f"{level.id}: {' '.join(level.descriptor.split())}" in said
    assert max(map(len, text.splitlines())) <= 100


def test_every_way_to_answer_that_a_blank_proposal_shows_is_taken() -> None:
    head = blank_proposal([load_rubric("zone")]).partition("\nname:")[0]
    shown = "\n".join(re.sub("^# ?", "", line) for line in head.splitlines() if line[:4] == "#   ")
    answers = yaml.safe_load(shown)
    assert set(answers) == {"land.allocation", "finance.private_share", "location.port_distance"}
    assess(read_zone(answers))


def read_zone(answers: dict[str, Any]) -> Proposal:
    return Proposal(name="P", kind="zone", country="KE", answers=answers)


def test_a_blank_proposal_takes_every_answer_behind_its_colon(tmp_path: Path) -> None:
    text = blank_proposal([small.rubric()])
    for name, value in small.ANSWERS.items():
        text = text.replace(
            f"\n  {name}:\n",
            f"\n  {name}: {yaml.safe_dump(value, default_flow_style=True).split(chr(10))[0]}\n",
        )
    path = tmp_path / "filled.yaml"
    path.write_text(text, "utf-8")
    assert len(load_proposal(path).answers) == len(small.rubric().questions)
    assert assess(path, SMALL).score == pytest.approx(65)
