"""Aliases: the addresses of ours that mail is retrieved from and sent as."""

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import Code, Key, MasterBase, Versioned
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import AfterStored, Encryption, SourceKind


class Alias(Versioned, MasterBase):
    __tablename__ = "aliases"
    __table_args__ = ({"comment": "One row per address that mail is retrieved from and sent as."},)

    alias_id: Mapped[int] = term("Key of the alias.", Key, primary_key=True)
    department_id: Mapped[int] = term(
        "Department that owns it.", Key, ForeignKey("departments.department_id")
    )
    address: Mapped[str] = term(
        "The address itself, in lower case.", unique=True, example="support@lodge.test"
    )
    display_name: Mapped[str] = term(
        "Name beside the address in mail we send.", default="", example="Lodge support"
    )
    is_active: Mapped[bool] = term("Whether its mail is retrieved.", default=True)
    source_kind: Mapped[SourceKind] = term(
        "How its mail is reached: imap or maildir.", Code(SourceKind), example="imap"
    )
    source_host: Mapped[str] = term(
        "Host of the IMAP server, or the folder of the Maildir.", default="", example="127.0.0.1"
    )
    source_port: Mapped[int] = term("Port of the IMAP server.", default=993, example="993")
    source_encryption: Mapped[Encryption] = term(
        "Protection of the IMAP connection: tls, starttls, or none; none sends the password in "
        "the clear and shows as a warning.",
        Code(Encryption),
        default=Encryption.TLS,
        example="tls",
    )
    source_sign_in_name: Mapped[str] = term("Name the IMAP server knows us by.", default="")
    source_secret_name: Mapped[str] = term(
        "Name of the secret holding the IMAP password; the password itself is never stored.",
        default="",
        example="support_imap",
    )
    folders: Mapped[list[Any]] = term(
        "Folders that are read, in this order.", default=lambda: ["INBOX"], example='["INBOX"]'
    )
    after_stored: Mapped[AfterStored] = term(
        "What is done with a message on the server after we have committed it: leave, seen, move "
        "or delete.",
        Code(AfterStored),
        default=AfterStored.SEEN,
        example="move",
    )
    move_to_folder: Mapped[str] = term(
        "Folder that stored messages are moved to when `after_stored` is move.",
        default="Processed",
    )
    poll_seconds: Mapped[int] = term(
        "Pause between two looks at the source.", unit="seconds", default=30, example="30"
    )
    smtp_host: Mapped[str] = term(
        "Host of the server that sends its mail.", default="", example="127.0.0.1"
    )
    smtp_port: Mapped[int] = term("Port of the sending server.", default=587, example="587")
    smtp_encryption: Mapped[Encryption] = term(
        "Protection of the SMTP connection: tls, starttls or none.",
        Code(Encryption),
        default=Encryption.STARTTLS,
        example="starttls",
    )
    smtp_sign_in_name: Mapped[str] = term(
        "Name the sending server knows us by; empty: no sign-in.", default=""
    )
    smtp_secret_name: Mapped[str] = term(
        "Name of the secret holding the SMTP password.", default="", example="support_smtp"
    )
    is_certificate_checked: Mapped[bool] = term(
        "Whether the servers' certificates are checked; off only for a test server, and shown.",
        default=True,
    )
