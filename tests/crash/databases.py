"""A database that can be put back to a kept state in milliseconds, on either engine, with the home beside it."""

import shutil
import sqlite3
import time
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection
from django.test.utils import override_settings

_PATIENCE_SECONDS = 30


class Database:
    """The database and home under test; `keep` and `restore` are by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "work"
        self.home.mkdir(parents=True)
        self.vendor = connection.vendor
        self.url_facts = dict(connection.settings_dict)
        override_settings(MUNIMENT_HOME=self.home, MUNIMENT_STORE=self.home / "store").enable()
        connection.close()
        self.name = str(self.home / "muniment.sqlite3") if self.vendor == "sqlite" else "crash_work"
        if self.vendor == "postgresql":
            self._admin("DROP DATABASE IF EXISTS crash_work WITH (FORCE)")
            self._admin("CREATE DATABASE crash_work")
        connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = self.name

    def _admin(self, statement: str) -> None:
        facts = self.url_facts
        with psycopg.connect(
            host=facts["HOST"], user=facts["USER"], port=facts["PORT"] or None, dbname="postgres", autocommit=True
        ) as admin:
            admin.execute(statement)

    def keep(self, name: str) -> None:
        """Keep the present state under a name."""
        connection.close()
        if self.vendor == "sqlite":
            with sqlite3.connect(self.name) as plain:
                plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            plain.close()
        else:
            self.wait_for_quiet()
            self._admin(f"DROP DATABASE IF EXISTS {name}")
            self._admin(f"CREATE DATABASE {name} TEMPLATE crash_work STRATEGY FILE_COPY")
        shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.home, self.folder / name)

    def restore(self, name: str) -> None:
        """Go back to a kept state."""
        connection.close()
        shutil.rmtree(self.home)
        shutil.copytree(self.folder / name, self.home)
        if self.vendor == "postgresql":
            self._admin("DROP DATABASE IF EXISTS crash_work WITH (FORCE)")
            self._admin(f"CREATE DATABASE crash_work TEMPLATE {name} STRATEGY FILE_COPY")

    def wait_for_quiet(self) -> None:
        """Wait until the server has noticed that killed clients are gone.

        Raises:
            TimeoutError: it did not in half a minute.
        """
        if self.vendor == "sqlite":
            return
        facts = self.url_facts
        until = time.monotonic() + _PATIENCE_SECONDS
        with psycopg.connect(
            host=facts["HOST"], user=facts["USER"], port=facts["PORT"] or None, dbname="postgres", autocommit=True
        ) as admin:
            while time.monotonic() < until:
                found = admin.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = 'crash_work'").fetchone()
                if found == (0,):
                    return
                time.sleep(0.002)
        raise TimeoutError("the server kept the connection of a killed client")
