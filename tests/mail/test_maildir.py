"""A Maildir as a source of mail."""

import mailbox
from pathlib import Path

from fixtures.mail_house import NINE, Letter, MailHouse
from lodge_core.mail.retrieve import retrieve
from lodge_core.mail.sources.maildir import MaildirSource
from lodge_platform.vocabulary import AfterStored


def test_a_maildir_is_retrieved_and_its_messages_moved_only_after_the_commit(
    house: MailHouse, letter: Letter, tmp_path: Path
) -> None:
    box = mailbox.Maildir(str(tmp_path / "Maildir"))
    for number in range(5):
        box.add(letter(Message_ID=f"<{number}@example.org>"))
    source = MaildirSource(tmp_path / "Maildir")
    alias = house.alias()
    retrieve(house.lodge, alias, source, clock=lambda: NINE, action=AfterStored.MOVE)
    assert house.outcomes() == {"stored": 5}
    assert len(box.keys()) == 0
    assert len(box.get_folder("Processed").keys()) == 5
