"""A report as PDF/A-3a and PDF/UA-1 at once, with the record and its inputs attached.

WeasyPrint lays out the HTML of `report`; `layout` looks at the result before it is written.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import tempfile
import threading
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from datetime import datetime
from functools import cache
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assessor.attaching import FOLIO, RECORD
from assessor.errors import PdfUnavailable
from assessor.files import shipped
from assessor.layout import check_layout
from assessor.portfolio_report import to_html as portfolio_html
from assessor.record import Assessment, PortfolioAssessment, to_json
from assessor.report import moment, prepare_html, styles, to_html
from assessor.seal import LIBRARIES, sealed, stamp

LOGGER = logging.getLogger(__name__)
LOGGER.addHandler(logging.NullHandler())  # silent unless somebody listens

INSTALL_PANGO = {
    "linux": "sudo apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
    "darwin": "brew install pango",
    "win32": "winget install MSYS2.MSYS2, then in its shell: pacman -S mingw-w64-ucrt-x86_64-pango",
}
# Pango's font map, fontconfig's environment and the garbage collector belong to the whole process.
_ONE_AT_A_TIME = threading.Lock()


Reported = Sequence[Assessment] | PortfolioAssessment


def to_pdf(result: Reported, attachments: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """The report as PDF/A-3a and PDF/UA-1 at once, the same bytes for the same input.

    Several assessments are parts of one document; a portfolio has a report of its own.
    `attachments` (file name to content) travel in the PDF beside the record; its identifiers are
    its stamp and its seal. Raises PdfUnavailable where Pango is missing; what the layout check
    finds is logged.
    """
    with _ONE_AT_A_TIME:
        document = render(result)
        for problem in check_layout(document):
            LOGGER.warning("%s", problem)
        record = travelling(result)
        name = FOLIO if isinstance(result, PortfolioAssessment) else RECORD
        files = {name: to_json(record), **attachments}
        made = moment(_each(result))
        with _without_gc(), warnings.catch_warnings():
            # WeasyPrint leaves the file of its colour profile to be closed by chance.
            warnings.simplefilter("ignore", ResourceWarning)
            written = document.write_pdf(
                finisher=_finish,
                pdf_variant="pdf/a-3a",
                pdf_identifier=stamp(record, attachments).encode(),
                attachments=[_attached(name, content, made) for name, content in files.items()],
            )
    return sealed(bytes(written))


def _each(result: Reported) -> Sequence[Assessment]:
    return result.assessments if isinstance(result, PortfolioAssessment) else result


def travelling(result: Reported) -> Reported:
    """The record that travels: of a portfolio without the single ones, of which 300 are 100 MB."""
    if isinstance(result, PortfolioAssessment):
        return replace(result, assessments=())
    return result


def render(result: Reported) -> Any:
    """The laid-out document, as WeasyPrint gives it, with its `warnings`; for `check_layout`."""
    weasyprint, nowhere, fonts, css = _engine()
    if isinstance(result, PortfolioAssessment):
        html = portfolio_html(result, for_pdf=True)
    else:
        html = to_html(result, for_pdf=True)
    with _without_gc(), warnings_of("weasyprint") as kept:
        page = weasyprint.HTML(string=html, base_url=None, url_fetcher=nowhere)
        document = page.render(font_config=fonts, stylesheets=[css], pdf_variant="pdf/a-3a")
    document.warnings = kept
    return document


def prepare() -> None:
    """Load all that rendering needs, so that a fork has it; PdfUnavailable where Pango is missing.

    A first page makes WeasyPrint load what it puts off until then.
    """
    weasyprint, nowhere, fonts, css = _engine()
    prepare_html()
    html = '<html lang="en"><title>-</title><table><tr><td>-</table><svg viewBox="0 0 1 1"></svg>'
    page = weasyprint.HTML(string=html, base_url=None, url_fetcher=nowhere)
    with _without_gc(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # as in to_pdf
        page.write_pdf(font_config=fonts, stylesheets=[css], pdf_variant="pdf/a-3a")


@cache
def _engine() -> tuple[Any, Any, Any, Any]:
    """WeasyPrint, no way out, the fonts and the parsed stylesheet: made once in a process."""
    banner = StringIO()
    with _private_fonts():
        try:
            with redirect_stdout(banner):  # without Pango, the import prints its advice
                import weasyprint
        except OSError as error:
            line = INSTALL_PANGO.get(sys.platform, INSTALL_PANGO["linux"])
            message = f"Pango is not installed, so there is no PDF; to install it: {line}"
            raise PdfUnavailable(message) from error
        fonts = weasyprint.text.fonts.FontConfiguration()
    nowhere = weasyprint.urls.URLFetcher(allowed_protocols=(), allow_redirects=False)
    css = weasyprint.CSS(string=styles(), font_config=fonts, url_fetcher=nowhere)
    return weasyprint, nowhere, fonts, css


@contextmanager
def _private_fonts() -> Iterator[None]:
    """Fontconfig sees the bundled fonts alone, so that no system font gets into a report."""
    before = os.environ.get("FONTCONFIG_FILE")
    folder = (shipped("templates") / "fonts").as_posix()
    # A mapped cache file cannot be deleted on Windows while it is in use.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        settings = Path(scratch, "fonts.conf")
        settings.write_text(
            f"<fontconfig><dir>{folder}</dir><cachedir>{Path(scratch).as_posix()}/cache</cachedir>"
            "</fontconfig>",
            "utf-8",
        )
        os.environ["FONTCONFIG_FILE"] = str(settings)
        try:
            yield
        finally:
            if before is None:
                del os.environ["FONTCONFIG_FILE"]
            else:
                os.environ["FONTCONFIG_FILE"] = before


@contextmanager
def _without_gc() -> Iterator[None]:
    """No garbage collection: it costs a tenth of a rendering and finds next to nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def warnings_of(name: str) -> Iterator[list[str]]:
    """Keep what a library logs as a warning or worse, and keep it off the terminal."""
    logger, kept = logging.getLogger(name), _Kept()
    propagated = logger.propagate
    logger.addHandler(kept)
    logger.propagate = False
    try:
        yield kept.messages
    finally:
        logger.removeHandler(kept)
        logger.propagate = propagated


def _attached(name: str, content: bytes, made: datetime) -> Any:
    weasyprint = _engine()[0]
    is_record = name in {RECORD, FOLIO}
    return weasyprint.Attachment(
        string=content,
        name=name,
        description="The result that this report was made from" if is_record else f"Input: {name}",
        created=made,
        modified=made,
        relationship="Data" if is_record else "Source",
    )


def _finish(_document: Any, pdf: Any) -> None:
    """Add what WeasyPrint leaves out: the second standard, and media types that never vary.

    The libraries of the system that drew it are named: with others the bytes may differ.
    Streams are compressed here, once; pydyf does it twice, at the slowest level, for 4% of the size
    and a tenth of the time of a report.
    """
    pdf.info[LIBRARIES] = _libraries()
    for item in pdf.objects:
        extra = getattr(item, "extra", {})
        if extra.get("Type") == "/Metadata":
            item.stream = [_both_standards(part) for part in item.stream]
        elif isinstance(item, dict) and item.get("Type") == "/Filespec":
            file = pdf.objects[int(item["EF"]["F"].split()[0])]
            file.extra["Subtype"] = _media_type(item["UF"].string)
    for item in pdf.objects:
        if getattr(item, "compress", False):
            parts = (getattr(part, "data", part) for part in item.stream)
            raw = b"\n".join(part if isinstance(part, bytes) else part.encode() for part in parts)
            item.stream, item.compress = [zlib.compress(raw)], False
            item.extra["Filter"] = "/FlateDecode"


def _libraries() -> str:
    """Pango and zlib, with their versions, as a string of a PDF."""
    pango = _engine()[0].text.ffi.pango
    version = pango.pango_version()
    pango_told = f"{version // 10_000}.{version // 100 % 100}.{version % 100}"
    return f"(Pango {pango_told}; zlib {zlib.ZLIB_RUNTIME_VERSION}; {sys.platform})"


def _media_type(name: str) -> str:
    known = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}
    return f"/application#2f{known.get(Path(name).suffix.lower(), 'octet-stream')}"


PDFUA = b"""<rdf:Description xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#" rdf:about="">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that this file meets</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


def _both_standards(metadata: bytes) -> bytes:
    """XMP that claims PDF/UA-1 beside PDF/A-3a, with the schema that PDF/A asks for."""
    return metadata.replace(b"</rdf:RDF>", PDFUA + b"</rdf:RDF>", 1)
