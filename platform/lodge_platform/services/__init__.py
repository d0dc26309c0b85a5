"""The service manager: what runs, who holds it, how it is; see `process` for what a room brings."""

from lodge_platform.services.process import Round, Service, ServiceProcess

__all__ = ["Round", "Service", "ServiceProcess"]
