"""Data links that are landed: each a table of the reports store's schema `links`."""

from lodge_pipelines.links.loading import load_links
from lodge_pipelines.links.report import LinkLoad

__all__ = ["LinkLoad", "load_links"]
