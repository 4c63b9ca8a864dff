"""The command as people use it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import polars
import pytest
import yaml
from typer.testing import CliRunner

from assessor import PdfUnavailable, cli, pdf
from assessor.writers import WRITERS
from tests import small
from tests.conftest import ROOT
from tests.small import SMALL

RUBRIC = ["--rubric", str(SMALL)]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_"))},
    "PYTHONPATH": str(ROOT),
    "LANG": "en_US.UTF-8",
}


class Done:
    """How a call ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def told(self) -> list[str]:
        return self.err.splitlines()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a proposal `p.yaml` in it."""
    monkeypatch.chdir(tmp_path)
    Path("p.yaml").write_text(small.text(), "utf-8")
    return tmp_path


def call(*arguments: str | Path) -> Done:
    """The command inside this process, which is quick."""
    result = CliRunner().invoke(cli.app, [*map(str, arguments)], prog_name="assess")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def run(*arguments: str | Path, **how: Any) -> Done:
    """The command as a process of its own, which could crash."""
    environment = {**ENVIRONMENT, **how.pop("env", {})}
    done = subprocess.run(
        [sys.executable, "-m", "assessor", *map(str, arguments)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        **how,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


# --- asked for nothing, or for something that there is not ---


def test_without_an_argument_it_explains_itself() -> None:
    done = run()
    assert (done.code, done.out) == (2, "")
    assert done.err.rstrip() == cli.HELP.rstrip()


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["p.yaml", "--help"], ["new", "-h"]])
def test_help(arguments: list[str]) -> None:
    done = call(*arguments)
    assert (done.code, done.out.rstrip(), done.err) == (0, cli.HELP.rstrip(), "")


def test_the_help_names_every_option_and_format_and_fits_80_columns() -> None:
    parameters = [p for command in cli.app.registered_commands for p in _options(command.callback)]
    for option in [*parameters, "--version", "--help", *WRITERS]:
        assert option in cli.HELP, option
    assert max(map(len, cli.HELP.splitlines())) <= 80


def _options(command: Any) -> list[str]:
    import typing

    hints = typing.get_type_hints(command, include_extras=True)
    marks = [mark for hint in hints.values() for mark in getattr(hint, "__metadata__", ())]
    return [flag for mark in marks for flag in getattr(mark, "param_decls", None) or ()]


def test_version() -> None:
    assert re.fullmatch(r"assess (\d+\.\d+\.\d+|of a checkout)\n", run("--version").out)


USAGE = cli.HELP.partition("\n\n")[0] + "\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["p.yaml", "--nope"], "No such option: --nope"),
        (["--nope", "p.yaml"], "No such option: --nope"),
        (["--rubric", "small"], "Missing argument 'PROPOSAL'."),
        (["new"], "Missing argument 'zone|cluster|both'."),
        (["new", "zone", "--nope"], "No such option: --nope"),
    ],
)
def test_a_wrong_call_shows_the_right_one(arguments: list[str], told: str) -> None:
    done = call(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(USAGE), done.err
    assert done.err.rstrip().endswith(f"Error: {told}")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["compere"], ["compere: no such file; did you mean: assess compare"]),
        (["q.yaml"], ["q.yaml: no such file; did you mean 'p.yaml'?"]),
        (["nwe", "zone"], ["nwe: no such file; for a proposal to fill in, type: assess new zone"]),
        (["zone"], ["zone: no such file; for a proposal to fill in, type: assess new zone"]),
        (
            ["clusters"],
            ["clusters: no such file; for a proposal to fill in, type: assess new cluster"],
        ),
        (["new", "zon"], ["zon: there is no rubric 'zon'; did you mean 'zone'?"]),
        (["new", "no.yaml"], ["no.yaml: no such file; did you mean 'p.yaml'?"]),
        (["p.yaml", "--rubric", "zoen"], ["zoen: there is no rubric 'zoen'; did you mean 'zone'?"]),
        (["p.yaml", "--rubric", "no.yaml"], ["no.yaml: no such file; did you mean 'p.yaml'?"]),
        (["."], []),
        (["empty"], ["empty: no proposal is in this folder; put files that end in .yaml into it"]),
        (["", "x"], [": is a folder; name a YAML file in it", "x: no such file; known: p.yaml"]),
    ],
)
def test_what_is_not_there(arguments: list[str], told: list[str]) -> None:
    Path("empty").mkdir()
    if not told:
        Path("p.yaml").unlink()
        told = [".: no proposal is in this folder; put files that end in .yaml into it"]
    done = call(*arguments)
    assert (done.code, done.out, done.told) == (2, "", told)


def test_an_option_without_its_argument() -> None:
    done = call("p.yaml", "-o")
    assert (done.code, done.err) == (2, "Error: Option '-o' requires an argument.\n")


def test_files_that_are_called_like_commands() -> None:
    for name in ("new", "run", "zone", "--help"):
        Path(name).write_text(small.text(name=f"Called {name}"))
        done = call(*RUBRIC, "-o", "a.json", "--", name)
        assert done.code == 0, done.err
        assert f"Called {name}" in done.out
    assert "Called new" in call("./new", *RUBRIC, "-o", "a.json").out


@pytest.mark.parametrize("name", ["a b.yaml", "Ünïcode 深圳.yaml", "-dash.yaml", "a'\"$(x).yaml"])
def test_a_path_of_any_letters(name: str) -> None:
    shutil.copy("p.yaml", f"./{name}")
    done = run(*RUBRIC, "-o", "o.json", "-o", f"./{name[:-5]}.html", "--", name)
    assert done.code == 0, done.err
    assert done.out.endswith(f"\nWritten: o.json\nWritten: ./{name[:-5]}.html\n")
    assert set(small.files()) == {"p.yaml", name, "o.json", f"{name[:-5]}.html"}


def test_control_characters_of_a_path_do_not_reach_the_terminal() -> None:
    name = "a\x1b[31m\n\u202e.yaml"
    shutil.copy("p.yaml", name)
    done = call(name, *RUBRIC, "-o", "o\x1b.json")
    assert done.out.endswith("\nWritten: o\\x1b.json\n")
    assert call("no\x1b.yaml").told == [r"no\x1b.yaml: no such file; did you mean 'p.yaml'?"]
    done = call(name, "p.yaml", *RUBRIC, "-o", "o.json")
    assert done.code == 0
    Path(name).write_text("name: [")
    assert call(name, *RUBRIC).told == [r"a\x1b[31m\n\u202e.yaml:1:7: '[' is not closed; add ']'"]


# --- one proposal ---


def test_by_default_summary_here_and_report_beside() -> None:
    folder = Path("elsewhere")
    folder.mkdir()
    shutil.move("p.yaml", folder / "upland.v2.yaml")
    done = run("elsewhere/upland.v2.yaml", *RUBRIC)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("\nUpland Park\nKenya; judged by the rubric small 1.2.3\n\n")
    assert done.out.endswith("\n\nWritten: upland.v2.pdf\n")
    assert small.files() == ["elsewhere", "upland.v2.pdf"]
    assert Path("upland.v2.pdf").read_bytes().startswith(b"%PDF-")


def test_several_outputs_each_once() -> None:
    outputs = ["a.json", "b.html", "./a.json", "c.csv", "d.xlsx", "a.json"]
    done = call("p.yaml", *RUBRIC, *(word for out in outputs for word in ("-o", out)))
    assert (done.code, done.err) == (0, "")
    assert done.out.count("Written: ") == 4
    assert small.files() == ["a.json", "b.html", "c.csv", "d.xlsx", "p.yaml"]


def test_json_on_standard_output_and_nothing_else() -> None:
    done = run("p.yaml", *RUBRIC, "-o", "-", "-o", "a.json", "-o", "-")
    assert (done.code, done.err) == (0, "Written: a.json\n")
    assert done.out == Path("a.json").read_text("utf-8")
    assert json.loads(done.out)["score"] == pytest.approx(65)


@pytest.mark.parametrize("language", ["C", "POSIX", "en_US.UTF-8"])
def test_json_and_blank_proposals_are_utf8_in_every_locale(language: str) -> None:
    Path("p.yaml").write_text(small.text(name="深圳"), "utf-8")
    environment = {"LC_ALL": language, "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = run("p.yaml", *RUBRIC, "-o", "-", env=environment)
    assert json.loads(done.out)["proposal"]["name"] == "深圳"
    assert yaml.safe_load(run("new", SMALL, env=environment).out)["name"] == "Unnamed zone"
    assert run("p.yaml", *RUBRIC, "-o", "a.html", env=environment).code == 0


def test_json_alone_waits_for_no_slow_library() -> None:
    program = """if True:
        import sys
        from assessor.cli import main
        sys.argv = ["assess", *sys.argv[1:]]
        try:
            main()
        except SystemExit as stop:
            assert not stop.code, stop.code
        slow = {"rich", "weasyprint", "jinja2", "polars", "xlsxwriter", "python_calamine"}
        print(sorted(slow & set(sys.modules)), file=sys.stderr)
    """
    done = subprocess.run(
        [sys.executable, "-c", program, "p.yaml", *RUBRIC, "-o", "-"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert done.stderr == "[]\n"


def test_kind_both_gives_two_records_and_one_report() -> None:
    blank = run("new", "both").out
    Path("both.yaml").write_text(blank, "utf-8")
    done = run("both.yaml", "-o", "-", "-o", "both.pdf")
    assert [one["rubric"]["id"] for one in json.loads(done.out)] == ["zone", "cluster"]
    assert done.err == "Written: both.pdf\n"
    shown = call("both.yaml", "-o", "both.json").out
    assert shown.count("Overall: not rated") == 2


def test_the_report_carries_what_it_rests_on() -> None:
    from pypdf import PdfReader

    shutil.move("p.yaml", "assessment.json")
    assert run("assessment.json", *RUBRIC, "-o", "p.pdf").code == 0
    attached = PdfReader("p.pdf").attachments
    assert set(attached) == {
        "assessment.json",
        "proposal-assessment.json",
        "rubric-small.yaml",
        "rubric-lessons.yaml",
        "rubric-comparators.yaml",
        "rubric-paper.yaml",
    }
    assert attached["proposal-assessment.json"] == [Path("assessment.json").read_bytes()]
    assert attached["rubric-small.yaml"] == [SMALL.read_bytes()]


# --- a blank proposal ---


@pytest.mark.parametrize("kind", ["zone", "cluster", "both"])
def test_a_blank_proposal_scores_as_it_stands(kind: str) -> None:
    Path("blank.yaml").write_text(call("new", kind).out, "utf-8")
    done = call("blank.yaml", "-o", "blank.json")
    assert (done.code, done.err) == (0, "")
    assert "Overall: not rated; the score lies between 0 and 100\n" in done.out


def test_a_blank_proposal_tells_what_to_type() -> None:
    assert "# When done, type: assess THIS_FILE.yaml\n" in call("new", "zone").out
    Path("my rubrics").mkdir()
    for file in SMALL.parent.iterdir():
        shutil.copy(file, "my rubrics")
    told = "# When done, type: assess THIS_FILE.yaml --rubric 'my rubrics/small.yaml'\n"
    assert told in call("new", "my rubrics/small.yaml").out


def test_a_workbook_to_fill_in() -> None:
    done = call("new", "both", "-o", "many.xlsx")
    assert (done.code, done.out, done.err) == (0, "Written: many.xlsx\n", "")
    told = "many.xlsx: the table has no rows below its headings; write a proposal in each\n"
    done = call("many.xlsx")
    assert (done.code, done.out, done.err) == (2, "", told)
    done = call("new", "zone", "-o", "many.xlsx")
    told = "is there already, and may hold answers; choose another name, or remove it first"
    assert (done.code, done.err) == (2, f"many.xlsx: {told}\n")


def test_a_file_to_fill_in_tells_what_to_type_for_it() -> None:
    assert call("new", "zone", "--output", "my zone.yaml").out == "Written: my zone.yaml\n"
    told = "# When done, type: assess 'my zone.yaml'\n"
    assert told in Path("my zone.yaml").read_text("utf-8")
    assert call("new", "zone", "-o", "-").out == call("new", "zone").out
    call("new", SMALL, "-o", "small.xlsx")
    sheet = openpyxl.load_workbook("small.xlsx")["Read me"]
    lines = [str(cell.value) for (cell,) in sheet.iter_rows()]
    assert any(line.endswith(f"type: assess small.xlsx --rubric {SMALL}") for line in lines)


def test_proposals_are_put_into_a_workbook_and_from_there_into_another() -> None:
    Path("folder").mkdir()
    for name in ("a", "b"):
        Path(f"folder/{name}.yaml").write_text(small.text(name=name), "utf-8")
    Path("folder/c.yaml").write_text("name: [\n", "utf-8")
    done = call("new", SMALL, "p.yaml", "folder", "-o", "many.xlsx")
    assert (done.code, done.out) == (1, "Written: many.xlsx\n")
    assert done.told == ["folder/c.yaml:1:7: '[' is not closed; add ']'"]
    assert call("new", SMALL, "many.xlsx", "-o", "again.xlsx").code == 0
    for file in ("many.xlsx", "again.xlsx"):
        rows = json.loads(call(file, *RUBRIC, "-o", "-").out)["ranking"]
        assert [row["name"] for row in rows] == ["Upland Park", "a", "b"]
        assert len({row["score"] for row in rows}) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["p.yaml"],
            "standard output: proposals are put into a workbook; name it with -o OUT.xlsx",
        ),
        (
            ["p.yaml", "-o", "o.yaml"],
            "o.yaml: proposals are put into a workbook; end the name in .xlsx",
        ),
        (["no.yaml", "-o", "o.xlsx"], "no.yaml: no such file; did you mean 'p.yaml'?"),
        (["p.yaml", "-o", "p.yaml"], "p.yaml: is there already, and may hold answers; choose "),
    ],
)
def test_proposals_that_cannot_be_put_anywhere(arguments: list[str], told: str) -> None:
    done = call("new", "zone", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(told)
    assert small.files() == ["p.yaml"]


# --- bad input: no crash, no traceback, nothing written ---

GOOD_HEAD = "name: P\nkind: zone\ncountry: KE\n"


def bomb() -> str:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "a0: &a0 [x]\n" + "\n".join(levels)


def merges() -> str:
    levels = [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 9)]
    return "a0: &a0 {x: 1}\n" + "\n".join(levels)


BAD: dict[str, tuple[bytes | str, str | Callable[[list[str]], bool]]] = {
    "empty": (b"", "bad.yaml: is empty; write 'name: value' into it"),
    "only a comment": ("# nothing\n", "bad.yaml: is empty; write 'name: value' into it"),
    "a list": ("- a\n", "bad.yaml:1:1: the file is the list ['a']; write fields ('name: value')"),
    "a word": ("word\n", "bad.yaml:1:1: the file is text 'word'; write fields ('name: value')"),
    "broken": (GOOD_HEAD + "answers: {a: [1, 2}\n", "bad.yaml:4:19: the '[' of line 4, column 14 "
               "is not closed before this; add ']', or the ',' that is missing"),
    "a tab": (GOOD_HEAD + "answers:\n\tland.phased: yes\n",
              "bad.yaml:5:1: a tab stands where only spaces may; write spaces"),
    "a key twice": (GOOD_HEAD + "name: Q\n", "bad.yaml:4:1: 'name' already stands in line 1; "
                    "keep one of them"),
    "not a number": (GOOD_HEAD + "answers: {discipline.capacity: .nan}\n",
                     "bad.yaml:4:32: .nan is no figure; write a number, or leave it out"),
    "infinity": (GOOD_HEAD + "targets: {gdp_growth_percent: .inf}\n",
                 "bad.yaml:4:31: .inf is no figure; write a number, or leave it out"),
    "a number as text": (GOOD_HEAD + 'answers: {discipline.capacity: "125"}\n',
                         "bad.yaml:4:32: discipline.capacity: '125' is not a number; write 125 "
                         "without quotes, unit or separators (it counts percent)"),
    "010": (GOOD_HEAD + "answers: {discipline.capacity: 010}\n",
            "bad.yaml:4:32: discipline.capacity: '010' is not a number; write 10 without quotes, "
            "unit or separators (it counts percent)"),
    "24:00": (GOOD_HEAD + "answers: {discipline.capacity: 24:00}\n",
              "bad.yaml:4:32: discipline.capacity: '24:00' is not a number; write a figure; "
              "it counts percent"),
    "outside": (GOOD_HEAD + "answers: {discipline.capacity: 1001}\n",
                "bad.yaml:4:32: discipline.capacity: 1001 lies outside 0 to 1000 percent; check "
                "the figure and its unit"),
    "an unknown question": (GOOD_HEAD + "answers: {land.alocation: auction}\n",
                            "bad.yaml:4:11: there is no question 'land.alocation'; did you mean "
                            "'land.allocation'?"),
    "an unknown level": (GOOD_HEAD + "answers: {land.allocation: auktion}\n",
                         "bad.yaml:4:28: land.allocation: 'auktion' is not a level; did you mean "
                         "'auction'?"),
    "a rubric that is not": ("name: P\nkind: port\ncountry: KE\n",
                             "bad.yaml:2:7: 'port' is not a kind; known: zone, cluster, both"),
    "binary": (bytes(range(256)) * 10, "bad.yaml: is not text; name a YAML file"),
    "a PDF": (b"%PDF-1.7\n", "bad.yaml: is a PDF, not text; name a YAML file"),
    "Latin-1": ("name: Zürich\n".encode("latin-1"),
                "bad.yaml:1:8: byte 0xFC is not UTF-8; save the file as UTF-8"),
    "UTF-16": ("name: P\n".encode("utf-16"), "bad.yaml: is UTF-16; save it as UTF-8"),
    "50 MB": (b"a: b\n" * 10_000_000, "bad.yaml: has more than 5 MB; split it, or shorten it"),
    "100,000 brackets": ("[" * 100_000,
                         "bad.yaml:1:41: more than 40 levels deep; write it flatter"),
    "100,000 braces": ("{a: " * 100_000,
                       "bad.yaml:1:161: more than 40 levels deep; write it flatter"),
    "an alias bomb": (bomb(), lambda told: len(told) == 1 and "; write " in told[0]),
    "merge keys": (merges(), lambda told: bool(told) and "merge key '<<' is not used" in told[0]),
    "a tag": ("name: !!python/object/apply:os.system ['id']\nkind: zone\ncountry: KE\n",
              lambda told: bool(told) and "is not used here; leave it out" in told[0]),
    "two documents": (GOOD_HEAD + "---\na: b\n", lambda told: "second document" in told[0]),
    "a long word as kind": (f"name: P\nkind: {'x' * 10_000}\ncountry: KE\n",
                            lambda told: len(told) == 1 and len(told[0]) < 200),
    "a long name": (f"name: {'x' * 10_000}\nkind: zone\ncountry: KE\n",
                    lambda told: len(told) == 1 and "so shorten it to 120" in told[0]),
    "200,000 unknown questions": (
        GOOD_HEAD + "answers:\n" + "".join(f"  a.b{n}: 1\n" for n in range(190_000)),
        lambda told: len(told) == 51 and told[-1].endswith("mend these first")),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case: str) -> None:
    content, wanted = BAD[case]
    Path("bad.yaml").write_bytes(content.encode() if isinstance(content, str) else content)
    done = run("bad.yaml", *RUBRIC, "-o", "out.pdf", "-o", "out.json")
    assert (done.code, done.out) == (2, "")
    if callable(wanted):
        assert wanted(done.told), done.told[:5]
    else:
        assert done.told == [wanted]
    assert all(line.startswith("bad.yaml:") for line in done.told)
    assert small.files() == ["bad.yaml", "p.yaml"]


def test_all_faults_of_a_file_at_once() -> None:
    Path("bad.yaml").write_text(
        "name: P\nkind: zon\ncountry: XX\nanswers:\n  land.alocation: auction\n  land.phased: 3\n"
    )
    assert call("bad.yaml", *RUBRIC).told == [
        "bad.yaml:2:7: 'zon' is not a kind; did you mean 'zone'?",
        "bad.yaml:3:10: 'XX' is no country; write its two letters of ISO 3166, such as KE",
        "bad.yaml:5:3: there is no question 'land.alocation'; did you mean 'land.allocation'?",
        "bad.yaml:6:16: land.phased: 3 is neither yes nor no; write yes or no",
    ]


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "pipe.yaml"])
def test_what_is_no_file_is_not_waited_for(path: str) -> None:
    os.mkfifo("pipe.yaml")
    done = run(path, *RUBRIC)
    assert done.code == 2
    assert done.told == [f"{path}: is a pipe or a device; save its content as a file first"]


ODD = [
    "<script>alert(1)</script><img src=http://127.0.0.1:9/x>",
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "file:///etc/passwd http://127.0.0.1:9/ javascript:alert(1)",
    "x" * 120,
    "深圳经济特区 منطقة اقتصادية",
    "&amp; ]]> <!-- --> \\n %s {0}",
    "[/red][bold]:smile:",
]


@pytest.mark.parametrize("text", ODD)
def test_odd_text_is_no_fault_and_asks_nothing_of_the_network(text: str) -> None:
    everywhere = {"value": "auction", "evidence": text}
    reason = {"state": "not_applicable", "reason": text}
    Path("odd.yaml").write_text(
        small.text(
            name=text, summary=text, answers={"land.allocation": everywhere, "land.phased": reason}
        ),
        "utf-8",
    )
    program = """if True:
        import socket, sys, urllib.request
        def forbidden(*_, **__):
            raise SystemExit("asked the network")
        socket.socket.connect = socket.create_connection = socket.getaddrinfo = forbidden
        urllib.request.urlopen = forbidden
        from assessor.cli import main
        sys.argv = ["assess", *sys.argv[1:]]
        main()
    """
    outputs = ["-o", "o.pdf", "-o", "o.html", "-o", "o.json"]
    done = subprocess.run(
        [sys.executable, "-c", program, "odd.yaml", *RUBRIC, *outputs],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    html = Path("o.html").read_text("utf-8")
    assert (
        "<script" not in html.replace("<script>", "<script", 1) or "alert(1)</script>" not in html
    )
    assert "<img src=http" not in html
    assert "root:" not in html
    assert json.loads(Path("o.json").read_text("utf-8"))["proposal"]["name"] == text


def test_norway() -> None:
    Path("p.yaml").write_text("name: Nordpark\nkind: zone\ncountry: NO\n")
    assert call("p.yaml", *RUBRIC, "-o", "a.json").out.startswith("\nNordpark\nNorway; judged")


# --- outputs ---


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        (["a.doc"], ["a.doc: the ending '.doc' is not known; end the name in "
                     ".pdf .html .json .jsonl .csv .xlsx .parquet"]),
        (["no/a.pdf", "a"], [
            "no/a.pdf: there is no folder 'no'; make it first",
            "a: has no ending; end the name in .pdf .html .json .jsonl .csv .xlsx .parquet"]),
        (["."], [".: is a folder; name a file in it"]),
        ([""], [": is a folder; name a file in it"]),
        (["locked.json"], ["locked.json: is write-protected; choose another name with -o, "
                           "or give yourself the right"]),
        (["p.json"], ["p.json: is what is to be read; choose another name with -o"]),
        (["link.json"], ["link.json: is what is to be read; choose another name with -o"]),
    ],
)  # fmt: skip
def test_an_output_that_cannot_be_written(outputs: list[str], told: list[str]) -> None:
    shutil.move("p.yaml", "p.json")
    Path("link.json").symlink_to("p.json")
    Path("locked.json").write_text("old")
    Path("locked.json").chmod(0o444)
    before = small.files()
    done = call("p.json", *RUBRIC, "-o", "ok.json", *(w for o in outputs for w in ("-o", o)))
    assert (done.code, done.out, done.told) == (2, "", told)
    assert small.files() == before
    assert Path("p.json").read_text() == small.text()


def test_a_proposal_that_is_called_like_its_report_is_kept() -> None:
    shutil.move("p.yaml", "p.pdf")
    assert call("p.pdf", *RUBRIC).told == [
        "p.pdf: is what is to be read; choose another name with -o"
    ]


def test_a_table_is_not_written_over() -> None:
    Path("t.csv").write_text("name,kind,country\nP,zone,KE\n")
    told = ["t.csv: is what is to be read; choose another name with -o"]
    assert call("t.csv", "p.yaml", *RUBRIC, "-o", "./t.csv").told == [
        told[0].replace("t.csv", "./t.csv", 1)
    ]
    assert call("t.csv", *RUBRIC).code == 0
    assert small.files() == ["p.yaml", "t-assessed.xlsx", "t.csv"]


# --- without Pango ---


@pytest.fixture
def no_pango(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> bytes:
        raise PdfUnavailable("Pango is not installed; type: apt install pango")

    monkeypatch.setattr(pdf, "to_pdf", missing)


@pytest.mark.usefixtures("no_pango")
def test_without_pango_summary_html_and_json_come_all_the_same() -> None:
    done = call("p.yaml", *RUBRIC)
    assert done.code == 0
    assert done.out.endswith("\nWritten: p.html\nWritten: p.json\n")
    assert done.told == ["p.pdf: Pango is not installed; type: apt install pango"]
    assert small.files() == ["p.html", "p.json", "p.yaml"]


@pytest.mark.usefixtures("no_pango")
def test_without_pango_a_report_that_was_asked_for_is_missed() -> None:
    done = call("p.yaml", *RUBRIC, "-o", "x.pdf", "-o", "-")
    assert done.code == 2
    assert json.loads(done.out)["score"] == pytest.approx(65)
    assert done.told == [
        "Written: x.html",
        "Written: x.json",
        "x.pdf: Pango is not installed; type: apt install pango",
    ]


@pytest.mark.usefixtures("no_pango")
def test_without_pango_the_proposal_is_not_written_over_either() -> None:
    shutil.move("p.yaml", "p.json")
    done = call("p.json", *RUBRIC)
    assert done.code == 2
    assert done.told == ["p.json: is what is to be read; choose another name with -o"]
    assert Path("p.json").read_text() == small.text()


def test_where_weasyprint_cannot_be_loaded() -> None:
    """What its import does where Pango is missing: it prints, and raises OSError."""
    Path("weasyprint.py").write_text("print('advice')\nraise OSError('no pango')\n")
    done = run("p.yaml", *RUBRIC, env={"PYTHONPATH": f".{os.pathsep}{ROOT}"})
    assert done.code == 0
    assert "advice" not in done.out
    assert len(done.told) == 1
    assert re.match(r"p\.pdf: Pango is not installed, .*: (sudo apt|brew|winget) ", done.err)


# --- portfolios ---


def test_a_portfolio_of_files() -> None:
    Path("q.yaml").write_text(small.text(name="Q"))
    done = call("p.yaml", "q.yaml", *RUBRIC)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("\nSmall zone: two proposals by the rubric small 1.2.3\n")
    assert done.out.endswith("\n\nWritten: portfolio-assessed.xlsx\n")


def test_a_portfolio_of_which_some_cannot_be_read() -> None:
    Path("bad.yaml").write_text("name: [")
    done = call(".", *RUBRIC, "-o", "-", "-o", "r.csv")
    assert done.code == 1
    assert done.told == ["bad.yaml:1:7: '[' is not closed; add ']'", "Written: r.csv"]
    data = json.loads(done.out)
    assert set(data) == {
        "schema_version",
        "assessments",
        "ranking",
        "resemblance",
        "failed",
        "rank_chances",
        "not_read",
    }
    assert [f["file"] for f in data["failed"]] == ["bad.yaml"]


def test_what_is_passed_over_is_told_and_is_no_failure() -> None:
    Path("t.csv").write_text("name,kind,country")
    done = call(".", *RUBRIC, "-o", "r.csv")
    assert (done.code, done.told) == (0, [".: not read: the table 't.csv'; to read one, name it"])


def test_a_portfolio_of_which_none_can_be_read() -> None:
    Path("p.yaml").write_text("name: [")
    done = call(".", *RUBRIC, "-o", "-", "-o", "r.csv")
    assert (done.code, done.out) == (2, "")
    assert done.told == ["p.yaml:1:7: '[' is not closed; add ']'"]
    assert small.files() == ["p.yaml"]


def test_a_wrong_heading_is_told_once_for_all_rows() -> None:
    Path("t.csv").write_text("name,kind,country,land.phasd\n" + "P,zone,KE,yes\n" * 300)
    done = call("t.csv", *RUBRIC)
    assert done.code == 2
    assert done.told == [
        "t.csv:1:D: there is no question 'land.phasd'; did you mean 'land.phased'?"
    ]


def test_300_proposals_in_a_table() -> None:
    rows = [{**small.FACTS, "name": f"Zone {n}", "discipline.capacity": n} for n in range(300)]
    polars.DataFrame(rows).write_parquet("t.parquet")
    done = run("t.parquet", *RUBRIC, "-o", "-")
    data = json.loads(done.out)
    assert (done.code, len(data["assessments"]), len(data["ranking"])) == (0, 300, 300)


def test_a_folder_is_named_in_its_workbook() -> None:
    Path("zones.2026").mkdir()
    shutil.move("p.yaml", "zones.2026")
    assert call("zones.2026/", *RUBRIC).out.endswith("Written: zones.2026-assessed.xlsx\n")


# --- the ends of pipes, and other ends ---


def test_a_reader_that_has_seen_enough() -> None:
    command = f"{sys.executable} -m assessor p.yaml {' '.join(RUBRIC)} -o out.json | head -1"
    done = subprocess.run(
        ["sh", "-c", command], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("\n", "")
    assert json.loads(Path("out.json").read_text())["score"] == pytest.approx(65)


@pytest.mark.parametrize(
    "arguments", [["p.yaml", *RUBRIC, "-o", "-"], ["new", "zone"], ["--version"]]
)
def test_a_reader_that_went_away(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "assessor", *arguments],
        env=ENVIRONMENT,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "arguments",
    [["p.yaml", "-o", "-"], ["p.yaml", "-o", "a.json"], ["p.yaml", "p.yaml", "-o", "a.json"]],
    ids=["record", "summary", "ranking"],
)
def test_no_room_for_standard_output(arguments: list[str], unbuffered: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "assessor", *arguments, *RUBRIC],
            env={**ENVIRONMENT, "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr == (
        "standard output: cannot be written (No space left on device); make room, "
        "or choose a file with -o\n"
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams(closed: str) -> None:
    command = f"{sys.executable} -m assessor p.yaml {' '.join(RUBRIC)} -o out.json {closed}"
    done = subprocess.run(["sh", "-c", command], env=ENVIRONMENT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(Path("out.json").read_text())["score"] == pytest.approx(65)


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted(sign: int, code: int) -> None:
    program = """if True:
        import sys, time
        from assessor import assessment, cli
        def slow(*_):
            print("at work", file=sys.stderr, flush=True)
            time.sleep(30)
        assessment.assess_each = slow
        sys.argv = ["assess", "p.yaml"]
        cli.main()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", program], env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "at work\n"
    process.send_signal(sign)
    assert process.communicate()[1] == ""
    assert process.returncode == code


def terminal(*arguments: str, columns: int, **environment: str) -> str:
    """What the command shows on a terminal of so many columns."""
    import fcntl
    import struct
    import termios

    try:
        master, slave = pty.openpty()
    except OSError as error:  # a container without /dev/pts
        pytest.skip(f"this machine has no terminal to offer: {error}")
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "assessor", *arguments],
        env={**ENVIRONMENT, "TERM": "xterm-256color", **environment},
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 4096)
        except OSError:  # how Linux tells that the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    assert process.wait() == 0
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_on_a_terminal(columns: int) -> None:
    shown = terminal("p.yaml", *RUBRIC, "-o", "a.json", columns=columns)
    assert "\x1b[1mUpland Park\x1b[0m" in shown
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert max(map(len, lines)) <= min(columns, 80)


def test_on_a_terminal_without_colour() -> None:
    shown = terminal("p.yaml", *RUBRIC, "-o", "a.json", columns=80, NO_COLOR="1")
    assert "█" in shown
    assert not re.search(r"\x1b\[3\dm", shown)


def test_in_a_locale_without_unicode() -> None:
    done = run("p.yaml", *RUBRIC, "-o", "a.json", env={"LANG": "C"})
    assert done.out.isascii()
    assert "  Land          ########################" in done.out


# --- what changed ---


def other(**answers: Any) -> None:
    Path("q.yaml").write_text(small.text(answers=answers), "utf-8")


def test_compare_says_what_adds_how_much_and_writes_it() -> None:
    other(**{"discipline.audit": "outside"})
    done = call("compare", "p.yaml", "q.yaml", *RUBRIC, "-o", "d.json")
    assert (done.code, done.err) == (0, "")
    assert (
        "The difference: +10.0 points, and where they come from\n  +10.0  Who audits\n" in done.out
    )
    assert "inside → outside" in done.out
    assert "Overall: B → A; score 65.0 → 75.0 (+10.0); coverage 100.0 percent" in done.out
    assert done.out.endswith("Written: d.json\n")
    assert json.loads(Path("d.json").read_text("utf-8"))["difference"] == pytest.approx(10)
    assert call("compare", "p.yaml", "q.yaml", *RUBRIC, "-o", "-").out == Path("d.json").read_text()


def test_compare_takes_two_rubrics_for_one_proposal() -> None:
    folder = Path("mine")
    shutil.copytree(SMALL.parent, folder)
    mine = folder / "mine.yaml"
    text = (
        SMALL.read_text("utf-8")
        .replace("id: small", "id: mine")
        .replace("weight: 40", "weight: 60")
    )
    mine.write_text(text, "utf-8")
    done = call("compare", "p.yaml", *RUBRIC, "--rubric", mine)
    assert (done.code, done.err) == (0, "")
    assert "Two rubrics: small 1.2.3 before, mine 1.2.3 after." in done.out
    assert "Weights of two pillars" in done.out
    assert "40.0 percent → 50.0" in done.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["p.yaml"],
            "compare: takes two files, or one proposal and two rubrics; see assess --help",
        ),
        (["p.yaml", "p.yaml", "-o", "d.pdf"], "d.pdf: a comparison is written as JSON"),
        (["p.yaml", "p.yaml", "-o", "no/d.json"], "no/d.json: there is no folder 'no'"),
        (["p.yaml", "gone.yaml", *RUBRIC], "gone.yaml: no such file"),
    ],
)
def test_a_wrong_comparison_is_refused(arguments: list[str], told: str) -> None:
    done = call("compare", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(told)


def test_a_comparison_fits_80_columns() -> None:
    names = ("kivuli-coast-zone", "laguna-azul-zone")
    done = call("compare", *(ROOT / "examples" / f"{name}.yaml" for name in names))
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 80


# --- whether a report stands ---


def test_verify_ends_with_0_where_a_report_stands_and_1_where_not() -> None:
    assert run("p.yaml", *RUBRIC).code == 0
    stands = run("verify", "p.pdf")
    assert (stands.code, stands.err) == (0, "")
    assert "Every number stands" in stands.out
    assert max(map(len, stands.out.splitlines())) <= 80

    from assessor.pdf import to_pdf

    lie = replace(small.assessed(), score=99.0)
    Path("lie.pdf").write_bytes(to_pdf([lie], {"p.yaml": b"name: x", "rubric-x.yaml": b"id: x"}))
    falls = call("verify", "lie.pdf")
    assert (falls.code, falls.err) == (1, "")
    assert "WRONG" in falls.out
    assert "It does not stand: one of one check failed." in falls.out


def test_verify_refuses_what_is_no_report() -> None:
    done = call("verify", "p.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err == "p.yaml: is not a PDF; name a report that was written as PDF\n"
    assert call("verfy", "p.yaml").err == "verfy: no such file; did you mean: assess verify\n"
