"""The stores: master and active by SQLAlchemy here; the reports store in `reports`."""

from lodge_platform.stores.engines import Store, Stores, open_stores
from lodge_platform.stores.keys import allocate
from lodge_platform.stores.migrate import is_migrated, migrate

__all__ = ["Store", "Stores", "allocate", "is_migrated", "migrate", "open_stores"]
