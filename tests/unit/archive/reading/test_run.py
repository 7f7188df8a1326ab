"""The working folder, the variables and the environment of a re-execution."""

import hashlib
import os
import re
import sys
import time
from contextlib import nullcontext

import pytest
from support.services.loopback import serving

from wollemi.analysis.models.datasets import RemoteFile
from wollemi.archive.reading.archive import Archive
from wollemi.archive.reading.availability import answers
from wollemi.archive.reading.environment import check_python, existing_environment, wheels_fit
from wollemi.archive.reading.run import (
    MIRROR,
    archived_targets,
    prepare_run,
    process_variables,
    run_snakemake,
)
from wollemi.inputs.download import fetch
from wollemi_likelihood.base.errors import WollemiError

NAMES = (
    "Snakefile",
    "scripts/fit.py",
    "input/b.root",
    "results/a/events/0.parquet",
    "results/a/fit.json",
    "wheels/x.whl",
)
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def archive(tmp_path):
    for name in NAMES:
        (tmp_path / "archive" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "archive" / name).write_text(name)
    description = {
        "run": "a",
        "config": {"analysis": "a", "max_events": 0},
        "python": "3.11.7",
        "wheels": [],
    }
    return Archive(tmp_path / "archive", description, dict.fromkeys(NAMES, ""))


def test_the_run_folder(tmp_path, archive):
    """Only the workflow and what is taken over, which Snakemake has to take for younger than the
    code.
    """
    folder = tmp_path / "work/run"
    prepare_run(archive, folder, ["results/a/events/0.parquet"], now=1_000_000)
    found = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }
    assert found.keys() == {
        "Snakefile",
        "scripts/fit.py",
        "input/b.root",
        "results/a/events/0.parquet",
    }
    times = {name: path.stat().st_mtime for name, path in found.items()}
    young = times.pop("results/a/events/0.parquet")
    assert max(times.values()) < young < 1_000_000
    assert (folder.parent / MIRROR).readlink() == archive.root / "results/a"
    assert (archive.root / "Snakefile").stat().st_mtime > 1_000_000  # the archive stays as it was


@pytest.mark.parametrize(
    "folder", ["files/data", "corrections/0123", "published/0123", "overlays/0123"]
)
def test_what_was_fetched_is_found_offline(tmp_path, archive, folder):
    """Production files, corrections, published models and curves of others."""
    content = b"0.2,100\n"
    file = archive.root / f"results/a/{folder}/table.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    prepare_run(archive, tmp_path / "work/run", [], now=1_000_000)
    remote = RemoteFile(
        url="http://127.0.0.1:9/table.csv",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    (tmp_path / "fetched").mkdir()
    fetch([tmp_path / "work" / MIRROR], remote, tmp_path / "fetched/table.csv")
    assert (tmp_path / "fetched/table.csv").read_bytes() == content


def test_nothing_of_the_user_gets_in_and_nothing_gets_out(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/mine")
    monkeypatch.setenv("SNAKEMAKE_PROFILE", "/mine")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    monkeypatch.setenv("WOLLEMI_STORE", "/group/store")
    variables = process_variables(tmp_path)
    assert not {"PYTHONPATH", "SNAKEMAKE_PROFILE"} & variables.keys()
    assert variables["HTTPS_PROXY"] == "http://proxy"
    assert variables["WOLLEMI_STORE"] == "off"
    for name in ("XDG_CACHE_HOME", "MPLCONFIGDIR", "PIP_CACHE_DIR"):
        assert variables[name].startswith(str(tmp_path))


def fake_environment(tmp_path, program):
    """An environment whose Python is a shell script."""
    (tmp_path / "env/bin").mkdir(parents=True)
    python = tmp_path / "env/bin/python"
    python.write_text(f"#!/bin/sh\n{program}\n")
    python.chmod(0o755)
    return tmp_path / "env"


def test_progress_the_log_and_the_command(tmp_path, archive):
    steps = "\n".join(f"echo '{number} of 40 steps (1%) done'" for number in range(1, 41))
    environment = fake_environment(tmp_path, f'echo "$@"; command -v python\n{steps}')
    folder, said = tmp_path / "work/run", []
    folder.mkdir(parents=True)
    run_snakemake(archive, folder, environment, 3, dict(os.environ), said.append)
    first, second, *rest = (tmp_path / "work/snakemake.log").read_text().splitlines()
    assert (
        first == "-m snakemake --cores 3 --printshellcmds --config analysis=a max_events=0 "
        "mirrors=../production_files"
    )
    assert second == str(environment / "bin/python")  # what the rules call `python`
    assert len(rest) == 40
    assert said == [f"{number} of 40 steps done" for number in range(4, 41, 4)]


def test_a_failure_shows_the_end_of_the_log(tmp_path, archive):
    environment = fake_environment(tmp_path, "echo the reason; exit 3")
    (tmp_path / "work/run").mkdir(parents=True)
    with pytest.raises(
        WollemiError, match=r"snakemake\.log: Snakemake failed with exit code 3:\n    the reason\n"
    ):
        run_snakemake(archive, tmp_path / "work/run", environment, 1, dict(os.environ), print)


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_workflow_stops_when_it_shall_not_go_on(tmp_path, archive, goes_on):
    """By the signal of Ctrl-C, which Snakemake takes at any moment."""
    environment = fake_environment(
        tmp_path, "trap 'echo stopped; exit 1' INT\ntouch started\nsleep 1; sleep 1\necho done"
    )
    folder = tmp_path / "work/run"
    folder.mkdir(parents=True)

    def judge():
        while not (folder / "started").exists():
            time.sleep(0.01)
        return goes_on

    stopped = pytest.raises(WollemiError, match="exit code 1:\n    stopped")
    with nullcontext() if goes_on else stopped:
        run_snakemake(archive, folder, environment, 1, dict(os.environ), print, goes_on=judge)
    said = (tmp_path / "work/snakemake.log").read_text()
    assert said == ("done\n" if goes_on else "stopped\n")


@pytest.mark.parametrize(
    ("text", "fits"),
    [('">=3.11,<3.14"', True), ('">=3.8,<3.10"', False), ('">=3.14,<3.20"', False)],
)
def test_the_version_of_python(archive, text, fits):
    (archive.root / "pyproject.toml").write_text(f"[project]\nrequires-python = {text}\n")
    if fits:
        check_python(archive)
        return
    with pytest.raises(
        WollemiError, match=re.escape(f"this is Python {HERE}; the archive needs 3.")
    ):
        check_python(archive)


def test_wheels():
    assert wheels_fit([{"python": "3.9", "platform": "x"}, {"python": HERE, "platform": "x"}])
    assert not wheels_fit([{"python": "3.9", "platform": "x"}])
    assert not wheels_fit([])


def test_an_environment_must_have_snakemake(tmp_path):
    with pytest.raises(WollemiError, match="not a Python environment"):
        existing_environment(tmp_path, dict(os.environ))
    with pytest.raises(WollemiError, match="has no Snakemake"):
        existing_environment(fake_environment(tmp_path, "exit 1"), dict(os.environ))


def test_whether_a_url_answers():
    with serving([(200, b"x")]) as url:
        assert answers(url)
    with serving([(404, b"")]) as url:
        assert not answers(url)
    assert not answers("http://127.0.0.1:9/nobody")
    assert not answers("no URL")


def test_it_runs_for_all_and_for_what_was_made_beyond_it(archive):
    """What no other job has read, and only what the archive has."""
    records = {
        "records/fit.json": {
            "inputs": {"results/a/events/0.parquet": ""},
            "outputs": {"results/a/fit.json": ""},
        },
        "records/skim.json": {
            "inputs": {"input/b.root": ""},
            "outputs": {"results/a/events/0.parquet": "", "gone.json": ""},
        },
    }
    assert archived_targets(archive, records) == ["all", "results/a/fit.json"]
