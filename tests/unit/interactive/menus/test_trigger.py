"""Flags of random menus: compiled, awkward, offline, in any batches, with any threshold."""

import awkward as ak
import numpy as np
import pytest
from support.events.nano import as_batch, nano_events

from wollemi.event_loop.compiled_filler import CompiledSkim
from wollemi.event_loop.skim import skim_flags
from wollemi_engine.events.model import NOMINAL
from wollemi_interactive.menus.models import Menu
from wollemi_interactive.menus.trigger import (
    FlagLoop,
    ThresholdScan,
    TriggerLoop,
    menu_model,
    path_terms,
    prescale_term,
)

CONDITIONS = (
    "any(electron.pt > high)",
    "sum(muon.pt) + MET_pt > 2 * high",
    "count(muon) >= 2 and muon[0].pt > high",
    "(muon[0] + electron[0]).mass > 40",
    "electron[1].pt > low",
    "min(delta_r(muon, electron[0])) > 0.4",
    "ht > 3 * high or MET_pt > low",
    "not any(abs(jet.eta) < 1.5)",
    "pair[0].mass > 30 and abs(pair[0].mass - 91.2) < high",
    "max(jet.btag) > 0.5",
)


def random_menu(seed):
    """Five paths of a few conditions each, with random thresholds and prescales."""
    rng = np.random.default_rng(seed)
    paths = {
        f"path_{number}": {
            "selection": " and ".join(f"({text})" for text in chosen),
            "prescale": int(rng.choice([1, 1, 3, 50])),
        }
        for number, chosen in enumerate(
            rng.choice(CONDITIONS, int(size), replace=False) for size in rng.integers(1, 4, 5)
        )
    }
    return Menu.model_validate(
        {
            "title": "random",
            "objects": {
                "electron": {"collection": "Electron", "cuts": "pt > event.low"},
                "muon": {"collection": "Muon", "cuts": f"abs(eta) < {rng.uniform(1, 2.4):.3f}"},
                "jet": {"collection": "Jet", "cuts": "pt > 25", "away_from": {"muon": 0.4}},
                "pair": {"combine": ["muon", "muon"], "order": "-pt"},
            },
            "columns": {"ht": "sum(jet.pt)"},
            "thresholds": {
                "low": round(float(rng.uniform(5, 12)), 2),
                "high": round(float(rng.uniform(15, 40)), 2),
            },
            "paths": paths,
            "seed": seed,
        }
    )


@pytest.fixture(scope="module")
def batch():
    return as_batch(nano_events(7, 2500))


@pytest.mark.parametrize("seed", range(4))
def test_flags_are_those_of_offline(batch, seed, monkeypatch):
    """As the skim of an analysis selects, by both of its evaluations, bit by bit."""
    monkeypatch.setenv("WOLLEMI_ENGINE", "compiled")
    menu = random_menu(seed)
    decisions, model = TriggerLoop(menu).decide(batch), menu_model(menu)
    selected = 0
    for name, item in menu.paths.items():
        terms = path_terms(menu, name)
        awkward = skim_flags(model, batch, terms, [NOMINAL])[-1]
        np.testing.assert_array_equal(decisions.selected[name], awkward)
        prescaled = [*terms, *([prescale_term(menu, name)] if item.prescale > 1 else [])]
        accepted = skim_flags(model, batch, prescaled, [NOMINAL])[-1]
        np.testing.assert_array_equal(decisions.accepted[name], accepted)
        selected += int(awkward.sum())
    assert 0 < selected < 5 * len(batch)
    compiled = CompiledSkim.compile(model, batch, terms, [NOMINAL])
    np.testing.assert_array_equal(decisions.selected[name], compiled.flags(batch)[-1])


def test_batches_and_single_events_change_nothing(batch):
    menu = random_menu(11)
    whole, loop = TriggerLoop(menu).decide(batch), TriggerLoop(menu)
    parts = [loop.decide(batch[start : start + 777]) for start in range(0, len(batch), 777)]
    single = [loop.decide(batch[place : place + 1]) for place in range(100)]
    for name in menu.paths:
        for kind in ("selected", "accepted"):
            expected = getattr(whole, kind)[name]
            joined, first = (
                np.concatenate([getattr(part, kind)[name] for part in found])
                for found in (parts, single)
            )
            np.testing.assert_array_equal(joined, expected)
            np.testing.assert_array_equal(first, expected[:100])


def test_order_of_events_does_not_change_a_prescale(batch):
    menu = random_menu(12).model_copy(update={"seed": 3})
    order = np.random.default_rng(1).permutation(len(batch))
    straight, mixed = (TriggerLoop(menu).decide(events) for events in (batch, batch[order]))
    for name in menu.paths:
        np.testing.assert_array_equal(mixed.accepted[name], straight.accepted[name][order])


@pytest.mark.parametrize("prescale", [2, 10])
def test_prescale_is_one_in_n(batch, prescale):
    """Within 4σ; paths and seeds draw numbers of their own."""

    def menu(seed):
        paths = {name: {"selection": "MET_pt > 0", "prescale": prescale} for name in "ab"}
        return Menu.model_validate({"title": "t", "paths": paths, "seed": seed})

    first, second = (TriggerLoop(menu(seed)).decide(batch).accepted for seed in (0, 1))
    expected, events = 1 / prescale, len(batch)
    error = np.sqrt(expected * (1 - expected) / events)
    for kept in (first["a"], first["b"], second["a"]):
        assert abs(kept.mean() - expected) < 4 * error
    for other in (first["b"], second["a"]):
        both = (first["a"] & other).mean()
        assert abs(both - expected**2) < 4 * np.sqrt(expected**2 / events)


@pytest.mark.parametrize("engine", ["compiled", "awkward"])
def test_scan_is_the_menu_with_another_threshold(batch, engine, monkeypatch):
    monkeypatch.setenv("WOLLEMI_ENGINE", engine)
    menu = random_menu(5)
    scan = ThresholdScan(menu, "low", list(menu.paths))
    for value in (4.0, 11.5, 30.0):
        changed = menu.model_copy(update={"thresholds": {**menu.thresholds, "low": value}})
        terms = {name: path_terms(menu, name) for name in menu.paths}
        expected = FlagLoop(menu_model(changed), terms).evaluate(batch)
        found = scan.flags(batch, value)
        for name in menu.paths:
            np.testing.assert_array_equal(found[name], expected[name])


def test_no_events(batch):
    decisions = TriggerLoop(random_menu(1)).decide(ak.to_packed(batch[:0]))
    assert all(flags.size == 0 for flags in decisions.accepted.values())
