"""Articles: what people know and insert in answers, in folders, with every version kept."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import Sensitivity


class ArticleFolder(Captured, ActiveBase):
    __tablename__ = "article_folders"
    __table_args__ = ({"comment": "One row per folder of articles."},)

    article_folder_id: Mapped[int] = term("Key of the folder.", Key, primary_key=True)
    department_id: Mapped[int] = term("Department that owns it.", Key, index=True)
    parent_folder_id: Mapped[int | None] = term(
        "Folder it lies in; empty at the top.", Key, ForeignKey("article_folders.article_folder_id")
    )
    name: Mapped[str] = term("Name of the folder.", example="Refunds")
    created_at: Mapped[datetime] = term("When it was made.", unit="instant, UTC")
    deleted_at: Mapped[datetime | None] = term("When it was deleted.", unit="instant, UTC")


class Article(Captured, ActiveBase):
    __tablename__ = "articles"
    __table_args__ = ({"comment": "One row per article, as it is now."},)

    article_id: Mapped[int] = term("Key of the article.", Key, primary_key=True)
    department_id: Mapped[int] = term("Department that owns it.", Key, index=True)
    article_folder_id: Mapped[int] = term(
        "Folder it lies in.", Key, ForeignKey("article_folders.article_folder_id"), index=True
    )
    title: Mapped[str] = term(
        "Title of the version last published, or of the newest where none ever was.",
        sensitivity=Sensitivity.CONTENT,
        example="How to refund",
    )
    status: Mapped[str] = term("draft, published or withdrawn.", example="published")
    language: Mapped[str | None] = term("Language it is written in, a BCP 47 tag.", example="en")
    newest_version_no: Mapped[int] = term("Number of the newest version, from 1.", example="3")
    published_version_no: Mapped[int | None] = term(
        "Number of the version that is published; empty when none is.", example="2"
    )
    created_at: Mapped[datetime] = term("When it was first written.", unit="instant, UTC")
    changed_at: Mapped[datetime] = term("When it last changed.", unit="instant, UTC")
    deleted_at: Mapped[datetime | None] = term("When it was deleted.", unit="instant, UTC")


class ArticleVersion(Captured, ActiveBase):
    __tablename__ = "article_versions"
    __table_args__ = (
        UniqueConstraint("article_id", "article_version_no"),
        {"comment": "One row per version of an article; never edited."},
    )

    article_version_id: Mapped[int] = term("Key of the version.", Key, primary_key=True)
    article_id: Mapped[int] = term("Article it is of.", Key, ForeignKey("articles.article_id"))
    article_version_no: Mapped[int] = term("Number within the article, from 1.", example="2")
    author_id: Mapped[int | None] = term("User who wrote it.", Key)
    title: Mapped[str] = term("Title of this version.", sensitivity=Sensitivity.CONTENT)
    html: Mapped[str] = term("Text as sanitised HTML.", sensitivity=Sensitivity.CONTENT)
    text: Mapped[str] = term("Text without markup.", sensitivity=Sensitivity.CONTENT)
    written_at: Mapped[datetime] = term("When it was written.", unit="instant, UTC")
