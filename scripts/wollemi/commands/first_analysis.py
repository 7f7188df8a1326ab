"""The first analysis file of a new repository: a complete analysis of the given files from events
to limits, with a region and variables to begin with.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wollemi.commands.first_region import Pair, Single
from wollemi.commands.first_weight import positive_weight
from wollemi.commands.given_files import VARIATION, GivenFile
from wollemi.inputs.inspection import file_weights
from wollemi.inputs.schemas import TREES
from wollemi_engine.expressions.names import is_energy
from wollemi_likelihood.base.errors import WollemiError

_NOTHING: Mapping[str, Any] = MappingProxyType({})
# Keys of a dataset in a list that are written behind its normalization.
_FURTHER = ("scale_factor", "sum_of_weights", "era")


def analysis_text(
    name: str,
    title: str,
    files: Sequence[GivenFile],
    shown: Pair | Single,
    luminosity_ifb: float | Mapping[str, float],
    energy_tev: float,
    systematics: Mapping[str, Mapping[str, Any]] = _NOTHING,
    comments: Mapping[str, str] = _NOTHING,
) -> str:
    """Write the analysis file.

    Args:
        name: Name of the analysis.
        title: Title on one line.
        files: Given files, at least one.
        shown: Content of its first region.
        luminosity_ifb: Luminosity in fb⁻¹, or one per era.
        energy_tev: Center-of-mass energy in TeV.
        systematics: Systematics of kind `dataset`.
        comments: Path in the file, such as `datasets.dy` → comment.

    Raises:
        WollemiError: Two files give the same name, or a file cannot be read.
    """
    _require_names(files)
    lines = [
        f"name: {name}",
        f"title: {json.dumps(title, ensure_ascii=False)}",
        f"center_of_mass_tev: {energy_tev:g}",
        *_comment("luminosity_ifb", comments),
        f"luminosity_ifb: {_flow(luminosity_ifb)}",
        "",
        "datasets:",
        *(line for file in files for line in _dataset_lines(file, comments)),
        *_pseudo_data(files),
        "",
        "samples:",
        *_sample_lines(files),
        "",
        *_region_lines(shown),
        *_model_lines(files, systematics, comments),
    ]
    return "\n".join(lines) + "\n"


def _comment(place: str, comments: Mapping[str, str]) -> Iterator[str]:
    """Comment above a key, at its indentation."""
    if place in comments:
        yield f"{'  ' * place.count('.')}# {comments[place]}"


def _number(number: float) -> str:
    """A number with all its digits."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def _flow(value: Any) -> str:
    """Plain values on one line, without quotes around names."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str):
        return value if value.isidentifier() else json.dumps(value, ensure_ascii=False)
    return _number(value)


def _require_names(files: Sequence[GivenFile]) -> None:
    seen: dict[str, Path] = {}
    for file in files:
        if file.name in seen:
            problem = f"gives the name '{file.name}', as {seen[file.name]} does"
            raise WollemiError(str(file.path), problem, "rename one of the files")
        seen[file.name] = file.path


def _dataset_lines(file: GivenFile, comments: Mapping[str, str]) -> Iterator[str]:
    layout, place = file.layout, f"datasets.{file.name}"
    if file.remark:
        yield f"  # {file.remark}"
    yield f"  {file.name}:"
    paths = file.keys.get("files", [str(file.path)])
    if len(paths) == 1:
        yield f"    files: [{json.dumps(paths[0])}]"
    else:
        yield "    files:"
        yield from (f"      - {json.dumps(path)}" for path in paths)
    if layout.schema != "nanoaod":
        yield f"    schema: {layout.schema}"
    if layout.tree is not None and layout.tree not in TREES[layout.schema]:
        yield f"    tree: {json.dumps(layout.tree)}"
    if layout.schema == "ntuple":
        unit = layout.energy_unit
        yield f"    energy_unit: {unit}  # judged by the size of the momenta: check it"
    if file.role != "data":
        weight = file.weight or positive_weight(file.path, file_weights(file.path, layout))
        yield f"    weight: {weight if weight.isidentifier() else json.dumps(weight)}"
        yield f"    cross_section_pb: {_number(file.cross_section_pb or 0)}"
    for key in _FURTHER:
        if key in file.keys:
            yield from _comment(f"{place}.{key}", comments)
            yield f"    {key}: {_flow(file.keys[key])}"


def _pseudo_data(files: Sequence[GivenFile]) -> list[str]:
    """Dataset of pseudo-data drawn from the backgrounds, if no data are given."""
    drawn = [file.name for file in files if file.role == "background"]
    if any(file.role == "data" for file in files) or not drawn:
        return []
    return [
        "  # No data were given: these are drawn from the backgrounds, and every product says so.",
        "  pseudodata:",
        f"    draw: {{datasets: [{', '.join(drawn)}], fluctuate: false}}",
    ]


def _sample_lines(files: Sequence[GivenFile]) -> Iterator[str]:
    data = [file.name for file in files if file.role == "data"]
    if data or any(file.role == "background" for file in files):
        yield f"  data: {{role: data, datasets: [{', '.join(data or ['pseudodata'])}]}}"
    for sample, own in _simulated(files).items():
        names = ", ".join(file.name for file in own)
        yield f"  {sample}: {{role: {own[0].role}, datasets: [{names}]}}"


def _simulated(files: Sequence[GivenFile]) -> dict[str, list[GivenFile]]:
    """Simulated sample → its files."""
    samples: dict[str, list[GivenFile]] = {}
    for file in files:
        if file.role not in ("data", VARIATION):
            sample = file.sample or file.name
            if sample == "data":
                remedy = "rename it, or give it as --data"
                raise WollemiError(file.label, "is simulation, but called data", remedy)
            own = samples.setdefault(sample, [])
            own.append(file)
            if file.role != own[0].role:
                problem = f"is {file.role}, but {own[0].label} of the same sample {own[0].role}"
                raise WollemiError(file.label, problem, "give both the same role")
    return samples


def _region_lines(shown: Pair | Single) -> list[str]:
    if isinstance(shown, Single):
        unit = "GeV" if is_energy(shown.branch) else ""
        return [
            "variables:",
            _variable("observable", shown.branch, _edges(shown.edges), shown.branch, unit),
            "",
            "regions:",
            '  search: {selection: "1 > 0", variable: observable, role: signal}',
        ]
    name = shown.name
    return [
        "objects:",
        f'  {name}: {{collection: {shown.collection}, cuts: "pt > 0"}}  # the first cuts',
        "",
        "columns:",
        f'  pair_mass: "({name}[0] + {name}[1]).mass"',
        "",
        "variables:",
        _variable("mass", "pair_mass", _edges(shown.edges), "$m$", "GeV"),
        _variable("leading_pt", f"{name}[0].pt", _bins(*shown.pt_bins), "leading $p_T$", "GeV"),
        "",
        "regions:",
        "  search:",
        f'    selection: "count({name}) >= 2"',
        "    variable: mass",
        "    monitor: [leading_pt]",
        "    role: signal",
    ]


def _variable(name: str, expression: str, axis: str, label: str, unit: str) -> str:
    of = f", unit: {unit}" if unit else ""
    text = f"expression: {json.dumps(expression)}, {axis}, label: {json.dumps(label)}{of}"
    return f"  {name}: {{{text}}}"


def _edges(edges: Sequence[float]) -> str:
    return f"edges: [{', '.join(f'{edge:g}' for edge in edges)}]"


def _bins(number: int, low: float, high: float) -> str:
    return f"bins: [{number}, {low:g}, {high:g}]"


def _model_lines(
    files: Sequence[GivenFile],
    systematics: Mapping[str, Mapping[str, Any]],
    comments: Mapping[str, str],
) -> list[str]:
    """Systematics, and limits if there are a signal and a background."""
    samples = _simulated(files)
    if not samples:
        return []
    names = ", ".join(samples)
    lines = [
        "",
        "systematics:",
        "  # A first one: put the uncertainty of your luminosity here.",
        f"  luminosity: {{kind: normalization, up: 1.02, down: 0.98, samples: [{names}]}}",
    ]
    for name, own in systematics.items():
        lines += [*_comment(f"systematics.{name}", comments), f"  {name}: {_flow(own)}"]
    signals = ", ".join(name for name, own in samples.items() if own[0].role == "signal")
    if not signals or "background" not in {own[0].role for own in samples.values()}:
        return lines
    return [*lines, "", "model: {}", "limits: {}", f"plots: {{show_signals: [{signals}]}}"]
