"""The events of a bin of the tiny analysis against its files, its histograms, and by hand."""

import list_events
import numpy as np
import pandas as pd
import pytest
import uproot
import vector
from support.tiny.analysis import ANALYSIS

from wollemi.event_loop.listed_events import Place
from wollemi.finished.event_run import read_event_run
from wollemi.histograms.unrolling import read_datasets
from wollemi_interactive.tables.event_list import check_sum
from wollemi_likelihood.base.errors import WollemiError

RUN = "results/tiny"


@pytest.fixture(scope="module")
def said(finished, tmp_path_factory):
    """What the program prints of a bin, and the table that it writes."""
    target = tmp_path_factory.mktemp("listed") / "events.parquet"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(finished)
        lines = []
        patch.setattr("builtins.print", lambda text="": lines.append(text))
        place = [RUN, "search", "--at", "200", "--values", "muon[0].pt", "mt"]
        assert list_events.main([*place, "--to", str(target), "--largest", "3"]) == 0
    return "\n".join(lines), pd.read_parquet(target)


def test_events_are_those_of_the_files(finished, said):
    """Numbers and masses of the entries that are listed, and no other entry is in the bin."""
    _, events = said
    compared = 0
    for path, rows in events[events["dataset"] == "dy_high"].groupby("file"):
        tree = uproot.open(finished / path)["Events"]
        content = tree.arrays(library="np")
        entries = rows["entry"].to_numpy()
        assert content["event"][entries].tolist() == rows["event"].tolist()
        for entry, mass, pt in zip(entries, rows["mass_search"], rows["muon[0].pt"], strict=True):
            muons = vector.zip(
                {
                    key: content[f"Muon_{key}"][entry].astype(float)
                    for key in ("pt", "eta", "phi", "mass")
                }
            )
            good = muons[(muons.pt > 20) & (abs(muons.eta) < 2.4)]
            assert len(good) == 2
            assert float((good[0] + good[1]).mass) == pytest.approx(mass, rel=1e-5)
            assert float(good[0].pt) == pytest.approx(pt, rel=1e-6)
            assert 200 <= mass < 225
            compared += 1
    assert compared > 20


def test_weights_are_those_of_the_histograms(finished, said, monkeypatch):
    text, events = said
    monkeypatch.chdir(finished)
    run = read_event_run(list_events.Path(RUN), list_events.Path(ANALYSIS))
    place = Place("search", "mass_search", 200.0)
    for dataset, rows in events.groupby("dataset"):
        check_sum(run, dataset, place, rows)
        assert np.isfinite(rows["weight"]).all()
    with pytest.raises(WollemiError, match="changed since"):
        check_sum(run, "dy_high", place, events[events["dataset"] == "dy_high"][1:])
    dy = events.loc[events["sample"] == "dy", "weight"]
    (line,) = (line for line in text.splitlines() if line.startswith("  dy "))
    assert float(line.split()[1]) == pytest.approx(dy.sum(), rel=0.02)
    assert float(line.split()[3]) == pytest.approx(np.sqrt((dy**2).sum()), rel=0.02)


def test_what_is_printed(said):
    text, events = said
    assert text.startswith("search, mass_search from 200 to 225\n")
    assert "histograms, and no events: signal_300" in text
    assert f"{len(events)} rows, the largest weights first" in text
    head, *rows = text.partition("sample dataset")[2].splitlines()[:4]
    assert "luminosityBlock" in head
    place = head.split().index("weight") - len(head.split())
    shown = [float(row.split()[place]) for row in rows]
    assert shown == sorted(shown, reverse=True)
    assert shown[0] == pytest.approx(events["weight"].max(), rel=1e-4)


def test_the_composition_is_that_of_the_events(finished, said, capsys, monkeypatch, tmp_path):
    """Nominal events of each sample, and the other dataset, whose events are not listed."""
    monkeypatch.chdir(finished)
    place = [RUN, "search", "--at", "200", "--composition"]
    assert list_events.main([*place, "--to", str(tmp_path / "bin.csv")]) == 0
    table = pd.read_csv(tmp_path / "bin.csv").set_index(["sample", "systematic"])
    _, events = said
    for sample, rows in events.groupby("sample"):
        found = table.loc[(sample, np.nan)]
        assert found["events"] == pytest.approx(rows["weight"].sum())
        assert found["error"] == pytest.approx(np.sqrt((rows["weight"] ** 2).sum()))
    other = read_datasets([finished / RUN / "histograms/dy_alternative.json"])["dy_alternative"]
    histogram = other["search/mass_search/nominal"]
    index = int(np.searchsorted(histogram.axes[0].edges, 200.0, side="right")) - 1
    assert table.loc[("dy", "generator"), "up"] == pytest.approx(histogram.values()[index])
    text = capsys.readouterr().out
    assert "rows" not in text
    assert "mirrored" in next(line for line in text.splitlines() if "generator" in line)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([RUN, "serch"], "REGION: 'serch' is not there; did you mean 'search'?"),
        ([RUN, "search", "--variable", "mas"], "--variable: 'mas' is not there"),
        ([RUN, "search", "--samples", "dyy"], "--samples: 'dyy' is not there; did you mean 'dy'?"),
        ([RUN, "search", "--to", "a.xlsx"], "a.xlsx: has another suffix"),
        (
            [RUN, "search", "--values", "muon[0].pt + MET"],
            "--values: data has no branch 'MET'; did you mean 'MET_",
        ),
        (
            [RUN, "search", "--values", "muon[0].pt +"],
            "--values: 'muon[0].pt +' is not an expression",
        ),
        (
            [RUN, "search", "--composition", "--values", "mt"],
            "--values: are of events, of which --composition lists none",
        ),
        (["results/none", "search", "--analysis", ANALYSIS], "has no histograms"),
    ],
)
def test_what_is_refused(finished, capsys, monkeypatch, arguments, message):
    monkeypatch.chdir(finished)
    assert list_events.main(arguments) == 2
    assert message in capsys.readouterr().err
