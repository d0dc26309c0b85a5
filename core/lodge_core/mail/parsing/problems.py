"""Problems a parse can note: short stable codes, one meaning each, collected in order without
repeats; a code with a detail reads `code:detail`, as in `unknown_charset:x-foo`."""

from enum import StrEnum

_DETAIL_LENGTH = 40
_MOST_PROBLEMS = 50


class Problem(StrEnum):
    """The code of something wrong or unusual in a mail; `MEANINGS` explains each."""

    NO_MESSAGE_ID = "no_message_id"
    SEVERAL_MESSAGE_IDS = "several_message_ids"
    TOO_MANY_REFERENCES = "too_many_references"
    NO_FROM = "no_from"
    SEVERAL_FROM = "several_from"
    BAD_ADDRESS = "bad_address"
    TOO_MANY_ADDRESSES = "too_many_addresses"
    NO_DATE = "no_date"
    BAD_DATE = "bad_date"
    ODD_DATE = "odd_date"
    NO_HEADERS = "no_headers"
    BAD_HEADER = "bad_header"
    NO_EMPTY_LINE = "no_empty_line"
    LONG_HEADER = "long_header"
    TOO_MANY_HEADERS = "too_many_headers"
    BAD_ENCODED_WORD = "bad_encoded_word"
    UNKNOWN_CHARSET = "unknown_charset"
    WRONG_CHARSET = "wrong_charset"
    REPLACED_CHARACTERS = "replaced_characters"
    NUL_BYTES = "nul_bytes"
    LONE_SURROGATES = "lone_surrogates"
    BAD_BASE64 = "bad_base64"
    BAD_QUOTED_PRINTABLE = "bad_quoted_printable"
    BAD_UUENCODE = "bad_uuencode"
    UNKNOWN_ENCODING = "unknown_encoding"
    NO_BOUNDARY = "no_boundary"
    WRONG_BOUNDARY = "wrong_boundary"
    UNCLOSED_BOUNDARY = "unclosed_boundary"
    BAD_PARAMETER = "bad_parameter"
    TOO_DEEP = "too_deep"
    TOO_MANY_PARTS = "too_many_parts"
    TOO_LONG_TEXT = "too_long_text"
    BAD_HTML = "bad_html"
    EMPTY = "empty"
    PARSER_FAILED = "parser_failed"


MEANINGS: dict[Problem, str] = {
    Problem.NO_MESSAGE_ID: "no usable Message-ID; the store makes one from the content hash",
    Problem.SEVERAL_MESSAGE_IDS: "more than one Message-ID header; the first is used",
    Problem.TOO_MANY_REFERENCES: "References over the limit; the first and the last are kept",
    Problem.NO_FROM: "no From address could be read",
    Problem.SEVERAL_FROM: "more than one From address; the first is the sender",
    Problem.BAD_ADDRESS: "an address header holds something that is not an address",
    Problem.TOO_MANY_ADDRESSES: "an address header over the limit; the rest is left out",
    Problem.NO_DATE: "no Date header",
    Problem.BAD_DATE: "the Date header is not a date; date is null, the header is kept",
    Problem.ODD_DATE: "the Date header is before 1980 or after 2100, or its zone is impossible",
    Problem.NO_HEADERS: "the bytes do not start with mail headers",
    Problem.BAD_HEADER: "a line among the headers is not a header; it is skipped",
    Problem.NO_EMPTY_LINE: "no empty line between the headers and the body",
    Problem.LONG_HEADER: "a header over the limit; its value is cut",
    Problem.TOO_MANY_HEADERS: "more headers than the limit; the rest is left out",
    Problem.BAD_ENCODED_WORD: "an RFC 2047 word that does not decode; shown as well as it can be",
    Problem.UNKNOWN_CHARSET: "a charset label nobody knows; the charset is guessed",
    Problem.WRONG_CHARSET: "the bytes are not in the charset the label says; it is guessed",
    Problem.REPLACED_CHARACTERS: "bytes that stand for no character, shown as U+FFFD",
    Problem.NUL_BYTES: "NUL characters in a text, shown as U+FFFD",
    Problem.LONE_SURROGATES: "half a surrogate pair in a text, shown as U+FFFD",
    Problem.BAD_BASE64: "base64 with foreign characters, bad padding or a missing end",
    Problem.BAD_QUOTED_PRINTABLE: "quoted-printable with an escape that is none",
    Problem.BAD_UUENCODE: "uuencoded content that does not decode",
    Problem.UNKNOWN_ENCODING: "a Content-Transfer-Encoding nobody knows; taken as plain bytes",
    Problem.NO_BOUNDARY: "a multipart without a boundary parameter; taken as one text",
    Problem.WRONG_BOUNDARY: "a multipart whose boundary never occurs; taken as one text",
    Problem.UNCLOSED_BOUNDARY: "a multipart without its last boundary; the mail may be cut off",
    Problem.BAD_PARAMETER: "a Content-Type or Content-Disposition parameter that does not decode",
    Problem.TOO_DEEP: "nested deeper than the limit; the inner parts stay one attachment",
    Problem.TOO_MANY_PARTS: "more parts than the limit; the rest is left out",
    Problem.TOO_LONG_TEXT: "a text over the limit; it is cut, the raw mail is whole",
    Problem.BAD_HTML: "HTML that cannot be turned into text",
    Problem.EMPTY: "no bytes, or only white space",
    Problem.PARSER_FAILED: "a fault in this parser; headers may be kept, the raw mail is whole",
}


class Problems:
    """The problems of one parse, in the order they were met, each once."""

    def __init__(self) -> None:
        self._codes: dict[str, None] = {}

    def note(self, problem: Problem, detail: str = "") -> None:
        """Add a problem, with a short detail made safe to print."""
        if len(self._codes) < _MOST_PROBLEMS:
            self._codes[f"{problem}:{_printable(detail)}" if detail else problem.value] = None

    def codes(self) -> tuple[str, ...]:
        """All codes noted so far."""
        return tuple(self._codes)


def _printable(detail: str) -> str:
    short = detail.strip()[:_DETAIL_LENGTH].lower()
    return "".join(c if " " < c <= "~" and c != ":" else "?" for c in short)
