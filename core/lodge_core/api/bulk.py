"""One action on many things: each succeeds or is refused by itself, all are one commit.

Each thing is done within a savepoint, so a refusal undoes that thing alone; the whole answer is
kept with the Idempotency-Key in the same transaction, so that sending it again does nothing twice.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType
from sqlalchemy import select

from lodge_core.customers.locking import hold_customers
from lodge_core.routing.claims import lock_activities, lock_agent_states, lock_cases
from lodge_platform.api import Body, Call, Collection, ObjectKey
from lodge_platform.api.bodies import typed
from lodge_platform.api.matching import expected_version
from lodge_platform.api.problems import ApiProblem, problem_of
from lodge_platform.errors import NotFoundError, RefusedError
from lodge_platform.events import Recorder
from lodge_platform.events.work import Work
from lodge_platform.schema.active import Activity

MOST = 200
_ACTIVITIES = Activity.__table__


class Step(Struct, frozen=True):
    """One action: what its body says, and what does it, as `lodge_core.api.activity_steps`."""

    body: type[Body] | None
    run: Callable[[Call, int, int | None, Any, Work], Any]


class BulkItem(Body, frozen=True):
    """One thing, and the ETag it is expected to have; without one, any."""

    id: ObjectKey
    etag: (
        Annotated[str, Meta(pattern=r'^"\d{1,18}(-[\w.]{1,40})?"$', description="As read.")] | None
    ) = None


BulkItems = Annotated[
    list[BulkItem], Meta(min_length=1, max_length=MOST, description="At most 200, each once.")
]


class BulkResult(Struct, frozen=True, kw_only=True):
    """What became of one thing: 200 with its new ETag, or a problem and its status."""

    id: int
    status: int
    etag: str | UnsetType = UNSET
    problem: dict[str, Any] | UnsetType = UNSET


class BulkResults(Struct, frozen=True, kw_only=True):
    """What became of each thing, in the order asked."""

    done: int
    refused: int
    results: list[BulkResult]


def run_bulk(
    call: Call,
    work: Work,
    collection: Collection,
    step: Step,
    *,
    items: Sequence[BulkItem],
    body: Mapping[str, Any] | None,
) -> BulkResults:
    """Do the step to each item. Raises RefusedError for an item named twice, ApiProblem 422 for a
    body that the step does not take.
    """
    keys = [item.id for item in items]
    if len(set(keys)) < len(keys):
        raise RefusedError("each thing is named once", field="items")
    said = _said(step, body)
    _lock(work, collection, keys, said)
    results = [_one(call, work, collection, step, item, said) for item in items]
    done = sum(1 for result in results if result.status == 200)
    return BulkResults(done=done, refused=len(results) - done, results=results)


def _said(step: Step, body: Mapping[str, Any] | None) -> Body | None:
    if step.body is not None:
        try:
            return typed(dict(body or {}), step.body)
        except ApiProblem as problem:
            # The request itself was well-formed: which body an action takes is our own rule.
            error = next(iter(problem.errors), {"field": "", "detail": problem.detail})
            field = f"body.{error['field']}".rstrip(".")
            allowed = error.get("allowed", ())
            raise RefusedError(error["detail"], field=field, allowed=allowed) from problem
    if body:
        raise RefusedError("this action takes no body", field="body")
    return None


def _lock(work: Work, collection: Collection, keys: Sequence[int], said: Body | None) -> None:
    """Lock everything first, in the order that all work locks in: no two can wait in a circle."""
    hold_customers(work.connection)
    agents = {work.actor.actor_id, getattr(said, "agent_id", None)}
    lock_agent_states(work.connection, [key for key in agents if key is not None])
    cases = {getattr(said, name, None) for name in ("case_id", "into_case_id")}
    if collection.key == "case_id":
        cases |= set(keys)
    else:
        found = work.connection.execute(
            select(_ACTIVITIES.c.case_id).where(_ACTIVITIES.c.activity_id.in_(keys))
        )
        cases |= set(found.scalars())
    lock_cases(work.connection, [key for key in cases if key is not None])
    if collection.key == "activity_id":
        lock_activities(work.connection, keys)


def _one(
    call: Call, work: Work, collection: Collection, step: Step, item: BulkItem, said: Body | None
) -> BulkResult:
    try:
        match = None if item.etag is None else expected_version(item.etag)
        with work.connection.begin_nested():
            recorder = Recorder(
                work.connection,
                now=work.now,
                configuration_version_id=work.recorder.configuration_version_id,
            )
            own = Work(work.lodge, work.connection, recorder, work.actor, work.now, work.topics)
            step.run(call, item.id, match, said, own)
            own.flush()
    except (RefusedError, ApiProblem) as error:
        problem = problem_of(error, collection.name)
        return BulkResult(id=item.id, status=int(problem.kind.status), problem=problem.values())
    return BulkResult(id=item.id, status=200, etag=_etag(call, collection, item.id))


def _etag(call: Call, collection: Collection, key: int) -> str | UnsetType:
    """The new ETag; left out when the reader sees the thing no more."""
    try:
        answer = call.one(collection, key)
    except NotFoundError:
        return UNSET
    return dict(answer.headers).get("ETag", UNSET)
