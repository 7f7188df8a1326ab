"""Run the archived workflow with new signals: files that are added to the archive's files in the
folder of a run.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.queries import is_published
from wollemi.analysis.settings import Luminosity, read_luminosity
from wollemi.analysis.view import view_of
from wollemi.archive.reading.archive import Archive
from wollemi.archive.reading.availability import unavailable_files
from wollemi.archive.reading.run import prepare_run
from wollemi.base.json_files import read_json, render_json
from wollemi.generation.cross_sections import rounded_cross_section
from wollemi.histograms.histogram import write_histograms
from wollemi.job.records import make_record, seal_record
from wollemi.loading.composition import read_composed
from wollemi.loading.expand import plain_document
from wollemi.reinterpretation.checks import dataset_names
from wollemi.reinterpretation.document import frozen_products, with_signals
from wollemi.reinterpretation.efficiencies import (
    check_efficiencies,
    efficiency_file,
    given_efficiencies,
)
from wollemi.reinterpretation.efficiency_histograms import efficiency_products
from wollemi.reinterpretation.models import FROM_GENERATOR, REMEDY, NewSignal
from wollemi.reinterpretation.patches import patch_file, patched_workspace
from wollemi.reinterpretation.published import archived_model, published_files
from wollemi.reinterpretation.signal_files import check_files
from wollemi_likelihood.base.errors import WollemiError, listed

Signals = Mapping[str, NewSignal]
# age in seconds of the added files: younger than the code, older than products (`prepare_run`)
_AGE_S = 10
_SHOWN = 8
# Bounds of the signal strength in old archives, which give none and fail if a limit is above.
OLD_BOUNDS = (0.0, 10.0)


@dataclass
class SignalRun:
    """Signals of one kind in a run of the archived workflow.

    Args:
        archive: Archive with the workflow.
        signals: New signals by name.
        folder: Working folder of the run.
        where: Name of the file of signals.
        document: Analysis with the new signals, as in the run.
    """

    archive: Archive
    signals: Signals
    folder: Path
    where: str
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def results(self) -> Path:
        """Folder of results."""
        return self.folder / self.archive.run

    @property
    def analysis(self) -> str:
        """Path of the analysis file relative to the folder of the run."""
        return f"config/analyses/{self.archive.description['analysis']}/analysis.yaml"

    @property
    def archived(self) -> dict[str, Any]:
        """The analysis as written by its author, including extended analyses."""
        document: dict[str, Any] = read_composed(self.archive.root / self.analysis)
        return document

    @property
    def is_published(self) -> bool:
        """Whether the archive's model was published by other authors."""
        return is_published(view_of(self.document))

    def datasets(self, signal: str) -> list[str]:
        """Datasets of a new signal; empty for a published model."""
        return [] if self.is_published else list(self.document["samples"][signal]["datasets"])

    @property
    def luminosity(self) -> Luminosity | None:
        """Luminosity in fb⁻¹: as in the analysis, or the sum over its certified blocks."""
        summed = self.archive.root / self.archive.run / "luminosity.json"
        if summed.is_file():
            return read_luminosity(summed)
        given = self.document.get("luminosity_ifb")
        return (
            {str(era): float(value) for era, value in given.items()}
            if isinstance(given, Mapping)
            else given
        )

    def write_document(self) -> None:
        """Write the analysis file of the run; JSON is valid YAML."""
        (self.folder / self.analysis).write_text(
            json.dumps(self.document, indent=2, ensure_ascii=False), encoding="utf-8"
        )


def make_run(
    archive: Archive,
    signals: Signals,
    folder: Path,
    where: str,
    about: Mapping[str, Any],
) -> SignalRun:
    """Check signals, and fill the folder of their run.

    Args:
        archive: Archive with the workflow.
        signals: New signals of one kind.
        folder: Working folder of the run, which does not exist yet.
        where: Name of the file of signals.
        about: Information on the archive; see `signal_problems`.

    Raises:
        WollemiError: The signals do not fit the archive.
    """
    run = SignalRun(archive, signals, folder, where)
    if not archive.digests.keys() >= {"scripts/write_likelihood.py", f"{archive.run}/limits.json"}:
        origin = f"{archive.description['analysis']}, by Wollemi {archive.description['wollemi']}"
        problem = (
            f"this archive ({origin}) has no limits with their likelihood, which new signals need"
        )
        raise WollemiError(
            "the archive", problem, "use one of an analysis with limits, made by a newer Wollemi"
        )
    archived = run.archived
    run.document = with_signals(archived, signals, about, where)
    if not run.is_published:
        check_efficiencies(where, archived, signals)
        check_files(where, run.document, signals)
    published = published_files(where, archive, archived, signals) if run.is_published else {}
    with_events = all(signal.datasets is not None for signal in signals.values())
    taken_over = frozen_products(archive, run.document, signals) if with_events else []
    absent = unavailable_files(archive, lambda url: True)
    prepare_run(archive, folder, taken_over, time.time(), absent)
    run.write_document()
    if run.is_published:
        made = [_write(run, name, content) for name, content in published.items()]
    else:
        made = _efficiencies(run) if with_events else _patched(run)
    then = time.time() - _AGE_S
    for path in made:
        os.utime(folder / path, (then, then))
    return run


def _efficiencies(run: SignalRun) -> list[str]:
    """Add the products that the workflow would have made from events, for signals given by
    efficiencies; return the names of the files.
    """
    plain, made = plain_document(run.document), []
    for _, _, dataset, given in given_efficiencies(run.signals):
        products = efficiency_products(plain, dataset, given, run.luminosity)
        histograms, cutflow = (
            f"{run.archive.run}/{kind}/{dataset}.json" for kind in ("histograms", "cutflow")
        )
        source = _write(run, efficiency_file(dataset), given.model_dump(mode="json"))
        _new_path(run, histograms)
        write_histograms(run.folder / histograms, products.histograms)
        _write(run, cutflow, products.cutflow)
        record = f"{run.archive.run}/records/read_histograms/{dataset}.json"
        made += [
            source,
            histograms,
            cutflow,
            _write_record(run, record, [source], [histograms, cutflow]),
        ]
    return made


def _patched(run: SignalRun) -> list[str]:
    """Add workspaces made from the archived likelihood and a patch; return the file names."""
    background, made = archived_model(run.archive, "likelihood/BkgOnly.json"), []
    for name, signal in run.signals.items():
        workspace = patched_workspace(run.where, name, signal, background)
        made.append(_write(run, f"{run.archive.run}/workspaces/{name}.json", workspace))
        _new_path(run, patch_file(name)).write_bytes(Path(str(signal.patch)).read_bytes())
    sources = [patch_file(name) for name in run.signals]
    record = _write_record(run, f"{run.archive.run}/records/build_workspace.json", sources, made)
    return [*made, *sources, record]


def _new_path(run: SignalRun, name: str) -> Path:
    path = run.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _write(run: SignalRun, name: str, content: Any) -> str:
    _new_path(run, name).write_text(render_json(content), encoding="utf-8")
    return name


def _write_record(run: SignalRun, name: str, sources: Sequence[str], made: Sequence[str]) -> str:
    """Write the record of products made outside the workflow, by the program that made them."""
    outputs = {product: run.folder / product for product in made}
    record = make_record(
        Path(__file__).parents[2] / "reinterpret_signal.py",
        [run.folder / path for path in sources],
        outputs,
        {},
    )
    return _write(run, name, seal_record(record))


def check_analysis(run: SignalRun, environment: Path) -> None:
    """Check the analysis with the archived program; its messages are reworded for the file of
    signals.

    Args:
        run: Run whose folder is filled.
        environment: Path of the Python environment.

    Raises:
        WollemiError: The analysis has problems.
    """
    command = [str(environment / "bin/python"), "scripts/check_analysis.py", run.analysis]
    if "scripts/wollemi/check/events.py" in run.archive.digests:  # older programs open no files
        command += [f"--skip-files-of={dataset}" for dataset in _not_opened(run)]
    done = subprocess.run(command, cwd=run.folder, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        lines = [
            line.strip().removeprefix("- ")
            for line in done.stderr.splitlines()
            if line.startswith("  - ")
        ]
        problem = (
            listed([_in_words_of_signals(run, line) for line in lines], _SHOWN)
            if lines
            else f"\n{done.stderr.strip()}"
        )
        raise WollemiError(
            run.where, f"the archived analysis does not take these signals:{problem}", REMEDY
        )


def make_checked(
    checks: Sequence[Future[None]], make: Callable[..., object], targets: Sequence[str]
) -> None:
    """Make products while the analyses are checked, which takes as long as Snakemake's start.

    Args:
        checks: Calls of `check_analysis`.
        make: Function that makes products, see `run_snakemake`.
        targets: Products.

    Raises:
        WollemiError: The first problem of a check, or else of a product.
    """
    error = None
    try:
        make(targets=targets, goes_on=lambda: not any(check.exception() for check in checks))
    except WollemiError as found:
        error = found
    for check in checks:
        check.result()
    if error is not None:
        raise error


def _not_opened(run: SignalRun) -> list[str]:
    """Datasets whose files the check does not open: the archived run has read those of the archived
    datasets, and new signals may have none.
    """
    opened = {
        dataset
        for name, signal in run.signals.items()
        for archived, dataset in dataset_names(name, signal).items()
        if "efficiencies" not in (signal.datasets or {})[archived]
    }
    return [dataset for dataset in run.document.get("datasets", {}) if dataset not in opened]


def _in_words_of_signals(run: SignalRun, line: str) -> str:
    for name, signal in run.signals.items():
        for archived, dataset in dataset_names(name, signal).items():
            line = re.sub(rf"\bdatasets\.{dataset}\b", f"{name}.datasets.{archived}", line)
    return line


def generator_cross_sections(run: SignalRun, make: Callable[[Sequence[str]], object]) -> None:
    """Use the generator's own cross sections if the signals request it: make their events, then
    insert the numbers.

    Args:
        run: Run with the signals.
        make: Function that makes products.

    Raises:
        WollemiError: The generator did not report a cross section.
    """
    wanted = {
        dataset: f"{name}.datasets.{archived}.cross_section_pb"
        for name, signal in run.signals.items()
        for archived, dataset in dataset_names(name, signal).items()
        if (signal.datasets or {})[archived].get("cross_section_pb") == FROM_GENERATOR
    }
    if not wanted:
        return
    parts = {
        dataset: range(run.document["datasets"][dataset]["generate"].get("parts", 1))
        for dataset in wanted
    }
    make(
        [
            f"{run.archive.run}/files/{dataset}/part{part}.root"
            for dataset, numbers in parts.items()
            for part in numbers
        ]
    )
    for dataset, path in wanted.items():
        found = rounded_cross_section(f"{run.where}: {path}", run.results / f"files/{dataset}")
        run.document["datasets"][dataset]["cross_section_pb"] = found
    run.write_document()


def raise_bounds(run: SignalRun) -> str:
    """Raise the upper bound of the signal strength tenfold if a limit is above it; return a
    description.

    Args:
        run: Run whose limits failed.
    """
    if any(signal.patch is not None for signal in run.signals.values()):
        for name in run.signals:
            workspace = read_json(run.results / f"workspaces/{name}.json")
            config = workspace["measurements"][0]["config"]
            (parameter,) = (item for item in config["parameters"] if item["name"] == config["poi"])
            ((low, high),) = parameter["bounds"]
            parameter["bounds"] = [[low, 10 * high]]
            _write(run, f"{run.archive.run}/workspaces/{name}.json", workspace)
    else:
        model = run.document["model"]
        low, high = model.get("poi_bounds") or OLD_BOUNDS
        run.document["model"] = model | {"poi_bounds": [low, 10 * high]}
        run.write_document()
    return (
        f"a limit is above {high:g}, the upper bound of the signal strength in the archive: "
        f"raised to {10 * high:g}"
    )
