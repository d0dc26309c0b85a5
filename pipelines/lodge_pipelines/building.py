"""Build the models and run their tests, by dbt in this process; a warm process parses once."""

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from lodge_pipelines.dictionary_project import environment, fingerprint
from lodge_platform.errors import LodgeError, MistakeError
from lodge_platform.settings import Settings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


class BuildError(LodgeError):
    """A model could not be built, or a test on its rows failed; nothing is published."""


@dataclass(frozen=True)
class NodeResult:
    """One model built or test run; `status` is dbt's word (success, pass, fail, error, skipped)."""

    unique_id: str
    status: str
    seconds: float
    message: str

    @property
    def is_good(self) -> bool:
        """Whether what depends on it may be trusted."""
        return self.status in ("success", "pass", "warn", "no-op")


def build(
    settings: Settings, *, select: Sequence[str] = (), is_whole: bool = True
) -> list[NodeResult]:
    """Build and test the models selected, else all; views too when `is_whole`.

    Raises BuildError that names what failed.
    """
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    if select:
        arguments += ["--select", *select]
    if not is_whole:
        arguments += ["--exclude", "config.materialized:view"]
    return _good(_run(settings, arguments))


def run_unit_tests(settings: Settings) -> list[NodeResult]:
    """Run the models' unit tests, on a home whose models were built once.

    Raises BuildError that names what failed.
    """
    return _good(_run(settings, ["test", "--select", "test_type:unit"]))


def _run(settings: Settings, arguments: list[str]) -> list[NodeResult]:
    return [
        NodeResult(
            str(result.node.unique_id),
            str(result.status),
            float(result.execution_time),
            str(result.message or ""),
        )
        for result in _invoke(settings, arguments)
    ]


def _good(results: list[NodeResult]) -> list[NodeResult]:
    if bad := [result for result in results if not result.is_good]:
        named = "; ".join(
            f"{result.unique_id}: {result.message or result.status}"
            for result in bad
            if result.status != "skipped"
        )
        raise BuildError(f"the models could not be built, nothing is published: {named}")
    return results


def manifest_of(settings: Settings) -> "Manifest":
    """The parsed project; parsed once a process for each state of its files and this home."""
    with environment_of(settings):
        return _parsed(fingerprint(), tuple(sorted(environment(settings).items())))


@contextmanager
def environment_of(settings: Settings) -> Generator[None]:
    """dbt's environment variables for the block."""
    given = environment(settings)
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _invoke(settings: Settings, arguments: list[str]) -> list[Any]:
    from dbt.cli.main import dbtRunner

    manifest = manifest_of(settings)
    with environment_of(settings):
        runner: Any = dbtRunner(manifest=manifest)
        outcome = runner.invoke([*_QUIET, *arguments])
        _close_connections()
    if outcome.exception is not None:
        raise BuildError(f"dbt stopped: {outcome.exception}") from outcome.exception
    return list(getattr(outcome.result, "results", None) or [])


@cache
def _parsed(_fingerprint: str, _environment: tuple[tuple[str, str], ...]) -> "Manifest":
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    runner: Any = dbtRunner()
    outcome = runner.invoke([*_QUIET, "parse"])
    if outcome.exception is not None:
        raise MistakeError(f"the dbt project cannot be read: {outcome.exception}")
    if not isinstance(outcome.result, Manifest):
        raise MistakeError("the dbt project cannot be read: dbt gave no manifest")
    return outcome.result


def _close_connections() -> None:
    """dbt keeps DuckDB open for the life of the process; the catalog must not be held so long."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()
    DuckDBConnectionManager._ENV = None  # pyright: ignore[reportPrivateUsage] - dbt-duckdb has no public way


_QUIET = (
    "--log-level",
    "none",
    "--log-level-file",
    "info",
    "--no-use-colors",
    "--no-version-check",
)
