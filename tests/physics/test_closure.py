"""The statistics give back what was put in, on the model of the default analysis (a preview: few
generated events).
"""

import json

import numpy as np
import pyhf
import pytest
from support.project.folders import run_shipped

from wollemi.analysis.plain.datasets import used_datasets
from wollemi.loading.composition import read_composed
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import signal_events, upper_limit

pytestmark = pytest.mark.slow
SIGNAL = "zprime_3000"
TOYS = 20
MAX_EVENTS = 1500


@pytest.fixture(scope="module")
def preview(tmp_path_factory):
    return run_shipped(
        tmp_path_factory.mktemp("zprime"),
        "zprime",
        [f"workspaces/{SIGNAL}.json"],
        max_events=str(MAX_EVENTS),
    )


@pytest.fixture(scope="module")
def workspace(preview):
    return json.loads((preview / f"workspaces/{SIGNAL}.json").read_text())


@pytest.fixture(scope="module")
def likelihood(workspace):
    return Likelihood.from_workspace(workspace)


def nominal(likelihood, mu):
    values = np.array([parameter.nominal for parameter in likelihood.parameters])
    values[likelihood.index[likelihood.poi]] = mu
    return values


def test_a_fit_to_asimov_data_returns_its_parameters(likelihood):
    truth = nominal(likelihood, 1.0)
    result = fit(likelihood, likelihood.asimov(truth))
    assert result.status.converged
    np.testing.assert_allclose(result.values, truth, atol=1e-6)


def test_an_injected_signal_is_found(likelihood):
    truth = nominal(likelihood, 1.0)
    index = likelihood.index[likelihood.poi]
    pulls = []
    for seed in range(TOYS):
        result = fit(likelihood, likelihood.toy(truth, np.random.default_rng(seed)))
        assert result.status.converged
        pulls.append((result.values[index] - 1.0) / result.errors[index])
    assert abs(np.mean(pulls)) < 3 * np.std(pulls, ddof=1) / np.sqrt(TOYS)
    assert 0.5 < np.std(pulls, ddof=1) < 1.6


def test_the_limit_is_that_of_pyhf(workspace, likelihood):
    limit = upper_limit(likelihood)
    model = pyhf.Workspace(workspace).model()
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer())
    data = pyhf.Workspace(workspace).data(model)
    observed = pyhf.infer.hypotest(limit.observed, data, model)
    assert observed == pytest.approx(0.05, rel=1e-3)
    median = pyhf.infer.hypotest(limit.expected[2], data, model, return_expected=True)[1]
    assert median == pytest.approx(0.05, rel=1e-3)


def test_the_signal_is_counted(preview, workspace, likelihood):
    events = sum(
        sum(s["data"])
        for channel in workspace["channels"]
        for s in channel["samples"]
        if s["name"] == SIGNAL
    )
    assert signal_events(likelihood, [SIGNAL]) == pytest.approx(events, rel=1e-12)


def test_two_runs_with_other_cores_give_the_same_bytes(tmp_path):
    products = [
        "files/dy_1400/part0.root",
        "events/dy_1400/0.parquet",
        "histograms/dy_1400.json",
        "cutflow/dy_1400.json",
    ]
    runs = [
        run_shipped(tmp_path / f"cores{n}", "zprime", products, cores=n, max_events="300")
        for n in (1, 2)
    ]
    for product in products:
        assert (runs[0] / product).read_bytes() == (runs[1] / product).read_bytes()


def test_every_product_of_a_preview_says_so(preview, workspace):
    assert workspace["measurements"][0]["name"] == "zprime [pseudo-data] [PREVIEW]"
    for path in (preview / "histograms").glob("*.json"):
        assert all(item["metadata"]["preview"] for item in json.loads(path.read_text()).values())


def test_a_preview_is_normalized_to_the_luminosity(preview):
    """σ · L of each dataset is spread over the few events that were read."""
    analysis = read_composed(preview.parents[1] / "config/analyses/zprime/analysis.yaml")
    checked = 0
    for name in used_datasets(analysis):
        dataset = analysis["datasets"][name]
        if "generate" not in dataset:
            continue
        cutflow = json.loads((preview / f"cutflow/{name}.json").read_text())
        expected = (
            dataset["cross_section_pb"]
            * dataset["scale_factor"]
            * analysis["luminosity_ifb"]
            * 1000
        )
        assert cutflow["skim"][0]["events"] == MAX_EVENTS
        assert cutflow["skim"][0]["sum_of_weights"] * cutflow["normalization"] == pytest.approx(
            expected, rel=1e-12
        )
        checked += 1
    assert checked == 17


def test_every_event_is_accounted_for(preview):
    for path in (preview / "cutflow").glob("*.json"):
        cutflow = json.loads(path.read_text())
        account = cutflow["account"]
        if account:
            counted = [*account["unselected"].values(), *account["selected"].values()]
            assert (
                account["entries"]
                == sum(counted)
                == sum(file["entries"] for file in cutflow["files"])
            )
            assert min(counted) >= 0
