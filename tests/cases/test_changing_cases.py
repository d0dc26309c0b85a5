"""Cases are opened, changed, related, merged, split, closed, reopened and deleted by hand."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from fixtures.team import Team, declare
from fixtures.workplace import at
from lodge_core import notes
from lodge_core.activities import ending as activity_ending
from lodge_core.cases import ending, joining, relations
from lodge_core.cases.editing import CaseEdit, edit_case, open_case
from lodge_core.notes import About
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError, StaleError
from lodge_platform.schema.active import Activity, Case
from lodge_platform.vocabulary import CaseStatus, Severity

DUE = datetime(2026, 2, 1, 12, tzinfo=UTC)


def completed(team: Team) -> tuple[int, int]:
    """A case that is closed with its one activity: both keys."""
    activity_id = team.held()
    with team.work() as work:
        activity_ending.complete(work, activity_id)
    return team.case_of(activity_id), activity_id


def test_a_case_is_opened_by_hand_with_what_is_said_of_it(team: Team) -> None:
    customer_id = team.customer()
    wanted = CaseEdit(severity=Severity.URGENT, due_at=DUE, owner_id=team.people["alan"])
    with team.work() as work:
        case_id = open_case(
            work,
            department_id=team.place.department_id,
            customer_id=customer_id,
            subject="A call",
            edit=wanted,
        )
    case = team.case(case_id)
    assert (case.subject, case.status, case.customer_id) == (
        "A call",
        CaseStatus.OPEN,
        customer_id,
    )
    assert (case.severity, case.due_at, case.owner_id) == ("urgent", DUE, team.people["alan"])
    with pytest.raises(NotFoundError), team.work() as work:
        open_case(work, department_id=1, customer_id=999, subject="x")
    assert team.place.differences() == []


def test_an_edit_of_a_case_is_kept_with_old_and_new(team: Team) -> None:
    case_id = team.case_of(team.place.queued())
    read = team.case(case_id).change_no
    with team.work() as work:
        edit_case(work, case_id, CaseEdit(solution="Sent again", severity=Severity.LOW))
    assert team.last_event("case_edited").payload["changes"] == {
        "solution": {"old": None, "new": "Sent again"},
        "severity": {"old": "medium", "new": "low"},
    }
    with pytest.raises(StaleError), team.work() as work:
        edit_case(work, case_id, CaseEdit(solution="Other"), expected=read)
    for owner in (999, team.people["eve"]):
        with pytest.raises(RefusedError) as refused, team.work() as work:
            edit_case(work, case_id, CaseEdit(owner_id=owner))
        assert refused.value.field == "owner_id"
    assert team.place.differences() == []


def test_a_case_is_closed_only_when_nothing_of_it_is_open(team: Team) -> None:
    activity_id = team.place.queued()
    case_id = team.case_of(activity_id)
    with pytest.raises(ConflictError, match=f"is open: {activity_id}"), team.work() as work:
        ending.close(work, case_id)
    done, _ = completed(team)
    with pytest.raises(ConflictError, match="closed already"), team.work() as work:
        ending.close(work, done)
    with team.work() as work:
        ending.reopen(work, done)
    assert (team.case(done).status, team.case(done).reopened_count) == (CaseStatus.OPEN, 1)
    with team.work() as work:
        ending.close(work, done, solution="It was nothing")
    assert (team.case(done).status, team.case(done).solution) == (
        CaseStatus.CLOSED,
        "It was nothing",
    )
    with pytest.raises(ConflictError, match="not closed"), team.work() as work:
        ending.reopen(work, case_id)
    assert team.place.differences() == []


def test_closing_asks_for_what_is_required_by_name(team: Team) -> None:
    declare(team, "root_cause", "case", is_required=True)
    case_id, _ = completed(team)
    with team.work() as work:
        ending.reopen(work, case_id)
    with pytest.raises(RefusedError, match="root_cause") as refused, team.work() as work:
        ending.close(work, case_id)
    assert refused.value.field == "attributes.root_cause"
    with team.work() as work:
        edit_case(work, case_id, CaseEdit(attributes={"root_cause": "Weather"}))
        ending.close(work, case_id)
    assert team.case(case_id).status is CaseStatus.CLOSED


def test_r37_a_merge_by_hand_takes_activities_notes_and_relations_along(team: Team) -> None:
    first, second, third = (team.case_of(team.place.queued()) for _ in range(3))
    with team.work() as work:
        note_id = notes.write(
            work, About(case_id=second), "Careful", department_id=team.place.department_id
        )
        relations.relate(work, second, third)
        joining.merge_by_hand(work, second, into_case_id=first)
    assert (team.case(second).status, team.case(second).merged_into_case_id) == (
        CaseStatus.MERGED,
        first,
    )
    assert team.note(note_id).case_id == first
    assert team.related() == {(first, third)}
    with team.work() as work:
        joining.merge_by_hand(work, first, into_case_id=third)
    assert team.note(note_id).case_id == third
    assert team.related() == set()
    rows = team.place.rows(select(Activity.case_id).distinct())
    assert [row.case_id for row in rows] == [third]
    with pytest.raises(ConflictError, match="merged into case"), team.work() as work:
        joining.merge_by_hand(work, first, into_case_id=third)
    with pytest.raises(RefusedError, match="into itself"), team.work() as work:
        joining.merge_by_hand(work, third, into_case_id=third)
    assert team.place.differences() == []


def test_a_merge_of_closed_and_open_leaves_the_case_as_its_activities_are(team: Team) -> None:
    closed, _ = completed(team)
    is_open = team.case_of(team.place.queued())
    also_closed, _ = completed(team)
    with team.work() as work:
        joining.merge_by_hand(work, also_closed, into_case_id=closed)
    assert team.case(closed).status is CaseStatus.CLOSED
    with team.work() as work:
        joining.merge_by_hand(work, is_open, into_case_id=closed)
    assert team.case(closed).status is CaseStatus.OPEN
    assert team.place.differences() == []


def test_a_split_moves_chosen_activities_to_a_new_case(team: Team) -> None:
    stays = team.held()
    case_id = team.case_of(stays)
    goes = team.place.queued(case_id=case_id, subject="Another matter")
    with team.work() as work:
        new = joining.split(work, case_id, [goes])
    assert (team.case_of(stays), team.case_of(goes)) == (case_id, new)
    assert (team.case(new).subject, team.case(new).status) == ("Another matter", CaseStatus.OPEN)
    assert team.related() == {(case_id, new)}
    with team.work() as work:
        activity_ending.complete(work, stays)
    assert team.case(case_id).status is CaseStatus.CLOSED
    assert team.case(new).status is CaseStatus.OPEN
    assert team.place.differences() == []


def test_a_split_names_what_is_not_of_the_case(team: Team) -> None:
    case_id, other = team.case_of(team.place.queued()), team.place.queued()
    for wrong in ([other], [999], []):
        with pytest.raises(RefusedError) as refused, team.work() as work:
            joining.split(work, case_id, wrong)
        assert refused.value.field == "activity_ids"
    assert len(team.place.rows(select(Case.case_id))) == 2


def test_relations_are_said_once_and_taken_back(team: Team) -> None:
    first, second = (team.case_of(team.place.queued()) for _ in range(2))
    with team.work() as work:
        once = relations.relate(work, second, first)
        assert relations.relate(work, first, second) == once
    assert team.related() == {(first, second)}
    with team.work() as work:
        relations.unrelate(work, first, second)
    assert team.related() == set()
    with pytest.raises(NotFoundError), team.work() as work:
        relations.unrelate(work, first, second)
    with team.work() as work:
        assert relations.relate(work, first, second) == once
    with pytest.raises(RefusedError, match="itself"), team.work() as work:
        relations.relate(work, first, first)
    assert team.place.differences() == []


def test_r34_the_same_relation_said_at_once_is_one(team: Team) -> None:
    first, second = (team.case_of(team.place.queued()) for _ in range(2))

    def say(pair: tuple[int, int]) -> int:
        with team.work() as work:
            return relations.relate(work, *pair)

    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(say, [(first, second), (second, first)] * 4))
    assert len(keys) == 1
    assert team.place.differences() == []


def test_merges_of_a_pair_in_both_directions_at_once_leave_one_case(team: Team) -> None:
    first, second = (team.case_of(team.place.queued()) for _ in range(2))

    def merge(pair: tuple[int, int]) -> str:
        try:
            with team.work() as work:
                joining.merge_by_hand(work, pair[0], into_case_id=pair[1])
        except ConflictError:
            return "refused"
        return "merged"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(merge, [(first, second), (second, first)]))
    assert said == ["merged", "refused"]
    assert team.place.differences() == []


def test_a_deleted_case_is_gone_with_its_activities_and_its_rows_stay(team: Team) -> None:
    open_case_id = team.case_of(team.place.queued())
    with pytest.raises(ConflictError, match="is open"), team.work("sue") as work:
        ending.delete(work, open_case_id)
    case_id, activity_id = completed(team)
    with team.work("sue") as work:
        ending.delete(work, case_id, reason="a test")
    assert team.case(case_id).deleted_at == at(10)
    assert team.place.activity(activity_id).deleted_at == at(10)
    with pytest.raises(NotFoundError), team.work() as work:
        edit_case(work, case_id, CaseEdit(solution="x"))
    assert team.place.differences() == []
