"""Patches of a published likelihood: those of pyhf, found by name or values."""

import copy

import jsonpatch
import pyhf
import pytest
from support.products.published_models import SIGNALS, background, patch_set

from wollemi.model.patch_sets import chosen_patch, patch_set_of, patched
from wollemi_likelihood.base.errors import WollemiError


@pytest.fixture
def base():
    return background()


def test_all_patches_are_those_of_pyhf(base):
    theirs = pyhf.PatchSet(patch_set(base))
    theirs.verify(base)
    ours = patch_set_of("set", patch_set(base), base)
    assert list(ours.labels) == list(theirs.labels)
    for name, (values, _) in SIGNALS.items():
        found = chosen_patch("set", ours, name, values)
        assert (found.name, found.values) == (name, values)
        assert patched("set", base, found, None) == jsonpatch.apply_patch(
            base, list(theirs[name].patch)
        )


def test_a_name_counts_before_values(base):
    found = patch_set_of("set", patch_set(base), base)
    assert chosen_patch("set", found, "other_name", [300, 200]).name == "mid_300_200"
    with pytest.raises(WollemiError, match=r"its patch 'mid_300_0' has the values \[300, 0\]"):
        chosen_patch("set", found, "mid_300_0", [300, 200])


@pytest.mark.parametrize("values", [None, [300, 1], [300]])
def test_no_other_patch_is_taken(base, values):
    found = patch_set_of("set", patch_set(base), base)
    with pytest.raises(WollemiError, match="has no patch 'mid_300_1'; did you mean 'mid_300_0'"):
        chosen_patch("set", found, "mid_300_1", values)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["metadata"].pop("digests"),
        lambda content: content["metadata"]["digests"].clear(),
        lambda content: content["metadata"]["digests"].update(md5="0"),
        lambda content: content["metadata"]["digests"].update(sha257="0"),
        lambda content: content["patches"].append({}),
        lambda content: content["patches"].append(content["patches"][0]),
        lambda content: content.update(patches=3),
    ],
)
def test_what_is_no_such_set_is_refused(base, change):
    content = patch_set(base)
    change(content)
    with pytest.raises(WollemiError):
        patch_set_of("set", content, base)


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/channels/1/samples/0"},
        {"op": "replace", "path": "/observations/0/data/0", "value": 1.0},
        {"op": "replace", "path": "/measurements/0/config/poi", "value": "mu_top"},
        {"op": "remove", "path": "/channels"},
        {"op": "add", "path": "/channels/9", "value": {}},
    ],
)
def test_a_patch_only_adds_signals(base, operation):
    content = copy.deepcopy(patch_set(base))
    content["patches"][0]["patch"].append(operation)
    patch = patch_set_of("set", content, base).patches[0]
    with pytest.raises(WollemiError):
        patched("set", base, patch, None)
