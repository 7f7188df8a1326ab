"""Patches of a likelihood that do anything else than adding one signal: what is said of each."""

import copy
import json

import pyhf
import pytest
from statistical_models import modifier, sample, workspace

from wollemi.errors import WollemiError
from wollemi.signal_configuration import NewSignal
from wollemi.signal_patches import patched_workspace

BACKGROUND = workspace(
    [{"name": name, "samples": [sample("dy", [10.0, 5.0])]} for name in ("search", "peak")],
    [{"name": name, "data": [11.0, 4.0]} for name in ("search", "peak")],
    [{"name": "mu", "bounds": [[0, 10]], "inits": [1.0]}],
)


def added(place=0, name="theirs", yields=(1.0, 2.0), *modifiers):
    """An operation that adds a sample to a channel."""
    new = sample(name, yields, *(modifiers or [modifier("normfactor", "mu")]))
    return {"op": "add", "path": f"/channels/{place}/samples/-", "value": new}


def apply(folder, content, **settings):
    (folder / "patch.json").write_text(content if isinstance(content, str) else json.dumps(content))
    signal = NewSignal.model_validate({"patch": str(folder / "patch.json")} | settings)
    return patched_workspace("signal.yaml", "new", signal, BACKGROUND)


def test_the_sample_gets_the_name_of_the_signal_and_all_else_stays(tmp_path):
    kept = copy.deepcopy(BACKGROUND)
    found = apply(tmp_path, [added(0), added(1, yields=(0.0, 0.5))])
    assert [[item["name"] for item in channel["samples"]] for channel in found["channels"]] == [["dy", "new"]] * 2
    assert [channel["samples"][1]["data"] for channel in found["channels"]] == [[1.0, 2.0], [0.0, 0.5]]
    assert {key: found[key] for key in ("observations", "measurements")} == {
        key: kept[key] for key in ("observations", "measurements")
    }
    assert kept == BACKGROUND


def test_one_of_a_patch_set(tmp_path):
    digests = {"sha256": pyhf.utils.digest(BACKGROUND)}
    patches = [{"metadata": {"name": name, "values": [0]}, "patch": [added(yields=(x, x))]} for name, x in (("a", 1), ("new", 3))]
    content = {"metadata": {"digests": digests}, "patches": patches, "version": "1.0.0"}
    assert apply(tmp_path, content)["channels"][0]["samples"][1]["data"] == [3, 3]
    assert apply(tmp_path, content, patch_name="a")["channels"][0]["samples"][1]["data"] == [1, 1]


ODD = modifier("normfacto", "other")
REFUSED = {
    "no sample": ([{"op": "test", "path": "/version", "value": "1.0.0"}], "new.patch: it adds no sample"),
    "two samples": ([added(), added(1, "other")], r"it adds 2 samples \(other, theirs\); a signal is one sample"),
    "a channel less": ([{"op": "remove", "path": "/channels/1"}], "it changes the channels, .*: search, peak"),
    "no background": ([{"op": "remove", "path": "/channels/1/samples/0"}, added()], "it changes backgrounds"),
    "parameters": ([{"op": "replace", "path": "/measurements/0/config/poi", "value": "x"}, added()], "it changes measurements"),
    "data": ([{"op": "replace", "path": "/observations/0/data/0", "value": 9}, added()], "it changes observations"),
    "not finite": ([added(yields=(float("nan"), 1.0))], "channel search: a yield is not a finite number"),
    "bins": ([added(yields=(1.0,))], "channel search: 1 numbers, but the channel has 2 bins"),
    "nothing": ([added(yields=(0.0, 0.0))], "all yields are 0: no event of the signal is expected anywhere"),
    "modifier": (
        [added(0, "a", (1, 1), modifier("normfactor", "mu"), ODD)],
        "'normfacto' is no type of a modifier; did you mean",
    ),
    "no strength": ([added(0, "a", (1.0, 1.0), modifier("lumi", "lumi"))], "the sample has no normfactor 'mu'"),
    "no workspace": (
        [{"op": "remove", "path": "/channels"}],
        r"what it makes is no workspace of pyhf \(KeyError\('channels'\)\)",
    ),
    "a number": ("5", "is neither a JSON Patch, which is a list, nor a patch set, with metadata and patches\n"),
    "other keys": ({"channels": []}, "nor a patch set, with metadata and patches, but has channels"),
    "no digests": ({"metadata": {}, "patches": []}, r"is no patch set of pyhf \(KeyError\('digests'\)\)"),
    "patches as text": ({"metadata": {"digests": {}}, "patches": ["x"]}, "is no patch set of pyhf"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(tmp_path, case):
    content, message = REFUSED[case]
    with pytest.raises(WollemiError, match=message):
        apply(tmp_path, content)


def test_a_name_that_a_single_patch_does_not_have(tmp_path):
    with pytest.raises(WollemiError, match=r"new.patch_name: .* is a single patch, without names\n"):
        apply(tmp_path, [added()], patch_name="new")


def test_a_patch_that_is_not_there(tmp_path):
    signal = NewSignal.model_validate({"patch": str(tmp_path / "none.json")})
    with pytest.raises(WollemiError, match=r"none.json: cannot be read \(No such file or directory\)"):
        patched_workspace("signal.yaml", "new", signal, BACKGROUND)
