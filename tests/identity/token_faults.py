"""Lies an ID token may tell at nine o'clock: what a test sets at `LocalProvider`, by name."""

from typing import Any

from joserfc.jwk import ECKey, RSAKey

from identity.local_provider import CLIENT_ID
from identity.people import NINE

MOMENT = int(NINE.timestamp())
FAULTS: dict[str, dict[str, Any]] = {
    "wrong issuer": {"claims": {"iss": "https://elsewhere.example"}},
    "wrong audience": {"claims": {"aud": "another"}},
    "no audience": {"leaves_out": ("aud",)},
    "several audiences, no party": {"claims": {"aud": [CLIENT_ID, "another"]}},
    "several audiences, another party": {
        "claims": {"aud": [CLIENT_ID, "another"], "azp": "another"}
    },
    "another party": {"claims": {"azp": "another"}},
    "wrong nonce": {"claims": {"nonce": "x"}},
    "empty nonce": {"claims": {"nonce": ""}},
    "nonce of another type": {"claims": {"nonce": ["x"]}},
    "no nonce": {"leaves_out": ("nonce",)},
    "expired": {"claims": {"exp": MOMENT - 120}},
    "no end": {"leaves_out": ("exp",)},
    "from the future": {"claims": {"iat": MOMENT + 3600}},
    "not yet": {"claims": {"nbf": MOMENT + 3600}},
    "no subject": {"leaves_out": ("sub",)},
    "empty subject": {"claims": {"sub": ""}},
    "subject of another type": {"claims": {"sub": 7}},
    "long subject": {"claims": {"sub": "x" * 256}},
    "unsigned": {"is_unsigned": True},
    "unknown key": {
        "signs_with": RSAKey.generate_key(2048, {"kid": "two"}),
        "header": {"kid": "two"},
    },
    "another key under its name": {"signs_with": RSAKey.generate_key(2048, {"kid": "one"})},
    "a key of another kind": {
        "signs_with": ECKey.generate_key("P-256", {"kid": "one"}),
        "header": {"alg": "ES256"},
    },
}
