"""-2 ln L of an HS3 document in plain arithmetic, as ROOT and pyhs3 define it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wollemi_convert.hs3.document import Document, item_of
from wollemi_convert.hs3.modifiers import LUMINOSITY, POISSON, named
from wollemi_convert.hs3.widths import widths_of
from wollemi_likelihood.interpolation import interpolation_of
from wollemi_likelihood.plain_likelihood import PlainModel, PlainSample

Json = Mapping[str, Any]


def plain_model(content: Json, measurement: str) -> PlainModel:
    """The model of an analysis, built directly from its parameters, without a workspace.

    Args:
        content: Plain values of the parsed document.
        measurement: Name of the measurement made from an analysis.
    """
    document = Document.of(content)
    model = PlainModel([], {}, {}, interpolation_of(measurement))
    pairs = zip(document.likelihood["distributions"], document.likelihood["data"], strict=True)
    for name, data in pairs:
        samples = [
            named(sample, place)
            for place, sample in enumerate(document.distributions[name]["samples"])
        ]
        region = _Region(document, model, name.removeprefix("model_"), samples)
        observed = np.asarray(document.data[data]["contents"], float)
        model.regions.append((observed, [region.sample(item) for item in samples]))
    return model


class _Region:
    """One region being read; its constraints are added to the model."""

    def __init__(
        self, document: Document, model: PlainModel, name: str, samples: Sequence[Json]
    ) -> None:
        self._document, self._model, self._name, self._samples = document, model, name, samples

    def sample(self, item: Json) -> PlainSample:
        made = PlainSample(np.asarray(item["data"]["contents"], float))
        for modifier in item["modifiers"]:
            kind, data = modifier["type"], modifier.get("data")
            if kind in ("normsys", "histosys", "normfactor"):
                name = self._correlated(modifier)
                if kind == "normfactor":
                    made.scales.append([name])
                elif kind == "normsys":
                    made.factors.append((name, data["lo"], data["hi"]))
                else:
                    low, high = (np.asarray(data[it]["contents"], float) for it in ("lo", "hi"))
                    made.shifts.append((name, low, high))
            else:
                made.scales.append(self._bins(item, modifier))
        return made

    def _correlated(self, modifier: Json) -> str:
        """Name of the parameter in the workspace; its constraint is added to the model."""
        parameter = str(modifier.get("parameter") or f"alpha_{modifier['name']}")
        nominal, width = 0.0, 1.0
        if constraint := modifier.get("constraint_name"):
            found = item_of("constraint", self._document.distributions, constraint)
            other = found["mean"] if found["x"] == parameter else found["x"]
            nominal, width = self._number(other), self._number(found["sigma"])
        if modifier["type"] == "normfactor":
            name = LUMINOSITY if constraint else parameter
        else:
            name = parameter.removeprefix("alpha_")
        if constraint or modifier["type"] != "normfactor":
            self._model.normal[name] = nominal, width
        return name

    def _number(self, value: Any) -> float:
        return self._document.value(value) if isinstance(value, str) else float(value)

    def _bins(self, sample: Json, modifier: Json) -> list[str]:
        """Names of the parameters in the workspace, one per bin."""
        bins, events = len(sample["data"]["contents"]), sample["data"]["contents"]
        kind = modifier.get("constraint_type") or modifier.get("constraint")
        name, widths = modifier["name"], [0.0] * bins
        if modifier["type"] == "staterror":
            usual = "Gauss" if self._document.writer == "pyhs3" else POISSON
            kind, name = kind or usual, f"staterror_{self._name}"
            if modifier.get("data"):
                name += f"_{sample['name']}"
                errors = modifier["data"]["uncertainties"]
                widths = [e / n if n > 0 else 0.0 for e, n in zip(errors, events, strict=True)]
            else:
                widths = self._statistical()
        elif (modifier.get("data") or {}).get("vals"):
            kind = kind or POISSON
            is_poisson = kind == POISSON
            _, widths = widths_of(self._document, "", modifier, events, is_poisson=is_poisson)
        labels = [f"{name}[{place}]" for place in range(bins)]
        for label, width in zip(labels, widths, strict=True):
            if width > 0 and kind == POISSON:
                self._model.poisson[label] = 1 / width**2
            elif width > 0:
                self._model.normal[label] = 1.0, width
        return labels

    def _statistical(self) -> list[float]:
        """Relative widths of the sum of the samples with statistics."""
        found = [
            item["data"]
            for item in self._samples
            if any(modifier["type"] == "staterror" for modifier in item["modifiers"])
        ]
        totals = [sum(values) for values in zip(*(it["contents"] for it in found), strict=True)]
        errors = [math.hypot(*it) for it in zip(*(it["errors"] for it in found), strict=True)]
        return [e / total if total > 0 else 0.0 for e, total in zip(errors, totals, strict=True)]
