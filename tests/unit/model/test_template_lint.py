"""Flaws planted in good templates are named with their place; good ones raise nothing."""

import copy
from functools import lru_cache

import numpy as np
import pytest
from support.products.templates import REGIONS, VARIABLES, cutflows, document, good_templates, lint
from support.project.seeds import slow_but

from wollemi.analysis.models.lint import AcceptedFlaw
from wollemi.histograms.histogram import bin_edges, from_sums
from wollemi.model.template_flaws import Events, Sums, Variation, variation_flaws
from wollemi.model.template_lint import explained
from wollemi.results.lint import Finding, TemplateLint, count_text, worst_first

DATASETS = {"dy": ("dy_low", "dy_high"), "top": ("top",), "signal": ("signal",)}
SIDES = ("nominal", "pileup_up", "pileup_down", "trigger_up", "scale_up", "scale_down")
TOYS = 50  # of 1,000, four had a finding


@lru_cache
def good(seed):
    """Good templates of a seed."""
    return good_templates(seed)


class Planted:
    """Good templates to spoil, at a place that a seed chooses."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.histograms = {name: dict(items) for name, items in good(seed).items()}
        self.document = document()
        self.sample = ("dy", "top")[rng.integers(2)]
        self.region = ("sr", "cr")[rng.integers(2)]
        # Neither at an end nor next to it.
        self.bin = int(rng.integers(3, 7))
        self.side = ("up", "down")[rng.integers(2)]
        self.counts = cutflows(self.histograms)

    def change(self, variation, function, sample=None, region=None):
        """Change sums of weights and of squared weights, both (bins,), of all datasets."""
        region = region or self.region
        for dataset in DATASETS.get(sample or self.sample, (sample,)):
            items = self.histograms[dataset]
            name = f"{region}/{VARIABLES[region]}/{variation}"
            sums = [
                np.array(items[name].values(flow=True)),
                np.array(items[name].variances(flow=True)),
            ]
            inner = [array[1:-1].copy() for array in sums]
            for array, changed in zip(sums, function(*inner), strict=True):
                array[1:-1] = changed
            items[name] = from_sums(REGIONS[region], *sums)

    def scale(self, variation, factor, bins=slice(None), sample=None, region=None):
        """Multiply the weights in some bins."""

        def scaled(values, variances):
            values[bins] *= factor
            variances[bins] *= factor**2
            return values, variances

        self.change(variation, scaled, sample, region)

    def copy_of(self, variation, other, sample=None, regions=REGIONS):
        """Let a variation be the same as another one."""
        for dataset in DATASETS[sample or self.sample]:
            for region in regions:
                base = f"{region}/{VARIABLES[region]}"
                self.histograms[dataset][f"{base}/{variation}"] = self.histograms[dataset][
                    f"{base}/{other}"
                ]

    def everywhere(self, factor, bins, sample, region):
        """Scale nominal and varied templates alike."""
        for variation in SIDES:
            self.scale(variation, factor, bins, sample, region)

    def edges(self, first, last):
        """A range of bins by its edges."""
        edges = bin_edges(REGIONS[self.region])
        return ((edges[first], edges[last]),)

    @property
    def here(self):
        """The range of the chosen bin."""
        return self.edges(self.bin, self.bin + 1)

    def found(self):
        """What is found; the cutflows are those of the good templates, or as spoiled."""
        return lint(self.histograms, self.document, self.counts)


def place(flaw, **keys):
    """Flaw and place of a finding."""
    return {"flaw": flaw} | keys


def empty_sample(p):
    for region in REGIONS:
        p.everywhere(0.0, slice(None), "signal", region)
    return place("empty", sample="signal", region=None)


def empty_side(p):
    p.scale(f"scale_{p.side}", 0.0)
    return place("empty", sample=p.sample, region=p.region, systematic="scale", side=p.side)


def emptied_bin(p):
    p.scale(f"pileup_{p.side}", 0.0, p.bin)
    where = {"sample": p.sample, "region": p.region, "systematic": "pileup", "side": p.side}
    return place("empty", bins=p.here, **where)


def filled_where_empty(p):
    for variation in SIDES:
        if variation != "trigger_up":
            p.scale(variation, 0.0, p.bin)
    where = {"sample": p.sample, "region": p.region, "systematic": "trigger", "side": "up"}
    return place("empty", bins=p.here, **where)


def no_background(p):
    p.region, bins = "sr", slice(9, 11)
    for sample in ("dy", "top", "top_shower", "dy_up", "dy_down"):
        p.everywhere(0.0, bins, sample, "sr")
    return place("empty", sample=None, region="sr", bins=p.edges(9, 11))


def negative_nominal(p):
    p.scale("nominal", -1.0, p.bin)
    return place("negative", sample=p.sample, region=p.region, systematic=None, bins=p.here)


def negative_varied(p):
    p.scale(f"scale_{p.side}", -0.5, p.bin)
    where = {"sample": p.sample, "region": p.region, "systematic": "scale", "side": p.side}
    return place("negative", bins=p.here, **where)


def negative_yield(p):
    p.everywhere(-1.0, slice(None), p.sample, p.region)
    return place("negative", sample=p.sample, region=p.region, systematic=None, level="error")


def kept_nominal(p):
    p.document["model"]["floor_negative_bins"] = "keep"
    p.scale("nominal", -1e-9, p.bin)
    where = {"sample": p.sample, "region": p.region, "systematic": None}
    return place("kept_negative", level="note", bins=p.here, **where)


def kept_varied(p):
    p.document["model"]["floor_negative_bins"] = "keep"
    p.scale(f"scale_{p.side}", -0.5, p.bin)
    where = {"sample": p.sample, "region": p.region, "systematic": "scale", "side": p.side}
    return place("kept_negative", level="note", bins=p.here, **where)


def same_side_yield(p):
    p.scale("pileup_down", 1.08)
    return place("same_side", sample=p.sample, region=p.region, systematic="pileup", bins=())


def same_side_bins(p):
    bins = slice(p.bin, p.bin + 2)
    for side in ("up", "down"):
        p.scale(f"scale_{side}", 1.6, bins)
    where = {"sample": p.sample, "region": p.region, "systematic": "scale"}
    return place("same_side", bins=p.edges(p.bin, p.bin + 2), **where)


def same_side_factors(p):
    p.document["systematics"]["luminosity"]["down"] = 1.01
    return place("same_side", systematic="luminosity", sample=p.sample)


def identical_weights(p):
    p.copy_of("pileup_down", "pileup_up", regions=[p.region])
    return place("identical", sample=p.sample, region=p.region, systematic="pileup")


def identical_objects(p):
    p.copy_of("scale_up", "scale_down", regions=[p.region])
    return place("identical", sample=p.sample, region=p.region, systematic="scale")


def identical_but_for_rounding(p):
    p.copy_of("pileup_down", "pileup_up", regions=[p.region])
    p.scale("pileup_down", 1.0005, p.bin)
    return place("identical", sample=p.sample, region=p.region, systematic="pileup")


def identical_factors(p):
    p.document["systematics"]["luminosity"] |= {"up": 1.03, "down": 1.03}
    return place("identical", systematic="luminosity", sample=p.sample)


def huge_bin(p):
    p.scale(f"pileup_{p.side}", 2.5, p.bin)
    where = {"sample": p.sample, "region": p.region, "systematic": "pileup", "side": p.side}
    return place("huge", bins=p.here, **where)


def huge_yield(p):
    p.scale("pileup_up", 1.12)
    return place("huge", sample=p.sample, region=p.region, systematic="pileup", bins=())


def huge_object(p):
    p.scale("scale_down", 0.8)
    return place("huge", sample=p.sample, region=p.region, systematic="scale", bins=())


def huge_factor(p):
    p.document["systematics"]["luminosity"] |= {"up": 1.11, "down": 0.91}
    return place("huge", systematic="luminosity", sample=p.sample)


def jump_of_weights(p):
    p.scale("trigger_up", 1.13, p.bin)
    where = {"sample": p.sample, "region": p.region, "systematic": "trigger", "side": "up"}
    return place("discontinuous", bins=p.here, **where)


def jump_of_objects(p):
    p.sample = "top"
    p.scale(f"scale_{p.side}", 1.8, p.bin)
    where = {"sample": "top", "region": p.region, "systematic": "scale", "side": p.side}
    return place("discontinuous", bins=p.here, **where)


def jump_of_a_dataset(p):
    p.scale("nominal", 0.4, p.bin, "top_shower")
    where = {"sample": "top", "region": p.region, "systematic": "shower", "side": "up"}
    return place("discontinuous", bins=p.here, **where)


def step(p):
    p.scale(f"pileup_{p.side}", 1.3, slice(p.bin, None))
    where = {"sample": p.sample, "region": p.region, "systematic": "pileup", "side": p.side}
    return place("discontinuous", bins=p.edges(p.bin - 1, p.bin + 1), **where)


def jump_at_the_end(p):
    p.scale("trigger_up", 1.2, 0)
    where = {"sample": p.sample, "region": p.region, "systematic": "trigger", "side": "up"}
    return place("discontinuous", bins=p.edges(0, 1), **where)


def few_events(p):
    def noisy(values, variances):
        variances[p.bin] = values[p.bin] ** 2
        return values, variances

    for sample in ("dy", "top"):
        p.change("nominal", noisy, sample)
    return place("poor", sample=None, region=p.region, bins=p.here)


def few_events_of_a_signal(p):
    def noisy(values, variances):
        return values, variances * 500

    p.change("nominal", noisy, "signal", "sr")
    return place("poor", sample="signal", region="sr")


def dead_weight(p):
    p.copy_of("trigger_up", "nominal")
    return place("no_effect", sample=p.sample, systematic="trigger", region=None)


def tiny_effect(p):
    p.copy_of("trigger_up", "nominal")
    for region in REGIONS:
        p.scale("trigger_up", 1 + 4e-5, region=region)
    return place("no_effect", sample=p.sample, systematic="trigger", level="note")


def noise_of_two_simulations(p):
    p.histograms["top_shower"] = good(12345)["top"]
    p.counts = cutflows(p.histograms)
    return place("no_effect", sample="top", systematic="shower", level="warning")


def dead_factor(p):
    p.document["systematics"]["luminosity"] |= {"up": 1.0, "down": 1.0}
    return place("no_effect", sample=p.sample, systematic="luminosity")


def other_cross_section(p):
    p.document["datasets"]["dy_low"]["cross_section_pb"] *= 1.01
    return place("normalization", dataset="dy_low", region=None)


def other_luminosity(p):
    p.document["luminosity_ifb"] = 2.0
    return place("normalization", dataset="top", region=None)


def scaled_histogram(p):
    for variation in SIDES:
        p.scale(variation, 1.5, slice(None), "top")
    return place("normalization", dataset="top", region=p.region)


def lost_events(p):
    for variation in SIDES:
        p.scale(variation, 0.9, slice(None), "top")
    return place("normalization", dataset="top", region=p.region, level="warning")


def more_than_was_produced(p):
    for region in REGIONS:
        for variation in SIDES:
            p.scale(variation, 5.0, slice(None), "signal", region)
    p.counts = cutflows(p.histograms)
    return place("normalization", dataset="signal", region="sr")


def nominal_side(p):
    p.copy_of(f"scale_{p.side}", "nominal", regions=[p.region])
    return place("one_sided", sample=p.sample, region=p.region, systematic="scale", side=p.side)


def nominal_factor(p):
    p.document["systematics"]["luminosity"]["down"] = 1.0
    return place("one_sided", sample=p.sample, systematic="luminosity", side="down")


def twice_the_same_events(p):
    p.document["datasets"]["copied"] = p.document["datasets"]["top"] | {"files": ["copied.root"]}
    p.document["samples"]["more"] = {"role": "background", "datasets": ["copied"]}
    p.histograms["copied"] = p.histograms["top"]
    p.counts = cutflows(p.histograms)
    return place("duplicate", sample="top", level="error")


DEFECTS = [
    item
    for name, item in list(vars().items())
    if callable(item) and item.__module__ == __name__ and name not in ("Planted", "place", "good")
]


@pytest.mark.parametrize("seed", slow_but([1], [1, 2, 5]))
@pytest.mark.parametrize("plant", DEFECTS, ids=lambda plant: plant.__name__)
def test_a_planted_defect_is_named_with_its_place(plant, seed):
    planted = Planted(seed)
    expected = plant(planted)
    found = planted.found()
    matching = [
        item
        for item in found
        if all(getattr(item, key) == value for key, value in expected.items())
    ]
    assert matching, [item.text for item in found]
    assert all(item.problem and item.remedy for item in matching)


@pytest.mark.parametrize("last", [1, 2])
def test_a_jump_near_the_last_bin_is_named(last):
    """Its neighbors on the right do not exist."""
    planted = Planted(1)
    planted.scale("trigger_up", 1.3, -last)
    edges = bin_edges(REGIONS[planted.region])
    (found,) = (item for item in planted.found() if item.flaw == "discontinuous")
    assert any(first <= edges[-1 - last] and edges[-last] <= end for first, end in found.bins)


def test_there_are_thirty_defects_of_all_kinds():
    assert len(DEFECTS) >= 30
    flaws = {plant(Planted(1))["flaw"] for plant in DEFECTS}
    assert flaws == set(Finding.model_fields["flaw"].annotation.__args__)


def just_below(p):
    """Changes as those above, each a little too small."""
    p.scale("trigger_up", 1.09, p.bin, "dy", "sr")  # a jump
    p.scale("pileup_up", 1.06, slice(None), "top", "cr")  # a yield
    p.scale("scale_up", 1.002, p.bin, "top", "sr")  # same side
    p.scale("scale_down", 1.002, p.bin, "top", "sr")
    p.document["systematics"]["luminosity"] |= {"up": 1.1, "down": 0.9}


@pytest.mark.parametrize("seed", slow_but(range(20, 24), range(20, 30)))
def test_nothing_is_said_just_below_the_thresholds(seed):
    planted = Planted(seed)
    just_below(planted)
    assert [item.text for item in planted.found()] == []


def test_statistical_fluctuations_raise_next_to_nothing():
    raised = [lint(good_templates(seed)) for seed in range(5000, 5000 + TOYS)]
    assert sum(bool(found) for found in raised) <= 1


def test_a_systematic_may_act_in_one_region_only():
    """Electrons change nothing where there are muons."""
    planted = Planted(1)
    for region in ("sr",):
        for side in ("up", "down"):
            planted.copy_of(f"scale_{side}", "nominal", "top", [region])
    assert planted.found() == []


def test_common_events_of_alternatives_cancel():
    """Of two simulations that differ in one of two datasets, the other one is no noise."""
    planted = Planted(1)
    assert planted.found() == []
    planted.document["systematics"]["generator"]["up"] = ["dy_up", "copied"]
    planted.document["systematics"]["generator"]["down"] = ["dy_down", "copied"]
    planted.document["datasets"]["copied"] = planted.document["datasets"]["dy_high"]
    planted.histograms["copied"] = planted.histograms["dy_high"]
    planted.counts = cutflows(planted.histograms)
    assert {item.flaw for item in planted.found()} == {"no_effect"}


def test_an_explained_finding_is_accepted_with_its_reason():
    planted = Planted(1)
    huge_bin(planted)
    found = planted.found()
    entry = {"flaw": "huge", "systematics": "pileup", "samples": planted.sample, "reason": "known"}
    accepted = {
        "pileup": AcceptedFlaw.model_validate(entry),
        "other": AcceptedFlaw.model_validate(entry | {"regions": "nowhere"}),
    }
    made, unused = explained(found, accepted)
    assert {item.reason for item in made if item.flaw == "huge"} == {"known"}
    assert {item.reason for item in made if item.flaw != "huge"} <= {None}
    assert unused == ["other"]


def test_negative_bins_that_are_kept_are_named_alike_everywhere():
    """None of them is an error: a run that keeps them is not to fail for them."""
    planted = Planted(1)
    kept_nominal(planted)
    negative_yield(planted)
    kept = [item for item in planted.found() if item.flaw == "kept_negative"]
    assert {item.level for item in kept} == {"note"}
    assert "negative" not in {item.flaw for item in planted.found()}


def findings():
    base = {"problem": "p", "number": 1.0, "threshold": 0.0, "remedy": "r", "sample": "top"}
    return [
        Finding.model_validate(base | {"flaw": "huge", "level": level} | more)
        for level, more in (
            ("note", {}),
            ("warning", {}),
            ("error", {"reason": "known"}),
            ("error", {"bins": [[1.0, 2.0]], "unit": "GeV", "side": "up"}),
        )
    ]


@pytest.mark.parametrize(
    ("fail", "number"), [("never", 0), ("error", 1), ("warning", 2), ("note", 3)]
)
def test_a_run_fails_from_the_level_of_the_analysis_on(fail, number):
    made = TemplateLint(
        measurement="x",
        fail=fail,
        templates=1,
        variations=1,
        left_out={},
        findings=tuple(findings()),
        unused=(),
    )
    assert len(made.failing) == number
    assert count_text(made.findings) == "1 error, 1 warning, 1 note, 1 accepted"
    assert [item.level for item in worst_first(made.findings)] == [
        "error",
        "warning",
        "note",
        "error",
    ]
    assert made.findings[3].text == "huge: sample top at +1σ: p in 1–2 GeV"


def test_the_templates_are_not_changed():
    planted = Planted(3)
    before = copy.deepcopy(planted.histograms)
    planted.found()
    for dataset, items in before.items():
        for name, item in items.items():
            assert np.array_equal(item.values(), planted.histograms[dataset][name].values())


def test_shifts_that_smoothing_made_of_nothing_are_noise():
    """Both simulations are equal before the treatment: the p-value is 1."""
    nominal = Sums(np.array([10.0, 20.0]), np.array([1.0, 2.0]))
    treated = Sums(np.array([11.0, 21.0]), np.array([1.0, 2.0]))
    every = np.array([True, True])
    variation = Variation(nominal, {"up": treated}, Events.OTHER, every, filled={"up": nominal})
    (flaw,) = variation_flaws(variation)
    assert (flaw.name, flaw.number) == ("no_effect", 1.0)
