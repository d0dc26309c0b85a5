"""The invented shop's own list of customers, and the data links that read it."""

import csv
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from random import Random

from sqlalchemy import select

from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import ContactPoint, Customer

LINKS = ("shop_customer.yaml", "shop_customers.yaml")
_LIST = "shop_customers.csv"
_COLUMNS = ("number", "email", "name", "tier", "customer_since", "orders", "spent")
# Who writes is on the list more often than not; the rest shows what an unknown address looks like.
_SHARE_KNOWN = 0.85


def open_shop(lodge: Lodge, *, seed: int, now: datetime) -> int:
    """Write the list of customers the demonstration knows by now, and the links, unless they are
    there already; gives how many customers are on it."""
    home = lodge.settings.home
    people = _people(lodge)
    chance = Random(seed)  # noqa: S311 - invented customers, no secret
    rows = [
        _line(chance, number, address, name, now)
        for number, (address, name) in enumerate(people, 10_001)
        if chance.random() < _SHARE_KNOWN
    ]
    _write_list(home / "link-files" / _LIST, rows)
    folder = Path(lodge.settings.links_folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in LINKS:
        if not (folder / name).exists():
            text = (files("lodge_core.simulate") / "links" / name).read_text("utf-8")
            (folder / name).write_text(text, "utf-8")
    return len(rows)


def _people(lodge: Lodge) -> list[tuple[str, str]]:
    customer, point = Customer.__table__, ContactPoint.__table__
    with lodge.stores.active.read() as connection:
        found = connection.execute(
            select(point.c.address, customer.c.name)
            .join(customer, customer.c.customer_id == point.c.customer_id)
            .order_by(point.c.contact_point_id)
        ).all()
    return [(row.address, row.name) for row in found]


def _line(
    chance: Random, number: int, address: str, name: str, now: datetime
) -> tuple[object, ...]:
    orders = 1 + int(chance.expovariate(0.25))
    spent = sum((Decimal(chance.randint(900, 12_000)) / 100 for _ in range(orders)), Decimal(0))
    tier = "gold" if spent > 400 else "silver" if spent > 150 else "standard"
    since = now - timedelta(days=chance.randint(20, 2500))
    return number, address, name, tier, since.date().isoformat(), orders, spent


def _write_list(path: Path, rows: list[tuple[object, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        writer.writerows(rows)
    part.replace(path)
