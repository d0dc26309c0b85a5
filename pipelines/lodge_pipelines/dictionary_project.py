"""Where the dbt project is, and what dbt is told about this home.

Rooms meet in data and never import one another: the project is found by the name of its package.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from lodge_platform.errors import SetUpError
from lodge_platform.settings import Settings
from lodge_platform.stores.reports import catalog_of, data_path, install_extensions


def project_folder() -> Path:
    """The folder with dbt_project.yml. Raises SetUpError when the dictionary is not installed."""
    found = find_spec("lodge_dictionary")
    if found is None or not found.submodule_search_locations:
        raise SetUpError("package lodge_dictionary is not installed")
    return Path(found.submodule_search_locations[0]) / "project"


def target_folder(settings: Settings) -> Path:
    """Where dbt keeps its parsed state and results between runs."""
    return settings.home / "dbt" / "target"


def environment(settings: Settings) -> dict[str, str]:
    """What the project's profile reads, and what keeps dbt quiet and to itself."""
    catalog = catalog_of(settings)
    given = {
        "LODGE_DBT_TARGET": "embedded" if catalog.is_sqlite else "postgresql",
        "LODGE_DBT_EXTENSIONS": str(install_extensions(settings)),
        "LODGE_DBT_MEMORY": f"{settings.memory_limit_megabytes}MB",
        "LODGE_DBT_SPILL": str(settings.home / "reports" / "tmp"),
        "LODGE_DBT_CATALOG": catalog.path,
        "LODGE_DBT_DATA": data_path(settings),
        "DBT_PROJECT_DIR": str(project_folder()),
        "DBT_PROFILES_DIR": str(project_folder()),
        "DBT_TARGET_PATH": str(target_folder(settings)),
        "DBT_LOG_PATH": str(settings.home / "dbt" / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    for name, value in catalog.secret.items():
        key = "DBT_ENV_SECRET_LODGE_CATALOG" if name == "password" else "LODGE_DBT_CATALOG"
        given[f"{key}_{name.upper()}"] = value
    return given


def fingerprint() -> str:
    """SHA-256 over the project's files: whether views and the rest must be made again."""
    digest = hashlib.sha256()
    folder = project_folder()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in (".sql", ".yml", ".md"):
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
