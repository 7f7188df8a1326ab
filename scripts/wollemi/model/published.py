"""Checked workspaces of each signal of a published model."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyhf

from wollemi.base.numbers import check_finite
from wollemi.model.published_file import read_published
from wollemi.model.scaled_samples import scaled_samples
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.interpolation import COMBINE
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.parameters import EXPRESSION
from wollemi_likelihood.pyhf_workspace import MODIFIER_TYPES, without_expressions
from wollemi_likelihood.regularization import has_penalties

Json = Mapping[str, Any]
PARTS = ("channels", "measurements", "observations", "version")
REMEDY = "take the workspace as it was published; pyhf inspect tells more"
_SHOWN = 200  # characters of a schema error that are shown
_UNREADABLE = (KeyError, TypeError, AttributeError, IndexError, ValueError, RecursionError)


@dataclass(frozen=True)
class PublishedModel:
    """The model of one signal.

    Args:
        workspace: Workspace of pyhf, with one measurement.
        samples: Names of the signal's samples in the published workspace.
        likelihood: Likelihood of the measurement.
    """

    workspace: dict[str, Any]
    samples: tuple[str, ...]
    likelihood: Likelihood


def read_workspace(path: Path) -> dict[str, Any]:
    """A workspace of any origin, plain or in an archive as on HEPData.

    Raises:
        WollemiError: The file is not a workspace.
    """
    if not path.is_file():
        raise WollemiError(str(path), "is not there", "name a file")
    content = read_published(path, None, None, "BkgOnly.json")
    require_workspace(str(path), content)
    return dict(content)


def require_workspace(where: str, content: Any) -> None:
    """Check that content is a HistFactory workspace in pyhf's format with known modifiers.

    Args:
        where: Name of the file, for errors.
        content: Plain values of the file.

    Raises:
        WollemiError: The content is not such a workspace.
    """
    if not isinstance(content, dict) or not set(PARTS) <= content.keys():
        raise _something_else(where, content)
    try:
        modifiers = [
            (channel["name"], sample["name"], item["name"], item["type"])
            for channel in content["channels"]
            for sample in channel["samples"]
            for item in sample["modifiers"]
        ]
    except (KeyError, TypeError):
        modifiers = []  # the schema reports the place
    for channel, sample, name, kind in modifiers:
        if kind == EXPRESSION:
            problem = f"has factors that are functions of parameters, such as {name}"
            remedy = (
                "write the rateParam of a card as numbers; in an analysis with histograms "
                "model.factors takes such functions (docs/signal_models.md)"
            )
            raise WollemiError(where, problem, remedy)
        if kind not in MODIFIER_TYPES:
            problem = f"channel {channel}, sample {sample}: modifier {name} has the type '{kind}'"
            known = ", ".join(sorted(MODIFIER_TYPES - {COMBINE}))
            remedy = f"only models with these types are fitted: {known}"
            raise WollemiError(where, f"{problem}, which pyhf 1.0.0 does not have", remedy)
    require_schema(where, content)
    if has_penalties(content):
        problem = "has penalties on differences of parameters (model.regularization)"
        remedy = "no format has them: make the workspace without, and tell the strength beside it"
        raise WollemiError(where, problem, remedy)


def require_schema(where: str, content: Any) -> None:
    """Check that plain values have the structure of a HistFactory workspace.

    Args:
        where: Name of the file, for errors.
        content: Plain values of the file.

    Raises:
        WollemiError: The content does not match pyhf's schema.
    """
    if not isinstance(content, dict) or not set(PARTS) <= content.keys():
        raise _something_else(where, content)
    check_finite(where, content)
    try:
        known = without_expressions(content)
    except (LookupError, TypeError, AttributeError):
        known = content  # the schema reports the place
    try:
        pyhf.schema.validate(known, "workspace.json")
    except pyhf.exceptions.InvalidSpecification as error:
        reason = str(error).splitlines()[0].rstrip(".")[-_SHOWN:]
        problem = f"is not a workspace of pyhf's schema 1.0.0: {error.path}: {reason}"
        raise WollemiError(where, problem, REMEDY) from None


def _something_else(where: str, content: Any) -> WollemiError:
    """Error that describes the unexpected content, if recognized."""
    keys = list(content) if isinstance(content, dict) else []
    if {"metadata", "patches"} <= set(keys):
        return WollemiError(
            where, "is a patch set, not a workspace", "give it as workspace.patches"
        )
    missing = ", ".join(part for part in PARTS if part not in keys)
    found = f"it has {', '.join(map(str, keys[:5]))}" if keys else f"a {type(content).__name__}"
    problem = f"is not a HistFactory workspace of pyhf: it needs {missing} ({found})"
    return WollemiError(where, problem, "name the workspace of the likelihood")


def chosen_measurement(
    where: str, workspace: Json, name: str | None, setting: str = "workspace.measurement"
) -> dict[str, Any]:
    """A workspace with only one of its measurements, chosen by name unless there is only one.

    Args:
        where: Name of the file, for errors.
        workspace: Workspace of pyhf.
        name: Name of the measurement.
        setting: Setting with the name, for errors.

    Raises:
        WollemiError: The measurement is missing, or there are several and no name.
    """
    names = [item["name"] for item in workspace["measurements"]]
    if name is None and len(names) != 1:
        problem = f"has {len(names)} measurements"
        raise WollemiError(where, problem, f"choose one with {setting}: {', '.join(names)}")
    if name is not None and name not in names:
        problem = f"has no measurement '{name}'{did_you_mean(name, names)}"
        raise WollemiError(where, problem, f"choose one: {', '.join(names)}")
    chosen = next(item for item in workspace["measurements"] if name in (None, item["name"]))
    return {**workspace, "measurements": [chosen]}


def published_model(where: str, workspace: Json, signal: str) -> PublishedModel:
    """The model of one signal. A single signal sample is renamed after the signal, so that later
    steps find it; several samples keep their names.

    Args:
        where: Name of the file, for errors.
        workspace: Published workspace, with one measurement.
        signal: Name of the signal.

    Raises:
        WollemiError: The parameter of interest scales no sample, or the model contradicts
            itself.
    """
    poi, samples = workspace["measurements"][0]["config"]["poi"], scaled_samples(workspace)
    if not samples:
        problem = f"its parameter of interest '{poi}' scales no sample"
        remedy = "a model of the backgrounds needs workspace.patches, which add the signals"
        raise WollemiError(where, problem, remedy)
    others = {item["name"] for channel in workspace["channels"] for item in channel["samples"]}
    if signal in others - set(samples):
        problem = f"the name of the signal, '{signal}', is that of another sample"
        raise WollemiError(where, problem, "give it another name with workspace.signal")
    named = _renamed(workspace, samples[0], signal) if len(samples) == 1 else dict(workspace)
    try:
        return PublishedModel(named, tuple(samples), Likelihood.from_workspace(named))
    except WollemiError as error:
        raise WollemiError(where, f"{error.where}: {error.problem}", error.remedy) from None
    except _UNREADABLE as error:
        problem = f"is not a workspace that can be fitted ({error!r})"
        raise WollemiError(where, problem, REMEDY) from error


def _renamed(workspace: Json, sample: str, name: str) -> dict[str, Any]:
    renamed = copy.deepcopy(dict(workspace))
    for channel in renamed["channels"]:
        for item in channel["samples"]:
            item["name"] = name if item["name"] == sample else item["name"]
    return renamed


def check_regions(where: str, workspace: Json, regions: Sequence[str]) -> None:
    """Check that all regions are channels of a workspace.

    Raises:
        WollemiError: A region is not a channel.
    """
    known = [channel["name"] for channel in workspace["channels"]]
    for name in regions:
        if name not in known:
            problem = f"workspace.regions: it has no channel '{name}'{did_you_mean(name, known)}"
            raise WollemiError(where, problem, f"its channels: {', '.join(known)}")
