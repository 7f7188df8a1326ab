"""A fit in the form that cabinetry and TRExFitter share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from wollemi.histograms.root_files import read_th1
from wollemi_convert.configurations.expressions import joined
from wollemi_convert.configurations.notes import Notes
from wollemi_likelihood.expressions.bounds import UNWEIGHTED

Place = tuple[str, str]  # sample and region


class Source(NamedTuple):
    """Events or histograms of a sample in a region: nominal, or at one side of a systematic."""

    files: tuple[str, ...]  # absolute paths
    tree: str = ""  # empty for histograms
    weight: tuple[str, ...] = ()  # translated factors
    selection: str = ""  # translated, in addition to the region's
    variable: str = ""  # translated
    histograms: tuple[str, ...] = ()  # paths of TH1 in the files, which are summed


Side = float | Source | None  # factor on the yield, template, or mirror image of the other side


@dataclass
class Systematic:
    """A nuisance parameter, with the reason if it has no equivalent."""

    effects: dict[Place, tuple[Side, Side]]  # at +1σ and -1σ
    treatment: dict[str, Any] = field(default_factory=dict)  # `smoothing`, `symmetrization`
    problem: str = ""


@dataclass
class Fit:
    """The content of a configuration. Samples, regions and parameters have their final names."""

    notes: Notes
    head: dict[str, Any] = field(default_factory=dict)  # keys before the datasets
    variables: dict[str, Any] = field(default_factory=dict)
    regions: dict[str, Any] = field(default_factory=dict)
    sources: dict[Place, Source] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)  # samples of data
    statistics: list[str] = field(default_factory=list)  # samples with statistical uncertainty
    factors: dict[str, dict[str, Any]] = field(default_factory=dict)  # free normalizations
    systematics: dict[str, Systematic] = field(default_factory=dict)
    pois: list[str] = field(default_factory=list)  # among the factors
    model: dict[str, Any] = field(default_factory=dict)  # further keys of `model`
    tail: dict[str, Any] = field(default_factory=dict)  # keys after the model
    datasets: dict[str, Any] = field(default_factory=dict)

    @property
    def fitted(self) -> list[str]:
        """Regions of the fit."""
        return [name for name, item in self.regions.items() if item["role"] != "validation"]

    @property
    def simulated(self) -> list[str]:
        """Samples other than data."""
        return [one for one in dict.fromkeys(s for s, _ in self.sources) if one not in self.data]

    def of(self, sample: str) -> dict[str, Source]:
        """Region → nominal source of a sample."""
        return {region: item for (one, region), item in self.sources.items() if one == sample}

    def edges(self, region: str) -> list[float]:
        """Bin edges of the histograms of a region."""
        source = next(item for (_, one), item in self.sources.items() if one == region)
        th1 = read_th1(Path(source.files[0]), source.histograms[0], "correct its path")
        return [float(edge) for edge in th1.axis().edges()]

    def factor(self, name: str, samples: list[str], regions: list[str]) -> dict[str, Any]:
        """A free normalization, with the samples that it scales."""
        new = {"samples": [], "regions": regions, "bounds": [0.0, 10.0], "nominal": 1.0}
        item = self.factors.setdefault(name, new)
        more = [one for one in samples if one in self.simulated and one not in item["samples"]]
        item["samples"] += more
        return item

    def add(self, name: str, item: Systematic) -> None:
        """Add effects of a nuisance parameter, which may have others from another block."""
        known = self.systematics.setdefault(name, item)
        if known is item:
            return
        if known.effects.keys() & item.effects.keys() or known.treatment != item.treatment:
            known.problem = "several blocks define it, with different effects or smoothing"
        known.problem = known.problem or item.problem
        known.effects |= item.effects

    def variable(self, region: str, content: dict[str, Any]) -> str:
        """Name of a variable of a region; equal variables have one name."""
        expression = content["expression"]
        name = expression if expression.isidentifier() else f"{region}_observable"
        label = content.get("label") or (region if expression == "1" else expression)
        content = {key: item for key, item in content.items() if item} | {"label": label}
        if self.variables.setdefault(name, content) != content:
            name = f"{region}_{name}"
            self.variables[name] = content
        return name

    def dataset(self, name: str, sources: Mapping[str, Source]) -> str:
        """Name of a dataset with some content, which is added if it is new.

        Raises:
            WollemiError: Its regions have different files, weights or selections.
        """
        first = next(iter(sources.values()))
        if len({item._replace(histograms=(), variable="") for item in sources.values()}) > 1:
            problem = "has other files, weights or selections in other regions"
            raise self.notes.error(name, problem, "write one configuration for each set of regions")
        content: dict[str, Any] = {"files": list(first.files)}
        if not first.tree:
            paths = {region: list(item.histograms) for region, item in sources.items()}
            content |= {"histograms": paths, "normalization": "none"}
        elif name in self.data:
            content |= {"tree": first.tree}
            content |= {"selection": first.selection} if first.selection else {}
        else:
            weight = joined((one for one in first.weight if one != "1"), "*") or UNWEIGHTED
            content |= {"tree": first.tree, "weight": weight, "normalization": "none"}
            if first.selection:  # of one sample of several
                name = self.notes.name("datasets", "_".join(Path(one).stem for one in first.files))
        same = [known for known, item in self.datasets.items() if item == content]
        while not same and name in self.datasets:
            name += "_2"
        self.datasets.setdefault(same[0] if same else name, content)
        return same[0] if same else name
