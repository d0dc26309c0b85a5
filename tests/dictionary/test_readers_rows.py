"""S-35: whose rows and columns a reader's SQL shows, over every table and mart there is."""

from collections.abc import Generator

import pytest

from dictionary.looked_at import OTHERS, House
from fixtures.two_departments import CARE, HOUSE_WIDE, SALES, key_of, let_in
from lodge_dictionary.door import open_door
from lodge_dictionary.entries import tables
from lodge_dictionary.readers.declared import RULES
from lodge_dictionary.readers.scope import reader_of
from lodge_dictionary.readers.shown import shown_to
from lodge_platform.errors import ForbiddenError, RefusedError
from lodge_platform.identity.actions import WITHOUT_ROLE, Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.landed import landed_tables
from lodge_platform.settings import Settings
from lodge_platform.vocabulary import Sensitivity

EVERYTHING = set(Action) - WITHOUT_ROLE
ANALYST = let_in({CARE: {Action.CONFIGURATION_READ}})
ALL_OF_CARE = let_in({CARE: EVERYTHING})
HOUSE = let_in({CARE: EVERYTHING, SALES: EVERYTHING})
FOR_THE_HOUSE = {
    "active.access_records",
    "master.api_keys",
    "master.configuration_versions",
    "master.identity_providers",
    "master.service_instances",
    "master.service_leases",
    "master.user_identities",
    "master.user_sessions",
}
FOR_NOBODY = {"active.routing_decisions"}
OF_OTHERS = frozenset({Action.WEBHOOK_READ, Action.LINK_READ})
COLUMNS = {
    f"{table.store}.{table.name}": frozenset(column.name for column in table.columns)
    for table in tables()
}


@pytest.fixture(scope="module")
def house(two_departments: Settings) -> Generator[House]:
    opened = House(two_departments)
    yield opened
    opened.close()


@pytest.mark.parametrize("name", sorted(RULES))
def test_s35_no_table_shows_a_row_of_a_department_one_may_not_query(
    house: House, name: str
) -> None:
    if name in FOR_THE_HOUSE | FOR_NOBODY:
        with pytest.raises(RefusedError, match="does not exist"):
            house.seen(ALL_OF_CARE, f"from {name}")
        return
    rows = house.ask(ALL_OF_CARE, f"from {name}")
    is_house_wide = name.partition(".")[2] in HOUSE_WIDE
    assert rows or name == "active.case_relations"
    if not is_house_wide:
        assert not any(word in repr(rows) for word in OTHERS if name != _VALUES)
    for row in rows:
        assert row.get("department_id", CARE) == CARE


_VALUES = "marts.custom_attribute_values"  # attributes are the house's, so that 2001 is one's key


def test_s35_values_of_custom_attributes_are_those_of_the_readers_objects(
    house: House,
) -> None:
    rows = house.ask(ALL_OF_CARE, f"from {_VALUES}")
    assert {row["object_id"] for row in rows} == {key_of(CARE)}
    assert "sales" not in repr(rows)


@pytest.mark.parametrize("name", sorted(RULES))
def test_secret_columns_and_change_numbers_are_shown_to_nobody(name: str) -> None:
    shown = shown_to(reader_of(HOUSE, {CARE, SALES}), COLUMNS)
    if name not in FOR_NOBODY:
        names = {column.name for column in shown[name].columns}
        assert names.isdisjoint({"change_no", "password_hash", "token_hash", "sealed_secret"})


def test_whoever_may_do_everything_everywhere_sees_what_is_for_the_house(
    house: House,
) -> None:
    for name in FOR_THE_HOUSE - {"active.access_records"}:
        assert "sales" in house.seen(HOUSE, f"from {name}")
    with pytest.raises(RefusedError, match="does not exist"):
        house.ask(HOUSE, "from active.routing_decisions")


def test_every_landed_table_and_every_mart_has_a_rule() -> None:
    known = {f"{table.store}.{table.name}" for table in landed_tables()}
    known |= {f"marts.{table.name}" for table in tables() if table.store == "marts"}
    assert known == set(RULES)


def test_what_has_no_rule_or_no_term_is_not_there() -> None:
    reader = reader_of(HOUSE, {CARE, SALES})
    more = {
        "marts.made_yesterday": frozenset({"department_id"}),
        "staging.stg_active__activities": frozenset({"department_id"}),
        "landing_control.loads": frozenset({"rows_landed"}),
        "marts.activities": COLUMNS["marts.activities"] | {"made_yesterday"},
    }
    shown = shown_to(reader, more)
    assert set(shown) == {"marts.activities"}
    assert "made_yesterday" not in {column.name for column in shown["marts.activities"].columns}


def test_personal_and_content_columns_are_absent_without_their_right(
    house: House,
) -> None:
    for name, rule in RULES.items():
        if name in FOR_THE_HOUSE | FOR_NOBODY or OF_OTHERS.intersection(rule.needs):
            continue
        said = house.seen(ANALYST, f"from {name}")
        if name != _VALUES:
            assert "care personal" not in said
            assert "care content" not in said
    with pytest.raises(RefusedError, match=r"you lack a right for marts.activities.subject"):
        house.ask(ANALYST, "select subject from activities")


def test_personal_data_needs_one_right_and_content_another(house: House) -> None:
    personal = let_in({CARE: {Action.PERSONAL_READ}})
    content = let_in({CARE: {Action.CONTENT_READ}})
    assert "care personal" in house.seen(personal, "from active.emails")
    assert "care content" not in house.seen(personal, "from active.emails")
    assert "care content" in house.seen(content, "from active.emails")
    assert "care personal" not in house.seen(content, "from active.emails")
    for one in (personal, content):  # what holds both needs both
        assert "payload" not in house.ask(one, "from active.activity_events")[0]
    both = let_in({CARE: {Action.CONTENT_READ, Action.PERSONAL_READ}})
    assert "care content" in house.ask(both, "from active.activity_events")[0]["payload"]


def test_where_rights_differ_by_department_each_row_is_masked_by_its_own(
    house: House,
) -> None:
    mixed = let_in({CARE: {Action.CONTENT_READ}, SALES: set()})
    found = house.ask(mixed, "select department_id, subject from activities order by 1")
    assert found == [
        {"department_id": CARE, "subject": "care content activities.subject"},
        {"department_id": SALES, "subject": None},
    ]
    mails = house.ask(mixed, "select subject from active.emails order by email_id")
    assert [row["subject"] for row in mails] == ["care content emails.subject", None]


def test_a_custom_attribute_is_shown_by_the_sensitivity_it_is_declared_with(
    house: House,
) -> None:
    reader = reader_of(ANALYST, {CARE, SALES})
    text = {c.name: c.said for c in shown_to(reader, COLUMNS)[_VALUES].columns}["text_value"]
    assert "t.sensitivity = 'open'" in text
    assert "'personal'" not in text
    assert "'content'" not in text
    values = "select text_value from custom_attribute_values where sensitivity = 'open'"
    assert len(house.ask(ANALYST, values)) == 2


def test_a_role_narrowed_to_a_queue_shows_that_queues_work(house: House) -> None:
    narrowed = SignedIn(
        user_session_id=1,
        user_id=1,
        sign_in_name="ana",
        display_name="Ana",
        department_id=CARE,
        queue_rights={key_of(CARE): frozenset({Action.SQL_QUERY, Action.CONTENT_READ})},
        queue_departments={key_of(CARE): CARE},
    )
    for name in ("activities", "cases", "emails", "queue_intervals", "customers"):
        said = house.seen(narrowed, f"from {name}")
        assert "care" in said
        assert not any(word in said for word in OTHERS)
    for name in ("active.mail_ledger", "master.users", "master.aliases"):
        with pytest.raises(RefusedError, match="does not exist"):
            house.ask(narrowed, f"from {name}")


def test_nobody_without_the_right_comes_in(two_departments: Settings) -> None:
    stranger = SignedIn(1, 1, "otto", "Otto", CARE, {CARE: frozenset({Action.ACTIVITY_READ})})
    with pytest.raises(ForbiddenError, match=r"sql\.query"):
        open_door(two_departments, reader=stranger).__enter__()


def test_rows_leave_as_a_file_only_where_one_may_export(two_departments: Settings) -> None:
    for rights in ({CARE: set()}, {CARE: {Action.EXPORT}, SALES: set()}):
        with pytest.raises(ForbiddenError, match="export"):
            open_door(two_departments, reader=let_in(rights), is_export=True).__enter__()
    allowed = let_in({CARE: {Action.EXPORT}})
    with open_door(two_departments, reader=allowed, is_export=True) as door:
        assert door.ask("select count(*) from activities").fetchall() == [(1,)]


def test_configuration_needs_its_own_right(house: House) -> None:
    assert "care" in house.seen(ANALYST, "from master.queues")
    with pytest.raises(RefusedError, match="does not exist"):
        house.ask(let_in({CARE: set()}), "from master.queues")


def test_every_column_that_is_shown_has_a_sensitivity_that_somebody_decided() -> None:
    words = {sensitivity.value for sensitivity in Sensitivity}
    assert {column.sensitivity for table in tables() for column in table.columns} <= words
