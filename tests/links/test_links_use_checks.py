"""A workflow held against the links there are: what is refused, with its line and why."""

import pytest

from lodge_core.workflows.link_checks import refuse_wrong_links
from lodge_core.workflows.reading import read_workflow
from lodge_platform.errors import RefusedError
from lodge_platform.links import LinkDescription, LinkField, LinkParameter

HEAD = "name: triage\nkind: inbound\ndepartment: Care\n"
GOLD = "{link: {name: shop, field: tier, is: gold}}"


def rule(when: str) -> str:
    """A workflow of one rule."""
    return f"{HEAD}rules:\n  - name: one\n    when: {when}\n    queue: Q\n"


LINKS = (
    LinkDescription(
        name="customer_lookup",
        title="",
        term="",
        version="1",
        kind="sql",
        parameters=(
            LinkParameter(
                name="email", type="text", term="", is_required=True, subject="customer.address"
            ),
        ),
        fields=(
            LinkField(name="tier", type="text", term=""),
            LinkField(name="spent", type="decimal", term=""),
            LinkField(
                name="home",
                type="text",
                term="",
                fields=(LinkField(name="city", type="text", term=""),),
            ),
        ),
    ),
    LinkDescription(name="note", title="", term="", version="1", kind="http", is_writing=True),
    LinkDescription(
        name="order",
        title="",
        term="",
        version="1",
        kind="sql",
        parameters=(LinkParameter(name="number", type="text", term="", is_required=True),),
    ),
    LinkDescription(
        name="broken", title="", term="", version="1", kind="", fault="broken.yaml line 3: no"
    ),
)


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (
            "name: customer_lokup, has_rows: true",
            r"w.yaml line 6: .*name: no link 'customer_lokup'; did you mean 'customer_lookup'\?",
        ),
        ("name: customer_lookup, field: teir, is: gold", r"no field 'teir'; did you mean 'tier'\?"),
        ("name: customer_lookup, field: tier, at_least: 1", "'tier' is text; `at_least` compares"),
        ("name: customer_lookup, field: home, is: x", "'home' has fields of its own"),
        ("name: note, answered: true", "link 'note' writes; it cannot be asked"),
        ("name: order, has_rows: true", "wants 'number', which nothing of an activity fills"),
        ("name: broken, has_rows: true", "'broken' cannot be used: broken.yaml line 3: no"),
        ("name: customer_lookup, field: spent, at_least: 1", None),
    ],
)
def test_a_workflow_is_held_against_the_links_there_are(link: str, said: str | None) -> None:
    document = rule(f"{{not: {{link: {{{link}}}}}}}")
    workflow = read_workflow(document)
    if said is None:
        refuse_wrong_links(workflow, document, "w.yaml", described=lambda: LINKS)
        return
    with pytest.raises(RefusedError, match=said):
        refuse_wrong_links(workflow, document, "w.yaml", described=lambda: LINKS)
    off = document + "active: false\n"
    refuse_wrong_links(read_workflow(off), off, "w.yaml", described=lambda: LINKS)


def test_the_line_of_the_wrong_link_is_named_in_a_long_file() -> None:
    document = (
        f"{HEAD}rules:\n  - name: a\n    when: {GOLD.replace('shop', 'customer_lookup')}\n"
        "    queue: Q\n  - name: b\n    when:\n      any:\n        - subject_contains: x\n"
        "        - link:\n            name: lookup\n            has_rows: true\n    queue: Q\n"
    )
    with pytest.raises(
        RefusedError, match=r"line 13: rules\[1\]\.when\.any\[1\]\.link\.name: no link 'lookup'"
    ):
        refuse_wrong_links(read_workflow(document), document, "w.yaml", described=lambda: LINKS)


def test_no_link_is_looked_for_where_none_is_named() -> None:
    document = rule("{always: true}")

    def described() -> tuple[LinkDescription, ...]:
        raise AssertionError("asked for links")

    refuse_wrong_links(read_workflow(document), document, "w.yaml", described=described)
