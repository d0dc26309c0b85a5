"""A workplace behind the API's door: people with keys, programs that ask, the real server."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from fixtures.workplace import NINE, Workplace
from lodge_platform.api import Api
from lodge_platform.api.assembly import registered_apis
from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import Action, SignedIn, create_user, make_key, seed_roles
from lodge_platform.identity.keys import who_is_key
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Case
from lodge_platform.schema.master import Department, Role, UserRole, UserRoleQueue
from lodge_platform.web.assembly import create_application
from web.office import serving

API = "http://lodge.test/api/v1"


@dataclass
class House:
    """A Lodge with roles and the application over it; `people` and `keys` by name."""

    place: Workplace
    application: FastAPI
    people: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def lodge(self) -> Lodge:
        """The Lodge behind it."""
        return self.place.lodge

    def department(self, name: str) -> int:
        """Another department; the key."""
        with change_configuration(self.lodge.stores.master, by="test", now=NINE) as session:
            row = Department(name=name)
            session.add(row)
            session.flush()
            return row.department_id

    def person(self, name: str, *roles: str, department_id: int = 0) -> int:
        """Somebody with these roles, who cannot sign in by password; the key."""
        user_id = create_user(
            self.lodge,
            name,
            display_name=name.capitalize(),
            department_id=department_id or self.place.department_id,
            password=None,
            roles=roles,
            by="test",
            now=NINE,
        )
        self.people[name] = user_id
        return user_id

    def narrow(self, name: str, role: str, queue: str) -> None:
        """Give a role in one queue of Customer care alone."""
        with change_configuration(self.lodge.stores.master, by="test", now=NINE) as session:
            role_id = session.scalars(select(Role.role_id).where(Role.name == role)).one()
            held = UserRole(
                user_id=self.people[name],
                role_id=role_id,
                department_id=self.place.department_id,
            )
            session.add(held)
            session.flush()
            queue_id = self.place.queues[queue]
            session.add(UserRoleQueue(user_role_id=held.user_role_id, queue_id=queue_id))

    def key(
        self,
        name: str,
        *,
        actions: Iterable[Action] | None = None,
        department_ids: Iterable[int] | None = None,
        now: datetime | None = None,
        expires_in: timedelta = timedelta(days=30),
    ) -> str:
        """A key for all that this person may do, or for `actions`.

        What a key may do follows from what its user may by then, so it is made here as by somebody
        with every right."""
        made_at = now or utc_now()
        departments = department_ids if department_ids is None else list(department_ids)
        key = make_key(
            self.lodge,
            self._almighty(name),
            name="a program",
            actions=[action.value for action in (actions or _KEYS)],
            department_ids=departments,
            expires_at=made_at + expires_in,
            now=made_at,
        )
        return key.key

    def reader(self, name: str) -> SignedIn:
        """Who a key of all this person may do stands for."""
        found = who_is_key(self.lodge, self.key(name), utc_now(), "")
        assert found is not None
        return found

    def program(self, key: str | None = None, **headers: str) -> TestClient:
        """A program that asks with this key."""
        given = {} if key is None else {"authorization": f"Bearer {key}"}
        return TestClient(self.application, base_url=API, headers=given | headers)

    def asker(self, name: str, *roles: str, **given: Any) -> TestClient:
        """Somebody new with these roles, and a program with a key for all they may do."""
        self.person(name, *roles, **given)
        return self.program(self.key(name))

    def case(self, subject: str = "Refund", **mail: Any) -> int:
        """Another case, with a mail that waits in General; the case's key."""
        activity = self.place.activity(self.place.queued(subject=subject, **mail))
        return activity.case_id

    def change(self, case_id: int, **values: Any) -> None:
        """Set columns of a case by hand, where no function of ours has to have done it."""
        table = Case.__table__
        with self.lodge.stores.active.write() as connection:
            connection.execute(table.update().where(table.c.case_id == case_id).values(values))

    @contextmanager
    def served(self, key: str | None = None, **options: Any) -> Generator[httpx.Client]:
        """The real server over TCP, and a program that asks it."""
        with (
            serving(self.lodge, self.application) as (address, _),
            httpx.Client(
                base_url=f"{address}/api/v1",
                headers={} if key is None else {"authorization": f"Bearer {key}"},
                timeout=30,
                **options,
            ) as client,
        ):
            yield client

    def _almighty(self, name: str) -> SignedIn:
        with self.lodge.stores.master.read() as connection:
            departments = connection.execute(select(Department.department_id)).scalars().all()
        everything = dict.fromkeys(departments, frozenset(_KEYS))
        return SignedIn(0, self.people[name], name, name, departments[0], rights=everything)


_KEYS = [action for action in Action if action not in (Action.PUBLIC, Action.SESSION_OWN)]


def house_of(place: Workplace, apis: Sequence[Api] | None, **settings: Any) -> House:
    """Roles for the workplace, and the application with these resources (None: all registered)."""
    with change_configuration(place.lodge.stores.master, by="test", now=NINE) as session:
        seed_roles(session)
    if settings:
        place.lodge = replace(place.lodge, settings=replace(place.lodge.settings, **settings))
    described = registered_apis() if apis is None else apis
    return House(place, create_application(place.lodge, [], described))


def error_fields(answer: httpx.Response) -> list[str]:
    """Names that a problem's `errors` give."""
    return [error["field"] for error in answer.json().get("errors", [])]


def code_of(answer: httpx.Response) -> str:
    """The code at the end of a problem's type; the problem's form is looked at too."""
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == answer.status_code
    assert said["title"], said
    assert said["detail"].endswith((".", "?")), said
    return said["type"].rsplit("/", 1)[1]
