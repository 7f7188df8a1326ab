"""`wollemi draw --against`: two axes, and means with their errors."""

import hist
import numpy as np
import pytest
import uproot
import yaml
from click.testing import CliRunner

from wollemi.check.quick_look import Entries
from wollemi.commands.main import main
from wollemi_interactive.draw.draw import axis_of_bins
from wollemi_interactive.draw.two_quantities import (
    fill_plane,
    make_profile,
    plane_numbers_text,
    plane_picture,
    plane_text,
    profile_picture,
    profile_text,
)

BINS = (5, 0.0, 10.0)


def entries(number=4000, seed=11):
    """Values of which the second, and its weight, rise with the first."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 11, number)
    y = 2 * x + random.normal(0, 3, number)
    weights = random.uniform(0.5, 1.5, number) * np.exp(0.1 * y)
    return Entries(x, weights, number, against=y)


def draw(*arguments):
    done = CliRunner().invoke(main, ["draw", *map(str, arguments)])
    assert "Traceback" not in done.output
    return done


def test_the_plane_is_that_of_hist():
    found = entries()
    axes = axis_of_bins(BINS, "x"), axis_of_bins((7, -5, 25), "y", name="against")
    plane = fill_plane(found, axes)
    expected = hist.Hist(*axes, storage=hist.storage.Weight())
    expected.fill(found.values, found.against, weight=found.weights)
    for sums in ("values", "variances"):
        np.testing.assert_allclose(
            getattr(plane, sums)(flow=True), getattr(expected, sums)(flow=True), rtol=1e-12
        )


def test_means_are_those_of_hist():
    found = entries()
    profile = make_profile(found, axis_of_bins(BINS, "x"), "y")
    expected = hist.Hist(axis_of_bins(BINS, "x"), storage=hist.storage.WeightedMean())
    expected.fill(found.values, weight=found.weights, sample=found.against)
    np.testing.assert_allclose(profile.mean, expected.values(), rtol=1e-12)
    assert profile.entries.sum() == np.count_nonzero((found.values >= 0) & (found.values < 10))


def test_with_equal_weights_the_error_is_the_standard_deviation_over_root_n():
    found = entries()
    plain = Entries(found.values, np.full(found.values.size, 0.3), 1, against=found.against)
    profile = make_profile(plain, axis_of_bins(BINS, "x"), "y")
    for number in range(5):
        inside = (found.values >= 2 * number) & (found.values < 2 * number + 2)
        error = np.std(found.against[inside]) / np.sqrt(inside.sum())
        assert profile.error[number] == pytest.approx(error, rel=1e-12)


def test_with_weights_the_error_is_the_spread_of_repeated_experiments():
    """Weights that rise with the values: as many means, each of other events."""
    axis = axis_of_bins((1, 0.0, 10.0), "x")
    found = [make_profile(entries(600, seed), axis, "y") for seed in range(400)]
    spread = np.std([profile.mean[0] for profile in found])
    # The relative error of a standard deviation of 400 numbers is 3.5 %.
    assert np.mean([profile.error[0] for profile in found]) == pytest.approx(spread, rel=0.11)


def test_what_a_single_entry_and_none_do_not_tell():
    found = Entries(np.array([1.0, 3.0, 3.0]), np.array([2.0, 1, -1]), 3, against=np.full(3, 4.0))
    profile = make_profile(found, axis_of_bins(BINS, "x"), "y")
    assert profile.mean[0] == 4
    assert np.isnan(profile.error[0])
    assert np.isnan(profile.mean[1:]).all()  # weights that cancel, and no entries
    lines = profile_text(profile).splitlines()
    assert [line.split()[-2:] for line in lines[1:]] == [["4.00", "1"], ["nan", "2"]]


def test_the_characters_of_a_plane():
    found = Entries(
        np.array([0.5, 0.5, 3.5]), np.array([30.0, 30, 1]), 3, against=np.array([0.5, 0.5, 1.5])
    )
    axes = axis_of_bins((4, 0, 4), "x", "GeV"), axis_of_bins((2, 0, 2), "y", name="against")
    lines = plane_text(fill_plane(found, axes), 80).splitlines()
    assert [line.partition("|")[2] for line in lines[1:3]] == ["   .", "@   "]
    assert lines[-1].strip() == "x [GeV]"
    wide = axis_of_bins((400, 0, 4), "x"), axis_of_bins((200, 0, 2), "y", name="against")
    assert max(map(len, plane_text(fill_plane(found, wide), 80).splitlines())) <= 80


def test_pictures_have_units_and_say_what_they_show():
    axes = axis_of_bins(BINS, "x", "GeV"), axis_of_bins((7, -5, 25), "y", "GeV²", "against")
    plane = plane_picture(fill_plane(entries(), axes), "Z → ee", "generated").axes[0]
    assert (plane.get_xlabel(), plane.get_ylabel()) == ("x [GeV]", "y [GeV²]")
    assert plane.get_title(loc="left") == "Z → ee\ngenerated"
    profile = profile_picture(make_profile(entries(), axes[0], "y", "GeV²")).axes[0]
    assert profile.get_ylabel() == "Mean of y [GeV²]"


@pytest.fixture
def events(tmp_path, monkeypatch):
    """A file with two muons in each event, and one number of the event."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(2)
    columns = {
        f"Muon_{name}": random.uniform(*ends, (300, 2))
        for name, ends in {"pt": (20, 60), "eta": (-2, 2), "phi": (-3, 3), "mass": (0, 1)}.items()
    }
    with uproot.recreate("events.root") as file:
        file["Events"] = {**columns, "MET_pt": random.uniform(0, 50, 300)}
    return columns


def test_what_is_typed(events):
    done = draw("events.root", "Muon_eta", "--against", "Muon_pt", "--where", "MET_pt < 60")
    assert done.exit_code == 0, done.output
    assert "300 events, 600 entries, sum of weights 600" in done.output
    found = yaml.safe_load(done.output[done.output.index("variables:") :])
    assert found["variables"]["against"]["unit"] == "GeV"
    assert "unit" not in found["variables"]["drawn"]
    assert found["variables"]["drawn_against"] == {"axes": ["drawn", "against"]}
    assert found["regions"]["drawn"]["variable"] == "drawn_against"
    done = draw("events.root", "Muon_eta", "--against", "Muon_pt", "--profile", "--bins", 1, -2, 2)
    error = events["Muon_pt"].std() / np.sqrt(600)
    assert f"{events['Muon_pt'].mean():.2f} ± {error:.2f}      600" in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Muon_pt", "--against", "MET_pt"], "one is a list for each event"),
        (["MET_pt", "--profile"], "need --against EXPRESSION"),
        (["MET_pt", "--bins", 3, 50, 20], "50 to 20: numbers, LOW below HIGH"),
        (["MET_pt", "--against", "MET_pt", "--by", "sample"], "a variable with `axes`"),
    ],
)
def test_a_mistake_has_a_message(events, arguments, message):
    done = draw("events.root", *arguments)
    assert done.exit_code == 2
    assert message in done.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--bins", 10, 0, "inf"], "it is 'inf', not a finite number"),
        (["--bins", 10, "nan", 1], "it is 'nan', not a finite number"),
        (["--bins", 10, "-1e308", "1e308"], "numbers, LOW below HIGH"),
        (["--against", "x", "--against-bins", 10, 1, 1], "1 to 1: numbers, LOW below HIGH"),
        (["--png", "drawn.txt"], "drawn.txt: a picture is one of .png, .pdf, .svg"),
        (["--png", "drawn"], "drawn: a picture is one of"),
    ],
)
def test_axes_and_pictures_that_there_are_not(options, message):
    done = draw("events.root", "MET_pt", *options)
    assert done.exit_code == 2
    assert message in done.output


def test_a_picture_in_a_new_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with uproot.recreate("events.root") as file:
        file.mktree("Events", {"MET_pt": np.float32}).extend({"MET_pt": np.ones(3, np.float32)})
    assert draw("events.root", "MET_pt", "--png", "plots/met.pdf").exit_code == 0
    assert (tmp_path / "plots/met.pdf").read_bytes()[:4] == b"%PDF"
    done = draw("events.root", "MET_pt", "--png", "events.root/met.pdf")
    assert done.exit_code == 2
    assert "a file is in the way of a folder" in done.output


@pytest.mark.parametrize("negative", [0.0, 0.2, 0.5])
def test_the_correlation_is_that_of_the_weighted_entries(negative):
    """Entries of negative weight take away others, as those of a generator beyond leading order."""
    random = np.random.default_rng(5)
    x = random.normal(0, 1, 4000)
    y = 0.5 * x + random.normal(0, 1, 4000)
    taken = random.normal(0, 1, (2, int(4000 * negative)))  # uncorrelated: entered and taken away
    weights = np.repeat([1.0, 1.0, -1.0], [x.size, taken.shape[1], taken.shape[1]])
    values, against = (
        np.concatenate([own, more, more]) for own, more in zip((x, y), taken, strict=True)
    )
    found = Entries(values, weights, x.size, against=against)
    axes = axis_of_bins(BINS, "x"), axis_of_bins(BINS, "y", name="against")
    text = plane_numbers_text(found, *axes)
    assert text.endswith(f"; correlation {np.corrcoef(x, y)[0, 1]:.3f}")


@pytest.mark.parametrize("weights", [[1.0], [1.0, 1.0], [1.0, -1.0], [3.0, -1.0, -1.0]])
def test_no_correlation(weights):
    """Of one entry, of equal ones, and where weights cancel."""
    values = np.array([1.0, 1.0, 4.0])[: len(weights)]
    found = Entries(values, np.array(weights), len(weights), against=values)
    axes = axis_of_bins(BINS, "x"), axis_of_bins(BINS, "y", name="against")
    assert "correlation" not in plane_numbers_text(found, *axes)


def test_what_lies_outside():
    """A mean has no edges of the second quantity."""
    found = entries()
    axes = axis_of_bins(BINS, "x"), axis_of_bins((7, 0, 20), "y", name="against")
    beyond = [
        (found.values < 0) | (found.values >= 10),
        (found.against < 0) | (found.against >= 20),
    ]
    both, first = (found.weights[one].sum() for one in (beyond[0] | beyond[1], beyond[0]))
    assert f"(outside {both:.6g})" in plane_numbers_text(found, *axes)
    assert f"(outside {first:.6g})" in plane_numbers_text(found, axes[0])
    plane = fill_plane(found, axes)
    assert both == pytest.approx(found.weights.sum() - plane.values().sum())
