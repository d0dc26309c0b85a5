"""The pure decision: limits, order, work conservation, nobody held up. By property."""

from datetime import UTC, datetime, timedelta
from time import process_time

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lodge_core.routing.route import resting, route
from lodge_core.routing.snapshot import (
    AgentPlace,
    Decision,
    Declined,
    DomainRule,
    QueueRule,
    Rules,
    Snapshot,
    WaitingActivity,
)
from lodge_platform.vocabulary import AgentStateCode

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DOMAINS = (1, 2)
GROUPS = (1, 2, 3)


def ago(seconds: float) -> datetime:
    """So many seconds before now."""
    return NOW - timedelta(seconds=seconds)


queue_rules = st.builds(
    QueueRule,
    queue_id=st.integers(1, 5),
    media_routing_domain_id=st.sampled_from(DOMAINS),
    skill_group_id=st.sampled_from(GROUPS),
    priority=st.integers(1, 3),
)
domain_rules = st.tuples(
    *(
        st.builds(
            DomainRule,
            media_routing_domain_id=st.just(domain),
            task_limit=st.integers(1, 3),
            offer_seconds=st.just(60),
            is_interruptible=st.booleans(),
        )
        for domain in DOMAINS
    )
)
rules = st.builds(
    Rules,
    queues=st.lists(queue_rules, unique_by=lambda rule: rule.queue_id, max_size=5).map(tuple),
    domains=domain_rules,
    rest_seconds=st.just(300),
)
waiting = st.builds(
    WaitingActivity,
    activity_id=st.integers(1, 200),
    queue_id=st.integers(1, 5),
    priority=st.integers(1, 3),
    queued_at=st.integers(0, 20).map(ago),
    declined=st.lists(
        st.builds(
            Declined,
            agent_id=st.integers(1, 6),
            declined_at=st.sampled_from([10, 299, 300, 900]).map(ago),
        ),
        max_size=3,
    ).map(tuple),
)
places = st.builds(
    AgentPlace,
    agent_id=st.integers(1, 6),
    media_routing_domain_id=st.sampled_from(DOMAINS),
    state=st.sampled_from(AgentStateCode),
    held=st.integers(0, 4),
    idle_since=st.integers(0, 5).map(ago),
    skill_group_ids=st.sets(st.sampled_from(GROUPS)).map(lambda some: tuple(sorted(some))),
)
snapshots = st.builds(
    Snapshot,
    waiting=st.lists(waiting, unique_by=lambda one: one.activity_id, max_size=30).map(tuple),
    places=st.lists(
        places, unique_by=lambda one: (one.agent_id, one.media_routing_domain_id), max_size=12
    ).map(tuple),
)


class World:
    """What is true of a snapshot before and after decisions, computed without haste."""

    def __init__(self, snapshot: Snapshot, rules: Rules) -> None:
        self.snapshot = snapshot
        self.queues = {rule.queue_id: rule for rule in rules.queues}
        self.domains = {rule.media_routing_domain_id: rule for rule in rules.domains}
        self.places = {(p.agent_id, p.media_routing_domain_id): p for p in snapshot.places}
        self.held = {key: place.held for key, place in self.places.items()}
        self.rest_seconds = rules.rest_seconds

    def give(self, decision: Decision) -> None:
        """Count the activity as held."""
        domain = self.queues[decision.queue_id].media_routing_domain_id
        self.held[decision.agent_id, domain] += 1

    def is_eligible(self, agent_id: int, activity: WaitingActivity) -> bool:
        """Whether the agent may be given the activity as things are."""
        queue = self.queues[activity.queue_id]
        domain = queue.media_routing_domain_id
        place = self.places.get((agent_id, domain))
        if place is None or place.state is not AgentStateCode.READY:
            return False
        busy_elsewhere = any(
            held and other != domain and not self.domains[other].is_interruptible
            for (agent, other), held in self.held.items()
            if agent == agent_id
        )
        return (
            queue.skill_group_id in place.skill_group_ids
            and self.held[agent_id, domain] < self.domains[domain].task_limit
            and not busy_elsewhere
            and agent_id not in resting(activity, rest_seconds=self.rest_seconds, now=NOW)
        )

    def order(self, activity: WaitingActivity) -> tuple[int, int, datetime, int]:
        """Its place among all that waits."""
        rank = self.queues[activity.queue_id].priority
        return rank, activity.priority, activity.queued_at, activity.activity_id


@given(snapshots, rules)
def test_r64_nobody_gets_what_they_may_not_and_no_limit_is_ever_passed(
    snapshot: Snapshot, rules: Rules
) -> None:
    world = World(snapshot, rules)
    by_key = {activity.activity_id: activity for activity in snapshot.waiting}
    decisions = route(snapshot, rules, NOW)
    assert len({one.activity_id for one in decisions}) == len(decisions)
    for one in decisions:
        assert one.queue_id == by_key[one.activity_id].queue_id
        assert world.is_eligible(one.agent_id, by_key[one.activity_id])
        world.give(one)


@given(snapshots, rules)
def test_r62_r66_nothing_waits_beside_somebody_free_for_it(
    snapshot: Snapshot, rules: Rules
) -> None:
    world = World(snapshot, rules)
    decisions = route(snapshot, rules, NOW)
    for one in decisions:
        world.give(one)
    given_out = {one.activity_id for one in decisions}
    agents = {place.agent_id for place in snapshot.places}
    for activity in snapshot.waiting:
        if activity.activity_id in given_out or activity.queue_id not in world.queues:
            continue
        assert not [agent for agent in agents if world.is_eligible(agent, activity)]


@given(snapshots, rules)
def test_r63_nobody_overtakes_an_equal(snapshot: Snapshot, rules: Rules) -> None:
    world = World(snapshot, rules)
    by_key = {activity.activity_id: activity for activity in snapshot.waiting}
    decisions = route(snapshot, rules, NOW)
    ranks = [world.order(by_key[one.activity_id]) for one in decisions]
    assert ranks == sorted(ranks)
    passed_over = [
        activity
        for activity in snapshot.waiting
        if activity.queue_id in world.queues
        and activity.activity_id not in {one.activity_id for one in decisions}
    ]
    for position, one in enumerate(decisions):
        for activity in passed_over:
            if world.order(activity) < ranks[position]:
                assert not world.is_eligible(one.agent_id, activity)
        world.give(one)


@given(snapshots, rules)
def test_the_agent_who_has_been_available_longest_is_chosen(
    snapshot: Snapshot, rules: Rules
) -> None:
    world = World(snapshot, rules)
    by_key = {activity.activity_id: activity for activity in snapshot.waiting}
    idle = {key: place.idle_since for key, place in world.places.items()}
    for one in route(snapshot, rules, NOW):
        domain = world.queues[one.queue_id].media_routing_domain_id
        eligible = [
            (idle[agent, domain], agent)
            for agent, where in world.places
            if where == domain and world.is_eligible(agent, by_key[one.activity_id])
        ]
        assert (idle[one.agent_id, domain], one.agent_id) == min(eligible)
        idle[one.agent_id, domain] = NOW
        world.give(one)


@given(snapshots, rules)
def test_the_same_values_in_any_order_and_through_json_decide_the_same(
    snapshot: Snapshot, rules: Rules
) -> None:
    decisions = route(snapshot, rules, NOW)
    again = msgspec.convert(
        msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(snapshot))), Snapshot
    )
    reversed_ = Snapshot(again.waiting[::-1], again.places[::-1])
    assert route(reversed_, rules, NOW) == decisions


def place(
    agent_id: int, *, idle: float = 100, held: int = 0, groups: tuple[int, ...] = (1,)
) -> AgentPlace:
    """A ready agent."""
    return AgentPlace(agent_id, 1, AgentStateCode.READY, held, ago(idle), groups)


def one_queue(*, task_limit: int = 1) -> Rules:
    """One queue of one skill group."""
    return Rules((QueueRule(1, 1, 1, 4),), (DomainRule(1, task_limit, 60, True),), 300)


def chosen(snapshot: Snapshot, rules: Rules) -> list[tuple[int, int]]:
    """Activity and agent of each decision."""
    return [(one.activity_id, one.agent_id) for one in route(snapshot, rules, NOW)]


def test_r62_an_activity_everybody_declined_does_not_hold_up_the_next() -> None:
    stuck = WaitingActivity(1, 1, 1, ago(50), (Declined(7, ago(5)),))
    following = WaitingActivity(2, 1, 4, ago(10))
    assert chosen(Snapshot((stuck, following), (place(7),)), one_queue()) == [(2, 7)]


def test_who_declined_it_gets_it_again_only_after_the_rest() -> None:
    for seconds, expected in ((299, []), (300, [(1, 7)])):
        activity = WaitingActivity(1, 1, 4, ago(400), (Declined(7, ago(seconds)),))
        assert chosen(Snapshot((activity,), (place(7),)), one_queue()) == expected


def test_work_is_spread_before_anybody_gets_a_second() -> None:
    activities = tuple(WaitingActivity(key, 1, 4, ago(50 - key)) for key in range(1, 6))
    snapshot = Snapshot(activities, (place(7, idle=10), place(8, idle=20), place(9, idle=30)))
    assert [agent for _, agent in chosen(snapshot, one_queue(task_limit=2))] == [9, 8, 7, 7, 8]


def test_a_thousand_agents_and_ten_thousand_waiting_are_decided_in_well_under_a_second() -> None:
    activities = tuple(
        WaitingActivity(key, key % 50 + 1, key % 7 + 1, ago(key)) for key in range(10_000)
    )
    agents = tuple(
        place(key, idle=key, groups=tuple(range(key % 10, key % 10 + 5))) for key in range(1, 1001)
    )
    queues = tuple(QueueRule(key, 1, key % 14, key % 7 + 1) for key in range(1, 51))
    rules = Rules(queues, (DomainRule(1, 3, 60, True),), 300)
    started = process_time()
    assert len(route(Snapshot(activities, agents), rules, NOW)) == 3000
    assert process_time() - started < 1
