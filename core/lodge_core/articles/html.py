"""Text of articles: HTML made harmless when it is written, and its words. Pure."""

from lodge_core.console.html_mail import sanitise
from lodge_core.mail.parsing.html_text import html_to_text
from lodge_core.mail.parsing.problems import Problems
from lodge_platform.errors import RefusedError

MOST_CHARACTERS = 200_000


def harmless(html: str, *, field: str = "html") -> str:
    """`html` by the allow-list that mail is shown by: no script, no form, no remote image.

    Raises RefusedError for HTML that is too long or nested too deep.
    """
    if len(html) > MOST_CHARACTERS:
        raise RefusedError(f"an article has at most {MOST_CHARACTERS} characters", field=field)
    shown = sanitise(html.replace("\0", ""), {})
    if shown.is_too_deep:
        raise RefusedError("its elements are nested too deep", field=field)
    return shown.html


def words_of(html: str) -> str:
    """The text that a reader of the HTML sees."""
    return html_to_text(html, Problems())
