"""The rights matrix as a page: `python -m lodge_platform.web.rights_page FILE` writes it."""

import sys
from collections.abc import Iterable
from pathlib import Path

from lodge_platform.api.assembly import operations_of, registered_apis
from lodge_platform.api.documents import own_apis
from lodge_platform.api.doorways import registered_doorways
from lodge_platform.identity.actions import DEFAULT_ROLES, MEANINGS
from lodge_platform.identity.rights import RightsRow, matrix, registered_verbs
from lodge_platform.web.assembly import registered_routers, route_rows

_HEAD = """# Rights

Made from the code by `python -m lodge_platform.web.rights_page platform/docs/rights.md`; a
test compares. What is not listed here is refused: an application with a route, or a program with
a verb, that declares no action does not start.

Roles are granted to a user in a department and count only there. Verbs run as the operator of the
machine, who can read the stores' files anyway; their action says what role a page for it needs.
"""


def rights_page(rows: Iterable[RightsRow]) -> str:
    """The matrix in Markdown: actions with their roles, then every route and verb."""
    lines = [_HEAD, "## Actions", "", "| action | lets one | default roles |", "|---|---|---|"]
    for action, meaning in MEANINGS.items():
        roles = ", ".join(role for role, actions in DEFAULT_ROLES.items() if action in actions)
        lines.append(f"| `{action}` | {meaning} | {roles or 'needs none'} |")
    kept = list(rows)
    for kind, title in (("route", "Routes"), ("verb", "Verbs")):
        lines += ["", f"## {title}", "", f"| {kind} | action | who |", "|---|---|---|"]
        lines += [
            f"| `{row.name}` | `{row.action}` | {', '.join(row.roles)} |"
            for row in kept
            if row.kind == kind
        ]
    return "\n".join(lines) + "\n"


def present_page() -> str:
    """The page of this installation: the routes and verbs of every entry point."""
    apis = registered_apis()
    operations = operations_of([*apis, *own_apis(apis)])
    rows = route_rows(registered_routers(), operations, registered_doorways())
    return rights_page(matrix(rows, registered_verbs()))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(present_page(), "utf-8")
