"""What a configuration of TRExFitter becomes, and what is said of the rest."""

import random
import re
from pathlib import Path

import numpy as np
import pytest
import uproot

from wollemi_convert.configurations.readers import read_configuration
from wollemi_likelihood.base.errors import WollemiError

JOB = """
% a comment: with a colon
Job: "my fit"
  Label: "a search" % of mine
  CmeLabel: "13.6 TeV"
  LumiLabel: "59.7 fb^{-1}"
  POI: mu
  ReadFrom: NTUP
  NtuplePath: "files"
  NtupleName: "nominal"
  MCweight: "w*sf"
  Selection: "n>1"
  Lumi: 2

Fit: "fit"
  FitType: SPLUSB

Region: "SR"
  Type: SIGNAL
  Variable: "m/1e3",10,0,200
  VariableTitle: "mass [GeV]"
  Selection: "q==0"

Region: "CR"
  Type: CONTROL
  Variable: "m/1e3",10,0,200

Sample: "data"
  Type: DATA
  NtupleFile: "data"

Sample: "sig"
  Type: SIGNAL
  NtupleFile: "sig"
  MCweight: "k"

Sample: "bkg";"other"
  Type: BACKGROUND
  NtupleFile: "bkg";"other"

NormFactor: "mu"
  Min: -2
  Max: 8
  Samples: sig

Systematic: "lumi"
  Type: OVERALL
  OverallUp: 0.02
  OverallDown: -0.03
"""
LUMI = {"kind": "normalization", "up": 1.02, "down": 0.97, "samples": ["sig", "bkg", "other"]}
HISTOGRAMS = """
Job: "histograms"
  POI: mu
  CmeLabel: "13 TeV"
  HistoPath: "files"
  MCstatConstraint: GAUSSIAN

Region: "SR"
  HistoName: "m"

Region: "VR"
  Type: VALIDATION
  HistoName: "m_vr"

Sample: "data"
  Type: data
  HistoFile: "data"

Sample: "sig"
  Type: SIGNAL
  HistoFile: "sig"
  NormFactor: "mu",1,0,100

Sample: "bkg"
  HistoFile: "bkg"
"""
EDGES = [0.0, 50.0, 100.0, 200.0]


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read a configuration: replaced texts, then further blocks."""
    monkeypatch.chdir(tmp_path)
    Path("files").mkdir()
    for name in ("data", "sig", "bkg", "other"):
        with uproot.recreate(f"files/{name}.root") as file:
            for key in ("m", "m_vr"):
                file[key] = np.ones(3), np.array(EDGES)

    def imported(more="", text=JOB, **replaced):
        for old, new in replaced.items():
            key = f"  {old}: "
            assert key in text, old
            text = re.sub(rf"(?m)^{key}.*$", f"  {old}: {new}", text)
        Path("fit.config").write_text(f"{text}\n{more}\n")
        return read_configuration(Path("fit.config"))[1]

    return imported


def said(found):
    return "\n".join(found.unsaid)


def test_the_whole(read, tmp_path):
    found = read()
    document = found.document
    assert [line.partition(":")[0] for line in found.unsaid] == ["Job, MCstatConstraint POISSON"]
    assert document["title"] == "a search"
    assert (document["center_of_mass_tev"], document["luminosity_ifb"]) == (13.6, 59.7)
    path = str(tmp_path / "files/{}.root")
    assert document["datasets"]["sig"] == {
        "files": [path.format("sig")], "tree": "nominal", "weight": "w * sf * k * 2",
        "normalization": "none",
    }  # fmt: skip
    assert document["datasets"]["other"]["weight"] == "w * sf * 2"
    assert document["datasets"]["data"] == {"files": [path.format("data")], "tree": "nominal"}
    roles = {name: item["role"] for name, item in document["samples"].items()}
    assert roles == {"data": "data", "sig": "signal", "bkg": "background", "other": "background"}
    assert document["variables"] == {
        "SR_observable": {
            "expression": "m / 1000.0", "bins": [10, 0, 200], "label": "mass", "unit": "GeV",
            "merge_flow": True,
        },
        "CR_observable": {
            "expression": "m / 1000.0", "bins": [10, 0, 200], "label": "m / 1000.0",
            "merge_flow": True,
        },
    }  # fmt: skip
    assert document["regions"]["SR"] == {
        "selection": "n > 1 and q == 0", "variable": "SR_observable", "role": "signal",
    }  # fmt: skip
    assert document["regions"]["CR"]["role"] == "control"
    assert document["systematics"] == {"lumi": LUMI}
    assert document["model"] == {"poi": "mu", "poi_bounds": [-2, 8], "mc_statistics": "all"}
    assert document["limits"] == {}


HEADS = ("Job", "Fit", "Region", "Sample", "NormFactor", "Systematic")


@pytest.mark.parametrize("kind", [*HEADS, "Limit", "Significance", "ShapeFactor", "Options"])
def test_an_unknown_key_is_named(read, kind):
    draw = random.Random(kind)
    key = "".join(draw.choices("abcdefghijkLMNOP", k=draw.randint(4, 12)))
    if kind in HEADS:
        lines = JOB.split("\n")
        place = next(i for i, line in enumerate(lines) if line.startswith(f"{kind}:"))
        found = read(text="\n".join([*lines[: place + 1], f"  {key}: 3", *lines[place + 1 :]]))
    else:
        found = read(f'{kind}: "more"\n  {key}: 3\n  Samples: bkg\n  Regions: CR')
    assert f"{kind} '" in said(found)
    assert sum(f", {key} '3'" in line for line in found.unsaid) == 1
    assert ("lumi" in found.document.get("systematics", {})) == (kind != "Systematic")


def test_looks_are_not_named(read):
    found = read('Sample: "more"\n  NtupleFile: bkg\n  FillColor: 3\n  Title: "#bar{t}" # more')
    assert len(found.unsaid) == 1


def systematic(text):
    return f'Systematic: "s"\n  {text}'.replace("; ", "\n  ")


WEIGHT = "WeightSufUp: u/p; WeightSufDown: d/p"
QUOTIENTS = {"up": "where(p, u / p, 0)", "down": "where(p, d / p, 0)"}


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        (f"Type: HISTO; {WEIGHT}", {"kind": "weight", **QUOTIENTS}),
        ("WeightSufUp: u; Samples: bkg", {"up": "u", "down": "1", "samples": ["bkg"]}),
        ("WeightSufUp: u; Symmetrisation: ONESIDED", {"up": "u", "down": "symmetrize"}),
        ("WeightSufDown: u; Symmetrisation: ONESIDED", {"up": "1", "symmetrization": "one_sided"}),
        (f"{WEIGHT}; Symmetrisation: TWOSIDED", {**QUOTIENTS, "symmetrization": "two_sided"}),
        (f"{WEIGHT}; Symmetrisation: AbsMean", {"symmetrization": "absolute_mean"}),
        (f"{WEIGHT}; Symmetrisation: MAXIMUM", {"symmetrization": "maximum"}),
        ("WeightUp: 2*k; Samples: sig", {"up": "2", "samples": ["sig"]}),
        ("WeightUp: k_up; Samples: sig", {"up": "k_up / k"}),
        ("WeightSufUp: u; Smoothing: 40", {"smoothing": {"method": "max_variation"}}),
        ("WeightSufUp: u; Smoothing: 20",
         {"smoothing": {"method": "max_variation", "slope_changes": 2}}),
        ("Type: OVERALL; OverallUp: -0.1; OverallDown: 0.2; Smoothing: 40",
         {"kind": "normalization", "up": 0.9, "down": 1.2}),
        ("Type: OVERALL; OverallUp: 0.5", {"up": 1.5, "down": 1.0}),
        ("Type: OVERALL; OverallUp: 0.5; Regions: CR", {"regions": ["CR"]}),
        ("Type: OVERALL; OverallUp: 0.5; Exclude: SR,sig",
         {"regions": ["CR"], "samples": ["bkg", "other"]}),
        ("Type: OVERALL; OverallUp: 0.5; Samples: all; Exclude: bkg",
         {"samples": ["sig", "other"]}),
        ("NtupleFileUp: other; Samples: bkg; Symmetrisation: ONESIDED",
         {"kind": "dataset", "up": "other", "down": "symmetrize"}),
        ("NtupleNameUp: up; NtupleNameDown: down; Samples: bkg; WeightSufUp: 0.5",
         {"kind": "dataset", "up": "bkg_s_up", "down": "bkg_s_down"}),
        ("NtuplePathSufUp: _up; Samples: bkg", {"kind": "dataset", "down": "bkg"}),
    ],
)  # fmt: skip
def test_systematics(read, text, entry):
    found = read(systematic(text)).document["systematics"]["s"]
    assert {key: found[key] for key in entry} == entry
    assert ("regions" in found) == ("regions" in entry)


def test_other_files_of_a_systematic(read):
    text = "NtupleNameUp: up; NtupleFileDown: other; Samples: bkg; WeightSufUp: 0.5"
    datasets = read(systematic(text)).document["datasets"]
    up = datasets["bkg_s_up"]
    assert (up["tree"], up["weight"]) == ("up", "w * sf * 0.5 * 2")
    assert up["files"] == datasets["bkg"]["files"]
    down = read(systematic(text)).document["systematics"]["s"]["down"]
    assert down == "other"  # the same content


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("NtupleNameUp: up", "for several samples (bkg, other, sig), whose paths do not follow"),
        ("Type: SHAPE; WeightSufUp: u", "its type SHAPE, or its sides have no equivalent"),
        ("Type: HISTO", "its type HISTO, or its sides have no equivalent"),
        ("WeightSufUp: u; Symmetrisation: DIFFONLY", "or its sides have no equivalent"),
        ("WeightSufUp: u; ReferenceSample: bkg", "ReferenceSample 'bkg': has no equivalent, and"),
        (
            "WeightSufUp: u; ScaleUp: 2",
            "ScaleUp '2': has no equivalent, and the systematic is left",
        ),
        ("WeightSufUp: u; ExcludeRegionSample: CR:bkg", "in fewer regions than on others"),
        ("WeightSufUp: u; Decorrelate: SHAPEACC", "or its sides have no equivalent"),
        ("WeightSufUp: u; Samples: gone", "'s' is left out: acts on no sample"),
        ("Type: OVERALL; OverallUp: 0.5; NuisanceParameter: lumi", "several blocks define it"),
        ("Type: OVERALL; OverallUp: 0.5; OverallDown: -1", "must be above 0"),
    ],
)
def test_systematics_that_are_left_out(read, text, reason):
    found = read(systematic(text))
    assert found.document.get("systematics", {}).keys() <= {"lumi"}
    assert reason in said(found)


def test_one_parameter_of_several_blocks(read):
    text = "Type: OVERALL; OverallUp: 0.1; OverallDown: -0.1; NuisanceParameter: shared; Samples: "
    more = [systematic(text + name).replace('"s"', f'"s_{name}"') for name in ("bkg", "sig")]
    entry = read("\n\n".join(more)).document["systematics"]["shared"]
    assert entry == {"kind": "normalization", "up": 1.1, "down": 0.9, "samples": ["sig", "bkg"]}
    found = read("\n\n".join([more[0], more[1].replace("0.1", "0.2")]))
    assert found.document["systematics"]["shared"] == {
        "kind": "normalization",
        "up": {"sig": 1.2, "bkg": 1.1},
        "down": {"sig": 0.8, "bkg": 0.9},
        "samples": ["sig", "bkg"],
    }


def test_decorrelated(read):
    text = "Type: OVERALL; OverallUp: 0.1; OverallDown: -0.1; Decorrelate: "
    found = read(systematic(f"{text}REGION")).document["systematics"]
    assert {name: item.get("regions") for name, item in found.items()} == {
        "lumi": None, "s_SR": ["SR"], "s_CR": ["CR"],
    }  # fmt: skip
    found = read(systematic(f"{text}SAMPLE")).document["systematics"]
    assert found["s_bkg"]["samples"] == ["bkg"]


def test_samples_without_systematics_and_ghosts(read):
    more = 'Sample: "fixed"\n  NtupleFile: fixed\n  UseSystematics: FALSE\n'
    more += '\nSample: "ghost"\n  Type: GHOST\n  NtupleFile: gone\n  Anything: 1'
    found = read(more)
    assert found.document["systematics"]["lumi"] == LUMI
    assert "ghost" not in found.document["samples"]
    assert "files/fixed.root: does not exist" in said(found)
    assert "gone" not in said(found)


def test_normalization(read):
    more = 'Sample: "driven"\n  NtupleFile: other\n  NormalizedByTheory: FALSE\n  LumiScale: 3'
    assert read(more).document["datasets"]["driven"]["weight"] == "3"
    with pytest.raises(WollemiError, match="Sample 'sig': is scaled by 2"):
        read(text=HISTOGRAMS.replace("  POI: mu", "  POI: mu\n  Lumi: 2"))
    with pytest.raises(WollemiError, match="Sample 'data': is scaled by 3"):
        read(text=JOB.replace("  Type: DATA", "  Type: DATA\n  LumiScale: 3"))


def test_binning(read):
    variable = read(text=JOB.replace("  Type: CONTROL", "  Type: CONTROL\n  Binning: 0,50,200"))
    assert variable.document["variables"]["CR_observable"]["edges"] == [0, 50, 200]
    found = read(text=JOB.replace("  Type: CONTROL", "  Type: CONTROL\n  Rebin: 5"))
    assert found.document["model"]["fit_edges"] == {"CR": [0, 100, 200]}
    found = read(text=JOB.replace("  Type: CONTROL", "  Type: CONTROL\n  Rebinning: 0,20,40"))
    assert "events outside of its new bins are in the end bins there" in said(found)
    found = read(MergeUnderOverFlow="FALSE", text=JOB.replace("  Lumi: 2", "  Lumi: 2\n  MergeUnderOverFlow: x"))  # fmt: skip  # noqa: E501
    assert "merge_flow" not in found.document["variables"]["SR_observable"]
    found = read(text=JOB.replace("  Type: CONTROL", '  Type: CONTROL\n  Binning: "AutoBin","TransfoD",3,3'))  # fmt: skip  # noqa: E501
    assert "TRExFitter's log ('Your final binning')" in said(found)
    found = read(
        text=HISTOGRAMS.replace('  HistoName: "m"', '  HistoName: "m"\n  Binning: 0,100,200')
    )
    assert found.document["variables"]["m"]["edges"] == EDGES
    assert found.document["model"]["fit_edges"] == {"SR": [0, 100, 200]}


def test_histograms(read):
    more = """
Systematic: "jes"
  HistoNameSufUp: "_up"
  HistoNameSufDown: "_down"

Systematic: "folders"
  HistoPathUp: "other"
  Symmetrisation: ONESIDED

Systematic: "one"
  HistoFileUp: "other"
  Samples: bkg

Systematic: "half"
  HistoNameSufUp: "_up"
"""
    found = read(more, text=HISTOGRAMS).document
    assert found["datasets"]["bkg"]["histograms"] == {"SR": ["m"], "VR": ["m_vr"]}
    assert found["variables"]["m"] == {"expression": "m", "edges": EDGES, "label": "m"}
    assert found["regions"]["VR"]["role"] == "validation"
    assert found["systematics"]["jes"] == {
        "kind": "histogram", "up": "{histogram}_up", "down": "{histogram}_down",
        "samples": ["sig", "bkg"],
    }  # fmt: skip
    assert found["systematics"]["folders"]["up"].endswith("/other/{dataset}.root:{histogram}")
    assert found["systematics"]["one"]["up"].endswith("/other.root:{histogram}")
    assert found["systematics"]["half"]["down"] == "{histogram}"
    assert found["model"]["poi_bounds"] == [0, 100]


def test_statistics(read):
    def statistics(line):
        model = read(text=JOB.replace("  POI: mu", f"  POI: mu\n  {line}")).document["model"]
        return model["mc_statistics"], model.get("mc_statistics_threshold")

    assert statistics("MCstatThreshold: NONE") == ("none", None)
    assert statistics("MCstatThreshold: 0.05") == ("all", 0.05)
    found = read(text=JOB.replace("  Type: SIGNAL\n  NtupleFile", "  Type: SIGNAL\n  UseMCstat: FALSE\n  NtupleFile"))  # fmt: skip  # noqa: E501
    assert found.document["model"]["mc_statistics"] == "background"
    found = read(text=JOB.replace("  POI: mu", "  POI: mu\n  StatOnly: TRUE"))
    assert found.document["model"]["mc_statistics"] == "none"
    assert "systematics" not in found.document
    assert "Systematic 'lumi': is left out, as in TRExFitter (StatOnly)" in said(found)


@pytest.mark.parametrize(
    ("change", "hidden"),
    [
        (("FitType: SPLUSB", "FitBlind: TRUE"), ["SR", "CR"]),
        (("POI: mu", "POI: mu\n  BlindSRs: TRUE"), ["SR"]),
        (("POI: mu", "POI: mu\n  BlindingThreshold: 0.1"), ["SR"]),
        (("Type: CONTROL", "Type: CONTROL\n  DataType: ASIMOV"), ["CR"]),
        (("Type: CONTROL", 'Type: CONTROL\n\nLimit: "limit"\n  LimitBlind: TRUE'), ["SR", "CR"]),
        (("FitType: SPLUSB", "FitBlind: FALSE"), None),
    ],
)
def test_blinding(read, change, hidden):
    found = read(text=JOB.replace(*change))
    assert found.document.get("blinding", {"regions": None})["regions"] == hidden
    assert ("its data are hidden" in said(found)) == bool(hidden)


def test_fitted_regions(read):
    roles = {
        text: [item["role"] for item in read(FitType=f"SPLUSB\n  FitRegion: {text}").document["regions"].values()]  # noqa: E501
        for text in ("CRSR", "CRONLY", "CR", "SR,CR")
    }  # fmt: skip
    assert roles == {
        "CRSR": ["signal", "control"], "CRONLY": ["validation", "control"],
        "CR": ["validation", "control"], "SR,CR": ["signal", "control"],
    }  # fmt: skip
    assert "see background_only in fit.json" in said(read(FitType="BONLY"))


def test_values_of_parameters(read):
    lines = "SPLUSB\n  POIAsimov: 2\n  FixNPs: alpha_lumi:0.5\n  NPValues: alpha_lumi:1,tau:3"
    model = read(FitType=lines).document["model"]
    assert model["asimov"] == {"mu": 2, "lumi": 1, "tau": 3}
    assert model["fixed"] == {"lumi": 0.5}
    assert "asimov" not in read(FitType="SPLUSB\n  POIAsimov: 1").document["model"]


def test_factors(read):
    more = """
NormFactor: "k"
  Samples: bkg,other
  Regions: CR
  Nominal: 1.5
  Min: 0
  Max: 3
  Constant: TRUE

NormFactor: "derived"
  Samples: other
  Expression: (1-mu^2*x):mu[1,-2,8],x[0.1,0,2]

NormFactor: "nothing"
  Samples: none

ShapeFactor: "shape"
  Samples: bkg
  Regions: CR
"""
    found = read(more)
    model = found.document["model"]
    assert model["poi"] == ["mu"]
    assert model["free_normalizations"] == {
        "mu": {"samples": ["sig"], "bounds": [-2, 8]},
        "k": {"samples": ["bkg", "other"], "bounds": [0, 3], "regions": ["CR"]},
        "x": {"samples": [], "bounds": [0, 2]},
    }
    assert model["fixed"] == {"k": 1.5}
    assert model["factors"] == {"derived": {"expression": "1 - mu ** 2 * x", "samples": ["other"]}}
    assert model["shape_factors"] == {"shape": {"samples": ["bkg"], "regions": ["CR"]}}
    assert "NormFactor 'nothing': acts on no sample" in said(found)
    assert "limits" not in found.document
    assert "POI 'nu': scales no sample here" in said(read(POI="nu"))


def test_a_parameter_of_interest_on_several_samples(read):
    found = read(text=JOB.replace("  Samples: sig", "  Samples: sig,bkg\n  Regions: SR"))
    model = found.document["model"]
    assert model["poi"] == ["mu"]
    assert model["free_normalizations"] == {"mu": {"samples": ["sig", "bkg"], "bounds": [-2, 8]}}
    assert "acts in SR; here a parameter of interest acts everywhere" in said(found)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Sample: s\n  NtupleFile: bkg\n  AddSample: sig", "CHANGES THE EVENTS there and not here"),
        ("Sample: s\n  NtupleFile: bkg\n  IgnoreSelection: TRUE", "CHANGES THE EVENTS there"),
        (
            "Sample: s\n  NtupleFile: bkg\n  SeparateGammas: TRUE",
            "here one factor per bin is shared",
        ),
        (
            "Sample: s\n  NtupleFile: bkg\n  Selection: pass",
            "its value multiplies the weight there",
        ),
        ("Sample: s\n  NtupleFile: bkg\n  Regions: VR", "unknown name 'VR'"),
        ("Region: R\n  Variable: x,2,0,1\n  DropBins: 1", "CHANGES THE EVENTS there and not here"),
        ("Region: R\n  Variable: x|y,2,0,1", "BitOr is not part of the expression language"),
        ("Limit: limit\n  LimitType: TOYS", "limits are asymptotic here; see limits.toys"),
        ("Options: o\n  Anything: 1", "Options 'o': is not read"),
    ],
)
def test_what_cannot_be_said_is_named(read, text, reason):
    assert reason in said(read(text))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('MultiFit: "m"\n\nFit: "a"\n  ConfigFile: a.config', "MultiFit: is not imported"),
        (JOB.replace("SPLUSB", "UNFOLDING"), "unfolding: is not imported"),
        (f"{JOB}\nUnfoldingSample: u\n  Title: u", "unfolding: is not imported"),
        (f"{JOB}\nSample: s\n  Morphing: x,1", "Morphing: is not imported"),
        (JOB.replace("  POI: mu", "  ReplacementFile: r"), "ReplacementFile: is not imported"),
        (JOB.replace('"CR"', '"SR"'), "regions: use a name twice"),
        (JOB.replace('"nominal"', "a,b").replace("NtupleName:", "NtupleNames:"), "several trees"),
        (HISTOGRAMS.replace('"m"', '"gone"'), "has no histogram 'gone'"),
    ],
)
def test_what_cannot_be_imported(read, text, problem):
    with pytest.raises(WollemiError) as error:
        read(text=text)
    assert problem in str(error.value)
