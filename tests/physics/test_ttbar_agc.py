"""The Analysis Grand Challenge tt̄ analysis against an event loop, correctionlib, pyhf, and
cabinetry from the histograms on.
"""

import json
from pathlib import Path

import awkward as ak
import correctionlib
import correctionlib.schemav2 as schema
import numpy as np
import pyhf
import pytest
import yaml
from support.oracles import agc_loop
from support.oracles.agc_cabinetry import cabinetry_fit, cabinetry_workspace
from support.oracles.agc_run import build, prepare, process
from support.oracles.agc_templates import write_templates
from support.oracles.cabinetry_example import modifiers

from wollemi.histograms.histogram import from_sums, notes, read_histograms, write_histograms
from wollemi.loading.load import load_analysis
from wollemi_engine.expressions.evaluation import evaluate_values
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood

DATASETS = (
    "ttbar", "ttbar_scaledown", "ttbar_scaleup", "ttbar_me", "ttbar_ps", "single_top_s", "single_top_t", "single_top_tw", "wjets",  # noqa: E501
)  # fmt: skip
CROSS_SECTIONS_PB = {
    "single_top_s": 2.0268 + 1.2676, "single_top_t": (36.993 + 22.175) / 0.252, "single_top_tw": 37.936 + 37.906,  # noqa: E501
    "wjets": 61457 * 0.252,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The products of the analysis with few events, and the files of each dataset."""
    folder = tmp_path_factory.mktemp("agc")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        document = prepare()
        assert set(document["datasets"]) == {*DATASETS, "pseudodata"}
        files = {name: [folder / file for file in process(document, name)] for name in DATASETS}
        build(document, "histograms")
    return folder, files


def variations(dataset):
    """Which variations a dataset has: the alternatives of tt̄ none."""
    if dataset.startswith("ttbar_"):
        return ["nominal"]
    scales = ["scale_var_up", "scale_var_down"] if dataset == "wjets" else []
    return ["nominal", "pt_scale_up", "pt_res_up", *agc_loop.WEIGHT_VARIATIONS, *scales]


@pytest.mark.parametrize("dataset", DATASETS)
def test_histograms_are_those_of_the_event_loop(folder, dataset):
    """Bit by bit: the loop adds the weights of a bin in the order of the events, file after file,
    and normalizes so, too.
    """
    products, files = folder
    events = [agc_loop.read_events(file) for file in files[dataset]]
    expected = [agc_loop.histograms(part) for part in events]
    factor = 3378.0 * CROSS_SECTIONS_PB.get(dataset, 396.87 + 332.97) / sum(map(len, events))
    found = read_histograms(products / f"histograms/{dataset}.json")
    regions = ("control_4j1b/ht", "signal_4j2b/m_bjj")
    assert found.keys() == {
        f"{region}/{variation}" for region in regions for variation in variations(dataset)
    }
    for name, histogram in found.items():
        sums, squares = np.zeros((2, 27))
        for part in expected:
            more = np.array(part.get(name, np.zeros((2, 27))))
            sums, squares = sums + more[0], squares + more[1]
        assert histogram.values(flow=True).tolist() == (sums * factor).tolist(), name
        assert histogram.variances(flow=True).tolist() == (squares * factor**2).tolist(), name
    assert all(found[f"{region}/nominal"].values().sum() > 0 for region in regions)


def test_the_weights_of_events_are_left_out(folder):
    events = [event for file in folder[1]["ttbar_me"] for event in agc_loop.read_events(file)]
    assert {event["genWeight"] for event in events} == {-1.0, 1.0}


def test_pseudodata_are_the_mean_of_two_simulations_and_w_jets(folder):
    names = ("pseudodata", "ttbar_me", "ttbar_ps", "wjets")
    found = {name: read_histograms(folder[0] / f"histograms/{name}.json") for name in names}
    for name, histogram in found["pseudodata"].items():
        me, ps, wjets = (
            found[source][name].values(flow=True) for source in ("ttbar_me", "ttbar_ps", "wjets")
        )
        assert (histogram.values(flow=True) == (me + ps) / 2 + wjets).all()
        assert notes(histogram)["pseudo_data"] is True


def formula(sign):
    return schema.Formula(
        nodetype="formula",
        parser="TFormula",
        variables=["pt"],
        expression=f"1.0 {sign} (x*0.075 / 50)",
    )


def corrections():
    """The correction `event_systematics` as the challenge's corrections.json has it."""
    sides = {"up": "+", "down": "-"}
    btag = schema.Category(
        nodetype="category",
        input="direction",
        content=[{"key": side, "value": formula(sign)} for side, sign in sides.items()],
    )
    scale = schema.Category(
        nodetype="category",
        input="direction",
        content=[{"key": "up", "value": 1.025}, {"key": "down", "value": 0.975}],
    )
    content = [{"key": f"btag_var_{index}", "value": btag} for index in range(4)] + [
        {"key": "scale_var", "value": scale}
    ]
    inputs = [("syst_name", "string"), ("direction", "string"), ("pt", "real")]
    correction = schema.Correction(
        name="event_systematics", version=1, output=schema.Variable(name="weight", type="real"),
        inputs=[schema.Variable(name=name, type=kind) for name, kind in inputs],
        data=schema.Category(nodetype="category", input="syst_name", content=content),
    )  # fmt: skip
    written = schema.CorrectionSet(schema_version=2, corrections=[correction]).model_dump_json(
        exclude_unset=True
    )
    return correctionlib.CorrectionSet.from_string(written)["event_systematics"]


@pytest.mark.parametrize(
    "name", ["btag_var_0", "btag_var_1", "btag_var_2", "btag_var_3", "scale_var"]
)
def test_weights_are_those_of_correctionlib(folder, name):
    systematic = load_analysis(
        folder[0] / "config/analyses/ttbar_agc/analysis.yaml", ["systematics"]
    ).systematics[name]
    pt = (
        np.random.default_rng(2).exponential(60, (1000, 4)).astype(np.float32).astype(np.float64)
        + 30
    )
    index = int(name[-1]) if name[-1].isdigit() else 0
    jets = ak.from_regular(ak.zip({"pt": pt}))
    for side in ("up", "down"):
        ours = evaluate_values(getattr(systematic, side), {"jet": jets}, 1000)
        assert (ours == corrections().evaluate(name, side, pt[:, index])).all()


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory):
    """The workspace of the analysis from smooth templates, and cabinetry's from the same ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("templates"))
        write_templates(Path("histograms"))
        build(prepare(), "histograms")
        return json.loads(Path("workspaces/ttbar.json").read_text()), cabinetry_workspace(
            Path("histograms")
        )


def test_the_model_and_the_fit_are_those_of_cabinetry(workspaces):
    """From the histograms of all variations in one ROOT file, as the challenge has them, rebinned
    as the challenge does.
    """
    ours, theirs = workspaces
    models = [pyhf.Workspace(content).model() for content in (ours, theirs)]
    assert set(models[0].config.parameters) == set(models[1].config.parameters)
    likelihood = Likelihood.from_workspace(ours)
    names = [parameter.name for parameter in likelihood.parameters]
    random = np.random.default_rng(1)
    for _ in range(20):
        point = dict(zip(names, random.normal(1.0, 0.05, len(names)), strict=True))
        rates = [expected(model, point) for model in models]
        assert rates[0].keys() == rates[1].keys()
        for channel, rate in rates[0].items():
            np.testing.assert_allclose(rate, rates[1][channel], rtol=1e-10)
    found = fit(likelihood)
    assert found.status.converged
    values, errors = (
        dict(zip(found.names, items, strict=True)) for items in (found.values, found.errors)
    )
    fitted = cabinetry_fit(theirs)
    # No minimum is below ours; cabinetry's is above it by what its tolerance allows.
    assert found.minus_two_log_likelihood == pytest.approx(twice_nll(theirs, values), rel=1e-9)
    assert 0 <= fitted.best_twice_nll - found.minus_two_log_likelihood < 2e-4
    for name, value, error in zip(fitted.labels, fitted.bestfit, fitted.uncertainty, strict=True):
        assert values[name] == pytest.approx(value, abs=0.005 * error), name
        assert errors[name] == pytest.approx(error, rel=0.03), name
    assert values["ttbar_norm"] == pytest.approx(1.0, abs=3 * errors["ttbar_norm"])


NEGATIVE = {"wjets": "signal_4j2b/m_bjj/nominal", "single_top_t": "control_4j1b/ht"}


def with_negative_bins(folder):
    """Histograms in which bins of two samples are negative, and others more than double at +1σ, so
    that their mirror images are.
    """
    for dataset, name in NEGATIVE.items():
        found = read_histograms(folder / f"{dataset}.json")
        for key, item in found.items():
            values = item.values(flow=True)
            if key.startswith(name):
                values[8:10] *= -0.3  # one bin of the fit
            if key.endswith(("pt_res_up", "pt_scale_up")):
                values[15] *= 2.7
            found[key] = from_sums(item.axes[0], values, item.variances(flow=True))
        write_histograms(folder / f"{dataset}.json", found)


def test_the_model_with_negative_bins_is_that_of_cabinetry(tmp_path, monkeypatch):
    """The challenge's configuration has no rule for them: its model has them as they are."""
    monkeypatch.chdir(tmp_path)
    folder = Path("histograms")
    write_templates(folder)
    with_negative_bins(folder)
    document = prepare()
    document["model"]["floor_negative_bins"] = "keep"
    Path("config/analyses/ttbar_agc/analysis.yaml").write_text(yaml.safe_dump(document))
    build(document, "histograms")
    ours, theirs = (
        json.loads(Path("workspaces/ttbar.json").read_text()),
        cabinetry_workspace(folder),
    )
    found, expected = modifiers(ours), modifiers(theirs)
    assert {key for key in expected if not found.get(key, np.zeros(0)).size} == {
        key for key in expected if not expected[key].size
    }
    for key, values in found.items():
        np.testing.assert_allclose(values, expected[key], rtol=1e-13, atol=1e-12, err_msg=str(key))
    kept = {key[:2] for key, values in found.items() if key[3] == "data" and (values < 0).any()}
    assert kept == {("signal_4j2b", "wjets"), ("control_4j1b", "single_top_t")}
    assert any((values < 0).any() for key, values in found.items() if key[3] == "histosys")
    likelihood = Likelihood.from_workspace(ours)
    names = [parameter.name for parameter in likelihood.parameters]
    random = np.random.default_rng(1)
    for _ in range(20):
        point = dict(zip(names, random.normal(1.0, 0.05, len(names)), strict=True))
        value = likelihood.logpdf(np.array([*point.values()]))
        assert -2 * value == pytest.approx(twice_nll(theirs, point), rel=1e-12)


def twice_nll(workspace, point):
    """-2 log L of pyhf, with its constants, at a point that is given by the names of the
    parameters.
    """
    content = pyhf.Workspace(workspace)
    model = content.model()
    values = [point[name] for name in model.config.par_names]
    return float(-2 * model.logpdf(values, content.data(model))[0])


def expected(model, point):
    """Channel → events at a point that is given by the names of the parameters."""
    values = np.array(model.config.suggested_init())
    for name in model.config.parameters:
        slots = model.config.par_slice(name)
        keys = (
            [name]
            if name in point
            else [f"{name}[{index}]" for index in range(slots.stop - slots.start)]
        )
        values[slots] = [point[key] for key in keys]
    rates = model.expected_actualdata(values)
    return {name: rates[model.config.channel_slices[name]] for name in model.config.channels}
