"""Names of assets that `lodge pipelines run` knows, read without loading dbt."""

from collections.abc import Sequence

from lodge_pipelines.dictionary_project import project_folder
from lodge_platform.errors import RefusedError, nearest

LANDING = "landing"


def asset_names() -> set[str]:
    """`landing` and every model of the dbt project."""
    models = (project_folder() / "models").rglob("*.sql")
    return {LANDING, *(path.stem for path in models)}


def require_assets(assets: Sequence[str]) -> None:
    """Raise RefusedError, with the nearest name, for an asset that there is not."""
    known = asset_names()
    for name in assets:
        if name not in known:
            raise RefusedError(f"no asset {name!r}; {nearest(name, known)}")
