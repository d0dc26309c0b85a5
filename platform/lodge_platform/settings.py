"""Settings: every knob with its term, from defaults, `lodge.toml` in the home, and `LODGE_*`."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from lodge_platform.errors import SetUpError, nearest

_HOME = Path("lodge-home")
Source = Literal["default", "lodge.toml", "environment", "derived"]


def _knob(default: Any, term: str) -> Any:
    return field(default=default, metadata={"term": term})


@dataclass(frozen=True)
class Settings:
    """One frozen value read once at the edge; `term_of` gives each field's meaning."""

    home: Path = _knob(  # noqa: RUF009 - it makes a field
        _HOME, "Folder that holds the embedded stores and files."
    )
    master_url: str = _knob("", "SQLAlchemy URL of the master store; empty: SQLite in the home.")
    active_url: str = _knob("", "SQLAlchemy URL of the active store; empty: SQLite in the home.")
    reports_catalog_url: str = _knob(
        "", "Catalog of the reports store: sqlite:///FILE or postgresql://...; empty: in the home."
    )
    reports_data_path: str = _knob("", "Folder or object store of the reports store's Parquet.")
    files_url: str = _knob("", "fsspec URL of the file server; empty: folder `files` in the home.")
    bus_url: str = _knob("", "NATS server that wakes services on other hosts; empty: the database.")
    host_name: str = _knob("local", "Name of this host in the service registry.")
    partition_name: str = _knob("main", "Name of the partition whose active store this is.")
    web_host: str = _knob("127.0.0.1", "Address the web application listens on.")
    web_port: int = _knob(8080, "Port of the console and the APIs.")
    dashboards_port: int = _knob(8501, "Port of the dashboards.")
    dagster_port: int = _knob(3000, "Port of the pipelines' own pages.")
    is_https: bool = _knob(False, "Whether browsers reach the web application by HTTPS.")
    api_requests_a_minute: int = _knob(
        6000, "Requests a minute that one user or API key may send to the API; 0: any number."
    )
    api_strangers_a_minute: int = _knob(
        300, "Requests a minute that one address may send without a living key; 0: any number."
    )
    api_origins: str = _knob(
        "", "Origins, separated by commas, whose pages may call the API with a key."
    )
    session_hours: int = _knob(12, "Hours after which a sign-in ends; half of it when idle.")
    second_factor_actions: str = _knob(
        "", "Actions that need a second factor, separated by commas; such as: user.manage, export."
    )
    api_key_days: int = _knob(366, "Days after which an API key ends at the latest.")
    trusted_proxies: str = _knob(
        "", "Addresses or networks of proxies, separated by commas, whose X-Forwarded-For counts."
    )
    entitlements_file: str = _knob(
        "entitlements.yaml",
        "File that limits seats, where there is one: a path in the home, or an fsspec URL.",
    )
    outgoing_allowed: str = _knob(
        "", "Hosts (with port) and networks inside that webhooks, adapters and sign-in may call."
    )
    links_folder: str = _knob("", "Folder with data links; empty: `links` in the home.")
    log_level: str = _knob("INFO", "Least level of log records shown: DEBUG, INFO, WARNING, ERROR.")
    memory_limit_megabytes: int = _knob(2048, "Memory one reports query may use, in megabytes.")


def term_of(name: str) -> str:
    """The meaning of the setting called `name`."""
    return next(f.metadata["term"] for f in fields(Settings) if f.name == name)


def load(home: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force. Raises SetUpError for an unknown key or a value of the wrong type."""
    return load_with_sources(home, environ)[0]


def load_with_sources(
    home: Path | None = None, environ: Mapping[str, str] = os.environ
) -> tuple[Settings, dict[str, Source]]:
    """The settings in force and where each came from."""
    chosen = home or Path(environ.get("LODGE_HOME") or Settings.home)
    values: dict[str, Any] = {"home": chosen.absolute()}
    sources: dict[str, Source] = {f.name: "default" for f in fields(Settings)}
    sources["home"] = "environment" if environ.get("LODGE_HOME") else "default"
    for source, given in (
        ("lodge.toml", _from_toml(chosen / "lodge.toml")),
        ("environment", _from_environment(environ)),
    ):
        for key, value in given.items():
            values[key] = _typed(key, value, source=source)
            sources[key] = source  # pyright: ignore[reportArgumentType]
    for key, value in _derived(values).items():
        values[key] = value
        sources[key] = "derived"
    return Settings(**values), sources


def _derived(values: Mapping[str, Any]) -> dict[str, Any]:
    home: Path = values["home"]
    defaults = {
        "master_url": f"sqlite:///{home / 'master.db'}",
        "active_url": f"sqlite:///{home / 'active.db'}",
        "reports_catalog_url": f"sqlite:///{home / 'reports' / 'catalog.sqlite'}",
        "reports_data_path": str(home / "reports" / "data"),
        "files_url": f"file://{home / 'files'}",
        "links_folder": str(home / "links"),
    }
    return {key: value for key, value in defaults.items() if not values.get(key)}


def _from_toml(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetUpError(f"{path} is not TOML: {error}") from error
    for key in given:
        _refuse_unknown(key, known=_names() - {"home"}, where=str(path))
    return given


# Names with this prefix that are read elsewhere: by the tests and by secrets.
_OTHERS = ("LODGE_SECRET_", "LODGE_TEST_", "LODGE_BENCH_", "LODGE_DBT_")
# The home, and what programs that ask the API are told by: where we are, and their key.
_NO_SETTINGS = frozenset({"LODGE_HOME", "LODGE_URL", "LODGE_KEY"})


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in environ.items():
        if not name.startswith("LODGE_") or name.startswith(_OTHERS) or name in _NO_SETTINGS:
            continue
        key = name.removeprefix("LODGE_").lower()
        _refuse_unknown(key, known=_names(), where=f"environment variable {name}")
        given[key] = value
    return given


def _names() -> set[str]:
    return {f.name for f in fields(Settings)}


def _refuse_unknown(key: str, *, known: set[str], where: str) -> None:
    if key not in known:
        raise SetUpError(f"unknown setting {key!r} in {where}; {nearest(key, known)}")


def _typed(key: str, value: Any, *, source: str) -> Any:
    wanted = _TYPES[key]
    if key in ("home",):
        return Path(value).absolute()
    if wanted is bool and isinstance(value, str) and value.lower() in _BOOLEANS:
        return _BOOLEANS[value.lower()]
    if wanted is int and isinstance(value, str) and value.strip().lstrip("-").isdigit():
        return int(value)
    if type(value) is wanted:
        return value
    kind = getattr(wanted, "__name__", wanted)
    raise SetUpError(f"setting {key} from {source} is {value!r}; it must be {kind}")


_TYPES = {f.name: f.type for f in fields(Settings)}
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
