"""Pages of the site for analyses with and without a model, with marks and with odd names, from
products made by hand.
"""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from support.example.products import EXAMPLE
from support.example.site import ALL, write_example_site

from wollemi.pages.summary import Statistics

WITHOUT_MODEL = [name for name in ALL if name not in ("fit", "limits", "systematics")]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def data_only():
    document = {
        key: value
        for key, value in EXAMPLE.items()
        if key
        not in (
            *("model", "limits", "scans", "goodness", "uncertainties", "extrapolation"),
            *("region_limits", "discovery"),
            *("systematics", "plots"),
        )
    }
    return document | {
        "samples": {"data": EXAMPLE["samples"]["data"]},
        "datasets": {"data": EXAMPLE["datasets"]["data"]},
    }


def test_numbers_are_those_of_the_products():
    pages = write_example_site()
    assert "<b>0.50 ± 0.25</b>" in pages["index"]
    assert "0.50 +0.30 −0.20" in pages["fit"]
    assert "2.13 σ" in pages["limits"]
    assert "−0.50 ± 0.90" in pages["systematics"]
    assert "the varied template is the nominal one" in pages["systematics"]
    assert "the median" not in pages["limits"]
    assert json.loads(Path("run/site/summary.json").read_text())["analysis"] == "example"


def test_an_analysis_without_a_model():
    pages = write_example_site(
        data_only(),
        {item.name: None for item in fields(Statistics)},
        WITHOUT_MODEL,
    )
    assert "<b>24</b>" in pages["index"]
    assert "enters the fit" not in pages["regions"]


def test_marks_stand_on_every_page():
    marks = ["pseudo-data", "PREVIEW", "BLINDED"]
    blinding = {"regions": ["sr"], "windows": {"mass": [1.0, 2.0]}, "yields": ["sr"]}
    pages = write_example_site(max_events=100, marks=marks, blinding=blinding)
    for text in pages.values():
        assert all(mark in text for mark in ("PSEUDO-DATA", "PREVIEW", "BLINDED", "Hidden: region"))
    assert "--config analysis=example max_events=100" in pages["provenance"]
    assert not any(
        mark in text
        for text in write_example_site().values()
        for mark in ("PSEUDO-DATA", "PREVIEW", "BLINDED:")
    )


def test_parameters_have_their_labels_and_their_names_as_tooltips():
    labels = {"lumi": "luminosity", "mu": "$\\mu_{S}$"}
    plots = EXAMPLE["plots"] | {"parameters": labels}
    pages = write_example_site(EXAMPLE | {"plots": plots})
    assert '<span title="lumi">luminosity</span>' in pages["fit"]
    assert '<span title="lumi">luminosity</span>' in pages["systematics"]
    assert "<code>lumi</code>" not in pages["fit"] + pages["systematics"]
    assert "signal strength µ<sub>S</sub>" in pages["index"]


def test_decisions_lead_to_the_plots_of_templates():
    plot = {"name": "templates_scale", "base": "plots/templates_scale", "caption": "Templates"}
    plot["alt"] = "Templates of the scale of the muons."
    for suffix in ("png", "pdf", "json"):
        path = Path(f"run/site/plots/templates_scale.{suffix}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    page = write_example_site(plots=(plot,))["systematics"]
    assert '<a href="#templates_scale"><code>scale</code></a>' in page
    assert '<figure id="templates_scale">' in page


def test_authors_are_on_the_first_page():
    about = {
        "authors": [
            {"name": "Curie, Marie", "orcid": "0000-0002-1825-0097"},
            {"name": "<b>group</b>", "affiliation": "Sorbonne"},
        ],
        "license": "CC-BY-4.0",
        "date": "2026-11-30",
        "doi": "10.5281/zenodo.1",
        "related": [{"title": "Data", "authors": "CMS", "address": "10.7483/A.B"}],
    }
    page = write_example_site(EXAMPLE | {"publication": {"about": about}})["index"]
    assert '<a href="https://orcid.org/0000-0002-1825-0097">Curie, Marie</a>' in page
    assert "&lt;b&gt;group&lt;/b&gt; (Sorbonne)" in page
    assert 'href="https://doi.org/10.5281/zenodo.1"' in page
    assert '<li><a href="https://doi.org/10.7483/A.B">Data</a>, CMS</li>' in page
    assert "Based on" not in write_example_site()["index"]


def test_odd_names_and_texts_are_shown_as_they_are():
    odd = '</script><b>"A & B\'s" {{ name }}</b>'
    plots = EXAMPLE["plots"] | {"regions": {"sr": odd}, "samples": {"dy": {"label": odd}}}
    pages = write_example_site(EXAMPLE | {"title": odd, "description": odd, "plots": plots})
    for text in pages.values():
        assert "<b>&quot;" not in text
        assert '<b>"' not in text
        assert "&lt;/script&gt;" in text
    assert "{{ name }}" in pages["index"]
