"""Bits flipped and bytes lost or added: a manifest tells of each; without one, what the files and
the checks of values tell.
"""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from support.damage.bytes import COMPRESSIONS, basket, events, write_nano

from wollemi.base.digests import file_digest
from wollemi.inputs.content_checks import Expectations, FileChecks
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.manifest_checks import check_content
from wollemi.inputs.manifests import describe_file
from wollemi.inputs.schemas import Layout
from wollemi_likelihood.base.errors import WollemiError

BRANCHES = [
    "Muon_pt",
    "Muon_eta",
    "Muon_phi",
    "Muon_mass",
    "Muon_charge",
    "MET_pt",
    "MET_phi",
    "genWeight",
]
CHECKS = Expectations(6500.0, {}, frozenset(), ("Muon",), True, 1.0)
TRIALS = 40


def is_refused(path):
    """Whether reading with all checks of values finds fault with a file."""
    checks = FileChecks(str(path), CHECKS)
    try:
        for batch in read_batches(path, Layout(), BRANCHES, more=CHECKS.more_branches()):
            checks.check(batch)
        checks.finish()
    except WollemiError:
        return True
    return False


def damaged(content, place, rng):
    """One of: a bit flipped at a place, the last byte lost, a byte added."""
    kind = rng.integers(0, 10)
    if kind == 0:
        return content[:-1]
    if kind == 1:
        return content + bytes([rng.integers(0, 256)])
    changed = bytearray(content)
    changed[place] ^= 1 << int(rng.integers(0, 8))
    return bytes(changed)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_manifest_tells_of_every_change(tmp_path, compression):
    path, rng = tmp_path / "events.root", np.random.default_rng(5)
    write_nano(path, events(), compression)
    expected, content = describe_file(str(path), Layout(), "genWeight"), path.read_bytes()
    for _ in range(TRIALS):
        path.write_bytes(damaged(content, int(rng.integers(len(content))), rng))
        with pytest.raises(WollemiError, match="manifest"):
            check_content(expected, file_digest(path))


def found_without_manifest(path, compression, branch, trials):
    """Of so many flipped bits in a basket, how many are found by reading."""
    write_nano(path, events(), compression)
    content, (start, size) = path.read_bytes(), basket(path, branch)
    found = 0
    for trial in range(trials):
        changed = bytearray(content)
        changed[start + int((trial + 0.5) / trials * size)] ^= 1 << trial % 8
        path.write_bytes(bytes(changed))
        found += is_refused(path)
    return found


@pytest.mark.parametrize("compression", ["zlib", "lzma", "lz4"])
def test_these_compressions_tell_of_a_flipped_bit(tmp_path, compression):
    assert found_without_manifest(tmp_path / "events.root", compression, "Muon_charge", 20) == 20


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for name in COMPRESSIONS:
            print(
                name,
                {
                    branch: found_without_manifest(Path(folder) / "x.root", name, branch, 200)
                    for branch in BRANCHES[:5:4]
                },
            )
