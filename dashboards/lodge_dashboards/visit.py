"""One look at a page: who looks, at which published state, with which clock and zone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import select

from lodge_dashboards.freshness import Freshness, freshness_at
from lodge_dashboards.questions import Question
from lodge_dashboards.reports import Rows, ask
from lodge_dashboards.terms import Terms
from lodge_platform.identity import Action, SignedIn, who_is
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import Department
from lodge_platform.stores.published import Published, last_published

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Visitor:
    """A signed-in reader, known by the session token of the console."""

    lodge: Lodge
    token: str
    signed_in: SignedIn
    clock: Clock

    @property
    def department_ids(self) -> tuple[int, ...]:
        """Departments whose figures this reader may see, in order of key."""
        return tuple(sorted(self.signed_in.departments_with(Action.DASHBOARDS_READ)))

    @cached_property
    def sees_house(self) -> bool:
        """Whether the reader may see figures of every department that takes work.

        Only then may the page show what is of no department, or of all of them together.
        """
        with self.lodge.stores.master.read() as master:
            active = select(Department.department_id).where(Department.is_active)
            return set(master.scalars(active)) <= set(self.department_ids)

    @property
    def may_export(self) -> bool:
        """Whether the reader may take rows along, wherever they may see figures.

        A file that silently held less than the page would be worse than none.
        """
        return set(self.department_ids) <= self.signed_in.departments_with(Action.EXPORT)

    def is_still_signed_in(self) -> bool:
        """Whether the sign-in lives; asking does not prolong it."""
        found = who_is(self.lodge, self.token, self.clock(), is_background=True)
        return found is not None

    def published(self) -> Published:
        """What is published now. Raises SetUpError when nothing ever was."""
        with self.lodge.stores.master.read() as master:
            return last_published(master)


@dataclass(frozen=True)
class Visit:
    """A reader at one published state, with instants shown in `zone`."""

    visitor: Visitor
    published: Published
    zone: ZoneInfo
    terms: Terms

    def ask(self, question: Question) -> Rows:
        """The answer at the published state."""
        return ask(self.visitor.lodge.settings, self.published.snapshot_no, question)

    def term(self, column: str) -> str | None:
        """Meaning of `table.column`, None where the reports store has none."""
        return self.terms.get(column)

    def freshness(self) -> Freshness:
        """How fresh the published state is by now."""
        return freshness_at(self.published.landed_at, self.visitor.clock())


def visitor_of(
    lodge: Lodge, token: str | None, *, clock: Clock, is_background: bool = False
) -> Visitor | None:
    """Who holds the console's session token, or None for nobody."""
    signed_in = who_is(lodge, token, clock(), is_background=is_background)
    return Visitor(lodge, token, signed_in, clock) if token and signed_in else None
