"""Read the workspaces of an analysis."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.pyhf_workspace import scaled_by

# Mark in the names of measurements with blinded bins.
BLINDED = "[BLINDED]"


@dataclass(frozen=True)
class Workspace:
    """The model of one signal, or of several signals that are fitted together.

    Args:
        signal: Name of the signal sample, of the model, or of the parameter of interest.
        measurement: Name of the measurement with its marks.
        likelihood: Likelihood of the model with its data.
        scaled: Parameter of interest → signal samples that it scales; `signal` by default.
    """

    signal: str
    measurement: str
    likelihood: Likelihood
    scaled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def blinded(self) -> bool:
        """Whether some bins contain Asimov data, so that results are not observed."""
        return BLINDED in self.measurement

    @property
    def samples(self) -> tuple[str, ...]:
        """Signal samples that the parameter of interest scales."""
        return self.scaled.get(self.likelihood.poi) or (self.signal,)

    def of(self, poi: str) -> "Workspace":
        """Copy of the model with another of its parameters of interest as the measured one, which
        also names it.
        """
        others = tuple(name for name in self.likelihood.pois if name != poi)
        return replace(
            self, signal=poi, likelihood=replace(self.likelihood, poi=poi, others=others)
        )


def read_workspaces(
    paths: Sequence[Path], assumed: Mapping[str, float] | None = None
) -> list[Workspace]:
    """Read workspaces from files named `<signal>.json`.

    The measurements name the parameters of interest, as in HistFactory.

    Args:
        paths: Paths of the files, at least one.
        assumed: Parameter → value in the Asimov data of expected results.

    Raises:
        WollemiError: A file is not JSON or not a workspace, or an assumed parameter is in none of
            the models.
    """
    assumed = assumed or {}
    workspaces = []
    for path in paths:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            _described(content)
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise WollemiError(
                str(path),
                f"is not a pyhf workspace ({error!r})",
                "make it again with build_workspace.py",
            ) from error
        workspaces.append(model_of(path.stem, content, assumed))
    known = {name for item in workspaces for name in item.likelihood.index}
    for unknown in sorted(assumed.keys() - known):
        problem = f"no model has such a parameter{did_you_mean(unknown, known)}"
        raise WollemiError(f"model.asimov.{unknown}", problem, "take one of those in fit.json")
    return workspaces


def model_of(signal: str, content: Mapping[str, Any], assumed: Mapping[str, float]) -> Workspace:
    """The model of a signal, or of all signals, from a workspace.

    Args:
        signal: Name of the signal sample, or of the model.
        content: Workspace as plain values.
        assumed: Parameter → value in the Asimov data of expected results; those of other models are
            left out.
    """
    name, scaled = _described(content)
    likelihood = replace(Likelihood.from_workspace(content), others=tuple(scaled)[1:])
    # A systematic of another signal is not a parameter of this model.
    own = {key: value for key, value in assumed.items() if key in likelihood.index}
    likelihood = replace(likelihood, assumed=own)
    return Workspace(signal, name, likelihood, scaled)


def _described(content: Mapping[str, Any]) -> tuple[str, dict[str, tuple[str, ...]]]:
    """Name of the first measurement, and the signal samples that each parameter of interest
    scales.
    """
    pois = [item["config"]["poi"] for item in content["measurements"]]
    return content["measurements"][0]["name"], {poi: scaled_by(content, poi) for poi in pois}


def measured(workspaces: Sequence[Workspace]) -> list[Workspace]:
    """Models with one measured parameter of interest each, for limits, significances and impacts; a
    model with several ones is listed once per parameter.

    Args:
        workspaces: Models of an analysis.
    """
    return [
        workspace.of(poi) if workspace.likelihood.others else workspace
        for workspace in workspaces
        for poi in workspace.likelihood.pois
    ]
