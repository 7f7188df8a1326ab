"""Lists of datasets: the program of each form, its files and values, and copies of remote files."""

import gzip
import json

import pytest

from wollemi_convert.configurations.dataset_lists import (
    form_of,
    list_text,
    listed_datasets,
    local_files,
)
from wollemi_likelihood.base.errors import WollemiError

NANOAOD = "/TTTo2L2Nu_TuneCP5_13TeV-powheg-pythia8/RunIISummer20UL18NanoAODv9-v1/NANOAODSIM"
DEFINITION = {
    "sample": "TTTo2L2Nu",
    "json_output": "datasets/tt.json",
    "files": [{"das_names": [NANOAOD], "metadata": {"year": "2018", "isMC": True, "part": "x"}}],
}
CHALLENGE = {"nevts_total": 7, "files": [{"path": "https://a.edu//store/a.root", "nevts": 7}]}


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ({"dy": ["a.root", "b.root:Events"]}, "coffea"),
        ({"dy": {"a.root": "Events"}}, "coffea"),
        ({"dy": {"files": {"a.root": {"object_path": "Events"}}, "metadata": None}}, "coffea"),
        ({"dy": {"files": ["skim/*"]}, "empty": [], "note": "text"}, "coffea"),
        ({"tt": DEFINITION}, "PocketCoffea"),
        ({"ttbar": {"nominal": CHALLENGE, "scaleup": CHALLENGE}}, "AGC"),
        (["/store/mc/a.root", "/store/mc/b.root"], "columnflow"),
        ({"tt": {"id": 1, "keys": [NANOAOD]}}, "columnflow"),
        ({"campaign": {"ecm": 13}, "datasets": [{"name": "tt", "keys": [NANOAOD]}]}, "columnflow"),
        ({"channels": [{"name": "SR"}], "version": "1.0.0"}, ""),
        ({"General": {"InputPath": "a.root"}, "Samples": [{"Name": "dy"}]}, ""),
        ({"datasets": {"dy": {"files": ["a.root"], "weight": "w"}}, "samples": {}}, ""),
        ([], ""),
        ("a.root", ""),
    ],
)
def test_the_program_of_a_list(content, form):
    assert form_of(content) == form


def datasets(path, content):
    found, beside = listed_datasets(path, content)
    files = {item.name: [(file.address, file.tree) for file in item.files] for item in found}
    return files, {item.name: dict(item.values) for item in found}, beside


def test_files_of_filesets(tmp_path):
    details = {"object_path": "t", "steps": [[0, 7]], "num_entries": 7}
    content = {
        "old": ["a.root", "root://x.edu//b.root:dir/Events"],
        "named": {"files": {"c.root": "Events", "d.root": None}, "metadata": {"xsec": 1}},
        "done": {"files": {"e.root": details}, "form": "x", "metadata": None},
        "comment": "text",
    }
    files, values, beside = datasets(tmp_path / "fileset.json", content)
    assert files == {
        "old": [("a.root", ""), ("root://x.edu//b.root", "dir/Events")],
        "named": [("c.root", "Events"), ("d.root", "")],
        "done": [("e.root", "t")],
    }
    assert values == {"old": {}, "named": {"xsec": 1}, "done": {"form": "x"}}
    assert beside == {"comment": "text"}


def test_variations_of_the_grand_challenge(tmp_path):
    content = {"ttbar": {"nominal": CHALLENGE, "ME_var": CHALLENGE}}
    files, values, _ = datasets(tmp_path / "nanoaod_inputs.json", content)
    expected = [("https://a.edu//store/a.root", "")]
    assert files == {"ttbar": expected, "ttbar_ME_var": expected}
    assert values["ttbar_ME_var"] == {"process": "ttbar", "variation": "ME_var", "nevts_total": 7}


def test_definitions_of_pocket_coffea_need_their_lists(tmp_path):
    path = tmp_path / "datasets/datasets_definitions.json"
    path.parent.mkdir()
    with pytest.raises(WollemiError, match=r"names in DAS, and datasets/tt.json is missing"):
        datasets(path, {"tt": DEFINITION})
    made = tmp_path / "datasets/tt_redirector.json"
    made.write_text(json.dumps({"other": {"files": ["a.root"], "metadata": {}}}))
    with pytest.raises(WollemiError, match="does not contain the dataset tt_x_2018"):
        datasets(path, {"tt": DEFINITION})
    own = {"files": ["root://xrootd-cms.infn.it//store/a.root"], "metadata": {"xsec": "88.29"}}
    made.write_text(json.dumps({"tt_x_2018": own, "other": {"files": ["a.root"]}}))
    files, values, _ = datasets(path, {"tt": DEFINITION})
    assert files == {"tt_x_2018": [("root://xrootd-cms.infn.it//store/a.root", "")]}
    assert values == {"tt_x_2018": {"xsec": "88.29"}}


def test_datasets_of_order(tmp_path):
    """Arguments of its `Dataset` with shifts, and the list that `GetDatasetLFNs` writes."""
    shifts = {"nominal": {"keys": "a.root", "n_events": 7}, "tune_up": {"keys": ["b.root"]}}
    item = {"name": "tt", "id": 1, "info": shifts}
    files, values, _ = datasets(tmp_path / "c.yaml", {"campaign": {"ecm": 13}, "datasets": [item]})
    assert files == {"tt": [("a.root", "")], "tt_tune_up": [("b.root", "")]}
    assert values["tt"] == {
        **{"is_data": False, "campaign": {"ecm": 13}, "id": 1},
        **{"process": "tt", "variation": "nominal", "n_events": 7},
    }
    path = tmp_path / "config/tt_dl/nominal/lfns_0a1b.json"
    assert datasets(path, ["/store/a.root"])[0] == {"tt_dl": [("/store/a.root", "")]}


def test_compressed_lists(tmp_path):
    path = tmp_path / "fileset_available.json.gz"
    path.write_bytes(gzip.compress(b'{"dy": ["a.root"]}'))
    assert list_text(path) == '{"dy": ["a.root"]}'
    path.write_bytes(gzip.compress(b'{"dy": ["a.root"]}')[:-9])
    with pytest.raises(WollemiError, match="is not a text file"):
        list_text(path)


def test_copies_of_remote_files(tmp_path, monkeypatch):
    """Below the folder of the list, by the end of their paths; patterns and relative paths."""
    work = tmp_path / "work"
    for name in ("mc/a.root", "b.root", "skim/2.root", "skim/1.root"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    work.mkdir()
    (work / "b.root").write_text("")
    monkeypatch.chdir(work)
    addresses = ("root://x.edu//store/mc/a.root", "https://x.edu/c.root", "b.root", "skim/*.root")
    assert local_files(tmp_path / "list.json", addresses) == {
        "root://x.edu//store/mc/a.root": [f"{tmp_path}/mc/a.root"],
        "https://x.edu/c.root": [],
        "b.root": [f"{work}/b.root"],
        "skim/*.root": [f"{tmp_path}/skim/1.root", f"{tmp_path}/skim/2.root"],
    }
    several = [f"https://x.edu/{part}/b.root" for part in (1, 2)]
    with pytest.raises(WollemiError, match=r"b.root may be a copy of 2 files, such as https"):
        local_files(tmp_path / "list.json", several)
