"""Who may not see content or people sees no page that shows them."""

from sqlalchemy import select

from fixtures.workplace import NINE
from lodge_platform.configuration import change_configuration
from lodge_platform.schema.master import Role, RoleAction
from web.office import Office


def test_s09_without_the_right_to_content_no_page_shows_any(office: Office) -> None:
    activity_id = office.place.queued("General", subject="A secret matter")
    with change_configuration(office.lodge.stores.master, by="test", now=NINE) as session:
        agent = session.scalars(select(Role).where(Role.name == "agent")).one()
        session.delete(
            session.scalars(
                select(RoleAction).where(
                    RoleAction.role_id == agent.role_id, RoleAction.action == "content.read"
                )
            ).one()
        )
    office.person("grace")
    browser = office.signed_in("grace")
    pages = ["/console/", f"/console/activities/{activity_id}", "/console/search?q=secret"]
    pages += [f"/console/queues/{office.place.queues['General']}"]
    for path in pages:
        answer = browser.get(path)
        assert answer.status_code == 403, path
        assert "content.read" in answer.text
        assert "A secret matter" not in answer.text
    assert browser.get("/console/account").status_code == 200
