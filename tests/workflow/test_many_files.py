"""A job of a part is given its own files alone: planning is linear in the files of a dataset, and
one more file runs one part.
"""

import json
import re
from collections import Counter
from pathlib import Path

import make_manifest
import pytest
from support.project.folders import copied
from support.tiny.analysis import (
    ANALYSIS,
    edit_analysis,
    planned_rules,
    snakemake,
    use_manifest,
)
from support.tiny.edits import setting
from support.tiny.events import copy_as_another

from wollemi.provenance.present_state import PresentState
from wollemi.provenance.snakemake import ask_snakemake, compare_plan
from wollemi.provenance.verify import verify_run

MANIFEST = "manifests/dy_low.json"
DATASET = {"tree": "Events", "weight": "genWeight", "cross_section_pb": 1.0}
MERGED = "results/tiny/cutflow/dy_low.json"


def many_files(project, number):
    """So many files of events, which differ in their headers."""
    names = [f"input/many_{index:03}.root" for index in range(number)]
    for number, name in enumerate(names, 1):
        copy_as_another(project / "input/dy_low_0.root", project / name, number)
    return names


def jobs_of_the_parts(project):
    """Inputs of the jobs up to the merge, and lengths of their commands without digits."""
    done = snakemake(project, MERGED, "--dry-run", "--printshellcmds", "--nocolor")
    assert done.returncode == 0, done.stdout
    inputs = re.findall(r"^    input: (.*)$", done.stdout, re.MULTILINE)
    commands = re.findall(r"^python (?:.*\\\n)*.*$", done.stdout, re.MULTILINE)
    assert len(inputs) == len(commands) > 2
    return sum(len(text.split(", ")) for text in inputs), {
        len(re.sub(r"\d", "", re.sub(r"[0-9a-f]{64}", "", text))) for text in commands
    }


@pytest.mark.parametrize(("per_job", "more"), [(1, {"tolerate": "10%"}), (5, {})])
def test_inputs_grow_as_the_files_and_commands_do_not(project, per_job, more):
    found = []
    for number in (10, 20, 30):
        files = {"files": many_files(project, number), "files_per_job": per_job} | more
        setting("datasets", "dy_low", value=DATASET | files)(project)
        found.append(jobs_of_the_parts(project))
    (first, commands), (second, same), (third, _) = found
    assert third - second == second - first > 0
    assert commands == same


def ran(text):
    """Rule → number of jobs that a run has run."""
    names = re.findall(r"^(\w+) +\d+\.\d s", text, re.MULTILINE)
    return Counter(names)


def make(files):
    assert make_manifest.main([MANIFEST, *files, "--weight", "genWeight", "--processes", "1"]) == 0


def judged():
    """Jobs that are not intact by their records, by name; Snakemake has to agree."""
    chain = verify_run(Path("results/tiny"), PresentState())
    return {job.name for job in chain.jobs.values() if job.to_redo}, chain


@pytest.fixture(scope="module")
def merged(pristine, tmp_path_factory):
    """The merge of a dataset of three parts, of two files each, that a manifest lists."""
    project = copied(pristine, tmp_path_factory.mktemp("merged") / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        make([f"input/dy_low_{index}.root" for index in range(6)])
        use_manifest(project, "dy_low", MANIFEST)
        edit_analysis(
            project, lambda document: document["datasets"]["dy_low"].update(files_per_job=2)
        )
        done = snakemake(project, MERGED)
        assert done.returncode == 0, done.stdout
        assert judged()[0] == set()
    return project


@pytest.fixture
def manifested(merged, tmp_path, monkeypatch):
    """A copy of it as the working folder."""
    project = copied(merged, tmp_path / "project")
    monkeypatch.chdir(project)
    return project


def test_one_more_file_runs_one_part(manifested):
    make([f"input/dy_low_{index}.root" for index in range(7)])
    assert judged()[0] == {"merge_parts/dy_low"}
    done = snakemake(manifested, MERGED)
    assert done.returncode == 0, done.stdout
    assert ran(done.stdout) == {
        "skim_events_dy_low": 1,
        "fill_histograms_dy_low": 1,
        "merge_parts_dy_low": 1,
    }
    stale, chain = judged()
    assert stale == set()
    difference = compare_plan(chain, ask_snakemake(chain))
    assert difference.remade == difference.kept == ()
    cutflow = json.loads(Path(MERGED).read_text())
    assert [Path(file["path"]).stem for file in cutflow["files"]] == [
        f"dy_low_{index}" for index in range(7)
    ]
    assert "Nothing to be done" in snakemake(manifested, MERGED, "--dry-run").stdout


def entry(change):
    """An edit of what the manifest says of its third file, which the second part reads."""

    def edit():
        content = json.loads(Path(MANIFEST).read_text())
        change(content, content["files"][2])
        Path(MANIFEST).write_text(json.dumps(content))

    return edit


def one_event_more(content, file):
    content["entries"] += 1
    file["entries"] += 1


def another_byte():
    content = bytearray(Path("input/dy_low_2.root").read_bytes())
    content[-1] ^= 1
    Path("input/dy_low_2.root").write_bytes(content)


ONE_PART = {"skim_events_dy_low": 1, "fill_histograms_dy_low": 1, "merge_parts_dy_low": 1}
EDITS = {
    "a digest": (entry(lambda content, file: file.update(sha256="0" * 64)), ONE_PART),
    "a size": (entry(lambda content, file: file.update(size=1)), ONE_PART),
    "a number of events": (entry(one_event_more), ONE_PART),
    "spaces": (entry(lambda content, file: None), {"merge_parts_dy_low": 1}),
    "a byte of a file": (another_byte, ONE_PART),
    "a file of another part less": (
        lambda: make([f"input/dy_low_{index}.root" for index in range(5)]),
        ONE_PART,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", EDITS)
def test_an_edit_runs_the_part_that_it_concerns(manifested, what):
    edit, expected = EDITS[what]
    edit()
    assert planned_rules(manifested, MERGED) == expected
    stale, chain = judged()
    assert Counter(re.sub(r"_\d+$", "", name).replace("/", "_") for name in stale) == expected
    assert ask_snakemake(chain).pending >= {
        name for job in chain.jobs.values() if job.to_redo for name in job.outputs
    }


def test_a_part_that_went_is_named(manifested):
    make([f"input/dy_low_{index}.root" for index in range(4)])
    stale, chain = judged()
    assert stale == {"merge_parts/dy_low", "skim_events/dy_low_2", "fill_histograms/dy_low_2"}
    (reason,) = chain.jobs["results/tiny/records/skim_events/dy_low_2.json"].reasons
    assert reason.text == f"part 2 of dataset 'dy_low' is no longer in {ANALYSIS}"


def test_a_lost_manifest_is_named_and_changes_no_part(manifested):
    Path(MANIFEST).unlink()
    stale, chain = judged()
    assert stale == set()
    assert [reason.text for job in chain.jobs.values() for reason in job.reasons] == [
        f"the input {MANIFEST} is missing"
    ]


def test_one_more_file_in_a_list(finished_copy):
    copy_as_another(finished_copy / "input/dy_low_0.root", finished_copy / "input/dy_low_7.root")
    edit_analysis(
        finished_copy,
        lambda document: document["datasets"]["dy_low"]["files"].append("input/dy_low_7.root"),
    )
    planned = planned_rules(finished_copy)
    assert {name: planned[name] for name in planned if "dy_" in name} == ONE_PART


def test_a_part_that_is_none_is_refused(project):
    done = snakemake(project, "results/tiny/events/dy_low/2.parquet", "--dry-run")
    assert done.returncode != 0
    assert "dataset dy_low: has no part 2, only 2" in done.stdout
