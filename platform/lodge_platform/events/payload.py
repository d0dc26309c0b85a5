"""What every event's particulars are: a typed value that names the kind of thing it is about."""

from typing import ClassVar

import msgspec


class Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The particulars of one kind of event."""

    object_type: ClassVar[str]
