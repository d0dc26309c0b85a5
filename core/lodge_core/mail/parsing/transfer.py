"""Content-Transfer-Encoding undone, as far as the bytes allow."""

import binascii
import re

from lodge_core.mail.parsing.problems import Problem, Problems

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_WHITE = b" \t\r\n"
_PADDED = re.compile(rb"[^=]+=*")
_BAD_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*\Z)")
_PLAIN = frozenset({"", "7bit", "8bit", "binary", "7-bit", "8-bit", "7bits", "8bits", "none"})
_UUENCODED = frozenset({"x-uuencode", "uuencode", "x-uue", "uue"})
_BEGIN = re.compile(rb"^begin [0-7]{3,4} ?[^\r\n]*\r?\n", re.MULTILINE)


def undo_transfer(content: bytes, encoding: str, problems: Problems) -> bytes:
    """The bytes the sender meant; what does not decode is noted and passed on."""
    if encoding in _PLAIN:
        return content
    if encoding == "base64":
        decoded, is_good = decode_base64(content)
        if not is_good:
            problems.note(Problem.BAD_BASE64)
        return decoded
    if encoding == "quoted-printable":
        if _BAD_ESCAPE.search(content):
            problems.note(Problem.BAD_QUOTED_PRINTABLE)
        return binascii.a2b_qp(content)
    if encoding in _UUENCODED:
        return _undo_uuencode(content, problems)
    problems.note(Problem.UNKNOWN_ENCODING, encoding)
    return content


def decode_base64(content: bytes) -> tuple[bytes, bool]:
    """The decoded bytes and whether the input was proper; several padded runs are joined."""
    is_good = True
    compact = content.translate(None, _WHITE)
    try:
        return binascii.a2b_base64(compact, strict_mode=True), True
    except binascii.Error:
        pass
    letters = _NOT_BASE64.sub(b"", compact)
    is_good = False
    runs = [_decode_run(run.rstrip(b"=")) for run in _PADDED.findall(letters)]
    return b"".join(runs), is_good


def _decode_run(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _undo_uuencode(content: bytes, problems: Problems) -> bytes:
    begin = _BEGIN.search(content)
    if begin is None:
        problems.note(Problem.BAD_UUENCODE)
        return content
    out: list[bytes] = []
    for line in content[begin.end() :].splitlines():
        if line.strip() in (b"end", b"`", b""):
            break
        promised = (line[0] - 32) & 63
        present = min(promised, (len(line) - 1) * 3 // 4)
        if present < promised:
            problems.note(Problem.BAD_UUENCODE)
        try:
            out.append(binascii.a2b_uu(line[: (promised * 4 + 5) // 3 + 1])[:present])
        except binascii.Error:
            problems.note(Problem.BAD_UUENCODE)
    return b"".join(out)
