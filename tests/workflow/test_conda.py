"""The rules in their conda environments: solved and installed for real from a channel made here, by
a stand-in for conda.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.project.own_repository import TOLD, copied_files
from support.project.paths import ROOT
from support.project.reached_modules import reached
from support.services.conda_channel import SUBDIR, TOOLS
from support.tiny.analysis import digests, snakemake

from wollemi.job.environments import ENVIRONMENTS as PROGRAMS
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.verify import verify_run

CONDA = ("--software-deployment-method", "conda")
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
FULL_LOCK = (
    "export",
    "--frozen",
    "--no-default-groups",
    "--group",
    "archive",
    "--group",
    "workflow",
    "--no-emit-project",
    "--quiet",
)


def call(*command, **options):
    """Run a command to its success; its messages are in the error otherwise."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def keeps_site_packages(python):
    """Whether an interpreter runs, and is not one of Debian, which looks for packages elsewhere."""
    ask = (
        "import site, sys; print(sys.version_info[:2] == (3, 12) and "
        "site.getsitepackages()[0].endswith('site-packages'))"
    )
    done = subprocess.run([python, "-I", "-c", ask], check=False, capture_output=True, text=True)
    return done.stdout.strip() == "True"


def find_python():
    """A Python 3.12, the version of the environments: the one that runs, one of pyenv, or one that
    uv knows.
    """
    known = subprocess.run(
        ["uv", "python", "find", "--no-project", "--no-python-downloads", "3.12"],
        check=False,
        capture_output=True,
        text=True,
    )
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob(
        "versions/3.12.*/bin/python3.12"
    )
    candidates = [
        Path(sys.base_prefix) / "bin/python3.12",
        *sorted(pyenv),
        Path(known.stdout.strip() or "/"),
    ]
    return next((path for path in candidates if path.is_file() and keeps_site_packages(path)), None)


def install_stand_in(base):
    """An environment for rattler, with the stand-in in the place of conda; skips where there is no
    package registry.
    """
    call("uv", "venv", "--quiet", "--python", sys.executable, str(base))
    python = base / "bin/python"
    done = subprocess.run(
        ["uv", "pip", "install", "--quiet", "--python", python, *TOOLS],
        check=False,
        capture_output=True,
    )
    if done.returncode:
        pytest.skip("no package registry gives py-rattler")
    _, _, source = (ROOT / "tests/stand_ins/conda").read_text().partition("\n")
    (base / "bin/conda").write_text(f"#!{python}\n{source}")
    (base / "bin/conda").chmod(0o755)
    shutil.copy2(ROOT / "tests/stand_ins/activate", base / "bin/activate")


def make_channel(base, python, folder):
    """The channel of the locked wheels, checked by their hashes, and of the Python."""
    locked, site = folder / "locked.txt", folder / "site"
    locked.write_text(call("uv", *FULL_LOCK, cwd=ROOT))
    into_site = (
        "uv",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--python",
        python,
        "--target",
        site,
    )
    call(*into_site, "--require-hashes", "-r", locked)
    call(*(part for part in into_site if part != "--no-deps"), "pip", "hatchling")
    call(
        base / "bin/python",
        ROOT / "tests/support/services/conda_channel.py",
        python,
        site,
        folder / "channels/conda-forge",
    )


@pytest.fixture(scope="module")
def conda(tmp_path_factory):
    """The stand-in's `conda`, on the search path and with the local channel under the name of
    conda-forge.
    """
    if shutil.which("uv") is None:
        pytest.skip("uv is not there")
    python = find_python()
    if python is None:
        pytest.skip("no Python 3.12 outside Debian's packages is there to make a conda package of")
    folder = tmp_path_factory.mktemp("conda")
    install_stand_in(folder / "base")
    make_channel(folder / "base", python, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{folder / 'base/bin'}")
        patch.setenv("CONDA_CHANNEL_ALIAS", (folder / "channels").as_uri())
        patch.setenv("CONDA_PKGS_DIRS", str(folder / "pkgs"))
        yield folder / "base/bin/conda"


@pytest.fixture(scope="module")
def conda_run(conda, pristine, tmp_path_factory):
    """A project in which the tiny analysis has run, each job in the environment of its rule."""
    project = Path(shutil.copytree(pristine, tmp_path_factory.mktemp("conda_run") / "project"))
    done = snakemake(project, *CONDA)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Activating conda environment") == len(
        list(project.glob("results/tiny/records/**/*.json"))
    )
    return project


def prefix_of(project, environment):
    """Where Snakemake has put an environment of a project; none if no rule has used it."""
    text = (project / environment).read_text()
    return next(
        (
            path.with_suffix("")
            for path in project.glob(".snakemake/conda/*_.yaml")
            if path.read_text() == text
        ),
        None,
    )


def records(project):
    """Content of each record, and the environment file of its rule."""
    for path in project.glob("results/tiny/records/**/*.json"):
        record = json.loads(path.read_text())
        (environment,) = [name for name in record["environment"] if name.startswith("envs/")]
        yield record, environment


def packages_in(prefix):
    """Distribution → version in an environment, by its own Python."""
    script = (
        f"import sys, json; sys.path.append({str(ROOT / 'scripts')!r}); from "
        "wollemi.job.records import installed_packages; "
    )
    return json.loads(
        call(prefix / "bin/python", "-c", script + "print(json.dumps(installed_packages()))")
    )


@pytest.mark.slow
def test_each_job_ran_in_the_environment_of_its_rule(conda_run):
    used = {environment for _, environment in records(conda_run)}
    assert {
        f"envs/{name}.yaml"
        for name in ("inputs", "events", "histograms", "statistics", "plots", "publication")
    } == used
    there = {name: packages_in(prefix_of(conda_run, name)) for name in used}
    for record, environment in records(conda_run):
        assert record["packages"].items() <= there[environment].items(), record["program"]
        assert record["packages"]["python"].startswith("3.12.")


@pytest.mark.slow
def test_products_are_those_of_the_host(conda_run, finished):
    there, here = (digests(folder) for folder in (conda_run, finished))
    assert there.keys() == here.keys()
    assert {
        name for name in there if there[name] != here[name] and not name.startswith("records/")
    } == set()


@pytest.mark.slow
@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_an_environment_imports_whatever_its_programs_can_import(conda, conda_run, tmp_path, path):
    """Also what no job of the tiny analysis imports: the generator, the fallback of the fit."""
    prefix = prefix_of(conda_run, f"envs/{path.name}")
    if prefix is None:
        prefix = tmp_path / "prefix"
        call(conda, "env", "create", "--file", path, "--prefix", prefix)
    modules = sorted(reached(PROGRAMS[path.stem]))
    script = (
        "import sys, importlib; sys.path.insert(0, 'scripts'); [importlib.import_module(name) "
        f"for name in {modules}]"
    )
    call(prefix / "bin/python", "-c", script, cwd=ROOT)


@pytest.mark.slow
def test_pins_are_used_and_wrong_ones_are_not(conda, conda_run):
    """Runs last: it adds an environment to the project of all."""
    prefix = prefix_of(conda_run, "envs/statistics.yaml")
    pins = call(conda, "list", "--explicit", "--md5", "--prefix", prefix)
    pin_file = conda_run / f"envs/statistics.{SUBDIR}.pin.txt"
    created = {}
    for what, text in {"right": pins, "wrong": re.sub(r"#\w{4}", "#0000", pins)}.items():
        pin_file.write_text(text)
        done = snakemake(conda_run, *CONDA, "--conda-create-envs-only")
        assert done.returncode == 0, done.stdout
        assert "Using pinnings from" in done.stdout
        created[what] = "Failed to install conda environment from pin file" not in done.stdout
    assert created == {"right": True, "wrong": False}


BUILD = """
import sys
from pathlib import Path
from rattler_build import Stage0Recipe, ToolConfiguration
(variant,) = Stage0Recipe.from_file("houses/recipe.yaml").render()
tested = ToolConfiguration(test_strategy="native")  # in an environment of its requirements
variant.run_build(tested, Path(sys.argv[1]), [sys.argv[2]])
"""


@pytest.fixture(scope="module")
def built(conda, tmp_path_factory):
    """The channel with the package that the recipe builds."""
    folder = tmp_path_factory.mktemp("built")
    channel = f"{os.environ['CONDA_CHANNEL_ALIAS']}/conda-forge"
    call(conda.with_name("python"), "-c", BUILD, folder, channel, cwd=ROOT)
    return folder


@pytest.mark.slow
def test_the_recipe_of_wollemi_builds_and_its_package_runs(built):
    (package,) = built.glob("noarch/wollemi-*.conda")
    assert package.stat().st_size < 3_000_000


@pytest.mark.slow
def test_a_user_of_conda_comes_from_files_to_a_limit(conda, built, tiny, tmp_path):
    """With the commands of the environment alone, in an empty folder."""
    environment = {"channels": [built.as_uri(), "conda-forge"], "dependencies": ["wollemi"]}
    (tmp_path / "wollemi.yaml").write_text(json.dumps(environment))
    prefix = tmp_path / "prefix"
    call(conda, "env", "create", "--file", tmp_path / "wollemi.yaml", "--prefix", prefix)
    names = ("dy_high_0.root", "signal_200_0.root")
    files = copied_files(tmp_path, *(tiny / "input" / name for name in names))
    alone = {"PATH": f"{prefix / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)}
    given = [
        f"--cross-section={name}={number}" for name, number in zip(names, (2, 0.3), strict=True)
    ]
    wollemi = prefix / "bin/wollemi"
    new = (wollemi, "new", "own", *files, *TOLD, *given, "--signal", names[1])
    call(*new, cwd=tmp_path, env=alone)
    said = call(wollemi, "run", cwd=tmp_path / "own", env=alone)
    assert "open results/own/index.html" in said
    limits = json.loads((tmp_path / "own/results/own/limits.json").read_text())
    assert limits["limits"]["signal_200_0"]["observed"] > 0


def test_an_edited_environment_makes_stale_exactly_its_rules(finished_copy, monkeypatch):
    monkeypatch.chdir(finished_copy)
    assert {path.stem for path in ENVIRONMENTS} == PROGRAMS.keys()
    for environment, using in PROGRAMS.items():
        path = Path(f"envs/{environment}.yaml")
        before = path.read_text()
        path.write_text(before + "  - six\n")
        jobs = verify_run(Path("results/tiny"), PresentState()).jobs.values()
        path.write_text(before)
        hit = {
            Path(job.content["program"]).stem
            for job in jobs
            if any(reason.cause == "environment" for reason in job.reasons)
        }
        here = {Path(job.content["program"]).stem for job in jobs}
        assert hit == set(using) & here, environment
