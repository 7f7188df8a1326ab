"""New signals for an archived analysis: the archived limit again, and that of a whole run with the
new signal.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.archives.new_signals import RUN, limits, new_signal, of_events, reinterpret, results
from support.project.paths import ROOT
from support.tiny.analysis import edit_analysis, snakemake
from support.tiny.events import copy_as_another


def test_the_archived_signal_gives_the_archived_limit(packed, whole, tmp_path, capsys):
    assert reinterpret(packed, tmp_path / "again", {"signal_200": new_signal()}) == 0
    run = tmp_path / "again/work/run"
    found, archived = limits(run), limits(whole)
    assert json.dumps(found) == json.dumps({"signal_200": archived["signal_200"]})
    assert (run / RUN / "workspaces/signal_200.json").read_bytes() == (
        whole / RUN / "workspaces/signal_200.json"
    ).read_bytes()
    # It was made again, and what it is compared with was not.
    log = (tmp_path / "again/work/snakemake.log").read_text()
    assert "skim_events_signal_200" in log
    assert "dy_low" not in {
        line.split("_", 2)[-1].rstrip(":") for line in log.splitlines() if line.startswith("rule ")
    }
    result = results(tmp_path / "again")["signals"]["signal_200"]
    assert result["limit"]["observed"] == archived["signal_200"]["observed"]
    cls = json.loads((whole / RUN / "likelihood/cls.json").read_text())["signals"]["signal_200"]
    assert result["cls_at_1"] == cls
    assert f"observed {archived['signal_200']['observed']:.4g}" in capsys.readouterr().out


def test_files_that_the_archived_run_has_read_are_not_opened_again(packed, tmp_path, monkeypatch):
    run, skipped = subprocess.run, []

    def noted(command, **options):
        done = run(command, **options)
        if "scripts/check_analysis.py" in command:
            skipped.extend(word.partition("=")[2] for word in command[3:])
        return done

    monkeypatch.setattr(subprocess, "run", noted)
    assert reinterpret(packed, tmp_path / "new", {"heavier": of_events()}) == 0
    assert {"dy_low", "dy_high", "data"} <= set(skipped)
    assert "heavier" not in skipped


def test_uncertainties_and_acceptance(packed, tmp_path):
    """Of a signal so weak that its limit is above the archived upper bound of the signal strength,
    10.
    """
    assert reinterpret(packed, tmp_path / "new", {"heavier": of_events(cross_section_pb=0.04)}) == 0
    found = results(tmp_path / "new")
    region = found["signals"]["heavier"]["regions"]["search"]
    cutflow = json.loads((tmp_path / "new/work/run" / RUN / "cutflow/heavier.json").read_text())
    line = cutflow["regions"]["search"][-1]
    assert region["events"] == line["events"] > 0
    assert region["acceptance_times_efficiency"] == pytest.approx(
        line["sum_of_weights"] / cutflow["sum_of_weights"]
    )
    relative = region["yield_statistical"] / region["yield"]
    assert relative == pytest.approx(line["sum_of_weights_squared"] ** 0.5 / line["sum_of_weights"])
    assert region["yield_systematic_up"] > 0.019 * region["yield"]  # the luminosity alone gives 2 %
    beyond = (
        "heavier: a limit is above the upper bound of the signal strength in the archive: "
        "searched up to 100"
    )
    assert found["warnings"] == [beyond]
    assert 10 < found["signals"]["heavier"]["limit"]["observed"] < 100


@pytest.mark.slow
def test_new_files_give_what_a_whole_run_gives(packed, whole, tmp_path):
    copy_as_another(whole / "input/dy_high_0.root", tmp_path / "model.root")
    changes = {"files": [str(tmp_path / "model.root")], "cross_section_pb": 0.3}
    signals = {"model": of_events(**changes) | {"point": 250.0}, "signal_200": new_signal()}
    assert reinterpret(packed, tmp_path / "new", signals) == 0
    drawn = json.loads((tmp_path / "new/work/limits.json").read_text())
    assert (drawn["signals"], drawn["x"]) == (["signal_200", "model"], [200.0, 250.0])
    assert (tmp_path / "new/work/limits.png").read_bytes().startswith(b"\x89PNG")

    project = Path(shutil.copytree(whole, tmp_path / "project"))

    def with_model(document):
        document["datasets"]["model"] = document["datasets"]["signal_200"] | changes
        document["samples"]["model"] = {"role": "signal", "datasets": ["model"]}
        for systematic in document["systematics"].values():
            if "signal_200" in systematic["samples"]:
                systematic["samples"].append("model")
        document["limits"]["points"]["model"] = 250.0

    edit_analysis(project, with_model)
    done = snakemake(project, f"{RUN}/limits.json")
    assert done.returncode == 0, done.stdout
    found = limits(project)
    assert json.dumps(limits(tmp_path / "new/work/run")) == json.dumps(
        {name: found[name] for name in ("model", "signal_200")}
    )


def test_without_packages_the_missing_one_is_named():
    """On bare Python, where `reexecute_archive.py` runs."""
    program = ROOT / "scripts/reinterpret_signal.py"
    done = subprocess.run(
        [sys.executable, "-S", str(program), "--archive", "x.zip", "--signal", "y.yaml"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 2
    assert re.search(r"package \w+ is not installed\n  → run it in the environment", done.stderr)
    assert "Traceback" not in done.stderr


def test_the_program_starts_without_matplotlib_pyhf_and_scipy():
    names = "{'matplotlib', 'pyhf', 'scipy'} & sys.modules.keys()"
    code = f"import sys, reinterpret_signal; print(*{names})"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == []
