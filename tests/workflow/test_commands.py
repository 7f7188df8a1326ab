"""Commands of other frameworks in a run: what reruns after an edit, and what records and the rule
tell.
"""

import json
import os
import sys
import zipfile
from pathlib import Path

import pytest
import reexecute_archive
from support.archives.archives import archive, complete_project
from support.products.commands import FOLDER, give_command
from support.project.folders import copied
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS, STATISTICS, edit_analysis, planned_rules, snakemake
from support.tiny.edits import code_added, line_added, other_file, setting

from wollemi.archive.writing.finished_run import finished_run
from wollemi.base.json_files import render_json
from wollemi.job.records import seal_record
from wollemi.provenance.chain import INTACT
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.report import report_json, report_text
from wollemi.provenance.verify import verify_run
from wollemi_likelihood.base.errors import WollemiError

RUN = "results/tiny"
TARGETS = [f"{RUN}/histograms/{name}.json" for name in ("dy_masses", "dy_late")]
MASSES = {"run_command_masses", "read_histograms_dy_masses"}
LATE = {"run_command_late", "read_histograms_dy_late"}


def one_more_command(document):
    """It reads what the other one makes."""
    document["commands"]["late"] = {
        "run": 'cp "$(cat dy_masses.txt)" late.root',
        "inputs": "dy_masses",
        "outputs": ["late.root"],
    }
    document["datasets"]["dy_late"] = {**document["datasets"]["dy_masses"], "command": "late"}
    document["samples"]["dy"]["datasets"] = ["dy_low", "dy_masses", "dy_late"]


@pytest.fixture(scope="module")
def commanded(pristine, tmp_path_factory):
    """A project in which two commands have run; change only copies of it."""
    project = copied(pristine, tmp_path_factory.mktemp("commands") / "project")
    give_command(project)
    edit_analysis(project, one_more_command)
    done = snakemake(project, *TARGETS)
    assert done.returncode == 0, done.stdout
    return project


def everything_touched(project):
    for path in [*(project / "config").rglob("*.*"), *(project / "input").glob("*")]:
        os.utime(path)


EDITS = {
    "nothing": (lambda project: None, set()),
    "a touch of everything": (everything_touched, set()),
    "a comment in the analysis": (line_added(ANALYSIS), set()),
    "its script": (line_added(f"{FOLDER}/masses_hist.py"), MASSES | LATE),
    "its lines": (
        setting("commands", "masses", "run", value="python masses_hist.py masses.root *.txt"),
        MASSES | LATE,
    ),
    "a production file": (other_file, MASSES | LATE),
    "another command": (setting("commands", "late", "run", value="cat dy_masses.txt"), LATE),
    "a cross section": (
        setting("datasets", "dy_late", "cross_section_pb", value=7.0),
        {"read_histograms_dy_late"},
    ),
    "its program": (code_added("scripts/run_command.py"), MASSES | LATE),
    "how a job runs": (code_added("scripts/wollemi/job/log.py"), set()),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_reruns_what_depends_on_it(commanded, tmp_path, what):
    edit, expected = EDITS[what]
    project = copied(commanded, tmp_path / "project")
    edit(project)
    assert planned_rules(project, *TARGETS).keys() - {"all"} == expected


def test_records_tell_the_same(commanded, tmp_path, monkeypatch):
    project = copied(commanded, tmp_path / "project")
    monkeypatch.chdir(project)
    records = [f"{RUN}/records/run_command/{name}.json" for name in ("masses", "late")]
    chain = verify_run(Path(RUN), PresentState())
    assert [chain.jobs[record].reasons for record in records] == [(), ()]
    setting("commands", "late", "run", value="cat dy_masses.txt")(project)
    chain = verify_run(Path(RUN), PresentState())
    (reason,) = chain.jobs[records[1]].reasons
    assert reason.text == f"section 'command' of {ANALYSIS} has changed"
    assert chain.jobs[records[0]].reasons == ()
    edit_analysis(project, lambda document: document["commands"].pop("late"))
    edit_analysis(project, lambda document: document["datasets"].pop("dy_late"))
    edit_analysis(project, lambda document: document["samples"]["dy"]["datasets"].pop())
    (reason,) = verify_run(Path(RUN), PresentState()).jobs[records[1]].reasons
    assert reason.text == f"command 'late' is no longer in {ANALYSIS}"


def test_a_failed_command_ends_the_run_with_its_last_lines(commanded, tmp_path):
    project = copied(commanded, tmp_path / "project")
    setting("commands", "masses", "run", value="echo no muons; exit 1")(project)
    done = snakemake(project, TARGETS[0])
    assert done.returncode == 1
    last = "\n".join(done.stdout.splitlines()[-12:])
    assert "run_command: commands.masses: failed with exit code 1:\n    no muons" in last


def test_a_hidden_read_is_named_at_run_and_by_verify_and_archive(commanded, tmp_path, monkeypatch):
    project, cut = copied(commanded, tmp_path / "project"), tmp_path / "cut.txt"
    cut.write_text("30\n")
    lines = f"cut=$(cat {cut})\npython masses_hist.py masses.root dy_high.txt"
    setting("commands", "masses", "run", value=lines)(project)
    done = snakemake(project, TARGETS[0])
    assert done.returncode == 1
    named = f"reads files that it does not declare: no record would contain them\n  - {cut}\n"
    assert f"run_command: commands.masses: {named}" in done.stdout
    monkeypatch.chdir(project)
    chain = verify_run(Path(RUN), PresentState())
    assert chain.status != INTACT
    assert f"not made yet: commands.masses: {named}" in report_text(chain, None)
    assert named in report_json(chain)["failed_commands"][0]
    with pytest.raises(WollemiError, match="only an intact run is archived") as error:
        finished_run(Path(RUN), PresentState())
    assert named in error.value.problem
    # Declared, it is a dependency like any other.
    code = project / FOLDER / "cut.txt"
    code.write_text("30\n")
    files = [f"{FOLDER}/masses_hist.py", f"{FOLDER}/cut.txt"]
    setting("commands", "masses", "files", value=files)(project)
    setting("commands", "masses", "run", value=lines.replace(str(cut), "cut.txt"))(project)
    assert snakemake(project, *TARGETS).returncode == 0
    assert verify_run(Path(RUN), PresentState()).failed == ()
    record = f"{RUN}/records/run_command/masses.json"
    assert verify_run(Path(RUN), PresentState()).jobs[record].reasons == ()
    code.write_text("40\n")
    (reason,) = verify_run(Path(RUN), PresentState()).jobs[record].reasons
    assert reason.text == f"the input {FOLDER}/cut.txt has changed"


def test_a_hidden_read_is_named_where_nothing_else_has_run(project, tmp_path, monkeypatch):
    give_command(project, run=f"cat {ROOT}/README.md > masses.root")
    assert snakemake(project, TARGETS[0]).returncode == 1
    monkeypatch.chdir(project)
    with pytest.raises(WollemiError, match="has no records") as error:
        verify_run(Path(RUN), PresentState())
    assert f"{ROOT}/README.md" in error.value.problem


@pytest.mark.parametrize("unseen", [["what it got over the network"], None])
def test_what_was_not_watched_is_said(commanded, tmp_path, monkeypatch, unseen):
    """Also of a record that is older than the watch."""
    project = copied(commanded, tmp_path / "project")
    monkeypatch.chdir(project)
    assert verify_run(Path(RUN), PresentState()).unseen == []
    record = Path(f"{RUN}/records/run_command/late.json")
    content = json.loads(record.read_text())
    assert content.pop("unseen") == []
    more = {} if unseen is None else {"unseen": unseen}
    record.write_text(render_json(seal_record({**content, **more})))
    chain = verify_run(Path(RUN), PresentState())
    what = "what it read: it ran before this was watched" if unseen is None else unseen[0]
    text = f"run_command/late: no record contains {what}"
    assert f"\nnot watched\n  {text}\n" in report_text(chain, None)
    assert report_json(chain)["not_watched"] == [text]
    assert chain.jobs[record.as_posix()].reasons == ()


def test_a_public_file_is_fetched_for_a_command_alone(commanded, tmp_path):
    """A dataset that no sample has."""
    project = copied(commanded, tmp_path / "project")

    def change(document):
        document["datasets"]["spare"] = {"files": document["datasets"]["data"]["files"]}
        document["commands"]["masses"]["inputs"] = ["dy_high", "spare"]

    edit_analysis(project, change)
    planned = planned_rules(project, *TARGETS)
    assert planned.keys() - {"all"} == MASSES | LATE | {"fetch_dataset_spare"}


def test_events_of_a_command_are_read_like_others(project):
    """It copies a file, whose events then make the same histograms."""

    def change(document):
        low = document["datasets"]["dy_high"]
        document["commands"] = {
            "events": {
                "run": 'cp "$(cat dy_high.txt)" events.root',
                "inputs": "dy_high",
                "outputs": ["events.root"],
            }
        }
        document["datasets"]["dy_copied"] = {
            **{key: value for key, value in low.items() if key != "files"},
            "command": "events",
        }
        document["samples"]["dy"]["datasets"] = ["dy_low", "dy_copied"]
        document["samples"]["signal_200"]["datasets"] = ["dy_high"]

    edit_analysis(project, change)
    names = [f"{RUN}/histograms/{name}.json" for name in ("dy_high", "dy_copied")]
    done = snakemake(project, *names)
    assert done.returncode == 0, done.stdout
    ours, theirs = (json.loads((project / name).read_text()) for name in names)
    # Systematics of a signal are others than those of a background.
    shared = sorted(ours.keys() & theirs.keys())
    assert {"peak/mass_peak/nominal", "search/mt/nominal"} <= set(shared)
    assert [theirs[name]["storage"] for name in shared] == [
        ours[name]["storage"] for name in shared
    ]


@pytest.mark.slow
def test_an_archive_runs_its_commands_again(commanded, tmp_path, capsys):
    """Without a network, from what the archive has; ROOT's files hold a time, and are equal."""
    project = complete_project(commanded, tmp_path / "project")
    # Fits are not what this is about.
    others = STATISTICS.keys() - {"model"}
    edit_analysis(project, lambda document: [document.pop(name) for name in others])
    done = snakemake(project)
    assert done.returncode == 0, done.stdout
    masses = project / RUN / "records/run_command/masses.json"
    content = {**json.loads(masses.read_text()), "unseen": ["what it got over the network"]}
    masses.write_text(render_json(seal_record(content)))
    assert archive(project, tmp_path / "tiny.zip", "--production-files") == 0
    said = "run_command/masses: no record contains what it got over the network"
    assert f"not watched: {said}" in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "tiny.zip") as file:
        assert f"\n- {said}\n" in file.read("README.md").decode()
    report = tmp_path / "report.json"
    arguments = ["--work", str(tmp_path / "work"), "--report", str(report)]
    arguments += ["--environment", sys.prefix]
    assert reexecute_archive.main([str(tmp_path / "tiny.zip"), *arguments]) == 0
    files = json.loads(report.read_text())["files"]
    assert files[f"{RUN}/commands/masses/masses.root"]["status"] == "equal"
    assert files[f"{RUN}/records/run_command/masses.json"]["status"] == "equal"
    assert files[TARGETS[0]]["status"] == "identical"
