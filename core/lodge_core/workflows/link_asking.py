"""Ask data links about activities, on threads of its own: the engine never waits for a source.

Each link has its own threads and its own room, so that a slow one holds up only what asks it. What
is under way is in memory alone: after a kill the activities are still new, and asked about again.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple

from lodge_core.activities.subject import Subject, subjects_of
from lodge_core.link_values import as_text
from lodge_core.workflows.link_facts import MOST_ROWS, LinkAnswer, LinkAnswers
from lodge_platform.errors import LodgeError
from lodge_platform.links import Caller, CallerKind, LinkRows, registered_links
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import Sensitivity

# Fewer than a link lets run at once by itself, so that people's own questions find a turn.
AT_ONCE = 3
MOST_UNDER_WAY = 200
_MOST_ANSWERED, _MOST_WANTED, _MOST_CHARACTERS = 1_000, 20_000, 50_000
_WITHHELD = (Sensitivity.PERSONAL, Sensitivity.SECRET)


class Wanted(NamedTuple):
    """An activity about which links are to be asked."""

    department_id: int
    names: frozenset[str]


class _Job(NamedTuple):
    activity_id: int
    department_id: int
    name: str
    subject: Subject
    fields: frozenset[str]
    now: datetime
    begun: float


class LinkAsking:
    """What is asked and what was answered, by activity; any thread may call it.

    At most AT_ONCE calls of one link run at a time, and MOST_UNDER_WAY wait for them; the rest is
    asked later. How long a call may take is the link's to say.
    """

    def __init__(self, lodge: Lodge) -> None:
        self._lodge = lodge
        self._changed = threading.Condition()
        self._wanted: dict[frozenset[str], OrderedDict[int, Wanted]] = {}
        self._names: dict[int, frozenset[str]] = {}
        self._under_way: dict[int, set[str]] = {}
        self._answered: OrderedDict[int, dict[str, LinkAnswer]] = OrderedDict()
        self._jobs: dict[str, deque[_Job]] = {}
        self._running: dict[str, int] = {}
        self._withheld: dict[tuple[str, str], frozenset[str]] = {}
        self._stamp: object = None
        self._is_closed = False

    def __len__(self) -> int:
        """How many activities wait for an answer, asked already or not."""
        with self._changed:
            return len(self._names) + len(self._under_way)

    def begin(self, stamp: object) -> None:
        """A round under the configuration of `stamp`: what another one wanted is forgotten."""
        with self._changed:
            if stamp != self._stamp:
                self._stamp = stamp
                self._wanted.clear()
                self._names.clear()
                self._answered.clear()

    def is_waiting(self, activity_id: int) -> bool:
        """Whether links are, or will be, asked about the activity."""
        with self._changed:
            return activity_id in self._names or activity_id in self._under_way

    def answers(self, activity_id: int) -> LinkAnswers:
        """What links answered about the activity so far, by name."""
        with self._changed:
            return dict(self._answered.get(activity_id, {}))

    def want(self, activity_id: int, wanted: Wanted) -> None:
        """Ask these links about the activity when there is room; `ask` does."""
        with self._changed:
            if len(self._names) < _MOST_WANTED and activity_id not in self._names:
                self._names[activity_id] = wanted.names
                self._wanted.setdefault(wanted.names, OrderedDict())[activity_id] = wanted

    def ask(self, fields: Mapping[str, frozenset[str]], *, now: datetime) -> None:
        """Begin to ask what is wanted, the oldest first, as far as there is room.

        `fields`: those that workflows look at, by link. The store is read here, and nothing locked.
        """
        chosen = self._take_as_there_is_room()
        subjects = subjects_of(self._lodge, chosen) if chosen else {}
        with self._changed:
            for activity_id, wanted in chosen.items():
                subject = subjects.get(activity_id)
                if subject is None:  # gone meanwhile
                    continue
                self._under_way[activity_id] = set(wanted.names)
                for name in sorted(wanted.names):
                    looked_at = fields.get(name, frozenset())
                    job = _Job(
                        activity_id,
                        wanted.department_id,
                        name,
                        subject,
                        looked_at,
                        now,
                        monotonic(),
                    )
                    self._begin(job)

    def forget(self, activity_ids: Collection[int]) -> None:
        """These are placed; their answers are used."""
        with self._changed:
            for activity_id in activity_ids:
                self._answered.pop(activity_id, None)

    def keep(self, activity_ids: Collection[int]) -> None:
        """Forget all that is about other activities than these, which are all that are new."""
        with self._changed:
            for activity_id in [one for one in self._names if one not in activity_ids]:
                del self._wanted[self._names.pop(activity_id)][activity_id]
            for activity_id in [one for one in self._answered if one not in activity_ids]:
                del self._answered[activity_id]

    def wait(self) -> None:
        """Until something was answered; at once when nothing is asked."""
        with self._changed:
            before = sum(map(len, self._under_way.values()))
            self._changed.wait_for(
                lambda: not before or sum(map(len, self._under_way.values())) < before
            )

    def close(self) -> None:
        """Begin no further call; those that run end by their own time-outs."""
        with self._changed:
            self._is_closed = True
            self._jobs.clear()
            self._under_way.clear()
            self._changed.notify_all()

    def _take_as_there_is_room(self) -> dict[int, Wanted]:
        chosen: dict[int, Wanted] = {}
        taken: dict[str, int] = {}
        with self._changed:
            for names, wanted in list(self._wanted.items()):
                under_way = [len(self._jobs.get(name, ())) + taken.get(name, 0) for name in names]
                room = min(MOST_UNDER_WAY - one for one in under_way)
                while wanted and room > 0:
                    activity_id, one = wanted.popitem(last=False)
                    del self._names[activity_id]
                    chosen[activity_id] = one
                    room -= 1
                    for name in names:
                        taken[name] = taken.get(name, 0) + 1
                if not wanted:
                    del self._wanted[names]
        return chosen

    def _begin(self, job: _Job) -> None:
        self._jobs.setdefault(job.name, deque()).append(job)
        if self._running.get(job.name, 0) < AT_ONCE:
            self._running[job.name] = self._running.get(job.name, 0) + 1
            threading.Thread(
                target=self._work, args=(job.name,), name=f"link {job.name}", daemon=True
            ).start()

    def _work(self, name: str) -> None:
        """Ask until nothing of this link is left."""
        while True:
            with self._changed:
                jobs = self._jobs.get(name)
                if not jobs or self._is_closed:
                    self._running[name] -= 1
                    return
                job = jobs.popleft()
            answer = self._answer(job)
            with self._changed:
                self._take(job, answer)
                self._changed.notify_all()

    def _take(self, job: _Job, answer: LinkAnswer) -> None:
        left = self._under_way.get(job.activity_id)
        if left is None:  # closed meanwhile
            return
        self._answered.setdefault(job.activity_id, {})[job.name] = answer
        while len(self._answered) > _MOST_ANSWERED:  # they are asked again
            self._answered.popitem(last=False)
        left.discard(job.name)
        if not left:
            del self._under_way[job.activity_id]

    def _answer(self, job: _Job) -> LinkAnswer:
        now = job.now + timedelta(seconds=monotonic() - job.begun)
        caller = Caller(
            kind=CallerKind.WORKFLOW, department_id=job.department_id, activity_id=job.activity_id
        )
        try:
            links = registered_links(self._lodge)
            rows = links.ask_of(job.name, job.subject, caller=caller, now=now)
            return LinkAnswer(
                rows=_kept(rows, job.fields),
                fields=job.fields,
                withheld=self._withheld_of(rows),
                version=rows.version,
                is_from_cache=rows.provenance.is_from_cache,
                is_stale=rows.provenance.is_stale,
            )
        except LodgeError as error:
            return LinkAnswer(why=str(error))
        except Exception as error:  # whatever fails there, the activity must not wait for ever
            return LinkAnswer(why=f"asking failed: {type(error).__name__}")

    def _withheld_of(self, rows: LinkRows) -> frozenset[str]:
        """Fields whose values are told nobody in the book of events."""
        known = self._withheld.get((rows.link, rows.version))
        if known is None:
            described = registered_links(self._lodge).described()
            fields = next((one.fields for one in described if one.name == rows.link), ())
            known = frozenset(one.name for one in fields if one.sensitivity in _WITHHELD)
            self._withheld[rows.link, rows.version] = known
        return known


def _kept(rows: LinkRows, fields: frozenset[str]) -> list[dict[str, Any]]:
    """The first rows with the fields that are looked at, as far as there is room for them."""
    kept: list[dict[str, Any]] = []
    left = _MOST_CHARACTERS
    for row in rows.rows[:MOST_ROWS]:
        one = {name: row.get(name) for name in fields}
        left -= sum(len(as_text(value)) for value in one.values())
        if left < 0:
            break
        kept.append(one)
    return kept
