"""What `inspect_dataset` says of a file, against what uproot says, and that its entry fits into an analysis file."""

import re
from pathlib import Path

import awkward as ak
import check_analysis
import inspect_dataset
import numpy as np
import pytest
import uproot
import yaml
from steps import split
from tiny import ANALYSIS, edit_analysis
from tiny_events import ENTRIES

NANO = "input/dy_high_0.root"


def inspect(capsys, *arguments):
    assert inspect_dataset.main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


def test_nanoaod(tiny, capsys):
    text = inspect(capsys, NANO)
    tree = uproot.open(f"{NANO}:Events")
    assert f"{NANO}: {Path(NANO).stat().st_size:,} bytes" in text
    assert f"TTree Events: {ENTRIES['dy_high'][0]:,} entries, {len(tree.keys())} branches, ZLIB(1)" in text
    for name, branch in tree.items():
        line = next(line.split() for line in text.splitlines() if line.startswith(f"{name} "))
        assert line[1:3] == [name, branch.typename]
        assert line[-3] == str(branch.num_baskets)
        assert float(line[-1]) == pytest.approx(branch.uncompressed_bytes / branch.compressed_bytes, abs=0.006)
    units = {line.split()[0]: line.split()[3] for line in text.splitlines() if re.match(r"Muon_\w+ ", line)}
    assert (units["Muon_pt"], units["Muon_phi"], units["Muon_mass"]) == ("GeV", "rad", "GeV")
    weights = tree["genWeight"].array(library="np").astype(np.float64)
    assert float(re.search(r"sum of weights \(genWeight\): (\S+)", text)[1]) == pytest.approx(weights.sum())
    assert "event: 1, 2, 3, 4, 5\n" in text
    assert "schema: nanoaod" in text


def test_only_some_branches(tiny, capsys):
    text = inspect(capsys, NANO, "--branches", "Muon_p*")
    assert re.findall(r"^(?:Muon|MET|Pileup)_\w+", text, re.MULTILINE) == ["Muon_pt", "Muon_phi"]


def write_ntuple(path):
    with uproot.recreate(path) as file:
        types = {"lep_pt": np.dtype("f4"), "mcWeight": np.dtype("f4"), "eventNumber": np.dtype("u8")}
        file.mktree("mini", {**types, "lep_pt": "var * float32"}, counter_name=lambda name: "lep_n")
        values = ak.values_astype(ak.Array([[45000.0, 20000.0], [30500.0], []]), np.float32)
        file["mini"].extend({"lep_pt": values, "mcWeight": np.ones(3, np.float32), "eventNumber": np.arange(3, dtype=np.uint64)})


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
    table = ak.to_arrow_table(arrays[[name for name in arrays.fields if name != "nMuon"]], extensionarray=False)
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
            "EventData", {"AnalysisMuonsAuxDyn:pt": ak.Array([[20000.0]]), "EventInfoAuxDyn:mcEventWeights": ak.Array([[2.0]])}
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
    assert check_analysis.main([ANALYSIS]) == 0
    # A preview counts the events, so it opens the file as the entry says.
    assert split(pasted[0], max_events=1) == 0


def test_no_file(tiny, capsys):
    assert inspect_dataset.main(["input/none.root"]) == 2
    assert capsys.readouterr().err == "input/none.root: this file does not exist\n  → correct the path\n"
