"""The site of a published run: whole without a network, in a real browser as wide as a phone and as
a desk.
"""

import hashlib
import json
import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.project.paths import ROOT
from support.services.browser import (
    WIDTHS,
    column,
    needs_chromium,
    open_browser,
    show_images,
    watched_page,
)
from support.services.html_pages import bare, broken_links, linked_files, read_pages
from support.tiny.analysis import environment, snakemake, snakemake_command

from wollemi.base.rounding import with_error
from wollemi.plan.registry import PRODUCTS
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.verify import verify_run

SITE = "results/tiny/site"
PAGES = ["index", "regions", "fit", "limits", "systematics", "data", "provenance", "downloads"]
BATCHES = {"toy_limits", *(item.name for item in PRODUCTS if item.batches)}


@pytest.fixture(scope="module")
def published(tmp_path_factory, finished):
    """A project in which the tiny analysis is published."""
    project = Path(shutil.copytree(finished, tmp_path_factory.mktemp("published") / "project"))
    done = snakemake(project, "publish")
    assert done.returncode == 0, done.stdout
    return project


@pytest.fixture(scope="module")
def site(published, tmp_path_factory):
    """The site alone, copied to where nothing else is."""
    return Path(
        shutil.copytree(published / SITE, tmp_path_factory.mktemp("elsewhere") / "my results")
    )


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


def test_every_link_leads_somewhere_and_to_every_file(site):
    pages = read_pages(site)
    assert pages.keys() == {f"{name}.html" for name in PAGES}
    assert broken_links(pages) == []
    files = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    assert linked_files(pages) == files


def test_everything_published_is_there_with_its_checksum(published, site):
    page = (site / "downloads.html").read_text()
    products = [path for path in (published / "results/tiny").rglob("*") if path.is_file()]
    folders = {"logs", "records", "site", "events", "identifiers", "parts", "files"}
    for path in products:
        name = path.relative_to(published / "results/tiny")
        of_a_part = name.parts[0] in ("histograms", "cutflow") and len(name.parts) > 2
        of_a_part |= name.parts[0] in (
            "toy_limits",
            *(item.name for item in PRODUCTS if item.batches),
        )
        if (
            folders.isdisjoint(name.parts)
            and not of_a_part
            and name.name not in ("index.html", "overview.rst")
        ):
            assert (site / name).read_bytes() == path.read_bytes(), name
            assert f'href="{name}"' in page
            assert hashlib.sha256(path.read_bytes()).hexdigest() in page


@pytest.mark.parametrize("name", PAGES)
def test_readers_who_do_not_see_a_page_can_use_it(site, name):
    assert bare(read_pages(site)[f"{name}.html"]) == []


def test_neither_times_nor_places_stand_on_a_page(published, site):
    for path in (*site.glob("*.html"), *site.glob("*.js"), *site.glob("*.css")):
        text = path.read_text()
        assert not re.search(r"\d{4}-\d\d-\d\d|\b\d\d:\d\d\b", text), path
        assert str(published) not in text
        assert platform.node() not in re.findall(r"[\w.-]+", text)


def test_another_run_gives_the_same_bytes(published, tmp_path):
    project = shutil.copytree(published, tmp_path / "project")
    shutil.rmtree(project / SITE)
    command = snakemake_command(f"{SITE}/index.html")
    done = subprocess.run(
        command,
        cwd=project,
        env=environment() | {"PYTHONHASHSEED": "2"},
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    files = [
        path.relative_to(published) for path in (published / SITE).rglob("*") if path.is_file()
    ]
    assert [
        path for path in files if (project / path).read_bytes() != (published / path).read_bytes()
    ] == []


def shown_whole(page, address, width):
    """Open a page: it has no need to be scrolled sideways, and all of its images are there."""
    page.goto(address)
    show_images(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    lost = "[...document.images].filter((image) => image.naturalWidth === 0)"
    assert page.evaluate(f"{lost}.map((image) => image.src)") == []
    too_wide = (
        "[...document.querySelectorAll('h1, h2, h3, p, img, pre, nav')].filter((one) => "
        "one.offsetWidth > innerWidth)"
    )
    assert page.evaluate(f"{too_wide}.length") == 0


@needs_chromium
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_a_page_in_a_browser(browser, site, name, width):
    with watched_page(browser, width) as (page, problems):
        shown_whole(page, (site / f"{name}.html").as_uri(), width)
        assert page.locator("nav a[aria-current=page]").count() == 1
        assert problems == []


@needs_chromium
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_the_page_of_a_run_in_a_browser(browser, finished, width):
    """That of every run; its tables scroll by themselves where they are wider."""
    path = finished / "results/tiny/index.html"
    with watched_page(browser, width) as (page, problems):
        shown_whole(page, path.as_uri(), width)
        plots = {f"plots/{one.name}" for one in (path.parent / "plots").glob("*.png")}
        sources = page.evaluate("[...document.images].map((one) => one.getAttribute('src'))")
        assert plots
        assert set(sources) == plots
        assert problems == []


@needs_chromium
def test_the_menu_leads_through_all_pages(browser, site):
    with watched_page(browser, WIDTHS["phone"]) as (page, problems):
        page.goto((site / "index.html").as_uri())
        seen = []
        for place in range(page.locator("nav a").count()):
            page.locator("nav a").nth(place).click()
            seen.append(Path(page.url).stem)
        assert seen == PAGES
        assert problems == []


@needs_chromium
def test_tables_sort_by_numbers_and_by_names(browser, site, published):
    fit = json.loads((published / "results/tiny/fit.json").read_text())["fits"]["background_only"]
    known = [item for item in fit["parameters"] if "[" not in item["name"] and not item["fixed"]]
    with watched_page(browser, WIDTHS["desktop"]) as (page, problems):
        page.goto((site / "fit.html").as_uri())
        table = next(
            place for place in range(page.locator("table").count()) if "MINOS" in page.locator("table").nth(place).inner_text()  # noqa: E501
            and "before the fit" in page.locator("table").nth(place).inner_text()
        )  # fmt: skip
        buttons, before = (
            page.locator("table").nth(table).locator("th button"),
            column(page, table, 0),
        )
        buttons.nth(2).click()
        shown = [text for text in column(page, table, 2) if "fixed" not in text]
        by_value = sorted(known, key=lambda item: item["value"])
        assert shown == [with_error(item["value"], item["error"]) for item in by_value]
        assert page.locator("th[aria-sort=ascending]").count() == 1
        buttons.nth(2).press("Enter")
        assert [text for text in column(page, table, 2) if "fixed" not in text] == shown[::-1]
        assert page.locator("th[aria-sort=descending]").count() == 1
        buttons.nth(2).click()
        assert column(page, table, 0) == before
        buttons.nth(0).click()
        assert column(page, table, 0) == sorted(before)
        buttons.nth(0).click()
        assert column(page, table, 0) == sorted(before, reverse=True)
        assert problems == []


NUMBERS = [
    "−1,200 ± 5",
    "−3.5",
    "−3.00×10⁻⁶",
    "0",
    "0.410 (fixed)",
    "2.5 %",
    "3 +1 −2",
    "1.0×10²",
    "999.5 σ",
    "1,000",
]
NAMES = ["3rd jet", "Z′ (2 TeV)", "Z′ (10 TeV)"]


@needs_chromium
def test_what_counts_as_a_number(browser, tmp_path):
    mixed = [*NUMBERS[3:], *NUMBERS[:3], "BLINDED", "–"]
    rows = "".join(
        f"<tr><td>{text}<small>7</small></td><td>{NAMES[(place + 1) % 3]}</td></tr>"
        for place, text in enumerate(mixed)
    )
    total = '<tr class="total"><td>1</td><td>total</td></tr>'
    table = (
        f"<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>{rows}{total}</tbody></table>"
    )
    script = (ROOT / "workflow/report/site/tables.js").read_text()
    (tmp_path / "page.html").write_text(
        f'<!DOCTYPE html><meta charset="utf-8">{table}<script>{script}</script>'
    )
    with watched_page(browser, WIDTHS["desktop"]) as (page, problems):
        page.goto((tmp_path / "page.html").as_uri())
        page.locator("th button").nth(0).click()
        assert column(page, 0, 0) == [*NUMBERS, "BLINDED", "–", "1"]
        page.locator("th button").nth(0).click()
        assert column(page, 0, 0) == [*NUMBERS[::-1], "BLINDED", "–", "1"]
        page.locator("th button").nth(1).click()
        assert column(page, 0, 1) == [*(name for name in NAMES for _ in range(4)), "total"]
        assert problems == []


@needs_chromium
def test_what_a_wide_table_holds_is_reached_by_keys(browser, site):
    with watched_page(browser, WIDTHS["phone"]) as (page, _):
        page.goto((site / "systematics.html").as_uri())
        assert page.locator(".wide[tabindex]").count() > 0


def test_the_chain_of_provenance_holds_the_site(published, monkeypatch):
    monkeypatch.chdir(published)
    chain = verify_run(Path("results/tiny"), PresentState())
    assert chain.status == "intact"
    assert chain.products[f"{SITE}/index.html"] == "intact"
