"""A reply written at the desk, sent by the dispatcher, as it lies in the customer's mailbox."""

import time
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest

from fixtures.servers import MailServers
from fixtures.workplace import Workplace, at
from lodge_core.agents import desk
from lodge_core.mail import dispatcher
from lodge_platform.configuration import change_configuration
from lodge_platform.schema.master import Alias

CUSTOMER = "customer@lodge.test"


@pytest.fixture
def sending(workplace: Workplace, postfix: MailServers) -> Workplace:
    """The workplace with an agent, its alias sending by Postfix, the customer's mailbox empty."""
    with change_configuration(workplace.lodge.stores.master, by="test", now=at(0)) as session:
        alias = session.get_one(Alias, workplace.alias_id)
        alias.smtp_host, alias.smtp_port = postfix.host, postfix.smtp_port
    workplace.agent("grace", "Everybody")
    workplace.ready("grace")
    postfix.empty(CUSTOMER)
    return workplace


def test_r42_the_reply_lies_in_the_customers_mailbox_in_its_thread(
    sending: Workplace, postfix: MailServers
) -> None:
    long = "y" * 200 + "@mail.example.org"
    activity_id = sending.queued(
        from_address=CUSTOMER,
        from_name="Žofie, the customer",
        subject="Wo ist meine Rückzahlung für Bestellung 1842? " * 4,
        message_id="question@customer.test",
        references=[long, "second@customer.test"],
    )
    grace = sending.agents["grace"]
    desk.pick(sending.lodge, activity_id, agent_id=grace, now=at(1))
    desk.reply(sending.lodge, activity_id, agent_id=grace, text=".\nGrüße 🙂", now=at(2))
    assert dispatcher.tick(sending.lodge, at(3)).sent == 1

    message = arrived(postfix)
    assert message["In-Reply-To"].strip() == "<question@customer.test>"
    assert message["References"].split() == [
        f"<{long}>",
        "<second@customer.test>",
        "<question@customer.test>",
    ]
    assert "customer@lodge.test" in message["To"]
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().replace("\r\n", "\n").startswith(".\nGrüße 🙂\n\nOn 2026-01-05")


def arrived(servers: MailServers) -> Message:
    """The one message in the customer's inbox, once it is there."""
    with servers.sign_in(CUSTOMER) as imap:
        for _ in range(100):
            imap.select_folder("INBOX", readonly=True)
            if found := imap.search():
                [fetched] = imap.fetch(found, ["RFC822"]).values()
                raw: Any = fetched[b"RFC822"]
                return message_from_bytes(raw)
            time.sleep(0.1)
    raise AssertionError("nothing arrived in ten seconds")
