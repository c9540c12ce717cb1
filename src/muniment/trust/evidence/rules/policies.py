"""Whose word is enough: logs, witnesses and the quorum, in a file as C2SP tlog-policy has it.

    log sigsum.org/v1/tree/…+…+… https://log.example/
    witness north north.example/w1+…+… https://north.example/
    witness south south.example/w1+…+…
    group both all north south
    quorum both

The same file tells our log which witnesses to ask (by their addresses) and tells others what to believe.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.rules.cosigning import cosigned_at
from muniment.trust.evidence.rules.notes import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    ED25519,
    BadNote,
    Note,
    VerifierKey,
    is_signed_by,
    read_checkpoint,
    read_key,
)

_NOBODY = "none"


class BadPolicy(UserError):
    """A policy file says nothing, or two things at once."""


class NotTrusted(UserError):
    """A checkpoint lacks a signature that the policy asks for."""


@dataclass(frozen=True, slots=True)
class Known:
    """A log or a witness: its key, and where it is reached (empty where nobody needs to)."""

    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Known logs, witnesses by name, groups by name (how many of which members), and the name whose word is asked."""

    logs: tuple[Known, ...] = ()
    witnesses: Mapping[str, Known] = field(default_factory=dict)
    groups: Mapping[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str = _NOBODY

    def is_satisfied(self, names: Collection[str]) -> bool:
        """Say whether the word of these witnesses is enough."""
        return self.quorum == _NOBODY or self._speaks(self.quorum, names)

    def _speaks(self, name: str, names: Collection[str]) -> bool:
        if name in self.witnesses:
            return name in names
        least, members = self.groups[name]
        return sum(self._speaks(member, names) for member in members) >= least


def witnesses_of(note: Note, policy: Policy) -> dict[str, int]:
    """Return which witnesses of the policy signed the note, and when."""
    seen = {name: cosigned_at(note, known.key) for name, known in policy.witnesses.items()}
    return {name: seconds for name, seconds in seen.items() if seconds is not None}


def check_note(note: Note, policy: Policy) -> dict[str, int]:
    """Let a checkpoint pass that a known log signed and enough witnesses; return these and when they did.

    Raises:
        NotTrusted: a signature is lacking.
        BadNote: it is no checkpoint.
    """
    origin = read_checkpoint(note.text).origin
    logs = [known.key for known in policy.logs if known.key.name == origin]
    if not any(is_signed_by(note, key) for key in logs):
        raise NotTrusted(f"No known log signed the checkpoint of {origin}.", "Add the log's key to the policy.")
    witnesses = witnesses_of(note, policy)
    if not policy.is_satisfied(witnesses):
        signed = ", ".join(sorted(witnesses)) or "none"
        raise NotTrusted(
            f"The quorum {policy.quorum} has not signed the checkpoint of {origin} (signed: {signed}).",
            "Ask for a proof against a checkpoint with more cosignatures.",
        )
    return witnesses


def read_policy(text: str) -> Policy:
    """Return the policy that a file says.

    Raises:
        BadPolicy: a line says nothing known, a name or a key stands twice, or the quorum is missing.
    """
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            reader.read(words)
        except (BadNote, BadPolicy) as error:
            raise BadPolicy(f"Line {number} of the policy: {error.message}", error.remedy) from error
    if not reader.quorum:
        raise BadPolicy("The policy has no quorum.", "End it with a line such as: quorum none")
    return Policy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum)


def policy_text(policy: Policy) -> str:
    """Return the policy as a file that `read_policy` reads."""
    lines = [_line("log", known.key.text, known.url) for known in policy.logs]
    lines += [_line("witness", name, known.key.text, known.url) for name, known in policy.witnesses.items()]
    lines += [_line("group", name, str(least), *members) for name, (least, members) in policy.groups.items()]
    return "".join([*lines, f"quorum {policy.quorum}\n"])


def _line(*words: str) -> str:
    return " ".join(word for word in words if word) + "\n"


class _Reader:
    """Takes the lines of a policy one after the other."""

    def __init__(self) -> None:
        self.logs: list[Known] = []
        self.witnesses: dict[str, Known] = {}
        self.groups: dict[str, tuple[int, tuple[str, ...]]] = {}
        self.quorum = ""
        self.grouped: set[str] = set()
        self.keys: set[tuple[bool, bytes]] = set()

    def read(self, words: list[str]) -> None:
        """Take a line, as words."""
        lines: dict[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        if words[0] not in lines:
            raise BadPolicy(f"{words[0]!r} is not known.", f"A line begins with one of: {', '.join(lines)}.")
        lines[words[0]](words[1:])

    def _log(self, words: list[str]) -> None:
        self.logs.append(self._known(words, {ED25519}))

    def _witness(self, words: list[str]) -> None:
        if not words:
            raise BadPolicy("A witness has no name.", "Write: witness, its name, its key.")
        self._refuse_taken(words[0])
        self.witnesses[words[0]] = self._known(words[1:], {COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44})

    def _group(self, words: list[str]) -> None:
        if len(words) < 3:
            raise BadPolicy("A group has no members.", "Write: group, its name, how many, and the members.")
        name, least, *members = words
        self._refuse_taken(name)
        for member in members:
            if member not in self.witnesses and member not in self.groups:
                raise BadPolicy(f"{member!r} is not known yet.", "Define it on a line before.")
            if member in self.grouped:
                raise BadPolicy(f"{member!r} is a member already.", "Each name is a member once.")
            self.grouped.add(member)
        count = {"any": 1, "all": len(members)}.get(least) or (int(least) if least.isdecimal() else 0)
        if not 1 <= count <= len(members):
            raise BadPolicy(f"{least!r} of {len(members)} cannot be.", "Write any, all, or a number up to theirs.")
        self.groups[name] = count, tuple(members)

    def _quorum(self, words: list[str]) -> None:
        if self.quorum or len(words) != 1 or words[0] not in {_NOBODY, *self.witnesses, *self.groups}:
            raise BadPolicy("The quorum is not one known name.", "Write one line: quorum and a name, or none.")
        self.quorum = words[0]

    def _known(self, words: list[str], kinds: set[int]) -> Known:
        if not 1 <= len(words) <= 2:
            raise BadPolicy("A key is missing.", "Write the key, and behind it the address if there is one.")
        key = read_key(words[0])
        if key.kind not in kinds:
            raise BadPolicy(f"The key of {key.name} is of kind {key.kind}.", "A log's is 1, a witness's 4 or 6.")
        mark = (ED25519 in kinds, key.public)
        if mark in self.keys:
            raise BadPolicy(f"The key of {key.name} stands twice.", "Name each key once.")
        self.keys.add(mark)
        return Known(key, words[1] if len(words) == 2 else "")

    def _refuse_taken(self, name: str) -> None:
        if name == _NOBODY or name in self.witnesses or name in self.groups:
            raise BadPolicy(f"The name {name!r} is taken.", "Give each witness and group its own.")
