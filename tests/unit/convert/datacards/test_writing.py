"""Datacards written from workspaces: read again, they are the same model."""

import re

import numpy as np
import pytest
from support.products.datacards import write_random_card
from support.products.random_models import random_model
from support.products.statistical_models import (
    histosys,
    modifier,
    normsys,
    sample,
    staterror,
    workspace,
)
from support.project.seeds import slow_but

from wollemi_convert.datacards.parsing import parse_card
from wollemi_convert.datacards.reading import read_model
from wollemi_convert.datacards.writing import card_of
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood


def read_again(content, folder):
    """The workspace of the card that is written of one."""
    import convert_workspace

    made = card_of(content, "card.root")
    convert_workspace.write_histograms(folder / "card.root", made.histograms)
    return read_model(folder / "card.txt", made.text, None, (-5.0, 20.0), {})


def random_card(folder, seed, statistics):
    (folder / "first").mkdir()
    path = write_random_card(folder / "first", seed, statistics)
    return read_model(path, path.read_text(), None, (-5.0, 20.0), {"qqH": "r_qqH"})


@pytest.mark.parametrize("seed", slow_but(range(2), range(8)))
@pytest.mark.parametrize("statistics", ["", "0", "1000000"])
def test_the_model_is_the_same(tmp_path, seed, statistics):
    """-2 ln L at five points, of all kinds of lines; a huge threshold makes Poisson parameters."""
    first = random_card(tmp_path, seed, statistics)
    before, after = (
        Likelihood.from_workspace(item) for item in (first, read_again(first, tmp_path))
    )
    assert before.index == after.index
    np.testing.assert_allclose(before.bounds, after.bounds)
    random = np.random.default_rng(seed)
    widths = np.array([item.width or 0.2 for item in before.parameters]) * ~before.fixed
    values = []
    for _ in range(5):
        point = before.inits + widths * random.normal(size=widths.shape)
        point = np.clip(point, *before.bounds)
        values.append([-2 * before.logpdf(point), -2 * after.logpdf(point)])
    assert np.ptp(np.array(values) @ [1, -1]) < 1e-9


BINS = np.array([40.0, 25.0, 10.0])


def model(*modifiers, bins=BINS, parameters=()):
    signal = sample("signal", np.array([1.0, 4.0, 6.0]), modifier("normfactor", "mu"))
    background = sample("ttbar", bins, normsys("xsec", 1.1, 0.92), *modifiers)
    channel = {"name": "SR", "samples": [signal, background]}
    data = [{"name": "SR", "data": [43.0, 28.0, 17.0]}]
    return workspace([channel], data, parameters)


def test_statistics_of_all_samples_are_those_of_each(tmp_path):
    """As Combine has them: said, and hardly another result."""
    content = model(staterror("stat", BINS))
    content["channels"][0]["samples"][0]["modifiers"].append(
        staterror("stat", np.array([1.0, 4.0, 6.0]))
    )
    assert "those of each" in card_of(content, "card.root").notes[0]
    fits = [
        fit(Likelihood.from_workspace(item)) for item in (content, read_again(content, tmp_path))
    ]
    estimates = [found.values[place] for found, place in zip(fits, (0, 0), strict=True)]
    errors = [found.errors[0] for found in fits]
    assert abs(estimates[0] - estimates[1]) < 0.03 * errors[0]
    assert errors[0] == pytest.approx(errors[1], rel=0.03)


def test_constant_factors_multiply_the_templates(tmp_path):
    held = {"name": "k", "inits": [1.5], "bounds": [[0, 3]], "fixed": True}
    shape = histosys("tilt", BINS, [0.1, -0.16, 0.0], [-0.05, 0.08, 0.0])
    content = model(modifier("normfactor", "k"), shape, parameters=[held])
    again = Likelihood.from_workspace(read_again(content, tmp_path))
    first = Likelihood.from_workspace(content)
    for tilt in (-1.0, 0.4, 2.0):
        expected = []
        for likelihood in (first, again):
            values = likelihood.inits.copy()
            values[likelihood.index["tilt"]] = tilt
            expected.append(likelihood.expected(values))
        np.testing.assert_allclose(*expected, rtol=1e-12)


def test_the_card_is_one_of_its_own_grammar():
    card = parse_card(card_of(model(), "card.root").text)
    assert card.signals == {"signal"}
    assert [item.effects for item in card.uncertainties] == [{("SR", "ttbar"): "0.92/1.1"}]


MISTAKES = {
    "yield": (
        model(histosys("tilt", BINS, [0.1, 0.1, 0.1], [0.0, 0.0, 0.0])),
        "histosys 'tilt' changes the yield by +0.1",
    ),
    "shapefactor": (model(modifier("shapefactor", "free")), "'free' is a free factor of each bin"),
    "lumi": (
        model(
            modifier("lumi", "lumi"),
            parameters=[
                {
                    "name": "lumi",
                    "auxdata": [1.0],
                    "sigmas": [0.02],
                    "inits": [1.0],
                    "bounds": [[0.5, 1.5]],
                }
            ],
        ),
        "the luminosity is a linear factor",
    ),
    "both": (
        model(staterror("stat", BINS), modifier("shapesys", "fakes", [1.0, 1.0, 1.0])),
        "the statistics have staterror and shapesys, or two of them",
    ),
    "large": (model(modifier("shapesys", "fakes", [1.0, 1.0, 11.0])), "is above its events"),
    "name": (model(normsys("a b", 1.1, 0.9)), "and not 'a b'"),
    "held": (
        model(parameters=[{"name": "xsec", "fixed": True, "inits": [0.5]}]),
        "'xsec' is held at 0.5",
    ),
    "auxiliary": (
        model(parameters=[{"name": "xsec", "auxdata": [0.5]}]),
        "'xsec' is constrained to 0.5 ± 1",
    ),
    "negative": (model(bins=np.array([40.0, 25.0, -1.0])), "a bin has less than 0 events"),
    "random": (random_model(0), "the luminosity is a linear factor"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_a_card_cannot_say(name):
    content, problem = MISTAKES[name]
    with pytest.raises(WollemiError, match=re.escape(problem)):
        card_of(content, "card.root")


def test_small_changes_of_the_yield_are_said(tmp_path):
    content = model(histosys("tilt", BINS, [0.1, -0.15, 0.0], [0.0, 0.0, 0.0]))
    made = card_of(content, "card.root")
    assert "histosys tilt changes the yield by +0.0033" in made.notes[0]
    likelihoods = [
        Likelihood.from_workspace(item) for item in (content, read_again(content, tmp_path))
    ]
    for tilt, precision in ((1.0, 1e-12), (-1.0, 1e-12), (0.5, 1e-3)):
        expected = []
        for likelihood in likelihoods:
            values = likelihood.inits.copy()
            values[likelihood.index["tilt"]] = tilt
            expected.append(likelihood.expected(values))
        np.testing.assert_allclose(*expected, rtol=precision)


def test_a_signal_is_one_everywhere():
    content = model()
    first = content["channels"][0]
    other = {**first, "name": "CR"}
    other["samples"] = [sample("signal", np.array([1.0, 1.0, 1.0])), first["samples"][1]]
    content["channels"].append(other)
    content["observations"].append({"name": "CR", "data": [30.0, 20.0, 10.0]})
    with pytest.raises(WollemiError, match="'mu' scales this sample elsewhere, and not here"):
        card_of(content, "card.root")
