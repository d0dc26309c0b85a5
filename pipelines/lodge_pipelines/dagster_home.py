"""Dagster's own home inside ours: run history in SQLite, no telemetry, one code server."""

import os
from pathlib import Path

from lodge_platform.settings import Settings

_INSTANCE = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
retention:
  sensor:
    purge_after_days:
      skipped: 1
      success: 3
      failure: 30
  schedule:
    purge_after_days: 30
"""
_WORKSPACE = """\
load_from:
  - grpc_server:
      host: 127.0.0.1
      port: {port}
      location_name: lodge
"""


def write_dagster_home(settings: Settings, *, code_server_port: int) -> Path:
    """Write dagster.yaml and workspace.yaml; gives the folder that DAGSTER_HOME names."""
    home = settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / "dagster.yaml").write_text(_INSTANCE, "utf-8")
    (home / "workspace.yaml").write_text(_WORKSPACE.format(port=code_server_port), "utf-8")
    return home


def environment_of_dagster(settings: Settings) -> dict[str, str]:
    """What Dagster's programs are started with."""
    return {
        "DAGSTER_HOME": str(settings.home / "dagster"),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS": "600",
        "DO_NOT_TRACK": "1",
        "LODGE_HOME": str(settings.home),
        # the code server's sensor runs in a thread; its logging must not wait for a terminal
        "PYTHONUNBUFFERED": "1",
        "PATH": os.environ.get("PATH", ""),
    }
