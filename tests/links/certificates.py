"""Certificates made for one test: an authority, and who it vouches for."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Vouched:
    """A certificate and its key, in PEM."""

    certificate: str
    key: str


class Authority:
    """Vouches for names and for addresses."""

    def __init__(self, name: str = "Test authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        made = _builder(self._name, self._name, self._key.public_key())
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self._certificate = made.sign(self._key, hashes.SHA256())
        self.certificate = _pem(self._certificate)

    def vouch(self, name: str, *, address: str = "127.0.0.1") -> Vouched:
        """A certificate for a server or a client of that name."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName(
            [x509.DNSName(name), x509.IPAddress(ip_address(address))]
        )
        made = _builder(_name(name), self._name, key.public_key())
        made = made.add_extension(names, critical=False)
        return Vouched(_pem(made.sign(self._key, hashes.SHA256())), private(key))

    def server(self, folder: Path, *, asks_for: "Authority | None" = None) -> ssl.SSLContext:
        """A server's side of TLS; `asks_for`: clients must show a certificate of that authority."""
        own = self.vouch("localhost")
        file = folder / "server.pem"
        file.write_text(own.certificate + own.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        if asks_for is not None:
            context.load_verify_locations(cadata=asks_for.certificate)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def private(key: ec.EllipticCurvePrivateKey, password: str = "") -> str:
    """A key in PEM."""
    how = (
        serialization.BestAvailableEncryption(password.encode())
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how
    ).decode()


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
