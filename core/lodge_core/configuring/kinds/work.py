"""Where work comes from and where it goes: queues, aliases, entry points, workflows."""

from pathlib import Path
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

from msgspec import UNSET, Meta, UnsetType

from lodge_core.configuring.effects import waiting
from lodge_core.configuring.effects import work as effects
from lodge_core.configuring.kinds.own_address import refuse_odd_address
from lodge_core.workflows.link_checks import refuse_wrong_links
from lodge_core.workflows.reading import line_of_queue, read_workflow
from lodge_platform.configuring.kind import ConfigurationKind, Reference, Values
from lodge_platform.configuring.lines import MOST_BYTES
from lodge_platform.configuring.places import Place, naming
from lodge_platform.configuring.rows import Rows
from lodge_platform.configuring.texts import text_of_file
from lodge_platform.configuring.words import Name, Port, Positive, Rank, Said, Text
from lodge_platform.errors import nearest
from lodge_platform.links import registered_links
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import Alias, EntryPoint, Queue, Workflow
from lodge_platform.vocabulary import AfterStored, Encryption, Media, SourceKind

_DEPARTMENT = Reference("department", "departments", "department_id")

# Blanks are spelled out: readers of JSON Schema and of Python disagree about some.
_WORD = r"[^@\s\x1c-\x1f\x85\ufeff]+"
_ADDRESS = f"^{_WORD}@{_WORD}$"


class SaidQueue(Said, frozen=True, kw_only=True):
    """A queue; only an exception queue, one in each department, does without a skill group."""

    name: Name
    department: Name
    media_routing_domain: Name
    skill_group: Name | UnsetType | None = UNSET
    service_level_seconds: Positive
    priority: Rank | UnsetType = UNSET
    is_exception: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class SaidAlias(Said, frozen=True, kw_only=True):
    """An address of ours; passwords are named by secret, never written."""

    address: Annotated[str, Meta(pattern=_ADDRESS, max_length=254)]
    department: Name
    source_kind: SourceKind
    display_name: Text | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    source_host: Text | UnsetType = UNSET
    source_port: Port | UnsetType = UNSET
    source_encryption: Encryption | UnsetType = UNSET
    source_sign_in_name: Text | UnsetType = UNSET
    source_secret_name: Text | UnsetType = UNSET
    folders: list[Name] | UnsetType = UNSET
    after_stored: AfterStored | UnsetType = UNSET
    move_to_folder: Name | UnsetType = UNSET
    poll_seconds: Positive | UnsetType = UNSET
    smtp_host: Text | UnsetType = UNSET
    smtp_port: Port | UnsetType = UNSET
    smtp_encryption: Encryption | UnsetType = UNSET
    smtp_sign_in_name: Text | UnsetType = UNSET
    smtp_secret_name: Text | UnsetType = UNSET
    is_certificate_checked: bool | UnsetType = UNSET


class SaidEntryPoint(Said, frozen=True, kw_only=True):
    """A place where chats or callbacks start, and the queue they go to."""

    name: Name
    department: Name
    media: Media
    queue: Name
    allowed_origins: list[Text] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class SaidWorkflow(Said, frozen=True, kw_only=True):
    """A workflow: the path of its file, relative to this one, or its text as `document: |`.

    The workflow's own text says its name, department, kind and position.
    """

    file: Name | None = None
    document: str | None = None


def _queue_refuse(rows: Rows, values: Values, place: Place) -> None:
    """Work needs a way out: a skill group, or people who empty the one exception queue."""
    if not values["is_exception"]:
        if values["skill_group_id"] is None:
            raise place.refusal(
                f"queue {values['name']!r} names no skill group; only an exception queue does "
                "without"
            )
        return
    for other in rows.related(Queue, "department_id", values["department_id"]):
        if other["is_exception"] and other["queue_id"] != values["queue_id"]:
            department = rows.name("departments", values["department_id"])
            raise place.refusal(
                f"department {department!r} has the exception queue {other['name']!r} already; "
                "there is one in each department"
            )


def _alias_fits(values: Values, place: Place) -> None:
    address = values.get("address", UNSET)
    if isinstance(address, str):
        refuse_odd_address(address, place.at("address"))
    if values.get("folders", UNSET) == []:
        raise place.at("folders").refusal("name at least one folder, such as INBOX")


def _entry_point_fits(values: Values, place: Place) -> None:
    if values.get("media") == Media.EMAIL:
        words = [media.value for media in Media if media is not Media.EMAIL]
        raise place.at("media").refusal(
            f"'email' is not allowed: mail comes in by an alias; allowed: {', '.join(words)}",
            allowed=words,
        )
    given = values.get("allowed_origins", UNSET)
    origins = cast(list[str], given) if isinstance(given, list) else []
    for number, origin in enumerate(origins):
        if not _is_origin(origin):
            raise place.at("allowed_origins", number).refusal(
                "this is no origin; allowed: https://HOST or https://HOST:PORT"
            )


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    whole = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    is_plain = host.isascii() and not any(c.isspace() for c in host)
    return bool(host) and is_plain and parts.scheme in ("http", "https") and whole == text.lower()


def _entry_point_refuse(rows: Rows, values: Values, place: Place) -> None:
    queue = rows.of(Queue)[values["queue_id"]]
    if queue["department_id"] != values["department_id"]:
        raise place.at("queue").refusal(
            f"queue {queue['name']!r} is none of this entry point's department"
        )


def _prepared(said: SaidWorkflow, place: Place, folder: Path | None) -> SaidWorkflow:
    """The workflow with its text; refusals about the text name its own lines."""
    if (said.file is None) == (said.document is None):
        raise place.refusal("give one of file and document")
    if said.document is not None:
        with naming(place):
            read_workflow(said.document, "document")
        return said
    if folder is None:
        raise place.at("file").refusal("no files go with this; give its text as document")
    path = folder / (said.file or "")
    with naming(place.at("file"), not path.is_file()):
        document = text_of_file(path, most_bytes=MOST_BYTES)
    read_workflow(document, path.name)
    return SaidWorkflow(file=said.file, document=document)


def workflow_columns(said: Any) -> dict[str, Any]:
    """The columns of a workflow, all of them out of its own text."""
    document: str = said.document
    workflow = read_workflow(document, "document")
    return {
        "name": workflow.name,
        "department": workflow.department,
        "kind": workflow.kind.value,
        "document": document,
        "is_active": workflow.active,
        "position": workflow.position,
    }


def _workflow_refuse(rows: Rows, values: Values, place: Place) -> None:
    """Every queue that a workflow names is there, and active, in its department."""
    document: str = values["document"]
    with naming(place):
        workflow = read_workflow(document, "document")
    department = rows.name("departments", values["department_id"])
    if (workflow.name, workflow.department) != (values["name"], department):
        raise place.refusal("its text says another name or department than it is kept under")
    queues = {
        row["name"]: row["is_active"]
        for row in rows.related(Queue, "department_id", values["department_id"])
    }
    active = [name for name, is_active in queues.items() if is_active]
    wanted = [rule.queue for rule in workflow.rules]
    wanted += [workflow.otherwise] if workflow.otherwise else []
    for queue in wanted:
        where = f"workflow {workflow.name!r} line {line_of_queue(document, queue)}"
        if queue not in queues:
            hint = nearest(queue, active) if active else "there is none yet"
            raise place.refusal(
                f"{where}: no queue {queue!r} in {department}; {hint}", allowed=active
            )
        if not queues[queue] and workflow.active:
            raise place.refusal(f"{where}: queue {queue!r} is not active", allowed=active)


def _workflow_refuse_outside(lodge: Lodge, values: Values, place: Place) -> None:
    """Every link that a workflow asks is there, with the fields that the workflow looks at."""
    document: str = values["document"]
    with naming(place):
        workflow = read_workflow(document, "document")
        source = f"workflow {workflow.name!r}"
        refuse_wrong_links(
            workflow, document, source, described=lambda: registered_links(lodge).described()
        )


queues = ConfigurationKind(
    word="queue",
    plural="queues",
    path="queues",
    row=Queue,
    said=SaidQueue,
    order=50,
    references=(
        _DEPARTMENT,
        Reference("media_routing_domain", "media_routing_domains", "media_routing_domain_id"),
        Reference("skill_group", "skill_groups", "skill_group_id"),
    ),
    refuse=_queue_refuse,
    effects=effects.of_queues,
)
aliases = ConfigurationKind(
    word="alias",
    plural="aliases",
    path="aliases",
    row=Alias,
    said=SaidAlias,
    order=70,
    name_columns=("address",),
    normal=str.lower,
    references=(_DEPARTMENT,),
    fits=_alias_fits,
    effects=effects.of_aliases,
)
entry_points = ConfigurationKind(
    word="entry point",
    plural="entry_points",
    path="entry-points",
    row=EntryPoint,
    said=SaidEntryPoint,
    order=110,
    references=(_DEPARTMENT, Reference("queue", "queues", "queue_id")),
    fits=_entry_point_fits,
    refuse=_entry_point_refuse,
    effects=effects.of_entry_points,
)
workflows = ConfigurationKind(
    word="workflow",
    plural="workflows",
    path="workflows",
    row=Workflow,
    said=SaidWorkflow,
    order=80,
    references=(_DEPARTMENT,),
    prepare=_prepared,
    columns=workflow_columns,
    exported=lambda values: {"document": values["document"]},
    export_order=lambda values: (values["position"], values["workflow_id"]),
    refuse=_workflow_refuse,
    refuse_outside=_workflow_refuse_outside,
    effects=waiting.of_placing,
)
