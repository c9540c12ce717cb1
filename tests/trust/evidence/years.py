"""A time-stamping authority whose clock is an argument: years go by in a test. OpenSSL takes its tokens for good."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from muniment.trust.evidence.rules.lifetimes import Renewal
from muniment.trust.evidence.rules.stamps import Imprint
from muniment.trust.evidence.services.renewing import Asked, renew_stamps
from muniment.trust.evidence.services.stamping import Authorities
from tests.trust.evidence.authority import certificate, openssl_verifies
from tests.trust.evidence.logs import OPERATOR, entropy, home

HASHED: dict[str, hashes.SHA256 | hashes.SHA512] = {"sha256": hashes.SHA256(), "sha512": hashes.SHA512()}


class YearsAuthority:
    """An authority in a folder, with a root for 40 years; `now` is what its clock says."""

    def __init__(self, folder: Path, now: datetime, days: int = 400, hashed: str = "sha256") -> None:
        folder.mkdir(parents=True)
        self.folder, self.now, self.serial = folder, now, 0
        self.root_key = ec.generate_private_key(ec.SECP256R1())
        self.root = certificate("Root", "Root", self.root_key, self.root_key, now, 14_600, ca=True)
        (folder / "root.pem").write_bytes(self.root.public_bytes(Encoding.PEM))
        self.begin(days, hashed)

    def begin(self, days: int, hashed: str = "sha256") -> None:
        """Stamp with a new certificate from now on, and sign with a hash algorithm."""
        self.hashed, self.key = hashed, ec.generate_private_key(ec.SECP256R1())
        signer = certificate(
            "Stamps", "Root", self.key, self.root_key, self.now, days, ca=False, stamping=True, hashed=HASHED[hashed]
        )
        self.signer = signer.public_bytes(Encoding.DER)

    def send(self, _url: str, query: bytes) -> tuple[int, bytes]:
        """Answer a question for a timestamp."""
        asked = tsp.TimeStampReq.load(query)
        said = asked["message_imprint"].native
        imprint = Imprint(said["hash_algorithm"]["algorithm"], said["hashed_message"])
        token = cms.ContentInfo.load(self.token(imprint, asked["nonce"].native))
        return 200, tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump()

    def token(self, imprint: Imprint, nonce: int = 1) -> bytes:
        """Return a token over an imprint."""
        self.serial += 1
        said = {
            "version": 1,
            "policy": "1.2.3.4.1",
            "message_imprint": {
                "hash_algorithm": {"algorithm": imprint.algorithm},
                "hashed_message": imprint.digest,
            },
            "serial_number": self.serial,
            "gen_time": self.now.replace(microsecond=0),
            "nonce": nonce,
        }
        content = tsp.TSTInfo(said).dump()
        own = asn1_x509.Certificate.load(self.signer)
        named = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(self.signer).digest()}]})
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [hashlib.new(self.hashed, content).digest()]},
                {"type": "signing_certificate_v2", "values": [named]},
            ]
        )
        signature = self.key.sign(attributes.dump(), ec.ECDSA(HASHED[self.hashed]))
        signer = {
            "version": "v1",
            "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}},
            "digest_algorithm": {"algorithm": self.hashed},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": f"{self.hashed}_ecdsa"},
            "signature": signature,
        }
        signed = {
            "version": "v3",
            "digest_algorithms": [{"algorithm": self.hashed}],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
            "certificates": [own],
            "signer_infos": [signer],
        }
        whole = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})
        return bytes(whole.dump())

    def verifies(self, token: bytes, content: bytes) -> bool:
        """Say whether OpenSSL itself takes a token for one of these bytes, now."""
        return openssl_verifies(self.folder, token, content, self.now)


def renew_thrice(authority: YearsAuthority, authorities: Authorities) -> None:
    """Have everything that was stamped stamped anew, hashed anew with SHA-512, and stamped anew, a month apart."""
    for asked in (Asked(Renewal.STAMP), Asked(Renewal.HASH, "sha512"), Asked(Renewal.STAMP)):
        authority.now += timedelta(days=30)
        answers = renew_stamps(actor=OPERATOR, at=authority.now, authorities=authorities, lifetimes={}, asked=asked)
        assert {answer.problem for answer in answers} == {""}


def trusted(authority: YearsAuthority) -> Authorities:
    """Return the authority as the one that is asked, and have the home trust its root."""
    home().mkdir(parents=True, exist_ok=True)
    (home() / "log_stamp_roots.pem").write_bytes((authority.folder / "root.pem").read_bytes())
    return Authorities(("north",), (authority.root,), entropy, authority.send)
