"""A time-stamping authority for tests: OpenSSL's own `ts`, with certificates made here."""

import subprocess
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONFIG = """\
[tsa]
default_tsa = ours
[ours]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512, sha3-256, sha3-512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority:
    """An authority in a folder: its root, its signer, and its answers."""

    def __init__(self, folder: Path, now: datetime, days: int = 400, *, stamping: bool = True) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = certificate("Root", "Root", root_key, root_key, now, 4_000, ca=True)
        signer = certificate("Stamps", "Root", key, root_key, now, days, ca=False, stamping=stamping)
        plain = serialization.NoEncryption()
        (folder / "tsa.key").write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        )
        (folder / "tsa.pem").write_bytes(signer.public_bytes(serialization.Encoding.PEM))
        (folder / "root.pem").write_bytes(self.root.public_bytes(serialization.Encoding.PEM))
        (folder / "serial").write_text("01\n")
        (folder / "config").write_text(CONFIG.format(folder=folder))

    def send(self, _url: str, query: bytes) -> tuple[int, bytes]:
        """Answer a question for a timestamp."""
        (self.folder / "query").write_bytes(query)
        done = self._openssl("-reply", "-config", "config", "-queryfile", "query", "-out", "reply")
        return (200, (self.folder / "reply").read_bytes()) if done.returncode == 0 else (500, done.stderr)

    def verifies(self, token: bytes, content: bytes) -> bool:
        """Say whether OpenSSL itself takes a token for one of these bytes."""
        return openssl_verifies(self.folder, token, content)

    def _openssl(self, *words: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(["openssl", "ts", *words], cwd=self.folder, capture_output=True, check=False)


def openssl_verifies(folder: Path, token: bytes, content: bytes, at: datetime | None = None) -> bool:
    """Say whether OpenSSL takes a token for one of these bytes, at a time, by the `root.pem` of a folder."""
    (folder / "token").write_bytes(token)
    (folder / "content").write_bytes(content)
    words = ["openssl", "ts", "-verify", "-data", "content", "-in", "token", "-token_in", "-CAfile", "root.pem"]
    moment = [] if at is None else ["-attime", str(int(at.timestamp()))]
    done = subprocess.run([*words, *moment], cwd=folder, capture_output=True, check=False)
    return done.returncode == 0 and b"Verification: OK" in done.stdout + done.stderr


def certificate(
    subject: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    now: datetime,
    days: int,
    *,
    ca: bool,
    stamping: bool = False,
    hashed: hashes.SHA256 | hashes.SHA512 | None = None,
) -> x509.Certificate:
    """Return a certificate of a root, or of somebody below it who stamps."""

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Invented {text}")])

    builder = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if not ca:
        usage = [ExtendedKeyUsageOID.TIME_STAMPING if stamping else ExtendedKeyUsageOID.EMAIL_PROTECTION]
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=True)
    return builder.sign(signer, hashed or hashes.SHA256())
