"""Where the real sample files are that the project may read but not ship."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "formats"

needs_real_files = pytest.mark.skipif(not SHARED.exists(), reason="the sample files are not in this checkout")
