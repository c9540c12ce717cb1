"""The first page after the login, and the page that an error shows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from muniment.interfaces.pages import actor_of
from muniment.trust.access.rules import Role


def home(request: HttpRequest) -> HttpResponse:
    """Lead a person to the own pages: a member to the portal, staff to the office, anybody else to the repertoire."""
    if not request.user.is_authenticated:
        return redirect("public:repertoire")
    if Role.MEMBER in actor_of(request).roles:
        return redirect("portal:home")
    return render(request, "office/home.html")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that the page is not for this person, and who can change that."""
    return render(request, "403.html", {"reason": str(exception)}, status=403)
