"""The file server: bytes under their hash, whole or not at all."""

import stat
from pathlib import Path

import pytest

from lodge_platform.errors import MistakeError, NotFoundError, SetUpError, TryAgainError
from lodge_platform.files import FileServer, open_files, sha256_of
from lodge_platform.log import strike_secrets
from lodge_platform.secret_values import secret
from lodge_platform.settings import load


@pytest.fixture(params=["file", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileServer:
    url = "memory://lodge-test" if request.param == "memory" else f"file://{tmp_path / 'files'}"
    return open_files(load(tmp_path, {"LODGE_FILES_URL": url}))


def test_what_is_kept_comes_back_byte_for_byte(files: FileServer) -> None:
    contents = [bytes(range(256)) * n for n in range(1, 30)]
    names = files.put_many([*contents, contents[0]])
    assert names == [sha256_of(content) for content in [*contents, contents[0]]]
    assert [files.get(name) for name in names[:-1]] == contents
    assert files.has(names[0])


def test_s06_only_a_hash_is_a_name(files: FileServer) -> None:
    for name in ("../../etc/passwd", "0" * 63, "G" * 64, "0" * 64):
        with pytest.raises(NotFoundError):
            files.get(name)


def test_s34_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    files = open_files(load(tmp_path, {}))
    name = files.put(b"private")
    [path] = (tmp_path / "files").rglob(name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_bytes_that_changed_are_told_from_what_was_kept(tmp_path: Path) -> None:
    files = open_files(load(tmp_path, {}))
    name = files.put(b"as it came")
    [path] = (tmp_path / "files").rglob(name)
    path.write_bytes(b"tampered")
    with pytest.raises(MistakeError, match="not what was kept"):
        files.get(name)


def test_r21_a_full_disk_is_a_reason_to_try_again_and_leaves_no_half_file(tmp_path: Path) -> None:
    files = open_files(load(tmp_path, {"LODGE_FILES_URL": "file:///proc/lodge-cannot-be-here"}))
    with pytest.raises(TryAgainError, match="file server"):
        files.put(b"content")


def test_a_secret_comes_from_the_environment_or_a_file_and_is_named_when_it_is_missing(
    tmp_path: Path,
) -> None:
    settings = load(tmp_path, {})
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "imap").write_text("from a file\n")
    assert secret(settings, "imap", {}) == "from a file"
    assert secret(settings, "imap", {"LODGE_SECRET_IMAP": "from outside"}) == "from outside"
    for name in ("smtp", "../lodge.toml"):
        with pytest.raises(SetUpError, match="is neither in LODGE_SECRET_"):
            secret(settings, name, {})


def test_s25_secrets_are_struck_from_what_is_logged() -> None:
    said = "password=hunter2 postgresql://lodge:hunter2@host/db token: hunter2"
    assert "hunter2" not in strike_secrets(said)
