"""What Streamlit runs for every look at a page: the console's cookie, and the page behind it.

Not beside `pages/`: Streamlit would take the modules there for scripts of its own.
"""

import streamlit as st

from lodge_dashboards.shell import show
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.settings import load
from lodge_platform.web.rights import SESSION_COOKIE


@st.cache_resource(show_spinner=False)
def the_lodge() -> Lodge:
    """The Lodge of LODGE_HOME, opened once for all visitors."""
    return open_lodge(load())


show(the_lodge(), token=st.context.cookies.get(SESSION_COOKIE))
