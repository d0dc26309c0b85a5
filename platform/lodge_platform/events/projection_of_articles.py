"""Which rows follow from events of articles, their folders, and attached files. Pure."""

from typing import Any

import msgspec

from lodge_platform.events import of_articles as events
from lodge_platform.events.catalogue import Event
from lodge_platform.events.projection_of_customers import new_values
from lodge_platform.events.row_change import RowChange
from lodge_platform.vocabulary import ArticleStatus


def changes_of_articles(event: Event) -> list[RowChange]:
    """The changes that an event of articles makes; none for any other event."""
    key, payload = event.object_id, event.payload
    match payload:
        case events.ArticleFolderCreated():
            values = {
                **msgspec.structs.asdict(payload),
                "created_at": event.occurred_at,
                "deleted_at": None,
            }
            return [RowChange("article_folders", key, values, is_new=True)]
        case events.ArticleFolderEdited(changes=changes):
            return [RowChange("article_folders", key, new_values(changes))]
        case events.ArticleFolderDeleted():
            return [RowChange("article_folders", key, {"deleted_at": event.occurred_at})]
        case events.ArticleCreated():
            return [RowChange("articles", key, _new_article(event, payload), is_new=True)]
        case events.ArticleWritten():
            return _written(event, payload)
        case events.AttachmentAdded():
            return [RowChange("attachments", key, _attached(event, payload), is_new=True)]
        case events.AttachmentDeleted():
            return [RowChange("attachments", key, {"deleted_at": event.occurred_at})]
        case _:
            return _of_article(event)


def _of_article(event: Event) -> list[RowChange]:
    match event.payload:
        case events.ArticleEdited(changes=changes):
            values = new_values(changes)
        case events.ArticlePublished(article_version_no=version_no, title=title):
            values: dict[str, Any] = {
                "status": ArticleStatus.PUBLISHED.value,
                "published_version_no": version_no,
                "title": title,
            }
        case events.ArticleWithdrawn():
            values = {"status": ArticleStatus.WITHDRAWN.value, "published_version_no": None}
        case events.ArticleDeleted():
            values = {"deleted_at": event.occurred_at}
        case _:
            return []
    return [RowChange("articles", event.object_id, values | {"changed_at": event.occurred_at})]


def _new_article(event: Event, payload: events.ArticleCreated) -> dict[str, Any]:
    return msgspec.structs.asdict(payload) | {
        "status": ArticleStatus.DRAFT.value,
        "newest_version_no": 1,
        "published_version_no": None,
        "created_at": event.occurred_at,
        "changed_at": event.occurred_at,
        "deleted_at": None,
    }


def _written(event: Event, payload: events.ArticleWritten) -> list[RowChange]:
    version = {
        "article_id": event.object_id,
        "article_version_no": payload.article_version_no,
        "author_id": payload.author_id,
        "title": payload.title,
        "html": payload.html,
        "text": payload.text,
        "written_at": event.occurred_at,
    }
    article: dict[str, Any] = {
        "newest_version_no": payload.article_version_no,
        "changed_at": event.occurred_at,
    }
    if payload.is_titled:
        article["title"] = payload.title
    return [
        RowChange("articles", event.object_id, article),
        RowChange("article_versions", payload.article_version_id, version, is_new=True),
    ]


def _attached(event: Event, payload: events.AttachmentAdded) -> dict[str, Any]:
    return msgspec.structs.asdict(payload) | {
        "email_id": None,
        "content_id": None,
        "is_inline": False,
        "added_at": event.occurred_at,
        "deleted_at": None,
    }
