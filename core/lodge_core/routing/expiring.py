"""Offers nobody answered in time: they run out, and who lets several run out is set not ready."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from lodge_core.agents.states import change_locked
from lodge_core.routing.claims import context_of, lock_activities, lock_agent_states
from lodge_core.routing.configuration import RoutingConfiguration, configuration_of
from lodge_core.routing.withdrawing import offered_to, withdraw
from lodge_platform.events import Recorder
from lodge_platform.events.catalogue import AgentOfferMissed, OfferExpired
from lodge_platform.events.recorder import SYSTEM
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Offer
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode, OfferOutcome

MISSED = "missed offers"
MOST_AT_ONCE = 200
_OFFERS = Offer.__table__
_Place = tuple[int, int]


class Expired(msgspec.Struct, frozen=True):
    """How many offers ran out, and how many agents were set not ready for it."""

    offers: int
    agents_not_ready: int


def expire_offers(lodge: Lodge, now: datetime) -> Expired:
    """Let run out what is due, one batch in one transaction.

    An offer runs out at the instant it was made for, not when it is noticed; a miss counts only
    against an agent who was ready, unbroken, until then.
    """
    configuration = configuration_of(lodge.stores.master)
    with lodge.stores.active.read() as connection:
        due = _due(connection, now)
    if not due:
        return Expired(0, 0)
    with lodge.stores.active.write() as connection:
        recorder = Recorder(connection, now=now, configuration_version_id=configuration.version)
        agents = {offer.agent_id for offer in due}
        states = lock_agent_states(connection, agents)
        activities = lock_activities(connection, offered_to(connection, agents))
        missed: dict[_Place, int] = {}
        not_ready: set[_Place] = set()
        expired = 0
        for offer in due:
            activity = activities.pop(offer.activity_id, None)
            if activity is None or activity.offer_id != offer.offer_id:
                continue  # answered or taken back since it was read
            expired += 1
            recorder.record(
                OfferExpired(),
                offer.offer_id,
                occurred_at=offer.expires_at,
                **context_of(activity),
            )
            place = (offer.agent_id, _domain_of(configuration, offer.queue_id))
            state = states.get(place)
            if state is not None and place not in not_ready and _counts(state, offer):
                already: int = state.misses_in_row
                missed[place] = missed.get(place, already) + 1
                _miss(recorder, state, offer, misses=missed[place])
                if missed[place] >= configuration.domain(place[1]).misses_allowed:
                    _set_not_ready(recorder, configuration, state, offer)
                    not_ready.add(place)
        _withdraw_rest(recorder, configuration, activities.values(), not_ready)
        recorder.flush()
    return Expired(expired, len(not_ready))


def _due(connection: Connection, now: datetime) -> list[Row[Any]]:
    rows = connection.execute(
        select(_OFFERS)
        .where(_OFFERS.c.outcome == OfferOutcome.PENDING, _OFFERS.c.expires_at <= now)
        .order_by(_OFFERS.c.expires_at, _OFFERS.c.offer_id)
        .limit(MOST_AT_ONCE)
    )
    return list(rows)


def _counts(state: Row[Any], offer: Row[Any]) -> bool:
    return state.state is AgentStateCode.READY and state.since_at <= offer.expires_at


def _miss(recorder: Recorder, state: Row[Any], offer: Row[Any], *, misses: int) -> None:
    recorder.record(
        AgentOfferMissed(misses_in_row=misses),
        state.agent_state_id,
        agent_id=state.agent_id,
        department_id=offer.department_id,
        occurred_at=offer.expires_at,
    )


def _set_not_ready(
    recorder: Recorder, configuration: RoutingConfiguration, state: Row[Any], offer: Row[Any]
) -> None:
    change_locked(
        recorder,
        configuration,
        state,
        state=AgentStateCode.NOT_READY,
        reason=MISSED,
        actor=SYSTEM,
        occurred_at=offer.expires_at,
    )


def _withdraw_rest(
    recorder: Recorder,
    configuration: RoutingConfiguration,
    activities: Iterable[Row[Any]],
    not_ready: set[_Place],
) -> None:
    for activity in activities:
        place = (activity.agent_id, _domain_of(configuration, activity.queue_id))
        if activity.status is ActivityStatus.OFFERED and place in not_ready:
            withdraw(recorder, activity, reason=MISSED)


def _domain_of(configuration: RoutingConfiguration, queue_id: int) -> int:
    return configuration.queue(queue_id).media_routing_domain_id
