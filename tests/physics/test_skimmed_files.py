"""Simulated files that were skimmed before they came here give the yields of the files before the
skim.
"""

import re
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from support.events.skimmed_files import bookkeepers, kept_by, runs_of, write_skimmed
from support.events.weight_sets import read_events, use_weight_sets
from support.project.seeds import slow_but
from support.tiny.analysis import edit_analysis
from support.tiny.events import make_events
from support.tiny.steps import RESULTS, merge, process, read_json

from wollemi.histograms.histogram import read_histograms

FILES = [f"input/dy_high_{index}.root" for index in range(3)]


def use_files(files, **settings):
    """Let the dataset have some files."""
    item = {"files": files, "files_per_job": 2, **settings}
    edit_analysis(Path.cwd(), lambda document: document["datasets"]["dy_high"].update(item))


def yields():
    """Histograms of the dataset: name → values and variances, in one array."""
    process("dy_high")
    found = read_histograms(Path(f"{RESULTS}/histograms/dy_high.json"))
    return {
        name: np.concatenate([item.values(flow=True), item.variances(flow=True)])
        for name, item in found.items()
    }


def some_events(seed, number, negative=0.1):
    """Events of the files: different ones, numbered apart."""
    rng = np.random.default_rng([seed, 7])
    parts = [make_events("dy_high", rng, int(rng.integers(200, 500))) for _ in range(number)]
    for index, part in enumerate(parts):
        part["luminosityBlock"] = part["luminosityBlock"] + np.uint32(1000 * index)
        signs = np.where(rng.random(len(part["event"])) < negative, -1, 1)
        part["genWeight"] = (signs * rng.gamma(4, 250, len(part["event"]))).astype(np.float32)
    return parts


@pytest.mark.parametrize("seed", slow_but(range(2), range(4)))
def test_any_skim_of_any_files(tiny, seed):
    """Files, shares, entries and names of `Runs`, weights at random; some files are whole."""
    rng = np.random.default_rng(seed)
    parts = some_events(seed, len(FILES))
    for file, part in zip(FILES, parts, strict=True):
        write_skimmed(Path(file), part, runs_of(part))
    settings = {"weight": ["genWeight", None][seed % 2]}
    use_files(FILES, **settings)
    before, flow = yields(), read_json("cutflow/dy_high.json")
    assert "produced" not in flow
    shares = [0.58, *rng.choice([0.3, 0.58, 0.8, 1.0], 2)]
    for file, part, share in zip(FILES, parts, shares, strict=True):
        runs = runs_of(part, int(rng.integers(1, 4)), rng.choice(["", "_"]))
        write_skimmed(
            Path(file), part, runs, kept_by(part, rng, share) if share < 1 else slice(None)
        )
    after = yields()
    assert before.keys() == after.keys()
    for name, values in before.items():
        np.testing.assert_allclose(after[name], values, rtol=1e-12, atol=0)
    skimmed = read_json("cutflow/dy_high.json")
    assert skimmed["normalization"] == pytest.approx(flow["normalization"], rel=1e-12)
    assert skimmed["produced"]["events"] == flow["skim"][0]["events"] > skimmed["skim"][0]["events"]
    for key in ("sum_of_weights", "sum_of_weights_squared"):
        assert skimmed["produced"][key] == pytest.approx(flow["skim"][0][key], rel=1e-12)
    assert skimmed["regions"] == flow["regions"]


def test_a_skim_that_leaves_58_percent(tiny, capsys):
    """Without `Runs` such a file gives yields that are 72 % too high; with it they are right, and
    the log says so.
    """
    part = some_events(11, 1, negative=0)[0] | {"genWeight": np.ones(0)}
    part["genWeight"] = np.ones(len(part["event"]), np.float32)
    kept = kept_by(part, np.random.default_rng(0), 0.58)
    write_skimmed(Path(FILES[0]), part, runs_of(part))
    use_files(FILES[:1])
    before = yields()["peak/mass_peak/nominal"]
    write_skimmed(Path(FILES[0]), part, None, kept)
    assert yields()["peak/mass_peak/nominal"][:12].sum() == pytest.approx(
        before[:12].sum() / kept.mean(), rel=1e-12
    )
    write_skimmed(Path(FILES[0]), part, runs_of(part), kept)
    capsys.readouterr()
    np.testing.assert_allclose(yields()["peak/mass_peak/nominal"], before, rtol=1e-12)
    log = capsys.readouterr().err
    assert (
        f"dataset dy_high: 1 of 1 files are skimmed. Σw is that of the {kept.size} events "
        "before (Runs.genEventSumw)"
    ) in log


def test_a_file_that_is_whole_gives_the_bytes_of_one_without_runs(tiny):
    part = some_events(5, 1)[0]
    made = []
    for runs in (None, runs_of(part, 3)):
        write_skimmed(Path(FILES[0]), part, runs)
        use_files(FILES[:1])
        yields()
        flow = read_json("cutflow/dy_high.json")
        assert flow["files"][0].pop("produced", "whole") == (None if runs is None else "whole")
        made.append((Path(f"{RESULTS}/histograms/dy_high.json").read_bytes(), flow))
    assert made[0] == made[1]


def test_a_file_of_which_nothing_is_left(tiny):
    """The skim of one of two files has removed all events: what it had produced counts."""
    parts = some_events(3, 2)
    parts[1] = parts[1] | {"Muon": parts[1]["Muon"][:, :0]}
    for file, part in zip(FILES, parts, strict=False):
        write_skimmed(Path(file), part, runs_of(part))
    use_files(FILES[:2])
    before = yields()
    write_skimmed(Path(FILES[1]), parts[1], runs_of(parts[1]), slice(0, 0))
    for name, values in yields().items():
        np.testing.assert_allclose(values, before[name], rtol=1e-12)


def test_sums_of_members(tiny, capsys):
    """Where the effect of scales on the cross section is removed, its size is that before the
    skim.
    """
    use_weight_sets(tiny)
    part = read_events(Path("input/dy_high_0.root"))
    scales = ak.to_numpy(part["LHEScaleWeight"])
    part["LHEScaleWeight"] = ak.from_regular(ak.Array(scales / scales[:, 4:5]))
    kept = kept_by(part, np.random.default_rng(1), 0.58)
    write_skimmed(Path(FILES[0]), part, runs_of(part, 2))
    use_files(FILES[:1])
    before = yields()
    write_skimmed(Path(FILES[0]), part, runs_of(part, 2), kept)
    for name, values in yields().items():
        np.testing.assert_allclose(values, before[name], rtol=2e-6)  # ratios of float32
    assert len(read_json("cutflow/dy_high.json")["member_sums"]["scale"]) == 6
    shares = runs_of(part)
    # as old versions have them, in another unit
    shares["LHEScaleSumw"] = 42 * shares["LHEScaleSumw"]
    write_skimmed(Path(FILES[0]), part, shares, kept)
    capsys.readouterr()
    with pytest.raises(AssertionError):
        process("dy_high")
    assert "does not tell the sums of the weights of scale before" in capsys.readouterr().err


def test_a_preview(tiny):
    """The share of a preview in what was produced is that of its events."""
    part = some_events(2, 1)[0]
    part["genWeight"] = np.full(len(part["event"]), 2, np.float32)
    kept = kept_by(part, np.random.default_rng(2), 0.6)
    write_skimmed(Path(FILES[0]), part, runs_of(part), kept)
    use_files(FILES[:1])
    process("dy_high", max_events=50)
    flow = read_json("cutflow/dy_high.json")
    assert flow["sum_of_weights"] == pytest.approx(2 * kept.size * 50 / kept.sum(), rel=1e-12)


def test_bookkeepers_of_physlite(tiny):
    part = some_events(4, 1)[0]
    weights = np.asarray(part["genWeight"], np.float64)
    kept = kept_by(part, np.random.default_rng(4), 0.58)
    columns = {f"AnalysisMuonsAuxDyn:{key}": part["Muon"][key] for key in ("eta", "phi", "charge")}
    columns |= {"AnalysisMuonsAuxDyn:pt": part["Muon"].pt * np.float32(1000)}
    columns |= {
        "EventInfoAuxDyn:mcEventWeights": ak.from_regular(
            ak.Array(part["genWeight"][:, np.newaxis])
        )
    }
    columns |= {
        "EventInfoAuxDyn:runNumber": part["run"],
        "EventInfoAuxDyn:lumiBlock": part["luminosityBlock"],
    }
    columns |= {"EventInfoAuxDyn:eventNumber": part["event"]}
    met = ak.from_regular(ak.Array(part["MET_pt"][:, np.newaxis] * np.float32(1000)))
    columns |= {
        "AnalysisMETAuxDyn:mpx": met,
        "AnalysisMETAuxDyn:mpy": 0 * met,
        "Pileup_nTrueInt": part["Pileup_nTrueInt"],
    }

    def write(flags):
        with uproot.recreate(FILES[0]) as file:
            file.mkrntuple(
                "EventData", {name: ak.Array(values)[flags] for name, values in columns.items()}
            )
            file.mkrntuple("MetaData", bookkeepers(weights.size, weights.sum(), (weights**2).sum()))

    write(np.ones(kept.size, bool))
    use_files(FILES[:1], schema="physlite", tree="EventData")
    before = yields()
    assert "produced" not in read_json("cutflow/dy_high.json")
    write(kept)
    for name, values in yields().items():
        np.testing.assert_allclose(values, before[name], rtol=1e-12)
    assert read_json("cutflow/dy_high.json")["produced"]["told_by"] == [
        "CutBookkeepers.sumOfEventWeights"
    ]
    assert before["peak/mass_peak/nominal"].any()


SKIMMED = slice(0, 300)


def contradiction(part, runs):
    return {"runs": runs | {"genEventSumw": -runs["genEventSumw"]}, "kept": SKIMMED}


def too_few(part, runs):
    return {"runs": runs | {"genEventCount": np.array([10])}, "kept": SKIMMED}


def other_sum(part, runs):
    return {"runs": runs | {"genEventSumw": 1.01 * runs["genEventSumw"]}}


def other_weight(part, runs):
    return {"runs": runs, "kept": SKIMMED, "weight": "genWeight * Pileup_nTrueInt"}


def other_weight_of_all(part, runs):
    return {"runs": runs, "weight": "genWeight * Pileup_nTrueInt"}


def declared(part, runs):
    return {"runs": runs, "kept": SKIMMED, "sum_of_weights": 0.9 * float(runs["genEventSumw"][0])}


def declared_rightly(part, runs):
    return {
        "runs": runs,
        "kept": SKIMMED,
        "sum_of_weights": float(f"{runs['genEventSumw'][0]:.3g}"),
    }


def declared_against_a_contradiction(part, runs):
    return contradiction(part, runs) | {"sum_of_weights": 1.0}


def not_normalized(part, runs):
    return contradiction(part, runs) | {"normalization": "none"}


PROBLEMS = {
    contradiction: r"says that Σw is -\S+ of 400 events, and the 300 of the file have",
    too_few: "counts 10 events that were produced, and the file holds 300",
    other_sum: "says that Σw is",
    other_weight: "is skimmed, and does not tell the sum of this `weight` before",
    declared: r"sum_of_weights is \S+, but the files say \S+ \(Runs.genEventSumw\)",
}


@pytest.mark.parametrize(
    "case",
    [
        *PROBLEMS,
        other_weight_of_all,
        declared_rightly,
        declared_against_a_contradiction,
        not_normalized,
    ],
)
def test_what_cannot_be_decided_is_an_error(tiny, capsys, case):
    part = make_events("dy_high", np.random.default_rng(3), 400)
    settings = case(part, runs_of(part))
    write_skimmed(Path(FILES[0]), part, settings.pop("runs"), settings.pop("kept", slice(None)))
    use_files(FILES[:1], **settings)
    if case not in PROBLEMS:
        process("dy_high")
        return
    with pytest.raises(AssertionError):
        process("dy_high")
    capsys.readouterr()
    assert merge("dy_high") == 2
    message = capsys.readouterr().err
    assert re.search(PROBLEMS[case], message), message
    assert "datasets.dy_high.sum_of_weights" in message


def test_some_files_do_not_tell(tiny, capsys):
    parts = some_events(6, 2)
    write_skimmed(Path(FILES[0]), parts[0], runs_of(parts[0]), SKIMMED)
    write_skimmed(Path(FILES[1]), parts[1], None)
    use_files(FILES[:2])
    with pytest.raises(AssertionError):
        process("dy_high")
    message = capsys.readouterr().err
    assert (
        "Of 1 other files nothing tells what they held before\n  - input/dy_high_1.root" in message
    )
    use_files(FILES[1:2])
    process("dy_high")  # alone it is taken for whole
