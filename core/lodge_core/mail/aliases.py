"""Aliases as the mail services use them, and how their sources are opened."""

from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from lodge_core.mail.sources import MailSource
from lodge_core.mail.sources.imap import ImapAccess, ImapSource
from lodge_core.mail.sources.maildir import MaildirSource
from lodge_platform.errors import NotFoundError, SetUpError
from lodge_platform.schema.master import Alias
from lodge_platform.secret_values import secret
from lodge_platform.settings import Settings
from lodge_platform.vocabulary import AfterStored, Encryption, SourceKind


class AliasInForce(msgspec.Struct, frozen=True):
    """A row of `aliases`, as it is now."""

    alias_id: int
    department_id: int
    address: str
    display_name: str
    source_kind: SourceKind
    source_host: str
    source_port: int
    source_encryption: Encryption
    source_sign_in_name: str
    source_secret_name: str
    folders: list[Any]
    after_stored: AfterStored
    move_to_folder: str
    poll_seconds: int
    smtp_host: str
    smtp_port: int
    smtp_encryption: Encryption
    smtp_sign_in_name: str
    smtp_secret_name: str
    is_certificate_checked: bool
    is_active: bool


def read_aliases(master: Connection) -> list[AliasInForce]:
    """Every alias, active or not, in the order of their keys."""
    table = Alias.__table__
    columns = [table.c[name] for name in AliasInForce.__struct_fields__]
    rows = master.execute(select(*columns).order_by(table.c.alias_id))
    return [AliasInForce(**row._mapping) for row in rows]  # pyright: ignore[reportPrivateUsage]


def alias_at(master: Connection, address: str) -> AliasInForce:
    """The alias with that address. Raises NotFoundError with the addresses there are."""
    aliases = read_aliases(master)
    for alias in aliases:
        if alias.address == address.strip().lower():
            return alias
    known = ", ".join(alias.address for alias in aliases) or "none yet"
    raise NotFoundError(f"there is no alias {address!r}; there are: {known}")


def open_source(alias: AliasInForce, settings: Settings) -> MailSource:
    """The alias' mail source, signed in. Raises SetUpError or TryAgainError."""
    if alias.source_kind is SourceKind.MAILDIR:
        return MaildirSource(Path(alias.source_host))
    if not alias.source_host:
        raise SetUpError(f"alias {alias.address} names no IMAP host")
    access = ImapAccess(
        host=alias.source_host,
        port=alias.source_port,
        encryption=alias.source_encryption,
        sign_in_name=alias.source_sign_in_name,
        is_certificate_checked=alias.is_certificate_checked,
    )
    return ImapSource(access, secret(settings, alias.source_secret_name))
