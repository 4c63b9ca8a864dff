"""The command `assess`: arguments, messages, exit codes; nothing else.

Exit 0: done. 1: a portfolio was done, but some proposals in it could not be read. 2: the input or
the call is wrong. Messages go to standard error as FILE:LINE:COLUMN: what is wrong; how to mend it.
"""

from __future__ import annotations

import gc
import os
import shlex
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from assessor.record import Result

# Everything else is imported where it is used: `assess --help` starts in a fifth of a second.

HELP = """\
Usage: assess PROPOSAL... [-o OUT]... [--rubric ID|FILE]
       assess new zone|cluster|both > PROPOSAL.yaml

  Judges a special economic zone or an industrial cluster that somebody wants
  to build, by what China's experience teaches.

  assess PROPOSAL.yaml              summary here, report in ./PROPOSAL.pdf
  assess PROPOSAL.yaml -o OUT.html  another place, another format
  assess PROPOSAL.yaml -o -         the result as JSON on standard output
  assess FOLDER                     a portfolio, ranked: a folder, several
                                    files or a table (.csv .xlsx .parquet)
  assess new zone > MINE.yaml       a proposal to fill in

Options:
  -o, --output OUT    Where to write: .pdf .html .json .csv .xlsx, or - for JSON
                      on standard output. May be given several times.
  --rubric ID|FILE    Another rubric than that of the proposal's kind.
  --version           Show the version and exit.
  -h, --help          Show this message and exit.

In place of zone, `assess new` also takes the file of a rubric. A file that is
called new is ./new here.
Exit codes: 0 done; 1 some proposals of a portfolio could not be read; 2 the
input or the call is wrong.
"""


class _AssessByDefault(TyperGroup):
    """`assess FILE` is `assess run FILE`: the first word need not be a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {"new", "--help", "-h", "--version"}:
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(HELP)


class _Command(TyperCommand):
    """Both commands are explained on one page."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        formatter.write(HELP.partition("\n\n")[0] + "\n")

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(HELP)


class _Run(_Command):
    """What is done with a proposal; in messages it is simply `assess`."""

    def make_context(
        self, info_name: Any, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        return super().make_context(parent.info_name, args, **extra)


app = typer.Typer(
    cls=_AssessByDefault,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("zone-assessor")
        except PackageNotFoundError:  # run from a folder that was never installed
            number = "of a checkout"
        _out(f"assess {number}\n")
        raise typer.Exit


@app.callback()
def _group(
    version: Annotated[bool, typer.Option("--version", callback=_show_version)] = False,
) -> None:
    """Judge zones and clusters; what is shown as help is HELP."""


@app.command(cls=_Run, hidden=True, context_settings={"help_option_names": ["-h", "--help"]})
def run(
    proposals: Annotated[list[str], typer.Argument(metavar="PROPOSAL")],
    output: Annotated[list[str] | None, typer.Option("--output", "-o", metavar="OUT")] = None,
    rubric: Annotated[str | None, typer.Option("--rubric", metavar="ID|FILE")] = None,
) -> None:
    """Assess a proposal or a portfolio."""
    with _told():
        code = _Call(proposals, _without_doubles(output or []), rubric).run()
    raise typer.Exit(code)


@app.command(cls=_Command)
def new(kind: Annotated[str, typer.Argument(metavar="zone|cluster|both")]) -> None:
    """Write a proposal to fill in, on standard output: every question, every answer empty."""
    from assessor.blank import blank_proposal
    from assessor.errors import printable
    from assessor.loading import load_rubric

    with _told():
        kinds = ["zone", "cluster"] if kind == "both" else [kind]
        rubrics = [load_rubric(one) for one in kinds]
        command = "assess THIS_FILE.yaml"
        if Path(kind).suffix:
            command += f" --rubric {shlex.quote(printable(kind))}"
        _out(blank_proposal(rubrics, command), exact=True)


@dataclass(frozen=True)
class _Call:
    """What was asked for: `outputs` is empty where nothing was said."""

    proposals: Sequence[str]
    outputs: Sequence[str]
    rubric: str | None

    @property
    def single(self) -> bool:
        from assessor.readers import is_portfolio

        return len(self.proposals) == 1 and not is_portfolio(self.proposals[0])

    @property
    def wanted(self) -> Sequence[str]:
        return self.outputs or [_default(self.proposals, self.single)]

    @property
    def quiet(self) -> bool:
        """Whether standard output belongs to the JSON alone."""
        return "-" in self.outputs

    def run(self) -> int:
        """Do it; the exit code."""
        _look_for_command(self.proposals[0])
        self.check(out for out in self.wanted if out != "-")
        return self.assess_one() if self.single else self.assess_many()

    def check(self, outputs: Iterable[str]) -> None:
        from assessor.writers import check_outputs

        inputs = [*self.proposals, *([self.rubric] if self.rubric else [])]
        check_outputs(outputs, keep=inputs)

    def assess_one(self) -> int:
        from assessor.assessment import assess_each

        assessments = assess_each(self.proposals[0], self.rubric)
        if not self.quiet:
            from assessor.summary import summary

            for assessment in assessments:
                _out(summary(assessment))
        return self.write(assessments)

    def assess_many(self) -> int:
        from assessor.assessment import assess_portfolio

        gc.enable()  # not short any more
        portfolio = assess_portfolio(self.proposals, self.rubric)
        # A wrong heading is a fault of every row, but needs to be told only once.
        _complain(dict.fromkeys(line for failed in portfolio.failed for line in failed.errors))
        if not portfolio.assessments:
            return 2
        if not self.quiet:
            from assessor.ranking_table import ranking

            _out(ranking(portfolio))
        return self.write(portfolio) or int(bool(portfolio.failed))

    def write(self, result: Result) -> int:
        """Write everything and say where; the exit code."""
        code = 0
        for output in self.wanted:
            if output == "-":
                from assessor.record import to_json

                _out(to_json(result).decode(), exact=True)
            elif not self.write_file(result, output):
                code = 2 if self.outputs else 0
        return code

    def write_file(self, result: Result, output: str) -> bool:
        """Write one file; without Pango HTML and JSON in the place of a PDF, and False."""
        from assessor.errors import PdfUnavailable
        from assessor.writers import write

        attachments = self.attachments() if output.lower().endswith(".pdf") else {}
        try:
            write(result, output, attachments)
        except PdfUnavailable as error:
            instead = [str(Path(output).with_suffix(suffix)) for suffix in (".html", ".json")]
            self.check(instead)
            for path in instead:
                write(result, path)
                self.tell(f"Written: {path}")
            _complain([f"{output}: {error}"])
            return False
        self.tell(f"Written: {output}")
        return True

    def tell(self, line: str) -> None:
        from assessor.errors import printable

        if self.quiet:
            _complain([line])
        else:
            _out(printable(line) + "\n")

    def attachments(self) -> dict[str, bytes]:
        """What travels in the PDF of one proposal: its file and all that its rubrics rest on."""
        if not self.single:
            return {}
        from assessor.proposal import load_proposal, rubrics_for

        path = Path(self.proposals[0])
        name = path.name.encode("utf-8", "backslashreplace").decode()
        rubrics = rubrics_for(load_proposal(path), self.rubric)
        files = {f"rubric-{n}": content for one in rubrics for n, content in one.sources.items()}
        taken = name in files or name == "assessment.json"
        return {f"proposal-{name}" if taken else name: path.read_bytes(), **files}


def _without_doubles(outputs: Iterable[str]) -> list[str]:
    """Each output once, however its path is written."""
    return list({o if o == "-" else os.path.realpath(o): o for o in outputs}.values())


def _default(proposals: Sequence[str], single: bool) -> str:
    """Where the result goes when nothing is said."""
    if single:
        return f"{Path(proposals[0]).stem}.pdf"
    first = Path(proposals[0]).absolute()
    name = (first.name if first.is_dir() else first.stem) if len(proposals) == 1 else "portfolio"
    return f"{name or 'portfolio'}-assessed.xlsx"


def _look_for_command(word: str) -> None:
    """InputError where the first word is no file, but nearly a command."""
    from difflib import get_close_matches

    from assessor.errors import Fault, InputError

    near = get_close_matches(word[:20].lower(), ["new", "zone", "cluster", "both"], n=1)
    if near and not os.path.lexists(word):
        kind = "zone" if near[0] == "new" else near[0]
        message = f"no such file; for a proposal to fill in, type: assess new {kind}"
        raise InputError([Fault(word, 0, 0, message)])


# --- the ways out ---


@contextmanager
def _told() -> Iterator[None]:
    """Whatever the library refuses goes to standard error, with exit code 2."""
    from assessor.errors import AssessorError

    try:
        yield
    except AssessorError as error:
        _complain(str(error).splitlines())
        raise typer.Exit(2) from None


def _complain(lines: Iterable[str]) -> None:
    from assessor.errors import printable

    typer.echo("".join(f"{printable(line)}\n" for line in lines), err=True, nl=False)


def _out(text: str, *, exact: bool = False) -> None:
    """Write to standard output; `exact` is for files to be, which are UTF-8 in any locale."""
    from assessor.errors import Fault, InputError

    stream: TextIO | None = sys.stdout
    if stream is None:  # `assess ... >&-`
        return
    try:
        stream.buffer.write(text.encode("utf-8" if exact else stream.encoding, "replace"))
        stream.flush()
    except OSError as error:
        # What is left in the buffer would be tried again, and fail again, when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        # A reader that has seen enough, such as head, is no fault: the report is still to come.
        if not isinstance(error, BrokenPipeError):
            message = f"cannot be written ({error.strerror}); make room, or choose a file with -o"
            raise InputError([Fault("standard output", 0, 0, message)]) from None


def main() -> None:
    """Run the command; for the script that is installed with the package."""
    gc.disable()  # a tenth of the time of a short process goes into looking for cycles
    # As an exception, so that a file that is being written does not stay behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    app(prog_name="assess")
