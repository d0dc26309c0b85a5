"""One's own state over HTTP: ready, then work is picked; not ready, then offers go back."""

from api.house import House, house_of
from fixtures.workplace import Workplace
from lodge_core.api import activities, activity_actions, agent_states


def test_who_says_to_be_ready_picks_and_who_leaves_gives_back(workplace: Workplace) -> None:
    house: House = house_of(workplace, [activities.api, activity_actions.api, agent_states.api])
    sue = house.asker("sue", "supervisor")
    activity_id = workplace.queued()
    etag = sue.get(f"/activities/{activity_id}").headers["etag"]
    pick = f"/activities/{activity_id}/pick"
    assert sue.post(pick, headers={"if-match": etag}).status_code == 409
    ready = {"media_routing_domain_id": workplace.domain_id, "state": "ready"}
    answer = sue.post("/agent-states", json=ready)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "ready"
    assert sue.post(pick, headers={"if-match": etag}).status_code == 200
    states = sue.get("/agent-states").json()["items"]
    assert [(one["media_routing_domain_id"], one["state"]) for one in states] == [
        (workplace.domain_id, "ready")
    ]
    away = {"media_routing_domain_id": workplace.domain_id, "state": "not_ready", "reason": "lunch"}
    assert sue.post("/agent-states", json=away).json()["reason"] == "lunch"
    assert workplace.differences() == []


def test_an_unknown_domain_and_an_unknown_state_are_refused(sqlite_workplace: Workplace) -> None:
    house = house_of(sqlite_workplace, [agent_states.api])
    sue = house.asker("sue", "supervisor")
    unknown = {"media_routing_domain_id": 999, "state": "ready"}
    assert sue.post("/agent-states", json=unknown).status_code == 404
    wrong = {"media_routing_domain_id": sqlite_workplace.domain_id, "state": "asleep"}
    answer = sue.post("/agent-states", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["allowed"] == ["ready", "not_ready", "signed_out"]
