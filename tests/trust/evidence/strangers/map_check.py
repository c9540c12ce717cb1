"""Checks a .map-proof with nothing but Python's standard library, offline; none of Muniment's code is used.

python3 map_check.py FILE POLICY LEAF-KEY-IN-HEX KEY

POLICY is the registry's file of keys (C2SP tlog-policy), LEAF-KEY the key with which it signs its leaves, KEY what was
asked for, such as registration/20261100010001234. Says what stands under it as of which tree, with status 0; or what is
wrong, with status 1. Witnesses count by their Ed25519 cosignatures.
"""

import base64
import hashlib
import json
import struct
import sys
from pathlib import Path

# Ed25519 as RFC 8032 has it, for verifying alone.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def on_curve(raw):
    """Return the point that 32 bytes stand for."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        raise ValueError("a point is none")
    squared = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(squared, (P + 3) // 8, P)
    if (x * x - squared) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - squared) % P or (x == 0 and sign):
        raise ValueError("a point is none")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def add(one, two):
    """Return the sum of two points."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c = 2 * one[3] * two[3] * D % P
    d = 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    """Return a point so many times."""
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


BASE = on_curve((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(key, message, signature):
    """Say whether an Ed25519 signature is that of the key."""
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or len(key) != 32 or s >= L:
        return False
    try:
        signer, shown = on_curve(key), on_curve(signature[:32])
    except ValueError:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    one, two = times(s, BASE), add(shown, times(h, signer))
    return (one[0] * two[2] - two[0] * one[2]) % P == 0 and (one[1] * two[2] - two[1] * one[2]) % P == 0


def sha(*parts):
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(b"".join(parts)).digest()


def must(holds, words):
    """Go on if this holds."""
    if not holds:
        raise ValueError(words)


def strict(text):
    """Return a JSON object in which no name stands twice."""

    def once(pairs):
        must(len(dict(pairs)) == len(pairs), "a name stands twice")
        return dict(pairs)

    found = json.loads(text, object_pairs_hook=once)
    must(isinstance(found, dict), "this is no object")
    return found


def map_root(said):
    """Return the root to which the path of the map leads."""
    name = b"muniment/map/v1/"
    key = sha(name + b"key\0", said["key"].encode())
    here, ours = bytes(32), None
    if said["value"] is not None:
        strict(said["value"])
        ours = key, sha(name + b"value\0", said["value"].encode())
    elif said["neighbour"] is not None:
        ours = bytes.fromhex(said["neighbour"]["key"]), bytes.fromhex(said["neighbour"]["value"])
        must(ours[0] != key, "the neighbour is the key itself")
    siblings = [bytes.fromhex(one) or bytes(32) for one in said["siblings"]]
    bits = f"{int.from_bytes(key, 'big'):0256b}"
    if ours is not None:
        must(len(ours[0]) == len(ours[1]) == 32, "a hash is none")
        theirs = f"{int.from_bytes(ours[0], 'big'):0256b}"
        must(theirs[: len(siblings)] == bits[: len(siblings)], "the neighbour is on another way")
        here = sha(name + b"leaf\0", *ours)
    must(len(siblings) <= 256 and all(len(one) == 32 for one in siblings), "the path is none")
    must(not siblings or any(siblings[-1]), "the path is longer than it has to be")
    for place in reversed(range(len(siblings))):
        pair = (siblings[place], here) if bits[place] == "1" else (here, siblings[place])
        here = sha(name + b"node\0", *pair)
    return here


def tree_root(leaf, index, size, path):
    """Return the root to which the path of the log leads (RFC 9162, 2.1.3.2)."""
    here, first, last = sha(b"\0", leaf), index, size - 1
    must(0 <= index < size, "there is no such leaf")
    for sibling in path:
        must(last > 0 and len(sibling) == 32, "the path of the log is too long")
        if first & 1 or first == last:
            here = sha(b"\1", sibling, here)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            here = sha(b"\1", here, sibling)
        first, last = first >> 1, last >> 1
    must(last == 0, "the path of the log is too short")
    return here


def known_key(text):
    """Return the name, the id, the kind and the key of a vkey."""
    name, _, rest = text.partition("+")
    raw = base64.b64decode(rest.partition("+")[2], validate=True)
    must(
        sha(name.encode() + b"\n" + raw)[:4].hex() == rest.partition("+")[0], "a key of the policy does not fit its id"
    )
    return name, sha(name.encode() + b"\n" + raw)[:4], raw[0], raw[1:]


def check_note(note, policy):
    """Return origin, size and root of a checkpoint that a known log and the quorum of witnesses signed."""
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    blobs = {}
    for line in lines.splitlines():
        _, name, coded = line.split(" ")
        raw = base64.b64decode(coded, validate=True)
        blobs[name, raw[:4]] = raw[4:]
    origin, size, root = text.split("\n")[:3]
    is_logged, met, quorum = False, {"none": True}, "none"
    for words in (line.split() for line in policy.splitlines() if line.strip() and not line.startswith("#")):
        if words[0] == "log":
            name, key_id, kind, key = known_key(words[1])
            blob = blobs.get((name, key_id), b"")
            is_logged |= name == origin and kind == 1 and is_signed(key, text.encode(), blob)
        elif words[0] == "witness":
            name, key_id, kind, key = known_key(words[2])
            blob = blobs.get((name, key_id), b"")
            when = struct.unpack(">Q", blob[:8])[0] if len(blob) == 72 else 0
            signed = f"cosignature/v1\ntime {when}\n{text}".encode()
            met[words[1]] = kind == 4 and is_signed(key, signed, blob[8:])
        elif words[0] == "group":
            least = {"any": 1, "all": len(words) - 3}.get(words[2]) or int(words[2])
            met[words[1]] = sum(met[member] for member in words[3:]) >= least
        elif words[0] == "quorum":
            quorum = words[1]
    must(is_logged, "no known log signed the checkpoint")
    must(met[quorum], "too few witnesses signed the checkpoint")
    return origin, int(size), base64.b64decode(root, validate=True)


def check(text, policy, leaf_key, key):
    """Return what the file shows, in words."""
    said = strict(text)
    must(said["format"] == "muniment/map-proof/v1", "the format is another")
    must(said["key"] == key, f"the proof is of {said['key']}")
    head, _, note = said["proof"].partition("\n\n")
    first, extra, index, *path = head.split("\n")
    must(first == "c2sp.org/tlog-proof@v1", "this is no proof of a log")
    leaf = base64.b64decode(extra.removeprefix("extra "), validate=True)
    index = int(index.removeprefix("index "))
    origin, size, root = check_note(note, policy)
    must(
        tree_root(leaf, index, size, [base64.b64decode(one, validate=True) for one in path]) == root,
        "the log has no such leaf",
    )
    checksum = sha(sha(bytes.fromhex(said["salt"]), said["record"].encode()))
    must(len(leaf) == 128 and len(said["salt"]) == 64 and leaf[:32] == checksum, "the leaf is of another record")
    must(leaf[96:] == sha(leaf_key), "the leaf was signed with another key")
    must(is_signed(leaf_key, b"sigsum.org/v1/tree-leaf\0" + checksum, leaf[32:96]), "the leaf is not signed")
    record = strict(said["record"])
    must(record["kind"] == "map" and record["subject"] == f"map/{size}", "the record is that of another tree")
    must(record["size"] == index + 1 == size, "the root is older than the tree")
    must(map_root(said) == bytes.fromhex(record["root"]), "the path does not lead to the root of the map")
    stands = "nothing" if said["value"] is None else said["value"]
    return f"{key}: {stands}\nas of {size} leaves of {origin}, recorded at {record['recorded_at']}"


def main():
    """Do what the command line says."""
    try:
        text, policy = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:3])
        found = check(text, policy, bytes.fromhex(sys.argv[3]), sys.argv[4])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError) as error:
        sys.stdout.write(f"not shown: {error}\n")
        sys.exit(1)
    sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    main()
