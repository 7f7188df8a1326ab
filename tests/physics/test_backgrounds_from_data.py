"""Transfer factor and ABCD: closure on toys, models written by hand, and both forms against one
another.
"""

import numpy as np
import pyhf
import pytest
from support.products.background_toys import (
    ABCD,
    FACTOR,
    FACTOR_UNCERTAINTY,
    QCD_CONTROL,
    TRANSFER,
    document,
    make_histograms,
    run_programs,
)
from support.tiny.steps import read_json

from wollemi.histograms.histogram import notes
from wollemi.loading.expand import plain_document
from wollemi.loading.load import validate_analysis
from wollemi.model.estimates import Estimator
from wollemi.model.templates import Source

METHODS = {"transfer": TRANSFER, "abcd": ABCD}


def estimate(method, histograms, form="histogram"):
    """Histograms of the estimate."""
    plain = plain_document(document(METHODS[method], form))
    analysis = validate_analysis(plain, "toy")
    source = Source(histograms, analysis.datasets)
    settings = plain["datasets"]["qcd"]["estimate"]
    return Estimator(
        "qcd", settings, source, analysis.samples, analysis.regions, analysis.systematics
    ).histograms()


@pytest.mark.parametrize("method", METHODS)
def test_closure_on_toys(method):
    """The mean of many estimates is the truth, and their spread is what each says of itself."""
    rng = np.random.default_rng(8)
    toys = [estimate(method, make_histograms(rng))["SR/x/nominal"] for _ in range(400)]
    truth = FACTOR * QCD_CONTROL
    bins = np.array([toy.values() for toy in toys])
    bias = (bins.mean(axis=0) - truth) / (bins.std(axis=0) / np.sqrt(len(toys)))
    assert np.all(np.abs(bias) < 3.5), bias
    relative = [
        notes(toy)["factor_uncertainty"] / notes(toy)["factor"] if method == "abcd" else 0.0
        for toy in toys
    ]
    claimed = np.sqrt(
        [toy.variances() + (toy.values() * r) ** 2 for toy, r in zip(toys, relative, strict=True)]
    )
    pulls = (bins - truth) / claimed
    # The error of a standard deviation is 1 / sqrt(2 n) = 3.5 %.
    np.testing.assert_allclose(pulls.std(axis=0), 1.0, atol=0.14)


def test_variations_of_the_simulation_act_the_other_way_round():
    histograms = make_histograms(np.random.default_rng(2))
    made = estimate("transfer", histograms)
    data, mc, tilted = (
        histograms[name][f"control/x/{variation}"].values()
        for name, variation in (("data", "nominal"), ("mc", "nominal"), ("mc", "mc_weight_up"))
    )
    np.testing.assert_allclose(made["SR/x/nominal"].values(), FACTOR * (data - mc), rtol=1e-14)
    np.testing.assert_allclose(
        made["SR/x/mc_rate_up"].values(), FACTOR * (data - 1.1 * mc), rtol=1e-12
    )
    np.testing.assert_allclose(
        made["SR/x/mc_rate_down"].values(), FACTOR * (data - 0.9 * mc), rtol=1e-12
    )
    np.testing.assert_allclose(
        made["SR/x/mc_weight_up"].values(), FACTOR * (data - tilted), rtol=1e-12
    )
    assert "SR/x/mc_weight_down" not in made
    variances = FACTOR**2 * (data + histograms["mc"]["control/x/nominal"].variances())
    np.testing.assert_allclose(made["SR/x/nominal"].variances(), variances, rtol=1e-14)


def test_abcd_by_hand():
    histograms = make_histograms(np.random.default_rng(3))
    made = estimate("abcd", histograms)

    def counts(region, variation="nominal"):
        name = f"{region}/{'x' if region == 'control' else 'one'}"
        return (
            histograms["data"][f"{name}/nominal"].values()
            - histograms["mc"][f"{name}/{variation}"].values()
        )

    for variation, name in (("nominal", "nominal"), ("mc_weight_up", "mc_weight_up")):
        expected = counts("B", variation) * counts("control", variation) / counts("D", variation)
        np.testing.assert_allclose(made[f"SR/x/{name}"].values(), expected, rtol=1e-12)
    variances = {
        region: histograms["data"][f"{region}/one/nominal"].variances()
        + histograms["mc"][f"{region}/one/nominal"].variances()
        for region in ("B", "D")
    }
    relative = np.sqrt(variances["B"] / counts("B") ** 2 + variances["D"] / counts("D") ** 2)
    noted = notes(made["SR/x/nominal"])
    assert noted["factor_uncertainty"] / noted["factor"] == pytest.approx(relative[0], rel=1e-12)


def modifier(name, kind, data=None):
    return {"name": name, "type": kind, "data": data}


def by_hand(method, histograms):
    """The model with control regions: channels, data, and what ties them."""
    relative = FACTOR_UNCERTAINTY / FACTOR
    data = {name.split("/")[0]: item.values() for name, item in histograms["data"].items()}
    remaining = {
        region: data[region] - mc.values() for region, mc in nominal(histograms["mc"]).items()
    }
    shared = [modifier("qcd_bins", "shapefactor")]
    qcd = {
        "control": (remaining["control"], shared),
        "SR": (
            FACTOR * remaining["control"],
            [*shared, modifier("qcd_factor", "normsys", {"hi": 1 + relative, "lo": 1 - relative})],
        ),
    }
    if method == "abcd":
        n_d, r_b, r_c = (
            modifier("qcd_D", "normfactor"),
            modifier("qcd_B", "normfactor"),
            modifier("qcd_C", "shapefactor"),
        )
        a = remaining["B"] * remaining["control"] / remaining["D"]
        b, d = (remaining["B"], [n_d, r_b]), (remaining["D"], [n_d])
        qcd = {
            "SR": (a, [n_d, r_b, r_c]),
            "B": b,
            "control": (remaining["control"], [n_d, r_c]),
            "D": d,
        }
    channels = [
        {
            "name": region,
            "samples": [
                {"name": "qcd", "data": bins.tolist(), "modifiers": modifiers},
                *simulated(histograms, region),
            ],
        }
        for region, (bins, modifiers) in qcd.items()
    ]
    observations = [{"name": region, "data": data[region].tolist()} for region in qcd]
    parameters = [{"name": "mu", "inits": [1.0], "bounds": [[0.0, 10.0]]}]
    measurement = {"name": "toy", "config": {"poi": "mu", "parameters": parameters}}
    return {
        "version": "1.0.0",
        "channels": channels,
        "observations": observations,
        "measurements": [measurement],
    }


def nominal(histograms):
    return {
        name.split("/")[0]: item for name, item in histograms.items() if name.endswith("nominal")
    }


def simulated(histograms, region):
    """Samples with their statistics, rate and tilt."""
    signal, mc = (nominal(histograms[name])[region] for name in ("signal", "mc"))
    name = next(
        name for name in histograms["mc"] if name.startswith(f"{region}/") and name.endswith("_up")
    )
    up = histograms["mc"][name].values()
    rate = up.sum() / mc.values().sum()
    sides = {"hi_data": (up / rate).tolist(), "lo_data": (2 * mc.values() - up / rate).tolist()}
    tilt = [modifier("mc_weight", "normsys", {"hi": rate, "lo": 2 - rate})]
    tilt += [modifier("mc_weight", "histosys", sides)] if mc.values().size > 1 else []
    statistics = {
        key: modifier(f"staterror_{region}", "staterror", np.sqrt(item.variances()).tolist())
        for key, item in (("signal", signal), ("mc", mc))
    }
    rates = modifier("mc_rate", "normsys", {"hi": 1.1, "lo": 0.9})
    return [
        {"name": "mc", "data": mc.values().tolist(), "modifiers": [statistics["mc"], rates, *tilt]},
        {
            "name": "signal",
            "data": signal.values().tolist(),
            "modifiers": [statistics["signal"], modifier("mu", "normfactor")],
        },
    ]


@pytest.fixture(scope="module")
def histograms():
    return make_histograms(np.random.default_rng(11), signal_strength=1.0)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("method", METHODS)
def test_the_constraint_is_the_model_written_by_hand(method, histograms, folder):
    run_programs(document(METHODS[method], "constraint"), histograms)
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-6, strategy=2))
    ours, theirs = (
        pyhf.Workspace(item)
        for item in (read_json("workspaces/signal.json"), by_hand(method, histograms))
    )
    models = [workspace.model() for workspace in (ours, theirs)]
    assert models[0].config.par_names == models[1].config.par_names
    start, bounds = (
        np.array(models[0].config.suggested_init()),
        np.array(models[0].config.suggested_bounds()),
    )
    assert np.array_equal(start, models[1].config.suggested_init())
    rng = np.random.default_rng(1)
    for _ in range(5):
        values = np.clip(start + rng.normal(0, 0.1, start.size), *bounds.T)
        values[0] = start[0]
        first, second = (
            m.logpdf(values, w.data(m))[0] for m, w in zip(models, (ours, theirs), strict=True)
        )
        assert first == pytest.approx(second, rel=1e-12)
    fitted, errors = pyhf.infer.mle.fit(
        theirs.data(models[1]), models[1], return_uncertainties=True
    ).T
    found = {item["name"]: item for item in read_json("fit.json")["fits"]["signal"]["parameters"]}
    for name, value, error in zip(models[1].config.par_names, fitted, errors, strict=True):
        assert found[name]["value"] == pytest.approx(value, abs=0.01 * error), name
        assert found[name]["error"] == pytest.approx(error, rel=0.02), name


@pytest.mark.parametrize("method", METHODS)
def test_both_forms_agree_within_statistics(method, histograms, folder):
    """They differ in the signal of the control region, and in Poisson against Gaussian
    statistics.
    """
    found = {}
    for form in ("constraint", "histogram"):
        run_programs(document(METHODS[method], form), histograms)
        parameters = read_json("fit.json")["fits"]["signal"]["parameters"]
        found[form] = next(item for item in parameters if item["name"] == "mu")
    first, second = found["constraint"], found["histogram"]
    assert abs(first["value"] - second["value"]) < 0.35 * first["error"]
    assert second["error"] == pytest.approx(first["error"], rel=0.15)
    assert abs(first["value"] - 1) < 3 * first["error"]
