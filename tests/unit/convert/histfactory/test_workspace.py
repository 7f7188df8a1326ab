"""Models of HistFactory that pyhf cannot express as they are, and those it cannot at all."""

import re
from dataclasses import replace

import numpy as np
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


def document():
    """A channel of two samples, with its templates."""
    mu = NormFactor("mu", 1.0, (0.0, 10.0), False)
    effects = {"signal": [mu], "ttbar": []}
    samples = [Sample(name, HERE, True, True, None, effects[name]) for name in EVENTS]
    measurement = Measurement("main", ["mu"], 1.0, 0.02, {}, frozenset(), {})
    templates = [
        SampleTemplate(np.array(events), np.array(ERRORS[name]), {})
        for name, events in EVENTS.items()
    ]
    channel = Channel("SR", HERE, 0.0, "Gaussian", samples)
    return Document([channel], [measurement]), [ChannelTemplate(np.array(OBSERVED), templates)]


def test_samples_without_luminosity_are_scaled_by_it(caplog):
    made, templates = document()
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
    made, templates = document()
    channel = made.channels[0]
    other = replace(made.measurements[0], name="gammas", pois=["nu"])
    kept = workspace_of(replace(made, measurements=[other, *made.measurements]), templates)
    assert [item["name"] for item in kept["measurements"]] == ["main"]
    assert "left out: measurement gammas: its parameter of interest 'nu'" in caplog.text
    with pytest.raises(WollemiError, match="'nu' is no NormFactor"):
        workspace_of(Document([channel], [other]), templates)


def test_several_parameters_of_interest_are_several_measurements():
    made, templates = document()
    channel = made.channels[0]
    factor = NormFactor("k", 1.0, (0.0, 2.0), False)
    samples = [channel.samples[0], replace(channel.samples[1], effects=[factor])]
    measurement = replace(made.measurements[0], pois=["mu", "k"])
    kept = workspace_of(Document([replace(channel, samples=samples)], [measurement]), templates)
    names = [(item["name"], item["config"]["poi"]) for item in kept["measurements"]]
    assert names == [("main_mu", "mu"), ("main_k", "k")]


JES = '<ConstraintTerm Type="LogNormal" RelativeUncertainty=".3">jes</ConstraintTerm>'
GAMMA = "gamma_stat_region0_bin_1</ParamSetting>"
MEASUREMENTS = [
    ("</Measurement>", JES, "measurement main: ConstraintTerm makes 'jes' LogNormal"),
    ("</Measurement>", f'<ParamSetting Const="True">{GAMMA}', "some bins of 'gamma_stat_region0'"),
    ("</Measurement>", f'<ParamSetting Val="1.1">{GAMMA}', "gives 'gamma_stat_region0_bin_1'"),
    ("<POI>mu</POI>", "<POI>nu</POI>", "'nu' is no NormFactor of the model"),
]


@pytest.mark.parametrize(("old", "new", "problem"), MEASUREMENTS)
def test_measurements_that_are_refused(tmp_path, old, new, problem):
    xml = write_random_xml(tmp_path, 4)
    channel = tmp_path / "config/channel0.xml"
    text = channel.read_text()
    if "StatError " not in text:
        channel.write_text(text.replace("<HistoSys", '<StatError Activate="True"/><HistoSys', 1))
    assert old in xml.read_text()
    new += old if old.startswith("</") else ""
    xml.write_text(xml.read_text().replace(old, new))
    with pytest.raises(WollemiError, match=re.escape(problem)):
        read_model(xml)


def test_a_shared_shape_is_refused():
    made, templates = document()
    channel = made.channels[0]
    shape = ShapeSys("fakes", HERE, "Poisson")
    samples = [replace(item, effects=[shape]) for item in channel.samples]
    with pytest.raises(WollemiError, match="ShapeSys fakes also acts on another sample"):
        workspace_of(Document([replace(channel, samples=samples)], made.measurements), templates)
