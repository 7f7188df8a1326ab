"""Patches of a likelihood that do anything else than adding one signal: what is said of each."""

import copy
import json

import pyhf
import pytest
from support.products.statistical_models import modifier, sample, workspace

from wollemi.reinterpretation.models import NewSignal
from wollemi.reinterpretation.patches import patched_workspace
from wollemi_likelihood.base.errors import WollemiError

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
    for channel, data in zip(found["channels"], [[1.0, 2.0], [0.0, 0.5]], strict=True):
        assert [item["name"] for item in channel["samples"]] == ["dy", "new"]
        assert channel["samples"][1]["data"] == data
    assert found | {"channels": kept["channels"]} == kept == BACKGROUND


def test_one_of_a_patch_set(tmp_path):
    digests = {"sha256": pyhf.utils.digest(BACKGROUND)}
    patches = [
        {"metadata": {"name": name, "values": [0]}, "patch": [added(yields=(x, x))]}
        for name, x in (("a", 1), ("new", 3))
    ]
    content = {"metadata": {"digests": digests}, "patches": patches, "version": "1.0.0"}
    assert apply(tmp_path, content)["channels"][0]["samples"][1]["data"] == [3, 3]
    assert apply(tmp_path, content, patch_name="a")["channels"][0]["samples"][1]["data"] == [1, 1]


def raw(data):
    """An operation that adds a sample with anything as its data."""
    operation = added()
    operation["value"]["data"] = data
    return operation


def modified(*items):
    """An operation that adds a sample with modifiers: type, data, name."""
    own = [modifier(kind, *([*rest[1:], "x"][:1]), *rest[:1]) for kind, *rest in items]
    return added(0, "theirs", (1.0, 2.0), modifier("normfactor", "mu"), *own)


def of_set(*names, patch=None):
    """A patch set with a patch of each name."""
    patches = [
        {"metadata": {"name": name, "values": [0]}, "patch": [added()] if patch is None else patch}
        for name in names
    ]
    digests = {"sha256": pyhf.utils.digest(BACKGROUND)}
    return {"metadata": {"digests": digests}, "patches": patches, "version": "1.0.0"}


def removed(path):
    return {"op": "remove", "path": path}


def replaced(path):
    return {"op": "replace", "path": path, "value": 9}


NO_DIGEST = {"metadata": {"digests": {}}, "patches": []}


NO_NUMBER = "channel search: a yield is not a finite number"
NO_SET = "is not a patch set of pyhf"
AN_ADD, A_TEST = {"op": "add", "path": "/x", "value": 1}, {"op": "test", "path": "/version"}
TO_ITSELF, FACTORS = {"op": "copy", "from": "/x", "path": "/x/-"}, {"hi": 1.1, "lo": 0.9}
MODIFIERS = {
    "'x': hi and lo are factors above 0, not 0 and -1": ["normsys", {"hi": 0, "lo": -1}],
    r"'x': hi and lo are factors above 0, not 1e\+300 and 1": ["normsys", {"hi": 1e300, "lo": 1}],
    "'x': its data are hi and lo": ["normsys", {"hi": 1.1}],
    "'x': hi_data and lo_data are 2 numbers": ["histosys", {"hi_data": [1], "lo_data": [1, 2]}],
    "'x': hi_data and lo_data are 2": ["histosys", {"hi_data": [1, -1], "lo_data": [1, 2]}],
    "'x': its data are 2 numbers, one per bin": ["staterror", [0.1]],
    "'x': its data are 2 numbers, one per bin, none negative": ["shapesys", [0.1, -0.1]],
    "'x': a normfactor has no data": ["normfactor", [1]],
    "has the name '<script>'": ["normsys", FACTORS, "<script>"],
    "has the name '../x'": ["normsys", FACTORS, "../x"],
    "'mu' is a staterror, but a normfactor elsewhere": ["staterror", [0.1, 0.1], "mu"],
}
# What → the patch, and what is said of it.
REFUSED = {
    "no sample": ([A_TEST | {"value": "1.0.0"}], "new.patch: it adds no sample"),
    "two samples": ([added(), added(1, "other")], r"it adds 2 samples \(other, theirs\); a signal"),
    "twice": ([added(), added()], "channel search: the sample is added 2 times"),
    "a channel less": ([removed("/channels/1")], "it changes the channels, .*: search, peak"),
    "no background": ([removed("/channels/1/samples/0"), added()], "it changes backgrounds"),
    "parameters": ([replaced("/measurements/0/config/poi"), added()], "it changes measurements"),
    "data": ([replaced("/observations/0/data/0"), added()], "it changes observations"),
    "not finite": ([added(yields=(float("nan"), 1.0))], r"is not JSON \(NaN is not a JSON number"),
    "bins": ([added(yields=(1.0,))], "channel search: 1 number, but the channel has 2 bins"),
    "nothing": ([added(yields=(0.0, 0.0))], "all yields are 0: no event of the signal is expected"),
    "modifier": (
        [modified(["normfacto"])],
        "'normfacto' is not a type of a modifier; did you mean",
    ),
    "no strength": ([added(0, "a", (1, 1), modifier("lumi", "lumi"))], "has no normfactor 'mu'"),
    "no workspace": (
        [removed("/channels")],
        r"is not a workspace of pyhf \(KeyError\('channels'\)",
    ),
    "a number": ("5", "is neither a JSON Patch, which is a list, nor a patch set, with metadata"),
    "other keys": (
        {"channels": []},
        "nor a patch set, with metadata and patches, but has channels",
    ),
    "no digest of any kind": (NO_DIGEST, "has no digest of the likelihood that it was made for"),
    "two of one name": (of_set("new", "new"), "has several patches named 'new'"),
    "a name of HTML": (of_set("new", "<b>"), "has a patch with the name '<b>'"),
    "a name of a folder": (of_set("new", "../../x"), r"has a patch with the name '../../x'"),
    "a patch of a number": (of_set("new", patch=5), NO_SET),
    "no digests": ({"metadata": {}, "patches": []}, rf"{NO_SET} \(KeyError\('digests'\)\)"),
    "patches as text": (NO_DIGEST | {"patches": ["x"]}, NO_SET),
    "a key twice": ('[{"op": "add", "op": "x"}]', "is not JSON .the key 'op' appears twice"),
    "NaN": ("[NaN]", "is not JSON .NaN is not a JSON number"),
    "nesting": ("[" * 100_000, "is not JSON .it nests too deeply"),
    "an infinity": ("[" + json.dumps(added()).replace("2.0", "1e999") + "]", NO_NUMBER),
    "a text": ([raw(["1", 2.0])], NO_NUMBER),
    "a truth": ([raw([True, 2.0])], NO_NUMBER),
    "too much": ([added(yields=(1e300, 2.0))], NO_NUMBER),
    "a number for a list": ([raw(3)], "no list of numbers, but the channel has 2 bins"),
    "another key": ([AN_ADD, added()], "it adds 'x', which is not a part of a workspace"),
    "a key of a sample": (
        [added(), AN_ADD | {"path": "/channels/0/samples/1/x"}],
        "channel search: 'x' is not a part of a sample",
    ),
    "copies of copies": ([AN_ADD | {"value": []}, *[TO_ITSELF] * 60, added()], "copies too much"),
    "the whole in itself": (
        [{"op": "copy", "from": "", "path": f"/x{n}"} for n in range(60)],
        "operation .* copies too much",
    ),
    "a deep path": (
        [{"op": "add", "path": n * "/x", "value": {}} for n in range(1, 60)],
        "operation 51 copies too much",
    ),
    "many operations": ([A_TEST | {"value": "1.0.0"}] * 10_001, "has 10,001 operations"),
    "no data": ([modified(["normsys"])], "modifier 'x': its data are hi and lo"),
    "a modifier twice": ([modified(*[["normsys", FACTORS]] * 2)], "there twice as normsys"),
    **{
        text: ([modified(item)], f"channel search: .*modifier {text}")
        for text, item in MODIFIERS.items()
    },
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(tmp_path, case):
    content, message = REFUSED[case]
    with pytest.raises(WollemiError, match=message):
        apply(tmp_path, content)


def test_a_name_that_a_single_patch_does_not_have(tmp_path):
    with pytest.raises(
        WollemiError, match=r"new.patch_name: .* is a single patch, without names\n"
    ):
        apply(tmp_path, [added()], patch_name="new")


def test_a_patch_that_is_not_there(tmp_path):
    signal = NewSignal.model_validate({"patch": str(tmp_path / "none.json")})
    with pytest.raises(
        WollemiError, match=r"none.json: cannot be read \(No such file or directory\)"
    ):
        patched_workspace("signal.yaml", "new", signal, BACKGROUND)
