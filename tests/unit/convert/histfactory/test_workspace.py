"""Models of HistFactory written plainly, and what pyhf cannot say."""

import re
from dataclasses import replace

import numpy as np
import pyhf
import pytest
from support.products.histfactory import write_random_xml

from wollemi_convert.histfactory.document import (
    Channel,
    Document,
    HistogramName,
    Measurement,
    NormFactor,
    Sample,
    ShapeSys,
)
from wollemi_convert.histfactory.reading import read_model
from wollemi_convert.histfactory.templates import ChannelTemplate, SampleTemplate
from wollemi_convert.histfactory.workspace import workspace_of
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood

EVENTS = {"signal": [4.0, 7.0, 2.0], "ttbar": [30.0, 20.0, 40.0]}
ERRORS = {"signal": [1.0, 0.5, 0.1], "ttbar": [4.0, 3.0, 0.3]}
OBSERVED = [33.0, 29.0, 44.0]
HERE = HistogramName("", "", "")


def document(threshold, constraint, statistics=("signal", "ttbar")):
    """A channel of two samples, with its templates."""
    mu = NormFactor("mu", 1.0, (0.0, 10.0), False)
    samples = [
        Sample(name, HERE, True, name in statistics, None, [mu] if name == "signal" else [])
        for name in EVENTS
    ]
    measurement = Measurement("main", ["mu"], 1.0, 0.02, {}, frozenset(), {})
    templates = [
        SampleTemplate(np.array(EVENTS[name]), np.array(ERRORS[name]) * (name in statistics), {})
        for name in EVENTS
    ]
    channel = Channel("SR", HERE, threshold, constraint, samples)
    return Document([channel], [measurement]), [ChannelTemplate(np.array(OBSERVED), templates)]


def plain(values, threshold, constraint, statistics):
    """-2 ln L as in the paper of HistFactory, up to a constant."""
    total = np.sum([EVENTS[name] for name in statistics], axis=0)
    errors = np.sqrt(np.sum([np.square(ERRORS[name]) for name in statistics], axis=0))
    relative = errors / total
    counted = relative >= threshold
    gammas = np.where(counted, values["gammas"], 1.0)
    expected = values["lumi"] * sum(
        np.array(events)
        * (values["mu"] if name == "signal" else 1)
        * (gammas if name in statistics else 1)
        for name, events in EVENTS.items()
    )
    found = 2 * np.sum(expected - np.array(OBSERVED) * np.log(expected))
    found += ((values["lumi"] - 1) / 0.02) ** 2
    if constraint == "Gaussian":
        return found + np.sum(((gammas - 1) / relative)[counted] ** 2)
    tau = relative[counted] ** -2
    return found + 2 * np.sum(tau * gammas[counted] - tau * np.log(tau * gammas[counted]))


@pytest.mark.parametrize("threshold", [0.0, 0.05])
@pytest.mark.parametrize("constraint", ["Gaussian", "Poisson"])
@pytest.mark.parametrize("statistics", [("ttbar",), ("signal", "ttbar")])
def test_statistics(threshold, constraint, statistics):
    workspace = workspace_of(*document(threshold, constraint, statistics))
    pyhf.Workspace(workspace).model()
    likelihood, random = Likelihood.from_workspace(workspace), np.random.default_rng(1)
    differences = []
    for _ in range(5):
        values = likelihood.inits.copy()
        gammas = random.uniform(0.8, 1.2, 3)
        for label, place in likelihood.index.items():
            if "[" in label and not likelihood.fixed[place]:
                values[place] = gammas[int(label[-2])]
            elif label in ("mu", "lumi"):
                values[place] *= random.uniform(0.95, 1.05)
        bins = [values[likelihood.index[f"staterror_SR[{place}]"]] for place in range(3)]
        named = {name: values[likelihood.index[name]] for name in ("mu", "lumi")}
        ours = -2 * likelihood.logpdf(values)
        if threshold and constraint == "Poisson" and len(statistics) > 1:
            ours -= 2 * (bins[2] - np.log(bins[2]))  # the event of the bin below the threshold
        wanted = plain(named | {"gammas": np.array(bins)}, threshold, constraint, statistics)
        differences.append(ours - wanted)
    np.testing.assert_allclose(differences, differences[0], atol=1e-9)


def test_samples_without_luminosity_are_scaled_by_it(caplog):
    made, templates = document(0.0, "Gaussian")
    channel, measurement = made.channels[0], made.measurements[0]
    samples = [replace(channel.samples[0], by_theory=False), channel.samples[1]]
    measurement = replace(measurement, luminosity=20.0)
    changed = Document([replace(channel, samples=samples)], [measurement])
    likelihood = Likelihood.from_workspace(workspace_of(changed, templates))
    expected = likelihood.expected_by_sample(likelihood.inits)
    np.testing.assert_allclose(expected, 20 * np.array([EVENTS["signal"], EVENTS["ttbar"]]))
    values = likelihood.inits.copy()
    values[likelihood.index["lumi"]] *= 1.1
    changes = likelihood.expected_by_sample(values) / expected
    np.testing.assert_allclose(changes, [[1.0] * 3, [1.1] * 3])
    assert "no uncertainty of the luminosity" in caplog.text


def test_measurements_that_cannot_be_said_are_left_out(caplog):
    made, templates = document(0.0, "Gaussian")
    channel = made.channels[0]
    other = replace(made.measurements[0], name="gammas", pois=["nu"])
    kept = workspace_of(replace(made, measurements=[other, *made.measurements]), templates)
    assert [item["name"] for item in kept["measurements"]] == ["main"]
    assert "left out: measurement gammas: its parameter of interest 'nu'" in caplog.text
    with pytest.raises(WollemiError, match="'nu' is no NormFactor"):
        workspace_of(Document([channel], [other]), templates)


def test_several_parameters_of_interest_are_several_measurements():
    made, templates = document(0.0, "Gaussian")
    channel = made.channels[0]
    factor = NormFactor("k", 1.0, (0.0, 2.0), False)
    samples = [channel.samples[0], replace(channel.samples[1], effects=[factor])]
    measurement = replace(made.measurements[0], pois=["mu", "k"])
    kept = workspace_of(Document([replace(channel, samples=samples)], [measurement]), templates)
    names = [(item["name"], item["config"]["poi"]) for item in kept["measurements"]]
    assert names == [("main_mu", "mu"), ("main_k", "k")]


MEASUREMENTS = {
    "constraint": (
        '<Measurement Lumi="1" ',
        "</Measurement>",
        '<ConstraintTerm Type="LogNormal" RelativeUncertainty=".3">jes</ConstraintTerm>'
        "</Measurement>",
        "measurement main: ConstraintTerm makes 'jes' LogNormal",
    ),
    "bins": (
        "",
        "</Measurement>",
        '<ParamSetting Const="True">gamma_stat_region0_bin_1</ParamSetting></Measurement>',
        "makes some bins of 'gamma_stat_region0' constant",
    ),
    "value": (
        "",
        "</Measurement>",
        '<ParamSetting Val="1.1">gamma_stat_region0_bin_1</ParamSetting></Measurement>',
        "gives 'gamma_stat_region0_bin_1' a value",
    ),
    "poi": ("", "<POI>mu</POI>", "<POI>nu</POI>", "'nu' is no NormFactor of the model"),
}


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_measurements_that_are_refused(tmp_path, name):
    xml = write_random_xml(tmp_path, 4)
    _, old, new, problem = MEASUREMENTS[name]
    channel = tmp_path / "config/channel0.xml"
    text = channel.read_text()
    if "StatError " not in text:
        channel.write_text(text.replace("<HistoSys", '<StatError Activate="True"/><HistoSys', 1))
    assert old in xml.read_text()
    xml.write_text(xml.read_text().replace(old, new))
    with pytest.raises(WollemiError, match=re.escape(problem)):
        read_model(xml)


def test_a_shared_shape_is_refused():
    made, templates = document(0.0, "Gaussian")
    channel = made.channels[0]
    shape = ShapeSys("fakes", HERE, "Poisson")
    samples = [replace(item, effects=[shape]) for item in channel.samples]
    with pytest.raises(WollemiError, match="ShapeSys fakes also acts on another sample"):
        workspace_of(Document([replace(channel, samples=samples)], made.measurements), templates)
