"""The analyses of real data against numbers that others published: ../shared/data has them with
their origin.
"""

import json
import logging

import numpy as np
import pytest
from support.oracles.published_numbers import reproduces
from support.project.folders import run_shipped
from support.project.paths import SHARED_DATA, needs_shared_data

pytestmark = needs_shared_data
REFERENCE_LIMITS = {"observed": 1.6526, "expected": [0.3029, 0.4300, 0.6468, 0.9984, 1.5007]}


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def hzz4l(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hzz4l")
    return run_shipped(folder, "hzz4l", ["fit.json", "limits.json", "significances.json"])


@pytest.fixture(scope="module")
def workspace(hzz4l):
    return read(hzz4l / "workspaces/higgs.json")


@pytest.fixture(scope="module")
def oracle():
    return read(SHARED_DATA / "h4l/oracle.json")


def test_every_data_bin(workspace, oracle):
    assert workspace["observations"][0]["data"] == oracle["data_bins"]
    reproduces("h4l_data", sum(workspace["observations"][0]["data"]))


def test_every_bin_and_yield_of_the_simulation(workspace, oracle):
    names = {"zz": "ZZ", "higgs": "H125", "drell_yan": "DY", "ttbar": "tt"}
    for sample in workspace["channels"][0]["samples"]:
        np.testing.assert_allclose(
            sample["data"], oracle["binned"][names[sample["name"]]], rtol=1e-9, atol=1e-15
        )
        assert sum(sample["data"]) == pytest.approx(oracle[names[sample["name"]]], rel=1e-4)
        if sample["name"] != "ttbar":
            reproduces(f"h4l_{sample['name']}", sum(sample["data"]))


def test_signal_strength(hzz4l):
    fit = read(hzz4l / "fit.json")["fits"]["higgs"]
    (mu,) = [parameter for parameter in fit["parameters"] if parameter["name"] == "mu"]
    assert fit["status"]["converged"]
    assert mu["value"] == pytest.approx(0.8844, rel=5e-3)
    assert mu["error"] == pytest.approx(0.3976, rel=5e-3)


def test_significance(hzz4l):
    higgs = read(hzz4l / "significances.json")["significances"]["higgs"]
    assert higgs["observed"] == pytest.approx(3.07, rel=0.01)
    assert higgs["expected"] == pytest.approx(3.29, rel=0.01)


def test_limits(hzz4l):
    higgs = read(hzz4l / "limits.json")["limits"]["higgs"]
    assert higgs["observed"] == pytest.approx(REFERENCE_LIMITS["observed"], rel=3e-3)
    assert higgs["expected"] == pytest.approx(REFERENCE_LIMITS["expected"], rel=3e-3)


def test_cabinetry_gets_the_same_yields(hzz4l, workspace, caplog):
    import cabinetry

    caplog.set_level(logging.ERROR)
    model, data = cabinetry.model_utils.model_and_data(workspace)
    fit = read(hzz4l / "fit.json")["fits"]["higgs"]
    by_name = {parameter["name"]: parameter for parameter in fit["parameters"]}
    theirs = cabinetry.fit.fit(model, data)
    difference = [
        abs(by_name[name]["value"] - value)
        for name, value in zip(theirs.labels, theirs.bestfit, strict=True)
    ]
    assert max(difference) < 5e-3
    assert theirs.best_twice_nll - fit["minus_two_log_likelihood"] > -1e-6


@pytest.fixture(scope="module")
def dimuon(tmp_path_factory):
    return run_shipped(
        tmp_path_factory.mktemp("dimuon"),
        "dimuon",
        ["histograms/double_mu_2012.json", "cutflow/double_mu_2012.json"],
    )


def test_dimuon_counts(dimuon):
    reference = read(SHARED_DATA / "dimuon_2012/oracle.json")
    cutflow = read(dimuon / "cutflow/double_mu_2012.json")
    last = {region: lines[-1]["events"] for region, lines in cutflow["regions"].items()}
    account = cutflow["account"]
    assert account["entries"] == reference["entries"]
    assert account["unselected"] == {
        "not read, in a preview": 0,
        "rejected by the skim": 51024,
        "in no region": 0,
    }
    assert sum(account["selected"].values()) == 48976
    assert reference["n2"] == 48976
    assert last["opposite_sign"] == reference["os"] == 37183
    assert last["same_sign"] == reference["ss"]
    assert last["window_jpsi"] == reference["m_2p9_3p3"] == 3628
    assert last["window_upsilon"] == reference["m_9_10p6"]
    assert last["window_z"] == reference["m_80_100"] == 6864


def test_dimuon_spectrum_holds_all_pairs(dimuon):
    spectrum = read(dimuon / "histograms/double_mu_2012.json")["opposite_sign/mass/nominal"]
    reference = read(SHARED_DATA / "dimuon_2012/oracle.json")
    assert sum(spectrum["storage"]["values"]) == reference["os"]
    assert sum(spectrum["storage"]["values"][1:-1]) == reference["m_0p25_300"]
