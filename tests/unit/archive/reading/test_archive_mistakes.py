"""An archive with one mistake in a JSON file that fits its manifest: every reader of archives takes
it as it is, or refuses it in words.
"""

import contextlib
import copy
import json
from pathlib import Path

import pytest
from support.documents.mutations import mutations
from support.products.statistical_models import everything
from unit.archive.reading.test_archive import DESCRIPTION, sha
from unit.history.test_physics import RUN

from wollemi.archive.reading.archive import Archive, open_source, read_description, read_manifest
from wollemi.archive.reading.availability import answers, jobs_to_take_over, unavailable_files
from wollemi.archive.reading.checks import check_files, check_records
from wollemi.archive.reading.comparison import compare_run, outcomes_by_kind
from wollemi.archive.reading.environment import _remedy, check_python, wheels_fit
from wollemi.archive.reading.run import archived_targets
from wollemi.history.causes import find_causes, sentence
from wollemi.history.opened import opened_run
from wollemi.history.physics import change_lines, changed_cuts, find_changes
from wollemi.job.records import seal_record
from wollemi.reinterpretation.published import _published_digests, archived_model
from wollemi_likelihood.base.errors import WollemiError

FOLDER = "results/a"
RECORD = {
    "schema": "wollemi-record-1",
    "program": "fit_model.py",
    "analysis": "config/analyses/a/analysis.yaml",
    "settings": {"model": sha(b"model")},
    "options": {"dataset": None, "numbers": [1, 2.5]},
    "code": {"fit_model.py": sha(b"code")},
    "environment": {"uv.lock": sha(b"lock")},
    "packages": {"python": "3.11.7", "numpy": "2.4.5"},
    "inputs": {"results/a/workspaces/signal.json": sha(b"x"), "data.root": sha(b"data")},
    "outputs": {f"{FOLDER}/fit.json": "", "elsewhere.json": sha(b"y")},
}
PRODUCTION = {
    "schema": "wollemi-production-files-1",
    "datasets": {
        "data": [
            {"name": "a.root", "origin": "listed", "sha256": "0" * 64, "url": None, "path": None},
            {"name": "b.root", "origin": "url", "sha256": "1" * 64, "url": "x://h/b", "path": None},
        ]
    },
}
IMPORTED = {"digest": "0" * 64, "signals": {"signal": {"patch": None}}}
JSON = {
    "archive.json": DESCRIPTION | {"wheels": [{"python": "3.11", "platform": "linux"}]},
    "production_files.json": PRODUCTION,
    f"{FOLDER}/records/fit_model.json": RECORD,
    f"{FOLDER}/likelihood/BkgOnly.json": everything(0),
    f"{FOLDER}/imported.json": IMPORTED,
    **{f"{FOLDER}/{name}": content for name, content in RUN.items()},
}


def write(folder, documents):
    """An archive as a folder; seals and checksums fit its contents."""
    files = dict.fromkeys(("requirements.txt", "pyproject.toml", "Snakefile"), b"x")
    for name, content in documents.items():
        if "/records/" in name and isinstance(content, dict):
            outputs = content.get("outputs")
            if isinstance(outputs, dict) and outputs.get(f"{FOLDER}/fit.json") == "":
                fit = json.dumps(documents[f"{FOLDER}/fit.json"]).encode()
                content = content | {"outputs": outputs | {f"{FOLDER}/fit.json": sha(fit)}}
            with contextlib.suppress(ValueError):  # not a number of JSON
                content = seal_record(content)
        # `1e400` is read as infinity
        files[name] = json.dumps(content).replace("Infinity", "1e400").encode()
    lines = [f"{sha(files[name])}  {name}\n" for name in sorted(files)]
    files["manifest-sha256.txt"] = "".join(lines).encode()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def reexecute(path):
    with open_source(path) as source:
        description, digests = read_description(path, source), read_manifest(path, source)
        check_files(path, source, digests)
    archive = Archive(path, description, digests)
    check_records(path, archive)
    wheels_fit(description["wheels"])
    _remedy(archive)
    check_python(archive)
    absent = unavailable_files(archive, lambda url: url.startswith("x"))
    records = archive.records()
    jobs_to_take_over(records, absent, digests)
    archived_targets(archive, records)
    return archive


def compare(first, second):
    with opened_run(str(first)) as then, opened_run(str(second)) as now:
        sentence(find_causes(then.work, now.work))
        numbers = then.numbers(), now.numbers()
        list(change_lines(find_changes(*numbers)))
        changed_cuts(*numbers)
        if then.archive.run == now.archive.run:
            found = compare_run(then.archive, now.archive.root, (), (), lambda pairs: {})
            outcomes_by_kind(found.outcomes)


def reinterpret(archive):
    archived_model(archive, "likelihood/BkgOnly.json")
    _published_digests(archive)


def is_refused(work, *arguments):
    try:
        work(*arguments)
    except WollemiError:
        return True
    return False


@pytest.mark.parametrize("name", JSON)
def test_a_mistake_anywhere(tmp_path, name):
    sound = write(tmp_path / "sound", copy.deepcopy(JSON))
    reinterpret(reexecute(sound))
    compare(sound, sound)
    refused = 0
    for number, item in enumerate(mutations({"all": copy.deepcopy(JSON[name])}, 60, len(name))):
        if "all" not in item.document:
            continue
        path = write(tmp_path / str(number), copy.deepcopy(JSON) | {name: item.document["all"]})
        places = [
            is_refused(reexecute, path),
            is_refused(compare, sound, path),
            is_refused(compare, path, sound),
        ]
        if not places[0]:
            archive = Archive(path, json.loads((path / "archive.json").read_text()), {})
            places.append(is_refused(reinterpret, archive))
        refused += any(places)
    assert refused > 5


@pytest.mark.parametrize(
    "url", ["http://a b/", "http://[1", "http://\x01/", "http://a:b:c/", "http://é\ud800/", "x"]
)
def test_a_malformed_address_does_not_answer(url):
    assert not answers(url)


def test_a_file_that_is_missing_or_changed_is_named(tmp_path):
    """Also by a comparison, which reads only some of the files."""
    sound = write(tmp_path / "sound", copy.deepcopy(JSON))
    for change in (Path.unlink, lambda path: path.write_text("{}")):
        other = write(tmp_path / f"{change}", copy.deepcopy(JSON))
        change(other / FOLDER / "records/fit_model.json")
        with pytest.raises(WollemiError, match=r"records/fit_model\.json (is missing|has changed)"):
            compare(sound, other)
