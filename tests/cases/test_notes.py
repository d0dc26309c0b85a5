"""Notes: written, edited and deleted by their author; S-10: none ever leaves to a customer."""

import pytest
from sqlalchemy import select

from fixtures.team import Team
from fixtures.workplace import at
from lodge_core import notes
from lodge_core.agents import desk
from lodge_core.cases import joining
from lodge_core.notes import About
from lodge_platform.errors import ForbiddenError, NotFoundError, RefusedError, StaleError
from lodge_platform.schema.active import Email, OutboxMessage

SECRET = "the-customer-must-never-read-this"


def write(team: Team, about: About, text: str = SECRET, by: str = "grace") -> int:
    with team.work(by) as work:
        return notes.write(work, about, text, department_id=team.place.department_id)


def test_a_note_is_edited_and_deleted_by_its_author_alone(team: Team) -> None:
    note_id = write(team, About(activity_id=team.place.queued()), "One")
    assert team.note(note_id).author_id == team.people["grace"]
    for change in (
        lambda work: notes.edit(work, note_id, "Mine"),  # pyright: ignore
        lambda work: notes.delete(work, note_id),  # pyright: ignore
    ):
        with pytest.raises(ForbiddenError), team.work("alan") as work:
            change(work)
    read = team.note(note_id).change_no
    with team.work(now=at(20)) as work:
        notes.edit(work, note_id, "Two")
    assert (team.note(note_id).text, team.note(note_id).edited_at) == ("Two", at(20))
    with pytest.raises(StaleError), team.work() as work:
        notes.edit(work, note_id, "Three", expected=read)
    with team.work("sue", at(30)) as work:
        notes.delete(work, note_id, is_others_too=True)
    assert team.note(note_id).deleted_at == at(30)
    with pytest.raises(NotFoundError), team.work() as work:
        notes.edit(work, note_id, "Four")
    assert team.place.differences() == []


def test_a_note_says_something_about_something(team: Team) -> None:
    activity_id = team.place.queued()
    with pytest.raises(RefusedError, match="empty"):
        write(team, About(activity_id=activity_id), "  \n")
    with pytest.raises(NotFoundError):
        write(team, About(activity_id=999))
    with pytest.raises(NotFoundError):
        write(team, About(case_id=999))
    with pytest.raises(NotFoundError):
        write(team, About(customer_id=999))
    customer_id = team.place.activity(activity_id).customer_id
    assert team.note(write(team, About(customer_id=customer_id))).customer_id == customer_id
    assert team.place.differences() == []


def test_s10_no_note_is_in_any_mail_nor_in_what_it_quotes_after_a_merge(team: Team) -> None:
    activity_id = team.held()
    other = team.held()
    case_id, from_case = team.case_of(activity_id), team.case_of(other)
    customer_id = team.place.activity(activity_id).customer_id
    write(team, About(activity_id=activity_id))
    write(team, About(activity_id=other))
    write(team, About(case_id=from_case))
    write(team, About(customer_id=customer_id))
    with team.work() as work:
        joining.merge_by_hand(work, from_case, into_case_id=case_id)
    for key in (activity_id, other):
        desk.reply(
            team.lodge, key, agent_id=team.people["grace"], text="It is on its way.", now=at(30)
        )
    emails = team.place.rows(select(Email.__table__))
    outbox = team.place.rows(select(OutboxMessage.__table__))
    assert len(outbox) == 2
    kept = [team.lodge.files.get(line.payload["raw_sha256"]).decode() for line in outbox]
    said = "\n".join([*map(str, emails), *map(str, outbox), *kept])
    assert "It is on its way." in said
    assert SECRET not in said
