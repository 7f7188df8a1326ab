"""Parquet and ROOT files of two runs, compared by the command line."""

import json
import subprocess
import sys

import compare_products
import pytest
from support.events.trees import write_root
from support.project.paths import ROOT


def test_as_a_program(tmp_path):
    first, other = write_root(tmp_path / "a.root"), write_root(tmp_path / "b.root", 4.0)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    pairs = {
        "x.root": [str(first), str(other)],
        "y.parquet": [str(tmp_path / "broken.parquet")] * 2,
    }
    command = [sys.executable, str(ROOT / "scripts/compare_products.py")]
    done = subprocess.run(
        command, input=json.dumps(pairs), capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["x.root"] == [False, "tree Events, column Muon_pt, row 2: 3.0 → 4.0"]
    assert found["y.parquet"][0] is False
    assert found["y.parquet"][1].startswith("cannot be compared: Arrow")


def test_two_files_on_the_command_line(tmp_path, capsys):
    first, same, other = (
        write_root(tmp_path / name, value)
        for name, value in (("a.root", 3.0), ("b.root", 3.0), ("c.root", 4.0))
    )
    assert compare_products.main([str(first), str(first)]) == 0
    assert compare_products.main([str(first), str(same)]) == 0
    assert compare_products.main([str(first), str(other)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "identical",
        "other bytes, same content within the tolerances",
        "tree Events, column Muon_pt, row 2: 3.0 → 4.0",
    ]
    assert compare_products.main([str(first), str(tmp_path / "d.root")]) == 2
    assert "d.root: does not exist" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        compare_products.main([str(first)])
