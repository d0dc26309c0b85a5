"""A workflow that names a link which is not there is refused: by file, by plan, by request."""

from collections.abc import Generator
from pathlib import Path

import pytest

from fixtures.workplace import Workplace, at
from links.used_links import UsedLinks, used_links
from lodge_platform.cli import main
from lodge_platform.configuring.applying import apply, plan
from lodge_platform.configuring.reading import read_configuration
from lodge_platform.errors import RefusedError

TRIAGE = """\
name: triage
kind: inbound
department: Customer care
rules:
  - name: gold
    when: {link: {name: customer_lookup, field: tier, is: gold}}
    queue: Refunds
otherwise: General
"""


@pytest.fixture
def used(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Generator[UsedLinks]:
    """Links of a workplace, as the program finds it, once on each engine."""
    settings = workplace.lodge.settings
    monkeypatch.setenv("LODGE_MASTER_URL", settings.master_url)
    monkeypatch.setenv("LODGE_ACTIVE_URL", settings.active_url)
    monkeypatch.setenv("LODGE_HOME", str(settings.home))
    with used_links(workplace) as used:
        used.shop((7, "ada@example.org", "gold", None))
        yield used


def configuration(document: str) -> str:
    """A configuration file with that workflow."""
    lines = "".join(f"      {line}\n" for line in document.splitlines())
    return f"workflows:\n  - document: |\n{lines}"


WRONG = [
    ("customer_lookup, field: tier", "customer_lokup, field: tier", "did you mean 'customer_loo"),
    ("field: tier", "field: teir", "no field 'teir'; did you mean 'tier'?"),
]


@pytest.mark.parametrize(("old", "new", "said"), WRONG)
def test_check_and_apply_refuse_what_is_not_there(
    used: UsedLinks,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    old: str,
    new: str,
    said: str,
) -> None:
    file = tmp_path / "triage.yaml"
    file.write_text(TRIAGE.replace(old, new), "utf-8")
    for verb in ("check", "apply"):
        assert main(["workflow", verb, str(file)]) == 1
        error = capsys.readouterr().err
        assert "triage.yaml line 6: rules[0].when.link." in error
        assert said in error
    file.write_text(TRIAGE, "utf-8")
    for verb in ("check", "apply"):
        assert main(["workflow", verb, str(file)]) == 0


@pytest.mark.parametrize(("old", "new", "said"), WRONG)
def test_plan_and_apply_of_a_configuration_refuse_it_too(
    used: UsedLinks, old: str, new: str, said: str
) -> None:
    lodge = used.place.lodge
    wrong = read_configuration(configuration(TRIAGE.replace(old, new)), "house.yaml", folder=None)
    for does in (plan, lambda *given, **named: apply(*given, by="test", **named)):
        with pytest.raises(RefusedError) as refused:
            does(lodge, wrong, now=at(1))  # pyright: ignore
        assert "workflow 'triage' line 6" in str(refused.value)
        assert said in str(refused.value)
    right = read_configuration(configuration(TRIAGE), "house.yaml", folder=None)
    assert [change.name for change in plan(lodge, right, now=at(1)).changes] == ["triage"]
    apply(lodge, right, by="test", now=at(1))


def test_a_link_with_a_fault_is_refused_with_its_fault(used: UsedLinks) -> None:
    text = (used.folder / "customer_lookup.yaml").read_text("utf-8")
    used.write("customer_lookup.yaml", text.replace("kind", "kinds").replace("term:", "trem:", 1))
    right = read_configuration(configuration(TRIAGE), "house.yaml", folder=None)
    with pytest.raises(RefusedError, match=r"cannot be used: .*customer_lookup.yaml line 2.*trem"):
        apply(used.place.lodge, right, by="test", now=at(1))


def test_a_plan_says_how_many_depend_on_links_and_asks_none(used: UsedLinks) -> None:
    for _ in range(3):
        used.place.queued("General", subject="Order", from_address="ada@example.org")
    right = read_configuration(configuration(TRIAGE), "house.yaml", folder=None)
    [effect] = plan(used.place.lodge, right, now=at(1)).effects
    assert effect.sentence == (
        "0 waiting activities would change queue; 3 that depend on data links, which are not asked "
        "now, would stay"
    )
    assert effect.figures["undecided"] == 3
    assert used.slow.received == []
