"""Which branches and settings a step depends on."""

import copy

import pytest

from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.plain.needed_columns import needed_branches
from wollemi.analysis.plain.sections import section_digests, select_sections

DOCUMENT = {
    "luminosity_ifb": 10.0,
    "datasets": {
        "data": {"files": ["d.root"], "tree": "Events"},
        "signal": {
            "files": ["s.root"],
            "tree": "Events",
            "weight": "genWeight",
            "cross_section_pb": 1.0,
        },
        "other": {"files": ["o.root"], "tree": "Events", "cross_section_pb": 2.0},
        "pseudo": {"draw": {"datasets": ["source"], "seed": 1}},
        "source": {"files": ["p.root"], "cross_section_pb": 2.0},
        "unused": {"files": ["u.root"]},
    },
    "samples": {
        "data": {"role": "data", "datasets": ["data", "pseudo"]},
        "signal": {"role": "signal", "datasets": "signal"},
    },
    "objects": {
        "muon": {"collection": "Muon", "cuts": "pt > 20 and isolation < 0.1"},
        "electron": {"collection": "Electron", "mass_gev": 0.0005},
        "jet": {"collection": "Jet"},
    },
    "columns": {
        "mass": "(muon[0] + muon[1]).mass",
        "truth": "Generator_x1",
        "hooked": {"hook": "f", "uses": ["electron.charge", "MET_pt"]},
    },
    "skim": {"selection": "count(muon) > 1"},
    "variables": {"mass": {"expression": "mass"}, "hooked": {"expression": "hooked"}},
    "regions": {"sr": {"selection": "muon[0].charge > 0", "variable": "mass"}},
    "systematics": {
        "scale": {
            "kind": "object",
            "object": "muon",
            "up": {"pt": "pt * scale"},
            "down": "symmetrize",
            "samples": "signal",
        },
        "pdf": {
            "kind": "weight",
            "up": "1 + 0.1 * truth",
            "down": "symmetrize",
            "samples": ["signal"],
        },
        "alternative": {
            "kind": "dataset",
            "up": "other",
            "down": "symmetrize",
            "samples": ["signal"],
        },
    },
}
COMMON = ["Electron_charge", "Electron_eta", "Electron_phi", "Electron_pt", "MET_pt"]
COMMON += ["Muon_charge", "Muon_eta", "Muon_isolation", "Muon_mass", "Muon_phi", "Muon_pt"]


def test_data_need_no_weights_and_nothing_of_systematics():
    assert needed_branches(DOCUMENT, "data") == COMMON


def test_simulation_needs_what_its_systematics_use():
    assert needed_branches(DOCUMENT, "signal") == sorted(
        [*COMMON, "Muon_scale", "Generator_x1", "genWeight"]
    )


def test_an_alternative_needs_no_weights_of_the_nominal():
    assert needed_branches(DOCUMENT, "other") == COMMON


def test_datasets_in_use():
    assert used_datasets(DOCUMENT) == ["data", "pseudo", "signal", "other", "source"]


def digest(document, sections, dataset=None):
    return section_digests(select_sections(document, sections, dataset))


@pytest.mark.parametrize(
    ("path", "value", "changed"),
    [
        (("datasets", "signal", "cross_section_pb"), 3.0, {"normalization"}),
        (("datasets", "signal", "tree"), "T", {"source", "layout"}),
        (("datasets", "signal", "files"), ["s.root", "t.root"], {"source"}),
        (("datasets", "other", "tree"), "T", set()),
        (("datasets", "signal", "weight"), "w", {"weight", "branches"}),
        (("systematics", "pdf", "up"), "1.2", {"weight_variations", "branches"}),
        (
            ("systematics", "lumi"),
            {"kind": "normalization", "samples": ["signal"], "up": 1.1, "down": 0.9},
            set(),
        ),
        (("datasets", "new"), {"files": ["n.root"]}, set()),
        (("regions", "sr", "selection"), "muon[0].charge < 0", set()),
    ],
)
def test_an_edit_changes_only_what_it_concerns(path, value, changed):
    edited = copy.deepcopy(DOCUMENT)
    *parents, key = path
    place = edited
    for parent in parents:
        place = place[parent]
    place[key] = value
    sections = [
        "source",
        "layout",
        "weight",
        "normalization",
        "branches",
        "object_variations",
        "weight_variations",
    ]
    differ = {
        name
        for name in sections
        if digest(edited, [name], "signal") != digest(DOCUMENT, [name], "signal")
    }
    assert differ == changed


def test_data_that_are_generated():
    document = copy.deepcopy(DOCUMENT)
    generate = {"generate": {"hook": "make", "events": 1, "seed": 1}}
    document["datasets"] |= {"data": generate, "signal": generate}
    names = ("data", "signal", "pseudo")
    assert [
        select_sections(document, ["is_generated_data"], name)["is_generated_data"]
        for name in names
    ] == [True, False, False]


def test_the_settings_of_pythia_concern_only_what_it_makes():
    document = copy.deepcopy(DOCUMENT) | {"generator": {"settings": ["Beams:eCM = 13000."]}}
    document["datasets"]["signal"] = {"generate": {"settings": [], "events": 1, "seed": 1}}
    document["datasets"]["other"] = {"generate": {"hook": "make", "events": 1, "seed": 2}}
    selected = {
        name: select_sections(document, ["generator"], name)["generator"]
        for name in ("signal", "other")
    }
    assert selected == {"signal": document["generator"], "other": None}


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({"samples": {"dy": {"label": "DY", "color": "red"}, "top": None}}, False),
        ({"samples": {"top": {}, "dy": {"label": "DY", "color": "blue"}}}, False),
        ({"log_y": ["sr"], "log_x": "mass", "edges": {"mass": [0, 9]}}, False),
        ({"shapes": {"regions": "sr"}, "stack_signals": "signal"}, False),
        ({"samples": {"dy": {"label": "Drell-Yan", "color": "blue"}, "top": None}}, True),
        ({"experiment": "CMS"}, True),
        ({"limit_x": {"label": "m"}}, True),
        ({"show_signals": ["signal"]}, True),
    ],
)
def test_labels_of_plots(change, counts):
    """What only plots of histograms show draws no other plot again."""
    plots = {"samples": {"dy": {"label": "DY", "color": "blue"}, "top": None}}

    def digest(section, value):
        found = select_sections({**DOCUMENT, "plots": value}, [section])
        return section_digests(found)[section]

    assert (digest("plot_labels", plots) != digest("plot_labels", plots | change)) is counts
    assert digest("plots", plots) != digest("plots", plots | change)
    assert (
        digest("plot_labels", {})
        == section_digests(select_sections(DOCUMENT, ["plot_labels"]))["plot_labels"]
    )


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({"samples": {"dy": {"label": "DY"}, "signal": {"label": "S", "color": "red"}}}, False),
        ({"regions": {"sr": "search"}}, False),
        ({"samples": {"signal": {"label": "Signal"}}}, True),
        ({"parameters": {"mu": "strength"}}, True),
    ],
)
def test_labels_of_signals(change, counts):
    """What limits and scans do not show draws none of them again."""
    samples = {"dy": {"role": "background"}, "signal": {"role": "signal"}}
    plots = {"samples": {"dy": {"label": "Drell-Yan"}, "signal": {"label": "S"}}}

    def digest(value):
        document = {**DOCUMENT, "samples": samples, "plots": value}
        return section_digests(select_sections(document, ["signal_labels"]))

    assert (digest(plots) != digest(plots | change)) is counts


def test_a_label_of_an_axis_is_no_setting_of_what_is_filled():
    variable = {"expression": "m", "bins": [2, 0, 1], "label": "mass", "unit": "GeV"}

    def digest(**change):
        document = {**DOCUMENT, "variables": {"m": variable | change}}
        return section_digests(select_sections(document, ["unlabeled_variables"]))

    assert digest(label="m") == digest()
    assert digest(unit="TeV") != digest()
    assert digest(bins=[3, 0, 1]) != digest()


def test_only_the_step_that_keeps_branches_can_do_without_those_that_others_use():
    document = copy.deepcopy(DOCUMENT)
    document["skim"]["keep"] = ["pileup", "later"]
    document["weights"] = {"pileup": {"factor": "1 + pileup", "samples": ["signal"]}}
    every = select_sections(document, ["branches"], "signal")["branches"]
    assert "pileup" in every
    skim = select_sections(document, ["branches", "kept_branches"], "signal")
    assert skim["kept_branches"] == ["later", "pileup"]
    assert skim["branches"] == sorted(set(every) - {"pileup"})
    del document["skim"]["keep"]
    selected = select_sections(document, ["branches", "kept_branches"], "signal")
    assert selected == {"branches": every}
