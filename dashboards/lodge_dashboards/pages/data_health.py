"""Data health: when the figures were landed, what they hold, whether every mail has an end and
every data link answers."""

from typing import Any

import streamlit as st
from sqlalchemy import select

from lodge_dashboards.links import show_links
from lodge_dashboards.questions import Question, question
from lodge_dashboards.tables import Column, show_table
from lodge_dashboards.visit import Visit
from lodge_dashboards.words import counted, duration, moment, number, verbatim
from lodge_platform.schema.master import PublishedSnapshot

_RUNS = 20


def show(visit: Visit) -> None:
    """Draw the page."""
    _state(visit)
    _mail_balance(visit)
    _quarantine(visit)
    show_links(visit)
    _runs(visit)
    _row_counts(visit)


def _state(visit: Visit) -> None:
    published = visit.published
    total = visit.ask(_asked("mail_totals", visit)).records()[0]
    figures = (
        (
            "Age of the figures",
            duration(visit.freshness().age.total_seconds()),
            f"as of {moment(published.landed_at, visit.zone, has_year=False)}",
            "Time since the state of the work that the figures show was taken.",
        ),
        (
            "Mail without an end",
            number(total["difference"]),
            f"of {counted(total['seen'], 'mail', 'mails')} seen",
            "Messages seen at a mail source that are neither stored, quarantined nor ignored.",
        ),
        (
            "In quarantine",
            number(total["waiting"]),
            "waiting for a retry",
            "Inputs that could not be taken in and were neither retried nor dismissed.",
        ),
        (
            "Published snapshot",
            str(published.snapshot_no),
            f"on {moment(published.published_at, visit.zone, has_year=False)}",
            "Number of the whole and checked state of the reports store that every page reads.",
        ),
    )
    with st.container(horizontal=True, gap="small"):
        for label, value, n, term in figures:
            st.metric(
                label,
                value,
                delta=n,
                delta_color="off",
                delta_arrow="off",
                help=term,
                border=True,
                width=172,
            )


def _mail_balance(visit: Visit) -> None:
    st.subheader("Mail balance by alias")
    rows = _balance(visit)
    if not rows:
        st.info("No alias is set up in your departments.")
        return
    open_ones = [verbatim(row["alias"]) for row in rows if row["difference"]]
    if open_ones:
        st.warning(f"Mail that was seen and not dealt with yet: {', '.join(open_ones)}.")
    else:
        st.caption("Every mail seen is stored, quarantined or ignored: the balance closes to zero.")
    outcome = visit.term("mail_ledger.outcome")
    columns = (
        Column("alias", "Alias", "text", "Address of ours that mail is retrieved from."),
        Column("seen", "Seen", "count", visit.term("mail_ledger.seen_at")),
        Column("stored", "Stored", "count", outcome),
        Column("quarantined", "Quarantined", "count", outcome),
        Column("ignored", "Ignored", "count", outcome),
        Column("difference", "Difference", "count", "Seen and without an end yet; 0 is good."),
    )
    show_table(rows, columns, says="Mails seen, stored, quarantined and ignored of each alias.")


def _quarantine(visit: Visit) -> None:
    st.subheader("Quarantine")
    rows = _waiting(visit)
    if not rows:
        st.caption("Nothing waits in quarantine.")
        return
    shown = [row | {"oldest": moment(row["oldest_at"], visit.zone)} for row in rows]
    columns = (
        Column("alias", "Alias", "text"),
        Column("stage", "Stage", "text", visit.term("quarantine.stage")),
        Column("reason_code", "Reason", "text", visit.term("quarantine.reason_code")),
        Column("waiting", "Waiting", "count", visit.term("quarantine.status")),
        Column("oldest", "Oldest", "text", visit.term("quarantine.quarantined_at")),
    )
    show_table(shown, columns, says="Inputs in quarantine by alias, stage and reason.")


def _runs(visit: Visit) -> None:
    st.subheader("Last published runs")
    rows = [
        {
            "snapshot_no": str(run.snapshot_no),
            "run_name": run.run_name,
            "published": moment(run.published_at, visit.zone),
            "landed": moment(run.landed_at, visit.zone),
        }
        for run in _last_runs(visit)
    ]
    columns = (
        Column("published", "Published", "text", "When readers began to see it."),
        Column("landed", "State of", "text", "Instant whose state of the work it holds."),
        Column("run_name", "Run", "text", "What ran the pipelines."),
        Column("snapshot_no", "Snapshot", "text", "Number of the state in the reports store."),
    )
    show_table(rows, columns, says="The last runs of the pipelines that were published.")


def _row_counts(visit: Visit) -> None:
    if not visit.visitor.sees_house:
        return  # they are of all departments together
    counts = visit.published.row_counts
    with st.expander(f"Rows of {len(counts)} tables and marts"):
        rows = [{"table": name, "rows": count} for name, count in sorted(counts.items())]
        columns = (
            Column("table", "Table", "text"),
            Column("rows", "Rows", "count", "Rows in the published state, over all departments."),
        )
        show_table(rows, columns, says="Rows of each landed table and mart.")


def _balance(visit: Visit) -> list[dict[str, Any]]:
    ids = visit.visitor.department_ids
    return visit.ask(question("mail_balance", department_ids=ids)).records()


def _waiting(visit: Visit) -> list[dict[str, Any]]:
    return visit.ask(_asked("quarantine", visit)).records()


def _asked(name: str, visit: Visit) -> Question:
    visitor = visit.visitor
    return question(name, department_ids=visitor.department_ids, sees_house=int(visitor.sees_house))


def _last_runs(visit: Visit) -> list[Any]:
    table = PublishedSnapshot.__table__
    newest = select(table).order_by(table.c.published_snapshot_id.desc()).limit(_RUNS)
    with visit.visitor.lodge.stores.master.read() as master:
        return list(master.execute(newest).all())
