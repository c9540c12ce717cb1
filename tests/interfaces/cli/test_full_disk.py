"""A full disk at the command line: a sentence and status 2, whoever noticed it; anything else is not hidden."""

import errno
import os

import pytest
from django.db import OperationalError

from muniment.interfaces import cli


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "bag"),
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        OperationalError("database or disk is full"),
        OperationalError('could not extend file "base/5/1": No space left on device'),
    ],
)
def test_a_full_disk_is_said(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(cli, "build_app", lambda: fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "The disk is full. What was begun is undone" in " ".join(capsys.readouterr().err.split())


def test_another_error_of_the_database_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(cli, "build_app", lambda: fail)
    with pytest.raises(OperationalError, match="I/O"):
        cli.main()
