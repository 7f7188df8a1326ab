"""Each kind of damage on a chain of two jobs, written by hand."""

import json
import os
import sys
from pathlib import Path

import pytest
import yaml
from support.tiny.analysis import make_analysis

from wollemi.base.digests import file_digest
from wollemi.base.json_files import render_json
from wollemi.job.locked_packages import LOCKED_PACKAGES
from wollemi.job.records import installed_packages, loaded_packages, seal_record
from wollemi.job.source_code import file_code_digest
from wollemi.provenance.chain import BROKEN, INTACT, STALE, worst
from wollemi.provenance.lineage import ancestors, draw_lineage, lineage_text
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.verify import verify_run
from wollemi_likelihood.base.errors import WollemiError

RUN = Path("results/run")
FIRST, SECOND = "results/run/records/first.json", "results/run/records/second.json"
MIDDLE, LAST = "results/run/middle.txt", "results/run/last.txt"


def write(name, text):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def digests(*names):
    return {Path(name).as_posix(): file_digest(Path(name)) for name in names}


def write_record(record, inputs, outputs, **more):
    code = {
        "program": "scripts/step.py",
        "code": {name: file_code_digest(name) for name in ("scripts/step.py", "scripts/part.py")},
    }
    packages = {"python": installed_packages()["python"], "numpy": installed_packages()["numpy"]}
    content = {
        "inputs": inputs,
        "outputs": outputs,
        "options": {},
        "environment": digests("uv.lock"),
        "packages": packages,
    }
    write(record, render_json(seal_record(code | content | more)))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """production.txt → first → middle.txt → second → last.txt."""
    monkeypatch.chdir(tmp_path)
    write("scripts/step.py", "import part\n")
    write("scripts/part.py", "PART = 1\n")
    for name in ("uv.lock", "production.txt", MIDDLE, LAST):
        write(name, name)
    write_record(FIRST, digests("production.txt"), digests(MIDDLE))
    write_record(SECOND, digests(MIDDLE), digests(LAST))


def verdict():
    """Status of the run, and cause and subject of each reason of each job."""
    chain = verify_run(RUN, PresentState())
    return chain.status, [
        [(reason.cause, reason.subject) for reason in job.reasons] for job in chain.jobs.values()
    ]


def test_an_untouched_chain_is_intact():
    assert verdict() == (INTACT, [[], []])
    assert verify_run(RUN, PresentState()).products == {MIDDLE: INTACT, LAST: INTACT}


def test_times_decide_nothing():
    for number, path in enumerate(Path().rglob("*.*")):
        os.utime(path, (number, number))
    assert verdict() == (INTACT, [[], []])


def test_a_changed_production_file():
    write("production.txt", "other")
    assert verdict() == (STALE, [[("input", "production.txt")], [("through", MIDDLE)]])


def test_a_lost_production_file_breaks_its_link_and_no_other():
    Path("production.txt").unlink()
    assert verdict() == (BROKEN, [[("origin", "production.txt")], []])


def test_a_changed_product_and_what_was_made_from_it():
    write(MIDDLE, "by hand")
    assert verdict() == (BROKEN, [[("product", MIDDLE)], [("through", MIDDLE)]])
    assert verify_run(RUN, PresentState()).products == {MIDDLE: BROKEN, LAST: STALE}


def test_what_is_made_together_with_a_lost_product_is_stale():
    write("results/run/twin.txt", "twin")
    write_record(SECOND, digests(MIDDLE), digests(LAST, "results/run/twin.txt"))
    Path(LAST).unlink()
    assert verify_run(RUN, PresentState()).products == {
        MIDDLE: INTACT,
        LAST: BROKEN,
        "results/run/twin.txt": STALE,
    }


def test_a_product_made_anew_below_what_was_made_from_it():
    write(MIDDLE, "new")
    write_record(FIRST, digests("production.txt"), digests(MIDDLE))
    assert verdict() == (STALE, [[], [("input", MIDDLE)]])


def test_a_lost_record():
    Path(FIRST).unlink()
    assert verdict() == (BROKEN, [[("input", MIDDLE)]])
    assert verify_run(RUN, PresentState()).strays == (MIDDLE,)


def test_a_product_without_a_record():
    write("results/run/notes.txt", "mine")
    chain = verify_run(RUN, PresentState())
    assert (chain.status, chain.strays) == (BROKEN, ("results/run/notes.txt",))


def test_logs_hidden_files_and_what_was_set_aside_are_no_products():
    for name in ("logs/first.log", ".stale/1/middle.txt", "plots/.partial.a.pdf"):
        write(RUN / name, "")
    assert verdict() == (INTACT, [[], []])


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("numpy", "numpi"),
        lambda text: text + " ",
        lambda text: text[:-30],
        lambda text: "[]\n",
        lambda text: render_json(
            {name: value for name, value in json.loads(text).items() if name != "digest"}
        ),
    ],
    ids=["content", "space", "truncated", "no mapping", "no digest"],
)
def test_a_damaged_record(damage):
    write(FIRST, damage(Path(FIRST).read_text()))
    chain = verify_run(RUN, PresentState())
    assert chain.status == BROKEN
    assert [reason.cause for reason in chain.jobs[FIRST].reasons] == ["record"]
    assert chain.jobs[SECOND].status != INTACT


def test_code_changed_new_and_gone():
    write("scripts/part.py", "PART = 2\n")
    write("scripts/step.py", "import part, extra\n")
    write("scripts/extra.py", "EXTRA = 1\n")
    expected = [("code", f"scripts/{name}.py") for name in ("extra", "part", "step")]
    assert verdict() == (STALE, [expected, [*expected, ("through", MIDDLE)]])
    write("scripts/step.py", "")
    assert ("code", "scripts/part.py") in verdict()[1][0]


def test_comments_and_docstrings_are_no_code():
    write("scripts/part.py", "# A part.\n\nPART = 1  # the first\n")
    assert verify_run(RUN, PresentState()).status == INTACT


def test_code_that_cannot_be_parsed_is_named():
    write("scripts/part.py", "import (\n")
    assert verdict()[1][0] == [("code", "scripts/part.py")]


def test_packages_and_the_lock_file(monkeypatch):
    monkeypatch.setattr(
        "wollemi.provenance.present_state.installed_packages",
        lambda: installed_packages() | {"numpy": "1.0"},
    )
    write("uv.lock", "other")
    chain = verify_run(RUN, PresentState())
    texts = [reason.text for reason in chain.jobs[FIRST].reasons]
    assert texts == [
        "environment: uv.lock has changed",
        f"package numpy: made with {installed_packages()['numpy']}, now 1.0",
    ]


def test_what_is_importable_beside_the_locked_packages_is_no_part_of_a_record(
    tmp_path, monkeypatch
):
    """As in an environment of developers, whose packages libraries import where they find them;
    others verify without these.
    """
    write("site/planted/__init__.py", "")
    write("site/planted-1.0.dist-info/METADATA", "")
    monkeypatch.syspath_prepend(tmp_path / "site")
    __import__("planted")
    assert installed_packages()["planted"] == "1.0"
    assert {"pytest", "planted"} <= sys.modules.keys()
    recorded = loaded_packages()
    assert {"python", "numpy", "pyyaml"} <= recorded.keys() <= LOCKED_PACKAGES | {"python"}
    write_record(FIRST, digests("production.txt"), digests(MIDDLE), packages=recorded)
    locked = {
        name: version
        for name, version in installed_packages().items()
        if name in LOCKED_PACKAGES | {"python"}
    }
    monkeypatch.setattr("wollemi.provenance.present_state.installed_packages", lambda: locked)
    assert verdict()[0] == INTACT


def test_a_section_that_changed_and_a_dataset_that_went(tmp_path, inputs):
    path = make_analysis(tmp_path / "tiny", inputs) / "config/analyses/tiny/analysis.yaml"
    document = yaml.safe_load(path.read_text())
    write("scripts/step.py", "import part\nSECTIONS = ('weight',)\n")
    state = PresentState()
    recorded = {
        "analysis": str(path),
        "options": {"dataset": "dy_low"},
        "program": "scripts/step.py",
        "settings": {},
    }
    settings = state.settings(recorded)
    write_record(
        FIRST, digests("production.txt"), digests(MIDDLE), **(recorded | {"settings": settings})
    )
    assert [job.status for job in verify_run(RUN, state).jobs.values() if job.record == FIRST] == [
        INTACT
    ]
    document["datasets"]["dy_low"]["weight"] = "2 * genWeight"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    assert verify_run(RUN, PresentState()).jobs[FIRST].reasons[0].subject == "weight"
    del document["datasets"]["dy_low"]
    document["samples"]["dy"]["datasets"] = ["dy_high"]
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    assert "no longer" in verify_run(RUN, PresentState()).jobs[FIRST].reasons[0].text


def test_a_file_outside_is_found_through_the_analysis(tmp_path, inputs):
    analysis = make_analysis(tmp_path / "tiny", inputs) / "config/analyses/tiny/analysis.yaml"
    outside = tmp_path / "elsewhere/dy_high_0.root"
    write(outside, "events")
    document = yaml.safe_load(analysis.read_text())
    document["datasets"]["dy_high"]["files"] = [str(outside)]
    analysis.write_text(yaml.safe_dump(document, sort_keys=False))
    digest = file_digest(outside)
    assert PresentState().input_digest("dy_high_0.root", digest, str(analysis)) == digest
    outside.write_text("other")
    assert PresentState().input_digest("dy_high_0.root", digest, str(analysis)) == file_digest(
        outside
    )
    assert PresentState().input_digest("nowhere.root", digest, str(analysis)) is None


def test_no_records_and_a_circle():
    write_record(FIRST, digests(LAST), digests(MIDDLE))
    with pytest.raises(WollemiError, match="depends on itself"):
        verify_run(RUN, PresentState())
    with pytest.raises(WollemiError, match="no records"):
        verify_run(Path("scripts"), PresentState())


def test_the_lineage_goes_back_to_the_production_file():
    text = lineage_text(verify_run(RUN, PresentState()), LAST)
    assert [
        line.split("──")[-1].split()[0] for line in text.splitlines() if "code files" not in line
    ] == [
        LAST,
        MIDDLE,
        "production.txt",
    ]
    assert ancestors(verify_run(RUN, PresentState()), LAST) == {
        SECOND: 0,
        FIRST: 1,
        "production.txt": 2,
    }


def test_the_lineage_says_what_is_wrong():
    write("production.txt", "other")
    text = lineage_text(verify_run(RUN, PresentState()), LAST)
    assert "! stale: the input production.txt has changed" in text
    with pytest.raises(WollemiError, match=r"did you mean 'results/run/last\.txt'"):
        lineage_text(verify_run(RUN, PresentState()), "results/run/lasst.txt")


def test_a_picture_is_reproducible():
    chain = verify_run(RUN, PresentState())
    draw_lineage(chain, LAST, Path("first.svg"))
    draw_lineage(chain, LAST, Path("second.svg"))
    picture = Path("first.svg").read_bytes()
    assert picture == Path("second.svg").read_bytes()
    assert all(name in picture.decode() for name in ("production.txt", "first", "second", LAST))


def test_the_worst_of_nothing_is_intact():
    assert worst([]) == INTACT
    assert worst([STALE, BROKEN, INTACT]) == BROKEN


def test_a_changed_rule_makes_its_job_stale_and_what_follows():
    chain = verify_run(RUN, PresentState(), {MIDDLE: "rule implementation changed"})
    assert [[reason.cause for reason in job.reasons] for job in chain.jobs.values()] == [
        ["rule"],
        ["through"],
    ]
