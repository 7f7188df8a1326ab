"""The language of an analysis file, as its schema has it, and how much of it an analysis uses."""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from support.project.paths import ROOT
from wollemi.analysis.models.analysis import Analysis
from wollemi.analysis.models.base import Section
from wollemi.analysis.plain.dataset_selections import dataset_view
from wollemi.analysis.plain.measured import source_of
from wollemi.analysis.plain.measured_eras import written_name
from wollemi.analysis.plain.queries import as_list
from wollemi.analysis.plain.sections import select_sections
from wollemi.loading.correlations import PLACEHOLDERS, placeholders
from wollemi.loading.expand import plain_document
from wollemi_likelihood.expressions import syntax

# Why random analyses do without a key → the keys, and with them all below.
UNTRIED = {
    "says how events are read or made": (
        *("Analysis.checks", "Analysis.commands", "Analysis.generator", "RemoteFile.*"),
        *(f"Dataset.{key}" for key in ("checks", "command", "energy_unit", "entries", "generate")),
        *(f"Dataset.{key}" for key in ("files_per_job", "jobs_per_file", "manifest", "names")),
        *(f"Dataset.{key}" for key in ("record", "repeated_numbers", "schema", "tolerate", "tree")),
    ),
    "is of samples without events": (
        *("Dataset.draw", "Dataset.estimate", "Dataset.histograms", "Sample.estimate"),
        "Sample.regions",
        "HistogramSystematic.*",
    ),
    "acts on filled histograms": (
        *(f"Analysis.{key}" for key in ("model", "lint", "limits", "scans", "goodness", "contour")),
        *(f"Analysis.{key}" for key in ("uncertainties", "extrapolation", "discovery", "results")),
        *(f"Analysis.{key}" for key in ("region_limits", "intervals", "toy_fits", "overlays")),
        "Analysis.products",
        *("Dataset.scale_factor", "Dataset.sum_of_weights", "Certification.luminosity"),
        *("NormalizationSystematic.*", "*.smoothing", "*.symmetrization"),
    ),
    "is shown, or published": ("Analysis.description", "Analysis.plots", "Analysis.publication"),
    "is a model without events": ("Analysis.workspace",),
}
SCHEMA = json.loads((ROOT / "workflow/schemas/analysis.schema.json").read_text())
MODELS = {"Analysis": SCHEMA, **SCHEMA["$defs"]}


def every_key() -> list[str]:
    """`Model.key` of all keys of an analysis file."""
    return [
        f"{model}.{key}" for model, item in MODELS.items() for key in item.get("properties", ())
    ]


def language() -> set[str]:
    """`Model.key` for each key, `Model.key: value` where it is one of a few, `Model.key {}` where
    it may be a mapping instead of a value, without those of `UNTRIED`; functions, operators and
    fields of expressions, and placeholders.
    """
    found: set[str] = set()
    pending, seen = ["Analysis"], {"Analysis"}
    while pending:
        model = pending.pop()
        for name, content in MODELS[model].get("properties", {}).items():
            if not reason(f"{model}.{name}"):
                found |= set(_keys(f"{model}.{name}", list(_alternatives(content))))
                below = set(re.findall(r"#/\$defs/(\w+)", json.dumps(content))) - seen
                pending, seen = [*pending, *below], seen | below
    operators = {node.__name__ for node in syntax._ALLOWED if issubclass(node, _OPERATORS)}
    fields = {f".{name}" for name in (*syntax.KINEMATICS, *syntax.LEGS)}
    calls = {f"{name}()" for name in (*syntax.FUNCTIONS, "correction", "correction.up")}
    places = {f"{{{name}}}" for name in PLACEHOLDERS}
    return found | operators | fields | calls | places | {"self", "event"}


def reason(key: str) -> str:
    """Why random analyses do without a key; empty if they do not."""
    name = re.sub(r": .*| \{\}$", "", key)
    found = (why for why, keys in UNTRIED.items() for one in keys if fnmatchcase(name, one))
    return next(found, "")


_OPERATORS = (ast.operator, ast.unaryop, ast.cmpop, ast.boolop)


def _keys(key: str, alternatives: list[Mapping[str, Any]]) -> Iterator[str]:
    yield key
    given = [item for item in alternatives if item.get("type") != "null"]
    yield from (f"{key}: {value}" for item in given for value in item.get("enum", ()))
    if len(given) > 1 and any(item.get("type") == "object" for item in given):
        yield f"{key} {{}}"


def _alternatives(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    parts = content.get("anyOf")
    for part in parts or ():
        yield from _alternatives(part)
    if not parts:
        yield content


def tried(document: Mapping[str, Any], datasets: Iterable[str]) -> set[str]:
    """What an analysis uses of the language, as far as it acts on the events of some datasets.

    Args:
        document: the analysis as it is written.
        datasets: their names in the analysis as it is written out.
    """
    document = json.loads(json.dumps(document))
    plain, names = plain_document(document), set(datasets)
    called = {name for dataset in names for name in _called(plain, dataset)}
    measures = {plain["datasets"][name].get("measures") for name in names} - {None}
    corrections = called | measures | {written_name(plain, name) for name in measures}
    sources = {source_of(plain, name) for name in names}
    written = {plain["datasets"][name].get("split_of", name) for name in sources}
    found: set[str] = set()
    for item, own in ((document, written | sources), (plain, names | sources)):
        acting = _acting(item, own, corrections)
        found |= set(_used(Analysis.model_validate(acting))) | set(_words(acting))
        found |= {f"{{{word}}}" for name in acting["systematics"] for word in placeholders(name)}
    return found


def _called(plain: Mapping[str, Any], dataset: str) -> Iterable[str]:
    """Corrections that the expressions on the events of a dataset call."""
    section = "fill_corrections"
    called: Mapping[str, Any] = select_sections(dataset_view(plain, dataset), [section], dataset)
    return called[section]


def _acting(
    document: Mapping[str, Any], datasets: set[str], corrections: set[str]
) -> dict[str, Any]:
    """An analysis without what changes nothing in the events of some datasets."""
    samples = {
        name: item
        for name, item in document["samples"].items()
        if datasets & set(as_list(item.get("datasets")))
    }
    chosen = {"datasets": datasets, "samples": samples, "corrections": corrections}
    acting = {
        section: {key: item for key, item in document.get(section, {}).items() if key in names}
        for section, names in chosen.items()
    }
    for section in ("systematics", "weights"):
        acting[section] = {
            key: item
            for key, item in document.get(section, {}).items()
            if samples.keys() & set(as_list(item["samples"]))
            or datasets & set(as_list(item.get("datasets")))
        }
    return {**document, **acting}


def _used(value: Any) -> Iterator[str]:
    """Keys of a section, and of those below it, that are given."""
    if isinstance(value, Section):
        for name in value.model_fields_set:
            key, below = type(value).model_fields[name].alias or name, getattr(value, name)
            key = f"{type(value).__name__}.{key}"
            yield from (key, f"{key} {{}}" if isinstance(below, Mapping) else f"{key}: {below}")
            yield from _used(below)
    elif isinstance(value, Mapping):
        for below in value.values():
            yield from _used(below)
    elif isinstance(value, tuple):
        for below in value:
            yield from _used(below)


def _words(value: Any) -> Iterator[str]:
    """Operators, functions and fields in all texts that are expressions."""
    if isinstance(value, Mapping | list):
        for below in value.values() if isinstance(value, Mapping) else value:
            yield from _words(below)
    if not isinstance(value, str):
        return
    try:
        nodes = list(ast.walk(syntax.parse_expression(value)))
    except syntax.ExpressionError:
        return
    for node in nodes:
        if isinstance(node, _OPERATORS):
            yield type(node).__name__
        if isinstance(node, ast.Attribute):
            yield f".{node.attr}"
        if isinstance(node, ast.Name):
            yield node.id
        if isinstance(node, ast.Call):
            name = syntax.called_correction(node)
            yield f"{node.func.id}()" if not name else f"correction{'.up' * ('.' in name)}()"
