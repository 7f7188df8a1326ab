"""Schemas, units and sources of datasets that do not fit together."""

import pytest
from example_analysis import DOCUMENT

from wollemi.analysis_files import validate_analysis
from wollemi.dataset_references import check_layouts
from wollemi.errors import ConfigurationError


@pytest.mark.parametrize(
    ("dataset", "problem"),
    [
        ({"files": ["a.root"]}, None),
        ({"files": ["a.root"], "schema": "ntuple", "energy_unit": "MeV"}, None),
        ({"generate": {"events": 1}, "schema": "physlite"}, None),
        ({"files": ["a.root"], "schema": "ntuple"}, ": an ntuple needs energy_unit, GeV or MeV"),
        ({"files": ["a.root"], "schema": "physlite", "energy_unit": "GeV"}, ".energy_unit: the unit of physlite is MeV"),
        ({"files": ["a.root"], "energy_unit": "MeV"}, ".energy_unit: the unit of nanoaod is GeV"),
        (
            {"generate": {"events": 1}, "schema": "ntuple", "energy_unit": "GeV"},
            ".schema: events are generated as nanoaod or physlite",
        ),
        ({"manifest": "m.json", "histograms": {"sr": ["h"]}}, ".histograms: needs files"),
    ],
)
def test_layouts(dataset, problem):
    problems = check_layouts({"datasets": {"x": dataset}})
    assert len(problems) == (problem is not None)
    assert not problem or problems[0].startswith(f"datasets.x{problem}")


def test_keys_are_called_as_in_the_file():
    datasets = DOCUMENT["datasets"] | {"data": {"files": ["d.root"], "schemas": "physlite"}}
    with pytest.raises(ConfigurationError, match=r"datasets\.data\.schemas: unknown key; did you mean 'schema'\?"):
        validate_analysis(DOCUMENT | {"datasets": datasets}, "analysis.yaml")
