"""Whose the rows of landed data links are: theirs whom the link's callers admit.

Rows of a link are of no department. A reader sees them who has one of the link's roles in one of
its departments, or may operate links, and may query there; personal data and content only with
those rights in each of the departments that let the reader in.
"""

from collections.abc import Iterable

from lodge_dictionary.entries import TableEntry
from lodge_dictionary.links import LinkTable
from lodge_dictionary.readers.rules import ALL, NONE, Place, Rule, Within
from lodge_dictionary.readers.scope import Reader, Scope
from lodge_platform.identity.actions import Action


def rules_of_links(
    links: Iterable[LinkTable], reader: Reader
) -> dict[str, tuple[TableEntry, Rule]]:
    """The rule of each link's table for this reader, by its full name."""
    return {
        link.entry.full_name: (link.entry, Rule(_admitting(link, reader), mixed=link.mixed))
        for link in links
    }


def _admitting(link: LinkTable, reader: Reader) -> Within:
    signed_in = reader.signed_in
    admitted = signed_in.departments_with(Action.LINK_OPERATE).union(
        held.department_id
        for held in signed_in.roles
        if held.role in link.roles and (not link.departments or held.department in link.departments)
    )
    let_in = admitted & reader.scope().departments

    def within(_place: Place, scope: Scope) -> str:
        return ALL if let_in and let_in <= scope.departments else NONE

    return within
