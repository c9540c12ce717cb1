"""SHA-256 over bytes and plain values; the hex text is what gets stored and shown."""

import hashlib
import json

Plain = None | bool | int | str | list["Plain"] | tuple["Plain", ...] | dict[str, "Plain"]


def digest_bytes(content: bytes) -> str:
    """Return the SHA-256 of `content` as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def canonical_json(value: Plain) -> bytes:
    """Return one spelling of `value`: keys sorted, no spaces, UTF-8.

    Raises:
        TypeError: `value` holds a float or another type whose spelling is not certain.
    """
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest_value(value: Plain) -> str:
    """Return the SHA-256 of the canonical JSON of `value`."""
    return digest_bytes(canonical_json(value))


def _refuse_floats(value: Plain) -> None:
    if isinstance(value, float):
        raise TypeError(f"a float ({value!r}) has no place in a record that is digested")
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
