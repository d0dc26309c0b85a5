"""What the console shows an agent: offers, own work, states, and what waits in queues. Reads only.

`activity_view` and the rest of a case's reading are in `lodge_core.agents.reading`.
"""

from sqlalchemy import Connection, func, select

from lodge_core.agents.lines import activity_lines, queue_names
from lodge_core.agents.reading import activity_view
from lodge_core.agents.views import (
    ActivityLine,
    ActivityView,
    Inbox,
    OfferLine,
    QueueLine,
    StateLine,
)
from lodge_platform.errors import NotFoundError
from lodge_platform.identity import Action, SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Activity, AgentState, Customer, Offer
from lodge_platform.schema.master import MediaRoutingDomain, Queue
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode, OfferOutcome

__all__ = [
    "ActivityView",
    "Inbox",
    "activity_view",
    "inbox_of",
    "offer_of",
    "states_of",
    "waiting_activities",
    "waiting_in",
]

_A = Activity.__table__.c
_O = Offer.__table__.c


def inbox_of(lodge: Lodge, agent_id: int) -> Inbox:
    """Offers that wait for the agent, activities the agent holds, and the agent's states."""
    names = queue_names(lodge.stores.master)
    with lodge.stores.active.read() as connection:
        return Inbox(
            offers=_offers(connection, agent_id, names),
            assigned=activity_lines(
                connection,
                names,
                _A.agent_id == agent_id,
                _A.status == ActivityStatus.ASSIGNED,
                order_by=(_A.assigned_at, _A.activity_id),
            ),
            states=_states(lodge, connection, agent_id),
        )


def offer_of(lodge: Lodge, offer_id: int, *, agent_id: int) -> int:
    """Key of the activity in an offer made to this agent. Raises NotFoundError for any other."""
    with lodge.stores.active.read() as connection:
        found = connection.execute(
            select(_O.activity_id).where(_O.offer_id == offer_id, _O.agent_id == agent_id)
        ).scalar()
    if found is None:
        raise NotFoundError(f"no offer {offer_id}")
    return found


def states_of(lodge: Lodge, agent_id: int) -> tuple[StateLine, ...]:
    """What the agent does in each media routing domain."""
    with lodge.stores.active.read() as connection:
        return _states(lodge, connection, agent_id)


def waiting_in(lodge: Lodge, reader: SignedIn) -> tuple[QueueLine, ...]:
    """The active queues that the reader may read, exception queues last, and what waits in each."""
    action = Action.ACTIVITY_READ
    is_seen = Queue.department_id.in_(list(reader.departments_with(action))) | Queue.queue_id.in_(
        list(reader.queues_with(action))
    )
    with lodge.stores.master.read() as connection:
        queues = connection.execute(
            select(Queue.queue_id, Queue.department_id, Queue.name, Queue.is_exception)
            .where(is_seen, Queue.is_active)
            .order_by(Queue.is_exception, Queue.name)
        ).all()
    with lodge.stores.active.read() as connection:
        waiting = connection.execute(
            select(_A.queue_id, func.count(), func.min(_A.queued_at))
            .where(
                _A.status.in_([ActivityStatus.QUEUED, ActivityStatus.OFFERED]),
                _A.queue_id.in_([queue.queue_id for queue in queues]),
            )
            .group_by(_A.queue_id)
        )
        counts = {row[0]: (row[1], row[2]) for row in waiting}
    return tuple(
        QueueLine(
            queue_id=queue.queue_id,
            department_id=queue.department_id,
            name=queue.name,
            is_exception=queue.is_exception,
            waiting=counts.get(queue.queue_id, (0, None))[0],
            oldest_queued_at=counts.get(queue.queue_id, (0, None))[1],
        )
        for queue in queues
    )


def waiting_activities(
    lodge: Lodge, queue_id: int, reader: SignedIn, *, limit: int = 200
) -> tuple[QueueLine, tuple[ActivityLine, ...]]:
    """A queue the reader may read and what waits in it, oldest first; NotFoundError for others."""
    lines = waiting_in(lodge, reader)
    queue = next((line for line in lines if line.queue_id == queue_id), None)
    if queue is None:
        raise NotFoundError(f"no queue {queue_id}")
    with lodge.stores.active.read() as connection:
        waiting = activity_lines(
            connection,
            {queue_id: queue.name},
            _A.queue_id == queue_id,
            _A.status.in_([ActivityStatus.QUEUED, ActivityStatus.OFFERED]),
            order_by=(_A.queued_at, _A.activity_id),
            limit=limit,
        )
    return queue, waiting


def _offers(connection: Connection, agent_id: int, names: dict[int, str]) -> tuple[OfferLine, ...]:
    customers = Customer.__table__.c
    rows = connection.execute(
        select(
            _O.offer_id,
            _O.activity_id,
            _A.subject,
            customers.name,
            _O.queue_id,
            _A.queued_at,
            _O.expires_at,
        )
        .join(Activity.__table__, _A.activity_id == _O.activity_id)
        .join(Customer.__table__, customers.customer_id == _A.customer_id)
        .where(_O.agent_id == agent_id, _O.outcome == OfferOutcome.PENDING)
        .order_by(_O.expires_at, _O.offer_id)
    )
    return tuple(
        OfferLine(
            offer_id=row.offer_id,
            activity_id=row.activity_id,
            subject=row.subject,
            customer_name=row.name,
            queue=names.get(row.queue_id, ""),
            queued_at=row.queued_at,
            expires_at=row.expires_at,
        )
        for row in rows
    )


def _states(lodge: Lodge, connection: Connection, agent_id: int) -> tuple[StateLine, ...]:
    table = AgentState.__table__
    rows = connection.execute(select(table).where(table.c.agent_id == agent_id))
    known = {row.media_routing_domain_id: row for row in rows}
    domains = select(
        MediaRoutingDomain.media_routing_domain_id,
        MediaRoutingDomain.name,
        MediaRoutingDomain.media,
        MediaRoutingDomain.task_limit,
    ).order_by(MediaRoutingDomain.media_routing_domain_id)
    with lodge.stores.master.read() as master:
        found = master.execute(domains).all()
    lines: list[StateLine] = []
    for domain in found:
        now = known.get(domain.media_routing_domain_id)
        lines.append(
            StateLine(
                media_routing_domain_id=domain.media_routing_domain_id,
                name=domain.name,
                media=domain.media,
                task_limit=domain.task_limit,
                state=now.state if now else AgentStateCode.SIGNED_OUT,
                reason=now.reason if now else None,
                since_at=now.since_at if now else None,
            )
        )
    return tuple(lines)
