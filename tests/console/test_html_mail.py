"""HTML bodies are shown with everything harmless in them and nothing else."""

import base64
import importlib.util
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.missing import missing
from lodge_core.console.html_mail import MOST_CHARACTERS, MOST_DEEP, sanitise

Violations = Callable[[str], list[str]]
PIXEL = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


@pytest.fixture(scope="session")
def cases(shared_data: Path) -> list[dict[str, str]]:
    """Public collections of HTML attack strings."""
    lines = (shared_data / "html_xss" / "cases.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def violations(shared_data: Path) -> Violations:
    """The collections' own judge: lists every active construct in a piece of HTML."""
    if not importlib.util.find_spec("html5lib"):
        missing("html5lib", "the judge of the HTML attack strings needs it")
    path = shared_data / "html_xss" / "check_html.py"
    spec = importlib.util.spec_from_file_location("check_html", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.violations


def test_s01_s02_nothing_active_is_left_of_any_attack_string(
    cases: list[dict[str, str]], violations: Violations
) -> None:
    left = {
        case["payload"]: found
        for case in cases
        if (found := violations(sanitise(case["payload"], {}).html))
    }
    assert len(cases) >= 241
    assert left == {}


def test_s02_a_second_pass_changes_nothing_so_no_mutation_wakes_up(
    cases: list[dict[str, str]],
) -> None:
    for case in cases:
        once = sanitise(case["payload"], {}).html
        again = sanitise(once, {}).html
        # The order of attributes differs from run to run.
        assert sorted(again.replace(">", " ").split()) == sorted(once.replace(">", " ").split())


def test_what_a_letter_looks_like_is_kept() -> None:
    letter = (
        '<table width="600" bgcolor="#ffffff"><tbody><tr><td align="center">'
        '<p style="color: red; font-family: Georgia, serif">Dear <b>shop</b>,</p>'
        "<ul><li>one</li></ul><blockquote>quoted</blockquote></td></tr></tbody></table>"
    )
    assert sanitise(letter, {}).html == letter


@pytest.mark.parametrize(
    "style",
    [
        "background: url(http://x.test/a.png)",
        "background-image: url(http://x.test/a.png)",
        "position: fixed",
        "color: expression(alert(1))",
        "color: red\\3b position: fixed",
        "width: calc(1px)",
        "behavior: url(x)",
        "color: var(--a)",
        "-moz-binding: url(x)",
        "content: 'x'",
        "z-index: 9",
    ],
)
def test_s02_a_style_that_loads_or_covers_is_dropped(style: str) -> None:
    assert sanitise(f'<p style="{style}; color: red">x</p>', {}).html == (
        '<p style="color: red">x</p>'
    )


@pytest.mark.parametrize(
    "source",
    [
        "http://x.test/a.png",
        "HTTPS://x.test/a.png",
        "//x.test/a.png",
        " \thttp://x.test/a.png",
        "ht\ntp://x.test/a.png",
    ],
)
def test_s03_a_remote_image_is_left_out_and_counted(source: str) -> None:
    shown = sanitise(f'<img src="{source}" alt="logo">', {})
    assert (shown.html, shown.remote_images) == ('<img alt="logo">', 1)


@pytest.mark.parametrize(
    "source",
    [
        "data:image/svg+xml;base64,AAAA",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "/console/attachments/1",
        "cid:unknown@x",
        "blob:x",
    ],
)
def test_s02_any_other_image_that_is_not_in_the_mail_is_left_out(source: str) -> None:
    shown = sanitise(f'<img src="{source}">', {"known@x": PIXEL})
    assert (shown.html, shown.remote_images) == ("<img>", 0)


def test_an_image_within_the_mail_is_shown_by_its_content_id() -> None:
    shown = sanitise('<img src="CID:Known@X">', {"known@x": PIXEL})
    assert shown.html == f'<img src="{PIXEL}">'


def test_a_link_opens_elsewhere_and_tells_nobody_where_from() -> None:
    shown = sanitise('<a href="https://x.test/" target="_top" onclick="x()">go</a>', {}).html
    assert 'target="_blank"' in shown
    assert 'rel="noopener noreferrer nofollow"' in shown
    assert "_top" not in shown
    for href in (
        "javascript:alert(1)",
        "java\nscript:x",
        "data:text/html,x",
        "/console/",
        "vbscript:x",
    ):
        assert "href" not in sanitise(f'<a href="{href}">go</a>', {}).html


@pytest.mark.parametrize(
    "html", ["<div>" * 100_000, "<b>" * 50_000, "<table><tr><td>" * 30_000, "<font>" * 90_000]
)
def test_s32_html_nested_without_end_is_refused_in_a_moment(html: str) -> None:
    began = time.monotonic()
    assert sanitise(html, {}).is_too_deep
    assert time.monotonic() - began < 2


def test_old_html_that_closes_nothing_is_not_taken_for_deep() -> None:
    assert "x" in sanitise("<p>x<br><li>x" * MOST_DEEP, {}).html


def test_s32_very_long_html_is_cut() -> None:
    assert len(sanitise("x" * (MOST_CHARACTERS * 3), {}).html) == MOST_CHARACTERS
