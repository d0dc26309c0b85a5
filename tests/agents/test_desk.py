"""What an agent does at the desk, and what it leaves in the stores."""

import pytest

from fixtures.workplace import Workplace, at
from lodge_core.agents import desk
from lodge_core.routing import router
from lodge_platform.vocabulary import ActivityStatus


@pytest.fixture
def staffed(workplace: Workplace) -> Workplace:
    """The workplace with two agents in both skill groups."""
    workplace.agent("grace", "Everybody", "Billing")
    workplace.agent("alan", "Everybody", "Billing")
    return workplace


def test_an_offered_activity_is_accepted_answered_and_completed(staffed: Workplace) -> None:
    grace = staffed.agents["grace"]
    activity_id = staffed.queued()
    staffed.ready("grace")
    router.tick(staffed.lodge, at(1))
    agent_id, offer_id = staffed.pending()[activity_id]
    assert agent_id == grace

    desk.accept_offer(staffed.lodge, offer_id, agent_id=grace, now=at(2))
    assert staffed.activity(activity_id).status is ActivityStatus.ASSIGNED
    desk.reply(staffed.lodge, activity_id, agent_id=grace, text="It is on its way.", now=at(60))

    done = staffed.activity(activity_id)
    assert done.status is ActivityStatus.COMPLETED
    assert (done.first_response_at, done.completed_at) == (at(60), at(60))
    assert staffed.history(activity_id) == [
        "activity_created",
        "activity_queued",
        "offer_made",
        "offer_accepted",
        "reply_written",
        "activity_completed",
    ]
    assert staffed.differences() == []
