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
    as_list,
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
from wollemi.loading.results import check_results
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
from wollemi_likelihood.expressions.bounds import UNWEIGHTED
from wollemi_likelihood.expressions.syntax import ExpressionError, used_names

if TYPE_CHECKING:
    Document = Mapping[str, Any]

# Keys that change the weight of one event, or of all events.
_SCALING = ("weight", "cross_section_pb", "scale_factor", "sum_of_weights")


def check_references(document: Document) -> list[str]:
    """Problems that a schema cannot find, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema.
    """
    published = check_published(view_of(document))
    if published:  # further problems would only follow from these
        return published
    problems = _check_all(document)
    return rewritten(view_of(document), problems) if document.get("missing_momentum") else problems


def _check_all(document: Document) -> list[str]:
    analysis, expressions = view_of(document), _check_expressions(document)
    problems = [
        *check_texts(document),
        *_check_datasets(document),
        *check_stitching(analysis),
        *check_selections(analysis),
        *check_certification(analysis),
        *check_layouts(analysis),
        *check_histograms(analysis),
        *check_commands(analysis),
        *check_integrity(analysis),
        *_check_names(document),
        *check_systematics(document),
        *check_missing_momentum(analysis),
        *expressions,
        *([] if expressions else check_ranges(analysis)),
        *check_energies(analysis, _all_expressions(document)),
        *check_n_minus_one(analysis),
        *check_measured(document),
        *check_corrections(analysis, _all_expressions(document)),
        *check_triggers(document, _all_expressions(document)),
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
        *check_results(analysis),
        *check_hepdata(analysis),
        *check_smodels(analysis),
        *check_recast(analysis),
        *check_unused_keys(analysis),
    ]
    return as_written(analysis, problems)


def check_folder(document: Document, file: str) -> list[str]:
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


def _check_names(document: Document) -> list[str]:
    datasets, samples = document["datasets"], document["samples"]
    problems = []
    for name, sample in samples.items():
        problems += unknown_names(
            f"samples.{name}.datasets", as_list(sample.get("datasets")), datasets, "dataset"
        )
    for name, region in document["regions"].items():
        variables = region_variables(region)
        problems += unknown_names(f"regions.{name}", variables, document["variables"], "variable")
    signals = signal_samples(document)
    plots = document.get("plots", {})
    # All samples of a published model are known only to the job that reads it.
    styled = plots.get("samples") or {} if is_published(document) else samples
    shown = {*document["regions"], *fitted_regions(document)}
    drawn = {*shown, *region_groups(document)}
    for key, known, what in (
        ("samples", styled, "sample"),
        ("show_signals", signals, "signal sample"),
        ("stack_signals", signals, "signal sample"),
        ("regions", shown, "region"),
        ("log_y", drawn, "region"),
        ("log_x", document["variables"], "variable"),
    ):
        problems += unknown_names(f"plots.{key}", as_list(plots.get(key)), known, what)
    problems += [*_check_parameter_labels(document), *_check_template_plots(document)]
    problems += unknown_names(
        "plots.annotations",
        plots.get("annotations", {}),
        {*document["regions"], *region_groups(document)},
        "region",
    )
    for name, variables in plots.get("annotations", {}).items():
        problems += unknown_names(
            f"plots.annotations.{name}", variables, document["variables"], "variable"
        )
    return problems


def _check_parameter_labels(document: Document) -> list[str]:
    """Labels of unknown parameters, and equal labels of several parameters."""
    labels = (document.get("plots") or {}).get("parameters") or {}
    # All parameters of a published model or of estimates from data are known only to a job.
    parameters = known_parameters(document)
    groups = (document.get("uncertainties") or {}).get("groups") or {}
    shapes = (document.get("model") or {}).get("shape_factors") or {}
    known = [*parameters, *shapes, *groups] if parameters else labels
    first = {label: name for name, label in reversed(labels.items())}
    return unknown_names("plots.parameters", labels, known, "parameter of the model") + [
        f"plots.parameters.{name}: '{label}' is the label of {first[label]}, too"
        for name, label in labels.items()
        if first[label] != name
    ]


def _check_template_plots(document: Document) -> list[str]:
    """Problems of plots of varied templates that do not exist."""
    asked = (document.get("plots") or {}).get("templates")
    if not asked:
        return []
    if document.get("model") is None or is_published(document):
        return ["plots.templates: needs a model that is made of templates; remove it"]
    simulated = [
        name
        for name, sample in document["samples"].items()
        if sample["role"] != "data" and not sample.get("estimate")
    ]
    known = {
        "systematics": (document.get("systematics") or {}, "systematic"),
        "regions": (fitted_regions(document), "region of the model"),
        "samples": (simulated, "simulated sample"),
    }
    return [
        problem
        for key, (names, what) in known.items()
        for problem in unknown_names(f"plots.templates.{key}", as_list(asked.get(key)), names, what)
    ]


def _check_datasets(document: Document) -> list[str]:
    problems = []
    luminosity = known_luminosity(document) or [WHOLE]
    for name, dataset in document["datasets"].items():
        path = f"datasets.{name}"
        # The files of a command are its outputs.
        found = "command" if "command" in dataset else "files"
        given = [key for key in (found, "manifest", "generate", "draw") if dataset.get(key)]
        if len(given) != 1 and "estimate" not in dataset:
            problems.append(
                f"{path}: give exactly one of files, manifest, generate, draw, command (found "
                f"{', '.join(given) or 'none'})"
            )
        if WHOLE not in luminosity:
            eras = [str(dataset["era"])] if "era" in dataset else []
            problems += unknown_names(f"{path}.era", eras, luminosity, "key of luminosity_ifb")
        problems += unknown_names(
            f"{path}.histograms", dataset.get("histograms") or {}, document["regions"], "region"
        )
    return problems + _check_normalization(document) + check_drawings(view_of(document))


def _check_normalization(document: Document) -> list[str]:
    data = {
        d
        for s in document["samples"].values()
        if s["role"] == "data"
        for d in as_list(s.get("datasets"))
    }
    known = document["datasets"]
    # Datasets for the measurement of a correction are copies of other datasets.
    made = [n for n in used_datasets(document) if n in known and not known[n].get("measures")]
    simulated = [n for n in made if n not in data]
    problems = []
    for name in simulated:
        dataset = document["datasets"][name]
        if dataset.get("normalization", "cross_section") == "none" or "estimate" in dataset:
            continue
        if "cross_section_pb" not in dataset:
            problems.append(
                f"datasets.{name}: simulation needs cross_section_pb, or normalization: none"
            )
        known = known_luminosity(document)
        if known is None:
            problems.append(
                f"datasets.{name}: simulation needs luminosity_ifb at the top of the file"
            )
        elif WHOLE not in known and "era" not in dataset:
            problems.append(
                f"datasets.{name}: luminosity_ifb has eras, so the dataset needs an era"
            )
    for name in data:
        scaled = [
            key for key in _SCALING if document["datasets"].get(name, {}).get(key) is not None
        ]
        problems += [f"datasets.{name}: data are never scaled; remove {key}" for key in scaled]
    return sorted(set(problems))


def _check_expressions(document: Document) -> list[str]:
    structure = check_structure(document)
    problems = structure or check_fields(document)
    objects = document.get("objects", {})
    sound = {} if structure else objects  # no cycles, no unknown objects
    own = _field_expressions(document)
    for path, text in _all_expressions(document):
        try:
            if path in own:
                known = {**document, "objects": sound}
                found = [own_problems(known, changed, text) for changed in own[path]]
                problems += dict.fromkeys(f"{path}: {one}" for several in found for one in several)
                continue
            names = sorted(used_names(text))
            bases = {name.split(".")[0] for name in names if "." in name}
            problems += unknown_names(
                path, sorted(bases - set(document.get("columns", {}))), objects, "object"
            )
            problems += [
                f"{path}: {problem}"
                for problem in dict.fromkeys(map(partial(field_problem, sound), names))
                if problem
            ]
        except ExpressionError as error:
            problems.append(f"{path}: {error}")
    return problems


def _field_expressions(document: Document) -> dict[str, list[str]]:
    """Place → object, for the expressions of systematics on the fields of objects."""
    found: dict[str, list[str]] = {}
    for name, item in document.get("systematics", {}).items():
        placed = kind_of(item).field_expressions(f"systematics.{name}", item)
        for changed, texts in placed.items():
            for place, _ in texts:
                found.setdefault(place, []).append(changed)
    for changed, texts in measured_expressions(document)[1].items():
        known = changed in document.get("objects", {})
        found.update({place: [changed] if known else [] for place, _ in texts})
    return found


def _all_expressions(document: Document) -> list[tuple[str, str]]:
    pairs = [
        (f"columns.{n}", c) for n, c in document.get("columns", {}).items() if isinstance(c, str)
    ]
    skim = document.get("skim")
    if skim:
        pairs += selection_expressions("skim.selection", skim["selection"])
        pairs += [(f"skim.keep.{number}", text) for number, text in enumerate(skim.get("keep", ()))]
    for name, variable in own_axes(document).items():
        key = expression_key(variable)
        pairs += selection_expressions(f"variables.{name}.{key}", variable.get(key, {}))
    derived = derived_regions(document)  # share the expressions of the original regions
    for name, region in document["regions"].items():
        pairs += (
            []
            if name in derived
            else selection_expressions(f"regions.{name}.selection", region["selection"])
        )
    pairs += [
        (f"datasets.{n}.weight", d["weight"])
        for n, d in document["datasets"].items()
        if d.get("weight") and d["weight"] != UNWEIGHTED
    ]
    pairs += [
        (f"datasets.{n}.selection", d["selection"])
        for n, d in document["datasets"].items()
        if d.get("selection")
    ]
    pairs += [
        (f"datasets.{n}.slice.selection", d["slice"]["selection"])
        for n, d in document["datasets"].items()
        if (d.get("slice") or {}).get("datasets")
    ]
    of_events, of_fields = measured_expressions(document)
    pairs += [*of_events, *(placed for texts in of_fields.values() for placed in texts)]
    pairs += [(f"weights.{n}.factor", w["factor"]) for n, w in document.get("weights", {}).items()]
    for name, systematic in document.get("systematics", {}).items():
        kind, place = kind_of(systematic), f"systematics.{name}"
        pairs += kind.expressions(place, systematic)
        pairs += [
            placed
            for texts in kind.field_expressions(place, systematic).values()
            for placed in texts
        ]
    return pairs
