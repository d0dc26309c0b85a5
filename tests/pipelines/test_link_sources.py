"""Links of other kinds landed: files with lists and things in them, and a mart of our own."""

from dataclasses import replace
from decimal import Decimal

from fixtures.apart import apart
from fixtures.postgresql import NewDatabase
from fixtures.published import NOW
from fixtures.shop_links import Shop, order
from lodge_pipelines.running import run
from lodge_platform.settings import Settings

BASKETS = """
title: Baskets of the shop
term: What somebody put together.
access:
  file: {format: json_lines, path: baskets.jsonl}
answer:
  fields:
    - {name: number, type: integer, term: Number of the basket.}
    - {name: words, list: true, term: Words on its card.}
    - name: item
      list: true
      term: What is in it.
      fields:
        - {name: sku, term: Number of the article.}
        - {name: price, type: decimal, term: What one costs.}
land: {key: [number]}
"""
TABLE = """
title: Countries
term: A country we send to.
access:
  file: {format: csv, path: countries.csv, csv: {delimiter: "\\t"}}
answer:
  fields:
    - {name: code, term: Two letters of the country.}
    - {name: remark, term: What a driver should know.}
land: {key: [code]}
"""
WORK = """
title: Our own work
term: An activity as the marts have it.
access:
  mart: {table: activities}
answer:
  fields:
    - {name: activity_id, type: integer, term: Key of the activity.}
    - {name: queue, term: Queue it waits in or waited in last.}
    - {name: created_at, type: instant, term: When it came to be.}
contract: discard
land: {key: [activity_id]}
"""


def test_lists_and_things_of_a_json_file_are_landed_as_json_text(sqlite_settings: Settings) -> None:
    shop = Shop(sqlite_settings)
    (shop.links / "baskets.yaml").write_text(BASKETS, "utf-8")
    (shop.file.parent / "baskets.jsonl").write_text(
        '{"number": 1, "words": ["a", "b"], "item": [{"sku": "x", "price": 1.5}]}\n{"number": 2}\n',
        "utf-8",
    )
    assert shop.load().failure is None
    price = "cast(json_extract_string(item, '$[0].price') as decimal(38,9))"
    assert shop.landed(f"number, words, {price}", "baskets") == [
        (1, '["a","b"]', Decimal("1.5")),
        (2, "[]", None),
    ]


def test_a_table_with_tabs_and_line_breaks_in_its_cells_is_landed_whole(
    sqlite_settings: Settings,
) -> None:
    shop = Shop(sqlite_settings)
    (shop.links / "countries.yaml").write_text(TABLE, "utf-8")
    (shop.file.parent / "countries.csv").write_text(
        'code\tremark\nAT\t"left,\nthen right"\nDE\t""""\n', "utf-8"
    )
    assert shop.load().failure is None
    assert shop.landed("code, remark", "countries") == [("AT", "left,\nthen right"), ("DE", '"')]


def test_a_mart_is_landed_while_the_reports_store_is_being_written(own_morning: Settings) -> None:
    shop = Shop(own_morning)
    (shop.links / "work.yaml").write_text(WORK, "utf-8")
    report = apart(run, own_morning, now=NOW, run_name="test", assets=("links.work", "landing"))
    assert [(link.rows, link.failure) for link in report.links] == [(8, None)]
    assert report.load is not None
    assert shop.landed("count(*), min(created_at)::varchar", "work") == [(8, "2026-01-05 09:00:00")]


def test_links_are_landed_with_the_catalog_in_postgresql(
    postgresql_settings: Settings, new_postgres_database: NewDatabase
) -> None:
    shop = Shop(replace(postgresql_settings, reports_catalog_url=new_postgres_database()))
    shop.declare()
    shop.put(order(1), order(2))
    assert shop.load().failure is None
    shop.run("delete from orders where id = 1")
    done = shop.load()
    assert (done.failure, done.written, done.removed) == (None, 0, 1)
    assert shop.landed() == [(2, "Ada")]
