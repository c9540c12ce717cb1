"""Bouncy Castle checks our evidence records, and would renew them over the same bytes, where it is installed.

It believes no token of the future, so the years lie in the past. Of a chain it wants the last token to cover all before
it, where the RFC asks for the one before; so its own renewal of a chain of two is not compared.
Its jars are looked for in `/usr/share/java` (Debian's `libbcpkix-java`) or `MUNIMENT_BOUNCYCASTLE`.
"""

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from muniment.trust.evidence.rules.archive import Chains, renewed_digest, write_record
from muniment.trust.evidence.rules.stamps import imprint_of
from tests.trust.evidence.test_archive import CONTENT, first, life, with_hash, with_stamp
from tests.trust.evidence.years import YearsAuthority

JARS = Path(os.environ.get("MUNIMENT_BOUNCYCASTLE", "/usr/share/java"))
START = datetime(2015, 3, 2, 9, 0, tzinfo=UTC)
SOURCE = Path(__file__).parent / "strangers" / "Ers.java"

pytestmark = pytest.mark.skipif(
    shutil.which("java") is None or not (JARS / "bcpkix.jar").exists(), reason="Bouncy Castle is not installed"
)


def ask(folder: Path, record: bytes, content: bytes, authority: YearsAuthority) -> dict[str, str]:
    """Return what Bouncy Castle says of a record now: which imprints its renewals would have, or why it refuses."""
    (folder / "record").write_bytes(record)
    (folder / "content").write_bytes(content)
    jars = os.pathsep.join(str(JARS / f"{name}.jar") for name in ("bcpkix", "bcprov", "bcutil"))
    moment = str(int(authority.now.timestamp() * 1_000))
    words = ["java", "-cp", jars, str(SOURCE), "record", "content", moment]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def test_it_takes_our_records_after_each_way_to_renew_and_renews_them_as_we_do(tmp_path: Path) -> None:
    authority = YearsAuthority(tmp_path / "tsa", START, days=2_000)
    records: list[Chains] = [first(authority)]
    authority.now += timedelta(days=1)
    records.append(with_stamp(authority, records[0]))
    authority.now += timedelta(days=1)
    others = [imprint_of(bytes([number]), "sha384").digest for number in range(6)]
    records.append(with_hash(authority, records[1], "sha384", *others))
    authority.now += timedelta(days=1)
    records.append(with_stamp(authority, records[2]))
    for chains in records:
        said = ask(tmp_path, write_record(chains), CONTENT, authority)
        assert said["hash"] == renewed_digest(CONTENT, chains, "sha512").hex()
        last = chains[-1]
        stamped = imprint_of(last[0].token, last[0].algorithm).digest.hex()
        assert (said["stamp"] == stamped) == (len(last) == 1)


def test_it_refuses_another_object_and_another_history(tmp_path: Path) -> None:
    authority = YearsAuthority(tmp_path / "tsa", START, days=730)
    chains = life(authority)
    assert "hash" in ask(tmp_path, write_record(chains), CONTENT, authority)
    assert "refused:" in ask(tmp_path, write_record(chains), b"another", authority)
    assert "refused:" in ask(tmp_path, write_record((chains[0][:1], chains[1])), CONTENT, authority)
    assert "refused:" in ask(tmp_path, write_record(chains)[:-1], CONTENT, authority)
