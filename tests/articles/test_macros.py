"""S-19: macros are a closed list of names, replaced once, within a budget."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodge_core.articles.html import harmless
from lodge_core.articles.macros import MACROS, MOST_CHARACTERS, expand, refuse_unknown
from lodge_platform.errors import RefusedError

VALUES = {name: f"<{name}>" for name in MACROS}
ATTACKS = (
    "{{7*7}}",
    "{{customer.__class__}}",
    "{{customer.name.__class__.__mro__}}",
    "{{customer.name|attr('x')}}",
    "{{customer['name']}}",
    "{{''.__class__.__mro__[1].__subclasses__()}}",
    "{% for x in range(10**9) %}{{x}}{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{{config}} {{self}} {{request.application}}",
    "${7*7} #{7*7} <%= 7*7 %> {7*7} *{7*7}",
    "{customer.name.__init__.__globals__}",
    "%(customer)s %s %n",
    "{{{{customer.name}}}}",
    "{{customer\n.name}}",
    "{{lipsum.__globals__.os.popen('id').read()}}",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_s19_what_is_no_name_of_the_list_stays_as_it_is(attack: str) -> None:
    shown = expand(attack, VALUES, is_html=False).text
    assert shown.replace("<customer.name>", "{{customer.name}}") == attack


def test_s19_every_injection_string_of_the_public_set_stays_as_it_is(shared_data: Path) -> None:
    lines = (shared_data / "injection_strings" / "cases.jsonl").read_text().splitlines()
    strings = [json.loads(line)["s"] for line in lines]
    changed = [text for text in strings if expand(text, VALUES, is_html=False).text != text]
    assert len(strings) > 1_000
    assert changed == []


def test_s19_a_value_that_looks_like_a_macro_is_not_looked_into() -> None:
    values = {"customer.name": "{{agent.name}}", "agent.name": "secret"}
    assert expand("Dear {{customer.name}}", values, is_html=False).text == "Dear {{agent.name}}"
    halves = {"customer.name": "{{agent", "agent.name": "secret"}
    assert expand("{{customer.name}}.name}}", halves, is_html=False).text == "{{agent.name}}"


def test_s19_a_value_is_text_in_html_and_never_markup() -> None:
    values = {"customer.name": '<img src=x onerror="x()">"'}
    shown = expand('<a title="{{customer.name}}">{{customer.name}}</a>', values, is_html=True).text
    assert "<img" not in shown
    assert "onerror=&quot;" in shown
    assert harmless(shown).count("<") == 2


def test_s19_what_would_grow_beyond_all_measure_is_refused() -> None:
    values = {"activity.subject": "x" * 10_000}
    with pytest.raises(RefusedError, match=f"longer than {MOST_CHARACTERS}"):
        expand("{{activity.subject}}" * 400, values, is_html=False)
    with pytest.raises(RefusedError, match="at most 500 macros"):
        refuse_unknown("{{today}}" * 501, field="html")


def test_a_misspelt_macro_is_refused_when_it_is_written_with_the_nearest() -> None:
    with pytest.raises(RefusedError, match=r"did you mean 'customer\.name'") as refused:
        refuse_unknown("Dear {{customer.nmae}}", field="html")
    assert refused.value.allowed == tuple(MACROS)
    refuse_unknown("Dear {{customer.name}}, 7 {{ times }} is {{7*7}}"[:24], field="html")


def test_a_macro_without_a_value_is_empty_and_told() -> None:
    expanded = expand("Dear {{customer.name}} of {{today}}", {"today": None}, is_html=False)
    assert (expanded.text, expanded.empty) == ("Dear  of ", ("customer.name", "today"))


@given(st.text(alphabet="{}.|%customername agenttoday\n", max_size=200))
def test_s19_any_text_keeps_all_that_is_no_macro(text: str) -> None:
    same = {name: f"{{{{{name}}}}}" for name in MACROS}
    shown = expand(text, same, is_html=False).text
    assert shown.replace(" ", "").replace("\t", "") == text.replace(" ", "").replace("\t", "")
