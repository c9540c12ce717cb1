"""Our witness for other people's logs, as C2SP tlog-witness has it: POST to /public/witness/add-checkpoint."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from muniment.interfaces import evidence_log
from muniment.interfaces.pages import now
from muniment.trust.evidence.services.witness import add_checkpoint, witness_keys

_MOST_BODY = 128 * 1024


@csrf_exempt
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Judge a log's checkpoint and answer with cosignatures or a refusal; 404 where this house is no witness."""
    name = settings.MUNIMENT_WITNESS_NAME
    if not name:
        return HttpResponse("This installation is no witness.\n", status=404, content_type="text/plain")
    if len(request.body) > _MOST_BODY:
        return HttpResponse("The request is too long.\n", status=400, content_type="text/plain")
    keys = witness_keys(evidence_log.home(), name, secrets.token_bytes)
    reply = add_checkpoint(at=now(), text=request.body.decode(errors="replace"), keys=keys)
    return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)


urlpatterns = [path("witness/add-checkpoint", add, name="witness_add")]
