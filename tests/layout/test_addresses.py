"""Nothing in the repository names a package registry's address or a folder of one machine."""

import re

import pytest

from layout.tree import ROOT, files

# Written so that this file does not match itself.
REGISTRY = re.compile(
    r"index[-_]url|find[-]links|pypi[.]org|pythonhosted[.]org|registry[.]npmjs"
    r"|https?://[^\s\"']+/(?:simple|packages|pool)/|\"resolved\": \"http"
)
MACHINE = re.compile(r"(?<![\w.~}/-])/(?:work|root|farm|home/\w+|Users/\w+)/")


@pytest.mark.parametrize(
    ("what", "pattern"),
    [("registry address", REGISTRY), ("folder of one machine", MACHINE)],
)
def test_no_file_names_a(what: str, pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {what}: {line.strip()[:100]}"
        for path in files()
        if "samples" not in path.parts
        for number, line in enumerate(
            path.read_text("utf-8", errors="replace").splitlines(), start=1
        )
        if pattern.search(line)
    ]
    assert found == []


def test_the_lock_pins_every_package_with_hashes_and_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", lock.strip())
    assert len(entries) > 100
    assert [entry for entry in entries if "==" not in entry.splitlines()[0]] == []
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"://|@ |^-", lock, re.MULTILINE) == []
