"""What an agent gets who asks for the next: decided by the router's own `route`."""

from collections.abc import Iterator

from lodge_core.activities.holding import States
from lodge_core.routing.claims import held_count
from lodge_core.routing.configuration import RoutingConfiguration
from lodge_core.routing.reading import read_declined, read_waiting, rules_of
from lodge_core.routing.route import route
from lodge_core.routing.snapshot import AgentPlace, Rules, Snapshot, WaitingActivity
from lodge_platform.events.work import Work
from lodge_platform.vocabulary import AgentStateCode

_MOST = 50


def next_activities(
    work: Work, configuration: RoutingConfiguration, states: States, *, agent_id: int
) -> Iterator[int]:
    """Activities that the router would give this agent first, second, ...; the agent's states are
    locked. Ready or not ready makes no difference to who asks by themselves.
    """
    rules = rules_of(configuration)
    places = _places(work, configuration, states, agent_id)
    waiting = _waiting(work, configuration, rules, places)
    while True:
        decisions = route(Snapshot(tuple(waiting), places), rules, work.now)
        if not decisions:
            return
        given = decisions[0].activity_id
        yield given
        waiting = [one for one in waiting if one.activity_id != given]


def _places(
    work: Work, configuration: RoutingConfiguration, states: States, agent_id: int
) -> tuple[AgentPlace, ...]:
    groups = configuration.groups_of_agent.get(agent_id, ())
    return tuple(
        AgentPlace(
            agent_id=agent_id,
            media_routing_domain_id=domain_id,
            state=_asking(state.state),
            held=held_count(
                work.connection, agent_id, queue_ids=configuration.queues_of_domain(domain_id)
            ),
            idle_since=state.since_at,
            skill_group_ids=groups,
        )
        for (_, domain_id), state in states.items()
        if domain_id in configuration.domains
    )


def _asking(state: AgentStateCode) -> AgentStateCode:
    return state if state is AgentStateCode.SIGNED_OUT else AgentStateCode.READY


def _waiting(
    work: Work, configuration: RoutingConfiguration, rules: Rules, places: tuple[AgentPlace, ...]
) -> list[WaitingActivity]:
    """The first of what waits in each queue that the agent serves, in their departments."""
    agent_ids = {place.agent_id for place in places}
    groups = {group for place in places for group in place.skill_group_ids}
    departments = {
        department
        for agent_id in agent_ids
        for department in configuration.departments_of_agent[agent_id]
    }
    declined = read_declined(work.connection, rest_seconds=rules.rest_seconds, now=work.now)
    return [
        one
        for rule in rules.queues
        if rule.skill_group_id in groups
        and configuration.queue(rule.queue_id).department_id in departments
        for one in read_waiting(
            work.connection, rule.queue_id, limit=_MOST + len(declined), declined=declined
        )
    ]
