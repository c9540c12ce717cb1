"""Software that we did not write checks our log: Go's sumdb packages, aics-tlog, aics-witness; where it is installed.

Each accepts what is right, and refuses a wrong index, an altered tile, a missing cosignature and a fork.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from muniment.interfaces.evidence_log import post
from muniment.trust.evidence.queries import get_head
from muniment.trust.evidence.rules.cosigning import CosigningKey, WitnessRequest
from muniment.trust.evidence.rules.notes import Checkpoint, Note, read_key, sign_note
from muniment.trust.evidence.rules.policies import Known, Policy
from muniment.trust.evidence.services.files import log_folder
from muniment.trust.evidence.services.witnessing import ask_witnesses
from tests.trust.evidence import naive
from tests.trust.evidence.logs import AT, OPERATOR, ORIGIN, add, home, keys, leaf, policy, secret

pytestmark = pytest.mark.django_db
GO_MODULES = Path(os.environ.get("MUNIMENT_GOCODE", "/usr/share/gocode"))


def tool(name: str) -> str:
    """Return where a program is; without it, the test is left out."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def call(*words: str | Path, folder: Path | None = None) -> tuple[int, str]:
    """Run a program; return its status and what it said."""
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, cwd=folder, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="session")
def sumdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return our thirty lines around Go's own packages, built."""
    go = tool("go")
    if not (GO_MODULES / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("the Go module golang.org/x/mod is not installed")
    folder = tmp_path_factory.mktemp("go")
    shutil.copy(Path(__file__).parent / "strangers/check.go", folder)
    cache = os.environ.get("GOCACHE", str(folder / "cache"))
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(GO_MODULES), "GOCACHE": cache, "GOFLAGS": ""}
    words = [go, "build", "-o", "check", "check.go"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "check"


def log_of_1300() -> str:
    """Make a log of 1,300 leaves, signed at 300 too, and return the root at 300 in base64."""
    add(0, 300)
    add(300, 1_000)
    head = get_head(300)
    assert head is not None
    return base64.b64encode(bytes.fromhex(head.root)).decode()


def test_the_packages_of_the_go_team_take_our_log(sumdb: Path) -> None:
    old, key, body, folder = log_of_1300(), keys().verifiers[0].text, leaf(777).body.hex(), log_folder(home())
    assert call(sumdb, folder, key, "777", body, "300", old) == (0, "OK 1300\n")
    assert call(sumdb, folder, key, "776", body, "300", old)[0] == 1
    assert call(sumdb, folder, key, "777", leaf(778).body.hex(), "300", old)[0] == 1
    assert call(sumdb, folder, key, "777", body, "299", old)[0] == 1
    tile = folder / "tile/0/003"
    tile.write_bytes(tile.read_bytes()[:-1] + b"x")
    assert call(sumdb, folder, key, "777", body, "300", old)[0] == 1
    checkpoint = folder / "checkpoint"
    checkpoint.write_text(checkpoint.read_text().replace("\n1300\n", "\n1299\n"))
    assert call(sumdb, folder, key, "777", body, "300", old)[0] == 1


def test_aics_tlog_takes_our_log(tmp_path: Path) -> None:
    program = tool("aics-tlog")
    log_of_1300()
    (tmp_path / "key").write_text(keys().verifiers[0].text + "\n")
    (tmp_path / "leaf").write_bytes(leaf(777).body)
    folder = log_folder(home())

    def check(index: int, *words: str) -> tuple[int, str]:
        files = ("--vkey-file", str(tmp_path / "key"), "--leaf", str(tmp_path / "leaf"))
        return call(program, "verify-inclusion", "--tiles", folder, *files, "--index", str(index), *words)

    assert check(777, "--origin", ORIGIN)[0] == 0
    assert check(776)[0] != 0
    witness = unasked_witness()
    assert check(777, "--witness-key", witness, "--quorum", "1")[0] != 0, "it has no cosignature"
    tile = folder / "tile/0/003"
    tile.write_bytes(tile.read_bytes()[:-1] + b"x")
    assert check(777)[0] != 0


def unasked_witness() -> str:
    """Return the key of a witness that nobody asked."""
    return CosigningKey("nobody.example/w", 4, secret("nobody")).verifier.text


@pytest.fixture
def aics(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Run aics-witness for our log; return its verifier key and address."""
    program = tool("aics-witness")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config, listen = str(tmp_path / "witness.json"), f"127.0.0.1:{port}"
    status, said = call(program, "init", "--config", config, "--name", "aics.example/w", "--listen", listen)
    assert status == 0, said
    key = next(line for line in said.splitlines() if line.startswith("aics.example/w+"))
    call(program, "add-log", "--config", config, "--origin", ORIGIN, "--vkey", keys().verifiers[0].text)
    server = subprocess.Popen([program, "serve", "--config", config], stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    assert server.stderr.readline(), "it says that it listens"
    yield key, f"http://{listen}/"
    server.terminate()
    server.wait()
    server.stderr.close()


def test_aics_witness_cosigns_our_log_and_refuses_its_fork(aics: tuple[str, str]) -> None:
    key, url = aics
    log_of_1300()
    trusted = Policy(policy().logs, {"aics": Known(read_key(key), url)}, {}, "aics")
    late = AT.replace(year=2999)  # its clock is the machine's
    answers = ask_witnesses(actor=OPERATOR, at=late, home=home(), policy=trusted, send=post)
    assert [answer.problem for answer in answers] == [""]
    bodies = [leaf(number).body for number in range(1_400)]
    bodies[5] = bytes(128)
    text = Checkpoint(ORIGIN, 1_400, naive.mth(bodies)).text
    forked = Note(text, (sign_note(text, ORIGIN, secret("log")),))
    request = WitnessRequest(1_300, tuple(naive.proof(1_300, bodies)), forked)
    assert post(url + "add-checkpoint", request.text.encode())[0] == 422
    words = ("--log-key", keys().verifiers[0].text, "--witness-key", key, "--quorum", "1")
    status, said = call(tool("aics-tlog"), "verify-checkpoint", "--tiles", log_folder(home()), *words)
    assert (status, json.loads(said)["cosignatures"]) == (0, 1)
