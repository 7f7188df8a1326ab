"""The site of the example analysis, written from products made by hand."""

from pathlib import Path

import summarize_results
import write_site
import yaml

from support.example.products import EXAMPLE, cutflow, settings, statistics
from support.project.paths import ROOT
from support.services.html_pages import bare, broken_links, read_pages
from wollemi.base.json_files import render_json
from wollemi.job.job import run_program
from wollemi.pages.site import PAGES
from wollemi.pages.summary import make_summary
from wollemi.results.summary import Summary

ALL = list(PAGES)
RECORD = {
    "analysis": "config/analyses/example/analysis.yaml",
    "settings": {"samples": "5a"},
    "inputs": {"a": "0"},
    "outputs": {},
    "code": {},
    "environment": {"uv.lock": "1b"},
    "packages": {"python": "3.11.7"},
    "digest": "c0ffee" * 10,
}


def write_example_site(document=EXAMPLE, products=None, pages=ALL, max_events=0, **changes):
    """Write the site in the working folder; its pages.

    Args:
        document: the analysis.
        products: `fits`, `limits`, `significances`, where they are not those of the example; None:
            not made.
        pages: names of the pages.
        max_events: of a preview.
        changes: further content of the summary.
    """
    found = statistics(**(products or {}))
    cutflows = {name: cutflow(name) for name in document["datasets"]}
    summary = make_summary(settings(summarize_results.SECTIONS, document), cutflows, found)
    summary = Summary.model_validate(summary | {"lines": (), "plots": ()} | changes)
    for name, content in (
        ("summary", summary.plain()),
        ("records/plot_fit", RECORD),
        ("limits", found.limits.plain() if found.limits else {}),
    ):
        Path(f"run/{name}.json").parent.mkdir(exist_ok=True, parents=True)
        Path(f"run/{name}.json").write_text(render_json(content))
    Path("analysis.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    templates = [
        *(ROOT / "workflow/report/site").glob("*.j2"),
        *(ROOT / "workflow/report/parts").iterdir(),
    ]
    assets = [ROOT / "workflow/report/parts/style.css", ROOT / "workflow/report/site/tables.js"]
    arguments = {
        "analysis": ["analysis.yaml"],
        "templates": templates,
        "assets": assets,
        "summary": ["run/summary.json"],
        "limits": ["run/limits.json"] if found.limits else [],
        "numbers": [],
        "copied": ["run/summary.json"],
        "records": ["run/records/plot_fit.json"],
        "max-events": [max_events],
        "pages": [f"run/site/{name}.html" for name in pages],
        "copied-assets": [f"run/site/{path.name}" for path in assets],
        "copies": ["run/site/summary.json"],
    }
    line = [str(part) for name, values in arguments.items() for part in (f"--{name}", *values)]
    assert run_program(write_site.PROGRAM, write_site.main, line) == 0
    written = read_pages(Path("run/site"))
    assert broken_links(written) == []
    assert [name for name, page in written.items() if bare(page)] == []
    return {name.removesuffix(".html"): page.text for name, page in written.items()}
