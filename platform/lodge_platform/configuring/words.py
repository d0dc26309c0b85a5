"""The types that a configuration file's and a request's values are made of."""

from typing import Annotated

from msgspec import Meta, Struct

_MOST = 2_147_483_647

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=2000)]
Positive = Annotated[int, Meta(ge=1, le=_MOST)]
Rank = Annotated[int, Meta(ge=1, le=7)]
Port = Annotated[int, Meta(ge=1, le=65535)]


class Said(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a file says of one row; a value left out is left as it is, or takes its default."""
