"""Which rows follow from an event. Pure: the rows are the sum of their events, nothing else."""

from typing import Any

import msgspec

from lodge_platform.events import catalogue as events
from lodge_platform.events.projection_of_articles import changes_of_articles
from lodge_platform.events.projection_of_customers import changes_of_customers
from lodge_platform.events.projection_of_work import changes_of_work
from lodge_platform.events.row_change import RowChange
from lodge_platform.vocabulary import (
    ActivityStatus,
    AgentStateCode,
    CaseStatus,
    OfferOutcome,
    Severity,
)

__all__ = ["RowChange", "row_changes"]


def row_changes(event: events.Event) -> list[RowChange]:
    """The changes that `event` makes, in the order in which rows depend on one another."""
    payload = event.payload
    if isinstance(payload, _OF_OFFERS):
        return _of_offer(event)
    match payload:
        case events.AgentStateChanged():
            return [_agent_state(event, payload)]
        case (
            events.AgentOfferMissed(misses_in_row=misses)
            | events.AgentOfferAnswered(misses_in_row=misses)
        ):
            return [RowChange("agent_states", event.object_id, {"misses_in_row": misses})]
        case events.EmailSent():
            return [RowChange("emails", event.object_id, {"sent_at": event.occurred_at})]
        case _:
            return (
                _of_case(event)
                or _of_activity(event)
                or changes_of_work(event)
                or changes_of_customers(event)
                or changes_of_articles(event)
            )


def _of_case(event: events.Event) -> list[RowChange]:
    match event.payload:
        case events.CaseOpened() as payload:
            values: dict[str, Any] = msgspec.structs.asdict(payload) | {
                "status": CaseStatus.OPEN,
                "merged_into_case_id": None,
                "opened_at": event.occurred_at,
                "closed_at": None,
                "reopened_count": 0,
                "severity": Severity.MEDIUM.value,
                "attributes": {},
                **dict.fromkeys(_EMPTY_IN_NEW_CASE),
            }
            return [RowChange("cases", event.object_id, values, is_new=True)]
        case events.CaseReopened(times=times):
            values = {"status": CaseStatus.OPEN, "closed_at": None, "reopened_count": times}
        case events.CaseClosed():
            values = {"status": CaseStatus.CLOSED, "closed_at": event.occurred_at}
        case events.CaseMerged(into_case_id=into):
            values = {
                "status": CaseStatus.MERGED,
                "closed_at": event.occurred_at,
                "merged_into_case_id": into,
            }
        case _:
            return []
    return [RowChange("cases", event.object_id, values)]


def _of_activity(event: events.Event) -> list[RowChange]:
    match event.payload:
        case events.ActivityCreated() as payload:
            values: dict[str, Any] = msgspec.structs.asdict(payload) | {
                "status": ActivityStatus.NEW,
                "created_at": event.occurred_at,
                "is_pinned": False,
                "category_ids": [],
                "resolution_code_ids": [],
                "attributes": {},
                **dict.fromkeys(_EMPTY_AT_FIRST),
            }
            return [RowChange("activities", event.object_id, values, is_new=True)]
        case events.ActivityCaseChanged(to_case_id=case_id):
            values = {"case_id": case_id}
        case events.ActivityQueued(queue_id=queue_id):
            values = {
                "status": ActivityStatus.QUEUED,
                "queue_id": queue_id,
                "queued_at": event.occurred_at,
                "agent_id": None,
                "offer_id": None,
            }
        case events.ActivityAssigned(agent_id=agent_id):
            values = _assigned(event, agent_id)
        case events.ReplyWritten(is_first_response=True):
            values = {"first_response_at": event.occurred_at}
        case events.ActivityCompleted():
            values = {
                "status": ActivityStatus.COMPLETED,
                "completed_at": event.occurred_at,
                "offer_id": None,
            }
        case _:
            return []
    return [RowChange("activities", event.object_id, values)]


_EMPTY_AT_FIRST = (
    "queue_id",
    "agent_id",
    "offer_id",
    "queued_at",
    "assigned_at",
    "first_response_at",
    "completed_at",
    "subtype",
    "description",
    "language",
    "due_at",
    "deleted_at",
)
_EMPTY_IN_NEW_CASE = ("owner_id", "description", "solution", "due_at", "deleted_at")
_OF_OFFERS = (
    events.OfferMade,
    events.OfferAccepted,
    events.OfferRejected,
    events.OfferExpired,
    events.OfferWithdrawn,
)
_BACK_IN_QUEUE = {"status": ActivityStatus.QUEUED, "agent_id": None, "offer_id": None}


def _of_offer(event: events.Event) -> list[RowChange]:
    offer = event.object_id
    match event.payload:
        case events.OfferMade() as payload:
            values: dict[str, Any] = msgspec.structs.asdict(payload) | {
                "outcome": OfferOutcome.PENDING,
                "offered_at": event.occurred_at,
                "decided_at": None,
            }
            activity = {
                "status": ActivityStatus.OFFERED,
                "agent_id": payload.agent_id,
                "offer_id": offer,
            }
            return [
                RowChange("offers", offer, values, is_new=True),
                RowChange("activities", payload.activity_id, activity),
            ]
        case events.OfferAccepted():
            outcome, activity = OfferOutcome.ACCEPTED, _assigned(event, event.agent_id)
        case events.OfferRejected():
            outcome, activity = OfferOutcome.REJECTED, _BACK_IN_QUEUE
        case events.OfferExpired():
            outcome, activity = OfferOutcome.EXPIRED, _BACK_IN_QUEUE
        case _:
            outcome, activity = OfferOutcome.WITHDRAWN, _BACK_IN_QUEUE
    decided = {"outcome": outcome, "decided_at": event.occurred_at}
    if event.activity_id is None:
        return [RowChange("offers", offer, decided)]
    return [
        RowChange("offers", offer, decided),
        RowChange("activities", event.activity_id, activity),
    ]


def _assigned(event: events.Event, agent_id: int | None) -> dict[str, Any]:
    return {
        "status": ActivityStatus.ASSIGNED,
        "agent_id": agent_id,
        "assigned_at": event.occurred_at,
        "offer_id": None,
    }


def _agent_state(event: events.Event, payload: events.AgentStateChanged) -> RowChange:
    is_new = payload.old_state is None
    values: dict[str, Any] = {
        "state": AgentStateCode(payload.new_state),
        "reason": payload.reason,
        "misses_in_row": payload.misses_in_row,
        "since_at": event.occurred_at,
    }
    if is_new:
        values |= {
            "agent_id": payload.agent_id,
            "media_routing_domain_id": payload.media_routing_domain_id,
        }
    return RowChange("agent_states", event.object_id, values, is_new=is_new)
