"""Where figures come from: their SQL, word for word, and their rows as a file."""

import streamlit as st

from lodge_dashboards.filters import Filters
from lodge_dashboards.questions import Question
from lodge_dashboards.reports import Rows
from lodge_dashboards.tables import as_csv
from lodge_dashboards.visit import Visit
from lodge_dashboards.words import moment
from lodge_platform.identity import Action

_TITLES = {
    "service_level": "The figures at the top",
    "service_level_by_queue": "By queue",
    "service_level_by_interval": "By interval",
}


def show_sql(visit: Visit, *questions: Question) -> None:
    """The very SQL of the figures, closed until somebody opens it."""
    published = visit.published
    with st.expander("SQL of these figures"):
        st.caption(
            "`lodge sql` gives the same figures with the same SQL. They are those of snapshot "
            f"{published.snapshot_no}, published {moment(published.published_at, visit.zone)}; "
            f'with `--as-of "{published.published_at:%Y-%m-%d %H:%M:%S.%f}+00:00"` it reads that '
            "state for good."
        )
        for question in questions:
            st.markdown(f"**{_TITLES[question.name]}**")
            st.code(question.as_typed(), language="sql")


def show_download(visit: Visit, rows: Rows, name: str, filters: Filters) -> None:
    """The rows as CSV under their SQL names, instants in UTC; or why there is no file."""
    if not visit.visitor.may_export:
        st.caption(
            f"Downloading these rows needs the right `{Action.EXPORT}` in each department whose "
            "figures you see. Ask your administrator."
        )
        return
    st.download_button(
        "Download as CSV",
        as_csv(rows.records(), rows.columns),
        file_name=f"service_level_{name}_{filters.from_date}_{filters.to_date}.csv",
        mime="text/csv",
        key=f"download_{name}",
        on_click="ignore",
        icon=":material/download:",
        help="Columns as in SQL: instants in UTC, durations in seconds, shares from 0 to 1.",
    )
