"""`lodge workflow`: check a workflow file, put it into force, put an exception back to work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lodge_platform.cli.endings import DONE
from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.clock import utc_now
from lodge_platform.errors import RefusedError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

if TYPE_CHECKING:
    from lodge_platform.links import LinkDescription

_FILE = click.Path(path_type=Path)


@click.group("workflow")
def workflow() -> None:
    """Check workflows and put them into force."""


@workflow.command("check")
@verb_right(Action.CONFIGURATION_READ)
@click.argument("file", type=_FILE)
@json_option
@pass_invocation
def check(invocation: Invocation, file: Path, as_json: bool) -> int:
    """Read the workflow in FILE and say what it holds; nothing is stored.

    A refusal names the line and what is allowed. Data links are looked up, in the home, where the
    workflow asks one; queues only by `apply`.
    """
    from lodge_core.workflows.link_checks import refuse_wrong_links
    from lodge_core.workflows.reading import read_workflow

    document = _text(file)
    read = read_workflow(document, file.name)
    refuse_wrong_links(read, document, file.name, described=lambda: _described(invocation))
    rows = [{"workflow": read.name, "rule": rule.name, "queue": rule.queue} for rule in read.rules]
    if read.otherwise:
        rows.append({"workflow": read.name, "rule": "otherwise", "queue": read.otherwise})
    show_rows(rows, as_json=as_json)
    return DONE


@workflow.command("apply")
@verb_right(Action.CONFIGURATION_WRITE)
@click.argument("file", type=_FILE)
@json_option
@pass_invocation
def apply(invocation: Invocation, file: Path, as_json: bool) -> int:
    """Put the workflow in FILE into force; what is queued already stays where it is."""
    from lodge_core.workflows.applying import apply_workflow
    from lodge_platform.configuration import change_configuration

    document = _text(file)
    master = invocation.lodge().stores.master
    with change_configuration(master, by="lodge workflow apply", now=utc_now()) as session:
        row = apply_workflow(
            session, document, source=file.name, described=lambda: _described(invocation)
        )
        shown = {
            "workflow_id": row.workflow_id,
            "name": row.name,
            "version_no": row.version_no,
            "is_active": row.is_active,
        }
    show_rows([shown], as_json=as_json)
    return DONE


@workflow.command("requeue")
@verb_right(Action.CONFIGURATION_WRITE)
@click.argument("activity_id", type=int)
@click.option("--queue", "queue_name", required=True, help="Name of the queue it goes to.")
@pass_invocation
def requeue(invocation: Invocation, activity_id: int, queue_name: str) -> int:
    """Put a waiting activity, such as one in an exception queue, in another queue."""
    from lodge_core.routing.configuration import configuration_of
    from lodge_core.workflows.requeue import requeue as put
    from lodge_platform.errors import nearest

    lodge = invocation.lodge()
    queues = {queue.name: queue for queue in configuration_of(lodge.stores.master).queues.values()}
    if queue_name not in queues:
        raise RefusedError(f"no queue {queue_name!r}; {nearest(queue_name, queues)}")
    put(lodge, activity_id, queues[queue_name].queue_id, by=None, now=utc_now())
    return DONE


def _described(invocation: Invocation) -> Sequence[LinkDescription]:
    from lodge_platform.links import registered_links

    return registered_links(invocation.lodge()).described()


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(f"{file} cannot be read: {error}") from error
