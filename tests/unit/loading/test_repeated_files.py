"""Events that would count twice, whatever names, links and copies the files have: against a count
of the events themselves.
"""

import hashlib
import itertools
import os
import shutil

import numpy as np
import pytest
from support.project.seeds import slow_but

from wollemi.analysis.view import view_of
from wollemi.job import input_digests
from wollemi.job.input_digests import shared_contents
from wollemi.loading.repeated_files import (
    check_repeated_files,
    declared_sizes,
    local_files,
)

# What a dataset may select of the events 0 to 9 of each file.
SELECTIONS = {
    "": lambda x: True,
    "x < 5": lambda x: x < 5,
    "(x<5)": lambda x: x < 5,
    "x >= 5": lambda x: x >= 5,
    "x < 5 and x > 2": lambda x: 2 < x < 5,
    "x > 2": lambda x: x > 2,
}
SAMPLES = {"data": "data", "dy": "background", "top": "background", "s1": "signal", "s2": "signal"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Files of three contents, two of them of the same size, under many names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "cache"))
    (tmp_path / "more").mkdir()
    contents = {"a": b"root" + bytes(99), "b": b"root" + bytes(98) + b"b", "c": b"root c"}
    for name, content in contents.items():
        (tmp_path / f"{name}.root").write_bytes(content)
    shutil.copy("a.root", "more/b.root")  # the name of another file
    os.link("a.root", "hard.root")
    (tmp_path / "soft.root").symlink_to("more/b.root")
    shutil.copy("b.root", "copy.root")
    names = {"a.root": "a", "./more/../a.root": "a", "more/b.root": "a", "hard.root": "a"}
    names |= {"soft.root": "a", "b.root": "b", "copy.root": "b", "c.root": "c", "gone.root": "gone"}
    return names, contents


def some_document(rng, names, contents):
    """Datasets with files under random names, in random samples, and the manifests that some have
    instead.
    """
    datasets, manifests = {}, {}
    samples = {name: {"role": role, "datasets": []} for name, role in SAMPLES.items()}
    for index in range(int(rng.integers(2, 5))):
        name, files = f"d{index}", []
        for _ in range(int(rng.integers(1, 3))):
            path = str(rng.choice(list(names)))
            known = contents.get(names[path])
            declared = {} if known is None else {"sha256": hashlib.sha256(known).hexdigest()}
            size = {} if known is None else {"size": len(known)}
            way = rng.random()
            if known is not None and way < 0.3:
                files.append({"url": f"https://example.org/{path}", **size, **declared})
            else:
                files.append(path)
        item = {"files": files}
        paths = [path for path in files if isinstance(path, str)]
        if len(paths) == len(files) and "gone.root" not in files and rng.random() < 0.3:
            known = [contents[names[path]] for path in paths]
            entries = [
                {"path": path, "size": len(one), "sha256": hashlib.sha256(one).hexdigest()}
                for path, one in zip(paths, known, strict=True)
            ]
            manifests[f"{name}.json"] = {"weight": None, "files": entries}
            item = {"manifest": f"{name}.json"}
        if selection := str(rng.choice(list(SELECTIONS))):
            item["selection"] = selection
        if rng.random() < 0.3:
            item["era"] = str(rng.choice(["2017", "2018"]))
        datasets[name] = item
        for sample in rng.choice(list(SAMPLES), 1 + (rng.random() < 0.2), replace=False):
            samples[str(sample)]["datasets"].append(name)
    return {"datasets": datasets, "samples": samples}, manifests


def events(document, manifests, names, dataset):
    """Content and number of each event of a dataset, as often as it has them."""
    item = document["datasets"][dataset]
    entries = manifests[item["manifest"]]["files"] if "manifest" in item else item["files"]
    found = []
    for entry in entries:
        path = entry if isinstance(entry, str) else entry.get("path") or entry["url"][20:]
        passes = SELECTIONS[item.get("selection", "")]
        found += [(names[path], x) for x in range(10) if passes(x)]
    return found


def added(first, second, document):
    """Whether a model adds or compares two datasets of two samples."""
    roles = {SAMPLES[first[1]], SAMPLES[second[1]]}
    same = roles != {"signal"} or first[1] == second[1]
    eras = {document["datasets"][use[0]].get("era") for use in (first, second)}
    return same and ("data" in roles or len(eras) == 1)


def doubled(document, manifests, names):
    """Whether events count twice, and whether that is beyond doubt: one of the datasets takes all
    events, or all that the other takes and more.
    """
    uses = [(d, s) for s, item in document["samples"].items() for d in item["datasets"]]
    found, certain = False, False
    for dataset, _ in uses:
        own = events(document, manifests, names, dataset)
        certain |= len(own) != len(set(own))
    for one, two in itertools.combinations(uses, 2):
        common = [set(events(document, manifests, names, use[0])) for use in (one, two)]
        if added(one, two, document) and common[0] & common[1]:
            found = True
            conditions = [document["datasets"][use[0]].get("selection", "") for use in (one, two)]
            terms = [set(text.strip("()").replace(" ", "").split("and")) for text in conditions]
            certain |= "" in conditions or terms[0] <= terms[1] or terms[1] <= terms[0]
    return found or certain, certain


def refused(document, manifests):
    contents = shared_contents(
        local_files(view_of(document), manifests), declared_sizes(view_of(document), manifests)
    )
    return check_repeated_files(view_of(document), manifests, contents)


@pytest.mark.parametrize("seed", slow_but(range(4), range(150)))
def test_what_counts_twice_is_refused_and_nothing_else(seed, folder):
    names, contents = folder
    document, manifests = some_document(np.random.default_rng(seed), names, contents)
    twice, certain = doubled(document, manifests, names)
    problems = refused(document, manifests)
    assert bool(problems) == certain
    assert twice or not problems


def test_all_kinds_happen(folder):
    names, contents = folder
    found = {
        doubled(*some_document(np.random.default_rng(seed), names, contents), names)
        for seed in range(150)
    }
    assert found == {(False, False), (True, False), (True, True)}


@pytest.mark.parametrize(
    ("first", "second"), [*itertools.combinations_with_replacement(SAMPLES, 2)]
)
@pytest.mark.parametrize("way", ["one dataset", "one path", "a copy"])
def test_each_pair_of_roles(first, second, way, folder):
    """One dataset in two samples, or two datasets of the same events."""
    if way == "one dataset":
        if first == second:
            return
        datasets, own = {"d": {"files": ["a.root"]}}, [(first, "d"), (second, "d")]
    else:
        other = "a.root" if way == "one path" else "more/b.root"
        datasets = {"d": {"files": ["a.root"]}, "e": {"files": [other]}}
        own = [(first, "d"), (second, "e")]
    samples = {name: {"role": SAMPLES[name], "datasets": []} for name in (first, second)}
    for sample, dataset in own:
        samples[sample]["datasets"].append(dataset)
    problems = refused({"datasets": datasets, "samples": samples}, {})
    legal = {first, second} == {"s1", "s2"}
    assert len(problems) == (0 if legal else 1)
    if not legal:
        roles = sorted({SAMPLES[first], SAMPLES[second]})
        message = "would be both " + " and ".join(roles) if len(roles) > 1 else "would count twice"
        assert message in problems[0]


@pytest.mark.parametrize("role", ["data", "background", "signal"])
def test_fakes_from_data_have_other_objects(role):
    """The same file, with loose objects in the place of the selected ones."""
    datasets = {
        "d": {"files": ["a.root"], "names": {"Muon": "TightMuon"}},
        "e": {"files": ["a.root"], "names": {"Muon": "LooseMuon"}},
    }
    samples = {
        "data": {"role": "data", "datasets": ["d"]},
        "fakes": {"role": role, "datasets": ["e"]},
    }
    refused = check_repeated_files(view_of({"datasets": datasets, "samples": samples}))
    assert bool(refused) is (role == "data")


def test_only_candidates_are_read(tmp_path, monkeypatch):
    """Files of one size but other ends are not read as a whole, and nothing is read of a file
    whose size no other has.
    """
    read = []
    monkeypatch.setattr(input_digests, "input_digest", lambda path: read.append(path.name) or "x")
    for name, content in {"a": b"1" * 9, "b": b"2" * 9, "c": b"1" * 9, "d": b"1" * 10}.items():
        (tmp_path / name).write_bytes(content)
    paths = [str(tmp_path / name) for name in "abcd"]
    assert shared_contents(paths) == {paths[0]: "x", paths[2]: "x"}
    assert sorted(read) == ["a", "c"]
    assert shared_contents(paths, {10}) == {paths[0]: "x", paths[2]: "x", paths[3]: "x"}
