"""The list of hashes that a depositor makes on a machine of one's own; the files never leave it.

It is JSON: `{"format": "muniment-hashes-1", "files": [{"path", "sha256", "byte_count", "iscc"}]}`, where `iscc` (64
bits as hexadecimal digits) may be left out. The page in the browser makes it without `iscc`.
"""

import json
from collections.abc import Sequence

from muniment.kernel.words.problems import BadFile
from muniment.rights.registry.rules.contents import FileHash, check_files

FORMAT = "muniment-hashes-1"
_FIELDS = {"path": str, "sha256": str, "byte_count": int}


def hash_list_text(files: Sequence[FileHash]) -> str:
    """Return the list as a file."""
    rows = [
        {"path": one.path, "sha256": one.sha256, "byte_count": one.byte_count}
        | ({"iscc": one.code} if one.code else {})
        for one in files
    ]
    return json.dumps({"format": FORMAT, "files": rows}, ensure_ascii=False, indent=1) + "\n"


def read_hash_list(text: str) -> tuple[FileHash, ...]:
    """Return the files of a list.

    Raises:
        BadFile: it is no such list.
        BadContent: a path or a hash in it is none.
    """
    try:
        found = json.loads(text)
        rows = found["files"] if found["format"] == FORMAT else None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _no_list() from error
    if not isinstance(rows, list):
        raise _no_list()
    return check_files([_row(row, number) for number, row in enumerate(rows, start=1)])


def _row(row: object, number: int) -> FileHash:
    if not isinstance(row, dict) or any(type(row.get(name)) is not kind for name, kind in _FIELDS.items()):
        raise BadFile("File {number} of the list has no path, SHA-256 or size.", "Make the list again.", number=number)
    return FileHash(row["path"], row["sha256"].lower(), row["byte_count"], str(row.get("iscc", "")))


def _no_list() -> BadFile:
    return BadFile(
        "This is no list of hashes.", "Make it with: muniment deposit hash. It says {format}.", format=FORMAT
    )
