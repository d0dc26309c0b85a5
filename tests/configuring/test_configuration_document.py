"""The whole configuration as a document, by the API: exported, planned, applied, undone."""

from typing import Any

from sqlalchemy import select

from api.house import House
from fixtures.workplace import NINE
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import Action, grant_role
from lodge_platform.schema.master import Department, Role, RoleAction


def test_the_whole_is_exported_planned_applied_and_undone(offices: House, everywhere: Any) -> None:
    exported = everywhere.get("/configuration").json()
    version = exported["configuration_version"]
    assert "  - name: Refunds\n" in exported["document"]
    same = everywhere.post("/configuration/plan", json={"document": exported["document"]})
    assert same.json() == {"configuration_version": version, "changes": [], "effects": []}
    offices.place.many_queued(3, "Refunds")
    document = exported["document"].replace("priority: 4", "priority: 1")
    planned = everywhere.post("/configuration/plan", json={"document": document}).json()
    assert {change["columns"][0]["new"] for change in planned["changes"]} == {"1"}
    [effect] = [one for one in planned["effects"] if one["name"] == "Refunds"]
    assert effect["figures"]["waiting"] == 3
    body = {"document": document, "expect": version}
    applied = everywhere.post("/configuration/apply", json=body)
    assert applied.status_code == 200, applied.text
    assert everywhere.post("/configuration/apply", json=body).status_code == 412
    back = everywhere.post("/configuration/rollback/plan", json={"version": version}).json()
    assert back["changes"] != []
    undone = everywhere.post("/configuration/rollback", json={"version": version})
    assert undone.status_code == 200, undone.text
    assert everywhere.get("/configuration").json()["document"] == exported["document"]


def test_the_same_apply_sent_twice_is_done_once(offices: House, everywhere: Any) -> None:
    body = {"document": "categories: [{name: Once, department: Customer care}]"}
    key = {"idempotency-key": "apply-1"}
    first = everywhere.post("/configuration/apply", json=body, headers=key)
    second = everywhere.post("/configuration/apply", json=body, headers=key)
    assert first.json() == second.json()
    assert [change["name"] for change in first.json()["changes"]] == ["Once"]


def test_an_export_shows_what_the_asker_sees_and_no_more(offices: House, integrator: Any) -> None:
    document = integrator.get("/configuration").json()["document"]
    assert "Sales" not in document
    for section in ("users:", "roles:", "identity_providers:"):
        assert section not in document
    assert integrator.post("/configuration/plan", json={"document": document}).status_code == 200


def test_a_document_cannot_reach_where_its_sender_may_not(offices: House, integrator: Any) -> None:
    sales = "{name: Odd, department: Sales}"
    named = integrator.post("/configuration/apply", json={"document": f"categories: [{sales}]"})
    assert named.status_code == 422
    assert "there is no department 'Sales'" in named.json()["detail"]
    role = "roles: [{name: agent, actions: [user.manage]}]"
    assert integrator.post("/configuration/apply", json={"document": role}).status_code == 403
    user = (
        "users: [{sign_in_name: ivy, display_name: I, department: Customer care,"
        " roles: [administrator]}]"
    )
    assert integrator.post("/configuration/apply", json={"document": user}).status_code == 403
    file = "workflows: [{file: ../../etc/passwd}]"
    told = integrator.post("/configuration/apply", json={"document": file})
    assert told.status_code == 422
    assert "no files go with this" in told.json()["detail"]


def test_nobody_gives_more_than_they_have(offices: House) -> None:
    """Who manages users everywhere, but may not operate stores, cannot make themselves able to."""
    _role(
        offices,
        "registrar",
        Action.USER_MANAGE,
        Action.CONFIGURATION_READ,
        Action.CONFIGURATION_WRITE,
    )
    offices.person("reg", "registrar")
    _grant(offices, "reg", "registrar", "Sales")
    program = offices.program(offices.key("reg"))
    document = (
        "users: [{sign_in_name: reg, display_name: Reg, department: Customer care,"
        " roles: [registrar, administrator, {role: registrar, department: Sales}]}]"
    )
    refused = program.post("/configuration/apply", json={"document": document})
    assert refused.status_code == 403, refused.text
    mild = document.replace(" administrator,", "")
    assert program.post("/configuration/apply", json={"document": mild}).status_code == 200


def test_requeueing_moves_what_rules_placed(offices: House, everywhere: Any) -> None:
    place = offices.place
    activity = place.queued("General", subject="refund please")
    document = (
        "workflows:\n  - document: |\n      name: t\n      kind: inbound\n"
        "      department: Customer care\n      otherwise: Refunds\n"
    )
    assert everywhere.post("/configuration/apply", json={"document": document}).status_code == 200
    assert place.activity(activity).queue_id == place.queues["General"]
    assert everywhere.post("/configuration/requeue").json() == {"requeued": 1}
    assert place.activity(activity).queue_id == place.queues["Refunds"]


def _grant(offices: House, name: str, role: str, department: str) -> None:
    with offices.lodge.stores.master.read() as master:
        query = select(Department.department_id).where(Department.name == department)
        department_id = master.execute(query).scalar_one()
    grant_role(
        offices.lodge,
        offices.people[name],
        role=role,
        department_id=department_id,
        by="test",
        now=NINE,
    )


def _role(offices: House, name: str, *actions: Action) -> None:
    with change_configuration(offices.lodge.stores.master, by="test", now=NINE) as session:
        role = Role(name=name)
        session.add(role)
        session.flush()
        session.add_all(RoleAction(role_id=role.role_id, action=one.value) for one in actions)
