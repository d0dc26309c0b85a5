"""Messages of a case as the console shows them: whom they name, what is attached. Reads only."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from lodge_core.agents.views import AttachmentView, EmailView, HtmlView, RecipientView
from lodge_platform.api.visibility import activities_visible
from lodge_platform.errors import NotFoundError
from lodge_platform.identity import Action, SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Activity, Attachment, Email, EmailRecipient, OutboxMessage

_E = Email.__table__.c
_R = EmailRecipient.__table__.c
_F = Attachment.__table__.c
_O = OutboxMessage.__table__.c


def emails_of(connection: Connection, activity_ids: Collection[int]) -> tuple[EmailView, ...]:
    """Every message of these activities, in the order in which they came to be."""
    found = _emails(connection, _E.activity_id.in_(list(activity_ids)))
    return tuple(sorted(found, key=lambda email: (email.happened_at, email.email_id)))


def read_email(lodge: Lodge, email_id: int, reader: SignedIn) -> EmailView:
    """One message of an activity that the reader may read. Raises NotFoundError."""
    with lodge.stores.active.read() as connection:
        found = _emails(connection, _E.email_id == email_id, _is_seen(reader))
    if not found:
        raise NotFoundError(f"no e-mail {email_id}")
    return found[0]


def read_html(lodge: Lodge, email_id: int, reader: SignedIn) -> HtmlView:
    """The HTML body as received, not to be trusted, with what it may show within itself.

    Raises NotFoundError, also for a message without an HTML body.
    """
    with lodge.stores.active.read() as connection:
        html = connection.execute(
            select(_E.html_body).where(_E.email_id == email_id, _is_seen(reader))
        ).scalar()
        if html is None:
            raise NotFoundError(f"no HTML body of e-mail {email_id}")
        return HtmlView(email_id, html, tuple(_attachments(connection, [email_id])[email_id]))


def read_attachment(lodge: Lodge, attachment_id: int, reader: SignedIn) -> AttachmentView:
    """One attachment of a message that the reader may read. Raises NotFoundError."""
    with lodge.stores.active.read() as connection:
        row = connection.execute(
            select(Attachment.__table__)
            .join(Email.__table__, _E.email_id == _F.email_id)
            .where(_F.attachment_id == attachment_id, _F.deleted_at.is_(None), _is_seen(reader))
        ).one_or_none()
    if row is None:
        raise NotFoundError(f"no attachment {attachment_id}")
    return _attachment(row)


def _is_seen(reader: SignedIn) -> ColumnElement[bool]:
    """Messages of activities that the reader may read."""
    seen = activities_visible(reader, Action.ACTIVITY_READ)
    return _E.activity_id.in_(select(Activity.__table__.c.activity_id).where(seen))


def _emails(connection: Connection, *conditions: ColumnElement[bool]) -> list[EmailView]:
    shown = [column for column in _E if column.name != "html_body"]
    length = func.coalesce(func.length(_E.html_body), 0).label("html_characters")
    is_its_sending = (_O.topic == "email.send") & (_O.object_id == _E.email_id)
    rows = connection.execute(
        select(*shown, length, _O.status.label("sending"))
        .select_from(Email.__table__)
        .outerjoin(OutboxMessage.__table__, is_its_sending)
        .where(*conditions)
    ).all()
    keys = [row.email_id for row in rows]
    recipients, attachments = _recipients(connection, keys), _attachments(connection, keys)
    return [_email(row, recipients[row.email_id], attachments[row.email_id]) for row in rows]


def _recipients(connection: Connection, email_ids: Sequence[int]) -> dict[int, list[RecipientView]]:
    found: dict[int, list[RecipientView]] = defaultdict(list)
    for row in connection.execute(
        select(_R.email_id, _R.field, _R.name, _R.address)
        .where(_R.email_id.in_(email_ids))
        .order_by(_R.field, _R.position)
    ):
        found[row.email_id].append(RecipientView(row.field, row.name, row.address))
    return found


def _attachments(
    connection: Connection, email_ids: Sequence[int]
) -> dict[int, list[AttachmentView]]:
    found: dict[int, list[AttachmentView]] = defaultdict(list)
    for row in connection.execute(
        select(Attachment.__table__).where(_F.email_id.in_(email_ids)).order_by(_F.attachment_id)
    ):
        found[row.email_id].append(_attachment(row))
    return found


def _email(
    row: Row[*tuple[Any, ...]], recipients: list[RecipientView], attachments: list[AttachmentView]
) -> EmailView:
    values = _named(row, EmailView.__struct_fields__)
    values["problems"] = tuple(row.problems or ())
    values["sending"] = row.sending.value if row.sending else None
    values |= {"recipients": tuple(recipients), "attachments": tuple(attachments)}
    return EmailView(**values)


def _attachment(row: Row[*tuple[Any, ...]]) -> AttachmentView:
    return AttachmentView(**_named(row, AttachmentView.__struct_fields__))


def _named(row: Row[*tuple[Any, ...]], names: Collection[str]) -> dict[str, Any]:
    columns = row._mapping  # pyright: ignore[reportPrivateUsage] - SQLAlchemy's public name
    return {name: columns[name] for name in names if name in columns}
