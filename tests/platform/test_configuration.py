"""Configuration has a past: every change leaves a version, and two edits never overwrite."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from lodge_platform.configuration import change_configuration, version_in_force
from lodge_platform.errors import ConflictError
from lodge_platform.schema.master import ConfigurationVersion, Department, User
from lodge_platform.stores import Stores

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def versions(stores: Stores) -> list[Any]:
    table = ConfigurationVersion.__table__
    with stores.master.read() as connection:
        return list(
            connection.execute(select(table).order_by(table.c.configuration_version_id)).all()
        )


def add_department(stores: Stores) -> int:
    with change_configuration(stores.master, by="user:1", now=NINE) as session:
        department = Department(name="Care")
        session.add(department)
        session.flush()
        return department.department_id


def test_f03_each_change_of_a_row_leaves_its_version(stores: Stores) -> None:
    key = add_department(stores)
    later = NINE + timedelta(hours=1)
    with change_configuration(stores.master, by="user:2", now=later) as session:
        session.get_one(Department, key).name = "Customer care"
    with change_configuration(stores.master, by="user:3", now=later) as session:
        session.delete(session.get_one(Department, key))
    created, changed, deleted = versions(stores)
    assert (created.action, created.old_values, created.version_no) == ("created", None, 1)
    assert created.new_values == {
        "department_id": key,
        "name": "Care",
        "is_active": True,
        "version_no": 1,
    }
    assert (changed.action, changed.changed_by, changed.changed_at) == ("changed", "user:2", later)
    assert changed.old_values["name"] == "Care"
    assert changed.new_values["name"] == "Customer care"
    assert (deleted.action, deleted.new_values) == ("deleted", None)
    assert [created.version_no, changed.version_no, deleted.version_no] == [1, 2, 3]


def test_what_does_not_change_leaves_no_version(stores: Stores) -> None:
    key = add_department(stores)
    with change_configuration(stores.master, by="user:2", now=NINE) as session:
        session.get_one(Department, key).name = "Care"
    assert len(versions(stores)) == 1


def test_the_version_in_force_grows_with_each_change(stores: Stores) -> None:
    with stores.master.read() as connection:
        assert version_in_force(connection) == 0
    add_department(stores)
    with stores.master.read() as connection:
        assert version_in_force(connection) == versions(stores)[-1].configuration_version_id


def test_two_edits_of_one_version_are_told_apart(stores: Stores) -> None:
    key = add_department(stores)

    def edit_what_changed_meanwhile() -> None:
        with change_configuration(stores.master, by="user:2", now=NINE) as session:
            row = session.get_one(Department, key)
            session.execute(text("update departments set version_no = version_no + 1"))
            row.name = "Second"

    with pytest.raises(ConflictError, match="read it again"):
        edit_what_changed_meanwhile()
    with stores.master.read() as connection:
        assert connection.execute(select(Department.name)).scalar() == "Care"


def test_a_name_that_is_taken_is_refused_and_nothing_is_written(stores: Stores) -> None:
    add_department(stores)
    with pytest.raises(ConflictError, match="cannot be kept"):
        add_department(stores)
    assert len(versions(stores)) == 1


def test_s25_a_secret_column_is_in_no_version(stores: Stores) -> None:
    key = add_department(stores)
    with change_configuration(stores.master, by="user:1", now=NINE) as session:
        session.add(
            User(
                department_id=key,
                sign_in_name="ada",
                display_name="Ada",
                password_hash="$argon2id$planted",
            )
        )
    assert "planted" not in str(versions(stores))
