"""Configuration by the API: resources that follow from the kinds, and the whole as a document."""

from typing import Any

import pytest
from sqlalchemy import select

from api.house import House, code_of, error_fields
from lodge_platform.schema.master import Department


def test_a_queue_is_made_read_changed_replaced_and_deleted(offices: House, integrator: Any) -> None:
    place = offices.place
    said = {
        "name": "Returns",
        "department_id": place.department_id,
        "media_routing_domain_id": place.domain_id,
        "skill_group_id": place.groups["Billing"],
        "service_level_seconds": 600,
        "priority": 2,
    }
    made = integrator.post("/queues", json=said)
    assert made.status_code == 201, made.text
    one = made.headers["location"].removeprefix("/api/v1")
    read = integrator.get(one)
    assert read.json() == made.json()
    assert said.items() <= read.json().items()
    assert integrator.patch(one, json={"priority": 3}).status_code == 428
    tag = {"if-match": read.headers["etag"]}
    changed = integrator.patch(one, json={"priority": 3}, headers=tag)
    assert changed.json()["priority"] == 3
    assert integrator.patch(one, json={"priority": 5}, headers=tag).status_code == 412
    tag = {"if-match": changed.headers["etag"]}
    del said["priority"]
    replaced = integrator.put(one, json=said, headers=tag)
    assert replaced.json()["priority"] == 4  # what a PUT leaves out has its default
    versions = integrator.get(f"{one}/versions").json()["items"]
    assert [version["action"] for version in versions] == ["changed", "changed", "created"]
    assert versions[0]["old_values"]["priority"] == 3
    tag = {"if-match": replaced.headers["etag"]}
    assert integrator.delete(one, headers=tag).status_code == 204
    assert integrator.get(one).status_code == 404


def test_every_kind_can_be_made_and_read_by_the_api(offices: House, everywhere: Any) -> None:
    place = offices.place
    own = {"department_id": place.department_id}
    document = "name: by hand\nkind: inbound\ndepartment: Customer care\notherwise: General\n"
    bodies: dict[str, dict[str, Any]] = {
        "media-routing-domains": {
            "name": "Chat",
            "media": "chat",
            "task_limit": 3,
            "offer_seconds": 20,
            "misses_allowed": 2,
        },
        "skill-groups": own | {"name": "Night shift", "member_ids": [offices.people["root"]]},
        "aliases": own | {"address": "Hello@lodge.test", "source_kind": "imap"},
        "workflows": {"document": document},
        "calendars": own
        | {"name": "Office", "time_zone": "Europe/Berlin", "hours": {"mon": {"09:00": "17:00"}}},
        "policies": own | {"name": "Gold", "first_response_seconds": 60},
        "entry-points": own
        | {"name": "Page", "media": "chat", "queue_id": place.queues["General"]},
        "categories": own | {"name": "Delivery"},
        "resolution-codes": own | {"name": "Done"},
        "custom-attributes": {
            "object_type": "case",
            "name": "order_number",
            "label": "Order",
            "attribute_type": "text",
        },
        "identity-providers": {
            "name": "staff",
            "display_name": "Staff",
            "issuer": "https://id.example.org",
            "client_id": "lodge",
            "client_secret_name": "staff_oidc",
        },
        "departments": {"name": "New branch"},
    }
    for path, body in bodies.items():
        made = everywhere.post(f"/{path}", json=body)
        assert made.status_code == 201, (path, made.text)
        one = made.headers["location"].removeprefix("/api/v1")
        reader = everywhere if path != "departments" else offices.program(offices.key("root"))
        assert reader.get(one).json() == made.json()
        assert reader.get(f"/{path}").status_code == 200
        versions = reader.get(f"{one}/versions").json()["items"]
        assert versions[-1]["action"] == "created"
    group = everywhere.get("/skill-groups?name=Night shift").json()["items"][0]
    members = everywhere.get(f"/skill-groups/{group['skill_group_id']}/members").json()["items"]
    assert [member["user_id"] for member in members] == [offices.people["root"]]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("calendars", {"time_zone": "Europe/Berlim"}, "time_zone"),
        ("calendars", {"hours": {"mon": {"17:00": "09:00"}}}, "hours.mon.17:00"),
        ("calendars", {"hours": {"someday": {}}}, "hours.someday"),
        ("calendars", {"hours": {"mon": {}}}, "hours"),
        ("calendars", {"holidays": ["2026-02-30"]}, "holidays[0]"),
        ("calendars", {"department_id": 10**9}, "department_id"),
        ("calendars", {"name": ""}, "name"),
        ("calendars", {"odd": 1}, "odd"),
        ("queues", {"is_exception": True}, None),
        ("queues", {"skill_group_id": None}, None),
        ("queues", {"media_routing_domain_id": 10**9}, "media_routing_domain_id"),
        ("queues", {"priority": 8}, "priority"),
        ("aliases", {"address": "a b@lodge.test"}, "address"),
        ("aliases", {"address": "support@lodge..test"}, "address"),
        ("aliases", {"source_kind": "maildir", "source_host": "/etc"}, "source_kind"),
        ("entry-points", {"media": "email"}, "media"),
        ("entry-points", {"allowed_origins": ["https://shop.example/path"]}, "allowed_origins[0]"),
        ("policies", {"first_response_seconds": None}, None),
        ("policies", {"calendar_id": 10**9}, "calendar_id"),
        ("workflows", {"document": "name: x\nkind: odd\n"}, "document"),
        ("workflows", {"document": "name: [\n"}, "document"),
    ],
)
def test_what_cannot_be_is_refused_naming_the_field(
    offices: House, integrator: Any, path: str, body: dict[str, Any], field: str | None
) -> None:
    answer = integrator.post(f"/{path}", json=_good(offices, path) | body)
    assert answer.status_code == 422, answer.text
    assert code_of(answer) in ("refused", "invalid-body")
    if field is not None:
        assert error_fields(answer) == [field]


def test_a_name_that_is_taken_is_a_conflict(offices: House, integrator: Any) -> None:
    answer = integrator.post("/queues", json=_good(offices, "queues") | {"name": "general"})
    assert (answer.status_code, error_fields(answer)) == (409, ["name"])


def test_s08_another_departments_configuration_is_not_there(
    offices: House, everywhere: Any
) -> None:
    place = offices.place
    stranger = offices.asker("sid", "integrator", department_id=_sales(offices))
    theirs = f"/queues/{place.queues['General']}"
    tag = {"if-match": everywhere.get(theirs).headers["etag"]}
    absent = stranger.get("/queues/999999")
    for answer in (
        stranger.get(theirs),
        stranger.patch(theirs, json={"priority": 1}, headers=tag),
        stranger.delete(theirs, headers=tag),
        stranger.get(f"{theirs}/versions"),
    ):
        assert (answer.status_code, answer.json()) == (404, absent.json())
    listed = stranger.get("/queues?count=true").json()
    assert (listed["items"], listed["total"]) == ([], 0)
    assert [one["name"] for one in stranger.get("/departments").json()["items"]] == ["Sales"]


def test_s08_nothing_of_another_department_can_be_named(offices: House) -> None:
    place = offices.place
    stranger = offices.asker("sid", "integrator", department_id=_sales(offices))
    body = _good(offices, "queues") | {"department_id": _sales(offices)}
    there = stranger.post("/queues", json=body | {"skill_group_id": place.groups["Billing"]})
    absent = stranger.post("/queues", json=body | {"skill_group_id": 10**9})
    assert there.json() == absent.json()
    assert error_fields(there) == ["skill_group_id"]
    assert stranger.post("/queues", json=_good(offices, "queues")).status_code == 422


def test_s08_who_only_reads_changes_nothing(offices: House) -> None:
    reader = offices.asker("sue", "supervisor")
    one = f"/queues/{offices.place.queues['General']}"
    tag = {"if-match": reader.get(one).headers["etag"]}
    for answer in (
        reader.post("/queues", json=_good(offices, "queues")),
        reader.patch(one, json={"priority": 1}, headers=tag),
        reader.delete(one, headers=tag),
        reader.post("/configuration/apply", json={"document": "queues: []"}),
        reader.post("/configuration/plan", json={"document": "queues: []"}),
    ):
        assert answer.status_code == 403, answer.text


def test_what_the_whole_house_shares_needs_the_right_everywhere(
    offices: House, integrator: Any, everywhere: Any
) -> None:
    one = f"/media-routing-domains/{offices.place.domain_id}"
    read = integrator.get(one)
    assert read.status_code == 200
    tag = {"if-match": read.headers["etag"]}
    refused = integrator.patch(one, json={"task_limit": 9}, headers=tag)
    assert refused.status_code == 403
    assert everywhere.patch(one, json={"task_limit": 9}, headers=tag).status_code == 200
    assert integrator.get("/identity-providers").json()["items"] == []


def test_what_is_in_use_is_not_deleted(offices: House, integrator: Any) -> None:
    offices.place.queued("General")
    one = f"/queues/{offices.place.queues['General']}"
    tag = {"if-match": integrator.get(one).headers["etag"]}
    refused = integrator.delete(one, headers=tag)
    assert refused.status_code == 409
    assert "switch it off" in refused.json()["detail"]
    assert integrator.patch(one, json={"is_active": False}, headers=tag).status_code == 200


def test_whoever_makes_a_department_has_their_roles_there(offices: House, everywhere: Any) -> None:
    made = everywhere.post("/departments", json={"name": "Branch"})
    assert made.status_code == 201
    again = offices.program(offices.key("root"))
    body = {"name": "Here", "department_id": made.json()["department_id"]}
    assert again.post("/categories", json=body).status_code == 201
    assert again.post("/departments", json={"name": "Another"}).status_code == 201


def _sales(offices: House) -> int:
    with offices.lodge.stores.master.read() as master:
        query = select(Department.department_id).where(Department.name == "Sales")
        return master.execute(query).scalar_one()


def _good(offices: House, path: str) -> dict[str, Any]:
    """A body that is taken."""
    place = offices.place
    own = {"name": "Fresh", "department_id": place.department_id}
    return {
        "calendars": own | {"time_zone": "Europe/Berlin", "hours": {"mon": {"09:00": "17:00"}}},
        "queues": own
        | {
            "media_routing_domain_id": place.domain_id,
            "skill_group_id": place.groups["Billing"],
            "service_level_seconds": 60,
        },
        "aliases": {
            "department_id": place.department_id,
            "address": "fresh@lodge.test",
            "source_kind": "imap",
        },
        "entry-points": own | {"media": "chat", "queue_id": place.queues["General"]},
        "policies": own | {"first_response_seconds": 60},
        "workflows": {},
    }[path]
