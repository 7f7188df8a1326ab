"""A packed product of a re-execution: as good as what it was made from."""

import hashlib

import pytest

from wollemi.archive.reading.archive import Archive
from wollemi.archive.reading.comparison import compare_run
from wollemi.archive.reading.json_comparison import Verdict
from wollemi.base.json_files import render_json
from wollemi.job.records import seal_record
from wollemi_publish.hepdata.submission import pack

FIT, PACKED = "results/a/fit.json", "results/a/hepdata/submission.tar.gz"
THEN = {FIT: b'{"mu": 1.0}', PACKED: pack({"fit.yaml": b"value: 1.0", "fit.png": b"1"})}


def write_run(root, products):
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in products.items()}
    records = {
        "fit": {"inputs": {}, "outputs": {FIT: digests[FIT]}},
        "pack": {"inputs": {FIT: digests[FIT]}, "outputs": {PACKED: digests[PACKED]}},
    }
    named = products | {
        f"results/a/records/{name}.json": render_json(seal_record(r)).encode()
        for name, r in records.items()
    }
    for name, content in named.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return {name: hashlib.sha256(content).hexdigest() for name, content in named.items()}


@pytest.mark.parametrize(
    ("fit", "packed", "status"),
    [
        (b'{"mu": 1.0}', THEN[PACKED], "identical"),
        (b'{"mu": 1.0}', pack({"fit.yaml": b"value: 1.0", "fit.png": b"2"}), "equal"),
        (b'{"mu": 1.000000001}', pack({"fit.yaml": b"value: 1.0", "fit.png": b"2"}), "equal"),
        (b'{"mu": 1.1}', pack({"fit.yaml": b"value: 1.1", "fit.png": b"2"}), "different"),
        (b'{"mu": 1.0}', pack({"fit.yaml": b"value: 1.0"}), "different"),
        (b'{"mu": 1.0}', THEN[PACKED][:-9], "different"),
        (b'{"mu": 1.0}', b"", "different"),
    ],
)
def test_outcomes(tmp_path, fit, packed, status):
    archive = Archive(tmp_path / "archive", {"run": "a"}, write_run(tmp_path / "archive", THEN))
    write_run(tmp_path / "run", {FIT: fit, PACKED: packed})
    found = compare_run(
        archive, tmp_path / "run", (), (), lambda pairs: dict.fromkeys(pairs, Verdict(False, ""))
    )
    assert found.products[PACKED].status == status
    assert found.agrees == (status != "different")
