"""The retriever against a real Dovecot, on both engines."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from fixtures.mail_house import NINE, SUPPORT, Letter, MailHouse
from fixtures.servers import MailServers
from lodge_core.mail.aliases import AliasInForce, open_source
from lodge_core.mail.balance import balances
from lodge_core.mail.retrieve import retrieve
from lodge_core.mail.retriever import MailRetriever, retrieve_once
from lodge_core.mail.sources.imap import ImapSource
from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import LodgeError, SetUpError, TryAgainError
from lodge_platform.events.rebuild import differences
from lodge_platform.schema.master import Alias
from lodge_platform.vocabulary import AfterStored, Encryption, SourceKind

Change = Callable[..., AliasInForce]


@pytest.fixture
def mailbox(house: MailHouse, dovecot: MailServers, monkeypatch: pytest.MonkeyPatch) -> MailServers:
    """An empty mailbox at Dovecot, which the alias support@lodge.test reads."""
    dovecot.empty(SUPPORT)
    monkeypatch.setenv("LODGE_SECRET_SUPPORT_IMAP", dovecot.passwords[SUPPORT])
    change(
        house,
        source_kind=SourceKind.IMAP,
        source_host=dovecot.host,
        source_port=dovecot.imap_port,
        source_encryption=Encryption.NONE,
        source_sign_in_name="support",
        source_secret_name="support_imap",
    )
    return dovecot


def change(house: MailHouse, address: str = SUPPORT, **columns: Any) -> AliasInForce:
    with change_configuration(house.lodge.stores.master, by="test", now=NINE) as session:
        row = session.query(Alias).filter_by(address=address).one()
        for name, value in columns.items():
            setattr(row, name, value)
    return house.alias(address)


def outcomes(house: MailHouse) -> dict[str, int]:
    return dict(house.rows("select outcome, count(*) from mail_ledger group by outcome"))


def numbered(letter: Letter, count: int) -> list[bytes]:
    return [letter(Message_ID=f"<{n}@example.org>", Subject=f"Order {n}") for n in range(count)]


def assert_whole(house: MailHouse) -> None:
    with house.lodge.stores.active.read() as connection:
        assert list(differences(connection)) == []
    [balance] = balances(house.lodge, is_source_asked=True)
    assert (balance.difference, balance.unseen_at_source) == (0, 0)


def test_r03_r23_every_mail_is_fetched_once_whoever_has_seen_it(
    house: MailHouse, mailbox: MailServers, letter: Letter
) -> None:
    mailbox.deliver(SUPPORT, numbered(letter, 205))
    with mailbox.sign_in(SUPPORT) as other:
        other.select_folder("INBOX")
        other.add_flags(other.search("ALL")[:100], [b"\\Seen"])
    retrieve_once(house.lodge)
    assert outcomes(house) == {"stored": 205}
    retrieve_once(house.lodge)
    assert outcomes(house) == {"stored": 205}
    assert_whole(house)


@pytest.mark.parametrize(
    ("action", "left", "moved"), [("leave", 3, 0), ("seen", 3, 0), ("move", 0, 3), ("delete", 0, 0)]
)
def test_what_is_done_at_the_server_is_what_the_alias_says(
    house: MailHouse, mailbox: MailServers, letter: Letter, action: str, left: int, moved: int
) -> None:
    change(house, after_stored=AfterStored(action))
    mailbox.deliver(SUPPORT, numbered(letter, 3))
    retrieve_once(house.lodge)
    with mailbox.sign_in(SUPPORT) as client:
        assert client.select_folder("INBOX")[b"EXISTS"] == left
        assert client.select_folder("Processed")[b"EXISTS"] == moved
    assert {row[0] for row in house.rows("select server_action from mail_ledger")} == {action}


def test_r18_a_crash_before_the_move_leaves_the_mail_and_the_next_look_moves_it(
    house: MailHouse, mailbox: MailServers, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    alias = change(house, after_stored=AfterStored.MOVE)
    mailbox.deliver(SUPPORT, numbered(letter, 3))

    def cut(*_arguments: object) -> None:
        raise TryAgainError("the line went dead")

    with monkeypatch.context() as patch:
        patch.setattr(ImapSource, "settle", cut)
        source = open_source(alias, house.lodge.settings)
        with pytest.raises(TryAgainError):
            retrieve(house.lodge, alias, source, clock=utc_now)
        source.close()
    assert outcomes(house) == {"stored": 3}
    with mailbox.sign_in(SUPPORT) as client:
        assert client.select_folder("INBOX")[b"EXISTS"] == 3
    retrieve_once(house.lodge)
    assert outcomes(house) == {"stored": 3}
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
    assert outcomes(house) == {"seen": 3}
    retrieve_once(house.lodge)
    assert outcomes(house) == {"stored": 3}


def test_r08_a_renumbered_folder_brings_no_loss_and_no_double(
    house: MailHouse, mailbox: MailServers, letter: Letter
) -> None:
    change(house, folders=["Box"])
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
    assert outcomes(house) == {"stored": 6, "ignored": 4}
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
    assert outcomes(house) == {"stored": 3, "ignored": 1}
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
        if outcomes(house) == {"stored": 3} and "sales@" in troubles:
            break
    retriever.close()
    assert outcomes(house) == {"stored": 3}
    assert "sales@lodge.test: IMAP 127.0.0.1:11143: sign-in as 'sales' refused" in troubles
    assert "dead@lodge.test: IMAP 127.0.0.1:1: connect" in troubles
    assert "LODGE_SECRET_NO_SUCH_SECRET" in troubles
    assert "wrong" not in troubles


def test_s41_a_certificate_that_cannot_be_checked_is_refused_unless_the_alias_says_so(
    house: MailHouse, mailbox: MailServers, letter: Letter
) -> None:
    mailbox.deliver(SUPPORT, numbered(letter, 1))
    for encryption, port in ((Encryption.TLS, 11993), (Encryption.STARTTLS, 11143)):
        change(house, source_encryption=encryption, source_port=port, is_certificate_checked=True)
        [result] = retrieve_once(house.lodge).values()
        assert isinstance(result, SetUpError)
        assert "certificate" in str(result)
        change(house, is_certificate_checked=False)
        [result] = retrieve_once(house.lodge).values()
        assert not isinstance(result, LodgeError)
    assert outcomes(house) == {"stored": 1}


def corpus(shared_data: Path) -> list[tuple[str, bytes]]:
    folder = shared_data / "threading"
    lines = (folder / "cases.jsonl").read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    return [(case["id"], (folder / case["file"]).read_bytes()) for case in cases]


def f1(house: MailHouse, shared_data: Path, tmp_path: Path) -> float:
    rows = house.rows("select message_id, case_id from emails join activities using (activity_id)")
    found = tmp_path / "found.jsonl"
    found.write_text("\n".join(json.dumps({"id": row[0], "case": row[1]}) for row in rows))
    score = subprocess.run(
        [sys.executable, shared_data / "score_other.py", "threading", "--pred", found],
        check=True,
        capture_output=True,
        text=True,
    )
    [result] = json.loads(score.stdout).values()
    assert result["missing"] == 0
    return result["f1"]


@pytest.mark.slow
def test_r35_1400_real_mails_are_retrieved_into_the_right_cases(
    house: MailHouse, mailbox: MailServers, shared_data: Path, tmp_path: Path
) -> None:
    mailbox.deliver(SUPPORT, [_with_end_of_line(mail) for _, mail in corpus(shared_data)])
    retrieve_once(house.lodge)
    assert sum(outcomes(house).values()) == 1400
    assert set(outcomes(house)) <= {"stored", "quarantined"}
    assert f1(house, shared_data, tmp_path) >= 0.999
    before = outcomes(house)
    retrieve_once(house.lodge)
    assert outcomes(house) == before
    assert_whole(house)


@pytest.mark.slow
def test_r35_shuffled_mails_come_into_the_same_cases(
    house: MailHouse, shared_data: Path, tmp_path: Path
) -> None:
    mails = [mail for _, mail in corpus(shared_data)]
    random.Random(7).shuffle(mails)  # noqa: S311 - an order, not a secret
    for start in range(0, len(mails), 350):
        house.take_in(*mails[start : start + 350])
    assert f1(house, shared_data, tmp_path) >= 0.99


@pytest.mark.slow
def test_r14_r15_a_retriever_killed_at_20_instants_loses_and_doubles_nothing(
    house: MailHouse, mailbox: MailServers, shared_data: Path
) -> None:
    change(house, after_stored=AfterStored.MOVE)
    mails = [_with_end_of_line(mail) for _, mail in corpus(shared_data)]
    mailbox.deliver(SUPPORT, mails)
    chance = random.Random(11)  # noqa: S311 - instants, not secrets
    progress: list[int] = []
    for _ in range(20):
        _retrieve_and_kill(house, after_seconds=chance.uniform(0.3, 2.0))
        progress.append(house.one("select count(*) from activities"))
    retrieve_once(house.lodge)
    assert progress == sorted(progress)
    assert sum(outcomes(house).values()) == 1400
    assert set(outcomes(house)) <= {"stored", "quarantined"}
    assert house.one("select count(*) from activities") == outcomes(house)["stored"]
    assert house.one("select count(distinct raw_sha256) from emails") == outcomes(house)["stored"]
    assert_whole(house)
    with mailbox.sign_in(SUPPORT) as client:
        assert client.select_folder("INBOX")[b"EXISTS"] == 0
        assert client.select_folder("Processed")[b"EXISTS"] == 1400


def _retrieve_and_kill(house: MailHouse, *, after_seconds: float) -> None:
    settings = house.lodge.settings
    script = (
        "import sys; from pathlib import Path; from lodge_platform.settings import load; "
        "from lodge_platform.lodge import open_lodge; "
        "from lodge_core.mail.retriever import retrieve_once; "
        "retrieve_once(open_lodge(load(Path(sys.argv[1]), "
        "{'LODGE_MASTER_URL': sys.argv[2], 'LODGE_ACTIVE_URL': sys.argv[3]})))"
    )
    urls = (settings.master_url, settings.active_url)
    process = subprocess.Popen([sys.executable, "-c", script, settings.home, *urls])
    try:
        process.wait(timeout=after_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _with_end_of_line(mail: bytes) -> bytes:
    """LMTP adds an end of line where a file has none."""
    return mail if mail.endswith(b"\n") else mail + b"\n"


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
