"""A real browser: Debian's Chromium, driven by Playwright against Django's live server.

A message of the console that speaks of an error, a broken content security policy among them, fails the test.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright runs a loop in the thread of the tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, and skip it with the reason where there is no browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium here: install the package chromium"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Start the machine's own Chromium, quietly."""
    return {"executable_path": CHROMIUM, "args": QUIET, "headless": True}


@pytest.fixture
def clean_page(page: Page) -> Iterator[Page]:
    """Give a page whose console must stay clean."""
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(15_000)
    yield page
    assert [text for text in errors if "favicon" not in text] == []


def take_picture(page: Page, name: str) -> None:
    """Keep a picture for the README where `MAKE_PICTURES` is set; `make pictures` sets it."""
    if os.environ.get("MAKE_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        page.set_viewport_size({"width": 1200, "height": 800})
        page.screenshot(path=str(PICTURES / f"{name}.png"))
