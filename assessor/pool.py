"""Work shared among processes, any of which may fail, hang or be killed: that costs one task.

Each process is replaced after some tasks, for rendering a PDF leaves memory behind that nothing
frees. On Linux the processes are forks of this one, with all that it has imported and loaded;
elsewhere, where forking is not safe or not there, they start afresh.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from assessor.errors import AssessorError, printable

if TYPE_CHECKING:
    from multiprocessing.context import ForkContext, SpawnContext

TASKS = 24  # of one process, before another takes its place
PATIENCE = 600.0  # seconds for one task
FORKS = sys.platform == "linux"
STOPPING = (signal.SIGINT, signal.SIGTERM)

Task = TypeVar("Task")


class Outcome(NamedTuple, Generic[Task]):
    """What became of a task: its result; or None, and why there is none."""

    task: Task
    result: bytes | None
    failure: str


def share(
    tasks: Iterable[Task], work: Callable[[Task], bytes], processes: int
) -> Generator[Outcome[Task], None, None]:
    """Do every task in one of so many processes; each outcome as it comes, in any order.

    `work` stands in a module, so that another process can find it. When the iterator is closed,
    its processes are killed at once. Where one more cannot be started, those that run go on; where
    none runs any more, that costs a task. AssessorError where there never was one.
    """
    crew = _Crew(iter(tasks), work, processes)
    gc.collect()
    gc.freeze()  # what is here now is not looked through again, here or in a fork
    try:
        while True:
            yield from crew.hand_out()
            if not crew.busy:
                return
            yield from crew.take_in()
    finally:
        crew.kill()
        gc.unfreeze()


class _Crew(Generic[Task]):
    """The processes, and the tasks that nobody has in his hands yet."""

    def __init__(
        self, waiting: Iterator[Task], work: Callable[[Task], bytes], processes: int
    ) -> None:
        self._waiting, self._work, self._most = waiting, work, processes
        self._begun = False
        self._idle: list[_Worker[Task]] = []
        self.busy: list[_Worker[Task]] = []

    def hand_out(self) -> Iterator[Outcome[Task]]:
        """Give everybody a task; yields those for which there is no process, and none at work."""
        for task in self._waiting if len(self.busy) < self._most else ():
            try:
                self.busy.append(self._taken_on(task))
            except AssessorError as error:
                if not self._begun:
                    raise
                if self.busy:  # one of which will do it
                    self._waiting = chain([task], self._waiting)
                    break
                yield Outcome(task, None, str(error))
            self._begun = True
            if len(self.busy) == self._most:
                break
        while self._idle:
            self._idle.pop().end()

    def _taken_on(self, task: Task) -> _Worker[Task]:
        """An idle process with this task, or a new one; AssessorError where there is none."""
        while self._idle:
            worker = self._idle.pop()
            with suppress(OSError):
                worker.give(task)
                return worker
            worker.kill()  # it died meanwhile
        worker = _Worker(self._work, self.busy)
        with suppress(OSError):  # dead already: the outcome will tell
            worker.give(task)
        return worker

    def take_in(self) -> Iterator[Outcome[Task]]:
        """Wait for the next outcome; a process that may have another task is idle then."""
        for worker in _ready(self.busy)[:1]:
            yield worker.outcome()
            self.busy.remove(worker)
            if worker.fit:
                self._idle.append(worker)
            else:
                worker.end()

    def kill(self) -> None:
        for worker in [*self.busy, *self._idle]:
            worker.kill()


def _context() -> ForkContext | SpawnContext:
    if FORKS:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


class _Worker(Generic[Task]):
    """A process and the task in its hands."""

    def __init__(self, work: Callable[[Task], bytes], others: Sequence[_Worker[Task]]) -> None:
        """Start it; AssessorError where that cannot be."""
        self.task: Task
        self.deadline = float("inf")
        self.given = 0
        context = _context()
        self.pipe, theirs = context.Pipe()
        # A fork has the ends that belong to this process too; while it holds them open, no other
        # fork learns that this process is gone.
        inherited = [self.pipe, *(worker.pipe for worker in others)] if FORKS else []
        self.process = context.Process(target=_serve, args=(work, theirs, inherited), daemon=True)
        try:
            with _held(STOPPING), warnings.catch_warnings():
                # Python warns of numpy's threads; they sleep, and no fork does arithmetic.
                warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
                self.process.start()
        except OSError as error:
            self.pipe.close()
            message = f"no process can be started ({error.strerror}); ask for fewer with --jobs"
            raise AssessorError(message) from None
        finally:
            theirs.close()

    def give(self, task: Task) -> None:
        """Hand it a task; OSError where it is dead."""
        self.task = task
        self.deadline = time.monotonic() + PATIENCE
        self.given += 1
        self.pipe.send(task)

    @property
    def fit(self) -> bool:
        """Whether it may have another task: it lives, and has not yet done its share."""
        return self.given < TASKS and not self.pipe.closed

    def outcome(self) -> Outcome[Task]:
        """What became of its task; waits no longer than the deadline."""
        failure = f"it took longer than {PATIENCE:g} seconds"
        try:
            if self.pipe.poll(max(self.deadline - time.monotonic(), 0)):
                return Outcome(self.task, *self.pipe.recv())
        except (EOFError, OSError):
            self.process.join(1)
            failure = _end_of(self.process.exitcode)
        self.kill()
        return Outcome(self.task, None, failure)

    def end(self) -> None:
        """Let it go: it ends when nothing more can come."""
        self.pipe.close()
        self.process.join(1)
        self.kill()

    def kill(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()


def _ready(workers: Sequence[_Worker[Task]]) -> list[_Worker[Task]]:
    """Those that have an outcome, have died, or have had their time."""
    soonest = min(worker.deadline for worker in workers)
    ready = wait([worker.pipe for worker in workers], max(soonest - time.monotonic(), 0))
    now = time.monotonic()
    return [worker for worker in workers if worker.pipe in ready or worker.deadline <= now]


def _end_of(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None or code >= 0:
        return f"its process ended with exit code {code}"
    with suppress(ValueError):
        return f"its process was killed by {signal.Signals(-code).name}"
    return f"its process was killed by signal {-code}"


@contextmanager
def _held(signals: Sequence[signal.Signals]) -> Iterator[None]:
    """Signals wait meanwhile, so that a fork never meets one before it is ready for it."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(
    work: Callable[[Task], bytes],
    pipe: Connection,
    inherited: Sequence[Connection],
) -> None:
    """In the process: do what comes until nothing more can come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to every process of a terminal
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    for other in inherited:
        other.close()
    gc.disable()
    with suppress(EOFError, OSError):
        while True:
            task = pipe.recv()
            pipe.send(_tried(work, task))
            del task
            gc.collect()


def _tried(work: Callable[[Task], bytes], task: Task) -> tuple[bytes | None, str]:
    try:
        return work(task), ""
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one task is no other's fault
        return None, printable(f"{type(error).__name__}: {error}")
