"""Fixtures that every test may use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
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


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> Iterator[Path]:
    """Keep the Parquet store and everything else of an installation in the test's own folder."""
    home = tmp_path / "home"
    with override_settings(MUNIMENT_HOME=home, MUNIMENT_STORE=home / "store"):
        yield home / "store"


@pytest.fixture(scope="session", autouse=True)
def _fast_passwords() -> Iterator[None]:
    """Hash passwords fast; how slowly is Django's to test."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def _flush_passes_triggers() -> None:
    """Let tests that commit be cleaned up; see tests/flushing.py."""
    let_flush_pass()
