"""Evidence records (RFC 4998): a proof of time that is renewed before its tokens or its hash algorithm grow weak.

A record is of one data object. It holds chains; a chain holds archive timestamps of one hash algorithm, each token over
the token before it (section 5.2, timestamp renewal). A further chain begins with a token over the data object and all
older chains, hashed anew with another algorithm (hash-tree renewal). One token can cover many records: their hashes are
the leaves of a tree, and each record keeps the siblings on its way to the root (section 4.2, reduced hash tree).

The fields are those of `asn1crypto`, but for the two levels of the sequence, which that library takes for one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from asn1crypto import cms, core, tsp
from cryptography import x509

from muniment.trust.evidence.rules.cms_parts import der
from muniment.trust.evidence.rules.lifetimes import Ageing, Lifetimes, end_of, stamp_end
from muniment.trust.evidence.rules.stamps import HASHES, BadStamp, Imprint, Stamp, imprint_in, verify_imprint

SUFFIX = ".ers"
_SEQUENCE = 0x30
_MOST_BYTES = 16 * 1024 * 1024
_MOST_TOKENS = 1_000

ReducedTree = tuple[tuple[bytes, ...], ...]
"""Lists of hashes on the way to the root: the first holds that of the data object (section 4.2)."""


class _Chain(core.SequenceOf):  # type: ignore[misc]
    """Archive timestamps of one algorithm, each over the one before."""

    _child_spec = tsp.ArchiveTimeStamp


class _Chains(core.SequenceOf):  # type: ignore[misc]
    """Chains, oldest first."""

    _child_spec = _Chain


class _EvidenceRecord(core.Sequence):  # type: ignore[misc]
    """An evidence record (section 3.1), not encrypted, and without certificates of its own."""

    _fields = [
        ("version", core.Integer),
        ("digest_algorithms", tsp.DigestAlgorithms),
        ("chains", _Chains),
    ]


class Kind(StrEnum):
    """How a token came into a record."""

    FIRST = "first"
    STAMP = "timestamp renewal"
    HASH = "hash-tree renewal"


@dataclass(frozen=True, slots=True)
class ArchiveStamp:
    """An archive timestamp: a token, and the way from what it covers here to its imprint, empty if that is the same."""

    token: bytes
    tree: ReducedTree = ()

    @property
    def algorithm(self) -> str:
        """The hash algorithm of the tree, which is that of the token.

        Raises:
            BadStamp: the token cannot be read.
        """
        return imprint_in(self.token).algorithm


Chains = tuple[tuple[ArchiveStamp, ...], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A verified archive timestamp: how it came, its stamp, and the very bytes whose hash is the token's imprint."""

    kind: Kind
    stamp: Stamp
    covers: bytes


@dataclass(frozen=True, slots=True)
class Proven:
    """What a record proves: that the data object was there at `since`; it goes on doing so until `until`."""

    links: tuple[Link, ...]
    until: datetime

    @property
    def since(self) -> datetime:
        """When the first token was made."""
        return self.links[0].stamp.stamped_at


def hash_tree(digests: Iterable[bytes], algorithm: str) -> tuple[bytes, dict[bytes, ReducedTree]]:
    """Return the root over hashes, and the reduced tree of each; both are trivial for a single one (section 4.2).

    Raises:
        ValueError: there is no hash.
    """
    level: list[tuple[bytes, tuple[bytes, ...]]] = [(digest, (digest,)) for digest in sorted(set(digests))]
    if not level:
        raise ValueError("a hash tree has at least one leaf")
    ways: dict[bytes, list[tuple[bytes, ...]]] = {digest: [] for digest, _ in level}
    while len(level) > 1:
        above = []
        for left, right in zip(level[::2], level[1::2], strict=False):
            for (_, below), (sibling, _) in ((left, right), (right, left)):
                for leaf in below:
                    way = ways[leaf]
                    way.append((sibling,) if way else tuple(sorted((leaf, sibling))))
            above.append((_node((left[0], right[0]), algorithm), left[1] + right[1]))
        level = above + level[len(above) * 2 :]
    return level[0][0], {leaf: tuple(way) for leaf, way in ways.items()}


def renewed_digest(content: bytes, chains: Chains, algorithm: str) -> bytes:
    """Return what a hash-tree renewal covers of a data object and its record: H(H(object) + H(older chains)).

    The older chains are hashed as the DER of their sequence (section 5.2).
    """
    return _hash(algorithm, renewed_bytes(content, chains, algorithm))


def renewed_bytes(content: bytes, chains: Chains, algorithm: str) -> bytes:
    """Return the two hashes whose hash is `renewed_digest`."""
    return _hash(algorithm, content) + _hash(algorithm, sequence_der(chains))


def sequence_der(chains: Chains) -> bytes:
    """Return the DER of a sequence of chains."""
    return der(_SEQUENCE, *(der(_SEQUENCE, *(_stamp_der(stamp) for stamp in chain)) for chain in chains))


def write_record(chains: Chains) -> bytes:
    """Return the DER of an evidence record, unencrypted and without certificates of its own.

    Raises:
        ValueError: it has no token, or a chain has none.
        BadStamp: a token cannot be read.
    """
    if not chains or not all(chains):
        raise ValueError("each chain of an evidence record has at least one token")
    used = [{"algorithm": name} for name in _algorithms(chains)]
    return der(
        _SEQUENCE,
        core.Integer(1).dump(),
        tsp.DigestAlgorithms(used).dump(),
        sequence_der(chains),
    )


def read_record(record: bytes) -> Chains:
    """Return the chains of an evidence record.

    Only what we would write is read: DER, without attributes, and with the algorithms that it uses, no more and no
    less. So each of its bytes is either covered by a token or written in the one way there is.

    Raises:
        BadStamp: it is none, it is another's kind, or too long.
    """
    if len(record) > _MOST_BYTES:
        raise BadStamp(f"The evidence record has {len(record)} bytes.", "No record of ours is that long.")
    try:
        loaded = _EvidenceRecord.load(record, strict=True)
        chains = tuple(tuple(_archive_stamp(one) for one in chain) for chain in loaded["chains"])
        is_as_written = write_record(chains) == record
    except BadStamp:
        raise
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BadStamp("This is no evidence record (RFC 4998).", "It was cut or altered.") from error
    if not is_as_written:
        raise BadStamp(
            "The evidence record is not written as it should be.", "It was altered, or another program made it."
        )
    if sum(map(len, chains)) > _MOST_TOKENS:
        raise BadStamp("The evidence record has more than a thousand tokens.", "No record of ours is that long.")
    return chains


def verify_record(
    record: bytes,
    content: bytes,
    roots: Sequence[x509.Certificate],
    *,
    lifetimes: Lifetimes,
    at: datetime | None,
) -> Proven:
    """Return what a record proves of a data object as of `at`; None asks as of its own last token.

    Each token must have held, with its certificates and the algorithms of its signature, when the next was made, and
    the last at `at`; each chain's hash algorithm when the next chain began, and the last one's at `at` (section 5.3).

    Raises:
        BadStamp: it proves nothing of the data object, or not any more.
    """
    chains = read_record(record)
    links: list[Link] = []
    for number, chain in enumerate(chains):
        algorithm = chain[0].algorithm
        for place, one in enumerate(chain):
            if one.algorithm != algorithm:
                raise BadStamp("A chain uses two hash algorithms.", "To change it, everything is hashed anew.")
            if place:
                kind, covered = Kind.STAMP, links[-1].stamp.token
            elif number:
                kind, covered = Kind.HASH, renewed_bytes(content, chains[:number], algorithm)
            else:
                kind, covered = Kind.FIRST, content
            link = _verify(kind, one, covered, roots)
            if links:
                _check_age(links[-1], link.stamp.stamped_at, lifetimes, is_last_of_chain=kind is Kind.HASH)
            links.append(link)
    moment = links[-1].stamp.stamped_at if at is None else at
    _check_age(links[-1], moment, lifetimes, is_last_of_chain=True)
    last = links[-1].stamp
    until = min(stamp_end(_ageing(last), lifetimes), end_of(lifetimes, [last.imprint.algorithm]))
    return Proven(tuple(links), until)


def _verify(kind: Kind, one: ArchiveStamp, covered: bytes, roots: Sequence[x509.Certificate]) -> Link:
    """Return the link of an archive timestamp that covers some bytes."""
    algorithm = one.algorithm
    digest, covers = _hash(algorithm, covered), covered
    for place, siblings in enumerate(one.tree):
        if place == 0 and digest not in siblings:
            raise BadStamp(
                f"The {kind} is of other bytes: their hash is not in its tree.",
                "Give the data object that the record was made for, and the record as it was made.",
            )
        nodes = siblings if place == 0 else (digest, *siblings)
        if len(nodes) > 1:
            covers = b"".join(sorted(nodes))
            digest = _hash(algorithm, covers)
    return Link(kind, verify_imprint(one.token, Imprint(algorithm, digest), roots), covers)


def _check_age(link: Link, moment: datetime, lifetimes: Lifetimes, *, is_last_of_chain: bool) -> None:
    """Let a link pass that held at the moment of what comes after it.

    Raises:
        BadStamp: it had expired, an algorithm had ended, or what comes after it was made before it.
    """
    stamp = link.stamp
    if moment < stamp.stamped_at:
        raise BadStamp(
            f"A token of {stamp.stamped_at.isoformat()} stands before {moment.isoformat()}.",
            "Its order was changed, or a clock went backwards.",
        )
    if moment >= stamp.expires_at:
        raise BadStamp(
            f"A certificate of the token of {stamp.stamped_at.isoformat()} expired on {stamp.expires_at:%Y-%m-%d},"
            f" before {moment:%Y-%m-%d}.",
            "It had to be renewed earlier; look for another record of the same data.",
        )
    names = (*stamp.signed_with, stamp.imprint.algorithm) if is_last_of_chain else stamp.signed_with
    weak = [name for name in names if moment >= end_of(lifetimes, [name])]
    if weak:
        raise BadStamp(
            f"The token of {stamp.stamped_at.isoformat()} rests on {', '.join(weak)},"
            f" which was not to be trusted any more on {moment:%Y-%m-%d}.",
            "It had to be renewed earlier; look for another record of the same data.",
        )


def _ageing(stamp: Stamp) -> Ageing:
    return Ageing(stamp.imprint.algorithm, stamp.signed_with, stamp.expires_at)


def _node(digests: Iterable[bytes], algorithm: str) -> bytes:
    return _hash(algorithm, b"".join(sorted(digests)))


def _hash(algorithm: str, content: bytes) -> bytes:
    return HASHES[algorithm](content).digest()


def _algorithms(chains: Chains) -> list[str]:
    """Return the hash algorithms of chains, each once, in the order of their first use."""
    return list(dict.fromkeys(stamp.algorithm for chain in chains for stamp in chain))


def _stamp_der(stamp: ArchiveStamp) -> bytes:
    """Return the DER of an archive timestamp; its algorithm is written beside a tree only (section 4.2, step 5)."""
    fields: dict[str, object] = {"time_stamp": cms.ContentInfo.load(stamp.token)}
    if stamp.tree:
        fields |= {"digest_algorithm": {"algorithm": stamp.algorithm}, "reduced_hashtree": list(map(list, stamp.tree))}
    return bytes(tsp.ArchiveTimeStamp(fields).dump())


def _archive_stamp(loaded: tsp.ArchiveTimeStamp) -> ArchiveStamp:
    tree = loaded["reduced_hashtree"].native or ()
    return ArchiveStamp(bytes(loaded["time_stamp"].dump()), tuple(tuple(siblings) for siblings in tree))
