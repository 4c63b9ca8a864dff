"""The report of every proposal in one folder: made, left alone, lost, stopped and gone on with."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from assessor import PdfUnavailable, assessment, batch, cli, pdf, pool, seal
from assessor.record import Assessment
from assessor.seal import stamp_of
from tests import small
from tests.conftest import ROOT
from tests.small import SMALL

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
OPTIONS = ["--rubric", str(SMALL), "-o", "all.json", "--reports", "out", "--jobs", "2"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `in` with proposals in it."""
    monkeypatch.chdir(tmp_path)
    proposals("A", "B", "C")
    return tmp_path


def light(assessments: Sequence[Assessment], files: Mapping[str, bytes]) -> bytes:
    """What a report is for most of these tests: its name, its stamp and its seal."""
    made_from = seal.stamp(assessments, files)
    whole = getattr(assessments, "assessments", assessments)  # of a portfolio
    name = whole[0].proposal.name
    return seal.sealed(f"%PDF {name} /ID [({made_from}) ({'0' * 32})] %%EOF".encode())


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without a page, which are made in no time."""
    monkeypatch.setattr(pdf, "to_pdf", light)
    monkeypatch.setattr(pdf, "prepare", lambda: None)


QUICK = pytest.mark.usefixtures("quick")
# The command with reports that take a fifth of a second each.
SLOW = """if True:
    import time
    from assessor import cli, pdf
    from tests.test_batch import light
    pdf.prepare = lambda: None
    pdf.to_pdf = lambda *given: time.sleep(0.2) or light(*given)
    cli.main()
"""


def proposals(*names: str) -> None:
    Path("in").mkdir(exist_ok=True)
    for name in names:
        Path("in", f"{name}.yaml").write_text(small.text(name=f"Park {name}"), "utf-8")


def call(*arguments: str) -> tuple[int, str, str]:
    """The command inside this process: exit code, standard output, standard error."""
    done = CliRunner().invoke(cli.app, list(arguments), prog_name="assess")
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, told(done.stderr)


def told(err: str) -> str:
    """What stands on standard error but for how far it has come, which a slow machine tells."""
    lines = err.splitlines(keepends=True)
    passing = ("Reports: ", "Judging: ", "Writing ")
    return "".join(line for line in lines if not line.startswith(passing))


def started(
    *arguments: str, program: Sequence[str] = ("-m", "assessor"), **how: object
) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **how,  # type: ignore[call-overload]
    )


def reports() -> dict[str, tuple[int, bytes]]:
    """Every file in the folder, hidden ones too: when it was put there, and its content."""
    found = Path("out").iterdir() if Path("out").exists() else ()
    return {path.name: (path.stat().st_ino, path.read_bytes()) for path in found}


def attached(name: str) -> dict[str, list[bytes]]:
    return dict(PdfReader(io.BytesIO(reports()[name][1])).attachments)


def wait_for(true: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until, "it never came to this"
        time.sleep(0.02)


# --- made ---


def test_each_report_is_the_one_that_its_proposal_has_alone() -> None:
    code, out, err = call("in", *OPTIONS)
    assert (code, err) == (0, "")
    assert out.endswith("\nWritten: all.json\nWritten: 3 reports in out\n")
    assert sorted(reports()) == ["park-a.pdf", "park-b.pdf", "park-c.pdf"]
    assert call("in/B.yaml", "--rubric", str(SMALL), "-o", "b.pdf")[0] == 0
    assert Path("b.pdf").read_bytes() == reports()["park-b.pdf"][1]
    assert attached("park-b.pdf")["B.yaml"] == [Path("in/B.yaml").read_bytes()]


@QUICK
def test_a_single_proposal_has_its_report_there_and_nowhere_else() -> None:
    code, out, _ = call("in/A.yaml", "--rubric", str(SMALL), "--reports", "deep/er")
    assert code == 0
    assert "Overall" in out
    assert out.endswith("\nWritten: 1 report in deep/er\n")
    assert small.files("deep/er") == ["park-a.pdf"]
    assert small.files() == ["deep", "in"]
    Path("in/A.yaml").rename("in/Z.yaml")


@QUICK
def test_rows_of_a_table_have_their_reports_too() -> None:
    head = "name,kind,country,land.allocation\n"
    Path("t.csv").write_text(f"{head}../../Same,zone,KE,tender\n../../Same,zone,NA,tender\n")
    code, out, _ = call("t.csv", *OPTIONS)
    assert code == 0, out
    assert len(reports()) == 2
    assert all(name.startswith("same-") for name in reports())
    assert small.files() == ["all.json", "in", "out", "t.csv"]


def test_both_kinds_are_two_parts_of_one_report() -> None:
    Path("both.yaml").write_text("{name: Two in one, kind: both, country: KE}")
    assert call("both.yaml", "-o", "all.json", "--reports", "out")[0] == 0
    records = json.loads(attached("two-in-one.pdf")["assessment.json"][0])
    assert [one["rubric"]["id"] for one in records] == ["zone", "cluster"]


@QUICK
def test_json_has_standard_output_for_itself() -> None:
    code, out, err = call("in", "--rubric", str(SMALL), "--reports", "out", "-o", "-")
    assert code == 0
    assert len(json.loads(out)["assessments"]) == 3
    assert err == "Written: 3 reports in out\n"


# --- left alone, or made anew ---


@QUICK
def test_what_is_there_and_true_is_left_alone() -> None:
    call("in", *OPTIONS)
    before = reports()
    proposals("D")
    code, out, _ = call("in", *OPTIONS)
    assert code == 0
    assert out.endswith("\nWritten: 1 report in out; 3 stood there already\n")
    assert {name: found for name, found in reports().items() if name in before} == before
    out = call("in", *OPTIONS)[1]
    assert out.endswith("\nWritten: 0 reports in out; 4 stood there already\n")


@QUICK
@pytest.mark.parametrize(
    "harm",
    [
        lambda whole: b"",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole.replace(b"Park A", b"Park B"),
        lambda whole: whole + b"\n",
        lambda whole: b"not a PDF",
    ],
    ids=["empty", "half", "changed", "longer", "other"],
)
def test_a_damaged_report_is_made_anew(harm: Callable[[bytes], bytes]) -> None:
    call("in/A.yaml", *OPTIONS)
    whole = reports()["park-a.pdf"][1]
    Path("out/park-a.pdf").write_bytes(harm(whole))
    assert "1 report in out" in call("in/A.yaml", *OPTIONS)[1]
    assert reports()["park-a.pdf"][1] == whole


@QUICK
def test_what_a_report_is_made_from_decides_whether_it_is_true(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call("in", *OPTIONS)
    Path("in/A.yaml").write_text(Path("in/A.yaml").read_text() + "# a remark\n")
    assert "1 report in out; 2 stood" in call("in", *OPTIONS)[1]
    monkeypatch.setattr(seal, "_workshop", lambda: b"another stylesheet")
    assert "Written: 3 reports in out\n" in call("in", *OPTIONS)[1]
    assert "0 reports in out; 3 stood" in call("in", *OPTIONS)[1]


@QUICK
def test_a_report_that_belongs_to_no_proposal_any_more_is_named() -> None:
    call("in", *OPTIONS)
    Path("out/mine.pdf").write_bytes(b"somebody else's")
    Path("in/B.yaml").write_text(small.text(name="Renamed"))
    code, out, _ = call("in", "--rubric", str(SMALL), "--reports", "out", "-o", "out/all.pdf")
    assert code == 0
    assert out.endswith(
        "\nWritten: 1 report in out; 2 stood there already\n"
        "1 report there belongs to none of these: park-b.pdf\n"
    )
    assert "park-b.pdf" in reports()
    for name in ("park-b.pdf", "all.pdf"):
        Path("out", name).unlink()
    assert "belong" not in call("in", *OPTIONS)[1]
    assert "belong" not in call("in/A.yaml", *OPTIONS)[1]  # one alone may join others


# --- lost ---


@QUICK
def test_a_report_that_fails_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(assessments: Sequence[Assessment], files: dict[str, bytes]) -> bytes:
        if assessments[0].proposal.name == "Park B":
            raise ValueError("a page has\x1b no end")
        return light(assessments, files)

    monkeypatch.setattr(pdf, "to_pdf", failing)
    code, out, err = call("in", *OPTIONS)
    assert code == 1
    assert out.endswith("\nWritten: 2 reports in out\n")
    assert err == (
        "in/B.yaml: has no report (ValueError: a page has\\x1b no end); "
        "the same command tries again\n"
    )
    assert sorted(reports()) == ["park-a.pdf", "park-c.pdf"]
    monkeypatch.setattr(pdf, "to_pdf", light)
    code, out, _ = call("in", *OPTIONS)
    assert (code, out.splitlines()[-1]) == (
        0,
        "Written: 1 report in out; 2 stood there already",
    )


@QUICK
def test_a_proposal_that_cannot_be_read_costs_no_report() -> None:
    Path("in/B.yaml").write_text("name: [")
    code, out, err = call("in", *OPTIONS)
    assert (code, err) == (1, "in/B.yaml:1:7: '[' is not closed; add ']'\n")
    assert out.endswith("\nWritten: 2 reports in out\n")


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux who the workers are")
def test_kill_9_of_a_worker_loses_one_report_at_most() -> None:
    proposals("D", "E")
    process = started("in", *OPTIONS)
    wait_for(reports)
    victim = children(process.pid)[0]
    os.kill(victim, signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    lost = 5 - len(reports())
    assert lost <= 1
    assert process.returncode == lost
    assert f"Written: {5 - lost} reports in out\n" in out
    assert err.count("its process was killed by SIGKILL") == lost
    assert all(stamp_of(content) for _, content in reports().values())


def children(process_id: int) -> list[int]:
    return [
        int(n) for n in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    ]


def test_a_full_disk_stops_it_and_leaves_nothing_half_done() -> None:
    process = started(
        "in/A.yaml", "--rubric", str(SMALL), "--reports", "out", "-o", "-",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )  # fmt: skip
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "cannot be written (File too large); choose another place" in err
    assert "Traceback" not in err
    assert reports() == {}


# --- stopped and gone on with ---


@pytest.mark.parametrize("whom", ["process", "group"])
@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@QUICK
def test_a_stop_keeps_what_is_done_and_the_same_command_goes_on(
    sign: int, code: int, whom: str
) -> None:
    proposals(*"DEFGHIJKLMNOPQRST")
    process = started("in", *OPTIONS, program=("-c", SLOW), start_new_session=True)
    wait_for(reports)
    there = stopped(process, sign, code, whom)
    assert 0 < len(there) < 20
    done, out, _ = call("in", *OPTIONS)
    assert done == 0
    assert out.endswith(f"; {len(there)} stood there already\n")
    assert len(reports()) == 20
    assert {name: reports()[name] for name in there} == there


def stopped(
    process: subprocess.Popen[str], sign: int, code: int, whom: str
) -> dict[str, tuple[int, bytes]]:
    """What is there once the command was stopped, which must be nothing else than reports."""
    workers = children(process.pid) if sys.platform == "linux" else []
    start = time.monotonic()
    if whom == "group":
        os.killpg(process.pid, sign)  # as a terminal does
    else:
        process.send_signal(sign)
    _, err = process.communicate(timeout=60)
    assert time.monotonic() - start < 5  # two are allowed, on a machine that does nothing else
    assert process.returncode == code
    there = reports()
    total = len(small.files("in"))
    assert told(err) == (
        f"Stopped: {len(there)} of {total} reports stand in out; "
        "the same command goes on from there\n"
    )
    assert all(name.startswith("park-") and stamp_of(found[1]) for name, found in there.items())
    assert not [worker for worker in workers if Path(f"/proc/{worker}").exists()]
    return there


def test_a_stop_in_the_middle_of_real_reports() -> None:
    proposals(*"DEFG")
    process = started("in", *OPTIONS, start_new_session=True)
    wait_for(reports)
    scratch = set(Path(tempfile.gettempdir()).glob("weasyprint-*"))
    stopped(process, signal.SIGINT, 130, "group")
    assert set(Path(tempfile.gettempdir()).glob("weasyprint-*")) <= scratch


@QUICK
def test_a_stop_while_a_file_is_put_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stopped)
    code, _, err = call("in", "--rubric", str(SMALL), "--reports", "out", "-o", "-")
    assert code == 130
    assert err.endswith(
        "Stopped: 0 of 3 reports stand in out; the same command goes on from there\n"
    )
    assert reports() == {}


def test_a_stop_while_judging_says_that_nothing_was_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(assessment, "assess_dossiers", stopped)
    code, out, err = call("in", *OPTIONS)
    assert (code, out) == (130, "")
    assert err == "Stopped: nothing was written; the same command begins anew\n"
    assert small.files() == ["in"]


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_while_a_report_of_the_whole_is_laid_out(sign: int, code: int) -> None:
    Path("all.pdf").write_bytes(b"an older one")
    program = """if True:
        import sys, time
        from assessor import cli, pdf, progress
        progress.QUIET, progress.PAUSE = 0.05, 0.2
        pdf.to_pdf = lambda *_: time.sleep(60)
        cli.main()
    """
    given = ("in", "--rubric", str(SMALL), "-o", "all.json", "-o", "all.pdf")
    process = started(*given, program=("-c", program))
    wait_for(Path("all.json").exists)
    time.sleep(1)
    start = time.monotonic()
    process.send_signal(sign)
    _, err = process.communicate(timeout=60)
    assert time.monotonic() - start < 5
    assert process.returncode == code
    assert "\nWriting all.pdf: 1 s so far\n" in err
    assert told(err) == (
        "Stopped: all.pdf was not written, but all.json; the same command begins anew\n"
    )
    assert Path("all.pdf").read_bytes() == b"an older one"
    assert small.files() == ["all.json", "all.pdf", "in"]


# --- wrong calls ---


@pytest.mark.parametrize(
    ("jobs", "told"),
    [
        ("0", "Input should be greater than or equal to 1"),
        ("-1", "Input should be greater than or equal to 1"),
        ("two", "Input should be a valid integer"),
    ],
)
def test_a_wrong_number_of_jobs(jobs: str, told: str) -> None:
    code, _, err = call("in", "--reports", "out", "--jobs", jobs)
    assert code == 2
    assert "--jobs" in err
    assert told in err


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("in/A.yaml", "in/A.yaml: 'in/A.yaml' is no folder; name a folder"),
        ("in/A.yaml/x", "in/A.yaml/x: 'in/A.yaml' is no folder; name a folder"),
        ("", "--reports: is empty; name a folder"),
        ("x" * 300, "x: cannot be used (File name too long); name another folder with --reports"),
    ],
)
@pytest.mark.parametrize("proposal", ["in", "in/B.yaml"])
def test_a_folder_that_can_be_none(proposal: str, folder: str, told: str) -> None:
    code, out, err = call(proposal, "--rubric", str(SMALL), "--reports", folder)
    assert (code, out) == (2, "")
    assert err.replace("x" * 300, "x") == told + "\n"
    assert small.files() == ["in"]


@QUICK
def test_a_report_that_may_not_be_written_may_still_stand() -> None:
    call("in", *OPTIONS)
    Path("out/park-b.pdf").chmod(0o444)
    assert call("in", *OPTIONS)[0] == 0
    Path("in/B.yaml").write_text(small.text(name="Park B") + "# changed\n")
    code, _, err = call("in", *OPTIONS)
    assert code == 2
    assert err.startswith("out/park-b.pdf: is write-protected; ")


@QUICK
def test_a_folder_in_the_place_of_a_report() -> None:
    Path("out/park-b.pdf").mkdir(parents=True)
    code, _, err = call("in", *OPTIONS)
    assert (code, err) == (2, "out/park-b.pdf: is a folder; name a file in it\n")


def test_without_pango_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise PdfUnavailable("install it")

    monkeypatch.setattr(pdf, "prepare", missing)
    code, out, err = call("in", *OPTIONS)
    assert (code, err) == (2, "install it\n")
    assert out.endswith("\nWritten: all.json\n")


def test_a_process_for_each_core_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def share(tasks: object, work: object, processes: int) -> object:
        asked.append(processes)
        return pool.share([], batch._pdf, 1)

    monkeypatch.setattr(batch, "share", share)
    call("in", "--rubric", str(SMALL), "--reports", "out", "-o", "-")
    call("in", *OPTIONS)
    assert asked == [batch.cores(), 2]
    assert batch.cores() >= 1
