"""Work shared among processes: what fails, hangs or is killed costs one task and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assessor import AssessorError, pool
from assessor.pool import Outcome, share
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these workers are forks")


def shared(tasks: list[Any], work: Any, processes: int = 2) -> dict[Any, tuple[bytes | None, str]]:
    return {task: (result, failure) for task, result, failure in share(tasks, work, processes)}


def doubled(number: int) -> bytes:
    return bytes([number]) * 2


def process(_: int) -> bytes:
    return str(os.getpid()).encode()


def as_told(task: tuple[str, int]) -> bytes:
    """Fails in the way that the task names."""
    match task:
        case "raise", _:
            raise ValueError("no\x1b such thing")
        case "kill", _:
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit", _:
            os._exit(3)
        case "hang", _:
            time.sleep(60)
        case "large", size:
            return b"x" * size
    return b"done"


@pytest.mark.parametrize("processes", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_every_task_is_done_once(count: int, processes: int) -> None:
    outcomes = list(share(range(count), doubled, processes))
    assert sorted(outcomes) == [Outcome(n, doubled(n), "") for n in range(count)]


def test_a_process_is_replaced_after_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "TASKS", 3)
    found = [result for _, result, _ in share(range(7), process, 1)]
    assert [len(set(found[n : n + 3])) for n in (0, 3, 6)] == [1, 1, 1]
    assert len(set(found)) == 3
    assert str(os.getpid()).encode() not in found


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("raise", r"ValueError: no\x1b such thing"),
        ("kill", "its process was killed by SIGKILL"),
        ("exit", "its process ended with exit code 3"),
        ("hang", "it took longer than 0.5 seconds"),
    ],
)
@pytest.mark.parametrize("processes", [1, 2])
def test_what_fails_costs_itself_alone(
    how: str, told: str, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "PATIENCE", 0.5)
    tasks = [("fine", 0), (how, 1), ("fine", 2), ("fine", 3), (how, 4), ("fine", 5)]
    found = shared(tasks, as_told, processes)
    assert found == {task: (b"done", "") if task[0] == "fine" else (None, told) for task in tasks}


@pytest.mark.parametrize("processes", [1, 3])
def test_processes_that_start_afresh(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "FORKS", False)
    monkeypatch.setattr(pool, "TASKS", 2)
    outcomes = sorted(share(["a", "b", "", "c\0"], str.encode, processes))
    assert outcomes == [(text, text.encode(), "") for text in ("", "a", "b", "c\0")]


def test_when_every_task_kills_its_process_it_still_ends() -> None:
    found = shared([("kill", n) for n in range(5)], as_told)
    assert set(found.values()) == {(None, "its process was killed by SIGKILL")}
    assert len(found) == 5


def test_results_larger_than_a_pipe_come_whole() -> None:
    assert shared([("large", 5_000_000)], as_told)["large", 5_000_000][0] == b"x" * 5_000_000


def test_a_process_that_is_killed_between_two_tasks_costs_at_most_one() -> None:
    outcomes: dict[int, str] = {}
    with closing(share(range(20), slow, 1)) as found:
        for task, result, failure in found:
            outcomes[task] = failure
            if task == 3 and result:
                os.kill(int(result), signal.SIGKILL)
                time.sleep(0.1)
    assert sorted(outcomes) == list(range(20))
    assert sum(map(bool, outcomes.values())) <= 1


def slow(_: int) -> bytes:
    time.sleep(0.01)
    return str(os.getpid()).encode()


def test_closing_it_ends_every_process_at_once() -> None:
    before = children()
    found = share([("fine", 0), ("fine", 1), *(("hang", n) for n in range(9))], as_told, 3)
    next(found)
    assert len(children()) == len(before) + 3
    start = time.monotonic()
    found.close()
    assert time.monotonic() - start < 2
    assert children() == before


def children(of: int | str = "self") -> list[int]:
    return [
        int(child)
        for thread in Path(f"/proc/{of}/task").iterdir()
        for child in (thread / "children").read_text().split()
    ]


def test_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    with pytest.raises(AssessorError, match=r"Resource temporarily unavailable.*--jobs"):
        list(share([1], doubled, 1))


def refusing(monkeypatch: pytest.MonkeyPatch, *turns: int) -> None:
    """No process can be started in these turns, counted from 0."""
    fork, tried = os.fork, iter(range(10_000))

    def some() -> int:
        if next(tried) in turns:
            raise OSError(11, "Resource temporarily unavailable")
        return fork()

    monkeypatch.setattr(os, "fork", some)


REFUSED = "no process can be started (Resource temporarily unavailable); ask for fewer with --jobs"


def test_a_replacement_that_cannot_be_started_costs_one_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "TASKS", 2)
    refusing(monkeypatch, 1)
    found = shared(list(range(6)), doubled, 1)
    failures = {task: failure for task, (_, failure) in found.items()}
    assert failures == {0: "", 1: "", 2: REFUSED, 3: "", 4: "", 5: ""}


def test_where_others_run_a_process_that_cannot_be_started_costs_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "TASKS", 3)
    refusing(monkeypatch, 1, 3)
    found = shared(list(range(20)), doubled, 2)
    assert found == {n: (doubled(n), "") for n in range(20)}


def test_where_none_can_be_started_any_more_every_task_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "TASKS", 2)
    refusing(monkeypatch, *range(1, 9))
    found = shared(list(range(5)), doubled, 1)
    assert [failure for _, failure in found.values()] == ["", "", REFUSED, REFUSED, REFUSED]


def test_processes_end_by_themselves_when_theirs_is_killed() -> None:
    """Nothing can tell them, but nobody is at the other end of the pipe any more."""
    program = """if True:
        import os, time
        from assessor.pool import share
        def work(_):
            time.sleep(0.3)
            return b"x" * 1_000_000
        outcomes = share(range(99), work, 3)
        next(outcomes)
        print("at work", flush=True)
        time.sleep(60)
    """
    started = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "at work\n"
    workers = children(started.pid)
    assert len(workers) == 3
    started.kill()
    started.wait()
    until = time.monotonic() + 10
    while any(map(alive, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [worker for worker in workers if alive(worker)]
    started.stdout.close()


def alive(process_id: int) -> bool:
    """Whether a process runs; one that ended and that nobody asked about does not."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_thread_beside_it_does_no_harm() -> None:
    stop = threading.Event()
    beside = threading.Thread(target=stop.wait)
    beside.start()
    try:
        assert len(shared(list(range(6)), doubled)) == 6
    finally:
        stop.set()
        beside.join()
