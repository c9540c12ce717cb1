"""The commands of `muniment log` on time, over an invented decade, and what OpenSSL says of what they write."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from muniment.interfaces import evidence_log
from muniment.interfaces.cli import _log_time
from muniment.kernel.words.problems import BadFile
from muniment.trust.evidence import services
from muniment.trust.evidence.rules.archive import read_record
from muniment.trust.evidence.rules.lifetimes import BadLifetimes
from muniment.trust.evidence.rules.stamps import BadStamp
from muniment.trust.evidence.rules.tree import leaf_hash
from tests.interfaces.cli.test_log import muniment
from tests.trust.evidence.authority import openssl_verifies
from tests.trust.evidence.logs import AT, OPERATOR, entropy, home, leaf
from tests.trust.evidence.years import YearsAuthority

pytestmark = pytest.mark.django_db
START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> YearsAuthority:
    """Return the authority that the commands ask, whose clock is theirs; the log has three leaves."""
    made = YearsAuthority(tmp_path / "tsa", START, days=730)
    monkeypatch.setattr(settings, "MUNIMENT_LOG_STAMPS", ["https://north.example/tsa"])
    home().mkdir(parents=True, exist_ok=True)
    (home() / evidence_log.ROOTS_NAME).write_bytes((made.folder / "root.pem").read_bytes())
    (home() / evidence_log.LIFETIMES_NAME).write_text("# ours\nsha256 2031-12-31\n")
    monkeypatch.setattr(evidence_log, "post_query", lambda url, query: made.send(url, query))
    monkeypatch.setattr(_log_time, "now", lambda: made.now)
    services.submit_many(at=AT, leaves=[leaf(number) for number in range(3)])
    services.sequence(actor=OPERATOR, at=AT, keys=evidence_log.keys(), home=home(), entropy=entropy)
    return made


def decade(authority: YearsAuthority) -> None:
    """Stamp in 2027, stamp anew in 2029, hash anew in 2031, stamp anew in 2032: the policy alone decides which."""
    assert "stamped 3" in muniment("stamp").output
    assert "Nothing is due before 2028-11-30" in muniment("renew").output
    authority.now = datetime(2029, 1, 5, 9, 0, tzinfo=UTC)
    authority.begin(1_400, "sha512")
    assert "timestamp of 1 renewed" in muniment("renew").output
    authority.now = datetime(2031, 1, 5, 9, 0, tzinfo=UTC)
    shown = muniment("renew").output
    assert "stamped 3" in shown, "what the tree stands for"
    assert "hash tree of 1 renewed" in shown
    authority.now = datetime(2032, 10, 5, 9, 0, tzinfo=UTC)
    authority.begin(1_400, "sha512")
    assert "timestamp of 2 renewed" in muniment("renew").output


def test_a_decade_later_the_first_day_is_proved_and_openssl_takes_every_step(
    authority: YearsAuthority, tmp_path: Path
) -> None:
    decade(authority)
    out, steps = tmp_path / "out", tmp_path / "steps"
    shown = muniment("stamps", "--out", str(out)).output
    assert shown.count("renewed") == 4
    assert "next renewal" in muniment("status").output
    record = max(out.glob("*.ers"), key=lambda path: path.stat().st_size)
    assert [len(chain) for chain in read_record(record.read_bytes())] == [2, 2]
    roots = str(authority.folder / "root.pem")
    words = ["evidence", str(record), str(out / "checkpoint-3"), "--roots", roots, "--out", str(steps)]
    shown = muniment(*words).output
    assert "The data was there at 2027-03-01T09:00:00+00:00." in shown
    told = ["1 first", "2 timestamp renewal", "3 hash-tree renewal", "4 timestamp renewal"]
    assert [line.split(":")[0] for line in shown.splitlines()[:4]] == told
    moments = [START, datetime(2029, 1, 5, 9, tzinfo=UTC), datetime(2031, 1, 5, 9, tzinfo=UTC), authority.now]
    for number, moment in enumerate(moments, start=1):
        token, data = ((steps / f"{number}.{kind}").read_bytes() for kind in ("tst", "data"))
        assert openssl_verifies(authority.folder, token, data, moment)
        assert not openssl_verifies(authority.folder, token, data[:-1], moment)
    assert (steps / "1.data").read_bytes() == (out / "checkpoint-3").read_bytes()
    assert (steps / "2.data").read_bytes() == (steps / "1.tst").read_bytes()
    content = hashlib.sha384((out / "checkpoint-3").read_bytes()).digest()
    assert (steps / "3.data").read_bytes()[:48] == content
    with pytest.raises(BadStamp, match="other bytes"):
        muniment("evidence", str(record), roots)
    late = [*words[:5], "--at", "2037-01-01"]
    with pytest.raises(BadStamp, match="expired on 2036"):
        muniment(*late)


def test_a_leafs_proof_and_the_evidence_of_its_tree_say_since_when_it_was_there(
    authority: YearsAuthority, tmp_path: Path
) -> None:
    decade(authority)
    out, proof = tmp_path / "out", tmp_path / "leaf.tlog-proof"
    muniment("stamps", "--out", str(out))
    muniment("prove", leaf_hash(leaf(1).body).hex(), "--out", str(proof))
    record = max(out.glob("*.ers"), key=lambda path: path.stat().st_size)
    words = ["verify", str(proof), "--evidence", str(record)]
    shown = muniment(*words, "--checkpoint", str(out / "checkpoint-3")).output
    assert "The tree was there at 2027-03-01T09:00:00+00:00." in shown
    with pytest.raises(_log_time.BadTime, match="of a checkpoint"):
        muniment(*words)
    with pytest.raises(_log_time.BadTime, match="not the tree of 3 leaves"):
        muniment(*words, "--checkpoint", str(proof))
    other = YearsAuthority(tmp_path / "other", START).folder / "root.pem"
    with pytest.raises(BadStamp, match="no trusted root"):
        muniment(*words, "--checkpoint", str(out / "checkpoint-3"), "--stamp-roots", str(other))


def test_the_list_of_the_archive_is_checked_with_sha384sum_alone(authority: YearsAuthority, tmp_path: Path) -> None:
    decade(authority)
    out = tmp_path / "out"
    muniment("stamps", "--out", str(out))
    (listed,) = out.glob("archive-*.list")
    digest, name = listed.read_text().split()
    assert name == "tile/entries/000.p/3"
    published = services.files.log_folder(home()) / name
    assert hashlib.sha384(published.read_bytes()).hexdigest() == digest


def test_what_is_asked_for_is_done_and_nonsense_is_refused(authority: YearsAuthority, tmp_path: Path) -> None:
    assert "There is nothing to renew." in muniment("renew").output
    muniment("stamp")
    authority.now += timedelta(days=1)
    assert "timestamp of 1 renewed" in muniment("renew", "--stamps").output
    assert "hash tree of 1 renewed" in muniment("renew", "--hash", "sha3_512").output
    with pytest.raises(_log_time.BadTime, match="two ways"):
        muniment("renew", "--stamps", "--hash", "sha512")
    with pytest.raises(BadStamp, match="md5"):
        muniment("renew", "--hash", "md5")
    out = tmp_path / "out"
    muniment("stamps", "--out", str(out))
    record, data = str(next(out.glob("stamp-*.ers"))), str(out / "checkpoint-3")
    with pytest.raises(_log_time.BadTime, match="soon"):
        muniment("evidence", record, data, "--at", "soon")
    with pytest.raises(BadFile, match="cannot be read"):
        muniment("evidence", record, str(out / "none"))
    (home() / evidence_log.LIFETIMES_NAME).write_text("sha256 soon\n")
    with pytest.raises(BadLifetimes, match="Line 1"):
        muniment("evidence", record, data)
    authority.now += timedelta(days=800)
    (home() / evidence_log.LIFETIMES_NAME).unlink()
    late = muniment("renew")
    assert (late.exit_code, "expired before it was renewed" in late.output) == (1, True)
