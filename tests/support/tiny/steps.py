"""The programs of the tiny analysis, run in this process and in the working folder, with the paths
of the workflow.
"""

import hashlib
import importlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import awkward as ak
import yaml
from fill_histograms import SECTIONS

from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS
from wollemi.analysis.plain.corrections import correction_files, local_path
from wollemi.analysis.plain.histogram_variations import varied_files
from wollemi.analysis.plain.sections import select_sections
from wollemi.analysis.plain.systematics import weight_sets
from wollemi.analysis.view import view_of
from wollemi.event_loop.filler import FilledBatches, Filler
from wollemi.events.event_models import load_event_model
from wollemi.histograms.histogram import Histogram
from wollemi.histograms.varied import read_varied, separated
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.schemas import Layout
from wollemi.job.source_code import file_code_digest
from wollemi.loading.expand import plain_document
from wollemi.loading.load import load_analysis, read_document
from wollemi.loading.manifests import read_parts
from wollemi.plan.plan import Plan

RESULTS = "results/tiny"
HOOKS_FILE = "config/analyses/tiny/hooks.py"


def run_step(program: str, **arguments: Any) -> int:
    """Run a program.

    Args:
        program: its name.
        arguments: its arguments other than `--analysis`; a list for several values. An input that
            is not named is nothing.

    Returns:
        The exit code.
    """
    return run_together(program, [arguments])


def run_together(program: str, jobs: Iterable[Mapping[str, Any]]) -> int:
    """Run a program on several datasets that read the same files, as one process.

    Args:
        program: its name.
        jobs: the arguments of each, as for `run_step`.

    Returns:
        The exit code.
    """
    module = importlib.import_module(program)
    line: list[str] = []
    for arguments in jobs:
        line += [*(["+"] if line else []), "--analysis", ANALYSIS]
        for name, value in {**dict.fromkeys(module.PROGRAM.inputs, ()), **arguments}.items():
            values = value if isinstance(value, list | tuple) else [value]
            line += [f"--{name.replace('_', '-')}", *map(str, values)]
    return int(module.run_program(module.PROGRAM, module.main, line))


def dataset_files(dataset: str) -> list[str]:
    """Files of a dataset as the analysis file names them; a public file is the one of the mirror, a
    manifest tells its own, and those of a command lie where it makes them.
    """
    item = _document()["datasets"][dataset]
    files = item.get("files", [])
    if "command" in item:
        return [f"{RESULTS}/commands/{file}" for file in files]
    return [file if isinstance(file, str) else "mirror/data.root" for file in files]


def corrections(section: str, dataset: str) -> list[str]:
    """Files of the corrections that a step on a dataset needs."""
    return [
        local_path("tiny", file)
        for file in correction_files(select_sections(_document(), [section], dataset)[section])
    ]


def _document() -> dict[str, Any]:
    """The analysis file as plain values, written out."""
    return plain_document(read_document(Path(ANALYSIS)))


def number_of_parts(dataset: str) -> int:
    """Into how many parts the files of a dataset are divided."""
    return len(read_parts(_document()["datasets"][dataset]))


def split(dataset: str, max_events: int) -> int:
    """Run `split_dataset`, for a preview."""
    outputs = {
        "parts": f"{RESULTS}/parts/{dataset}.json",
        "record": f"{RESULTS}/records/split_dataset/{dataset}.json",
    }
    return run_step(
        "split_dataset",
        dataset=dataset,
        folder="mirror",
        manifest=manifests(dataset),
        max_events=max_events,
        **outputs,
    )


def skim_arguments(
    dataset: str,
    part: int = 0,
    hooks: str | tuple[str, ...] = HOOKS_FILE,
    certified: str | tuple[str, ...] = (),
) -> dict[str, Any]:
    """Arguments of `skim_events` for one part, of a preview where the dataset was split."""
    preview = Path(f"{RESULTS}/parts/{dataset}.json")
    return {
        "dataset": dataset,
        "part": part,
        "folder": "mirror",
        "hooks": hooks,
        "certified": certified,
        "corrections": corrections("skim_corrections", dataset),
        "parts": preview if preview.is_file() else (),
        "events": f"{RESULTS}/events/{dataset}/{part}.parquet",
        "identifiers": f"{RESULTS}/identifiers/{dataset}/{part}.parquet",
        "cutflow": f"{RESULTS}/cutflow/{dataset}/skim_{part}.json",
        "record": f"{RESULTS}/records/skim_events/{dataset}_{part}.json",
    }


def skim(dataset: str, part: int = 0, **inputs: str | tuple[str, ...]) -> int:
    """Run `skim_events` on one part; `inputs` are those of `skim_arguments`."""
    return run_step("skim_events", **skim_arguments(dataset, part, **inputs))


def has_members(dataset: str) -> bool:
    """Whether a systematic of a weight set acts on a dataset."""
    return bool(weight_sets(_document(), dataset))


def fill(dataset: str, part: int = 0) -> int:
    """Run `fill_histograms` on one part."""
    outputs = {
        "histograms": f"{RESULTS}/histograms/{dataset}/{part}.zip",
        "cutflow": f"{RESULTS}/cutflow/{dataset}/fill_{part}.json",
        "record": f"{RESULTS}/records/fill_histograms/{dataset}_{part}.json",
    }
    events = f"{RESULTS}/events/{dataset}/{part}.parquet"
    files = corrections("fill_corrections", dataset)
    return run_step(
        "fill_histograms",
        dataset=dataset,
        hooks=HOOKS_FILE,
        corrections=files,
        events=events,
        **outputs,
    )


def process_arguments(dataset: str, part: int = 0) -> dict[str, Any]:
    """Arguments of `process_events` for one part, of a preview where the dataset was split."""
    preview = Path(f"{RESULTS}/parts/{dataset}.json")
    return {
        "dataset": dataset,
        "part": part,
        "folder": "mirror",
        "hooks": HOOKS_FILE,
        "corrections": corrections("fill_corrections", dataset),
        "parts": preview if preview.is_file() else (),
        "identifiers": f"{RESULTS}/identifiers/{dataset}/{part}.parquet",
        "histograms": f"{RESULTS}/histograms/{dataset}/{part}.zip",
        "cutflow": f"{RESULTS}/cutflow/{dataset}/skim_{part}.json",
        "regions": f"{RESULTS}/cutflow/{dataset}/fill_{part}.json",
        "record": f"{RESULTS}/records/process_events/{dataset}_{part}.json",
    }


def process_at_once(dataset: str, part: int = 0) -> int:
    """Run `process_events` on one part."""
    return run_step("process_events", **process_arguments(dataset, part))


def fill_batches(
    filler: Filler, batches: Iterable[ak.Array]
) -> tuple[dict[str, Histogram], dict[str, Any]]:
    """The histograms of batches, added in their order, and the event counts of each region."""
    filled = FilledBatches(filler)
    for batch in batches:
        filled.add(batch)
    return filled.result()


def fill_directly(dataset: str) -> tuple[dict[str, Histogram], dict[str, Any]]:
    """Histograms and counts from the files of a dataset, without a skim."""
    settings = load_analysis(Path(ANALYSIS), SECTIONS, dataset)
    files = [Path(file) for file in corrections("fill_corrections", dataset)]
    model = load_event_model(settings, [Path(HOOKS_FILE)], files)
    batches = (
        batch
        for file in dataset_files(dataset)
        for batch in read_batches(Path(file), Layout(), settings.branches)
    )
    histograms, counts = fill_batches(Filler(settings, model), batches)
    return separated(histograms), counts


def part_histograms(dataset: str, part: int = 0) -> dict[str, Histogram]:
    """Histograms of one part: `<region>/<variable>/<variation>` → histogram."""
    return separated(read_varied(Path(f"{RESULTS}/histograms/{dataset}/{part}.zip")))


def manifests(dataset: str) -> list[str]:
    """The manifest of a dataset, if it has one."""
    item = _document()["datasets"][dataset]
    return [item["manifest"]] if "manifest" in item else []


def merge(
    dataset: str,
    luminosity: str | tuple[str, ...] = (),
    earlier: Sequence[str] = (),
    siblings: Sequence[str] = (),
    partners: Sequence[str] = (),
) -> int:
    """Run `merge_parts`; `earlier` names the identifiers of other data, `siblings` the datasets
    that share its files, `partners` those that are stitched to it.
    """
    parts = f"{{0..{number_of_parts(dataset) - 1}}}"
    inputs = {
        "histograms": f"{RESULTS}/histograms/{dataset}/{parts}.zip",
        "identifiers": f"{RESULTS}/identifiers/{dataset}/{parts}.parquet",
        "earlier": earlier,
        "skims": f"{RESULTS}/cutflow/{dataset}/skim_{parts}.json",
        "fills": f"{RESULTS}/cutflow/{dataset}/fill_{parts}.json",
        "siblings": [
            f"{RESULTS}/cutflow/{name}/skim_{{0..{number_of_parts(name) - 1}}}.json"
            for name in siblings
        ],
        "partners": [
            f"{RESULTS}/cutflow/{name}/skim_{{0..{number_of_parts(name) - 1}}}.json"
            for name in partners
        ],
        "manifest": manifests(dataset),
        "luminosity": luminosity,
    }
    outputs = {
        "merged": [
            f"{RESULTS}/histograms/{dataset}{kind}.json"
            for kind in (["", "/members"] if has_members(dataset) else [""])
        ],
        "cutflow": f"{RESULTS}/cutflow/{dataset}.json",
        "record": f"{RESULTS}/records/merge_parts/{dataset}.json",
    }
    return run_step("merge_parts", dataset=dataset, **inputs, **outputs)


def process(dataset: str, max_events: int = 0) -> None:
    """From the files of a dataset to its merged histograms and cutflow."""
    assert not max_events or split(dataset, max_events) == 0
    for part in range(number_of_parts(dataset)):
        assert skim(dataset, part) == 0
        assert fill(dataset, part) == 0
    assert merge(dataset) == 0


def measure(correction: str) -> str:
    """Measure a correction from the files of its datasets; the path of its map."""
    plan = Plan(view_of(_document()), "tiny")
    for dataset in plan.measurement_datasets(correction):
        for part in plan.part_numbers(dataset):
            assert process_at_once(dataset, part) == 0
        assert merge(dataset) == 0
    inputs = {
        "histograms": plan.histograms(plan.measurement_datasets(correction, data=False)),
        "data": plan.histograms(plan.measurement_datasets(correction, data=True)),
        "target": plan.measurement_targets(correction),
    }
    path = f"{RESULTS}/corrections/{correction}.json"
    outputs = {"map": path, "record": f"{RESULTS}/records/measure_correction/{correction}.json"}
    assert run_step("measure_correction", correction=correction, **inputs, **outputs) == 0
    return path


def read_th1(dataset: str = "signal_300") -> int:
    """Run `read_histograms`."""
    outputs = {
        "histograms": f"{RESULTS}/histograms/{dataset}.json",
        "cutflow": f"{RESULTS}/cutflow/{dataset}.json",
        "record": f"{RESULTS}/records/read_histograms/{dataset}.json",
    }
    files = dataset_files(dataset)
    further = varied_files(_document(), dataset, files)
    return run_step("read_histograms", dataset=dataset, files=files, varied=further, **outputs)


def fetch(mirrors: tuple[str, ...] = ("mirror",), **arguments: str) -> int:
    """Run `fetch_dataset` on the data, with further arguments."""
    outputs = {
        "files": f"{RESULTS}/files/data/data.root",
        "record": f"{RESULTS}/records/fetch_dataset/data.json",
    }
    return run_step("fetch_dataset", dataset="data", mirrors=mirrors, **outputs, **arguments)


def lint_templates() -> int:
    """Run `lint_templates` on the simulated datasets."""
    plan = Plan(view_of(_document()), "tiny")
    return run_step(
        "lint_templates",
        histograms=plan.merged_histograms(plan.simulated_datasets),
        cutflows=plan.cutflows(plan.simulated_datasets),
        lint=f"{RESULTS}/lint.json",
        record=f"{RESULTS}/records/lint_templates.json",
        log=f"{RESULTS}/logs/lint_templates.log",
    )


def build_workspace(
    unbuildable: str = "stop", signals: Sequence[str] = ("signal_200", "signal_300")
) -> int:
    """Run `build_workspace`.

    Args:
        unbuildable: what to do where a model cannot be built.
        signals: Names of the signals, by default both.
    """
    document = yaml.safe_load(Path(ANALYSIS).read_text())
    used = [
        name for name in document["datasets"] if Path(f"{RESULTS}/histograms/{name}.json").is_file()
    ]
    histograms = [f"{RESULTS}/histograms/{name}.json" for name in used]
    histograms += [
        str(path)
        for name in used
        if (path := Path(f"{RESULTS}/histograms/{name}/members.json")).is_file()
    ]
    workspaces = [f"{RESULTS}/workspaces/{name}.json" for name in signals]
    cutflows = [
        str(path) for name in used if (path := Path(f"{RESULTS}/cutflow/{name}.json")).is_file()
    ]
    record = f"{RESULTS}/records/build_workspace.json"
    return run_step(
        "build_workspace",
        histograms=histograms,
        cutflows=cutflows,
        workspaces=workspaces,
        record=record,
        unbuildable=unbuildable,
    )


def check_record(path: str) -> dict[str, Any]:
    """Check that a record tells what lies on the disk, and nothing that differs between equal runs.

    Returns:
        The record.
    """
    record: dict[str, Any] = read_json(f"records/{path}")
    for name, digest in (record["inputs"] | record["outputs"]).items():
        assert digest == hashlib.sha256(Path(name).read_bytes()).hexdigest(), name
    assert record["code"]
    for name, digest in record["code"].items():
        # A step that runs in a folder of a test names its code by the last part of the path.
        known = {file_code_digest(file) for file in (ROOT / "scripts").rglob(Path(name).name)}
        assert digest in known, name
    assert record["program"] in record["code"]
    text = json.dumps(record)
    assert str(Path.cwd()) not in text
    assert not re.search(r'"/|\d{4}-\d\d-\d\d|\d\d:\d\d', text)
    return record


def read_json(path: str) -> Any:
    """Content of a product of the tiny analysis, such as `cutflow/data.json`."""
    return json.loads(Path(RESULTS, path).read_text(encoding="utf-8"))
