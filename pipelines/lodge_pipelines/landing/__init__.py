"""Landing: copies of the active and master tables in the reports store, load by load."""

from lodge_pipelines.landing.load import load
from lodge_pipelines.landing.report import LoadReport, StoreLoad, TableLoad

__all__ = ["LoadReport", "StoreLoad", "TableLoad", "load"]
