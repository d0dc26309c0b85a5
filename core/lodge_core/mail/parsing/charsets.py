"""Bytes to text, whatever the label says, and text made safe to store.

Labels follow the practice of mail readers (the WHATWG table): a superset codec stands in for the
narrower charset senders name, as in `gb2312` for what is gb18030."""

import codecs
import re

from lodge_core.mail.parsing.problems import Problem, Problems

_SUPERSETS: dict[str, tuple[str, ...]] = {
    "us-ascii": ("ascii",),
    "ascii": ("ascii",),
    "ansi_x3.4-1968": ("ascii",),
    "utf8": ("utf-8",),
    "utf8mb4": ("utf-8",),
    "utf-8": ("utf-8",),
    "unicode-1-1-utf-8": ("utf-8",),
    "unicode-1-1-utf-7": ("utf-7",),
    "unicode": ("utf-16",),
    "iso-8859-1": ("cp1252", "latin-1"),
    "latin1": ("cp1252", "latin-1"),
    "latin-1": ("cp1252", "latin-1"),
    "windows-1252": ("cp1252", "latin-1"),
    "cp1252": ("cp1252", "latin-1"),
    "ansi": ("cp1252", "latin-1"),
    "x-ansi": ("cp1252", "latin-1"),
    "iso-8859-9": ("cp1254", "iso8859-9"),
    "iso-8859-11": ("cp874", "iso8859-11"),
    "tis-620": ("cp874",),
    "windows-874": ("cp874",),
    "iso-8859-8-i": ("iso8859-8",),
    "iso-8859-8-e": ("iso8859-8",),
    "gb2312": ("gb18030",),
    "gb_2312-80": ("gb18030",),
    "x-gbk": ("gb18030",),
    "gbk": ("gb18030",),
    "cp936": ("gb18030",),
    "windows-936": ("gb18030",),
    "hz-gb-2312": ("hz",),
    "big5": ("cp950", "big5hkscs"),
    "x-x-big5": ("cp950", "big5hkscs"),
    "big5-hkscs": ("big5hkscs",),
    "ks_c_5601-1987": ("euc_kr", "cp949"),
    "ks_c_5601": ("euc_kr", "cp949"),
    "ksc5601": ("euc_kr", "cp949"),
    "euc-kr": ("euc_kr", "cp949"),
    "euckr": ("euc_kr", "cp949"),
    "windows-949": ("cp949",),
    "shift_jis": ("cp932", "shift_jis", "shift_jisx0213"),
    "shift-jis": ("cp932", "shift_jis", "shift_jisx0213"),
    "sjis": ("cp932", "shift_jis", "shift_jisx0213"),
    "x-sjis": ("cp932", "shift_jis", "shift_jisx0213"),
    "windows-31j": ("cp932", "shift_jis", "shift_jisx0213"),
    "euc-jp": ("euc_jp", "euc_jisx0213"),
    "iso-2022-jp": ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2", "iso2022_jp_3"),
    "macintosh": ("mac-roman",),
    "x-mac-roman": ("mac-roman",),
    "x-mac-cyrillic": ("mac-cyrillic",),
}
_NO_LABEL = frozenset(
    {"", "default", "default_charset", "x-unknown", "unknown", "unknown-8bit", "8bit", "none"}
)
_NOT_TEXT_CODECS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}
)
_LONGEST_LABEL = 40
_UNSAFE = re.compile("[\x00\ud800-\udfff]")
_NUMBERED = re.compile(r"^(?:x-)?(?:cp|windows|win|ibm|ms|dos)[-_]?(\d{3,5})$")


def decode(content: bytes, label: str | None, problems: Problems) -> str:
    """The text of `content`; a label that is missing, unknown or wrong is guessed over."""
    name = (label or "").strip().strip("\"'").lower()
    candidates = _codecs_of(name)
    if not candidates and name not in _NO_LABEL:
        problems.note(Problem.UNKNOWN_CHARSET, name)
    for codec in candidates:
        try:
            return codecs.decode(content, codec)
        except (UnicodeError, ValueError):
            continue
    return _guess(content, candidates, name, problems)


def clean(text: str, problems: Problems) -> str:
    """The text without NUL and lone surrogates, which no store takes."""
    if _UNSAFE.search(text) is None:
        return text
    problems.note(Problem.NUL_BYTES if "\0" in text else Problem.LONE_SURROGATES)
    return _UNSAFE.sub("\ufffd", text)


def _codecs_of(name: str) -> tuple[str, ...]:
    if name in _SUPERSETS:
        return _SUPERSETS[name]
    numbered = _NUMBERED.match(name)
    for spelling in (name, f"cp{numbered[1]}" if numbered else "", name.removeprefix("x-")):
        codec = _text_codec(spelling)
        if codec:
            return _SUPERSETS.get(codec, (codec,))
    return ()


def _text_codec(name: str) -> str | None:
    if not name or not name.isascii() or "\0" in name or len(name) > _LONGEST_LABEL:
        return None
    try:
        found = codecs.lookup(name)
        found.decode(b"", "strict")
    except (LookupError, ValueError, TypeError, UnicodeError):
        return None
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name not in _NOT_TEXT_CODECS else None


def _guess(content: bytes, tried: tuple[str, ...], name: str, problems: Problems) -> str:
    if tried and name not in _NO_LABEL:
        problems.note(Problem.WRONG_CHARSET, name)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if tried and tried[0] not in {"ascii", "utf-8"}:
        problems.note(Problem.REPLACED_CHARACTERS)
        return codecs.decode(content, tried[0], "replace")
    replaced = content.decode("utf-8", "replace")
    if tried == ("utf-8",) and replaced.count("\ufffd") * 3 < sum(b > 127 for b in content):
        problems.note(Problem.REPLACED_CHARACTERS)
        return replaced
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")
