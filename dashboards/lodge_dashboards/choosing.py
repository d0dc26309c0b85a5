"""The widgets of the service level page's filters, in the sidebar, each kept in the address."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lodge_dashboards.address import asked, keep
from lodge_dashboards.filters import (
    EARLIEST,
    INTERVALS,
    LATEST,
    Filters,
    Interval,
    coarse_enough,
    default_days,
    default_interval,
)
from lodge_dashboards.questions import question
from lodge_dashboards.visit import Visit
from lodge_dashboards.words import verbatim


def choose_filters(visit: Visit) -> Filters | None:
    """Draw the filters and give what was chosen; None when there are no figures at all yet."""
    allowed = visit.visitor.department_ids
    queues = visit.ask(question("queues", department_ids=allowed)).records()
    days = visit.ask(question("days", department_ids=allowed)).records()[0]
    if not queues or days["last_start_at"] is None:
        return None
    first, last = default_days(days["first_start_at"], days["last_start_at"], visit.zone)
    notes = st.container()  # in sight also where the sidebar is not
    with st.sidebar:
        departments = _choose_departments(queues, notes)
        within = [q for q in queues if not departments or q["department_id"] in departments]
        chosen = _several("queue", "Queue", {q["queue_id"]: q["queue"] for q in within}, notes)
        from_date = _day("from", "First day", first, notes)
        to_date = _day("to", "Last day", last, notes)
        interval = _interval((to_date - from_date).days + 1, notes)
    return Filters(
        department_ids=tuple(sorted(departments or allowed)),
        queue_ids=tuple(sorted(chosen or [q["queue_id"] for q in within])),
        from_date=from_date,
        to_date=to_date,
        interval=interval,
        zone=visit.zone,
    )


def _choose_departments(queues: Sequence[Mapping[str, Any]], notes: DeltaGenerator) -> list[int]:
    names = {q["department_id"]: q["department"] for q in queues}
    return _several("department", "Department", names, notes)


def _several(name: str, label: str, options: Mapping[int, str], notes: DeltaGenerator) -> list[int]:
    """Chosen keys of `options`; none chosen means all. The address holds keys, as names change."""
    words = asked(name)
    if words is not None:
        st.session_state[name] = [int(word) for word in words if word.isdecimal()]
        if any(not word.isdecimal() or int(word) not in options for word in words):
            notes.warning(
                f"The address names a {label.lower()} that is not there or not yours to see; "
                "it was left out."
            )
    st.session_state[name] = [key for key in st.session_state.get(name, []) if key in options]
    chosen = st.multiselect(
        label, list(options), format_func=lambda key: options[key], key=name, placeholder="All"
    )
    keep(name, [str(key) for key in chosen])
    return chosen


def _day(name: str, label: str, default: date, notes: DeltaGenerator) -> date:
    words = asked(name)
    if words is not None:
        found = _as_day(words[-1])
        if found is None:
            notes.warning(f"{verbatim(words[-1])} in the address is no day, such as 2026-01-05.")
        st.session_state[name] = found or default
    st.session_state[name] = st.session_state.get(name, default)
    chosen = st.date_input(
        label, key=name, min_value=EARLIEST, max_value=LATEST, format="YYYY-MM-DD"
    )
    keep(name, [chosen.isoformat()])
    return chosen


def _as_day(word: str) -> date | None:
    with suppress(ValueError):
        found = date.fromisoformat(word)
        return found if EARLIEST <= found <= LATEST else None
    return None


def _interval(days: int, notes: DeltaGenerator) -> Interval:
    words = asked("interval")
    if words is not None and words[-1] in INTERVALS:
        st.session_state["interval"] = words[-1]
    elif words is not None:
        notes.warning(f"{verbatim(words[-1])} is no interval; allowed: {', '.join(INTERVALS)}.")
    st.session_state["interval"] = st.session_state.get("interval", default_interval(days))
    chosen = st.segmented_control(
        "Interval",
        INTERVALS,
        key="interval",
        required=True,
        format_func=_INTERVAL_WORDS.__getitem__,
        width="stretch",
    )
    chosen = chosen or default_interval(days)
    keep("interval", [chosen])
    fitting = coarse_enough(chosen, days)
    if fitting != chosen:
        notes.warning(f"{days:,} days are too many for {chosen}; shown by {fitting}.")
    return fitting


_INTERVAL_WORDS: dict[Interval, str] = {"15 minutes": "15 min", "hour": "Hour", "day": "Day"}
