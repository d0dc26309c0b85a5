"""A query on its way to the process that answers it, and what comes back; loads no engine."""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from lodge_platform.errors import (
    ForbiddenError,
    LodgeError,
    NotFoundError,
    RefusedError,
    SetUpError,
    TryAgainError,
)
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.settings import Settings

Form = Literal["json", "csv", "parquet"]
KINDS: dict[str, type[LodgeError]] = {
    kind.__name__: kind
    for kind in (ForbiddenError, NotFoundError, RefusedError, SetUpError, TryAgainError)
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A query as it is handed over; `most_rows` and `most_bytes` bound the answer."""

    settings: Settings
    reader: SignedIn
    query: str
    form: Form
    now: datetime
    as_of: datetime | None
    address: str
    seconds: float
    most_rows: int
    most_bytes: int


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: `error` with its kind where it was refused, else how many rows follow."""

    row_count: int = 0
    landed_at: datetime | None = None
    kind: str = ""
    error: str = ""


def encoded(asked: Asked) -> bytes:
    """The query as the process takes it."""
    return msgspec.json.encode(asked, enc_hook=str)


def decoded(content: bytes) -> Asked:
    """The query again."""
    return msgspec.json.decode(content, type=Asked, dec_hook=_decode)


def _decode(kind: type[Any], value: Any) -> Any:
    if issubclass(kind, Path):
        return Path(value)
    raise NotImplementedError(kind)
