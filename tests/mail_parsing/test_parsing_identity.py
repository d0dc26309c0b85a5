"""Who, when and which mail: ids, addresses, dates and subjects, however badly written."""

from datetime import UTC, datetime
from pathlib import Path

from lodge_core.mail.parsing import Address, parse_mail, to_json

SAMPLES = Path(__file__).parents[1] / "samples" / "mail" / "parsing"


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def test_r11_mail_without_message_id_is_parsed_and_says_so() -> None:
    parsed = parse_mail(sample("lamp_without_ids.eml"))
    assert parsed.message_id is None
    assert parsed.problems == ("no_message_id", "no_date")
    assert parsed.text == "It flickers since Tuesday.\n\n-- \nRuth"
    assert parsed.reply_text == "It flickers since Tuesday."


def test_r12_mail_with_no_from_or_many_is_kept() -> None:
    assert "no_from" in parse_mail(b"To: a@b.example\r\n\r\nhello").problems
    assert "no_from" in parse_mail(b"From:\r\n\r\nhello").problems
    parsed = parse_mail(sample("several_senders.eml"))
    assert parsed.from_ == (
        Address("Ann", "ann@farm.example"),
        Address("Bo, the younger", "bo@farm.example"),
    )
    assert parsed.problems == ("several_from",)


def test_r12_what_is_no_address_is_noted_and_shown() -> None:
    parsed = parse_mail(b"From: undisclosed\r\n\r\nx")
    assert parsed.from_ == (Address("undisclosed", ""),)
    assert {"bad_address", "no_from"} <= set(parsed.problems)


def test_addresses_of_groups_comments_routes_and_encoded_names_are_read() -> None:
    raw = (
        b"From: x@y.example (Xaver)\r\n"
        b"To: Team: a@b.example, <@relay.example:c@d.example>;, 'Eva' <e@f.example>\r\n"
        b"Cc: =?utf-8?q?M=C3=BCller=2C_Jan?= <jan@m.example>, pete(his account)@silly.example\r\n"
        b'Reply-To: "a \\"b\\" c" <quoted@r.example>\r\n\r\n'
    )
    form = to_json(parse_mail(raw))
    assert form["from"] == [{"name": "Xaver", "address": "x@y.example"}]
    assert [each["address"] for each in form["to"]] == ["a@b.example", "c@d.example", "e@f.example"]
    assert form["to"][2]["name"] == "Eva"
    assert form["cc"][0] == {"name": "Müller, Jan", "address": "jan@m.example"}
    assert form["cc"][1]["address"] == "pete@silly.example"
    assert form["reply_to"] == [{"name": 'a "b" c', "address": "quoted@r.example"}]


def test_r30_r31_ids_lose_brackets_folds_and_spaces_and_keep_their_case_and_length() -> None:
    long_id = "A" * 990 + "@x.example"
    for written in (f"<{long_id}>", f"\r\n <{long_id}>", f" < {long_id} > ", f"<{long_id}> (c)"):
        parsed = parse_mail(f"Message-ID: {written}\r\n\r\n".encode())
        assert parsed.message_id == long_id
    assert parse_mail(b"Message-ID: bare.id\r\n\r\n").message_id == "bare.id"
    assert parse_mail(b"Message-ID: <>\r\n\r\n").message_id is None


def test_r38_all_references_of_a_long_thread_are_read_in_order() -> None:
    ids = [f"{number}@thread.example" for number in range(400)]
    folded = "\r\n ".join(f"<{each}>" for each in ids)
    parsed = parse_mail(
        f"References: {folded}\r\nIn-Reply-To: <399@thread.example>\r\n\r\n".encode()
    )
    assert list(parsed.references) == ids
    assert parsed.in_reply_to == "399@thread.example"


def test_r38_more_references_than_the_limit_keep_the_first_and_the_last() -> None:
    ids = [f"{number}@thread.example" for number in range(5000)]
    parsed = parse_mail(
        ("References: " + " ".join(f"<{each}>" for each in ids) + "\r\n\r\n").encode()
    )
    assert "too_many_references" in parsed.problems
    assert parsed.references[0] == ids[0]
    assert parsed.references[-1] == ids[-1]


def test_r53_encoded_words_join_across_split_characters_and_folds() -> None:
    parsed = parse_mail(sample("several_senders.eml"))
    assert parsed.subject == "Apfel € und Birnen für  3 🍎"
    assert parsed.to[1] == Address("Café", "cafe@lodge.test")
    assert parsed.date == datetime(2025, 3, 15, 1, 0, tzinfo=UTC)
    assert parsed.message_id == "first.order@farm.example"
    assert parsed.in_reply_to == "answer.1@lodge.test"
    assert parsed.references == ("zero@farm.example", "answer.1@lodge.test")


def test_r53_broken_encoded_words_are_shown_as_well_as_they_can_be() -> None:
    subjects = {
        b"=?utf-8?q?caf=C3=A9 with space?=": "café with space",
        b"=?utf-8?b?Y2Fmw6k?=": "café",
        b"=?nonsense?q?abc?=": "abc",
        b"=?utf-8?q?no end": "=?utf-8?q?no end",
        b"=?iso-8859-1?q?caf\xc3\xa9?=": "café",
        b"=?utf-8*de?q?Gr=C3=BC=C3=9Fe?=": "Grüße",
        b"caf\xe9": "café",
        b"caf\xc3\xa9": "café",
        b"a =? b ?= c": "a =? b ?= c",
    }
    for raw, expected in subjects.items():
        assert parse_mail(b"Subject: " + raw + b"\r\n\r\n").subject == expected


def test_r59_dates_that_are_missing_bad_or_odd_are_noted_and_the_header_is_kept() -> None:
    def parsed(value: bytes):
        return parse_mail(b"Date: " + value + b"\r\n\r\n")

    assert "no_date" in parse_mail(b"Subject: x\r\n\r\n").problems
    bad = parsed(b"yesterday at noon")
    assert (bad.date, "bad_date" in bad.problems) == (None, True)
    assert bad.headers[0].value == "yesterday at noon"
    odd = parsed(b"Thu, 1 Jan 1970 00:00:00 +0000")
    assert (odd.date, "odd_date" in odd.problems) == (datetime(1970, 1, 1, tzinfo=UTC), True)
    assert parsed(b"Tue, 19 Jan 2038 03:14:08 GMT").date == datetime(
        2038, 1, 19, 3, 14, 8, tzinfo=UTC
    )
    assert "odd_date" in parsed(b"Mon, 3 Mar 2025 10:00:00 +9999").problems
    assert parsed(b"Mon, 3 Mar 2025 10:00:60 +0000").date is not None
    assert parsed(b"3 Mar 25 10:00 EST (cold)").date == datetime(2025, 3, 3, 15, 0, tzinfo=UTC)
    assert parsed(b"2025-03-03T10:00:00+01:00").date == datetime(2025, 3, 3, 9, 0, tzinfo=UTC)


def test_the_json_form_has_the_contract_s_fields_in_order() -> None:
    form = to_json(parse_mail(sample("several_senders.eml")))
    assert list(form) == [
        "message_id", "in_reply_to", "references", "from", "to", "cc", "reply_to", "subject",
        "date", "text", "html", "reply_text", "attachments", "auto", "problems",
    ]  # fmt: skip
    assert form["date"] == "2025-03-15T01:00:00Z"
    assert form["auto"] == {"kind": "none", "reason": None, "evidence": None}
