"""Apply the paths of a trigger menu to events, as they run online.

For each event the output lists the paths that select it, and the paths that accept it after their
prescales; for each path the rate, the unique rate and the overlaps with other paths. --scan gives
rates against a threshold. The turn-ons of the menu are fitted. The throughput and the time per
event are printed and written to filter.log, never to the products.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wollemi.base.json_files import render_json
from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import write_whole
from wollemi.plots.style import save_plot
from wollemi_interactive.menus.models import Menu
from wollemi_interactive.menus.plots import (
    draw_scan,
    draw_turn_on,
    left_out_text,
    parameter_text,
    scan_numbers,
    turn_on_numbers,
)
from wollemi_interactive.menus.product_folder import KEY, LISTING, new_products, other_products
from wollemi_interactive.menus.trigger_menu import read_menu
from wollemi_interactive.menus.trigger_rates import rates_page
from wollemi_interactive.menus.trigger_run import (
    Filtered,
    Scan,
    filter_files,
    latencies,
    parse_scan,
)
from wollemi_likelihood.base.errors import WollemiError


def number(text: str) -> int:
    """Parse an option that is a non-negative integer.

    Raises:
        ValueError: The text is something else.
    """
    if int(text) < 0:
        raise ValueError(text)
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Filter the events and report the effect of the paths."""
    parser = argparse.ArgumentParser(prog="filter_events.py", description=__doc__)
    parser.add_argument("menu", type=Path, help="YAML, see docs/queries.md")
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="files of events in one format"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="to write to")
    parser.add_argument(
        "--scan",
        action="append",
        default=[],
        metavar="NAME=FIRST:LAST:STEP",
        help="rates for several values of a threshold, such as electron_pt=20:60:5",
    )
    parser.add_argument(
        "--latency",
        type=number,
        default=1000,
        metavar="N",
        help="time N single events; 0: none; default 1000",
    )
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options), [options.output])


def _main(options: argparse.Namespace) -> int:
    menu = read_menu(options.menu)
    scans = [parse_scan(text, menu) for text in options.scan]
    _check_once("--scan", [scan.threshold for scan in scans])
    for path in options.files:
        if not path.is_file():
            raise WollemiError(str(path), "this file does not exist", "correct the path")
    _check_once("files of events", [os.path.relpath(path.resolve()) for path in options.files])
    with new_products(options.output) as folder:
        for line in _write_products(menu, options, scans, folder):
            print(line)
    others = other_products(options.output)
    if others:
        print(f"not of this run, and left there: {', '.join(others)}")
    print(f"{options.output} (written)")
    return 0


def _write_products(
    menu: Menu, options: argparse.Namespace, scans: Sequence[Scan], folder: Path
) -> Iterator[str]:
    """Filter the events, write all products and yield lines about them."""
    found = filter_files(menu, options.files, scans, folder / "flags.parquet")
    page = rates_page(menu.title, found.rates)
    write_whole(folder / "rates.md", page)
    yield page
    yield from _write_plots(menu, found, folder)
    lines = [*found.times.lines(), *_latency_lines(menu, found, options.latency)]
    write_whole(folder / "filter.log", "\n".join([*lines, ""]))
    yield from lines
    names = sorted([LISTING, *(path.name for path in folder.iterdir())])
    rates = {**found.rates, "scans": found.scans, KEY: names}
    write_whole(folder / LISTING, render_json(rates))


def _check_once(where: str, names: Sequence[str]) -> None:
    """Refuse duplicates: events would count twice, and one scan would hide another."""
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise WollemiError(where, f"'{twice[0]}' is there twice", "name it once")


def _write_plots(menu: Menu, found: Filtered, folder: Path) -> Iterator[str]:
    """Write scans and turn-on curves; yield one line per fit."""
    for threshold, scan in found.scans.items():
        numbers = scan_numbers(menu.title, threshold, scan)
        save_plot(draw_scan(numbers), numbers, _plot_paths(folder, f"scan_{threshold}"))
    for name, counts in found.turn_ons.items():
        item = menu.turn_ons[name]
        title, label = f"{menu.title}: {name}", item.label or item.variable
        numbers = turn_on_numbers(title, label, counts.edges, counts.sums, counts.means())
        save_plot(draw_turn_on(numbers), numbers, _plot_paths(folder, f"turn_on_{name}"))
        notes = filter(None, [_fit_text(numbers["fit"]), left_out_text(numbers)])
        yield f"turn-on {name}: {', '.join(notes)}"


def _plot_paths(folder: Path, name: str) -> dict[str, Path]:
    return {suffix: folder / f"{name}.{suffix}" for suffix in ("pdf", "png", "json")}


def _fit_text(fit: dict[str, Any] | None) -> str:
    if fit is None:
        return "no fit, as all or nothing passes, or fewer than three bins have entries"
    values = [f"{name} {parameter_text(item)}" for name, item in fit["parameters"].items()]
    text = ", ".join([*values, f"χ² {fit['chi2']:.1f} in {fit['bins']} bins"])
    return text if fit["converged"] else f"{text} (the fit has not converged)"


def _latency_lines(menu: Menu, found: Filtered, events: int) -> Iterator[str]:
    """Report the latency of single events in µs, at the median and at 99 %."""
    if events and len(found.first):
        spent = latencies(menu, found.first, events) * 1e6
        half, most = np.percentile(spent, [50, 99])
        yield f"{half:>12,.0f} µs an event at p50, {most:,.0f} µs at p99 ({events:,} single events)"


if __name__ == "__main__":
    sys.exit(main())
