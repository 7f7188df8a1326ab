"""Models of datacards against Combine's likelihood, written plainly, and pyhf's schema."""

import re
from dataclasses import replace

import numpy as np
import pyhf
import pytest
from support.oracles.combine import expected_events, shared_statistics
from support.products.datacards import write_random_card
from support.project.seeds import slow_but

from wollemi_convert.datacards.parsing import parse_card
from wollemi_convert.datacards.templates import read_templates
from wollemi_convert.datacards.workspace import workspace_of
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood

SEEDS = range(8)
STRENGTHS = {"qqH": "r_qqH"}


def read(path):
    card = parse_card(path.read_text())
    templates = read_templates(card, path.parent, None)
    return card, templates, workspace_of(card, templates, (-5.0, 20.0), STRENGTHS)


def normal_names(card):
    return {item.name for item in card.uncertainties if item.kind != "gmN"}


def point(card, likelihood, generator, sigmas):
    """Values of the parameters; those of the statistics of simulation are nominal."""
    values = likelihood.inits.copy()
    for name, place in likelihood.index.items():
        if name in normal_names(card):
            values[place] = generator.choice(sigmas)
        elif "prop_bin" not in name:
            values[place] *= generator.uniform(0.5, 1.5)
    return values


def by_name(card, likelihood, values):
    found = {name: float(values[place]) for name, place in likelihood.index.items()}
    return dict.fromkeys(normal_names(card), 0.0) | found


def largest_difference(card, templates, likelihood, values):
    """Of expected events, relative."""
    wanted = expected_events(card, templates, by_name(card, likelihood, values), STRENGTHS)
    found = likelihood.expected(values)
    return max(
        np.abs(found[likelihood.channels[channel]] / events - 1).max()
        for channel, (events, _) in wanted.items()
    )


@pytest.mark.parametrize("seed", slow_but(range(2), SEEDS))
@pytest.mark.parametrize("statistics", ["", "0", "20"])
def test_expected_events_are_those_of_combine(tmp_path, seed, statistics):
    """At whole numbers of standard deviations, where both take the templates as they are."""
    card, templates, workspace = read(write_random_card(tmp_path, seed, statistics))
    pyhf.Workspace(workspace).model()
    likelihood, generator = Likelihood.from_workspace(workspace), np.random.default_rng(seed)
    for _ in range(5):
        values = point(card, likelihood, generator, [-1, 0, 1])
        assert largest_difference(card, templates, likelihood, values) < 1e-12


@pytest.mark.parametrize("seed", slow_but(range(2), SEEDS))
def test_interpolations_differ_by_little(tmp_path, seed):
    card, templates, workspace = read(write_random_card(tmp_path, seed))
    likelihood, generator = Likelihood.from_workspace(workspace), np.random.default_rng(seed)
    values = point(card, likelihood, generator, np.linspace(-1, 1, 21))
    assert 0 < largest_difference(card, templates, likelihood, values) < 0.02


@pytest.mark.parametrize("seed", slow_but(range(2), SEEDS))
def test_statistics_have_the_spread_of_combine(tmp_path, seed):
    """With all other parameters held, also far from their nominal values: the width of Combine's
    parameter follows the normalizations. Shapes are nominal: here errors follow them, there not.
    """
    card, templates, workspace = read(write_random_card(tmp_path, seed, "0"))
    likelihood, generator = Likelihood.from_workspace(workspace), np.random.default_rng(seed)
    lowest = []
    for _ in range(2):
        values = point(card, likelihood, generator, [-1, 0, 1])
        values[[likelihood.index["scale"], likelihood.index["tilt"]]] = 0.0
        held = {
            name: float(values[place])
            for name, place in likelihood.index.items()
            if "prop_bin" not in name
        }
        found = fit(likelihood, fixed=held)
        assert found.status.converged
        wanted = expected_events(card, templates, by_name(card, likelihood, values), STRENGTHS)
        combine = sum(
            shared_statistics(observed, events, error)
            for channel in ("high", "low")
            for observed, events, error in zip(
                templates.observed[channel], *wanted[channel], strict=True
            )
        )
        constraints = sum(held[name] ** 2 for name in normal_names(card) & held.keys())
        counts = sum(
            2 * (mean - observed * np.log(mean))
            for observed, mean in (
                (templates.observed["count"][0], wanted["count"][0][0]),
                (12, held["sideband"]),
            )
        )
        lowest.append((found.minus_two_log_likelihood, combine + constraints + counts))
    (ours, theirs), (ours_again, theirs_again) = lowest
    assert ours - ours_again == pytest.approx(theirs - theirs_again, abs=1e-6)


def test_bins_below_the_threshold_have_parameters_of_their_own(tmp_path):
    """Poisson where a process has few events, Gaussian where it has more than the threshold."""
    path = write_random_card(tmp_path, 1, "1000000")
    _, _, workspace = read(path)
    kinds = {
        (modifier["type"], modifier["name"])
        for channel in workspace["channels"]
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
        if "prop_bin" in modifier["name"]
    }
    assert ("shapesys", "prop_binhigh_ttbar_poisson") in kinds
    assert not [name for kind, name in kinds if kind == "staterror"]


def test_the_first_strength_is_the_parameter_of_interest(tmp_path):
    _, _, workspace = read(write_random_card(tmp_path, 1))
    configuration = workspace["measurements"][0]["config"]
    assert configuration["poi"] == "r"
    names = [item["name"] for item in configuration["parameters"]]
    assert names == ["r", "r_qqH", "sideband", "norm_dy", "norm_tt"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("lumi lnN 1.025", "lumi lnN -1.025", "an effect of 'lumi' is '-1.025', not above 0"),
        ("lumi lnN 1.025", "lumi lnN large", "an effect of 'lumi' is 'large', not a number"),
        ("sideband gmN 12", "sideband gmN 14", "14 events times 0.25 are not the rate of 'dy', 3"),
        ("* tt* 0.9", "* top* 0.9", "'norm_tt' scales no process"),
        ("norm_dy,norm_tt", "norm_dy,norm_x", "a function of 'norm_x', which has no value"),
    ],
)
def test_effects_that_are_no_factors(tmp_path, old, new, problem):
    path = write_random_card(tmp_path, 1)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(WollemiError, match=re.escape(problem)):
        read(path)


def test_a_shift_must_leave_events(tmp_path):
    card, templates, _ = read(write_random_card(tmp_path, 1))
    entry = next(entry for entry, item in templates.processes.items() if "scale" in item.shifts)
    item = templates.processes[entry]
    empty = replace(item, shifts=item.shifts | {"scale": (0 * item.events, item.events)})
    changed = replace(templates, processes=dict(templates.processes) | {entry: empty})
    with pytest.raises(WollemiError, match="leaves no events"):
        workspace_of(card, changed, (-5.0, 20.0), STRENGTHS)


COUNT = """\
imax 1
jmax 2
kmax *
bin a
observation 7
bin a a a
process s b c
process 0 1 2
rate 1 0 4
{}
"""


def count_of(line):
    card = parse_card(COUNT.format(line))
    return Likelihood.from_workspace(
        workspace_of(card, read_templates(card, None, None), (0.0, 20.0), {})
    )


def test_a_sideband_without_events_keeps_its_process():
    """A rate of 0 says nothing there: Combine expects α events for each one of the sideband."""
    likelihood = count_of("side gmN 0 - 0.5 -")
    for events in (0.5, 3.0):
        values = likelihood.inits.copy()
        values[likelihood.index["side"]] = events
        expected = likelihood.expected(values)[likelihood.channels["a"]]
        assert expected == pytest.approx([1 + 0.5 * events + 4])
    assert count_of("lumi lnN 1.1 1.1 1.1").samples == ("c", "s")


def test_a_gamma_distribution_is_a_sideband():
    """Of mean 1 and relative width 0.3, as RooGamma has it: x^(1/0.3² - 1) exp(-x/0.3²); 5 widths
    are within its bounds.
    """
    likelihood, found = count_of("1 gmM - - 0.3"), []
    assert likelihood.bounds[:, likelihood.index["theta1"]] == pytest.approx([0.01, 2.5])
    for value in (0.6, 1.0, 1.7):
        values = likelihood.inits.copy()
        values[likelihood.index["theta1"]] = value
        rate = 1 + 4 * value
        density = value ** (1 / 0.09 - 1) * np.exp(-value / 0.09)
        found.append(likelihood.logpdf(values) - np.log(density) - 7 * np.log(rate) + rate)
    assert found == pytest.approx([found[0]] * 3, abs=1e-9)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("(@0*@1/@2) x,y,z", 2 * 3 / 5),
        ("@0^2 x", 4),
        ("1.5-@0*0.2 x", 1.1),
        ("(@0+@1) x,w", 2 + 3 * 5),
        ("@0*@1 x,w", 2 * 3 * 5),
    ],
)
def test_formulas_of_rate_parameters(formula, expected):
    lines = ["x extArg 2 [0,9]", "y extArg 3 [0,9]", "z extArg 5 [0,9]"]
    lines += ["w rateParam a s (@0*@1) y,z", f"f rateParam a c {formula}"]
    likelihood = count_of("\n".join(lines))
    events = likelihood.expected(likelihood.inits)[likelihood.channels["a"]]
    assert events == pytest.approx([3 * 5 + 4 * expected])


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("f rateParam a c 1\nf rateParam * * 1", "a parameter of 'f' scales 'c' twice"),
        ("x gmN 8 - - 0.5\ny gmN 4 - - 1", "'c' in 'a' has a second sideband"),
    ],
)
def test_what_would_be_lost_is_refused(lines, problem):
    with pytest.raises(WollemiError, match=problem):
        count_of(lines)
