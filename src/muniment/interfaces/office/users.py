"""Pages of the logins: who may come in, in which role."""

from secrets import SystemRandom

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.trust.access import queries, services
from muniment.trust.access.rules import Action, Role, generate_password

ROLES = {
    Role.ADMINISTRATOR: gettext_lazy("Administrator"),
    Role.DOCUMENTATION: gettext_lazy("Documentation"),
    Role.LICENSING: gettext_lazy("Licensing"),
    Role.DISTRIBUTION: gettext_lazy("Distribution"),
    Role.FINANCE: gettext_lazy("Finance"),
    Role.REGISTRAR: gettext_lazy("Registrar"),
    Role.CHIEF_REGISTRAR: gettext_lazy("Chief registrar"),
    Role.AUDITOR: gettext_lazy("Auditor"),
    Role.MEMBER: gettext_lazy("Member"),
}
"""What a person reads for each role."""


class RoleForm(forms.Form):
    """A role, and for a member's login the party it stands for."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=[(role.value, label) for role, label in ROLES.items()])
    party_id = forms.IntegerField(
        label=gettext_lazy("Party number"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("Only for a member: the number of the party the login stands for."),
    )


class NewUserForm(RoleForm):
    """What a new login needs; its password is made here and shown once."""

    username = forms.CharField(label=gettext_lazy("Login name"), max_length=150)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    field_order = ("username", "name", "role", "party_id")


@staff_page(Action.USER_MANAGE)
def user_list(request: HttpRequest) -> HttpResponse:
    """List the logins."""
    rows = [(user, ROLES[user.role]) for user in queries.list_users()]
    return render(request, "office/users/list.html", {"rows": rows})


@staff_page(Action.USER_MANAGE)
@never_cache
@once
def new_user(request: HttpRequest) -> HttpResponse:
    """Make a login and show its password, this one time."""
    form = NewUserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password = generate_password(SystemRandom())
        services.create_user(
            actor=actor_of(request),
            at=now(),
            username=form.cleaned_data["username"],
            password=password,
            name=form.cleaned_data["name"],
            role=Role(form.cleaned_data["role"]),
            party_id=form.cleaned_data["party_id"],
        )
        context = {"username": form.cleaned_data["username"], "password": password}
        return render(request, "office/users/password.html", context)
    return render(request, "office/users/new.html", {"form": form})


@staff_page(Action.USER_MANAGE)
@once
def user_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """Show a login, and give it another role when its form is sent."""
    user = queries.get_user(user_id)
    if user is None:
        raise Http404
    form = RoleForm(request.POST or {"role": user.role.value, "party_id": user.party_id})
    if request.method == "POST" and form.is_valid():
        services.set_role(
            actor=actor_of(request),
            at=now(),
            user_id=user_id,
            role=Role(form.cleaned_data["role"]),
            party_id=form.cleaned_data["party_id"],
        )
        messages.success(request, _("The role is changed."))
        return redirect("office:user", user_id)
    events = queries.list_events(subject=("user", user_id), limit=20).rows
    return render(request, "office/users/user.html", {"user_row": user, "form": form, "events": events})


@staff_page(Action.USER_MANAGE)
@require_POST
@once
def set_active(request: HttpRequest, user_id: int) -> HttpResponse:
    """Close a login, or open it again."""
    active = request.POST.get("active") == "1"
    services.set_active(actor=actor_of(request), at=now(), user_id=user_id, active=active)
    messages.success(request, _("The login is open.") if active else _("The login is closed."))
    return redirect("office:user", user_id)


@staff_page(Action.USER_MANAGE)
@never_cache
@require_POST
@once
def new_password(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give a login a new password and show it, this one time."""
    user = queries.get_user(user_id)
    if user is None:
        raise Http404
    password = generate_password(SystemRandom())
    services.set_password(actor=actor_of(request), at=now(), user_id=user_id, password=password)
    return render(request, "office/users/password.html", {"username": user.username, "password": password})


urlpatterns = [
    path("users/", user_list, name="users"),
    path("users/new/", new_user, name="user-new"),
    path("users/<int:user_id>/", user_page, name="user"),
    path("users/<int:user_id>/active/", set_active, name="user-active"),
    path("users/<int:user_id>/password/", new_password, name="user-password"),
]
NAVIGATION = [Entry(gettext_lazy("Users"), "office:users", Action.USER_MANAGE, 98)]
