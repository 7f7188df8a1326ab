"""Write tables for a paper or a talk: yields, cutflows, systematics, parameters, limits, impacts,
each as CSV, Markdown and LaTeX.
"""

import sys
from functools import partial

from wollemi.base.json_files import read_json
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.marks import data_label
from wollemi.results.parameter_label import parameter_label
from wollemi.results.ranking import Ranking
from wollemi.results.region_groups import region_labels
from wollemi.results.summary import Summary
from wollemi.results.table import Table
from wollemi.tables.groups import grouped_names, with_groups
from wollemi.tables.region_groups import with_overlaps, with_region_groups
from wollemi.tables.run import absence_table, run_tables
from wollemi_likelihood.systematic_effects import systematic_effects

SECTIONS = ("samples", "regions", "plots")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "summary": "the summary",
        "ranking": "the impacts, if there is a model",
        "workspaces": "the models, which know the sizes of systematics",
    },
    outputs={
        "csv": "tables with all digits, each named <table>.csv",
        "markdown": "the same rounded, each named <table>.md",
        "latex": "the same rounded, for the package booktabs, each named <table>.tex",
    },
    sections=SECTIONS,
)


def make_tables(job: Job, summary: Summary) -> dict[str, Table]:
    """Tables by name; without a model only the tables that do not need one."""
    plots, samples = job.settings.plots, job.settings.samples
    labels = {name: style.label for name, style in plots.samples.items() if style.label}
    data = {
        name: data_label(plots.data_label, summary.marks)
        for name, item in samples.items()
        if item.role == "data"
    }
    # As in legends, the top of the stack comes first, then the data.
    order = [
        *(name for name in reversed([*plots.samples]) if name not in data),
        *(name for name in samples if name not in data),
        *data,
    ]
    groups = {name: group.samples for name, group in (plots.groups or {}).items()}
    labels |= {name: group.label or name for name, group in (plots.groups or {}).items()}
    # The fit contains samples: the members of groups follow.
    shown_names = [*dict.fromkeys([*grouped_names(order, groups), *order])]
    has_model = not summary.no_model
    rankings = (
        Ranking.read(job.input("ranking")).rankings if has_model and job.inputs("ranking") else {}
    )
    workspaces = map(read_json, job.inputs("workspaces") if has_model else ())
    # A published model has regions that are not in the analysis.
    regions = [*job.settings.regions, *(plots.region_groups or ()), *summary.yields]
    shown = {name: (labels | data).get(name, name) for name in shown_names}
    titles = region_labels(plots)
    shown_regions = {name: titles.get(name, name) for name in regions}
    tables = run_tables(
        with_groups(summary, groups),
        rankings,
        shown,
        shown_regions,
        partial(parameter_label, plots=plots),
        systematic_effects(workspaces, groups),
    )
    return with_overlaps(dict(tables), summary, shown_regions.__getitem__)


def main(job: Job) -> None:
    """Write all tables that the rule requests."""
    summary = with_region_groups(Summary.read(job.input("summary")))
    tables = make_tables(job, summary)
    reason = (
        f"{summary.no_model.where}: {summary.no_model.problem}"
        if summary.no_model
        else "no signal has one"
    )
    for name, written in (("csv", Table.csv), ("markdown", Table.markdown), ("latex", Table.latex)):
        for target, path in zip(getattr(job.arguments, name), job.outputs(name), strict=True):
            path.write_text(
                written(tables.get(target.stem) or absence_table(reason)), encoding="utf-8"
            )


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
