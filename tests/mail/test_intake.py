"""Mail taken in on both engines: nothing lost, nothing doubled, each in its case."""

import threading
from pathlib import Path
from typing import Any

import pytest

from fixtures.mail_house import NINE, Letter, MailHouse
from lodge_core.mail.importing import import_mail
from lodge_core.mail.retrying import retry
from lodge_platform.errors import RefusedError, TryAgainError


def test_a_mail_becomes_an_activity_with_its_book(house: MailHouse, letter: Letter) -> None:
    house.take_in(letter())
    [activity] = house.rows("select status, subject, media, mode, priority from activities")
    assert tuple(activity) == ("new", "Order 1842", "email", "inbound", 4)
    codes = house.rows("select type_code from activity_events order by event_id")
    assert [row[0] for row in codes] == [
        "customer_created",
        "contact_point_added",
        "case_opened",
        "activity_created",
    ]
    house.assert_whole()


def test_f04_the_header_date_is_kept_apart_from_when_it_came(
    house: MailHouse, letter: Letter
) -> None:
    house.take_in(letter(Date="Tue, 19 Jan 2038 03:14:08 +0000"))
    [row] = house.rows(
        "select occurred_at, source_at from activity_events where type_code = 'activity_created'"
    )
    assert str(row[0]).startswith("2026-01-05 09:00")
    assert str(row[1]).startswith("2038-01-19")


def test_r04_a_mail_that_cannot_be_taken_in_waits_and_the_others_pass(
    house: MailHouse, letter: Letter
) -> None:
    good = [letter(Message_ID=f"<{n}@example.org>") for n in range(4)]
    house.take_in(b"", good[0], b"\r\n", *good[1:], b"")
    assert house.outcomes() == {"quarantined": 3, "stored": 4}
    reasons = house.rows("select distinct reason_code from quarantine")
    assert [row[0] for row in reasons] == ["empty"]
    house.assert_whole()


def test_r04_a_mail_the_store_refuses_goes_to_quarantine_alone(
    house: MailHouse, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lodge_core.mail import storing
    from lodge_platform.errors import MistakeError

    written: Any = storing._email  # pyright: ignore[reportPrivateUsage]

    def refuse_poison(one: Any, *arguments: Any) -> Any:
        if one.message_id.startswith("poison"):
            raise MistakeError("no room for this one")
        return written(one, *arguments)

    monkeypatch.setattr(storing, "_email", refuse_poison)
    house.take_in(*(letter(Message_ID=f"<{n}@example.org>") for n in ("a", "poison", "b")))
    assert house.outcomes() == {"quarantined": 1, "stored": 2}
    assert house.one("select reason_code from quarantine") == "store_failed"

    monkeypatch.undo()
    assert retry(house.lodge, house.one("select quarantine_id from quarantine"), now=NINE).stored
    assert house.outcomes() == {"stored": 3}
    assert house.one("select status from quarantine") == "taken_in"
    house.assert_whole()


def test_r04_a_fault_of_the_parser_costs_one_mail_its_place_and_no_mail_its_bytes(
    house: MailHouse, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lodge_core.mail.parsing import parse

    whole: Any = parse._parse  # pyright: ignore[reportPrivateUsage]

    def stumble(raw: bytes, *arguments: Any) -> Any:
        if b"stumble" in raw:
            raise ZeroDivisionError
        return whole(raw, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(parse, "_parse", stumble)
        house.take_in(letter(), letter("stumble", Message_ID="<2@x>"))
    assert house.outcomes() == {"quarantined": 1, "stored": 1}
    [row] = house.rows("select reason_code, detail, quarantine_id from quarantine")
    assert (row[0], row[1]) == ("parse_failed", "parser_failed:zerodivisionerror")
    assert retry(house.lodge, row[2], now=NINE).stored == 1


def test_a_quarantined_mail_is_retried_once_only(house: MailHouse) -> None:
    house.take_in(b" ")
    key = house.one("select quarantine_id from quarantine")
    assert retry(house.lodge, key, now=NINE).quarantined == 1
    assert house.one("select attempts from quarantine") == 2
    with pytest.raises(RefusedError, match="no line 99"):
        retry(house.lodge, 99, now=NINE)


def test_r11_mail_without_message_id_is_kept_under_its_hash(
    house: MailHouse, letter: Letter
) -> None:
    house.take_in(letter(Message_ID=None), letter(Message_ID=None, Subject="Another"))
    names = [row[0] for row in house.rows("select message_id from emails")]
    assert len(set(names)) == 2
    assert all(name.endswith("@no-message-id.invalid") for name in names)


@pytest.mark.parametrize("sender", [None, "", "undisclosed", "<>"])
def test_r12_mail_without_a_usable_sender_is_kept(
    house: MailHouse, letter: Letter, sender: str | None
) -> None:
    house.take_in(letter(From=sender))
    assert house.outcomes() == {"stored": 1}
    house.assert_whole()


def test_r12_mail_of_unknown_senders_belongs_to_one_customer_of_that_name(
    house: MailHouse, letter: Letter
) -> None:
    house.take_in(*(letter(From=None, Message_ID=f"<{n}@example.org>") for n in range(3)))
    assert [row[0] for row in house.rows("select name from customers")] == ["Unknown sender"]


def test_r19_one_mail_to_two_aliases_is_an_activity_at_each_in_one_case(
    house: MailHouse, letter: Letter
) -> None:
    house.add_alias("sales@lodge.test")
    house.take_in(letter())
    house.take_in(letter(), address="sales@lodge.test")
    assert house.one("select count(*) from activities") == 2
    assert house.one("select count(distinct case_id) from activities") == 1


def test_r28_the_same_bytes_again_are_not_taken_in_twice(house: MailHouse, letter: Letter) -> None:
    house.take_in(letter(), letter())
    house.take_in(letter())
    assert house.outcomes() == {"stored": 1, "ignored": 2}
    reasons = house.rows("select reason from mail_ledger where outcome = 'ignored'")
    assert all(row[0].startswith("the same bytes are in ledger line") for row in reasons)


def test_r30_two_different_mails_with_one_message_id_are_both_kept(
    house: MailHouse, letter: Letter
) -> None:
    house.take_in(letter("one"), letter("two"))
    assert house.one("select count(*) from emails") == 2
    rules = house.rows("select threading_rule from emails order by email_id")
    assert [row[0] for row in rules] == ["new", "same_message_id"]


def test_r31_message_ids_that_share_a_long_beginning_are_told_apart(
    house: MailHouse, letter: Letter
) -> None:
    long = "x" * 900
    house.take_in(*(letter(Message_ID=f"<{long}{n}@example.org>") for n in range(2)))
    assert house.one("select count(distinct message_id) from emails") == 2


def test_r37_an_answer_to_a_merged_case_goes_where_that_case_went(
    house: MailHouse, letter: Letter
) -> None:
    house.take_in(letter(Message_ID="<a@x>"), letter(Message_ID="<b@x>"))
    house.take_in(letter(Message_ID="<c@x>", References="<a@x> <b@x>"))
    house.take_in(letter(Message_ID="<d@x>", In_Reply_To="<b@x>"))
    cases = house.rows("select distinct case_id from activities")
    assert len(cases) == 1
    merged = house.rows("select status, merged_into_case_id from cases where status = 'merged'")
    assert [row[1] for row in merged] == [cases[0][0]]
    house.assert_whole()


def test_r40_a_colleague_who_answers_does_not_take_over_the_case(
    house: MailHouse, letter: Letter
) -> None:
    house.take_in(letter())
    colleague = letter(
        From="Charles <charles@example.org>",
        Message_ID="<2@example.org>",
        In_Reply_To="<1842@example.org>",
    )
    house.take_in(colleague)
    [case] = house.rows(
        "select c.name from cases join customers c on c.customer_id = cases.customer_id"
    )
    assert case[0] == "Ada Byron"
    assert house.one("select count(distinct customer_id) from activities") == 2


def test_r52_nul_bytes_and_broken_charsets_are_taken_in(house: MailHouse, letter: Letter) -> None:
    nul = letter("before \x00 after", Subject="nul\x00subject")
    broken = letter(Message_ID="<2@x>", Content_Type="text/plain; charset=x-no-such-thing")
    house.take_in(nul, broken + b"\xff\xfe\x00")
    assert house.outcomes() == {"stored": 2}
    assert all("\x00" not in row[0] for row in house.rows("select text_body from emails"))
    house.assert_whole()


def test_a_closed_case_is_reopened_by_new_mail(house: MailHouse, letter: Letter) -> None:
    from lodge_core.cases import close_if_done
    from lodge_platform.events import Recorder
    from lodge_platform.events.catalogue import ActivityCompleted

    house.take_in(letter())
    with house.lodge.stores.active.write() as connection:
        recorder = Recorder(connection, now=NINE, configuration_version_id=1)
        recorder.record(ActivityCompleted(), 1, activity_id=1, case_id=1)
        recorder.flush()
        assert close_if_done(recorder, 1)
        recorder.flush()
    assert house.one("select status from cases") == "closed"
    house.take_in(letter(Message_ID="<2@x>", In_Reply_To="<1842@example.org>"))
    assert tuple(house.rows("select status, reopened_count from cases")[0]) == ("open", 1)
    house.assert_whole()


def test_r20_when_the_file_server_fails_nothing_is_half_taken_in(
    house: MailHouse, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lodge_platform.files import FileServer

    def full(self: FileServer, path: str, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(FileServer, "_write", full)
        with pytest.raises(TryAgainError, match="No space left"):
            house.take_in(letter())
    assert house.outcomes() == {"seen": 1}
    assert house.one("select count(*) from activities") == 0

    folder = house.folder / "import-1"
    import_mail(house.lodge, house.alias(), folder, clock=lambda: NINE)
    assert house.outcomes() == {"stored": 1}


def test_r29_r34_many_at_once_make_one_customer_and_no_double(
    house: MailHouse, letter: Letter
) -> None:
    mails = [letter(Message_ID=f"<{n}@example.org>") for n in range(20)]
    folder = house.folder / "shared"
    folder.mkdir()
    for number, mail in enumerate(mails):
        (folder / f"{number:02}.eml").write_bytes(mail)
    errors: list[Exception] = []

    def fetch() -> None:
        try:
            import_mail(house.lodge, house.alias(), folder, clock=lambda: NINE)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert house.outcomes() == {"stored": 20}
    assert house.one("select count(*) from activities") == 20
    assert house.one("select count(*) from customers") == 1
    house.assert_whole()


def test_an_import_of_an_mbox_takes_in_each_message_once(
    house: MailHouse, letter: Letter, tmp_path: Path
) -> None:
    box = tmp_path / "old.mbox"
    mails = [letter(Message_ID=f"<{n}@example.org>") for n in range(3)]
    box.write_bytes(b"".join(b"From ada Mon Jan  5 09:00:00 2026\n" + m + b"\n\n" for m in mails))
    for expected in (3, 0):
        brought = import_mail(house.lodge, house.alias(), box, clock=lambda: NINE)
        assert brought.taken_in.stored == expected
    with pytest.raises(RefusedError, match="does not exist"):
        import_mail(house.lodge, house.alias(), tmp_path / "none", clock=lambda: NINE)
