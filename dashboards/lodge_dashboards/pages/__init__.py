"""The pages, in the order of the navigation; one module a page, each a function of a visit."""

from collections.abc import Callable
from dataclasses import dataclass

from lodge_dashboards.pages import data_health, service_level
from lodge_dashboards.visit import Visit


@dataclass(frozen=True)
class PageEntry:
    """One page: its title, a dictionary word; `path` is its part of the address."""

    title: str
    icon: str
    path: str
    show: Callable[[Visit], None]


PAGES = (
    PageEntry("Service level", ":material/speed:", "service-level", service_level.show),
    PageEntry("Data health", ":material/monitor_heart:", "data-health", data_health.show),
)
