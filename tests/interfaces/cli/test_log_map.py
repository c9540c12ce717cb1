"""The commands `muniment log map …`: a proof that something stands under a key, or nothing, is verified offline."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from muniment.interfaces import evidence_log
from muniment.interfaces.cli import build_app
from muniment.kernel.words.problems import BadFile, UserError
from muniment.trust.evidence.queries.proving import NotLogged
from muniment.trust.evidence.rules.tree import BadProof
from muniment.trust.evidence.services import register_map
from tests.trust.evidence.logs import AT

pytestmark = pytest.mark.django_db


def muniment(*words: str) -> Result:
    """Run a command; a refusal is raised as it is."""
    result = CliRunner().invoke(build_app(), ["log", *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_what_stands_and_that_nothing_does_is_proved_and_verified(tmp_path: Path) -> None:
    with pytest.raises(NotLogged):
        muniment("map", "prove", "registration/1")
    register_map.set_entry(at=AT, key="registration/1", value={"status": "in_force"})
    assert '{"status":"in_force"}' in muniment("map", "show", "registration/1").output
    assert muniment("map", "show", "registration/2").exit_code == 1
    assert "1 leaves" in muniment("sequence").output
    register_map.remove_entry(at=AT, key="registration/1")
    assert "2 leaves" in muniment("sequence").output
    assert "0" in muniment("map", "root").output
    held, gone, policy = tmp_path / "held.map-proof", tmp_path / "gone.map-proof", tmp_path / "policy"
    muniment("map", "prove", "registration/1", "--size", "1", "--out", str(held))
    muniment("map", "prove", "registration/1", "--out", str(gone))
    assert muniment("map", "prove", "registration/1").output == gone.read_text()
    assert '{"status":"in_force"}' in muniment("map", "verify", str(held)).output
    said = muniment("map", "verify", str(gone), "--key", "registration/1")
    assert (said.exit_code, "nothing stands under it" in said.output, "as of 2 leaves" in said.output) == (
        0,
        True,
        True,
    )
    policy.write_text(muniment("policy").output)
    untold = muniment("map", "verify", str(gone), "--policy", str(policy))
    assert (untold.exit_code, evidence_log.keys().leaf_public.hex() in untold.output) == (3, True)
    key = muniment("key", "--leaves").output.strip()
    assert muniment("map", "verify", str(gone), "--policy", str(policy), "--leaf-key", key).exit_code == 0
    with pytest.raises(BadProof):
        muniment("map", "verify", str(gone), "--key", "registration/2")
    with pytest.raises(BadProof):
        muniment("map", "verify", str(gone), "--leaf-key", "00" * 32)
    with pytest.raises(UserError):
        muniment("map", "verify", str(gone), "--leaf-key", "key")
    with pytest.raises(BadFile):
        muniment("map", "verify", str(tmp_path / "missing"))
    with pytest.raises(NotLogged):
        muniment("map", "prove", "registration/1", "--size", "7")
