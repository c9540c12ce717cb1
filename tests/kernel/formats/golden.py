"""Golden files: bytes that a writer must give again; `make golden` writes them anew, and the difference is reviewed."""

import os
from pathlib import Path

_FOLDER = Path(__file__).parents[2] / "golden"


def golden_bytes(name: str, written: bytes) -> bytes:
    """Return the bytes of a golden file, after rewriting it with `written` where that was asked for."""
    path = _FOLDER / name
    if os.environ.get("REWRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written)
    return path.read_bytes()
