"""New signals for the archive of a published model: limits and CLs of pyhf on the workspace that is
patched by hand, and the archived limits again.
"""

import copy
import json
import zipfile
from pathlib import Path

import pyhf
import pytest
from support.archives.new_signals import RUN, limits, of_archive, reinterpret, results
from support.products.published_models import SIGNALS, background, patch_set, signal_sample

from wollemi.provenance.chain import INTACT
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.verify import verify_run

EVENTS, ERRORS, IN_CONTROL = [1.5, 4.0, 2.5], [0.3, 0.5, 0.4], 0.8
THEORY = [0.1, 0.2, 0.3]
PB = 0.02
YIELDS = {
    "like": "mid_300_0",
    "yields": {"SR": {"values": EVENTS, "statistical": ERRORS}, "CR": IN_CONTROL},
    "systematics": {
        "xsec": {"up": {"SR": 0.05, "CR": 0.06}, "down": {"SR": -0.04, "CR": -0.05}},
        "theory": {"up": {"SR": THEORY}, "down": "symmetrize"},
    },
    "cross_section_pb": PB,
}


def by_hand():
    """The workspace with the signal of `YIELDS`, of pyhf's schema."""
    samples = [signal_sample(list(values), "by_yields") for values in (EVENTS, [IN_CONTROL])]
    for sample, high, low in zip(samples, (1.05, 1.06), (0.96, 0.95), strict=True):
        sample["modifiers"][2] = {
            "name": "xsec",
            "type": "normsys",
            "data": {"hi": high, "lo": low},
        }
    sides = {
        key: [value * (1 + sign * change) for value, change in zip(EVENTS, THEORY, strict=True)]
        for key, sign in (("hi_data", 1), ("lo_data", -1))
    }
    samples[0]["modifiers"] += [
        {"name": "theory", "type": "histosys", "data": sides},
        {"name": "staterror_SR", "type": "staterror", "data": ERRORS},
    ]
    model = copy.deepcopy(background())
    for channel, sample in zip(model["channels"], samples, strict=True):
        channel["samples"].append(sample)
    return model


def cls_of_pyhf(model, strength):
    """Observed CLs, and expected at -2 ... +2σ."""
    workspace = pyhf.Workspace(model)
    fitted = workspace.model()
    bounds = list(fitted.config.suggested_bounds())
    bounds[fitted.config.poi_index] = (0.0, 1000.0)
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-8, strategy=2))
    try:
        observed, expected = pyhf.infer.hypotest(
            strength,
            workspace.data(fitted),
            fitted,
            test_stat="qtilde",
            par_bounds=bounds,
            return_expected_set=True,
        )
    finally:
        pyhf.set_backend("numpy")
    return float(observed), [float(value) for value in expected]


@pytest.fixture(scope="module")
def found(packed_published, tmp_path_factory):
    """A folder where the program has run with signals of three kinds: a patch of the published set
    under its own name and under another one, a single patch, and yields.
    """
    folder = tmp_path_factory.mktemp("published") / "new"
    folder.mkdir()
    (folder / "set.json").write_text(json.dumps(patch_set(background())))
    single = {"op": "add", "path": "/channels/0/samples/-", "value": signal_sample(EVENTS)}
    (folder / "single.json").write_text(json.dumps([single]))
    known = {"cross_section_pb": PB}
    signals = {
        "low_100_0": {"patch": "set.json"} | known,
        "of_the_set": {"patch": "set.json", "patch_name": "high_500_0"} | known,
        "by_patch": {"patch": "single.json"} | known,
        "by_yields": YIELDS,
    }
    assert reinterpret(packed_published, folder, signals) == 0
    return folder


@pytest.mark.slow
def test_an_archived_signal_gives_its_workspace_and_limit(found, packed_published):
    """To the byte, in another folder than that of the archived run."""
    archived = of_archive(packed_published, "limits.json")["limits"]["low_100_0"]
    assert json.dumps(limits(found / "work/run")["low_100_0"]) == json.dumps(archived)
    name = f"{RUN}/workspaces/low_100_0.json"
    with zipfile.ZipFile(packed_published) as file:
        assert (found / "work/run" / name).read_bytes() == file.read(name)
    cls = of_archive(packed_published, "likelihood/cls.json")["signals"]["low_100_0"]
    assert results(found)["signals"]["low_100_0"]["cls_at_1"] == cls


@pytest.mark.slow
@pytest.mark.parametrize("signal", ["of_the_set", "by_patch", "by_yields"])
def test_limits_and_cls_are_those_of_pyhf(found, signal):
    if signal == "by_yields":
        model = by_hand()
    else:
        model = copy.deepcopy(background())
        events = EVENTS if signal == "by_patch" else SIGNALS["high_500_0"][1]
        model["channels"][0]["samples"].append(signal_sample(events))
    item = results(found)["signals"][signal]
    observed, expected = cls_of_pyhf(model, 1.0)
    assert item["cls_at_1"]["observed"] == pytest.approx(observed, abs=1e-5)
    assert item["cls_at_1"]["expected"] == pytest.approx(expected, abs=1e-5)
    assert cls_of_pyhf(model, item["limit"]["observed"])[0] == pytest.approx(0.05, abs=1e-5)
    assert cls_of_pyhf(model, item["limit"]["expected"][2])[1][2] == pytest.approx(0.05, abs=1e-5)


@pytest.mark.slow
def test_what_is_said_of_them(found):
    report = results(found)
    assert report["signals"].keys() == {"low_100_0", "of_the_set", "by_patch", "by_yields"}
    item = report["signals"]["by_yields"]
    assert item["limit"]["observed_pb"] == pytest.approx(PB * item["limit"]["observed"])
    assert item["limit"]["expected_pb"][2] == pytest.approx(PB * item["limit"]["expected"][2])
    row = item["regions"]["SR"]
    assert row["yield"] == pytest.approx(sum(EVENTS))
    assert row["yield_statistical"] == pytest.approx(sum(error**2 for error in ERRORS) ** 0.5)
    assert row["acceptance_times_efficiency"] == pytest.approx(sum(EVENTS) / (139_000 * PB))
    up = (0.05 * sum(EVENTS), sum(x * y for x, y in zip(EVENTS, THEORY, strict=True)))
    assert row["yield_systematic_up"] == pytest.approx((up[0] ** 2 + up[1] ** 2) ** 0.5)
    assert report["warnings"] == [
        "by_yields: its yields say nothing of jes, which act on mid_300_0"
    ]


@pytest.mark.slow
def test_the_run_is_an_analysis_with_its_records(found, monkeypatch):
    """What it imported are the backgrounds and the new signals, of which the named results are."""
    run = found / "work/run"
    product = json.loads((run / RUN / "imported.json").read_text())
    assert product["source"] == "signals/BkgOnly.json"
    assert product["signals"].keys() == {"low_100_0", "of_the_set", "by_patch", "by_yields"}
    named = json.loads((run / RUN / "results.json").read_text())["results"]
    assert named["limit_by_yields"]["value"] == limits(run)["by_yields"]["observed"]
    assert named.keys() == {f"limit_{name}" for name in product["signals"]}
    monkeypatch.chdir(run)
    assert verify_run(Path(RUN), PresentState()).status == INTACT
