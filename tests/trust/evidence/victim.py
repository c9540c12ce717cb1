"""The child of `test_kills`: appends to a log of its own, says each tree that it acknowledges, and dies when told.

python -m tests.trust.evidence.victim prepare|append|check PLACE
"""

import hashlib
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

AT = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
GROUPS = (1, 3, 300)


class Counter:
    """Counts places: around each statement, commit, file and folder; dies at one of them."""

    def __init__(self, deadly: int) -> None:
        self.passed, self.deadly = 0, deadly

    def tick(self) -> None:
        """Pass a place, or die at it."""
        self.passed += 1
        if self.passed == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, act: Any) -> Any:
        """Return the act with a place before and one behind it."""

        def counted(*words: Any, **options: Any) -> Any:
            self.tick()
            result = act(*words, **options)
            self.tick()
            return result

        return counted


def differences_of_map() -> list[str]:
    """Return the keys that the newest root does not show as their entries are."""
    from muniment.trust.evidence.models import MapEntry
    from muniment.trust.evidence.queries.map_nodes import NodesRead, last_root
    from muniment.trust.evidence.rules.register_map import find, value_hash, verify_path
    from muniment.trust.evidence.rules.tree import BadProof

    root = last_root()
    assert root is not None
    whole, found = bytes.fromhex(root.root), []
    for key_hash, value in MapEntry.objects.values_list("key_hash", "value"):
        key = bytes.fromhex(key_hash)
        try:
            verify_path(whole, key, value_hash(value.encode()), find(whole, key, NodesRead(whole, [key])))
        except BadProof as error:
            found.append(f"{key_hash}: {error}")
    return found if MapEntry.objects.count() == root.entry_count else [*found, f"{root.entry_count} entries"]


def main() -> None:
    """Do what the command line says."""
    from django.core.management import call_command
    from django.db import connection

    from muniment.trust.access.rules import operator
    from muniment.trust.evidence import services
    from muniment.trust.evidence.queries import count_waiting, list_heads
    from muniment.trust.evidence.rules.leaves import sign_leaf
    from muniment.trust.evidence.services import files, recovery, register_map
    from muniment.trust.evidence.services.keys import log_keys

    command, deadly = sys.argv[1], int(sys.argv[2])
    home, counter = Path(os.environ["MUNIMENT_HOME"]), Counter(deadly)
    if command == "prepare":
        call_command("migrate", verbosity=0, interactive=False)
    keys = log_keys(home, "log.example/killed")
    given = {"actor": operator("victim"), "at": AT, "keys": keys, "home": home, "entropy": os.urandom}
    if command == "check":
        services.sequence(**given)  # type: ignore[arg-type]
        assert count_waiting() == 0
        for head in list_heads(limit=10_000):
            sys.stdout.write(f"{head.size} {head.root}\n")
        found = [*recovery.compare(home, keys), *differences_of_map()]
        sys.stdout.write("\n".join(found) + "\n" if found else "no differences\n")
        return
    connection.ensure_connection()
    connection.execute_wrappers.append(lambda execute, *words: counter.around(execute)(*words))
    connection._commit = counter.around(connection._commit)  # type: ignore[attr-defined]
    files.tidy = counter.around(files.tidy)  # type: ignore[assignment]
    for name in ("write_bytes", "replace"):
        setattr(Path, name, counter.around(getattr(Path, name)))
    for place, group in enumerate(GROUPS):
        leaves = [sign_leaf(bytes(32), hashlib.sha256(os.urandom(8)).digest()) for _ in range(group)]
        services.submit_many(at=AT, leaves=leaves)
        register_map.set_entries(at=AT, entries={f"key/{os.urandom(2).hex()}": {"group": place}, "key/last": {}})
        head = services.sequence(**given)  # type: ignore[arg-type]
        if command == "append":
            sys.stdout.write(f"{head.size} {head.root}\n")
            sys.stdout.flush()
    if command == "prepare":
        sys.stdout.write(f"{counter.passed}\n")


if __name__ == "__main__":
    django.setup()
    main()
