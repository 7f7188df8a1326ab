"""What `inspect_dataset` says of a file, against what uproot says, and that its entry fits into an
analysis file.
"""

import re
from pathlib import Path

import awkward as ak
import inspect_dataset
import numpy as np
import pytest
import uproot
import yaml
from support.tiny.analysis import ANALYSIS, edit_analysis
from support.tiny.events import ENTRIES
from support.tiny.steps import split

from wollemi.loading.load import read_analysis

NANO = "input/dy_high_0.root"


def inspect(capsys, *arguments):
    assert inspect_dataset.main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


def test_nanoaod(tiny, capsys):
    text = inspect(capsys, NANO)
    tree = uproot.open(f"{NANO}:Events")
    assert f"{NANO}: {Path(NANO).stat().st_size:,} bytes" in text
    assert (
        f"TTree Events: {ENTRIES['dy_high'][0]:,} entries, {len(tree.keys())} branches, ZLIB(1)"
        in text
    )
    for name, branch in tree.items():
        line = next(line.split() for line in text.splitlines() if line.startswith(f"{name} "))
        assert line[1:3] == [name, branch.typename]
        assert line[-3] == str(branch.num_baskets)
        assert float(line[-1]) == pytest.approx(
            branch.uncompressed_bytes / branch.compressed_bytes, abs=0.006
        )
    units = {
        line.split()[0]: line.split()[3]
        for line in text.splitlines()
        if re.match(r"Muon_\w+ ", line)
    }
    assert (units["Muon_pt"], units["Muon_phi"], units["Muon_mass"]) == ("GeV", "rad", "GeV")
    weights = tree["genWeight"].array(library="np").astype(np.float64)
    assert float(re.search(r"sum of weights \(genWeight\): (\S+)", text)[1]) == pytest.approx(
        weights.sum()
    )
    assert "event: 1, 2, 3, 4, 5\n" in text
    assert "schema: nanoaod" in text


def test_only_some_branches(tiny, capsys):
    text = inspect(capsys, NANO, "--branches", "Muon_p*")
    assert re.findall(r"^(?:Muon|MET|Pileup)_\w+", text, re.MULTILINE) == ["Muon_pt", "Muon_phi"]


def write_ntuple(path):
    with uproot.recreate(path) as file:
        types = {
            "lep_pt": np.dtype("f4"),
            "mcWeight": np.dtype("f4"),
            "eventNumber": np.dtype("u8"),
        }
        file.mktree("mini", {**types, "lep_pt": "var * float32"}, counter_name=lambda name: "lep_n")
        values = ak.values_astype(ak.Array([[45000.0, 20000.0], [30500.0], []]), np.float32)
        file["mini"].extend(
            {
                "lep_pt": values,
                "mcWeight": np.ones(3, np.float32),
                "eventNumber": np.arange(3, dtype=np.uint64),
            }
        )


def test_ntuple_in_mev(tiny, capsys):
    write_ntuple("input/mini.data.root")
    text = inspect(capsys, "input/mini.data.root")
    assert re.search(r"^lep_pt +lep_pt +float\[\] +GeV \(file: MeV\)", text, re.MULTILINE)
    assert entry(text)["mini_data"] == {
        "files": ["input/mini.data.root"],
        "schema": "ntuple",
        "tree": "mini",
        "energy_unit": "MeV",
        "weight": "mcWeight",
        "cross_section_pb": 1.0,
    }


def entry(text):
    """The pasted part."""
    return yaml.safe_load(text[text.index("datasets:") :])["datasets"]


def to_parquet(path):
    import pyarrow.parquet

    arrays = uproot.open(f"{NANO}:Events").arrays()
    table = ak.to_arrow_table(
        arrays[[name for name in arrays.fields if name != "nMuon"]], extensionarray=False
    )
    pyarrow.parquet.write_table(table, path)


def to_csv(path):
    Path(path).write_text("run,luminosityBlock,event,genWeight\n1,1,1,0.5\n")


def to_rntuple(path):
    arrays = uproot.open(f"{NANO}:Events").arrays(["Muon_pt", "genWeight", "run"])
    with uproot.recreate(path) as file:
        file.mkrntuple("Events", {name: arrays[name] for name in arrays.fields})


def to_physlite(path):
    with uproot.recreate(path) as file:
        file.mkrntuple(
            "EventData",
            {
                "AnalysisMuonsAuxDyn:pt": ak.Array([[20000.0]]),
                "EventInfoAuxDyn:mcEventWeights": ak.Array([[2.0]]),
            },
        )


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("dy_high_0.root", lambda path: None),
        ("2mini.root", write_ntuple),
        ("table.parquet", to_parquet),
        ("table.csv", to_csv),
        ("rn.root", to_rntuple),
        ("lite.root", to_physlite),
    ],
)
def test_the_entry_fits_into_an_analysis(tiny, capsys, name, write):
    write(f"input/{name}")
    (pasted,) = entry(inspect(capsys, f"input/{name}")).items()
    edit_analysis(tiny, lambda document: document["datasets"].update([pasted]))
    edit_analysis(tiny, lambda document: document["samples"]["dy"]["datasets"].append(pasted[0]))
    read_analysis(Path(ANALYSIS))
    # A preview counts the events, so it opens the file as the entry says.
    assert split(pasted[0], max_events=1) == 0


def test_no_file(tiny, capsys):
    assert inspect_dataset.main(["input/none.root"]) == 2
    assert (
        capsys.readouterr().err
        == "input/none.root: this file does not exist\n  → correct the path\n"
    )


def write_records(path):
    """Collections of records, as frameworks outside of NanoAOD write them."""
    values = ak.Array([{"pt": 1.0, "hits": [{"x": 1.0}, {"x": 2.0}]}, {"pt": 2.0, "hits": []}])
    with uproot.recreate(path) as file:
        file.mkrntuple(
            "events",
            {
                "jet": values,
                "event": np.arange(2),
                "wordy": ak.Array(["a", "bc"]),
                "pair": values[["pt"]],
            },
        )


def write_only_histograms(path):
    with uproot.recreate(path) as file:
        file["SR/mass"] = np.histogram(np.ones(3), bins=4)
        file["plane"] = np.histogram2d(np.ones(3), np.ones(3), bins=3)


def write_nothing(path):
    with uproot.recreate(path) as file:
        file["title"] = "no events"


def test_records_in_records(tiny, capsys):
    write_records("input/records.root")
    text = inspect(capsys, "input/records.root")
    assert "2 events" in text
    assert "event: 0, 1" in text
    for name in ("jet.pt", "jet.hits.x", "event", "wordy", "pair.pt"):
        known = name.replace(".", "_")
        assert re.search(rf"^{re.escape(name)} +{known} ", text, re.MULTILINE), name


def test_only_histograms(tiny, capsys):
    write_only_histograms("input/only.root")
    text = inspect(capsys, "input/only.root")
    assert "histograms and no trees\n  TH1D SR/mass\n  TH2D plane\n" in text
    assert entry(text)["only"] == {
        "files": ["input/only.root"],
        "histograms": {"REGION": ["SR/mass"]},
    }


def test_no_trees(tiny, capsys):
    write_nothing("input/nothing.root")
    assert inspect_dataset.main(["input/nothing.root"]) == 2
    assert capsys.readouterr().err.startswith("input/nothing.root: holds no trees of events\n")


@pytest.mark.parametrize(
    "write", [write_records, write_only_histograms, write_ntuple, write_nothing]
)
def test_no_traceback_whatever_bytes_are_damaged(tiny, capsys, write):
    write("input/whole.root")
    content, rng = Path("input/whole.root").read_bytes(), np.random.default_rng(7)
    for _ in range(25):
        damaged = bytearray(content)
        for place in rng.integers(100, len(content), 3):
            damaged[place] = int(rng.integers(256))
        Path("input/damaged.root").write_bytes(damaged)
        assert inspect_dataset.main(["input/damaged.root"]) in (0, 2)
        assert "Traceback" not in capsys.readouterr().err
