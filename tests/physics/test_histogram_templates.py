"""A directory of TH1 templates with systematics that samples share, as TRExFitter and cabinetry
take it: what the model expects at ±1σ is what the files hold.
"""

import re
import shutil
from pathlib import Path

import check_analysis
import numpy as np
import pytest
import uproot
import yaml
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS, edit_analysis, snakemake
from support.tiny.steps import RESULTS, build_workspace, check_record, read_json, read_th1

from wollemi.analysis.plain.histogram_variations import varied_histograms
from wollemi.loading.expand import plain_document
from wollemi.loading.load import validate_analysis
from wollemi_likelihood.likelihood import Likelihood

SAMPLES = {"signal_200": 20.0, "signal_300": 12.0, "ttbar": 400.0, "wjets": 250.0}
REGIONS = {"sr": [4, 0, 4], "cr": [3, 0, 3]}
NUISANCES = {"jes": list(SAMPLES), "scale": ["ttbar"], "fakes": ["wjets"]}
# What is written at each side, as a factor on each bin.
EFFECTS = {
    "jes_up": lambda bins: 1 + 0.05 * np.arange(1, bins + 1) / bins,
    "jes_down": lambda bins: 1 - 0.04 * np.arange(1, bins + 1) / bins,
    "scale_up": lambda bins: np.linspace(1.2, 0.9, bins),
    "fakes_up": lambda bins: np.full(bins, 1.3),
    "fakes_down": lambda bins: np.full(bins, 0.8),
}
DOCUMENT = f"""
name: tiny
title: templates
center_of_mass_tev: 13
datasets:
  signal_200: &templates {{files: [input/templates.root], histograms: "{{region}}/{{dataset}}", normalization: none}}
  signal_300: *templates
  ttbar: *templates
  wjets: *templates
  data: *templates
samples:
  signal_200: {{role: signal, datasets: signal_200}}
  signal_300: {{role: signal, datasets: signal_300}}
  ttbar: {{role: background, datasets: ttbar}}
  wjets: {{role: background, datasets: wjets}}
  data: {{role: data, datasets: data}}
variables:
  score: {{expression: score, bins: {REGIONS["sr"]}, label: score}}
  count: {{expression: count, bins: {REGIONS["cr"]}, label: count}}
regions:
  sr: {{selection: score > 0, variable: score}}
  cr: {{selection: score < 0, variable: count}}
systematics:
  jes: {{kind: histogram, samples: {list(SAMPLES)}, up: "{{folder}}/{{name}}_jes_up", down: "{{histogram}}_jes_down"}}
  scale: {{kind: histogram, samples: ttbar, up: "{{histogram}}_scale_up", down: symmetrize}}
  fakes_{{region}}: {{kind: histogram, samples: wjets, up: "{{file}}_up.root:{{region}}/fakes", down: "{{file}}_down.root:{{region}}/fakes"}}
model: {{poi: mu, mc_statistics: none}}
limits: {{level: 0.95}}
"""  # noqa: E501


def nominal(sample, bins):
    """Events in each bin."""
    return np.round(SAMPLES.get(sample, 650) * np.arange(bins, 0, -1) / bins, 1)


def write_templates(folder):
    """All histograms; those of the fakes in files of their own."""
    with uproot.recreate(folder / "templates.root") as file:
        for region, (bins, low, high) in REGIONS.items():
            edges = np.linspace(low, high, bins + 1)
            for sample in [*SAMPLES, "data"]:
                values = nominal(sample, bins)
                file[f"{region}/{sample}"] = values, edges
                for side in ("jes_up", "jes_down", "scale_up"):
                    if sample in NUISANCES[side.partition("_")[0]]:
                        file[f"{region}/{sample}_{side}"] = values * EFFECTS[side](bins), edges
    for side in ("up", "down"):
        with uproot.recreate(folder / f"templates_{side}.root") as file:
            for region, (bins, low, high) in REGIONS.items():
                values = nominal("wjets", bins) * EFFECTS[f"fakes_{side}"](bins)
                file[f"{region}/fakes"] = values, np.linspace(low, high, bins + 1)


@pytest.fixture
def templates(tiny):
    """The tiny project with these templates alone."""
    shutil.rmtree("input")
    Path("input").mkdir()
    Path(ANALYSIS).write_text(DOCUMENT, encoding="utf-8")
    write_templates(Path("input"))
    return tiny


def read_all():
    """What each dataset becomes."""
    return [read_th1(name) for name in yaml.safe_load(DOCUMENT)["datasets"]]


def effect(kind, value, values):
    """Factor on each bin; the mirror image is that of yield and shape, each by itself."""
    up = EFFECTS[f"{kind}_up"](values.size)
    if value > 0:
        return up
    if f"{kind}_down" in EFFECTS:
        return EFFECTS[f"{kind}_down"](values.size)
    ratio = (values * up).sum() / values.sum()
    return (2 - ratio) * (2 - up / ratio)


def test_templates_at_one_sigma(templates):
    assert read_all() == [0] * 5
    assert build_workspace() == 0
    likelihood = Likelihood.from_workspace(read_json("workspaces/signal_200.json"))
    names = [parameter.name for parameter in likelihood.parameters]
    assert sorted(names) == ["fakes_cr", "fakes_sr", "jes", "mu", "scale"]
    for name, value in ((n, v) for n in names if n != "mu" for v in (1.0, -1.0)):
        kind, _, only = name.partition("_")
        parameters = likelihood.inits.copy()
        parameters[likelihood.index[name]] = value
        expected = likelihood.expected_by_sample(parameters)
        for region, (bins, *_) in REGIONS.items():
            for row, sample in enumerate(likelihood.samples):
                values = nominal(sample, bins)
                if sample in NUISANCES[kind] and only in ("", region):
                    values = values * effect(kind, value, values)
                found = expected[row, likelihood.channels[region]]
                np.testing.assert_allclose(found, values, rtol=1e-9)


def test_record_names_further_files(templates):
    assert read_all() == [0] * 5
    assert check_record("read_histograms/wjets.json")["inputs"].keys() == {
        "input/templates.root",
        "input/templates_up.root",
        "input/templates_down.root",
    }
    names = read_json("histograms/wjets.json")
    assert {name.split("/")[2] for name in names} == {
        "nominal",
        *("jes_up", "jes_down"),
        *("fakes_sr_up", "fakes_sr_down", "fakes_cr_up", "fakes_cr_down"),
    }
    cutflow = read_json("cutflow/wjets.json")
    assert cutflow["regions"]["sr"][0]["sum_of_weights"] == pytest.approx(nominal("wjets", 4).sum())


@pytest.mark.slow
def test_to_the_limit(project):
    """The command of the README; a changed file of a systematic runs what depends on it."""
    shutil.rmtree(project / "input")
    (project / "input").mkdir()
    (project / ANALYSIS).write_text(DOCUMENT, encoding="utf-8")
    write_templates(project / "input")
    done = snakemake(project)
    assert done.returncode == 0, done.stdout
    assert (project / RESULTS / "limits.json").is_file()
    with uproot.update(project / "input/templates_up.root") as file:
        file["more"] = np.histogram([1.0])
    planned = snakemake(project, "--dry-run", "--quiet", "rules").stdout
    assert "read_histograms_wjets" in planned
    assert "read_histograms_ttbar" not in planned


def test_the_example_of_the_page():
    page = (ROOT / "docs/systematics.md").read_text(encoding="utf-8")
    (example,) = (
        yaml.safe_load(block)
        for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
        if "kind: histogram" in block and "datasets:" in block
    )
    document = yaml.safe_load(DOCUMENT)
    document["datasets"] |= example["datasets"]
    plain = plain_document(document | {"systematics": example["systematics"]})
    validate_analysis(plain, "page")
    assert [
        (name, side, place)
        for name, side, region, place in varied_histograms(plain, "ttbar", ["templates.root"])
        if region == "sr"
    ] == [
        ("jes", "up", ("templates.root", "sr/ttbar_jes_up")),
        ("jes", "down", ("templates.root", "sr/ttbar_jes_down")),
        ("shower", "up", ("templates_herwig.root", "sr/ttbar")),
    ]


def test_one_side_may_be_the_nominal_one(templates):
    def one_sided(document):
        document["systematics"]["scale"] |= {"down": "{histogram}"}

    edit_analysis(templates, one_sided)
    assert check_analysis.main([ANALYSIS]) == 0
    assert read_all() == [0] * 5
    assert build_workspace(signals=["signal_200"]) == 0
    channels = read_json("workspaces/signal_200.json")["channels"]
    (sample,) = (
        s for c in channels for s in c["samples"] if (c["name"], s["name"]) == ("sr", "ttbar")
    )
    found = [item["data"] for item in sample["modifiers"] if item["name"] == "scale"]
    factors, shapes = sorted(found, key=lambda item: "lo_data" in item)
    assert factors["lo"] == 1
    assert shapes["lo_data"] == pytest.approx(sample["data"])
    assert shapes["hi_data"] != pytest.approx(sample["data"])


MISTAKES = {
    "placeholder": (
        ("systematics", "jes", "up"),
        "{histogramm}_jes_up",
        "systematics.jes.up: '{histogramm}' is not a placeholder; did you mean 'histogram'?",
    ),
    "nominal": (
        ("systematics", "scale", "up"),
        "{histogram}",
        "it is 'sr/ttbar' of input/templates.root for 'sr/ttbar' of input/templates.root, which is "
        "the nominal one",
    ),
    "twice": (
        ("datasets", "wjets", "histograms"),
        {"sr": ["sr/wjets", "sr/ttbar"]},
        "systematics.fakes_sr.up: in region 'sr' of dataset 'wjets' it is 'sr/fakes' of "
        "input/templates_up.root for 'sr/ttbar' of input/templates.root and for 'sr/wjets'",
    ),
    "region": (
        ("datasets", "wjets", "histograms"),
        "{regiom}/wjets",
        "datasets.wjets.histograms: '{regiom}' is not a placeholder; did you mean 'region'?",
    ),
    "missing": (
        ("systematics", "scale", "up"),
        "{histogram}_scaleup",
        "has no histogram 'sr/ttbar_scaleup'; did you mean 'sr/ttbar_scale_up'?",
    ),
    "events": (
        ("datasets", "ttbar"),
        {"files": ["input/templates.root"], "normalization": "none"},
        "systematics.jes.samples: the dataset 'ttbar' of 'ttbar' does not enter as histograms: use "
        "another kind for its events",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(templates, name, capsys):
    (*path, last), value, message = MISTAKES[name]

    def change(document):
        for key in path:
            document = document[key]
        document[last] = value

    edit_analysis(templates, change)
    assert check_analysis.main([ANALYSIS]) == 2
    assert message in capsys.readouterr().err
