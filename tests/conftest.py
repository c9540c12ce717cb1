"""Fixtures that every test may use."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings) -> Path:  # type: ignore[no-untyped-def]
    """Keep the Parquet store and everything else of an installation in the test's own folder."""
    settings.MUNIMENT_HOME = tmp_path / "home"
    settings.MUNIMENT_STORE = tmp_path / "home" / "store"
    return settings.MUNIMENT_STORE
