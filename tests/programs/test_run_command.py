"""Commands of other frameworks: what they make equals ours, and what they leave is checked."""

import importlib.util
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from support.products.commands import FOLDER, RUNS, give_command, plan, run_masses
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, dataset_files, process, read_json, read_th1

from wollemi.analysis.plain.sections import section_digests
from wollemi.histograms.histogram import read_histograms

OUTPUT = Path(f"{RESULTS}/commands/masses/masses.root")
# What an example needs besides the packages of the tests.
NEEDED = {"masses_coffea.py": "coffea", "masses_rdataframe.py": "ROOT", "masses_rdataframe.C": ""}


@pytest.fixture
def python_of_the_tests(monkeypatch):
    """`python` is the one that runs the tests."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}", prepend=":")


@pytest.mark.parametrize("script", RUNS)
@pytest.mark.usefixtures("python_of_the_tests")
def test_histograms_equal_ours(script, tiny):
    """Bin by bin, under- and overflow and variances included."""
    needed = NEEDED.get(script)
    if needed and importlib.util.find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed: uv sync --group benchmarks")
    if needed == "" and shutil.which("root") is None:
        pytest.skip("there is no root: uv sync --group benchmarks")
    process("dy_high")
    total = read_json("cutflow/dy_high.json")["sum_of_weights"]
    give_command(tiny, script)
    set_value("datasets", "dy_masses", "sum_of_weights", value=total)
    assert run_masses() == 0
    assert read_th1("dy_masses") == 0
    ours, theirs = (
        read_histograms(Path(f"{RESULTS}/histograms/{name}.json"))
        for name in ("dy_high", "dy_masses")
    )
    assert theirs.keys() == {"peak/mass_peak/nominal", "search/mass_search/nominal"}
    for name, found in theirs.items():
        assert found.values().sum() > 0
        for what in ("values", "variances"):
            expected = getattr(ours[name], what)(flow=True)
            # Sums of 64 bits in another order.
            np.testing.assert_allclose(getattr(found, what)(flow=True), expected, rtol=1e-12)


@pytest.mark.usefixtures("python_of_the_tests")
def test_record_and_log(tiny):
    give_command(tiny, run="echo hello\npython masses_hist.py masses.root dy_high.txt")
    assert run_masses() == 0
    record = check_record("run_command/masses.json")
    assert record["inputs"].keys() == {f"{FOLDER}/masses_hist.py", *dataset_files("dy_high")}
    assert record["outputs"].keys() == {str(OUTPUT)}
    entry = plan().command_settings("masses")
    assert record["options"] == {"command": "masses", "run": entry["run"]}
    assert record["settings"] == section_digests({"command": entry})
    assert "python" in record["packages"]
    assert "DEBUG hello\n" in Path(f"{RESULTS}/logs/run_command/masses.log").read_text()
    assert [path.name for path in OUTPUT.parent.iterdir()] == ["masses.root"]


def test_the_folder_has_what_is_declared_and_nothing_else(tiny):
    """Copies of its files, and absolute paths of those of its datasets."""
    give_command(tiny, run="ls -A > masses.root; cat dy_high.txt >> masses.root")
    assert run_masses() == 0
    (file,) = dataset_files("dy_high")
    assert OUTPUT.read_text().splitlines() == [
        "dy_high.txt",
        "masses.root",
        "masses_hist.py",
        str(tiny / file),
    ]


def test_a_script_that_changes_itself_changes_its_copy(tiny):
    give_command(tiny, run="echo >> masses_hist.py; cp masses_hist.py masses.root")
    script = tiny / FOLDER / "masses_hist.py"
    before = script.read_bytes()
    assert run_masses() == 0
    assert script.read_bytes() == before
    assert OUTPUT.read_bytes() == before + b"\n"


def test_what_a_killed_job_left_is_removed(tiny):
    give_command(tiny, run="echo 1 > masses.root")
    left = OUTPUT.parent / ".run_killed"
    left.mkdir(parents=True)
    (left / "masses.root").write_text("half")
    assert run_masses() == 0
    assert [path.name for path in OUTPUT.parent.iterdir()] == ["masses.root"]


def test_a_framework_of_its_own(tiny):
    """Python and packages of ours say nothing about it."""
    Path(f"{FOLDER}/coffea.yaml").write_text("dependencies: [coffea]\n")
    for keys, environment, container in (
        ({"environment": f"{FOLDER}/coffea.yaml"}, {f"{FOLDER}/coffea.yaml"}, None),
        ({"container": "docker://rootproject/root:6.36"}, set(), "docker://rootproject/root:6.36"),
    ):
        give_command(tiny, run="echo 1 > masses.root", **keys)
        assert run_masses() == 0
        record = check_record("run_command/masses.json")
        assert record["environment"].keys() == environment
        assert record["options"].get("container") == container
        assert record["packages"] == {}
