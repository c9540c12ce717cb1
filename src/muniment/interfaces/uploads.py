"""A file that a person sends with a form, as a path that services can read."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from muniment.kernel.words.problems import BadFile


@contextmanager
def received_file(upload: object) -> Iterator[Path]:
    """Give the path of an uploaded file, which has the name it had at its sender, until the body ends.

    Raises:
        BadFile: the form came without a file.
    """
    if not isinstance(upload, UploadedFile):
        raise BadFile(_("No file was chosen."), _("Choose a file and send the form again."))
    with tempfile.TemporaryDirectory(prefix="muniment-") as folder:
        path = Path(folder) / (Path(upload.name or "").name or "file")
        with path.open("xb") as copy:
            for piece in upload.chunks():
                copy.write(piece)
        yield path
