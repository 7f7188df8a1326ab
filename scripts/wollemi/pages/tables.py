"""The tables of the summary (cutflows, event account, yields, inputs), each from products, as plain
values.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum, sqrt
from pathlib import PurePosixPath
from typing import Any

from wollemi.analysis.models.analysis import Region, Sample
from wollemi.analysis.models.datasets import Dataset, RemoteFile
from wollemi.events.account import AND
from wollemi.events.split_account import split_lines
from wollemi.histograms.stitching import slice_remarks
from wollemi.results.fit import FitResult, RegionYields
from wollemi.results.predictions import Predictions

Cutflows = Mapping[str, Mapping[str, Any]]  # dataset → cutflow
Rows = list[dict[str, Any]]
STAGES = ("prefit", "postfit")
COVARIANCES = "covariances"  # of yields, with all digits


def normalized(line: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """A line of a cutflow with its normalized sum and its statistical error; None if blinded.

    Args:
        line: Cut, events, sum of weights and of squared weights.
        factor: Factor on the weights.
    """
    return {
        "cut": line["cut"],
        "events": line["events"],
        "sum": None if _blinded(line) else line["sum_of_weights"] * factor,
        "error": None if _blinded(line) else sqrt(line["sum_of_weights_squared"]) * abs(factor),
    }


def _blinded(line: Mapping[str, Any]) -> bool:
    return line["sum_of_weights"] is None


def dataset_lines(cutflow: Mapping[str, Any], region: str) -> Rows:
    """All lines of a dataset up to the end of a region: first the lines of the skim, then those
    in the region.
    """
    return [
        normalized(line, cutflow["normalization"])
        for line in (*cutflow["skim"], *cutflow["regions"].get(region, ()))
    ]


def sample_lines(cutflows: Cutflows, sample: Sample, region: str) -> Rows:
    """The cutflow of a sample in a region; empty if its datasets count different cuts."""
    parts = [dataset_lines(cutflows[dataset], region) for dataset in sample.datasets]
    cuts = [[line["cut"] for line in lines] for lines in parts]
    if any(other != cuts[0] for other in cuts):
        return []
    return with_efficiencies([added_lines(lines) for lines in zip(*parts, strict=True)])


def with_efficiencies(lines: Rows) -> Rows:
    """Lines with the remaining fraction of the sum: `relative` to the line before, `cumulative` to
    the first one.

    None if the reference is zero, or a line is blinded.
    """
    sums = [line["sum"] for line in lines]
    return [
        line | {"relative": _part(total, before), "cumulative": _part(total, sums[0])}
        for line, total, before in zip(lines, sums, [0.0, *sums], strict=False)
    ]


def _part(part: float | None, whole: float | None) -> float | None:
    return part / whole if whole and part is not None else None


def added_lines(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The sum of independent events; unknown if one is blinded.

    Args:
        lines: Normalized lines of the same cut.
    """
    events = [line["events"] for line in lines]
    if any(line["sum"] is None for line in lines):
        return {"cut": lines[0]["cut"], "events": None, "sum": None, "error": None}
    return {
        "cut": lines[0]["cut"],
        "events": None if None in events else sum(events),
        "sum": fsum(line["sum"] for line in lines),
        "error": sqrt(fsum(line["error"] ** 2 for line in lines)),
    }


def region_cutflows(
    cutflows: Cutflows, samples: Mapping[str, Sample], region: str
) -> list[dict[str, Any]]:
    """Tables of a region, one for all samples that count the same cuts.

    Returns:
        Tables, each with `cuts` and `samples`: sample → lines.
    """
    tables: dict[tuple[str, ...], dict[str, Rows]] = {}
    for name, sample in samples.items():
        lines = sample_lines(cutflows, sample, region)
        if lines:
            tables.setdefault(tuple(line["cut"] for line in lines), {})[name] = lines
    return [{"cuts": list(cuts), "samples": found} for cuts, found in tables.items()]


def dataset_cutflows(cutflows: Cutflows) -> dict[str, Any]:
    """The counts of each dataset, with its normalization: dataset → skim and regions."""
    return {
        name: {
            "normalization": item["normalization"],
            "sum_of_weights": item["sum_of_weights"],
            "skim": [normalized(line, item["normalization"]) for line in item["skim"]],
            "regions": {
                region: [normalized(line, item["normalization"]) for line in lines]
                for region, lines in item["regions"].items()
            },
        }
        for name, item in cutflows.items()
    }


def account_table(cutflows: Cutflows) -> dict[str, Any]:
    """The account of events of all datasets.

    Returns:
        Dictionary with `categories`: names of the columns; `datasets`: dataset → `entries`,
            `counts` of each column (None if unknown), and `selected`, set of regions → events;
            `without_events`: datasets that enter as histograms.
    """
    accounts = {name: item["account"] for name, item in cutflows.items() if item["account"]}
    unselected = list(
        dict.fromkeys(key for item in accounts.values() for key in item["unselected"])
    )
    shown = [
        key for key in unselected if any(item["unselected"].get(key) for item in accounts.values())
    ]
    rows = {name: _account_row(item, shown) for name, item in accounts.items()}
    categories = [*shown, "in one region", "in several regions"]
    return {
        "categories": categories,
        "datasets": rows,
        "without_events": [name for name in cutflows if name not in accounts],
    }


def _account_row(account: Mapping[str, Any], shown: Sequence[str]) -> dict[str, Any]:
    several = sum(count for name, count in account["selected"].items() if AND in name)
    counts = [
        *(account["unselected"].get(key) for key in shown),
        sum(account["selected"].values()) - several,
        several,
    ]
    return {"entries": account["entries"], "counts": counts, "selected": account["selected"]}


def selected_events(cutflows: Cutflows, sample: Sample, region: str) -> dict[str, Any]:
    """Events of a sample that pass the whole selection of a region, any value of the variable."""
    lines = [cutflows[dataset]["regions"].get(region, ()) for dataset in sample.datasets]
    last = [
        normalized(found[-1], cutflows[dataset]["normalization"])
        for dataset, found in zip(sample.datasets, lines, strict=True)
        if found
    ]
    return (
        added_lines(last) | {"cut": region}
        if last
        else {"cut": region, "events": 0, "sum": 0.0, "error": 0.0}
    )


def selection_yields(
    cutflows: Cutflows, samples: Mapping[str, Sample], regions: Iterable[str]
) -> dict[str, Any]:
    """Region → sample → selected events."""
    return {
        region: {
            name: selected_events(cutflows, sample, region) for name, sample in samples.items()
        }
        for region in regions
    }


def blinding_of(cutflows: Cutflows) -> dict[str, Any] | None:
    """The blinded parts of the data: `regions`, `windows`, and `yields`, the regions with blinded
    fitted bins; None without blinding.
    """
    return next((dict(item["blinded"]) for item in cutflows.values() if "blinded" in item), None)


def fit_yields(
    fit: FitResult,
    samples: Sequence[str],
    regions: Iterable[str],
    blinded: Sequence[str] = (),
) -> dict[str, Any]:
    """Yields before and after the fit.

    Args:
        fit: The main fit.
        samples: Samples in the order to show.
        regions: Regions in the order to show.
        blinded: Regions whose data are hidden, wholly or in part: the values fitted there were not
            observed.

    Returns:
        Region → `rows` (one per sample: sum and error before and after), `total`, `observed`,
        `covariances` of the rows.
    """
    stages = {
        region: {stage: fit.yields.at(stage)[region] for stage in STAGES}
        for region in regions
        if region in fit.observed
    }
    tables = {
        region: region_yields(found, samples, fsum(fit.observed[region]))
        for region, found in stages.items()
    }
    return {
        region: table | ({"observed": None} if region in blinded else {})
        for region, table in tables.items()
    }


def unfitted_yields(
    predictions: Predictions, samples: Sequence[str], regions: Mapping[str, Region]
) -> dict[str, Any]:
    """Yields before and after the fit in regions that were not fitted, as in `fit_yields`; variants
    of regions without one of their cuts are omitted.

    Args:
        predictions: Predictions of the main fit.
        samples: Samples in the order to show.
        regions: Regions of the analysis.
    """
    return {
        region: region_yields(
            {stage: found.at(stage) for stage in STAGES}, samples, found.all_observed
        )
        | {"fitted": False}
        for region, variable, found in predictions.places
        if variable == regions[region].variable and regions[region].without is None
    }


def region_yields(
    stages: Mapping[str, RegionYields], samples: Sequence[str], observed: float | None
) -> dict[str, Any]:
    """The yields of one region, as in `fit_yields`.

    Args:
        stages: Stage, `prefit` or `postfit` → expected events.
        samples: Samples in the order to show.
        observed: Events of the data; None if hidden.
    """
    rows: Rows = []
    for sample in samples:
        found = {
            stage: {"sum": item.sample_sums[sample], "error": item.sample_sum_uncertainties[sample]}
            for stage, item in stages.items()
            if sample in item.sample_sums
        }
        if any(item["sum"] for item in found.values()):
            rows.append({"sample": sample} | found)
    total = {
        stage: {"sum": item.sum, "error": item.sum_uncertainty} for stage, item in stages.items()
    }
    table: dict[str, Any] = {"rows": rows, "total": total, "observed": observed}
    names = [str(row["sample"]) for row in rows]
    covariances = {stage: _covariance(item, names) for stage, item in stages.items()}
    return table | ({COVARIANCES: covariances} if None not in covariances.values() else {})


def _covariance(found: RegionYields, samples: Sequence[str]) -> list[list[float]] | None:
    """Covariance of the yields of samples (samples, samples), 0 for samples without yields; None if
    unknown.
    """
    known, places = found.sample_sum_covariance, {n: i for i, n in enumerate(found.sample_sums)}
    if known is None:
        return None
    return [
        [
            known[places[one]][places[other]] if {one, other} <= places.keys() else 0.0
            for other in samples
        ]
        for one in samples
    ]


def lost_files(cutflows: Cutflows) -> Rows:
    """Files that were left out because they could not be used, as their datasets tolerate.

    Returns:
        Rows, one per dataset with lost files: `dataset`, `files` (number of all), `share` (lost
        ones, in %), `failed` (path, problem and entries of each; entries from the manifest).
    """
    lost = {
        name: item["failed_files"] for name, item in cutflows.items() if item.get("failed_files")
    }
    files = {name: len(failed) + len(cutflows[name]["files"]) for name, failed in lost.items()}
    return [
        {
            "dataset": name,
            "files": files[name],
            "share": 100 * len(failed) / files[name],
            "failed": failed,
        }
        for name, failed in lost.items()
    ]


def shared_rows(cutflows: Cutflows) -> dict[str, Rows]:
    """Entries of the summary for datasets that share events: `splits` of files used in parts by
    several datasets, and `stitched`, each slice of an inclusive dataset once. Empty without them.
    """
    splits = [item["split"] for item in cutflows.values() if "split" in item]
    slices = {
        (item["slice"]["inclusive"], item["slice"]["name"]): item["slice"]
        for name, item in cutflows.items()
        if "slice" in item and item["slice"]["datasets"][0] == name
    }
    rows = {
        "splits": [split | {"remarks": split_lines(split)} for split in splits],
        "stitched": [row | {"remarks": slice_remarks(row)} for row in slices.values()],
    }
    return {key: found for key, found in rows.items() if found}


def input_rows(datasets: Mapping[str, Dataset], used: Iterable[str], cutflows: Cutflows) -> Rows:
    """Origin of the events of each dataset.

    Args:
        datasets: Datasets of the analysis.
        used: Names of the datasets that were used.
        cutflows: Dataset → cutflow.
    """
    return [_input_row(name, datasets[name], cutflows[name]) for name in used]


def _input_row(name: str, dataset: Dataset, cutflow: Mapping[str, Any]) -> dict[str, Any]:
    row = {
        "dataset": name,
        "record": dataset.record,
        "files": [_file(item) for item in dataset.files or ()],
        "origin": "files",
    }
    if dataset.generate is not None:
        events = [file.get("events") for file in cutflow["files"]]
        return row | {
            "origin": "generated",
            "parts": len(events),
            "events": None if None in events else sum(events),
        }
    if dataset.manifest is not None:
        return row | {"files": [_file(dataset.manifest)]}
    if dataset.draw is not None:
        return row | {"origin": "drawn", "drawn_from": list(dataset.draw.datasets)}
    if dataset.estimate is not None:
        transfer, abcd = dataset.estimate.transfer, dataset.estimate.abcd
        regions = [transfer.source] if transfer else [abcd.B, abcd.C, abcd.D] if abcd else []
        return row | {"origin": "estimated", "regions": regions}
    return row


def _file(item: str | RemoteFile) -> dict[str, Any]:
    if isinstance(item, str):
        return {"name": item}
    return {
        "name": PurePosixPath(item.url).name,
        "url": item.url,
        "size": item.size,
        "sha256": item.sha256,
    }
