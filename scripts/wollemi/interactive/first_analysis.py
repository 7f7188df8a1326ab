"""The first analysis file of a new repository: what the given files say, as a whole analysis from
events to limits, with a region and variables to begin with.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wollemi.base.arrays import Floats
from wollemi.base.errors import WollemiError
from wollemi.inputs.event_files import open_events
from wollemi.inputs.inspection import WEIGHTS, guess_layout
from wollemi.inputs.schemas import TREES, Layout, locate
from wollemi.interactive.quick_look import Entries, Look, choose_edges, collections, read_entries

ENOUGH = 20_000  # events of a file that are looked at
PREFERRED = ("Muon", "Electron", "Photon", "Jet")  # pairs that are looked for, in this order
SHARE = 0.02  # of the events have a pair, at least
LEAST = 10  # events of what is looked at in each bin of the fit
ROLES = ("data", "background", "signal")
NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


@dataclass(frozen=True)
class GivenFile:
    """A file of events, and what it is.

    Args:
        path: the file.
        role: one of `ROLES`.
        cross_section_pb: of its process; None for data.
    """

    path: Path
    role: str
    cross_section_pb: float | None = None

    @property
    def name(self) -> str:
        """Of its dataset."""
        name = re.sub(r"\W+", "_", self.path.stem, flags=re.ASCII).strip("_").lower()
        return name if NAME.fullmatch(name) else f"sample_{name}".rstrip("_")


@dataclass(frozen=True)
class Pair:
    """Two objects of a collection: what the first region selects.

    Args:
        collection: in the file.
        edges: of the bins of the mass.
        pt_bins: of the leading transverse momentum: number, lower and upper edge.
    """

    collection: str
    edges: tuple[float, ...]
    pt_bins: tuple[int, float, float]

    @property
    def name(self) -> str:
        """Of the object."""
        return self.collection.lower()


@dataclass(frozen=True)
class Single:
    """A quantity of the event, where there are no pairs.

    Args:
        branch: its name.
        edges: of its bins.
    """

    branch: str
    edges: tuple[float, ...]


def guess_role(path: Path) -> str:
    """Simulation has generator weights; data have none."""
    names = _names(path, guess_layout(path))
    return "background" if set(WEIGHTS) & set(names) else "data"


def _names(path: Path, layout: Layout) -> list[str]:
    with open_events(path, layout) as file:
        return list(locate(layout, file.names))


def find_pair(path: Path) -> Pair | Single:
    """What a first plot can show of a file.

    Args:
        path: the file.

    Returns:
        The first collection of `PREFERRED`, or another one, of which enough events have two;
        otherwise a branch with one number for each event.

    Raises:
        WollemiError: there is neither.
    """
    layout = guess_layout(path)
    names = _names(path, layout)
    known = list(collections(names))
    order = [*(name for name in PREFERRED if name in known), *known]
    for name in dict.fromkeys(order):
        pair = _pair(path, layout, name)
        if pair:
            return pair
    for branch in sorted(names, key=lambda name: not re.search("mass|^m|pt", name, re.IGNORECASE)):
        found = _number(path, layout, branch)
        if found is not None:
            return Single(branch, filled_edges(found.values))
    raise WollemiError(
        str(path), "has no numbers of events to plot", "see what is in it: wollemi inspect"
    )


def _pair(path: Path, layout: Layout, name: str) -> Pair | None:
    """Two objects of a collection, if enough events have them."""
    two = f"count({name}) >= 2"
    try:
        mass = _entries(path, layout, f"({name}[0] + {name}[1]).mass", two)
    except WollemiError:
        return None  # one number for each event, such as the numbers of objects of a collection
    if mass.values.size <= SHARE * mass.events:
        return None
    leading = _entries(path, layout, f"{name}[0].pt", two)
    return Pair(name, filled_edges(mass.values), choose_edges(leading.values, 25))


def filled_edges(values: Floats) -> tuple[float, ...]:
    """Edges of up to 25 bins of equal width, joined to the right until each has `LEAST` values: a
    fit needs background in every bin.

    Args:
        values: of a background (entries,).

    Raises:
        WollemiError: there are no values.
    """
    number, low, high = choose_edges(values, 25)
    edges = np.linspace(low, high, number + 1)
    counts = np.histogram(values, edges)[0]
    kept, inside = [low], 0
    for edge, count in zip(edges[1:], counts, strict=True):
        inside += int(count)
        if inside >= LEAST:
            kept.append(float(f"{edge:.6g}"))
            inside = 0
    # What is left over at the end goes into the last bin.
    return (*kept[: max(len(kept) - 1, 1)], high)


def _entries(path: Path, layout: Layout, expression: str, where: str) -> Entries:
    return read_entries([path], layout, Look(expression, where), ENOUGH)


def _number(path: Path, layout: Layout, branch: str) -> Entries | None:
    """Values of a branch that has one number for each event, and several of them."""
    try:
        found = _entries(path, layout, branch, "")
    except WollemiError:
        return None
    several = found.values.size and found.values.min() < found.values.max()
    return found if several and not found.per_object and branch not in WEIGHTS else None


def analysis_text(
    name: str,
    title: str,
    files: Sequence[GivenFile],
    luminosity_ifb: float,
    energy_tev: float,
) -> str:
    """The analysis file.

    Args:
        name: of the analysis.
        title: one line for people.
        files: at least one.
        luminosity_ifb: in fb⁻¹.
        energy_tev: of the center of mass, in TeV.

    Raises:
        WollemiError: two files give one name, a file cannot be read, or holds nothing to plot.
    """
    _require_names(files)
    simulated = [file for file in files if file.role != "data"]
    order = sorted(files, key=lambda file: ("background", "signal", "data").index(file.role))
    shown = find_pair(order[0].path)
    lines = [
        f"name: {name}",
        f"title: {json.dumps(title, ensure_ascii=False)}",
        f"center_of_mass_tev: {energy_tev:g}",
        f"luminosity_ifb: {luminosity_ifb:g}",
        "",
        "datasets:",
        *(line for file in files for line in _dataset_lines(file)),
        *_pseudo_data(files),
        "",
        "samples:",
        *_sample_lines(files),
        "",
        *_region_lines(shown),
        *_model_lines(simulated),
    ]
    return "\n".join(lines) + "\n"


def _require_names(files: Sequence[GivenFile]) -> None:
    seen: dict[str, Path] = {}
    for file in files:
        if file.name in seen:
            problem = f"gives the name '{file.name}', as {seen[file.name]} does"
            raise WollemiError(str(file.path), problem, "rename one of the files")
        seen[file.name] = file.path


def _dataset_lines(file: GivenFile) -> Iterator[str]:
    layout = guess_layout(file.path)
    yield f"  {file.name}:"
    yield f"    files: [{json.dumps(str(file.path))}]"
    if layout.schema != "nanoaod":
        yield f"    schema: {layout.schema}"
    if layout.tree is not None and layout.tree not in TREES[layout.schema]:
        yield f"    tree: {json.dumps(layout.tree)}"
    if layout.schema == "ntuple":
        unit = layout.energy_unit
        yield f"    energy_unit: {unit}  # judged by the size of the momenta: check it"
    if file.role == "data":
        return
    weight = next((name for name in WEIGHTS if name in _names(file.path, layout)), None)
    if weight is not None:
        yield f"    weight: {weight}"
    yield f"    cross_section_pb: {file.cross_section_pb:g}"


def _pseudo_data(files: Sequence[GivenFile]) -> list[str]:
    """Data that are drawn from the backgrounds, where there are none."""
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
    for file in files:
        if file.role != "data":
            yield f"  {file.name}: {{role: {file.role}, datasets: [{file.name}]}}"


def _region_lines(shown: Pair | Single) -> list[str]:
    if isinstance(shown, Single):
        return [
            "variables:",
            _variable("observable", shown.branch, _edges(shown.edges), shown.branch, ""),
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


def _model_lines(simulated: Sequence[GivenFile]) -> list[str]:
    """Systematics, and limits if there is a signal."""
    if not simulated:
        return []
    names = ", ".join(file.name for file in simulated)
    lines = [
        "",
        "systematics:",
        "  # A first one: put the uncertainty of your luminosity here.",
        f"  luminosity: {{kind: normalization, up: 1.02, down: 0.98, samples: [{names}]}}",
    ]
    signals = any(file.role == "signal" for file in simulated)
    return [*lines, "", "model: {}", "limits: {}"] if signals else lines
