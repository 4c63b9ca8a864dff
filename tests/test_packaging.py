"""The wheel: what it carries, and that it works far from the checkout."""

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parent.parent
DATA = ("rubrics", "templates", "examples")
FONTS = ROOT / "templates" / "fonts"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return Path(
        next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel"))))
    )


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder that the wheel alone was installed into."""
    target = tmp_path_factory.mktemp("installed")
    uv = shutil.which("uv") or shutil.which("uv", path=ROOT / ".tools" / "bin")
    if uv:
        command = [uv, "pip", "install", "--quiet", "--offline", "--python", sys.executable]
    elif find_spec("pip"):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index"]
    else:
        pytest.fail("neither uv nor pip was found; run scripts/test, which fetches uv")
    subprocess.run([*command, "--no-deps", "--target", target, wheel], check=True)
    return target


@pytest.fixture
def run(installed, tmp_path):
    """Runs the installed package from an empty folder, with nothing of the checkout on its path."""
    empty = tmp_path / "empty"
    empty.mkdir()
    libraries = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "PYTHONPATH": os.pathsep.join([str(installed), *libraries]),
    }

    # -S leaves out the .pth file that points to the checkout, -P the current folder.
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-S", "-P", *map(str, arguments)],
            cwd=empty,
            env=environment,
            capture_output=True,
            text=True,
        )

    run.folder = empty
    return run


def names(wheel):
    return {info.filename for info in zipfile.ZipFile(wheel).infolist() if not info.is_dir()}


def tree(folder):
    """The files of a folder of the checkout, without what Python and editors leave behind."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
        and path.suffix != ".pyc"
        and not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    }


def proposals():
    """One shipped proposal of each kind."""
    found = {}
    for path in sorted((ROOT / "examples").rglob("*.yaml")):
        content = yaml.safe_load(path.read_text("utf-8"))
        if isinstance(content, dict) and "answers" in content:
            found.setdefault(content.get("kind"), path)
    assert {"zone", "cluster"} <= set(found), f"examples/ holds proposals of the kinds {set(found)}"
    return found


def test_the_wheel_carries_the_code_and_the_data(wheel):
    files = {name for name in names(wheel) if ".dist-info/" not in name}
    code = tree("assessor")
    data = {f"assessor/{name}" for folder in DATA for name in tree(folder)}
    assert files == code | data


def test_the_wheel_carries_the_licences(wheel):
    licences = {
        name.partition("/licenses/")[2] for name in names(wheel) if ".dist-info/licenses/" in name
    }
    assert licences == {
        "LICENSE",
        "NOTICE",
        "templates/fonts/SourceSans3-LICENSE.md",
        "templates/fonts/SourceSerif4-LICENSE.md",
    }


def test_a_wheel_made_from_the_source_archive_is_the_same(wheel, tmp_path):
    archive = next(SdistBuilder(str(ROOT)).build(directory=str(tmp_path)))
    # Not tarfile: whether extractall must or cannot be given a filter depends on the Python.
    subprocess.run(["tar", "-xzf", archive, "-C", tmp_path], check=True)
    unpacked = Path(archive.removesuffix(".tar.gz"))
    again = next(WheelBuilder(str(unpacked)).build(directory=str(tmp_path)))
    assert names(again) == names(wheel)


def test_the_fonts_are_those_that_were_released():
    readme = (FONTS / "README.md").read_text("utf-8")
    fonts = sorted(FONTS.glob("*.ttf"))
    assert len(fonts) == 5
    for font in fonts:
        assert f"{hashlib.sha256(font.read_bytes()).hexdigest()}  {font.name}" in readme


def test_the_lock_file_names_one_registry_and_the_host_of_its_files():
    """A mirror, a password or a local path that stood in the settings of who made it shows here."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
    urls = []
    for package in lock["package"]:
        if package["name"] == "zone-assessor":
            continue
        assert list(package["source"]) == ["registry"], package["name"]
        urls.append(package["source"]["registry"])
        files = [*package.get("wheels", []), package.get("sdist")]
        urls += [file["url"] for file in files if file is not None]
    parts = [urlsplit(url) for url in urls]
    assert {part.scheme for part in parts} == {"https"}
    # A user name, a password or a port would stand in `netloc` beside the host.
    assert all(part.netloc == part.hostname for part in parts)
    assert len({part.hostname for part in parts}) <= 2


# Where a module is called otherwise than its package, or comes with one that cannot do without it.
MODULES = {"yaml": "pyyaml", "pydantic_core": "pydantic", "fontTools": "weasyprint"}


def test_what_the_code_imports_is_declared_and_the_other_way_round():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["tables"]]
    packages = {re.match(r"[a-z0-9-]+", line).group() for line in declared}
    used = {name for path in (ROOT / "assessor").glob("*.py") for name in imports(path)}
    used -= {"assessor", *sys.stdlib_module_names}
    used.remove("pyarrow")  # who has record batches of it has it
    assert {MODULES.get(name, name.replace("_", "-")) for name in used} == packages


def imports(path):
    """The top modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_the_checkout_is_out_of_reach(run, installed):
    done = run("-c", "import sys, assessor; print(assessor.__file__); print(*sys.path, sep='\\n')")
    file, *path = done.stdout.splitlines()
    assert Path(file).is_relative_to(installed), done.stderr
    assert str(ROOT) not in path


@pytest.mark.parametrize("kind", ["zone", "cluster"])
def test_the_installed_package_assesses_a_proposal(run, tmp_path, kind):
    proposal = shutil.copy(proposals()[kind], tmp_path)
    done = run("-m", "assessor", proposal, "-o", "-")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["proposal"]["kind"] == kind
    assert record["factors"]
    assert not list(run.folder.iterdir())


def test_the_installed_command_writes_reports(run, installed, tmp_path):
    proposal = shutil.copy(proposals()["zone"], tmp_path)
    outputs = ["report.html", "report.json"]
    if has_pango():
        outputs.append("report.pdf")
    arguments = [word for output in outputs for word in ("-o", output)]
    done = run(installed / "bin" / "assess", proposal, *arguments)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in run.folder.iterdir()) == sorted(outputs)


def has_pango():
    try:
        import weasyprint  # noqa: F401
    except OSError:
        return False
    return True
