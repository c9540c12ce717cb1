"""The commands `muniment log …`, from a sealed batch to a proof that is verified offline."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from django.conf import settings
from typer.testing import CliRunner, Result

from muniment.interfaces.cli import build_app
from muniment.kernel.words.problems import BadFile, UserError
from muniment.trust.batches.services import seal_batch
from muniment.trust.evidence.rules.tree import BadProof
from muniment.trust.ledger.services.sealing import seal_day
from tests.cast import CHEN

pytestmark = pytest.mark.django_db
AT = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)


def muniment(*words: str) -> Result:
    """Run a command; a refusal is raised as it is."""
    result = CliRunner().invoke(build_app(), ["log", *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_every_sealed_batch_and_day_gets_a_leaf_whose_proof_is_verified_offline(tmp_path: Path) -> None:
    batches = [
        seal_batch(at=AT, stage="test", table=pa.table({"n": [number]}), sum_column=None).id for number in range(3)
    ]
    seal_day(actor=CHEN, at=AT, day=date(2026, 10, 4), secret=bytes(32))
    assert "4 leaves" in muniment("sequence").output
    assert "4 leaves" in muniment("sequence").output, "nothing gets a second leaf"
    assert "seal/2026-10-04" in muniment("records").output
    proof, record, policy = tmp_path / "batch.tlog-proof", tmp_path / "batch.json", tmp_path / "policy"
    muniment("prove", f"batch/{batches[1]}", "--out", str(proof), "--record", str(record))
    policy.write_text(muniment("policy").output)
    shown = muniment("verify", str(proof), "--policy", str(policy), "--record", str(record)).output
    assert "The proof holds." in shown
    assert "The leaf is of this record." in shown
    record.write_text(record.read_text().replace('\\"row_count\\":1', '\\"row_count\\":2'))
    with pytest.raises(BadProof):
        muniment("verify", str(proof), "--record", str(record))
    record.write_text("{}")
    with pytest.raises(UserError):
        muniment("verify", str(proof), "--record", str(record))


def test_a_file_that_is_no_text_is_refused_by_its_name(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    with pytest.raises(BadFile, match="cannot be read"):
        muniment("verify", str(wrong))
    wrong.write_bytes(b"\xca\xfe\x00")
    for words in (("verify", str(wrong)), ("verify", str(wrong), "--policy", str(wrong))):
        with pytest.raises(BadFile, match="byte 0 is not UTF-8"):
            muniment(*words)


def test_where_the_files_are_and_how_the_log_is() -> None:
    muniment("sequence")
    folder = Path(muniment("path").output.strip())
    assert folder == Path(settings.MUNIMENT_HOME) / "log"
    origin = (folder / "checkpoint").read_text().split("\n")[0]
    assert muniment("key").output.startswith(f"{origin}+")
    assert origin in muniment("status").output
    assert "0 differences" in muniment("check").output
    assert muniment("rebuild").exit_code == 0
    (folder / "checkpoint").unlink()
    assert muniment("check").exit_code == 1


def test_what_is_not_there_is_refused() -> None:
    muniment("sequence")
    for words in (("prove", "batch/9"), ("prove", "0" * 64), ("erase", "batch/9"), ("rotate",), ("retire",)):
        with pytest.raises(UserError):
            muniment(*words)
