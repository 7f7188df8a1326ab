"""Tables of a HEPData submission, and whether an analysis describes them. Standard library only, as `analysis.checks.all`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.queries import as_list, fitted_regions, signal_samples
from wollemi.expressions.syntax import did_you_mean

if TYPE_CHECKING:
    Document = Mapping[str, Any]

LONGEST_NAME = 64  # characters of the name of a table (hepdata-validator 0.3.6)
_PLACEHOLDER = re.compile(r"\b(TODO|TBD|FIXME|XXX+|lorem ipsum|example description)\b", re.IGNORECASE)


def hepdata_texts(document: Document) -> Mapping[str, Any] | None:
    """The texts of the submission, if the analysis is to have one."""
    texts: Mapping[str, Any] | None = (document.get("publication") or {}).get("hepdata")
    return texts


def counted_signals(document: Document) -> list[str]:
    """Signal samples of which it is known how much was produced."""
    return [
        name
        for name in signal_samples(document)
        if all(_counted(document["datasets"].get(one) or {}) for one in as_list(document["samples"][name].get("datasets")))
    ]


def _counted(dataset: Mapping[str, Any]) -> bool:
    return not ({"draw", "estimate"} & dataset.keys()) and not ("histograms" in dataset and "sum_of_weights" not in dataset)


def hepdata_tables(document: Document) -> list[str]:
    """Names of the tables of an analysis, in the order of the submission.

    Args:
        document: an analysis whose shape the schema has accepted, written out.
    """
    tables = [f"cutflow_{name}" for name, region in document["regions"].items() if "without" not in region]
    tables += ["acceptance"] if counted_signals(document) else []
    if document.get("model") is not None:
        regions = fitted_regions(document)
        tables += ["yields_prefit", "yields_postfit"]
        tables += [f"{stage}_{name}" for name in regions for stage in ("prefit", "postfit")]
        tables += ["parameters", "covariance", "correlations", "ranking", "significances"]
    if document.get("limits") is not None:
        tables += ["limits_mu"]
        tables += ["limits_cross_section"] if document["limits"].get("cross_section_fraction") else []
        tables += ["cls"]
    return tables


def table_title(table: str) -> str:
    """The name that HEPData shows: `cutflow_signal_ee` is `Cutflow signal_ee`."""
    kind, _, rest = table.partition("_")
    words = rest.replace("_", " ") if kind == "limits" else rest
    return f"{kind.capitalize()} {words}".strip()


def check_hepdata(document: Document) -> list[str]:
    """Problems of `publication.hepdata`, each as `path: problem`.

    Args:
        document: an analysis whose shape the schema has accepted, written out.
    """
    texts = hepdata_texts(document)
    if texts is None:
        return []
    path, known, described = "publication.hepdata.tables", hepdata_tables(document), texts["tables"]
    problems = [
        f"{path}: '{name}' has no description; say there what this table holds" for name in known if name not in described
    ]
    unknown = [name for name in described if name not in known]
    problems += [f"{path}: '{name}' is not a table of this analysis{did_you_mean(name, known)}" for name in unknown]
    if unknown:
        problems[-1] += f" (its tables: {', '.join(known)})"
    long = [name for name in known if len(table_title(name)) > LONGEST_NAME]
    problems += [f"{path}: '{name}' is longer than the {LONGEST_NAME} characters of HEPData; shorten the region" for name in long]
    return problems + _placeholders(texts)


def _placeholders(texts: Mapping[str, Any]) -> list[str]:
    """Texts that were left to be written later."""
    path = "publication.hepdata"
    found = {f"{path}.{key}": " ".join(as_list(texts[key])) for key in ("abstract", "reactions", "observables", "phrases")}
    for name, item in texts["tables"].items():
        found[f"{path}.tables.{name}"] = item if isinstance(item, str) else " ".join(map(str, item.values()))
    matches = {where: _PLACEHOLDER.search(text) for where, text in found.items()}
    return [f"{where}: '{match.group()}' is no text for readers; write it" for where, match in matches.items() if match]
