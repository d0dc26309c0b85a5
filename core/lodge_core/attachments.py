"""Files that people attach to activities and articles: kept by hash, never shown as they are."""

import re
from typing import Any

from msgspec import Struct
from python_multipart import FormParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, parse_options_header
from sqlalchemy import ColumnElement, FromClause, Row, func, select

from lodge_core.console.file_names import safe_file_name
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError
from lodge_platform.events.of_articles import AttachmentAdded, AttachmentDeleted
from lodge_platform.events.work import Work
from lodge_platform.schema.active import Attachment
from lodge_platform.stores import allocate

MOST_BYTES = 25_000_000
MOST_FILES = 100
PLAIN = "application/octet-stream"
_ATTACHMENTS: FromClause = Attachment.__table__
_TYPE = re.compile(r"[A-Za-z0-9][\w.+-]{0,60}/[A-Za-z0-9][\w.+-]{0,100}", re.ASCII)


class Upload(Struct, frozen=True, kw_only=True):
    """A file as it was sent; its type is a claim and never trusted."""

    content: bytes
    filename: str
    content_type: str


def uploaded(content: bytes, content_type: str, filename: str | None) -> Upload:
    """The file in a request: the body itself, or the one file of a multipart form. Pure.

    Raises RefusedError for a form without a file or with several, an empty file, a missing name.
    """
    kind, options = parse_options_header(content_type)
    claimed = kind.decode("latin-1")
    if claimed == "multipart/form-data":
        part = _file_in(content, options.get(b"boundary", b""))
        content, claimed = part.content, part.content_type
        filename = filename or part.filename
    if not filename:
        raise RefusedError("a file has a name", field="filename")
    if not content:
        raise RefusedError("the file is empty", field="body")
    if len(content) > MOST_BYTES:
        raise RefusedError(f"a file has at most {MOST_BYTES} bytes", field="body")
    return Upload(
        content=content,
        filename=safe_file_name(filename),
        content_type=claimed if _TYPE.fullmatch(claimed) else PLAIN,
    )


def attach(
    work: Work,
    upload: Upload,
    *,
    activity_id: int | None = None,
    article_id: int | None = None,
    department_id: int,
) -> int:
    """Attach a file to an activity or an article; its key.

    Raises ConflictError when MOST_FILES are attached there already.
    """
    owner = (
        _ATTACHMENTS.c.activity_id == activity_id
        if activity_id is not None
        else _ATTACHMENTS.c.article_id == article_id
    )
    if _count(work, owner) >= MOST_FILES:
        raise ConflictError(f"at most {MOST_FILES} files are attached to one thing")
    sha256 = work.lodge.files.put(upload.content)
    [attachment_id] = allocate(work.connection, "attachments")
    added = AttachmentAdded(
        activity_id=activity_id,
        article_id=article_id,
        added_by_user_id=work.actor.actor_id,
        filename=upload.filename,
        content_type=upload.content_type,
        sha256=sha256,
        size_bytes=len(upload.content),
    )
    work.record(added, attachment_id, activity_id=activity_id, department_id=department_id)
    return attachment_id


def delete_attachment(
    work: Work, attachment_id: int, *, department_id: int, expected: int | None
) -> None:
    """Show an attachment to nobody any more; its bytes stay. Raises NotFoundError, StaleError."""
    row: Row[Any] | None = work.connection.execute(
        select(_ATTACHMENTS)
        .where(_ATTACHMENTS.c.attachment_id == attachment_id, _ATTACHMENTS.c.deleted_at.is_(None))
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"no attachment {attachment_id}")
    refuse_stale(row, expected)
    work.record(
        AttachmentDeleted(),
        attachment_id,
        activity_id=row.activity_id,
        department_id=department_id,
    )


def _count(work: Work, owner: ColumnElement[bool]) -> int:
    present = _ATTACHMENTS.c.deleted_at.is_(None)
    return work.connection.execute(
        select(func.count()).select_from(_ATTACHMENTS).where(owner, present)
    ).scalar_one()


def _file_in(content: bytes, boundary: bytes) -> Upload:
    files: list[File] = []
    fields: list[Field] = []
    refused = RefusedError("the form cannot be read", field="body")
    if not boundary:
        raise refused
    parser = FormParser(
        "multipart/form-data",
        fields.append,  # pyright: ignore[reportArgumentType]
        files.append,  # pyright: ignore[reportArgumentType]
        boundary=boundary,
        config={"MAX_MEMORY_FILE_SIZE": 2 * MOST_BYTES, "MAX_BODY_SIZE": 2 * MOST_BYTES},
    )
    try:
        parser.write(content)
        parser.finalize()
    except FormParserError as error:
        raise refused from error
    if len(files) != 1:
        raise RefusedError("the form has exactly one file", field="body")
    [file] = files
    file.file_object.seek(0)
    return Upload(
        content=file.file_object.read(),
        filename=(file.file_name or b"").decode("utf-8", "replace"),
        content_type=PLAIN,
    )
