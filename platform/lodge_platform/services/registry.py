"""The service processes there are: those that the rooms bring by entry point."""

from functools import cache
from importlib.metadata import entry_points

from lodge_platform.errors import MistakeError, SetUpError
from lodge_platform.services.process import ServiceProcess

GROUP = "lodge.services"


@cache
def service_processes() -> dict[str, ServiceProcess]:
    """Every service process by name. Raises SetUpError naming an entry point that fails."""
    found: dict[str, ServiceProcess] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            process = entry.load()
        except (ImportError, AttributeError) as error:
            raise SetUpError(
                f"entry point {GROUP} {entry.name} = {entry.value} cannot be loaded: {error}"
            ) from error
        if not isinstance(process, ServiceProcess) or process.name != entry.name:
            raise MistakeError(
                f"entry point {GROUP} {entry.name} = {entry.value} is no ServiceProcess of "
                "that name"
            )
        found[entry.name] = process
    return found
