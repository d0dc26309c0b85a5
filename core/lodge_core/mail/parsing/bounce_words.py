"""From the prose of a bounce to an RFC 3463 status: a code written out wins, then an SMTP reply,
then the words mail servers use; the first rule that matches counts."""

import re

_WRITTEN = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.:@-])([45][0-57]\d)(?:[ :-]|$)", re.MULTILINE)
_WORDS: tuple[tuple[str, str], ...] = (
    (r"mailbox (?:is )?full|full mailbox|over ?quota|quota exceeded|exceeded.{0,30}quota"
     r"|insufficient (?:disk|storage|space)|not have enough (?:disk|space)", "5.2.2"),
    (r"no such user|user (?:is )?(?:unknown|not found)|unknown (?:user|recipient|local)"
     r"|(?:address|recipient|mailbox|account) (?:is )?(?:unknown|not found)"
     r"|does(?: not|n.t) exist|doesn.t have a|no mailbox here|not listed in"
     r"|invalid (?:recipient|mailbox|address)|unrouteable address|no longer (?:valid|in use)"
     r"|unknown user account", "5.1.1"),
    (r"unrouteable mail domain|host (?:or domain )?(?:name )?not found|domain not found"
     r"|non-?existent (?:hosts?|domain)|no such domain|couldn.t find any host"
     r"|all relevant mx records", "5.1.2"),
    (r"account (?:has been )?(?:disabled|inactive|suspended)|mailbox (?:is )?disabled", "5.2.1"),
    (r"(?:message|mail) (?:size )?(?:is )?(?:too (?:big|large)|exceeds)", "5.3.4"),
    (r"blocked|blacklist|dnsbl|\bspam\b|access denied|not (?:allowed|authori[sz]ed)"
     r"|relay(?:ing)? (?:denied|not)|rejected (?:by|for) (?:policy|security)", "5.7.1"),
    (r"too many hops|mail loop|loops? back", "5.4.6"),
)  # fmt: skip
_NOT_CONNECTED = re.compile(
    r"could not initiate smtp|connection (?:dropped|refused|timed out|reset)|"
    r"unable to connect|couldn.t establish|no route to host",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"\bdelay(?:ed)?\b|will (?:be )?retr(?:y|ied)|temporary (?:failure|problem|error)|"
    r"still trying|warning message only",
    re.IGNORECASE,
)
_PERMANENT = re.compile(r"permanent(?:ly)?\b|given up|giving up|no longer", re.IGNORECASE)
_REPLIES = {
    "421": "4.3.2", "450": "4.2.0", "451": "4.3.0", "452": "4.2.2", "550": "5.1.1",
    "551": "5.1.6", "552": "5.2.2", "553": "5.1.3", "554": "5.0.0", "571": "5.7.1",
}  # fmt: skip
_COMPILED = tuple((re.compile(words, re.IGNORECASE), status) for words, status in _WORDS)


def status_from_text(prose: str) -> str | None:
    """The most telling status in the text, or None where it says nothing known."""
    written = _WRITTEN.search(prose)
    if written:
        return written[1]
    is_delayed = bool(_DELAYED.search(prose)) and not _PERMANENT.search(prose)
    by_words = next((status for words, status in _COMPILED if words.search(prose)), None)
    if by_words is None and _NOT_CONNECTED.search(prose):
        by_words = "4.4.1" if is_delayed else "5.3.2"
    reply = _REPLY.search(prose)
    if by_words is None and reply is not None:
        by_words = _REPLIES.get(reply[1], f"{reply[1][0]}.0.0")
    if by_words is None:
        return "4.0.0" if is_delayed else "5.0.0" if _PERMANENT.search(prose) else None
    return f"4{by_words[1:]}" if is_delayed else by_words
