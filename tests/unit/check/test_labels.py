"""A label that the check lets pass is drawn, and one that it refuses is not."""

import copy
import random

import matplotlib.pyplot as plt
import pytest
from support.documents.gates import shipped
from support.example.analysis import DOCUMENT

from wollemi.check.labels import label_problems

PIECES = [
    "m",
    "$",
    "\\$",
    "{",
    "}",
    "_",
    "^",
    "\\frac",
    "\\mu",
    "\\bar{t}",
    "\\unknown",
    "\\left(",
    "\\right)",
]
PIECES += [" ", "[", "'", "\\", "\\mathrm{T}"]
DICE = random.Random(20)
RANDOM = ["".join(DICE.choices(PIECES, k=DICE.randint(1, 7))) for _ in range(60)]


def documents(text):
    """One document for each place of a label."""
    places = [
        ("variables", "mass", "label"),
        ("variables", "mass", "unit"),
        ("plots", "experiment"),
        ("plots", "data_label"),
        ("plots", "limit_x", "label"),
        ("plots", "regions", "sr"),
        ("plots", "parameters", "lumi"),
        ("plots", "samples", "dy", "label"),
        ("plots", "annotations", "sr", "mass"),
        ("plots", "groups", "dy", "label"),
        ("variables", "mass", "categories"),
        ("regions", "sr", "n_minus_one"),
    ]
    for *parents, key in places:
        document = copy.deepcopy(DOCUMENT)
        place = document
        for parent in parents:
            place = place.setdefault(parent, {})
        named = "annotations" in parents or key in ("categories", "n_minus_one")
        place[key] = {text: 1.0} if named else text
        yield ".".join([*parents, key]), document


def is_drawn(text):
    figure = plt.figure()
    figure.text(0.5, 0.5, text)
    try:
        figure.canvas.draw()
    except ValueError:
        return False
    finally:
        plt.close(figure)
    return True


@pytest.mark.parametrize(
    "text",
    ["$\\frac$", "$m_{\\mu$", "$\\unknwon{x}$", "$m$ $", "$x^$", "$" + "{" * 300 + "}" * 300 + "$"],
)
def test_every_label_is_looked_at(text):
    for path, document in documents(text):
        (problem,) = label_problems(document)
        assert problem.startswith(f"{path}: '{text}' ")


@pytest.mark.parametrize("text", RANDOM)
def test_what_passes_is_drawn(text):
    _, document = next(documents(text))
    lonely = text.replace("\\$", "").count("$") % 2 == 1
    assert bool(label_problems(document)) == (lonely or not is_drawn(text))


def test_the_labels_that_ship():
    assert not [name for name, document in shipped().items() if label_problems(document)]
