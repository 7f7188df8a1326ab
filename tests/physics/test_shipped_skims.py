"""The skim of no shipped analysis loses anything: histograms from skimmed events equal those from
the files in all variations.
"""

import importlib
import json
import shutil
from pathlib import Path

import pytest
from fill_histograms import SECTIONS
from support.project.folders import ANALYSES
from support.project.paths import ROOT, SHARED_DATA
from support.tiny.steps import fill_batches

from wollemi.analysis.plain.datasets import alternative_datasets
from wollemi.analysis.plain.queries import sample_datasets
from wollemi.analysis.view import view_of
from wollemi.event_loop.filler import Filler
from wollemi.events.event_models import load_hooks
from wollemi.histograms.varied import read_varied, separated
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.schemas import Layout
from wollemi.job.job import run_program
from wollemi.loading.load import load_analysis, read_document
from wollemi_engine.events.model import EventModel

EVENTS = 300  # generated of each dataset
REAL = {"hzz4l", "dimuon"}


class Steps:
    """The programs of one dataset, in this process and in the working folder.

    Args:
        analysis: name of a shipped analysis.
        dataset: one of its datasets.
    """

    def __init__(self, analysis, dataset):
        folder = Path("config/analyses") / analysis
        self.file, self.dataset = folder / "analysis.yaml", dataset
        self.hooks = [folder / "hooks.py"] if (folder / "hooks.py").is_file() else []
        self.settings = load_analysis(self.file, (*SECTIONS, "source"), dataset)

    def run(self, program, **arguments):
        module = importlib.import_module(program)
        line = ["--analysis", str(self.file)]
        for name, value in (
            dict.fromkeys(module.PROGRAM.inputs, ()) | {"dataset": self.dataset} | arguments
        ).items():
            values = value if isinstance(value, list | tuple) else [value]
            line += [f"--{name.replace('_', '-')}", *map(str, values)]
        assert run_program(module.PROGRAM, module.main, line) == 0

    def files(self):
        """Files of the dataset: generated, fetched from the mirror, or as they are."""
        source = self.settings.dataset
        if source.generate:
            made = [f"part{part}.root" for part in range(self.files_of_part(source))]
            for part, name in enumerate(made):
                self.run(
                    "generate_events", hooks=self.hooks, part=part, max_events=EVENTS, events=name
                )
            return made
        public = [file for file in source.files if not isinstance(file, str)]
        fetched = [Path(file.url).name for file in public]
        if public:
            self.run("fetch_dataset", mirrors=str(SHARED_DATA), files=fetched)
        return [*fetched, *(file for file in source.files if isinstance(file, str))]

    @staticmethod
    def files_of_part(source):
        """How many of the generated files the first part has."""
        return min(source.generate.parts, source.files_per_job)

    def skimmed(self):
        """Histograms and counts by way of the skim."""
        self.files()
        self.run(
            "skim_events",
            part=0,
            hooks=self.hooks,
            corrections=[],
            certified=[],
            folder=".",
            events="skim.parquet",
            cutflow="skim.json",
            identifiers="identifiers.parquet",
        )
        self.run(
            "fill_histograms",
            hooks=self.hooks,
            corrections=[],
            events="skim.parquet",
            histograms="filled.zip",
            cutflow="fill.json",
        )
        return separated(read_varied(Path("filled.zip"))), json.loads(Path("fill.json").read_text())

    def direct(self):
        """The same from the files of the part."""
        part = json.loads(Path("skim.json").read_text())["files"]
        model = EventModel(
            self.settings.objects,
            self.settings.columns,
            load_hooks(self.hooks, self.settings.columns),
        )
        layout = Layout.of(self.settings.dataset)
        files = (
            read_batches(Path(f["path"]), layout, self.settings.branches, f["start"], f["stop"])
            for f in part
        )
        histograms, counts = fill_batches(
            Filler(self.settings, model), (batch for batches in files for batch in batches)
        )
        return separated(histograms), counts


def with_events(analysis):
    """Datasets of the model that have events: neither drawn nor taken as histograms."""
    document = read_document(ROOT / f"config/analyses/{analysis}/analysis.yaml")
    used = [*sample_datasets(view_of(document)), *alternative_datasets(document)]
    return [name for name in used if not {"draw", "histograms"} & document["datasets"][name].keys()]


@pytest.mark.slow
@pytest.mark.parametrize("analysis", ANALYSES)
def test_skimmed_equals_direct(tmp_path, monkeypatch, analysis):
    if analysis in REAL and not SHARED_DATA.is_dir():
        pytest.skip("the real data (../shared/data) are not on this machine")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / f"config/analyses/{analysis}", f"config/analyses/{analysis}")
    filled = 0
    for dataset in with_events(analysis):
        steps = Steps(analysis, dataset)
        found, found_counts = steps.skimmed()
        expected, counts = steps.direct()
        assert found.keys() == expected.keys()
        for name, histogram in expected.items():
            assert (found[name].values(flow=True) == histogram.values(flow=True)).all(), name
            assert (found[name].variances(flow=True) == histogram.variances(flow=True)).all(), name
            filled += int(histogram.variances(flow=True).sum() > 0)
        assert found_counts["selected"] == counts["selected"]
    assert filled > 0
