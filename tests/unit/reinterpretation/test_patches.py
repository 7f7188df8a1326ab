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
    assert [[item["name"] for item in channel["samples"]] for channel in found["channels"]] == [
        ["dy", "new"]
    ] * 2
    assert [channel["samples"][1]["data"] for channel in found["channels"]] == [
        [1.0, 2.0],
        [0.0, 0.5],
    ]
    assert {key: found[key] for key in ("observations", "measurements")} == {
        key: kept[key] for key in ("observations", "measurements")
    }
    assert kept == BACKGROUND


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
    return {
        "metadata": {"digests": {"sha256": pyhf.utils.digest(BACKGROUND)}},
        "patches": patches,
        "version": "1.0.0",
    }


ODD = modifier("normfacto", "other")
REFUSED = {
    "no sample": (
        [{"op": "test", "path": "/version", "value": "1.0.0"}],
        "new.patch: it adds no sample",
    ),
    "two samples": (
        [added(), added(1, "other")],
        r"it adds 2 samples \(other, theirs\); a signal is one sample",
    ),
    "twice": ([added(), added()], "channel search: the sample is added 2 times"),
    "a channel less": (
        [{"op": "remove", "path": "/channels/1"}],
        "it changes the channels, .*: search, peak",
    ),
    "no background": (
        [{"op": "remove", "path": "/channels/1/samples/0"}, added()],
        "it changes backgrounds",
    ),
    "parameters": (
        [{"op": "replace", "path": "/measurements/0/config/poi", "value": "x"}, added()],
        "it changes measurements",
    ),
    "data": (
        [{"op": "replace", "path": "/observations/0/data/0", "value": 9}, added()],
        "it changes observations",
    ),
    "not finite": ([added(yields=(float("nan"), 1.0))], r"is not JSON \(NaN is not a JSON number"),
    "bins": ([added(yields=(1.0,))], "channel search: 1 number, but the channel has 2 bins"),
    "nothing": (
        [added(yields=(0.0, 0.0))],
        "all yields are 0: no event of the signal is expected anywhere",
    ),
    "modifier": (
        [added(0, "a", (1, 1), modifier("normfactor", "mu"), ODD)],
        "'normfacto' is not a type of a modifier; did you mean",
    ),
    "no strength": (
        [added(0, "a", (1.0, 1.0), modifier("lumi", "lumi"))],
        "the sample has no normfactor 'mu'",
    ),
    "no workspace": (
        [{"op": "remove", "path": "/channels"}],
        r"what it makes is not a workspace of pyhf \(KeyError\('channels'\)\)",
    ),
    "a number": (
        "5",
        "is neither a JSON Patch, which is a list, nor a patch set, with metadata and patches\n",
    ),
    "other keys": (
        {"channels": []},
        "nor a patch set, with metadata and patches, but has channels",
    ),
    "no digest of any kind": (
        {"metadata": {"digests": {}}, "patches": []},
        "has no digest of the likelihood that it was made for",
    ),
    "two of one name": (of_set("new", "new"), "has several patches named 'new'"),
    "a name of HTML": (of_set("new", "<b>"), "has a patch with the name '<b>'"),
    "a name of a folder": (of_set("new", "../../x"), r"has a patch with the name '../../x'"),
    "a patch of a number": (of_set("new", patch=5), "is not a patch set of pyhf"),
    "a key twice": (
        '[{"op": "add", "op": "remove", "path": "/x"}]',
        "is not JSON .the key 'op' appears twice",
    ),
    "NaN": ("[NaN]", "is not JSON .NaN is not a JSON number"),
    "nesting": ("[" * 100_000, "is not JSON .it nests too deeply"),
    "an infinity": (
        "[" + json.dumps(added()).replace("2.0", "1e999") + "]",
        "channel search: a yield is not a finite number",
    ),
    "a text": ([raw(["1", 2.0])], "channel search: a yield is not a finite number"),
    "a truth": ([raw([True, 2.0])], "channel search: a yield is not a finite number"),
    "too much": ([added(yields=(1e300, 2.0))], "channel search: a yield is not a finite number"),
    "a number for a list": (
        [raw(3)],
        "channel search: no list of numbers, but the channel has 2 bins",
    ),
    "another key": (
        [{"op": "add", "path": "/x", "value": 1}, added()],
        "it adds 'x', which is not a part of a workspace",
    ),
    "a key of a sample": (
        [added(), {"op": "add", "path": "/channels/0/samples/1/x", "value": 1}],
        "channel search: 'x' is not a part of a sample",
    ),
    "copies of copies": (
        [
            {"op": "add", "path": "/x", "value": []},
            *({"op": "copy", "from": "/x", "path": "/x/-"} for _ in range(60)),
            added(),
        ],
        "operation .* copies too much",
    ),
    "the whole in itself": (
        [{"op": "copy", "from": "", "path": f"/x{n}"} for n in range(60)],
        "operation .* copies too much",
    ),
    "a deep path": (
        [{"op": "add", "path": n * "/x", "value": {}} for n in range(1, 60)],
        "operation 51 copies too much",
    ),
    "many operations": (
        [{"op": "test", "path": "/version", "value": "1.0.0"}] * 10_001,
        "has 10,001 operations",
    ),
    **{
        f"modifier: {what}": ([modified(*items)], f"channel search: {message}")
        for what, items, message in (
            (
                "hi and lo",
                [["normsys", {"hi": 0, "lo": -1}]],
                "modifier 'x': hi and lo are factors above 0, not 0 and -1",
            ),
            (
                "a huge factor",
                [["normsys", {"hi": 1e300, "lo": 1}]],
                "modifier 'x': hi and lo are factors above 0",
            ),
            ("hi alone", [["normsys", {"hi": 1.1}]], "modifier 'x': its data are hi and lo"),
            ("no data", [["normsys"]], "modifier 'x': its data are hi and lo"),
            (
                "bins",
                [["histosys", {"hi_data": [1], "lo_data": [1, 2]}]],
                "modifier 'x': hi_data and lo_data are 2 numbers each",
            ),
            (
                "negative",
                [["histosys", {"hi_data": [1, -1], "lo_data": [1, 2]}]],
                "modifier 'x': hi_data and lo_data are 2",
            ),
            (
                "an error",
                [["staterror", [0.1]]],
                "modifier 'x': its data are 2 numbers, one per bin",
            ),
            (
                "a negative error",
                [["shapesys", [0.1, -0.1]]],
                "modifier 'x': its data are 2 numbers, one per bin, none negative",
            ),
            ("data of a factor", [["normfactor", [1]]], "modifier 'x': a normfactor has no data"),
            (
                "HTML",
                [["normsys", {"hi": 1.1, "lo": 0.9}, "<script>"]],
                "a modifier has the name '<script>'",
            ),
            (
                "a folder",
                [["normsys", {"hi": 1.1, "lo": 0.9}, "../x"]],
                "a modifier has the name '../x'",
            ),
            (
                "twice",
                [["normsys", {"hi": 1.1, "lo": 0.9}]] * 2,
                "modifier 'x' appears there twice as normsys",
            ),
            (
                "another constraint",
                [["staterror", [0.1, 0.1], "mu"]],
                "modifier 'mu' is a staterror, but a normfactor elsewhere",
            ),
        )
    },
    "no digests": (
        {"metadata": {}, "patches": []},
        r"is not a patch set of pyhf \(KeyError\('digests'\)\)",
    ),
    "patches as text": (
        {"metadata": {"digests": {}}, "patches": ["x"]},
        "is not a patch set of pyhf",
    ),
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
