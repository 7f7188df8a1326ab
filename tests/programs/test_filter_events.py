"""The menu of docs/queries.md on generated events, against a plain loop over them."""

import json
import re
import subprocess
import sys

import filter_events
import numpy as np
import pandas as pd
import pytest
import yaml
from support.events.nano import nano_events, plain_events
from support.project.paths import ROOT
from support.tiny.events import write_root

FILES = {"dy.root": (41, 3000), "minbias.root": (42, 2000)}
SCANNED = [20.0, 25.0, 30.0, 35.0]


def documented():
    """The menu of the documentation."""
    page = (ROOT / "docs/queries.md").read_text("utf-8")
    return re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1]


def run(folder, menu, *more, output="out"):
    """The exit code of the program on the files of a folder."""
    (folder / "menu.yaml").write_text(menu, "utf-8")
    files = [str(folder / name) for name in FILES]
    given = [str(folder / "menu.yaml"), *files, "--output", str(folder / output)]
    return filter_events.main([*given, *more])


@pytest.fixture(scope="module")
def filtered(tmp_path_factory):
    """Folder with what the program has written, what it says, and the events."""
    folder = tmp_path_factory.mktemp("trigger")
    events = {name: nano_events(*made) for name, made in FILES.items()}
    for name, branches in events.items():
        write_root(folder / name, branches)
    lines = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lambda *texts, **_: lines.extend(texts))
        more = ["--scan", "electron_pt=20:35:5", "--latency", "20"]
        assert run(folder, documented(), *more) == 0, lines
    return folder, "\n".join(lines), events


@pytest.fixture(scope="module")
def decided(filtered):
    """Weights (events,) of each file, and path → which of its events a plain loop selects."""
    return {name: plain_loop(plain_events(branches)) for name, branches in filtered[2].items()}


def plain_loop(events, electron_pt=32):
    """The selections of the menu, event by event."""
    rows = []
    for event in events:
        electrons, muons = (
            [one["pt"] for one in event[name] if one["pt"] > low and abs(one["eta"]) < most]
            for name, low, most in (("Electron", 10, 2.5), ("Muon", 5, 2.4))
        )
        rows.append(
            {
                "weight": event["genWeight"],
                "single_electron": any(pt > electron_pt for pt in electrons),
                "double_electron": any(pt > 23 for pt in electrons) and electrons[1:2] > [12],
                "single_muon": any(pt > 24 for pt in muons),
                "cross": any(pt > 17 for pt in muons)
                and any(pt > 12 for pt in electrons)
                and event["MET_pt"] > 20,
                "monitor": bool(electrons),
            }
        )
    return pd.DataFrame(rows)


def test_flags_are_those_of_a_plain_loop(filtered, decided):
    flags = pd.read_parquet(filtered[0] / "out/flags.parquet")
    for number, (name, expected) in enumerate(decided.items()):
        found = flags[flags["file"] == number]
        assert found["entry"].tolist() == list(range(FILES[name][1]))
        assert found["event"].tolist() == list(range(1, FILES[name][1] + 1))
        for path in expected.columns[1:]:
            assert found[f"selected_{path}"].tolist() == expected[path].tolist(), path
            assert 0 < expected[path].sum() < len(expected)


def test_prescale_keeps_its_share(filtered):
    flags = pd.read_parquet(filtered[0] / "out/flags.parquet")
    selected, accepted = flags["selected_monitor"], flags["accepted_monitor"]
    assert not (accepted & ~selected).any()
    expected = selected.sum() / 20
    assert abs(accepted.sum() - expected) < 4 * np.sqrt(expected)
    for path in ("single_electron", "double_electron", "single_muon", "cross"):
        assert (flags[f"selected_{path}"] == flags[f"accepted_{path}"]).all()


def test_rates_are_sums_by_hand(filtered, decided):
    """Σwq / Σw of each file times its cross section and luminosity; total, unique, overlap."""
    rates = json.loads((filtered[0] / "out/rates.json").read_text("utf-8"))
    menu = yaml.safe_load(documented())
    paths, expected = list(menu["paths"]), dict.fromkeys(["total", "alone", "both"], 0.0)
    each = dict.fromkeys(paths, 0.0)
    for name, found in decided.items():
        rate = 2e34 * menu["rates"]["cross_sections_pb"][name] * 1e-36
        weights = found["weight"].to_numpy(np.float64)
        kept = {p: found[p].to_numpy() / menu["paths"][p].get("prescale", 1) for p in paths}
        others = [1 - kept[p] for p in paths if p != "single_muon"]
        sums = {
            "total": 1 - np.prod([1 - kept[p] for p in paths], axis=0),
            "alone": kept["single_muon"] * np.prod(others, axis=0),
            "both": kept["single_muon"] * kept["monitor"],
        }
        for key, values in sums.items():
            expected[key] += rate * np.average(values, weights=weights)
        for path in paths:
            each[path] += rate * np.average(kept[path], weights=weights)
    assert {path: rates["paths"][path]["rate_hz"] for path in paths} == pytest.approx(each, 1e-5)
    assert rates["total"]["rate_hz"] == pytest.approx(expected["total"], 1e-5)
    found = rates["paths"]["single_muon"]["unique_rate_hz"]
    assert found == pytest.approx(expected["alone"], 1e-5)
    assert rates["overlaps"]["single_muon"]["monitor"] == pytest.approx(expected["both"], 1e-5)


def test_scan_is_another_menu(filtered):
    """Each value gives the rate that a menu with this threshold has."""
    folder, _, events = filtered
    scan = json.loads((folder / "out/rates.json").read_text("utf-8"))["scans"]["electron_pt"]
    assert scan["values"] == SCANNED
    assert list(scan["paths"]) == ["single_electron"]
    for place, value in enumerate(SCANNED):
        expected = 0.0
        for name, cross_section in (("dy.root", 6077.2), ("minbias.root", 5.0e6)):
            rows = plain_loop(plain_events(events[name]), value)
            share = np.average(rows["single_electron"], weights=rows["weight"].astype(float))
            expected += 0.02 * cross_section * share
        assert scan["paths"]["single_electron"]["rate_hz"][place] == pytest.approx(expected, 1e-5)


def test_turn_ons_and_what_is_said(filtered):
    folder, said, _ = filtered
    numbers = json.loads((folder / "out/turn_on_single_muon.json").read_text("utf-8"))
    threshold = numbers["fit"]["parameters"]["threshold"]["value"]
    assert 22 < threshold < 26  # a cut at 24 on the quantity itself, but for eta and order
    assert "turn-on electron_leg: plateau" in said
    assert "| single_muon | 1 |" in said
    log = (folder / "out/filter.log").read_text("utf-8")
    assert "events/s decided" in log
    assert "µs an event at p50" in log
    assert all(part not in (folder / "out/rates.md").read_text("utf-8") for part in ("µs", "/s"))


def test_second_run_has_the_same_bytes(filtered):
    folder = filtered[0]
    assert run(folder, documented(), "--latency", "0", output="again") == 0
    timed, scanned = "filter.log", "rates.json"  # the second run scans nothing
    names = {path.name for path in (folder / "again").iterdir()} - {timed, scanned}
    assert len(names) == 2 + 2 * 3
    for name in names:
        first, second = ((folder / made / name).read_bytes() for made in ("out", "again"))
        assert first == second, name


def test_an_earlier_run_leaves_nothing_behind(filtered, capsys):
    """Its plots of scans and turn-ons that the menu has no more; what others put there stays."""
    folder = filtered[0]
    scan = ["--scan", "muon_pt=20:25:5", "--latency", "0"]
    assert run(folder, documented(), *scan, output="twice") == 0
    before = {path.name for path in (folder / "twice").iterdir()}
    assert {"scan_muon_pt.pdf", "turn_on_electron_leg.json"} < before
    for name in ("notes.txt", "scan_mine.pdf"):
        (folder / "twice" / name).write_text("by hand")
    menu = yaml.safe_load(documented())
    del menu["turn_ons"]["electron_leg"]
    broken = {**menu, "weight": "genWeight / 0"}
    there = {path.name: path.read_bytes() for path in (folder / "twice").iterdir()}
    assert run(folder, yaml.safe_dump(broken, sort_keys=False), output="twice") == 2
    assert {path.name: path.read_bytes() for path in (folder / "twice").iterdir()} == there
    assert run(folder, yaml.safe_dump(menu, sort_keys=False), "--latency", "0", output="twice") == 0
    gone = {
        f"{name}.{suffix}"
        for name in ("scan_muon_pt", "turn_on_electron_leg")
        for suffix in ("pdf", "png", "json")
    }
    after = {path.name for path in (folder / "twice").iterdir()}
    assert after == before - gone | {"notes.txt", "scan_mine.pdf"}
    assert "not of this run, and left there: scan_mine.pdf\n" in capsys.readouterr().out
    rates = json.loads((folder / "twice/rates.json").read_text("utf-8"))
    assert set(rates["files"]) == before - gone


def test_a_file_without_events_changes_nothing(filtered):
    """The first of two files of one process: rates and the latency are those of the other."""
    folder, _, events = filtered
    write_root(folder / "dy_0.root", {name: one[:0] for name, one in events["dy.root"].items()})
    (folder / "pattern.yaml").write_text(documented().replace("dy.root:", '"dy*.root":'), "utf-8")
    files = [str(folder / name) for name in ("pattern.yaml", "dy_0.root", *FILES)]
    assert filter_events.main([*files, "--output", str(folder / "empty"), "--latency", "5"]) == 0
    found, expected = (
        json.loads((folder / made / "rates.json").read_text("utf-8")) for made in ("empty", "out")
    )
    same = {"scans": {}, "files": []}  # the other one has a scan
    assert {**found, **same} == {**expected, **same}
    flags = pd.read_parquet(folder / "empty/flags.parquet")
    assert flags["file"].value_counts().to_dict() == {1: 3000, 2: 2000}
    assert "µs an event at p50" in (folder / "empty/filter.log").read_text("utf-8")


def test_help():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/filter_events.py", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--scan" in done.stdout
