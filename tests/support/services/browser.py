"""The system's Chromium, driven by playwright: pages as people see them, and everything that goes
wrong with them.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium (Debian's package chromium)"
)
WIDTHS = {"phone": 390, "desktop": 1400}


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched_page(browser: Browser, width: int) -> Iterator[tuple[Page, list[str]]]:
    """A page of a width in pixels, and what has gone wrong with it: errors, messages, failed and
    foreign requests.
    """
    page, problems = browser.new_page(viewport={"width": width, "height": 900}), []
    page.on("console", lambda message: problems.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on("requestfailed", lambda request: problems.append(f"failed: {request.url[:200]}"))
    page.on("request", lambda request: problems.extend(foreign(request.url)))
    try:
        yield page, problems
    finally:
        page.close()


def foreign(url: str) -> list[str]:
    """A problem, if an address is not on this disk."""
    return [] if url.startswith(("file:", "data:", "blob:")) else [f"foreign: {url[:200]}"]


def show_images(page: Page) -> None:
    """Have every image loaded: those further down wait until they are scrolled to."""
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_function("[...document.images].every((image) => image.complete)")


def column(page: Page, table: int, place: int) -> list[str]:
    """Texts of a column of a table as they stand, without what is below the value."""
    script = """([table, place]) => [...document.querySelectorAll("table")[table].tBodies[0].rows].map((row) => {
        const cell = row.cells[place].cloneNode(true);
        cell.querySelectorAll("small").forEach((small) => small.remove());
        return cell.textContent.trim();
    })"""  # noqa: E501
    found: list[str] = page.evaluate(script, [table, place])
    return found
