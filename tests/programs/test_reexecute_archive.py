"""The command line on stored archives of earlier versions and changed copies of them: re-executed,
compared, refused.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import reexecute_archive
from support.archives.stored import (
    archive_project,
    change_archive,
    open_stored,
    stored_archives,
    without_production_files,
)
from support.project.paths import ROOT
from support.tiny.analysis import COPIED

from wollemi.archive.reading.json_comparison import Verdict

PROGRAM = ROOT / "scripts/reexecute_archive.py"
RUN = "results/tiny"
ENVIRONMENT = Path(sys.executable).parent.parent
# Neither packages nor anything else of this machine: what a fresh one has.
ISOLATE = ("unshare", "--net", "--map-root-user")
BARE = (sys.executable, "-S", "-E")


def run(archive, *arguments, cwd=None, prefix=()):
    command = [*prefix, *BARE, str(PROGRAM), str(archive), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)


def reexecute(archive, work, *arguments):
    """Run it in the environment of the tests; the exit code, and the report."""
    report = work.with_suffix(".json")
    done = run(
        archive, "--work", work, "--environment", ENVIRONMENT, "--report", report, *arguments
    )
    assert report.is_file(), done.stdout + done.stderr
    return done, json.loads(report.read_text())


def statuses(report):
    return {outcome["status"] for outcome in report["files"].values()}


@pytest.mark.parametrize(
    "path", stored_archives(), ids=lambda path: path.name.removesuffix(".zip.xz")
)
def test_an_archive_of_every_version_is_re_executed(tmp_path, path):
    """Its own workflow in today's environment; a newer one may give other bytes, but no other
    numbers.
    """
    archive = open_stored(path, tmp_path / "tiny.zip")
    before = set(tmp_path.iterdir())
    done, report = reexecute(archive, tmp_path / "work")
    assert done.returncode == 0, done.stdout
    assert report["agrees"]
    assert statuses(report) <= {"identical", "equal"}
    assert report["jobs"]["taken_over"] == report["production_files_not_available"] == []
    with zipfile.ZipFile(archive) as file:
        results = {name for name in file.namelist() if name.startswith(RUN)}
    assert report["files"].keys() == results
    assert set(tmp_path.iterdir()) - before == {tmp_path / "work", tmp_path / "work.json"}
    assert done.stdout.splitlines()[-1] == "results/tiny: every product is identical or equal"


def edited(text):
    """`compute_limits` with all observed cross-section limits one per mille too high."""
    old = b"limit.observed * cross_section_pb"
    assert text.count(old) == 1
    return text.replace(old, old + b" * 1.001")


@pytest.mark.slow
def test_without_production_files_and_with_other_code(tmp_path, stored):
    """From the deepest products on; what the edit changes is different, and nothing else."""
    listed = without_production_files(stored, tmp_path / "listed.zip")
    folder = tmp_path / "un packed"
    with zipfile.ZipFile(
        change_archive(listed, tmp_path / "edited.zip", {"scripts/compute_limits.py": edited})
    ) as file:
        file.extractall(folder)
    done = run(".", "--environment", ENVIRONMENT, cwd=folder)
    work = tmp_path / "un packed_reexecuted"
    assert done.returncode == 1, done.stdout + done.stderr
    report = json.loads((work / "report.json").read_text())
    assert set(report["production_files_not_available"]) == {
        f"{RUN}/files/data/data.root",
        *(
            f"input/{name}.root"
            for name in ("dy_high_0", "dy_high_1", "signal_200_0", "signal_300")
        ),
    }
    jobs = {
        Path(name).relative_to(f"{RUN}/records").parts[0] for name in report["jobs"]["taken_over"]
    }
    assert jobs == {"fetch_dataset", "split_dataset", "skim_events", "read_histograms"}
    files = {name.removeprefix(f"{RUN}/"): outcome for name, outcome in report["files"].items()}
    taken_over = {
        name.split("/")[0] for name, outcome in files.items() if outcome["status"] == "taken over"
    }
    assert taken_over == {"events", "cutflow", "parts", "histograms", "records"}
    assert files["limits.json"]["status"] == "different"
    assert files["limits.json"]["text"].startswith("limits.signal_200.observed_pb: 0.")
    # `equal` where BLAS works for another processor than that of the stored archive.
    assert files["fit.json"]["status"] in ("identical", "equal")
    different = {name for name, outcome in files.items() if outcome["status"] == "different"}
    limits = {
        "limits.json",
        *(f"plots/limits.{suffix}" for suffix in ("json", "pdf", "png")),
        "summary.json",
        "index.html",
    }
    records = {
        f"records/{name}.json" for name in ("compute_limits", "plot_limits", "summarize_results")
    }
    assert different - {"index.html"} == (limits | records) - {"index.html"}
    assert files["records/compute_limits.json"]["text"].startswith(
        "code.scripts/compute_limits.py: "
    )
    assert f"different  {RUN}/limits.json  limits.signal_200.observed_pb: 0." in done.stdout
    assert (work / "report.txt").read_text() == done.stdout
    assert not list(folder.rglob("__pycache__"))


def kinds():
    """One file of each kind in an archive."""
    results = (
        "fit.json",
        "events/data/0.parquet",
        "plots/pulls.png",
        "records/fit_model.json",
        "files/data/data.root",
    )
    workflow = (
        "scripts/wollemi/newton.py",
        "workflow/rules/events.smk",
        "config/analyses/tiny/hooks.py",
        "uv.lock",
    )
    return (
        *(f"{RUN}/{name}" for name in results),
        *workflow,
        "input/signal_300.root",
        "requirements.txt",
        "archive.json",
    )


@pytest.mark.parametrize("name", kinds())
def test_one_changed_byte_is_named(tmp_path, stored, name, capsys):
    def change(content):
        middle = len(content) // 2
        return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]

    archive = change_archive(stored, tmp_path / "changed.zip", {name: change}, redo_manifest=False)
    assert reexecute_archive.main([str(archive), "--work", str(tmp_path / "work")]) == 2
    assert name in capsys.readouterr().err
    assert not (tmp_path / "work").exists()


def test_a_product_that_its_record_does_not_know(tmp_path, stored, capsys):
    archive = change_archive(
        stored, tmp_path / "changed.zip", {f"{RUN}/limits.json": lambda text: text + b"\n"}
    )
    assert reexecute_archive.main([str(archive), "--work", str(tmp_path / "work")]) == 2
    assert (
        f"{RUN}/limits.json is not what {RUN}/records/compute_limits.json tells of"
        in capsys.readouterr().err
    )
    assert not (tmp_path / "work").exists()


def test_a_failing_step_is_shown(tmp_path, stored):
    archive = change_archive(
        without_production_files(stored, tmp_path / "listed.zip"),
        tmp_path / "failing.zip",
        {
            "scripts/fill_histograms.py": lambda text: text.replace(
                b"def main(", b"1 / 0\n\n\ndef main("
            )
        },
    )
    work = tmp_path / "work"
    done = run(archive, "--work", work, "--environment", ENVIRONMENT)
    assert done.returncode == 2
    assert "rule fill_histograms_" in done.stderr
    assert str(work / "snakemake.log") in done.stderr
    assert "ZeroDivisionError" in (work / "snakemake.log").read_text()


def test_wheels_for_another_python(tmp_path, stored):
    """Without a registry: what is missing and what to do, and nothing is left behind."""

    def describe(text):
        return json.dumps(
            json.loads(text) | {"wheels": [{"python": "3.9", "platform": "linux-x86_64"}]}
        ).encode()

    archive = change_archive(stored, tmp_path / "other.zip", {"archive.json": describe})
    unreachable = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_FIND_LINKS": "",
        "PIP_CONFIG_FILE": os.devnull,
    }
    command = [*BARE, str(PROGRAM), str(archive), "--work", str(tmp_path / "work")]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=os.environ | unreachable
    )
    assert done.returncode == 2
    assert "environment: pip failed" in done.stderr
    assert (
        "the wheels in the archive are for Python 3.9: run this with it, connect to a "
        "registry, or name an --env"
    ) in done.stderr
    assert not (tmp_path / "work").exists()


def test_tables_are_compared_with_the_packages_of_the_environment(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"PAR1 " + name.encode())
    found = reexecute_archive.compare_tables_by(
        Path(sys.executable), {"x.parquet": (tmp_path / "a", tmp_path / "b")}
    )
    assert isinstance(found["x.parquet"], Verdict)
    assert found["x.parquet"].text.startswith("cannot be compared")


def test_it_runs_on_a_bare_python():
    """Every module it imports is its own or of the standard library; with -S no package can be
    imported.
    """
    done = subprocess.run(
        [*BARE, str(PROGRAM), "--help"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    code = (
        "import sys, reexecute_archive; print(*sorted({name.partition('.')[0] for name in "
        "sys.modules}))"
    )
    done = subprocess.run(
        [*BARE, "-c", code], cwd=PROGRAM.parent, check=True, capture_output=True, text=True
    )
    assert set(done.stdout.split()) - sys.stdlib_module_names - {
        "__main__",
        "reexecute_archive",
        "wollemi",
        "wollemi_likelihood",
    } <= {"__mp_main__"}


def test_the_program_inside_of_an_archive_is_complete(tmp_path, stored):
    with zipfile.ZipFile(stored) as file:
        file.extractall(tmp_path / "archive")
    command = [*BARE, "scripts/reexecute_archive.py", ".", "--environment", str(tmp_path)]
    done = subprocess.run(
        command, cwd=tmp_path / "archive", check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    # after all files have been checked; the archived program says "is no"
    assert f"{tmp_path}: this is no" in done.stderr
    assert (tmp_path / "archive/scripts/compare_products.py").is_file()


@pytest.fixture(scope="session")
def with_wheels(tmp_path_factory, stored):
    """The archive with its packages: written again from what is inside."""
    folder = tmp_path_factory.mktemp("wheels")
    with zipfile.ZipFile(stored) as file:
        file.extractall(folder / "project")
    for name in COPIED:
        assert (folder / "project" / name).exists()
    (folder / "project/README_WORKFLOW.md").replace(folder / "project/README.md")
    archive_project(folder / "project", folder / "tiny.zip", "--wheels")
    return folder / "tiny.zip"


def network_can_be_cut():
    done = subprocess.run([*ISOLATE, "true"], check=False, capture_output=True)
    return done.returncode == 0


@pytest.mark.slow
def test_offline_with_wheels(tmp_path, with_wheels):
    """In a network namespace without interfaces."""
    if shutil.which("unshare") is None or not network_can_be_cut():
        pytest.skip("no network namespaces here")
    done = run(with_wheels, "--work", tmp_path / "work", prefix=ISOLATE)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "work/report.json").read_text())
    assert report["environment"]["origin"] == "from the wheels in the archive"
    assert statuses(report) <= {"identical", "equal"}


@pytest.mark.slow
def test_the_environment_from_the_lock_file(tmp_path, stored):
    done = run(stored, "--work", tmp_path / "work")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "work/report.json").read_text())
    assert report["environment"]["origin"].startswith("from the package registry")
    assert statuses(report) <= {"identical", "equal"}
