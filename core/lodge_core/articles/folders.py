"""Folders of articles: a tree in each department."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType
from sqlalchemy import Connection, Row, select

from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError
from lodge_platform.events.of_activities import Change
from lodge_platform.events.of_articles import (
    ArticleFolderChanges,
    ArticleFolderCreated,
    ArticleFolderDeleted,
    ArticleFolderEdited,
)
from lodge_platform.events.work import Work
from lodge_platform.schema.active import Article, ArticleFolder
from lodge_platform.stores import allocate

MOST_DEEP = 20
MOST_NAME = 200
_FOLDERS = ArticleFolder.__table__
_ARTICLES = Article.__table__


class FolderEdit(Struct, frozen=True, kw_only=True):
    """What to change of a folder; a parent of None puts it at the top."""

    name: str | UnsetType = UNSET
    parent_folder_id: int | UnsetType | None = UNSET


def create_folder(
    work: Work, name: str, *, department_id: int, parent_folder_id: int | None = None
) -> int:
    """Make a folder; its key. Raises RefusedError naming the field."""
    _refuse_name(name)
    tree = _locked_tree(work.connection, department_id)
    _refuse_place(tree, parent_folder_id, itself=None)
    [folder_id] = allocate(work.connection, "article_folders")
    created = ArticleFolderCreated(
        department_id=department_id, parent_folder_id=parent_folder_id, name=name
    )
    work.record(created, folder_id, department_id=department_id)
    return folder_id


def edit_folder(
    work: Work, article_folder_id: int, edit: FolderEdit, *, expected: int | None
) -> None:
    """Rename or move a folder. Raises NotFoundError, StaleError, RefusedError."""
    row, tree = _locked(work.connection, article_folder_id)
    refuse_stale(row, expected)
    changes: dict[str, Change[Any]] = {}
    if edit.name is not UNSET and edit.name != row.name:
        _refuse_name(edit.name)
        changes["name"] = Change(row.name, edit.name)
    parent_id = edit.parent_folder_id
    if parent_id is not UNSET and parent_id != row.parent_folder_id:
        _refuse_place(tree, parent_id, itself=article_folder_id)
        changes["parent_folder_id"] = Change(row.parent_folder_id, parent_id)
    if changes:
        work.record(
            ArticleFolderEdited(ArticleFolderChanges(**changes)),
            article_folder_id,
            department_id=row.department_id,
        )


def delete_folder(work: Work, article_folder_id: int, *, expected: int | None) -> None:
    """Delete an empty folder. Raises NotFoundError, StaleError, ConflictError."""
    row, tree = _locked(work.connection, article_folder_id)
    refuse_stale(row, expected)
    article = work.connection.execute(
        select(_ARTICLES.c.article_id)
        .where(_ARTICLES.c.article_folder_id == article_folder_id, _ARTICLES.c.deleted_at.is_(None))
        .limit(1)
    ).first()
    if article or any(one.parent_folder_id == article_folder_id for one in tree.values()):
        raise ConflictError("the folder is not empty")
    work.record(ArticleFolderDeleted(), article_folder_id, department_id=row.department_id)


def held_folder(
    connection: Connection, article_folder_id: int, *, department_id: int | None = None
) -> Row[Any]:
    """A folder that stays while this transaction lasts, of that department where one is named.

    Raises RefusedError naming the field `article_folder_id`.
    """
    row = connection.execute(
        select(_FOLDERS)
        .where(_FOLDERS.c.article_folder_id == article_folder_id, _FOLDERS.c.deleted_at.is_(None))
        .with_for_update(read=True)
    ).one_or_none()
    if row is None or (department_id is not None and row.department_id != department_id):
        raise RefusedError(f"no folder {article_folder_id}", field="article_folder_id")
    return row


def _locked(connection: Connection, article_folder_id: int) -> tuple[Row[Any], dict[int, Row[Any]]]:
    department_id = connection.execute(
        select(_FOLDERS.c.department_id).where(_FOLDERS.c.article_folder_id == article_folder_id)
    ).scalar()
    tree = _locked_tree(connection, department_id) if department_id is not None else {}
    if article_folder_id not in tree:
        raise NotFoundError(f"no folder {article_folder_id}")
    return tree[article_folder_id], tree


def _locked_tree(connection: Connection, department_id: int) -> dict[int, Row[Any]]:
    """Every folder of the department, locked, so that two moves never make a circle."""
    rows = connection.execute(
        select(_FOLDERS)
        .where(_FOLDERS.c.department_id == department_id, _FOLDERS.c.deleted_at.is_(None))
        .order_by(_FOLDERS.c.article_folder_id)
        .with_for_update()
    )
    return {row.article_folder_id: row for row in rows}


def _refuse_name(name: str) -> None:
    if not name.strip() or len(name) > MOST_NAME or "\0" in name:
        raise RefusedError(f"a folder's name has 1 to {MOST_NAME} characters", field="name")


def _refuse_place(tree: dict[int, Row[Any]], parent_id: int | None, *, itself: int | None) -> None:
    field, depth = "parent_folder_id", 0
    if parent_id is not None and parent_id not in tree:
        raise RefusedError(f"no folder {parent_id} in this department", field=field)
    while parent_id is not None:
        depth += 1
        if parent_id == itself:
            raise RefusedError("a folder cannot lie in itself, nor in one within it", field=field)
        if depth >= MOST_DEEP:
            raise RefusedError(f"folders lie at most {MOST_DEEP} deep", field=field)
        parent_id = tree[parent_id].parent_folder_id if parent_id in tree else None
