"""The project itself as a working folder, to run the analyses that ship."""

import shutil
import subprocess
from pathlib import Path

from support.project.paths import ROOT, SHARED_DATA
from support.services.forked_snakemake import run_snakemake
from support.tiny.analysis import COPIED, environment

ANALYSES = sorted(path.parent.name for path in (ROOT / "config/analyses").glob("*/analysis.yaml"))


def copied(source: Path, target: Path) -> Path:
    """A copy of a folder, with the times of its files: less than half of the time of `copytree`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", source, target], check=True)
    return target


def run_shipped(
    folder: Path, analysis: str, targets: list[str], cores: int = 2, **config: str
) -> Path:
    """Run a shipped analysis in a copy of the project up to some of its products.

    Args:
        folder: an empty folder.
        analysis: its name.
        targets: products, relative to the folder of results.
        cores: how many.
        config: further configuration.

    Returns:
        The folder of results.
    """
    shutil.copytree(ROOT / f"config/analyses/{analysis}", folder / f"config/analyses/{analysis}")
    return run_project(folder, analysis, targets, cores, **config)


def run_project(
    folder: Path, analysis: str, targets: list[str], cores: int = 2, **config: str
) -> Path:
    """As `run_shipped`, for an analysis that is in the folder already."""
    for name in COPIED:
        if not (folder / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy2)(
                ROOT / name, folder / name
            )
    results = f"results/{analysis}" + ("_preview" if "max_events" in config else "")
    settings = [
        f"analysis={analysis}",
        f"mirrors={SHARED_DATA}",
        *(f"{key}={value}" for key, value in config.items()),
    ]
    arguments = [
        "--cores",
        str(cores),
        *(f"{results}/{target}" for target in targets),
        "--config",
        *settings,
    ]
    said = folder.with_name(f"{folder.name}.snakemake.txt")
    assert run_snakemake(arguments, folder, environment(), said) == 0, said.read_text()
    return folder / results
