"""What works but is not as it should be: connections in the clear, certificates unchecked."""

from ipaddress import ip_address

from sqlalchemy import Connection, select

from lodge_platform.schema.master import Alias
from lodge_platform.settings import Settings
from lodge_platform.vocabulary import Encryption, SourceKind


def read_warnings(master: Connection, settings: Settings) -> list[str]:
    """One sentence each, naming the alias or setting and what it lacks."""
    aliases = master.execute(
        select(
            Alias.address,
            Alias.source_kind,
            Alias.source_encryption,
            Alias.smtp_host,
            Alias.smtp_encryption,
            Alias.is_certificate_checked,
        )
        .where(Alias.is_active)
        .order_by(Alias.address)
    )
    found: list[str] = []
    for alias in aliases:
        is_imap = alias.source_kind is SourceKind.IMAP
        if is_imap and alias.source_encryption is Encryption.NONE:
            found.append(f"{alias.address}: its IMAP password travels in the clear; use tls")
        if alias.smtp_host and alias.smtp_encryption is Encryption.NONE:
            found.append(f"{alias.address}: its mail is handed over in the clear; use starttls")
        if not alias.is_certificate_checked:
            found.append(f"{alias.address}: its servers' certificates are not checked")
    if not settings.is_https and not _is_loopback(settings.web_host):
        found.append(
            f"setting web_host is {settings.web_host}: sign-ins travel in the clear without HTTPS "
            "in front (setting is_https)"
        )
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
