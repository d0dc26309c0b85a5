"""Landed links in whole runs, by name, and as Dagster assets; S-27."""

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from fixtures.apart import apart
from fixtures.published import NOW, publish
from fixtures.shop_links import Shop, order
from lodge_dictionary.door import open_door
from lodge_pipelines.running import RunReport, run
from lodge_pipelines.verbs import pipelines
from lodge_platform.cli.endings import exit_code_of
from lodge_platform.cli.invocation import Invocation
from lodge_platform.settings import Settings

_MATERIALIZE = """
import dagster as dg
from lodge_pipelines.dagster_assets.links import landed_links, links_asset
from lodge_pipelines.dagster_assets.writer import ReportsWriter
from lodge_platform.links import LinkDescription
from lodge_platform.settings import load

NAMES = {"title": "Gone", "term": "Gone.", "version": "1", "kind": "sql"}
asset = links_asset([*landed_links(load()), LinkDescription(name="gone", **NAMES)])
done = dg.materialize([asset], resources={"reports_writer": ReportsWriter()})
print("made", *(e.asset_key.to_user_string() for e in done.get_asset_materialization_events()))
for check in done.get_asset_check_evaluations():
    print(check.asset_key.to_user_string(), check.passed, check.description)
"""


def by_name(settings: Settings, *assets: str, **options: Any) -> RunReport:
    return apart(run, settings, now=NOW, run_name="test", assets=assets, **options)


def verb(settings: Settings, *assets: str) -> int:
    """How `lodge pipelines run ASSET...` ends."""
    done = CliRunner().invoke(
        pipelines, ["run", *assets], obj=Invocation(settings.home), standalone_mode=False
    )
    return exit_code_of(done.exception) if done.exception else int(done.return_value or 0)


@pytest.mark.slow
def test_s27_a_run_loads_links_publishes_them_and_counts_its_own_calls(
    own_morning: Settings,
) -> None:
    shop = Shop(own_morning)
    shop.declare()
    shop.put(order(1), order(2))
    report = publish(own_morning, now=NOW + timedelta(minutes=5))
    assert [(link.link, link.rows, link.failure) for link in report.links] == [("orders", 2, None)]
    with open_door(own_morning) as door:
        assert door.ask("select count(*), sum(total) from links.orders").fetchall() == [(2, 19)]
        calls = door.ask(
            "select link, title, kind, caller_kind, outcome, row_count, is_error from link_calls"
        )
        assert calls.fetchall() == [
            ("orders", "Orders of the shop", "sql", "pipeline", "answered", 2, False)
        ]
        assert door.published.row_counts["links.orders"] == 2
    shop.file.unlink()
    report = publish(own_morning, now=NOW + timedelta(minutes=10))
    assert report.links[0].failure
    assert report.snapshot_no is not None
    with open_door(own_morning) as door:
        assert door.published.landed_at == NOW + timedelta(minutes=10)
        assert door.ask("select count(*) from links.orders").fetchall() == [(2,)]
        failing = door.ask("select load_failure is not null from active.data_links").fetchall()
        assert failing == [(True,)]


def test_a_link_is_loaded_by_name_alone_and_nothing_is_published(sqlite_settings: Settings) -> None:
    shop = Shop(sqlite_settings)
    shop.declare("orders")
    shop.declare("others")
    shop.put(order(1))
    report = by_name(sqlite_settings, "links.orders")
    assert [link.link for link in report.links] == ["orders"]
    assert (report.load, report.nodes, report.snapshot_no) == (None, [], None)
    both = by_name(sqlite_settings, "links")
    assert [link.link for link in both.links] == ["orders", "others"]
    assert by_name(sqlite_settings, "landing", has_links=False).links == ()


def test_the_verb_says_by_its_exit_code_that_a_link_was_not_loaded(
    sqlite_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = Shop(sqlite_settings)
    shop.declare()
    shop.put(order(1))
    assert verb(sqlite_settings, "links.orders") == 0
    shop.file.unlink()
    assert verb(sqlite_settings, "links.orders") == 3
    assert verb(sqlite_settings, "links.ordres") == 1
    assert "did you mean 'links.orders'?" in capsys.readouterr().err
    shop.declare().write_text("title: Orders\nnonsense: true\n", "utf-8")
    assert verb(sqlite_settings, "links.orders") == 3
    assert "nonsense" in capsys.readouterr().err


def test_dagster_has_an_asset_of_each_link_whose_check_fails_when_its_source_is_down(
    sqlite_settings: Settings,
) -> None:
    shop = Shop(sqlite_settings)
    shop.declare("orders")
    shop.declare("broken", select="select * from nothing")
    shop.put(order(1))
    done = subprocess.run(
        [sys.executable, "-c", _MATERIALIZE],
        env={**os.environ, "LODGE_HOME": str(sqlite_settings.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    said = done.stdout.splitlines()
    assert set(said[0].split()) == {"made", "links/orders", "landing_control/link_loads"}
    assert "links/orders True links.orders: 1 rows read, 1 written, 0 removed, 1 landed" in said
    assert any(line.startswith("links/gone False links.gone: not loaded") for line in said)
    assert any(line.startswith("links/broken False links.broken: not loaded") for line in said)
