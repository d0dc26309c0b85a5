"""What the web service refuses to start with: settings that would fail the first who signs in."""

from dataclasses import replace
from threading import Event

import pytest

from fixtures.workplace import Workplace
from lodge_platform.errors import SetUpError
from lodge_platform.web.serve import run


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"trusted_proxies": "proxy.example"}, "setting trusted_proxies"),
        ({"second_factor_actions": "exprt"}, "setting second_factor_actions names 'exprt'"),
        ({"entitlements_file": "seats.yaml"}, "setting entitlements_file names"),
    ],
)
def test_a_wrong_setting_is_refused_by_name_before_anybody_is_served(
    sqlite_workplace: Workplace, settings: dict[str, str], said: str
) -> None:
    lodge = sqlite_workplace.lodge
    wrong = replace(lodge, settings=replace(lodge.settings, **settings))  # type: ignore[arg-type]
    with pytest.raises(SetUpError, match=said):
        run(wrong, Event())


def test_a_malformed_entitlement_file_is_refused_with_its_line(
    sqlite_workplace: Workplace,
) -> None:
    lodge = sqlite_workplace.lodge
    (lodge.settings.home / "entitlements.yaml").write_text("seats:\n  email: 5\n")
    with pytest.raises(SetUpError, match=r"entitlements\.yaml line 2: here stands a list of"):
        run(lodge, Event())
