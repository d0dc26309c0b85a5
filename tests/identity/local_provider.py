"""An OpenID Connect provider on this machine: real keys and tokens, and lies where asked for."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import Key, RSAKey

CLIENT_ID = "lodge"
CLIENT_SECRET = "shared & kept"


@dataclass
class LocalProvider:
    """What it answers; `claims` override those of a right token, `header` those of its header."""

    now: datetime
    port: int = 0
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signs_with: Key | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    leaves_out: tuple[str, ...] = ()
    is_unsigned: bool = False
    is_hmac_by_public_key: bool = False
    issuer_said: str | None = None
    subject: str = "s-1"
    waiting: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def public_key(self) -> dict[str, Any]:
        """Its key as it publishes it."""
        return {**self.key.as_dict(private=False), "use": "sig", "alg": "RS256"}

    def sign_in(self, address: str) -> dict[str, str]:
        """What the browser brings back after somebody signed in at `address`."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.waiting)}"
        self.waiting[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def description(self) -> dict[str, Any]:
        """What it says of itself."""
        return {
            "issuer": self.issuer_said or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def exchange(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The token for a code; None when anything about the request is not right."""
        asked = self.waiting.pop(form.get("code", ""), None)
        if asked is None:
            return self._refuse("code")
        name, _, shared = base64.b64decode(authorization.removeprefix("Basic ")).partition(b":")
        if (name.decode(), unquote(shared.decode())) != (CLIENT_ID, CLIENT_SECRET):
            return self._refuse("client")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return self._refuse("verifier")
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return self._refuse("redirect_uri")
        return {"token_type": "Bearer", "access_token": "x", "id_token": self.token(asked["nonce"])}

    def token(self, nonce: str) -> str:
        """The ID token, right but for what the test asks."""
        moment = int(self.now.timestamp())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "exp": moment + 300,
            "iat": moment,
            "nonce": nonce,
        } | self.claims
        claims = {name: claims[name] for name in claims if name not in self.leaves_out}
        header = {"alg": "RS256", "kid": "one"} | self.header
        if self.is_unsigned or self.is_hmac_by_public_key:
            header["alg"] = "none" if self.is_unsigned else "HS256"
            said = ".".join(_plain(json.dumps(part).encode()) for part in (header, claims))
            secret = self.key.as_pem(private=False)
            proof = hmac.digest(secret, said.encode(), "sha256") if not self.is_unsigned else b""
            return f"{said}.{_plain(proof)}"
        signs_with = self.signs_with or self.key
        return jwt.encode(header, claims, signs_with, algorithms=[header["alg"]])

    def _refuse(self, why: str) -> None:
        self.refused.append(why)


def _plain(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


@contextmanager
def providing(now: datetime) -> Generator[LocalProvider]:
    """A provider that listens."""
    provider = LocalProvider(now)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/keys":
                self._answer({"keys": [provider.public_key]})
            else:
                self._answer(provider.description())

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(content).items()}
            self._answer(provider.exchange(form, self.headers.get("authorization", "")))

        def _answer(self, said: Any) -> None:
            content = json.dumps(said or {"error": "invalid_grant"}).encode()
            self.send_response(400 if said is None else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
