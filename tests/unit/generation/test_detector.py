"""The detector's response against its own formulas, and its independence of how events are
split.
"""

import awkward as ak
import numpy as np
import pytest
from scipy.stats import norm

from wollemi.generation import detector
from wollemi.generation.detector import (
    measure_electrons,
    measure_events,
    measure_jets,
    measure_muons,
)
from wollemi_engine.expressions.event_random import EventRandom

EVENTS = 20_000
RANDOM = EventRandom.of_events(np.full(EVENTS, 3), np.ones(EVENTS, int), np.arange(EVENTS))


def objects(pt, eta=0.5, **fields):
    columns = {"pt": pt, "eta": eta, "phi": 1.0, "charge": 1, "mass": 0.0} | fields
    flat = ak.zip({name: np.full(EVENTS, value) for name, value in columns.items()})
    return ak.unflatten(flat, np.ones(EVENTS, int))


def test_resolutions_at_reference_points():
    # The design of the muon spectrometer is 10 % at 1 TeV, at low pT the resolution is that of the
    # scattering.
    assert detector.muon_resolution(1000.0, 0.0) == pytest.approx(np.sqrt(0.1**2 + 0.023**2))
    assert detector.muon_resolution(10.0, 2.4) == pytest.approx(0.029, rel=0.01)
    assert detector.electron_resolution(100.0) == pytest.approx(np.sqrt(0.01**2 + 0.01**2))
    assert detector.jet_resolution(100.0, 0.0) == pytest.approx(np.sqrt(0.05**2 + 0.03**2))
    assert detector.jet_resolution(100.0, 4.0) == pytest.approx(np.sqrt(0.1**2 + 0.1**2))


def test_muon_resolution_rises_and_efficiency_falls_with_momentum():
    pt = np.linspace(10, 3000, 50)
    assert np.all(np.diff(detector.muon_resolution(pt, 0.0)) > 0)
    assert np.all(np.diff(detector.muon_efficiency(pt)) < 0)


@pytest.mark.parametrize(
    ("measure", "pt", "expected"),
    [
        (measure_electrons, 1000.0, detector.electron_resolution(1000.0 * np.cosh(0.5))),
        (measure_jets, 100.0, detector.jet_resolution(100.0 * np.cosh(0.5), 0.5)),
    ],
)
def test_energies_are_smeared_by_the_resolution(measure, pt, expected):
    ratio = ak.to_numpy(measure(objects(pt), RANDOM).measured_pt[:, 0]) / pt
    # Standard errors of mean and width of n Gaussian numbers: σ/√n and σ/√(2n).
    assert np.mean(ratio) == pytest.approx(1.0, abs=4 * expected / np.sqrt(EVENTS))
    assert np.std(ratio) == pytest.approx(expected, rel=4 / np.sqrt(2 * EVENTS))


def test_muon_curvature_is_smeared_by_the_resolution():
    muons = measure_muons(objects(2000.0), RANDOM)
    curvature = ak.to_numpy(muons.charge[:, 0] * 2000.0 / muons.measured_pt[:, 0])
    expected = detector.muon_resolution(2000.0, 0.5)
    assert np.mean(curvature) == pytest.approx(1.0, abs=4 * expected / np.sqrt(EVENTS))
    assert np.std(curvature) == pytest.approx(expected, rel=4 / np.sqrt(2 * EVENTS))


def test_very_hard_muons_are_bent_the_wrong_way_as_often_as_the_curvature_says():
    flipped = ak.mean(measure_muons(objects(8000.0), RANDOM).charge == -1)
    expected = norm.cdf(-1 / detector.muon_resolution(8000.0, 0.5))
    assert flipped == pytest.approx(expected, abs=4 * np.sqrt(expected / EVENTS))


@pytest.mark.parametrize(
    ("measure", "pt", "expected"),
    [
        (measure_electrons, 30.0, detector.electron_efficiency(30.0)),
        (measure_muons, 1000.0, detector.muon_efficiency(1000.0)),
    ],
)
def test_efficiencies(measure, pt, expected):
    found = ak.mean(measure(objects(pt), RANDOM).found)
    assert found == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / EVENTS))


@pytest.mark.parametrize(
    ("measure", "eta"),
    [
        (measure_electrons, 1.45),
        (measure_electrons, -2.48),
        (measure_muons, 2.51),
        (measure_jets, 4.6),
    ],
)
def test_nothing_is_found_outside_of_the_acceptance(measure, eta):
    assert not ak.any(measure(objects(100.0, eta), RANDOM).found)


def make_truth(seed=5):
    rng = np.random.default_rng(seed)

    def collection(**extra):
        counts = rng.integers(0, 4, EVENTS)
        size = counts.sum()
        fields = {
            "pt": rng.exponential(80, size) + 5,
            "eta": rng.normal(0, 2, size),
            "phi": rng.uniform(-np.pi, np.pi, size),
        }
        fields |= {name: draw(size) for name, draw in extra.items()}
        return ak.unflatten(ak.zip(fields), counts)

    leptons = {"charge": lambda size: rng.choice([-1, 1], size)}
    return ak.zip(
        {
            "run": np.full(EVENTS, 3),
            "luminosityBlock": np.ones(EVENTS, int),
            "event": np.arange(EVENTS),
            "electrons": collection(**leptons),
            "muons": collection(**leptons),
            "jets": collection(mass=lambda size: rng.exponential(8, size)),
            "missing_x": rng.normal(0, 30, EVENTS),
            "missing_y": rng.normal(0, 30, EVENTS),
        },
        depth_limit=1,
    )


def test_response_does_not_depend_on_the_split():
    truth = make_truth()
    whole = measure_events(truth)
    pieces = ak.concatenate(
        [measure_events(truth[start:stop]) for start, stop in ((0, 7), (7, 8000), (8000, EVENTS))]
    )
    assert ak.array_equal(whole, pieces)
    backwards = measure_events(truth[::-1])[::-1]
    assert ak.array_equal(whole, backwards)


def test_objects_are_reported_hardest_first_above_threshold():
    measured = measure_events(make_truth())
    for name, threshold in (
        ("Electron", detector.LEPTON_PT_GEV),
        ("Muon", detector.LEPTON_PT_GEV),
        ("Jet", detector.JET_PT_GEV),
    ):
        pt = measured[name].pt
        assert ak.all(pt > threshold)
        assert ak.all(pt[:, :-1] >= pt[:, 1:])
    assert {"pt", "eta", "phi", "mass", "charge"} == set(measured.Muon.fields)


def test_missing_momentum_is_exact_up_to_the_soft_term_when_all_is_lost():
    # Without objects, MET is that of the neutrinos plus Gaussian noise; a muon outside of the
    # acceptance adds its momentum.
    truth = make_truth()
    truth = ak.with_field(truth, truth.electrons[:, :0], "electrons")
    truth = ak.with_field(truth, truth.jets[:, :0], "jets")
    truth = ak.with_field(truth, objects(60.0, eta=3.0), "muons")
    measured = measure_events(truth)
    x = ak.to_numpy(measured.MET_pt * np.cos(measured.MET_phi) - truth.missing_x)
    y = ak.to_numpy(measured.MET_pt * np.sin(measured.MET_phi) - truth.missing_y)
    error = detector.SOFT_TERM_GEV / np.sqrt(EVENTS)
    assert np.mean(x) == pytest.approx(60.0 * np.cos(1.0), abs=4 * error)
    assert np.mean(y) == pytest.approx(60.0 * np.sin(1.0), abs=4 * error)
    assert np.std(x) == pytest.approx(detector.SOFT_TERM_GEV, rel=4 / np.sqrt(2 * EVENTS))


def test_mismeasured_jets_unbalance_the_event():
    truth = make_truth()
    for name in ("electrons", "muons"):
        truth = ak.with_field(truth, truth[name][:, :0], name)
    jet = objects(200.0)
    truth = ak.with_field(truth, jet, "jets")
    measured = measure_events(truth)
    shift = (
        measured.MET_pt * np.cos(measured.MET_phi - 1.0)
        - truth.missing_x * np.cos(1.0)
        - truth.missing_y * np.sin(1.0)
    )
    lost = 200.0 - measured.Jet.pt[:, 0]
    # Along the jet: what it lost appears as missing, beside the soft term.
    assert np.std(ak.to_numpy(shift - lost)) == pytest.approx(
        detector.SOFT_TERM_GEV, rel=4 / np.sqrt(2 * EVENTS)
    )
