"""S-09, S-35: pages show the departments in which one may see dashboards, and nothing of others."""

import shutil
from collections.abc import Generator

import pytest
from sqlalchemy import select, text

from dashboards.looking import figures, look, said
from dashboards.small_day import NOON, PASSWORD, Day, at
from fixtures.apart import apart
from lodge_pipelines.running import run
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import create_user
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.schema.master import Role, UserRole, UserRoleQueue
from lodge_platform.settings import load

pytestmark = pytest.mark.xdist_group("dashboards")
PAGES = ("", "data-health")


@pytest.fixture(scope="module")
def staffed(day: Day, tmp_path_factory: pytest.TempPathFactory) -> Generator[Day]:
    """The small day again, with an input of no department, and three more people.

    hal supervises both departments; quin may see one queue of Customer care; dora supervises
    Customer care and is an agent of Sales.
    """
    home = tmp_path_factory.mktemp("staffed") / "home"
    shutil.copytree(day.settings.home, home, symlinks=True)
    settings = load(home, {})
    lodge = open_lodge(settings)
    add_people(lodge, day)
    with lodge.stores.active.write() as connection:
        connection.execute(
            text(
                "insert into quarantine (stage, reason_code, detail, size_bytes, status, attempts, "
                "quarantined_at) values ('parse', 'of_nobody', '?', 0, 'waiting', 1, :at)"
            ),
            {"at": "2026-01-05 09:00:00.000000"},
        )
    lodge.close()
    apart(run, settings, now=at("12:05:30"), run_name="test")
    again = open_lodge(settings)
    yield Day(again, day.queues, day.departments)
    again.close()


def add_people(lodge: Lodge, day: Day) -> None:
    care, sales = day.departments["Customer care"], day.departments["Sales"]
    roles = {"hal": ["supervisor"], "quin": [], "dora": ["supervisor"]}
    keys = {
        name: create_user(
            lodge,
            name,
            display_name=name.capitalize(),
            department_id=care,
            password=PASSWORD,
            roles=held,
            by="test",
            now=at("08:00:00"),
        )
        for name, held in roles.items()
    }
    with change_configuration(lodge.stores.master, by="test", now=at("08:00:00")) as session:
        role = {row.name: row.role_id for row in session.execute(select(Role.name, Role.role_id))}
        narrowed = UserRole(user_id=keys["quin"], role_id=role["supervisor"], department_id=care)
        session.add_all(
            [
                UserRole(user_id=keys["hal"], role_id=role["supervisor"], department_id=sales),
                UserRole(user_id=keys["dora"], role_id=role["agent"], department_id=sales),
                narrowed,
            ]
        )
        session.flush()
        general = day.queues["General"]
        session.add(UserRoleQueue(user_role_id=narrowed.user_role_id, queue_id=general))


def drawn_words(day: Day, name: str, page: str, **address: str) -> str:
    drawn = look(day.lodge, token=day.token(name), now=NOON, page=page, **address)
    assert not drawn.exception
    tables = [frame.value.to_string() for frame in drawn.dataframe]
    options = [str(box.options) for box in drawn.multiselect]
    code = [element.value for element in drawn.code]
    return "\n".join([said(drawn), str(figures(drawn)), *tables, *options, *code])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("name", "seen", "hidden"),
    [
        ("ada", "General", ("Sales", "Offers", "of_nobody")),
        ("dora", "General", ("Sales", "Offers", "of_nobody")),
        (
            "sal",
            "Offers",
            ("General", "Refunds", "Customer care", "support@lodge.test", "of_nobody"),
        ),
    ],
)
def test_s09_no_page_names_or_counts_another_department(
    staffed: Day, page: str, name: str, seen: str, hidden: tuple[str, ...]
) -> None:
    offers, sales = str(staffed.queues["Offers"]), str(staffed.departments["Sales"])
    general, care = str(staffed.queues["General"]), str(staffed.departments["Customer care"])
    other = (general, care) if name == "sal" else (offers, sales)
    for address in ({}, {"queue": other[0]}, {"department": other[1]}):
        words = drawn_words(staffed, name, page, **address)
        assert not [word for word in hidden if word in words]
        assert page or seen in words
        assert "active.activities" not in words  # rows over all departments


def test_s09_figures_of_departments_add_up_only_for_whoever_may_see_both(staffed: Day) -> None:
    queued = {
        name: figures(look(staffed.lodge, token=staffed.token(name), now=NOON))["Queued"]
        for name in ("ada", "sal", "dora", "hal")
    }
    assert queued == {"ada": "5", "sal": "1", "dora": "5", "hal": "6"}


def test_what_is_of_no_department_shows_to_whoever_may_see_all(staffed: Day) -> None:
    waiting = {
        name: figures(look(staffed.lodge, token=staffed.token(name), now=NOON, page="data-health"))[
            "In quarantine"
        ]
        for name in ("ada", "sal", "hal")
    }
    assert waiting == {"ada": "1", "sal": "0", "hal": "2"}
    words = drawn_words(staffed, "hal", "data-health")
    assert "of_nobody" in words
    assert "active.activities" in words


def test_a_role_narrowed_to_a_queue_opens_no_page_over_a_department(staffed: Day) -> None:
    drawn = look(staffed.lodge, token=staffed.token("quin"), now=NOON)
    assert drawn.title[0].value == "You may not see the dashboards"
    assert not drawn.metric


def test_s35_an_answer_kept_for_one_reader_is_not_shown_to_another(staffed: Day) -> None:
    first = figures(look(staffed.lodge, token=staffed.token("ada"), now=NOON))
    other = figures(look(staffed.lodge, token=staffed.token("sal"), now=NOON))
    again = figures(look(staffed.lodge, token=staffed.token("ada"), now=NOON))
    assert first == again
    assert (first["Queued"], other["Queued"]) == ("5", "1")
