"""What a verb is given: the settings and Lodge itself, each opened when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lodge_platform.errors import SetUpError
from lodge_platform.services.saying import start_logging
from lodge_platform.settings import Settings, Source, load_with_sources

if TYPE_CHECKING:
    from lodge_platform.lodge import Lodge


class Invocation:
    """One call of the program; `home` is what `--home` named."""

    def __init__(self, home: Path | None = None) -> None:
        self.home = home
        self.secrets: frozenset[str] = frozenset()
        self._settings: tuple[Settings, dict[str, Source]] | None = None
        self._lodge: Lodge | None = None

    def settings(self) -> Settings:
        """The settings in force. Raises SetUpError when one is wrong."""
        return self.settings_with_sources()[0]

    def settings_with_sources(self) -> tuple[Settings, dict[str, Source]]:
        """The settings in force, and where each came from."""
        if self._settings is None:
            settings, sources = load_with_sources(self.home)
            if self.home is not None:
                sources["home"] = "environment"
            _require_level(settings)
            self._settings = settings, sources
            self.secrets = start_logging(settings)
        return self._settings

    def lodge(self) -> Lodge:
        """Lodge, opened; closed when the verb ends. Raises SetUpError when there is no home yet."""
        if self._lodge is None:
            from lodge_platform.lodge import open_lodge

            settings = self.settings()
            require_home(settings)
            self._lodge = open_lodge(settings)
        return self._lodge

    def is_debugging(self) -> bool:
        """Whether tracebacks are shown."""
        return self._settings is not None and self._settings[0].log_level.upper() == "DEBUG"

    def close(self) -> None:
        """Give back what was opened."""
        if self._lodge is not None:
            from lodge_platform.messaging.bus import close_bus_of

            close_bus_of(self._lodge)
            self._lodge.close()
            self._lodge = None


pass_invocation: Callable[[Callable[..., object]], Callable[..., object]] = (
    click.make_pass_decorator(Invocation)
)
"""Give the verb its `Invocation` as the first argument."""


def _require_level(settings: Settings) -> None:
    if settings.log_level.upper() not in _LEVELS:
        raise SetUpError(
            f"setting log_level is {settings.log_level!r}; allowed: {', '.join(_LEVELS)}"
        )


def require_home(settings: Settings) -> None:
    """Raise SetUpError unless `lodge init` has been here."""
    for name, url in (("master_url", settings.master_url), ("active_url", settings.active_url)):
        path = url.removeprefix("sqlite:///")
        if path != url and not Path(path).exists():
            raise SetUpError(
                f"there is no {path} (setting {name}); run `lodge init`, or name another "
                "home with --home or LODGE_HOME"
            )


_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
