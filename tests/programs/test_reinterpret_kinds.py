"""Signals without events: efficiencies, alone and in a grid with its contour, and patches of the
likelihood.
"""

import json
from math import fsum

import numpy as np
import pytest
from scipy.interpolate import LinearNDInterpolator
from support.archives.new_signals import (
    RUN,
    efficiencies_of,
    limits,
    of_archive,
    patch_of,
    reinterpret,
    results,
)
from support.tiny.events import CROSS_SECTION_PB, LUMINOSITY_IFB

VARIED = ("pileup", "muon_scale")
PRODUCED = LUMINOSITY_IFB * 1000 * CROSS_SECTION_PB["signal_200"]


@pytest.fixture(scope="module")
def grid(packed, tmp_path_factory):
    """The efficiencies of the archived signal at other cross sections, on two axes, as a folder
    where the program has run.
    """
    folder = tmp_path_factory.mktemp("grid")
    table = [
        "mass,width,pb",
        *(f"{m},{w},{CROSS_SECTION_PB['signal_200'] * x}" for m, w, x in POINTS),
    ]
    (folder / "points.csv").write_text("\n".join(table))
    dataset = efficiencies_of(packed, "signal_200", PRODUCED, VARIED) | {"cross_section_pb": "{pb}"}
    pattern = {
        "like": "signal_200",
        "point": {"mass [GeV]": "{mass}", "width": "{width}"},
        "grid": "points.csv",
    }
    assert (
        reinterpret(
            packed, folder, {"new_{mass}_{width}": pattern | {"datasets": {"signal_200": dataset}}}
        )
        == 0
    )
    return folder


# Mass, width, cross section over the archived one: the first has the archived one.
POINTS = [
    (200, 1, 1.0),
    (200, 5, 0.7),
    (300, 1, 0.25),
    (300, 5, 0.2),
    (400, 1, 0.12),
    (400, 5, 0.1),
]


@pytest.mark.slow
def test_efficiencies_of_the_archived_signal_give_its_limit(grid, whole):
    """Up to what dividing by the produced events and multiplying again rounds: the last of 53 bits
    of each bin.
    """
    found, archived = limits(grid / "work/run")["new_200_1"], limits(whole)["signal_200"]
    for key in ("observed", "expected", "observed_pb", "expected_pb", "signal_events"):
        assert found[key] == pytest.approx(archived[key], rel=1e-9)
    templates = [
        of_workspace(folder, name)
        for folder, name in ((grid / "work/run", "new_200_1"), (whole, "signal_200"))
    ]
    new, old = [
        [sample for sample in item if sample["name"] in ("new_200_1", "signal_200")]
        for item in templates
    ]
    assert [[(m["name"], m["type"]) for m in sample["modifiers"]] for sample in new] == [
        [(m["name"], m["type"]) for m in sample["modifiers"]] for sample in old
    ]


def of_workspace(folder, signal):
    workspace = json.loads((folder / RUN / f"workspaces/{signal}.json").read_text())
    return [sample for channel in workspace["channels"] for sample in channel["samples"]]


@pytest.mark.slow
def test_the_report_of_efficiencies(grid, packed):
    regions = results(grid)["signals"]["new_200_1"]["regions"]
    given = efficiencies_of(packed, "signal_200", PRODUCED, VARIED)["efficiencies"]
    for region, item in given.items():
        row = regions[region]
        assert row["events"] is None
        assert row["acceptance_times_efficiency"] == pytest.approx(fsum(item["values"]))
        assert row["acceptance_times_efficiency_statistical"] == pytest.approx(
            fsum(x**2 for x in item["statistical"]) ** 0.5
        )
    assert regions["search"]["yield"] == pytest.approx(PRODUCED * fsum(given["search"]["values"]))
    assert regions["search"]["yield_systematic_up"] > 0.02 * regions["search"]["yield"]
    assert results(grid)["warnings"] == []


@pytest.mark.slow
def test_the_contour(grid):
    drawn = json.loads((grid / "work/contour.json").read_text())
    assert drawn["axes"] == ["mass [GeV]", "width"]
    found = limits(grid / "work/run")
    places = [(mass / 100, width) for mass, width, _ in POINTS]
    assert [(point["x"] / 100, point["y"]) for point in drawn["points"]] == places
    for name, values in {
        "observed": lambda item: item["observed"],
        "expected": lambda item: item["expected"][2],
    }.items():
        heights = np.log10([values(item) for item in found.values()])
        assert heights.min() < 0 < heights.max()
        surface = LinearNDInterpolator(places, heights, rescale=True)
        (line,) = drawn["contours"][name]
        at = np.array([(x / 100, y) for x, y in line])
        assert {1.0, 5.0} == {at[:, 1].min(), at[:, 1].max()}  # from edge to edge
        # A rectangle has two triangulations: on its diagonal they may differ.
        on_edges = at[np.isin(at[:, 1], (1.0, 5.0))]
        assert surface(on_edges) == pytest.approx(0, abs=1e-9)
    for suffix, start in (("png", b"\x89PNG"), ("pdf", b"%PDF")):
        assert (grid / f"work/contour.{suffix}").read_bytes().startswith(start)


@pytest.mark.slow
def test_patches(packed, whole, tmp_path):
    """The archived one gives the archived limit to the byte; another one, of which no cross section
    is known, scales with it.
    """
    (tmp_path / "set.json").write_text(json.dumps(of_archive(packed, "likelihood/patchset.json")))
    half = patch_of(packed, "signal_200")
    for operation in half:
        sample = operation["value"]
        sample["name"] = "a_model"
        sample["data"] = [value / 2 for value in sample["data"]]
        sample["modifiers"] = [
            item for item in sample["modifiers"] if item["type"] in ("normfactor", "normsys")
        ]
    (tmp_path / "half.json").write_text(json.dumps(half))
    known = {"patch": "set.json", "cross_section_pb": CROSS_SECTION_PB["signal_200"], "point": 200}
    assert reinterpret(packed, tmp_path, {"signal_200": known, "half": {"patch": "half.json"}}) == 0
    archived = limits(whole)["signal_200"]
    assert json.dumps(limits(tmp_path / "work/patches_in_pb/run")) == json.dumps(
        {"signal_200": archived}
    )
    found = results(tmp_path)["signals"]
    assert found.keys() == {"signal_200", "half"}
    cls = of_archive(packed, "likelihood/cls.json")["signals"]["signal_200"]
    assert found["signal_200"]["cls_at_1"] == cls
    assert found["half"]["limit"]["observed_pb"] is None
    assert found["half"]["limit"]["observed"] == pytest.approx(2 * archived["observed"], rel=0.1)
    rows = found["signal_200"]["regions"], found["half"]["regions"]
    assert rows[0]["search"]["yield"] == pytest.approx(2 * rows[1]["search"]["yield"])
    assert rows[0]["search"]["acceptance_times_efficiency"] == pytest.approx(
        rows[0]["search"]["yield"] / PRODUCED
    )
    assert rows[1]["search"]["acceptance_times_efficiency"] is None
