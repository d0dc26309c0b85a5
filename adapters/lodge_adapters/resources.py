"""The resources of data links: which there are, who called them, what was written by them."""

from sqlalchemy import ColumnElement, and_, or_, true

from lodge_adapters.writing_claims import replay
from lodge_platform.api import Answer, Api, Call, Collection
from lodge_platform.api.visibility import among, by_department
from lodge_platform.errors import NotFoundError
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.links.answers import LinkDescription
from lodge_platform.links.asking import registered_links
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import DataLink, LinkCall, LinkWrite

api = Api("data links", "External sources declared as data links: their state, calls and writes.")
_CALLS = LinkCall.__table__


def _all(_reader: SignedIn, _action: Action) -> ColumnElement[bool]:
    """Which links there are is no secret of a department."""
    return true()


def _calls_visible(reader: SignedIn, action: Action) -> ColumnElement[bool]:
    """Calls for one's departments, and one's own calls that were for none."""
    theirs = among(_CALLS.c.department_id, reader.departments_with(action))
    own = and_(_CALLS.c.department_id.is_(None), _CALLS.c.user_id == reader.user_id)
    return or_(theirs, own)


DATA_LINKS = Collection(
    name="data-links",
    one="data-link",
    table=DataLink.__table__,
    action=Action.LINK_READ,
    visible=_all,
    # What a source said wrongly is of its departments, and a link is of all.
    leaves_out=("breach",),
    filters=("kind", "is_active"),
    sorts=("link", "title"),
    description="Data links, each as it is now: in force or not and why, and whether its source "
    "answers. How a contract was broken is told to who asks the link.",
)
LINK_CALLS = Collection(
    name="link-calls",
    one="link-call",
    table=_CALLS,
    action=Action.LINK_READ,
    visible=_calls_visible,
    filters=("link", "outcome", "caller_kind", "activity_id", "called_at"),
    sorts=("link_call_id", "called_at", "duration_seconds"),
    description="Calls of data links for your departments: how each ended, how long it took.",
)
LINK_WRITES = Collection(
    name="link-writes",
    one="link-write",
    table=LinkWrite.__table__,
    action=Action.LINK_READ,
    visible=by_department(LinkWrite.__table__),
    leaves_out=("claimed_by", "claimed_at"),
    filters=("link", "status", "activity_id", "attempts", "created_at", "due_at", "finished_at"),
    sorts=("link_write_id", "due_at", "finished_at"),
    description="What was to be written by data links in your departments: written, waiting, or "
    "dead, which means that a person decides.",
)

api.collection(DATA_LINKS, is_item=False)
api.collection(LINK_CALLS)
api.collection(LINK_WRITES)


@api.get("/data-links/{link}", action=Action.LINK_READ, answer=LinkDescription)
def read_data_link(call: Call) -> Answer:
    """Read what a link declares: parameters, fields, who may ask it."""
    name = call.word("link")
    for found in registered_links(call.lodge).described():
        if found.name == name:
            return call.value(found)
    raise NotFoundError("no data link")


@api.post(
    "/link-writes/{link_write_id}/replay",
    action=Action.LINK_OPERATE,
    answer=LINK_WRITES,
    refusals=("conflict",),
)
def replay_link_write(call: Call, work: Work) -> Answer:
    """Have a dead write tried again, under the key it has.

    Its source can tell by the key whether it has it already."""
    row = call.visible(LINK_WRITES, call.key("link_write_id"), Action.LINK_OPERATE)
    replay(work.connection, now=call.now, link_write_id=row.link_write_id)
    work.wakes(Topic.LINK_WRITE)
    return call.one(LINK_WRITES, row.link_write_id)
