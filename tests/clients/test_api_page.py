"""The page for newcomers says nothing that does not work: its shell blocks are run, in order."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from api.house import house_of
from fixtures.missing import missing
from fixtures.shared_data import ROOT
from fixtures.workplace import Workplace
from web.office import serving

PAGE = ROOT / "platform" / "docs" / "api.md"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="session")
def curl() -> str:
    """The program."""
    found = shutil.which("curl")
    if found is None:
        missing("curl", "it is not on PATH")
    return found


def test_every_shell_block_of_the_page_runs(
    workplace: Workplace, tmp_path: Path, curl: str
) -> None:
    assert curl
    house = house_of(workplace, None)
    house.person("ada", "administrator", "supervisor")
    blocks = _BLOCK.findall(PAGE.read_text("utf-8"))
    assert len(blocks) == 6
    script = "shopt -s expand_aliases; set -e -o pipefail\n" + "echo\n".join(blocks)
    with serving(house.lodge, house.application) as (address, _):
        done = subprocess.run(
            ["bash", "-c", script],
            env=os.environ | {"LODGE_URL": address, "LODGE_KEY": house.key("ada")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    for said in (
        '"sign_in_name":"ada"',
        '"name":"Mia Berg"',
        '"field":"customer_id"',
        '"severity":"high"',
        '"total":1',
        '"type":"customer_created"',
        "<subject>Lift</subject>",
    ):
        assert said in done.stdout
