"""What a document of HS3 says: its parts by their names."""

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
    """A document, and what is found out while it is read.

    Args:
        distributions, data: by their names.
        domains: name → parameter → its range.
        points: name → parameter → its value, and whether it is constant.
        analyses: one for each measurement.
        likelihood: that of all analyses.
        members: name of a modifier in the workspace → its parameters.
        renamed: parameter → its name in the workspace, where that is another.
        statistics: channel → effective events of the bins whose statistics have Poisson
            constraints that samples share.
        nominals: name of a modifier in the workspace → nominal value of its normal constraint.
        luminosity: width of the luminosity; None without one.
        writer: Program that wrote the document, by its packages; None if unknown.
        codes: Kind of a modifier → its interpolation, by pyhf's name.
        constraints: Names of the distributions that are constraints of modifiers.
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
            WollemiError: it has no likelihood, or several ones.
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
            raise WollemiError("analyses", problem, "leave those of one likelihood")
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
        """Initial values of an analysis, and which of them are constant."""
        name = analysis.get("init", "default_values")
        return self.points.get(name, {})

    def ranges(self, analysis: Json) -> Mapping[str, tuple[float, float]]:
        """Ranges of the parameters of an analysis; of several domains the last one counts."""
        found = dict(self.domains.get("default_domain", {}))
        single = analysis.get("domain")
        for name in analysis.get("domains") or ([single] if single else ()):
            found |= item_of("domain", self.domains, name)
        return found

    def value(self, name: str) -> float:
        """The value of a parameter in any of the points.

        Raises:
            WollemiError: there is none.
        """
        for point in self.points.values():
            if name in point:
                return point[name][0]
        raise WollemiError(f"parameter {name}", "has no value", "add it to the parameter_points")

    def is_constant(self, name: str) -> bool:
        """Whether a parameter is constant in a point."""
        return any(point.get(name, (0.0, False))[1] for point in self.points.values())


def item_of(kind: str, items: Mapping[str, Part], name: str) -> Part:
    """One part by its name.

    Raises:
        WollemiError: there is none.
    """
    if name not in items:
        problem = f"there is no {kind} '{name}'{did_you_mean(name, items)}"
        raise WollemiError(kind, problem, "correct the name, or add it")
    return items[name]


def contents(part: Json) -> list[float]:
    """Numbers of bins, shape (bins,)."""
    return [float(value) for value in part["contents"]]


def _writer(content: Json) -> str | None:
    """The program that wrote a document, if it is one with conventions of its own."""
    packages = (content.get("metadata") or {}).get("packages") or ()
    names = {str(item["name"]).casefold() for item in packages}
    return next((name for name in ("pyhs3", "wollemi", "root") if name in names), None)


def _is_asimov(likelihood: Json) -> bool:
    """Whether it is that of HistFactory's own Asimov data, which ROOT writes beside the data."""
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
