"""Texts and qualifiers of a submission, in the files of HEPData."""

import copy

import numpy as np
import pytest
import write_hepdata
import yaml
from support.example.products import EXAMPLE, cutflow, settings

from wollemi.analysis.plain.publication import hepdata_tables
from wollemi.analysis.view import view_of
from wollemi.histograms.correction_map import correction_file, correction_map
from wollemi_publish.hepdata.record import published_table
from wollemi_publish.hepdata.submission import write_submission
from wollemi_publish.hepdata.tables import Products

EFFICIENCY = {
    "kind": "efficiency",
    "samples": ["dy"],
    "object": "muon",
    "pass": "tight > 0",
    "axes": {"pt": [20, 50]},
}
TABLES = ("correction_id_2011", "correction_id_2012", "correction_all", "cutflow_sr")


def two_eras():
    """An analysis of two eras, with a map of each era, and one of both."""
    made = copy.deepcopy(EXAMPLE)
    made |= {"center_of_mass_tev": [7, 8], "luminosity_ifb": {2011: 2.5, 2012: 11.5}}
    made["datasets"] = {
        name: {**item, "era": 2012 if name == "dy_high" else 2011}
        for name, item in made["datasets"].items()
    }
    maps = {f"id_{era}": {"measured": EFFICIENCY | {"era": era}} for era in (2011, 2012)}
    made["corrections"] = {**maps, "all": {"measured": EFFICIENCY}}
    made["publication"] = {
        "hepdata": {
            "abstract": "Toys.",
            "reactions": ["P P --> Z0 X"],
            "observables": ["N"],
            "phrases": ["toys"],
            "tables": dict.fromkeys(hepdata_tables(view_of(made)), "Numbers."),
        }
    }
    return made


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Table → its entry in the submission, and the qualifiers of its first column."""
    folder = tmp_path_factory.mktemp("hepdata")
    values = {"nominal": np.array([0.5])}
    names = [table.removeprefix("correction_") for table in TABLES[:3]]
    maps = {name: correction_file([correction_map(name, EFFICIENCY, values)]) for name in names}
    datasets = ("data", "signal", "dy_low", "dy_high", "top")
    cutflows = {name: cutflow(name) for name in datasets}
    products = Products(settings(write_hepdata.SECTIONS, two_eras()), cutflows, [], {}, maps)
    tables = [published_table(products, table, {}) for table in TABLES]
    files = write_submission(folder, "Toys.", tables, [], None)
    _, *entries = yaml.safe_load_all((files / "submission.yaml").read_text())
    found = {}
    for table, entry in zip(TABLES, entries, strict=True):
        (column, *_) = yaml.safe_load((files / entry["data_file"]).read_text())[
            "dependent_variables"
        ]
        keywords = {item["name"]: item["values"] for item in entry["keywords"]}
        qualifiers = {item["name"]: item["value"] for item in column["qualifiers"]}
        found[table] = keywords["cmenergies"], qualifiers
    return found


@pytest.mark.parametrize(
    ("table", "energies", "luminosity"),
    [
        ("correction_id_2011", [7000.0], 2.5),
        ("correction_id_2012", [8000.0], 11.5),
        ("correction_all", [7000.0, 8000.0], "2.5, 11.5"),
        ("cutflow_sr", [7000.0, 8000.0], "2.5, 11.5"),
    ],
)
def test_a_table_of_one_era_has_its_energy_and_luminosity(written, table, energies, luminosity):
    keyword, qualifiers = written[table]
    assert keyword == energies
    assert qualifiers["Luminosity"] == luminosity
    assert qualifiers["SQRT(S)"] == (energies[0] if len(energies) == 1 else "7000, 8000")
    assert qualifiers.get("Era") == (table[-4:] if table[-4:].isdigit() else None)
