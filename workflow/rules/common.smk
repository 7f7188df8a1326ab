"""Shared definitions of the rules: the selected analysis, its datasets and files, and the dependencies of a rule."""

import contextlib
import sys
import threading
import time
from functools import partial
from pathlib import Path

ROOT_FOLDER = Path(workflow.basedir)
sys.path.insert(0, str(ROOT_FOLDER / "scripts"))
# Snakemake imports the console of `wollemi run` wherever it is installed: the plan uses the package in this folder.
if (
    "wollemi" in sys.modules
    and Path(str(sys.modules["wollemi"].__file__)).parent != ROOT_FOLDER / "scripts/wollemi"
):
    for module in [name for name in sys.modules if name.startswith("wollemi")]:
        del sys.modules[module]

# Snakemake would load pandas, a tenth of its startup time, to check whether a parameter is one of its tables.
sys.modules.setdefault("pandas", None)

from wollemi.analysis.plain.queries import as_list
from wollemi.analysis.view import view_of
from wollemi.history.keep import copy_analysis, planned_analysis, why_not_kept
from wollemi.job.batch import (
    group_rules,
    is_main,
    profile_group,
    refuse_vain_attempt,
    slurm_problems,
)
from wollemi.job.costs import write_costs
from wollemi.job.messages import error_messages, headline
from wollemi.job.resources import JobResources
from wollemi.job.rules import RuleValues, command, environment
from wollemi.job.source_code import keep_facts
from wollemi.job.start import (
    analysis_path,
    check_settings,
    correct_times,
    forget_stale_locks,
    has_plan,
    hook_files,
    keep_to_the_plan,
    quoted_folders,
    refuse_repeated_events,
    whole_number,
)
from wollemi.loading.composition import composed_files
from wollemi.loading.document import read_document, read_manifests
from wollemi.plan.event_jobs import Parts, event_inputs, of_each, process_outputs, skim_outputs
from wollemi.plan.plan import Plan
from wollemi.plan.registry import PLOTS, PRODUCTS
from wollemi_likelihood.base.errors import WollemiError

# Jobs that start from now on belong to this run.
STARTED = time.time()
# A batch job is planned by another Snakemake.
IS_MAIN = is_main(workflow)
SCHEMAS = ROOT_FOLDER / "workflow/schemas"

if IS_MAIN:
    with contextlib.suppress(ImportError):  # before Snakemake 9
        from wollemi.commands.console import show_jobs

        show_jobs(workflow.output_settings)


def refuse(*errors):
    """End the run with errors of users, if there are any."""
    if errors:
        raise WorkflowError(*map(str, errors))


@contextlib.contextmanager
def refusals():
    """Code, or a function, whose errors of users end the run."""
    try:
        yield
    except WollemiError as error:
        refuse(error)


with refusals():
    check_settings(config)
    ANALYSIS_FILE = analysis_path(config["analysis"])
    MAX_EVENTS = whole_number(config, "max_events")
    if IS_MAIN:
        forget_stale_locks()
    DOCUMENT = read_document(ANALYSIS_FILE, SCHEMAS)
    EXTENDED = composed_files(ANALYSIS_FILE)
    MANIFESTS = read_manifests(DOCUMENT, SCHEMAS, has_plan(IS_MAIN))
    keep_to_the_plan(ANALYSIS_FILE, DOCUMENT, MANIFESTS, IS_MAIN)
    if IS_MAIN:
        refuse_repeated_events(ANALYSIS_FILE, DOCUMENT, MANIFESTS)

HOOKS = hook_files(ANALYSIS_FILE)
PLANNED = planned_analysis(ANALYSIS_FILE, DOCUMENT, [*EXTENDED, *HOOKS]) if IS_MAIN else None
# A preview has its own folder: it never replaces the real results.
RUN = f"{config['analysis']}_preview" if MAX_EVENTS else config["analysis"]
IMAGE = config["image"]
if IS_MAIN:
    correct_times(
        f"results/{RUN}",
        *{Path(file).parent for file in (ANALYSIS_FILE, *EXTENDED)},
        *map(ROOT_FOLDER.joinpath, ("scripts", "workflow")),
    )
MIRRORS = quoted_folders(config.get("mirrors"))
PACKAGES = sorted(str(path.parent) for path in Path("scripts").glob("wollemi*/__init__.py"))
# Shared by all pages.
PAGE_PARTS = [
    f"workflow/report/parts/{name}"
    for name in ("frame.html.j2", "pieces.html.j2", "style.css", "chain.svg")
]

plan = Plan(view_of(DOCUMENT), RUN, bool(MAX_EVENTS), HOOKS, MANIFESTS)
parts = Parts(plan)
values = RuleValues(plan, ANALYSIS_FILE)
planned = values.planned
job_resources = JobResources(
    plan, partial(profile_group, workflow), refusals()(partial(refuse_vain_attempt, workflow))
)


def code(program):
    """Inputs of every job: its program, all packages, and the files that its analysis file extends; `planned` decides which of them matter."""
    return ancient([f"scripts/{program}.py", *PACKAGES, *EXTENDED])


def part_files(dataset):
    """A function that gives Snakemake the files of each part of a dataset."""
    return refusals()(parts.files(dataset))


def shown_file(path, caption, category, subcategory=None, **labels):
    """A product below the results that `snakemake --report` shows; labeled by its name by default."""
    labels = labels or {"file": path.rpartition("/")[2]}
    marks = {"category": category, "subcategory": subcategory, "labels": labels}
    return report(plan.path(path), caption=f"../report/captions/{caption}.rst", **marks)


def shown_plot(name, caption, subcategory, **labels):
    """The picture of a plot that `snakemake --report` shows."""
    return shown_file(f"plots/{name}.png", caption, "Plots", subcategory, **labels)


def end_run(complete):
    """Report the costs of the jobs, and store the run; a store is mentioned only if it fails."""
    print(write_costs(RUN, STARTED))
    copy_analysis(RUN, PLANNED)
    reason = why_not_kept(RUN, PLANNED, complete)
    if reason:
        print(reason)
    # Snakemake looks for jobs a second after each start of one: it would wait for that now.
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()


wildcard_constraints:
    analysis=RUN,
    part=r"\d+",
