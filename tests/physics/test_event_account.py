"""Every event is accounted for, whatever the analysis: random selections on random files, against a
plain loop.
"""

import json
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from support.project.seeds import slow_but
from support.tiny.analysis import put_analysis
from support.tiny.steps import merge, process, read_json

COLUMNS = ("a", "b", "c")


def random_cut(rng):
    low = round(float(rng.uniform(-1, 0.6)), 2)
    return str(
        rng.choice(
            [f"{rng.choice(COLUMNS)} > {low}", f"{low} < {rng.choice(COLUMNS)} <= {low + 0.8}"]
        )
    )


def random_selection(rng):
    return " and ".join(random_cut(rng) for _ in range(rng.integers(1, 4)))


def random_document(rng, files):
    regions = {
        f"r{i}": {"selection": random_selection(rng), "variable": "a"}
        for i in range(rng.integers(1, 6))
    }
    skim = {"skim": {"selection": random_cut(rng)}} if rng.random() < 0.7 else {}
    dataset = {"files": files, "normalization": "none"}
    # These files have no numbers of events.
    shared = {"jobs_per_file": int(rng.integers(1, 4)), "repeated_numbers": True}
    dataset |= shared if rng.random() < 0.5 else {"files_per_job": int(rng.integers(1, 4))}
    return {
        "name": "tiny",
        "title": "random",
        "center_of_mass_tev": 13,
        "datasets": {"d": dataset},
        "samples": {"d": {"role": "background", "datasets": "d"}},
        "variables": {"a": {"expression": "a", "bins": [4, -2, 2], "label": "a"}},
        "regions": regions,
    } | skim


def random_files(rng):
    """Parquet files, some of them empty, and their events one after the other."""
    files, events = [], []
    for index in range(rng.integers(1, 6)):
        size = int(rng.choice([0, 1, rng.integers(2, 400)]))
        columns = {name: rng.normal(0, 1, size) for name in COLUMNS}
        files.append(f"input/{index}.parquet")
        Path("input").mkdir(exist_ok=True)
        ak.to_parquet(ak.Array(columns), files[-1])
        events += [
            dict(zip(COLUMNS, row, strict=True))
            for row in zip(*(columns[name].tolist() for name in COLUMNS), strict=True)
        ]
    return files, events


def expected_account(document, events, most):
    """Each event in its category, by Python's own evaluation of the selections."""
    unselected = {"not read, in a preview": 0, "rejected by the skim": 0, "in no region": 0}
    selected = {}
    for index, event in enumerate(events):
        passes = lambda text, event=event: eval(text, {}, event)  # noqa: E731
        regions = " + ".join(
            name for name, region in document["regions"].items() if passes(region["selection"])
        )
        if most and index >= most:
            unselected["not read, in a preview"] += 1
        elif "skim" in document and not passes(document["skim"]["selection"]):
            unselected["rejected by the skim"] += 1
        elif not regions:
            unselected["in no region"] += 1
        else:
            selected[regions] = selected.get(regions, 0) + 1
    return {"entries": len(events), "unselected": unselected, "selected": selected}


@pytest.mark.parametrize("seed", slow_but(range(4), range(12)))
def test_random_analyses(tmp_path, monkeypatch, seed):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(seed)
    files, events = random_files(rng)
    document = random_document(rng, files)
    put_analysis(document)
    for most in (0, int(rng.integers(1, len(events) + 2))):
        process("d", max_events=most)
        account = read_json("cutflow/d.json")["account"]
        assert account == expected_account(document, events, most)
        assert account["entries"] == sum(account["unselected"].values()) + sum(
            account["selected"].values()
        )


def test_an_event_that_the_programs_lose_stops_them(tiny, capfd):
    """A file that gives fewer events than it says it has, as it stands in the cutflow of the
    skim.
    """
    process("dy_high")
    path = Path("results/tiny/cutflow/dy_high/skim_0.json")
    content = json.loads(path.read_text())
    content["files"][0]["entries"] += 1
    path.write_text(json.dumps(content))
    assert merge("dy_high") == 2
    assert (
        "the files say that they hold 1,501 events, and 1,500 are accounted for"
        in capfd.readouterr().err
    )
