"""The API, the console and the services start in a moment: nothing heavy is loaded for them."""

import subprocess
import sys

from layout.tree import PACKAGES, ROOT

LIGHT = [name for name in PACKAGES if name not in {"lodge_pipelines", "lodge_dashboards"}]
HEAVY = ["dagster", "dagster_dbt", "dbt", "streamlit", "pandas"]

IMPORT_ALL = f"""
import importlib, pkgutil, sys
for package in {LIGHT}:
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, package + "."):
        if "migrations" not in found.name and not found.name.endswith("__main__"):
            importlib.import_module(found.name)
print(*(name for name in {HEAVY} if name in sys.modules))
"""


def test_no_module_of_the_light_rooms_loads_dagster_dbt_or_streamlit() -> None:
    asked = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (asked.returncode, asked.stdout.split()) == (0, []), asked.stderr
