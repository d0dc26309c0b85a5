"""Hand one mail to a sending server and say exactly how that ended.

A mail whose end is not known (the connection broke after the text was sent and before the
server's word) is `unknown`: it may have gone out, so it is never sent again by itself.
"""

import smtplib
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from lodge_core.mail.tls import tls_context
from lodge_platform.vocabulary import Encryption


class SendOutcome(StrEnum):
    """How a try ended: taken, to be tried again, refused for good, or not known."""

    SENT = "sent"
    TRY_AGAIN = "try_again"
    FAILED = "failed"
    UNKNOWN = "unknown"


class SendResult(msgspec.Struct, frozen=True):
    """The outcome and what the server said, or what went wrong where."""

    outcome: SendOutcome
    reply: str


class SmtpAccess(msgspec.Struct, frozen=True):
    """How to reach a sending server; an empty sign-in name means that none is needed."""

    host: str
    port: int
    encryption: Encryption
    sign_in_name: str = ""
    is_certificate_checked: bool = True
    timeout_seconds: int = 30


def send(
    access: SmtpAccess, password: str, sender: str, recipients: Sequence[str], raw: bytes
) -> SendResult:
    """Send `raw` to `recipients`; every ending is a result, none an exception."""
    place = f"SMTP {access.host}:{access.port}"
    try:
        server = _connect(access, password)
    except smtplib.SMTPAuthenticationError as error:
        said = _text(error.smtp_error)
        return SendResult(SendOutcome.TRY_AGAIN, f"{place}: sign-in refused: {said}")
    except (OSError, smtplib.SMTPException) as error:
        return SendResult(SendOutcome.TRY_AGAIN, f"{place}: {error}")
    try:
        return _transact(server, sender, recipients, raw)
    except (OSError, smtplib.SMTPException) as error:
        return SendResult(SendOutcome.TRY_AGAIN, f"{place}: {error}")
    finally:
        _leave(server)


def _connect(access: SmtpAccess, password: str) -> smtplib.SMTP:
    timeout = access.timeout_seconds
    if access.encryption is Encryption.TLS:
        context = tls_context(is_checked=access.is_certificate_checked)
        server = smtplib.SMTP_SSL(access.host, access.port, timeout=timeout, context=context)
    else:
        server = smtplib.SMTP(access.host, access.port, timeout=timeout)
    try:
        if access.encryption is Encryption.STARTTLS:
            # Raises when the server does not offer it: never a silent step down to plain text.
            server.starttls(context=tls_context(is_checked=access.is_certificate_checked))
        if access.sign_in_name:
            server.login(access.sign_in_name, password)
    except Exception:
        server.close()
        raise
    return server


def _transact(
    server: smtplib.SMTP, sender: str, recipients: Sequence[str], raw: bytes
) -> SendResult:
    server.ehlo_or_helo_if_needed()
    options = ["SMTPUTF8"] if _needs_utf8(sender, *recipients) else []
    code, said = server.mail(sender, options)
    if code != 250:
        return _refused(code, said)
    answers = [server.rcpt(recipient) for recipient in recipients]
    refused = [answer for answer in answers if answer[0] not in (250, 251)]
    if refused:
        # All or nothing: a part sent twice or never told of is worse than one clear refusal.
        return _refused(*refused[0])
    code, said = server.docmd("DATA")
    if code != 354:
        return _refused(code, said)
    try:
        server.send(_dotted(raw))
        code, said = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        text = f"the connection broke before the server's last word: {error}"
        return SendResult(SendOutcome.UNKNOWN, text)
    if code != 250:
        return _refused(code, said)
    return SendResult(SendOutcome.SENT, f"{code} {_text(said)}")


def _dotted(raw: bytes) -> bytes:
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if lines and lines[-1] == b"":
        lines.pop()
    dotted = [b"." + line if line.startswith(b".") else line for line in lines]
    return b"\r\n".join([*dotted, b".", b""])


def _refused(code: int, said: bytes) -> SendResult:
    outcome = SendOutcome.FAILED if 500 <= code < 600 else SendOutcome.TRY_AGAIN
    return SendResult(outcome, f"{code} {_text(said)}")


def _needs_utf8(*addresses: str) -> bool:
    return not all(address.isascii() for address in addresses)


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()
