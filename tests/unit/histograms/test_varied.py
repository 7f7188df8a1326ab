"""Histograms of all variations in a zip file that hist reads: the same bytes at any time, and no
damage that goes unnoticed.
"""

import os
import subprocess
import sys
import time
import zipfile

import hist
import numpy as np
import pytest
import uhi.io.zip
import uhi.schema
from support.damage.bytes import edit_array
from support.project.paths import ROOT

from wollemi.analysis.models.analysis import Variable
from wollemi.histograms.histogram import axis_of_variable, edges_axis, notes, unit_of, with_notes
from wollemi.histograms.varied import read_varied, separated, variations_of, varied, write_varied
from wollemi_likelihood.base.errors import WollemiError

VARIATIONS = ["nominal", "pileup_up", "pileup_down"]
EDGES = (0.0, 1.0, 2.5, 7.0)
ARRAY = "peak/mass_storage_{}.npy"


@pytest.fixture
def histograms():
    rng = np.random.default_rng(4)
    mass = edges_axis("mass", EDGES, "label", "GeV")
    settings = {"expression": "weight", "bins": (13, -1, 0.5), "label": "w", "unit": ""}
    # A name that hist keeps for itself.
    weight = axis_of_variable("weight", Variable.model_validate(settings))
    return {
        "peak/mass": with_notes(varied(mass, VARIATIONS, rng.random((3, 2, 5))), {"blinded": "01"}),
        "peak/weight": varied(weight, VARIATIONS[:1], rng.random((1, 2, 15))),
    }


@pytest.fixture
def path(tmp_path, histograms):
    write_varied(tmp_path / "0.zip", histograms)
    return tmp_path / "0.zip"


def test_they_come_back_the_same(path, histograms, tmp_path):
    found = read_varied(path)
    assert list(found) == list(histograms)
    for name, histogram in histograms.items():
        assert found[name] == histogram
        assert notes(found[name]) == notes(histogram)
        assert unit_of(found[name].axes[1]) == unit_of(histogram.axes[1])
        assert variations_of(found[name]) == variations_of(histogram)
    write_varied(tmp_path / "again.zip", found)
    assert (tmp_path / "again.zip").read_bytes() == path.read_bytes()


def test_one_per_variation(histograms):
    found = separated(histograms)
    assert list(found) == [*(f"peak/mass/{name}" for name in VARIATIONS), "peak/weight/nominal"]
    for name, histogram in found.items():
        base, _, variation = name.rpartition("/")
        index = VARIATIONS.index(variation)
        for of in (hist.Hist.values, hist.Hist.variances):
            assert (of(histogram, flow=True) == of(histograms[base], flow=True)[index]).all()
        assert notes(histogram) == notes(histograms[base])
        assert histogram.axes[0] == histograms[base].axes[1]


def test_hist_reads_it_and_the_content_is_uhi(path, histograms):
    with zipfile.ZipFile(path) as file:
        theirs = hist.Hist(uhi.io.zip.read(file, "peak/mass"))
        text = file.read("peak/mass.json").decode()
        plain = uhi.io.zip.read(file, "peak/mass")
    assert theirs == histograms["peak/mass"]
    assert (
        theirs["pileup_up", :].values().tolist()
        == separated(histograms)["peak/mass/pileup_up"].values().tolist()
    )
    assert "writer_info" not in text  # a version that changes would change the bytes
    plain["storage"] |= {key: plain["storage"][key].tolist() for key in ("values", "variances")}
    plain["axes"][1]["edges"] = list(EDGES)
    uhi.schema.validate({"h": plain})


def test_the_bytes_do_not_depend_on_the_clock(path, histograms, tmp_path, monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 1e6)
    write_varied(tmp_path / "later.zip", histograms)
    assert (tmp_path / "later.zip").read_bytes() == path.read_bytes()


def test_nor_on_the_process(path, tmp_path):
    """Sets of texts have another order in each."""
    program = (
        "import sys; from pathlib import Path; "
        "from wollemi.histograms.varied import read_varied, write_varied; "
        "write_varied(Path(sys.argv[2]), read_varied(Path(sys.argv[1])))"
    )
    for seed in range(4):
        subprocess.run(
            [sys.executable, "-c", program, path, tmp_path / "again.zip"],
            env=os.environ | {"PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT / "scripts")},
            check=True,
        )
        assert (tmp_path / "again.zip").read_bytes() == path.read_bytes()


def test_no_histograms(tmp_path):
    write_varied(tmp_path / "0.zip", {})
    assert read_varied(tmp_path / "0.zip") == {}


def test_each_cut_and_each_flipped_bit_is_found(path, histograms):
    """Or changes nothing that is read, such as a date."""
    content = path.read_bytes()
    cases = [content[:size] for size in range(0, len(content), 50)]
    for place in range(0, len(content), 5):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        cases.append(bytes(flipped))
    refused = 0
    for case in cases:
        path.write_bytes(case)
        try:
            found = read_varied(path)
        except WollemiError:
            refused += 1
            continue
        assert found == histograms
    assert refused > len(cases) / 2


@pytest.mark.parametrize(
    ("sums", "change", "message"),
    [
        ("values", lambda sums: sums[:, 1:], "has values of 3 × 4, but 3 variations and 5 bins"),
        ("variances", lambda sums: sums[1:], "has variances of 2 × 5, but 3 variations and 5 bins"),
        ("values", lambda sums: sums[0], "has values of 5, but 3 variations and 5 bins"),
        ("variances", lambda sums: sums - 2, "'peak/mass' has a negative variance"),
        ("values", lambda sums: sums / 0, "'peak/mass' has values that are not finite"),
        ("values", lambda sums: np.full(sums.shape, "x"), "is not a zip file of histograms"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_is_no_histogram_is_refused(path, sums, change, message):
    edit_array(path, ARRAY.format(sums), change)
    with pytest.raises(WollemiError, match=message):
        read_varied(path)
