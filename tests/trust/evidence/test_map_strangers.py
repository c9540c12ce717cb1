"""Proofs of the map by programs that share no code with us: a script of Python's standard library, and Go."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.queries.mapped import prove_key
from muniment.trust.evidence.rules.cosigning import CosigningKey, cosign
from muniment.trust.evidence.rules.map_proofs import verify_map_proof
from muniment.trust.evidence.rules.policies import Known, Policy, policy_text
from muniment.trust.evidence.rules.proofs import read_proof
from muniment.trust.evidence.services import register_map
from tests.trust.evidence.logs import AT, add, home, keys, policy, run, secret
from tests.trust.evidence.test_strangers import GO_MODULES, call, tool

pytestmark = pytest.mark.django_db
STRANGERS = Path(__file__).parent / "strangers"
HELD, ABSENT = "registration/7", "grantor/nobody"

Check = Callable[[dict[str, object], str, bytes], tuple[int, str]]
"""Has a program check a proof for a key, by the key of our leaves."""


def fill() -> None:
    """Make a log of 22 leaves whose map has 201 entries, and one of a leaf whose map has 200."""
    register_map.set_entries(at=AT, entries={f"registration/{number}": {"status": "in_force"} for number in range(200)})
    run()
    register_map.set_entry(at=AT, key="registration/900", value={"status": "in_force"})
    add(0, 20)


def proof(key: str, size: int | None = None) -> dict[str, object]:
    """Return a proof as its fields."""
    found: dict[str, object] = json.loads(prove_key(home(), key, policy(), size=size))
    return found


def forgeries() -> Iterator[tuple[str, dict[str, object]]]:
    """Yield what must be refused: the key it is shown for, and the file."""
    held, old, absent = proof(HELD), proof(HELD, 1), proof(ABSENT)
    siblings, other = list(held["siblings"]), proof("grantor/x")  # type: ignore[call-overload]
    yield HELD, held | {"value": '{"status":"lapsed"}'}
    yield HELD, held | {"siblings": ["f" + siblings[0][1:], *siblings[1:]]}
    yield HELD, held | {"siblings": siblings[:-1]}
    yield HELD, held | {"siblings": [*siblings, ""]}
    yield HELD, held | {"value": None}
    yield HELD, absent
    yield HELD, absent | {"key": HELD}
    yield HELD, held | {"value": None, "siblings": other["siblings"], "neighbour": other["neighbour"]}
    yield ABSENT, other | {"key": ABSENT}
    yield HELD, held | {"record": old["record"], "salt": old["salt"]}
    yield HELD, held | {"proof": old["proof"]}
    yield HELD, old | {"proof": held["proof"]}
    yield HELD, held | {"record": str(held["record"]).replace(":201", ":200")}
    yield HELD, held | {"salt": "00" * 32}
    yield HELD, held | {"proof": str(held["proof"]).replace("\n22\n", "\n23\n")}


def assert_checks(check: Check) -> None:
    """Have a program take our proofs and refuse every forgery; we refuse them too."""
    fill()
    public = keys().leaf_public
    status, said = check(proof(HELD), HELD, public)
    assert (status, '{"status":"in_force"}' in said) == (0, True), said
    status, said = check(proof(ABSENT), ABSENT, public)
    assert (status, "nothing" in said, "22" in said) == (0, True, True), said
    assert check(proof(HELD, 1), HELD, public)[0] == 0, "the tree of one leaf is one too"
    assert check(proof(HELD), HELD, bytes(32))[0] == 1
    for key, forged in forgeries():
        status, said = check(forged, key, public)
        assert (status, said.count("Traceback")) == (1, 0), said
        with pytest.raises(UserError):
            verify_map_proof(json.dumps(forged), policy(), public, key)


def script(folder: Path, trusted: Policy) -> Check:
    """Return how the script is asked."""

    def check(facts: dict[str, object], key: str, public: bytes) -> tuple[int, str]:
        (folder / "file.map-proof").write_text(json.dumps(facts, ensure_ascii=False))
        (folder / "policy").write_text(policy_text(trusted))
        words = (STRANGERS / "map_check.py", folder / "file.map-proof", folder / "policy", public.hex(), key)
        return call(sys.executable, "-I", "-S", *words)

    return check


def test_a_script_of_the_standard_library_takes_our_proofs(tmp_path: Path) -> None:
    assert_checks(script(tmp_path, policy()))


def test_the_script_asks_for_the_quorum(tmp_path: Path) -> None:
    fill()
    witnesses = {name: CosigningKey(f"{name}.example/w", 4, secret(name)) for name in ("north", "south")}
    known = {name: Known(key.verifier) for name, key in witnesses.items()}
    both = Policy(policy().logs, known, {"both": (2, ("north", "south"))}, "both")
    facts = proof(ABSENT)
    text = read_proof(str(facts["proof"])).note.text
    lines = [cosign(key, text, 1_800_000_000).line for key in witnesses.values()]
    signed = facts | {"proof": str(facts["proof"]) + "".join(lines)}
    half = facts | {"proof": str(facts["proof"]) + lines[0]}
    check = script(tmp_path, both)
    assert [check(one, ABSENT, keys().leaf_public)[0] for one in (signed, half, facts)] == [0, 1, 1]
    assert verify_map_proof(json.dumps(signed), both).log.witnesses.keys() == {"north", "south"}


@pytest.fixture(scope="session")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return our lines around Go's own packages, built."""
    go = tool("go")
    if not (GO_MODULES / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("the Go module golang.org/x/mod is not installed")
    folder = tmp_path_factory.mktemp("go-map")
    shutil.copy(STRANGERS / "map.go", folder)
    cache = os.environ.get("GOCACHE", str(folder / "cache"))
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(GO_MODULES), "GOCACHE": cache, "GOFLAGS": ""}
    words = [go, "build", "-o", "map", "map.go"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "map"


def test_a_program_in_go_takes_our_proofs(go_program: Path, tmp_path: Path) -> None:
    def check(facts: dict[str, object], key: str, public: bytes) -> tuple[int, str]:
        (tmp_path / "file.map-proof").write_text(json.dumps(facts))
        return call(go_program, tmp_path / "file.map-proof", keys().verifiers[0].text, public.hex(), key)

    assert_checks(check)
