"""Links as other rooms see them: what a file declares, as plain values."""

from collections.abc import Iterable

from lodge_adapters.access.opening import kind_of
from lodge_adapters.language import Contract, Field, Link, Parameter
from lodge_adapters.library import Fault, Library
from lodge_adapters.states import ReadLink
from lodge_platform.links.answers import LinkDescription, LinkField, LinkParameter

SWITCHED_OFF = "it is switched off by `active: false`"


def described(library: Library) -> list[LinkDescription]:
    """Every link there is a file of, by name; those that cannot be used have a fault."""
    found = [description_of(known.name, known.version, known.link) for known in library.links()]
    found += [_faulty(fault) for fault in library.faults()]
    return sorted(found, key=lambda one: one.name)


def description_of(name: str, version: str, link: Link) -> LinkDescription:
    """What the link declares."""
    return LinkDescription(
        name=name,
        title=link.title,
        term=link.term,
        version=version,
        kind=kind_of(link.access),
        parameters=tuple(map(_parameter, link.parameters)),
        fields=_fields(link.answer.fields),
        roles=link.callers.roles,
        departments=link.callers.departments,
        panel_title=link.panel.title if link.panel else None,
        is_landed=link.land is not None,
        key=link.land.key if link.land else (),
        cursor=link.land.cursor if link.land else None,
        cursor_parameter=link.land.parameter if link.land else None,
        has_more=link.contract is Contract.EVOLVE,
        is_writing=link.writes,
        fault=None if link.active else SWITCHED_OFF,
    )


def read_links(library: Library) -> list[ReadLink]:
    """Every link as `data_links` keeps it."""
    found = [
        ReadLink(
            link=known.name,
            title=known.link.title,
            kind=kind_of(known.link.access),
            version=known.version,
            is_active=known.link.active,
        )
        for known in library.links()
    ]
    found += [
        ReadLink(
            link=fault.name,
            title=fault.name,
            kind="",
            version=fault.version,
            is_active=False,
            fault=fault.said,
        )
        for fault in library.faults()
    ]
    return found


def _parameter(parameter: Parameter) -> LinkParameter:
    return LinkParameter(
        name=parameter.name,
        type=parameter.type.value,
        term=parameter.term,
        is_required=parameter.required,
        pattern=parameter.pattern,
        default=parameter.default,
        subject=parameter.source,
    )


def _fields(fields: Iterable[Field]) -> tuple[LinkField, ...]:
    return tuple(
        LinkField(
            name=field.name,
            type=field.type.value,
            term=field.term,
            is_list=field.is_list,
            sensitivity=field.sensitivity.value,
            fields=_fields(field.fields),
        )
        for field in fields
    )


def _faulty(fault: Fault) -> LinkDescription:
    return LinkDescription(
        name=fault.name, title=fault.name, term="", version=fault.version, kind="", fault=fault.said
    )
