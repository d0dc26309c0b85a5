"""Charts over intervals: one axis of time, zero lines, colours that colour-blind readers tell.

Rows are as `service_level_by_interval.sql` gives them. The axis shows wall clock times of the
reader's zone, which Vega is told are UTC so that the browser's own zone does not move them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import altair as alt

from lodge_dashboards.words import duration, local, percent, start_label

# Okabe and Ito, those that stand out on light and on dark.
BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"
_HEIGHT = 220


def service_level_chart(points: Sequence[Mapping[str, Any]]) -> alt.Chart:
    """Share answered within the threshold, 0 to 100 %; a gap where nothing was answered."""
    return (
        _chart(points)
        .mark_line(color=BLUE, point=alt.OverlayMarkDef(color=BLUE, size=36, filled=True))
        .encode(
            x=_time_axis("middle", domain=_span(points)),
            y=alt.Y(
                "service_level:Q",
                title="Service level",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1]),
            ),
            tooltip=_tooltip(
                ("service_level_said", "Service level"),
                ("answered", "Answered"),
                ("answered_within_threshold", "Within threshold"),
                ("wait_said", "Average wait"),
            ),
        )
    )


def volume_chart(points: Sequence[Mapping[str, Any]]) -> alt.LayerChart | alt.FacetChart:
    """Entries queued (bars) and answered (line) in each interval."""
    words = ["Queued", "Answered"]
    colour = alt.Color(
        "what:N",
        scale=alt.Scale(domain=words, range=[BLUE, VERMILION]),
        legend=alt.Legend(title=None, orient="top", symbolType="square", symbolOpacity=1),
    )
    tooltip = _tooltip(("queued", "Queued"), ("answered", "Answered"))
    y_axis = _counts("Entries")
    bars = (
        _chart(points)
        .mark_rect(opacity=0.55)
        .transform_calculate(what="'Queued'")
        .encode(
            x=_time_axis("start"),
            x2="end",
            y2=alt.datum(0),
            y=alt.Y("queued:Q", **y_axis),
            color=colour,
            tooltip=tooltip,
        )
    )
    line = (
        _chart(points)
        .mark_line(point=alt.OverlayMarkDef(size=36, filled=True))
        .transform_calculate(what="'Answered'")
        .encode(
            x=alt.X("middle:T", scale=alt.Scale(type="utc")),
            y=alt.Y("answered:Q", **y_axis),
            color=colour,
            tooltip=tooltip,
        )
    )
    return alt.layer(bars, line).properties(height=_HEIGHT)


def backlog_chart(points: Sequence[Mapping[str, Any]]) -> alt.Chart:
    """Activities waiting at the end of each interval."""
    return (
        _chart(points)
        .mark_rect(color=GREEN, opacity=0.55)
        .encode(
            x=_time_axis("start"),
            x2="end",
            y=alt.Y("closing:Q", **_counts("Activities")),
            y2=alt.datum(0),
            tooltip=_tooltip(("closing", "Backlog at end")),
        )
    )


def points_of(
    rows: Sequence[Mapping[str, Any]], zone: ZoneInfo, *, is_day: bool
) -> list[dict[str, Any]]:
    """The rows as the charts take them, with wall clock times and figures in words."""
    return [
        {
            **{name: row[name] for name in _FIGURES},
            "start": _wall_clock(row["start_at"], zone),
            "middle": _wall_clock(row["start_at"] + (row["end_at"] - row["start_at"]) / 2, zone),
            "end": _wall_clock(row["end_at"], zone),
            "label": start_label(row["start_at"], zone, is_day=is_day),
            "service_level_said": percent(row["service_level"]),
            "wait_said": duration(row["average_wait_seconds"]),
        }
        for row in rows
    ]


_FIGURES = ("service_level", "queued", "answered", "answered_within_threshold", "closing")


def _chart(points: Sequence[Mapping[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(points))).properties(height=_HEIGHT)


def _time_axis(field: str, **scale: Any) -> alt.X:
    # the clock for hours, the date where a day begins; 24 hours, whatever the browser's language
    label = (
        "utchours(datum.value) + utcminutes(datum.value) == 0"
        " ? utcFormat(datum.value, '%-d %b') : utcFormat(datum.value, '%H:%M')"
    )
    return alt.X(
        f"{field}:T",
        title=None,
        scale=alt.Scale(type="utc", **scale),
        axis=alt.Axis(labelExpr=label, labelOverlap=True, grid=False, tickCount=8),
    )


def _span(points: Sequence[Mapping[str, Any]]) -> list[alt.DateTime]:
    """From the first start to the last end, also where nothing was answered."""
    ends = (points[0]["start"], points[-1]["end"])
    return [_date_time(datetime.fromisoformat(end)) for end in ends]


def _date_time(at: datetime) -> alt.DateTime:
    return alt.DateTime(
        year=at.year, month=at.month, date=at.day, hours=at.hour, minutes=at.minute, utc=True
    )


def _counts(title: str) -> dict[str, Any]:
    scale = alt.Scale(zero=True, nice=True, domainMin=0)
    return {
        "title": title,
        "scale": scale,
        "axis": alt.Axis(format=",d", tickMinStep=1, tickCount=5),
    }


def _tooltip(*shown: tuple[str, str]) -> list[alt.Tooltip]:
    start = alt.Tooltip("label:N", title="Start")
    return [start, *(alt.Tooltip(f"{name}:N", title=title) for name, title in shown)]


def _wall_clock(instant: datetime, zone: ZoneInfo) -> str:
    return f"{local(instant, zone):%Y-%m-%dT%H:%M:%S}Z"
