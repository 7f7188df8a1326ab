"""The command line on the finished tiny analysis: what an archive holds, who can read it."""

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import verify_results
import yaml
from rocrate.rocrate import ROCrate
from support.archives.archives import (
    archive,
    fill_cache,
    readme_blocks,
    run_blocks,
    unpack,
    validate,
)

RUN = "results/tiny"
# What the profiles recommend and an archive does not have: times of jobs and downloads (equal
# results shall give equal
# archives), and addresses of programs and people (the programs are in the archive, CITATION.cff
# names no address).
KNOWINGLY_LEFT_OUT = {
    "Action endTime",
    "Action result",  # of require_model, which makes nothing but its record
    "Application url",
    "SoftwareApplication id",
    "Organization: RECOMMENDED url property",
    "Web-based Data Entity: `sdDatePublished` property",
}
NEEDS_NETWORK = "Web-based Data Entity: resource availability"


@pytest.fixture(scope="module")
def archived(tmp_path_factory, whole):
    """Its archive, which only lists the production files."""
    path = tmp_path_factory.mktemp("archive") / "tiny.zip"
    assert archive(whole, path) == 0
    return path


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory, archived):
    return unpack(archived, tmp_path_factory.mktemp("unpacked"))


def test_everything_is_in_it_and_nothing_else(unpacked, whole):
    names = {
        path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()
    }
    assert {
        "README.md",
        "README_WORKFLOW.md",
        "archive.json",
        "ro-crate-metadata.json",
        "requirements.txt",
        "LICENSE",
    } <= names
    assert {
        "Snakefile",
        "uv.lock",
        "scripts/fit_model.py",
        "profiles/default/config.yaml",
        "envs/plots.yaml",
    } <= names
    assert {
        "config/config.yaml",
        "config/analyses/tiny/analysis.yaml",
        "config/analyses/tiny/hooks.py",
    } <= names
    made = {
        path.relative_to(whole).as_posix() for path in (whole / RUN).rglob("*") if path.is_file()
    }
    kept = {name for name in made if name.split("/")[2] not in ("logs", "files")}
    assert {name for name in names if name.startswith("results/")} == kept
    assert not [
        name
        for name in names
        if name.startswith(("input/", "mirror/", "wheels/", ".")) or "__pycache__" in name
    ]
    assert (unpacked / f"{RUN}/limits.json").read_bytes() == (
        whole / f"{RUN}/limits.json"
    ).read_bytes()


def test_it_says_what_it_is(unpacked, whole):
    description = json.loads((unpacked / "archive.json").read_text())
    assert description == {
        "schema": "wollemi-archive-1",
        "wollemi": "0.2.0",
        "analysis": "tiny",
        "run": "tiny",
        "config": {"analysis": "tiny", "max_events": 0},
        "production_files": "listed",
        "wheels": [],
        "python": ".".join(map(str, sys.version_info[:3])),
    }
    listed = json.loads((unpacked / "production_files.json").read_text())["datasets"]
    document = yaml.safe_load((whole / "config/analyses/tiny/analysis.yaml").read_text())
    remote = document["datasets"]["data"]["files"][0]
    (data,) = listed["data"]
    assert data == {
        "name": f"{RUN}/files/data/data.root",
        "origin": "fetched",
        "path": None,
        **remote,
    }
    assert [file["name"] for file in listed["dy_low"]] == sorted(
        document["datasets"]["dy_low"]["files"]
    )
    for file in (item for dataset in set(listed) - {"data"} for item in listed[dataset]):
        content = (whole / file["name"]).read_bytes()
        assert file == {
            "name": file["name"],
            "origin": "local",
            "path": None,
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "url": None,
        }


@pytest.mark.skipif(
    shutil.which("sha256sum") is None, reason="sha256sum (GNU coreutils) is not here"
)
def test_sha256sum_checks_every_file(archived, tmp_path):
    folder = unpack(archived, tmp_path)
    manifest = (folder / "manifest-sha256.txt").read_text().splitlines()
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert [line[66:] for line in manifest] == sorted(names - {"manifest-sha256.txt"})
    command = ["sha256sum", "--check", "--quiet", "manifest-sha256.txt"]
    assert subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 0
    with (folder / f"{RUN}/limits.json").open("a") as file:
        file.write(" ")
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [f"{RUN}/limits.json: FAILED"]


@pytest.mark.slow
def test_the_validator_accepts_its_metadata(unpacked, tmp_path):
    cache = fill_cache(tmp_path / "cache")
    issues = validate(unpacked, cache, "recommended")
    assert [issue for issue in issues if issue["severity"] != "RECOMMENDED"] == []
    assert {issue["check"]["name"] for issue in issues} - {NEEDS_NETWORK} == KNOWINGLY_LEFT_OUT
    broken = tmp_path / "broken"
    shutil.copytree(unpacked, broken, copy_function=os.link)
    metadata = json.loads((broken / "ro-crate-metadata.json").read_text())
    for entity in metadata["@graph"]:
        if entity["@type"] == "CreateAction":
            del entity["instrument"]
    (broken / "ro-crate-metadata.json").unlink()
    (broken / "ro-crate-metadata.json").write_text(json.dumps(metadata))
    found = validate(broken, cache, "required", "--metadata-only")
    assert "Action instrument" in {issue["check"]["name"] for issue in found}


def test_each_record_is_an_action(unpacked):
    crate = ROCrate(unpacked)
    assert crate.mainEntity.id == "Snakefile"
    assert crate.mainEntity["programmingLanguage"]["version"] == "9.27.1"
    records = {
        path.relative_to(unpacked).as_posix(): json.loads(path.read_text())
        for path in (unpacked / RUN).rglob("records/**/*.json")
    }
    actions = {
        entity.id: entity for entity in crate.get_entities() if entity.type == "CreateAction"
    }
    assert actions.keys() == {f"#{name}" for name in (*records, RUN)}
    for name, record in records.items():
        action = actions[f"#{name}"]
        assert action["instrument"].id == record["program"]
        assert checksums(action["result"]) == {
            (key, digest) for key, digest in record["outputs"].items()
        }
        read = checksums(action["object"])
        assert read - {item for item in read if item[0] == record.get("analysis")} == set(
            record["inputs"].items()
        )
        options = {
            item["name"]: item["value"]
            for item in as_list(action["object"])
            if item.type == "PropertyValue"
        }
        assert options.keys() == record["options"].keys()
    (whole_run,) = (action for action in actions.values() if action["instrument"].id == "Snakefile")
    assert f"{RUN}/limits.json" in {name for name, _ in checksums(whole_run["result"])}


def as_list(value):
    return value if isinstance(value, list) else [value]


def checksums(entities):
    """Name and SHA-256 of the files among some entities."""
    return {
        (entity["name"], entity["sha256"])
        for entity in as_list(entities)
        if entity.type != "PropertyValue"
    }


def test_a_stranger_reads_it_as_its_readme_says(unpacked, whole):
    blocks = readme_blocks(unpacked)
    imports = {
        name.partition(".")[0]
        for block in blocks
        for name in re.findall(r"^(?:import|from) ([\w.]+)", block, re.MULTILINE)
    }
    assert imports - set(sys.stdlib_module_names) <= {"pyhf", "pandas", "pyarrow"}
    assert all(ast.parse(block) for block in blocks)
    table, statistics, fit, events, histogram, cutflow, lineage = run_blocks(unpacked, blocks)

    limits = json.loads((unpacked / f"{RUN}/limits.json").read_text())["limits"]
    rows = {line.split()[0]: line.split()[1:] for line in table.splitlines()[2:]}
    assert {name: float(row[0]) for name, row in rows.items()} == pytest.approx(
        {name: item["observed"] for name, item in limits.items()}, rel=1e-4
    )
    signal = statistics.partition(":")[0]
    at_one, at_limit = (float(line.split()[-1]) for line in statistics.splitlines()[:2])
    assert at_limit == pytest.approx(0.05, abs=1e-3)
    (curve_line,) = [line for line in statistics.splitlines() if "archived" in line] or [None]
    assert (curve_line is not None) == (limits[signal]["curve"]["poi"][-1] >= 1)
    if curve_line:
        assert at_one == pytest.approx(float(curve_line.split()[-1]), abs=5e-3)
    assert (at_one < 0.05) == (limits[signal]["observed"] < 1)

    assert fit.startswith("background_only: ")
    first = json.loads((unpacked / f"{RUN}/cutflow/data.json").read_text())
    assert events.startswith(f"{first['skim'][-1]['events']} events")
    assert f"'events': '{first['account']['entries']}'" in events
    contents = json.loads((unpacked / f"{RUN}/histograms/data.json").read_text())[
        histogram.split()[0]
    ]["storage"]["values"]
    assert [float(line.split()[3]) for line in histogram.splitlines()[1:]] == pytest.approx(
        contents[1:-1], rel=1e-4
    )
    assert len(cutflow.splitlines()) == 1 + sum(len(cuts) for cuts in first["regions"].values())
    listed = json.loads((unpacked / "production_files.json").read_text())["datasets"]
    assert f"was made from {sum(map(len, listed.values()))} production files" in lineage


def test_the_same_results_give_the_same_bytes(archived, whole, tmp_path):
    """Elsewhere, at another time, without Snakemake's memory, and with other logs."""
    other = tmp_path / "another folder"
    shutil.copytree(
        whole, other, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns(".snakemake")
    )
    for log in (other / f"{RUN}/logs").rglob("*.log"):
        log.write_text("another machine\n")
    assert archive(other, tmp_path / "again.zip") == 0
    assert (tmp_path / "again.zip").read_bytes() == archived.read_bytes()


def test_with_production_files_it_is_a_working_folder(whole, tmp_path, monkeypatch, capsys):
    assert archive(whole, tmp_path / "full.zip", "--production-files") == 0
    folder = unpack(tmp_path / "full.zip", tmp_path / "full")
    listed = json.loads((folder / "production_files.json").read_text())["datasets"]
    paths = [file["path"] for files in listed.values() for file in files]
    assert all((folder / path).read_bytes() == (whole / path).read_bytes() for path in paths)
    assert f"{RUN}/files/data/data.root" in paths
    monkeypatch.chdir(folder)
    capsys.readouterr()
    assert verify_results.main([RUN, "--without-snakemake"]) == 0
    assert capsys.readouterr().out.startswith("results/tiny: ")


@pytest.mark.slow
def test_the_wheels_install_without_a_network(whole, tmp_path):
    """Downloads about 200 MB, and installs them in a network namespace without interfaces."""
    isolate = ["unshare", "--net", "--map-root-user"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*isolate, "true"], check=False).returncode
    ):
        pytest.skip("no network namespaces here")
    assert archive(whole, tmp_path / "wheels.zip", "--wheels") == 0
    with zipfile.ZipFile(tmp_path / "wheels.zip") as packed:
        assert {Path(name).suffix for name in packed.namelist() if name.startswith("wheels/")} == {
            ".whl"
        }
    folder = unpack(tmp_path / "wheels.zip", tmp_path / "unpacked")
    subprocess.run([sys.executable, "-m", "venv", folder / "ENV"], check=True)
    pip = [
        folder / "ENV/bin/pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-index",
        "--find-links",
        "wheels",
    ]
    subprocess.run(
        [*isolate, *pip, "--require-hashes", "-r", "requirements.txt"], cwd=folder, check=True
    )
    done = subprocess.run(
        [folder / "ENV/bin/snakemake", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "9.27.1"
