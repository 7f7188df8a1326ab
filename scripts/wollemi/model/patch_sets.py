"""The patches of a published likelihood, each of which adds a signal to a model of the
backgrounds: a patch set, or files with a single patch.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from wollemi.base.json_patch import apply_patch
from wollemi.base.specification_digest import digest
from wollemi.model.published import chosen_measurement
from wollemi.model.published_file import members_of, named_so, parsed, published_content
from wollemi.model.scaled_samples import without_signal
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

Json = Mapping[str, Any]
SETS = "patchset.json"
REMEDY = "take the patch set as it was published, or make it with pyhf"
_SHOWN = 8
_PREFIX = re.compile(r"^patch(es)?[._-]+", re.IGNORECASE)
_NUMBER = re.compile(r"\d+([p.]\d+)?")


@dataclass(frozen=True)
class Patch:
    """A patch of a set.

    Args:
        name: Name in the set.
        values: Values on the axes of the set.
        operations: Operations of the JSON Patch.
        member: Path of its separate file in an archive, not read yet.
    """

    name: str
    values: tuple[float | str, ...]
    operations: tuple[Json, ...] = ()
    member: str | None = None


@dataclass(frozen=True)
class PatchSet:
    """A patch set that was made for a workspace.

    Args:
        labels: Labels of its axes.
        patches: Patches in the order of the set.
    """

    labels: tuple[str, ...]
    patches: tuple[Patch, ...]


def patch_set_of(where: str, content: Any, workspace: Json) -> PatchSet:
    """A patch set from its plain values.

    Args:
        where: Name of its file, for errors.
        content: Content of the file.
        workspace: Published workspace that the set must have been made for.

    Raises:
        WollemiError: The content is not a patch set, or was made for another workspace.
    """
    try:
        metadata, entries = content["metadata"], content["patches"]
        labels = tuple(map(str, metadata["labels"]))
        patches = tuple(
            Patch(
                str(item["metadata"]["name"]),
                tuple(item["metadata"]["values"]),
                tuple(item["patch"]),
            )
            for item in entries
        )
        digests = dict(metadata["digests"])
        found = {kind: digest(workspace, kind) for kind in digests}
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        problem = f"is not a patch set of pyhf ({error!r})"
        raise WollemiError(where, problem, "run pyhf patchset inspect for details") from None
    if not digests:
        problem = "has no digest of the workspace that it was made for"
        raise WollemiError(where, problem, REMEDY)
    for kind, wanted in digests.items():
        if found[kind] != wanted:
            problem = f"was made for another workspace: its {kind} is {wanted}"
            problem += f", that of this one {found[kind]}"
            remedy = "take the workspace and the patch set of one publication"
            raise WollemiError(where, problem, remedy)
    names = [patch.name for patch in patches]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise WollemiError(where, f"has several patches named '{twice[0]}'", REMEDY)
    return PatchSet(labels, patches)


def read_patches(path: Path, member: str | None, folder: str | None, workspace: Json) -> PatchSet:
    """The patches of a file: a patch set, a single patch, or an archive with either.

    Args:
        path: Path of the file.
        member: Path in an archive; None for the patch set of the usual name, or else all files
            with a single patch, `patch.NAME.json`.
        folder: Folder of the workspace in the same archive, whose patches take precedence; None if
            the workspace is elsewhere.
        workspace: Published workspace that they must have been made for.

    Raises:
        WollemiError: Patches are missing, or were made for another workspace.
    """
    names = members_of(path)
    near = [name for name in names if folder in (None, str(PurePosixPath(name).parent))]
    if member is None and names:
        sets = named_so(near, SETS) or named_so(names, SETS)
        if not sets:
            return _single_patches(path, near, names)
        member = sets[0] if len(sets) == 1 else None
    where, content = published_content(path, member, SETS)
    values = parsed(where, content)
    if not isinstance(values, list):
        return patch_set_of(str(path), values, workspace)
    patch = _single(where.removeprefix(f"{path}: "))
    return PatchSet(_labels([patch]), (replace(patch, operations=tuple(values), member=None),))


def _single_patches(path: Path, near: Sequence[str], names: Sequence[str]) -> PatchSet:
    found = [_single(name) for name in near if _PREFIX.match(PurePosixPath(name).name)]
    found = [patch for patch in found if str(patch.member).endswith(".json")]
    if not found:
        listed = ", ".join(name for name in names if name.endswith(".json"))
        problem = f"has neither a {SETS} nor files named patch.NAME.json beside the workspace"
        raise WollemiError(str(path), problem, f"name one with workspace.patches.member: {listed}")
    return PatchSet(_labels(found), tuple(found))


def _single(member: str) -> Patch:
    """A file with a single patch: `patch.sbottom_1300_205_60.json` has the name
    `sbottom_1300_205_60` and the values 1300, 205 and 60; `500p0` is 500.
    """
    name = _PREFIX.sub("", PurePosixPath(member).name.removesuffix(".json"))
    parts = [part for part in re.split(r"[_-]", name) if _NUMBER.fullmatch(part)]
    return Patch(name, tuple(float(part.replace("p", ".")) for part in parts), member=member)


def _labels(patches: Sequence[Patch]) -> tuple[str, ...]:
    """Labels of the values in file names, which do not contain labels themselves."""
    most = max(len(patch.values) for patch in patches)
    return tuple(f"value {number}" for number in range(1, most + 1))


def loaded(path: Path, patch: Patch) -> Patch:
    """A patch with its operations, read from its separate file if it has one.

    Args:
        path: File of the patches.
        patch: Patch without or with its operations.

    Raises:
        WollemiError: The file is not a JSON patch.
    """
    if patch.member is None:
        return patch
    where, content = published_content(path, patch.member, patch.member)
    operations = parsed(where, content)
    if not isinstance(operations, list):
        problem = f"is not a JSON patch, but a {type(operations).__name__}"
        raise WollemiError(where, problem, "name the patch set with workspace.patches.member")
    return replace(patch, operations=tuple(operations))


def chosen_patch(
    where: str, patches: PatchSet, signal: str, values: Sequence[float] | None
) -> Patch:
    """The patch of a signal, found by its name, or else by its values.

    Args:
        where: Name of the file of the set, for errors.
        patches: Patch set to choose from.
        signal: Name of the signal.
        values: Values of the signal in the analysis file, if any.

    Raises:
        WollemiError: The patch is missing, or it has other values.
    """
    by_name = [patch for patch in patches.patches if patch.name == signal]
    wanted = None if values is None else tuple(values)
    if by_name:
        if wanted is not None and by_name[0].values != wanted:
            problem = f"its patch '{signal}' has the values {_text(by_name[0].values)}"
            remedy = f"correct workspace.patches.points.{signal}, which says {_text(wanted)}"
            raise WollemiError(where, problem, remedy)
        return by_name[0]
    by_values = [patch for patch in patches.patches if patch.values == wanted]
    if len(by_values) == 1:
        return by_values[0]
    known = [patch.name for patch in patches.patches]
    what = f"'{signal}'{did_you_mean(signal, known)}"
    what += "" if wanted is None else f", and {len(by_values)} with the values {_text(wanted)}"
    shown = ", ".join(f"{patch.name} {_text(patch.values)}" for patch in patches.patches[:_SHOWN])
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    raise WollemiError(where, f"has no patch {what}", f"choose from: {shown}{more}")


def _text(values: Sequence[Any]) -> str:
    shown = (f"{value:g}" if isinstance(value, int | float) else str(value) for value in values)
    return f"[{', '.join(shown)}]"


def patched(where: str, workspace: Json, patch: Patch, measurement: str | None) -> dict[str, Any]:
    """A workspace with a patch applied, which adds signals and leaves everything else unchanged.

    Args:
        where: Name of the file of the set, for errors.
        workspace: Workspace as published.
        patch: Patch of its set.
        measurement: Name of the measurement; None for the only one.

    Raises:
        WollemiError: The patch does not apply, or changes backgrounds or data.
    """
    place = f"{where}: patch {patch.name}"
    changed = apply_patch(workspace, patch.operations, place, remedy=REMEDY)
    try:
        chosen = chosen_measurement(place, changed, measurement)
        same = without_signal(chosen) == without_signal(
            chosen_measurement(place, workspace, measurement)
        )
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        problem = f"what it makes is not a workspace of pyhf ({error!r})"
        raise WollemiError(place, problem, REMEDY) from None
    if not same:
        problem = "changes more than it adds: the backgrounds or the data are others with it"
        remedy = "name the patched workspace as a model of its own, without patches"
        raise WollemiError(place, problem, remedy)
    return chosen
