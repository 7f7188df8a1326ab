"""Scale and PDF weights through the chain, against an independent loop over the files."""

from pathlib import Path

import numpy as np
import pytest
from support.events.weight_sets import SCALES, read_events, use_weight_sets
from support.oracles.adl_loops import mass_and_pt
from support.tiny.analysis import edit_analysis
from support.tiny.events import CROSS_SECTION_PB, ENTRIES, LUMINOSITY_IFB
from support.tiny.steps import RESULTS, build_workspace, check_record, process, read_json, read_th1

from wollemi.histograms.histogram import read_histograms

EDGES = np.linspace(60, 120, 11)


@pytest.fixture
def weighted(tiny):
    use_weight_sets(tiny)
    return tiny


def loop(dataset, branch, reference=None):
    """Histograms of `peak` for each weight of a branch (weights, bins), their Σw / Σw_nominal
    before any cut, the nominal one.

    Weights are relative to that at the position `reference`, if there is one.
    """
    sums, histograms, total, nominal = 0, 0, 0, np.zeros(12)
    for index in range(len(ENTRIES[dataset])):
        events = read_events(Path(f"input/{dataset}_{index}.root"))
        weights = np.asarray(events["genWeight"], float)
        factors = np.asarray(events[branch].to_list(), float)
        factors = factors if reference is None else factors / factors[:, [reference]]
        filled = np.zeros((factors.shape[1], 12))
        for event, muons in enumerate(events["Muon"].to_list()):
            kept = [muon for muon in muons if muon["pt"] > 20 and abs(muon["eta"]) < 2.4]
            if (
                len(kept) == 2
                and kept[0]["pt"] > 30
                and 60 < (mass := mass_and_pt(tuple(kept))[0]) < 120
            ):
                position = np.searchsorted(EDGES, mass, side="right")
                filled[:, position] += weights[event] * factors[event]
                nominal[position] += weights[event]
        sums, histograms, total = (
            sums + weights @ factors,
            histograms + filled,
            total + weights.sum(),
        )
    factor = CROSS_SECTION_PB[dataset] * LUMINOSITY_IFB * 1000 / total
    return histograms * factor, sums / total, nominal * factor


def scale_sides(members, ratios, nominal):
    shapes = [nominal, *(members[k] / ratios[k] for k in SCALES)]
    return np.max(shapes, axis=0), np.min(shapes, axis=0)


def pdf_sides(members, nominal):
    squares = (
        sum((members[k] - nominal) ** 2 for k in range(1, 11))
        + ((members[12] - members[11]) / 2) ** 2
    )
    return nominal + np.sqrt(squares), nominal - np.sqrt(squares)


def test_a_dataset(weighted):
    process("dy_low")  # in two parts
    found = read_histograms(Path(f"{RESULTS}/histograms/dy_low.json"))
    assert {name.rpartition("/")[2] for name in found} == {
        "nominal",
        "scale_up",
        "scale_down",
        "pdf_up",
        "pdf_down",
    }
    scales, pdfs = loop("dy_low", "LHEScaleWeight", 4), loop("dy_low", "LHEPdfWeight")
    assert found["peak/mass_peak/nominal"].values(flow=True) == pytest.approx(scales[2], rel=1e-9)
    for side, values in zip(("up", "down"), scale_sides(*scales), strict=True):
        # ratios of float32
        assert found[f"peak/mass_peak/scale_{side}"].values(flow=True) == pytest.approx(
            values, rel=1e-6
        )
    for side, values in zip(("up", "down"), pdf_sides(pdfs[0], pdfs[2]), strict=True):
        assert found[f"peak/mass_peak/pdf_{side}"].values(flow=True) == pytest.approx(
            values, rel=1e-6
        )
    assert (
        found["peak/mass_peak/scale_up"].values() > 1.001 * found["peak/mass_peak/nominal"].values()
    ).any()
    members = read_histograms(Path(f"{RESULTS}/histograms/dy_low/members.json"))
    assert members["peak/mass_peak/pdf_member11"].values(flow=True) == pytest.approx(
        pdfs[0][11], rel=1e-9
    )
    sums = read_json("cutflow/dy_low.json")["member_sums"]
    nominal = read_json("cutflow/dy_low.json")["skim"][0]["sum_of_weights"]
    assert np.array(sums["scale"]) / nominal == pytest.approx(scales[1][SCALES], rel=1e-6)
    assert np.array(sums["pdf"]) / nominal == pytest.approx(pdfs[1][1:], rel=1e-6)
    for step in ("skim_events", "fill_histograms"):
        assert check_record(f"{step}/dy_low_1.json")["settings"].keys() >= {"weight_sets"}


def test_datasets_of_a_sample_are_added_before_their_members_are_combined(weighted):
    for dataset in ("data", "dy_low", "dy_high", "signal_200"):
        process(dataset)
    assert read_th1() == 0
    assert build_workspace() == 0
    workspace = read_json("workspaces/signal_200.json")
    (channel,) = [item for item in workspace["channels"] if item["name"] == "peak"]
    (sample,) = [item for item in channel["samples"] if item["name"] == "dy"]
    found = {(item["name"], item["type"]): item["data"] for item in sample["modifiers"]}
    loops = [
        (loop(dataset, "LHEScaleWeight", 4), loop(dataset, "LHEPdfWeight"))
        for dataset in ("dy_low", "dy_high")
    ]
    nominal = sum(scale[2] for scale, _ in loops)
    corrected = sum(scale[0] / scale[1][:, np.newaxis] for scale, _ in loops)
    expected = {
        "scale": scale_sides(corrected, np.ones(9), nominal),
        "pdf": pdf_sides(sum(pdf[0] for _, pdf in loops), nominal),
    }
    for name, sides in expected.items():
        ratios = [side[1:-1].sum() / nominal[1:-1].sum() for side in sides]
        assert [found[name, "normsys"][key] for key in ("hi", "lo")] == pytest.approx(
            ratios, rel=1e-6
        )
        shapes = [side[1:-1] / ratio for side, ratio in zip(sides, ratios, strict=True)]
        assert found[name, "histosys"]["hi_data"] == pytest.approx(shapes[0], rel=1e-6)
        assert found[name, "histosys"]["lo_data"] == pytest.approx(shapes[1], rel=1e-6)
    separate = sum(scale_sides(*scale)[0] for scale, _ in loops)
    # so that the order matters here
    assert (separate[1:-1] > 1.0001 * expected["scale"][0][1:-1]).any()


@pytest.mark.parametrize(("normalization", "up"), [("include", 1.2), ("remove", 1.0)])
def test_a_constant_factor(weighted, normalization, up):
    def constant(document):
        document["columns"]["weights_of_scales"] = "where(LHEScaleWeight > 0, 1.2, 0)"
        item = document["systematics"]["scale"]
        del item["nominal"]
        document["systematics"]["scale"] = item | {
            "weights": "weights_of_scales", "normalization": normalization, "members": [3],
        }  # fmt: skip

    edit_analysis(weighted, constant)
    process("dy_high")
    found = read_histograms(Path(f"{RESULTS}/histograms/dy_high.json"))
    nominal = found["search/mass_search/nominal"].values(flow=True)
    assert nominal.any()
    assert found["search/mass_search/scale_up"].values(flow=True) == pytest.approx(
        up * nominal, rel=1e-12
    )
    assert found["search/mass_search/scale_down"].values(flow=True) == pytest.approx(
        nominal, rel=1e-12
    )


def test_the_compiled_loop_gives_the_same_bytes(weighted, monkeypatch):
    made = {}
    for engine in ("awkward", "compiled"):
        monkeypatch.setenv("WOLLEMI_ENGINE", engine)
        process("dy_high")
        made[engine] = [
            Path(f"{RESULTS}/histograms/dy_high{kind}.json").read_bytes()
            for kind in ("", "/members")
        ]
    assert made["awkward"] == made["compiled"]


def test_without_such_systematics_nothing_is_there(tiny):
    process("dy_high")
    assert "member_sums" not in read_json("cutflow/dy_high.json")
    assert not list(Path(RESULTS).rglob("*members*"))
