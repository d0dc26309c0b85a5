"""One search: the index brought up to now as far as that is quick, then asked."""

from contextlib import suppress
from datetime import datetime

from lodge_core.search.asking import Asked, Found, look_for
from lodge_core.search.indexing import index_all, is_behind
from lodge_platform.errors import TryAgainError
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge

# Bounded, so that whoever asks after a flood of mail does not wait for all of it.
_PASSES = 4


def find(lodge: Lodge, wanted: Asked, *, reader: SignedIn, now: datetime) -> tuple[Found, bool]:
    """What the reader may see of it, and whether the index had everything that happened."""
    active = lodge.stores.active
    # What is indexed is found in any case, and the answer says whether that is all.
    with suppress(TryAgainError):
        index_all(active, now, passes=_PASSES)
    with active.read() as connection:
        return look_for(connection, wanted, reader), not is_behind(connection)
