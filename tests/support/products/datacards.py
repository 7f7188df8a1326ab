"""Datacards of Combine with what HistFactory can say, and their ROOT files."""

from pathlib import Path

import numpy as np
import uproot

EDGES = np.linspace(0.0, 1.0, 5)
PROCESSES = {"ggH": -1, "qqH": 0, "ttbar": 1, "dy": 2}


def write_random_card(folder: Path, seed: int, statistics: str = "") -> Path:
    """A card of two channels of four bins and a count, four processes and every kind of line.

    Args:
        folder: where the card and its histograms go.
        seed: of the numbers.
        statistics: an ``autoMCStats`` line for both channels of bins, by its threshold.
    """
    generator = np.random.default_rng(seed)
    columns, rates = [], []
    with uproot.recreate(folder / "shapes.root") as file:
        for channel in ("high", "low"):
            total = np.zeros(4)
            for process in PROCESSES:
                events = generator.uniform(5, 50, 4)
                file[f"{channel}/{process}"] = _histogram(events, generator.uniform(0.02, 0.1, 4))
                for systematic in ("scale", "tilt"):
                    for side in ("Up", "Down"):
                        moved = events * generator.uniform(0.8, 1.2, 4)
                        file[f"{channel}/{process}_{systematic}{side}"] = _histogram(moved)
                columns.append((channel, process))
                rates.append(-1 if generator.integers(2) else round(float(events.sum()), 4))
                total += events
            file[f"{channel}/data_obs"] = _histogram(generator.poisson(total).astype(float))
    columns += [("count", "ggH"), ("count", "dy")]
    rates += [round(float(generator.uniform(1, 5)), 3), 0.25 * 12]
    path = folder / "card.txt"
    path.write_text("\n".join(_lines(columns, rates, generator, statistics)) + "\n")
    return path


def _histogram(events, relative=0.0):
    """A TH1 with errors; uproot writes those of an array of (value, variance) with UHI."""
    import hist

    made = hist.Hist(hist.axis.Variable(EDGES), storage=hist.storage.Weight())
    made.view().value = events
    made.view().variance = (events * relative) ** 2
    return made


def _lines(columns, rates, generator, statistics):
    def row(name, kind, effects):
        return " ".join([name, kind, *(effects.get(column, "-") for column in columns)])

    def some(make):
        return {column: make() for column in columns if generator.random() < 0.7}

    def one():
        return f"{generator.uniform(1.02, 1.2):.3f}"

    def two():
        return f"{generator.uniform(0.8, 0.98):.3f}/{generator.uniform(1.02, 1.2):.3f}"

    binned = [column for column in columns if column[0] != "count"]
    yield "# made from random numbers"
    yield "imax 3 channels"
    yield "jmax 3 backgrounds"
    yield "kmax *"
    yield "shapes * count FAKE"
    yield "shapes * * shapes.root $CHANNEL/$PROCESS $CHANNEL/$PROCESS_$SYSTEMATIC"
    yield "-" * 20
    yield "bin high low count"
    yield "observation -1 -1 6"
    yield "bin " + " ".join(channel for channel, _ in columns)
    yield "process " + " ".join(process for _, process in columns)
    yield "process " + " ".join(str(PROCESSES[process]) for _, process in columns)
    yield "rate " + " ".join(map(str, rates))
    yield row("lumi", "lnN", dict.fromkeys(columns, "1.025"))
    yield row("xsec", "lnN", some(one))
    yield row("trigger", "lnN", some(two))
    yield row("scale", "shape", dict.fromkeys(binned, "1"))
    yield row("tilt", "shape?", {**dict.fromkeys(binned, "0.5"), ("count", "ggH"): "1.1"})
    yield row("sideband 12", "gmN", {("count", "dy"): "0.25"}).replace(
        "sideband 12 gmN", "sideband gmN 12"
    )
    yield "norm_dy rateParam * dy 1.1 [0,5]"
    yield "norm_tt rateParam * tt* 0.9"
    yield "both rateParam high ggH (@0*@1) norm_dy,norm_tt"
    yield "theory group = xsec scale"
    if statistics:
        yield f"* autoMCStats {statistics}"
