"""The JSON API: the services and queries of each domain package as a router, described by OpenAPI at /api/docs.

A module names its `router` (ninja) and the `PREFIX` of its addresses. Each operation needs a login (the session of
the pages) unless its router says otherwise; a service's refusal is status 403 or 422 with message and remedy.
"""

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.security import django_auth

from muniment import __version__
from muniment.kernel.words.problems import UserError
from muniment.trust.access.rules import NotAllowed


def build_api() -> NinjaAPI:
    """Return the API with the routers of every module in this folder."""
    from muniment.interfaces import api as package
    from muniment.interfaces.navigation import modules_of

    api = NinjaAPI(title="Muniment", version=__version__, auth=django_auth, urls_namespace="api")

    @api.exception_handler(UserError)
    def refuse(request: HttpRequest, error: UserError | type[UserError]) -> HttpResponse:
        status = 403 if isinstance(error, NotAllowed) else 422
        body = {"message": getattr(error, "message", ""), "remedy": getattr(error, "remedy", "")}
        return api.create_response(request, body, status=status)

    for module in modules_of(package):
        api.add_router(module.PREFIX, module.router)
    return api
