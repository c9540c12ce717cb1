"""Files that a page hands to the person who asked for them."""

from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from django.http import FileResponse, HttpResponse

from muniment.kernel.formats.statements import StatementDocument, StatementForm

_IN_MEMORY = 4 * 1024 * 1024


def file_response(content: bytes, name: str, media_type: str) -> HttpResponse:
    """Return the answer that a browser keeps as a file; `name` holds nothing but letters, digits, - _ and a dot."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=media_type, headers=headers)


def statement_response(document: StatementDocument, form: StatementForm) -> HttpResponse:
    """Return a statement as a file, made now; a long one goes through a file on disk, which goes with the answer.

    It is made before the answer begins, so that one that does not add up is a refusal and not half a file.
    """
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the answer closes it
    form.write(document, cast(BinaryIO, file))
    file.seek(0)
    name = form.file_name(document)
    answer = FileResponse(file, as_attachment=True, filename=name, content_type=form.media_type)
    return cast(HttpResponse, answer)  # to a view it is a response like any other; Django has two families of them
