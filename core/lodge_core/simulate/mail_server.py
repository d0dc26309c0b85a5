"""An SMTP server in this process that delivers into Maildirs: ours, and the customers' one."""

import logging
import os
import smtplib
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import msgspec
from aiosmtpd.controller import Controller  # pyright: ignore[reportMissingTypeStubs]

from lodge_platform.errors import SetUpError

HOST = "127.0.0.1"
Clock = Callable[[], datetime]


class Delivered(msgspec.Struct, frozen=True):
    """A mail that came to the customers' Maildir, for one recipient."""

    recipient: str
    raw: bytes


class DemonstrationMailServer:
    """Takes any mail on a loopback port; what is for `inboxes` goes there, the rest to customers.

    The clock says when a mail was received; a Maildir keeps it as the file's time.
    """

    def __init__(
        self, inboxes: Mapping[str, Path], customers: Path, *, port: int, clock: Clock
    ) -> None:
        self.port = port
        self._inboxes = inboxes
        self._customers = customers
        self._clock = clock
        self._numbers = count(1)
        self._answers: SimpleQueue[Delivered] = SimpleQueue()
        self._controller: Any = None
        for folder in (*inboxes.values(), customers):
            make_maildir(folder)

    def start(self) -> None:
        """Listen. Raises SetUpError when the port is taken."""
        # It would tell every command of every mail.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self._controller = Controller(
            self, hostname=HOST, port=self.port, ready_timeout=20, server_hostname="lodge.test"
        )
        try:
            self._controller.start()
        except OSError as error:
            self._controller = None
            raise SetUpError(f"demonstration SMTP server at {HOST}:{self.port}: {error}") from error

    def stop(self) -> None:
        """End; harmless when it never began."""
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()

    def answers(self) -> list[Delivered]:
        """What reached customers since the last call."""
        found: list[Delivered] = []
        while True:
            try:
                found.append(self._answers.get_nowait())
            except Empty:
                return found

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Deliver one mail to each recipient."""
        at = self._clock()
        number = 0
        for recipient in envelope.rcpt_tos:
            number = next(self._numbers)
            folder = self._inboxes.get(recipient.lower())
            deliver(folder or self._customers, envelope.content, at=at, number=number)
            if folder is None:
                self._answers.put(Delivered(recipient, envelope.content))
        return f"250 2.0.0 Ok: queued as {number:08X}"


class Postbox:
    """Where customers hand in their mail: one connection, made again when it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server: smtplib.SMTP | None = None

    def send(self, sender: str, recipient: str, raw: bytes) -> None:
        """Hand in one mail. Raises OSError or SMTPException when nobody takes it."""
        try:
            self._send(sender, recipient, raw)
        except (smtplib.SMTPServerDisconnected, ConnectionError):
            self.close()
            self._send(sender, recipient, raw)

    def close(self) -> None:
        """Let the connection go."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def _send(self, sender: str, recipient: str, raw: bytes) -> None:
        if self._server is None:
            self._server = smtplib.SMTP(HOST, self._port, timeout=30)
        self._server.sendmail(sender, [recipient], raw, mail_options=["BODY=8BITMIME"])


def make_maildir(folder: Path) -> None:
    """Make the Maildir at `folder` unless it is there."""
    for name in ("tmp", "new", "cur"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)


def deliver(folder: Path, raw: bytes, *, at: datetime, number: int) -> None:
    """Put the mail into a Maildir as received at `at`; there whole or not at all."""
    seconds = at.timestamp()
    name = f"{seconds:017.6f}.P{os.getpid()}Q{number}.lodge"
    part = folder / "tmp" / name
    part.write_bytes(raw)
    os.utime(part, (seconds, seconds))
    part.rename(folder / "new" / name)
