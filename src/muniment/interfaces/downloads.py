"""Files that a page hands to the person who asked for them."""

from django.http import HttpResponse

from muniment.kernel.formats.statements import StatementDocument, StatementForm


def file_response(content: bytes, name: str, media_type: str) -> HttpResponse:
    """Return the answer that a browser keeps as a file; `name` holds nothing but letters, digits, - _ and a dot."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=media_type, headers=headers)


def statement_response(document: StatementDocument, form: StatementForm) -> HttpResponse:
    """Return a statement as a file."""
    return file_response(form.render(document), form.file_name(document), form.media_type)
