"""Every route of the console, for the entry point `lodge.routes`."""

from lodge_core.console import (
    account,
    account_factor,
    account_keys,
    activity,
    by_provider,
    case,
    changing,
    downloads,
    inbox,
    link,
    panels,
    people,
    people_access,
    search,
    sign_in,
    work,
)
from lodge_core.console.router import router
from lodge_platform.web.static import static_router

router.routes.extend(static_router("/console", "lodge_core.console").routes)

__all__ = [
    "account",
    "account_factor",
    "account_keys",
    "activity",
    "by_provider",
    "case",
    "changing",
    "downloads",
    "inbox",
    "link",
    "panels",
    "people",
    "people_access",
    "router",
    "search",
    "sign_in",
    "work",
]
