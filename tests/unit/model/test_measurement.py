"""A model with Combine's interpolation, against the card with the same histograms."""

import copy

import numpy as np
import pytest
import uproot
from build_workspace import SECTIONS
from support.combine.model import largest_difference, random_point
from support.example.analysis import AXIS, DOCUMENT
from support.project.seeds import slow_but

from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import bin_edges, from_sums
from wollemi.loading.load import validate_analysis
from wollemi.model.workspace import WorkspaceBuilder
from wollemi_convert.datacards.arithmetic import PlainCard
from wollemi_convert.datacards.parsing import parse_card
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.pyhf_comparison import POINTS, compare_with_pyhf

REGIONS, SAMPLES = ("sr", "cr"), ("signal", "dy", "top")
SHAPES = {"scale": ("signal", "dy"), "pdf": ("dy",)}
CARD = """imax 2
jmax 2
kmax *
shapes * * shapes.root $CHANNEL/$PROCESS $CHANNEL/$PROCESS_$SYSTEMATIC
bin sr cr
observation -1 -1
bin sr sr sr cr cr cr
process signal dy top signal dy top
process 0 1 2 0 1 2
rate -1 -1 -1 -1 -1 -1
lumi lnN 0.75/1.25 0.75/1.25 0.75/1.25 0.75/1.25 0.75/1.25 0.75/1.25
scale shape 1 1 - 1 1 -
pdf shape - 1 - - 1 -
norm_dy rateParam * dy 1 [0,10]
* autoMCStats 0
"""


@pytest.fixture
def document():
    made = copy.deepcopy(DOCUMENT)
    made["model"]["interpolation"] = "combine"
    made["samples"]["dy"]["datasets"] = ["dy_low"]
    del made["systematics"]["shower"], made["datasets"]["dy_high"], made["datasets"]["top_shower"]
    return made


def random_templates(generator, low):
    """Events and errors of each region and sample, and of its systematics at either side, with
    ratios of yields of six digits as Combine has them.

    Args:
        generator: Of random numbers.
        low: Whether some bins are negative, empty or very uncertain, and some shifts opposite.
    """
    found = {}
    for region in REGIONS:
        found[region, "data"] = generator.poisson(60, 3) * 1.0
        for sample in SAMPLES:
            events = generator.uniform(5, 30, 3)
            errors = events * generator.uniform(0.05, 0.3, 3)
            if low and sample != "top":
                place = generator.integers(3)
                events[place] = generator.choice([-2.0, 0.0, 0.3])
                errors[place] = 0.8
            found[region, sample] = events, errors
            for name in SHAPES:
                if sample in SHAPES[name]:
                    sides = [events * generator.uniform(0.7, 1.4, 3) for _ in range(2)]
                    if low:
                        sides[0][generator.integers(3)] *= generator.choice([0.05, 2.5, -0.3])
                    factors = generator.uniform(0.8, 1.3, 2).round(6)
                    up, down = (
                        side * (factor * events.sum() / side.sum())
                        for side, factor in zip(sides, factors, strict=True)
                    )
                    if name == "pdf":  # of one side: yield and shape are mirrored
                        down = (2 - factors[0]) * (2 * events - up / factors[0])
                    found[region, sample, name] = up, down
    return found


def built(templates, document):
    """The workspace of the analysis."""

    def histogram(events, errors):
        flow = [np.pad(item, 1) for item in (events, errors**2)]
        return from_sums(AXIS, *flow)

    histograms = {dataset: {} for dataset in document["datasets"]}
    for (region, sample, *names), item in templates.items():
        found = histograms.setdefault({"dy": "dy_low"}.get(sample, sample), {})
        if sample == "data":
            found[f"{region}/mass/nominal"] = histogram(item, np.sqrt(item))
            continue
        errors = templates[region, sample][1]
        if not names:
            found[f"{region}/mass/nominal"] = histogram(item[0], errors)
            continue
        for side, events in zip(("up", "down"), item, strict=True):
            if (*names, side) != ("pdf", "down"):
                found[f"{region}/mass/{names[0]}_{side}"] = histogram(events, errors)
    settings = Settings(validate_analysis(document, "example"), SECTIONS)
    return WorkspaceBuilder(settings, histograms).build("signal")


class Card:
    """-2 ln L of the card with the same histograms, by the parameters of the analysis."""

    def __init__(self, folder, templates):
        import hist

        def th1(events, errors):
            made = hist.Hist(hist.axis.Variable(bin_edges(AXIS)), storage=hist.storage.Weight())
            made.view().value, made.view().variance = events, errors**2
            return made

        with uproot.recreate(folder / "shapes.root") as file:
            for (region, sample, *names), item in templates.items():
                if sample == "data":
                    file[f"{region}/data_obs"] = th1(item, np.sqrt(item))
                elif not names:
                    file[f"{region}/{sample}"] = th1(*item)
                else:
                    for side, events in zip(("Up", "Down"), item, strict=True):
                        file[f"{region}/{sample}_{names[0]}{side}"] = th1(events, 0 * events)
        self._card = PlainCard(parse_card(CARD), folder, None, exact=True)

    def minus_two_log_likelihood(self, values):
        return self._card.minus_two_log_likelihood(
            {name.replace("staterror_", "prop_bin"): x for name, x in values.items()}
            | {"r": values["mu"]}
        )


@pytest.mark.parametrize("low", [False, True])
@pytest.mark.parametrize("seed", slow_but(range(4), range(12)))
def test_the_likelihood_is_that_of_the_card(tmp_path, document, seed, low):
    generator = np.random.default_rng(seed)
    templates = random_templates(generator, low)
    workspace = built(templates, document)
    likelihood = Likelihood.from_workspace(workspace)
    points = [random_point(likelihood, generator) for _ in range(8)]
    assert largest_difference(likelihood, Card(tmp_path, templates), points) < 1e-8
    assert len(compare_with_pyhf("model", workspace, likelihood)) == POINTS
    assert fit(likelihood).status.converged


def test_statistical_parameters_may_go_as_far_as_those_of_combine(document):
    """Beyond an empty bin, where the usual bound would hold them."""
    templates = random_templates(np.random.default_rng(1), low=True)
    likelihood = Likelihood.from_workspace(built(templates, document))
    found = [item for item in likelihood.parameters if item.name.startswith("staterror")]
    assert len(found) == 6
    for item in found:
        assert item.bounds == pytest.approx((1 - 7 * item.width, 1 + 7 * item.width))
