"""Who may come in: words and links for those who are not signed in or lack the right."""

from urllib.parse import urlsplit

import streamlit as st

from lodge_dashboards.visit import Visitor
from lodge_dashboards.words import plain
from lodge_platform.identity import Action
from lodge_platform.settings import Settings
from lodge_platform.web.rights import SIGN_IN_PATH


def say_sign_in(settings: Settings) -> None:
    """A plain page with the way to the console's sign-in."""
    st.title("Sign in to see the dashboards")
    st.write(
        "The dashboards use the console's sign-in. Sign in there, then come back here and load "
        "this page again."
    )
    st.link_button(
        "Sign in at the console", console_address(settings, SIGN_IN_PATH), type="primary"
    )


def say_no_right(visitor: Visitor) -> None:
    """For somebody signed in who may not see figures of any department."""
    st.title("You may not see the dashboards")
    st.write(
        f"You are signed in as {plain(visitor.signed_in.display_name)}. Seeing figures needs "
        f"the right `{Action.DASHBOARDS_READ}` in a department; supervisors and analysts have it. "
        "Ask your administrator."
    )
    st.link_button("Back to the console", console_address(visitor.lodge.settings))


def say_who(visitor: Visitor) -> None:
    """Whose figures these are, and the way back."""
    address = console_address(visitor.lodge.settings)
    st.caption(f"Signed in as {plain(visitor.signed_in.display_name)} · [Console]({address})")


def console_address(settings: Settings, path: str = "/console/") -> str:
    """The console under the host name that the reader used: cookies hold for one host name."""
    used = urlsplit(st.context.url or "").hostname
    host = used or settings.web_host
    scheme = "https" if settings.is_https else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.web_port}{path}"
