"""What a mail says and carries: texts, charsets, attachments, structures, sizes."""

import base64
import hashlib
import time
from pathlib import Path

import pytest

from lodge_core.mail.parsing import parse_mail, to_json

SAMPLES = Path(__file__).parents[1] / "samples" / "mail" / "parsing"
SECONDS = 5.0  # a wide margin over the second that the slowest takes on an idle machine


def mail(content_type: str, body: bytes, encoding: str = "8bit") -> bytes:
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return b"From: a@b.example\r\n" + head.encode() + body


def test_r54_r55_nested_parts_inline_images_and_inner_mails_are_told_apart() -> None:
    parsed = parse_mail((SAMPLES / "photos_inline.eml").read_bytes())
    assert parsed.problems == ()
    assert parsed.text == "Two pictures of the café."
    assert parsed.html is not None
    assert "cid:one@photo" in parsed.html
    assert [
        (a.filename, a.content_type, a.content_id, a.is_inline) for a in parsed.attachments
    ] == [
        (None, "image/png", "one@photo", True),
        ("café.png", "image/png", "one@photo", True),
        ("\u202erechnung gpj.pdf", "application/pdf", None, False),
        (None, "text/calendar", None, False),
        (None, "message/rfc822", None, False),
    ]
    assert parsed.attachment_contents[2] == b"%PDF-1.4\n"
    assert b"Only the outer mail is read." in parsed.attachment_contents[4]


def test_r58_attachment_sizes_and_hashes_are_those_of_the_decoded_bytes() -> None:
    content = bytes(range(256)) * 40
    body = base64.encodebytes(content)
    parsed = parse_mail(mail("application/octet-stream; name=x.bin", body, "base64"))
    assert parsed.attachment_contents == (content,)
    assert to_json(parsed)["attachments"] == [
        {
            "filename": "x.bin",
            "content_type": "application/octet-stream",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "content_id": None,
            "is_inline": False,
        }
    ]


@pytest.mark.parametrize(
    ("label", "codec", "words"),
    [
        ("windows-1258", "cp1258", "đơn hàng"),
        ("gb2312", "gb18030", "订单还没到請查"),
        ("iso-2022-jp", "iso2022_jp", "注文が届きません"),
        ("ks_c_5601-1987", "cp949", "주문이 똠방"),
        ("utf-7", "utf-7", "Größe"),
        ("koi8-r", "koi8-r", "заказ"),
        ("iso-8859-1", "cp1252", "“costs” 5 €"),
        ("big5", "cp950", "訂單"),
        ("x-sjis", "cp932", "①注文"),
        ("us-ascii", "utf-8", "naïve"),
        ("no-such-charset", "utf-8", "naïve"),
        ("utf-8", "cp1252", "naïve façade"),
    ],
)
def test_r51_each_charset_and_each_wrong_label_gives_the_words(
    label: str, codec: str, words: str
) -> None:
    parsed = parse_mail(mail(f"text/plain; charset={label}", words.encode(codec)))
    assert parsed.text == words


def test_r51_replaced_characters_and_unknown_labels_are_noted() -> None:
    bad = parse_mail(mail("text/plain; charset=iso-2022-jp", b"\x1b$B\xff\xff"))
    assert {"wrong_charset:iso-2022-jp", "replaced_characters"} <= set(bad.problems)
    unknown = parse_mail(mail("text/plain; charset=x-mine", b"abc"))
    assert "unknown_charset:x-mine" in unknown.problems


def test_r52_nul_bytes_and_lone_surrogates_never_leave() -> None:
    nul = parse_mail(b"From: a\0b@c.example\r\nSubject: x\0y\r\n\r\nz\0")
    assert (nul.subject, nul.text) == ("x\ufffdy", "z\ufffd")
    assert "nul_bytes" in nul.problems
    lone = parse_mail(mail("text/plain; charset=utf-7", b"+2AA-"))
    assert lone.text == "\ufffd"
    assert "\0" not in str(to_json(nul))


def test_r25_empty_and_missing_bodies_are_no_failure() -> None:
    for raw in (b"", b"\r\n", b"From: a@b.example", b"From: a@b.example\r\n\r\n"):
        assert parse_mail(raw).text == ""
    assert "empty" in parse_mail(b"").problems
    html_first = (
        b"--x\r\nContent-Type: text/html\r\n\r\n<b>hello</b>\r\n"
        b"--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x--"
    )
    assert parse_mail(mail("multipart/alternative; boundary=x", html_first)).text == "hello"


def test_r55_wrong_missing_and_unclosed_boundaries_keep_the_words() -> None:
    wrong = parse_mail(mail("multipart/mixed; boundary=x", b"--y\r\n\r\nkept\r\n--y--"))
    assert "wrong_boundary" in wrong.problems
    assert "kept" in wrong.text
    none = parse_mail(mail("multipart/mixed", b"kept"))
    assert ("no_boundary" in none.problems, none.text) == (True, "kept")
    cut = parse_mail(mail("multipart/mixed; boundary=x", b"--x\r\n\r\nkept"))
    assert ("unclosed_boundary" in cut.problems, cut.text) == (True, "kept")
    prefix = (
        b"--x\r\nContent-Type: multipart/mixed; boundary=xx\r\n\r\n"
        b"--xx\r\n\r\na\r\n--xx--\r\n--x\r\n\r\nb"
    )
    assert parse_mail(mail("multipart/mixed; boundary=x", prefix)).text == "a\nb"


def test_bad_base64_gives_what_decodes_and_a_problem() -> None:
    for body in (b"aGVsbG8", b"aGVs!bG8=", b"aGVs\r\nbG8", b"aGVsbG8=\r\n-- \r\nlist"):
        parsed = parse_mail(mail("text/plain", body, "base64"))
        assert parsed.text.startswith("hello")
        assert "bad_base64" in parsed.problems


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        (b'filename="../../etc/passwd"', "../../etc/passwd"),
        (b'filename="' + b"n" * 300 + b'.txt"', "n" * 255),
        (b"filename*=utf-8''%E2%82%AC.txt", "€.txt"),
        (b"filename*=iso-8859-1'de'%FC.txt", "ü.txt"),
        (b"filename*1=b.txt; filename*0=a", "ab.txt"),
        (b'filename="=?utf-8?b?4oKsLnR4dA==?="', "€.txt"),
        (b"filename=a b.txt", "a b.txt"),
        (b"filename=\xc3\xa9.txt", "é.txt"),
        (b'filename=""', None),
    ],
)
def test_r53_r60_file_names_are_only_names(parameter: bytes, expected: str | None) -> None:
    raw = b"Content-Type: x/y\r\nContent-Disposition: attachment; " + parameter + b"\r\n\r\nz"
    assert parse_mail(raw).attachments[0].filename == expected


def _nested(depth: int) -> bytes:
    opened = (
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
        for n in range(depth)
    )
    return b"".join(opened) + b"\r\n\r\ndeep"


MIXED = "multipart/mixed; boundary=b"
HOSTILE = {
    "5,000 nested parts": (_nested(5000), "too_deep"),
    "20,000 parts": (mail(MIXED, b"--b\r\n\r\nx\r\n" * 20_000), "too_many_parts"),
    "a megabyte of header": (b"Subject: " + b"x" * 3_000_000 + b"\r\n\r\n", "long_header"),
    "100,000 folds": (b"Subject: " + b"x\r\n " * 100_000 + b"\r\n\r\n", "long_header"),
    "endless quotes": (b'To: "' + b'"\\' * 500_000 + b"\r\n\r\n", "bad_address"),
    "brackets": (b"To: " + b"<(" * 200_000 + b"\r\n\r\n", "no_from"),
    "encoded words without end": (b"Subject: " + b"=?a?q?x" * 100_000 + b"\r\n\r\n", "long_header"),
    "an id without at": (b"References: " + b"a" * 900_000 + b"\r\n\r\n", "no_message_id"),
    "200,000 headers": (b"X: y\r\n" * 200_000 + b"\r\n", "too_many_headers"),
    "deep HTML": (mail("text/html", b"<div>" * 100_000 + b"x"), "too_deep"),
    "padding": (mail("text/plain", b"=" * 2_000_000, "base64"), "bad_base64"),
    "attributions": (mail("text/plain", b"On 1.2.2020 On " * 60_000), "no_date"),
    "dashes": (mail(MIXED, b"--b\r\n\r\n" + b"--\r\n" * 200_000), "unclosed_boundary"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_r56_s32_hostile_sizes_are_parsed_or_cut_in_time(name: str) -> None:
    raw, problem = HOSTILE[name]
    began = time.perf_counter()
    parsed = parse_mail(raw)
    assert time.perf_counter() - began < SECONDS
    assert problem in parsed.problems


def test_s32_all_of_20_000_cc_addresses_and_10_000_name_pieces_are_read_in_time() -> None:
    cc = b",\r\n ".join(b'"Name %d" <u%d@list.example>' % (n, n) for n in range(20_000))
    pieces = b";\r\n ".join(b"name*%d=abc" % n for n in range(10_000))
    began = time.perf_counter()
    parsed = parse_mail(b"Cc: " + cc + b"\r\nContent-Type: x/y; " + pieces + b"\r\n\r\nz")
    assert time.perf_counter() - began < SECONDS
    assert len(parsed.cc) == 20_000
    assert parsed.cc[-1].address == "u19999@list.example"
    assert (parsed.attachments[0].filename or "").startswith("abcabc")


def test_r57_the_reply_is_cut_from_the_text_and_the_text_stays_whole() -> None:
    outlook = parse_mail((SAMPLES / "outlook_reply.eml").read_bytes())
    assert outlook.reply_text == "Yes, pay it today.\n\nOmar & sons"
    assert "Shall we pay it?" in outlook.text
    assert "hidden" not in outlook.text
    assert "mso only" not in outlook.text
    below = parse_mail((SAMPLES / "answer_below.eml").read_bytes())
    assert below.reply_text == "Thursday at nine."
    quoted_only = parse_mail(b"From: a@b.example\r\n\r\n> all of it\r\n> is quoted")
    assert quoted_only.reply_text == "> all of it\n> is quoted"
