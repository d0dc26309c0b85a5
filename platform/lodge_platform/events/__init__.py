"""What happens, as typed events: the catalogue, the rows that follow, the recorder, the check."""

from lodge_platform.events.catalogue import Event, Payload, type_code_of
from lodge_platform.events.projection import RowChange, row_changes
from lodge_platform.events.recorder import Actor, Recorder

__all__ = ["Actor", "Event", "Payload", "Recorder", "RowChange", "row_changes", "type_code_of"]
