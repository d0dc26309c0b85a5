"""Names of assets that `lodge pipelines run` knows, read without loading dbt."""

from collections.abc import Sequence

from lodge_pipelines.dictionary_project import project_folder
from lodge_platform.errors import RefusedError, SetUpError, nearest
from lodge_platform.links.opened import opened_links
from lodge_platform.settings import Settings

LANDING = "landing"
LINKS = "links"
_OF_LINKS = f"{LINKS}."


def asset_names() -> set[str]:
    """`landing`, `links` and every model of the dbt project."""
    models = (project_folder() / "models").rglob("*.sql")
    return {LANDING, LINKS, *(path.stem for path in models)}


def is_of_links(asset: str) -> bool:
    """Whether it is `links`, or one link as `links.NAME`."""
    return asset == LINKS or asset.startswith(_OF_LINKS)


def links_in(assets: Sequence[str]) -> set[str] | None:
    """The links that assets name; None for all of them."""
    if not assets or LINKS in assets:
        return None
    return {name.removeprefix(_OF_LINKS) for name in assets if is_of_links(name)}


def require_assets(settings: Settings, assets: Sequence[str]) -> None:
    """Raise RefusedError, with the nearest name, for an asset that there is not.

    Raises SetUpError for a link whose file cannot be used.
    """
    known = asset_names()
    if any(name.startswith(_OF_LINKS) for name in assets):
        known |= _landed_links(settings, assets)
    for name in assets:
        if name not in known:
            raise RefusedError(f"no asset {name!r}; {nearest(name, known)}")


def _landed_links(settings: Settings, assets: Sequence[str]) -> set[str]:
    with opened_links(settings) as (_, links):
        described = {f"{_OF_LINKS}{link.name}": link for link in links.described()}
    for name in assets:
        if name in described and described[name].fault is not None:
            raise SetUpError(f"{name} cannot be loaded: {described[name].fault}")
    return {name for name, link in described.items() if link.is_landed}
