"""The language of a configuration file: one YAML document, every key it may hold, in one place.

Rows are known by their names. A row that is named is made or brought to what is said here; an
optional key that is left out is left as it is, or takes the schema's default in a new row. Rows
that are not named are left alone.
"""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from lodge_platform.vocabulary import AfterStored, Encryption, Media, SourceKind

Name = Annotated[str, Meta(min_length=1, max_length=200)]
SignInName = Annotated[str, Meta(pattern=r"^\S{1,100}$")]
Address = Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$")]
Positive = Annotated[int, Meta(ge=1)]
Rank = Annotated[int, Meta(ge=1, le=7)]
Port = Annotated[int, Meta(ge=1, le=65535)]


class _Said(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a file says of one row."""


class SaidDepartment(_Said, frozen=True, kw_only=True):
    """A department, the owner of most of the rest."""

    name: Name
    is_active: bool | UnsetType = UNSET


class SaidDomain(_Said, frozen=True, kw_only=True):
    """A media routing domain: how much of one media an agent may hold."""

    name: Name
    media: Media
    task_limit: Positive
    offer_seconds: Positive
    misses_allowed: Positive
    is_interruptible: bool | UnsetType = UNSET


class SaidSkillGroup(_Said, frozen=True, kw_only=True):
    """A group of agents who can do one kind of work."""

    name: Name
    department: Name


class SaidRole(_Said, frozen=True, kw_only=True):
    """A role in another department than the user's own."""

    role: Name
    department: Name


class SaidUser(_Said, frozen=True, kw_only=True):
    """A person who signs in.

    `roles` and `skill_groups`, where given, are all the user has: others are taken away. A
    password, given as such or by the name of a secret, is set when the user is new; later only
    where `reset` says so.
    """

    sign_in_name: SignInName
    display_name: Name
    department: Name
    roles: list[Name | SaidRole] | UnsetType = UNSET
    skill_groups: list[Name] | UnsetType = UNSET
    password: str | None = None
    password_secret: Name | None = None
    reset: bool = False
    is_active: bool | UnsetType = UNSET


class SaidQueue(_Said, frozen=True, kw_only=True):
    """A queue; only an exception queue, one in each department, does without a skill group."""

    name: Name
    department: Name
    media_routing_domain: Name
    skill_group: Name | None = None
    service_level_seconds: Positive
    priority: Rank | UnsetType = UNSET
    is_exception: bool = False
    is_active: bool | UnsetType = UNSET


class SaidAlias(_Said, frozen=True, kw_only=True):
    """An address of ours; passwords are named by secret, never written."""

    address: Address
    department: Name
    source_kind: SourceKind
    display_name: str | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    source_host: str | UnsetType = UNSET
    source_port: Port | UnsetType = UNSET
    source_encryption: Encryption | UnsetType = UNSET
    source_sign_in_name: str | UnsetType = UNSET
    source_secret_name: str | UnsetType = UNSET
    folders: list[Name] | UnsetType = UNSET
    after_stored: AfterStored | UnsetType = UNSET
    move_to_folder: Name | UnsetType = UNSET
    poll_seconds: Positive | UnsetType = UNSET
    smtp_host: str | UnsetType = UNSET
    smtp_port: Port | UnsetType = UNSET
    smtp_encryption: Encryption | UnsetType = UNSET
    smtp_sign_in_name: str | UnsetType = UNSET
    smtp_secret_name: str | UnsetType = UNSET
    is_certificate_checked: bool | UnsetType = UNSET


class SaidWorkflow(_Said, frozen=True, kw_only=True):
    """A workflow: the path of its file, relative to this one, or its text as `document: |`.

    The workflow's own text says its name, department, kind and position.
    """

    file: Name | None = None
    document: str | None = None


class SaidConfiguration(_Said, frozen=True, kw_only=True):
    """A whole file; each list may be left out."""

    departments: list[SaidDepartment] = []
    media_routing_domains: list[SaidDomain] = []
    skill_groups: list[SaidSkillGroup] = []
    users: list[SaidUser] = []
    queues: list[SaidQueue] = []
    aliases: list[SaidAlias] = []
    workflows: list[SaidWorkflow] = []
