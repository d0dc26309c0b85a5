"""The rights matrix: complete, deny by default, and the page that shows it true."""

from pathlib import Path

import click
import pytest
from fastapi import APIRouter, FastAPI

from lodge_platform.errors import SetUpError
from lodge_platform.identity.actions import DEFAULT_ROLES, MEANINGS, WITHOUT_ROLE, Action
from lodge_platform.identity.rights import registered_verbs, verb_right, verb_rows
from lodge_platform.web.assembly import registered_routers, route_rows
from lodge_platform.web.rights import right
from lodge_platform.web.rights_page import present_page

PAGE = Path(__file__).parents[2] / "platform" / "docs" / "rights.md"


def test_every_action_says_what_it_lets_one_do_and_some_role_has_it() -> None:
    assert set(MEANINGS) == set(Action)
    held = frozenset[Action]().union(*DEFAULT_ROLES.values())
    assert held == set(Action) - WITHOUT_ROLE


def test_s08_every_registered_route_and_verb_has_a_row() -> None:
    assert route_rows(registered_routers())
    assert list(verb_rows(registered_verbs()))


def test_s08_a_route_without_an_action_is_refused() -> None:
    router = APIRouter()

    @router.get("/secrets")
    def secrets() -> str:
        return "all of them"

    with pytest.raises(SetUpError, match=r"route /secrets declares 0 actions instead of one"):
        route_rows([router])


def test_s08_a_route_with_two_actions_is_refused() -> None:
    router = APIRouter(dependencies=[right(Action.PUBLIC)])

    @router.get("/secrets", dependencies=[right(Action.USER_MANAGE)])
    def secrets() -> str:
        return "all of them"

    with pytest.raises(SetUpError, match="declares 2 actions"):
        route_rows([router])


def test_s08_what_is_no_plain_route_is_refused() -> None:
    router = APIRouter()
    router.mount("/secrets", FastAPI())
    with pytest.raises(SetUpError, match="route /secrets is a Mount, whose right is not known"):
        route_rows([router])


def test_s08_one_address_is_registered_once() -> None:
    router = APIRouter()
    for _ in range(2):
        router.get("/twice", dependencies=[right(Action.PUBLIC)])(lambda: "")
    with pytest.raises(SetUpError, match="route GET /twice is there twice"):
        route_rows([router])


def test_s08_a_verb_without_an_action_is_refused_also_within_a_group() -> None:
    group = click.Group("mail", commands={"send": click.Command("send", callback=print)})
    with pytest.raises(SetUpError, match=r"verb 'mail send' declares no action; put @verb_right"):
        list(verb_rows({"mail": group}))


def test_a_verb_declares_its_action_above_or_below_its_click_decorator() -> None:
    @verb_right(Action.MAIL_OPERATE)
    @click.command()
    def above() -> None: ...

    @click.command()
    @verb_right(Action.MAIL_OPERATE)
    def below() -> None: ...

    rows = list(verb_rows({"above": above, "below": below}))
    assert [row.action for row in rows] == [Action.MAIL_OPERATE, Action.MAIL_OPERATE]
    assert rows[0].roles == ("integrator", "administrator")


def test_the_page_of_rights_is_what_the_code_says() -> None:
    assert PAGE.read_text("utf-8") == present_page(), (
        "write it anew: python -m lodge_platform.web.rights_page platform/docs/rights.md"
    )
