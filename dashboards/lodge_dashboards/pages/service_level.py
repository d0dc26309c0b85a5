"""Service level: what came into the queues, how much of it was answered in time, what waits."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lodge_dashboards import charts
from lodge_dashboards.choosing import choose_filters
from lodge_dashboards.columns import BY_INTERVAL, BY_QUEUE, columns_of
from lodge_dashboards.filters import Filters
from lodge_dashboards.provenance import show_download, show_sql
from lodge_dashboards.states import say_no_rows
from lodge_dashboards.tables import show_table
from lodge_dashboards.visit import Visit
from lodge_dashboards.words import NOTHING, counted, duration, moment, number, percent, start_label


def show(visit: Visit) -> None:
    """Draw the page."""
    filters = choose_filters(visit)
    if filters is None:
        st.info("No activity has been queued yet in your departments; figures appear when one is.")
        return
    if filters.days < 1:
        st.info("The last day is before the first; choose a last day that comes later.")
        return
    rows = visit.ask(filters.in_total()).records()
    if not rows:
        say_no_rows()
        return
    _headline(visit, filters, rows[0])
    _intervals(visit, filters)
    _queues(visit, filters)
    show_sql(visit, filters.in_total(), filters.by_queue(), filters.by_interval())


def _headline(visit: Visit, filters: Filters, total: Mapping[str, Any]) -> None:
    st.caption(_scope(visit, filters, total))
    answers = f"n = {counted(total['answered'], 'answer', 'answers')}"
    figures = (
        ("Service level", "service_level", percent(total["service_level"]), answers),
        ("Queued", "queued", number(total["queued"]), _of_queues(filters)),
        ("Answered", "answered", number(total["answered"]), _of_queues(filters)),
        (
            "Within threshold",
            "answered_within_threshold",
            number(total["answered_within_threshold"]),
            f"of {answers.removeprefix('n = ')}",
        ),
        ("Average wait", "average_wait_seconds", duration(total["average_wait_seconds"]), answers),
        (
            "Handle time",
            "average_handle_seconds",
            duration(total["average_handle_seconds"]),
            f"n = {counted(total['handled'], 'handling', 'handlings')}",
        ),
        (
            "Backlog at end",
            "closing",
            number(total["closing"]),
            f"at {moment(_end(visit, total), visit.zone, has_year=False)}",
        ),
    )
    with st.container(horizontal=True, gap="small"):
        for label, column, value, n in figures:
            st.metric(
                label,
                value,
                delta=n,
                delta_color="off",
                delta_arrow="off",
                help=visit.term(f"queue_intervals.{column}"),
                border=True,
                width=_METRIC_WIDTH,
            )
    if total["service_level"] is None:
        st.info(
            "Nothing was answered in this time, so there is no service level and no average "
            f"wait; “{NOTHING}” is not 0 %."
        )


_METRIC_WIDTH = 172


def _scope(visit: Visit, filters: Filters, total: Mapping[str, Any]) -> str:
    days = f"{filters.from_date} to {filters.to_date}"
    said = f"{_of_queues(filters).capitalize()} · {days} · by {filters.interval}"
    if total["end_at"] > visit.published.landed_at.replace(tzinfo=None):
        said += f" · the last interval counts up to {moment(_end(visit, total), visit.zone)}"
    return said


def _end(visit: Visit, total: Mapping[str, Any]) -> Any:
    return min(total["end_at"], visit.published.landed_at.replace(tzinfo=None))


def _of_queues(filters: Filters) -> str:
    return f"in {counted(len(filters.queue_ids), 'queue', 'queues')}"


def _intervals(visit: Visit, filters: Filters) -> None:
    rows = visit.ask(filters.by_interval())
    records = rows.records()
    is_day = filters.interval == "day"
    points = charts.points_of(records, visit.zone, is_day=is_day)
    st.subheader(f"Service level by {filters.interval}")
    st.altair_chart(
        charts.service_level_chart(points),
        alt=f"Line chart of the service level by {filters.interval}, from 0 to 100 percent.",
    )
    left, right = st.columns(2)
    with left:
        st.subheader("Queued and answered")
        st.altair_chart(
            charts.volume_chart(points),
            alt=f"Bars of entries queued and a line of entries answered by {filters.interval}.",
        )
    with right:
        st.subheader("Backlog")
        st.altair_chart(
            charts.backlog_chart(points),
            alt=f"Area of activities waiting at the end of each {filters.interval}.",
        )
    labelled = [
        row | {"start": start_label(row["start_at"], visit.zone, is_day=is_day)} for row in records
    ]
    with st.expander(f"Table by {filters.interval}, {len(records):,} rows"):
        columns = columns_of(visit, BY_INTERVAL)
        show_table(labelled, columns, says=f"Figures of each {filters.interval}.")
        show_download(visit, rows, "by_interval", filters)


def _queues(visit: Visit, filters: Filters) -> None:
    st.subheader("By queue")
    rows = visit.ask(filters.by_queue())
    show_table(rows.records(), columns_of(visit, BY_QUEUE), says="Figures of each queue.")
    show_download(visit, rows, "by_queue", filters)
