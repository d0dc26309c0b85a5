"""A link's rows as harmless HTML for a panel in the console: fields, a table, or by an XSLT.

Values are escaped; what a stylesheet makes goes through an allow-list after it: nothing in it runs,
nothing is loaded, nothing looks or is named as a part of the console. Long answers are cut with a
word how much more there is.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lodge_adapters.callers import refuse_others
from lodge_adapters.language import Field, Form, Link, Panel, Type
from lodge_adapters.panel_html import by_stylesheet
from lodge_platform.errors import NotFoundError, RefusedError, SetUpError, TryAgainError
from lodge_platform.links.answers import LinkPanel, LinkRows
from lodge_platform.links.asking import Caller

if TYPE_CHECKING:
    from lodge_adapters.asking import OpenLinks

MOST_ROWS = 50
MOST_BLOCKS = 5
MOST_OF_LIST = 20
MOST_CHARACTERS = 2_000
_NOTHING = '<span class="quiet">none</span>'


def panel_of(
    links: "OpenLinks",
    name: str,
    subject: Mapping[str, str | None],
    *,
    caller: Caller,
    now: datetime,
) -> LinkPanel:
    """The link as a panel for the caller; whatever keeps it from being shown is its obstacle.

    Raises NotFoundError for a link without a panel, and for who may not ask it.
    """
    known = links.library.get(name)
    refuse_others(name, known.link, caller.reader)
    panel = known.link.panel
    if panel is None:
        raise NotFoundError(f"link {name!r} has no panel")
    try:
        rows = links.ask_of(name, subject, caller=caller, now=now)
        html = render_panel(known.link, rows, folder=known.folder)
    except NotFoundError:
        raise
    except (RefusedError, SetUpError, TryAgainError) as error:
        return LinkPanel(name=name, title=panel.title, obstacle=str(error))
    return LinkPanel(name=name, title=panel.title, html=html, provenance=rows.provenance)


def render_panel(link: Link, rows: LinkRows, *, folder: Path) -> str:
    """The HTML within the panel; `folder` is where the link's file lies, with its stylesheet.

    Raises BrokenSourceError and TooLargeError for what a stylesheet cannot make of the rows,
    SetUpError where it is missing.
    """
    panel = link.panel or Panel(title=link.title)
    if not rows.rows:
        return f'<p class="quiet">{_escaped(panel.empty)}</p>'
    if panel.form is Form.HTML and panel.xslt is not None:
        return by_stylesheet(link, rows, folder / panel.xslt)
    fields = _fields(link, panel, rows.rows[0])
    if not fields:
        return '<p class="quiet">You may see none of its values.</p>'
    if panel.form is Form.FIELDS:
        return _blocks(fields, rows)
    return _table(fields, rows, panel.title)


def _fields(link: Link, panel: Panel, row: Mapping[str, Any]) -> list[Field]:
    """The fields that the panel names, or all, as far as the reader is shown them."""
    known = {field.name: field for field in link.answer.fields}
    return [known[name] for name in panel.fields or known if name in row]


def _blocks(fields: Sequence[Field], rows: LinkRows) -> str:
    shown = [_pairs(fields, row) for row in rows.rows[:MOST_BLOCKS]]
    return "".join(shown) + _more(rows, MOST_BLOCKS)


def _pairs(fields: Iterable[Field], row: Mapping[str, Any]) -> str:
    pairs = "".join(
        f'<div><dt title="{_escaped(field.term)}">{_label(field)}</dt>'
        f"<dd>{_value(field, row.get(field.name))}</dd></div>"
        for field in fields
    )
    return f'<dl class="values">{pairs}</dl>'


def _table(fields: Sequence[Field], rows: LinkRows, title: str) -> str:
    heads = "".join(
        f'<th scope="col" title="{_escaped(field.term)}"{_number(field)}>{_label(field)}</th>'
        for field in fields
    )
    lines = "".join(
        "<tr>"
        + "".join(f"<td{_number(one)}>{_value(one, row.get(one.name))}</td>" for one in fields)
        + "</tr>"
        for row in rows.rows[:MOST_ROWS]
    )
    # Reached by the keyboard, so that it can be scrolled by it.
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{_escaped(title)}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
    ) + _more(rows, MOST_ROWS)


def _number(field: Field) -> str:
    is_number = field.type in (Type.INTEGER, Type.DECIMAL) and not field.is_list
    return ' class="number"' if is_number and not field.fields else ""


def _more(rows: LinkRows, shown: int) -> str:
    left = len(rows.rows) - shown
    if left <= 0 and not rows.is_truncated:
        return ""
    said = f"and {left} more" if left > 0 else "and more"
    if rows.is_truncated:
        said += "; the source has more rows than the link may bring"
    return f'<p class="quiet small">{said}</p>'


def _value(field: Field, value: Any) -> str:
    if value is None:
        return _NOTHING
    if field.is_list:
        values: list[Any] = list(value) if isinstance(value, list | tuple) else [value]  # pyright: ignore
        return _listed(field, values)
    return _one(field, value)


def _listed(field: Field, values: Sequence[Any]) -> str:
    if not values:
        return _NOTHING
    shown = "".join(f"<li>{_one(field, one)}</li>" for one in values[:MOST_OF_LIST])
    left = len(values) - MOST_OF_LIST
    more = f'<li class="quiet">and {left} more</li>' if left > 0 else ""
    return f"<ul>{shown}{more}</ul>"


def _one(field: Field, value: Any) -> str:
    if value is None:
        return _NOTHING
    if field.fields and isinstance(value, Mapping):
        inner: Mapping[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return _pairs([one for one in field.fields if one.name in inner], inner)
    if isinstance(value, datetime):
        return _instant(value)
    text = _text(value)
    if len(text) > MOST_CHARACTERS:
        left = len(text) - MOST_CHARACTERS
        return f"{_escaped(text[:MOST_CHARACTERS])}… ({left} more characters)"
    return _escaped(text)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _instant(value: datetime) -> str:
    """As other pages have it: the console's script shows it in the reader's zone."""
    at = value.astimezone(UTC)
    said = at.strftime("%Y-%m-%d %H:%M:%S")
    machine = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f'<time datetime="{machine}" title="{said} UTC">{said} UTC</time>'


def _label(field: Field) -> str:
    words = field.name.replace("_", " ").strip() or field.name
    return _escaped(words[:1].upper() + words[1:])


def _escaped(text: str) -> str:
    """Text as HTML; what no page can hold is replaced."""
    clean = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return escape(clean)
