"""Division of files into parts; the settings of a part are independent of the others."""

import random

import pytest
from support.project.seeds import slow_but

from wollemi.analysis.plain.parts import PART_FILES, divided_files, file_path, is_made, listed_files
from wollemi.analysis.plain.sections import section_digests, select_sections

PUBLIC = {"url": "https://example.org/a/b.root?x=1", "size": 1, "sha256": "0" * 64}
MANIFEST = {
    "weight": "genWeight",
    "files": [{"path": f"{name}.root", "size": 1, "sum_of_weights": 1.5} for name in "abcde"],
}


@pytest.mark.parametrize(
    ("dataset", "manifest", "paths", "made"),
    [
        ({"files": ["a.root", PUBLIC]}, None, ["a.root", "here/b.root"], [False, True]),
        ({"generate": {"parts": 2}}, None, ["here/part0.root", "here/part1.root"], [True, True]),
        ({"generate": {}}, None, ["here/part0.root"], [True]),
        ({"manifest": "m.json"}, MANIFEST, [f"{name}.root" for name in "abcde"], [False] * 5),
    ],
)
def test_files_of_each_kind(dataset, manifest, paths, made):
    files = listed_files(dataset, manifest)
    assert [file_path(file, "here") for file in files] == paths
    assert [is_made(file) for file in files] == made


@pytest.mark.parametrize("seed", slow_but(range(4), range(20)))
def test_each_public_file_has_a_path_of_its_own(seed):
    """Whatever folders, names and queries the addresses have; a name that is used once stays."""
    draw = random.Random(seed)
    places = [(folder, name) for folder in ("a", "a/b", "c") for name in ("x.root", "y.root", "z")]
    chosen = draw.sample(places, draw.randint(1, len(places)))
    files = [
        {
            **PUBLIC,
            "url": f"https://example.org/{'/'.join(place)}",
            "sha256": draw.randbytes(32).hex(),
        }
        for place in chosen
    ]
    paths = [file_path(file, "here") for file in listed_files({"files": ["x.root", *files]})]
    assert len(set(paths)) == len(files) + 1
    assert paths[0] == "x.root"
    names = [name for _, name in chosen]
    for path, (_, name), file in zip(paths[1:], chosen, files, strict=True):
        own = f"here/{file['sha256'][:12]}_{name}"
        assert path == (f"here/{name}" if names.count(name) == 1 else own)


@pytest.mark.parametrize(("per_job", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (9, [5])])
def test_parts_are_files_in_their_order(per_job, sizes):
    parts = divided_files({"manifest": "m.json", "files_per_job": per_job}, MANIFEST)
    assert [len(part["files"]) for part in parts] == sizes
    assert [file for part in parts for file in part["files"]] == MANIFEST["files"]
    assert {part["weight"] for part in parts} == {"genWeight"}


def test_several_jobs_share_a_file():
    parts = divided_files({"manifest": "m.json", "jobs_per_file": 3}, MANIFEST)
    assert [part["share"] for part in parts] == [[0, 3], [1, 3], [2, 3]] * 5
    assert [part["files"] for part in parts[::3]] == [[file] for file in MANIFEST["files"]]
    assert len({str(part) for part in parts}) == 15
    assert divided_files({"files": ["a"], "jobs_per_file": 1}) == [{"files": ["a"]}]


def digests(dataset, manifest):
    """Digest of the settings of each part."""
    return [
        section_digests(select_sections({"datasets": {"d": dataset}}, [PART_FILES], "d", part))
        for part in divided_files(dataset, manifest)
    ]


def test_an_entry_changes_the_digest_of_its_part_alone():
    dataset = {"manifest": "m.json", "files_per_job": 2}
    before = digests(dataset, MANIFEST)
    edited = [dict(file) for file in MANIFEST["files"]]
    edited[2]["sum_of_weights"] = 1.25
    after = digests(dataset, MANIFEST | {"files": edited})
    assert [one != other for one, other in zip(before, after, strict=True)] == [False, True, False]
    more = digests(dataset, MANIFEST | {"files": [*MANIFEST["files"], {"path": "f.root"}]})
    assert [one != other for one, other in zip(before, more, strict=True)] == [False, False, True]
    weight = digests(dataset, MANIFEST | {"weight": None})
    assert not any(one == other for one, other in zip(before, weight, strict=True))


def test_a_renewed_signature_changes_nothing():
    signed = PUBLIC | {"url": "https://example.org/a/b.root?X-Amz-Signature=1"}
    renewed = PUBLIC | {"url": "https://example.org/a/b.root?X-Amz-Signature=2"}
    assert digests({"files": [signed]}, None) == digests({"files": [renewed]}, None)
