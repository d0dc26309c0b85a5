"""What stands around every page: sign-in, navigation, time zone, and words for what goes wrong."""

from collections.abc import Callable
from importlib.resources import files

import streamlit as st

from lodge_dashboards import doors, states
from lodge_dashboards.pages import PAGES, PageEntry
from lodge_dashboards.tables import show_no_files
from lodge_dashboards.terms import terms_at
from lodge_dashboards.visit import Clock, Visit, Visitor, visitor_of
from lodge_dashboards.zones import choose_zone
from lodge_platform.clock import utc_now
from lodge_platform.errors import SetUpError
from lodge_platform.lodge import Lodge

_BACKGROUND = "is_background"


def show(lodge: Lodge, *, token: str | None, clock: Clock = utc_now) -> None:
    """Draw the page in the address for whoever holds `token`, the console's session cookie."""
    mark = str(files("lodge_platform.web") / "static" / "lodge.svg")
    st.set_page_config(page_title="Lodge", page_icon=mark, layout="wide")
    # A page that draws itself anew because newer figures came keeps no session alive.
    is_background = bool(st.session_state.pop(_BACKGROUND, False))
    visitor: list[Visitor] = []
    with states.errors_in_words():
        found = visitor_of(lodge, token, clock=clock, is_background=is_background)
        if found is None:
            _navigate(lambda _entry: doors.say_sign_in(lodge.settings), is_open=False)
        elif not found.department_ids:
            _navigate(lambda _entry: doors.say_no_right(found), is_open=False)
        else:
            visitor.append(found)
    if visitor:
        st.logo(mark, size="large", link=doors.console_address(lodge.settings))
        _navigate(lambda entry: open_page(visitor[0], entry), is_open=True)


def open_page(visitor: Visitor, entry: PageEntry) -> None:
    """Draw one page at the state that is published now."""
    with states.errors_in_words():
        notes = st.container()
        with st.sidebar:
            zone = choose_zone(notes)
        try:
            published = visitor.published()
        except SetUpError:
            st.title(entry.title)
            states.say_nothing_published()
        else:
            st.title(entry.title)
            if not visitor.may_export:
                show_no_files()
            terms = terms_at(visitor.lodge.settings, published.snapshot_no)
            visit = Visit(visitor, published, zone, terms)
            _freshness_badge(visit)
            entry.show(visit)
        with st.sidebar:
            doors.say_who(visitor)


@st.fragment(run_every=30)
def _freshness_badge(visit: Visit) -> None:
    """The badge, drawn anew every half minute; the whole page when newer figures came."""
    with states.errors_in_words():
        is_same = visit.visitor.published() == visit.published
        if not is_same or not visit.visitor.is_still_signed_in():
            st.session_state[_BACKGROUND] = True
            st.rerun()
        states.show_freshness(visit)


def _navigate(body: Callable[[PageEntry], None], *, is_open: bool) -> None:
    """Run `body` for the page in the address; the list of pages shows when the door is open.

    The bare address leads on to the first page, so that every page has an address of its own
    that still holds when another page comes first.
    """

    def draw(entry: PageEntry) -> Callable[[], None]:
        return lambda: body(entry)

    pages = [
        st.Page(draw(entry), title=entry.title, icon=entry.icon, url_path=entry.path)
        for entry in PAGES
    ]

    def lead_on() -> None:
        st.switch_page(pages[0], query_params=st.query_params.to_dict())

    front = st.Page(lead_on, title="Dashboards", default=True, visibility="hidden")
    st.navigation([front, *pages], position="sidebar" if is_open else "hidden").run()
