"""A drawing of a notebook as a plot of the analysis: a variable that a region monitors."""

import re
from pathlib import Path
from typing import Any

import yaml

from wollemi.analysis.plain.queries import as_list
from wollemi.base.whole_files import write_whole
from wollemi.finished.event_run import EventRun
from wollemi.loading.load import read_analysis
from wollemi_interactive.explore.file_entries import with_entry, with_monitored
from wollemi_interactive.explore.run_look import LOOKED, RunLook, look_variable
from wollemi_likelihood.base.errors import WollemiError

ORDER = ("expression", "per", "bins", "label", "unit")


def capture_plot(run: EventRun, path: Path, look: RunLook, name: str) -> Path:
    """Write a drawing into an analysis file; comments are preserved.

    Args:
        run: Run of the analysis.
        path: Path of the analysis file.
        look: Drawing, without an additional cut.
        name: Name of the variable; empty to derive it from the expression.

    Returns:
        Path of the analysis file.

    Raises:
        WollemiError: The name is taken, the region already has the variable, or the file has no
            place for it.
    """
    with path.open(encoding="utf-8", newline="") as file:
        before = file.read()
    region = run.plan.analysis.plain["regions"][look.region]
    chosen = look.variable if look.variable != LOOKED else name or name_of(look.expression)
    if chosen in (region["variable"], *as_list(region.get("monitor"))):
        problem = f"has '{chosen}' already"
        raise WollemiError(f"regions.{look.region}", problem, "it is among the plots of the run")
    after = before
    if look.variable == LOOKED:
        if chosen in run.plan.analysis.plain["variables"]:
            problem = f"has '{chosen}' already"
            raise WollemiError("variables", problem, "give the plot another name")
        item = f"{chosen}: {variable_text(look_variable(run, look))}"
        after = with_entry(before, "variables", item, str(path))
    write_whole(path, with_monitored(after, look.region, chosen, str(path)))
    try:
        if chosen not in read_analysis(path).regions[look.region].monitor:
            problem = "is given by `lists`, `like` or `defaults`"
            remedy = f"add {chosen} to its `monitor` by hand"
            raise WollemiError(f"{path}: regions.{look.region}", problem, remedy)
    except WollemiError:
        write_whole(path, before)
        raise
    return path


def name_of(expression: str) -> str:
    """Name of a variable for an expression: `muon[0].pt` → `muon_0_pt`."""
    return re.sub(r"\W+", "_", expression, flags=re.ASCII).strip("_").lower()


def variable_text(variable: dict[str, Any]) -> str:
    """A variable as one line of YAML."""
    order = [*ORDER, *(key for key in variable if key not in ORDER)]
    entries = {key: variable[key] for key in order if variable.get(key) not in (None, "")}
    text: str = yaml.safe_dump(
        entries, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True
    )
    return text.strip()
