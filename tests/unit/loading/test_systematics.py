"""Factors of systematics: sizes by mistake, and those of new signals."""

import re

import pytest
from support.project.paths import ROOT

from wollemi.base.yaml import load_yaml
from wollemi.loading.systematics import CHECKS
from wollemi.reinterpretation.document import with_signals
from wollemi.reinterpretation.models import NewSignal

SIZES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.3)  # of an uncertainty
# The sides of an uncertainty as they are meant → how they are typed.
MISTAKES = {
    "one side in per cent": lambda size: (100 * size, 1 - size),
    "the other side in per cent": lambda size: (1 + size, 100 * size),
    "both sides in per cent": lambda size: (100 * size, 100 * size),
    "per cent of the yield": lambda size: (100 * (1 + size), 100 * (1 - size)),
    "one side as a share": lambda size: (1 + size, size),
    "a share": lambda size: (size, size),
    "shares with a sign": lambda size: (size, -size),
    "up as a share": lambda size: (size, 1 - size),
}
RIGHT = {
    "symmetric": lambda size: (1 + size, 1 - size),
    "the reverse": lambda size: (1 - size, 1 + size),
    "logarithmic": lambda size: (1 + size, 1 / (1 + size)),
    "one-sided": lambda size: (1 + size, 1.0),
    "asymmetric": lambda size: (1 + 3 * size, 1 - size),
    "both down": lambda size: (1 - size, 1 - size / 2),
    "nothing": lambda size: (1.0, 1.0),
    "large": lambda size: (3 + size, 0.3),
}
# Indistinguishable from a factor: 0.5 or 1 "per cent" are half, or nothing.
AMBIGUOUS = {
    ("one side in per cent", 0.005),
    ("one side in per cent", 0.01),
    ("the other side in per cent", 0.005),
    ("the other side in per cent", 0.01),
    ("both sides in per cent", 0.01),
    ("one side as a share", 0.3),
    ("one side as a share", 0.25),
    ("up as a share", 0.3),
    ("up as a share", 0.25),
}


def problems(up, down, kind=float):
    return list(CHECKS["factors"]({}, "systematics.xs", {"up": kind(up), "down": kind(down)}))


@pytest.mark.parametrize("kind", [float, str])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("what", MISTAKES)
def test_a_size_is_no_factor(what, size, kind):
    up, down = MISTAKES[what](size)
    if (what, size) in AMBIGUOUS:
        pytest.skip("reads as a factor")
    (problem,) = problems(up, down, kind)
    assert problem.startswith(f"systematics.xs: the factors up: {up:g}, down: {down:g} ")
    assert problem.endswith("; an uncertainty of 2 % is up: 1.02, down: 0.98")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("what", RIGHT)
def test_factors_pass(what, size):
    assert problems(*RIGHT[what](size)) == []


def test_each_era_is_judged():
    sides = {"up": {"2017": 1.02, "2018": 2.0}, "down": {"2017": 0.98, "2018": 0.98}}
    (problem,) = CHECKS["factors"]({}, "systematics.lumi", sides)
    assert "up: 2, down: 0.98 for 2018 differ by more than a factor of 10" in problem


def test_expressions_are_not_judged_here():
    sides = {"up": "weight_up / weight", "down": "symmetrize"}
    assert list(CHECKS["factors"]({}, "systematics.sf", sides)) == []


def test_no_shipped_analysis_is_refused():
    """All factors of all analyses and examples."""
    pairs = []
    pages = [
        path
        for path in ROOT.glob("docs/*.md")
        if path.name not in ("messages.md", "safeguards.md")  # they show the mistake
    ]
    for path in (*ROOT.glob("config/analyses/*/*.yaml"), *pages):
        text = path.read_text(encoding="utf-8")
        pairs += re.findall(r"up: ([\d.]+), down: ([\d.]+)", text)
        if path.suffix == ".yaml":
            items = ((load_yaml(path) or {}).get("systematics") or {}).values()
            pairs += [(item["up"], item["down"]) for item in items if "up" in item]
    assert len(pairs) > 30
    assert [pair for pair in pairs if problems(*pair, kind=lambda value: value)] == []


def test_a_new_signal_has_the_size_of_the_similar_one():
    signals = {"heavy": {"role": "signal", "datasets": "heavy"}, "w": {"role": "background"}}
    theory = {"kind": "normalization", "up": {"heavy": 1.2, "w": 1.1}, "down": 0.9}
    document = {
        "datasets": {"heavy": {"cross_section_pb": 1.0}},
        "samples": {"heavy": signals["heavy"], "w": signals["w"]},
        "systematics": {"theory": {**theory, "samples": ["heavy", "w"]}},
    }
    new = NewSignal.model_validate(
        {"like": "heavy", "datasets": {"heavy": {"files": ["light.root"]}}}
    )
    found = with_signals(document, {"light": new}, {}, "signal.yaml")["systematics"]["theory"]
    assert found == {
        **theory, "up": {"w": 1.1, "light": 1.2}, "samples": ["w", "light"],
    }  # fmt: skip
