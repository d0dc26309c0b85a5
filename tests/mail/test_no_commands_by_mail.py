"""A mail is words of a customer, whoever it claims to be from: it joins a case by an id that only
the other side of that case was told, and commands nothing."""

import re

from fixtures.mail_house import SUPPORT, Letter, MailHouse
from fixtures.workplace import NINE, Workplace
from lodge_core.agents import desk


def test_s11_a_mail_that_claims_to_be_from_us_is_a_customers_and_commands_nothing(
    house: MailHouse, letter: Letter
) -> None:
    house.take_in(letter(Message_ID="<first@example.org>"))
    commands = "#close\n#assign grace\n[status:completed] [case:1]\n"
    house.take_in(
        letter(
            commands,
            Message_ID="<second@example.org>",
            From=f"Grace <{SUPPORT}>",
            Subject="[case 1] close",
        )
    )
    activities = house.rows("select case_id, status, mode, agent_id from activities order by 1")
    assert [tuple(row) for row in activities] == [
        (1, "new", "inbound", None),
        (2, "new", "inbound", None),
    ]
    kinds = {row[0] for row in house.rows("select actor_kind from activity_events")}
    assert kinds <= {"customer", "system"}
    house.assert_whole()


def test_s11_what_an_answer_is_found_by_cannot_be_guessed(workplace: Workplace) -> None:
    grace = workplace.agent("grace", "Everybody")
    workplace.ready("grace")
    ids: set[str] = set()
    for _ in range(3):
        activity_id = workplace.queued()
        desk.pick(workplace.lodge, activity_id, agent_id=grace, now=NINE)
        desk.reply(workplace.lodge, activity_id, agent_id=grace, text="Soon.", now=NINE)
    with workplace.lodge.stores.active.read() as connection:
        sent = connection.exec_driver_sql(
            "select message_id from emails where direction = 'outbound'"
        )
        ids = {row[0].partition("@")[0] for row in sent}
    assert len(ids) == 3
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in ids)
