"""Schemas, units and sources of datasets that do not fit together."""

import pytest
from support.example.analysis import DOCUMENT

from wollemi.analysis.view import view_of
from wollemi.loading.datasets import check_layouts
from wollemi.loading.load import validate_analysis
from wollemi_likelihood.base.errors import ConfigurationError

PYTHIA = {"settings": [], "events": 1}
HOOK = {"hook": "make", "events": 1}


@pytest.mark.parametrize(
    ("dataset", "problem"),
    [
        ({"files": ["a.root"]}, None),
        ({"files": ["a.root"], "schema": "ntuple", "energy_unit": "MeV"}, None),
        ({"generate": PYTHIA, "schema": "physlite"}, None),
        ({"generate": HOOK, "schema": "ntuple", "energy_unit": "GeV", "tree": "t"}, None),
        ({"files": ["a.root"], "schema": "ntuple"}, ": an ntuple needs energy_unit, GeV or MeV"),
        (
            {"files": ["a.root"], "schema": "physlite", "energy_unit": "GeV"},
            ".energy_unit: the unit of physlite is MeV",
        ),
        ({"files": ["a.root"], "energy_unit": "MeV"}, ".energy_unit: the unit of nanoaod is GeV"),
        (
            {"generate": PYTHIA, "schema": "ntuple", "energy_unit": "GeV"},
            ".schema: Pythia's events are written as nanoaod or phys",
        ),
        ({"generate": PYTHIA | {"options": {}}}, ".generate.options: only a hook takes options"),
        ({"generate": {"events": 1}}, ".generate: give exactly one of settings, hook (found none)"),
        (
            {"generate": PYTHIA | HOOK},
            ".generate: give exactly one of settings, hook (found settings, hook)",
        ),
        ({"generate": HOOK | {"mass_bias": 2}}, ".generate.mass_bias: only for Pythia"),
        (
            {"generate": HOOK, "schema": "ntuple", "energy_unit": "GeV"},
            ".tree: an ntuple needs the name of its tree",
        ),
        ({"manifest": "m.json", "histograms": {"sr": ["h"]}}, ".histograms: needs files"),
    ],
)
def test_layouts(dataset, problem):
    problems = check_layouts(view_of({"datasets": {"x": dataset}, "generator": {"settings": []}}))
    assert len(problems) == (problem is not None)
    assert not problem or problems[0].startswith(f"datasets.x{problem}")


def test_keys_are_called_as_in_the_file():
    datasets = DOCUMENT["datasets"] | {"data": {"files": ["d.root"], "schemas": "physlite"}}
    with pytest.raises(
        ConfigurationError, match=r"datasets\.data\.schemas: unknown key; did you mean 'schema'\?"
    ):
        validate_analysis(DOCUMENT | {"datasets": datasets}, "analysis.yaml")


def test_pythia_needs_the_common_settings_and_a_hook_does_not():
    datasets = {"one": {"generate": PYTHIA}, "two": {"generate": HOOK}}
    assert check_layouts(view_of({"datasets": datasets})) == [
        "datasets.one.generate: the section 'generator' with the common settings is missing"
    ]
