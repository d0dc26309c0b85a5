"""What people do with articles and their folders, and with files they attach."""

from typing import ClassVar

import msgspec

from lodge_platform.events.of_activities import Change
from lodge_platform.events.payload import Payload


class ArticleFolderCreated(Payload, frozen=True):
    """A folder for articles was made."""

    object_type: ClassVar[str] = "article_folder"
    department_id: int
    parent_folder_id: int | None
    name: str


class ArticleFolderChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fields of a folder that an edit changed; the others are left out."""

    name: Change[str] | msgspec.UnsetType = msgspec.UNSET
    parent_folder_id: Change[int | None] | msgspec.UnsetType = msgspec.UNSET


class ArticleFolderEdited(Payload, frozen=True):
    """The folder got another name or place; `changes` holds old and new by field."""

    object_type: ClassVar[str] = "article_folder"
    changes: ArticleFolderChanges


class ArticleFolderDeleted(Payload, frozen=True):
    """The empty folder is shown to nobody any more."""

    object_type: ClassVar[str] = "article_folder"


class ArticleCreated(Payload, frozen=True):
    """An article began; its first version is the event after this one."""

    object_type: ClassVar[str] = "article"
    department_id: int
    article_folder_id: int
    title: str
    language: str | None


class ArticleWritten(Payload, frozen=True):
    """A version of the article was written; `is_titled` when the article bears its title at once,
    because none was ever published; `restored_version_no` when its text is an older one's."""

    object_type: ClassVar[str] = "article"
    article_version_id: int
    article_version_no: int
    author_id: int | None
    title: str
    html: str
    text: str
    is_titled: bool
    restored_version_no: int | None = None


class ArticleChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fields of an article, its text aside, that an edit changed."""

    article_folder_id: Change[int] | msgspec.UnsetType = msgspec.UNSET
    language: Change[str | None] | msgspec.UnsetType = msgspec.UNSET


class ArticleEdited(Payload, frozen=True):
    """The article got another folder or language; `changes` holds old and new by field."""

    object_type: ClassVar[str] = "article"
    changes: ArticleChanges


class ArticlePublished(Payload, frozen=True):
    """A version may be used in answers, in the place of any other."""

    object_type: ClassVar[str] = "article"
    article_version_no: int
    title: str


class ArticleWithdrawn(Payload, frozen=True):
    """No version may be used in answers any more."""

    object_type: ClassVar[str] = "article"


class ArticleDeleted(Payload, frozen=True):
    """The article is shown to nobody any more."""

    object_type: ClassVar[str] = "article"


class AttachmentAdded(Payload, frozen=True):
    """Somebody attached a file to an activity or an article; its bytes lie under `sha256`."""

    object_type: ClassVar[str] = "attachment"
    activity_id: int | None
    article_id: int | None
    added_by_user_id: int | None
    filename: str
    content_type: str
    sha256: str
    size_bytes: int


class AttachmentDeleted(Payload, frozen=True):
    """The attachment is shown to nobody any more; its bytes stay."""

    object_type: ClassVar[str] = "attachment"
