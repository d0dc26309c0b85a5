"""A small API over real tables, for what the door itself promises whatever rooms declare."""

from typing import Annotated, Literal

from msgspec import Meta
from sqlalchemy import select

from lodge_platform.api import Answer, Api, Body, Call, Collection, Query, refuse_stale
from lodge_platform.api.visibility import activities_visible, by_department, cases_visible
from lodge_platform.events.catalogue import CaseOpened
from lodge_platform.events.work import Work
from lodge_platform.identity import Action
from lodge_platform.schema.active import Activity, Case, Email
from lodge_platform.stores import allocate

api = Api("small", "Just enough to try the door.")

CASES = api.collection(
    Collection(
        name="cases",
        one="case",
        table=Case.__table__,
        action=Action.ACTIVITY_READ,
        visible=cases_visible,
        filters=(
            "status",
            "customer_id",
            "subject",
            "opened_at",
            "closed_at",
            "reopened_count",
        ),
        sorts=("case_id", "opened_at", "closed_at"),
        custom_attributes="case",
        is_xml=True,
    )
)
ACTIVITIES = api.collection(
    Collection(
        name="activities",
        one="activity",
        table=Activity.__table__,
        action=Action.ACTIVITY_READ,
        visible=activities_visible,
        filters=("status", "priority", "is_pinned", "category_ids", "agent_id"),
        sorts=("activity_id", "created_at"),
        under=CASES,
    )
)
EMAILS = api.collection(
    Collection(
        name="emails",
        one="e-mail",
        table=Email.__table__,
        action=Action.ACTIVITY_READ,
        visible=by_department(Email.__table__),
        sorts=("email_id",),
        is_audited=True,
    )
)


class OpenCase(Body, frozen=True):
    """A case to be opened."""

    subject: Annotated[str, Meta(min_length=1, max_length=200, description="What it is about.")]
    customer_id: Annotated[int, Meta(ge=1)]
    severity: Annotated[Literal["urgent", "high", "medium", "low"], Meta(description="Rank.")] = (
        "medium"
    )


class Echo(Query, frozen=True):
    """What is said back."""

    word: Annotated[str, Meta(max_length=20)] = "nothing"
    times: Annotated[int, Meta(ge=1, le=3)] = 1


@api.post("/cases", action=Action.CASE_WORK, body=OpenCase, answer=CASES, status=201)
def open_case(call: Call, body: OpenCase, work: Work) -> Answer:
    """Open a case."""
    department_id = call.reader.department_id
    call.require(Action.CASE_WORK, department_id)
    [key] = allocate(work.connection, "cases")
    opened = CaseOpened(
        department_id=department_id, customer_id=body.customer_id, subject=body.subject
    )
    work.record(opened, key, case_id=key, department_id=department_id)
    return call.created(CASES, key)


@api.delete("/cases/{case_id}", action=Action.CASE_DELETE)
def touch_case(call: Call, work: Work) -> Answer:
    """Refuse a stale version, and do nothing else."""
    call.visible(CASES, call.key("case_id"), Action.CASE_DELETE)
    table = Case.__table__
    row = work.connection.execute(
        select(table).where(table.c.case_id == call.key("case_id")).with_for_update()
    ).one()
    refuse_stale(row, call.match)
    return call.nothing()


@api.get("/echo", action=Action.CONSOLE_USE, query=Echo)
def echo(call: Call) -> Answer:
    """Say a word back."""
    return call.value({"said": [call.query.word] * call.query.times})
