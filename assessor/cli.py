"""The command `assess`: arguments, messages, exit codes; nothing else.

Exit 0: done. 1: done, but some proposals of a portfolio could not be read, or some reports not be
made. 2: the input or the call is wrong. Messages go to standard error as FILE:LINE:COLUMN: what is
wrong; how to mend it.
"""

from __future__ import annotations

import gc
import os
import shlex
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TextIO

import typer
from typer.core import TyperCommand, TyperGroup

from assessor.parameters import as_written

if TYPE_CHECKING:
    from assessor.dossier import Dossier
    from assessor.record import Assessment, Result
    from assessor.rubric import Rubric

# Everything else is imported where it is used: `assess --help` starts in a fifth of a second.

HELP = """\
Usage: assess PROPOSAL... [-o OUT]... [--reports DIR] [--rubric ID|FILE]
       assess new zone|cluster|both [PROPOSAL...] [-o OUT]
       assess compare BEFORE [AFTER] [--rubric ID|FILE]... [-o OUT.json]
       assess verify REPORT.pdf

  Judges a special economic zone or an industrial cluster that somebody wants
  to build, by what China's experience teaches.

  assess PROPOSAL.yaml              summary here, report in ./PROPOSAL.pdf
  assess PROPOSAL.yaml -o OUT.html  another place, another format
  assess PROPOSAL.yaml -o -         the result as JSON on standard output
  assess FOLDER                     a portfolio, ranked: a folder, several
                                    files or a table (.csv .xlsx .parquet)
  assess FOLDER --reports DIR       and the report of each proposal in DIR
  assess new zone -o MINE.yaml      a proposal to fill in; as MINE.xlsx a
                                    workbook for many, with lists and notes,
                                    and filled in with PROPOSALs if you name any
  assess compare OLD.yaml NEW.yaml  what changed, and what each change adds to
                                    the score; also of two results (.json)
  assess compare MINE.yaml --rubric zone --rubric OUR-ZONE.yaml
                                    the same proposal by two rubrics
  assess verify REPORT.pdf          whether every number in a report stands:
                                    scored again from what travels in it

Options:
  -o, --output OUT    Where to write: .pdf .html .json .jsonl .csv .xlsx
                      .parquet, or - for JSON on standard output. May be given
                      several times.
  --reports DIR       Write the report of each proposal into this folder. Those
                      that are there and still true stay, so the same command
                      goes on where an earlier one was stopped.
  --jobs N            How many reports to make at once; as a rule, one on each
                      processor.
  --rubric ID|FILE    Another rubric than that of the proposal's kind.
  --version           Show the version and exit.
  -h, --help          Show this message and exit.

In place of zone, `assess new` also takes the file of a rubric; without -o it
prints YAML. A file that is called new is ./new here, and so for compare and
verify.
Exit codes: 0 done; 1 some proposals of a portfolio could not be read, some
reports not made, or a report does not stand; 2 the input or the call is wrong.
"""


COMMANDS = ("new", "compare", "verify")


class _AssessByDefault(TyperGroup):
    """`assess FILE` is `assess run FILE`: the first word need not be a command."""

    def get_params(self, ctx: Any) -> list[Any]:
        return as_written(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*COMMANDS, "--help", "-h", "--version"}:
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(HELP)


class _Command(TyperCommand):
    """All commands are explained on one page."""

    def get_params(self, ctx: Any) -> list[Any]:
        return as_written(super().get_params(ctx))

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
        from assessor.plain import __version__

        _out(f"assess {__version__}\n")
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
    reports: Annotated[str | None, typer.Option("--reports", metavar="DIR")] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", metavar="N", min=1)] = None,
) -> None:
    """Assess a proposal or a portfolio."""
    with _told():
        code = _Call(proposals, _without_doubles(output or []), rubric, reports, jobs).run()
    raise typer.Exit(code)


@app.command(cls=_Command)
def new(
    kind: Annotated[str, typer.Argument(metavar="zone|cluster|both")],
    proposals: Annotated[list[str] | None, typer.Argument(metavar="PROPOSAL")] = None,
    output: Annotated[str, typer.Option("--output", "-o", metavar="OUT")] = "-",
) -> None:
    """Write what is to be filled in: every question, every answer empty but for the proposals'."""
    from assessor.errors import printable
    from assessor.loading import load_rubric

    with _told():
        rubrics = [load_rubric(one) for one in (["zone", "cluster"] if kind == "both" else [kind])]
        file = "THIS_FILE.yaml" if output == "-" else shlex.quote(printable(Path(output).name))
        command = f"assess {file}"
        if Path(kind).suffix:
            command += f" --rubric {shlex.quote(printable(kind))}"
        code = _write_new(rubrics, output, command, proposals or [])
    raise typer.Exit(code)


def _write_new(
    rubrics: Sequence[Rubric], output: str, command: str, proposals: Sequence[str]
) -> int:
    """Write a file to fill in, or show it; the exit code."""
    if output == "-" and not proposals:
        from assessor.blank import blank_proposal

        _out(blank_proposal(rubrics, command), exact=True)
        return 0
    from assessor.errors import Fault, InputError, printable
    from assessor.readers import read_each
    from assessor.workbook import fitting, write_blank

    if output == "-":
        message = "proposals are put into a workbook; name it with -o OUT.xlsx"
        raise InputError([Fault("standard output", 0, 0, message)])
    reading = read_each(proposals, lambda _: list(rubrics))
    fit, misfits = fitting(one for _, one in reading.proposals)
    failed = [str(error) for error in [*(error for _, error in reading.failed), *misfits]]
    _complain([*reading.unread, *dict.fromkeys(failed)])
    if failed and not fit:
        return 2
    write_blank(rubrics, output, command, fit)
    _out(printable(f"Written: {output}") + "\n")
    return int(bool(failed))


@app.command(cls=_Command)
def compare(
    files: Annotated[list[str], typer.Argument(metavar="BEFORE [AFTER]")],
    output: Annotated[str | None, typer.Option("--output", "-o", metavar="OUT.json")] = None,
    rubric: Annotated[list[str] | None, typer.Option("--rubric", metavar="ID|FILE")] = None,
) -> None:
    """Say what changed, and which part of the difference comes from what."""
    from assessor.difference import compare_files
    from assessor.notices import comparison
    from assessor.record import to_json
    from assessor.writers import check_json, replace

    with _told():
        if output not in {None, "-"}:
            check_json(output, keep=[*files, *(rubric or [])])
        found = compare_files(files, rubric or [])
        if output == "-":
            _out(to_json(found).decode(), exact=True)
            return
        _out("".join(map(comparison, found)))
        if output:
            replace(Path(output), to_json(found))
            _say_written(output)


@app.command(cls=_Command)
def verify(report: Annotated[str, typer.Argument(metavar="REPORT.pdf")]) -> None:
    """Score a report again from what travels in it; exit code 1 where a number does not stand."""
    from assessor.notices import verification
    from assessor.verification import verify

    with _told():
        found = verify(report)
        _out(verification(found))
    raise typer.Exit(int(not found.stands))


class _Call(NamedTuple):
    """What was asked for: `outputs` is empty, and the rest None, where nothing was said."""

    proposals: Sequence[str]
    outputs: Sequence[str]
    rubric: str | None
    reports: str | None
    jobs: int | None

    @property
    def single(self) -> bool:
        from assessor.folders import YAML, is_folder

        if len(self.proposals) > 1:
            return False
        if self.proposals[0].lower().endswith(YAML) and not is_folder(self.proposals[0]):
            return True  # no need to load what reads tables
        from assessor.readers import is_portfolio

        return not is_portfolio(self.proposals[0])

    @property
    def wanted(self) -> Sequence[str]:
        if self.single and self.reports is not None:
            return self.outputs  # its report goes into that folder
        return self.outputs or [_default(self.proposals, self.single)]

    @property
    def quiet(self) -> bool:
        """Whether standard output belongs to the JSON alone."""
        return "-" in self.outputs

    def run(self) -> int:
        """Do it; the exit code."""
        _look_for_command(self.proposals[0])
        self.check(out for out in self.wanted if out != "-")
        if self.reports is not None:
            from assessor.batch import check_folder

            check_folder(self.reports)
        return self.assess_one() if self.single else self.assess_many()

    @property
    def inputs(self) -> list[str]:
        return [*self.proposals, *([self.rubric] if self.rubric else [])]

    def check(self, outputs: Iterable[str]) -> None:
        if not (outputs := list(outputs)):
            return
        from assessor.writers import check_outputs

        check_outputs(outputs, keep=self.inputs)

    def assess_one(self) -> int:
        from assessor.assessment import assess_each

        assessments = assess_each(self.proposals[0], self.rubric)
        if not self.quiet:
            from assessor.summary import summary

            for assessment in assessments:
                _out(summary(assessment))
        code = self.write(assessments)
        if self.reports is None:
            return code
        return max(code, self.write_reports([self.dossier(assessments)], self.reports))

    def assess_many(self) -> int:
        from assessor.assessment import assess_dossiers
        from assessor.progress import Progress

        gc.enable()  # not short any more
        with _stoppable("nothing was written"), Progress("Judging") as progress:
            portfolio, dossiers = assess_dossiers(self.proposals, self.rubric, progress)
        if portfolio.assessments and not self.quiet:
            from assessor.ranking_table import ranking

            _out(ranking(portfolio))
        # A wrong heading is a fault of every row, but needs to be told only once. Below the table,
        # for above it a long one would move it out of sight.
        _complain(dict.fromkeys(line for failed in portfolio.failed for line in failed.errors))
        _complain(portfolio.not_read)
        if not portfolio.assessments:
            return 2
        code = self.write(portfolio, dossiers) or int(bool(portfolio.failed))
        if self.reports is None:
            return code
        return max(code, self.write_reports(dossiers, self.reports))

    def write_reports(self, dossiers: Sequence[Dossier], folder: str) -> int:
        """Write the report of each proposal that has none yet; 1 where one could not be made."""
        from assessor.batch import cores, left_over, made, missing, planned
        from assessor.progress import Progress

        reports = planned(dossiers, folder)
        to_make = missing(reports, self.inputs)
        stood = len(reports) - len(to_make)
        failed: list[str] = []
        done = 0
        try:
            with (
                Progress("Reports") as progress,
                closing(made(to_make, self.jobs or cores())) as outcomes,
            ):
                for done, (report, failure) in enumerate(outcomes, 1):
                    if failure:
                        way_out = "the same command tries again"
                        failed.append(f"{report.file}: has no report ({failure}); {way_out}")
                    progress(done, len(to_make))
        except (KeyboardInterrupt, SystemExit):
            stand = f"{stood + done - len(failed)} of {len(reports)} reports stand in {folder}"
            _complain([*failed, f"Stopped: {stand}; the same command goes on from there"])
            raise
        _complain(failed)
        already = f"; {stood} stood there already" if stood else ""
        self.tell(f"Written: {_reports(done - len(failed))} in {folder}{already}")
        if not self.single and (others := left_over(reports, folder, self.wanted)):
            belong = "belongs" if len(others) == 1 else "belong"
            names = ", ".join(others[:3]) + (" and more" if len(others) > 3 else "")
            self.tell(f"{_reports(len(others))} there {belong} to none of these: {names}")
        return int(bool(failed))

    def write(self, result: Result, dossiers: Sequence[Dossier] = ()) -> int:
        """Write everything and say where; the exit code."""
        code = 0
        for number, output in enumerate(self.wanted):
            stands = ", ".join(self.wanted[:number])
            with _stoppable(f"{output} was not written" + (f", but {stands}" if stands else "")):
                if output == "-":
                    from assessor.record import to_json

                    _out(to_json(result).decode(), exact=True)
                elif not self.write_file(result, output, dossiers):
                    code = 2 if self.outputs else 0
        return code

    def write_file(self, result: Result, output: str, dossiers: Sequence[Dossier]) -> bool:
        """Write one file; without Pango HTML and JSON in the place of a PDF, and False."""
        from assessor.errors import PdfUnavailable
        from assessor.progress import Lasting
        from assessor.writers import write

        attachments = self.attachments(dossiers) if output.lower().endswith(".pdf") else {}
        try:
            with nullcontext() if self.single else Lasting(f"Writing {output}"):
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

    def attachments(self, dossiers: Sequence[Dossier]) -> dict[str, bytes]:
        """What travels in the PDF of one proposal, or of a portfolio."""
        if not self.single:
            from assessor.dossier import attached_together

            return attached_together(dossiers)
        from assessor.attaching import attachments

        return attachments(self.proposals[0], self.rubric)

    def dossier(self, assessments: Sequence[Assessment]) -> Dossier:
        """What the report of the one proposal is made from."""
        from assessor.dossier import Dossier
        from assessor.proposal import load_proposal, rubrics_for

        proposal = load_proposal(self.proposals[0])
        rubrics = tuple(rubrics_for(proposal, self.rubric))
        return Dossier(self.proposals[0], proposal, rubrics, tuple(assessments))


@contextmanager
def _stoppable(stands: str) -> Iterator[None]:
    """Where it is stopped meanwhile, by Ctrl-C or by the system, say what stands then."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        _complain([f"Stopped: {stands}; the same command begins anew"])
        raise


def _say_written(path: str) -> None:
    from assessor.errors import printable

    _out(f"Written: {printable(path)}\n")


def _without_doubles(outputs: Iterable[str]) -> list[str]:
    """Each output once, however its path is written."""
    return list({o if o == "-" else os.path.realpath(o): o for o in outputs}.values())


def _reports(count: int) -> str:
    return "1 report" if count == 1 else f"{count} reports"


def _default(proposals: Sequence[str], single: bool) -> str:
    """Where the result goes when nothing is said."""
    if single:
        return f"{Path(proposals[0]).stem}.pdf"
    from assessor.folders import ASSESSED

    first = Path(proposals[0]).absolute()
    name = (first.name if first.is_dir() else first.stem) if len(proposals) == 1 else "portfolio"
    return f"{name or 'portfolio'}{ASSESSED}.xlsx"


def _look_for_command(word: str) -> None:
    """InputError where the first word is no file, but nearly a command."""
    from difflib import get_close_matches

    from assessor.errors import Fault, InputError

    near = get_close_matches(word[:20].lower(), [*COMMANDS, "zone", "cluster", "both"], n=1)
    if near and not os.path.lexists(word):
        kind = "zone" if near[0] == "new" else near[0]
        message = f"no such file; for a proposal to fill in, type: assess new {kind}"
        if near[0] in {"compare", "verify"}:
            message = f"no such file; did you mean: assess {near[0]}"
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
    # To look for plug-ins of pydantic is to read the metadata of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        app(prog_name="assess")
    finally:
        gc.freeze()  # nor is there anything to look for at the end
