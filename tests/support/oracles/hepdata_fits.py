"""As `support.oracles.hepdata_comparison`: tables of the fit and the limits, and the check of all
tables of a submission.
"""

from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np

from support.oracles.hepdata_comparison import (
    Check,
    Products,
    check_acceptance,
    check_cutflow,
    same_axis,
    same_column,
    same_data,
    same_errors,
)
from support.oracles.hepdata_reading import ReadTable, read_submission, unpack

BANDS = {"1 sigma": (1, 3), "2 sigma": (0, 4)}


def fitted(products: Products) -> list[str]:
    return list(products.fit["observed"])


def expected_by_sample(products: Products, stage: str) -> dict[str, dict]:
    """Sample → region → yields, signals included before the fit."""
    own = {
        name: products.fit
        for region in fitted(products)
        for name in products.fit["yields"][stage][region]["samples"]
    }
    if stage == "prefit":
        own |= {name: products.fits[name] for name in products.signals}
    return {name: fit["yields"][stage] for name, fit in own.items()}


def without_sample(table: ReadTable) -> list:
    return [column for column in table.dependent if "Sample" not in column.qualifiers]


def check_yields(table: ReadTable, products: Products, stage: str) -> None:
    regions = [name for name in products.document["regions"] if name in fitted(products)]
    labels = products.document["plots"].get("regions", {})
    assert table.independent[0].values == [labels.get(name, name) for name in regions]
    data, total = without_sample(table)
    same_data(data, [sum(products.fit["observed"][name]) for name in regions])
    yields = products.fit["yields"][stage]
    same_column(total, [yields[name]["sum"] for name in regions])
    same_errors(total, "total", [yields[name]["sum_uncertainty"] for name in regions])
    samples = expected_by_sample(products, stage)
    assert len(table.dependent) == len(samples) + 2
    for name, found in samples.items():
        column = table.column("", Sample=name)
        same_column(column, [found[region]["sample_sums"].get(name) for region in regions])
        same_errors(
            column,
            "total",
            [found[region]["sample_sum_uncertainties"].get(name) for region in regions],
        )


def check_bins(
    table: ReadTable, variable: dict, observed: Any, total: dict, samples: dict[str, dict]
) -> None:
    """Compare a distribution.

    Args:
        table: The table.
        variable: Description of the variable.
        observed: Events of the data in each bin.
        total: Yields whose total is in the table.
        samples: Sample → yields that it is part of.
    """
    (axis,) = table.independent
    assert (axis.name, axis.units) == (variable["label"], variable.get("unit", ""))
    data, column = without_sample(table)
    same_data(data, observed)
    same_column(column, total["total"])
    same_errors(column, "total", total["uncertainty"])
    assert len(table.dependent) == len(samples) + 2
    for name, found in samples.items():
        column = table.column("", Sample=name)
        same_column(column, found["samples"][name])
        same_errors(column, "total", found["sample_uncertainties"][name])


def check_distribution(table: ReadTable, products: Products, stage: str, region: str) -> None:
    variable = products.document["variables"][products.document["regions"][region]["variable"]]
    assert table.independent[0].values == list(pairwise(products.edges(region)))
    yields = expected_by_sample(products, stage).items()
    present = {name: of[region] for name, of in yields if name in of[region]["samples"]}
    total = products.fit["yields"][stage][region]
    check_bins(table, variable, products.fit["observed"][region], total, present)


def unfitted_places(products: Products) -> dict[str, tuple[str, str]]:
    """Name in those of tables → region and variable that the fit was extrapolated to."""
    if not (products.results / "predictions.json").exists():
        return {}
    return {
        (
            region
            if variable == products.document["regions"][region]["variable"]
            else f"{region}_{variable}"
        ).lower(): (region, variable)
        for region, variables in products.read("predictions.json")["regions"].items()
        for variable in variables
    }


def check_unfitted(
    table: ReadTable, products: Products, stage: str, region: str, variable: str
) -> None:
    found = products.read("predictions.json")["regions"][region][variable]
    described, total = products.document["variables"][variable], found[stage]
    check_bins(table, described, found["observed"], total, dict.fromkeys(total["samples"], total))


def check_parameters(table: ReadTable, products: Products) -> None:
    free = [item for item in products.fit["parameters"] if not item["fixed"]]
    assert table.independent[0].values == products.parameters(item["name"] for item in free)
    after, before = table.column("Value after the fit"), table.column("Value before the fit")
    same_column(after, [item["value"] for item in free])
    minos = [(item["error_down"], item["error_up"]) for item in free]
    sizes = [
        (i["error"],) * 2 if pair == (None, None) and "at_bound" not in i else pair
        for i, pair in zip(free, minos, strict=True)
    ]
    same_errors(after, "total", [None if None in pair else pair for pair in sizes])
    same_column(before, [item["prefit"] for item in free])
    same_errors(before, "total", [item["prefit_error"] for item in free])
    assert table.column("Constraint").values == [item["constraint"] for item in free]


def check_matrix(table: ReadTable, products: Products, correlations: bool) -> None:
    kept = [
        index
        for index, item in enumerate(products.fit["parameters"])
        if not item["fixed"] and item["error"] is not None  # at a bound, or where it misleads
    ]
    names = products.parameters(products.fit["parameters"][index]["name"] for index in kept)
    matrix = np.array(products.fit["covariance"])[np.ix_(kept, kept)]
    if correlations:
        sigma = np.sqrt(matrix.diagonal())
        matrix = matrix / np.outer(sigma, sigma)
    first, second = table.independent
    assert first.values == np.repeat(names, len(names)).tolist()
    assert second.values == names * len(names)
    same_column(table.dependent[0], matrix.ravel().tolist(), exact=False)


def check_ranking(table: ReadTable, products: Products) -> None:
    rankings = products.read("ranking.json")["rankings"]
    rows = [(signal, item) for signal in rankings for item in rankings[signal]["parameters"]]
    if len(products.signals) > 1:
        assert table.independent[0].values == [signal for signal, _ in rows]
    assert table.independent[-1].values == products.parameters(item["name"] for _, item in rows)
    sides = {
        "up": "+1 sigma after",
        "down": "-1 sigma after",
        "prefit_up": "+1 sigma before",
        "prefit_down": "-1 sigma before",
    }
    for key, words in sides.items():
        same_column(table.column(f"Change by {words} the fit"), [item[key] for _, item in rows])


def check_significances(table: ReadTable, products: Products) -> None:
    same_axis(table, products)
    found = products.read("significances.json")["significances"]
    for kind in ("observed", "expected"):
        same_column(
            table.column(f"{kind.capitalize()} significance"),
            [found[name][kind] for name in products.order],
        )
        same_column(
            table.column(f"{kind.capitalize()} p-value"),
            [found[name][f"{kind}_p_value"] for name in products.order],
        )


def check_limits(table: ReadTable, products: Products, suffix: str = "") -> None:
    same_axis(table, products)
    limits = products.read("limits.json")["limits"]
    low = [
        ", ".join(limits[name].get("below_floor", [])).replace("_", " ") or "-"
        for name in products.order
    ]
    marks = [column for column in table.dependent if column.name.startswith("No limits")]
    assert [column.values for column in marks] == ([low] if set(low) != {"-"} else [])
    methods = [column for column in table.dependent if column.name == "Method"]
    toys = [(limits[name].get("toys") or {}).get("number") for name in products.order]
    kinds = [
        f"{number} toys of each hypothesis" if number else "asymptotic formulae" for number in toys
    ]
    assert [column.values for column in methods] == ([kinds] if any(toys) else [])
    others = [column for column in table.dependent if column not in (*marks, *methods)]
    observed, expected, *theory = others
    assert {column.units for column in (observed, expected, *theory)} == {"pb" if suffix else ""}
    same_column(observed, [limits[name][f"observed{suffix}"] for name in products.order])
    rows = [limits[name][f"expected{suffix}"] for name in products.order]
    same_column(expected, [row[2] for row in rows])
    for label, (low, high) in BANDS.items():
        same_errors(expected, label, [(row[2] - row[low], row[high] - row[2]) for row in rows])
    assert len(theory) == bool(suffix)
    for column in theory:
        same_column(column, [limits[name]["cross_section_pb"] for name in products.order])


def check_cls(table: ReadTable, products: Products) -> None:
    same_axis(table, products)
    found = products.read("likelihood/cls.json")["signals"]
    same_column(table.column("Observed CLs"), [found[name]["observed"] for name in products.order])
    for place, words in enumerate(("-2 sigma", "-1 sigma", "median", "+1 sigma", "+2 sigma")):
        same_column(
            table.column(f"Expected CLs ({words})"),
            [found[name]["expected"][place] for name in products.order],
        )


def check_scan(table: ReadTable, products: Products, name: str) -> None:
    found = products.read("scans.json")["scans"]
    rows = [
        (signal, values, place)
        for signal in found
        for place, values in enumerate(product(*found[signal][name]["values"]))
    ]
    axes = list(table.independent)
    if len(products.signals) > 1:
        assert axes.pop(0).values == [signal for signal, *_ in rows]
    for axis, column in enumerate(axes):
        assert [column.name] == products.parameters(
            found[rows[0][0]][name]["parameters"][axis : axis + 1]
        )
        same_column(column, [values[axis] for _, values, _ in rows])
    for kind in ("observed", "expected"):
        (column,) = [item for item in table.dependent if item.name.startswith(kind.capitalize())]
        rises = [found[signal][name][kind]["rise"][place] for signal, _, place in rows]
        np.testing.assert_allclose(column.values, rises, rtol=1e-5, atol=1e-6)


def check_goodness(table: ReadTable, products: Products) -> None:
    tests = products.read("goodness.json")["tests"]
    rows = [tests[name] for name in ("saturated", "kolmogorov_smirnov", "anderson_darling")]
    statistic, p_value, toys = table.dependent
    same_column(statistic, [row["observed"] for row in rows])
    same_column(p_value, [row["p_value"] for row in rows])
    same_errors(p_value, "stat", [row["p_value_error"] for row in rows])
    assert toys.values == [len(products.read("goodness.json")["toys"]["saturated"])] * 3


def check_uncertainties(table: ReadTable, products: Products) -> None:
    found = products.read("uncertainties.json")["uncertainties"]
    by_name = {
        "data statistics": "data",
        "all systematics": "systematics",
        "MC statistics": "mc_statistics",
        "free normalizations": "normalizations",
    }
    axes = list(table.independent)
    signals = axes.pop(0).values if len(products.signals) > 1 else [products.signals[0]] * 10**4
    rows = []
    for signal, source in zip(signals, axes[0].values, strict=False):
        item = found[signal]
        if source == "whole uncertainty":
            rows.append([item[key] for key in ("error", "error", "error_down", "error_up")])
            continue
        groups = dict(
            zip(products.parameters(item["groups"]), item["groups"].values(), strict=True)
        )
        part = item[by_name[source]] if source in by_name else groups[source]
        rows.append([part[key] for key in ("shifted", "frozen", "frozen_down", "frozen_up")])
    for place, column in enumerate(table.dependent[:4]):
        assert len(column.values) == len(rows)
        for value, row in zip(column.values, rows, strict=True):
            if row[place] is None:
                assert value == "-"
            else:
                np.testing.assert_allclose(value, row[place], rtol=1e-5)
    given = {signal: item["asimov_strength"] for signal, item in found.items()}
    assert (len(table.dependent) == 5) == any(value is not None for value in given.values())


def check_extrapolation(table: ReadTable, products: Products) -> None:
    found = products.read("extrapolation.json")
    rows = [
        (name, luminosity, item)
        for signal in products.order
        for name in [rules["name"] for rules in found["rules"]]
        for item in found["signals"][signal]["scenarios"][name]
        for luminosity in [item["luminosity_ifb"]]
    ]
    luminosities = table.independent[-1]
    assert luminosities.units == "fb$^{-1}$"
    same_column(luminosities, [luminosity for _, luminosity, _ in rows])
    words = dict(zip([name for name, _, _ in rows], table.independent[-2].values, strict=True))
    assert [words[name] for name, _, _ in rows] == table.independent[-2].values
    limits, significances, *floor = table.dependent
    same_column(significances, [item["significance"] for _, _, item in rows])
    expected = [item["expected"] for _, _, item in rows]
    same_column(limits, [row[2] for row in expected])
    for label, (low, high) in BANDS.items():
        same_errors(limits, label, [(row[2] - row[low], row[high] - row[2]) for row in expected])
    below = [", ".join(item.get("below_floor", [])).replace("_", " ") or "-" for _, _, item in rows]
    assert [column.values for column in floor] == ([below] if set(below) != {"-"} else [])


def check_region_limits(table: ReadTable, products: Products) -> None:
    found = [*products.read("region_limits.json")["regions"].values()]
    events, background, observed, expected, seen, visible, *tests = table.dependent
    same_column(events, [item["observed_events"] for item in found])
    same_column(background, [item["background"] for item in found])
    same_errors(background, "total", [item["background_error"] for item in found])
    for column, band, suffix in ((observed, expected, ""), (seen, visible, "_fb")):
        same_column(column, [item[f"observed{suffix}"] for item in found])
        rows = [item[f"expected{suffix}"] for item in found]
        same_column(band, [row[2] for row in rows])
        for label, (low, high) in BANDS.items():
            same_errors(band, label, [(row[2] - row[low], row[high] - row[2]) for row in rows])
        assert column.units == band.units == ("fb" if suffix else "")
    for column, name in zip(tests, ("clb", "p0", "significance"), strict=False):
        same_column(column, [item[name] for item in found])


def check_discovery(table: ReadTable, products: Products) -> None:
    content = products.read("discovery.json")
    found = sorted(content["signals"].values(), key=lambda item: item["point"])
    columns = zip(table.dependent, ("p_value", "significance", "expected"), strict=True)
    for column, name in columns:
        same_column(column, [item[name] for item in found])
    names = [name for name in table.dependent[0].qualifiers if name.startswith("Global p-value")]
    assert len(names) == len(content["global_p_values"])


def check_intervals(table: ReadTable, products: Products) -> None:
    found = products.read("intervals.json")["intervals"]
    rows = [
        (signal, name, belt, level)
        for signal, belts in found.items()
        for name, belt in belts.items()
        for level in ("68", "95")
    ]
    signals, parameters, levels = table.independent
    assert signals.values == [signal for signal, *_ in rows]
    assert parameters.values == products.parameters(name for _, name, *_ in rows)
    assert levels.values == [{"68": 68.27, "95": 95.0}[level] for *_, level in rows]
    columns = iter(table.dependent)
    for kind in ("observed", "expected"):
        for end in ("lower", "upper"):
            column = next(columns)
            items = [belt[kind] and belt[kind]["intervals"][level] for _, _, belt, level in rows]
            given = [item[end] for item in items if item]
            values = [value for value in column.values if value not in ("-", "BLINDED")]
            np.testing.assert_allclose(values, [one for one in given if one is not None], rtol=1e-5)
            assert len(column.values) == len(rows)


CHECKS: dict[str, Check] = {
    "acceptance": check_acceptance,
    "yields_prefit": lambda table, products: check_yields(table, products, "prefit"),
    "yields_postfit": lambda table, products: check_yields(table, products, "postfit"),
    "parameters": check_parameters,
    "covariance": lambda table, products: check_matrix(table, products, correlations=False),
    "correlations": lambda table, products: check_matrix(table, products, correlations=True),
    "ranking": check_ranking,
    "significances": check_significances,
    "goodness": check_goodness,
    "uncertainties": check_uncertainties,
    "extrapolation": check_extrapolation,
    "discovery": check_discovery,
    "intervals": check_intervals,
    "region_limits": check_region_limits,
    "limits_mu": check_limits,
    "limits_cross_section": lambda table, products: check_limits(table, products, "_pb"),
    "cls": check_cls,
}


# Product → how the names of its tables begin.
TABLES = {
    "fit.json": "parameters",
    "predictions.json": "postfit_",
    "region_limits.json": "region_limits",
    "discovery.json": "discovery",
    "intervals.json": "intervals",
    "ranking.json": "ranking",
    "significances.json": "significances",
    "goodness.json": "goodness",
    "uncertainties.json": "uncertainties",
    "extrapolation.json": "extrapolation",
    "scans.json": "scan_",
    "limits.json": "limits_mu",
    "likelihood/cls.json": "cls",
}


def check_tables(results: Path, analysis: Path) -> list[str]:
    """Compare every table of a submission with the products of its run.

    Args:
        results: folder of results.
        analysis: the analysis file.

    Returns:
        Names of the tables.

    Raises:
        AssertionError: a number is another one, or a product has no table.
    """
    products = Products(results, analysis)
    _, tables = read_submission(unpack(results / "hepdata/submission.tar.gz"))
    names = {name.lower(): name for name in products.document["regions"]}
    unfitted = unfitted_places(products)
    for table, content in tables.items():
        kind, _, region = table.partition("_")
        if table in CHECKS:
            CHECKS[table](content, products)
        elif kind == "scan":
            check_scan(content, products, region)
        elif kind == "cutflow":
            check_cutflow(content, products, names[region])
        elif region in unfitted:
            check_unfitted(content, products, kind, *unfitted[region])
        else:
            check_distribution(content, products, kind, names[region])
    for product_name, of_it in TABLES.items():
        if (results / product_name).exists():
            assert any(table.startswith(of_it) for table in tables), product_name
    return list(tables)
