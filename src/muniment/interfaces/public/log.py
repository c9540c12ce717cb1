"""The transparency log for anybody: its health, its static files (C2SP tlog-tiles), and Sigsum's protocol, version 1.

The static files can as well be served by any web server out of `muniment log path`. The base address of Sigsum's
protocol, of the tiles and of the checkpoint is one: `/public/log/`.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces import evidence_log
from muniment.interfaces.pages import now
from muniment.kernel.words.problems import UserError
from muniment.trust.evidence import queries, services
from muniment.trust.evidence.queries.map_nodes import last_root
from muniment.trust.evidence.queries.proving import NotLogged, inclusion_path, note_of, paths_between, trusted_head
from muniment.trust.evidence.queries.stamped import next_due
from muniment.trust.evidence.rules.cosigning import cosigned_at
from muniment.trust.evidence.rules.leaves import BadLeaf, key_hash, open_leaf
from muniment.trust.evidence.rules.lifetimes import Renewal
from muniment.trust.evidence.rules.notes import COSIGNATURE_ED25519, Note
from muniment.trust.evidence.rules.policies import Policy, policy_text, witnesses_of
from muniment.trust.evidence.services import files

PLAIN = "text/plain; charset=utf-8"
_MOST_LEAVES = 1_000
_MOST_BODY = 4_096
_TILE = re.compile(r"tile/(entries|[0-9]{1,2})/(x[0-9]{3}/)*[0-9]{3}(\.p/[0-9]{1,3})?")
_FIELDS = {"message": 32, "signature": 64, "public_key": 32}

View = Callable[..., HttpResponse]


class BadRequest(UserError):
    """A request does not say what the protocol asks for."""


def plain(body: str, status: int = 200) -> HttpResponse:
    """Answer with a text."""
    return HttpResponse(body, status=status, content_type=PLAIN)


def spoken(view: View) -> View:
    """Turn refusals into the statuses of the protocol: 404 what is not there, 400 what cannot be asked."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotLogged as error:
            return plain(f"{error}\n", 404)
        except UserError as error:
            return plain(f"{error}\n", 400)

    return guarded


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """Show how the log is: size, checkpoint, witnesses, last timestamp, next renewal."""
    head, policy = queries.last_head(), evidence_log.policy()
    signed = {} if head is None else witnesses_of(note_of(head), policy)
    witnesses = [(name, known.key.name, signed.get(name)) for name, known in policy.witnesses.items()]
    context = {
        "head": head,
        "checkpoint": "" if head is None else str(note_of(head)),
        "origin": queries.origin_of_log() or evidence_log.keys().origin,
        "keys": [key.text for key in evidence_log.keys().verifiers],
        "witnesses": [(name, key, _instant(seconds)) for name, key, seconds in witnesses],
        "quorum": policy.quorum,
        "is_enough": policy.is_satisfied(signed),
        "waiting": queries.count_waiting(),
        "map": last_root(),
        "stamps": queries.list_timestamps(limit=5),
        "due": next_due(evidence_log.lifetimes()),
        "rehashes": Renewal.HASH,
    }
    return render(request, "public/log.html", context)


@require_GET
def checkpoint(_request: HttpRequest) -> HttpResponse:
    """Send the checkpoint."""
    place = files.log_folder(evidence_log.home()) / files.CHECKPOINT
    if not place.is_file():
        return plain("The log has no signed tree yet.\n", 404)
    answer = plain(place.read_text(encoding="utf-8"))
    answer["Cache-Control"] = "no-cache"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@require_GET
def tile(_request: HttpRequest, name: str) -> HttpResponse:
    """Send a tile or a bundle; a name is only followed if it is one of a tile."""
    place = files.log_folder(evidence_log.home()) / name
    if not _TILE.fullmatch(name) or not place.is_file():
        return plain("There is no such tile.\n", 404)
    answer = HttpResponse(place.read_bytes(), content_type="application/octet-stream")
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@require_GET
def policy(_request: HttpRequest) -> HttpResponse:
    """Send what a verifier needs to know: keys, witnesses, quorum."""
    return plain(policy_text(evidence_log.policy()))


@require_GET
@spoken
def get_tree_head(_request: HttpRequest) -> HttpResponse:
    """Send the newest tree head that enough witnesses cosigned, with their cosignatures."""
    trusted = evidence_log.policy()
    head, note = trusted_head(trusted)
    lines = [f"size={head.size}", f"root_hash={head.root}", f"signature={note.signatures[0].blob.hex()}"]
    return plain("".join(f"{line}\n" for line in [*lines, *_cosignatures(note, trusted)]))


@require_GET
@spoken
def get_inclusion_proof(_request: HttpRequest, size: int, leaf_hash: str) -> HttpResponse:
    """Send the place of a leaf and its path to the root of a signed tree."""
    head, index = queries.get_head(size), queries.index_of(leaf_hash.lower())
    if head is None or index is None or index >= size:
        raise NotLogged("No signed tree of that size holds the leaf.", "Ask for the size of a tree head.")
    if size < 2:
        return plain("A tree of one leaf needs no proof.\n", 400)
    found = inclusion_path(evidence_log.home(), leaf_hash.lower(), index, head)
    return plain(f"leaf_index={index}\n" + "".join(f"node_hash={one.hex()}\n" for one in found))


@require_GET
@spoken
def get_consistency_proof(_request: HttpRequest, old: int, new: int) -> HttpResponse:
    """Send the proof that a signed tree grew out of a smaller one."""
    if not 0 < old < new:
        return plain("The new size is greater than the old one, and that is greater than 0.\n", 400)
    found = paths_between(evidence_log.home(), old, new)
    return plain("".join(f"node_hash={one.hex()}\n" for one in found))


@require_GET
@spoken
def get_leaves(_request: HttpRequest, start: int, end: int) -> HttpResponse:
    """Send leaves from an index up to another, a thousand at most."""
    if start >= end:
        return plain("The end index is greater than the start index.\n", 400)
    leaves = [open_leaf(body) for body in queries.leaf_bodies(start, min(end, start + _MOST_LEAVES))]
    if not leaves:
        raise NotLogged("The tree has no such leaves.", "Ask for indexes below its size.")
    rows = (f"leaf={one.checksum.hex()} {one.signature.hex()} {one.key_hash.hex()}\n" for one in leaves)
    return plain("".join(rows))


@csrf_exempt
@require_POST
@spoken
def add_leaf(request: HttpRequest) -> HttpResponse:
    """Take a leaf from somebody with a submit token: 202 while it waits for the sequencer, 200 once the tree has it."""
    try:
        sender = evidence_log.submitter_of(request.headers.get("sigsum-token", ""))
    except evidence_log.BadSubmitters:
        return plain("The operator's list of submitters cannot be read.\n", 500)
    if sender is None:
        return plain("No known submitter signed the header sigsum-token for this log.\n", 403)
    sent = _read_fields(request.body)
    try:
        logged = services.submit_leaf(
            at=now(),
            message=sent["message"],
            signature=sent["signature"],
            public_key=sent["public_key"],
            submitter=sender.domain,
            most_a_day=sender.most_a_day,
        )
    except BadLeaf as error:
        return plain(f"{error}\n", 403)
    except services.TooManyLeaves as error:
        return plain(f"{error}\n", 429)
    return plain("", 200 if logged else 202)


def _read_fields(body: bytes) -> dict[str, bytes]:
    """Return message, signature and key of a request, which come in this order.

    Raises:
        BadRequest: they do not.
    """
    lines = body[:_MOST_BODY].decode("ascii", errors="replace").split("\n")
    found = dict(line.partition("=")[::2] for line in lines if line)
    if list(found) != list(_FIELDS) or lines[-1] != "":
        raise BadRequest("The request has message, signature and public_key, one a line.", "Send these three lines.")
    try:
        sent = {name: bytes.fromhex(text) for name, text in found.items()}
    except ValueError:
        sent = {}
    if any(len(sent.get(name, b"")) != count for name, count in _FIELDS.items()):
        raise BadRequest("A value is not of its length in hexadecimal digits.", "32, 64 and 32 bytes.")
    return sent


def _cosignatures(note: Note, trusted: Policy) -> list[str]:
    """Return the lines of Sigsum for each Ed25519 cosignature by a witness of the policy."""
    lines = []
    for known in trusted.witnesses.values():
        seconds = cosigned_at(note, known.key)
        if seconds is not None and known.key.kind == COSIGNATURE_ED25519:
            blob = next(one.blob for one in note.signatures if (one.name, one.key_id) == (known.key.name, known.key.id))
            lines.append(f"cosignature={key_hash(known.key.public).hex()} {seconds} {blob[8:].hex()}")
    return lines


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


urlpatterns = [
    path("log/", health, name="log"),
    path("log/checkpoint", checkpoint, name="log_checkpoint"),
    path("log/policy", policy, name="log_policy"),
    re_path(r"^log/(?P<name>tile/.*)$", tile, name="log_tile"),
    path("log/get-tree-head", get_tree_head, name="log_tree_head"),
    path("log/get-inclusion-proof/<int:size>/<str:leaf_hash>", get_inclusion_proof, name="log_inclusion"),
    path("log/get-consistency-proof/<int:old>/<int:new>", get_consistency_proof, name="log_consistency"),
    path("log/get-leaves/<int:start>/<int:end>", get_leaves, name="log_leaves"),
    path("log/add-leaf", add_leaf, name="log_add_leaf"),
]
