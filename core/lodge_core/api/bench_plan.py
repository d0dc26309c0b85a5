"""What the peer of `lodge bench api` is told: the very queries that our API asks."""

from typing import Any

from lodge_core.api.activities import ACTIVITIES
from lodge_platform.api.reading import statements_of
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge


def peer_plan(lodge: Lodge, reader: SignedIn, *, port: int) -> dict[str, Any]:
    """The plan as JSON values."""
    active = lodge.stores.active
    url = active.engine.url
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    item, page = statements_of(lodge, ACTIVITIES, reader)
    return {
        "port": port,
        "is_sqlite": active.is_sqlite,
        "store": str(url.database) if active.is_sqlite else address,
        "key": ACTIVITIES.key,
        "names": list(ACTIVITIES.fields),
        "item": {"sql": item.sql, "parameters": item.parameters, "order": item.order},
        "list": {"sql": page.sql, "parameters": page.parameters, "order": page.order},
    }
