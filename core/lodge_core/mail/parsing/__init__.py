"""A pure parser of mail: any bytes in, a `ParsedMail` out, never an error, no I/O."""

from lodge_core.mail.parsing.json_form import to_json
from lodge_core.mail.parsing.message import (
    PARSER_VERSION,
    Address,
    Attachment,
    Automatic,
    AutomaticKind,
    Bounce,
    Header,
    ParsedMail,
)
from lodge_core.mail.parsing.parse import parse_mail
from lodge_core.mail.parsing.problems import MEANINGS, Problem

__all__ = [
    "MEANINGS",
    "PARSER_VERSION",
    "Address",
    "Attachment",
    "Automatic",
    "AutomaticKind",
    "Bounce",
    "Header",
    "ParsedMail",
    "Problem",
    "parse_mail",
    "to_json",
]
