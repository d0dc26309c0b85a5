"""The four resources of the field in XML alone: made, changed, listed, all of it of the schema."""

import pytest
from fastapi.testclient import TestClient
from lxml import etree

from api.house import House, house_of
from clients.conftest import XML, schema_served
from fixtures.workplace import Workplace

SPACES = {"l": "urn:lodge:api:1"}
SENT = XML | {"content-type": "application/xml"}
HEAD = 'xmlns="urn:lodge:api:1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


class Program:
    """A program that knows XML and its schema only."""

    def __init__(self, program: TestClient) -> None:
        self.program = program
        self._schema = schema_served(program)

    def ask(
        self, method: str, path: str, body: str | None = None, *, status: int = 200
    ) -> etree._Element:
        """The document answered; what is sent and what comes are of the schema."""
        content = None if body is None else body.encode()
        if content is not None:
            self._schema.assertValid(etree.fromstring(content))
        match = {} if method in ("GET", "POST") and "/p" not in path else {"if-match": "*"}
        answer = self.program.request(method, path, content=content, headers=SENT | match)
        assert answer.status_code == status, answer.text
        document = etree.fromstring(answer.content)
        self._schema.assertValid(document)
        return document


def text(document: etree._Element, path: str) -> str | None:
    """The text of an element in the document."""
    return document.findtext("/".join(f"l:{name}" for name in path.split("/")), namespaces=SPACES)


@pytest.fixture
def program(workplace: Workplace) -> Program:
    """An administrator's program on the whole API, once on each engine."""
    house: House = house_of(workplace, None)
    house.person("ada", "administrator", "supervisor")
    asker = house.program(house.key("ada"))
    for kind in ("customer", "case", "activity"):
        declared = {"object_type": kind, "name": "floors", "label": "Floors"}
        made = asker.post("/custom-attributes", json=declared | {"attribute_type": "integer"})
        assert made.status_code == 201, made.text
    asker.post("/article-folders", json={"name": "Lifts"})
    return Program(asker)


def test_everything_is_made_changed_and_listed_in_xml(program: Program) -> None:
    floors = '<attributes><entry name="floors" xsi:type="number">3</entry></attributes>'
    customer = program.ask(
        "POST",
        "/customers",
        f"""<new_customer_body {HEAD}><name>Mia &amp; Söhne</name><kind>corporate</kind>{floors}
        <contact_points><item><kind>email</kind><address>mia@example.org</address></item></contact_points>
        </new_customer_body>""",
        status=201,
    )
    assert text(customer, "name") == "Mia & Söhne"
    assert text(customer, "attributes/entry") == "3"
    key = text(customer, "customer_id")
    case = program.ask(
        "POST",
        "/cases",
        f"<new_case {HEAD}><customer_id>{key}</customer_id><subject>Lift</subject>"
        f"{floors}</new_case>",
        status=201,
    )
    case_id = text(case, "case_id")
    whole = program.ask(
        "PUT",
        f"/cases/{case_id}",
        f"<whole_case {HEAD}><subject>Lift 2</subject><severity>high</severity>{floors}"
        '<due_at>2030-01-05T09:00:00Z</due_at><description xsi:nil="true"/></whole_case>',
    )
    assert text(whole, "severity") == "high"
    task = program.ask(
        "POST",
        "/activities",
        f"<new_activity {HEAD}><case_id>{case_id}</case_id><subject>Call</subject></new_activity>",
        status=201,
    )
    changed = program.ask(
        "PATCH",
        f"/activities/{text(task, 'activity_id')}",
        f"<changed_activity {HEAD}><priority>1</priority>{floors}</changed_activity>",
    )
    assert text(changed, "priority") == "1"
    article = program.ask(
        "POST",
        "/articles",
        f"""<new_article_body {HEAD}><article_folder_id>1</article_folder_id><title>Lift</title>
        <html><![CDATA[<p>Press <b>red</b>.</p>]]></html></new_article_body>""",
        status=201,
    )
    path = f"/articles/{text(article, 'article_id')}"
    published = program.ask("POST", f"{path}/publish", f"<publishing {HEAD}/>")
    assert text(published, "published_version_no") == "1"
    for name in ("customers", "cases", "activities", "articles", f"cases/{case_id}/activities"):
        page = program.ask("GET", f"/{name}?count=true")
        assert text(page, "total") == "1"
        assert page.tag == f"{{urn:lodge:api:1}}{name.rsplit('/')[-1]}"
    assert text(program.ask("GET", f"/cases/{case_id}"), "subject") == "Lift 2"


def test_a_wrong_field_is_named_in_xml(program: Program, workplace: Workplace) -> None:
    del workplace
    answer = program.program.post(
        "/cases",
        content=b"<new_case><customer_id>x</customer_id><subject>Lift</subject></new_case>",
        headers=SENT,
    )
    assert answer.headers["content-type"] == "application/problem+xml"
    assert answer.status_code == 422
    assert "<field>customer_id</field>" in answer.text
