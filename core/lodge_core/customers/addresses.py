"""Addresses and numbers: what is taken, and the one form by which a person is found again. Pure.

A key has no two spaces in a row; `known_only_to` relies on it.
"""

import re
import unicodedata
import warnings
from urllib.parse import urlsplit

import idna
import msgspec
import phonenumbers
from email_validator import EmailNotValidError, validate_email

from lodge_platform.errors import RefusedError
from lodge_platform.vocabulary import ContactKind

MOST_CHARACTERS = {
    ContactKind.EMAIL: 254,
    ContactKind.PHONE: 60,
    ContactKind.WEB: 2_000,
    ContactKind.POSTAL: 1_000,
}
_LONGEST_DOMAIN = 253
_DOT_ATOM = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_ODD_PAIR = re.compile(r"\\[^ -~]")


class CheckedAddress(msgspec.Struct, frozen=True):
    """An address as written, and its key; a key of None identifies nobody."""

    address: str
    key: str | None


def checked_address(kind: ContactKind, address: str, *, field: str = "address") -> CheckedAddress:
    """The address, if it is one of its kind. Raises RefusedError naming `field` and why not."""
    most = MOST_CHARACTERS[kind]
    written = address.strip()
    if not written or len(written) > most or "\0" in written:
        raise RefusedError(f"an address of kind {kind} has 1 to {most} characters", field=field)
    match kind:
        case ContactKind.EMAIL:
            return CheckedAddress(written, _checked_email(address, field))
        case ContactKind.PHONE:
            return CheckedAddress(written, _checked_phone(written, field))
        case ContactKind.WEB:
            return CheckedAddress(written, _checked_web(written, field))
        case ContactKind.POSTAL:
            return CheckedAddress(written, None)


def email_key(address: str) -> str:
    """The form in which an e-mail address, however odd, is looked up; "" for none.

    NFC, lower case, spaces collapsed, the domain in ASCII, quotes only where they are needed.
    """
    if address.isascii() and '"' not in address and not address.endswith("."):
        return " ".join(address.lower().split())
    text = _folded(address)
    local, at, domain = text.rpartition("@")
    if not at:
        return text
    inner = local[1:-1] if len(local) > 2 and local[0] == local[-1] == '"' else ""
    if _DOT_ATOM.fullmatch(inner):
        local = inner
    return f"{local}@{_ascii_domain(domain)}"


def known_only_to(department_id: int, key: str) -> str:
    """The key of an address that only this department knows as its customer's."""
    return f"department {department_id}  {key}"


def of_customer_alone(customer_id: int, address: str) -> str:
    """The key of an address that identifies nobody, such as a house that several live in."""
    return f"customer {customer_id}  {_folded(address)}"


def _checked_email(address: str, field: str) -> str:
    try:
        if _ODD_PAIR.search(address):
            raise EmailNotValidError("A backslash quotes only printable ASCII characters.")
        with warnings.catch_warnings():
            # The library warns of what its next version will do about domain literals.
            warnings.simplefilter("ignore")
            valid = validate_email(
                address,
                check_deliverability=False,
                globally_deliverable=False,
                allow_quoted_local=True,
                allow_domain_literal=True,
                strict=True,
            )
    except EmailNotValidError as error:
        said = str(error).rstrip(".")
        raise RefusedError(
            f"this is no e-mail address: {said[:1].lower()}{said[1:]}",
            field=field,
            allowed=["an address such as ada@example.org"],
        ) from error
    return email_key(valid.normalized)


def _checked_phone(number: str, field: str) -> str:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException as error:
        raise _no_phone(field) from error
    if not phonenumbers.is_possible_number(parsed):
        raise _no_phone(field)
    form = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return f"{form};ext={parsed.extension}" if parsed.extension else form


def _no_phone(field: str) -> RefusedError:
    return RefusedError(
        "this is no telephone number with its country code",
        field=field,
        allowed=["a number such as +49 30 901820"],
    )


def _checked_web(address: str, field: str) -> str:
    refused = RefusedError(
        "this is no web address",
        field=field,
        allowed=["an address such as https://example.org/ada"],
    )
    if any(character.isspace() or not character.isprintable() for character in address):
        raise refused
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise refused from error
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise refused
    host = _ascii_domain(_folded(parts.hostname))
    place = host if port in (None, 80, 443) else f"{host}:{port}"
    path = parts.path.rstrip("/")
    return unicodedata.normalize("NFC", f"{place}{path}{'?' if parts.query else ''}{parts.query}")


def _folded(text: str) -> str:
    return unicodedata.normalize(
        "NFC", " ".join(unicodedata.normalize("NFC", text).lower().split())
    )


def _ascii_domain(domain: str) -> str:
    plain = domain.rstrip(".")
    if plain.isascii() or len(plain) > _LONGEST_DOMAIN:
        return plain
    try:
        return idna.encode(plain, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        return plain
