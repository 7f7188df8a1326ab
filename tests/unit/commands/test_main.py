"""The command line of `wollemi`: what each command hands over to Snakemake or to its program."""

import os
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.project.paths import ROOT

from wollemi.commands import main as main_module
from wollemi.commands import programs
from wollemi.commands.main import main
from wollemi.commands.run_lock import run_lock


@pytest.fixture
def called(monkeypatch, tmp_path):
    """Commands that would have been run, in a folder of the workflow with one finished run."""
    lines = []
    monkeypatch.setattr(
        programs,
        "_wait",
        lambda command, variables, **_: lines.append((command, variables)) or 3,
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Snakefile").touch()
    for folder in ("config/analyses/zee", "scripts", "results/zee/records"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "config/analyses/zee/analysis.yaml").touch()
    return lines


def wollemi(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["run", "zee"], ["--cores", "2", "--config", "analysis=zee"]),
        (["run"], ["--cores", "2", "--config", "analysis=zprime"]),
        (
            ["run", "zee", "--preview", "100", "-c", "8", "-n", "--keep-going"],
            [
                "--cores",
                "8",
                "--dry-run",
                "--keep-going",
                "--config",
                "analysis=zee",
                "max_events=100",
            ],
        ),
        (
            ["run", "zee", "--config", "image=x"],
            ["--cores", "2", "--config", "analysis=zee", "image=x"],
        ),
        (["publish", "zee"], ["--cores", "2", "publish", "--config", "analysis=zee"]),
    ],
)
def test_runs_are_snakemake_s(called, arguments, line):
    assert wollemi(*arguments).exit_code == 3
    ((command, variables),) = called
    assert command == [sys.executable, "-m", "snakemake", "--logger", "wollemi", *line]
    assert variables["WOLLEMI_CONSOLE"] == "on"
    assert variables["PATH"].startswith(str(Path(sys.executable).parent))


@pytest.mark.parametrize("command", ["run", "publish"])
def test_a_second_run_is_refused_before_anything_else(called, monkeypatch, command):
    monkeypatch.setattr(main_module, "reuse_results", lambda *_: pytest.fail("it came to reuse"))
    with run_lock(Path("results/zee")):
        done = wollemi(command, "zee", "--keep-going")
    assert done.exit_code == 2
    assert f"process {os.getpid()} on this machine" in done.stderr
    assert called == []


@pytest.mark.parametrize("option", ["--dry-run", "--unlock", "--summary", "--list-rules"])
def test_what_makes_no_results_needs_no_lock(called, option):
    with run_lock(Path("results/zee")):
        assert wollemi("run", "zee", option).exit_code == 3


def test_verbose_runs_have_snakemake_s_words(called):
    wollemi("run", "zee", "--verbose")
    ((command, variables),) = called
    assert "--logger" not in command
    assert "WOLLEMI_CONSOLE" not in variables


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["check", "zee"], ["check_analysis", "config/analyses/zee/analysis.yaml"]),
        (["check", "other/analysis.yaml"], ["check_analysis", "other/analysis.yaml"]),
        (
            ["inspect", "a.root", "--tree", "Events"],
            ["inspect_dataset", "a.root", "--tree", "Events"],
        ),
        (
            ["bins", "zee", "peak", "--largest-error", "0.1"],
            ["choose_bins", "results/zee", "peak", "--largest-error", "0.1"],
        ),
        (
            ["events", "zee", "peak", "--at", "90"],
            ["list_events", "results/zee", "peak", "--at", "90"],
        ),
        (
            ["export", "zee", "h.root", "--events", "--ttree"],
            ["export_histograms", "results/zee", "h.root", "--events", "--ttree"],
        ),
        (["closure", "zee", "h.root"], ["check_closure", "results/zee", "h.root"]),
        (
            ["filter", "menu.yaml", "dy.root", "--output", "menu", "--latency", "0"],
            ["filter_events", "menu.yaml", "dy.root", "--output", "menu", "--latency", "0"],
        ),
        (
            ["tabulate", "zee", "events.root", "--samples", "dy"],
            ["tabulate_events", "results/zee", "events.root", "--samples", "dy"],
        ),
        (
            ["convert", "card.txt", "model.json", "--mass", "125"],
            ["convert_datacard", "card.txt", "model.json", "--mass", "125"],
        ),
        (["verify", "zee", "--adopt"], ["verify_results", "results/zee", "--adopt"]),
        (["verify", "results/zee"], ["verify_results", "results/zee"]),
        (
            ["explain", "results/zee/fit.json"],
            ["verify_results", "results/zee", "--explain", "results/zee/fit.json"],
        ),
        (["compare", "a=x", "b=y"], ["compare_runs", "a=x", "b=y"]),
        (
            ["merge-check", "zee", "a", "b", "--merged", "c"],
            ["check_merge", "config/analyses/zee/analysis.yaml", "a", "b", "--merged", "c"],
        ),
        (["history", "zee"], ["manage_history", "list", "results/zee"]),
        (["history", "results/zee"], ["manage_history", "list", "results/zee"]),
        (["restore", "5b1135"], ["manage_history", "restore", "5b1135"]),
        (["prune", "--gb", "2"], ["manage_history", "prune", "--gb", "2"]),
        (
            ["archive", "zee", "--wheels"],
            ["archive_analysis", "results/zee", "--archive", "zee.zip", "--wheels"],
        ),
        (["reexecute", ".", "--offline"], ["reexecute_archive", ".", "--offline"]),
        (
            ["reinterpret", ".", "s.yaml"],
            ["reinterpret_signal", "--archive", ".", "--signal", "s.yaml"],
        ),
    ],
)
def test_the_others_are_programs(called, arguments, line):
    assert wollemi(*arguments).exit_code == 3
    ((command, _),) = called
    assert command == [sys.executable, f"scripts/{line[0]}.py", *line[1:]]
    assert (ROOT / command[1]).is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "zeee"], "there is no analysis 'zeee'; did you mean 'zee'?"),
        (
            ["verify", "ze"],
            "no results of 'ze'; did you mean 'zee'?: run it with `wollemi run ze`",
        ),
        (["explain", "fit.json"], "'fit.json' is not a product of a run"),
        (["open", "zee"], "index.html is not there: the run has not finished"),
        (["start", "x"], "this is a checkout"),
        (["upgrade", "--run"], "workflow/vendored.json: does not exist"),
    ],
)
def test_a_mistake_has_a_message_and_exit_code_2(called, arguments, message):
    done = wollemi(*arguments)
    assert done.exit_code == 2
    assert message in done.output
    assert not called


def test_outside_of_a_workflow(called, monkeypatch, tmp_path):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    done = wollemi("run")
    assert done.exit_code == 2
    assert (
        f"no Snakefile in {Path.cwd()}: change to a folder of the workflow, or change to {ROOT}"
    ) in done.output


def test_without_snakemake(called, monkeypatch):
    monkeypatch.setattr(programs.importlib.util, "find_spec", lambda name: None)
    done = wollemi("run", "zee")
    assert done.exit_code == 2
    assert 'pip install "wollemi[workflow]"' in done.output


def test_a_wheel_starts_a_folder(monkeypatch, tmp_path):
    """As installed: the workflow beside the modules; the new folder has the programs with the
    package beside them.
    """
    package = tmp_path / "site/wollemi"
    for file in (
        "wollemi/__init__.py",
        "wollemi/project/Snakefile",
        "wollemi/project/scripts/fit_model.py",
    ):
        (tmp_path / "site" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / file).touch()
    monkeypatch.setattr(programs, "PACKAGE", package)
    monkeypatch.setattr(programs, "CARRIED", package / "project")
    new = tmp_path / "new"
    assert wollemi("start", str(new)).exit_code == 0
    made = {str(path.relative_to(new)) for path in new.rglob("*") if path.is_file()}
    assert made == {"Snakefile", "scripts/fit_model.py", "scripts/wollemi/__init__.py"}
    assert "has files in it" in wollemi("start", str(new)).output


def test_what_a_wheel_carries_is_here():
    assert [name for name in programs.WORKFLOW if not (ROOT / name).exists()] == []


def test_every_help_fits_a_screen():
    for name in ["", *main.commands]:
        lines = wollemi(*filter(None, [name]), "--help").output.splitlines()
        assert len(lines) <= (24 if name else 44), name  # the list of all commands is longer
        assert max(map(len, lines)) <= 80, name
        assert not any(
            line.endswith("...") and "NAME=" not in line and "Usage" not in line for line in lines
        ), name


# Commands that hand over all that follows them, in its order.
IN_ORDER = ("compare", "convert", "filter", "inspect")


@pytest.mark.parametrize("name", sorted(main.commands))
def test_an_unknown_option_is_never_taken_for_a_name(called, name):
    """In the place of the first argument, for each command."""
    arguments = ["--nonsense", "zee", "search", "zee", "zee"]
    done = wollemi(name, *arguments)
    if name in IN_ORDER:
        ((command, _),) = called
        assert command[2:] == arguments
        return
    assert done.exit_code == 2
    assert "--nonsense" in done.stderr
    assert re.search("[Nn]o such option|is not an option of this command", done.stderr)
    assert called == []


def test_an_option_that_is_nearly_known_is_suggested(called):
    assert "did you mean '--preview'?" in wollemi("run", "--previw", "100").stderr
    assert "run ANALYSIS --previw" in " ".join(wollemi("run", "--previw").stderr.split())
