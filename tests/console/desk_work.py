"""Work that is offered to an agent or held by one, and attachments of its mails."""

from sqlalchemy import insert

from lodge_core.agents import desk
from lodge_core.routing import router
from lodge_platform.clock import utc_now
from lodge_platform.schema.active import Attachment
from web.office import Office


def offered(office: Office, name: str = "grace", **values: object) -> tuple[int, int]:
    """An activity pushed to this agent: its key and the offer's."""
    place, now = office.place, utc_now()
    activity_id = place.queued("Refunds", now=now, **values)
    place.ready(name, now=now)
    router.tick(office.lodge, now)
    return activity_id, place.pending()[activity_id][1]


def held(office: Office, name: str = "grace", **values: object) -> int:
    """An activity this agent holds."""
    activity_id, offer_id = offered(office, name, **values)
    agent_id = office.place.agents[name]
    desk.accept_offer(office.lodge, offer_id, agent_id=agent_id, now=utc_now())
    return activity_id


def attach(
    office: Office,
    email_id: int,
    activity_id: int,
    content: bytes,
    name: str,
    kind: str,
    *,
    content_id: str | None = None,
) -> int:
    """An attachment of the message; its key."""
    row = {
        "email_id": email_id,
        "activity_id": activity_id,
        "filename": name,
        "content_type": kind,
        "content_id": content_id,
        "sha256": office.lodge.files.put(content),
        "size_bytes": len(content),
        "is_inline": content_id is not None,
    }
    with office.lodge.stores.active.write() as connection:
        statement = insert(Attachment).values(row).returning(Attachment.attachment_id)
        return connection.execute(statement).scalar_one()
