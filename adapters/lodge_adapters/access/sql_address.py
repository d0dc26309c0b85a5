"""Which addresses a link's database may be reached at: the guard of every outgoing connection."""

from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from lodge_adapters.access.source import Context
from lodge_adapters.access.sql_target import Kind, Target
from lodge_platform.errors import RefusedError, SetUpError, TryAgainError
from lodge_platform.outgoing.addresses import is_public
from lodge_platform.outgoing.checking import Resolve, addresses_of, resolve_by_system
from lodge_platform.settings import Settings

_ENCRYPTED_MODES = ("require", "verify-ca", "verify-full")


def checked_addresses(
    target: Target, context: Context, settings: Settings, *, resolve: Resolve
) -> list[str]:
    """The addresses to connect to, each of them checked; none for a socket of this machine.

    Raises RefusedError for what the guard does not let through, TryAgainError for a name without
    an address, SetUpError for a store of the house.
    """
    if target.socket is not None:
        if not context.allowed.names_host("localhost", target.port):
            raise RefusedError(
                f"a socket of this machine is used only where localhost:{target.port} is in the "
                "link's `allowed` or in outgoing_allowed",
                field="url",
            )
        found = ["127.0.0.1"]
    else:
        checked = addresses_of(
            target.host, target.port, context.allowed, resolve, seconds=context.left()
        )
        found = [str(one) for one in checked]
        _refuse_plain(target, context, found)
    _refuse_own(target, found, settings)
    return [] if target.socket is not None else found


def _refuse_plain(target: Target, context: Context, addresses: Iterable[str]) -> None:
    """Without TLS a database outside would hear the password, and be heard by anybody between."""
    allowed = context.allowed
    if _is_encrypted(target) or allowed.names_host(target.host, target.port):
        return
    for text in addresses:
        address = ip_address(text)
        if is_public(address) and not allowed.names_address(address, target.port):
            raise RefusedError(
                f"{target.host}:{target.port} is outside, and the connection need not be "
                "encrypted; add sslmode=require (postgresql) or ssl_ca (mariadb), or name it in "
                "the link's `allowed`",
                field="url",
            )


def _is_encrypted(target: Target) -> bool:
    query = target.url.query
    if target.kind is Kind.POSTGRESQL:
        return query.get("sslmode") in _ENCRYPTED_MODES
    return target.kind is Kind.MARIADB and "ssl_ca" in query


def _refuse_own(target: Target, addresses: Iterable[str], settings: Settings) -> None:
    """The house's own stores are read by its own rooms, which apply its rights."""
    if target.kind is not Kind.POSTGRESQL:
        return
    there = {_one_machine(one) for one in addresses}
    for text in (settings.master_url, settings.active_url, settings.reports_catalog_url):
        try:
            own = make_url(text)
        except ArgumentError:
            continue
        is_alike = (
            own.get_backend_name() in ("postgresql", "postgres")
            and (own.port or 5432) == target.port
            and own.database == target.url.database
        )
        if is_alike and there & {_one_machine(one) for one in _addresses(own)}:
            raise SetUpError(f"{target.place} is a store of this house, and no source")


def _addresses(own: URL) -> list[str]:
    if not own.host:
        return ["127.0.0.1"]
    with suppress(TryAgainError):
        return resolve_by_system(own.host, own.port or 5432, 2.0)
    return []


def _one_machine(text: str) -> str:
    return "this machine" if ip_address(text).is_loopback else text
