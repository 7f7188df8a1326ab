"""Certificates of datacards: the plain arithmetic is that of the workspace, and planted faults."""

import copy

import pytest
import uproot
from support.products.datacards import write_random_card

from wollemi.analysis.models.workspace import Datacard, ModelFile
from wollemi.model.certificates import of_combination
from wollemi.model.combination import combine
from wollemi.model.foreign import read_model
from wollemi_convert import readers
from wollemi_convert.datacards.arithmetic import WORDS
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.certificate import certificate
from wollemi_likelihood.likelihood import Likelihood

EXACT = Datacard(bounds=(-5.0, 20.0), interpolation="combine")
USUAL = Datacard(bounds=(-5.0, 20.0))
STATISTICS = ["", "0", "20", "200 1", "1000000", "-1"]


def imported(path, options=EXACT):
    """As an analysis imports a card."""
    files = sorted(path.parent.glob("*.root"))
    model = ModelFile(path=str(path), datacard=options)
    return read_model(path, model, "workspace", files, readers)


def certified(model, workspace=None):
    likelihood = Likelihood.from_workspace(workspace or model.content)
    return certificate("card.txt", {"r": likelihood}, {"r": model.arithmetic("combine")})


def with_a_low_bin(path, value):
    """Bins of one process are below 0, and its shift leaves almost nothing of another."""
    with uproot.open(path.parent / "shapes.root") as file:
        histograms = {key: file[key].to_hist() for key in file.keys(cycle=False) if "/" in key}
    for key in ("high/dy", "high/dy_tiltUp", "low/ttbar"):
        histograms[key].view().value[1] = value
    with uproot.recreate(path.parent / "shapes.root") as file:
        for key, histogram in histograms.items():
            file[key] = histogram
    text = path.read_text().splitlines()
    rates = next(n for n, line in enumerate(text) if line.startswith("rate"))
    text[rates] = "rate " + " ".join(["-1"] * 8 + text[rates].split()[-2:])
    path.write_text("\n".join(text) + "\n")


@pytest.mark.parametrize("statistics", STATISTICS)
@pytest.mark.parametrize("seed", range(2))
def test_a_card_with_combine_s_interpolation_has_its_likelihood(tmp_path, seed, statistics):
    found = certified(imported(write_random_card(tmp_path, seed, statistics)))
    assert found.largest < 1e-8
    assert not found.otherwise


@pytest.mark.parametrize("statistics", STATISTICS)
@pytest.mark.parametrize("low", [None, -0.5, 0.2])
def test_known_differences_of_histfactory_explain_the_rest(tmp_path, low, statistics):
    """`certificate` refuses what they do not explain."""
    path = write_random_card(tmp_path, 1, statistics)
    if low is not None:
        with_a_low_bin(path, low)
    found = certified(imported(path, USUAL))
    interpolation, shifts, bins = (found.otherwise[words] for words in WORDS.values())
    assert found.largest <= interpolation + shifts + bins + 1e-8
    assert 1e-6 < interpolation < 10
    assert (shifts > 0) == (statistics not in ("", "-1"))
    if low is None:
        assert bins < 1e-8
    elif low < 0:
        assert bins > 1e-3


def places(workspace, kind):
    """Objects with a number or list of the workspace's templates, and its key there."""
    for channel in workspace["channels"]:
        for sample in channel["samples"]:
            if kind == "data" and sample["name"] != "sideband":
                yield sample, "data"
            for item in sample["modifiers"]:
                if item["type"] == kind:
                    key = {"normsys": "hi", "histosys": "hi_data"}.get(kind)
                    yield (item["data"], key) if key else (item, "data")


def changed(value):
    """A number, or the largest one of a list, that is 0.1 % larger."""
    if not isinstance(value, list):
        return value * 1.001
    place = max(range(len(value)), key=value.__getitem__)
    return [each * (1.001 if n == place else 1) for n, each in enumerate(value)]


@pytest.mark.parametrize("options", [EXACT, USUAL])
@pytest.mark.parametrize(
    ("kind", "statistics"),
    [("data", ""), ("normsys", ""), ("histosys", ""), ("staterror", "20"), ("shapesys", "1000000")],
)
def test_another_number_is_found(tmp_path, options, kind, statistics):
    model = imported(write_random_card(tmp_path, 1, statistics), options)
    count = len(list(places(model.content, kind)))
    assert count > 5
    for n in range(0, count, 3):
        other = copy.deepcopy(model.content)
        node, key = list(places(other, kind))[n]
        node[key] = changed(node[key])
        with pytest.raises(WollemiError, match="in the arithmetic of the source"):
            certified(model, other)


@pytest.mark.parametrize("options", [EXACT, USUAL])
def test_a_formula_and_a_normalization_symmetric_up_to_rounding(tmp_path, options):
    path = write_random_card(tmp_path, 3, "20")
    columns = next(ln for ln in path.read_text().splitlines() if ln.startswith("rate")).split()[1:]
    lines = [
        "rounded lnN " + " ".join(["0.952381/1.05"] * len(columns)),
        "alone shape2? " + " ".join(["1.1"] * len(columns)),
        "slope rateParam low qqH (1+0.1*(@0-@1)^2) norm_dy,norm_tt",
    ]
    path.write_text(path.read_text() + "\n".join(lines) + "\n")
    model = imported(path, options)
    found = certified(model)
    assert options is USUAL or found.largest < 1e-8
    names = {item.name for item in Likelihood.from_workspace(model.content).parameters}
    assert {"rounded", "alone"} <= names


@pytest.mark.parametrize("options", [EXACT, USUAL])
def test_a_card_in_a_combination(tmp_path, options):
    cards = {}
    for seed, name in enumerate(("a", "b")):
        (tmp_path / name).mkdir()
        cards[name] = imported(write_random_card(tmp_path / name, seed, "20"), options)
    contents = {name: card.content for name, card in cards.items()}
    shared = {"mu": ["a.r", "b.r"], "lumi": ["a.lumi", "b.lumi"]}
    sources = {name: card.arithmetic("combine") for name, card in cards.items()}
    made = combine(contents, shared, "mu")
    source = of_combination(contents, made, shared, sources)
    likelihood = {"signal": Likelihood.from_workspace(made)}
    found = certificate("combination", likelihood, {"signal": source})
    assert options is USUAL or found.largest < 1e-8
    assert len(found.otherwise) == (0 if options is EXACT else 2 * len(WORDS))


@pytest.mark.parametrize("kind", ["shape", "shape2"])
def test_a_shape_without_histograms_is_refused(tmp_path, kind):
    path = write_random_card(tmp_path, 1)
    path.write_text(path.read_text() + f"alone {kind} " + " ".join(["1"] * 10) + "\n")
    with pytest.raises(WollemiError, match="has no histograms of 'alone'"):
        imported(path)
