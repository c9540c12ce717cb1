"""Pages of the columns that were remembered: the list of all, and one of them to look at, rename and forget."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces.door import remembered
from muniment.interfaces.office._door_forms import ForgetForm, RenameForm, becomes_words, field_words
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.kernel.formats.door import shown
from muniment.kernel.formats.reports import layouts
from muniment.trust.access.rules import Action, allows


@staff_page(Action.USAGE_READ)
@require_GET
def column_list(request: HttpRequest) -> HttpResponse:
    """List what is remembered, and the statements and logs whose columns nobody has to say."""
    rows = [(each.row, shown(each.row.name), _about(each)) for each in remembered.remembered_columns()]
    return render(request, "office/door/remembered.html", {"rows": rows, "layouts": layouts()})


@staff_page(Action.USAGE_READ)
@require_GET
def column_page(request: HttpRequest, number: int) -> HttpResponse:
    """Show which column gives which field, and let whoever may import such tables rename or forget it."""
    this = remembered.remembered_of(number)
    return _page(request, this, RenameForm({"name": this.row.name}), ForgetForm())


@staff_page(Action.USAGE_READ)
@require_POST
@once
def column_rename(request: HttpRequest, number: int) -> HttpResponse:
    """Give remembered columns another name."""
    this = remembered.remembered_of(number)
    form = RenameForm(request.POST)
    if not form.is_valid():
        return _page(request, this, form, ForgetForm(), status=422)
    name = form.cleaned_data["name"]
    remembered.rename_columns(actor=actor_of(request), at=now(), number=number, name=name)
    messages.success(request, _("The columns have their new name."))
    return redirect("office:remembered-columns", number)


@staff_page(Action.USAGE_READ)
@require_POST
@once
def column_forget(request: HttpRequest, number: int) -> HttpResponse:
    """Forget remembered columns, once it is confirmed."""
    this = remembered.remembered_of(number)
    form = ForgetForm(request.POST)
    if not form.is_valid():
        return _page(request, this, RenameForm({"name": this.row.name}), form, status=422)
    remembered.forget_columns(actor=actor_of(request), at=now(), number=number)
    messages.success(request, _("The columns are forgotten."))
    return redirect("office:remembered")


def _page(
    request: HttpRequest, this: remembered.Remembered, rename: RenameForm, forget: ForgetForm, status: int = 200
) -> HttpResponse:
    facts = {
        "row": this.row,
        "name": shown(this.row.name),
        "about": _about(this),
        "columns": [(field_words(field), shown(header)) for field, header in this.row.columns.items()],
        "unused": [field_words(field) for field in this.unused],
        "rename": rename,
        "forget": forget,
        "may_change": allows(actor_of(request), this.about.action),
    }
    return render(request, "office/door/remembered_columns.html", facts, status=status)


def _about(this: remembered.Remembered) -> str:
    return str(becomes_words(this.about.becomes))


urlpatterns = [
    path("columns/", column_list, name="remembered"),
    path("columns/<int:number>/", column_page, name="remembered-columns"),
    path("columns/<int:number>/rename/", column_rename, name="remembered-rename"),
    path("columns/<int:number>/forget/", column_forget, name="remembered-forget"),
]
