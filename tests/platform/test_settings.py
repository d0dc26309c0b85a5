"""Settings: where each comes from, and what is refused."""

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from lodge_platform.errors import SetUpError
from lodge_platform.settings import Settings, load, load_with_sources, term_of


def test_the_environment_overrides_the_file_and_the_file_the_default(tmp_path: Path) -> None:
    (tmp_path / "lodge.toml").write_text('web_port = 9000\nlog_level = "DEBUG"\n')
    settings, sources = load_with_sources(tmp_path, {"LODGE_WEB_PORT": "9001"})
    assert (settings.web_port, sources["web_port"]) == (9001, "environment")
    assert (settings.log_level, sources["log_level"]) == ("DEBUG", "lodge.toml")
    assert (settings.dashboards_port, sources["dashboards_port"]) == (8501, "default")
    assert settings.active_url == f"sqlite:///{tmp_path / 'active.db'}"


@pytest.mark.parametrize(
    ("toml", "environ", "said"),
    [
        ("web_prot = 1", {}, "did you mean 'web_port'"),
        ("", {"LODGE_ACTIV_URL": "x"}, "LODGE_ACTIV_URL; did you mean 'active_url'"),
        ('web_port = "x"', {}, "web_port from lodge.toml is 'x'; it must be int"),
        ("", {"LODGE_IS_HTTPS": "perhaps"}, "it must be bool"),
        ("web_port = ", {}, "is not TOML"),
        ("is_https = 1", {}, "it must be bool"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(
    tmp_path: Path, toml: str, environ: dict[str, str], said: str
) -> None:
    (tmp_path / "lodge.toml").write_text(toml)
    with pytest.raises(SetUpError, match=said):
        load(tmp_path, environ)


def test_what_programs_that_ask_the_api_are_told_is_no_setting(tmp_path: Path) -> None:
    environ = {"LODGE_URL": "http://127.0.0.1:8080", "LODGE_KEY": "a key"}
    assert load(tmp_path, environ) == load(tmp_path, {})


def test_settings_do_not_change_once_read(tmp_path: Path) -> None:
    with pytest.raises(FrozenInstanceError):
        load(tmp_path, {}).web_port = 1  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_every_setting_has_a_term(name: str) -> None:
    assert len(term_of(name).split()) >= 4
