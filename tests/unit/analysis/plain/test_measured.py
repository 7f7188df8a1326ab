"""Measured corrections written out; their numbers are in `tests/physics`."""

import copy

import pytest
from support.example.analysis import DOCUMENT

from wollemi.analysis.plain.measured import measured_key, measuring_view
from wollemi.analysis.plain.measured_maps import axis_edges
from wollemi.analysis.plain.sections import select_sections
from wollemi.analysis.view import view_of
from wollemi.loading.expand import plain_document
from wollemi.plan.plan import Plan

MEASURED = {
    "kind": "efficiency",
    "samples": ["dy", "top"],
    "object": "muon",
    "pass": "tight > 0",
    "axes": {"pt": [20, 50, 500], "abseta": {"expression": "abs(eta)", "edges": [0, 1, 2.4]}},
}
PROMPT = ["prompt_up", "prompt_down"]
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
    plan = Plan(view_of(plain_document(document())), "run")
    assert plan.measurement_datasets("id") == COPIES
    assert plan.processed_datasets == COPIES
    assert not set(COPIES) & {*plan.skimmed_datasets, *plan.shown_datasets, *plan.model_datasets}
    assert set(plan.sources).isdisjoint(COPIES)
    assert plan.correction_maps == ["results/run/corrections/id.json"]
    assert set(plan.correction_maps) <= set(plan.targets)


def test_it_has_a_plot_and_its_label_measures_nothing_again():
    plain = plain_document(document())
    plan = Plan(view_of(plain), "run")
    assert plan.correction_plots == {"correction_id": "id"}
    assert set(plan.plots("png", ["correction_id"])) <= set(plan.targets)
    assert "plot_corrections" in plan.single_jobs
    axes = {**MEASURED["axes"], "abseta": {**MEASURED["axes"]["abseta"], "label": "|eta|"}}
    labeled = plain_document(document(axes=axes))
    found = [select_sections(one, ["measured_corrections"]) for one in (plain, labeled)]
    assert found[0] == found[1]
    shown = [select_sections(one, ["shown_corrections"]) for one in (plain, labeled)]
    assert [one["shown_corrections"]["id"]["axes"]["abseta"] for one in shown] == [
        "abs(eta)",
        "|eta|",
    ]


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
    plan = Plan(view_of(plain), "run")
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
    plan = Plan(view_of(plain), "run")
    assert plan.measurement_datasets("id", data=True) == ["data_id"]
    assert plan.measurement_datasets("id", data=False) == COPIES
    for dataset in ("data_id", "top_id"):
        seen = select_sections(plain, ("regions", "is_data", "hidden"), dataset)
        assert seen["regions"]["id"]["selection"] == "(m > 5) and (not (m > 1))"
        assert seen["is_data"] == (dataset == "data_id")


def test_bins_of_equal_width_are_edges():
    assert axis_edges({"bins": [10, 0, 1]}) == [place / 10 for place in range(11)]
    assert axis_edges({"edges": [1, 2]}) == axis_edges([1, 2]) == [1, 2]
    found = [axis_edges({"bins": bins})[-1] for bins in ([3, -1, 0.3], [7, 0.1, 0.7])]
    assert found == [0.3, 0.7]


PILEUP = {
    "kind": "pileup",
    "samples": ["dy"],
    "axes": {"interactions": {"expression": "n + 1", "bins": [4, 0, 8]}},
}
TARGET = {"nominal": {"file": "data.root"}, "up": {"file": "more.root"}, "down": None}


def pileup(**changes):
    made = document()
    made["corrections"] = {"id": {"measured": PILEUP | changes}}
    made["weights"] = {"id": {"factor": "correction.id(n)", "samples": ["dy"]}}
    return made


def test_pileup_is_a_variable_of_the_event():
    plain = plain_document(pileup(target=TARGET))
    plan = Plan(view_of(plain), "run")
    assert plan.measurement_datasets("id") == ["dy_low_id", "dy_high_id"]
    assert plan.measurement_targets("id") == ["data.root", "more.root"]
    assert plain["corrections"]["id"]["inputs"] == {"interactions": 1, "variation": "nominal"}
    assert list(plain["corrections"]["id"]["variations"]) == ["up"]
    seen = measuring_view(plain, "dy_low_id")
    assert seen["variables"]["id"]["expression"] == "n + 1"
    assert seen["variables"]["id"]["edges"] == [0, 2, 4, 6, 8]
    place = "variables.id.expression"
    assert measured_key(plain, "dy_low_id", place) == "corrections.id.measured.axes.interactions"


def test_pileup_without_a_target_counts_data():
    plain = plain_document(pileup())
    plan = Plan(view_of(plain), "run")
    assert plan.measurement_datasets("id", data=True) == ["data_id"]
    assert plan.measurement_targets("id") == []
    assert plain["corrections"]["id"]["variations"] == {}


def test_public_targets_are_fetched():
    public = {"url": "https://example.org/data.root", "size": 1, "sha256": "a" * 64}
    target = {"nominal": {"file": public}, "up": {"file": public, "histogram": "more"}}
    plan = Plan(view_of(plain_document(pileup(target=target))), "run")
    assert plan.public_corrections == plan.measurement_targets("id")
    assert plan.public_corrections == ["results/run/corrections/aaaaaaaaaaaa/data.root"]


@pytest.mark.parametrize(("given", "more"), [({}, []), ({"prompt_uncertainty": 0.1}, PROMPT)])
def test_a_fake_rate_has_the_variations_of_what_it_subtracts(given, more):
    plain = plain_document(document(kind="fake_rate", **given))
    assert list(plain["corrections"]["id"]["variations"]) == ["up", "down", *more]
    assert Plan(view_of(plain), "run").measurement_datasets("id", data=True) == ["data_id"]


def test_sidebands_have_cells_of_their_own():
    mass = {"window": [80, 100], "sidebands": [[60, 70], [110, 120]]}
    seen = measuring_view(plain_document(document(kind="scale_factor", mass=mass)), "data_id")
    assert seen["variables"]["id"]["bins"] == [24, -0.5, 23.5]
    cell = seen["objects"]["measured_id"]["fields"]["measured_cell"]
    assert "8 * where(110 <= measured_mass and measured_mass < 120, 2, 0)" in cell
