"""1,400 real mails through the retriever: each in its case, none lost, none doubled."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.mail_house import SUPPORT, MailHouse
from fixtures.servers import MailServers
from lodge_core.mail.retriever import retrieve_once
from lodge_platform.vocabulary import AfterStored


def corpus(shared_data: Path) -> list[tuple[str, bytes]]:
    folder = shared_data / "threading"
    lines = (folder / "cases.jsonl").read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    return [(case["id"], (folder / case["file"]).read_bytes()) for case in cases]


def f1(house: MailHouse, shared_data: Path, tmp_path: Path) -> float:
    rows = house.rows("select message_id, case_id from emails join activities using (activity_id)")
    found = tmp_path / "found.jsonl"
    found.write_text("\n".join(json.dumps({"id": row[0], "case": row[1]}) for row in rows))
    score = subprocess.run(
        [sys.executable, shared_data / "score_other.py", "threading", "--pred", found],
        check=True,
        capture_output=True,
        text=True,
    )
    [result] = json.loads(score.stdout).values()
    assert result["missing"] == 0
    return result["f1"]


@pytest.mark.slow
def test_r35_1400_real_mails_are_retrieved_into_the_right_cases(
    house: MailHouse, mailbox: MailServers, shared_data: Path, tmp_path: Path
) -> None:
    mailbox.deliver(SUPPORT, [_with_end_of_line(mail) for _, mail in corpus(shared_data)])
    retrieve_once(house.lodge)
    assert sum(house.outcomes().values()) == 1400
    assert set(house.outcomes()) <= {"stored", "quarantined"}
    assert f1(house, shared_data, tmp_path) >= 0.999
    before = house.outcomes()
    retrieve_once(house.lodge)
    assert house.outcomes() == before
    house.assert_whole(is_source_asked=True)


@pytest.mark.slow
def test_r35_shuffled_mails_come_into_the_same_cases(
    house: MailHouse, shared_data: Path, tmp_path: Path
) -> None:
    mails = [mail for _, mail in corpus(shared_data)]
    random.Random(7).shuffle(mails)  # noqa: S311 - an order, not a secret
    for start in range(0, len(mails), 350):
        house.take_in(*mails[start : start + 350])
    assert f1(house, shared_data, tmp_path) >= 0.99


@pytest.mark.slow
def test_r14_r15_a_retriever_killed_at_20_instants_loses_and_doubles_nothing(
    house: MailHouse, mailbox: MailServers, shared_data: Path
) -> None:
    house.change_alias(after_stored=AfterStored.MOVE)
    mails = [_with_end_of_line(mail) for _, mail in corpus(shared_data)]
    mailbox.deliver(SUPPORT, mails)
    chance = random.Random(11)  # noqa: S311 - instants, not secrets
    progress: list[int] = []
    for _ in range(20):
        _retrieve_and_kill(house, after_seconds=chance.uniform(0.3, 2.0))
        progress.append(house.one("select count(*) from activities"))
    retrieve_once(house.lodge)
    assert progress == sorted(progress)
    assert sum(house.outcomes().values()) == 1400
    assert set(house.outcomes()) <= {"stored", "quarantined"}
    assert house.one("select count(*) from activities") == house.outcomes()["stored"]
    assert house.one("select count(distinct raw_sha256) from emails") == house.outcomes()["stored"]
    house.assert_whole(is_source_asked=True)
    with mailbox.sign_in(SUPPORT) as client:
        assert client.select_folder("INBOX")[b"EXISTS"] == 0
        assert client.select_folder("Processed")[b"EXISTS"] == 1400


def _retrieve_and_kill(house: MailHouse, *, after_seconds: float) -> None:
    settings = house.lodge.settings
    script = (
        "import sys; from pathlib import Path; from lodge_platform.settings import load; "
        "from lodge_platform.lodge import open_lodge; "
        "from lodge_core.mail.retriever import retrieve_once; "
        "retrieve_once(open_lodge(load(Path(sys.argv[1]), "
        "{'LODGE_MASTER_URL': sys.argv[2], 'LODGE_ACTIVE_URL': sys.argv[3]})))"
    )
    urls = (settings.master_url, settings.active_url)
    process = subprocess.Popen([sys.executable, "-c", script, settings.home, *urls])
    try:
        process.wait(timeout=after_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _with_end_of_line(mail: bytes) -> bytes:
    """LMTP adds an end of line where a file has none."""
    return mail if mail.endswith(b"\n") else mail + b"\n"
