"""New signals for the archive of the tiny analysis, and the program that takes them."""

import json
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import reinterpret_signal
import yaml

ENVIRONMENT = str(Path(sys.executable).parent.parent)
RUN = "results/tiny"
FITTED = {"search": "mass_search", "peak": "mass_peak"}


def new_signal(**changes: Any) -> dict[str, Any]:
    """A signal like the archived one, of the same file unless something else is said."""
    return {"like": "signal_200", "point": 200.0, "datasets": {"signal_200": {}}} | changes


def of_events(**changes: Any) -> dict[str, Any]:
    """One whose dataset differs."""
    return new_signal(datasets={"signal_200": changes})


def reinterpret(packed: Path, folder: Path, signals: Any) -> int:
    """Run the program on `signal.yaml` in a folder; its exit code.

    Args:
        packed: the archive.
        folder: for the file of signals, and for `work`.
        signals: content of the file.
    """
    folder.mkdir(exist_ok=True)
    (folder / "signal.yaml").write_text(
        yaml.safe_dump(signals, sort_keys=False, allow_unicode=True)
    )
    line = [
        "--archive",
        packed,
        "--signal",
        folder / "signal.yaml",
        "--work",
        folder / "work",
        "--environment",
        ENVIRONMENT,
    ]
    return reinterpret_signal.main([str(item) for item in line])


def results(folder: Path) -> dict[str, Any]:
    """What the program has written for the run of `reinterpret`."""
    found: dict[str, Any] = json.loads((folder / "work/reinterpretation.json").read_text())
    return found


def limits(folder: Path) -> dict[str, Any]:
    """Limits of a run, as they stand in its product."""
    found: dict[str, Any] = json.loads((folder / RUN / "limits.json").read_text())["limits"]
    return found


def of_archive(packed: Path, name: str) -> Any:
    """Content of a JSON product in an archive, such as `likelihood/BkgOnly.json`."""
    with zipfile.ZipFile(packed) as file:
        return json.loads(file.read(f"{RUN}/{name}"))


def uhi_bins(
    histograms: Mapping[str, Any], region: str, variation: str, kind: str = "values"
) -> list[float]:
    """Sums of weights, or of squared weights, of the bins of a region, without under- and
    overflow.
    """
    bins: list[float] = histograms[f"{region}/{FITTED[region]}/{variation}"]["storage"][kind][1:-1]
    return bins


def efficiencies_of(
    packed: Path, signal: str, produced: float, systematics: Sequence[str]
) -> dict[str, Any]:
    """Efficiencies of an archived signal, and what systematics do to them.

    Args:
        packed: the archive.
        signal: name of its dataset.
        produced: events before any cut: luminosity × cross section.
        systematics: names.
    """
    histograms = of_archive(packed, f"histograms/{signal}.json")
    nominal = {region: uhi_bins(histograms, region, "nominal") for region in FITTED}
    squares = {region: uhi_bins(histograms, region, "nominal", "variances") for region in FITTED}
    change = {
        name: {
            side: {
                region: {
                    "values": [
                        value / produced for value in uhi_bins(histograms, region, f"{name}_{side}")
                    ]
                }
                for region in FITTED
            }
            for side in ("up", "down")
        }
        for name in systematics
    }
    efficiencies = {
        region: {
            "values": [value / produced for value in bins],
            "statistical": [value**0.5 / produced for value in squares[region]],
        }
        for region, bins in nominal.items()
    }
    return {"efficiencies": efficiencies, "systematics": change}


def patch_of(packed: Path, signal: str) -> list[dict[str, Any]]:
    """The JSON Patch of an archived signal."""
    patches = of_archive(packed, "likelihood/patchset.json")["patches"]
    patch: list[dict[str, Any]] = next(
        item["patch"] for item in patches if item["metadata"]["name"] == signal
    )
    return patch
