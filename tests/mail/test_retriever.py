"""The retriever against a real Dovecot, on both engines."""

from collections.abc import Sequence
from typing import Any

import pytest
from imapclient import IMAPClient

from fixtures.mail_house import SUPPORT, Letter, MailHouse
from fixtures.servers import MailServers
from lodge_core.mail.aliases import open_source
from lodge_core.mail.retrieve import retrieve
from lodge_core.mail.retriever import MailRetriever, retrieve_once
from lodge_core.mail.sources.imap import ImapSource
from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError, SetUpError, TryAgainError
from lodge_platform.vocabulary import AfterStored, Encryption, SourceKind


def numbered(letter: Letter, count: int) -> list[bytes]:
    return [letter(Message_ID=f"<{n}@example.org>", Subject=f"Order {n}") for n in range(count)]


def test_r03_r23_every_mail_is_fetched_once_whoever_has_seen_it(
    house: MailHouse, mailbox: MailServers, letter: Letter
) -> None:
    mailbox.deliver(SUPPORT, numbered(letter, 205))
    with mailbox.sign_in(SUPPORT) as other:
        other.select_folder("INBOX")
        other.add_flags(other.search("ALL")[:100], [b"\\Seen"])
    retrieve_once(house.lodge)
    assert house.outcomes() == {"stored": 205}
    retrieve_once(house.lodge)
    assert house.outcomes() == {"stored": 205}
    house.assert_whole(is_source_asked=True)


@pytest.mark.parametrize(
    ("action", "left", "moved"), [("leave", 3, 0), ("seen", 3, 0), ("move", 0, 3), ("delete", 0, 0)]
)
def test_what_is_done_at_the_server_is_what_the_alias_says(
    house: MailHouse, mailbox: MailServers, letter: Letter, action: str, left: int, moved: int
) -> None:
    house.change_alias(after_stored=AfterStored(action))
    mailbox.deliver(SUPPORT, numbered(letter, 3))
    retrieve_once(house.lodge)
    with mailbox.sign_in(SUPPORT) as client:
        assert client.select_folder("INBOX")[b"EXISTS"] == left
        assert client.select_folder("Processed")[b"EXISTS"] == moved
    assert {row[0] for row in house.rows("select server_action from mail_ledger")} == {action}


def test_r18_a_crash_before_the_move_leaves_the_mail_and_the_next_look_moves_it(
    house: MailHouse, mailbox: MailServers, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    alias = house.change_alias(after_stored=AfterStored.MOVE)
    mailbox.deliver(SUPPORT, numbered(letter, 3))

    def cut(*_arguments: object) -> None:
        raise TryAgainError("the line went dead")

    with monkeypatch.context() as patch:
        patch.setattr(ImapSource, "settle", cut)
        source = open_source(alias, house.lodge.settings)
        with pytest.raises(TryAgainError):
            retrieve(house.lodge, alias, source, clock=utc_now)
        source.close()
    assert house.outcomes() == {"stored": 3}
    with mailbox.sign_in(SUPPORT) as client:
        assert client.select_folder("INBOX")[b"EXISTS"] == 3
    retrieve_once(house.lodge)
    assert house.outcomes() == {"stored": 3}
    with mailbox.sign_in(SUPPORT) as client:
        assert client.select_folder("INBOX")[b"EXISTS"] == 0


def test_r07_a_line_cut_while_fetching_is_no_empty_mailbox(
    house: MailHouse, mailbox: MailServers, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.deliver(SUPPORT, numbered(letter, 3))
    fetch = IMAPClient.fetch

    def cut(self: IMAPClient, messages: Any, data: Any, modifiers: Any = None) -> Any:
        if "BODY.PEEK[]" in data:
            raise OSError("connection reset by peer")
        return fetch(self, messages, data, modifiers)

    with monkeypatch.context() as patch:
        patch.setattr(IMAPClient, "fetch", cut)
        [result] = retrieve_once(house.lodge).values()
        assert isinstance(result, TryAgainError)
        assert "connection reset" in str(result)
    assert house.outcomes() == {"seen": 3}
    retrieve_once(house.lodge)
    assert house.outcomes() == {"stored": 3}


def test_r08_a_renumbered_folder_brings_no_loss_and_no_double(
    house: MailHouse, mailbox: MailServers, letter: Letter
) -> None:
    house.change_alias(folders=["Box"])
    mails = numbered(letter, 6)
    with mailbox.sign_in(SUPPORT) as client:
        for stage in (mails[:4], mails):
            if client.folder_exists("Box"):
                client.delete_folder("Box")
            client.create_folder("Box")
            for mail in stage:
                client.append("Box", mail)
            retrieve_once(house.lodge)
        client.delete_folder("Box")
    assert house.outcomes() == {"stored": 6, "ignored": 4}
    assert house.one("select count(*) from activities") == 6


def test_r116_a_mail_expunged_by_another_before_it_is_fetched_is_noted_as_gone(
    house: MailHouse, mailbox: MailServers, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.deliver(SUPPORT, numbered(letter, 4))
    listed = ImapSource.list_uids

    def expunge_one(self: ImapSource, after: str | None) -> list[str]:
        uids = listed(self, after)
        with mailbox.sign_in(SUPPORT) as other:
            other.select_folder("INBOX")
            other.delete_messages([int(uids[1])])
            other.expunge()
        return uids

    with monkeypatch.context() as patch:
        patch.setattr(ImapSource, "list_uids", expunge_one)
        retrieve_once(house.lodge)
    assert house.outcomes() == {"stored": 3, "ignored": 1}
    subjects = [row[0] for row in house.rows("select subject from emails order by email_id")]
    assert subjects == ["Order 0", "Order 2", "Order 3"]


def test_r05_one_bad_mailbox_does_not_stop_the_others(
    house: MailHouse, mailbox: MailServers, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap = {
        "source_kind": SourceKind.IMAP,
        "source_host": mailbox.host,
        "source_port": mailbox.imap_port,
        "source_encryption": Encryption.NONE,
        "source_sign_in_name": "sales",
        "source_secret_name": "sales_imap",
    }
    monkeypatch.setenv("LODGE_SECRET_SALES_IMAP", "wrong")
    house.add_alias("sales@lodge.test", **imap)
    house.add_alias("dead@lodge.test", **(imap | {"source_port": 1}))
    house.add_alias("nameless@lodge.test", **(imap | {"source_secret_name": "no_such_secret"}))
    mailbox.deliver(SUPPORT, numbered(letter, 3))
    retriever = MailRetriever(house.lodge)
    troubles = ""
    for _ in range(40):
        troubles = retriever.tick(utc_now()).trouble or ""
        if house.outcomes() == {"stored": 3} and "sales@" in troubles:
            break
    retriever.close()
    assert house.outcomes() == {"stored": 3}
    assert "sales@lodge.test: IMAP 127.0.0.1:11143: sign-in as 'sales' refused" in troubles
    assert "dead@lodge.test: IMAP 127.0.0.1:1: connect" in troubles
    assert "LODGE_SECRET_NO_SUCH_SECRET" in troubles
    assert "wrong" not in troubles


def test_s41_a_certificate_that_cannot_be_checked_is_refused_unless_the_alias_says_so(
    house: MailHouse, mailbox: MailServers, letter: Letter
) -> None:
    mailbox.deliver(SUPPORT, numbered(letter, 1))
    for encryption, port in ((Encryption.TLS, 11993), (Encryption.STARTTLS, 11143)):
        house.change_alias(
            source_encryption=encryption, source_port=port, is_certificate_checked=True
        )
        [result] = retrieve_once(house.lodge).values()
        assert isinstance(result, SetUpError)
        assert "certificate" in str(result)
        house.change_alias(is_certificate_checked=False)
        [result] = retrieve_once(house.lodge).values()
        assert not isinstance(result, LodgeError)
    assert house.outcomes() == {"stored": 1}


def test_lists_of_uids_are_asked_for_after_the_last_known(
    house: MailHouse, mailbox: MailServers, letter: Letter
) -> None:
    mailbox.deliver(SUPPORT, numbered(letter, 2))
    source = open_source(house.alias(), house.lodge.settings)
    source.open_folder("INBOX")
    uids: Sequence[str] = source.list_uids(None)
    assert len(uids) == 2
    assert source.list_uids(uids[0]) == [uids[1]]
    assert source.list_uids(uids[1]) == []
    source.close()
