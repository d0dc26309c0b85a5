"""What holds for any bytes at all."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from lodge_core.mail.parsing import MEANINGS, ParsedMail, Problem, parse_mail, to_json

_FRAGMENTS = st.sampled_from([
    b"From: a@b.example\r\n", b"To: ", b"Cc: <", b"Subject: =?utf-8?q?", b"=?x?b?/w==?=", b"Date: ",
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: text/html; charset=",
    b"Content-Type: message/delivery-status\r\n", b"Content-Type: multipart/report; boundary=b\r\n",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"Content-Disposition: attachment; filename*0*=", b"utf-7''+2AA-", b"\r\n\r\n", b"\n\n",
    b"\r\n", b"--b\r\n", b"--b--\r\n", b"\0", b"\xff\xfe", b"+2AA-", b"<p>", b"<blockquote>",
    b"&#0;", b"&#xD800;", b"> ", b"On 1 May 2020 a wrote:\r\n", b"Message-ID: <", b">",
    b"begin 644 a\r\n", b"Final-Recipient: rfc822;a@b\r\n", b"Action: failed\r\n",
    b"X-Failed-Recipients: a\r\n", b'"', b"(", b";", b"utf-16", b"idna", b"hex", b"\r", b" ",
    b"\xed\xa0\x80",
])  # fmt: skip
_ANY_MAIL = st.one_of(st.binary(max_size=400), st.lists(_FRAGMENTS, max_size=25).map(b"".join))


def _check(parsed: ParsedMail) -> None:
    written = json.dumps(to_json(parsed), ensure_ascii=False)
    written.encode("utf-8")
    assert "\\u0000" not in written
    assert all("\0" not in header.name + header.value for header in parsed.headers)
    assert (
        "".join(header.name + header.value for header in parsed.headers).encode("utf-8") is not None
    )
    assert len(parsed.attachments) == len(parsed.attachment_contents)
    assert {problem.partition(":")[0] for problem in parsed.problems} <= set(MEANINGS)
    assert Problem.PARSER_FAILED not in parsed.problems
    assert not any(problem.startswith("parser_failed") for problem in parsed.problems)
    assert parsed.date is None or parsed.date.utcoffset() is not None
    assert (parsed.bounce is None) == (parsed.auto.kind != "bounce")


@settings(max_examples=600, deadline=None)
@given(_ANY_MAIL)
def test_r04_r52_any_bytes_parse_to_clean_text(raw: bytes) -> None:
    _check(parse_mail(raw))


@settings(max_examples=300, deadline=None)
@given(_ANY_MAIL)
def test_the_same_bytes_give_the_same_mail(raw: bytes) -> None:
    assert parse_mail(raw) == parse_mail(raw)


def test_every_problem_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Problem)
