"""Fixtures that every test may use."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import pytest
from django.test import override_settings
from django.utils import translation
from hypothesis import HealthCheck, settings

from tests.flushing import let_flush_pass

settings.register_profile(
    "muniment",
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("muniment")

_NEEDS_DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option by which the second run, on PostgreSQL, leaves out what the first has said already."""
    parser.addoption("--database-only", action="store_true", help="run only the tests that use a database")


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker for tests whose database is opened by other processes."""
    config.addinivalue_line("markers", "database: lets processes of its own use the database of the settings")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests without a database, if that is asked for."""
    if config.getoption("--database-only"):
        left_out = [item for item in items if not _uses_database(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _uses_database(item)]


def _uses_database(item: pytest.Item) -> bool:
    marked = any(item.get_closest_marker(name) for name in ("django_db", "database"))
    return marked or not _NEEDS_DATABASE.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> Iterator[Path]:
    """Keep the Parquet store and everything else of an installation in the test's own folder."""
    home = tmp_path / "home"
    with override_settings(MUNIMENT_HOME=home, MUNIMENT_STORE=home / "store"):
        yield home / "store"


@pytest.fixture(autouse=True)
def _language_of_nobody() -> Iterator[None]:
    """Forget the language of the last page that a test asked for: a request leaves it active in its thread."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def _loops_apart() -> Iterator[None]:
    """Let what signs and verifies have its loop in a thread of its own: after a browser's test one is left in ours."""
    run = asyncio.run
    with ThreadPoolExecutor(1) as apart, patch("asyncio.run", lambda task: apart.submit(run, task).result()):
        yield


@pytest.fixture(scope="session", autouse=True)
def _fast_passwords() -> Iterator[None]:
    """Hash passwords fast; how slowly is Django's to test."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def _flush_passes_triggers() -> None:
    """Let tests that commit be cleaned up; see tests/flushing.py."""
    let_flush_pass()
