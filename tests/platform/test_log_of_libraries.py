"""What libraries log of requests never reaches our log: addresses and headers may hold secrets."""

import os
import subprocess
import sys

_PROGRAM = """
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from lodge_platform.log import set_up_logging
from lodge_platform.outgoing.allowed import parse_allowed
from lodge_platform.outgoing.client import guarded_client

class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()
    def log_message(self, *args):
        pass

set_up_logging("DEBUG")
server = HTTPServer(("127.0.0.1", 0), Answers)
threading.Thread(target=server.serve_forever, daemon=True).start()
with guarded_client(parse_allowed("127.0.0.1")) as client:
    address = f"http://127.0.0.1:{server.server_address[1]}/?mail=ada@example.org&key=s3same"
    print(client.get(address, headers={"x-key": "s3same"}).status_code)
server.shutdown()
"""


def test_no_request_is_written_down_by_the_library_that_sends_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
        timeout=60,
    )
    assert (done.stdout.strip(), done.returncode) == ("204", 0), done.stderr
    assert "s3same" not in done.stderr
    assert "ada@example.org" not in done.stderr
