"""Combination of several analyses' workspaces into one: the product of their likelihoods."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from wollemi.results.marks import common_marks
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.interpolation import COMBINE, workspace_interpolation

Workspace = Mapping[str, Any]

# Kinds of modifiers whose parameters can be shared → constraint that they must have in common.
SHARED_KINDS = {
    "normfactor": "free factor",
    "normsys": "normal constraint",
    "histosys": "normal constraint",
    "lumi": "luminosity",
}
# Defaults of pyhf for parameters without settings in a measurement.
SETTINGS = {
    "free factor": {"inits": [1.0], "bounds": [[0.0, 10.0]]},
    "normal constraint": {
        "inits": [0.0],
        "bounds": [[-5.0, 5.0]],
        "auxdata": [0.0],
        "sigmas": [1.0],
    },
}


def combine(
    workspaces: Mapping[str, Workspace], shared: Mapping[str, Sequence[str]], poi: str
) -> dict[str, Any]:
    """Combine workspaces into one with the regions of all.

    Regions and parameters are prefixed with the name of their analysis, so that nothing is shared
    by an accident of names; shared parameters are declared. The measurement combines the marks of
    all measurements, for example [pseudo-data].

    Args:
        workspaces: Analysis → its pyhf workspace, with one measurement.
        shared: Name in the combination → parameters that are one, each ``<analysis>.<name>``.
        poi: Name of the parameter of interest in the combination.

    Returns:
        A pyhf workspace with one measurement.

    Raises:
        WollemiError: A parameter is unknown, cannot be shared, or is listed twice; the analyses
            interpolate systematics in different ways.
    """
    codes = {name: workspace_interpolation(workspace) for name, workspace in workspaces.items()}
    if len({*codes.values()}) > 1:
        listed = "; ".join(f"{name}: {', '.join(found)}" for name, found in codes.items())
        problem = f"their systematics are interpolated in different ways ({listed})"
        raise WollemiError("workspaces", problem, "give them the same model.interpolation")
    marks = common_marks(item["measurements"][0]["name"] for item in workspaces.values())
    name = " ".join(["combination", *(f"[{mark}]" for mark in marks)])
    measurement = next(iter(codes.values())).named(name)
    kinds = {name: _kinds(workspace) for name, workspace in workspaces.items()}
    names = _new_names(kinds, shared)
    _check_accidents(names, shared)
    _check_luminosity(kinds, names, {member for members in shared.values() for member in members})
    parameters = _parameters(workspaces, kinds, names)
    if poi not in {new for found in names.values() for new in found.values()}:
        known = sorted({new for found in names.values() for new in found.values()})
        problem = f"the combination has no parameter '{poi}'{did_you_mean(poi, known)}"
        raise WollemiError("poi", problem, "declare it under 'shared', or write <analysis>_<name>")
    return {
        "version": "1.0.0",
        "channels": [
            _renamed_channel(name, channel, names[name])
            for name, workspace in workspaces.items()
            for channel in workspace["channels"]
        ],
        "observations": [
            {**item, "name": f"{name}_{item['name']}"}
            for name, workspace in workspaces.items()
            for item in workspace["observations"]
        ],
        "measurements": [{"name": measurement, "config": {"poi": poi, "parameters": parameters}}],
    }


def _kinds(workspace: Workspace) -> dict[str, set[str]]:
    """Parameter → kinds of its modifiers."""
    found: dict[str, set[str]] = {}
    for channel in workspace["channels"]:
        for sample in channel["samples"]:
            for modifier in sample["modifiers"]:
                found.setdefault(modifier["name"], set()).add(modifier["type"])
    return found


def _new_names(
    kinds: Mapping[str, Mapping[str, set[str]]], shared: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, str]]:
    """Analysis → parameter → its name in the combination."""
    names = {
        analysis: {name: _own_name(analysis, name, found[name]) for name in found}
        for analysis, found in kinds.items()
    }
    seen: dict[tuple[str, str], str] = {}
    for new, members in shared.items():
        constraints = {}
        analyses = [_split(new, member, kinds) for member in members]
        for analysis, name in analyses:
            if (analysis, name) in seen:
                problem = f"{analysis}.{name} is '{seen[analysis, name]}', too"
                raise WollemiError(f"shared.{new}", problem, "let each parameter be one")
            seen[analysis, name] = new
            constraints[f"{analysis}.{name}"] = _constraint(new, name, kinds[analysis][name])
            names[analysis][name] = new
        if len({analysis for analysis, _ in analyses}) < len(analyses):
            problem = "two parameters of one analysis are shared"
            raise WollemiError(f"shared.{new}", problem, "name one of each analysis")
        if len({*constraints.values()}) > 1:
            listing = ", ".join(f"{name}: {kind}" for name, kind in constraints.items())
            raise WollemiError(
                f"shared.{new}",
                f"their constraints differ ({listing})",
                "share equal parameters only",
            )
    return names


def _check_accidents(
    names: Mapping[str, Mapping[str, str]], shared: Mapping[str, Sequence[str]]
) -> None:
    """Raise an error if parameters share a name without being declared as shared: `a_b` and `c`,
    and `a` and `b_c`, give the same name.
    """
    declared = {
        tuple(member.split(".", 1)): new for new, members in shared.items() for member in members
    }
    seen: dict[str, str] = {}
    for analysis, found in names.items():
        for name, new in found.items():
            own = f"{analysis}.{name}"
            if declared.get((analysis, name)) == new or new == "lumi":
                own = f"shared.{new}"
            if seen.setdefault(new, own) != own:
                problem = f"{seen[new]} and {own} would both be '{new}'"
                raise WollemiError("inputs", problem, "give an analysis another name")


def _own_name(analysis: str, name: str, kinds: set[str]) -> str:
    # pyhf recognizes a luminosity by this name alone.
    return name if kinds == {"lumi"} else f"{analysis}_{name}"


def _split(new: str, member: str, kinds: Mapping[str, Mapping[str, set[str]]]) -> tuple[str, str]:
    """Analysis and parameter of ``<analysis>.<name>``."""
    analysis, _, name = member.partition(".")
    if analysis not in kinds:
        problem = f"'{member}' is of no analysis{did_you_mean(analysis, kinds)}"
        raise WollemiError(f"shared.{new}", problem, "write <analysis>.<parameter>")
    if name not in kinds[analysis]:
        problem = f"{analysis} has no parameter '{name}'{did_you_mean(name, kinds[analysis])}"
        raise WollemiError(f"shared.{new}", problem, "name one of its workspace")
    return analysis, name


def _constraint(new: str, name: str, kinds: set[str]) -> str:
    found = {SHARED_KINDS.get(kind, "") for kind in kinds}
    if "" in found or len(found) > 1:
        problem = f"'{name}' is of kind {', '.join(sorted(kinds))}"
        remedy = "factors of single bins belong to their region, and cannot be shared"
        raise WollemiError(f"shared.{new}", problem, remedy)
    return found.pop()


def _check_luminosity(
    kinds: Mapping[str, Mapping[str, set[str]]],
    names: Mapping[str, Mapping[str, str]],
    shared: Set[str],
) -> None:
    """Require that analyses with a luminosity share it: pyhf allows only one, under this name."""
    having = {
        analysis: next(name for name, kind in found.items() if "lumi" in kind)
        for analysis, found in kinds.items()
        if any("lumi" in kind for kind in found.values())
    }
    called = {analysis: names[analysis][name] for analysis, name in having.items()}
    wrong = sorted(new for new in called.values() if new != "lumi")
    if wrong:
        problem = f"the luminosity is called '{wrong[0]}'"
        raise WollemiError("shared", problem, "call it 'lumi': pyhf has no other name for it")
    members = sorted(f"{analysis}.{name}" for analysis, name in having.items())
    alone = [member for member in members if member not in shared]
    if len(having) > 1 and alone:
        problem = f"{alone[0]} is a luminosity of its own beside that of another analysis"
        remedy = "share it as 'lumi', or make it a normsys of its analysis"
        raise WollemiError("shared", problem, remedy)


def _parameters(
    workspaces: Mapping[str, Workspace],
    kinds: Mapping[str, Mapping[str, set[str]]],
    names: Mapping[str, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """Settings of the parameters. Shared parameters get the first initial value and the narrowest
    bounds; all other settings must agree, with pyhf's defaults where an analysis has none.
    """
    having: dict[str, list[tuple[str, str]]] = {}
    for analysis, found in names.items():
        for own, new in found.items():
            having.setdefault(new, []).append((analysis, own))
    given = {
        (analysis, item["name"]): item
        for analysis, workspace in workspaces.items()
        for item in workspace["measurements"][0]["config"]["parameters"]
    }
    made: dict[str, dict[str, Any]] = {}
    for new in dict.fromkeys(
        names[analysis][own] for analysis, own in given if own in names[analysis]
    ):
        first, *others = (
            _setting(given.get(place), kinds[place[0]][place[1]], len(having[new]) > 1)
            for place in having[new]
        )
        for other in others:
            first = _agreed(new, first, other)
        keys = {key for place in having[new] for key in given.get(place, ())}
        made[new] = {"name": new} | {key: first[key] for key in first if key in keys - {"name"}}
    return [*made.values()]


def _setting(given: Mapping[str, Any] | None, kinds: set[str], shared: bool) -> dict[str, Any]:
    """Settings of a parameter in a measurement, with pyhf's defaults if the parameter is shared."""
    usual = SETTINGS.get(SHARED_KINDS.get(min(kinds), ""), {}) if shared else {}
    return {**usual, **(given or {})}


def _agreed(new: str, first: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    keys = ["auxdata", "sigmas"]
    pairs: list[tuple[str, Any, Any]] = [(key, first.get(key), other.get(key)) for key in keys]
    pairs.append(("fixed", bool(first.get("fixed")), bool(other.get("fixed"))))
    if first.get("fixed"):
        pairs.append(("inits", first.get("inits"), other.get("inits")))
    for key, one, another in pairs:
        if one != another:
            problem = f"its {key} are {one} and {another}"
            raise WollemiError(f"shared.{new}", problem, "let the analyses agree")
    bounds = [item["bounds"][0] for item in (first, other) if "bounds" in item]
    if not bounds:
        return dict(first)
    low, high = max(pair[0] for pair in bounds), min(pair[1] for pair in bounds)
    if not low < high:
        problem = f"its bounds, {bounds[0]} and {bounds[1]}, have nothing in common"
        raise WollemiError(f"shared.{new}", problem, "let the analyses agree")
    return {**first, "bounds": [[low, high]]}


def _renamed_channel(
    analysis: str, channel: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    samples = [
        {
            **sample,
            "modifiers": [_renamed_modifier(item, names) for item in sample["modifiers"]],
        }
        for sample in channel["samples"]
    ]
    return {**channel, "name": f"{analysis}_{channel['name']}", "samples": samples}


def _renamed_modifier(modifier: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    made = {**modifier, "name": names[modifier["name"]]}
    if modifier["type"] == COMBINE:  # it names parameters
        regions = modifier["data"]["regions"]
        renamed = {names[name]: size for name, size in regions.items() if name in names}
        made["data"] = {**modifier["data"], "regions": renamed}
    return made
