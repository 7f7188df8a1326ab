"""What a configuration of cabinetry becomes, and what is said of the rest."""

import copy
import random
from pathlib import Path

import pytest
import yaml

from wollemi_convert.configurations.readers import import_analysis, read_configuration
from wollemi_likelihood.base.errors import WollemiError

CONFIGURATION = {
    "General": {
        "Measurement": "a search",
        "POI": "mu",
        "InputPath": "{SamplePath}",
        "HistogramFolder": "histograms/",
        "Fixed": [{"Name": "lumi", "Value": 0.5}],
    },
    "Regions": [
        {"Name": "SR", "Variable": "m", "Filter": "(n > 1) & (q == 0)", "Binning": [0, 50, 90]},
        {"Name": "CR", "Variable": "m", "Filter": "n <= 1", "Binning": [0, 50, 90]},
    ],
    "Samples": [
        {"Name": "data", "SamplePath": "data.root", "Tree": "t", "Data": True},
        {"Name": "sig", "SamplePath": "sig.root", "Tree": "t", "Weight": "w", "Regions": "SR"},
        {"Name": "bkg", "SamplePath": ["b1.root", "b2.root"], "Tree": "t", "Weight": "w * sf"},
    ],
    "NormFactors": [
        {"Name": "mu", "Samples": "sig", "Nominal": 1, "Bounds": [-1, 5]},
        {"Name": "k", "Samples": "bkg", "Regions": ["CR"], "Bounds": [0, 2]},
    ],
    "Systematics": [
        {"Name": "lumi", "Type": "Normalization", "Up": {"Normalization": 0.02},
         "Down": {"Normalization": -0.03}},
        {"Name": "sf", "Type": "NormPlusShape", "Samples": "bkg", "Up": {"Weight": "w * sf_up"},
         "Down": {"Symmetrize": True}, "Smoothing": {"Algorithm": "353QH, twice"}},
    ],
}  # fmt: skip


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read a configuration that was changed at some place."""
    monkeypatch.chdir(tmp_path)
    for name in ("data", "sig", "b1", "b2"):
        Path(f"{name}.root").write_bytes(b"")

    def imported(*path, value):
        content = copy.deepcopy(CONFIGURATION)
        place = content
        for key in path[:-1]:
            place = place[key]
        if path:
            place[path[-1]] = value
        Path("fit.yml").write_text(yaml.safe_dump(content))
        return read_configuration(Path("fit.yml"))[1]

    return imported


def test_the_whole(read, tmp_path):
    found = read(value=None)
    document = found.document
    assert found.unsaid == ()
    assert document["title"] == "a search"
    files = {name: item["files"] for name, item in document["datasets"].items()}
    assert files["bkg"] == [str(tmp_path / "b1.root"), str(tmp_path / "b2.root")]
    assert document["datasets"]["bkg"] == {
        "files": files["bkg"], "tree": "t", "weight": "w * sf", "normalization": "none",
    }  # fmt: skip
    assert document["datasets"]["data"] == {"files": files["data"], "tree": "t"}
    assert document["samples"]["sig"] == {
        "role": "signal", "datasets": "sig", "selection": "n > 1 and q == 0",
    }  # fmt: skip
    assert document["variables"] == {"m": {"expression": "m", "edges": [0, 50, 90], "label": "m"}}
    assert document["regions"]["SR"]["selection"] == "n > 1 and q == 0"
    assert document["systematics"] == {
        "lumi": {"kind": "normalization", "up": 1.02, "down": 0.97, "samples": ["sig", "bkg"]},
        "sf": {
            "kind": "weight", "up": "sf_up / sf", "down": "symmetrize", "samples": ["bkg"],
            "smoothing": {"method": "353QH"},
        },
    }  # fmt: skip
    assert document["model"] == {
        "poi": "mu", "poi_bounds": [-1, 5],
        "free_normalizations": {"k": {"samples": ["bkg"], "bounds": [0, 2], "regions": ["CR"]}},
        "fixed": {"lumi": 0.5}, "mc_statistics": "all", "floor_negative_bins": "keep",
    }  # fmt: skip
    assert document["limits"] == {}
    assert found.files == {"imported/fit.yml": Path("fit.yml")}


def blocks(content, path=()):
    """Path of each mapping of a configuration."""
    if isinstance(content, dict):
        yield path
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for key, item in items:
        if isinstance(item, dict | list):
            yield from blocks(item, (*path, key))


@pytest.mark.parametrize(
    "path", [*blocks(CONFIGURATION)], ids=lambda path: "-".join(map(str, path))
)
def test_an_unknown_key_is_named(read, path):
    draw = random.Random(str(path))
    for _ in range(3):
        key = "".join(draw.choices("abcdefghijkLMNOP", k=draw.randint(3, 12)))
        found = read(*path, key, value=draw.choice([1, "text", [1, 2]]))
        assert sum(f", {key} '" in line for line in found.unsaid) == 1
        assert len(found.unsaid) == 1


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("Samples", 1, "Filter"), "n > 2", "Sample 'sig', Filter: replaces the filter of Region"),
        (("Samples", 0, "Weight"), "w", "Sample 'data', Weight: data are not weighted here"),
        (("Samples", 1, "SamplePath"), "gone.root", "gone.root: does not exist; copy it there"),
        (("NormFactors", 0, "Samples"), "sgi", "unknown name 'sgi'; did you mean 'sig'?"),
        (("General", "POI"), "nu", "General, POI 'nu': is not a NormFactor"),
        (("General", "Fixed"), [{"Name": "mu", "Value": 1}], "'mu': is the parameter of interest"),
        (("General", "Fixed"), [{"Name": "none", "Value": 1}], "'none': is not a parameter here"),
        (("General", "Fixed"), [{"Name": "mu", "Value": 2}], "fixes it at Nominal, 1, and so does"),
        (("Systematics", 1, "Up"), {"Filter": "n > 3"}, "'sf' is left out: it changes the selec"),
        (("Systematics", 1, "Up"), {"Variable": "m_up"}, "'sf' is left out: it changes the varia"),
        (("Systematics", 1, "Type"), "Shape", "'sf' is left out: its type 'Shape'"),
        (("Systematics", 0, "Up"), {"Normalization": -1}, "a factor on the yield must be above 0"),
        (("Systematics", 1, "Up"), {"Weight": "a ? b : c"}, "replace translate_by_hand()"),
        (("Systematics", 1, "Smoothing", "Regions"), "SR", "Smoothing: not smoothed: "),
        (("Systematics", 1, "Smoothing", "Algorithm"), "mean", "Smoothing: not smoothed: "),
        (("Systematics", 1, "ModifierName"), "lumi", "several blocks define it, with different"),
        (("Systematics", 1, "Regions"), "VR", "Systematic 'sf', Regions: unknown name 'VR'"),
        (("Samples", 2, "DisableStaterror"), True, "no statistical uncertainty of bkg"),
    ],
)
def test_what_cannot_be_said_is_named(read, path, value, said):
    assert said in "\n".join(read(*path, value=value).unsaid)


def test_trees_of_several_samples_are_left_out(read):
    systematic = {"Name": "jes", "Type": "NormPlusShape", "Up": {"Tree": "up"},
                  "Down": {"Tree": "down"}}  # fmt: skip
    found = read("Systematics", 1, value=systematic)
    assert "jes" not in found.document["systematics"]
    assert "for several samples (bkg, sig), whose paths do not follow" in found.unsaid[0]
    found = read("Systematics", 1, value=systematic | {"Samples": "bkg"})
    assert found.document["systematics"]["jes"] == {
        "kind": "dataset", "up": "bkg_jes_up", "down": "bkg_jes_down", "samples": ["bkg"],
    }  # fmt: skip
    assert found.document["datasets"]["bkg_jes_down"]["tree"] == "down"
    assert found.document["datasets"]["bkg_jes_down"]["weight"] == "w * sf"


def test_a_filter_of_a_sample_with_all_cuts_of_its_region(read):
    found = read("Samples", 1, "Filter", value="(n > 1) & (q == 0) & is_true")
    assert found.unsaid == ()
    assert found.document["samples"]["sig"]["selection"] == "is_true and (n > 1 and q == 0)"


def test_statistics_of_backgrounds(read):
    found = read("Samples", 1, "DisableStaterror", value=True)
    assert found.document["model"]["mc_statistics"] == "background"
    assert found.unsaid == ()


def test_a_mirrored_upper_side(read):
    content = {"Name": "sf", "Type": "NormPlusShape", "Samples": "bkg", "Up": {"Symmetrize": True},
               "Down": {"Weight": "w * sf_down"}}  # fmt: skip
    entry = read("Systematics", 1, value=content).document["systematics"]["sf"]
    assert (entry["up"], entry["down"]) == ("1", "sf_down / sf")
    assert entry["symmetrization"] == "one_sided"


def test_paths_start_from_the_configuration(read, tmp_path, monkeypatch):
    read(value=None)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = read_configuration(tmp_path / "fit.yml")[1]
    assert found.document["datasets"]["sig"]["files"] == [str(tmp_path / "sig.root")]
    assert str(tmp_path) in found.comments["datasets"]


def test_other_names_and_the_start_of_factors_are_comments(read):
    found = read("NormFactors", 1, value={"Name": "k(b)", "Samples": "bkg", "Nominal": 1.2})
    assert found.comments["model.free_normalizations.k_b"] == "at 1.2 before the fit; here at 1"
    text = import_analysis("own", Path("fit.yml"), dict.fromkeys(
        ("title", "energy", "luminosity")), lambda question: 13.6)[0]  # fmt: skip
    assert "    # at 1.2 before the fit; here at 1\n    k_b: {samples: [bkg]" in text
    assert "center_of_mass_tev: 13.6\n" in text


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("Samples", 0, "Data"), False, "has 0 samples of data"),
        (("Samples", 1, "Data"), True, "has 2 samples of data"),
        (("Samples", 1, "Name"), "bkg!", "'bkg' and 'bkg!' both become 'bkg'"),
        (("General", "InputPath"), "{RegionPath}", "a region or sample has no RegionPath"),
        (("Regions", 0), "SR", "is not a list of keys"),
    ],
)
def test_what_cannot_be_imported(read, path, value, problem):
    with pytest.raises(WollemiError, match=r"fit\.yml: ") as error:
        read(*path, value=value)
    assert problem in str(error.value)


@pytest.mark.parametrize("text", ["{}", "name: zprime\ndatasets: {}\n", "Job of mine", "", "[1"])
def test_other_files_are_refused(tmp_path, text):
    path = tmp_path / "other.yml"
    path.write_text(text)
    with pytest.raises(WollemiError, match="is not a configuration of a known program"):
        read_configuration(path)
