"""Convert an HS3 document with HistFactory distributions, as written by RooFit, into a workspace.

HS3 0.2, https://hep-statistics-serialization-standard.github.io; `hs3.writing` is the inverse.
Content that a workspace of pyhf cannot express raises an error.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from wollemi_convert.hs3.document import Document, contents, item_of
from wollemi_convert.hs3.modifiers import (
    LUMINOSITY,
    channel_of,
    check_auxiliary,
    constraint_channels,
)
from wollemi_convert.hs3.shape import check_shape
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.interpolation import Interpolation
from wollemi_likelihood.likelihood import Likelihood

Json = Mapping[str, Any]

VERSION = "0.2"
_VERSIONS = re.compile(r"0\.2(\.\d+)?")
_RANGE = (0.0, 10.0)  # range of constant factors
_REMEDY = "write the model again with HistFactory distributions, as RooFit does"
_UNREADABLE = (KeyError, TypeError, AttributeError, IndexError, ValueError)


def workspace_of(where: str, content: Json) -> dict[str, Any]:
    """The workspace of a document.

    Args:
        where: Name of the file, for errors.
        content: Plain values of the document.

    Returns:
        Workspace with one measurement per analysis.

    Raises:
        WollemiError: No workspace can express the document, or it contradicts itself.
    """
    metadata = content.get("metadata")
    version = metadata.get("hs3_version") if isinstance(metadata, Mapping) else None
    if not _VERSIONS.fullmatch(str(version)):
        problem = "has no metadata.hs3_version" if version is None else f"is HS3 {version}"
        raise WollemiError(where, problem, f"only {VERSION} is read: write it with ROOT 6.40")
    check_shape(where, content)
    try:
        workspace = _workspace(content)
        for measurement in workspace["measurements"]:
            Likelihood.from_workspace(workspace, measurement["name"])
    except WollemiError as error:
        raise WollemiError(f"{where}, {error.where}", error.problem, error.remedy) from error
    except _UNREADABLE as error:
        problem = f"is no document of HS3 that can be read ({error!r})"
        raise WollemiError(where, problem, _REMEDY) from error
    return workspace


def _workspace(content: Json) -> dict[str, Any]:
    document = Document.of(content)
    likelihood = document.likelihood
    names = [_bare(name) for name in likelihood["distributions"]]
    channels = [
        channel_of(document, name, item_of("distribution", document.distributions, full))
        for name, full in zip(names, likelihood["distributions"], strict=True)
    ]
    observations = [
        {"name": name, "data": _observed(item_of("data", document.data, data))}
        for name, data in zip(names, likelihood["data"], strict=True)
    ]
    check_auxiliary(document)
    more = constraint_channels(document, names)
    return {
        "version": "1.0.0",
        "channels": [*channels, *(channel for channel, _ in more)],
        "observations": [*observations, *(observed for _, observed in more)],
        "measurements": [
            _measurement(document, analysis, channels) for analysis in document.analyses
        ],
    }


def _bare(name: str) -> str:
    return name.removeprefix("model_")


def _observed(data: Json) -> list[float]:
    if data.get("type") != "binned":
        problem = f"is of type '{data.get('type')}'"
        raise WollemiError(f"data {data.get('name')}", problem, "HistFactory has binned data")
    return contents(data)


def _measurement(document: Document, analysis: Json, channels: Sequence[Json]) -> dict[str, Any]:
    pois = list(analysis.get("parameters_of_interest") or ())
    if len(pois) > 1:
        problem = f"has several parameters of interest: {', '.join(pois)}"
        raise WollemiError(
            f"analysis {analysis['name']}", problem, "leave one, and write an analysis for each"
        )
    values, ranges = document.values(analysis), document.ranges(analysis)
    settings: dict[str, dict[str, Any]] = {}
    for channel in channels:
        for sample in channel["samples"]:
            for modifier in sample["modifiers"]:
                name = modifier["name"]
                if name not in settings:
                    full = document.members[name]
                    settings[name] = _setting(document, name, full, values, ranges)
    poi = document.renamed.get(pois[0], pois[0]) if pois else ""
    parameters = [item for item in settings.values() if len(item) > 1]
    name = Interpolation(**document.codes).named(analysis["name"])
    return {"name": name, "config": {"poi": poi, "parameters": parameters}}


def _setting(
    document: Document,
    name: str,
    full: Sequence[str],
    values: Mapping[str, tuple[float, bool]],
    ranges: Mapping[str, tuple[float, float]],
) -> dict[str, Any]:
    """Initial values, bounds and more of the parameters of a modifier."""
    setting: dict[str, Any] = {"name": name}
    if all(item in values for item in full):
        setting["inits"] = [values[item][0] for item in full]
        if all(values[item][1] for item in full):
            setting["fixed"] = True
    if any(item in ranges for item in full):
        setting["bounds"] = [list(ranges.get(item, _RANGE)) for item in full]
    if name == LUMINOSITY and document.luminosity is not None:
        setting |= {"auxdata": [document.nominals[name]], "sigmas": [document.luminosity]}
    elif document.nominals.get(name):
        setting["auxdata"] = [document.nominals[name]]
    return setting
