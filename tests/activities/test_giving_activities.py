"""Activities are taken and given on: one holder at a time, no more than the limit, no stranger."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fixtures.team import Team
from fixtures.workplace import at
from lodge_core.activities import editing, taking
from lodge_core.activities.transferring import Target, transfer
from lodge_core.agents import desk
from lodge_core.routing import pushback, router
from lodge_platform.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    StaleError,
)
from lodge_platform.vocabulary import ActivityStatus


def give(team: Team, activity_id: int, by: str = "grace", **target: int) -> None:
    with team.work(by) as work:
        transfer(work, activity_id, Target(**target), reason="knows more")


def test_a_transfer_to_an_agent_hands_over_what_one_holds(team: Team) -> None:
    activity_id = team.held()
    give(team, activity_id, agent_id=team.people["alan"])
    row = team.place.activity(activity_id)
    assert (row.status, row.agent_id) == (ActivityStatus.ASSIGNED, team.people["alan"])
    assert row.assigned_at == at(10)
    assigned, transferred = (
        team.last_event("activity_assigned"),
        team.last_event("activity_transferred"),
    )
    assert (assigned.payload["way"], assigned.caused_by_event_id) == (
        "transfer",
        transferred.event_id,
    )
    assert transferred.payload["reason"] == "knows more"
    assert team.place.differences() == []


def test_a_transfer_to_a_queue_begins_the_wait_anew_and_ends_pin_and_offer(team: Team) -> None:
    held = team.held()
    with team.work() as work:
        editing.pin(work, held)
    give(team, held, queue_id=team.place.queues["Refunds"])
    row = team.place.activity(held)
    assert (row.status, row.queue_id) == (ActivityStatus.QUEUED, team.place.queues["Refunds"])
    assert (row.queued_at, row.agent_id, row.is_pinned) == (at(10), None, False)

    offered = team.place.queued()
    router.tick(team.lodge, at(11))
    assert offered in team.place.pending()
    give(team, offered, queue_id=team.place.queues["Refunds"])
    assert offered not in team.place.pending()
    assert team.place.activity(offered).status is ActivityStatus.QUEUED
    assert team.place.differences() == []


def test_a_transfer_to_another_department_waits_in_its_exception_queue(team: Team) -> None:
    activity_id = team.held()
    give(team, activity_id, department_id=team.sales_id)
    row = team.place.activity(activity_id)
    assert (row.department_id, row.queue_id) == (
        team.sales_id,
        team.place.queues["Sales exceptions"],
    )
    assert row.status is ActivityStatus.QUEUED
    assert team.case(row.case_id).department_id == team.place.department_id
    desk.pick(team.lodge, activity_id, agent_id=team.people["eve"], now=at(20))
    with pytest.raises(ForbiddenError, match="another department's"):
        desk.pick(team.lodge, activity_id, agent_id=team.people["grace"], now=at(20))
    assert team.place.differences() == []


def test_what_another_agent_holds_only_who_may_pick_gives_on(team: Team) -> None:
    activity_id = team.held()
    general = team.place.queues["General"]
    with pytest.raises(ForbiddenError, match="held by agent"):
        give(team, activity_id, by="alan", queue_id=general)
    with team.work("sue") as work:
        transfer(work, activity_id, Target(queue_id=general), is_others_too=True)
    assert team.place.activity(activity_id).status is ActivityStatus.QUEUED


def test_nobody_is_given_work_who_may_not_have_it_and_all_such_are_answered_alike(
    team: Team,
) -> None:
    activity_id = team.held()
    team.person("ana", "analyst")
    said: set[str] = set()
    for key in (999, team.people["eve"], team.people["ana"]):
        with pytest.raises(RefusedError) as refused:
            give(team, activity_id, agent_id=key)
        assert refused.value.field == "agent_id"
        said.add(str(refused.value).replace(str(key), "KEY"))
    assert len(said) == 1
    assert team.place.activity(activity_id).agent_id == team.people["grace"]


def test_r64_no_agent_is_given_more_than_the_limit(team: Team) -> None:
    alan = team.people["alan"]
    for _ in range(3):
        team.held("alan")
    activity_id = team.held()
    with pytest.raises(ConflictError, match="holds 3 of at most 3"):
        give(team, activity_id, agent_id=alan)
    desk.sign_out(team.lodge, team.people["sue"], now=at(5))
    with pytest.raises(ConflictError, match="not signed in"):
        give(team, activity_id, agent_id=team.people["sue"])
    with pytest.raises(ConflictError, match="already"):
        give(team, activity_id, agent_id=team.people["grace"])


def test_s09_a_queue_of_another_department_is_refused_as_if_it_were_not_there(team: Team) -> None:
    activity_id = team.held()
    said: set[str] = set()
    for key in (999, team.place.queues["Orders"]):
        with pytest.raises(RefusedError) as refused:
            give(team, activity_id, queue_id=key)
        said.add(str(refused.value).replace(str(key), "KEY"))
        assert str(team.place.queues["Orders"]) not in refused.value.allowed
    assert len(said) == 1
    with team.work() as work:
        orders = team.place.queues["Orders"]
        transfer(work, activity_id, Target(queue_id=orders), reachable={team.sales_id})
    assert team.place.activity(activity_id).department_id == team.sales_id
    assert team.place.differences() == []


def test_a_transfer_names_one_target_and_what_is_open(team: Team) -> None:
    activity_id = team.held()
    targets: tuple[dict[str, int], ...] = ({}, {"agent_id": 1, "queue_id": 1})
    for target in targets:
        with pytest.raises(RefusedError, match="exactly one"), team.work() as work:
            transfer(work, activity_id, Target(**target))
    with pytest.raises(RefusedError, match="in that department already"):
        give(team, activity_id, department_id=team.place.department_id)
    with pytest.raises(RefusedError, match="no department 999"):
        give(team, activity_id, department_id=999)
    with pytest.raises(NotFoundError):
        give(team, 999, queue_id=1)
    desk.complete(team.lodge, activity_id, agent_id=team.people["grace"], now=at(11))
    with pytest.raises(ConflictError, match="completed"):
        give(team, activity_id, queue_id=team.place.queues["Refunds"])


def test_a_transfer_of_what_changed_since_it_was_read_is_refused(team: Team) -> None:
    activity_id = team.held()
    read = team.place.activity(activity_id).change_no
    with team.work() as work:
        editing.edit(work, activity_id, editing.ActivityEdit(priority=1))
    with pytest.raises(StaleError), team.work() as work:
        transfer(work, activity_id, Target(queue_id=1), expected=read)


def test_pull_gives_what_the_router_would_give_next(team: Team) -> None:
    team.place.queued(now=at(3))
    urgent = team.place.queued("Refunds", now=at(2), priority=1)
    oldest = team.place.queued(now=at(1))
    with team.work() as work:
        assert taking.pull(work) == urgent
        assert taking.pull(work) == oldest
    assert team.last_event("activity_assigned").payload["way"] == "pull"
    with team.work("alan") as work:  # Alan is not in Billing
        assert taking.pull(work) not in (urgent, oldest)
    with pytest.raises(ConflictError, match="nothing waits"), team.work("alan") as work:
        taking.pull(work)
    assert team.place.differences() == []


def test_pull_gives_nothing_beyond_the_limit_nor_to_who_is_signed_out(team: Team) -> None:
    team.place.many_queued(5)
    with team.work() as work:
        taken = {taking.pull(work) for _ in range(3)}
        assert len(taken) == 3
        with pytest.raises(ConflictError):
            taking.pull(work)
    desk.sign_out(team.lodge, team.people["alan"], now=at(11))
    with pytest.raises(ConflictError), team.work("alan", at(12)) as work:
        taking.pull(work)


def test_r34_agents_who_pull_at_the_same_time_never_get_the_same(team: Team) -> None:
    team.place.many_queued(6)

    def pull(name: str) -> int:
        with team.work(name) as work:
            return taking.pull(work)

    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(pull, ["grace", "alan", "sue"] * 2))
    assert len(set(given)) == 6
    assert team.place.differences() == []


def test_an_offer_is_accepted_or_rejected_by_its_activity(team: Team) -> None:
    activity_id = team.place.queued()
    router.tick(team.lodge, at(5))
    agent_id, _ = team.place.pending()[activity_id]
    [name] = [name for name, key in team.people.items() if key == agent_id]
    [other] = [one for one in ("grace", "alan") if one != name][:1]
    with pytest.raises(ConflictError, match="not offered to you"), team.work(other) as work:
        taking.offer_in(work, activity_id)
    with team.work(name) as work:
        taking.reject(work, taking.offer_in(work, activity_id), reason="busy")
    router.tick(team.lodge, at(12))
    agent_id, _ = team.place.pending()[activity_id]
    [name] = [name for name, key in team.people.items() if key == agent_id]
    read = team.place.activity(activity_id).change_no
    with pytest.raises(StaleError), team.work(name, at(13)) as work:
        taking.accept(work, taking.offer_in(work, activity_id), expected=read - 1)
    with team.work(name, at(13)) as work:
        taking.accept(work, taking.offer_in(work, activity_id), expected=read)
    assert team.place.activity(activity_id).agent_id == agent_id
    assert team.place.differences() == []


def test_what_is_pinned_stays_with_an_agent_who_signs_out(team: Team) -> None:
    stays, returns = team.held(), team.held()
    with team.work() as work:
        editing.pin(work, stays)
    desk.sign_out(team.lodge, team.people["grace"], now=at(20))
    pushback.tick(team.lodge, at(20 + 16 * 60))
    assert team.place.activity(stays).agent_id == team.people["grace"]
    assert team.place.activity(returns).status is ActivityStatus.QUEUED
    assert team.place.differences() == []


def test_transfers_back_and_forth_at_once_leave_one_holder(team: Team) -> None:
    activity_id = team.held()

    def try_to(agent: str) -> str:
        try:
            with team.work("sue") as work:
                to = Target(agent_id=team.people[agent])
                transfer(work, activity_id, to, is_others_too=True)
        except ConflictError:
            return "refused"
        return agent

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(try_to, ["alan", "grace"] * 4))
    row = team.place.activity(activity_id)
    assert row.status is ActivityStatus.ASSIGNED
    assert row.agent_id in (team.people["alan"], team.people["grace"])
    assert team.place.differences() == []
