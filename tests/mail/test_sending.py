"""Mail is sent once, and how that ended is what the sending server said."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import insert, text

from fixtures.mail_house import NINE, Letter, MailHouse
from lodge_core.mail import dispatcher
from lodge_core.mail.outgoing import EMAIL_SEND, OutgoingMail, to_payload
from lodge_core.mail.smtp import SendOutcome, SmtpAccess, send
from lodge_platform.configuration import change_configuration
from lodge_platform.events.rebuild import differences
from lodge_platform.messaging import outbox
from lodge_platform.schema.active import Email, OutboxMessage
from lodge_platform.schema.master import Alias
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import Encryption, Mode, OutboxStatus

RAW = b"From: support@lodge.test\r\nTo: ada@example.org\r\nSubject: Hello\r\n\r\n.\r\nline\r\n"


class Postbox:
    """A real SMTP server in this process; `answer` is what it says to the text of a mail."""

    def __init__(self, answer: str = "250 2.0.0 Ok: queued as 4F") -> None:
        self.answer = answer
        self.taken: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("2"):
            self.taken.append(envelope)
        return self.answer

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 Ok"


@contextmanager
def serving(postbox: Postbox) -> Generator[SmtpAccess]:
    controller = Controller(postbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield SmtpAccess("127.0.0.1", controller.port, Encryption.NONE, timeout_seconds=5)
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def cutting_after_the_text() -> Generator[SmtpAccess]:
    """A server that takes the whole text and then drops the line without a word."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as stream:
            for answer in (b"220 here", b"250 here", b"250 ok", b"250 ok", b"354 go"):
                stream.write(answer + b"\r\n")
                stream.flush()
                stream.readline()
            while stream.readline().strip() != b".":
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield SmtpAccess("127.0.0.1", listener.getsockname()[1], Encryption.NONE, timeout_seconds=5)
    thread.join(timeout=5)
    listener.close()


def test_r58_what_arrives_is_what_was_sent_byte_for_byte() -> None:
    with serving(postbox := Postbox()) as access:
        result = send(access, "", "support@lodge.test", ["ada@example.org"], RAW)
    assert (result.outcome, result.reply) == (SendOutcome.SENT, "250 2.0.0 Ok: queued as 4F")
    [envelope] = postbox.taken
    assert envelope.content == RAW
    assert (envelope.mail_from, envelope.rcpt_tos) == ("support@lodge.test", ["ada@example.org"])


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("451 4.3.0 later", SendOutcome.TRY_AGAIN), ("554 5.7.1 spam", SendOutcome.FAILED)],
)
def test_r74_the_outcome_is_what_the_server_said(answer: str, outcome: SendOutcome) -> None:
    with serving(Postbox(answer)) as access:
        result = send(access, "", "support@lodge.test", ["ada@example.org"], RAW)
    assert (result.outcome, result.reply) == (outcome, answer)


def test_r74_a_recipient_refused_means_that_nobody_gets_it() -> None:
    with serving(postbox := Postbox()) as access:
        recipients = ["ada@example.org", "nobody@example.org"]
        result = send(access, "", "support@lodge.test", recipients, RAW)
    assert (result.outcome, result.reply) == (SendOutcome.FAILED, "550 5.1.1 no such user")
    assert postbox.taken == []


def test_r32_a_line_cut_after_the_text_leaves_the_end_unknown() -> None:
    with cutting_after_the_text() as access:
        result = send(access, "", "support@lodge.test", ["ada@example.org"], RAW)
    assert result.outcome is SendOutcome.UNKNOWN


def test_a_server_that_is_away_is_tried_again() -> None:
    access = SmtpAccess("127.0.0.1", free_port(), Encryption.NONE)
    result = send(access, "", "support@lodge.test", ["ada@example.org"], RAW)
    assert result.outcome is SendOutcome.TRY_AGAIN
    assert "Connection refused" in result.reply


def test_s41_a_server_without_starttls_gets_neither_password_nor_mail() -> None:
    with serving(postbox := Postbox()) as plain:
        access = SmtpAccess(plain.host, plain.port, Encryption.STARTTLS, "support")
        result = send(access, "hidden", "support@lodge.test", ["ada@example.org"], RAW)
    assert result.outcome is SendOutcome.TRY_AGAIN
    assert "STARTTLS" in result.reply
    assert postbox.taken == []


Answer = Callable[[], int]


@pytest.fixture
def answer(house: MailHouse, letter: Letter) -> Answer:
    """Each call puts one answer to a customer's mail into the outbox; gives its key."""
    house.take_in(letter())

    def write() -> int:
        with house.lodge.stores.active.write() as connection:
            [email_id] = allocate(connection, "emails")
            [outbox_id] = allocate(connection, "outbox")
            name = f"answer-{email_id}@lodge.test"
            sha256 = house.lodge.files.put(RAW)
            mail = OutgoingMail(
                house.alias().alias_id, "support@lodge.test", ["ada@example.org"], sha256, name
            )
            connection.execute(insert(Email), [_row(email_id, name, sha256)])
            connection.execute(
                insert(OutboxMessage).values(
                    outbox_id=outbox_id,
                    topic=EMAIL_SEND,
                    department_id=house.department_id,
                    activity_id=1,
                    object_id=email_id,
                    payload=to_payload(mail),
                    status=OutboxStatus.WAITING,
                    attempts=0,
                    created_at=NINE,
                    due_at=NINE,
                )
            )
            return outbox_id

    def _row(email_id: int, name: str, sha256: str) -> dict[str, Any]:
        return {
            "email_id": email_id,
            "activity_id": 1,
            "department_id": house.department_id,
            "alias_id": house.alias().alias_id,
            "message_id": name,
            "direction": Mode.OUTBOUND,
            "subject": "Re: Order 1842",
            "from_address": "support@lodge.test",
            "from_name": "",
            "automatic_kind": "none",
            "problems": [],
            "parser_version": 1,
            "raw_sha256": sha256,
            "size_bytes": len(RAW),
            "threading_rule": "answer",
            "stored_at": NINE,
        }

    return write


def point_at(house: MailHouse, access: SmtpAccess) -> None:
    with change_configuration(house.lodge.stores.master, by="test", now=NINE) as session:
        row = session.query(Alias).one()
        row.smtp_host, row.smtp_port = access.host, access.port
        row.smtp_encryption = access.encryption


def statuses(house: MailHouse) -> list[str]:
    return [row[0] for row in house.rows("select status from outbox order by outbox_id")]


def test_the_dispatcher_sends_what_waits_and_writes_it_in_the_book(
    house: MailHouse, answer: Answer
) -> None:
    for _ in range(3):
        answer()
    with serving(postbox := Postbox()) as access:
        point_at(house, access)
        assert dispatcher.tick(house.lodge, NINE).sent == 3
        assert dispatcher.tick(house.lodge, NINE).claimed == 0
    assert len(postbox.taken) == 3
    assert statuses(house) == ["sent"] * 3
    sent = house.rows("select sent_at from emails where direction = 'outbound'")
    assert all(str(row[0]).startswith("2026-01-05 09:00") for row in sent)
    assert house.one("select count(*) from activity_events where type_code = 'email_sent'") == 3
    replies = house.rows("select distinct reply from delivery_attempts")
    assert [row[0] for row in replies] == ["250 2.0.0 Ok: queued as 4F"]
    with house.lodge.stores.active.read() as connection:
        assert list(differences(connection)) == []


def test_r76_a_server_that_is_away_shows_at_once_and_is_asked_once_a_round(
    house: MailHouse, answer: Answer
) -> None:
    for _ in range(3):
        answer()
    point_at(house, SmtpAccess("127.0.0.1", free_port(), Encryption.NONE))
    done = dispatcher.tick(house.lodge, NINE)
    [trouble] = done.troubles
    assert trouble.startswith("support@lodge.test: SMTP 127.0.0.1:")
    assert statuses(house) == ["waiting"] * 3
    with serving(postbox := Postbox()) as access:
        point_at(house, access)
        assert dispatcher.tick(house.lodge, NINE + timedelta(seconds=30)).claimed == 0
        assert dispatcher.tick(house.lodge, NINE + timedelta(minutes=5)).sent == 3
    assert len(postbox.taken) == 3


def test_r32_what_was_perhaps_sent_is_never_sent_again(house: MailHouse, answer: Answer) -> None:
    answer()
    with cutting_after_the_text() as access:
        point_at(house, access)
        dispatcher.tick(house.lodge, NINE)
    assert statuses(house) == ["unknown"]
    with serving(postbox := Postbox()) as access:
        point_at(house, access)
        dispatcher.tick(house.lodge, NINE + timedelta(days=2))
    assert postbox.taken == []
    [row] = house.rows(
        "select payload from activity_events where type_code = 'email_sending_stopped'"
    )
    assert "unknown" in str(row[0])


def test_r32_r79_a_dispatcher_killed_while_sending_leaves_its_mail_unknown(
    house: MailHouse, answer: Answer
) -> None:
    begun, _claimed_only = answer(), answer()
    with house.lodge.stores.active.write() as connection:
        outbox.claim(connection, EMAIL_SEND, limit=2, by="dead", now=NINE, begins_later=True)
        outbox.begin(connection, [begun], by="dead")
    with serving(postbox := Postbox()) as access:
        point_at(house, access)
        dispatcher.tick(house.lodge, NINE + timedelta(hours=1))
    assert statuses(house) == ["unknown", "sent"]
    assert len(postbox.taken) == 1


def test_r78_a_retry_sends_the_bytes_that_were_decided_first(
    house: MailHouse, answer: Answer
) -> None:
    answer()
    with serving(Postbox("451 later")) as access:
        point_at(house, access)
        dispatcher.tick(house.lodge, NINE)
    with house.lodge.stores.active.write() as connection:
        connection.execute(text("update emails set subject = 'changed since'"))
    with serving(postbox := Postbox()) as access:
        point_at(house, access)
        dispatcher.tick(house.lodge, NINE + timedelta(hours=1))
    assert [envelope.content for envelope in postbox.taken] == [RAW]
    assert house.one("select attempts from outbox") == 2


def test_r75_a_mail_whose_bytes_are_lost_is_not_sent_blank(
    house: MailHouse, answer: Answer
) -> None:
    answer()
    kept = house.one("select raw_sha256 from emails where direction = 'outbound'")
    (house.lodge.settings.home / "files" / kept[:2] / kept).unlink()
    with serving(postbox := Postbox()) as access:
        point_at(house, access)
        assert dispatcher.tick(house.lodge, NINE).troubles
    assert postbox.taken == []
    assert statuses(house) == ["waiting"]
