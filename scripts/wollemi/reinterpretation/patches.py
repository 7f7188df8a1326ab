"""A signal given as a patch of the archived likelihood: verify it, apply it, and check that it only
adds a signal.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from wollemi.base.json_patch import apply_patch
from wollemi.base.json_text import parse_json
from wollemi.base.specification_digest import digest
from wollemi.reinterpretation.models import NewSignal, problems_of
from wollemi.reinterpretation.sample_checks import (
    NAME,
    modifier_problems,
    parameter_kinds,
    yield_problems,
)
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

Json = Mapping[str, Any]
_LARGEST = 64_000_000  # bytes


def patch_entry(name: str, signal: NewSignal, document: Json) -> dict[str, Any]:
    """The dataset in the analysis file, which only specifies the cross section of the signal.

    Args:
        name: Name of the signal.
        signal: Signal with a patch.
        document: Archived analysis.
    """
    known = {} if signal.cross_section_pb is None else {"cross_section_pb": signal.cross_section_pb}
    return {
        "files": [patch_file(name)],
        "histograms": {region: [region] for region in document["regions"]},
        "normalization": "none",
    } | known


def patch_file(name: str) -> str:
    """Path of the patch of a signal in the folder of the run."""
    return f"signals/{name}.json"


def read_patch(
    where: str, name: str, signal: NewSignal, background: Json, equal: Collection[str] = ()
) -> list[Any]:
    """Read the operations of a signal's patch.

    Args:
        where: Name of the file of signals.
        name: Name of the signal.
        signal: Signal with a patch.
        background: Workspace to be patched; a patch set must have been made for it.
        equal: SHA-256 of other workspaces with the same channels and samples, in their published
            form.

    Raises:
        WollemiError: The file cannot be read, is neither a patch nor a patch set, or belongs to
            another likelihood.
    """
    path, place = Path(str(signal.patch)), f"{where}: {name}.patch"
    try:
        content = parse_json(_read_limited(path))
    except OSError as error:
        raise WollemiError(
            place,
            f"{path}: cannot be read ({error.strerror})",
            "name a file, from the folder of the file of signals",
        ) from None
    except ValueError as error:
        raise WollemiError(
            place, f"{path}: is not JSON ({error})", "give a JSON Patch, or a patch set of pyhf"
        ) from None
    if isinstance(content, list):
        if signal.patch_name is not None:
            raise WollemiError(
                f"{place}_name", f"{path} is a single patch, without names", "leave patch_name out"
            )
        return content
    if not isinstance(content, dict) or not {"metadata", "patches"} <= content.keys():
        found = f", but has {', '.join(list(content)[:5])}" if isinstance(content, dict) else ""
        problem = (
            f"{path}: is neither a JSON Patch, which is a list, nor a patch set, with metadata "
            f"and patches{found}"
        )
        raise WollemiError(place, problem, "give a JSON Patch, or a patch set of pyhf")
    return _of_set(place, path, content, signal.patch_name or name, background, equal)


def _read_limited(path: Path) -> bytes:
    """Content of a file of signals.

    Raises:
        ValueError: The file is larger than `_LARGEST` bytes.
    """
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(f"it has more than {_LARGEST:,} bytes")
    return content


def _of_set(
    place: str, path: Path, content: Json, name: str, background: Json, equal: Collection[str]
) -> list[Any]:
    """One patch of a patch set, whose digests must match the background."""
    try:
        digests = dict(content["metadata"]["digests"])
        names = [str(item["metadata"]["name"]) for item in content["patches"]]
        patches = {item["metadata"]["name"]: list(item["patch"]) for item in content["patches"]}
        wrong = [kind for kind, wanted in digests.items() if digest(background, kind) != wanted]
        wrong = [] if digests.get("sha256") in equal else wrong
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise WollemiError(
            place,
            f"{path}: is not a patch set of pyhf ({error!r})",
            "run pyhf patchset inspect for details",
        ) from None
    problems = [] if digests else ["has no digest of the likelihood that it was made for"]
    problems += [
        f"has several patches named '{twice}'"
        for twice in sorted({item for item in names if names.count(item) > 1})
    ]
    problems += [
        f"has a patch with the name {item!r}" for item in names if not NAME.fullmatch(item)
    ]
    if problems:
        raise WollemiError(
            place,
            f"{path}: {problems[0]}",
            "take the patch set as it was published, or make it with pyhf",
        )
    if wrong:
        kind = wrong[0]
        both = f"its {kind} is {digests[kind]}, that of this archive {digest(background, kind)}"
        problem = f"{path}: was made for another likelihood: {both}"
        raise WollemiError(place, problem, "take the patch set and the archive of one analysis")
    if name not in patches:
        remedy = f"choose one with patch_name: {', '.join(patches)}"
        raise WollemiError(
            place, f"{path}: has no patch '{name}'{did_you_mean(name, patches)}", remedy
        )
    return patches[name]


def patched_workspace(where: str, name: str, signal: NewSignal, background: Json) -> dict[str, Any]:
    """The workspace of a signal: the background with the patch, and its new sample named like the
    signal.

    Args:
        where: Name of the file of signals.
        name: Name of the signal.
        signal: Signal with a patch.
        background: Background workspace of the archived likelihood.

    Raises:
        WollemiError: The patch does not apply, or does anything other than add one signal.
    """
    operations = read_patch(where, name, signal, background)
    return with_signal(where, f"{name}.patch", name, operations, background)


def with_signal(
    where: str, path: str, name: str, operations: Sequence[Json], background: Json
) -> dict[str, Any]:
    """The background with the operations applied, and its new sample named like the signal.

    Args:
        where: Name of the file of signals.
        path: Place in this file, for error messages.
        name: Name of the signal.
        operations: Operations of the JSON Patch.
        background: Workspace without signals, with one measurement.

    Raises:
        WollemiError: The operations do not apply, or do anything other than add one signal.
    """
    workspace: dict[str, Any] = apply_patch(background, operations, f"{where}: {path}")
    try:
        problems = list(_problems(workspace, background))
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, RecursionError) as error:
        problems = [f"what it makes is not a workspace of pyhf ({error!r})"]
    if problems:
        raise problems_of(where, [f"{path}: {problem}" for problem in problems])
    for _, sample in _added(workspace, background):
        sample["name"] = name
    return workspace


def _added(workspace: Json, background: Json) -> list[tuple[str, dict[str, Any]]]:
    """Channel and sample, for each sample that the background does not have."""
    pairs = zip(workspace["channels"], background["channels"], strict=True)
    return [
        (new["name"], sample)
        for new, old in pairs
        for sample in new["samples"]
        if sample not in old["samples"]
    ]


def _problems(workspace: Json, background: Json) -> Iterator[str]:
    extra = sorted(workspace.keys() - background.keys())
    yield from (f"it adds '{key}', which is not a part of a workspace" for key in extra)
    for key in ("observations", "measurements", "version"):
        if workspace.get(key) != background[key]:
            yield (
                f"it changes {key}, which stay as they were published; a signal only adds a "
                "sample to channels"
            )
    old = [channel["name"] for channel in background["channels"]]
    if [channel["name"] for channel in workspace["channels"]] != old:
        yield f"it changes the channels, which stay as they were published: {', '.join(old)}"
        return
    added = _added(workspace, background)
    pairs = zip(workspace["channels"], background["channels"], strict=True)
    kept = [
        [sample for sample in new["samples"] if sample in base["samples"]] for new, base in pairs
    ]
    if kept != [channel["samples"] for channel in background["channels"]]:
        yield (
            "it changes backgrounds, which stay as they were published; a signal only adds a "
            "sample to channels"
        )
        return
    names = {sample["name"] for _, sample in added}
    if len(names) != 1:
        yield (
            f"it adds {len(names)} samples ({', '.join(sorted(names))}); a signal is one sample"
            if names
            else "it adds no sample"
        )
        return
    channels = [channel for channel, _ in added]
    yield from (
        f"channel {name}: the sample is added {channels.count(name)} times"
        for name in old
        if channels.count(name) > 1
    )
    problems = list(_sample_problems(added, background, parameter_kinds(workspace)))
    if not problems and not any(value > 0 for _, sample in added for value in sample["data"]):
        problems = ["all yields are 0: no event of the signal is expected anywhere"]
    yield from problems


def _sample_problems(
    added: list[tuple[str, dict[str, Any]]], background: Json, kinds: Mapping[str, set[str]]
) -> Iterator[str]:
    poi = background["measurements"][0]["config"]["poi"]
    bins = {item["name"]: len(item["data"]) for item in background["observations"]}
    for channel, sample in added:
        place, data = f"channel {channel}", sample["data"]
        extra = sorted(sample.keys() - {"name", "data", "modifiers"})
        yield from (f"{place}: '{key}' is not a part of a sample" for key in extra)
        yield from yield_problems(place, data, bins[channel])
        yield from modifier_problems(place, sample["modifiers"], bins[channel], kinds)
        if not any(
            (item["name"], item["type"]) == (poi, "normfactor") for item in sample["modifiers"]
        ):
            yield (
                f"channel {channel}: the sample has no normfactor '{poi}', the signal strength "
                "on which the limit is"
            )
