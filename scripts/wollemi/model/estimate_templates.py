"""Backgrounds from data in the model: histograms with uncertainties, or constraints from control
regions.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi.analysis.plain.backgrounds import control_regions, target_regions
from wollemi.histograms.histogram import Histogram, axis_of, histogram_name, notes
from wollemi.model.shape_systematics import Template
from wollemi.model.smoothing import treated
from wollemi.model.templates import plain_factors, sample_systematics
from wollemi_likelihood.base.arrays import Floats

if TYPE_CHECKING:
    from wollemi.analysis.models.model import Model
    from wollemi.analysis.models.systematics import Systematic

Modifier = dict[str, Any]
# A bin with fewer events left starts at one event: a factor on zero has no effect.
FEWEST = 1.0


@dataclass(frozen=True)
class EstimatedSample:
    """A sample that is estimated from data.

    Args:
        name: Name of the sample.
        estimate: Settings of the estimate, as plain values.
        histograms: Histograms made by `estimate_background`.
        systematics: Systematics of the analysis.
        free: Names of the free normalizations that scale it.
        model: Model settings for templates.
        level: Logging level of messages about changes.
    """

    name: str
    estimate: Mapping[str, Any]
    histograms: Mapping[str, Histogram]
    systematics: Mapping[str, Systematic]
    free: tuple[str, ...]
    model: Model
    level: int = logging.WARNING

    def in_region(self, region: str, variables: Mapping[str, str]) -> dict[str, Any] | None:
        """The sample in a channel of the model; None without an estimate in the region.

        Args:
            region: Region of the model.
            variables: Region → its variable in the model.
        """
        controls, targets = control_regions(self.estimate), target_regions(self.estimate)
        if region not in (*controls, *targets):
            return None
        if self.estimate.get("as", "constraint") == "constraint":
            return self._constrained(region, controls, variables)
        return self._fixed(region, variables[region])

    def _fixed(self, region: str, variable: str) -> dict[str, Any]:
        """Statistical uncertainties share the simulation's parameters; the factor's does not."""
        histogram = self.histograms[histogram_name(region, variable)]
        data = np.sqrt(histogram.variances()).tolist()
        modifiers = [{"name": f"staterror_{region}", "type": "staterror", "data": data}]
        modifiers += [{"name": factor, "type": "normfactor", "data": None} for factor in self.free]
        modifiers += [*self._factor(histogram), *self._plain_systematics(region)]
        template = Template(
            f"region {region}, sample {self.name}",
            axis_of(histogram),
            histogram.values(),
            self.model,
            self.level,
        )
        for name, item in self.systematics.items():
            up, down = (
                self.histograms.get(histogram_name(region, variable, f"{name}_{side}"))
                for side in ("up", "down")
            )
            if up is not None:
                sides = up.values(), None if down is None else down.values()
                modifiers += template.modifiers(name, *treated(item, histogram, *sides))
        return {"name": self.name, "data": histogram.values().tolist(), "modifiers": modifiers}

    def _constrained(
        self, region: str, controls: list[str], variables: Mapping[str, str]
    ) -> dict[str, Any]:
        """The fit determines events of the control regions, and thereby of the target regions."""
        counts = [self._remaining(control, variables[control]) for control in controls]
        modifiers: list[Modifier] = []
        if region not in controls:
            modifiers = self._plain_systematics(region)
        if len(controls) == 1:
            modifiers.append(_free(f"{self.name}_bins", "shapefactor"))
            if region in controls:
                return {"name": self.name, "data": counts[0].tolist(), "modifiers": modifiers}
            histogram = self.histograms[histogram_name(region, variables[region])]
            data = counts[0] * float(notes(histogram)["factor"])
            return {
                "name": self.name,
                "data": data.tolist(),
                "modifiers": modifiers + self._factor(histogram),
            }
        shape, above, below = counts
        shape_name = self.estimate["abcd"].get("shape", "C")
        kind = "normfactor" if shape.size == 1 else "shapefactor"
        of_all = _free(f"{self.name}_D", "normfactor")
        of_shape = _free(f"{self.name}_{shape_name}", kind)
        of_other = _free(f"{self.name}_{'B' if shape_name == 'C' else 'C'}", "normfactor")
        chosen = dict(
            zip(
                controls,
                ((shape, [of_all, of_shape]), (above, [of_all, of_other]), (below, [of_all])),
                strict=True,
            )
        )
        data, factors = chosen.get(region, (shape * above / below, [of_all, of_shape, of_other]))
        return {"name": self.name, "data": data.tolist(), "modifiers": modifiers + factors}

    def _remaining(self, region: str, variable: str) -> Floats:
        return np.maximum(self.histograms[histogram_name(region, variable)].values(), FEWEST)

    def _factor(self, histogram: Histogram) -> list[Modifier]:
        noted = notes(histogram)
        relative = float(noted["factor_uncertainty"]) / float(noted["factor"])
        sides = {"hi": 1 + relative, "lo": 1 - relative}
        return (
            [{"name": f"{self.name}_factor", "type": "normsys", "data": sides}] if relative else []
        )

    def _plain_systematics(self, region: str) -> list[Modifier]:
        """Normalizations that name the sample itself, for example an uncertainty of the method."""
        return [
            {"name": name, "type": "normsys", "data": factors}
            for name, item in sample_systematics(self.systematics, self.name, region).items()
            if (factors := plain_factors(item)) is not None
        ]


def _free(name: str, kind: str) -> Modifier:
    return {"name": name, "type": kind, "data": None}
