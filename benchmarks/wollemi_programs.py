"""The tasks as a user runs them: commands of Wollemi's programs, and the histograms that they
write.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import uhi.io.zip
from make_corrections import NEEDED

ANALYSES = {
    path.name.partition("_")[0]: path
    for path in Path(__file__).with_name("analyses").glob("*.yaml")
}
SKIMS = ("t4", "t10")


def commands(
    task: str, path: Path, folder: Path, start: int = 0, stop: int | None = None
) -> list[list[str]]:
    """Programs of a task, each with its arguments, that write into a folder.

    Args:
        task: such as `t1`.
        path: the file of events.
        folder: where to write.
        start: first entry to read.
        stop: entry to stop before; None for all.
    """
    parts = {
        "preview": False,
        "entries": None,
        "parts": [[{"path": str(path), "start": start, "stop": stop}]],
    }
    (folder / "parts.json").write_text(json.dumps(parts), encoding="utf-8")
    corrections = [str(path.with_name(f"{NEEDED[task]}.json"))] if task in NEEDED else []
    analysis = ["--analysis", str(ANALYSES[task]), "--dataset", "events", "--hooks"]
    analysis += ["--corrections", *corrections]
    reading = ["--certified", "--part", "0", "--parts", str(folder / "parts.json")]
    histograms = ["--histograms", str(folder / "histograms.zip")]
    events = ["--events", str(folder / "events.parquet")]
    if task not in SKIMS:
        written = _outputs(folder, "process", "identifiers", "regions", "cutflow", "record", "log")
        return [["process_events", *analysis, *reading, *histograms, *written]]
    skim = _outputs(folder, "skim", "identifiers", "cutflow", "record", "log")
    fill = _outputs(folder, "fill", "cutflow", "record", "log")
    return [
        ["skim_events", *analysis, *reading, *events, *skim],
        ["fill_histograms", *analysis, *events, *histograms, *fill],
    ]


def _outputs(folder: Path, step: str, *names: str) -> list[str]:
    return [part for name in names for part in (f"--{name}", str(folder / f"{step}_{name}"))]


def histograms(folder: Path) -> dict[str, Any]:
    """Name → sums of weights and of squared weights (2, bins), without under- and overflow; for
    each set of weights Σw of its members over all events (members,), `sums/<name>`.
    """
    found = {}
    with zipfile.ZipFile(folder / "histograms.zip") as file:
        for name in (name for name in file.namelist() if name.endswith(".json")):
            item = uhi.io.zip.read(file, name.removesuffix(".json"))
            storage = np.stack([item["storage"][key] for key in ("values", "variances")], axis=1)
            for index, variation in enumerate(item["axes"][0]["categories"]):
                found[f"{name.removesuffix('.json')}/{variation}"] = storage[index, :, 1:-1]
    sums = _read(folder / "process_cutflow").get("member_sums", {})
    return found | {f"sums/{name}": np.array(values) for name, values in sums.items()}


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return content
