"""The image of the rules: built twice it is the same, it holds the locked packages, and a run
inside gives the host's bytes.
"""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from compare_runs import compare_with
from support.project.paths import ROOT, SHARED_RECIPES
from support.services.reana_workspace import PROJECT, digests_of, execute, upload
from support.services.recipes import needs_recipes, podman
from support.tiny.analysis import snakemake

from wollemi.history.opened import read_run

NAMES = ("localhost/wollemi-test:first", "localhost/wollemi-test:second")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
PRINT_PACKAGES = """
import importlib.metadata, json, platform
print(json.dumps({d.name: d.version for d in importlib.metadata.distributions()} | {"python": platform.python_version()}))
"""  # noqa: E501


def build(name, environment):
    """Start a build on the base at hand; how this machine reaches the registry is mounted, not
    copied.
    """
    options = [
        "--build-arg",
        "BASE=localhost/base:py313",
        "--network",
        "host",
        "-v",
        f"{CERTIFICATES}:{CERTIFICATES}:ro",
    ]
    if Path("/etc/pip.conf").is_file():
        options += ["--secret", "id=pip.conf,src=/etc/pip.conf"]
    command = [str(ROOT / "containers/build.sh"), name, *options]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def storage():
    """Environment of a podman that has the base image."""
    with podman() as environment:
        yield environment


@pytest.fixture(scope="module")
def ids(storage):
    """Identifiers of two images, built at the same time and without any cache."""
    found = []
    for run in [build(name, storage) for name in NAMES]:
        output, messages = run.communicate()
        assert run.returncode == 0, messages[-5000:]
        found.append(output.strip())
    return found


def inside(storage, *command):
    """What a command prints in a container."""
    done = subprocess.run(
        ["podman", "run", "--rm", NAMES[0], *command],
        env=storage,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.slow
@needs_recipes
def test_two_builds_give_one_image(ids):
    assert re.fullmatch("[0-9a-f]{64}", ids[0])
    assert ids[0] == ids[1]


@pytest.mark.slow
@needs_recipes
def test_the_image_holds_the_locked_packages(ids, storage):
    found = yaml.safe_load(inside(storage, "python", "-c", PRINT_PACKAGES))
    python = found.pop("python")
    locked = {}
    for item in tomllib.loads((ROOT / "uv.lock").read_text())["package"]:
        locked.setdefault(item["name"], set()).add(item.get("version"))
    assert {
        name: version
        for name, version in found.items()
        if version not in locked.get(normalized(name), ())
    } == {}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {normalized(re.match(r"[\w.-]+", text)[0]) for text in project["dependencies"]}
    needed -= {"wollemi-engine", "wollemi-likelihood"}  # from the folder
    assert needed <= {normalized(name) for name in found}
    assert {"snakemake", "pytest", "pip", "cabinetry"}.isdisjoint(found)
    assert python.startswith("3.13.")  # that of the base


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.slow
@needs_recipes
def test_the_image_has_no_trace_of_this_machine(ids, storage):
    layers = "; ".join(
        f"test ! -e {path}"
        for path in ("/etc/pip.conf", "/opt/pip.conf", "/root/.cache", "/root/.config/pip")
    )
    inside(storage, "sh", "-ec", layers)
    assert inside(storage, "find", "/opt/wollemi", "-newermt", "1980-01-02") == ""


@pytest.mark.slow
@needs_recipes
def test_a_run_inside_gives_the_bytes_of_the_host(ids, storage, project, finished, monkeypatch):
    for name, value in storage.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{SHARED_RECIPES / 'shim'}{os.pathsep}{os.environ['PATH']}")
    done = snakemake(
        project, "--profile", "profiles/apptainer", config=[f"image=docker://{NAMES[0]}"]
    )
    assert done.returncode == 0, done.stdout
    found = compare_with(*(read_run(folder / "results/tiny") for folder in (finished, project)))
    assert found.agrees, found
    # The profile hides the host's environment: where that sets the processor that BLAS works for,
    # last bits differ inside.
    if not any(name.startswith("OPENBLAS_") for name in os.environ):
        assert {outcome.status for outcome in found.products.values()} == {"identical"}
    check_packages(project, yaml.safe_load(inside(storage, "python", "-c", PRINT_PACKAGES)))


@pytest.mark.slow
@needs_recipes
def test_each_job_has_a_container_of_its_own_as_on_reana(
    ids, storage, pristine, finished, tmp_path, monkeypatch
):
    for name, value in storage.items():
        monkeypatch.setenv(name, value)
    workspace = upload(
        pristine, (*PROJECT, "config/analyses/tiny", "input", "mirror"), tmp_path / "workspace"
    )
    (tmp_path / "jobs").mkdir()
    options = ("--isolated", str(tmp_path / "jobs"), "--image", NAMES[0])
    done = execute(workspace, *options, analysis="tiny", mirrors=["mirror"])
    assert done["status"] == "finished", done["messages"]
    assert products(workspace) == products(finished)
    check_packages(workspace, yaml.safe_load(inside(storage, "python", "-c", PRINT_PACKAGES)))


def products(project):
    """Product → content; the records name other packages."""
    found = digests_of(project / "results/tiny")
    return {name: content for name, content in found.items() if not name.startswith("records/")}


def check_packages(project, packages):
    """Every record names the Python of the image: the job has run inside."""
    records = sorted((project / "results/tiny/records").rglob("*.json"))
    assert records
    for path in records:
        assert yaml.safe_load(path.read_text())["packages"]["python"] == packages["python"], path


def test_the_definition_of_apptainer_says_the_same():
    container = (ROOT / "containers/Containerfile").read_text()
    definition = (ROOT / "containers/wollemi.def").read_text()
    (base,) = re.findall(r"^ARG BASE=([^:@\s]+)\S*@(\S+)$", container, re.MULTILINE)
    assert re.findall(r"^From: (\S+)@(\S+)$", definition, re.MULTILINE) == [base]
    # What is mounted for the build apart, both run the same commands and set the same variables.
    commands = re.search(r"^RUN --mount\S+ (.*?)\n\n", container, re.MULTILINE | re.DOTALL)[
        1
    ].replace("\\\n", " ")
    commands = commands.replace("PIP_CONFIG_FILE=/opt/pip.conf ", "")
    sections = dict(re.findall(r"^%(\w+)\n(.*?)(?=^%|\Z)", definition, re.MULTILINE | re.DOTALL))
    assert sections["post"].replace("\\\n", " ").split() == commands.split()
    variables = re.search(r"^ENV (.*)\Z", container, re.MULTILINE | re.DOTALL)[1]
    assert (
        sections["environment"].replace("export ", "").split()
        == variables.replace("\\\n", " ").split()
    )
