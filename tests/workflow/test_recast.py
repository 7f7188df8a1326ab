"""The entry for RECAST really run: by recast-atlas and yadage, with a process for the step and in a
container.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import reinterpret_signal
import yaml
from support.archives.archives import archive
from support.project.paths import ROOT
from support.services.reana_workspace import make_environment
from support.services.recipes import needs_recipes, podman
from support.tiny.analysis import edit_analysis, snakemake

pytestmark = pytest.mark.slow
RECAST = ("recast-atlas[local]==0.4.2", "setuptools<81")
IMAGE = "localhost/wollemi-workflow:0.2.0"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
EXAMPLE = {
    "like": "signal_200",
    "point": 250.0,
    "datasets": {"signal_200": {"cross_section_pb": 0.5}},
}
# `recast run --backend local`, without its picture, which needs graphviz.
RUN = """
import json, sys
from recastatlas.backends import run_sync
from recastatlas.config import config
from recastatlas.resultsextraction import extract_results
from recastatlas.subcommands.run import make_spec
name, example, folder = sys.argv[1:]
data = config.catalogue[name]
run_sync(name, make_spec(folder, data, data["example_inputs"][example]) | {"visualize": False}, backend="local")
print(json.dumps(extract_results(data["results"], folder, backend="local")))
"""  # noqa: E501


@pytest.fixture(scope="module")
def recast_python(tmp_path_factory):
    """An environment with recast-atlas and yadage; skips where no registry gives them."""
    return make_environment(tmp_path_factory.mktemp("recast"), *RECAST)


@pytest.fixture(scope="module")
def published(whole, tmp_path_factory):
    """A project with an entry that has an example and named results, and a folder with the archive
    among the inputs.
    """
    project = Path(shutil.copytree(whole, tmp_path_factory.mktemp("published") / "project"))
    limit = {"file": "limits.json", "pointer": "/limits/{signal}/observed"}

    def publish(document):
        document["publication"] = {"recast": {"examples": {"heavier": EXAMPLE}}}
        document["results"] = {"limit_{signal}": limit}

    edit_analysis(project, publish)
    done = snakemake(project, "publish")
    assert done.returncode == 0, done.stdout
    folder = project.parent / "here"
    shutil.copytree(project / "results/tiny/recast/inputs", folder / "inputs")
    assert archive(project, folder / "inputs/tiny.zip", "--production-files") == 0
    return project, folder


@pytest.fixture(scope="module")
def direct(published):
    """What the program itself says of the example."""
    _, folder = published
    line = [
        "--archive",
        folder / "inputs/tiny.zip",
        "--signal",
        folder / "inputs/heavier.yaml",
        "--work",
        folder / "direct",
    ]
    assert (
        reinterpret_signal.main([str(item) for item in [*line, "--environment", sys.prefix]]) == 0
    )
    return json.loads((folder / "direct/reinterpretation.json").read_text(encoding="utf-8"))


def run(python, published, entry, example, tag, **variables):
    """Run an example of an entry; name of the result → its content."""
    _, folder = published
    variables = {"RECAST_ATLAS_CATALOGUE": str(entry), **variables}
    # The step takes the Python of the path.
    path = os.pathsep.join(
        [variables.pop("FIRST", str(Path(sys.executable).parent)), os.environ["PATH"]]
    )
    command = [python, "-W", "ignore", "-c", RUN, "wollemi/tiny", example, f"recast-{tag}"]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | variables | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-5000:]
    return {item["name"]: item["value"] for item in json.loads(done.stdout.splitlines()[-1])}


def as_process(entry, folder):
    """An entry whose step is a process of this machine."""
    shutil.copytree(entry, folder)
    steps = yaml.safe_load((folder / "specs/steps.yml").read_text(encoding="utf-8"))
    steps["reinterpret_signal"]["environment"] = {"environment_type": "localproc-env"}
    (folder / "specs/steps.yml").write_text(yaml.safe_dump(steps), encoding="utf-8")
    return folder


def check(found, direct, folder):
    """Everything but the times is what the program says of the same signal."""
    limits = found["limits, CLs, cutflows and acceptance"]
    assert limits["signals"] == direct["signals"]
    named = json.loads(
        (folder / "direct/run/results/tiny/results.json").read_text(encoding="utf-8")
    )
    assert found["named results"] == named
    assert (
        named["results"]["limit_heavier"]["value"]
        == direct["signals"]["heavier"]["limit"]["observed"]
    )


def test_as_a_process(recast_python, published, direct, tmp_path):
    project, folder = published
    entry = as_process(project / "results/tiny/recast", tmp_path / "entry")
    check(run(recast_python, published, entry, "heavier", "process"), direct, folder)
    found = run(recast_python, published, entry, "default", "archived")["named results"]["results"]
    archived = json.loads((project / "results/tiny/results.json").read_text(encoding="utf-8"))[
        "results"
    ]
    assert found["limit_signal_200"]["value"] == archived["limit_signal_200"]["value"]


@needs_recipes
def test_in_the_image(recast_python, published, direct, tmp_path):
    project, folder = published
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
    docker = tmp_path / "bin/docker"
    docker.parent.mkdir()
    docker.write_text('#!/bin/sh\nexec podman "$@"\n')
    docker.chmod(0o755)
    with podman() as storage:
        build = [str(ROOT / "containers/build.sh"), IMAGE, "--with-snakemake", *options]
        subprocess.run(build, env=storage, check=True, capture_output=True)
        variables = storage | {"PACKTIVITY_DOCKER_NOPULL": "1", "FIRST": str(docker.parent)}
        found = run(
            recast_python,
            published,
            project / "results/tiny/recast",
            "heavier",
            "container",
            **variables,
        )
    check(found, direct, folder)
