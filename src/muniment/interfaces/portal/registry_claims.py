"""Taking up a registration with the code that its new holder got on paper; a registrar decides."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from muniment.interfaces.pages import actor_of, member_page, now, once
from muniment.interfaces.phrases import refusal_text
from muniment.interfaces.portal.home import own_party
from muniment.interfaces.registry_office import leaves
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.queries.claims import claims_by
from muniment.rights.registry.queries.registrations import search_register
from muniment.rights.registry.services.claims import ask_with_code

_MOST_SHOWN = 200


class _CodeForm(forms.Form):
    """The code as it stands on the paper."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
        help_text=gettext_lazy("As it stands on the registrar's paper; strokes and small letters do not matter."),
    )


@member_page
@require_http_methods(["GET", "POST"])
@once
def claims(request: HttpRequest) -> HttpResponse:
    """Show the member's registrations and claims, and take a code for another one."""
    form = _CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            claim = ask_with_code(actor=actor_of(request), at=now(), code=form.cleaned_data["code"], leaves=leaves())
        except UserError as refusal:
            form.add_error("code", refusal_text(refusal))
        else:
            number = claim.registration
            messages.success(request, _("You asked for %(number)s; a registrar decides.") % {"number": number})
            return redirect("portal:registry_claims")
    party_id = own_party(request)
    context = {
        "form": form,
        "claims": claims_by(party_id, _MOST_SHOWN),
        "registrations": search_register(party_id=party_id, limit=_MOST_SHOWN).rows,
    }
    return render(request, "portal/registry_claims.html", context, status=422 if form.errors else 200)


urlpatterns = [path("registrations/", claims, name="registry_claims")]
