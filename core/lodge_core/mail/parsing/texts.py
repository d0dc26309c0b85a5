"""The readable text and the HTML of a mail, out of its body parts."""

import re
from typing import NamedTuple

from lodge_core.mail.parsing.bodies import Bodies
from lodge_core.mail.parsing.charsets import clean, decode
from lodge_core.mail.parsing.html_text import html_to_text
from lodge_core.mail.parsing.limits import MOST_TEXT_CHARACTERS
from lodge_core.mail.parsing.part import Part
from lodge_core.mail.parsing.problems import Problem, Problems

_META_CHARSET = re.compile(
    rb"<meta[^>]{1,200}charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE
)


class Texts(NamedTuple):
    """`text` is what a person reads; `html` the HTML parts, or None if there are none."""

    text: str
    html: str | None


def read_texts(bodies: Bodies, problems: Problems) -> Texts:
    """Plain parts in order; an HTML part speaks where no plain alternative does."""
    texts: list[str] = []
    htmls: list[str] = []
    for part, is_alternative in bodies.texts:
        content = read_text(part, problems)
        if part.content_type == "text/html":
            htmls.append(content)
            if not is_alternative:
                texts.append(html_to_text(content, problems))
        else:
            texts.append(content)
    text = "\n".join(piece.rstrip("\n") for piece in texts if piece.strip())
    html = "\n".join(htmls) if htmls else None
    return Texts(_bounded(text, problems), None if html is None else _bounded(html, problems))


def read_text(part: Part, problems: Problems) -> str:
    """One part as text with `\\n` line ends."""
    content = part.content(problems)
    charset = part.parameters.get("charset")
    if not charset and part.content_type == "text/html":
        meta = _META_CHARSET.search(content[:4096])
        charset = meta[1].decode("ascii", "replace") if meta else None
    text = clean(decode(content, charset, problems), problems)
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def _bounded(text: str, problems: Problems) -> str:
    if len(text) > MOST_TEXT_CHARACTERS:
        problems.note(Problem.TOO_LONG_TEXT)
        return text[:MOST_TEXT_CHARACTERS]
    return text
