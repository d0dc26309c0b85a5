"""Notes about customers: written and read by a department, not by another that knows them too."""

from fastapi.testclient import TestClient

from api.house import House


def test_s09_a_note_about_a_customer_stays_in_its_department(customer_house: House) -> None:
    sue = customer_house.asker("sue", "supervisor")
    eve: TestClient = customer_house.asker(
        "eve", "supervisor", department_id=customer_house.department("Sales")
    )
    customer = sue.post("/customers", json={"name": "Ada Byron"}).json()
    path = f"/customers/{customer['customer_id']}/notes"
    written = sue.post(path, json={"text": "Prefers to be rung up."})
    assert written.status_code == 201, written.text
    assert written.json()["customer_id"] == customer["customer_id"]
    listed = sue.get(path).json()["items"]
    assert [note["text"] for note in listed] == ["Prefers to be rung up."]
    missing = eve.get("/customers/999999/notes")
    assert eve.get(path).status_code == missing.status_code == 404
    assert eve.get(path).content == missing.content
    assert eve.post(path, json={"text": "mine"}).status_code == 404
