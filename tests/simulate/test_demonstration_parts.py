"""The pure parts of the demonstration: hours, oddities, shifts, and the mails it composes."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from lodge_core.mail.parsing import parse_mail
from lodge_core.simulate.chance import seeded
from lodge_core.simulate.correspondence import Correspondence
from lodge_core.simulate.enclosures import document, picture
from lodge_core.simulate.hours import arrivals, midnight_of
from lodge_core.simulate.oddities import Oddity, oddities_of_day
from lodge_core.simulate.shifts import shift

NOW = datetime(2026, 1, 5, 13, tzinfo=UTC)
MIDNIGHT = midnight_of(NOW, 0)


def test_mail_arrives_in_order_with_a_peak_in_the_morning_and_none_after_now() -> None:
    found = arrivals(seeded(1), 2000, midnight=MIDNIGHT, until=NOW)
    assert list(found) == sorted(found)
    assert MIDNIGHT <= found[0] <= found[-1] <= NOW
    hours = Counter(int((instant - MIDNIGHT).total_seconds() // 3600) for instant in found)
    assert hours.most_common(1)[0][0] in (9, 10)


def test_a_day_of_three_hundred_holds_every_oddity() -> None:
    found = Counter(oddities_of_day(seeded(1), 300).values())
    assert set(found) == set(Oddity)
    assert found[Oddity.EMPTY] == 1
    assert sum(found.values()) < 30
    assert oddities_of_day(seeded(1), 5) == {}


def test_breaks_lie_within_the_shift_and_do_not_overlap() -> None:
    for number in range(8):
        planned = shift(seeded(number), number, midnight=MIDNIGHT)
        edges = [
            planned.starts_at,
            *(edge for one in planned.breaks for edge in (one.starts_at, one.ends_at)),
            planned.ends_at,
        ]
        assert edges == sorted(edges)


def test_every_composed_mail_is_read_back_without_a_problem() -> None:
    correspondence = Correspondence(seeded(3), to="support@lodge.test")
    languages: set[str] = set()
    enclosed = written_as_html = 0
    for number in range(250):
        letter = correspondence.next_letter(NOW + timedelta(minutes=number))
        mail = parse_mail(letter.raw)
        assert not mail.problems
        assert mail.from_[0].address == letter.sender
        assert mail.text
        languages.add(letter.sender.rpartition("@")[2])
        enclosed += len(mail.attachments)
        written_as_html += mail.html is not None
    assert len(languages) > 6
    assert enclosed > 10
    assert 50 < written_as_html < 150


@pytest.mark.parametrize(
    ("oddity", "problem"),
    [
        (Oddity.NO_FROM, "no_from"),
        (Oddity.NO_MESSAGE_ID, "no_message_id"),
        (Oddity.NUL_BYTES, "nul_bytes"),
        (Oddity.BROKEN_CHARSET, "unknown_charset"),
    ],
)
def test_each_broken_mail_has_its_fault(oddity: Oddity, problem: str) -> None:
    letter = Correspondence(seeded(3), to="support@lodge.test").next_letter(NOW, oddity)
    assert problem in " ".join(parse_mail(letter.raw).problems)


def test_a_newsletter_is_known_as_one() -> None:
    letter = Correspondence(seeded(3), to="support@lodge.test").next_letter(NOW, Oddity.NEWSLETTER)
    assert parse_mail(letter.raw).auto.kind == "list"


def test_enclosures_are_what_they_say() -> None:
    assert picture(seeded(1)).startswith(b"\x89PNG\r\n")
    assert document("Receipt BL-1").endswith(b"%%EOF\n")
