"""Cards with Combine's own interpolation, limits of bins and statistics against its arithmetic,
written plainly, at random points.
"""

import hist
import numpy as np
import pyhf
import pytest
import uproot
from support.combine.model import largest_difference, named, random_point
from support.products.datacards import write_random_card
from support.project.seeds import slow_but

from wollemi_convert.datacards.arithmetic import PlainCard
from wollemi_convert.datacards.parsing import parse_card
from wollemi_convert.datacards.reading import read_model
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit, minos
from wollemi_likelihood.interpolation import require_default
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.plain_likelihood import plain_model
from wollemi_likelihood.pyhf_comparison import POINTS, compare_with_pyhf
from wollemi_likelihood.search import find_minimum, newton_minimum

SEEDS = slow_but([0], range(3))
STATISTICS = ["", "0", "20", "200", "1000000", "-1"]


def with_low_bins(folder, seed, statistics):
    """A random card with empty, negative and very uncertain bins, and large opposite shifts."""
    path, generator = write_random_card(folder, seed, statistics), np.random.default_rng(seed)
    with uproot.open(folder / "shapes.root") as file:
        histograms = {key: file[key].to_hist() for key in file.keys(cycle=False) if "/" in key}
    for key, histogram in histograms.items():
        if "data_obs" in key:
            continue
        view, place = histogram.view(), generator.integers(4)
        view.value[place] = generator.choice([-2.0, 0.0, 0.3])
        view.variance[place] = view.variance[place] * 3 + 0.5
        if "_tilt" in key:
            view.value[generator.integers(4)] *= generator.choice([0.05, 2.5])
    with uproot.recreate(folder / "shapes.root") as file:
        for key, histogram in histograms.items():
            file[key] = histogram
    text = path.read_text().splitlines()
    rates = next(n for n, line in enumerate(text) if line.startswith("rate"))
    text[rates] = "rate " + " ".join(["-1"] * 8 + text[rates].split()[-2:])
    path.write_text("\n".join(text) + "\n")
    return path


def exact_workspace(path):
    return read_model(path, path.read_text(), None, (-5.0, 20.0), {}, exact=True)


def models(path):
    text, workspace = path.read_text(), exact_workspace(path)
    return Likelihood.from_workspace(workspace), PlainCard(
        parse_card(text), path.parent, None, exact=True
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("statistics", STATISTICS)
@pytest.mark.parametrize("make", [write_random_card, with_low_bins])
def test_the_likelihood_is_that_of_combine(tmp_path, make, statistics, seed):
    likelihood, combine = models(make(tmp_path, seed, statistics))
    generator = np.random.default_rng(seed)
    points = [random_point(likelihood, generator) for _ in range(6)]
    assert largest_difference(likelihood, combine, points) < 1e-8
    for values in points:
        total = likelihood.expected(values)
        for b, bins in likelihood.channels.items():
            if b in combine.data:
                wanted, _ = combine.expected(b, named(likelihood, values))
                np.testing.assert_allclose(total[bins], wanted, rtol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("statistics", STATISTICS)
@pytest.mark.parametrize("make", [write_random_card, with_low_bins])
def test_the_arithmetic_of_the_workspace_is_that_of_the_card(tmp_path, make, statistics, seed):
    """So that the converted file alone can be checked, without its card."""
    path = make(tmp_path, seed, statistics)
    likelihood, combine = models(path)
    plain, generator = plain_model(exact_workspace(path)), np.random.default_rng(seed)
    points = [named(likelihood, random_point(likelihood, generator)) for _ in range(6)]
    found, wanted = (
        np.diff([model.minus_two_log_likelihood(point) for point in points])
        for model in (plain, combine)
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)
    compared = compare_with_pyhf("model", exact_workspace(path), likelihood)
    assert len(compared) == POINTS
    assert len({point.ours for point in compared}) == POINTS


def test_a_likelihood_that_is_not_that_of_the_workspace(tmp_path):
    workspace = exact_workspace(write_random_card(tmp_path, 1, "0"))
    likelihood = Likelihood.from_workspace(workspace)
    for channel in workspace["channels"]:
        for modifier in channel["samples"][0]["modifiers"]:
            if modifier["type"] == "normsys":
                modifier["data"]["hi"] *= 1 + 1e-6
    with pytest.raises(WollemiError, match=r"our -2 ln L at point 2 is .*, in plain arithmetic"):
        compare_with_pyhf("model", workspace, likelihood)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("statistics", STATISTICS[:-1])
@pytest.mark.parametrize("make", [write_random_card, with_low_bins])
def test_derivatives_are_those_of_finite_differences(tmp_path, make, statistics, seed):
    likelihood, _ = models(make(tmp_path, seed, statistics))
    objective, generator = Objective(likelihood, likelihood.data), np.random.default_rng(seed)
    tried = 0
    for _ in range(3):
        values = random_point(likelihood, generator)
        steps = 1e-5 * np.eye(len(values))
        point, hessian = objective(values), objective.hessian(objective(values))
        assert np.isfinite(point.objective)
        for place, step in enumerate(steps):
            above, below = objective(values + step), objective(values - step)
            right, left = (2 * (side.objective - point.objective) for side in (above, below))
            if abs(right + left) > 1e-2 * (abs(right) + 1e-6):
                continue  # a bin reaches its floor between the points
            tried += 1
            slope = (above.objective - below.objective) / 2e-5
            assert point.gradient[place] == pytest.approx(slope, rel=2e-6, abs=2e-5)
            second = (above.gradient - below.gradient) / 2e-5
            scale = np.abs(np.diag(hessian)).max()
            np.testing.assert_allclose(hessian[place], second, rtol=2e-4, atol=1e-6 * scale)
    assert tried > len(likelihood.parameters)


def test_other_programs_refuse_it(tmp_path):
    """They would read another likelihood, without a word."""
    path = write_random_card(tmp_path, 1, "0")
    workspace = read_model(path, path.read_text(), None, (-5.0, 20.0), {}, exact=True)
    with pytest.raises(pyhf.exceptions.InvalidSpecification):
        pyhf.Workspace(workspace)
    with pytest.raises(pyhf.exceptions.InvalidModifier):
        pyhf.Workspace(workspace, validate=False).model(validate=False)
    with pytest.raises(WollemiError, match="does not have Combine's interpolation"):
        require_default(workspace, "HS3")


def test_one_parameter_of_each_bin(tmp_path):
    """As in Combine, within 7 standard deviations."""
    likelihood, _ = models(write_random_card(tmp_path, 1, "0"))
    found = [item for item in likelihood.parameters if "prop_bin" in item.name]
    assert [item.name for item in found] == [
        f"prop_bin{place}[{n}]" for place in ("high", "low") for n in range(4)
    ]
    for item in found:
        assert item.bounds == pytest.approx((1 - 7 * item.width, 1 + 7 * item.width))


@pytest.mark.parametrize("seed", SEEDS)
def test_samples_share_the_statistical_shift(tmp_path, seed):
    likelihood, _ = models(write_random_card(tmp_path, seed, "0"))
    values = random_point(likelihood, np.random.default_rng(seed))
    parts = likelihood.expected_by_sample(values)
    np.testing.assert_allclose(parts.sum(axis=0), likelihood.expected(values), rtol=1e-12)


@pytest.mark.parametrize("make", [write_random_card, with_low_bins])
def test_a_fit_ends_at_the_lowest_point(tmp_path, make):
    """No random point near the minimum, nor on the way to an error, is lower."""
    likelihood, _ = models(make(tmp_path, 1, "20"))
    best, generator = fit(likelihood), np.random.default_rng(1)
    assert best.status.converged
    errors = minos(likelihood, best, ["r"])["r"]
    assert errors.upper > 0
    lowest = likelihood.logpdf(best.values)
    movable = np.array([not item.fixed for item in likelihood.parameters])
    for size in (1e-4, 1e-3, 1e-2, 0.1):
        for _ in range(50):
            step = movable * generator.normal(size=len(movable)) * size
            values = np.clip(best.values + step, *likelihood.bounds)
            assert likelihood.logpdf(values) <= lowest + 1e-5


@pytest.mark.parametrize(("seed", "fixed"), [(18, {}), (4, {"r": 0.0})])
def test_a_search_that_the_floor_of_a_bin_stops_goes_on(tmp_path, seed, fixed):
    """The minimum is at a kink in all parameters together: Newton's method stops before."""
    likelihood, _ = models(with_low_bins(tmp_path, seed, "20"))
    minimum, _ = newton_minimum(Objective(likelihood, likelihood.data), fixed, None)
    assert minimum.converged


def write_uncertain_bins(folder, events, errors, counts):
    """A card whose only parameters besides `r` are one per bin, the background without `r`."""
    axis = hist.axis.Regular(len(events), 0, 1)
    contents = {"data_obs": (counts, counts), "sig": (0.1 * events, 0 * events)}
    with uproot.recreate(folder / "shapes.root") as file:
        for name, (values, variances) in (contents | {"bkg": (events, errors**2)}).items():
            made = hist.Hist(axis, storage=hist.storage.Weight())
            made.view().value, made.view().variance = values, variances
            file[f"sr/{name}"] = made
    lines = ["shapes * * shapes.root $CHANNEL/$PROCESS", "bin sr", "observation -1", "bin sr sr"]
    lines += ["process sig bkg", "process 0 1", "rate -1 -1", "* autoMCStats 0"]
    (folder / "card.txt").write_text("\n".join(lines) + "\n")
    return folder / "card.txt"


@pytest.mark.parametrize("seed", slow_but(range(4), range(10)))
def test_the_minimum_at_the_floor_of_bins_without_events(tmp_path, monkeypatch, seed):
    """In each bin λ = b + σ x: at 0 where σ² > b and no event is observed, and else where
    λ² - (b - σ²) λ = n σ². MIGRAD, which takes 1,000 times as long at the kink, is not needed.
    """
    monkeypatch.delattr("wollemi_likelihood.search.migrad")
    generator = np.random.default_rng(seed)
    events = generator.uniform(0.5, 20, 6)
    errors = np.sqrt(events) * np.where(np.arange(6) < 3, 0.5, generator.uniform(1.1, 2.5, 6))
    counts = np.where(np.arange(6) % 3 < 2, 0.0, generator.poisson(events) + 1.0)
    likelihood, _ = models(write_uncertain_bins(tmp_path, events, errors, counts))
    half = 0.5 * (events - errors**2)
    rates = np.maximum(half + np.sqrt(half**2 + counts * errors**2), 0.0)
    pulls = (rates - events) / errors
    observed = np.where(counts > 0, counts, 1.0)
    poisson = rates - counts + counts * np.log(observed / np.where(counts > 0, rates, 1.0))
    found = find_minimum(Objective(likelihood, likelihood.data), {"r": 0.0})
    assert found.converged
    assert found.point.objective == pytest.approx((poisson + pulls**2 / 2).sum(), abs=1e-6)
