"""E-mail addresses of ours: by the rules for all, but the domain may be one only we can reach."""

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from lodge_platform.configuring.places import Place

_INSTEAD = "org"


def refuse_odd_address(address: str, place: Place) -> None:
    """Raise RefusedError, naming `place`, for what is no address that mail servers agree on."""
    try:
        validate_email(
            _with_public_domain(address), check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError as error:
        said = str(error).rstrip(".")
        raise place.refusal(
            f"this is no e-mail address: {said[:1].lower()}{said[1:]}",
            allowed=["an address such as support@example.org"],
        ) from error


def _with_public_domain(address: str) -> str:
    """A name kept for houses' own networks and for tests, such as `shop.test`, told as public."""
    local, _, domain = address.rpartition("@")
    for special in SPECIAL_USE_DOMAIN_NAMES:
        if domain.lower() == special or domain.lower().endswith(f".{special}"):
            return f"{local}@{domain[: -len(special)]}{_INSTEAD}"
    return address
