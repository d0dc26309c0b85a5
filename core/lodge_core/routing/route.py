"""Which agent is offered which waiting activity. Pure: the same values give the same decisions.

Order of activities: rank of the queue, priority, instant queued, key. Each goes to the eligible
agent who has been available longest, ties to the lower key. An activity nobody can take is
stepped over and never holds up the next.

An agent is eligible who is ready in the queue's domain, is in its skill group, holds less than
the task limit there, holds nothing of another domain that must not be interrupted, and is not
resting from this activity. Who rejected it or let it run out rests from it for `rest_seconds`,
whether or not anybody else can take it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from lodge_core.routing.snapshot import (
    AgentPlace,
    Decision,
    DomainRule,
    QueueRule,
    Rules,
    Snapshot,
    WaitingActivity,
)
from lodge_platform.vocabulary import AgentStateCode

_Idle = tuple[datetime, int]


def route(snapshot: Snapshot, rules: Rules, now: datetime) -> list[Decision]:
    """The offers to make now, in the order in which they are decided."""
    queues = {rule.queue_id: rule for rule in rules.queues}
    domains = {rule.media_routing_domain_id: rule for rule in rules.domains}
    room = _Room(snapshot.places, domains)
    decisions: list[Decision] = []
    for activity, queue in _in_order(snapshot, queues):
        agent_id = room.take(
            queue, resting=resting(activity, rest_seconds=rules.rest_seconds, now=now), now=now
        )
        if agent_id is None:
            continue
        seconds = domains[queue.media_routing_domain_id].offer_seconds
        decisions.append(
            Decision(
                activity_id=activity.activity_id,
                queue_id=queue.queue_id,
                agent_id=agent_id,
                expires_at=now + timedelta(seconds=seconds),
                rule="longest available",
            )
        )
    return decisions


def resting(activity: WaitingActivity, *, rest_seconds: int, now: datetime) -> frozenset[int]:
    """Agents who declined the activity less than `rest_seconds` ago."""
    since = now - timedelta(seconds=rest_seconds)
    return frozenset(one.agent_id for one in activity.declined if one.declined_at > since)


def _in_order(
    snapshot: Snapshot, queues: dict[int, QueueRule]
) -> Iterator[tuple[WaitingActivity, QueueRule]]:
    def order(activity: WaitingActivity) -> tuple[int, int, datetime, int]:
        rank = queues[activity.queue_id].priority
        return rank, activity.priority, activity.queued_at, activity.activity_id

    served = [activity for activity in snapshot.waiting if activity.queue_id in queues]
    for activity in sorted(served, key=order):
        yield activity, queues[activity.queue_id]


class _Room:
    """Who can still take something, kept as a heap for each domain and skill group.

    An agent in several groups stands in several heaps; an entry that is no longer true is
    dropped when it comes up.
    """

    def __init__(self, places: tuple[AgentPlace, ...], domains: dict[int, DomainRule]) -> None:
        self._domains = domains
        self._held: dict[tuple[int, int], int] = {}
        self._idle: dict[tuple[int, int], datetime] = {}
        self._groups: dict[tuple[int, int], tuple[int, ...]] = {}
        self._uninterruptible: dict[int, set[int]] = {}
        self._heaps: dict[tuple[int, int], list[_Idle]] = {}
        for place in places:
            self._enter(place)
        for heap in self._heaps.values():
            heapify(heap)

    def take(self, queue: QueueRule, *, resting: frozenset[int], now: datetime) -> int | None:
        """The agent who gets an activity of `queue`, now counted as holding it; None for nobody."""
        domain = queue.media_routing_domain_id
        heap = self._heaps.get((domain, queue.skill_group_id), [])
        stepped_over: list[_Idle] = []
        chosen: int | None = None
        while heap and chosen is None:
            entry = heappop(heap)
            idle_since, agent_id = entry
            if self._idle.get((agent_id, domain)) != idle_since or not self._is_free(
                agent_id, domain
            ):
                continue
            if agent_id in resting:
                stepped_over.append(entry)
            else:
                chosen = agent_id
        for entry in stepped_over:
            heappush(heap, entry)
        if chosen is not None:
            self._give(chosen, domain, now)
        return chosen

    def _enter(self, place: AgentPlace) -> None:
        key = (place.agent_id, place.media_routing_domain_id)
        rule = self._domains.get(place.media_routing_domain_id)
        if rule is None:
            return
        self._held[key] = place.held
        if place.held and not rule.is_interruptible:
            self._uninterruptible.setdefault(place.agent_id, set()).add(
                place.media_routing_domain_id
            )
        if place.state is AgentStateCode.READY and place.held < rule.task_limit:
            self._idle[key] = place.idle_since
            self._groups[key] = place.skill_group_ids
            for group in place.skill_group_ids:
                heap = self._heaps.setdefault((place.media_routing_domain_id, group), [])
                heap.append((place.idle_since, place.agent_id))

    def _is_free(self, agent_id: int, domain: int) -> bool:
        has_room = self._held[agent_id, domain] < self._domains[domain].task_limit
        return has_room and not self._uninterruptible.get(agent_id, set()) - {domain}

    def _give(self, agent_id: int, domain: int, now: datetime) -> None:
        key = (agent_id, domain)
        self._held[key] += 1
        self._idle[key] = now
        if not self._domains[domain].is_interruptible:
            self._uninterruptible.setdefault(agent_id, set()).add(domain)
        if self._is_free(agent_id, domain):
            for group in self._groups[key]:
                heappush(self._heaps[domain, group], (now, agent_id))
