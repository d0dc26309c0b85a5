"""Data health about data links: how each is, and its last day counted by hand."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from dashboards.linked_day import FAULT
from dashboards.looking import look, said
from dashboards.small_day import NOON, Day
from lodge_dashboards.words import NOTHING, short_duration
from lodge_platform.schema.master import Role, RoleAction

# one worker for all: publishing the day takes longest
pytestmark = pytest.mark.xdist_group("dashboards")
PAGE = "data-health"


def shown(day: Day, name: str) -> dict[str, dict[str, Any]]:
    drawn = look(day.lodge, token=day.token(name), now=NOON, page=PAGE)
    assert not drawn.exception
    table = next(frame.value for frame in drawn.dataframe if "link" in frame.value)
    return {row["link"]: row for row in table.to_dict("records")}


def test_each_link_has_its_state_and_since_when(linked: Day) -> None:
    rows = shown(linked, "ada")
    assert list(rows) == [
        *("orders", "prices", "typo"),  # what is wrong comes first
        *("customer_lookup", "never_asked", "old_prices"),
    ]
    assert {link: (row["state"], row["since"]) for link, row in rows.items()} == {
        "customer_lookup": ("answers", NOTHING),
        "never_asked": ("not asked yet", NOTHING),
        "old_prices": ("switched off", NOTHING),
        "orders": ("failing", "5 Jan 2026 11:00"),
        "prices": ("contract broken", "5 Jan 2026 11:30"),
        "typo": ("file faulty", "5 Jan 2026 08:00"),
    }


def test_calls_errors_and_the_slowest_of_the_last_day_are_those_of_ones_departments(
    linked: Day,
) -> None:
    counted = {
        link: (row["calls"], row["errors"], row["p95"])
        for link, row in shown(linked, "ada").items()
    }
    assert counted["customer_lookup"] == (20, 1, "190 ms")
    assert counted["orders"] == (3, 2, "2.5 s")  # what was refused is no error of the source
    assert counted["never_asked"] == (0, 0, NOTHING)
    assert shown(linked, "sal")["customer_lookup"]["calls"] == 0


def test_what_is_wrong_is_named_above_the_table(linked: Day) -> None:
    said_of = warning(linked)
    assert said_of.startswith("3 links have a problem:")
    assert "`orders` failing since 5 Jan 2026 11:00: `db:3306 does not answer`" in said_of
    assert f"`typo` file faulty since 5 Jan 2026 08:00: `{FAULT}`" in said_of


def test_the_words_of_a_breach_may_be_content_and_show_to_the_house_alone(linked: Day) -> None:
    assert warning(linked).count("price is no decimal number") == 0
    assert "`prices` contract broken since 5 Jan 2026 11:30" in warning(linked)


def warning(day: Day) -> str:
    drawn = look(day.lodge, token=day.token(), now=NOON, page=PAGE)
    return next(str(one.value) for one in drawn.warning if "problem" in str(one.value))


def test_without_any_link_the_page_says_how_to_begin(day: Day) -> None:
    drawn = look(day.lodge, token=day.token(), now=NOON, page=PAGE)
    assert "There are no data links. `lodge link new` starts one" in said(drawn)


def test_without_the_right_the_page_says_which_one_is_missing(linked: Day) -> None:
    with linked.lodge.stores.master.write() as connection:
        role = select(Role.role_id).where(Role.name == "supervisor").scalar_subquery()
        held = (RoleAction.role_id == role) & (RoleAction.action == "link.read")
        kept = connection.execute(select(RoleAction.__table__).where(held)).mappings().one()
        connection.execute(RoleAction.__table__.delete().where(held))
    try:
        drawn = look(linked.lodge, token=linked.token(), now=NOON, page=PAGE)
        assert "Seeing data links needs the right `link.read`" in said(drawn)
        assert not any("link" in frame.value for frame in drawn.dataframe)
    finally:
        with linked.lodge.stores.master.write() as connection:
            connection.execute(insert(RoleAction.__table__).values(dict(kept)))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, NOTHING), (0.0849, "85 ms"), (1.44, "1.4 s"), (59.9, "59.9 s"), (90, "1 min 30 s")],
)
def test_short_lengths_of_time_are_said_in_milliseconds(seconds: float | None, words: str) -> None:
    assert short_duration(seconds) == words
