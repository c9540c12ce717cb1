"""Papers whose signer's certificate was revoked: they hold where a timestamp shows that it signed before."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from muniment.trust.evidence.rules.certificates import State, Trust, verify_certificate
from muniment.trust.evidence.rules.revocation import RevocationList, lists_file
from muniment.trust.evidence.rules.sealed_pdf import open_sealed
from muniment.trust.evidence.services.root import LISTS_NAME, lists_of
from muniment.trust.evidence.services.signer import Reason, registry_signer, revoke_signer
from tests.rights.registry.office import NAME, certify, pdf_of, put
from tests.trust.evidence.authority import Authority
from tests.trust.evidence.logs import OPERATOR, home, policy
from tests.trust.evidence.test_revocation import listed, own_root

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC).replace(microsecond=0)
"""The authority of the tests stamps by the clock."""


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., bytes]:
    """Return what makes the certificate of a deposit now, with a timestamp by an authority or without.

    The signer's certificate names a place for lists, and is as old as `NOW`, however late the test runs.
    """
    registry_signer(home(), NAME, NOW, "https://registry.example/lists/")
    (tmp_path / "winds.csv").write_text("invented\n")
    number = put(tmp_path / "winds.csv").number

    def made(authority: Authority | None = None) -> bytes:
        stamp = None if authority is None else lambda query: authority.send("", query)[1]
        return pdf_of(certify(number, stamp=stamp, at=NOW))

    return made


def signed_step(
    content: bytes, *lists: RevocationList, authority: Authority | None = None, at: datetime = NOW
) -> tuple[State, str]:
    """Return what the last step about the signature says: whether its certificate was revoked."""
    roots = (registry_signer(home(), NAME, NOW).chain[-1],)
    trusted = Trust(policy(), roots, () if authority is None else (authority.root,), lists)
    step = [one for one in verify_certificate(content, trusted, at).steps if one.name == "signature"][-1]
    return step.state, step.detail


def revoke(since: datetime | None = None) -> tuple[RevocationList, ...]:
    """Revoke the registry's certificate tomorrow."""
    at = NOW + timedelta(days=1)
    revoke_signer(actor=OPERATOR, at=at, home=home(), reason=Reason.KEY_COMPROMISE, since=since)
    return lists_of(home())


def test_a_paper_brings_the_list_of_its_time(make: Callable[..., bytes]) -> None:
    content = make()
    assert open_sealed(content).lists == lists_of(home())
    state, detail = signed_step(content)
    assert (state, "not revoked" in detail) == (State.HOLDS, True)
    assert b"/DSS" in content


def test_without_a_timestamp_nothing_of_a_revoked_signer_holds(make: Callable[..., bytes]) -> None:
    content, lists = make(), revoke()
    assert signed_step(content)[0] is State.HOLDS, "the paper alone cannot know"
    assert signed_step(content, *lists) == (
        State.FAILS,
        f"the signer's certificate was revoked at {(NOW + timedelta(days=1)).isoformat()},"
        " and no timestamp shows that it signed before",
    )


def test_a_timestamp_says_whether_it_signed_before(make: Callable[..., bytes], tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tsa", NOW)
    content, lists = make(authority), revoke()
    state, detail = signed_step(content, *lists, authority=authority)
    assert (state, "after it signed" in detail) == (State.HOLDS, True)
    late = NOW + timedelta(days=3_000)
    assert signed_step(content, *lists, authority=authority, at=late)[0] is State.HOLDS, "years later it holds as well"
    assert signed_step(content, *lists)[0] is State.UNKNOWN, "whose timestamp it is was not said"


def test_a_key_that_was_lost_before_the_timestamp_is_refused(make: Callable[..., bytes], tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tsa", NOW)
    content, lists = make(authority), revoke(since=NOW - timedelta(days=2))
    assert signed_step(content, *lists, authority=authority)[0] is State.FAILS


def test_a_list_that_is_missing_or_too_old_leaves_it_open(make: Callable[..., bytes]) -> None:
    kept = lists_of(home())
    (home() / LISTS_NAME).unlink()
    content = make()
    assert open_sealed(content).lists == ()
    assert signed_step(content)[0] is State.UNKNOWN, "its certificate names a place for lists"
    assert signed_step(content, *kept)[0] is State.HOLDS
    old = listed(own_root(home()), at=NOW - timedelta(days=30))
    assert signed_step(content, old) == (
        State.UNKNOWN,
        f"the list of revoked certificates of {old.last_update_utc.isoformat()} is too old; give a newer one",
    )
    assert signed_step(content, old, *kept)[0] is State.HOLDS


def test_a_list_that_is_kept_twice_is_brought_once(make: Callable[..., bytes]) -> None:
    (home() / LISTS_NAME).write_bytes(lists_file([*lists_of(home())] * 2))
    assert len(open_sealed(make()).lists) == 1


def test_openssl_refuses_what_was_revoked(make: Callable[..., bytes], tmp_path: Path) -> None:
    root = registry_signer(home(), NAME, NOW).chain[-1].public_bytes(Encoding.PEM)
    embedded, trusted = open_sealed(make()).embedded, tmp_path / "trusted.pem"
    start, length, after, rest = (int(one) for one in embedded.byte_range)
    whole = embedded.reader.stream.getvalue()
    (tmp_path / "signed").write_bytes(whole[start:length] + whole[after : after + rest])
    (tmp_path / "signature").write_bytes(embedded.pkcs7_content)
    command = [
        "openssl",
        "cms",
        "-verify",
        "-inform",
        "DER",
        "-in",
        tmp_path / "signature",
        "-binary",
        "-purpose",
        "any",
    ]
    command += ["-content", tmp_path / "signed", "-out", "/dev/null", "-crl_check", "-CAfile", trusted]

    def check(lists: tuple[RevocationList, ...], at: datetime) -> str:
        trusted.write_bytes(root + lists_file(lists))
        moment = ["-attime", str(int(at.timestamp()))]
        return subprocess.run([*command, *moment], capture_output=True, text=True, check=False).stderr

    assert "successful" in check(lists_of(home()), NOW)
    assert "certificate revoked" in check(revoke(), NOW + timedelta(days=2))
    assert "unable to get certificate CRL" in check((), NOW)
