"""What may stand in a YAML file, and what is said about one that cannot be used."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assessor import files
from assessor.errors import AssessorError, InputError
from assessor.files import Document, load, loads, shipped


def refused(content: bytes | str) -> list[str]:
    """The messages for a file called a.yaml."""
    with pytest.raises(InputError) as caught:
        loads(content, "a.yaml")
    return str(caught.value).splitlines()


def refused_path(path: str | Path) -> str:
    with pytest.raises(InputError) as caught:
        load(path)
    return str(caught.value)


@pytest.fixture(params=["libyaml", "pure Python"])
def parser(request, monkeypatch):
    """Runs a test with either parser of PyYAML."""
    if request.param == "pure Python":
        monkeypatch.setattr(files, "_LOADER", yaml.SafeLoader)
    return request.param


# --- words ---

WORDS: dict[str, Any] = {
    "NO": "NO",
    "no": "no",
    "yes": "yes",
    "on": "on",
    "off": "off",
    "y": "y",
    "true": True,
    "True": True,
    "FALSE": False,
    "tRUE": "tRUE",
    "null": None,
    "NULL": None,
    "~": None,
    "": None,
    "24:00": "24:00",
    "1:30": "1:30",
    "010": "010",
    "08": "08",
    "-007.5": "-007.5",
    "00": "00",
    "1_000": "1_000",
    "1,000": "1,000",
    "0x1F": "0x1F",
    "0o17": "0o17",
    "0": 0,
    "-0": 0,
    "+5": 5,
    "12": 12,
    "1e3": 1000.0,
    "1.5E-2": 0.015,
    "0.5": 0.5,
    ".5": 0.5,
    "1.": 1.0,
    "1.2.3": "1.2.3",
    "-": "-",
    "+.": "+.",
    "nan": "nan",
    "inf": "inf",
    "2026-03-31": "2026-03-31",
    "2026-02-31": "2026-02-31",
    "=": "=",
    "٣": "٣",
    "30%": "30%",
    "'1'": "1",
    '"true"': "true",
    "''": "",
    r'"a\tb\n\u00e9\/"': "a\tb\né/",
}


@pytest.mark.parametrize(("written", "read"), [w for w in WORDS.items() if w[0] != "-"])
def test_words_are_those_of_yaml_1_2(written, read, parser):
    data = loads(f"a: {written}", "a.yaml").data["a"]
    assert (data, type(data)) == (read, type(read))


@pytest.mark.parametrize("key", ["yes", "on", "NO", "1", "1.0", "true", "null", "~", "24:00"])
def test_keys_are_text(key, parser):
    assert loads(f"{key}: 1", "a.yaml").data == {key: 1}


def test_keys_that_python_would_make_one_stay_apart():
    assert loads("{1: a, 1.0: b, true: c, '<<': d}", "a.yaml").data == {
        "1": "a",
        "1.0": "b",
        "true": "c",
        "<<": "d",
    }


def test_a_literal_of_a_hundred_digits_is_a_number():
    assert loads("9" * 100, "a.yaml").data == int("9" * 100)


def test_text_over_lines_is_joined_as_yaml_says():
    text = "a: |\n  one\n  two\nb: >-\n  one\n  two\nc: one\n  two\n"
    assert loads(text, "a.yaml").data == {"a": "one\ntwo\n", "b": "one two", "c": "one two"}


def test_an_anchor_works():
    data = loads("a: &x [1, {b: 2}]\nc: *x\nd: &y text\ne: *y\n", "a.yaml").data
    assert data == {"a": [1, {"b": 2}], "c": [1, {"b": 2}], "d": "text", "e": "text"}


def test_json_is_yaml():
    assert loads('{\n\t"a": [1, true, null],\n\t"b": {}\n}', "a.yaml").data == {
        "a": [1, True, None],
        "b": {},
    }


def test_a_document_may_begin_with_its_mark():
    assert loads("--- # one\na: 1\n", "a.yaml").data == {"a": 1}


# --- what is refused ---

REFUSED = {
    # broken
    "a: [1, 2": "1:4: '[' is not closed; add ']'",
    "a: [1, 2\nb: 3\n": (
        "2:2: the '[' of line 1, column 4 is not closed before this; "
        "add ']', or the ',' that is missing"
    ),
    "a: {b: 1 c: 2}": (
        "1:11: the '{' of line 1, column 4 is not closed before this; "
        "add '}', or the ',' that is missing"
    ),
    "a: [": "1:4: '[' is not closed; add ']'",
    "a: {b: 1,": (
        "1:10: the file ends inside a list or fields in brackets; close them with ']' or '}'"
    ),
    "a: {b: 1}}": "1:10: '}' closes or parts nothing; remove it, or put quotes round the text",
    "a: b: c\n": "1:5: a second ':' in one line; put quotes round the text 'b: c'",
    "- x: a: b, c: d": "1:7: a second ':' in one line; put quotes round the text 'a: b, c: d'",
    "a: 1\n  b: 2\n": (
        "2:3: 'b' is indented more than the line above, which has a value of its own; "
        "indent both alike, or put quotes round a text that runs on"
    ),
    "a:\n   b: 1\n  c: 2\n": (
        "3:3: 'c: 2' fits neither the lines above nor the block that begins in line 1, column 1; "
        "indent it as the lines it belongs to"
    ),
    "a: 1\n- b\n": (
        "2:1: '- b' fits neither the lines above nor the block that begins in line 1, column 1; "
        "indent it as the lines it belongs to"
    ),
    "a: 1\nfoo\nb: 2": "2:1: 'foo' has no ':'; write 'name: value', or '- ' before it in a list",
    "a: - b": "1:4: a list begins on a line of its own; write '- b' on the next line",
    ": 1": "1:1: nothing stands before ':'; write a key, or leave ':' out",
    "{: 1}": "1:2: nothing stands before ':'; write a key, or leave ':' out",
    "a: 'b\nc: 1": "1:4: this quote is not closed; add ' after the last letter of the text",
    'a: "b\n': '1:4: this quote is not closed; add " after the last letter of the text',
    'a: "b" c': "1:8: 'c' follows where the value has ended; put quotes round the whole text",
    "a: @b": "1:4: text may not begin with '@'; put quotes round the whole text",
    "a: `b`": "1:4: text may not begin with '`'; put quotes round the whole text",
    "a: %b": "1:4: text may not begin with '%'; put quotes round the whole text",
    "a: * b": "1:4: text may not begin with '*'; put quotes round the whole text",
    "a: |b": "1:4: text may not begin with '|'; put quotes round the whole text",
    "a:\n\tb: 1": "2:1: a tab stands where only spaces may; write spaces",
    "a:\n  b: 1\n\tc: 2": "3:1: a tab stands where only spaces may; write spaces",
    # empty
    "": "is empty; write 'name: value' into it",
    "\ufeff": "is empty; write 'name: value' into it",
    "# only\n# remarks\n": "is empty; write 'name: value' into it",
    "---\n": "is empty; write 'name: value' into it",
    # read otherwise than it looks
    "b: 1\na: 2\nb: 3\n": "3:1: 'b' already stands in line 1; keep one of them",
    "{a: 1, 'a': 2}": "1:8: 'a' already stands in line 1; keep one of them",
    "a: &x {b: 1}\nc: {<<: *x}": ("2:5: merge key '<<' is not used here; write the fields out"),
    "a: !!python/object/apply:os.system [ls]": (
        "1:4: tag 'tag:yaml.org,2002:python/object/apply:os.system' is not used here; leave it out"
    ),
    "a: !!str 1": "1:4: tag 'tag:yaml.org,2002:str' is not used here; leave it out",
    "a: ! 1": "1:4: tag '!' is not used here; leave it out",
    "a: !x!y 1": "1:4: text may not begin with '!'; put quotes round the whole text",
    "!!str a: 1": "1:1: key 'a' has an anchor or a tag; write the key alone",
    "%YAML 1.2\n---\na: 1": "1:1: a line begins with '%'; indent it, or leave it out",
    "a: 1\n%TAG ! x": "2:1: a line begins with '%'; indent it, or leave it out",
    "a: 1\n---\nb: 2\n": (
        "2:1: a second document begins here; keep one in a file, without '---' or '...'"
    ),
    "a: 1\n...\nb: 2\n": "3:1: 'b: 2' begins a second document; keep one in a file",
    "[a, b]: 1": "1:1: a list, fields or an alias stand as a key; write a plain text",
    "a: &x b\n*x : 1": "2:1: a list, fields or an alias stand as a key; write a plain text",
    "a: .nan": "1:4: .nan is no figure; write a number, or leave it out",
    "a: -.INF": "1:4: -.INF is no figure; write a number, or leave it out",
    "a: 1e400": "1:4: 1e400 is too large a number; write one below 1e308",
    "a: " + "7" * 5000: (
        f"1:4: {'7' * 59}… has 5000 characters, a number at most 100; "
        "shorten it, or put quotes round it"
    ),
    # aliases
    "a: *b": "1:4: alias '*b' has no anchor before it; write the value out",
    "a: *b\nc: &b 1": "1:4: alias '*b' has no anchor before it; write the value out",
    "a: &b [*b]": "1:8: alias '*b' stands inside its own anchor; write the value out",
    "a: &b 1\nc: &b 2": "2:4: anchor '&b' stands twice; rename one",
    "a: &b 1\nc: [" + "*b, " * 101 + "]": "2:405: more than 100 aliases; write the values out",
    # letters
    "a: b\0c": "1:5: character U+0000 is not used in text; remove it, or write a space",
    "a: b\x1b[31m": "1:5: character U+001B is not used in text; remove it, or write a space",
    "a: b\n# \u2028": "2:3: character U+2028 is not used in text; remove it, or write a space",
    "a: \ud800": "1:4: character U+D800 is not used in text; remove it, or write a space",
    "a: 1\n\ufeffb: 2": "2:1: character U+FEFF is not used in text; remove it, or write a space",
    r'a: "\0"': "1:4: character U+0000 is not used in text; remove it, or write a space",
    r'"\e": 1': "1:1: character U+001B is not used in text; remove it, or write a space",
    # limits
    "a: " + "x" * 100_001: (f"1:4: text '{'x' * 59}…' has more than 100000 characters; shorten it"),
    "a: '" + "x" * 100_001 + "'": (
        f"1:4: text '{'x' * 59}…' has more than 100000 characters; shorten it"
    ),
    "[" * 41 + "]" * 41: "1:41: more than 40 levels deep; write it flatter",
    "- " * 41 + "a": "1:81: more than 40 levels deep; write it flatter",
    "[" + "1," * 200_000 + "]": "1:400000: more than 200000 values; split the file",
    "a" * 5_000_001: "has more than 5 MB; split it, or shorten it",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text[:30]))
def test_what_cannot_be_used_is_refused_with_the_way_out(text):
    place = REFUSED[text]
    assert refused(text) == [f"a.yaml:{place}" if place[0].isdigit() else f"a.yaml: {place}"]


@pytest.mark.parametrize(
    "text", [t for t in REFUSED if len(t) < 5000], ids=lambda text: ascii(text[:30])
)
def test_the_pure_python_parser_gives_the_same_messages(text, monkeypatch):
    expected = refused(text)
    monkeypatch.setattr(files, "_LOADER", yaml.SafeLoader)
    assert refused(text) == expected


@pytest.mark.parametrize(
    ("text", "place", "escape"),
    [
        (r'a: "\ud800"', "1:5", r"\ud800"),
        (r'a: "C:\data"', "1:7", r"\d"),
        (r'a: "C:\Users"', "1:7", r"\U"),
        (r'- "\xg"', "1:4", r"\x"),
    ],
)
def test_an_escape_that_stands_for_nothing_is_shown(text, place, escape):
    way_out = r"put the text in single quotes, or write '\\'"
    assert refused(text) == [f"a.yaml:{place}: '{escape}' stands for no character; {way_out}"]


@pytest.mark.parametrize("escape", [r"\ud800", r"\UFFFFFFFF", r"\U00110000"])
def test_no_escape_gets_past_the_pure_python_parser(escape, monkeypatch):
    monkeypatch.setattr(files, "_LOADER", yaml.SafeLoader)
    assert len(refused(f'a: "{escape}"')) == 1


def test_all_that_is_wrong_is_told_at_once_in_reading_order():
    assert refused("b: !t 1\nc: .nan\nb: 2\nd: *x\ne: [1\n") == [
        "a.yaml:1:4: tag '!t' is not used here; leave it out",
        "a.yaml:2:4: .nan is no figure; write a number, or leave it out",
        "a.yaml:3:1: 'b' already stands in line 1; keep one of them",
        "a.yaml:4:4: alias '*x' has no anchor before it; write the value out",
        "a.yaml:5:4: '[' is not closed; add ']'",
    ]


def test_no_more_than_fifty_faults_are_told():
    told = refused("".join(f"a{i}: .nan\n" for i in range(50)))
    assert len(told) == 50
    told = refused("".join(f"a{i}: .nan\n" for i in range(60)))
    assert told[49] == "a.yaml:50:6: .nan is no figure; write a number, or leave it out"
    assert told[50:] == ["a.yaml: faults that are not shown here: 10; mend these first"]


@pytest.mark.parametrize("entry", ["- .nan\n", "a:\n", "- *x\n"])
def test_many_faults_in_a_large_file_take_no_minutes(entry):
    assert len(refused(entry * 190_000)) == 51


def test_a_hundred_thousand_brackets_do_not_crash_the_interpreter():
    program = (
        "from assessor.files import loads\n"
        "from assessor.errors import InputError\n"
        "for text in ('[' * 100_000, '{a: ' * 100_000, '- ' * 100_000, '? ' * 100_000):\n"
        "    try: loads(text, 'a.yaml')\n"
        "    except InputError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "a.yaml:1:41: more than 40 levels deep; write it flatter",
        "a.yaml:1:161: more than 40 levels deep; write it flatter",
        "a.yaml:1:81: more than 40 levels deep; write it flatter",
        "a.yaml:1:3: a list, fields or an alias stand as a key; write a plain text",
    ]


def test_aliases_cannot_multiply_beyond_the_limit():
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    assert refused("\n".join(lines)) == [
        "a.yaml:7:10: alias '*a5' makes it more than 200000 values; write less"
    ]


def test_aliases_cannot_deepen_beyond_the_limit():
    lines = [f"a0: &a0 {'[' * 30}{']' * 30}", f"b: {'[' * 9}*a0{']' * 9}"]
    loads("\n".join(lines), "a.yaml")
    lines[1] = f"b: {'[' * 10}*a0{']' * 10}"
    assert refused("\n".join(lines)) == [
        "a.yaml:2:14: alias '*a0' makes it more than 40 levels deep; write it flatter"
    ]


def test_values_behind_aliases_count_as_often_as_they_are_used():
    size = 66_663  # with the list itself, three times, and the whole: 199,993 values
    text = f"a: &a [{'1,' * size}]\nb: *a\nc: *a\n"
    assert len(loads(text, "a.yaml").data["c"]) == size
    assert refused(text + "d: [1, 2, 3, 4, 5, 6, 7]\n") == [
        "a.yaml:4:23: more than 200000 values; split the file"
    ]


def test_merge_keys_cost_nothing():
    lines = ["a0: &a0 {x: 1}"] + [
        f"a{n}: &a{n} {{{', '.join([f'<<: *a{n - 1}'] * 9)}}}" for n in range(1, 12)
    ]
    assert len(refused("\n".join(lines))) > 0


def test_directives_cost_nothing():
    assert refused("".join(f"%TAG !a{n}! x\n" for n in range(200_000))) == [
        "a.yaml:1:1: a line begins with '%'; indent it, or leave it out"
    ]


# --- bytes and files ---


def test_the_hash_is_that_of_the_bytes_and_the_text_lacks_the_mark():
    raw = b"\xef\xbb\xbfa: \xc3\xa9\r\n"
    document = loads(raw, "a.yaml")
    assert document.sha256 == hashlib.sha256(raw).hexdigest()
    assert (document.name, document.text, document.data) == ("a.yaml", "a: é\r\n", {"a": "é"})
    assert loads("a: é\r\n", "a.yaml").sha256 == hashlib.sha256(raw[3:]).hexdigest()


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"a: 1\nb: \xc3\xa9 caf\xe9\n", ":2:9: byte 0xE9 is not UTF-8; save the file as UTF-8"),
        (b"\xef\xbb\xbf\xe9", ":1:1: byte 0xE9 is not UTF-8; save the file as UTF-8"),
        ("a: 1".encode("utf-16"), ": is UTF-16; save it as UTF-8"),
        (b"%PDF-1.7\n%\xe2\xe3", ": is a PDF, not text; name a YAML file"),
        (b"PK\x03\x04\x00", ": is an Excel, Word or ZIP file, not text; name a YAML file"),
        (b"\x89PNG\r\n\x1a\n\0", ": is a picture, not text; name a YAML file"),
        (b"\x7fELF\x02\x01\0\0\xff", ": is not text; name a YAML file"),
        (b"a: \0", ":1:4: character U+0000 is not used in text; remove it, or write a space"),
        (b"x" * 6_000_000, ": has more than 5 MB; split it, or shorten it"),
    ],
)
def test_bytes_that_are_no_text_are_refused(raw, told):
    assert refused(raw) == [f"a.yaml{told}"]


def test_a_file_is_read_under_the_name_the_user_wrote(tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_bytes(b"a: 1\n")
    monkeypatch.chdir(tmp_path)
    assert load("./a.yaml").name == "./a.yaml"
    assert load(Path("a.yaml")).data == {"a": 1}


def test_a_missing_file_names_the_nearest(tmp_path):
    (tmp_path / "proposal.yaml").touch()
    (tmp_path / "proposal.txt").touch()
    missing = tmp_path / "propsal.yaml"
    assert refused_path(missing) == f"{missing}: no such file; did you mean 'proposal.yaml'?"
    missing = tmp_path / "x.yml"
    assert refused_path(missing) == f"{missing}: no such file; known: proposal.yaml"


def test_a_missing_file_in_a_missing_or_empty_folder(tmp_path):
    missing = tmp_path / "a.yaml"
    told = "no such file; there is no YAML file in that folder"
    assert refused_path(missing) == f"{missing}: {told}"
    for folder in (tmp_path / "no", tmp_path / "file"):
        (tmp_path / "file").touch()
        told = refused_path(folder / "a.yaml")
        assert told.startswith(f"{folder}/a.yaml: no such file; the folder '")
        assert told.endswith("cannot be opened")


def test_a_folder_is_refused(tmp_path):
    assert refused_path(tmp_path) == f"{tmp_path}: is a folder; name a YAML file in it"


@pytest.mark.parametrize(
    ("name", "reason"), [("a" * 5000, "File name too long"), ("a\0.yaml", "embedded null byte")]
)
def test_a_name_that_cannot_be_one_is_refused(name, reason):
    told = refused_path(name)
    assert told.endswith(f": cannot be read ({reason}); copy it elsewhere and retry")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are a Unix matter")
def test_a_pipe_or_a_device_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    told = "is a pipe or a device; save its content as a file first"
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        assert refused_path(path) == f"{path}: {told}"


def test_an_unreadable_file_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.yaml"
    path.touch()

    def closed(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    # Taking the right away does not stop an administrator, who may run the tests.
    monkeypatch.setattr(Path, "open", closed)
    assert refused_path(path) == f"{path}: may not be read; give yourself the right to read it"


def test_no_more_than_the_limit_is_read(tmp_path):
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert refused_path(path) == f"{path}: has more than 5 MB; split it, or shorten it"
    assert len(files._read(path)) == 5_000_001


@pytest.mark.parametrize("installed", [True, False])
def test_shipped_folders_are_found_installed_or_in_a_checkout(installed, tmp_path, monkeypatch):
    package = tmp_path / "assessor"
    package.mkdir()
    monkeypatch.setattr(files, "__file__", str(package / "files.py"))
    (tmp_path / "rubrics").mkdir()
    if installed:
        # What lies beside an installed package belongs to somebody else.
        with pytest.raises(AssessorError, match=r"the folder 'rubrics' is missing; install"):
            shipped("rubrics")
        (package / "rubrics").mkdir()
        assert shipped("rubrics") == package / "rubrics"
    else:
        (tmp_path / "pyproject.toml").touch()
        assert shipped("rubrics") == tmp_path / "rubrics"


# --- places ---

PLACED = """\
# remark
name: "São Tomé" # ø
äöü: {深圳: 1, b: [x, {c: y}]}
text: |
  first
  second
? "quoted
  key"
: folded
  over lines
list:
  - a
  -   - deep
  - k: v
    empty:
last: &l {m: n}
again: *l
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (2, 1), (2, 1)),
        (("name",), (2, 7), (2, 1)),
        (("äöü",), (3, 6), (3, 1)),
        (("äöü", "深圳"), (3, 11), (3, 7)),
        (("äöü", "b", 1, "c"), (3, 25), (3, 22)),
        (("text",), (4, 7), (4, 1)),
        (("quoted key",), (9, 3), (7, 3)),
        (("list",), (12, 3), (11, 1)),
        (("list", 0), (12, 5), (12, 5)),
        (("list", 1, 0), (13, 9), (13, 9)),
        (("list", 2), (14, 5), (14, 5)),
        (("list", 2, "empty"), (15, 11), (15, 5)),
        (("last", "m"), (16, 14), (16, 11)),
        (("again",), (17, 8), (17, 1)),
        (("again", "m"), (16, 14), (16, 11)),
        (("nowhere",), (2, 1), (2, 1)),
        (("name", "beyond", 3), (2, 7), (2, 7)),
        (("list", 9, "k"), (12, 3), (12, 3)),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_each_value_and_key_has_its_place(path, value, key, newline, parser):
    document = loads(PLACED.replace("\n", newline), "a.yaml")
    assert document.at(path) == value
    assert document.at(path, key=True) == key


def test_a_fault_has_the_place_of_its_path():
    document = loads("a:\n  b: 1\n", "a.yaml")
    assert str(document.fault(("a", "b"), "wrong")) == "a.yaml:2:6: wrong"
    assert str(document.fault(("a", "b"), "wrong", key=True)) == "a.yaml:2:3: wrong"


def paths(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every path in plain data."""
    yield path
    inside = data if isinstance(data, dict) else {}
    if isinstance(data, list):
        inside = dict(enumerate(data))
    for part, value in inside.items():
        yield from paths(value, (*path, part))


def lies_inside(place: tuple[int, int], document: Document) -> bool:
    lines = document.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    line, column = place
    return 1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1


# Some that YAML gives a meaning, so that they turn up more often than among all characters.
SIGNS = st.sampled_from(
    [*"aé深:-?#&*!|>'\"%@`[]{},\n \t\\0.1~<=", "\r\n", ": ", "- ", "\n  ", "*a"]
)
YAMLISH = st.lists(SIGNS, max_size=60).map("".join)


def read_or_refused(content: bytes | str) -> Document | None:
    """The document, or None where it is refused as it should be."""
    try:
        return loads(content, "a.yaml")
    except InputError as error:
        faults = error.faults
    assert faults
    assert all(fault.message and fault.file == "a.yaml" for fault in faults)
    return None


@given(st.one_of(st.text(), YAMLISH))
def test_any_text_is_read_or_refused(text):
    document = read_or_refused(text)
    if not document:
        return
    for path in paths(document.data):
        assert lies_inside(document.at(path), document)
        assert lies_inside(document.at(path, key=True), document)
        assert lies_inside(document.at((*path, "beyond", 7)), document)


@given(YAMLISH)
def test_any_text_is_read_or_refused_by_the_pure_python_parser(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "_LOADER", yaml.SafeLoader)
        read_or_refused(text)


@given(st.one_of(st.binary(), YAMLISH.map(str.encode), st.binary().map(b"a: ".__add__)))
def test_any_bytes_are_read_or_refused(raw):
    read_or_refused(raw)


class Quoting(yaml.SafeDumper):
    """Puts every text in double quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


Quoting.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)
TEXT = st.text(
    st.characters(
        exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff\u2028\u2029\ufffe\uffff"
    )
    | st.sampled_from("\n\t")
).filter(lambda text: not files._first_forbidden(text))
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**98), 10**98)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN, st.booleans())
def test_plain_data_comes_back_as_it_was_dumped(data, flow):
    # Long keys are written as `? key`, which is read as well.
    text = yaml.dump(data, Dumper=Quoting, allow_unicode=True, default_flow_style=flow)
    document = loads(text, "a.yaml")
    assert document.data == data
    for path in paths(data):
        assert lies_inside(document.at(path), document)


def test_what_leaves_the_rest_readable_stands_in_the_document() -> None:
    text = "a: .nan\nb: 1\nb: {c: 2}\nd: !x 3\n"
    told = [
        "a.yaml:1:4: .nan is no figure; write a number, or leave it out",
        "a.yaml:3:1: 'b' already stands in line 2; keep one of them",
        "a.yaml:4:4: tag '!x' is not used here; leave it out",
    ]
    document = loads(text, "a.yaml", strict=False)
    assert [str(fault) for fault in document.faults] == told
    assert document.data["b"] == 1
    assert document.at(("b",)) == (2, 4)
    with pytest.raises(InputError) as caught:
        loads(text, "a.yaml")
    assert str(caught.value).splitlines() == told
    with pytest.raises(InputError):
        loads("a: .nan\nb: [", "a.yaml", strict=False)
