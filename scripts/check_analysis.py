"""List every problem of an analysis file, each with its path, the value and the nearest valid
name.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from wollemi.analysis.hook_sources import hook_problems
from wollemi.analysis.models.analysis import Analysis
from wollemi.analysis.plain.addresses import signed_addresses
from wollemi.analysis.plain.certification import certifications
from wollemi.analysis.plain.commands import command_paths
from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.plain.overlays import overlay_paths
from wollemi.analysis.plain.published import published_paths
from wollemi.analysis.plain.queries import as_list
from wollemi.analysis.view import view_of
from wollemi.base.archived_files import present_path
from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import is_file
from wollemi.base.yaml import load_yaml
from wollemi.check.commands import hidden_paths
from wollemi.check.labels import label_problems
from wollemi.check.product_hooks import product_hook_problems
from wollemi.job.input_digests import shared_contents
from wollemi.job.source_code import source_files
from wollemi.loading.all import check_folder, check_references
from wollemi.loading.dataset_selections import as_written
from wollemi.loading.load import check_shape, read_document, written_out
from wollemi.loading.manifests import manifest_content, read_manifest
from wollemi.loading.places import without_expressions
from wollemi.loading.repeated_files import (
    check_repeated_files,
    check_repeated_histograms,
    declared_sizes,
    local_files,
)
from wollemi_likelihood.base.errors import ConfigurationError, counted, listed
from wollemi_likelihood.base.nearest import did_you_mean

COLORS = "; give a name of matplotlib such as 'tab:orange', or '#ff7f0e'"


def missing_files(analysis: Analysis, skipped: Sequence[str] = ()) -> list[str]:
    """List missing files, relative to the working folder: local files and manifests of datasets,
    files of a published model, of overlays and of commands, and certificates of data; none of the
    datasets that are skipped.
    """
    missing, document = [], analysis.plain
    for name, dataset in analysis.datasets.items():
        if name in skipped:
            continue
        # Outputs of its command do not exist yet.
        own = () if dataset.command is not None else dataset.files or ()
        files = [file for file in own if isinstance(file, str)]
        if dataset.manifest is not None and not is_file(dataset.manifest):
            missing.append(
                f"datasets.{name}.manifest: there is no file '{dataset.manifest}'; make it "
                "with make_manifest"
            )
        elif dataset.manifest is not None:
            files += [file.path for file in read_manifest(Path(dataset.manifest)).files]
        missing += [
            f"datasets.{name}.files: there is no file '{file}'"
            for file in files
            if not is_file(present_path(file))
        ]
    missing += [
        f"{place}: there is no file '{file}'"
        for place, file in (
            *published_paths(view_of(document)),
            *overlay_paths(view_of(document)),
            *command_paths(document),
        )
        if not is_file(file)
    ]
    for era, item in certifications(document).items():
        path = f"certified.{era}".rstrip(".")
        named = [
            (key, item[key])
            for key in ("blocks", "luminosity")
            if item and isinstance(item.get(key), str)
        ]
        missing += [
            f"{path}.{key}: there is no file '{file}'" for key, file in named if not is_file(file)
        ]
    return missing


def _correction_problems(document: Mapping[str, Any]) -> list[str]:
    if not document.get("corrections"):
        return []
    # Not at the top: their libraries take longer to import than everything else here.
    from wollemi.check.targets import target_problems
    from wollemi.events.correction_files import correction_problems

    return [*correction_problems(document), *target_problems(document)]


def color_problems(document: Mapping[str, Any]) -> list[str]:
    """List colors of samples, groups and overlays that matplotlib does not know; empty without
    matplotlib, as on a machine that only plans.
    """
    plots = document.get("plots") or {}
    styles = {
        f"plots.{kind}.{name}": style
        for kind in ("samples", "groups")
        for name, style in (plots.get(kind) or {}).items()
    }
    overlays = document.get("overlays") or {}
    styles.update({f"overlays.{name}": style for name, style in overlays.items()})
    given = {
        name: style["color"] for name, style in styles.items() if style.get("color") is not None
    }
    if not given:
        return []
    try:
        # Not at the top: the import takes longer than everything else here.
        from matplotlib import colors
    except ImportError:
        return []
    known = [*colors.get_named_colors_mapping()]
    return [
        (f"{name}.color: '{color}' is not a color{did_you_mean(color, known) or COLORS}")
        for name, color in given.items()
        if not colors.is_color_like(color)
    ]


def mirrors() -> list[Path]:
    """Folders of public files from `config/config.yaml`."""
    path = Path("config/config.yaml")
    return (
        [Path(folder) for folder in as_list((load_yaml(path) or {}).get("mirrors"))]
        if path.is_file()
        else []
    )


def _event_problems(
    path: Path, document: Mapping[str, Any], known: Sequence[str], skipped: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Find problems of expressions on events, and datasets without any local file.

    Args:
        path: Path of the analysis file.
        document: Content of the analysis file.
        known: Problems found before.
        skipped: Datasets that are not checked.
    """
    # Not at the top: it reads events, with libraries that take long to import.
    from wollemi.check.events import event_problems

    try:
        sound = without_expressions(document, {problem.partition(": ")[0] for problem in known})
        return event_problems(
            path,
            check_shape(sound, str(path)),
            mirrors(),
            whole=sound == document,
            skipped=skipped,
        )
    except Exception:
        # A consequence of unknown names, which have been reported.
        if known:
            return [], []
        raise


def _signals_outside(path: Path, document: Mapping[str, Any]) -> list[str]:
    """Signals without events in the fitted bins, for an analysis without other problems."""
    # Not at the top: the module reads events.
    from wollemi.check.signals import signal_problems

    beside = path.with_name("hooks.py")
    hooks = [Path(name) for name in source_files(beside)] if beside.is_file() else []
    return signal_problems(document, hooks, mirrors())


def repeated_events(analysis: Analysis) -> list[str]:
    """Find local files whose events would count twice, by their content.

    Args:
        analysis: Complete analysis.
    """
    named = [item.manifest for item in analysis.datasets.values()]
    manifests = {path: manifest_content(Path(path)) for path in named if path and is_file(path)}
    sizes = declared_sizes(analysis, manifests)
    contents = shared_contents(local_files(analysis, manifests), sizes)
    problems = check_repeated_files(analysis, manifests, contents)
    return as_written(analysis, problems + check_repeated_histograms(analysis, contents))


def undeclared_reads(path: Path) -> list[str]:
    """Find reads of an analysis's `hooks.py` and its modules that would not be recorded.

    Args:
        path: Path of the analysis file.
    """
    hooks = path.with_name("hooks.py")
    return [
        problem
        for file in (source_files(hooks) if hooks.is_file() else ())
        for problem in hook_problems(Path(file))
    ]


def describe(path: Path, skipped: Sequence[str] = ()) -> str:
    """Check a file and describe its content in one line.

    Args:
        path: Path of the analysis file.
        skipped: Datasets whose files are not opened.

    Raises:
        WollemiError: The file has problems; all of them are listed.
    """
    where = str(path)
    analysis = check_shape(written_out(read_document(path), where), where)
    document = analysis.plain
    problems = check_references(document)
    found, unseen = _event_problems(path, document, problems, skipped)
    problems += [*check_folder(document, str(path)), *missing_files(analysis, skipped)]
    problems += [] if problems else [*repeated_events(analysis), *_correction_problems(document)]
    problems += [
        *label_problems(document),
        *color_problems(document),
        *undeclared_reads(path),
        *product_hook_problems(path, analysis),
        *hidden_paths(document),
        *found,
    ]
    problems += [] if problems else _signals_outside(path, document)
    if problems:
        raise ConfigurationError(str(path), list(dict.fromkeys(problems)))
    counts = {
        "dataset": len(used_datasets(document)),
        "sample": len(analysis.samples),
        "region": len(analysis.regions),
        "systematic": len(analysis.systematics),
    }
    signed = [
        f"{url}: its query gives access, and is left out of every product"
        for url in signed_addresses(document).values()
    ]
    notes = [
        *signed,
        *(
            [f"not looked into, as none of its files is here: {', '.join(unseen)}"]
            if unseen
            else []
        ),
    ]
    numbers = ", ".join(counted(count, what) for what, count in counts.items())
    return f"{path}: no problems ({numbers}){listed(notes, len(notes))}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Check each file named on the command line."""
    parser = argparse.ArgumentParser(prog="check_analysis.py", description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="ANALYSIS_FILE")
    parser.add_argument(
        "--skip-files-of",
        action="append",
        default=[],
        metavar="DATASET",
        help="its products are there already: open no file of it",
    )
    parsed = parser.parse_args(arguments)
    return max([exit_code(partial(_main, path, parsed.skip_files_of)) for path in parsed.files])


def _main(path: Path, skipped: Sequence[str]) -> int:
    print(describe(path, skipped))
    return 0


if __name__ == "__main__":
    sys.exit(main())
