"""How each data link is, and how it answered within the last day of the figures."""

from typing import Any

import streamlit as st

from lodge_dashboards.questions import question
from lodge_dashboards.tables import Column, show_table
from lodge_dashboards.visit import Visit
from lodge_dashboards.words import NOTHING, counted, moment, short_duration, verbatim
from lodge_platform.identity import Action

_GOOD = frozenset({"answers", "not asked yet", "switched off"})


def show_links(visit: Visit) -> None:
    """Draw the section."""
    st.subheader("Data links")
    if not visit.visitor.signed_in.may(Action.LINK_READ):
        st.caption(f"Seeing data links needs the right `{Action.LINK_READ}`.")
        return
    if "marts.link_calls" not in visit.published.row_counts:
        st.caption(
            "What is published knows of no data links yet; the next run of the pipelines will."
        )
        return
    rows = _asked(visit)
    if not rows:
        st.caption("There are no data links. `lodge link new` starts one from a live source.")
        return
    wrong = [row for row in rows if row["state"] not in _GOOD]
    if wrong:
        lines = "".join(f"\n- {_problem(row, visit)}" for row in wrong)
        st.warning(f"{counted(len(wrong), 'link has', 'links have')} a problem:\n{lines}")
    else:
        st.caption("Every link that was asked answers as its file declares.")
    show_table([_shown(row, visit) for row in rows], _columns(visit), says="Data links by name.")
    st.caption("Calls, errors and durations are those of the last day before the state shown.")


def _asked(visit: Visit) -> list[dict[str, Any]]:
    visitor = visit.visitor
    may_see = visitor.sees_house and visitor.signed_in.may(Action.CONTENT_READ)
    asked = question(
        "data_links",
        department_ids=visitor.department_ids,
        sees_house=int(visitor.sees_house),
        shows_content=int(may_see),
        until=visit.published.landed_at.replace(tzinfo=None),
    )
    return visit.ask(asked).records()


def _problem(row: dict[str, Any], visit: Visit) -> str:
    """One line, as long as it takes: on a telephone a table would cut it off."""
    since = f" since {moment(row['since'], visit.zone)}" if row["since"] else ""
    words = f": {verbatim(row['problem'])}" if row["problem"] else ""
    return f"{verbatim(row['link'])} {row['state']}{since}{words}"


def _shown(row: dict[str, Any], visit: Visit) -> dict[str, Any]:
    since = row["since"]
    return row | {
        "since": moment(since, visit.zone) if since else NOTHING,
        "p95": short_duration(row["p95_seconds"]),
    }


def _columns(visit: Visit) -> tuple[Column, ...]:
    called = visit.term("link_calls")
    return (
        Column("link", "Link", "text", visit.term("data_links.link")),
        Column(
            "state",
            "State",
            "text",
            "answers; failing: its source does not; contract broken: its last answer was not as "
            "declared; file faulty; not loaded into the reports; not asked yet; switched off.",
        ),
        Column("since", "Since", "text", "Since when it is in that state, where it is a problem."),
        Column("calls", "Calls", "count", called),
        Column("errors", "Errors", "count", visit.term("link_calls.is_error")),
        Column("p95", "95 % within", "text", visit.term("link_calls.duration_seconds")),
        Column("title", "Title", "text", visit.term("data_links.title")),
        Column("kind", "Kind", "text", visit.term("data_links.kind")),
    )
