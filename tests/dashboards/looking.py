"""A page looked at without a browser: Streamlit's own test of a script, signed in by a token."""

from typing import Any

from streamlit.testing.v1 import AppTest

from lodge_platform.lodge import Lodge

SECONDS = 60


def look(lodge: Lodge, *, token: str | None, now: Any, page: str = "", **address: Any) -> AppTest:
    """The page as drawn at `now` for the holder of `token`, with `address` as its parameters."""
    drawn = AppTest.from_function(
        _script,
        default_timeout=SECONDS,
        kwargs={"lodge": lodge, "token": token, "now": now, "page": page},
    )
    for name, words in address.items():
        drawn.query_params[name.rstrip("_")] = words
    return drawn.run()


def figures(drawn: AppTest) -> dict[str, str]:
    """Headline figures by label."""
    return {metric.label: str(metric.value) for metric in drawn.metric}


def said(drawn: AppTest) -> str:
    """All words on the page that are not figures."""
    parts = (drawn.title, drawn.info, drawn.warning, drawn.error, drawn.caption, drawn.markdown)
    return "\n".join(str(element.value) for part in parts for element in part)


def _script(lodge, token, now, page):  # its text is run apart: it cannot name types
    from lodge_dashboards import shell
    from lodge_dashboards.pages import PAGES

    if not page:
        shell.show(lodge, token=token, clock=lambda: now)
        return
    visitor = shell.visitor_of(lodge, token, clock=lambda: now)
    assert visitor
    shell.open_page(visitor, next(entry for entry in PAGES if entry.path == page))
