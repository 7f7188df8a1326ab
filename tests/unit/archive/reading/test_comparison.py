"""Outcomes of a whole run: two small folders of results, made by hand."""

import hashlib
import json
from pathlib import Path

import pytest

from wollemi.archive.reading.archive import Archive
from wollemi.archive.reading.comparison import Outcome, compare_record, compare_run
from wollemi.archive.reading.json_comparison import Verdict
from wollemi.archive.reading.report import Reexecution, report_json, report_text
from wollemi.base.json_files import render_json
from wollemi.job.records import seal_record

RUN = "results/a"
PRODUCTS = {
    "fit.json": b'{"mu": 1.0}',
    "limits.json": b'{"observed": 2.0}',
    "events/data/0.parquet": b"PAR1 one",
    "plots/pulls.json": b'{"pull": 0.5}',
    "plots/pulls.png": b"\x89PNG one",
    "plots/other.pdf": b"%PDF one",
    "index.html": b"<p>1</p>\n",
    "parts/data.json": b"{}",
    "site/provenance.html": b"<p>versions 1</p>\n",
}


def sha(content):
    return hashlib.sha256(content).hexdigest()


def write_run(root, products=PRODUCTS, **record):
    """A folder of results with one record."""
    named = {f"{RUN}/{name}": content for name, content in products.items()}
    content = {
        "inputs": {},
        "outputs": {name: sha(product) for name, product in named.items()},
        "packages": {"numpy": "2.4.6"},
    }
    named[f"{RUN}/records/everything.json"] = render_json(seal_record(content | record)).encode()
    for name, text in named.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text)
    return {name: sha(content) for name, content in named.items()}


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "archive", {"run": "a"}, write_run(tmp_path / "archive"))


def compare(archive, products, taken_over=(), absent=(), **record):
    folder = archive.root.parent / "run"
    write_run(folder, products, **record)
    tables = Verdict(False, "column pt, row 7")
    return compare_run(
        archive, folder, taken_over, absent, lambda pairs: dict.fromkeys(pairs, tables)
    )


def statuses(found):
    return {
        name.removeprefix(f"{RUN}/"): outcome.status for name, outcome in found.outcomes.items()
    }


def test_identical(archive):
    found = compare(archive, PRODUCTS)
    assert set(statuses(found).values()) == {"identical"}
    assert len(found.products) == len(PRODUCTS)
    assert found.agrees


def test_each_kind_of_difference(archive):
    changed = PRODUCTS | {
        "fit.json": b'{"mu": 1.000000001}',
        "limits.json": b'{"observed": 2.002}',
        "events/data/0.parquet": b"PAR1 two",
        "plots/pulls.png": b"\x89PNG two",
        "plots/other.pdf": b"%PDF two",
        "index.html": b"<p>2</p>\n",
        "new.json": b"{}",
    }
    del changed["parts/data.json"]
    found = compare(archive, changed)
    assert not found.agrees
    texts = {
        name.removeprefix(f"{RUN}/"): (outcome.status, outcome.text)
        for name, outcome in found.products.items()
    }
    assert texts == {
        "fit.json": ("equal", "largest relative deviation 1.0e-09 at mu"),
        "limits.json": ("different", "observed: 2.0 → 2.002"),
        "events/data/0.parquet": ("different", "column pt, row 7"),
        "plots/pulls.json": ("identical", ""),
        "plots/pulls.png": ("equal", "other bytes; its numbers, in pulls.json, are identical"),
        "plots/other.pdf": ("different", "other bytes; its numbers, in other.json, are missing"),
        "index.html": ("different", 'line 1: "<p>1</p>" → "<p>2</p>"'),
        "parts/data.json": ("missing", "it was not made"),
        "new.json": ("different", "the archive has no such product"),
        "site/provenance.html": ("identical", ""),
    }


def test_pages_of_the_site_are_as_good_as_what_they_show(archive):
    page = {"site/provenance.html": b"<p>versions 2</p>\n"}
    found = compare(archive, PRODUCTS | page | {"fit.json": b'{"mu": 1.000000001}'})
    assert found.products[f"{RUN}/site/provenance.html"] == Outcome(
        "equal", "other bytes; what it shows is compared itself"
    )
    assert found.agrees
    found = compare(archive, PRODUCTS | page | {"fit.json": b'{"mu": 2}'})
    assert statuses(found)["site/provenance.html"] == "different"


TABLE = {
    "tables/yields.csv": b"sample,sum\nZ,12.34999999\n",
    "tables/yields.md": b"| Z | 12.3 |\n",
    "tables/yields.tex": b"Z & 12.3\n",
}


@pytest.mark.parametrize(
    ("csv", "text", "expected"),
    [
        (b"sample,sum\nZ,12.35000001\n", b"| Z | 12.4 |\n", ("equal", "equal")),
        (b"sample,sum\nZ,12.36\n", b"| Z | 12.4 |\n", ("different", "different")),
        (b"sample,sum\nW,12.34999999\n", b"| W | 12.3 |\n", ("different", "different")),
        (TABLE["tables/yields.csv"], b"| Z | 99.9 |\n", ("identical", "different")),
    ],
)
def test_a_rounded_table_is_as_good_as_its_digits(tmp_path, csv, text, expected):
    archive = Archive(
        tmp_path / "archive", {"run": "a"}, write_run(tmp_path / "archive", PRODUCTS | TABLE)
    )
    found = compare(
        archive, PRODUCTS | TABLE | {"tables/yields.csv": csv, "tables/yields.md": text}
    )
    assert (statuses(found)["tables/yields.csv"], statuses(found)["tables/yields.md"]) == expected
    assert statuses(found)["tables/yields.tex"] == "identical"


def test_taken_over_and_absent(archive):
    changed = {
        name: content
        for name, content in PRODUCTS.items()
        if name not in ("fit.json", "parts/data.json")
    }
    found = compare(
        archive, changed, taken_over=[f"{RUN}/limits.json"], absent=[f"{RUN}/parts/data.json"]
    )
    assert statuses(found)["limits.json"] == "taken over"
    assert statuses(found)["fit.json"] == "missing"
    assert "parts/data.json" not in statuses(found)


def test_a_product_by_its_digest_alone(archive):
    (archive.root / RUN / "fit.json").unlink()  # a production file that is only listed
    digests = {
        name: digest for name, digest in archive.digests.items() if name != f"{RUN}/fit.json"
    }
    only_listed = Archive(archive.root, archive.description, digests)
    assert compare(only_listed, PRODUCTS).agrees
    found = compare(only_listed, PRODUCTS | {"fit.json": b"{}"})
    assert found.products[f"{RUN}/fit.json"] == Outcome(
        "different", "other bytes; not in the archive"
    )


def test_another_environment_is_information(archive):
    found = compare(archive, PRODUCTS, packages={"numpy": "2.5.0", "scipy": "1.17"})
    assert found.agrees
    assert found.records[f"{RUN}/records/everything.json"] == Outcome("equal", "other packages")
    assert found.environment == ("numpy: 2.4.6 → 2.5.0", "scipy: nothing → 1.17")


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"options": {"dataset": "b"}}, "different", "options.dataset: a → b"),
        ({"code": {"scripts/fit.py": "2"}}, "different", "code.scripts/fit.py: 1 → 2"),
        ({"outputs": {"equal.json": "2"}}, "equal", "other digests of equal products"),
        ({"outputs": {"different.json": "2"}}, "different", "outputs: different.json"),
        ({"environment": {"uv.lock": "2"}}, "equal", "other environment"),
        ({"digest": "2"}, "equal", "other bytes, same content"),
    ],
)
def test_records(change, status, text):
    then = {
        "options": {"dataset": "a"},
        "code": {"scripts/fit.py": "1"},
        "environment": {"uv.lock": "1"},
    }
    then |= {"digest": "1", "outputs": dict.fromkeys(change.get("outputs", ()), "1")}
    products = {"equal.json": Outcome("equal"), "different.json": Outcome("different")}
    assert compare_record(then, then | change, products, {}) == Outcome(status, text)


def chained_records(root, packages, digest_of_first="a"):
    """Three records, each of which has read the one before; their names are in another order."""
    last = f"{RUN}/records/3_first.json"
    digests = {}
    content = {"inputs": {"production.root": digest_of_first}, "outputs": {}, "packages": packages}
    for name in (last, f"{RUN}/records/1_second.json", f"{RUN}/records/2_third.json"):
        text = render_json(seal_record(content)).encode()
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text)
        digests[name] = sha(text)
        content = {"inputs": {name: sha(text)}, "outputs": {}, "packages": {}}
    return digests


def compare_chains(tmp_path, **now):
    archive = Archive(
        tmp_path / "then",
        {"run": "a"},
        chained_records(tmp_path / "then", {"numpy": "1", "chardet": "5"}),
    )
    chained_records(tmp_path / "now", {"numpy": "1"}, **now)
    return compare_run(archive, tmp_path / "now", (), (), lambda pairs: {})


def test_a_record_that_was_read_counts_by_its_outcome(tmp_path):
    found = compare_chains(tmp_path)
    assert set(statuses(found).values()) == {"equal"}
    assert found.environment == ("chardet: 5 → nothing",)


def test_another_record_that_was_read_is_a_difference(tmp_path):
    assert set(statuses(compare_chains(tmp_path, digest_of_first="b")).values()) == {"different"}


def test_the_report(archive):
    found = compare(
        archive,
        PRODUCTS | {"fit.json": b'{"mu": 1.1}', "plots/pulls.png": b"two"},
        packages={"numpy": "2.5.0"},
    )
    done = Reexecution(
        archive, "as it was given", ("input/b.root",), 5, ("r1", "r2"), found, {"running": 61.23}
    )
    lines = report_text(done).splitlines()
    table = {
        line.split()[0]: line.split()[1:]
        for line in lines
        if line.startswith(("plots ", "all ", "fit.json "))
    }
    assert table == {
        "plots": ["2", "1", "·", "·"],
        "fit.json": ["·", "·", "1", "·"],
        "all": ["7", "1", "2", "·"],
    }
    assert lines[0] == "results/a: re-executed 3 of 5 jobs, environment as it was given"
    assert "  different  results/a/fit.json  mu: 1.0 → 1.1" in lines
    assert "environment differs: numpy: 2.4.6 → 2.5.0" in lines
    assert lines[-1] == "results/a: there are products that differ or are missing"
    values = json.loads(render_json(report_json(done)))
    assert values["agrees"] is False
    assert values["counts"]["plots"] == {"identical": 2, "equal": 1}
    assert values["files"]["results/a/fit.json"] == {"status": "different", "text": "mu: 1.0 → 1.1"}
    assert values["jobs"] == {"all": 5, "taken_over": ["r1", "r2"]}
    assert values["seconds"] == {"running": 61.2}


def test_paths_are_relative(archive):
    assert all(not Path(name).is_absolute() for name in compare(archive, PRODUCTS).outcomes)
