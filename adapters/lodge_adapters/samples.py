"""Recorded samples: what a source once said, and the answer that must come of it ever after.

A sample is two files below the link's own folder: the recorded call and the expected answer, which
is XML, or JSON where its name ends so. Running one asks nothing outside and needs no secret.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple, NoReturn

import msgspec
from lxml import etree
from msgspec import Struct

from lodge_adapters.access.source import Context
from lodge_adapters.answers.envelope import Form
from lodge_adapters.answers.fields import ALL
from lodge_adapters.answers.json_form import JsonForm
from lodge_adapters.answers.xml_form import XmlForm
from lodge_adapters.answers.xsd import xsd_of
from lodge_adapters.language import Link, Sample
from lodge_adapters.library import KnownLink
from lodge_adapters.making import Making
from lodge_adapters.parameters import values_of
from lodge_adapters.samples_compared import differences
from lodge_platform.errors import LodgeError, RefusedError, SetUpError
from lodge_platform.links.answers import Provenance
from lodge_platform.lodge import Lodge
from lodge_platform.outgoing.allowed import Allowed
from lodge_platform.secret_values import secret

VERSION = "sample"
"""The version that expected answers bear: they stay as they are when the file changes."""
FOLDER = "samples"
MOST_BYTES = 5_000_000
_REPLAY = timedelta(minutes=2)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Recorded(Struct, frozen=True, kw_only=True):
    """A recorded file: when, which source, and what it said, in the form of its kind of access."""

    recorded_at: datetime
    source: str
    said: msgspec.Raw


@dataclass(frozen=True)
class Outcome:
    """How a sample went; `faults` in words, none where it is good."""

    link: str
    sample: str
    faults: tuple[str, ...] = ()


class Made(NamedTuple):
    """A sample and the content of its two files."""

    sample: Sample
    recorded: bytes
    expected: bytes


def record(
    lodge: Lodge, known: KnownLink, given: Mapping[str, str], *, name: str, now: datetime
) -> Made:
    """Ask the live source and make a sample of it; nothing is written.

    Raises what asking raises, and RefusedError for a link that writes or an answer that is too
    large to keep beside it.
    """
    link = known.link
    if link.writes:
        raise RefusedError(f"link {known.name!r} writes; only what is read is recorded")
    values = values_of(link, given)
    with known.in_use() as source:
        said = source.record(values, live_context(lodge, known, now=now))
        place = source.place
    if len(said) > MOST_BYTES:
        raise RefusedError(
            f"the source said {len(said)} bytes, a sample has at most {MOST_BYTES}; ask for less"
        )
    recorded = Recorded(recorded_at=now, source=place, said=msgspec.Raw(said))
    stem = f"{FOLDER}/{known.name}.{name}"
    sample = Sample(
        name=name,
        given=dict(given),
        recorded=f"{stem}.recorded.json",
        expected=f"{stem}.xml",
    )
    return Made(sample, msgspec.json.encode(recorded), answer_of(lodge, known, sample, recorded))


def run(lodge: Lodge, known: KnownLink, sample: Sample) -> Outcome:
    """Run a sample offline: the answer is the expected one, and its schema takes it."""
    try:
        recorded = msgspec.json.decode(
            _content(known.folder, sample.recorded, "recorded"), type=Recorded
        )
        expected = _content(known.folder, sample.expected, "expected")
        found = answer_of(lodge, known, sample, recorded)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        said = f"{sample.recorded} is no recorded call: {error}"
        return Outcome(known.name, sample.name, (said,))
    except LodgeError as error:
        return Outcome(known.name, sample.name, (str(error),))
    is_json = sample.expected.endswith(".json")
    faults = differences(expected, found, root=known.link.answer.root, is_json=is_json)
    if not is_json:
        faults += schema_faults(known.name, known.link, found)
    return Outcome(known.name, sample.name, tuple(faults))


def answer_of(lodge: Lodge, known: KnownLink, sample: Sample, recorded: Recorded) -> bytes:
    """The answer that comes of a recorded call, always the same for the same file."""
    link = known.link
    values = values_of(link, sample.given)
    context = Context(
        lodge=lodge,
        name=known.name,
        link=link,
        folder=known.folder,
        now=recorded.recorded_at,
        deadline=monotonic() + _REPLAY.total_seconds(),
        allowed=Allowed(),
        secret=_no_secret,
    )
    is_json = sample.expected.endswith(".json")
    form: Form = JsonForm(known.name, link) if is_json else XmlForm(known.name, link)
    provenance = Provenance(source=recorded.source, fetched_at=recorded.recorded_at)
    making = Making(link, ALL, form=form)
    with known.in_use() as source:
        batches = source.replay(bytes(recorded.said), values, context)
        rows = b"".join(piece.content for piece in making.pieces(batches))
    return form.head(provenance, VERSION) + rows + form.end(making.end)


def schema_faults(name: str, link: Link, answer: bytes) -> list[str]:
    """What the link's own schema has against an answer."""
    schema: Any = etree.XMLSchema(etree.fromstring(xsd_of(name, link)))
    if schema.validate(etree.fromstring(answer)):
        return []
    return [f"schema: line {error.line}: {error.message}" for error in schema.error_log][:10]


def live_context(lodge: Lodge, known: KnownLink, *, now: datetime) -> Context:
    """A call of the link that begins now."""
    return Context(
        lodge=lodge,
        name=known.name,
        link=known.link,
        folder=known.folder,
        now=now,
        deadline=monotonic() + known.link.limits.seconds,
        allowed=known.allowed,
        secret=lambda wanted: secret(lodge.settings, wanted),
    )


def require_name(name: str, what: str) -> None:
    """Raise RefusedError for what cannot be the name of a link or a sample."""
    if not _NAME.fullmatch(name):
        raise RefusedError(
            f"{name[:100]!r} is no name of a {what}: small letters, digits and _, a letter first"
        )


def _content(folder: Path, name: str, what: str) -> bytes:
    """A file of the sample, below the link's folder."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise RefusedError(f"{what}: {name[:100]!r} is not below the link's folder")
    try:
        return path.read_bytes()
    except OSError as error:
        raise RefusedError(f"{what}: {name[:100]} cannot be read: {error.strerror}") from error


def _no_secret(name: str) -> NoReturn:
    raise SetUpError(f"secret {name!r} was asked for; a recorded call needs none")
