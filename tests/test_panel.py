"""Several assessors: the answer in the middle, the spread, what is to be settled, the replies."""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessor import Assessment, InputError, Proposal, assess, assess_each, headlines
from assessor.assessment import assess_many
from assessor.files import load
from assessor.record import IndicatorResult
from assessor.rubric import ROUNDING
from assessor.summary import summary
from tests import small
from tests.conftest import ROOT
from tests.strategies import kinds, proposal, randoms, reshaped, shipped
from tests.test_diagnosis import cap, few, with_rules

EXAMPLES = ROOT / "examples"

ALLOCATION = ("negotiated", "tender", "auction")  # worth 0, 50 and 100
SCORES = dict(zip(ALLOCATION, (0.0, 50.0, 100.0), strict=True))
said = st.one_of(st.sampled_from(ALLOCATION), st.none(), st.just("sought"))


def panel(*answers: dict[str, Any], **changes: Any) -> Assessment:
    """The small proposal as several assessors see it."""
    assessors = [{"name": f"Reader {n}", "answers": a} for n, a in enumerate(answers, 1)]
    return small.assessed(small.data(assessors=assessors, **changes))


def allocation(one: Assessment) -> IndicatorResult:
    return next(i for f in one.factors for i in f.indicators if i.id == "land.allocation")


def written(word: str | None) -> Any:
    return {"state": "insufficient_evidence"} if word == "sought" else word


@given(st.lists(said, min_size=2, max_size=6))
def test_the_answer_in_the_middle_counts_and_the_interval_spans_all(
    words: list[str | None],
) -> None:
    got = allocation(panel(*({"land.allocation": written(word)} for word in words)))
    scores = sorted(SCORES.get(word, 0.0) for word in words if word is not None)
    if not scores:
        assert (got.state, got.interval) == ("not_assessed", (0, 100))
        return
    assert got.score == scores[(len(scores) - 1) // 2]
    counted = [*scores, 50.0] if None in words else scores  # silence counts as half
    assert got.interval == (min(counted), max(counted))


@given(st.permutations(["negotiated", "tender", None, "auction", "sought"]))
def test_the_order_of_assessors_moves_no_number(words: list[str | None]) -> None:
    one = panel(*({"land.allocation": written(word)} for word in words))
    assert (allocation(one).score, allocation(one).interval) == (0, (0, 100))
    assert one.coverage == pytest.approx(panel(*_sorted(words)).coverage)


def _sorted(words: list[str | None]) -> list[dict[str, Any]]:
    return [{"land.allocation": written(word)} for word in sorted(words, key=str)]


def test_assessors_who_agree_change_nothing() -> None:
    alone, agreed = small.assessed(), panel({}, {}, {"land.allocation": "tender"})
    assert (agreed.score, agreed.interval, agreed.coverage) == (
        alone.score,
        alone.interval,
        alone.coverage,
    )
    assert agreed.assessors
    assert (agreed.assessors.differing, agreed.assessors.to_settle) == (0, 0)
    assert agreed.assessors.questions == ()
    assert alone.assessors is None


def test_an_answer_covers_as_much_as_the_share_of_those_who_gave_it() -> None:
    """Land's allocation weighs 3 of 4 in a factor that weighs 2 of 3 in a half of 60 percent."""
    share = 60 * (2 / 3) * (3 / 4)
    assert panel({}, {"land.allocation": None}).coverage == pytest.approx(100 - share / 2)
    sought = {"land.allocation": {"state": "insufficient_evidence"}}
    assert panel({}, {}, sought).coverage == pytest.approx(100 - share / 3)


def test_an_assessor_s_doubt_widens_the_interval() -> None:
    unsure = {"land.allocation": {"value": "tender", "confidence": "low"}}
    sure, doubtful = allocation(panel({}, {})), allocation(panel({}, unsure))
    assert sure.interval == (50, 50)
    assert doubtful.interval
    assert doubtful.interval[0] < 50 < doubtful.interval[1]


@pytest.mark.parametrize(
    ("answers", "levels", "points", "settle"),
    [
        (("tender", "tender"), 0, 0, False),
        (("tender", "auction"), 1, 50, False),
        (("negotiated", "auction"), 2, 100, True),
        (("negotiated", "tender", "auction"), 2, 100, True),
    ],
)
def test_two_levels_apart_are_to_be_settled(
    answers: tuple[str, ...], levels: int, points: float, settle: bool
) -> None:
    one = panel(*({"land.allocation": word} for word in answers))
    assert one.assessors
    if not levels:
        assert one.assessors.questions == ()
        return
    (question,) = one.assessors.questions
    assert (question.levels, question.points, question.to_settle) == (levels, points, settle)
    assert [o.score for o in question.opinions] == [SCORES[word] for word in answers]


def test_without_levels_fifty_points_are_to_be_settled() -> None:
    near = panel({}, {"services.offered": ["legal"]})
    far = panel({}, {"services.offered": []}, {"services.offered": ["legal", "roads"]})
    for one, settle in ((near, False), (far, True)):
        assert one.assessors
        (question,) = one.assessors.questions
        assert (question.levels, question.to_settle) == (None, settle)


def test_a_prerequisite_that_is_answered_differently_is_disputed() -> None:
    no, yes = {"zone_test.delimited": "no"}, {"zone_test.delimited": "yes"}
    states = {
        answers: panel(*answers_).prerequisites[0].state
        for answers, answers_ in {
            "yes yes no": (yes, yes, no),
            "no no yes": (no, no, yes),
            "yes no": (yes, no),
        }.items()
    }
    assert states == dict.fromkeys(states, "unknown")
    assert panel(yes, {"zone_test.delimited": None}).prerequisites[0].state == "met"
    assert panel(no, no).prerequisites[0].state == "not_met"
    one = panel(yes, yes, no)
    assert one.prerequisites[0].disputed
    assert headlines.tests_headline(one) == "Of one test of a zone, one is disputed"
    assert "disputed" in summary(one)
    assert one.assessors
    assert [q.id for q in one.assessors.questions if q.to_settle] == ["zone_test.delimited"]


def test_one_who_leaves_a_question_out_differs_from_one_who_answers() -> None:
    out = {"land.allocation": {"state": "not_applicable", "reason": "no land"}}
    one = panel({}, {}, out)
    assert allocation(one).state == "answered"
    assert allocation(one).interval == (0, 100)
    assert one.coverage == 100
    assert one.assessors
    assert one.assessors.questions[0].to_settle
    assert allocation(panel(out, out, {})).state == "answered"
    assert allocation(panel(out, {"land.allocation": None})).state == "not_assessed"
    assert allocation(panel(out, out)).state == "not_applicable"


def test_a_rule_that_assessors_answer_differently_cannot_tell_and_caps_low_alone() -> None:
    rubric = with_rules({"when": "land.allocation == negotiated", **cap(overall=True, at=30)})
    words = [{"land.allocation": word} for word in ("negotiated", "tender", "tender")]
    assessors = [{"name": f"Reader {n}", "answers": a} for n, a in enumerate(words)]
    one = assess(Proposal.model_validate(small.data(assessors=assessors)), rubric)
    finding = one.findings[0]
    assert finding.state == "cannot_tell"
    assert finding.because == "the assessors differ on Allocation of land"
    assert finding.missing == (("land.allocation", "Allocation of land"),)
    assert one.interval[0] == 30 < one.score
    assert one.robustness.unsettled == ()
    chances = {band.rating: band.chance for band in one.robustness.chances}
    assert chances["D"] == pytest.approx(1 / 3, abs=0.05)
    agreed = [{"name": name, "answers": words[0]} for name in ("A", "B")]
    both = assess(Proposal.model_validate(small.data(assessors=agreed)), rubric)
    assert (both.findings[0].state, both.score) == ("raised", 30)


def test_what_each_assessor_alone_would_score_stands_in_record_and_terminal() -> None:
    words = [{"land.allocation": "negotiated"}, {"land.allocation": "auction"}]
    one = panel(*words)
    alone = [small.assessed(small.data(answers=answers)) for answers in words]
    assert one.assessors
    assert [(r.assessor, r.score, r.rating) for r in one.assessors.results] == [
        (f"Reader {n}", each.score, each.rating) for n, each in enumerate(alone, 1)
    ]
    said = " ".join(summary(one).split())
    assert "Alone they score: Reader 1 50 (C) and Reader 2 80 (A)." in said
    assert "To settle: allocation of land." in said
    assert headlines.each_assessor(one, one.assessors) in headlines.assessors_sentence(
        one, one.assessors
    )


@few
@given(kinds, randoms)
def test_the_interval_of_the_whole_and_of_each_factor_holds_what_each_assessor_scores(
    kind: str, random: Random
) -> None:
    rubric = reshaped(shipped(kind), random)
    drawn = proposal(rubric, random, gaps=0.1)
    answers: dict[str, Any] = drawn.model_dump()["answers"]
    assessors = []
    for n in range(random.randint(2, 4)):
        other = proposal(rubric, random, gaps=0.3).model_dump()["answers"]
        apart = random.sample(sorted(other), random.randint(0, len(other) // 2))
        assessors.append({"name": f"Reader {n}", "answers": {name: other[name] for name in apart}})
    told = {"name": "Any", "kind": kind, "country": "KE"}
    whole = Proposal(**told, answers=answers, assessors=assessors)
    alone = assess_many([whole.seen_by(one) for one in whole.assessors], rubric)
    one = assess_many([whole], rubric)[0]
    for each in alone:
        for node, own in zip((one, *one.factors), (each, *each.factors), strict=True):
            if own.score is not None:
                assert node.interval
                low, high = node.interval
                assert low - ROUNDING <= own.score <= high + ROUNDING


def test_a_reply_stands_beside_what_the_assessors_say() -> None:
    replies = {"discipline.audit": "An outside body follows next year."}
    one = panel({}, {}, replies=replies)
    assert one.assessors
    (question,) = one.assessors.questions
    assert (question.id, question.reply) == ("discipline.audit", replies["discipline.audit"])
    assert not question.differ


def test_a_what_if_settles_the_question_and_leaves_the_others_apart() -> None:
    """Two questions are open to doubt; the answer to one cannot take the doubt off the other."""
    apart = ({"land.allocation": "negotiated"}, {"land.allocation": "auction"})
    silent = {"discipline.audit": None}
    one = panel(*({**a, **silent} for a in apart))
    (question,) = one.next_questions
    assert question.id == "discipline.audit"
    low, high = one.interval
    for audit, end in (("nobody", 0), ("outside", 1)):
        settled = panel(*({**a, "discipline.audit": audit} for a in apart))
        width = settled.interval[1] - settled.interval[0]
        assert question.narrows == pytest.approx(high - low - width), end


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        (
            {"date": "2026-02-30", "assessors": []},
            [
                "'2026-02-30' is no date",
                "there is no assessor in the list; name two or more, or take the field out",
            ],
        ),
        (
            {"assessors": []},
            ["there is no assessor in the list; name two or more, or take the field out"],
        ),
        (
            {"assessors": [{"name": "A"}]},
            ["one assessor alone is no panel; write the answers under"],
        ),
        (
            {"assessors": [{"name": "A"}, {"name": "A"}]},
            ["two assessors are called 'A'; give each a name of its own"],
        ),
        (
            {"assessors": [{"name": "A", "answers": {"land.alocation": 1}}, {"name": "B"}]},
            ["there is no question 'land.alocation'; did you mean 'land.allocation'?"],
        ),
        (
            {"assessors": [{"name": "A", "answers": {"land.allocation": "x"}}, {"name": "B"}]},
            ["land.allocation: 'x' is not a level"],
        ),
        (
            {"replies": {"land.allocation": "No."}},
            ["there are replies, but no assessors to reply to; write assessors:"],
        ),
        (
            {"assessors": [{"name": "A"}, {"name": "B"}], "replies": {"land.alocation": "No."}},
            ["there is no question 'land.alocation'; did you mean 'land.allocation'?"],
        ),
    ],
)
def test_faults_name_their_place(
    tmp_path: Any, changes: dict[str, Any], messages: list[str]
) -> None:
    path = tmp_path / "upland.yaml"
    path.write_text(small.text(**changes))
    with pytest.raises(InputError) as caught:
        assess(path, small.rubric())
    for fault, message in itertools.zip_longest(caught.value.faults, messages):
        assert message in str(fault)
        assert fault.line > 1


def test_alone_and_in_a_portfolio_a_panel_gives_the_same_bits() -> None:
    with_panel = Proposal.model_validate(
        small.data(
            assessors=[{"name": "A"}, {"name": "B", "answers": {"land.allocation": "auction"}}]
        )
    )
    others = [Proposal.model_validate(small.data(name=f"Park {n}")) for n in range(3)]
    alone = assess(with_panel, small.rubric())
    among = assess_many([*others[:2], with_panel, others[2]], small.rubric())
    assert among[2] == alone
    assert among[0] == assess(others[0], small.rubric())


def test_of_kind_both_each_rubric_hears_only_the_replies_to_what_it_asks() -> None:
    data = load(EXAMPLES / "leather-goods-ethiopia.yaml").data | {"kind": "both"}
    zone, cluster = assess_each(Proposal.model_validate(data))
    assert zone.assessors
    assert cluster.assessors
    replied = {q.id for q in cluster.assessors.questions if q.reply}
    assert replied == set(data["replies"])


def test_faults_of_a_panel_are_told_beside_those_of_the_form(tmp_path: Path) -> None:
    path = tmp_path / "upland.yaml"
    assessors = [{"name": "A", "answers": {"land.alocation": "auction"}}, {"name": "B"}]
    path.write_text(small.text(assessors=assessors, replies={"land.fased": "Yes."}, size=3))
    with pytest.raises(InputError) as caught:
        assess(path, small.rubric())
    told = [fault.message.partition(";")[0] for fault in caught.value.faults]
    assert told == [
        "there is no question 'land.alocation'",
        "there is no question 'land.fased'",
        "'size' is not known here",
    ]
