"""`zprime`, written with `extends`, `lists`, `like` and `defaults`, is the file that somebody would
have written out: every job has the same settings.
"""

import json
import re

import pytest
import yaml
from support.project.folders import COPIED, copied
from support.project.paths import ROOT
from support.services.forked_snakemake import run_snakemake
from support.tiny.analysis import environment

from wollemi.analysis.plain.sections import section_digests
from wollemi.base.yaml import load_yaml
from wollemi.loading.composition import SECTIONS, read_composed

FOLDER = "config/analyses/zprime"


def filled(value, name, fields):
    """Plain values of one mass: its number or a field of it where that is all, else in the text."""
    text = json.dumps(value, ensure_ascii=False)
    for key, item in {"": name, **{f".{key}": item for key, item in fields.items()}}.items():
        place = f"{{mass{key}}}"
        text = text.replace(f'"{place}"', json.dumps(item)).replace(place, str(item))
    return json.loads(text)


def repeated(value, masses):
    """Plain values with each entry that names the mass once for each of them."""
    if isinstance(value, list):
        parts = [
            [filled(item, *mass) for mass in masses] if "{mass" in str(item) else [item]
            for item in value
        ]
        return [item for part in parts for item in part]
    if not isinstance(value, dict):
        return value
    found = {}
    for key, item in value.items():
        if "{mass" in key:
            found |= {filled(key, *mass): filled(item, *mass) for mass in masses}
        elif isinstance(item, dict):
            found[key] = found.get(key, {}) | repeated(item, masses)
        else:
            found[key] = repeated(item, masses)
    return found


def by_hand():
    """The analysis in full, by loops over its three files that know nothing but this analysis."""
    own, datasets, more = (
        load_yaml(ROOT / FOLDER / f"{name}.yaml")
        for name in ("analysis", "datasets", "publication")
    )
    masses, defaults = list(own.pop("lists")["mass"].items()), own.pop("defaults")
    assert own.pop("extends") == ["datasets.yaml", "publication.yaml"]
    assert len({*own, *datasets, *more}) == len(own) + len(datasets) + len(more)
    document = repeated({**datasets, **more, **own}, [(int(name), item) for name, item in masses])
    made = document["datasets"]
    for name, item in made.items():
        if "like" in item:
            base = made[item.pop("like")]
            made[name] = {**base, **item, "generate": {**base["generate"], **item["generate"]}}
    assert list(defaults) == ["systematics"]
    samples = repeated(defaults["systematics"]["samples"], [(int(name), {}) for name, _ in masses])
    for item in document["systematics"].values():
        item.setdefault("samples", samples)
    assert not [
        key for section in SECTIONS for key, item in document[section].items() if "like" in item
    ]
    return document


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A project with the analysis in one file, and one with it as it ships."""
    folder = tmp_path_factory.mktemp("inheritance")
    for name in ("whole", "shipped"):
        for path in COPIED:
            copied(ROOT / path, folder / name / path)
        copied(ROOT / FOLDER, folder / name / FOLDER)
    for name in ("datasets", "publication"):
        (folder / f"whole/{FOLDER}/{name}.yaml").unlink()
    text = yaml.safe_dump(by_hand(), sort_keys=False, allow_unicode=True)
    (folder / f"whole/{FOLDER}/analysis.yaml").write_text(text, "utf-8")
    return folder


def test_the_analysis_is_that_written_out(whole):
    """The order of keys, too, which is part of digests."""
    found, expected = (
        read_composed(whole / name / FOLDER / "analysis.yaml") for name in ("shipped", "whole")
    )
    assert list(found) == list(expected)
    assert found == expected
    assert section_digests(found) == section_digests(expected)
    assert len(found["datasets"]) == 18
    found["datasets"]["zprime_3000"]["generate"]["seed"] += 1
    digests, others = section_digests(found), section_digests(expected)
    assert [name for name in digests if digests[name] != others[name]] == ["datasets"]


def job_commands(project):
    """The command line of each job of a run and its publication, with digests of its settings."""
    said = project.with_name(f"{project.name}.txt")
    arguments = ["--cores", "1", "all", "publish", "--forceall", "--dry-run", "--printshellcmds"]
    code = run_snakemake([*arguments, "--config", "analysis=zprime"], project, environment(), said)
    assert code == 0, said.read_text()
    lines = re.findall(r"^ *python scripts/((?:.*\\\n)*.*)$", said.read_text(), re.MULTILINE)
    return sorted(" ".join(line.replace("\\\n", " ").split()) for line in lines)


def test_every_job_has_the_same_settings(whole):
    found, expected = (job_commands(whole / name) for name in ("shipped", "whole"))
    assert found == expected
    assert len(found) == len(set(found)) > 100
    digests = [re.findall(r"(\w+)=([0-9a-f]{64})\b", line) for line in found]
    assert all(digests)
    assert len({item for line in digests for item in line}) > 50
