"""The rooms of the package: who may import whom, what is public, what starts quickly."""

import ast
import importlib
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import assessor

ORDER = (
    "notes",
    "plain",
    "given",
    "errors",
    "countries",
    "syntax",
    "files",
    "checks",
    "logic",
    "conditions",
    "questions",
    "indicators",
    "aggregation",
    "rubric",
    "cache",
    "loading",
    "proposal",
    "blank",
    "folders",
    "cells",
    "xlsx",
    "formats",
    "tables",
    "columns",
    "readers",
    "scorer",
    "trust",
    "record",
    "diagnosis",
    "panel",
    "trials",
    "draws",
    "robustness",
    "levers",
    "advice",
    "path",
    "delivery",
    "comparison",
    "judge",
    "attaching",
    "dossier",
    "portfolio",
    "assessment",
    "terms",
    "difference",
    "frames",
    "wording",
    "headlines",
    "prospects",
    "certainty",
    "report",
    "portfolio_view",
    "portfolio_headlines",
    "portfolio_report",
    "layout",
    "seal",
    "pdf",
    "sheets",
    "writers",
    "workbook",
    "unpacking",
    "pages",
    "verification",
    "terminal",
    "summary",
    "ranking_table",
    "notices",
    "pool",
    "batch",
    "progress",
    "parameters",
    "cli",
)
PACKAGE = Path(assessor.__file__).parent


def imported(source: str) -> Iterator[str]:
    """Modules of the package that a source text imports, anywhere in it; "" is the package."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names):
                dotted = [name.name for name in names]
            case ast.ImportFrom(module, names, level):
                start = ".".join(filter(None, ("assessor" if level else "", module)))
                dotted = [f"{start}.{n.name}" for n in names] if start == "assessor" else [start]
            case _:
                continue
        for name in dotted:
            package, _, rest = name.partition(".")
            if package == "assessor":
                module = rest.partition(".")[0]
                yield module if module in ORDER else ""


def test_every_module_has_its_place_in_the_order():
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert modules == set(ORDER)


@pytest.mark.parametrize("module", ORDER)
def test_a_module_imports_only_from_those_above_it(module):
    above = set(ORDER[: ORDER.index(module)])
    wrong = set(imported((PACKAGE / f"{module}.py").read_text("utf-8"))) - above
    assert not wrong, f"{module} imports {sorted(wrong)}; it may import {sorted(above)}"


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import assessor.files, numpy", ["files"]),
        ("from assessor.files import load", ["files"]),
        ("from assessor import files", ["files"]),
        ("from assessor import assess", [""]),
        ("def f():\n    from .files import load", ["files"]),
        ("from . import files", ["files"]),
        ("from assessors import files\nimport os.path", []),
    ],
)
def test_imports_are_seen_however_they_are_written(source, modules):
    assert list(imported(source)) == modules


def test_what_is_public_is_what_can_be_imported():
    everything: dict[str, object] = {}
    exec("from assessor import *", everything)  # noqa: S102
    del everything["__builtins__"]
    assert set(everything) == set(assessor.__all__)
    assert len(set(assessor.__all__)) == len(assessor.__all__)
    strays = {
        name
        for name, value in vars(assessor).items()
        if not name.startswith("_")
        and not inspect.ismodule(value)
        and getattr(value, "__module__", "").startswith("assessor")
    }
    assert strays <= set(assessor.__all__)
    assert {"assess", "load_proposal", "load_rubric", "write", "Assessment"} <= set(everything)


def test_every_module_can_be_imported_alone():
    for module in ORDER:
        importlib.import_module(f"assessor.{module}")


def test_json_does_not_wait_for_what_it_can_do_without(tmp_path: Path) -> None:
    """From the second run on; each of these takes milliseconds to import."""
    program = """if True:
        import sys
        from assessor.cli import main
        try:
            main()
        except SystemExit as stop:
            assert not stop.code, stop.code
        slow = {
            "babel", "importlib.metadata", "numpy.random", "pydantic.types", "random", "statistics",
            "tempfile", "typer._adapters", "rich",
        }
        print("loaded:", sorted(slow & set(sys.modules)))
    """
    example = PACKAGE.parent / "examples" / "kivuli-coast-zone.yaml"
    call = [sys.executable, "-c", program, str(example), "-o", "-"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    for _ in range(2):
        done = subprocess.run(call, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_help_does_not_wait_for_slow_libraries():
    program = """if True:
        import sys
        from assessor.cli import main
        sys.argv = ["assess", "--help"]
        try:
            main()
        except SystemExit as stop:
            assert not stop.code, stop.code
        slow = {"numpy", "weasyprint", "polars", "jinja2", "xlsxwriter"}
        print("loaded:", sorted(slow & set(sys.modules)))
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded: []"
