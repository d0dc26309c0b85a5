"""People of a workplace, for tests of who may do what."""

from datetime import UTC, datetime

from fixtures.workplace import Workplace
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import SignedIn, create_user, seed_roles, sign_in, who_is
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import Department

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
PASSWORD = "correct horse"
HOME = "192.0.2.1"


def with_roles(place: Workplace) -> Lodge:
    """The workplace's Lodge, with the default roles."""
    with change_configuration(place.lodge.stores.master, by="test", now=NINE) as session:
        seed_roles(session)
    return place.lodge


def person(lodge: Lodge, name: str, *roles: str, department_id: int) -> int:
    """Somebody with these roles in a department of theirs; the key."""
    return create_user(
        lodge,
        name,
        display_name=name.capitalize(),
        department_id=department_id,
        password=PASSWORD,
        roles=roles,
        by="test",
        now=NINE,
    )


def another_department(lodge: Lodge, name: str = "Elsewhere") -> int:
    """Another department; the key."""
    with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
        row = Department(name=name)
        session.add(row)
        session.flush()
        return row.department_id


def reader_of(lodge: Lodge, name: str, *, now: datetime = NINE) -> SignedIn:
    """Who this person is, signed in anew."""
    found = who_is(lodge, sign_in(lodge, name, PASSWORD, HOME, now), now)
    assert found is not None
    return found
