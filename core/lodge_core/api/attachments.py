"""The resource `attachments`: files with activities and articles, as bytes that nothing shows."""

from typing import Annotated

from msgspec import Meta
from sqlalchemy import FromClause

from lodge_core.api.activity_collections import ACTIVITIES
from lodge_core.api.article_collections import ARTICLE_ATTACHMENTS, article_for
from lodge_core.api.asking import activity_for
from lodge_core.attachments import MOST_BYTES, attach, delete_attachment, uploaded
from lodge_core.console.file_names import safe_file_name
from lodge_platform.api import Answer, Api, Call, Collection, Query
from lodge_platform.api.visibility import activities_visible, sees_everywhere, through
from lodge_platform.errors import ForbiddenError, NotFoundError
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action
from lodge_platform.schema.active import Attachment

_ATTACHMENTS: FromClause = Attachment.__table__
_FILTERS = (
    "attachment_id",
    "email_id",
    "activity_id",
    "filename",
    "content_type",
    "sha256",
    "size_bytes",
    "is_inline",
    "added_at",
)
_SORTS = ("attachment_id", "filename", "size_bytes")
_THROUGH_ACTIVITIES = through(_ATTACHMENTS, "activity_id", ACTIVITIES.table, activities_visible)
_SAID = "Files of activities that you may read. Their type is what the sender claimed."

ATTACHMENTS = Collection(
    name="attachments",
    one="attachment",
    table=_ATTACHMENTS,
    action=Action.ACTIVITY_READ,
    visible=_THROUGH_ACTIVITIES,
    leaves_out=("article_id",),
    filters=_FILTERS,
    sorts=_SORTS,
    description=_SAID,
)
ACTIVITY_ATTACHMENTS = Collection(
    name="attachments",
    one="attachment",
    table=_ATTACHMENTS,
    action=Action.ACTIVITY_READ,
    visible=_THROUGH_ACTIVITIES,
    leaves_out=("article_id",),
    filters=_FILTERS,
    sorts=_SORTS,
    under=ACTIVITIES,
    description=_SAID,
)

api = Api("attachments", "Files that came with messages, or that people attached.")
api.collection(ATTACHMENTS)
api.collection(ACTIVITY_ATTACHMENTS, is_item=False)
api.collection(ARTICLE_ATTACHMENTS)
_ONE = "/attachments/{attachment_id}"
_OF_ARTICLE = "/articles/{article_id}/attachments"


class Named(Query, frozen=True):
    """How the file is called; a form names it itself."""

    filename: Annotated[str, Meta(min_length=1, max_length=400)] | None = None


@api.post(
    "/activities/{activity_id}/attachments",
    action=Action.CASE_WORK,
    query=Named,
    body="binary",
    answer=ATTACHMENTS,
    status=201,
    most_bytes=MOST_BYTES + 10_000,
    refusals=("conflict",),
)
def attach_to_activity(call: Call, work: Work) -> Answer:
    """Attach a file to an activity.

    The body is the file, its name in `filename`; or a form (multipart/form-data) with one file. The
    name is cut down to a safe one, the type is kept as a claim.
    """
    key = call.key("activity_id")
    activity = activity_for(call, key, Action.CASE_WORK)
    upload = uploaded(call.content, call.content_type, call.query.filename)
    attachment_id = attach(work, upload, activity_id=key, department_id=activity.department_id)
    return call.created(ATTACHMENTS, attachment_id)


@api.get(f"{_ONE}/content", action=Action.ACTIVITY_READ, answer="binary", is_audited="read")
def read_attachment_content(call: Call) -> Answer:
    """Read the bytes of an attachment.

    Always as a download of no type, whatever the sender claimed. Who reads is written down.
    """
    return _content(call, ATTACHMENTS)


@api.delete(_ONE, action=Action.CASE_WORK)
def delete_activity_attachment(call: Call, work: Work) -> Answer:
    """Take an attachment away. Its bytes stay, and are shown to nobody."""
    row = call.visible(ATTACHMENTS, call.key("attachment_id"))
    activity = activity_for(call, row.activity_id, Action.CASE_WORK)
    delete_attachment(
        work, row.attachment_id, department_id=activity.department_id, expected=call.match
    )
    return call.nothing()


@api.post(
    _OF_ARTICLE,
    action=Action.ARTICLE_WRITE,
    query=Named,
    body="binary",
    answer=ARTICLE_ATTACHMENTS,
    status=201,
    most_bytes=MOST_BYTES + 10_000,
    refusals=("conflict",),
)
def attach_to_article(call: Call, work: Work) -> Answer:
    """Attach a file to an article. As for an activity."""
    key = call.key("article_id")
    article = article_for(call, key, Action.ARTICLE_WRITE)
    upload = uploaded(call.content, call.content_type, call.query.filename)
    attachment_id = attach(work, upload, article_id=key, department_id=article.department_id)
    return call.created(ARTICLE_ATTACHMENTS, attachment_id)


@api.get(
    f"{_OF_ARTICLE}/{{attachment_id}}/content",
    action=Action.ARTICLE_READ,
    answer="binary",
    is_audited="read",
)
def read_article_attachment_content(call: Call) -> Answer:
    """Read the bytes of an article's attachment. As for an activity's."""
    return _content(call, ARTICLE_ATTACHMENTS)


@api.delete(f"{_OF_ARTICLE}/{{attachment_id}}", action=Action.ARTICLE_WRITE)
def delete_article_attachment(call: Call, work: Work) -> Answer:
    """Take an article's attachment away. Its bytes stay, and are shown to nobody."""
    article = article_for(call, call.key("article_id"), Action.ARTICLE_WRITE)
    row = call.visible(ARTICLE_ATTACHMENTS, call.key("attachment_id"))
    if row.article_id != article.article_id:
        raise NotFoundError("no attachment")
    delete_attachment(
        work, row.attachment_id, department_id=article.department_id, expected=call.match
    )
    return call.nothing()


def _content(call: Call, collection: Collection) -> Answer:
    row = call.visible(collection, call.key("attachment_id"))
    if "article_id" in call.keys and row.article_id != call.key("article_id"):
        raise NotFoundError("no attachment")
    if not sees_everywhere(call.reader, collection.action, Action.CONTENT_READ):
        raise ForbiddenError(f"you lack the right {Action.CONTENT_READ.value}")
    return call.binary(call.lodge.files.get(row.sha256), safe_file_name(row.filename))
