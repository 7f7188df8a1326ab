"""Measured corrections written out; their numbers are in `tests/physics`."""

import copy

import pytest
from support.example.analysis import DOCUMENT

from wollemi.analysis.plain.expand import plain_document
from wollemi.analysis.plain.measured import measured_key, measuring_view
from wollemi.analysis.plain.plan import Plan
from wollemi.analysis.plain.sections import select_sections

MEASURED = {
    "kind": "efficiency",
    "samples": ["dy", "top"],
    "object": "muon",
    "pass": "tight > 0",
    "axes": {"pt": [20, 50, 500], "abseta": {"expression": "abs(eta)", "edges": [0, 1, 2.4]}},
}
COPIES = ["dy_low_id", "dy_high_id", "top_id"]


def document(**changes):
    made = copy.deepcopy(DOCUMENT)
    made["datasets"]["dy_low"]["trigger"] = ["mu"]
    made["triggers"] = {"mu": {"paths": {"HLT_Mu": {}}}}
    made["skim"] = {"selection": "m > 0"}
    made["corrections"] = {"id": {"measured": MEASURED | changes}}
    factor = "prod(correction.id(muon.pt, abs(muon.eta)))"
    made["weights"] = {
        "id": {"factor": factor, "samples": ["dy"]},
        "other": {"factor": "w", "samples": ["dy"]},
    }
    return made


def test_each_dataset_has_a_copy():
    plan = Plan(plain_document(document()), "run")
    assert plan.measurement_datasets("id") == COPIES
    assert plan.processed_datasets == COPIES
    assert not set(COPIES) & {*plan.skimmed_datasets, *plan.shown_datasets, *plan.model_datasets}
    assert set(plan.sources).isdisjoint(COPIES)
    assert plan.correction_maps == ["results/run/corrections/id.json"]
    assert set(plan.correction_maps) <= set(plan.targets)


def test_it_is_written_out_once():
    once = plain_document(document())
    assert plain_document(once) == once


def test_a_copy_sees_its_measurement_alone():
    plain = plain_document(document(weights=["other"]))
    wanted = ("skim", "event_weight", "object_variations", "fill_corrections", "is_data")
    seen = select_sections(plain, wanted, "dy_low_id")
    assert seen == {
        "event_weight": "w",
        "object_variations": {},
        "fill_corrections": {},
        "is_data": False,
    }
    assert select_sections(measuring_view(plain, "dy_low_id"), wanted, "dy_low_id") == seen
    # The nominal pass reads the map; its skim and the copies do not.
    file = "results/run/corrections/id.json"
    plan = Plan(plain, "run")
    assert plan.corrections("fill_corrections", "dy_low") == [file]
    assert plan.corrections("skim_corrections", "dy_low") == []
    assert plan.corrections("fill_corrections", "dy_low_id") == []


@pytest.mark.parametrize("changed", [None, "muon"])
def test_places_are_those_of_the_file(changed):
    plain = plain_document(document(object=changed, selection="m > 0", probe="pt > 3"))
    seen = measuring_view(plain, "dy_low_id")
    made = "objects.measured_id.fields.measured_" if changed else "columns.measured_id_"
    places = {
        f"{made}passes": "pass",
        f"{made}axis_abseta": "axes.abseta",
        f"{made}cell": "",
        "regions.id.selection": "selection",
    }
    places |= {"objects.measured_id_probes.cuts": "probe"} if changed else {}
    for place, key in places.items():
        section, name, *_ = place.split(".")
        assert name in seen[section]
        expected = f"corrections.id.measured.{key}".rstrip(".")
        assert measured_key(plain, "dy_low_id", place) == expected
    assert measured_key(plain, "dy_low", f"{made}cell") == f"{made}cell"


def test_data_are_counted_without_blinded_regions():
    made = document(kind="scale_factor", selection="m > 5")
    made["blinding"] = {"regions": ["sr"]}
    plain = plain_document(made)
    plan = Plan(plain, "run")
    assert plan.measurement_datasets("id", data=True) == ["data_id"]
    assert plan.measurement_datasets("id", data=False) == COPIES
    for dataset in ("data_id", "top_id"):
        seen = select_sections(plain, ("regions", "is_data", "hidden"), dataset)
        assert seen["regions"]["id"]["selection"] == "(m > 5) and (not (m > 1))"
        assert seen["is_data"] == (dataset == "data_id")


def test_sidebands_have_cells_of_their_own():
    mass = {"window": [80, 100], "sidebands": [[60, 70], [110, 120]]}
    seen = measuring_view(plain_document(document(kind="scale_factor", mass=mass)), "data_id")
    assert seen["variables"]["id"]["bins"] == [24, -0.5, 23.5]
    cell = seen["objects"]["measured_id"]["fields"]["measured_cell"]
    assert "8 * where(110 <= measured_mass and measured_mass < 120, 2, 0)" in cell
