"""Lists of datasets as sections of an analysis: roles, cross sections, variations, eras, and
differences between list and files.
"""

import json
import shutil

import numpy as np
import pytest
import uproot

from wollemi_convert.configurations.filesets import read_fileset
from wollemi_likelihood.base.errors import WollemiError


@pytest.fixture
def read(tiny, tmp_path, monkeypatch):
    """What a list in the folder of the tiny events says."""
    monkeypatch.chdir(tiny / "input")

    def reading(content):
        path = tmp_path / "list.json"
        path.write_text(json.dumps(content))
        return read_fileset(path)

    return reading


def dataset(file="dy_high_0.root", **metadata):
    return {"files": [file], "metadata": metadata}


@pytest.mark.parametrize(
    ("metadata", "role", "comment"),
    [
        ({"isMC": "False"}, "data", "data (isMC: False in the list)"),
        ({"is_data": True, "xsec": 1}, "data", "data (is_data: True in the list); its xsec is not"),
        ({"datatype": "mc"}, "background", "simulation (datatype: mc in the list)"),
        ({"xsec": 6}, "background", "simulation (xsec: 6 in the list)"),
        ({"isMC": 1, "is_signal": 1}, "signal", "simulation (isMC: True, is_signal: True in the"),
        ({}, None, "data or simulation: the list does not say"),
        ({"datatype": "embedded"}, None, "data or simulation: the list does not say"),
    ],
)
def test_data_and_simulation(read, metadata, role, comment):
    found = read({"dy": dataset(**metadata)})
    (sample,) = found.document["samples"].values()
    assert sample.get("role") == role
    assert found.comments["datasets.dy"].startswith(comment)
    assert found.unsaid == (
        ("datatype: embedded of dy: unknown key; if it matters, add its effect",)
        if metadata.get("datatype") == "embedded"
        else ()
    )


def test_cross_sections_and_factors(read):
    found = read({"dy": dataset(xsec="6025.2", kfactor=1.2, filter_eff="0.5", BR=0.1)})
    keys = found.document["datasets"]["dy"]
    assert keys["cross_section_pb"] == 6025.2
    assert keys["scale_factor"] == 1.2 * 0.5 * 0.1
    assert found.comments["datasets.dy.scale_factor"] == (
        "kfactor 1.2 × filter_eff 0.5 × BR 0.1, multiplies the cross section"
    )
    found = read({"dy": dataset(xsec=-1, isMC=True)})
    assert "cross_section_pb" not in found.document["datasets"]["dy"]
    assert found.unsaid == ("dy: xsec is -1; give a cross section above 0",)


def test_samples_names_and_trees(read):
    nanoaod = "/DY/Run3-v1/NANOAODSIM"
    both = {nanoaod: dataset(sample="dy"), "2018_b": dataset(sample="dy", treename="Events")}
    document, comments = read(both).document, read(both).comments
    names = ["DY_Run3_v1_NANOAODSIM", "x_2018_b"]
    assert document["samples"] == {"dy": {"datasets": names}}
    assert document["datasets"]["x_2018_b"]["tree"] == "Events"
    assert comments[f"datasets.{names[0]}"].endswith(f"; '{nanoaod}' in the configuration")


def test_datasets_of_a_sample_share_their_role(read):
    a, b = dataset(sample="dy", isMC=True), dataset(sample="dy")
    found = read({"b": b, "a": a, "c": dataset()})
    assert found.document["samples"] == {
        "dy": {"role": "background", "datasets": ["b", "a"]},
        "c": {"datasets": ["c"]},
    }
    assert found.comments["datasets.b"] == "background like the rest of its sample"
    with pytest.raises(WollemiError, match="c: is signal, but other datasets of its sample are ba"):
        read({"a": a, "b": b, "c": dataset(sample="dy", is_signal=True)})


def test_variations_are_systematics(read):
    """Both sides, one side, and one without a nominal dataset."""
    variations = ("nominal", "scaleup", "scale_down", "ME_var")
    content = {v: dataset(process="tt", variation=v) for v in variations}
    found = read(content | {"alone": dataset(process="w", variation="scaleup")})
    own = {"kind": "dataset", "samples": ["tt"]}
    assert found.document["systematics"] == {
        "tt_scale": own | {"up": ["scaleup"], "down": ["scale_down"]},
        "tt_ME_var": own | {"up": ["ME_var"], "down": "symmetrize"},
    }
    assert found.document["samples"] == {"tt": {"datasets": ["nominal"]}}
    assert "alone" not in found.document["datasets"]
    assert found.comments["systematics.tt_ME_var"] == "one side; the other is mirrored"
    assert found.unsaid == (
        "alone: left out as a variation of w, which has no nominal dataset; add one",
    )


def test_years_are_eras_if_there_are_several(read):
    found = read({"a": dataset(year=2018), "b": dataset(year="2018")})
    assert found.comments["luminosity_ifb"] == "of 2018, the year of all datasets"
    assert "era" not in found.document["datasets"]["a"]
    found = read({"a": dataset(year=2018), "b": dataset(year="2017")})
    assert [keys["era"] for keys in found.document["datasets"].values()] == ["2018", "2017"]
    with pytest.raises(WollemiError, match="has no year, but others are of 2017 and 2018"):
        read({"a": dataset(year=2018), "b": dataset(year="2017"), "c": dataset()})


def test_differences_from_the_files_are_named(read, tiny):
    with uproot.open(tiny / "input/dy_high_0.root") as file:
        weights = np.asarray(file["Events/genWeight"].array(), np.float64)
    events, total = weights.size, float(weights.sum())
    assert read({"dy": dataset(nevts=events, sum_genweights=f"{total:.7g}")}).unsaid == ()
    found = read({"dy": dataset(nevts=events + 1, sumw=2 * total)})
    counted, summed = found.unsaid
    assert counted.startswith(f"dy: the list has {events + 1} events, the files have {events}")
    assert summed.startswith(f"dy: the sum of weights is {2 * total:.9g} in the list, but in the f")
    assert summed.endswith(f"write sum_of_weights: {2 * total:.15g}")
    found = read({"dy": dataset(isSkim="True", sum_genweights=3 * total)})
    assert found.document["datasets"]["dy"]["sum_of_weights"] == 3 * total
    assert found.unsaid == ()
    steps = {"object_path": "Events", "steps": [[0, 100]], "num_entries": events}
    found = read({"dy": {"files": {"dy_high_0.root": steps}}})
    assert found.unsaid == (f"dy: the steps are 100 of {events} events of a file; all are read",)


def test_files_elsewhere_are_named(read, tiny, tmp_path):
    """The rest of the dataset is compared file by file; without any file there is no analysis."""
    away = [{"path": f"https://a.edu/{number}.root", "nevts": 5} for number in range(3)]
    here = [{"path": "https://a.edu/x/dy_high_0.root", "nevts": 1499}]
    with pytest.raises(WollemiError, match="none of its 3 files is on this machine"):
        read({"w": {"nominal": {"files": away}}})
    shutil.copy2(tiny / "input/dy_high_0.root", tmp_path)
    found = read(
        {"dy": {"nominal": {"nevts_total": 1514, "files": [*away, *here]}}}
        | {"w": {"nominal": {"files": away}}}
    )
    agree, incomplete, differs, left_out = found.unsaid
    assert agree.endswith("counts each event as 1, as --weight none does")
    assert incomplete.startswith(
        "dy: incomplete, as 3 of 4 files are not on this machine, such as 0.root"
    )
    assert differs.startswith("dy: the list has 1499 events, the files have 1500;")
    assert left_out.startswith("w: left out, as 3 of 3 files are not on this machine")


def test_public_files_with_checksums_stay_remote(read):
    public = {"url": "https://a.edu/b.root", "size": 7, "sha256": 64 * "a"}
    details = {"object_path": "Events", "size": 7, "sha256": 64 * "a"}
    found = read({"dy": {"files": {"dy_high_0.root": "Events", public["url"]: details}}})
    local, remote = found.document["datasets"]["dy"]["files"]
    assert local.endswith("/dy_high_0.root")
    assert remote == public
    assert found.unsaid == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"dy": dataset(isMC=True, is_data=True)},
            "contradicts itself: is_data: True and isMC: Tr",
        ),
        ({"d-y": dataset(), "d_y": dataset()}, "'d_y' and 'd-y' both become 'd_y'"),
        ({"dy": {"files": {"dy_high_0.root": "a", "dy_low_0.root": "b"}}}, "has the trees a and b"),
        ({"dy": {"files": {"dy_high_0.root": "Other"}}}, "has no tree 'Other'"),
        ({"dy": dataset(kfactor=0)}, "the product of kfactor is not above 0"),
    ],
)
def test_what_is_refused(read, content, message):
    with pytest.raises(WollemiError, match=message):
        read(content)
