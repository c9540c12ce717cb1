"""Proofs of the register for anybody: what stands under a key of the map, or that nothing does, as of a signed tree."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_GET

from muniment.interfaces import evidence_log
from muniment.interfaces.public.log import BadRequest, plain, spoken
from muniment.trust.evidence.queries.map_nodes import last_root
from muniment.trust.evidence.queries.mapped import prove_key
from muniment.trust.evidence.queries.proving import NotLogged

_MOST_LETTERS = 1_000


@require_GET
@spoken
def root(_request: HttpRequest) -> HttpResponse:
    """Send the root of the map as of the newest tree, in lines as Sigsum writes them."""
    found = last_root()
    if found is None:
        raise NotLogged("The map has no entry yet.", "Ask again later.")
    return plain(f"size={found.size}\nroot={found.root}\nentries={found.entry_count}\n")


@require_GET
@spoken
def proof(request: HttpRequest) -> HttpResponse:
    """Send the proof of a key (`?key=`, and `size=` for an older tree); 404 while no tree states a root."""
    key, size = request.GET.get("key", ""), request.GET.get("size", "")
    if not 0 < len(key) <= _MOST_LETTERS or "\0" in key:
        raise BadRequest("The request names no key.", "Write ?key=registration/ and a certificate's number.")
    if size and (not size.isascii() or not size.isdecimal() or len(size) > 18):
        raise BadRequest("The size is no number of leaves.", "Ask for the size of a checkpoint, or leave it out.")
    text = prove_key(evidence_log.home(), key, evidence_log.policy(), size=int(size) if size else None)
    answer = HttpResponse(text, content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="register.map-proof"'
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


urlpatterns = [
    path("log/map/root", root, name="log_map_root"),
    path("log/map/proof", proof, name="log_map_proof"),
]
