"""The states a page can be in, in plain words: nothing yet, no rows, stale, out of order."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

import streamlit as st

from lodge_dashboards.visit import Visit
from lodge_dashboards.words import moment, verbatim
from lodge_platform.errors import LodgeError, TryAgainError

_LOG = logging.getLogger("lodge.dashboards")
_ICONS = {
    "fresh": ":material/check_circle:",
    "stale": ":material/schedule:",
    "old": ":material/error:",
}


@contextmanager
def errors_in_words() -> Generator[None]:
    """Whatever goes wrong inside is said on the page without a trace of code, and logged whole."""
    try:
        yield
    except TryAgainError as error:
        _LOG.warning("%s", error)
        st.error(
            f"The figures cannot be read at the moment: {verbatim(str(error))}. "
            "Load the page again soon."
        )
    except LodgeError as error:
        _LOG.error("%s", error)
        st.error(f"The figures cannot be read: {verbatim(str(error))}.")
    except Exception:  # the edge: a reader never sees a stack trace
        _LOG.exception("a page could not be drawn")
        st.error(
            "This page could not be drawn, and that is our mistake. Nothing was changed. Load it "
            "again; if it stays, tell your administrator: the log of the service `dashboards` "
            "says what went wrong."
        )


def show_freshness(visit: Visit) -> None:
    """The badge: how old the figures are, and in which zone instants are shown."""
    freshness = visit.freshness()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(freshness.said(visit.zone), icon=_ICONS[freshness.state], color=freshness.colour)
        st.caption(f"Times in {visit.zone.key}", width="content")
    if freshness.state != "fresh":
        st.warning(
            f"Nothing that happened after {moment(freshness.landed_at, visit.zone)} is counted "
            "here. `lodge pipelines run` brings the figures up to date; if the pipelines should "
            "be running, `lodge status` says what is wrong."
        )


def say_nothing_published() -> None:
    """Before the first run of the pipelines."""
    st.info(
        "Nothing has been published yet, so there are no figures to show. Run "
        "`lodge pipelines run`, then load this page again."
    )


def say_no_rows() -> None:
    """Filters that leave nothing."""
    st.info(
        "There is nothing for these filters: no work was waiting, came in or was answered in "
        "these queues on these days. Choose other days or queues."
    )
