"""A ticket's article in Zammad as a note here: who, when, how, and the words."""

from typing import Any

from lodge_core.mail.parsing.html_text import html_to_text
from lodge_core.mail.parsing.problems import Problems

_HEAD = (("from", "From"), ("to", "To"), ("cc", "Cc"), ("subject", "Subject"))


def note_of(article: dict[str, Any]) -> str:
    """The article as plain text. Attachments are named; their bytes are not in the export."""
    way = article.get("type") or "message"
    inside = ", internal" if article.get("internal") else ""
    lines = [f"{article.get('created_at')}, {way} by {article.get('sender') or 'somebody'}{inside}"]
    lines += [f"{label}: {article[name]}" for name, label in _HEAD if article.get(name)]
    lines += ["", _words(article)]
    names = [str(one.get("filename")) for one in article.get("attachments") or ()]
    if names:
        lines += ["", f"Attachments, not brought: {', '.join(names)}"]
    return "\n".join(lines).replace("\0", "\ufffd").strip()


def _words(article: dict[str, Any]) -> str:
    body = str(article.get("body") or "")
    if "html" in str(article.get("content_type") or ""):
        return html_to_text(body, Problems())
    return body
