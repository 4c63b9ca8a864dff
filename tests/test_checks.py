"""What is said about a file whose data do not fit its record."""

from typing import Annotated, Any, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from assessor.checks import check
from assessor.errors import InputError
from assessor.files import loads
from tests.test_files import PLAIN, Quoting, lies_inside


class Record(BaseModel):
    """As all records of the package."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Ordinal(Record):
    """One member of a union by `kind`."""

    kind: Literal["ordinal"]
    title: str
    levels: list[dict[str, str]]


class Number(Record):
    """Another, with a field that is called as its kind."""

    kind: Literal["number"]
    title: str
    points: list[tuple[float, float]]
    number: float = 0


Indicator = Annotated[Ordinal | Number, Field(discriminator="kind")]


class Answer(Record):
    """What can be written short, too."""

    value: Any = None
    status: Literal["planned", "in_place"] = "planned"
    confidence: Literal["high", "low"] | None = None


def in_full(value: Any) -> Any:
    return value if isinstance(value, dict) else {"value": value}


class Everything(Record):
    """One field of every sort."""

    name: Annotated[str, Field(max_length=10)] = "x"
    weight: Annotated[float, Field(ge=0, lt=5, strict=True)] = 0
    count: Annotated[int, Field(gt=0, le=10)] = 1
    phased: bool = True
    indicators: list[Indicator] = []
    answers: dict[str, Annotated[Answer, BeforeValidator(in_full)]] = {}
    mixed: Answer | float | str = ""
    level: Literal["low", "high"] | float = 0
    code: Annotated[str, Field(pattern="^[a-z]+$")] = "a"
    values: float | tuple[float, ...] = 0
    tags: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]
    nested: dict[str, list[Answer]] = {}
    called: Annotated[int, Field(alias="known as")] = 0
    even: int = 0

    @field_validator("even")
    @classmethod
    def is_even(cls, number: int) -> int:
        if number % 2:
            raise ValueError(f"{number} is odd; write {number + 1}")
        return number

    @model_validator(mode="after")
    def agrees(self) -> "Everything":
        if self.name == "clash":
            raise ValueError("name is 'clash', which goes with nothing; rename it")
        return self


FAULTS = {
    # missing and unknown
    "wieght: 3": "1:1: 'wieght' is not known here; did you mean 'weight'?",
    "known_as: 3": "1:1: 'known_as' is not known here; did you mean 'known as'?",
    "indicators:\n  - {kind: ordinal, levels: []}": "2:5: 'title' is missing; add it",
    "indicators:\n  - kind: number\n    title: x\n    points: []\n    tilte: y": (
        "5:5: 'tilte' is not known here; did you mean 'title'?"
    ),
    "indicators: [{title: a}]": "1:14: 'kind' is missing; add it (known: ordinal, number)",
    "indicators: [{kind: nubmer}]": "1:21: 'nubmer' is not a kind; did you mean 'number'?",
    "answers: {a.b: {valeu: 1}}": "1:17: 'valeu' is not known here; did you mean 'value'?",
    "nested: {a: [{}, {xyz: 1}]}": (
        "1:19: 'xyz' is not known here; known: value, status, confidence"
    ),
    "mixed: {statsu: planned}": "1:9: 'statsu' is not known here; did you mean 'status'?",
    # of another kind
    "weight: '3'": "1:9: weight is text '3'; write 3 without quotes",
    "weight: 1,000.5": "1:9: weight is text '1,000.5'; write 1000.5",
    "weight: 010": "1:9: weight is text '010'; write 10",
    "weight: 0x1F": "1:9: weight is text '0x1F'; write a number",
    "weight: 30%": "1:9: weight is text '30%'; write a number",
    "weight:": "1:8: weight is empty; write a number",
    "weight: true": "1:9: weight is true; write a number",
    "weight: [1, {b: 2}]": "1:9: weight is the list [1, {'b': 2}]; write a number",
    "count: 2.5": "1:8: count is the number 2.5; write a whole number",
    "phased: yess": "1:9: phased is text 'yess'; write true or false",
    "name: 1.10": "1:7: name is the number 1.1; put quotes round it",
    "name: false": "1:7: name is false; put quotes round it",
    "tags: abc": "1:7: tags is text 'abc'; write a list",
    "nested: [a]": "1:9: nested is the list ['a']; write fields ('name: value')",
    "values: x": "1:9: values is text 'x'; write a number or a list",
    "values: [1, x]": "1:13: item 2 of values is text 'x'; write a number",
    "indicators: [3]": "1:14: item 1 of indicators is the number 3; write fields ('name: value')",
    "mixed: [1]": "1:8: mixed is the list [1]; write fields ('name: value'), a number or text",
    "indicators: [{kind: number, title: x, points: [[1, 2], [3, a; b]]}]": (
        "1:60: item 2 of item 2 of points is text 'a; b'; write a number"
    ),
    "indicators: [{kind: number, title: x, points: [[1]]}]": (
        "1:48: item 2 of item 1 of points is missing; add it"
    ),
    "indicators:\n- {kind: number, title: x, points: [], number: [1]}": (
        "2:48: number is the list [1]; write a number"
    ),
    # none of the options
    "answers: {a.b: {confidence: medium}}": (
        "1:29: 'medium' is not a confidence; known: high, low"
    ),
    "answers: {a.b: {status: yes}}": "1:25: 'yes' is not a status; known: planned, in_place",
    "answers: {a.b: {status: true}}": "1:25: true is not a status; known: planned, in_place",
    "level: hihg": "1:8: 'hihg' is not a level; did you mean 'high'?",
    # out of bounds
    "weight: -1": "1:9: weight is the number -1; write 0 or more",
    "weight: 5": "1:9: weight is the number 5; write less than 5",
    "count: 0": "1:8: count is the number 0; write more than 0",
    "count: 11": "1:8: count is the number 11; write 10 or less",
    "name: abcdefghijk": "1:7: name is text 'abcdefghijk'; its length is 11, so shorten it to 10",
    f"name: {'x' * 90}": f"1:7: name is text '{'x' * 59}…'; its length is 90, so shorten it to 10",
    "name: 'a\u202eb\xa0cdefghi'": (
        r"1:7: name is text 'a\u202eb\xa0cdefghi'; its length is 11, so shorten it to 10"
    ),
    "tags: [a, b, c]": (
        "1:7: tags is the list ['a', 'b', 'c']; its length is 3, so keep at most 2"
    ),
    "tags: []": "1:7: tags is the list []; its length is 0, so write 1 or more entries",
    "code: A b": "1:7: code is text 'A b'; write it in the form ^[a-z]+$",
    # by our own checks
    "even: 3": "1:7: 3 is odd; write 4",
    "# x\nname: clash": "2:1: name is 'clash', which goes with nothing; rename it",
    # the whole
    "- 1": "1:1: the file is the list [1]; write fields ('name: value')",
    "abc": "1:1: the file is text 'abc'; write fields ('name: value')",
}


def checked(text: str, model: type[BaseModel] = Everything, at: tuple[str | int, ...] = ()) -> str:
    """The messages of a check that fails."""
    with pytest.raises(InputError) as caught:
        check(loads(text, "a.yaml"), model, at)
    return str(caught.value)


@pytest.mark.parametrize("text", FAULTS, ids=lambda text: ascii(text[:40]))
def test_a_fault_of_a_record_is_told_in_our_words_at_its_place(text):
    assert checked(text) == f"a.yaml:{FAULTS[text]}"


def test_a_record_without_faults_is_given():
    text = "weight: 3\nphased: yes\nmixed: 7\nanswers: {a.b: x}\nindicators: []"
    record = check(loads(text, "a.yaml"), Everything)
    assert (record.weight, record.phased, record.mixed) == (3, True, 7)
    assert record.answers["a.b"].value == "x"


def test_every_fault_is_told_at_once_in_reading_order():
    text = "wieght: 3\nindicators:\n  - kind: ordinal\n    title: 3\nweight: '3'\ncount: 0\n"
    assert checked(text).splitlines() == [
        "a.yaml:1:1: 'wieght' is not known here; did you mean 'weight'?",
        "a.yaml:3:5: 'levels' is missing; add it",
        "a.yaml:4:12: title is the number 3; put quotes round it",
        "a.yaml:5:9: weight is text '3'; write 3 without quotes",
        "a.yaml:6:8: count is the number 0; write more than 0",
    ]


def test_a_part_of_a_file_can_be_checked():
    text = "all:\n  - {}\n  - weight: a\n    typo: 1\n"
    assert checked(text, at=("all", 1)).splitlines()[:1] == [
        "a.yaml:3:13: weight is text 'a'; write a number"
    ]
    assert checked("all: {weight: []}", at=("all", "weight")) == (
        "a.yaml:1:15: weight is the list []; write fields ('name: value')"
    )
    assert check(loads(text, "a.yaml"), Everything, at=("all", 0)) == Everything()


def test_no_more_than_fifty_faults_of_a_record_are_told():
    told = checked("".join(f"field{n}: 1\n" for n in range(1234))).splitlines()
    assert len(told) == 51
    assert told[50] == "a.yaml: faults that are not shown here: 1184; mend these first"


def test_faults_behind_an_alias_are_told_once():
    text = "answers:\n  a: &a {status: no}\n  b: *a\n"
    assert checked(text).splitlines() == [
        "a.yaml:2:18: 'no' is not a status; known: planned, in_place"
    ]


@given(st.dictionaries(st.sampled_from(sorted(Everything.model_fields)), PLAIN, max_size=6))
def test_whatever_is_checked_gives_a_record_or_faults_with_places(data):
    document = loads(yaml.dump(data, Dumper=Quoting, allow_unicode=True), "a.yaml")
    faults = ()
    try:
        check(document, Everything)
    except InputError as error:
        faults = error.faults
    for fault in faults:
        assert fault.message
        assert lies_inside((fault.line, fault.column), document)
        assert str(fault).isprintable()
