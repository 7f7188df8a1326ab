"""The tiny analysis as fixtures.

All processes of the tests import this file first: what only some fixtures need, they import.
"""

import fcntl
import gc
import json
import os
import sys
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.project.paths import ONCE

pytest_plugins = ("support.project.verdicts",)
# Before numpy is imported. The processes of the tests share the cores, where threads of linear
# algebra wait for each other and use several times the CPU time.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Messages name commands as in an active environment, whether `uv run` started the tests or not.
os.environ.pop("UV_RUN_RECURSION_DEPTH", None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Tests and their modules stay to the end: no search for garbage looks at them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the slow tests only when asked: `pytest -m slow`."""
    if not config.option.markexpr:
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="runs long: pytest -m slow"))


@pytest.fixture
def record_property(record_property: Callable[[str, object], None]) -> Callable[[str, Any], None]:
    """Numbers of numpy as those of Python: processes of tests cannot send others to each other, and
    the first one ends all of them.
    """
    import numpy as np

    return lambda name, value: record_property(name, np.asarray(value).tolist())


@pytest.fixture(autouse=True)
def figures_are_closed() -> Iterator[None]:
    """Figures of a test are closed after it: matplotlib warns of too many in one process."""
    yield
    if plt := sys.modules.get("matplotlib.pyplot"):
        plt.close("all")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first process of the tests that needs it makes, for all of them.

    Args:
        factory: of temporary folders.
        name: of the folder.
        make: makes it.
    """
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = shared / name, shared / f"{name}.done"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session", autouse=True)
def what_only_saves_time(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache of machine code and of facts about sources for all projects and all processes of
    the tests; tests of the cache have their own.
    """
    ONCE[:] = [made_once(tmp_path_factory, "once", Path.mkdir)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WOLLEMI_CACHE", str(made_once(tmp_path_factory, "cache", Path.mkdir)))
        yield


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Production files of the tiny analysis, made once: ROOT files hold the clock."""
    from support.tiny.events import write_inputs

    def make(folder: Path) -> None:
        folder.mkdir()
        write_inputs(folder)

    return made_once(tmp_path_factory, "inputs", make)


@pytest.fixture
def tiny(tmp_path: Path, inputs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the tiny analysis and its production files."""
    from support.tiny.analysis import make_analysis

    monkeypatch.chdir(make_analysis(tmp_path / "tiny", inputs))
    return Path.cwd()


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory, inputs: Path) -> Path:
    """A copy of the whole project with the tiny analysis, where nothing has run and nothing may."""
    from support.tiny.analysis import make_project

    return (
        made_once(
            tmp_path_factory, "pristine", lambda folder: make_project(folder / "project", inputs)
        )
        / "project"
    )


@pytest.fixture
def project(tmp_path: Path, pristine: Path) -> Path:
    """A project with the tiny analysis, where nothing has run."""
    from support.project.folders import copied

    return copied(pristine, tmp_path / "project")


@pytest.fixture(scope="session")
def finished_run(
    tmp_path_factory: pytest.TempPathFactory, pristine: Path
) -> tuple[Path, float, str]:
    """A project in which the tiny analysis has run to its end, how long that took in seconds, and
    what the console said.
    """
    from support.project.folders import copied
    from support.tiny.analysis import wollemi

    def make(folder: Path) -> None:
        project = copied(pristine, folder / "project")
        start = time.monotonic()
        done = wollemi(project, "run", "tiny", "--config", "mirrors=mirror")
        assert done.returncode == 0, done.stdout
        run = {"seconds": time.monotonic() - start, "console": done.stdout}
        (folder / "run.json").write_text(json.dumps(run))

    folder = made_once(tmp_path_factory, "finished", make)
    run = json.loads((folder / "run.json").read_text())
    return folder / "project", run["seconds"], run["console"]


@pytest.fixture(scope="session")
def finished(finished_run: tuple[Path, float, str]) -> Path:
    """The finished project, one for all tests: change only copies of it."""
    return finished_run[0]


@pytest.fixture(scope="session")
def finished_seconds(finished_run: tuple[Path, float, str]) -> float:
    """How long an undisturbed run takes here."""
    return finished_run[1]


@pytest.fixture(scope="session")
def finished_console(finished_run: tuple[Path, float, str]) -> str:
    """What `wollemi run` said from the beginning to the end."""
    return finished_run[2]


@pytest.fixture
def finished_copy(tmp_path: Path, finished: Path) -> Path:
    """A copy of the finished project, with the times of its files."""
    from support.project.folders import copied

    return copied(finished, tmp_path / "project")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, finished: Path) -> Path:
    """The finished project with all files of a checkout; change only copies of it."""
    from support.archives.archives import complete_project

    return complete_project(finished, tmp_path_factory.mktemp("whole") / "project")


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The newest stored archive, as `archive_analysis` had written it."""
    from support.archives.stored import open_stored, stored_archives

    return open_stored(stored_archives()[-1], tmp_path_factory.mktemp("stored") / "tiny.zip")


@pytest.fixture(scope="session")
def packed(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny analysis as an archive, with its production files."""
    from support.archives.archives import archive

    def make(folder: Path) -> None:
        folder.mkdir()
        assert archive(whole, folder / "tiny.zip", "--production-files") == 0

    return made_once(tmp_path_factory, "archive", make) / "tiny.zip"


@pytest.fixture(scope="session")
def packed_published(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of an analysis whose model somebody published, with two of its signals."""
    from support.archives.archives import archive, complete_project
    from support.products.published_models import (
        NAMED_LIMITS,
        grid,
        write_analysis,
        write_likelihood,
    )
    from support.project.folders import copied
    from support.tiny.analysis import snakemake

    def make(folder: Path) -> None:
        project = copied(pristine, folder / "project")
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(project)
            write_likelihood()
            write_analysis(grid("low_100_0", "mid_300_0"), results=NAMED_LIMITS)
            done = snakemake(project)
        assert done.returncode == 0, done.stdout
        assert archive(complete_project(project, folder / "whole"), folder / "tiny.zip") == 0

    return made_once(tmp_path_factory, "published_archive", make) / "tiny.zip"
