"""`lodge bench`: benchmarks that the rooms bring, each beside a peer measured in the same run."""

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any

import click

from lodge_platform.cli.endings import DONE
from lodge_platform.cli.output import json_of
from lodge_platform.errors import RefusedError, nearest
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

Benchmark = Callable[[], Iterator[Mapping[str, Any]]]
"""A benchmark gives one mapping a measurement: `bench`, `work`, `rate` with `unit`, `peer`,
`peer_rate`, `ratio` (rate by peer_rate) and `peak_memory_megabytes`."""

GROUP = "lodge.benchmarks"


@click.command("bench")
@verb_right(Action.STORE_OPERATE)
@click.argument("names", nargs=-1, metavar="[NAME]...")
def bench(names: tuple[str, ...]) -> int:
    """Run benchmarks NAME, or all; print one JSON object a line.

    A benchmark makes stores of its own in a temporary folder and ends by itself. Figures of two
    runs are not to be compared: the ratio to the peer measured beside it is.
    """
    known = {point.name: point for point in entry_points(group=GROUP)}
    for name in names:
        if name not in known:
            raise RefusedError(f"no benchmark {name!r}; {nearest(name, known)}")
    for name in names or sorted(known):
        benchmark: Benchmark = known[name].load()
        for measurement in benchmark():
            click.echo(json_of({"bench": name, **measurement}))
    return DONE
