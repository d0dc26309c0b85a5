"""No operation without a row of the matrix: a new one changes the page, or cannot be declared."""

from pathlib import Path

import pytest

from lodge_platform.api import Answer, Api, Call
from lodge_platform.api.assembly import operations_of, registered_apis
from lodge_platform.api.documents import own_apis
from lodge_platform.api.doorways import registered_doorways
from lodge_platform.errors import SetUpError
from lodge_platform.identity import Action
from lodge_platform.identity.rights import matrix, registered_verbs
from lodge_platform.web.assembly import registered_routers, route_rows
from lodge_platform.web.rights_page import rights_page

PAGE = Path(__file__).parents[2] / "platform" / "docs" / "rights.md"


def page_with(*more: Api) -> str:
    """The page of the rights as this installation and these resources make it."""
    apis = [*registered_apis(), *more]
    operations = operations_of([*apis, *own_apis(apis)])
    return rights_page(
        matrix(
            route_rows(registered_routers(), operations, registered_doorways()), registered_verbs()
        )
    )


def extra(action: Action) -> Api:
    """A resource that somebody adds."""
    api = Api("extra", "What somebody adds.")

    @api.get("/extra", action=action)
    def read_extra(call: Call) -> Answer:
        """Read what was added."""
        return call.nothing()

    _ = read_extra
    return api


def test_s08_every_operation_has_its_row_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    operations = operations_of([*registered_apis(), *own_apis(registered_apis())])
    for operation in operations:
        row = f"| `{operation.method} /api/v1{operation.path}` | `{operation.action}` |"
        assert row in page, f"{row} write the page anew: python -m lodge_platform.web.rights_page"


def test_s08_an_operation_that_is_added_makes_the_page_test_fail() -> None:
    kept = page_with()
    with_one_more = page_with(extra(Action.CASE_WORK))
    row = "| `GET /api/v1/extra` | `case.work` | agent, supervisor, integrator, administrator |"
    assert row in with_one_more
    assert row not in kept
    assert with_one_more != PAGE.read_text("utf-8"), "the test of the page compares just these"
    assert with_one_more.replace(f"{row}\n", "") == kept


def test_s08_an_operation_without_an_action_cannot_be_declared() -> None:
    api = Api("extra", "What somebody adds.")

    def read_extra(call: Call) -> Answer:
        """Read what was added."""
        return call.nothing()

    with pytest.raises(TypeError, match="action"):
        api.get("/extra")(read_extra)  # pyright: ignore[reportCallIssue]
    for action in (None, "case.work", ""):
        with pytest.raises(SetUpError, match="GET /extra declares no action"):
            api.get("/extra", action=action)(read_extra)  # pyright: ignore[reportArgumentType]
    assert api.operations == []


def test_two_operations_of_one_address_or_name_do_not_start() -> None:
    again = Api("again", "The same once more.")
    again.operations += extra(Action.CASE_WORK).operations
    with pytest.raises(SetUpError, match="read_extra"):
        operations_of([extra(Action.CASE_WORK), again])
