"""What is wrong with YAML that no parser can read, told with the way out.

The place is judged by the letters that stand there. The parser's own words are not read: libyaml
and PyYAML differ in them.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from assessor.errors import shown

Place = tuple[int, int]  # line and column, from 1

_ESCAPE = re.compile(r"\\(?:[xuU][0-9a-fA-F]{0,8}|.?)")


def line_and_column(text: str, index: int) -> Place:
    """Line and column, from 1, of the letter at an index of a text."""
    breaks = text.count("\n", 0, index)
    start = text.rfind("\n", 0, index)
    if "\r" in text:
        breaks += text.count("\r", 0, index) - text.count("\r\n", 0, index)
        start = max(start, text.rfind("\r", 0, index))
    return breaks + 1, index - start


def broken(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """Index and words for what the parser stumbled over."""
    mark: Any = error.problem_mark or error.context_mark
    index: int = mark.index
    context: Any = error.context_mark
    if text[index:].strip() or (context and context.index != index):
        return _here(error, text, index)
    end = text[:index].rstrip()
    if end[-1:] in ("[", "{"):
        return _in_bracket(text, index, len(end) - 1)
    told = "the file ends inside a list or fields in brackets; close them with ']' or '}'"
    return len(end), told


def _here(error: yaml.MarkedYAMLError, text: str, index: int) -> tuple[int, str]:
    before = re.split(r"[\r\n]", text[:index])[-1]
    here = text[index : index + 1]
    start: int = error.context_mark.index if error.context_mark else index
    opened = text[start : start + 1] if error.context_mark else ""
    if here == "\t":
        return index, "a tab stands where only spaces may; write spaces"
    if opened in ("'", '"'):
        return _in_quote(text, index, start)
    if opened in ("[", "{"):
        return _in_bracket(text, index, start)
    if here == ":":
        return _in_key(text, index, before)
    if here in (",", "]", "}"):
        return index, f"'{here}' closes or parts nothing; remove it, or put quotes round the text"
    for place, sign in ((index, here), (start, opened)):
        if sign and sign in "@`%*&|>!":
            return place, f"text may not begin with '{sign}'; put quotes round the whole text"
    if opened and isinstance(error, yaml.scanner.ScannerError):
        told = f"{_rest(text, start)} has no ':'; write 'name: value', or '- ' before it in a list"
        return start, told
    if not opened and not before.strip():
        return index, f"{_rest(text, index)} begins a second document; keep one in a file"
    return _in_block(text, index, start, before)


def _in_quote(text: str, index: int, quote: int) -> tuple[int, str]:
    escape = _ESCAPE.search(text, max(quote, index - 2))
    if text[quote] == '"' and escape and escape.start() <= index:
        told = f"{shown(escape.group())} stands for no character"
        return escape.start(), f"{told}; put the text in single quotes, or write '\\\\'"
    return quote, f"this quote is not closed; add {text[quote]} after the last letter of the text"


def _in_bracket(text: str, index: int, bracket: int) -> tuple[int, str]:
    closing = "]" if text[bracket] == "[" else "}"
    if not text[index:].strip():
        return bracket, f"'{text[bracket]}' is not closed; add '{closing}'"
    line, column = line_and_column(text, bracket)
    return index, (
        f"the '{text[bracket]}' of line {line}, column {column} is not closed before this; "
        f"add '{closing}', or the ',' that is missing"
    )


def _in_key(text: str, index: int, before: str) -> tuple[int, str]:
    if first := re.search(r":\s+", before):
        value = _rest(text, index - len(before) + first.end())
        return index, f"a second ':' in one line; put quotes round the text {value}"
    if re.search(r"(?:^|[\[{,]|(?:^|\s)[-?])\s*$", before):
        return index, "nothing stands before ':'; write a key, or leave ':' out"
    return index - len(before.lstrip()), (
        f"{shown(before.strip())} is indented more than the line above, which has a value of "
        "its own; indent both alike, or put quotes round a text that runs on"
    )


def _in_block(text: str, index: int, block: int, before: str) -> tuple[int, str]:
    rest = _rest(text, index)
    if before.strip() and rest.startswith("'- "):
        return index, f"a list begins on a line of its own; write {rest} on the next line"
    if before.strip():
        return index, f"{rest} follows where the value has ended; put quotes round the whole text"
    line, column = line_and_column(text, block)
    return index, (
        f"{rest} fits neither the lines above nor the block that begins in line {line}, "
        f"column {column}; indent it as the lines it belongs to"
    )


def _rest(text: str, index: int) -> str:
    """The rest of a line, as a message shows it."""
    return shown(re.split(r"[\r\n]", text[index : index + 1_000], maxsplit=1)[0].rstrip())
