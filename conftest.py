"""Runs the code blocks of README.md and docs/*.md as tests: in order, a folder for each document.

What a language means:

    python    is run; `>>>` lines have their output compared
    console   what stands after `$ ` and `> ` goes to the shell, and its output is compared; a line
              `...` stands for any lines, and the line and column in a message may differ
    sh        is run and must succeed; its output is not compared
    yaml      must be readable, and name only fields that there are. `# NAME.yaml` as its first line
              writes it to that file; `# A lesson` (an indicator, a rule, ...) checks it as that
    json      must be readable
    text      is only shown

In that folder stand `examples/`, `rubrics/` and the commands `assess`, `scripts/assess` and
`scripts/test`; the last only looks whether the files named behind it exist.
"""

from __future__ import annotations

import atexit
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).parent
FILE = re.compile(r"# ([\w-]+\.yaml)\n")
PART = re.compile(r"# An? ([a-z]+)\b.*\n")
COMMAND = re.compile(r"^\$ ", re.MULTILINE)
PLACE = re.compile(r":\d+:\d+:")  # a line in a rubric that people edit
ASSESS = """#!/bin/sh
exec "{python}" -m assessor "$@"
"""
TEST = """#!/bin/sh
cd "{root}"
for word in "$@"; do case $word in -*) ;; *.py | *.md) test -e "$word" || exit 1 ;; esac; done
"""

# Tests neither read nor fill the user's own.
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="cache-")
atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-docs",
        action="store_true",
        help="write the tables of the documents anew from the rubrics",
    )


# ---- The folder that a document's blocks run in ----


def enter(namespace: dict[str, Any]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="docs-"))
    namespace["_left"] = Path.cwd()
    for name in ("examples", "rubrics"):
        shutil.copytree(ROOT / name, folder / name)
    for room in ("bin", "scripts"):
        script(folder / room / "assess", ASSESS.format(python=sys.executable))
    script(folder / "scripts" / "test", TEST.format(root=ROOT))
    os.chdir(folder)


def script(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o755)


def leave(namespace: dict[str, Any]) -> None:
    folder = Path.cwd()
    os.chdir(namespace["_left"])
    shutil.rmtree(folder)


# ---- What each language means ----


def console(example: Example) -> None:
    for part in COMMAND.split(example.parsed)[1:]:
        command, _, expected = part.partition("\n")
        while expected.startswith("> "):
            more, _, expected = expected[2:].partition("\n")
            command = f"{command}\n{more}"
        output = shell(command).stdout
        assert matches(output, expected), f"$ {command}\n{output}"


def sh(example: Example) -> None:
    done = shell(f"set -e\n{example.parsed}")
    assert done.returncode == 0, done.stdout


def shell(command: str) -> subprocess.CompletedProcess[str]:
    bin_ = Path.cwd() / "bin"
    environment = {
        **os.environ,
        "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "COLUMNS": "80",
    }
    return subprocess.run(
        ["sh", "-c", command],
        env=environment,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def matches(output: str, expected: str) -> bool:
    """Whether an output is the one that is shown, in which a line `...` stands for any lines."""
    lines = [re.escape(line.rstrip()) + "\n" for line in expected.strip("\n").splitlines()]
    pattern = "".join(lines).replace(re.escape("...") + "\n", "(?:.*\n)*?")
    pattern = PLACE.sub(r":\\d+:\\d+:", pattern)
    found = "".join(line.rstrip() + "\n" for line in output.strip("\n").splitlines())
    return re.fullmatch(pattern, found) is not None


def yaml(example: Example) -> None:
    from assessor.files import loads

    text = str(example.parsed)
    data = loads(text, example.path).data
    items = data if isinstance(data, list) else [data]
    unknown = {key for item in items for key in item} - fields()
    assert not unknown, unknown
    if named := FILE.match(text):
        Path(named[1]).write_text(text, "utf-8")
    elif part := PART.match(text):
        for item in items:
            TypeAdapter(parts()[part[1]]).validate_python(item)


def fields() -> set[str]:
    """Everything that may stand in a rubric's or a proposal's file."""
    from assessor import indicators, proposal, rubric
    from assessor.checks import fields_of
    from assessor.plain import Record

    return {
        str(name)
        for module in (indicators, proposal, rubric)
        for model in vars(module).values()
        if inspect.isclass(model) and issubclass(model, BaseModel | Record) and model is not Record
        for name in fields_of(model)
    }


def parts() -> dict[str, Any]:
    """What a block may show one of, by its name in the documents."""
    from assessor import indicators, questions, rubric

    return {
        "caveat": rubric.CaveatNote,
        "factor": rubric.Factor,
        "indicator": indicators.AnyIndicator,
        "lesson": rubric.Lesson,
        "prerequisite": questions.Prerequisite,
        "rule": rubric.Rule,
        "target": rubric.Target,
    }


def read_json(example: Example) -> None:
    json.loads(example.parsed)


pytest_collect_file = Sybil(
    parsers=[
        SkipParser(),
        PythonCodeBlockParser(),
        CodeBlockParser("console", console),
        CodeBlockParser("sh", sh),
        CodeBlockParser("yaml", yaml),
        CodeBlockParser("json", read_json),
    ],
    patterns=["README.md", "docs/*.md"],
    setup=enter,
    teardown=leave,
).pytest()
