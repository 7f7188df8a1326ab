"""The simplified results, read by those for whom they are: spey and SModelS, as the README says."""

import contextlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from support.products.simplified_runs import (
    FOLDER,
    SIGNALS,
    TOPOLOGY,
    read_with_smodels,
    require_smodels,
    run_whole,
    simplified,
    smodels,
)
from support.project.paths import ROOT
from support.tiny.analysis import make_analysis
from support.tiny.events import CROSS_SECTION_PB, LUMINOSITY_IFB
from support.tiny.steps import RESULTS, check_record, read_json

BINS = 10


@pytest.fixture(scope="module")
def run(tmp_path_factory, inputs):
    """The folder of a whole run of the tiny analysis, with its simplified results."""
    folder = make_analysis(tmp_path_factory.mktemp("simplified") / "tiny", inputs)
    with contextlib.chdir(folder):
        run_whole()
        assert simplified() == 0
        assert smodels() == 0
    return folder


@pytest.fixture
def here(run, monkeypatch):
    """The same as the working folder."""
    monkeypatch.chdir(run)
    return run


def block(readme, word):
    """The block of Python in a README that has a word."""
    (found,) = (
        code for code in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if word in code
    )
    return found


def output(code, folder):
    """What Python prints, with nothing of this project."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_counts_are_those_of_the_data(here):
    content, workspace = (
        read_json("simplified/simplified_likelihood.json"),
        read_json("workspaces/signal_200.json"),
    )
    observed = {item["name"]: item["data"] for item in workspace["observations"]}
    assert content["model"]["data"] == observed["search"]
    assert [one["low"] for one in content["bins"]] == [150 + 25 * i for i in range(BINS)]
    assert {one["region"] for one in content["bins"]} == {"search"}
    (channel,) = (item for item in workspace["channels"] if item["name"] == "search")
    (signal,) = (item["data"] for item in channel["samples"] if item["name"] == "signal_200")
    assert content["signals"]["signal_200"]["signal_yields"] == pytest.approx(signal)
    assert content["closure"] == read_json("simplified/closure.json")["summary"]
    for name, product in {
        "likelihood": content,
        "closure": read_json("simplified/closure.json"),
    }.items():
        schema = json.loads(
            (ROOT / f"workflow/schemas/simplified_{name}.schema.json").read_text(encoding="utf-8")
        )
        Draft202012Validator(schema).validate(product)
    for name in ("write_simplified", "write_smodels"):
        check_record(f"{name}.json")


def test_the_limits_are_those_of_the_full_likelihood_within_the_goal(here):
    closure, full = read_json("simplified/closure.json"), read_json("limits.json")["limits"]
    assert closure["summary"]["closes"] is True
    assert closure["summary"]["signals_outside"] == []
    for signal in SIGNALS:
        item = closure["signals"][signal]
        assert item["full"] == {
            "observed": full[signal]["observed"],
            "expected": full[signal]["expected"],
        }
        assert item["simplified"]["observed"] == pytest.approx(full[signal]["observed"], rel=0.1)
        assert item["simplified"]["expected"][2] == pytest.approx(
            full[signal]["expected"][2], rel=0.1
        )


def test_spey_as_the_readme_says(here):
    folder, closure = here / FOLDER, read_json("simplified/closure.json")["signals"]
    printed = output(block((folder / "README.md").read_text(encoding="utf-8"), "spey"), folder)
    lines = re.findall(
        r"^(\w+): (observed|expected before the fit) (\S+) \((\S+)\)$", printed, re.MULTILINE
    )
    assert [(name, kind) for name, kind, *_ in lines] == [
        (n, k) for n in SIGNALS for k in ("observed", "expected before the fit")
    ]
    for name, kind, theirs, ours in lines:
        exact = closure[name]["simplified"][
            "observed" if kind == "observed" else "expected_before_fit"
        ]
        assert float(ours) == pytest.approx(exact, rel=1e-4)
        assert float(theirs) == pytest.approx(exact, rel=0.05 if kind == "observed" else 1e-3)


def test_smodels_as_the_readme_says(here, tmp_path):
    require_smodels()
    readme = (here / FOLDER / "README.md").read_text(encoding="utf-8")
    (shell,) = (
        code for code in re.findall(r"```sh\n(.*?)```", readme, re.DOTALL) if "zipfile" in code
    )
    command = [line for line in shell.splitlines() if "zipfile" in line]
    (tmp_path / "smodels.zip").write_bytes((here / FOLDER / "smodels.zip").read_bytes())
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    subprocess.run(["sh", "-e", "-c", *command], cwd=tmp_path, env=environment, check=True)
    lines = re.findall(
        r"^TRS1mumu (search_\d): efficiency (\S+), limit",
        output(block(readme, "smodels"), tmp_path),
        re.MULTILINE,
    )
    signal = read_json("simplified/simplified_likelihood.json")["signals"]["signal_200"][
        "signal_yields"
    ]
    produced = 1000 * LUMINOSITY_IFB * CROSS_SECTION_PB["signal_200"]
    assert {name: float(value) for name, value in lines} == pytest.approx(
        {
            f"search_{place}": events / produced
            for place, events in enumerate(signal)
            if events + _other(place) > 0
        },
        rel=1e-3,
    )


def _other(place):
    return read_json("simplified/simplified_likelihood.json")["signals"]["signal_300"][
        "signal_yields"
    ][place]


def test_a_likelihood_that_does_not_close_says_so(here, caplog, tmp_path):
    limits = json.loads(Path(RESULTS, "limits.json").read_text())
    limits["limits"]["signal_300"]["observed"] *= 1.2
    (tmp_path / "limits.json").write_text(json.dumps(limits))
    outputs = {name: tmp_path / f"{name}.json" for name in ("likelihood", "closure", "readme")}
    assert (
        simplified(limits=tmp_path / "limits.json", record=tmp_path / "record.json", **outputs) == 0
    )
    summary = json.loads(outputs["likelihood"].read_text())["closure"]
    assert (summary["closes"], summary["signals_outside"]) == (False, ["signal_300"])
    assert (
        "**Do not use the simplified likelihood for signal_300**" in outputs["readme"].read_text()
    )
    assert "signal_300: more than 10 % from the full likelihood" in caplog.text


@pytest.fixture
def half_blinded(here, tmp_path):
    """Simplified results where the data of half the bins are hidden; the folder."""
    histograms = json.loads(Path(RESULTS, "histograms/data.json").read_text())
    for histogram in histograms.values():
        histogram["metadata"]["blinded"] = "0" + 5 * "0" + 5 * "1" + "0"
    limits = json.loads(Path(RESULTS, "limits.json").read_text())
    for item in limits["limits"].values():
        item["observed"] = None
    inputs = {"histograms": tmp_path / "data.json", "limits": tmp_path / "limits.json"}
    for path, content in zip(inputs.values(), (histograms, limits), strict=True):
        path.write_text(json.dumps(content))
    names = {
        "likelihood": "simplified_likelihood.json",
        "closure": "closure.json",
        "readme": "README.md",
        "record": "record.json",
    }
    assert simplified(**inputs, **{key: tmp_path / name for key, name in names.items()}) == 0
    assert (
        smodels(
            likelihood=tmp_path / "simplified_likelihood.json",
            database=tmp_path / "smodels.zip",
            record=tmp_path / "r.json",
        )
        == 0
    )
    return tmp_path


def test_nothing_observed_is_told_of_blinded_bins(half_blinded):
    content, closure = (
        json.loads((half_blinded / f"{name}.json").read_text())
        for name in ("simplified_likelihood", "closure")
    )
    assert [count is None for count in content["model"]["data"]] == 5 * [False] + 5 * [True]
    assert {item["simplified"]["observed"] for item in closure["signals"].values()} == {None}
    printed = output(
        block((half_blinded / "README.md").read_text(encoding="utf-8"), "spey"), half_blinded
    )
    lines = re.findall(r"^(\w+): expected before the fit (\S+) \((\S+)\)$", printed, re.MULTILINE)
    assert [name for name, *_ in lines] == list(SIGNALS)
    assert [float(theirs) for _, theirs, _ in lines] == pytest.approx(
        [float(ours) for *_, ours in lines], rel=1e-3
    )
    assert "observed" not in printed


def test_smodels_reads_blinded_results(half_blinded):
    found, messages = read_with_smodels(
        half_blinded / "smodels.zip", half_blinded, masses=[200], spin=0, cards={}
    )
    assert list(found["sets"]) == [f"search_{place}" for place in range(5)]
    assert "warning" not in messages.lower()


def test_two_runs_give_the_same_bytes(here, tmp_path):
    before = {path.name: path.read_bytes() for path in (here / FOLDER).iterdir()}
    assert simplified() == 0
    assert smodels() == 0
    assert {path.name: path.read_bytes() for path in (here / FOLDER).iterdir()} == before
    assert TOPOLOGY["constraint"] in (here / FOLDER / "smodels.zip").read_bytes().decode("latin-1")
