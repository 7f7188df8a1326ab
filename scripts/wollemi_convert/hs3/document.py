"""Content of an HS3 document: its parts by their names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

Json = Mapping[str, Any]
Named = Mapping[str, Json]
Part = TypeVar("Part")


@dataclass
class Document:
    """A document, and what reading it reveals.

    Args:
        distributions, data: Parts by their names.
        domains: Name → parameter → range.
        points: Name → parameter → value, and whether it is constant.
        analyses: Analyses, one per measurement.
        likelihood: Likelihood of all analyses.
        members: Parameters by name of their modifier in the workspace.
        renamed: Name in the workspace by parameter, for parameters whose name changes.
        statistics: Channel → effective events of the bins whose statistics have Poisson
            constraints shared by samples.
        nominals: Nominal value of the normal constraint by name of the modifier in the workspace.
        luminosity: Uncertainty of the luminosity; None without such a parameter.
        writer: Program that wrote the document, by its packages; None if unknown.
        codes: Interpolation by kind of modifier, with pyhf's names.
        constraints: Names of the distributions that constrain modifiers.
    """

    distributions: Named
    data: Named
    domains: Mapping[str, Mapping[str, tuple[float, float]]]
    points: Mapping[str, Mapping[str, tuple[float, bool]]]
    analyses: Sequence[Json]
    likelihood: Json
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    statistics: dict[str, tuple[str, list[float]]] = field(default_factory=dict)
    nominals: dict[str, float] = field(default_factory=dict)
    luminosity: float | None = None
    writer: str | None = None
    codes: dict[str, str] = field(default_factory=dict)
    constraints: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, content: Json) -> "Document":
        """The parts of a document.

        Raises:
            WollemiError: The document has no likelihood, or several.
        """
        if not content.get("likelihoods"):
            problem = "there are none, and so the data of each distribution are unknown"
            raise WollemiError("likelihoods", problem, "add one with its distributions and data")
        likelihoods = {item["name"]: item for item in content["likelihoods"]}
        known = content.get("analyses") or [
            {"name": name, "likelihood": name} for name in likelihoods
        ]
        analyses = [
            item
            for item in known
            if not _is_asimov(item_of("likelihood", likelihoods, item["likelihood"]))
        ] or known
        used = {item["likelihood"] for item in analyses}
        if len(used) != 1:
            problem = f"its analyses have {len(used)} likelihoods of data"
            raise WollemiError("analyses", problem, "keep the analyses of one likelihood")
        return cls(
            {item["name"]: item for item in content["distributions"]},
            {item["name"]: item for item in content["data"]},
            {item["name"]: _ranges(item) for item in content.get("domains") or ()},
            {item["name"]: _values(item) for item in content.get("parameter_points") or ()},
            analyses,
            item_of("likelihood", likelihoods, used.pop()),
            writer=_writer(content),
        )

    def values(self, analysis: Json) -> Mapping[str, tuple[float, bool]]:
        """Initial values of an analysis, and whether they are constant."""
        name = analysis.get("init", "default_values")
        return self.points.get(name, {})

    def ranges(self, analysis: Json) -> Mapping[str, tuple[float, float]]:
        """Ranges of the parameters of an analysis; later domains take precedence."""
        found = dict(self.domains.get("default_domain", {}))
        single = analysis.get("domain")
        for name in analysis.get("domains") or ([single] if single else ()):
            found |= item_of("domain", self.domains, name)
        return found

    def value(self, name: str) -> float:
        """Value of a parameter, from the first point that contains it.

        Raises:
            WollemiError: No point contains the parameter.
        """
        for point in self.points.values():
            if name in point:
                return point[name][0]
        raise WollemiError(f"parameter {name}", "has no value", "add it to the parameter_points")

    def is_constant(self, name: str) -> bool:
        """Whether a parameter is constant in a point."""
        return any(point.get(name, (0.0, False))[1] for point in self.points.values())


def item_of(kind: str, items: Mapping[str, Part], name: str) -> Part:
    """Look up a part by its name.

    Raises:
        WollemiError: The part does not exist.
    """
    if name not in items:
        problem = f"there is no {kind} '{name}'{did_you_mean(name, items)}"
        raise WollemiError(kind, problem, "correct the name, or add it")
    return items[name]


def contents(part: Json) -> list[float]:
    """Contents of the bins, shape (bins,)."""
    return [float(value) for value in part["contents"]]


def _writer(content: Json) -> str | None:
    """The program that wrote a document, if it has its own conventions."""
    packages = (content.get("metadata") or {}).get("packages") or ()
    names = {str(item["name"]).casefold() for item in packages}
    return next((name for name in ("pyhs3", "wollemi", "root") if name in names), None)


def _is_asimov(likelihood: Json) -> bool:
    """Whether the data are HistFactory's own Asimov data, which ROOT writes next to the data."""
    return all(name.startswith("asimovData") for name in likelihood["data"])


def _ranges(domain: Json) -> dict[str, tuple[float, float]]:
    return {
        item["name"]: (float(item["min"]), float(item["max"]))
        for item in domain["axes"]
        if "min" in item and "max" in item
    }


def _values(point: Json) -> dict[str, tuple[float, bool]]:
    return {
        item["name"]: (float(item["value"]), bool(item.get("const", False)))
        for item in point["parameters"]
    }
