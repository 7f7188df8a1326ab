"""New signals for an archive with a published model of other authors: the model without its
signals, a patch for each new signal, and the analysis file that starts from both.
"""

from collections.abc import Mapping
from typing import Any

from wollemi.analysis.plain.published import published_signals
from wollemi.archive.reading.archive import Archive
from wollemi.base.specification_digest import digest
from wollemi.model.scaled_samples import without_signal
from wollemi.reinterpretation.models import NewSignal, problems_of
from wollemi.reinterpretation.patches import read_patch, with_signal
from wollemi.reinterpretation.yields import silent_parameters, yield_patch
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.pyhf_workspace import signal_patch

Json = Mapping[str, Any]
Signals = Mapping[str, NewSignal]
BACKGROUND, PATCHES = "signals/BkgOnly.json", "signals/patchset.json"


def published_section(workspace: Json, signals: Signals) -> dict[str, Any]:
    """Section `workspace` of the run: the archived model with the new signals.

    Args:
        workspace: Section `workspace` of the archived analysis.
        signals: New signals by name.
    """
    regions = {"regions": workspace["regions"]} if workspace.get("regions") else {}
    return {
        "path": BACKGROUND,
        "patches": {"path": PATCHES, "points": list(signals)},
    } | regions


def published_files(
    where: str, archive: Archive, document: Json, signals: Signals
) -> dict[str, dict[str, Any]]:
    """Files of the section: the model of the backgrounds, and a patch set of the new signals.

    Args:
        where: Name of the file of signals.
        archive: Archive with the published model.
        document: Archived analysis as written by its author.
        signals: New signals by name.

    Raises:
        WollemiError: A signal does not fit the model.
    """
    archived = published_signals(document["workspace"])
    background = without_signal(_workspace(archive, archived[0]))
    _check_names(where, background, signals)
    equal = _published_digests(archive)
    workspaces = {}
    for name, signal in signals.items():
        if signal.patch is not None:
            path, operations = f"{name}.patch", read_patch(where, name, signal, background, equal)
        else:
            like = _workspace(archive, str(signal.like))
            path, operations = f"{name}.yields", yield_patch(where, name, signal, background, like)
        workspaces[name] = with_signal(where, path, name, operations, background)
    return {BACKGROUND: background, PATCHES: _patch_set(workspaces, background)}


def silent_on(archive: Archive, signals: Signals) -> dict[str, list[str]]:
    """Parameters by signal that act on the similar archived signal but are missing in the yields of
    the new one.

    Args:
        archive: Archive with the published model.
        signals: New signals by name.
    """
    return {
        name: silent
        for name, signal in signals.items()
        if signal.yields is not None
        and (silent := silent_parameters(signal, _workspace(archive, str(signal.like))))
    }


def _workspace(archive: Archive, signal: str) -> dict[str, Any]:
    return archived_model(archive, f"workspaces/{signal}.json")


def archived_model(archive: Archive, name: str) -> dict[str, Any]:
    """A HistFactory workspace of an archive.

    Args:
        archive: Archive with the workspace.
        name: Path of the file, relative to the folder of results.

    Raises:
        WollemiError: The file is missing, or is not a HistFactory workspace.
    """
    # Takes pyhf, which signals of an archive with events do not need.
    from wollemi.model.published import require_schema

    path = f"{archive.run}/{name}"
    content: dict[str, Any] = archive.read_json(path)
    require_schema(path, content)
    return content


def _check_names(where: str, background: Json, signals: Signals) -> None:
    taken = {sample["name"] for item in background["channels"] for sample in item["samples"]}
    problems = [
        f"{name}: is the name of a sample of the archive that is not a signal; take another name"
        for name in signals
        if name in taken
    ]
    if problems:
        raise problems_of(where, problems)


def _published_digests(archive: Archive) -> set[str]:
    """SHA-256 of the workspaces whose patch sets fit: the published one, if it had no signal, and
    the likelihood of the archive.
    """
    likelihood = digest(archived_model(archive, "likelihood/BkgOnly.json"))
    name = f"{archive.run}/imported.json"
    imported = archive.read_json(name)
    try:
        patched = all(signal["patch"] is not None for signal in imported["signals"].values())
        return {likelihood, *([str(imported["digest"])] if patched else [])}
    except (LookupError, TypeError, AttributeError) as error:
        problem = f"is not the description of an imported model ({error!r})"
        raise WollemiError(name, problem, "copy or download the archive again") from None


def _patch_set(workspaces: Mapping[str, Json], background: Json) -> dict[str, Any]:
    """A patch set with one patch per signal, named like the signal; samples keep their order."""
    patches = [
        {
            "metadata": {"name": name, "values": [name]},
            "patch": signal_patch(workspace, {name}),
        }
        for name, workspace in workspaces.items()
    ]
    metadata = {
        "description": "new signals",
        "digests": {"sha256": digest(background)},
        "labels": ["signal"],
        "references": {},
    }
    return {"version": "1.0.0", "metadata": metadata, "patches": patches}
