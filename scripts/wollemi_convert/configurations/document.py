"""The analysis file of a fit."""

from typing import Any

from wollemi_convert.configurations.expressions import joined, terms
from wollemi_convert.configurations.fit import Fit
from wollemi_convert.configurations.imported import Imported
from wollemi_convert.configurations.variations import systematics


def imported(fit: Fit) -> Imported:
    """The analysis of a fit.

    Raises:
        WollemiError: The fit cannot become an analysis.
    """
    signals = {sample for poi in fit.pois for sample in fit.factors[poi]["samples"]}
    samples = _samples(fit, signals)
    found = systematics(fit)
    document = {
        **fit.head,
        "datasets": fit.datasets,
        "samples": samples,
        "variables": fit.variables,
        "regions": fit.regions,
        **({"systematics": found} if found else {}),
        "model": _model(fit, signals, {*fit.factors, *found}),
        **({"limits": {}} if fit.pois and "factors" not in fit.model else {}),
        **{key: item for key, item in fit.tail.items() if item},
    }
    notes = fit.notes
    return Imported(
        document, notes.comments, tuple(notes.unsaid), {f"imported/{notes.where.name}": notes.where}
    )


def _samples(fit: Fit, signals: set[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in [*fit.data, *fit.simulated]:
        sources = fit.of(name)
        first = next(iter(sources.values()))
        role = "data" if name in fit.data else "signal" if name in signals else "background"
        made[name] = {"role": role, "datasets": fit.dataset(name, sources)}
        conditions = terms(first.selection) if first.tree and role != "data" else []
        if {*sources} != {*fit.regions} and first.tree:
            where = joined((fit.regions[region]["selection"] for region in sources), "or")
            conditions.append(f"({where})")
            text = f"only in {', '.join(sources)}: right if no other region has its events"
            fit.notes.comments[f"samples.{name}"] = text
        elif {*sources} != {*fit.regions}:
            made[name]["regions"] = list(sources)
        made[name] |= {"selection": joined(conditions, "and")} if conditions else {}
    if not fit.data:
        drawn = [item["datasets"] for item in made.values() if item["role"] == "background"]
        fit.datasets["pseudodata"] = {
            "draw": {"datasets": [*dict.fromkeys(drawn)], "fluctuate": False}
        }
        made["data"] = {"role": "data", "datasets": "pseudodata"}
        fit.notes.lacks("data", "the configuration has none; here they are the sum of backgrounds")
    return made


def _model(fit: Fit, signals: set[str], known: set[str]) -> dict[str, Any]:
    model: dict[str, Any] = {"poi": fit.pois} if fit.pois else {}
    free: dict[str, Any] = {}
    for name, item in fit.factors.items():
        regions = [region for region in fit.fitted if region in item["regions"]]
        used = {region for region in fit.fitted for one in item["samples"] if region in fit.of(one)}
        if used <= {*regions}:
            regions = []
        if regions and name in fit.pois:
            text = f"acts in {', '.join(regions)}; here a parameter of interest acts everywhere"
            fit.notes.lacks(f"NormFactor '{name}'", text)
            regions = []
        free[name] = {"samples": item["samples"], "bounds": item["bounds"]}
        free[name] |= {"regions": regions} if regions else {}
        if item.get("nominal", 1) != 1 and name not in fit.model.get("fixed", {}):
            text = f"at {item['nominal']:g} before the fit; here at 1"
            fit.notes.comments[f"model.free_normalizations.{name}"] = text
    if len(signals) == 1 == len(fit.pois) and "factors" not in fit.model:
        model = {"poi": fit.pois[0], "poi_bounds": free.pop(fit.pois[0])["bounds"]}
    fixed = fit.model.pop("fixed", {})
    for name in fixed.keys() - known | fixed.keys() & {*fit.pois}:
        reason = "is the parameter of interest" if name in known else "is not a parameter here"
        fit.notes.lacks(f"fixed parameter '{name}'", reason)
        del fixed[name]
    model |= {"free_normalizations": free} if free else {}
    model |= {"fixed": fixed} if fixed else {}
    model["mc_statistics"] = _statistics(fit, signals)
    treated = model["mc_statistics"] != "none"
    return model | {k: v for k, v in fit.model.items() if treated or not k.startswith("mc_stat")}


def _statistics(fit: Fit, signals: set[str]) -> str:
    """Samples whose statistical uncertainty enters the fit."""
    choice = "all" if signals & {*fit.statistics} else "background" if fit.statistics else "none"
    expected = [one for one in fit.simulated if choice == "all" or one not in signals]
    more = [] if choice == "none" else [one for one in expected if one not in fit.statistics]
    if more:
        text = f"it enters the fit here, because model.mc_statistics is '{choice}'"
        fit.notes.lacks(f"no statistical uncertainty of {', '.join(more)}", text)
    return choice
