"""A server killed at any moment: who sends the same POST again gets one thing, and all of it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx

from api.house import House

ROOT = Path(__file__).parents[2]
PROGRAM = """
from threading import Event
from lodge_platform.lodge import open_lodge
from lodge_platform.settings import load
from lodge_platform.web.serve import run
run(open_lodge(load()), Event())
"""
KILLS, ASKERS, POSTS = 3, 4, 30


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def start(house: House, port: int) -> subprocess.Popen[bytes]:
    """The server as a process of its own."""
    settings = house.lodge.settings
    given = {
        "LODGE_HOME": str(settings.home),
        "LODGE_MASTER_URL": settings.master_url,
        "LODGE_ACTIVE_URL": settings.active_url,
        "LODGE_WEB_PORT": str(port),
        "LODGE_API_REQUESTS_A_MINUTE": "0",
    }
    return subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT, env=os.environ | given)


def test_killed_in_the_middle_nothing_is_done_twice_or_by_half(everything: House) -> None:
    house = everything
    house.person("ada", "administrator")
    key = house.key("ada")
    port = free_port()
    address = f"http://127.0.0.1:{port}/api/v1"
    done = threading.Semaphore(0)

    def post(asker: int) -> dict[str, set[int]]:
        made: dict[str, set[int]] = {}
        with httpx.Client(headers={"authorization": f"Bearer {key}"}, timeout=60) as client:
            for number in range(POSTS):
                word = f"{asker}-{number}"
                # Each is sent twice at least; who hears nothing cannot know, and sends it again.
                while len(made.setdefault(word, set())) == 0 or number % 2:
                    with suppress(httpx.HTTPError):
                        answer = client.post(
                            f"{address}/cases",
                            json={"customer_id": 1, "subject": word},
                            headers={"idempotency-key": word},
                        )
                        assert answer.status_code == 201, answer.text
                        is_again = bool(made[word])
                        made[word].add(answer.json()["case_id"])
                        if is_again or not number % 2:
                            break
                        continue
                    time.sleep(0.05)
                done.release()
        return made

    server = start(house, port)
    try:
        with ThreadPoolExecutor(ASKERS) as threads:
            asking = [threads.submit(post, asker) for asker in range(ASKERS)]
            for _ in range(KILLS):
                for _ in range(ASKERS * POSTS // (KILLS + 1)):
                    done.acquire()
                server.send_signal(signal.SIGKILL)
                server.wait()
                server = start(house, port)
            made = [each.result() for each in asking]
    finally:
        server.kill()
        server.wait()
    keys = [found for each in made for found in each.values()]
    assert {len(found) for found in keys} == {1}
    assert len(set.union(*keys)) == ASKERS * POSTS
    ada = house.program(key)
    assert ada.get("/cases?count=true").json()["total"] == 5 + ASKERS * POSTS
    assert house.place.differences() == []
