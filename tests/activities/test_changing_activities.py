"""Activities are changed by hand: each change an event, a late change refused, nothing lost."""

from datetime import UTC, datetime

import pytest
from msgspec import UNSET

from fixtures.team import Team, declare
from fixtures.workplace import at
from lodge_core.activities import creating, editing, ending, moving
from lodge_core.activities.creating import NewTask
from lodge_core.activities.editing import ActivityEdit
from lodge_platform.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    StaleError,
)
from lodge_platform.schema import master
from lodge_platform.vocabulary import ActivityStatus, CaseStatus, Media

DUE = datetime(2026, 2, 1, 12, tzinfo=UTC)


def task(team: Team, **values: object) -> int:
    given: dict[str, object] = {
        "department_id": team.place.department_id,
        "subject": "Call back",
        "queue_id": team.place.queues["General"],
    }
    with team.work() as work:
        customer = {} if "case_id" in values else {"customer_id": team.place.customers["ada"]}
        return creating.create_task(work, NewTask(**(given | customer | values)))  # pyright: ignore


@pytest.fixture
def ada(team: Team) -> int:
    """A customer without any case."""
    team.place.customers["ada"] = team.customer("Ada")
    return team.place.customers["ada"]


def test_a_task_opens_a_case_of_its_customer_and_waits_in_its_queue(team: Team, ada: int) -> None:
    declare(team, "order_number")
    wanted = ActivityEdit(due_at=DUE, description="About the invoice", language="de")
    activity_id = task(team, edit=wanted, priority=2)
    row = team.place.activity(activity_id)
    assert (row.media, row.status, row.priority) == (Media.TASK, ActivityStatus.QUEUED, 2)
    assert (row.due_at, row.description, row.language) == (DUE, "About the invoice", "de")
    case = team.case(row.case_id)
    assert (case.customer_id, case.status, case.severity) == (ada, CaseStatus.OPEN, "medium")
    assert team.place.differences() == []


def test_a_task_in_a_closed_case_reopens_it(team: Team, ada: int) -> None:
    mail = team.held()
    with team.work() as work:
        ending.complete(work, mail)
    case_id = team.case_of(mail)
    assert team.case(case_id).status is CaseStatus.CLOSED
    activity_id = task(team, case_id=case_id, queue_id=None)
    assert team.place.activity(activity_id).status is ActivityStatus.NEW
    assert (team.case(case_id).status, team.case(case_id).reopened_count) == (CaseStatus.OPEN, 1)
    assert team.place.differences() == []


def test_a_task_names_what_there_is_or_is_refused_by_name(team: Team, ada: int) -> None:
    with pytest.raises(NotFoundError):
        task(team, case_id=999)
    with pytest.raises(NotFoundError):
        task(team, customer_id=999)
    with pytest.raises(RefusedError, match="no active queue") as refused:
        task(team, queue_id=team.place.queues["Orders"])
    assert refused.value.field == "queue_id"
    assert str(team.place.queues["General"]) in refused.value.allowed
    with pytest.raises(RefusedError, match="1 to 7"):
        task(team, priority=8)
    with pytest.raises(RefusedError, match="order_number"):
        task(team, edit=ActivityEdit(attributes={"order_number": "1842"}))


def test_an_edit_keeps_old_and_new_of_each_field_that_changed(team: Team) -> None:
    activity_id = team.place.queued()
    with team.work() as work:
        editing.edit(work, activity_id, ActivityEdit(priority=1, due_at=DUE, subtype=None))
    payload = team.last_event("activity_edited").payload
    assert payload["changes"] == {
        "priority": {"old": 4, "new": 1},
        "due_at": {"old": None, "new": "2026-02-01T12:00:00Z"},
    }
    with team.work() as work:
        editing.edit(work, activity_id, ActivityEdit(priority=1))
    assert team.place.history(activity_id).count("activity_edited") == 1
    assert team.place.differences() == []


def test_the_subject_of_a_mail_stays_as_it_came(team: Team, ada: int) -> None:
    mail, mine = team.place.queued(), task(team)
    with pytest.raises(RefusedError, match="stays as it came"), team.work() as work:
        editing.edit(work, mail, ActivityEdit(subject="Other"))
    with team.work() as work:
        editing.edit(work, mine, ActivityEdit(subject="Other"))
    assert team.place.activity(mine).subject == "Other"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (ActivityEdit(priority=0), "priority"),
        (ActivityEdit(language="Deutsch, bitte"), "language"),
        (ActivityEdit(attributes={"size": "XXL"}), "attributes.size"),
        (ActivityEdit(attributes={"unknown": 1}), "attributes.unknown"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_by_its_field(
    sqlite_team: Team, wanted: ActivityEdit, field: str
) -> None:
    declare(sqlite_team, "size", attribute_type="choice", choices=["S", "M"])
    activity_id = sqlite_team.place.queued()
    with pytest.raises(RefusedError) as refused, sqlite_team.work() as work:
        editing.edit(work, activity_id, wanted)
    assert refused.value.field == field


def test_attributes_are_merged_by_a_patch_and_replaced_by_a_put(team: Team) -> None:
    declare(team, "order_number")
    declare(team, "size", attribute_type="choice", choices=["S", "M"])
    activity_id = team.place.queued()
    for given, is_whole, kept in (
        ({"order_number": "1842", "size": "S"}, False, {"order_number": "1842", "size": "S"}),
        ({"size": None}, False, {"order_number": "1842"}),
        ({"size": "M"}, True, {"size": "M"}),
    ):
        with team.work() as work:
            editing.edit(work, activity_id, ActivityEdit(attributes=given), is_whole=is_whole)
        assert team.place.activity(activity_id).attributes == kept
    assert team.place.differences() == []


def test_two_edits_of_what_was_read_once_lose_nothing(team: Team) -> None:
    activity_id = team.place.queued()
    read = team.place.activity(activity_id).change_no
    with team.work() as work:
        editing.edit(work, activity_id, ActivityEdit(priority=1), expected=read)
    with pytest.raises(StaleError), team.work("alan") as work:
        editing.edit(work, activity_id, ActivityEdit(priority=7), expected=read)
    assert team.place.activity(activity_id).priority == 1


def test_classification_takes_active_ones_of_the_department_only(team: Team) -> None:
    here = team.place.department_id
    refunds = team.add(master.Category, department_id=here, name="Refunds")
    old = team.add(master.Category, department_id=here, name="Old", is_active=False)
    theirs = team.add(master.Category, department_id=team.sales_id, name="Orders")
    code = team.add(master.ResolutionCode, department_id=here, name="Refunded")
    activity_id = team.place.queued()
    with team.work() as work:
        editing.classify(work, activity_id, category_ids=[refunds], resolution_code_ids=[code])
    row = team.place.activity(activity_id)
    assert (row.category_ids, row.resolution_code_ids) == ([refunds], [code])
    for wrong in (old, theirs, 999):
        with pytest.raises(RefusedError) as refused, team.work() as work:
            editing.classify(work, activity_id, category_ids=[wrong])
        assert (refused.value.field, refused.value.allowed) == ("category_ids", (str(refunds),))
    with team.work() as work:
        editing.classify(work, activity_id, category_ids=[])
    row = team.place.activity(activity_id)
    assert (row.category_ids, row.resolution_code_ids) == ([], [code])
    assert team.place.differences() == []


def test_an_activity_moves_to_another_case_and_both_cases_follow(team: Team) -> None:
    stays, moves = team.held(), team.held()
    origin = team.case_of(moves)
    target = team.case_of(stays)
    with team.work() as work:
        ending.complete(work, stays)
    assert team.case(target).status is CaseStatus.CLOSED
    with team.work() as work:
        moving.change_case(work, moves, target)
    assert team.case_of(moves) == target
    assert team.case(target).status is CaseStatus.OPEN
    assert team.case(origin).status is CaseStatus.CLOSED
    assert team.related() == {(target, origin)}
    with pytest.raises(ConflictError, match="already"), team.work() as work:
        moving.change_case(work, moves, target)
    with pytest.raises(NotFoundError), team.work() as work:
        moving.change_case(work, moves, 999)
    assert team.place.differences() == []


def test_an_activity_turns_out_to_be_another_customers(team: Team) -> None:
    activity_id = team.place.queued()
    charles = team.customer()
    with team.work() as work:
        moving.change_customer(work, activity_id, charles)
    row = team.place.activity(activity_id)
    assert (row.customer_id, row.contact_point_id) == (charles, None)
    with pytest.raises(RefusedError, match="contact point"), team.work() as work:
        moving.change_customer(work, activity_id, charles, contact_point_id=1)
    with pytest.raises(NotFoundError), team.work() as work:
        moving.change_customer(work, activity_id, 999)
    assert team.place.differences() == []


def test_completing_asks_for_what_is_required_by_name(team: Team) -> None:
    declare(team, "order_number", is_required=True)
    activity_id = team.held()
    with pytest.raises(RefusedError, match="lacks order_number") as refused, team.work() as work:
        ending.complete(work, activity_id)
    assert refused.value.field == "attributes.order_number"
    with team.work() as work:
        editing.edit(work, activity_id, ActivityEdit(attributes={"order_number": "1842"}))
        ending.complete(work, activity_id)
    assert team.place.activity(activity_id).status is ActivityStatus.COMPLETED


def test_an_open_activity_that_is_deleted_leaves_its_queue_and_its_case_first(team: Team) -> None:
    activity_id = team.place.queued()
    with team.work("sue") as work:
        ending.delete(work, activity_id, reason="spam")
    row = team.place.activity(activity_id)
    assert (row.status, row.deleted_at) == (ActivityStatus.COMPLETED, at(10))
    assert team.place.history(activity_id)[-2:] == ["activity_completed", "activity_deleted"]
    assert team.case(row.case_id).status is CaseStatus.CLOSED
    with pytest.raises(NotFoundError), team.work() as work:
        editing.edit(work, activity_id, ActivityEdit(priority=1))
    with pytest.raises(NotFoundError), team.work() as work:
        ending.delete(work, activity_id)
    assert team.place.differences() == []


def test_a_pin_is_for_what_one_holds(team: Team) -> None:
    activity_id, waiting = team.held(), team.place.queued()
    with pytest.raises(ForbiddenError, match="held by agent"), team.work("alan") as work:
        editing.pin(work, activity_id)
    with pytest.raises(ConflictError, match="nobody holds it"), team.work() as work:
        editing.pin(work, waiting)
    with team.work("sue") as work:
        editing.pin(work, activity_id, is_others_too=True)
    assert team.place.activity(activity_id).is_pinned
    with team.work() as work:
        editing.pin(work, activity_id, is_pinned=False)
    assert not team.place.activity(activity_id).is_pinned
    assert team.place.differences() == []


def test_fields_that_are_not_given_are_not_touched() -> None:
    assert ActivityEdit().subject is UNSET
