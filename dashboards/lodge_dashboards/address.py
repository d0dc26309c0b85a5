"""Choices kept in the page's address, so that a page can be sent, and taken over from it."""

import streamlit as st

_KEPT = "address"


def asked(name: str) -> list[str] | None:
    """What the address says under `name` when a widget must take it over; else None.

    That is when it came with a link or by the browser's back button, or when another page was
    shown meanwhile and Streamlit forgot the widget. Never an empty list.
    """
    given = st.query_params.get_all(name)
    kept: dict[str, list[str]] = st.session_state.setdefault(_KEPT, {})
    if given and given != kept.get(name):
        return given
    return kept.get(name) or None if name not in st.session_state else None


def keep(name: str, words: list[str]) -> None:
    """Write a choice into the address; no words take it out, for what goes without saying."""
    kept: dict[str, list[str]] = st.session_state.setdefault(_KEPT, {})
    kept[name] = words
    if st.query_params.get_all(name) == words:
        return
    if words:
        st.query_params[name] = words
    else:
        st.query_params.pop(name, None)
