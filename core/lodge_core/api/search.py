"""Full-text search over activities, cases, notes and articles."""

from typing import Annotated

from msgspec import Meta, Struct

from lodge_core.search.asking import Asked, Found, Hit
from lodge_core.search.documents import OBJECT_TYPES
from lodge_core.search.finding import find
from lodge_core.search.words import MOST_QUERY_CHARACTERS, asked
from lodge_platform.api import Answer, Api, Call, Query
from lodge_platform.api import problem_types as types
from lodge_platform.api.cursors import cursor_of, values_in
from lodge_platform.api.problems import ApiProblem, field_error
from lodge_platform.api.reading import key_in
from lodge_platform.errors import NotFoundError, RefusedError, nearest
from lodge_platform.identity.actions import Action

_ABOUT = "/search"

api = Api("search", "Words of activities, cases, notes and articles.")


_TYPES = "|".join(OBJECT_TYPES)


class Searched(Query, frozen=True):
    """What is looked for, and where."""

    q: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MOST_QUERY_CHARACTERS,
            description='Words that all occur; "a phrase"; begin*; -without. Case and accents are '
            "alike.",
        ),
    ]
    types: (
        Annotated[
            str,
            Meta(
                description=f"Some of {','.join(OBJECT_TYPES)}; without it, all.",
                extra_json_schema={"pattern": f"^({_TYPES})(,({_TYPES}))*$"},
            ),
        ]
        | None
    ) = None
    department_id: (
        Annotated[
            str,
            Meta(
                description="Keys of departments, 1,2,3.",
                extra_json_schema={"pattern": "^[1-9][0-9]{0,17}(,[1-9][0-9]{0,17}){0,99}$"},
            ),
        ]
        | None
    ) = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 20
    after: (
        Annotated[str, Meta(max_length=4000, description="Where the page before ended.")] | None
    ) = None
    count: Annotated[bool, Meta(description="Whether `total` is wanted, up to 2000.")] = False


class SearchPage(Struct, frozen=True, kw_only=True):
    """A page of what was found, best first. `is_complete` is false while the newest things are
    not indexed yet."""

    items: list[Hit]
    after: str | None
    total: int | None
    is_complete: bool


@api.get(
    "/search", action=Action.CONTENT_READ, query=Searched, answer=SearchPage, is_audited="query"
)
def search(call: Call) -> Answer:
    """Search the words of activities, cases, notes and articles.

    Only what you may see and read now is found and counted: activities, cases and notes with the
    rights to content and to personal data, articles with the right to content, drafts where you
    may write. Title and passage come in parts, those that were asked for marked.
    """
    wanted = _wanted(call.query)
    found, is_complete = find(call.lodge, wanted, reader=call.reader, now=call.now)
    page = SearchPage(
        items=found.hits,
        after=_after(found, wanted, call.query),
        total=found.total,
        is_complete=is_complete,
    )
    return call.value(page)


def _wanted(query: Searched) -> Asked:
    try:
        terms = asked(query.q)
    except RefusedError as error:
        raise _refused("q", str(error)) from error
    return Asked(
        terms=terms,
        object_types=_types(query.types),
        department_ids=_departments(query.department_id),
        offset=_offset(query),
        limit=query.limit,
        is_counted=query.count,
    )


def _types(given: str | None) -> tuple[str, ...]:
    if given is None:
        return OBJECT_TYPES
    words = tuple(dict.fromkeys(given.split(",")))
    for word in words:
        if word not in OBJECT_TYPES:
            said = f"There is no type {word[:40]!r}; {nearest(word[:40], OBJECT_TYPES)}"
            raise _refused("types", said, OBJECT_TYPES)
    return words


def _departments(given: str | None) -> tuple[int, ...]:
    if given is None:
        return ()
    try:
        return tuple(key_in(word) for word in given.split(",")[:100] if word or given == "")
    except (NotFoundError, IndexError) as error:
        raise _refused("department_id", "It is a list of keys, as 1,2.") from error


def _about(query: Searched) -> str:
    return f"{_ABOUT}?{query.q}&{query.types}&{query.department_id}"


def _offset(query: Searched) -> int:
    if query.after is None:
        return 0
    values = values_in(query.after, _about(query))
    if len(values) != 1 or type(values[0]) is not int or values[0] < 0:
        raise _refused("after", "This cursor is not of this list; begin without one")
    return values[0]


def _after(found: Found, wanted: Asked, query: Searched) -> str | None:
    if not found.is_more:
        return None
    return cursor_of([wanted.offset + wanted.limit], _about(query))


def _refused(name: str, said: str, allowed: tuple[str, ...] = ()) -> ApiProblem:
    detail = said if said.endswith((".", "?")) else f"{said}."
    return ApiProblem(
        types.INVALID_QUERY, f"{name}: {detail}", errors=[field_error(name, detail, allowed)]
    )
