"""The snippets of docs/read_products.md run on the products of a run."""

import re
import shutil

import pytest
from support.project.paths import ROOT

from wollemi.results.named import NamedResults

PAGE = (ROOT / "docs/read_products.md").read_text(encoding="utf-8")
SNIPPETS = dict(re.findall(r"^## (.*?)$.*?```python\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE))
# The page reads zprime, whose run takes minutes; the tests have the tiny analysis.
NAMES = {
    "results/zprime": "results/tiny",
    "events/zprime_3000": "events/dy_high",
    "histograms/zprime_3000/": "histograms/dy_high/",
    "histograms/zprime_3000": "histograms/signal_300",
    "cutflow/zprime_3000": "cutflow/dy_high",
    "signal_ee/mass_ee": "search/mass_search",
    "zprime_3000": "signal_300",
    "signal_ee": "search",
}


def adapted(snippet):
    for name, other in NAMES.items():
        snippet = snippet.replace(name, other)
    return snippet


NAMED = {
    "value": 1.5,
    "unit": "",
    "description": "",
    "file": "limits.json",
    "pointer": "/x",
    "sha256": "0" * 64,
    "marks": [],
}


@pytest.mark.parametrize("title", SNIPPETS)
def test_a_snippet_runs(title, finished, tmp_path, monkeypatch, capsys):
    # The tiny analysis names no results.
    content = {
        "format": "wollemi-results-1",
        "analysis": "tiny",
        "title": "",
        "results": {"limit": NAMED},
    }
    (tmp_path / "results").mkdir()
    shutil.copytree(
        finished / "results/tiny",
        tmp_path / "results/tiny",
        ignore=shutil.ignore_patterns("plots", "logs"),
    )
    (tmp_path / "results/tiny/results.json").write_text(
        NamedResults.model_validate(content).model_dump_json(), encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    exec(compile(adapted(SNIPPETS[title]), title, "exec"), {})  # what a reader pastes
    assert capsys.readouterr().out.strip()


def test_every_section_has_a_snippet():
    assert len(SNIPPETS) == PAGE.count("```python") == PAGE.count("\n## ")
