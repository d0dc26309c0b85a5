"""What a source said, kept to be read again: the bodies of its pages, and nothing of ours.

    {"kind": "http", "pages": [{"media": "application/json", "text": "..."}]}

A body that is not text is in `base64`. No header but the media type is kept, so no cookie, and
credentials that a source repeats in its text are blotted out.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import quote, quote_plus

import msgspec

from lodge_platform.errors import RefusedError

_BLOT = b"***"
_SHORTEST = 6


class Recorded(msgspec.Struct, frozen=True, omit_defaults=True):
    """One page. `status` where it is not 200; `address` of a document that a WSDL leads to."""

    media: str = ""
    text: str | None = None
    base64: str | None = None
    status: int = 200
    address: str | None = None


class Recording(msgspec.Struct, frozen=True, omit_defaults=True):
    """A recorded call. `documents` are the WSDL and schemas that had to be fetched for it."""

    kind: str
    pages: tuple[Recorded, ...] = ()
    documents: tuple[Recorded, ...] = ()


class Page(NamedTuple):
    """One body as it was."""

    media: str
    content: bytes
    status: int = 200


def recorded(
    content: bytes,
    *,
    media: str,
    secrets: Iterable[str] = (),
    status: int = 200,
    address: str | None = None,
) -> Recorded:
    """A page to keep; of `secrets`, those of six characters and more are blotted out."""
    for secret in secrets:
        for way in _ways(secret) if len(secret) >= _SHORTEST else ():
            content = content.replace(way.encode(), _BLOT)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        packed = base64.b64encode(content).decode()
        return Recorded(media=media, base64=packed, status=status, address=address)
    return Recorded(media=media, text=text, status=status, address=address)


def _ways(secret: str) -> Iterator[str]:
    """How a source may write it back: as it is, in JSON, in XML, in an address."""
    escaped = json.dumps(secret)[1:-1]
    yield from (secret, escaped, escaped.replace("/", "\\/"))
    yield from (json.dumps(secret, ensure_ascii=False)[1:-1], escape(secret, quote=False))
    yield from (quote(secret, safe=""), quote_plus(secret))


def page_of(kept: Recorded) -> Page:
    """The page as it was. Raises RefusedError where it is not base64."""
    if kept.base64 is None:
        return Page(kept.media, (kept.text or "").encode(), kept.status)
    try:
        return Page(kept.media, base64.b64decode(kept.base64, validate=True), kept.status)
    except binascii.Error as error:
        raise RefusedError("the recording has a page that is not base64") from error


def written(recording: Recording) -> bytes:
    """As JSON, in lines, with an end of line."""
    return msgspec.json.format(msgspec.json.encode(recording), indent=2) + b"\n"


def read_recording(content: bytes, kind: str) -> Recording:
    """The recording. Raises RefusedError for what is none of this kind."""
    try:
        recording = msgspec.json.decode(content, type=Recording)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(f"this is no recording: {error}") from error
    if recording.kind != kind:
        raise RefusedError(f"this recording is of {recording.kind!r}, the link is {kind}")
    return recording


def documents_of(recording: Recording) -> Mapping[str, bytes]:
    """The fetched documents by address."""
    return {one.address or "": page_of(one).content for one in recording.documents}
