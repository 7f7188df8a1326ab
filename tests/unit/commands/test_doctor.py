"""`wollemi doctor`: each problem is named with a remedy, and nothing names a person."""

import os
from collections import namedtuple

import pytest
from click.testing import CliRunner
from support.project.paths import ROOT

from wollemi.commands import doctor
from wollemi.commands.main import main
from wollemi.job.records import installed_packages


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_sound_machine(folder, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE", 0)
    (folder / "uv.lock").write_bytes((ROOT / "uv.lock").read_bytes())
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0, result.output
    assert result.output.endswith("No problems.\n")
    assert str(folder) not in result.output
    assert f"pyhf {installed_packages()['pyhf']}" in result.output


def test_another_version_than_the_locked_one(folder):
    lock = folder / "uv.lock"
    lock.write_text(
        '[[package]]\nname = "scikit-x"\nversion = "1.0"\n'
        '[[package]]\nname = "scikit-x"\nversion = "2.0"\n'
        '[[package]]\nname = "other"\nversion = "3.0"\n'
    )
    assert doctor.unlocked({"scikit_x": "2.0", "unknown": "1.0"}, lock) == []
    installed = {"scikit_x": "2.1", "other": "3.0"}
    assert doctor.unlocked(installed, lock) == ["scikit_x 2.1 (locked: 1.0 or 2.0)"]
    assert doctor.unlocked(installed, folder / "no.lock") == []


def test_missing_packages(folder, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE", 0)
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    monkeypatch.setattr(doctor, "exists", lambda name: name != "wollemi_convert")
    snakemake, convert = doctor.problems()
    assert snakemake.startswith("Snakemake is not installed; ")
    assert convert.startswith("wollemi-convert is not installed, ")


def test_a_full_disk_is_a_problem(folder, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage(1.5e9))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 1
    assert "4 problems:" in result.output
    assert "  - ~ has 1.5 GB free; make room there" in result.output
    assert "  - ~/cache cannot be written to; name another place" in result.output


def test_the_last_error(folder):
    logs = folder / "results/zee/logs/fit_model"
    logs.mkdir(parents=True)
    for age, (name, text) in enumerate(
        {
            "new": "INFO reads\nDEBUG 1 s\n",
            "failed": f"INFO reads\nERROR {folder}/a.root: damaged\n",
            "old": "Traceback\nValueError: no\n",
        }.items()
    ):
        (logs / f"{name}.log").write_text(text)
        os.utime(logs / f"{name}.log", (1e9 - age, 1e9 - age))
    assert doctor.facts({"python": "3"})["last error"] == (
        "results/zee/logs/fit_model/failed.log: ~/a.root: damaged"
    )
