"""Decisions on systematics against the workspace that is built of the same templates."""

import copy

import numpy as np
import pytest
from build_workspace import SECTIONS
from lint_templates import SECTIONS as LINT_SECTIONS
from support.products.templates import document, good_templates

from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import from_sums
from wollemi.loading.load import validate_analysis
from wollemi.model.template_decisions import PARTS, are_asked_for, ratios
from wollemi.model.template_lint import TemplateLinter, decisions
from wollemi.model.workspace import WorkspaceBuilder
from wollemi.results.lint import TemplateLint, decided


def settings_of(content, sections=LINT_SECTIONS):
    return Settings(validate_analysis(content, "example"), sections)


@pytest.fixture(scope="module")
def histograms():
    return good_templates(4)


def changed():
    """Each smoothing and symmetrization once, and thresholds that some parts are below."""
    made = copy.deepcopy(document())
    made["model"]["prune_below"] = {"norm": 0.03, "shape": 0.02}
    made["systematics"]["scale"] |= {
        "smoothing": {"method": "max_variation"},
        "symmetrization": "two_sided",
    }
    made["systematics"]["pileup"] |= {"smoothing": {"method": "lowess"}}
    made["systematics"]["shower"] |= {"smoothing": {"method": "353QH"}}
    return made


def made_of(content, histograms):
    settings = settings_of(content)
    return list(decisions(TemplateLinter(settings, histograms), settings.model))


def modifiers(content, histograms):
    """Region, sample, systematic → kinds of modifiers and their numbers in the workspace."""
    data = {
        name: from_sums(item.axes[-1], item.values(flow=True).round(), item.values(flow=True))
        for name, item in histograms["dy_low"].items()
        if name.endswith("nominal")
    }
    builder = WorkspaceBuilder(settings_of(content, SECTIONS), {**histograms, "data": data})
    found = {}
    for channel in builder.build("signal")["channels"]:
        for sample in channel["samples"]:
            for item in sample["modifiers"]:
                key = (channel["name"], sample["name"], item["name"])
                found.setdefault(key, {})[item["type"]] = item["data"]
    return found


def test_nobody_asks_for_them_by_default():
    assert not are_asked_for(settings_of(document()))
    for key, value in (("prune_below", 0.01), ("prune_below", {"norm": 0.0, "shape": 0.1})):
        content = copy.deepcopy(document())
        content["model"][key] = value
        assert are_asked_for(settings_of(content))
    assert are_asked_for(settings_of(changed()))


def test_what_is_kept_is_what_the_workspace_has(histograms):
    content = changed()
    found, built = made_of(content, histograms), modifiers(content, histograms)
    assert {(item.region, item.sample, item.systematic) for item in found} >= {
        key for key, kinds in built.items() if PARTS.keys() & kinds.keys()
    }
    dropped = set()
    for item in found:
        kinds = built.get((item.region, item.sample, item.systematic), {})
        assert {PARTS[kind] for kind in kinds if kind in PARTS} == set(item.kept)
        if "normsys" in kinds:
            sides = kinds["normsys"]
            assert item.norm == pytest.approx((sides["hi"] - 1, sides["lo"] - 1))
        dropped |= set(item.dropped)
    assert dropped == {"norm", "shape"}


def test_treated_ones_have_their_ratios_before_and_after(histograms):
    content = changed()
    by_name = {}
    for item in made_of(content, histograms):
        by_name.setdefault(item.systematic, []).append(item)
    for name, method, symmetrization in (
        ("scale", "max_variation", "two_sided"),
        ("pileup", "lowess", None),
        ("shower", "353QH", "symmetrize"),
    ):
        for item in by_name[name]:
            assert (item.smoothing, item.symmetrization) == (method, symmetrization)
            assert len(item.edges) == len(item.filled.up) + 1 == len(item.entering.down) + 1
            assert item.largest_change > 0
            for up, down in zip(item.entering.up, item.entering.down, strict=True):
                if symmetrization and up is not None:
                    assert up + down == pytest.approx(2.0)
    (plain, *_) = by_name["trigger"]
    assert plain.filled is plain.largest_change is None
    shown = decided([item for items in by_name.values() for item in items])
    assert all(item.dropped or item.filled for item in shown)
    assert [bool(item.dropped) for item in shown] == sorted(
        (bool(item.dropped) for item in shown), reverse=True
    )


def test_declared_factors_are_kept_whatever_their_size(histograms):
    content = changed()
    content["systematics"]["lumi"] = {
        "kind": "normalization", "up": 1.001, "down": 0.999, "samples": ["dy"]
    }  # fmt: skip
    items = [item for item in made_of(content, histograms) if item.systematic == "lumi"]
    assert items
    assert all(item.kept == ("norm",) and item.shape == 0 for item in items)


def test_an_empty_bin_has_no_ratio():
    made = ratios(np.array([2.0, 0.0]), np.array([3.0, 1.0]))
    assert made.up == (1.5, None)
    assert made.down == (0.5, None)


def test_they_are_a_part_of_the_product(histograms):
    product = TemplateLint(
        measurement="x", fail="error", templates=1, variations=1, left_out={}, findings=(),
        unused=(),
    )  # fmt: skip
    assert "decisions" not in product.plain()
    more = product.noting(decisions=tuple(made_of(changed(), histograms)))
    assert TemplateLint.parse("x", more.plain()) == more
