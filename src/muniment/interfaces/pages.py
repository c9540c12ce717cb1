"""What every page shares: who may see it, how a form acts once, how a refusal is shown, what the frame holds.

A view parses its form, calls one service or query, and renders. Around it stand, from the outside:

    @staff_page(Action.WORK_READ)   a login and a role that carries the action, else the login page or a 403
    @member_page                    a login that stands for a member
    @once                           a form sent twice acts once

A `UserError` that a service raises becomes a message on the page the person came from; nothing has been written.
"""

import functools
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from muniment.interfaces.models import SpentForm
from muniment.interfaces.navigation import entries_for
from muniment.interfaces.phrases import refusal_text
from muniment.kernel.words.problems import UserError
from muniment.trust.access.models import User
from muniment.trust.access.queries import actor_of as actor_of_user
from muniment.trust.access.rules import Action, Actor, NotAllowed, Role, allows

View = Callable[..., HttpResponse]
"""A function from a request, and what its address names, to the response."""

PAGE_SIZE = 50


def now() -> datetime:
    """Read the clock: here, at the outermost edge, and nowhere further in."""
    return datetime.now(UTC)


def actor_of(request: HttpRequest) -> Actor:
    """Return who is acting.

    Raises:
        PermissionDenied: nobody is logged in.
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return actor_of_user(request.user)


def staff_page(action: Action) -> Callable[[View], View]:
    """Show the page only to a person whose role carries `action`, and refusals of services as messages."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not allows(actor_of(request), action):
                raise PermissionDenied
            return _with_refusals(view, request, *args, **kwargs)

        return guarded

    return decorate


def member_page(view: View) -> View:
    """Show the page only to a member; `actor_of(request).party_id` says which."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        actor = actor_of(request)
        if actor.party_id is None or not allows(actor, Action.OWN_READ):
            raise PermissionDenied
        return _with_refusals(view, request, *args, **kwargs)

    return guarded


def once(view: View) -> View:
    """Let each form that holds `{% form_token %}` act once; sent again, it leads to what the first one led to.

    The token and what the view writes are one transaction: if the view fails, nothing is kept. If a service refuses,
    what it kept of the refusal (a received file with its problems) stays, and the form may be sent again.
    """

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        token = request.POST.get("form_token", "")
        if request.method != "POST" or not token:
            return view(request, *args, **kwargs)
        try:
            with transaction.atomic():
                response = _spend(token, view, request, *args, **kwargs)
        except IntegrityError:
            first = SpentForm.objects.filter(token=token).first()
            if first is None:
                raise
            messages.info(request, _("This form had been sent before; it was carried out once."))
            return redirect(first.location)
        if isinstance(response, UserError):
            raise response
        return response

    return guarded


def _spend(
    token: str, view: View, request: HttpRequest, /, *args: object, **kwargs: object
) -> HttpResponse | UserError:
    """Note the token and run the view, in the caller's transaction; return a refusal, so that it does not roll back."""
    spent = SpentForm.objects.create(token=token, spent_at=now(), location=request.path)
    try:
        response = view(request, *args, **kwargs)
    except UserError as refusal:
        spent.delete()
        return refusal
    SpentForm.objects.filter(pk=spent.pk).update(location=response.get("Location", request.path))
    return response


def _with_refusals(view: View, request: HttpRequest, /, *args: object, **kwargs: object) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except UserError as error:
        if isinstance(error, NotAllowed):
            raise PermissionDenied(refusal_text(error)) from error
        if request.method != "POST":
            return render(request, "refused.html", {"error": error}, status=404)
        messages.error(request, refusal_text(error))
        return HttpResponseRedirect(_page_before(request))


def _page_before(request: HttpRequest) -> str:
    before = request.headers.get("referer", "")
    if url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure()):
        return before
    return "/"


def page_of[T](request: HttpRequest, rows: "Paginator[T]") -> "Page[T]":
    """Return the page of a paginator that the address asks for; an impossible number gives the nearest."""
    return rows.get_page(request.GET.get("page"))


def new_form_token() -> str:
    """Return a fresh token for one form; it is no secret, only unlike any other."""
    return uuid.uuid4().hex


def page_context(request: HttpRequest) -> dict[str, object]:
    """Return what the frame of every page needs: the society, the person, the menu of that person."""
    user = getattr(request, "user", None)
    actor = actor_of_user(user) if isinstance(user, User) else None
    return {
        "society": settings.MUNIMENT_SOCIETY,
        "actor": actor,
        "is_member": actor is not None and Role.MEMBER in actor.roles,
        "navigation": entries_for(actor),
    }
