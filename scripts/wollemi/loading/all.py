"""Checks of the names in an analysis file. Standard library only, because the Snakefile checks as
well.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.categories import expression_key
from wollemi.analysis.plain.certification import WHOLE, known_luminosity
from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.plain.measured import measured_expressions
from wollemi.analysis.plain.queries import (
    fitted_regions,
    is_published,
    known_parameters,
    own_axes,
    region_variables,
    signal_samples,
)
from wollemi.analysis.plain.region_groups import region_groups
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi.analysis.view import view_of
from wollemi.loading.about import check_about
from wollemi.loading.axes import check_axes
from wollemi.loading.backgrounds import check_estimates
from wollemi.loading.blinding import check_blinding
from wollemi.loading.certification import check_certification
from wollemi.loading.commands import check_commands
from wollemi.loading.corrections import check_corrections
from wollemi.loading.dataset_selections import as_written, check_selections
from wollemi.loading.datasets import check_layouts
from wollemi.loading.energies import check_energies
from wollemi.loading.extrapolation import check_extrapolation
from wollemi.loading.hepdata import check_hepdata
from wollemi.loading.histograms import check_histograms
from wollemi.loading.integrity import check_integrity, check_ranges
from wollemi.loading.lint import check_lint
from wollemi.loading.measured import check_measured
from wollemi.loading.missing_momentum import check_missing_momentum, rewritten
from wollemi.loading.model import check_model
from wollemi.loading.n_minus_one import check_n_minus_one
from wollemi.loading.n_minus_one_regions import derived_regions
from wollemi.loading.objects import (
    check_fields,
    check_structure,
    field_problem,
    own_problems,
    plain_objects,
)
from wollemi.loading.overlays import check_overlays
from wollemi.loading.plots import (
    check_chosen_plots,
    check_limit_label,
    check_paper,
    check_plots,
)
from wollemi.loading.pseudodata import check_drawings
from wollemi.loading.published import check_published
from wollemi.loading.random_numbers import check_random
from wollemi.loading.recast import check_recast
from wollemi.loading.region_groups import check_era_plots, check_region_groups
from wollemi.loading.results import check_products, check_results
from wollemi.loading.scans import check_intervals, check_scans
from wollemi.loading.smodels import check_smodels
from wollemi.loading.stitching import check_stitching
from wollemi.loading.systematics import check_systematics
from wollemi.loading.texts import check_texts
from wollemi.loading.triggers import check_triggers
from wollemi.loading.uncertainties import check_uncertainties
from wollemi.loading.unused_keys import check_unused_keys
from wollemi_engine.expressions.selections import selection_expressions
from wollemi_likelihood.base.nearest import unknown_names
from wollemi_likelihood.expressions.syntax import ExpressionError, used_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis

# Keys that change the weight of one event, or of all events.
_SCALING = ("weight", "cross_section_pb", "scale_factor", "sum_of_weights")


def check_references(document: Mapping[str, Any]) -> list[str]:
    """Problems that a schema cannot find, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, as plain values.
    """
    analysis = view_of(document)
    published = check_published(analysis)
    if published:  # further problems would only follow from these
        return published
    problems = _check_all(analysis)
    return rewritten(analysis, problems) if analysis.missing_momentum else problems


def _check_all(analysis: Analysis) -> list[str]:
    expressions, texts = _check_expressions(analysis), _all_expressions(analysis)
    problems = [
        *check_texts(analysis.plain),
        *_check_datasets(analysis),
        *check_stitching(analysis),
        *check_selections(analysis),
        *check_certification(analysis),
        *check_layouts(analysis),
        *check_histograms(analysis),
        *check_commands(analysis),
        *check_integrity(analysis),
        *_check_names(analysis),
        *check_systematics(analysis),
        *check_missing_momentum(analysis),
        *expressions,
        *([] if expressions else check_ranges(analysis)),
        *check_energies(analysis, texts),
        *check_n_minus_one(analysis),
        *check_measured(analysis),
        *check_corrections(analysis, texts),
        *check_triggers(analysis, texts),
        *check_axes(analysis),
        *check_random(analysis),
        *check_model(analysis),
        *check_lint(analysis),
        *check_estimates(analysis),
        *check_blinding(analysis),
        *check_scans(analysis),
        *check_intervals(analysis),
        *check_plots(analysis),
        *check_chosen_plots(analysis),
        *check_limit_label(analysis),
        *check_region_groups(analysis),
        *check_era_plots(analysis),
        *check_paper(analysis),
        *check_overlays(analysis),
        *check_uncertainties(analysis),
        *check_extrapolation(analysis),
        *check_products(analysis),
        *check_results(analysis),
        *check_about(analysis),
        *check_hepdata(analysis),
        *check_smodels(analysis),
        *check_recast(analysis),
        *check_unused_keys(analysis),
    ]
    return as_written(analysis, problems)


def check_folder(document: Mapping[str, Any], file: str) -> list[str]:
    """Whether the analysis has the name of its folder, which also names its results.

    Args:
        document: Analysis, as plain values.
        file: Path of the analysis file.
    """
    folder = Path(file).absolute().parent.name
    return (
        []
        if document["name"] == folder
        else [f"name: '{document['name']}' is not the name of its folder, '{folder}'"]
    )


def _check_names(analysis: Analysis) -> list[str]:
    datasets, samples = analysis.datasets, analysis.samples
    problems = []
    for name, sample in samples.items():
        problems += unknown_names(f"samples.{name}.datasets", sample.datasets, datasets, "dataset")
    for name, region in analysis.regions.items():
        variables = region_variables(region)
        problems += unknown_names(f"regions.{name}", variables, analysis.variables, "variable")
    signals = signal_samples(analysis)
    plots = analysis.plots
    # All samples of a published model are known only to the job that reads it.
    styled = plots.samples if is_published(analysis) else samples
    shown = {*analysis.regions, *fitted_regions(analysis)}
    drawn = {*shown, *region_groups(analysis)}
    for key, known, what in (
        ("samples", styled, "sample"),
        ("show_signals", signals, "signal sample"),
        ("stack_signals", signals, "signal sample"),
        ("regions", shown, "region"),
        ("log_y", drawn, "region"),
        ("log_x", analysis.variables, "variable"),
    ):
        problems += unknown_names(f"plots.{key}", getattr(plots, key), known, what)
    problems += [*_check_parameter_labels(analysis), *_check_template_plots(analysis)]
    problems += unknown_names(
        "plots.annotations",
        plots.annotations,
        {*analysis.regions, *region_groups(analysis)},
        "region",
    )
    for name, drawn_on in plots.annotations.items():
        problems += unknown_names(
            f"plots.annotations.{name}", drawn_on, analysis.variables, "variable"
        )
    return problems


def _check_parameter_labels(analysis: Analysis) -> list[str]:
    """Labels of unknown parameters, and equal labels of several parameters."""
    labels = analysis.plots.parameters
    # All parameters of a published model or of estimates from data are known only to a job.
    parameters = known_parameters(analysis)
    groups = analysis.uncertainties.groups if analysis.uncertainties else {}
    shapes = (analysis.model and analysis.model.shape_factors) or {}
    known = [*parameters, *shapes, *groups] if parameters else labels
    first = {label: name for name, label in reversed([*labels.items()])}
    return unknown_names("plots.parameters", labels, known, "parameter of the model") + [
        f"plots.parameters.{name}: '{label}' is the label of {first[label]}, too"
        for name, label in labels.items()
        if first[label] != name
    ]


def _check_template_plots(analysis: Analysis) -> list[str]:
    """Problems of plots of varied templates that do not exist."""
    asked = analysis.plots.templates
    if not asked.plain:
        return []
    if analysis.model is None or is_published(analysis):
        return ["plots.templates: needs a model that is made of templates; remove it"]
    simulated = [
        name
        for name, sample in analysis.samples.items()
        if sample.role != "data" and not sample.estimate
    ]
    known = {
        "systematics": (analysis.systematics, "systematic"),
        "regions": (fitted_regions(analysis), "region of the model"),
        "samples": (simulated, "simulated sample"),
    }
    return [
        problem
        for key, (names, what) in known.items()
        for problem in unknown_names(f"plots.templates.{key}", getattr(asked, key), names, what)
    ]


def _check_datasets(analysis: Analysis) -> list[str]:
    problems = []
    luminosity = known_luminosity(analysis.plain) or [WHOLE]
    for name, dataset in analysis.datasets.items():
        path = f"datasets.{name}"
        # The files of a command are its outputs.
        found = "files" if dataset.command is None else "command"
        given = [key for key in (found, "manifest", "generate", "draw") if getattr(dataset, key)]
        if len(given) != 1 and dataset.estimate is None:
            problems.append(
                f"{path}: give exactly one of files, manifest, generate, draw, command (found "
                f"{', '.join(given) or 'none'})"
            )
        if WHOLE not in luminosity:
            eras = [] if dataset.era is None else [dataset.era]
            problems += unknown_names(f"{path}.era", eras, luminosity, "key of luminosity_ifb")
        problems += unknown_names(
            f"{path}.histograms", dataset.histograms or (), analysis.regions, "region"
        )
    return problems + _check_normalization(analysis) + check_drawings(analysis)


def _check_normalization(analysis: Analysis) -> list[str]:
    data = {d for s in analysis.samples.values() if s.role == "data" for d in s.datasets}
    datasets, luminosity = analysis.datasets, known_luminosity(analysis.plain)
    # Datasets for the measurement of a correction are copies of other datasets.
    used = [name for name in used_datasets(analysis.plain) if name in datasets]
    simulated = [name for name in used if name not in data and not datasets[name].measures]
    problems = []
    for name in simulated:
        dataset = datasets[name]
        if dataset.normalization == "none" or dataset.estimate is not None:
            continue
        if "cross_section_pb" not in dataset.plain:
            problems.append(
                f"datasets.{name}: simulation needs cross_section_pb, or normalization: none"
            )
        if luminosity is None:
            problems.append(
                f"datasets.{name}: simulation needs luminosity_ifb at the top of the file"
            )
        elif WHOLE not in luminosity and dataset.era is None:
            problems.append(
                f"datasets.{name}: luminosity_ifb has eras, so the dataset needs an era"
            )
    for name in data:
        given = datasets[name].plain if name in datasets else {}
        scaled = [key for key in _SCALING if given.get(key) is not None]
        problems += [f"datasets.{name}: data are never scaled; remove {key}" for key in scaled]
    return sorted(set(problems))


def _check_expressions(analysis: Analysis) -> list[str]:
    structure = check_structure(analysis)
    problems = structure or check_fields(analysis)
    objects, columns = plain_objects(analysis), analysis.columns
    sound = {} if structure else objects  # no cycles, no unknown objects
    own = _field_expressions(analysis)
    for path, text in _all_expressions(analysis):
        try:
            if path in own:
                found = [own_problems(sound, columns, changed, text) for changed in own[path]]
                problems += dict.fromkeys(f"{path}: {one}" for several in found for one in several)
                continue
            names = sorted(used_names(text))
            bases = {name.split(".")[0] for name in names if "." in name}
            problems += unknown_names(path, sorted(bases - set(columns)), objects, "object")
            problems += [
                f"{path}: {problem}"
                for problem in dict.fromkeys(map(partial(field_problem, sound), names))
                if problem
            ]
        except ExpressionError as error:
            problems.append(f"{path}: {error}")
    return problems


def _field_expressions(analysis: Analysis) -> dict[str, list[str]]:
    """Place → object, for the expressions of systematics on the fields of objects."""
    found: dict[str, list[str]] = {}
    for name, item in analysis.systematics.items():
        placed = kind_of(item.plain).field_expressions(f"systematics.{name}", item.plain)
        for changed, texts in placed.items():
            for place, _ in texts:
                found.setdefault(place, []).append(changed)
    for changed, texts in measured_expressions(analysis.plain)[1].items():
        known = changed in analysis.objects
        found.update({place: [changed] if known else [] for place, _ in texts})
    return found


def _all_expressions(analysis: Analysis) -> list[tuple[str, str]]:
    pairs = [(f"columns.{n}", c) for n, c in analysis.columns.items() if isinstance(c, str)]
    skim = analysis.skim
    if skim:
        pairs += selection_expressions("skim.selection", skim.selection)
        pairs += [(f"skim.keep.{number}", text) for number, text in enumerate(skim.keep)]
    for name, variable in own_axes(analysis).items():
        key = expression_key(variable.plain)
        pairs += selection_expressions(f"variables.{name}.{key}", variable.plain.get(key, {}))
    derived = derived_regions(analysis.plain)  # share the expressions of the original regions
    for name, region in analysis.regions.items():
        pairs += (
            []
            if name in derived
            else selection_expressions(f"regions.{name}.selection", region.selection)
        )
    datasets = analysis.datasets.items()
    pairs += [(f"datasets.{n}.weight", d.weight) for n, d in datasets if d.weight]
    pairs += [(f"datasets.{n}.selection", d.selection) for n, d in datasets if d.selection]
    pairs += [
        (f"datasets.{n}.slice.selection", d.slice.selection)
        for n, d in datasets
        if d.slice and d.slice.datasets
    ]
    of_events, of_fields = measured_expressions(analysis.plain)
    pairs += [*of_events, *(placed for texts in of_fields.values() for placed in texts)]
    pairs += [(f"weights.{n}.factor", w.factor) for n, w in analysis.weights.items()]
    for name, systematic in analysis.systematics.items():
        item, place = systematic.plain, f"systematics.{name}"
        pairs += kind_of(item).expressions(place, item)
        placed = kind_of(item).field_expressions(place, item)
        pairs += [one for texts in placed.values() for one in texts]
    return pairs
