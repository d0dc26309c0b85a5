"""Wake-ups by NATS, where several hosts share the work: core subjects, nothing is kept."""

import asyncio
import logging
from collections.abc import Iterable
from concurrent import futures
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

import nats
import nats.errors
from nats.aio.client import Client

from lodge_platform.log import strike_secrets

if TYPE_CHECKING:
    from lodge_platform.messaging.bus import Bus

_LOOK_SECONDS = 1.0
_LOG = logging.getLogger(__name__)


class NatsCarrier:
    """Subjects `lodge.wake.PARTITION.TOPIC`; while the server is away, loops look each second."""

    def __init__(self, url: str, partition: str) -> None:
        self._url = url
        self._prefix = f"lodge.wake.{partition}."
        self._loop = asyncio.new_event_loop()
        self._thread: Thread | None = None
        self._client: Client | None = None
        self._bus: Bus | None = None
        self._is_closing = False
        self._is_said = False
        self._sending: set[futures.Future[None]] = set()

    @property
    def longest_wait_seconds(self) -> float:
        """A second while there is no connection."""
        client = self._client
        return 60.0 if client is not None and client.is_connected else _LOOK_SECONDS

    def start(self, bus: "Bus") -> None:
        """Connect and subscribe, on a thread of its own."""
        self._bus = bus
        self._ensure_thread()

    def send(self, topics: Iterable[str]) -> None:
        """Publish; a server that is away costs the others a second at most."""
        self._ensure_thread()
        named = [str(topic) for topic in topics]
        sending = asyncio.run_coroutine_threadsafe(self._publish(named), self._loop)
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)

    def close(self) -> None:
        """Send what waits, then disconnect."""
        if self._thread is None:
            self._loop.close()
            return
        futures.wait(list(self._sending), timeout=2)
        self._is_closing = True
        ending = asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        try:
            ending.result(timeout=3)
        except TimeoutError:
            _LOG.warning("NATS did not let go in time")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=2)
        if not self._thread.is_alive():
            self._loop.close()

    def _ensure_thread(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name="bus", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._connecting = self._loop.create_task(self._connect())
        self._loop.run_forever()

    async def _connect(self) -> None:
        while not self._is_closing:
            try:
                client: Client = await nats.connect(  # pyright: ignore[reportUnknownMemberType]
                    self._url,
                    allow_reconnect=True,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=1,
                    connect_timeout=2,
                    error_cb=self._say_away,
                    disconnected_cb=self._say_away,
                    reconnected_cb=self._wake_all,
                )
                await client.subscribe(  # pyright: ignore[reportUnknownMemberType]
                    f"{self._prefix}*", cb=self._receive
                )
                await client.flush()
                self._client = client
                await self._wake_all()
                return
            except Exception as error:  # whatever keeps us from it, the next try comes
                await self._say_away(error)
                await asyncio.sleep(1)

    async def _publish(self, topics: list[str]) -> None:
        for _ in range(30):
            if self._client is not None or self._is_closing:
                break
            await asyncio.sleep(0.1)
        if self._client is None:
            return
        for topic in topics:
            await self._client.publish(f"{self._prefix}{topic}", b"")

    async def _receive(self, message: Any) -> None:
        if self._bus is not None:
            self._bus.woken([str(message.subject).removeprefix(self._prefix)])

    async def _wake_all(self) -> None:
        self._is_said = False
        if self._bus is not None:
            self._bus.woken(None)

    async def _say_away(self, error: Exception | None = None) -> None:
        """Once, until it is back: the client reports every try."""
        if self._is_said or self._is_closing:
            return
        self._is_said = True
        why = f": {error}" if error and str(error) else ""
        said = strike_secrets(f"NATS at {self._url} is away{why}; looking each second")
        _LOG.warning("%s", said)

    async def _end(self) -> None:
        self._connecting.cancel()
        client = self._client
        if client is not None:
            # A connection that breaks while it is closed is closed too.
            with suppress(OSError, nats.errors.Error):
                await client.drain() if client.is_connected else await client.close()
        # The client leaves the readers of its subscriptions behind.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
