"""The visible reply of a mail text, without quotation and signature: a view, never the data.

What stands above a quotation is the reply; below a quotation marked with `>` an answer may stand
too and is kept, as are quotations between answers. If nothing would be left, all is shown."""

# ruff: noqa: RUF001 - the words are of many alphabets

import re
from collections.abc import Sequence

from lodge_core.mail.parsing.limits import MOST_REPLY_CHARACTERS
from lodge_core.mail.parsing.quotation import quotation_height

_SIGNATURE = re.compile(r"^(?:--|__)[ \t\xa0]*$")
_RULE = re.compile(r"^_{20,}[ \t]*$")
_DEVICE = re.compile(
    r"^[ \t*]*(?:sent (?:from|via|with)|get outlook for|envoyé (?:de|depuis|à partir)"
    r"|gesendet (?:von|mit|über)|von meinem|inviato da|enviado (?:desde|do|de|mediante)"
    r"|verstuurd vanaf|verzonden (?:vanaf|met)|skickat från|sendt fra|lähetetty|wysłane z"
    r"|odesláno z|отправлено (?:с|из))\b[^.,!?;]{1,60}(?:<[^>]{1,200}>)?[ \t*]*$"
    r"|^[ \t*]*sent from [\w ]{1,30}<[^>\n]{1,300}>",
    re.IGNORECASE,
)


def read_reply(text: str) -> str:
    """The part of the text its sender wrote now; the whole text if nothing can be told apart."""
    lines = text[:MOST_REPLY_CHARACTERS].replace("\r\n", "\n").split("\n")
    kept = _without_trailing_quote(_without_signature(_without_quotations(lines)))
    reply = "\n".join(line.rstrip() for line in kept).strip("\n")
    return reply if reply.strip() else text[:MOST_REPLY_CHARACTERS].strip()


def _without_quotations(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    index = 0
    while index < len(lines):
        height = quotation_height(lines, index)
        if not height:
            kept.append(lines[index])
            index += 1
            continue
        end = _quoted_end(lines, index + height)
        if end is None:
            break
        index = end
    return kept


def _quoted_end(lines: Sequence[str], index: int) -> int | None:
    """Where the block of `>` lines after an introduction ends; None if there is no such block."""
    while index < len(lines) and not lines[index].strip():
        index += 1
    if index == len(lines) or not _is_quoted(lines[index]):
        return None
    while index < len(lines):
        is_wrapped = index + 1 < len(lines) and _is_quoted(lines[index + 1])
        if not _is_quoted(lines[index]) and not (lines[index].strip() and is_wrapped):
            break
        index += 1
    return index


def _without_signature(lines: list[str]) -> list[str]:
    has_words = False
    for index, line in enumerate(lines):
        if has_words and (_SIGNATURE.match(line) or _RULE.match(line) or _DEVICE.match(line)):
            return lines[:index]
        has_words = has_words or bool(line.strip())
    return lines


def _without_trailing_quote(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and (not lines[end - 1].strip() or _is_quoted(lines[end - 1])):
        end -= 1
    return lines[:end]


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")
