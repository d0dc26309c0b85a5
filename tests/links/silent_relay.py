"""A relay before a database server that can fall silent: nothing comes any more, nothing closes."""

import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from sqlalchemy import make_url


@contextmanager
def silent_relay(url: str) -> Generator[tuple[str, Event]]:
    """The URL of the relay, and the event that silences it."""
    server = make_url(url)
    silence = Event()
    held: list[socket.socket] = []

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while some := source.recv(65536):
                if not silence.is_set():
                    target.sendall(some)
            target.shutdown(socket.SHUT_WR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                taken, _ = listening.accept()
                beyond = socket.create_connection((str(server.host), server.port or 3306))
                held.extend((taken, beyond))
                for pair in ((taken, beyond), (beyond, taken)):
                    Thread(target=carry, args=pair, daemon=True).start()

    listening = socket.create_server(("127.0.0.1", 0))
    accepting = Thread(target=accept, daemon=True)
    accepting.start()
    try:
        here = server.set(host="127.0.0.1", port=listening.getsockname()[1])
        yield here.render_as_string(hide_password=False), silence
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join(10)
        for one in held:
            one.close()
