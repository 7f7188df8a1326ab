"""Which datasets are made of what: of a document by hand, and of the analyses that ship."""

import itertools

import pytest
from support.project.paths import ROOT

from wollemi.analysis.view import view_of
from wollemi.base.json_files import read_json
from wollemi.job.command_line import numbered_paths
from wollemi.loading.load import read_document
from wollemi.plan.dataset_plan import DatasetPlan

PUBLIC = {"url": "https://example.org/a/b.root?x=1", "size": 1, "sha256": "0" * 64}
DOCUMENT = {
    "datasets": {
        "late": {"files": ["l0.root"]},
        "early": {
            "files": ["e0.root", "e1.root", "e2.root", "e3.root", "e4.root"],
            "files_per_job": 2,
        },
        "made": {"generate": {"parts": 2, "hook": "make"}},
        "shape": {"histograms": {}, "files": ["h.root"]},
        "toy": {"draw": {"datasets": ["made", "hidden"], "seed": 1}},
        "hidden": {"generate": {}},
        "fake": {"estimate": {}},
        "remote": {"files": ["local.root", PUBLIC]},
        "listed": {"manifest": "m.json", "files_per_job": 2},
        "unused": {"files": ["u.root"]},
    },
    "samples": {
        "data": {"role": "data", "datasets": ["early", "late", "toy"]},
        "bkg": {"role": "background", "datasets": ["made", "shape", "fake", "listed"]},
    },
    "systematics": {"other": {"kind": "dataset", "up": "remote", "down": "symmetrize"}},
    "regions": {},
}
PLAN = DatasetPlan(
    view_of(DOCUMENT),
    "run",
    hooks=("hooks.py",),
    manifests={
        "m.json": {"weight": None, "files": [{"path": f"{number}.root"} for number in (1, 2, 3)]}
    },
)
ANALYSES = sorted((ROOT / "config/analyses").glob("*/analysis.yaml"))


def test_datasets_by_kind():
    assert PLAN.datasets == [
        "early",
        "late",
        "toy",
        "made",
        "shape",
        "fake",
        "listed",
        "remote",
        "hidden",
    ]
    assert PLAN.model_datasets == PLAN.datasets[:-1]
    assert PLAN.event_datasets == ["early", "late", "made", "listed", "remote", "hidden"]
    assert PLAN.fetched_datasets == ["remote"]
    found = [PLAN.datasets_with(key) for key in ("generate", "histograms", "draw", "estimate")]
    assert found == [["made", "hidden"], ["shape"], ["toy"], ["fake"]]


def test_files_and_parts():
    assert PLAN.dataset_files("made") == [
        "results/run/files/made/part0.root",
        "results/run/files/made/part1.root",
    ]
    assert PLAN.dataset_files("remote") == ["local.root", "results/run/files/remote/b.root"]
    assert PLAN.fetched_files("remote") == ["results/run/files/remote/b.root"]
    assert (PLAN.dataset_files("listed"), PLAN.dataset_manifest("listed")) == (
        ["1.root", "2.root", "3.root"],
        ["m.json"],
    )
    parts = {name: len(PLAN.part_numbers(name)) for name in PLAN.event_datasets}
    assert parts == {"early": 3, "late": 1, "made": 2, "listed": 2, "remote": 2, "hidden": 1}
    assert PLAN.part_files("listed") == [["1.root", "2.root"], ["3.root"]]
    assert PLAN.part_files("remote") == [["local.root"], ["results/run/files/remote/b.root"]]
    assert PLAN.fetched_sizes("remote") == {"results/run/files/remote/b.root": 1}
    assert PLAN.fetched_sizes("listed") == {}


def test_events_are_compared_with_those_of_earlier_data():
    assert PLAN.merged_parts("early")["earlier"] == PLAN.merged_parts("made")["earlier"] == []
    assert PLAN.merged_parts("late")["earlier"] == [
        f"results/run/identifiers/early/{part}.parquet" for part in range(3)
    ]


@pytest.mark.parametrize("dataset", PLAN.event_datasets)
def test_ranges_name_what_is_merged(dataset):
    found = {
        argument: [str(path) for text in texts for path in numbered_paths(text)]
        for argument, texts in PLAN.merged_ranges(dataset).items()
    }
    assert found == PLAN.merged_parts(dataset)
    assert found["skims"]


def test_hooks_are_inputs_of_what_they_make():
    assert PLAN.generation_hooks("made") == ["hooks.py"]
    assert PLAN.generation_hooks("hidden") == PLAN.column_hooks == []
    columns = {"columns": {"plain": "pt", "made": {"hook": "make"}}}
    assert DatasetPlan(view_of(DOCUMENT | columns), "run", hooks=("hooks.py",)).column_hooks == [
        "hooks.py"
    ]


@pytest.mark.parametrize("path", ANALYSES, ids=lambda path: path.parent.name)
def test_every_dataset_is_made_in_one_way(path):
    document = read_document(path)
    found = {item["manifest"] for item in document["datasets"].values() if "manifest" in item}
    manifests = {name: read_json(ROOT / name) for name in found}
    plan = DatasetPlan(view_of(document), "run", manifests=manifests)
    kinds = [
        plan.event_datasets,
        *(plan.datasets_with(key) for key in ("histograms", "draw", "estimate")),
    ]
    assert sorted(itertools.chain(*kinds)) == sorted(plan.datasets)
    assert set(plan.model_datasets) <= set(plan.datasets) <= document["datasets"].keys()
    for name in plan.event_datasets:
        files, per_job = (
            plan.dataset_files(name),
            document["datasets"][name].get("files_per_job", 1),
        )
        assert files
        assert 0 <= len(plan.part_numbers(name)) * per_job - len(files) < per_job
