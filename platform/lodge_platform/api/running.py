"""Running a handler: in the store it writes to, once for an Idempotency-Key, in a worker thread."""

from typing import Any

from sqlalchemy import insert

from lodge_platform.api.answers import Answer
from lodge_platform.api.call import Call
from lodge_platform.api.idempotency import AnsweredBefore, Repeated, claim, keep
from lodge_platform.api.operation import Operation
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import MistakeError
from lodge_platform.events.work import working
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import AccessRecord


def run(operation: Operation, call: Call, body: Any, request: Repeated | None) -> Answer:
    """The handler's answer. What it wrote, and the answer to a repeated request, are one commit."""
    try:
        if operation.writes == "active":
            return _in_active(operation, call, body, request)
        if operation.writes == "master":
            answer = _in_master(operation, call, body, request)
            wake(call.lodge, Topic.CONFIGURATION)
            return answer
    except AnsweredBefore as before:
        return before.answer
    return _handled(operation, call, body)


def record_access(operation: Operation, call: Call, answer: Answer) -> None:
    """Write down that sensitive data leaves, before it does."""
    keys = list(call.keys.values())
    detail = str(call.query) if call.query is not None else call.headers.get("query", "")
    with call.lodge.stores.active.write() as connection:
        connection.execute(
            insert(AccessRecord).values(
                user_id=call.reader.user_id,
                api_key_id=call.reader.api_key_id,
                address=call.address,
                kind=operation.is_audited,
                object_type=operation.collection.one if operation.collection else operation.name,
                object_id=keys[-1] if keys else None,
                detail=detail[:2000] or None,
                row_count=answer.row_count,
                read_at=call.now,
            )
        )


def _in_active(operation: Operation, call: Call, body: Any, request: Repeated | None) -> Answer:
    with working(call.lodge, actor=call.actor, now=call.now) as work:
        key = None if request is None else claim(work.connection, request, now=call.now)
        call.inside = work
        answer = _handled(operation, call, body, work)
        work.flush()
        if request is not None and key is not None:
            keep(work.connection, request, key, answer)
        return answer


def _in_master(operation: Operation, call: Call, body: Any, request: Repeated | None) -> Answer:
    master = call.lodge.stores.master
    with change_configuration(master, by=call.reader.name, now=call.now) as session:
        key = None if request is None else claim(session.connection(), request, now=call.now)
        call.inside = session
        answer = _handled(operation, call, body, session)
        session.flush()
        if request is not None and key is not None:
            keep(session.connection(), request, key, answer)
        return answer


def _handled(operation: Operation, call: Call, body: Any, *inside: Any) -> Answer:
    handler = operation.handler
    if handler is None:
        raise MistakeError(f"{operation.method} {operation.path} has no handler")
    given = () if operation.body in (None, "binary") else (body,)
    answer = handler(call, *given, *inside)
    if not isinstance(answer, Answer):
        raise MistakeError(f"{operation.method} {operation.path} gave no Answer")
    return answer
