"""Every number of a HEPData submission against the product it came from. Independent of the
program: JSON, numpy, scipy.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import chi2

from support.oracles.hepdata_reading import ReadColumn, ReadTable
from wollemi.loading.composition import read_composed
from wollemi.loading.load import load_analysis
from wollemi.results.parameter_label import parameter_label

NONE, HIDDEN, UNDERFLOW = "-", "BLINDED", "<1e-300"
TAIL = 0.15865525393145707  # of a normal variable beyond 1σ


class Products:
    """A run as files."""

    def __init__(self, results: Path, analysis: Path):
        self.results = results
        self.document = read_composed(analysis)
        self.plots = load_analysis(analysis, ("plots",)).plots
        self.signals = [
            name for name, item in self.document["samples"].items() if item["role"] == "signal"
        ]
        self.points = (self.document.get("limits") or {}).get("points") or {}
        self.order = sorted(self.signals, key=lambda name: self.points.get(name, 0))
        fits = self.read("fit.json")["fits"]
        self.fits = fits
        self.fit = fits[self.signals[0] if len(self.signals) == 1 else "background_only"]

    def read(self, name: str) -> Any:
        return json.loads((self.results / name).read_text())

    def parameters(self, names: Iterable[str]) -> list[str]:
        """As they are shown: with labels if the analysis has labels of parameters."""
        labels = self.plots.parameters
        return [parameter_label(name, self.plots) if labels else name for name in names]

    def datasets(self, sample: str) -> list[str]:
        names = self.document["samples"][sample].get("datasets", sample)
        return [names] if isinstance(names, str) else names

    def data(self) -> list[str]:
        return [
            d
            for name, item in self.document["samples"].items()
            if item["role"] == "data"
            for d in self.datasets(name)
        ]

    def edges(self, region: str) -> list[float]:
        own = ((self.document.get("model") or {}).get("fit_edges") or {}).get(region)
        variable = self.document["regions"][region]["variable"]
        content = self.read(f"histograms/{self.data()[0]}.json")[f"{region}/{variable}/nominal"]
        (axis,) = content["axes"]
        found = (
            axis["edges"]
            if "edges" in axis
            else np.linspace(axis["lower"], axis["upper"], axis["bins"] + 1).tolist()
        )
        return list(own or found)


def same(found: Any, value: float | None, exact: bool = True) -> None:
    """A published number is the product's, rounded to six significant digits; counts keep all
    digits.

    Args:
        found: in the submission.
        value: in the product; None: there is none.
        exact: otherwise it was computed, and may be rounded to either side.
    """
    if value is None:
        assert found == NONE
    elif found == UNDERFLOW:
        assert 0 <= value < 1e-300
    elif isinstance(found, int):
        assert found == value
    else:
        near = (0.0,) if exact else (-1e-12, 0.0, 1e-12)
        assert found in [float(f"{value * (1 + shift):.6g}") for shift in near], (found, value)


def same_column(column: ReadColumn, values: Sequence[float | None], exact: bool = True) -> None:
    assert len(column.values) == len(values)
    for found, value in zip(column.values, values, strict=True):
        same(found, value, exact)


def same_errors(column: ReadColumn, label: str, values: Sequence[Any], exact: bool = True) -> None:
    """Values: a size or a pair a row, None: none."""
    found = column.errors.get(label) or [None] * len(column.values)
    for pair, value in zip(found, values, strict=True):
        down, up = value if isinstance(value, tuple) else (value, value)
        if pair is None:  # left out where all uncertainties of a row are 0
            assert not down
            assert not up
        else:
            same(pair[0], down, exact)
            same(pair[1], up, exact)


def same_data(column: ReadColumn, events: Sequence[float]) -> None:
    same_column(column, events, exact=False)
    n = np.array(events)
    low = np.where(n > 0, chi2.ppf(TAIL, 2 * n) / 2, 0.0)
    high = chi2.isf(TAIL, 2 * (n + 1)) / 2
    for pair, down, up in zip(column.errors["stat"], n - low, high - n, strict=True):
        assert pair is not None
        np.testing.assert_allclose(pair, (down, up), rtol=6e-6, atol=1e-12)


def same_axis(table: ReadTable, products: Products) -> None:
    """Rows are signals: by their points, or by name."""
    (axis,) = table.independent
    if set(products.signals) <= products.points.keys():
        label = products.document["plots"].get("limit_x", {"label": "signal"})["label"]
        assert (f"{axis.name} [{axis.units}]" if axis.units else axis.name) == label
        assert axis.values == [products.points[name] for name in products.order]
    else:
        assert axis.values == products.signals


def check_cutflow(table: ReadTable, products: Products, region: str) -> None:
    cuts = table.independent[0].values
    assert len(set(cuts)) == len(cuts)
    checked = 0
    for sample, item in products.document["samples"].items():
        flows = [products.read(f"cutflow/{name}.json") for name in products.datasets(sample)]
        loose = [
            {**line, "cut": f"skim: {line['cut']}" if place else line["cut"]}
            for place, line in enumerate(flows[0]["skim"])
        ]
        names = [line["cut"] for line in [*loose, *flows[0]["regions"].get(region, [])]]
        lines = [[*flow["skim"], *flow["regions"].get(region, [])] for flow in flows]
        if not names:
            assert not [c for c in table.dependent if c.qualifiers.get("Sample") == sample]
            continue
        sums, errors, events = {}, {}, {}
        for cut, found in zip(names, zip(*lines, strict=True), strict=True):
            factors = [flow["normalization"] for flow in flows]
            sums[cut] = sum(
                line["sum_of_weights"] * k for line, k in zip(found, factors, strict=True)
            )
            errors[cut] = np.sqrt(
                sum(
                    line["sum_of_weights_squared"] * k**2
                    for line, k in zip(found, factors, strict=True)
                )
            )
            events[cut] = (
                None
                if any(line["events"] is None for line in found)
                else sum(line["events"] for line in found)
            )
        columns = {
            c.name.rpartition(": ")[2]: c
            for c in table.dependent
            if c.qualifiers.get("Sample") == sample
        }
        if item["role"] == "data":
            same_column(columns["events"], [sums.get(cut) for cut in cuts], exact=False)
        else:
            same_column(columns["weighted events"], [sums.get(cut) for cut in cuts], exact=False)
            same_errors(
                columns["weighted events"], "stat", [errors.get(cut) for cut in cuts], exact=False
            )
            assert ("simulated events" in columns) == any(
                count is not None for count in events.values()
            )
            if "simulated events" in columns:
                same_column(columns["simulated events"], [events.get(cut) for cut in cuts])
        assert set(names) <= set(cuts)
        checked += len(columns)
    assert checked == len(table.dependent)


def check_acceptance(table: ReadTable, products: Products) -> None:
    same_axis(table, products)
    for column in table.dependent:
        shares, errors = [], []
        for signal in products.order:
            flows = [products.read(f"cutflow/{name}.json") for name in products.datasets(signal)]
            produced = sum(flow["sum_of_weights"] * flow["normalization"] for flow in flows)
            parts = []
            for flow in flows:
                line, factor = (
                    flow["regions"][column.qualifiers["Region"]][-1],
                    flow["normalization"],
                )
                share, squares = (
                    line["sum_of_weights"] / flow["sum_of_weights"],
                    line["sum_of_weights_squared"],
                )
                variance = squares
                if flow["skim"]:
                    failed = flow["skim"][0]["sum_of_weights_squared"] - squares
                    variance = (1 - share) ** 2 * squares + share**2 * failed
                parts.append((line["sum_of_weights"] * factor, variance * factor**2))
            shares.append(sum(passed for passed, _ in parts) / produced)
            errors.append(np.sqrt(max(0.0, sum(variance for _, variance in parts))) / produced)
        assert all(0 <= share <= 1 for share in shares)
        same_column(column, shares, exact=False)
        same_errors(column, "stat", errors, exact=False)


Check = Callable[[ReadTable, Products], None]
