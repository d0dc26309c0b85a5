"""The values that an event gives to one row."""

from typing import Any

import msgspec


class RowChange(msgspec.Struct, frozen=True):
    """Values that an event gives to one row; `is_new` when the event brings the row into being."""

    table: str
    key: int
    values: dict[str, Any]
    is_new: bool = False
