"""Samples that are made where they are drawn."""

import importlib.util

import numpy as np
import pytest
import uproot
from support.project.paths import ROOT

from wollemi.generation.part import pythia_generator
from wollemi_interactive.catalogue.generated import generated_file, make_sample
from wollemi_interactive.catalogue.lookup import read_catalogue

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pythia8mc") is None, reason="Pythia has no package for this machine"
)


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """The one that ships, with fewer events."""
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path))
    shipped = read_catalogue(ROOT / "config/catalogue.yaml")["zee_generated"].dataset.generate
    return shipped.model_copy(update={"events": 300})


def test_the_peak_is_that_of_the_z(sample):
    with uproot.open(make_sample("zee", sample)) as file:
        tree = file["Events"].arrays(["Electron_pt", "Electron_eta", "Electron_phi"])
    pairs = tree[[len(pt) >= 2 for pt in tree.Electron_pt]]
    pt, eta, phi = (np.asarray(pairs[f"Electron_{name}"][:, :2]) for name in ("pt", "eta", "phi"))
    # massless: m² = 2 pT₁ pT₂ (cosh Δη − cos Δφ)
    mass = np.sqrt(
        2 * pt.prod(axis=1) * (np.cosh(eta[:, 0] - eta[:, 1]) - np.cos(phi[:, 0] - phi[:, 1]))
    )
    assert len(mass) > 60
    assert np.median(mass) == pytest.approx(91.2, abs=1.5)


def test_it_is_made_once_for_the_same_settings(sample, monkeypatch):
    path = make_sample("zee", sample)
    monkeypatch.setattr(
        "wollemi_interactive.catalogue.generated.pythia_generator", lambda: pytest.fail("made")
    )
    assert make_sample("zee", sample) == path
    other = sample.model_copy(update={"seed": 2})
    assert generated_file("zee", other) != path


def test_the_generator_is_that_of_generate_events():
    assert pythia_generator().__module__ == "wollemi.generation.pythia"
