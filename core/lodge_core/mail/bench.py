"""`lodge bench mail`: mail taken in, beside fetching and parsing the same mail and no more.

The mail comes from an IMAP server, where LODGE_BENCH_IMAP names one
(imap://NAME:PASSWORD@HOST:PORT), else from a Maildir made for the run. The active store is SQLite,
and PostgreSQL as well where LODGE_BENCH_POSTGRES_URL names a database that may be filled.
"""

import mailbox
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from imapclient import IMAPClient  # pyright: ignore[reportMissingTypeStubs]

from lodge_core.mail.aliases import AliasInForce, alias_at, open_source
from lodge_core.mail.parsing import parse_mail
from lodge_core.mail.retrieve import BATCH, retrieve
from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.schema.master import Alias, Department
from lodge_platform.settings import load
from lodge_platform.stores import migrate
from lodge_platform.vocabulary import AfterStored, Encryption, SourceKind

MAILS = 2000
_ADDRESS = "bench@lodge.test"
_FOLDER = "lodge-bench"


def bench_mail() -> Iterator[dict[str, Any]]:
    """One measurement for each active store there is."""
    mails = [_mail(number) for number in range(MAILS)]
    urls: dict[str, str | None] = {"sqlite": None}
    if postgres := os.environ.get("LODGE_BENCH_POSTGRES_URL"):
        urls["postgresql"] = postgres
    for engine, url in urls.items():
        with tempfile.TemporaryDirectory(prefix="lodge-bench-") as folder:
            yield _measure(Path(folder), engine, url, mails)


def _measure(folder: Path, engine: str, url: str | None, mails: list[bytes]) -> dict[str, Any]:
    source_columns, source_name, clean = _fill_source(folder, mails)
    environ = {"LODGE_HOME": str(folder), "LODGE_SECRET_BENCH": ""}
    if url:
        environ["LODGE_ACTIVE_URL"] = url
    lodge = open_lodge(load(folder, environ))
    try:
        alias = _prepare(lodge, source_columns)
        alone = _timed(lambda: _fetch_and_parse(lodge, alias))
        taken = _timed(lambda: _take_in(lodge, alias))
    finally:
        clean()
        lodge.close()
    return {
        "work": f"{len(mails)} mails, {sum(map(len, mails))} bytes, {source_name} into {engine}",
        "rate": round(len(mails) / taken, 1),
        "unit": "mails/s",
        "peer": "fetching and parsing alone, same source, same run",
        "peer_rate": round(len(mails) / alone, 1),
        "ratio": round(alone / taken, 3),
        "peak_memory_megabytes": _peak_megabytes(),
    }


def _fetch_and_parse(lodge: Lodge, alias: AliasInForce) -> None:
    source = open_source(alias, lodge.settings)
    source.open_folder(str(alias.folders[0]))
    uids = source.list_uids(None)
    for start in range(0, len(uids), BATCH):
        for message in source.fetch(uids[start : start + BATCH]):
            parse_mail(message.raw or b"")
    source.close()


def _take_in(lodge: Lodge, alias: AliasInForce) -> None:
    source = open_source(alias, lodge.settings)
    brought = retrieve(lodge, alias, source, clock=utc_now)
    source.close()
    if brought.taken_in.stored != MAILS:
        raise AssertionError(f"{brought.taken_in} of {MAILS} mails")


def _prepare(lodge: Lodge, columns: dict[str, Any]) -> AliasInForce:
    migrate(lodge.stores.master)
    migrate(lodge.stores.active)
    with change_configuration(lodge.stores.master, by="bench", now=utc_now()) as session:
        department = Department(name="Bench")
        session.add(department)
        session.flush()
        session.add(Alias(department_id=department.department_id, address=_ADDRESS, **columns))
    with lodge.stores.master.read() as master:
        return alias_at(master, _ADDRESS)


def _fill_source(folder: Path, mails: list[bytes]) -> tuple[dict[str, Any], str, Any]:
    server = urlsplit(os.environ.get("LODGE_BENCH_IMAP", ""))
    if not server.hostname:
        box = mailbox.Maildir(str(folder / "Maildir"))
        for mail in mails:
            box.add(mail)
        columns = {"source_kind": SourceKind.MAILDIR, "source_host": str(folder / "Maildir")}
        return columns, "from a Maildir", lambda: None
    client: Any = IMAPClient(server.hostname, port=server.port or 143, ssl=False)
    client.login(server.username, server.password)
    if client.folder_exists(_FOLDER):
        client.delete_folder(_FOLDER)
    client.create_folder(_FOLDER)
    for start in range(0, len(mails), 100):
        client.multiappend(_FOLDER, mails[start : start + 100])
    os.environ["LODGE_SECRET_BENCH_IMAP"] = server.password or ""
    columns = {
        "source_kind": SourceKind.IMAP,
        "source_host": server.hostname,
        "source_port": server.port or 143,
        "source_encryption": Encryption.NONE,
        "source_sign_in_name": server.username,
        "source_secret_name": "bench_imap",
        "folders": [_FOLDER],
        "after_stored": AfterStored.SEEN,
    }
    return columns, "from IMAP", lambda: client.delete_folder(_FOLDER)


def _mail(number: int) -> bytes:
    text = f"Dear support,\r\n\r\nmy order {number} did not arrive.\r\n" + "Please look. " * 60
    boundary = f"part-{number:08}"
    at = datetime(2026, 1, 5, 9, tzinfo=UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return (
        f"From: Customer {number} <customer{number % 500}@example.org>\r\nTo: {_ADDRESS}\r\n"
        f"Subject: Order {number} is missing\r\nDate: {at}\r\n"
        f"Message-ID: <bench-{number}@example.org>\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
        f"--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        f"--{boundary}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>{text}</p>\r\n"
        f"--{boundary}--\r\n"
    ).encode()


def _timed(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
