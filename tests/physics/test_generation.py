"""Event generation: the Z peak, bit-identity under chunking, bias and filter."""

import awkward as ak
import numpy as np
import pytest
from iminuit import Minuit
from scipy import stats

from wollemi.generation import pythia as generation
from wollemi.generation.file_contents import event_tree
from wollemi.generation.part import run_tree
from wollemi.generation.pythia import generate
from wollemi_likelihood.base.errors import WollemiError

COMMON = (
    "Beams:eCM = 13000.",
    "PartonLevel:MPI = off",
    "HadronLevel:Hadronize = off",
    "TimeShower:pTmin = 2.",
    "SpaceShower:pTmin = 5.",
    *(
        f"{boson}:{setting}"
        for boson in (23, 24)
        for setting in ("onMode = off", "onIfAny = 11 13")
    ),
)
DRELL_YAN = (*COMMON, "WeakSingleBoson:ffbar2gmZ = on")
TTBAR = (*COMMON, "Top:gg2ttbar = on", "Top:qqbar2ttbar = on")
WINDOW = (86.0, 96.0)


def dilepton_mass(leptons):
    """Mass of the two hardest leptons of the events that have two."""
    first, second = (leptons[ak.num(leptons) >= 2][:, index] for index in (0, 1))
    angles = np.cosh(first.eta - second.eta) - np.cos(first.phi - second.phi)
    return ak.to_numpy(np.sqrt(2 * first.pt * second.pt * angles))


def breit_wigner_fit(masses):
    """Peak of a Cauchy distribution on a flat background, in the window."""
    low, high = WINDOW
    masses = masses[(masses > low) & (masses < high)]

    def cost(peak, width, flat):
        line = stats.cauchy(peak, width / 2)
        density = (1 - flat) * line.pdf(masses) / (line.cdf(high) - line.cdf(low)) + flat / (
            high - low
        )
        return -2 * np.sum(np.log(density))

    fit = Minuit(cost, peak=91.0, width=2.5, flat=0.05)
    fit.limits = (WINDOW, (0.5, 10), (0, 1))
    fit.migrad()
    assert fit.valid
    return fit.values["peak"], fit.values["width"]


@pytest.fixture(scope="module")
def z_events():
    return generate((*DRELL_YAN, "PhaseSpace:mHatMin = 60.", "PhaseSpace:mHatMax = 120."), 6000, 17)


@pytest.mark.parametrize("flavor", ["electrons", "muons"])
def test_z_peak_before_the_detector(z_events, flavor):
    peak, width = breit_wigner_fit(dilepton_mass(z_events.events[flavor]))
    assert peak == pytest.approx(91.19, abs=0.3)
    assert width == pytest.approx(2.495, abs=0.6)  # photons that leave the lepton widen it


def test_each_event_has_a_lepton_pair_of_one_flavor(z_events):
    events = z_events.events
    pairs = ak.num(events.electrons) + ak.num(events.muons)
    assert ak.all(pairs >= 2)
    assert ak.mean(ak.num(events.muons) >= 2) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(6000))


def buffers(generated):
    form, length, data = ak.to_buffers(ak.to_packed(generated.events))
    numbers = {name: np.asarray(values).tobytes() for name, values in data.items()}
    return (
        form.to_json(),
        length,
        numbers,
        generated.cross_section_pb,
        generated.cross_section_error_pb,
    )


@pytest.mark.parametrize("chunk", [1, 7, 60])
def test_the_chunks_change_no_bit(monkeypatch, chunk):
    steering = {"mass_bias": 3.0, "min_dilepton_mass_gev": 150.0}
    whole = generate(TTBAR, 60, 5, **steering)
    monkeypatch.setattr(generation, "BLOCK", 25)
    assert buffers(generate(TTBAR, 60, 5, chunk=chunk, **steering)) == buffers(whole)


def test_fewer_events_are_the_first_ones():
    many, few = generate(TTBAR, 60, 5), generate(TTBAR, 20, 5)
    assert ak.array_equal(many.events[:20], few.events)


def test_another_seed_gives_other_events_with_other_names():
    one, other = generate(DRELL_YAN, 20, 5), generate(DRELL_YAN, 20, 6)
    assert not np.any(ak.to_numpy(one.events.mass) == ak.to_numpy(other.events.mass))
    assert set(one.events.run) == {5}
    assert one.events.event.tolist() == list(range(1, 21))


def test_progress_ends_at_the_number_of_events():
    done = []
    generate(DRELL_YAN, 25, 5, chunk=10, progress=done.append)
    assert done == [10, 20, 25]


def test_bias_changes_the_numbers_and_not_the_distribution():
    settings = (*DRELL_YAN, "PhaseSpace:mHatMin = 200.", "PhaseSpace:mHatMax = 400.")
    plain, biased = generate(settings, 3000, 5), generate(settings, 3000, 6, mass_bias=3.0)
    weights, mass = ak.to_numpy(biased.events.genWeight), ak.to_numpy(biased.events.mass)
    np.testing.assert_allclose(weights, (1000 / mass) ** 3, rtol=1e-9)
    assert np.mean(mass > 300) > 1.5 * np.mean(plain.events.mass > 300)
    for cut in (220.0, 250.0, 300.0):
        expected = float(np.mean(plain.events.mass > cut))
        found = np.sum(weights[mass > cut]) / np.sum(weights)
        spread = np.sqrt(np.sum((weights * ((mass > cut) - found)) ** 2)) / np.sum(weights)
        assert found == pytest.approx(
            expected, abs=4 * np.hypot(spread, np.sqrt(expected * (1 - expected) / 3000))
        )
    error = np.hypot(plain.cross_section_error_pb, biased.cross_section_error_pb)
    assert biased.cross_section_pb == pytest.approx(plain.cross_section_pb, abs=4 * error)


@pytest.mark.parametrize("mass_bias", [0.0, 3.0])
def test_filter_keeps_heavy_pairs_and_corrects_the_cross_section(mass_bias):
    settings = (*DRELL_YAN, "PhaseSpace:mHatMin = 200.")
    plain = generate(settings, 3000, 5)
    kept = generate(settings, 1000, 6, mass_bias=mass_bias, min_dilepton_mass_gev=300.0)
    assert ak.all(kept.events.mass >= 300.0)
    fraction = float(np.mean(plain.events.mass >= 300.0))
    expected = plain.cross_section_pb * fraction
    error = np.hypot(
        expected * np.sqrt((1 - fraction) / fraction / 3000), 3 * kept.cross_section_error_pb
    )
    assert kept.cross_section_pb == pytest.approx(expected, abs=4 * error)


def test_a_setting_that_pythia_does_not_know_is_a_users_error(capfd):
    with pytest.raises(WollemiError, match="does not accept 'WeakSingleBosn:all = on'"):
        generate(("WeakSingleBosn:all = on",), 1, 1)


def test_no_process_is_a_users_error(capfd):
    with pytest.raises(WollemiError, match="cannot start"):
        generate(COMMON, 1, 1)


def test_tree_of_events_and_runs(z_events):
    tree = event_tree(z_events.events)
    assert tree.Muon.pt.type.content.content.primitive == "float32"
    assert tree.event.type.content.primitive == "uint64"
    assert ak.all(tree.GenDressedLepton.pt[:, :-1] >= tree.GenDressedLepton.pt[:, 1:])
    charges = -np.sign(tree.GenDressedLepton.pdgId)
    assert ak.all(ak.sum(charges, axis=1) == 0)
    runs = run_tree(z_events, tree.genWeight)
    assert (runs["genEventCount"], runs["genEventSumw"], runs["genEventSumw2"]) == (
        6000,
        6000.0,
        6000.0,
    )
    # Leading order per flavor, 60-120 GeV at 13 TeV: next-to-leading order is 1,900 pb, some 20 %
    # more (arXiv:1603.09222).
    assert 2 * 1350 < runs["crossSection_pb"] < 2 * 1800


def test_the_measured_peak_is_wider_than_the_true_one(z_events):
    tree = event_tree(z_events.events)
    measured = dilepton_mass(tree.Muon)
    true = dilepton_mass(z_events.events.muons)
    assert np.median(measured) == pytest.approx(np.median(true), abs=0.3)
    widths = [np.subtract(*np.quantile(masses, [0.75, 0.25])) for masses in (measured, true)]
    assert widths[0] > widths[1] + 0.5
