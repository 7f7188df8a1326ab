"""Archives of the versions of Wollemi, kept to be re-executed for ever: opened, changed, and made
for a new version.

`PYTHONPATH=scripts:tests python -m support.archives.stored` writes
`tests/data/archives/wollemi-<version>.zip.xz` (see the README there).
"""

import hashlib
import json
import lzma
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from support.project.paths import ROOT
from support.tiny.analysis import edit_analysis, environment, make_project, snakemake
from support.tiny.events import (
    CROSS_SECTION_PB,
    LUMINOSITY_IFB,
    make_events,
    write_histograms,
    write_root,
)

FOLDER = ROOT / "tests/data/archives"
ALSO_COPIED = ("pyproject.toml", "LICENSE", "CITATION.cff", "README.md")
Change = bytes | Callable[[bytes], bytes] | None


def stored_archives() -> list[Path]:
    """All stored archives, the oldest version first."""
    paths = FOLDER.glob("wollemi-*.zip.xz")
    return sorted(
        paths, key=lambda path: [int(part) for part in path.name.split("-")[1].split(".")[:3]]
    )


def open_stored(path: Path, target: Path) -> Path:
    """Write a stored archive to a file as `archive_analysis` had written it."""
    with lzma.open(path) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
    return target


def change_archive(
    source: Path, target: Path, changes: Mapping[str, Change], redo_manifest: bool = True
) -> Path:
    """Copy an archive with some files changed.

    Args:
        source: the archive.
        target: the changed one.
        changes: file → its new content, what makes it of the old one, or none: it is left out.
        redo_manifest: whether the manifest fits the changed files.
    """
    with zipfile.ZipFile(source) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    for name, change in changes.items():
        new = change(contents[name]) if callable(change) else change
        if new is None:
            del contents[name]
        else:
            contents[name] = new
    if redo_manifest:
        lines = [
            f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in sorted(contents)
        ]
        contents["manifest-sha256.txt"] = "".join(
            line for line in lines if "manifest-sha256.txt" not in line
        ).encode()
    with zipfile.ZipFile(target, "w") as file:
        for name, content in contents.items():
            file.writestr(name, content)
    return target


def without_production_files(source: Path, target: Path) -> Path:
    """Copy an archive as if it had been written without production files."""
    with zipfile.ZipFile(source) as file:
        listing = json.loads(file.read("production_files.json"))
    rows = [row for rows in listing["datasets"].values() for row in rows]
    changes: dict[str, Change] = {row["path"]: None for row in rows if row["path"]}
    for row in rows:
        row["path"] = None
    return change_archive(
        source, target, changes | {"production_files.json": json.dumps(listing).encode()}
    )


def _write_inputs(folder: Path) -> None:
    """Production files of the smaller analysis."""
    rng = np.random.default_rng(20)
    for index, entries in enumerate((250, 150)):
        events = make_events("dy_high", rng, entries)
        events["luminosityBlock"] += np.uint32(1000 * index)
        write_root(folder / f"input/dy_high_{index}.root", events)
    write_root(folder / "input/signal_200_0.root", make_events("signal_200", rng, 150))
    expected = CROSS_SECTION_PB["dy_high"] * LUMINOSITY_IFB * 1000
    write_root(
        folder / "mirror/data.root",
        make_events("dy_high", rng, int(rng.poisson(expected)), simulated=False),
    )
    write_histograms(folder / "input/signal_300.root", rng)


def _make_smaller(document: dict[str, Any]) -> None:
    """One region, one background in two parts, two signals: every step but the generator, in few
    jobs.
    """
    for name in ("dy_low", "dy_alternative"):
        del document["datasets"][name]
    document["datasets"]["dy_high"] |= {
        "files": ["input/dy_high_0.root", "input/dy_high_1.root"],
        "files_per_job": 1,
    }
    document["datasets"]["signal_300"]["histograms"] = {"search": ["search/mass_search"]}
    document["samples"]["dy"]["datasets"] = ["dy_high"]
    del (
        document["regions"]["peak"],
        document["regions"]["search"]["monitor"],
        document["systematics"]["generator"],
        document["region_limits"],  # they need a control region
    )


def make_small_project(folder: Path) -> Path:
    """A copy of this project with a small analysis of every step, where nothing has run."""
    _write_inputs(folder / "inputs")
    project = make_project(folder / "project", folder / "inputs")
    for item in ALSO_COPIED:
        shutil.copy2(ROOT / item, project / item)
    edit_analysis(project, _make_smaller)
    return project


def write_small_archive(target: Path) -> None:
    """Run a small analysis of every step in a copy of this project, and archive it with its
    production files.
    """
    with tempfile.TemporaryDirectory() as name:
        project = make_small_project(Path(name))
        done = snakemake(project)
        assert done.returncode == 0, done.stdout
        archive_project(project, target)


def archive_project(project: Path, target: Path, *options: str) -> None:
    """Run `archive_analysis` with production files in a project."""
    options = ("--production-files", *options)
    command = [
        sys.executable,
        "scripts/archive_analysis.py",
        "results/tiny",
        "--archive",
        str(target),
        *options,
    ]
    done = subprocess.run(
        command, cwd=project, env=environment(), check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def main() -> None:
    """Store an archive of this version."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    target = FOLDER / f"wollemi-{version}.zip.xz"
    if target.exists():
        sys.exit(f"{target.name} is there already: a stored archive stays as it is for ever")
    with tempfile.TemporaryDirectory() as name:
        archive = Path(name, "archive.zip")
        write_small_archive(archive)
        target.write_bytes(lzma.compress(archive.read_bytes(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{target}: {target.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
