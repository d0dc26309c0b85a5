"""Every route of the console, for the entry point `lodge.routes`."""

from lodge_core.console import activity, downloads, inbox, sign_in, work
from lodge_core.console.router import router
from lodge_platform.web.static import static_router

router.routes.extend(static_router("/console", "lodge_core.console").routes)

__all__ = ["activity", "downloads", "inbox", "router", "sign_in", "work"]
