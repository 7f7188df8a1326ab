"""Random edits and reverts of a run of four jobs, made by a function of four lines: what comes back
is what it would make, and it makes nothing twice.
"""

import hashlib
import json
import random
import shutil
from pathlib import Path

import pytest
from support.project.seeds import slow_but

from wollemi.base.digests import file_digest
from wollemi.base.json_files import render_json
from wollemi.history import metadata
from wollemi.history.keep import PlannedAnalysis, keep_run
from wollemi.history.prune import pruned
from wollemi.history.report import history_text
from wollemi.history.reuse import find_reuse, take_back, with_notes_for
from wollemi.history.states import State, find_state, present_state, read_states
from wollemi.history.store import Store
from wollemi.history.whole import restore_state
from wollemi.job.records import installed_packages, seal_record
from wollemi.job.source_code import file_code_digest
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.verify import verify_run
from wollemi_likelihood.base.errors import WollemiError

RUN = Path("results/run")
# Job → what it reads; each makes a file of its name with its program.
JOBS = {
    "left": ["left.txt"],
    "right": ["right.txt"],
    "both": [f"{RUN}/left", f"{RUN}/right"],
    "last": [f"{RUN}/both", f"{RUN}/records/right.json"],
}
PLANNED = PlannedAnalysis("config/analyses/run/analysis.yaml", {}, {"name": "run"})


def made(job):
    """The product of a job: a function of its code and of what it reads."""
    read = [Path(f"scripts/{job}.py"), *map(Path, JOBS[job])]
    text = b"".join(hashlib.sha256(path.read_bytes()).digest() for path in read)
    return hashlib.sha256(text).hexdigest() * 20


def run_job(job):
    """Make the product, the record, the log, and the notes that Snakemake would write."""
    product, record, program = f"{RUN}/{job}", f"{RUN}/records/{job}.json", f"scripts/{job}.py"
    for path in (record, f"{RUN}/logs/{job}.log"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(product).write_text(made(job))
    Path(f"{RUN}/logs/{job}.log").write_text(f"DEBUG {job}\n")
    content = {
        "program": program,
        "inputs": {name: file_digest(Path(name)) for name in JOBS[job]},
        "outputs": {product: file_digest(Path(product))},
        "options": {},
        "code": {program: file_code_digest(program)},
        "environment": {},
        "packages": {"python": installed_packages()["python"]},
    }
    Path(record).write_text(render_json(seal_record(content)))
    metadata.write_notes({name: json.dumps({"rule": job}) for name in (product, record)})


def run():
    """What Snakemake does, by content: the jobs that ran."""
    ran = []
    for job in JOBS:
        path = RUN / job
        record = RUN / f"records/{job}.json"
        recorded = (
            json.loads(record.read_text()) if record.is_file() else {"inputs": {}, "code": {}}
        )
        now = {name: file_digest(Path(name)) for name in JOBS[job]}
        code = {f"scripts/{job}.py": file_code_digest(f"scripts/{job}.py")}
        unfinished = metadata.read_notes([f"{RUN}/{job}", record.as_posix()]) is None
        if (
            unfinished
            or not path.is_file()
            or (recorded["inputs"], recorded["code"]) != (now, code)
        ):
            run_job(job)
            ran.append(job)
    return ran


def edit(name, value):
    content = f"VALUE = {value}\n" if name.startswith("scripts") else f"{value}"
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(content)


SOURCES = ["left.txt", "right.txt", *(f"scripts/{job}.py" for job in JOBS)]


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """A working folder in which nothing has run, and a store outside of it."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name in SOURCES:
        edit(name, 0)
    return Store(tmp_path / "store")


def take():
    """Bring back what need not run; how many jobs."""
    store = Store(Path("../store"))
    present = PresentState()
    reuse = find_reuse(RUN.as_posix(), read_states(store, "run"), present)
    return len(take_back(store, reuse, present))


def keep():
    return keep_run(Store(Path("../store")), "run", PLANNED, True)


def key(job):
    """What a job depends on, back to the sources."""
    inputs = [name.removeprefix(f"{RUN}/records/").removeprefix(f"{RUN}/") for name in JOBS[job]]
    sources = [
        key(name.removesuffix(".json")) if name.removesuffix(".json") in JOBS else name
        for name in inputs
    ]
    code = Path(f"scripts/{job}.py").read_text()
    return job, code, *(Path(s).read_text() if isinstance(s, str) else s for s in sources)


@pytest.mark.parametrize("seed", slow_but(range(2), range(6)))
def test_no_job_runs_twice_and_every_product_is_that_of_a_run(seed):
    generator = random.Random(seed)
    known = set()
    for _ in range(12):
        for name in generator.sample(SOURCES, generator.choice([0, 1, 1, 2])):
            edit(name, generator.randrange(3))
        if generator.random() < 0.2:  # a damaged or lost product is made good, too
            path = RUN / generator.choice(list(JOBS))
            if path.is_file():
                generator.choice([path.unlink, lambda path=path: path.write_text("other")])()
        take()
        ran = run()
        wanted = [key(job) for job in JOBS]
        assert [key(job) for job in ran] == [item for item in wanted if item not in known]
        assert {job: (RUN / job).read_text() for job in JOBS} == {job: made(job) for job in JOBS}
        assert verify_run(RUN, PresentState()).status == "intact"
        known.update(wanted)
        keep()


def test_another_checkout_makes_nothing(tmp_path, monkeypatch):
    run()
    keep()
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "there")
    for name in SOURCES:
        edit(name, 0)
    assert take() == len(JOBS)
    assert run() == []
    assert Path(f"{RUN}/logs/both.log").read_text() == "DEBUG both\n"


def test_times_are_in_the_order_of_the_jobs(tmp_path, monkeypatch):
    """Also of products that stay and were made from one that comes back."""
    run()
    keep()
    Path(f"{RUN}/left").unlink()
    assert take() == 1
    for job, names in JOBS.items():
        made_at = Path(f"{RUN}/{job}").stat().st_mtime_ns
        assert all(Path(name).stat().st_mtime_ns <= made_at for name in names)


@pytest.mark.parametrize("kind", ["record", "product", "notes"])
def test_nothing_comes_back_from_a_damaged_store(store, kind):
    run()
    keep()
    content = json.loads(next(store.states.rglob("*.json")).read_text())
    job = content["jobs"][f"{RUN}/records/left.json"]
    damaged = {"product": file_digest(RUN / "left"), **job}[kind]
    store.path(damaged).chmod(0o644)
    store.path(damaged).write_bytes(b"other")
    edit("left.txt", 1)
    run()
    edit("left.txt", 0)
    before = (RUN / "left").read_text()
    take()
    now = (RUN / "left").read_text()
    assert now in ((made("left"), before) if kind == "notes" else (before,))
    run()
    assert {job: (RUN / job).read_text() for job in JOBS} == {job: made(job) for job in JOBS}


def test_a_state_that_names_files_elsewhere_brings_none_back(store, tmp_path):
    run()
    keep()
    path = next(store.states.rglob("*.json"))
    state = json.loads(path.read_text())
    record = json.loads((RUN / "records/left.json").read_text())
    for name in ("../../outside", "/tmp/outside", "elsewhere/outside"):
        record["outputs"] = {name: file_digest(RUN / "left")}
        hostile = seal_record({key: value for key, value in record.items() if key != "digest"})
        state["jobs"][f"{RUN}/records/left.json"]["record"] = store.add_bytes(
            render_json(hostile).encode()
        )
        path.chmod(0o644)
        path.write_text(json.dumps(state))
        (found,) = read_states(store, "run")
        assert set(found.jobs) == {f"{RUN}/records/{job}.json" for job in JOBS if job != "left"}


def test_a_job_that_was_killed_while_it_came_back_runs(monkeypatch):
    run()
    keep()
    Path(f"{RUN}/both").write_text("other")

    def killed(notes):
        raise KeyboardInterrupt

    monkeypatch.setattr("wollemi.history.restore.write_notes", killed)
    with pytest.raises(KeyboardInterrupt):
        take()
    monkeypatch.undo()
    Path.cwd()
    assert metadata.read_notes([f"{RUN}/both"]) is None


def test_notes_of_another_snakemake_are_not_used(store):
    run()
    keep()
    (state,) = read_states(store, "run")
    state = State(store, {**state.content, "snakemake": "9.27.1"})
    assert with_notes_for([state], "9.30") == [state]
    assert with_notes_for([state], "7.32.4") == with_notes_for([state], "") == []


def test_a_run_of_some_targets_is_kept_as_not_complete(store):
    """Its last job is of before the edit: what it says is not of this state."""
    run()
    keep()
    edit("left.txt", 1)
    run_job("left")
    name = keep()
    assert [state.content["complete"] for state in read_states(store, "run")] == [True, False]
    assert take() == 0
    run()
    assert keep() != name
    assert read_states(store, "run")[-1].content["complete"]


def test_three_states_come_back_whole_and_nothing_is_lost(store):
    names, products = [], []
    for value in range(3):
        edit("left.txt", value)
        run()
        names.append(keep())
        products.append({job: (RUN / job).read_text() for job in JOBS})
    assert len(set(names)) == 3
    assert present_state(read_states(store, "run")) == names[2]
    edit("scripts/both.py", 5)
    run()  # and not kept
    unsaved = (RUN / "both").read_text()
    done = restore_state(store, find_state(store, names[0]))
    assert done.kept not in names
    for value, name in enumerate(names):
        done = restore_state(store, find_state(store, name[:6]))
        edit("left.txt", value)
        edit("scripts/both.py", 0)
        assert {job: (RUN / job).read_text() for job in JOBS} == products[value]
        assert verify_run(RUN, PresentState()).status == "intact"
        assert run() == []
    last = read_states(store, "run")
    assert len(last) == 4
    (lost,) = [state for state in last if state.name not in names]
    restore_state(store, lost)
    assert (RUN / "both").read_text() == unsaved
    assert history_text(last, None).count("\n\n") == 3


ANALYSIS = "config/analyses/run/analysis.yaml"
FILES = [ANALYSIS, "config/analyses/run/hooks.py", "config/common/samples.yaml"]


def no_results():
    pass


def no_whole_job():
    run()
    for job in JOBS:
        (RUN / job).write_text("by hand")


@pytest.mark.parametrize("results", [no_results, no_whole_job, run])
@pytest.mark.parametrize("edited", [[name] for name in FILES] + [FILES])
def test_edits_that_a_state_replaces_are_a_state(store, results, edited):
    """Of files that no run has read, and of an analysis with problems, too."""
    run()
    for name in FILES:
        edit(name, 0)
    planned = PlannedAnalysis(
        ANALYSIS, {name: Path(name).read_bytes() for name in FILES}, {"name": "run"}
    )
    name = keep_run(store, "run", planned, True)
    shutil.rmtree(RUN)
    metadata.remove_notes([f"{RUN}/{job}" for job in JOBS])
    results()
    for path in edited:
        edit(path, 1)
    before = {path: Path(path).read_bytes() for path in FILES}
    done = restore_state(store, find_state(store, name))
    assert sorted(done.files) == sorted(edited)
    assert {path: Path(path).read_bytes() for path in FILES} == planned.files
    restore_state(store, find_state(store, done.kept))
    assert {path: Path(path).read_bytes() for path in FILES} == before
    assert history_text(read_states(store, "run"), None).count(name)


def test_hooks_that_a_state_does_not_have_are_no_part_of_it(store):
    run()
    name = keep()
    edit(FILES[1], 1)
    done = restore_state(store, find_state(store, name))
    assert (done.gone, Path(FILES[1]).exists()) == ([FILES[1]], False)
    restore_state(store, find_state(store, done.kept))
    assert Path(FILES[1]).read_text() == "1"


def test_hooks_that_a_state_has_read_and_not_kept_stay(store, monkeypatch):
    edit(FILES[1], 0)
    monkeypatch.setitem(JOBS, "left", ["left.txt", FILES[1]])
    run()
    name = keep()
    edit(FILES[1], 1)
    assert restore_state(store, find_state(store, name)).gone == []
    assert Path(FILES[1]).read_text() == "1"


def test_a_file_that_no_state_keeps_is_not_replaced(store):
    run()
    edit(ANALYSIS, 0)
    name = keep_run(store, "run", PlannedAnalysis(ANALYSIS, {ANALYSIS: b"0"}, None), True)
    edit(ANALYSIS, "https://x.org/a.root?X-Amz-Signature=0123456789abcdef")
    with pytest.raises(WollemiError) as error:
        restore_state(store, find_state(store, name))
    assert error.value.where == ANALYSIS
    assert "Signature" in Path(ANALYSIS).read_text()


def test_a_restored_state_has_no_jobs_of_another(store):
    run()
    name = keep()
    JOBS["further"] = [f"{RUN}/last"]
    try:
        edit("scripts/further.py", 0)
        run()
        done = restore_state(store, find_state(store, name))
    finally:
        del JOBS["further"]
    assert (done.removed, done.jobs) == (1, 0)
    assert not list(RUN.rglob("further*"))


def test_the_oldest_states_go_first_and_kept_ones_stay_whole(store):
    names = []
    for value in range(4):
        edit("left.txt", value)
        run()
        names.append(keep())
    everything = pruned(store, 1e9)
    assert (everything.states, everything.removed) == (0, 0)
    done = pruned(store, everything.left - 1)
    assert done.left <= everything.left - 1
    left = [state.name for state in read_states(store, "run")]
    assert left == names[done.states :]
    assert 0 < done.states < 4
    for name in left:
        restore_state(store, find_state(store, name))
    (store.states / "run/damaged.json").write_text('{"jobs": [')
    (store.states / "run/older.json").write_text('{"schema": "wollemi-state-0", "jobs": {"a": {}}}')
    assert pruned(store, 0).left == 0
    assert read_states(store, "run") == []
