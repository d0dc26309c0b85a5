"""The OpenAPI document is the truth: schemathesis asks the running server all that it allows, and
all that it does not. All its checks, with its coverage, fuzzing and stateful phases."""

import faulthandler
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from api.house import House
from lodge_platform.api.assembly import operations_of, registered_apis
from lodge_platform.api.documents import own_apis
from lodge_platform.schema.master import Role

FOLDER = Path(__file__).parent / "schemathesis"
# Cases of each operation beyond the systematic ones, and as many chains of calls times ten.
EXAMPLES = int(os.environ.get("LODGE_TEST_SCHEMATHESIS_EXAMPLES", "3"))


def examined(house: House, *options: str) -> str:
    """Run schemathesis against the house on the real server; what it says. Fails on any finding."""
    house.person("root", "administrator")
    key = house.key("root")
    with house.lodge.stores.master.read() as connection:
        role = connection.execute(
            select(Role.role_id).where(Role.name == "administrator")
        ).scalar_one()
    spared = {
        "user_id": [house.people["root"]],
        "role_id": [role],
        "department_id": [house.place.department_id],
        "api_key_id": [1],
    }
    program = Path(sys.executable).parent / "schemathesis"
    faulthandler.cancel_dump_traceback_later()  # it takes longer than what hangs usually does
    with house.served() as client:
        ran = subprocess.run(
            [
                program,
                "--config-file",
                FOLDER / "schemathesis.toml",
                "run",
                f"{client.base_url}openapi.json",
                "--checks=all",
                f"--max-examples={EXAMPLES}",
                f"--header=Authorization: Bearer {key}",
                *options,
            ],
            cwd=FOLDER,
            env=os.environ
            | {
                "LODGE_TEST_SPARED": json.dumps(spared),
                "HYPOTHESIS_STORAGE_DIRECTORY": str(house.lodge.settings.home / "hypothesis"),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        still = client.get("/cases", headers={"authorization": f"Bearer {key}"})
    said = ran.stdout[-20_000:] + ran.stderr[-5_000:]
    assert ran.returncode == 0, said
    assert still.status_code == 200, "the run lost its own rights on the way"
    print(said[-6_000:])
    return ran.stdout


def operations_asked(said: str) -> int:
    """How many operations were asked: every one that was chosen, and each of its cases passed."""
    found = re.search(r"Selected: (\d+)/\d+\s+Tested: (\d+)\s", said)
    cases = re.search(r"(\d+) generated, (\d+) passed", said)
    assert found, said[-2_000:]
    assert cases, said[-2_000:]
    assert found[1] == found[2]
    assert cases[1] == cases[2]
    return int(found[1])


@pytest.mark.slow
def test_the_whole_api_keeps_to_its_document(everything: House) -> None:
    apis = registered_apis()
    operations = operations_of([*apis, *own_apis(apis)])
    said = examined(everything)
    assert operations_asked(said) == len([one for one in operations if one.path != "/openapi.json"])


def test_a_small_api_keeps_to_its_document(sqlite_house: House) -> None:
    sqlite_house.case()
    said = examined(sqlite_house, "--exclude-path-regex=/(raise|half)", "--phases=coverage,fuzzing")
    assert operations_asked(said) >= 10
