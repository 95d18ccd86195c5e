"""TLS by this machine itself: its own authority, made on first use, and what that signs."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from posture import machine
from posture.store.files import explained, whole

FOLDER = "tls"  # in the data directory
_AUTHORITY = "authority.pem"
_AUTHORITY_KEY = "authority-key.pem"
_LEAF = "server.pem"
_LEAF_KEY = "server-key.pem"

HERE = ("localhost", "127.0.0.1")
# The addresses of local networks (RFC 1918, 3927, 6598), of benches that are no part of the
# internet (RFC 5737) and of the machine itself (RFC 1122).
_LOCAL = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "192.0.2.0/24",
        "127.0.0.0/8",
    )
)
_AUTHORITY_LASTS = timedelta(days=3650)  # ours; tablets are set up once, not every year
_LEAF_LASTS = timedelta(days=397)  # Apple takes no longer ones (HT211025); it is made at each start
_RENEW_AT = timedelta(days=400)  # an authority must outlast what it signs
_CLOCKS_DIFFER = timedelta(days=1)  # ours; a tablet's clock may be behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """The files that a server needs."""

    certificate: Path
    key: Path
    authority: Path  # what tablets are told to trust; no secret


def tls_files(data_dir: Path, addresses: Sequence[str]) -> Tls:
    """Return the files for a server at these addresses; the authority is made if there is none.

    Raises
    ------
    StoreTrouble
        The data directory cannot be written to.
    """
    folder = data_dir / FOLDER
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    authority = _authority(folder)
    now = datetime.now(UTC)
    leaf = authority.issue_cert(
        *HERE,
        *addresses,
        common_name="Posture check",
        organization_name="Posture check",
        organization_unit_name=socket.gethostname()[:64],
        not_before=now - _CLOCKS_DIFFER,
        not_after=now + _LEAF_LASTS,
    )
    _write(folder / _LEAF_KEY, leaf.private_key_pem.bytes())
    _write(folder / _LEAF, b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    return Tls(certificate=folder / _LEAF, key=folder / _LEAF_KEY, authority=folder / _AUTHORITY)


def authority_der(data_dir: Path) -> bytes | None:
    """Return the authority's certificate as tablets take it; None where none was made."""
    found = _certificate(data_dir / FOLDER / _AUTHORITY)
    return None if found is None else found.public_bytes(serialization.Encoding.DER)


def fingerprint(data_dir: Path) -> str:
    """Return the SHA-256 of the authority, as devices show it; empty where none was made."""
    found = _certificate(data_dir / FOLDER / _AUTHORITY)
    return "" if found is None else found.fingerprint(hashes.SHA256()).hex(" ").upper()


def lan_addresses() -> tuple[str, ...]:
    """Return this machine's addresses in local networks, the one of the default route first.

    Read from the kernel: nothing is sent, nobody is asked.
    """
    first = machine.first_address()
    found = sorted((address for _, address in machine.addresses()), key=lambda one: one != first)
    return tuple(address for address in found if _is_lan(address))


def _is_lan(address: str) -> bool:
    ip = ipaddress.IPv4Address(address)
    return not ip.is_loopback and any(ip in network for network in _LOCAL)


def _authority(folder: Path) -> trustme.CA:
    """Return the authority kept in a folder; a new one where it is missing, damaged or too old."""
    certificate, key = folder / _AUTHORITY, folder / _AUTHORITY_KEY
    found = _certificate(certificate)
    if found is not None and found.not_valid_after_utc > datetime.now(UTC) + _RENEW_AT:
        with contextlib.suppress(OSError, ValueError, ssl.SSLError):
            ssl.create_default_context().load_cert_chain(certificate, key)  # they are a pair
            return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    made_certificate, made_key = _new_authority()
    _write(key, made_key)
    _write(certificate, made_certificate)
    return trustme.CA.from_pem(made_certificate, made_key)


def _new_authority() -> tuple[bytes, bytes]:
    """Return a certificate and its key, in PEM.

    trustme's own would be trusted for every name there is until the year 3000. This one signs for
    local addresses only: a tablet that trusts it can still not be shown a false bank.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Posture check"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Posture check {socket.gethostname()[:40]}"),
        ]
    )
    now = datetime.now(UTC)
    allowed = [x509.DNSName("localhost"), *(x509.IPAddress(network) for network in _LOCAL)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + _AUTHORITY_LASTS)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(allowed, None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _certificate(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None


def _write(path: Path, content: bytes) -> None:
    """Write a file for its owner only, whole or not at all."""
    with whole(path) as part:
        part.write_bytes(content)
