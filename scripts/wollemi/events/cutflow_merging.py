"""Merging the event counts of a dataset's parts.
If several jobs share a file, the account of the file is assembled from their accounts, and checks
of the whole file are made then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.weight_sets import add_sums
from wollemi.analysis.settings import Settings
from wollemi.events.account import Produced, account_of_events, leave_out
from wollemi.events.cutflow import NO_DATA, add_lines, hide_skim
from wollemi.events.produced_accounts import with_produced
from wollemi.inputs.luminosity_blocks import merge_blocks
from wollemi.inputs.manifest_checks import check_entries, check_sum_of_weights
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.manifests import Manifest, ManifestFile

Account = Mapping[str, Any]


def merge_skims(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Add the counts of `skim_events` over the parts, in order and with one in memory at a time, to
    the counts of a single part.
    """
    total: dict[str, Any] = {}
    files: list[Any] = []
    failed: list[Any] = []
    blocks: list[dict[str, Any]] = []
    for part in parts:
        files += part["files"]
        failed += part["failed_files"]
        blocks += [{"certified": part["certified"]}] if "certified" in part else []
        lines = [total["skim"]] if total else []
        total = {
            "dataset": part["dataset"],
            "preview": part["preview"],
            "entries": part["entries"],
            "skim": add_lines([*lines, part["skim"]]),
        } | (
            {"member_sums": add_sums([total.get("member_sums", {}), part["member_sums"]])}
            if "member_sums" in part
            else {}
        )
    return total | {"files": files, "failed_files": failed} | merge_blocks(blocks)


def merge_cutflows(skim: Mapping[str, Any], fill: Mapping[str, Any]) -> dict[str, Any]:
    """The cutflow of a dataset.

    Args:
        skim: Counts of `skim_events`, from `merge_skims`.
        fill: Counts of `fill_histograms`, from `merge_region_counts`.

    Raises:
        WollemiError: Some events of the files are in no category, or in two.
    """
    lines, blinded = skim["skim"], fill.get("blinded")
    certified = lines[1]["events"] if "certified" in skim else None
    selected = leave_out(fill["selected"], fill.get("variants", ()))
    account = account_of_events(
        skim["dataset"], skim["files"], lines, selected, certified, blinded=bool(blinded)
    )
    return (
        {key: skim[key] for key in ("dataset", "preview", "files", "failed_files")}
        | {"skim": hide_skim(lines) if blinded else lines, "regions": fill["regions"]}
        | {key: skim[key] for key in ("member_sums", "certified") if key in skim}
        | {"account": account | {key: fill[key] for key in ("not_numbers",) if key in fill}}
        | ({"blinded": blinded} if blinded else {})
    )


def joined_files(
    settings: Settings, skim: Mapping[str, Any], manifest: Manifest | None = None
) -> list[Account]:
    """The account of each file of a dataset, whether it was read by one job or by several.

    Args:
        settings: Settings of the dataset.
        skim: Merged counts of the skims, with the `sums` of each file (see
            `wollemi.event_loop.skim.account_of_file`), and `shared` for the share of one job.
        manifest: Manifest of the dataset, if it has one.

    Raises:
        WollemiError: The ranges are not the whole file, the file differs from the manifest, or it
            holds no data.
    """
    expected = {} if manifest is None else {file.path: file for file in manifest.files}
    joined: list[Account] = []
    for path, group in groupby(skim["files"], key=lambda file: str(file["path"])):
        shares = list(group)
        file = {key: shares[0][key] for key in ("path", "start", "stop", "events", "entries")}
        if "shared" in shares[0]:
            file |= _joined_range(path, shares, is_preview=skim["preview"])
            if settings.is_data and not skim["preview"] and not file["events"]:
                raise WollemiError(path, *NO_DATA)
            if manifest is not None and not skim["preview"]:
                _check_listed(expected[path], manifest.weight, file, shares)
        joined.append(_with_record(settings, file, [share["sums"] for share in shares]))
    return joined


def _joined_range(path: str, shares: Sequence[Account], *, is_preview: bool) -> Account:
    """The range of a file that all jobs together have read."""
    entries, ends = {share["entries"] for share in shares}, [0]
    for share in shares:
        if share["start"] < share["stop"]:
            ends += [share["stop"]] if share["start"] == ends[-1] else [-1]
    read = sum(share["events"] for share in shares)
    if len(entries) > 1 or -1 in ends or read != ends[-1] or (not is_preview and {read} != entries):
        ranges = ", ".join(f"{share['start']} to {share['stop']}" for share in shares)
        problem = (
            f"the {len(shares)} jobs that share it read the events {ranges} of "
            f"{' or '.join(map(str, sorted(entries)))}"
        )
        raise WollemiError(path, problem, "it has changed in between: run again")
    return {"start": 0, "stop": read if is_preview else None, "events": read}


def _check_listed(
    expected: ManifestFile, weight: str | None, file: Account, shares: Sequence[Account]
) -> None:
    """Compare events and Σw with the manifest; a job that reads a file alone has done so itself."""
    check_entries(expected, file["events"])
    if weight is not None:
        found, size = map(sum, zip(*(share["sums"]["listed"] for share in shares), strict=True))
        check_sum_of_weights(expected, weight, found, size)


def _with_record(
    settings: Settings, file: dict[str, Any], sums: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The account of a file with the file's own record of the events before any skim, if it may
    have one.
    """
    if "told" not in sums[0]:
        return file
    (own,) = add_lines([part["own"]] for part in sums)
    members = add_sums([part["members"] for part in sums])
    record = None if sums[0]["told"] is None else Produced(**sums[0]["told"])
    weight, weight_sets = settings.dataset.weight, settings.weight_sets
    return with_produced(record, weight, weight_sets, own, members, file)
