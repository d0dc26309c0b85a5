"""Dictionary words for the columns that tables show, in order; terms come with the visit."""

from collections.abc import Sequence
from dataclasses import replace

from lodge_dashboards.tables import Column
from lodge_dashboards.visit import Visit

_FIGURES = (
    Column("service_level", "Service level", "share"),
    Column("queued", "Queued", "count"),
    Column("answered", "Answered", "count"),
    Column("answered_within_threshold", "Within threshold", "count"),
    Column("average_wait_seconds", "Average wait", "seconds"),
    Column("average_handle_seconds", "Average handle time", "seconds"),
    Column("handled", "Handled", "count"),
    Column("abandoned", "Abandoned", "count"),
    Column("moved", "Moved", "count"),
    Column("closing", "Backlog at end", "count"),
)
BY_INTERVAL = (
    Column("start", "Start", "text", "Start of the interval by the clock of the chosen zone."),
    *_FIGURES,
)
BY_QUEUE = (
    Column("queue", "Queue", "text"),
    Column("department", "Department", "text"),
    *_FIGURES,
    Column(
        "service_level_seconds",
        "Threshold now",
        "seconds",
        "Queue time within which an answer counts as within the service level, as set now. "
        "Figures are counted by the threshold in force when the activity was queued.",
    ),
)


def columns_of(visit: Visit, columns: Sequence[Column]) -> list[Column]:
    """The columns with the terms of `queue_intervals` where they have none of their own."""
    return [
        replace(column, term=column.term or visit.term(f"queue_intervals.{column.name}"))
        for column in columns
    ]
