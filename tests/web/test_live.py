"""Live pages: who hears of a change, how soon, and when a stream ends."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import select

from fixtures.workplace import Workplace
from lodge_core.agents import desk
from lodge_core.console.routes import router as console
from lodge_core.routing import router
from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import disable_user, revoke_role, set_password
from lodge_platform.schema.master import Department, UserRole, UserRoleQueue
from lodge_platform.vocabulary import AgentStateCode
from lodge_platform.web import assembly
from lodge_platform.web.changes import Change, Changes
from web.office import HTML, Office, serving, sign_in


@pytest.fixture
def address(office: Office, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """Address of the service at work for grace and alan."""
    office.person("grace", groups=["Billing"])
    office.person("alan", groups=["Everybody"])
    # The console's entry point may not be installed where only the platform is tested.
    monkeypatch.setattr(assembly, "registered_routers", lambda: [console])
    with serving(office.lodge) as (address, _):
        yield address


class Listening:
    """One open stream: what it was told, with the moments."""

    def __init__(self, answer: httpx.Response) -> None:
        self.told: list[tuple[str, str, float]] = []
        self.is_over = threading.Event()
        self._thread = threading.Thread(target=self._listen, args=(answer,))
        self._thread.start()

    def wait_for(self, event: str, *, count: int = 1, seconds: float = 10) -> float:
        """Seconds until it was told so often; the moment it was."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = [moment for name, _, moment in self.told if name == event]
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.01)
        raise AssertionError(f"no {event} within {seconds} s, only {self.told}")

    def _listen(self, answer: httpx.Response) -> None:
        name = ""
        try:
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self.told.append((name, line.removeprefix("data: "), time.monotonic()))
        except httpx.HTTPError:
            pass
        self.is_over.set()


@contextmanager
def listening(address: str, name: str) -> Iterator[tuple[httpx.Client, Listening]]:
    """A browser of this person with the stream open."""
    with httpx.Client(base_url=address, headers=HTML, timeout=30) as browser:
        assert sign_in(browser, name).status_code == 303
        with browser.stream("GET", "/console/live") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            stream = Listening(answer)
            stream.wait_for("begun")
            yield browser, stream
            answer.close()


def test_an_offer_is_heard_of_within_a_second_and_says_nothing_itself(
    office: Office, address: str
) -> None:
    place, grace = office.place, office.place.agents["grace"]
    with listening(address, "grace") as (_, stream):
        place.queued("Refunds", now=utc_now(), subject="SECRET")
        desk.change_state(
            office.lodge, grace, place.domain_id, state=AgentStateCode.READY, now=utc_now()
        )
        router.tick(office.lodge, utc_now())
        began = time.monotonic()
        told = stream.wait_for("changed")
        assert told - began < 1.5
        assert all(text.isdigit() for _, text, _ in stream.told)


def test_s30_another_agents_offer_is_told_only_as_a_change_of_the_department(
    office: Office, address: str
) -> None:
    place = office.place
    other = office.department("Elsewhere")
    changes = Changes(office.lodge.stores.active)
    assert changes.look() is None
    place.queued("Refunds", now=utc_now())
    change = changes.look()
    queues = frozenset({place.queues["Refunds"]})
    assert change == Change(frozenset(), frozenset({place.department_id}), queues)
    assert other != place.department_id
    assert changes.look() is None
    changes.close()


def test_s09_who_may_read_one_queue_hears_of_that_queue_alone(office: Office, address: str) -> None:
    place = office.place
    narrow(office, "grace", queue="Refunds")
    with listening(address, "grace") as (_, narrowed), listening(address, "alan") as (_, whole):
        place.queued("General", now=utc_now())
        whole.wait_for("changed")
        place.queued("Refunds", now=utc_now())
        narrowed.wait_for("changed")
        whole.wait_for("changed", count=2)
        disable_user(office.lodge, place.agents["grace"], by="test", now=utc_now())
        narrowed.wait_for("ended")
        changed = [version for name, version, _ in narrowed.told if name == "changed"]
        assert changed == ["1"], "both hear of a change at one look, so this was Refunds"


def narrow(office: Office, name: str, *, queue: str) -> None:
    """The person's roles count in this queue alone."""
    master = office.lodge.stores.master
    with change_configuration(master, by="test", now=utc_now()) as session:
        for held in session.scalars(
            select(UserRole).where(UserRole.user_id == office.place.agents[name])
        ):
            key = office.place.queues[queue]
            session.add(UserRoleQueue(user_role_id=held.user_role_id, queue_id=key))


@pytest.mark.parametrize("change", ["password", "disable", "role", "department", "sign out"])
def test_s20_the_stream_ends_with_the_session(office: Office, address: str, change: str) -> None:
    with listening(address, "grace") as (browser, stream):
        grace, now = office.place.agents["grace"], utc_now()
        if change == "password":
            set_password(office.lodge, grace, password="another horse", by="test", now=now)
        elif change == "disable":
            disable_user(office.lodge, grace, by="test", now=now)
        elif change == "role":
            department = office.place.department_id
            revoke_role(
                office.lodge, grace, role="agent", department_id=department, by="test", now=now
            )
        elif change == "department":
            with change_configuration(office.lodge.stores.master, by="test", now=now) as session:
                session.get_one(Department, office.place.department_id).is_active = False
        else:
            with httpx.Client(base_url=address, cookies=browser.cookies, headers=HTML) as again:
                from web.office import send, token_in

                send(again, "/console/sign-out", token_in(again.get("/console/")))
        stream.wait_for("ended", seconds=5)
        assert stream.told[-1][:2] == ("ended", "signed_out")
        assert stream.is_over.wait(5)


def test_s28_nobody_gets_a_stream_without_a_session(office: Office, address: str) -> None:
    answer = httpx.get(f"{address}/console/live", headers={"accept": "text/event-stream"})
    assert answer.status_code == 401


def test_the_oldest_of_too_many_streams_of_a_session_ends(office: Office, address: str) -> None:
    with httpx.Client(base_url=address, headers=HTML, timeout=30) as browser:
        sign_in(browser, "grace")
        streams: list[Listening] = []
        answers: list[httpx.Response] = []
        for _ in range(5):
            request = browser.build_request("GET", "/console/live")
            answers.append(browser.send(request, stream=True))
            streams.append(Listening(answers[-1]))
            streams[-1].wait_for("begun")
        streams[0].wait_for("ended")
        assert streams[0].told[-1][1] == "too_many"
        assert not streams[1].is_over.is_set()
        for answer in answers:
            answer.close()


def test_the_service_stops_at_once_though_streams_are_open(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.person("grace")
    monkeypatch.setattr(assembly, "registered_routers", lambda: [console])
    with serving(office.lodge) as (address, stop), listening(address, "grace") as (_, stream):
        began = time.monotonic()
        stop.set()
        assert stream.is_over.wait(4)
        assert stream.told[-1][:2] == ("ended", "stopping")
        assert time.monotonic() - began < 3


def test_a_transaction_that_commits_late_is_still_heard_of(
    postgresql_workplace: Workplace,
) -> None:
    """On SQLite writers follow one another; here one begins earlier and commits later."""
    workplace = postgresql_workplace
    changes = Changes(workplace.lodge.stores.active)
    changes.look()
    with workplace.lodge.stores.active.write() as slow:
        slow.exec_driver_sql("select pg_current_xact_id()")
        workplace.queued("General", now=utc_now())
        assert changes.look() is not None
        assert changes.look() is None
        slow.exec_driver_sql(
            "insert into activity_events (type_code, object_type, object_id, agent_id, actor_kind,"
            " configuration_version_id, payload, occurred_at, recorded_at)"
            " values ('agent_offer_answered', 'agent_state', 1, 77, 'agent', 0, '{}', now(), now())"
        )
        workplace.queued("General", now=utc_now())
        assert changes.look() is not None
    late = changes.look()
    assert late is not None
    assert late.agent_ids == {77}
    assert changes.look() is None


def test_what_happened_before_the_first_look_is_not_told_though_somebody_writes_still(
    postgresql_workplace: Workplace,
) -> None:
    workplace = postgresql_workplace
    changes = Changes(workplace.lodge.stores.active)
    with workplace.lodge.stores.active.write() as slow:
        slow.exec_driver_sql("select pg_current_xact_id()")
        workplace.queued("General", now=utc_now())
        assert changes.look() is None
        assert changes.look() is None
        workplace.queued("Refunds", now=utc_now())
        change = changes.look()
    assert change is not None
    assert change.queue_ids == {workplace.queues["Refunds"]}
    changes.close()
