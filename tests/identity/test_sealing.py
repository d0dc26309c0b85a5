"""Sealing: what is kept cannot be read without the key, nor changed unnoticed."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from lodge_platform.errors import SetUpError
from lodge_platform.sealing import make_seal, seal, unseal
from lodge_platform.settings import Settings, load


@pytest.fixture
def at_home(tmp_path: Path) -> Settings:
    """Settings of an empty home."""
    return load(tmp_path / "home", {})


def test_s25_a_sealed_text_opens_again_and_shows_nothing_of_itself(at_home: Settings) -> None:
    text = "JBSWY3DPEHPK3PXP ünder \N{LOCK}"
    sealed = seal(at_home, text, {})
    assert "JBSWY3DP" not in sealed
    assert sealed != seal(at_home, text, {})
    assert unseal(at_home, sealed, {}) == text


def test_the_key_is_made_once_for_its_owner_alone(at_home: Settings) -> None:
    assert make_seal(at_home, {})
    key = at_home.home / "secrets" / "seal"
    kept = key.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not make_seal(at_home, {})
    assert key.read_bytes() == kept
    assert [path.name for path in key.parent.iterdir()] == ["seal"]


def test_several_that_make_the_key_at_once_seal_with_the_same_one(at_home: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(lambda n: seal(at_home, str(n), {}), range(16)))
    assert [unseal(at_home, text, {}) for text in sealed] == [str(n) for n in range(16)]


def test_a_changed_value_and_another_key_are_refused_by_name(at_home: Settings) -> None:
    sealed = seal(at_home, "hook", {})
    middle = len(sealed) // 2
    forged = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    for text, environ in (
        (forged, {}),
        ("", {}),
        (sealed, {"LODGE_SECRET_SEAL": Fernet.generate_key().decode()}),
    ):
        with pytest.raises(SetUpError, match=r"does not open with secret 'seal'.*secrets/seal"):
            unseal(at_home, text, environ)


def test_after_a_change_of_key_the_old_one_still_opens(at_home: Settings) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    sealed = seal(at_home, "hook", {"LODGE_SECRET_SEAL": old})
    both = {"LODGE_SECRET_SEAL": f"{new}\n{old}\n"}
    assert unseal(at_home, sealed, both) == "hook"
    assert unseal(at_home, seal(at_home, "hook", both), {"LODGE_SECRET_SEAL": new}) == "hook"


@pytest.mark.parametrize("given", ["hunter2-hunter2", "", "ü"])
def test_s25_a_key_that_is_none_is_refused_without_being_shown(
    at_home: Settings, given: str
) -> None:
    with pytest.raises(SetUpError, match="is no key: each line has 32 random bytes") as caught:
        seal(at_home, "hook", {"LODGE_SECRET_SEAL": given})
    assert given not in str(caught.value) or not given


def test_opening_makes_no_new_key_in_place_of_a_lost_one(at_home: Settings) -> None:
    with pytest.raises(SetUpError, match="secret 'seal' is neither in LODGE_SECRET_SEAL nor in"):
        unseal(at_home, "gAAAA", {})
    assert not (at_home.home / "secrets" / "seal").exists()
