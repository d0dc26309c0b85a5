"""`lodge link`: data links from the command line."""

import click

from lodge_adapters.verbs_asking import ask, list_links, show
from lodge_adapters.verbs_new import new
from lodge_adapters.verbs_samples import check, record, schema, test
from lodge_adapters.verbs_writes import replay, writes


@click.group("link")
def link() -> None:
    """Data links: list, ask, test, record, and start new ones."""


for _verb in (list_links, show, ask, test, record, check, schema, new, writes, replay):
    link.add_command(_verb)
