"""What people did to cases by hand holds when the next mail comes."""

from sqlalchemy import select

from fixtures.mail_house import NINE, Letter, MailHouse
from lodge_core.cases import ending, joining
from lodge_core.mail.case_finding import KnownLinks, Naming, find_cases
from lodge_platform.events import Actor
from lodge_platform.events.catalogue import ActivityCompleted
from lodge_platform.events.work import working
from lodge_platform.schema.active import Activity
from lodge_platform.vocabulary import ActorKind

SOMEBODY = Actor(ActorKind.AGENT, 1)


def cases_of(house: MailHouse) -> list[int]:
    with house.lodge.stores.active.read() as connection:
        statement = select(Activity.case_id).order_by(Activity.activity_id)
        return list(connection.execute(statement).scalars())


def test_r37_a_mail_that_names_both_halves_of_a_split_case_does_not_undo_the_split(
    house: MailHouse, letter: Letter
) -> None:
    house.take_in(letter(Message_ID="<a@x>"))
    house.take_in(letter("Another matter.", Message_ID="<b@x>", References="<a@x>"))
    assert cases_of(house) == [1, 1]
    with working(house.lodge, actor=SOMEBODY, now=NINE) as work:
        new = joining.split(work, 1, [2])
    house.take_in(letter("More.", Message_ID="<c@x>", References="<a@x> <b@x>"))
    house.take_in(letter("And more.", Message_ID="<d@x>", In_Reply_To="<a@x>"))
    assert cases_of(house) == [1, new, new, 1]
    house.assert_whole()


def test_r37_a_mail_to_a_chain_of_cases_merged_by_hand_goes_where_it_ends(
    house: MailHouse, letter: Letter
) -> None:
    for name in ("a", "b", "c"):
        house.take_in(letter(name, Message_ID=f"<{name}@x>"))
    with working(house.lodge, actor=SOMEBODY, now=NINE) as work:
        joining.merge_by_hand(work, 1, into_case_id=2)
        joining.merge_by_hand(work, 2, into_case_id=3)
    house.take_in(letter("Still there?", Message_ID="<d@x>", In_Reply_To="<a@x>"))
    assert cases_of(house) == [3, 3, 3, 3]
    house.assert_whole()


def test_a_mail_to_a_deleted_case_opens_one_that_people_see(
    house: MailHouse, letter: Letter
) -> None:
    house.take_in(letter(Message_ID="<a@x>"))
    with working(house.lodge, actor=SOMEBODY, now=NINE) as work:
        work.record(ActivityCompleted(), 1, activity_id=1, case_id=1)
        work.flush()
        ending.delete(work, 1)
    house.take_in(letter("Hello?", Message_ID="<b@x>", In_Reply_To="<a@x>"))
    assert cases_of(house) == [1, 2]
    house.assert_whole()


def test_cases_told_apart_stay_two_and_the_strongest_evidence_says_which() -> None:
    known = KnownLinks(
        {"a": 1, "b": 2, "c": 3}, {}, frozenset({frozenset({1, 2}), frozenset({2, 3})})
    )
    [to_second] = find_cases([Naming("d", "b", ["a", "b"])], known)
    assert (to_second.case, to_second.merges) == (2, ())
    [to_first] = find_cases([Naming("d", "a", ["c", "b", "a"])], known)
    assert to_first.case == 1
    assert [(one.from_case, one.into_case) for one in to_first.merges] == [(3, 1)]
