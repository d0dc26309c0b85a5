"""One try of one write: its parameters, the source, and what became of it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from traceback import format_tb
from typing import Any

import orjson
from sqlalchemy import Connection, Row, insert

from lodge_adapters.access.source import BusySourceError
from lodge_adapters.library import KnownLink
from lodge_adapters.outcomes import outcome_of
from lodge_adapters.parameters import values_of
from lodge_adapters.samples import live_context
from lodge_adapters.states import SourceSaid, note_said
from lodge_adapters.writing_claims import Ended, Outcome
from lodge_platform.errors import RefusedError, SetUpError, TryAgainError
from lodge_platform.links.asking import CallerKind
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import LinkCall
from lodge_platform.services.saying import say
from lodge_platform.vocabulary import LinkOutcome

Clock = Callable[[], datetime]
_LOG = logging.getLogger(__name__)
_LONGEST_ANSWER = 300


def write_once(lodge: Lodge, known: KnownLink, write: Row[Any], *, clock: Clock) -> Ended:
    """Ask the source to take it. Never raises for what the source or the way to it does."""
    try:
        values = values_of(known.link, orjson.loads(write.payload))
        context = live_context(lodge, known, now=clock())
        with known.in_use() as source:
            said = source.write(values, write.idempotency_key, context)
        return Ended(Outcome.WRITTEN, _short(said), clock())
    except RefusedError as error:
        # The guard lets nobody call there: that can be set up, and is nothing of this write.
        is_guarded = error.field == "url"
        outcome = Outcome.TRY_AGAIN if is_guarded else Outcome.DEAD
        return Ended(outcome, _short(say(error)), clock(), call=LinkOutcome.REFUSED)
    except SetUpError as error:
        # Its words name files and settings of this machine: for the log, not for the asker.
        _LOG.error("link %s: %s", known.name, say(error))
        said = "this Lodge is not set up to write it; its log says what is missing"
        return Ended(Outcome.TRY_AGAIN, said, clock(), call=LinkOutcome.REFUSED)
    except TryAgainError as error:
        is_wished = isinstance(error, BusySourceError)
        return Ended(
            Outcome.TRY_AGAIN,
            _short(say(error)),
            clock(),
            is_away=True,
            retry_after=timedelta(seconds=error.retry_after_seconds) if is_wished else None,
            call=outcome_of(error),
        )
    except Exception as error:
        # Its kind alone, and where: what it says may hold what was to be written.
        kind, trace = type(error).__name__, "".join(format_tb(error.__traceback__))
        _LOG.error("link %s, write %s: %s\n%s", known.name, write.link_write_id, kind, trace)
        said = "something broke here; the log has it"
        return Ended(Outcome.TRY_AGAIN, said, clock(), call=LinkOutcome.BROKEN)


def journal(
    connection: Connection,
    known: KnownLink,
    write: Row[Any],
    ended: Ended,
    *,
    called_at: datetime,
    seconds: float,
) -> None:
    """Note the try as a call of the link, and what it tells of the source, in this transaction."""
    kind = CallerKind.PERSON if write.user_id is not None else CallerKind.OPERATOR
    is_good = ended.outcome is Outcome.WRITTEN
    connection.execute(
        insert(LinkCall).values(
            link=known.name,
            version=known.version,
            caller_kind=kind if write.api_key_id is None else CallerKind.API_KEY,
            user_id=write.user_id,
            api_key_id=write.api_key_id,
            department_id=write.department_id,
            activity_id=write.activity_id,
            outcome=ended.call,
            detail=None if is_good else ended.answer,
            duration_seconds=seconds,
            row_count=0,
            byte_count=len(write.payload.encode()),
            discarded_count=0,
            called_at=called_at,
        )
    )
    failure = ended.answer if ended.outcome is Outcome.TRY_AGAIN else None
    said = SourceSaid(failure=failure, is_checked=False)
    note_said(connection, known.name, said, called_at)


def _short(said: str) -> str:
    plain = "".join(each if each.isprintable() else " " for each in said)
    return " ".join(plain.split())[:_LONGEST_ANSWER]
