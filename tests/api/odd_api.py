"""Operations that do what the door must bear: change, break, answer late, announce their end."""

from datetime import date
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.small_api import CASES
from lodge_platform.api import Answer, Api, Body, Call, Collection, refuse_stale
from lodge_platform.api.visibility import by_department
from lodge_platform.errors import (
    ConflictError,
    ForbiddenError,
    MistakeError,
    NotFoundError,
    RefusedError,
    SetUpError,
    StaleError,
    TryAgainError,
)
from lodge_platform.events.catalogue import CaseOpened
from lodge_platform.events.of_activities import Change
from lodge_platform.events.of_cases import CaseChanges, CaseEdited
from lodge_platform.events.work import Work
from lodge_platform.identity import Action
from lodge_platform.schema.active import Case
from lodge_platform.schema.master import SkillGroup
from lodge_platform.stores import allocate

api = Api("odd", "What a door must bear.")
SECRET = "hunter2 at /srv/somebody/file.py"
ERRORS = {
    "refused": RefusedError("a queue has a name", field="name", allowed=["General"]),
    "missing": NotFoundError(f"no queue 7 of {SECRET}"),
    "conflict": ConflictError("the case is closed"),
    "stale": StaleError("it changed since you read it"),
    "forbidden": ForbiddenError("you lack the right case.work"),
    "later": TryAgainError(f"active store: {SECRET}"),
    "set-up": SetUpError(f"setting {SECRET}"),
    "mistake": MistakeError(SECRET),
    "bug": ZeroDivisionError(SECRET),
    "endless": RecursionError(SECRET),
}

SKILL_GROUPS = api.collection(
    Collection(
        name="skill-groups",
        one="skill-group",
        table=SkillGroup.__table__,
        action=Action.CONFIGURATION_READ,
        visible=by_department(SkillGroup.__table__),
        sorts=("name",),
        filters=("name",),
        is_master=True,
    )
)


class EditCase(Body, frozen=True):
    """What to change of a case."""

    subject: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    solution: Annotated[str, Meta(max_length=2000)] | UnsetType | None = UNSET


class NewSkillGroup(Body, frozen=True):
    """A skill group to be made."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]


@api.patch("/cases/{case_id}", action=Action.CASE_WORK, body=EditCase, answer=CASES)
def edit_case(call: Call, body: EditCase, work: Work) -> Answer:
    """Change a case."""
    key = call.key("case_id")
    row = call.visible(CASES, key, Action.CASE_WORK)
    table = Case.__table__
    row = work.connection.execute(
        select(table).where(table.c.case_id == key).with_for_update()
    ).one()
    refuse_stale(row, call.match)
    changes = {
        name: Change(old=getattr(row, name), new=value)
        for name in ("subject", "solution")
        if (value := getattr(body, name)) is not UNSET and value != getattr(row, name)
    }
    if changes:
        work.record(CaseEdited(changes=CaseChanges(**changes)), key, case_id=key)
    return call.one(CASES, key)


@api.post(
    "/skill-groups",
    action=Action.CONFIGURATION_WRITE,
    body=NewSkillGroup,
    answer=SKILL_GROUPS,
    status=201,
    writes="master",
)
def make_skill_group(call: Call, body: NewSkillGroup, session: Session) -> Answer:
    """Make a skill group."""
    row = SkillGroup(department_id=call.reader.department_id, name=body.name)
    session.add(row)
    session.flush()
    return call.created(SKILL_GROUPS, row.skill_group_id)


@api.post("/cases/{case_id}/half", action=Action.CASE_WORK, status=204)
def break_halfway(call: Call, work: Work) -> Answer:
    """Open a case, and then break."""
    [key] = allocate(work.connection, "cases")
    opened = CaseOpened(department_id=call.reader.department_id, customer_id=1, subject="half")
    work.record(opened, key, case_id=key)
    work.flush()
    raise ERRORS["bug"]


@api.get("/raise/{word}", action=Action.CONSOLE_USE)
def raise_error(call: Call) -> Answer:
    """Break as asked."""
    raise ERRORS[call.word("word")]


@api.get("/words/{word}", action=Action.CONSOLE_USE)
def say_word(call: Call) -> Answer:
    """Say the word of the path."""
    return call.value({"word": call.word("word")})


@api.post("/bytes", action=Action.CONSOLE_USE, body="binary", answer="binary", most_bytes=100_000)
def give_bytes_back(call: Call, work: Work) -> Answer:
    """Give the bytes back."""
    del work
    return call.binary(call.content, 'résumé "1"\r\nx.html')


@api.post("/secrets", action=Action.CONSOLE_USE, status=201)
def make_secret(call: Call, work: Work) -> Answer:
    """Make a secret that is shown once."""
    del work
    return call.value({"secret": SECRET}, 201, kept={"secret": None})


@api.get(
    "/old",
    action=Action.CONSOLE_USE,
    deprecated_on=date(2026, 1, 2),
    sunset_on=date(2027, 1, 2),
    successor="/echo",
)
def old(call: Call) -> Answer:
    """Do what is better done elsewhere."""
    return call.value({"said": "old"})
