"""Which leaves of the tree are read as text and which are attachments.

A leaf is text when it is text/plain or text/html, is not disposed as an attachment and has no
file name. Within a multipart/alternative the HTML is the same words as the plain text."""

from dataclasses import dataclass, field

from lodge_core.mail.parsing.part import Part

_TEXT_TYPES = frozenset({"text/plain", "text/html", "text/enriched"})


@dataclass(slots=True)
class Bodies:
    """Leaves by role, in order; each text with whether a plain alternative says the same."""

    texts: list[tuple[Part, bool]] = field(default_factory=list[tuple[Part, bool]])
    attachments: list[Part] = field(default_factory=list[Part])


def read_bodies(root: Part) -> Bodies:
    """Sort the leaves of the tree."""
    bodies = Bodies()
    waiting: list[tuple[Part, bool]] = [(root, False)]
    while waiting:
        part, has_plain = waiting.pop()
        if part.is_multipart:
            is_alternative = part.content_type == "multipart/alternative"
            below = has_plain or (is_alternative and _has_plain(part))
            waiting.extend((child, below) for child in reversed(part.children))
        elif is_text(part, is_whole=part is root):
            if part.content_type != "text/enriched" or not has_plain:
                bodies.texts.append((part, has_plain))
        else:
            bodies.attachments.append(part)
    return bodies


def filename(part: Part) -> str | None:
    """The sender's name for the part, or None."""
    name = part.disposition.values.get("filename") or part.parameters.get("name")
    return name.strip() or None if name else None


def is_text(part: Part, *, is_whole: bool = False) -> bool:
    """Whether the leaf is text to be read rather than a file; a mail that `is_whole` this one
    text is read even under a file name."""
    if part.content_type.startswith("multipart/"):
        return True
    if part.content_type not in _TEXT_TYPES:
        return False
    return part.disposition.word != "attachment" and (is_whole or filename(part) is None)


def _has_plain(part: Part) -> bool:
    return any(
        not child.is_multipart
        and child.content_type == "text/plain"
        and is_text(child)
        and bool(child.raw[child.start : child.end].strip())
        for child in part.children
    )
