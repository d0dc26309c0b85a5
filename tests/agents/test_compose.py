"""The reply as bytes: headers of every reply type, quoting, and what cannot be smuggled in."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lodge_core.agents.answering import Inbound, SenderAlias, recipients_of
from lodge_core.agents.compose import (
    Answered,
    Mailbox,
    build_reply,
    references_of,
    reply_subject,
    usable,
)
from lodge_core.mail.parsing import parse_mail
from lodge_platform.errors import RefusedError

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ADA = Mailbox("Ada Byron", "ada@example.org")
SUPPORT = Mailbox("Lodge support", "support@lodge.test")


def answered(**values: object) -> Answered:
    """A mail to answer."""
    given: dict[str, object] = {
        "message_id": "q@example.org",
        "references": (),
        "subject": "Refund",
        "author": ADA,
        "text": "Where is it?\n> I asked before",
        "sent_at": NOW,
    }
    return Answered(**(given | values))  # pyright: ignore[reportArgumentType]


def raw_reply(original: Answered, text: str = "It is coming.", **values: object) -> bytes:
    """The reply's bytes."""
    recipients = values.get("recipients", [ADA])
    return build_reply(
        original,
        text,
        message_id="r@lodge.test",
        sender=values.get("sender", SUPPORT),  # pyright: ignore[reportArgumentType]
        recipients=recipients,  # pyright: ignore[reportArgumentType]
        now=NOW,
    )


def parsed(raw: bytes) -> EmailMessage:
    """The message as another program reads it; on the way its form is checked."""
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    assert [name.lower() for name in message.keys()] == [  # noqa: SIM118 - a header may repeat
        *(
            name
            for name in ("message-id", "in-reply-to", "references")
            if message[name] is not None
        ),
        "from",
        "to",
        "subject",
        "date",
        "content-type",
        "content-transfer-encoding",
        "mime-version",
    ]
    return message


def test_r42_a_reply_names_the_mail_it_answers_and_the_thread_before_it() -> None:
    message = parsed(raw_reply(answered(references=("a@x", "b@x"))))
    assert message["Message-ID"] == "<r@lodge.test>"
    assert message["In-Reply-To"].strip() == "<q@example.org>"
    assert message["References"].split() == ["<a@x>", "<b@x>", "<q@example.org>"]
    assert message["From"] == "Lodge support <support@lodge.test>"
    assert message["To"] == "Ada Byron <ada@example.org>"
    assert message["Subject"] == "Re: Refund"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] is None


@pytest.mark.parametrize(
    ("message_id", "references", "in_reply_to", "expected"),
    [
        ("q@x", (), "<q@x>", ["<q@x>"]),
        ("q@x", ("a@x",), "<q@x>", ["<a@x>", "<q@x>"]),
        ("q@x", ("a@x", "q@x", "a@x"), "<q@x>", ["<a@x>", "<q@x>"]),
        (None, ("a@x",), None, ["<a@x>"]),
        (None, (), None, []),
        ("no-at-sign", (), "<no-at-sign>", ["<no-at-sign>"]),
        ("bad id@x", ("b<@x", "ok@x"), None, ["<ok@x>"]),
        ("é@x", (), None, []),
        ("q@x\r\nBcc: eve@x", (), None, []),
    ],
)
def test_r42_ids_are_right_on_each_reply_type(
    message_id: str | None,
    references: tuple[str, ...],
    in_reply_to: str | None,
    expected: list[str],
) -> None:
    message = parsed(raw_reply(answered(message_id=message_id, references=references)))
    found = message["In-Reply-To"]
    assert (found.strip() if found else None) == in_reply_to
    assert (message["References"] or "").split() == expected


def test_r38_of_400_references_the_first_and_the_last_are_kept() -> None:
    ids = [f"{number:03}.{'x' * 60}@mail.example.org" for number in range(400)]
    original = answered(references=ids)
    kept = references_of(original)
    assert len(kept) == 20
    assert kept[0] == ids[0]
    assert kept[1:] == [*ids[-18:], "q@example.org"]
    message = parsed(raw_reply(original))
    assert message["References"].split() == [f"<{one}>" for one in kept]


def test_r31_an_id_as_long_as_a_line_stays_itself() -> None:
    long = "x" * 970 + "@example.org"
    raw = raw_reply(answered(message_id=long))
    assert parsed(raw)["In-Reply-To"].strip() == f"<{long}>"
    read = parse_mail(raw)
    assert (read.in_reply_to, read.references) == (long, (long,))


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Refund", "Re: Refund"),
        ("Re: Refund", "Re: Refund"),
        ("RE: re:Re : Refund", "Re: Refund"),
        ("AW: Antw: Rückfrage", "Re: Rückfrage"),
        ("Re[2]: Refund", "Re: Refund"),
        ("Result: Refund", "Re: Result: Refund"),
        ("", "Re:"),
        ("Hello\r\nBcc: eve@example.com", "Re: Hello Bcc: eve@example.com"),
    ],
)
def test_the_subject_says_re_once(subject: str, expected: str) -> None:
    assert reply_subject(subject) == expected
    assert parsed(raw_reply(answered(subject=subject)))["Subject"] == expected


def test_the_original_is_quoted_below_the_answer() -> None:
    message = parsed(raw_reply(answered(), "It is coming.\n\nGrace"))
    assert message.get_content().replace("\r\n", "\n") == (
        "It is coming.\n\nGrace\n\n"
        "On 2026-01-05 09:00 UTC, Ada Byron <ada@example.org> wrote:\n"
        "> Where is it?\n>> I asked before\n"
    )
    assert parse_mail(raw_reply(answered(), "It is coming.")).reply_text == "It is coming."


def test_text_in_any_script_arrives_as_it_was_written() -> None:
    text = "Grüße, 你好 🙂\n" + "long " * 400
    message = parsed(raw_reply(answered(subject="Žádost 🙂", text="—"), text))
    assert message.get_content().replace("\r\n", "\n").startswith(text.strip())
    assert message["Subject"] == "Re: Žádost 🙂"


texts = st.text(
    st.characters(codec=None, exclude_categories=()) | st.sampled_from("\r\n\t\x00,;:<>@\"'\\"),
    max_size=120,
)


@given(subject=texts, name=texts, own=texts, text=texts, quoted=texts, reference=texts)
@example("a\r\nBcc: e@x", "a\r\nBcc: e@x", "a\nTo: e@x", ".\r\n.\r\n", "\r\n.\r\n", "a\r\nX: y")
@example("\ud800", "\ud800", "\ud800", "\ud800", "\ud800", "\ud800")
def test_s31_nothing_from_outside_adds_a_header_or_a_recipient(
    subject: str, name: str, own: str, text: str, quoted: str, reference: str
) -> None:
    original = answered(
        subject=subject,
        author=Mailbox(name, "ada@example.org"),
        text=quoted,
        references=(reference,),
        message_id=reference,
    )
    message = parsed(
        raw_reply(
            original,
            f"x{text}",
            sender=Mailbox(own, "support@lodge.test"),
            recipients=[Mailbox(name, "ada@example.org")],
        )
    )
    assert [one.addr_spec for one in message["To"].addresses] == ["ada@example.org"]
    assert [one.addr_spec for one in message["From"].addresses] == ["support@lodge.test"]


@given(texts)
@example("ada@example.org, eve@example.org")
@example("ada@example.org\r\nBcc: eve@example.org")
@example('"a b"@example.org')
@example("a@" + "b" * 300)
def test_s31_an_address_is_one_address_or_refused(address: str) -> None:
    found = usable(Mailbox("", address))
    if found is None:
        return
    message = parsed(raw_reply(answered(), recipients=[found]))
    assert [one.addr_spec for one in message["To"].addresses] == [found.address]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ada@example.org", "ada@example.org"),
        (" Ada@Example.ORG ", "Ada@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("grüße@example.org", None),
        ("ada", None),
        ("@example.org", None),
        ("ada@", None),
        ("ada@.org", None),
        ("a b@example.org", None),
        ("", None),
    ],
)
def test_addresses_are_made_usable_or_refused(address: str, expected: str | None) -> None:
    found = usable(Mailbox("", address))
    assert (found.address if found else None) == expected


def inbound(*reply_to: str, author: str = "ada@example.org") -> Inbound:
    """A mail with these Reply-To addresses."""
    original = answered(author=Mailbox("Ada", author))
    return Inbound(1, 1, 1, original, tuple(Mailbox("", one) for one in reply_to))


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        (inbound(), ["ada@example.org"]),
        (inbound("desk@example.org"), ["desk@example.org"]),
        (inbound("desk@example.org", "boss@example.org"), ["desk@example.org", "boss@example.org"]),
        (inbound("desk@example.org", "Desk@Example.org"), ["Desk@example.org"]),
        (inbound("not an address"), ["ada@example.org"]),
        (inbound("Support@lodge.test"), ["ada@example.org"]),
    ],
)
def test_a_reply_goes_to_reply_to_or_the_author_and_never_to_ourselves(
    mail: Inbound, expected: list[str]
) -> None:
    sender = SenderAlias(SUPPORT, frozenset({"support@lodge.test"}))
    assert [one.address for one in recipients_of(mail, sender)] == expected


def test_r41_a_mail_that_names_only_ourselves_cannot_be_answered() -> None:
    sender = SenderAlias(SUPPORT, frozenset({"support@lodge.test"}))
    with pytest.raises(RefusedError, match=r"'support@lodge\.test'"):
        recipients_of(inbound(author="support@lodge.test"), sender)
