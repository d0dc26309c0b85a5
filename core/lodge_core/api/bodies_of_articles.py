"""What requests about articles and their folders say."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from lodge_core.articles.folders import MOST_NAME
from lodge_core.articles.html import MOST_CHARACTERS
from lodge_core.articles.macros import MACROS
from lodge_core.articles.writing import MOST_TITLE
from lodge_platform.api import Body, ObjectKey, Query

FolderName = Annotated[str, Meta(min_length=1, max_length=MOST_NAME, description="Its name.")]
Title = Annotated[str, Meta(min_length=1, max_length=MOST_TITLE, description="Title.")]
Language = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,5}$", description="A BCP 47 tag."),
]
Html = Annotated[
    str,
    Meta(
        max_length=MOST_CHARACTERS,
        description="Text as HTML; what could act in it is taken out. Macros: "
        f"{', '.join('{{' + name + '}}' for name in MACROS)}.",
    ),
]


class NewFolder(Body, frozen=True):
    """A folder, at the top or in another; of the department named, else of one's own."""

    name: FolderName
    parent_folder_id: ObjectKey | None = None
    department_id: ObjectKey | None = None


class ChangedFolder(Body, frozen=True):
    """The fields to change; a parent of null puts it at the top."""

    name: FolderName | UnsetType = UNSET
    parent_folder_id: ObjectKey | UnsetType | None = UNSET


class NewArticleBody(Body, frozen=True):
    """An article, begun as a draft in a folder."""

    article_folder_id: ObjectKey
    title: Title
    html: Html
    language: Language | None = None


class ChangedArticle(Body, frozen=True):
    """The fields to change. Another title or text is a new version; what is published stays."""

    article_folder_id: ObjectKey | UnsetType = UNSET
    title: Title | UnsetType = UNSET
    html: Html | UnsetType = UNSET
    language: Language | UnsetType | None = UNSET


class Publishing(Body, frozen=True):
    """The number of the version; the newest where none is named."""

    article_version_no: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None


class Expanding(Body, frozen=True):
    """The activity that is answered, and which version is used."""

    activity_id: ObjectKey
    version: Literal["published", "newest"] = "published"


class WhichVersion(Query, frozen=True):
    """Which version is read; the newest is for those who may write."""

    version: Literal["published", "newest"] = "published"
