"""The time zone that instants are shown in: chosen in the sidebar, kept in the address."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lodge_dashboards.address import asked, keep
from lodge_dashboards.words import verbatim

UTC_NAME = "UTC"
_KEY = "zone"


def choose_zone(notes: DeltaGenerator) -> ZoneInfo:
    """Draw the choice and give the zone, UTC unless another was chosen; `notes` takes warnings."""
    words = asked(_KEY)
    if words is not None:
        known = words[-1] if words[-1] in zone_names() else UTC_NAME
        if known != words[-1]:
            notes.warning(f"There is no time zone {verbatim(words[-1])}; times are in UTC.")
        st.session_state[_KEY] = known
    # said anew each time: on another page this is another widget to Streamlit
    st.session_state[_KEY] = st.session_state.get(_KEY, UTC_NAME)
    name = st.selectbox(
        "Time zone",
        zone_names(),
        key=_KEY,
        help="Days and hours begin by the clock of this zone. Instants are stored in UTC.",
    )
    keep(_KEY, [] if name == UTC_NAME else [name])
    return ZoneInfo(name)


@cache
def zone_names() -> tuple[str, ...]:
    """UTC, then every zone of the IANA database that names a place."""
    places = {name for name in available_timezones() if "/" in name and not _is_old(name)}
    return (UTC_NAME, *sorted(places))


def _is_old(name: str) -> bool:
    return name.startswith(("Etc/", "SystemV/", "US/", "posix/", "right/"))
