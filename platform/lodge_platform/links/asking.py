"""How other rooms ask a link, without knowing the room that answers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from importlib.metadata import entry_points
from threading import RLock
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from msgspec import Struct
from sqlalchemy import Engine

from lodge_platform.errors import SetUpError
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.links.answers import LinkDescription, LinkPanel, LinkRows
from lodge_platform.lodge import Lodge

GROUP = "lodge.links"


class CallerKind(StrEnum):
    """On whose behalf a link is asked."""

    PERSON = "person"
    API_KEY = "api_key"
    PANEL = "panel"
    TEMPLATE = "template"
    WORKFLOW = "workflow"
    PIPELINE = "pipeline"
    OPERATOR = "operator"


class Caller(Struct, frozen=True, kw_only=True, gc=False):
    """Who asks. A `reader` is held to the link's `callers` and sees no field that their rights do
    not cover; the house itself (workflow, pipeline, operator) has none and sees all of them."""

    kind: CallerKind
    reader: SignedIn | None = None
    department_id: int | None = None
    activity_id: int | None = None


class Links(Protocol):
    """What the adapters room registers under the entry point group `lodge.links`.

    Errors of `ask`, `panel` and `batches`: NotFoundError for no such link (or none the reader may
    ask), RefusedError for parameters, TryAgainError for a source that is down, slow or broken.
    """

    def described(self) -> Sequence[LinkDescription]:
        """Every link there is a file of, also those that cannot be used; by name."""
        ...

    def ask(
        self, name: str, given: Mapping[str, str], *, caller: Caller, now: datetime
    ) -> LinkRows:
        """The rows, with parameters `given` by name; at most the link's row limit."""
        ...

    def ask_of(
        self, name: str, subject: Mapping[str, str | None], *, caller: Caller, now: datetime
    ) -> LinkRows:
        """The same, with parameters taken from an activity: values by the names of SUBJECT."""
        ...

    def panel(
        self, name: str, subject: Mapping[str, str | None], *, caller: Caller, now: datetime
    ) -> LinkPanel:
        """The link as a panel; a source that does not answer is its `obstacle`, no error."""
        ...

    def batches(
        self, name: str, given: Mapping[str, str], *, now: datetime
    ) -> Iterator[Sequence[Mapping[str, Any]]]:
        """For a load: all rows, whatever the row limit, a batch at a time, never from a cache."""
        ...

    def close(self) -> None:
        """Write what is still to be written, and give back every connection."""
        ...


_opened: WeakKeyDictionary[Engine, Links] = WeakKeyDictionary()
_opening = RLock()


def registered_links(lodge: Lodge) -> Links:
    """The links of this Lodge, opened once in a process. Raises SetUpError when no room has any."""
    with _opening:
        found = _opened.get(lodge.stores.active.engine)
        if found is None:
            points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
            if not points:
                raise SetUpError("no room answers data links; install Lodge whole")
            found = _opened[lodge.stores.active.engine] = points[0].load()(lodge)
        return found


def forget_links(lodge: Lodge) -> None:
    """Let go of the links of a Lodge that is closed; else a process keeps them until it ends."""
    with _opening:
        _opened.pop(lodge.stores.active.engine, None)
