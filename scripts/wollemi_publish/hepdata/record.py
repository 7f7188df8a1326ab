"""The content of a HEPData submission besides the numbers of its tables: texts, keywords,
qualifiers, pictures, the likelihood.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wollemi.analysis.models.hepdata import HepDataTable
from wollemi.analysis.plain.publication import hepdata_tables, table_title, unfitted_tables
from wollemi.analysis.settings import Settings
from wollemi.analysis.view import read
from wollemi.plots.luminosity_label import era_beam
from wollemi.results.marks import PSEUDO_DATA
from wollemi_publish.hepdata.submission import PublishedTable, pack
from wollemi_publish.hepdata.tables import Products, table_content


def energies_gev(settings: Settings, era: str | None = None) -> list[float]:
    """Center-of-mass energies in GeV, the unit of HEPData's keyword `cmenergies`.

    Args:
        settings: Settings of the analysis.
        era: Era of the table; None for all eras.
    """
    energies, _ = era_beam(settings.center_of_mass_tev, settings.luminosity_ifb, era)
    return [
        1000.0 * energy
        for energy in ([energies] if isinstance(energies, int | float) else energies)
    ]


def beam_qualifiers(settings: Settings, era: str | None = None) -> list[dict[str, Any]]:
    """Qualifiers of all columns of a table: the center-of-mass energy, and the luminosity if known.

    Args:
        settings: Settings of the analysis.
        era: Era of the table; None for all eras.
    """
    energies = _one_or_several(energies_gev(settings, era))
    found = [{"name": "SQRT(S)", "value": energies, "units": "GeV"}]
    _, luminosity = era_beam(settings.center_of_mass_tev, settings.luminosity_ifb, era)
    if luminosity is None:
        return found
    parts = list(luminosity.values()) if isinstance(luminosity, Mapping) else [luminosity]
    return [*found, {"name": "Luminosity", "value": _one_or_several(parts), "units": "fb$^{-1}$"}]


def _one_or_several(numbers: Sequence[float]) -> float | str:
    return numbers[0] if len(numbers) == 1 else ", ".join(f"{number:g}" for number in numbers)


def published_tables(products: Products, plots: Mapping[str, Path]) -> list[PublishedTable]:
    """All tables of a submission with their texts and pictures.

    Args:
        products: Products of a run.
        plots: Path of the PNG by name of the plot.
    """
    analysis, described = products.settings.declared, products.settings.hepdata.tables
    known = hepdata_tables(analysis)
    more = [name for name in unfitted_tables(analysis) if name in described and name not in known]
    return [published_table(products, table, plots) for table in (*known, *more)]


def published_table(products: Products, table: str, plots: Mapping[str, Path]) -> PublishedTable:
    """A table with its texts, pictures and qualifiers.

    Args:
        products: Products of a run.
        table: Name of the table.
        plots: Path of the PNG by name of the plot.
    """
    texts = products.settings.hepdata
    given = texts.tables[table]
    item: HepDataTable = (
        read("HepDataTable", {"description": given}) if isinstance(given, str) else given
    )
    era = table_era(products.settings, table)
    # The descriptions and column names mention pseudo-data.
    marks = [f"{mark}: " for mark in products.marks if mark != PSEUDO_DATA]
    keywords: dict[str, Sequence[str | float]] = {
        "observables": item.observables or texts.observables,
        "reactions": texts.reactions,
        "phrases": texts.phrases,
        "cmenergies": energies_gev(products.settings, era),
    }
    description = "".join(marks) + " ".join(item.description.split())
    images = [plots[name] for name in table_plots(products, table, list(plots))]
    return PublishedTable(
        table_title(table),
        description,
        item.location or "",
        keywords,
        table_content(products, table),
        images,
        beam_qualifiers(products.settings, era),
    )


def table_era(settings: Settings, table: str) -> str | None:
    """The era of a table: the era of its correction, if it is measured in a single era.

    Args:
        settings: Settings of the analysis.
        table: Name of the table.
    """
    kind, _, name = table.partition("_")
    shown = settings.shown_corrections if kind == "correction" else {}
    era: str | None = shown.get(name, {}).get("era")
    return era


def table_plots(products: Products, table: str, plots: Sequence[str]) -> list[str]:
    """Names of the plots that show a table.

    Args:
        products: Products of a run.
        table: Name of the table.
        plots: Names of the available plots.
    """
    kind, _, region = table.partition("_")
    limits = (
        "limits_cross_section"
        if "limits_cross_section" in products.settings.hepdata.tables
        else "limits_mu"
    )
    wanted = {
        "prefit": [f"{region}_{products.settings.regions[region].variable}"]
        if kind == "prefit" and region in products.settings.regions
        else [region],
        "postfit": [table],
        "parameters": ["pulls"],
        "correlations": ["correlations"],
        "goodness": ["goodness"],
        "ranking": [name for name in plots if name.startswith("ranking_")],
        "uncertainties": [f"uncertainties_{name}" for name in products.measured]
        if kind == "uncertainties"
        else [],
        "limits": ["limits", "contour"] if table == limits else [],
        "correction": [table] if kind == "correction" else [],
        "discovery": ["discovery"],
        "extrapolation": [
            "extrapolation",
            *(f"extrapolation_{signal}" for signal in products.signals),
        ],
        "intervals": [name for name in plots if name.startswith("interval_")],
        "scan": [f"{table}_{name}" for name in products.fitted_models] if kind == "scan" else [],
    }
    return [name for name in wanted.get(kind, []) if name in plots]


def likelihood_resource(files: Sequence[Path], scratch: Path) -> list[dict[str, Any]]:
    """The likelihood in one archive, unpacked by `pyhf contrib download` and flagged by HEPData.

    Args:
        files: Files of the likelihood: its package or the workspaces; may be empty.
        scratch: Folder for the archive.
    """
    if not files:
        return []
    path = scratch / "likelihood.tar.gz"
    path.write_bytes(pack({file.name: file.read_bytes() for file in files}))
    names = ", ".join(sorted(file.name for file in files))
    description = f"The full likelihood in the JSON format of HistFactory, for pyhf: {names}"
    return [{"path": path, "description": description, "file_type": "HistFactory"}]
