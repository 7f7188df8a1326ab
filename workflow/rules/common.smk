"""Shared definitions of the rules: the selected analysis, its datasets and files, and the dependencies of a rule."""

import contextlib
import fcntl
import json
import math
import os
import shlex
import subprocess
import sys
import time
from functools import lru_cache
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

from wollemi.plan.plan import Plan
from wollemi.analysis.plain.commands import command_paths, read_datasets
from wollemi.analysis.plain.queries import as_list
from wollemi.analysis.plain.parts import PART_FILES, file_path, is_made
from wollemi.loading.document import checked_document
from wollemi.loading.dataset_selections import as_written
from wollemi.loading.manifest_problems import manifest_contradiction
from wollemi.loading.repeated_files import (
    check_repeated_files,
    check_repeated_histograms,
    declared_sizes,
    local_files,
)
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi.history.keep import Told, copy_analysis, why_not_kept
from wollemi.job.batch import TimeRequest, ended_with_message, partition_limits, time_problems
from wollemi.job.environments import environment_file
from wollemi.job.costs import told_costs
from wollemi.job.input_digests import shared_contents
from wollemi.job.messages import error_messages, headline
from wollemi.loading.schema import read_schema, schema_problems
from wollemi.analysis.plain.sections import canonical_json, section_digests, select_sections
from wollemi.job.source_code import (
    file_facts,
    further_arguments,
    keep_facts,
    literal_constant,
    rule_command,
    source_files,
    step_digests,
)
from wollemi.loading.composition import composed_files, read_composed

SETTINGS = ("analysis", "max_events", "mirrors", "image", "workflow_image")


def check_settings():
    """Refuse misspelled settings, which would be ignored silently: `max_event=100` runs the whole analysis."""
    unknown = [name for name in config if name not in SETTINGS]
    problems = [
        f"{name}: there is no such setting{did_you_mean(str(name), SETTINGS)}" for name in unknown
    ]
    if problems:
        listing = "".join(f"\n  - {problem}" for problem in problems)
        raise WorkflowError(
            f"--config, or config/config.yaml:{listing}\n  → there are {', '.join(SETTINGS)}"
        )


def whole_number(name):
    """A setting of the configuration that is 0 or more."""
    value = str(config[name])
    if not value.isdecimal():
        raise WorkflowError(
            f"--config {name}={value}: not a whole number of 0 or more\n  → such as {name}=2000; 0 means all"
        )
    return int(value)


def check_name(name):
    """Make sure that the selected analysis exists."""
    known = sorted(path.parent.name for path in Path("config/analyses").glob("*/analysis.yaml"))
    if name not in known:
        problem = f"--config analysis={name}: there is no config/analyses/{name}/analysis.yaml{did_you_mean(name, known)}"
        raise WorkflowError(f"{problem}\n  → choose one of {', '.join(known)}, or write that file")


# Jobs that start from now on belong to this run.
STARTED = time.time()

check_settings()
check_name(config["analysis"])
ANALYSIS_FOLDER = f"config/analyses/{config['analysis']}"
ANALYSIS_FILE = f"{ANALYSIS_FOLDER}/analysis.yaml"
# With the modules next to it that it imports.
HOOKS = (
    source_files(f"{ANALYSIS_FOLDER}/hooks.py")
    if Path(f"{ANALYSIS_FOLDER}/hooks.py").is_file()
    else []
)
MAX_EVENTS = whole_number("max_events")
# A preview has its own folder: it never replaces the real results.
RUN = f"{config['analysis']}_preview" if MAX_EVENTS else config["analysis"]
IMAGE = config["image"]
# Quoted here, because a resource is one text; the shell expands nothing in it any more.
MIRRORS = " ".join(
    shlex.quote(os.path.expandvars(os.path.expanduser(folder)))
    for folder in as_list(config.get("mirrors"))
)


def forget_stale_locks():
    """Remove the locks left by a killed run, so that the same command can continue.

    A run also holds a kernel lock on `.snakemake`, which ends with its process in any case.
    """
    with contextlib.suppress(OSError):
        Path(".snakemake").mkdir(exist_ok=True)
        folder = os.open(".snakemake", os.O_RDONLY)
        # No other run holds it: Snakemake's own locks, which outlive their process, are stale.
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for lock in Path(".snakemake/locks").glob("*.lock"):
                lock.unlink()
        fcntl.flock(folder, fcntl.LOCK_SH | fcntl.LOCK_NB)


def schema_file(name):
    """Path of one of the generated schemas."""
    return ROOT_FOLDER / f"workflow/schemas/{name}.schema.json"


def read_analysis():
    """The selected analysis as plain values, expanded; ends the run if it has problems."""
    document, problems = checked_document(
        read_composed(ANALYSIS_FILE), ANALYSIS_FILE, read_schema(schema_file("analysis"))
    )
    if problems:
        listing = "".join(f"\n  - {problem}" for problem in problems)
        advice = f"python scripts/check_analysis.py {ANALYSIS_FILE}"
        raise WorkflowError(
            f"{ANALYSIS_FILE}: {len(problems)} problem(s){listing}\n  → more about them: {advice}"
        )
    return document


if getattr(workflow, "is_main_process", True):
    forget_stale_locks()

try:
    DOCUMENT = read_analysis()
    EXTENDED = composed_files(ANALYSIS_FILE)
except WollemiError as error:
    raise WorkflowError(str(error))


def read_manifest(path):
    """The content of a manifest."""
    if not Path(path).is_file():
        raise WorkflowError(
            f"{path}: this manifest does not exist\n  → make it with: python scripts/make_manifest.py {path} FILES"
        )
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise WorkflowError(
            f"{path}: is not a manifest ({str(error).splitlines()[0][:200]})\n  → make it again with make_manifest"
        )
    problems = schema_problems(content, read_schema(schema_file("manifest")))
    if problems:
        raise WorkflowError(
            f"{path}: is not a manifest ({problems[0]})\n  → make it again with make_manifest"
        )
    contradiction = manifest_contradiction(content)
    if contradiction:
        raise WorkflowError(f"{path}: {contradiction}\n  → make it again with make_manifest")
    return content


USED = [DOCUMENT["datasets"][name] for name in read_datasets(DOCUMENT)]
MANIFESTS = {
    item["manifest"]: read_manifest(item["manifest"]) for item in USED if "manifest" in item
}


def keep_to_the_plan():
    """End a batch job, which reads the analysis file and the manifests again, if they have changed since the run was planned."""
    read = {"document": DOCUMENT, "manifests": MANIFESTS}
    digest = " ".join(section_digests(read).values())
    if getattr(workflow, "is_main_process", True):
        os.environ.update(WOLLEMI_PLANNED=digest)
    elif os.environ.get("WOLLEMI_PLANNED", digest) != digest:
        where = " or ".join([ANALYSIS_FILE, *MANIFESTS])
        raise WorkflowError(f"{where}: changed since this run was planned\n  → run again")


keep_to_the_plan()


def refuse_repeated_events():
    """End the run before any job if events would count twice: two names, links or copies of one file."""
    contents = shared_contents(
        local_files(DOCUMENT, MANIFESTS), declared_sizes(DOCUMENT, MANIFESTS)
    )
    problems = check_repeated_files(DOCUMENT, MANIFESTS, contents)
    problems += check_repeated_histograms(DOCUMENT, contents)
    if problems:
        listing = "".join(f"\n  - {problem}" for problem in as_written(DOCUMENT, problems))
        raise WorkflowError(f"{ANALYSIS_FILE}: {len(problems)} problem(s){listing}")


if getattr(workflow, "is_main_process", True):
    refuse_repeated_events()


def told_analysis():
    """The analysis with which this run is planned, with the current files: later edits belong to the next run."""
    manifests = [path for path in MANIFESTS if path.startswith("config/")]
    of_commands = [path for _, path in command_paths(DOCUMENT) if path.startswith("config/")]
    paths = [ANALYSIS_FILE, *EXTENDED, *HOOKS, *manifests, *filter(os.path.isfile, of_commands)]
    files = {path: Path(path).read_bytes() for path in paths}
    return Told(ANALYSIS_FILE, files, DOCUMENT)


TOLD = told_analysis() if getattr(workflow, "is_main_process", True) else None


def keep_results(complete):
    """Copy the analysis next to the logs, and store the results for later runs; print only a reason for failure."""
    copy_analysis(RUN, TOLD)
    reason = why_not_kept(RUN, TOLD, complete)
    if reason:
        print(reason)


plan = Plan(DOCUMENT, RUN, bool(MAX_EVENTS), HOOKS, MANIFESTS)
# Each job gets only its own files, so that planning is linear in their number.
PARTS = {dataset: plan.parts(dataset) for dataset in plan.event_datasets}


PACKAGES = sorted(str(path.parent) for path in Path("scripts").glob("wollemi*/__init__.py"))


def code(program):
    """Inputs of every job: its program, all packages, and the files that its analysis file extends; `planned` decides which of them matter."""
    return ancient([f"scripts/{program}.py", *PACKAGES, *EXTENDED])


def planned(program, dataset=None, command=None):
    """Digests of the sections that a program declares, and of its code, as in its record: a change reruns its rule."""
    sections = literal_constant(f"scripts/{program}.py", "SECTIONS")
    selected = select_sections(DOCUMENT, sections, dataset, command=command)
    digests = section_digests(selected)
    settings = " ".join(f"{name}={digest}" for name, digest in sorted(digests.items()))
    return {"settings": settings, "code": code_state(program)}


# Read once for all rules.
known_facts = lru_cache(None)(file_facts)


@lru_cache(None)
def code_state(program):
    """One digest of all code that determines a program's outputs."""
    return section_digests({"code": step_digests(f"scripts/{program}.py", known_facts)})["code"]


def environment(program):
    """The conda environment of a program, relative to a rule file."""
    return f"../../{environment_file(program)}"


def own_environment(name):
    """The conda environment of a command of another framework, relative to a rule file; None if it has none."""
    own = plan.command_settings(name).get("environment")
    return own and os.path.relpath(own, "workflow/rules")


def own_container(name):
    """The image of a command of another framework; None if it has none."""
    return plan.command_settings(name).get("container")


def told_command(name):
    """Settings for the program, which cannot read an analysis file in a command's image; in tuples, as braces in texts are wildcards."""
    return {
        "told": (canonical_json(plan.command_settings(name)),),
        "lists": (canonical_json(plan.command_lists(name)),),
    }


def of_each(datasets, items):
    """Items `name`, `name_1` and so on, for each of the datasets whose files a job reads once."""
    return {
        f"{name}_{number}" if number else name: value
        for number, dataset in enumerate(datasets)
        for name, value in items(dataset).items()
    }


def further_jobs(program, datasets, *items):
    """The quoted arguments for all of these datasets except the first: its process runs their jobs as well."""
    return further_arguments(
        {
            "analysis": [ANALYSIS_FILE],
            "planned": [planned(program, dataset)["settings"]],
            "dataset": [dataset],
            "part": ["{part}"],
            "folder": [plan.files_folder(dataset)],
            **{name: as_list(values) for item in items for name, values in item(dataset).items()},
        }
        for dataset in datasets[1:]
    )


def event_inputs(corrections):
    """A function that returns the inputs of a job in addition to a dataset's files; `corrections` is a section."""

    def inputs(dataset):
        return {
            "hooks": plan.column_hooks,
            "corrections": plan.corrections(corrections, dataset),
            "certified": plan.certified_blocks(dataset),
            "parts": plan.previewed_parts(dataset),
        }

    return inputs


def skim_outputs(dataset):
    """Outputs of the skim of a part of a dataset."""
    return {
        "events": f"results/{{analysis}}/events/{dataset}/{{part}}.parquet",
        "identifiers": f"results/{{analysis}}/identifiers/{dataset}/{{part}}.parquet",
        "cutflow": f"results/{{analysis}}/cutflow/{dataset}/skim_{{part}}.json",
        "record": f"results/{{analysis}}/records/skim_events/{dataset}_{{part}}.json",
    }


def process_outputs(dataset):
    """Outputs of the processing of a part of a dataset."""
    return {
        "identifiers": f"results/{{analysis}}/identifiers/{dataset}/{{part}}.parquet",
        "histograms": f"results/{{analysis}}/histograms/{dataset}/{{part}}.zip",
        "cutflow": f"results/{{analysis}}/cutflow/{dataset}/skim_{{part}}.json",
        "regions": f"results/{{analysis}}/cutflow/{dataset}/fill_{{part}}.json",
        "record": f"results/{{analysis}}/records/process_events/{dataset}_{{part}}.json",
    }


@lru_cache(None)
def command(program):
    """The command line of a program, with the names of its rule."""
    return rule_command(f"scripts/{program}.py")


# Measured: jobs of the shipped analyses take up to 240 MB and 15 s of CPU time, a skim of 32 million events 415 MB; generate_events holds its events,
# 2.5 kB each. Slurm counts two Snakemakes of 230 MB in each job as well. All programs use one thread.
MEMORY_MB = 1024
MB_PER_GENERATED_EVENT = 0.005
# Measured for 57 parameters: 0.02 MB, and 350 toys per second for the limits of one signal.
MB_PER_TOY = 0.05
TOYS_PER_MINUTE = 4_000
MINUTES = 10
# In a group, whose jobs wait for their machine once: Snakemake adds up the minutes of all its jobs.
MINUTES_IN_GROUP = 2
# Measured, per second: Pythia generates 1,700 events with top pairs; at least 50,000 events of 100 bytes are read without compiled loops.
EVENTS_PER_MINUTE = 20_000
MB_PER_MINUTE = 60
# REANA does not retry jobs, and does not know sizes when it is asked.
REANA_MINUTES = {
    "fetch_dataset": 240,
    "run_command": 240,
    "generate_events": 120,
    "skim_events": 120,
    "process_events": 120,
    "fill_histograms": 120,
}


# Programs whose jobs a profile combines into batch jobs: from files to histograms, where parts are independent, and the later ones. Other programs
# fetch files, need a whole dataset, or may run for a day.
BATCH_GROUPS = {
    **dict.fromkeys(
        ["generate_events", "skim_events", "process_events", "fill_histograms"], "parts"
    ),
    **dict.fromkeys(
        [
            "fetch_dataset",
            "fetch_corrections",
            "fetch_certificates",
            "fetch_workspace",
            "fetch_overlays",
            "split_dataset",
            "run_command",
        ],
        None,
    ),
}


def batch_group(program):
    """The group of a program's jobs, if the profile has it (`group-components`, known only after the rules); a batch job does not know it."""
    name = BATCH_GROUPS.get(program, "results")
    known = getattr(getattr(workflow, "group_settings", None), "group_components", ())
    return name if name in known or not getattr(workflow, "is_main_process", True) else None


def group_of(program):
    """A function that gives Snakemake the group of a program's jobs."""

    def group(wildcards):
        return batch_group(program)

    return group


def group_rules():
    """Assign groups to all rules, here and not in the rules, which REANA has to read: REANA does not group jobs."""

    for item in workflow.rules:
        if hasattr(item.input, "code"):
            item.group = group_of(Path(item.input.code[0]).stem)


def end_vain_attempt(name, wildcards, attempt):
    """End a job that has failed with a message, as it would fail again: only a killed job is retried, with more memory and time.

    The Snakemake of a batch job asks before it removes the log of the previous attempt.
    """
    if attempt == 1 or getattr(workflow, "is_main_process", True):
        return
    for path in workflow.get_rule(name).log:
        log = Path(path.apply_wildcards(wildcards))
        if log.is_file() and ended_with_message(log.read_text(encoding="utf-8")):
            raise WorkflowError(f"{log}: says why this job failed, so it is not tried again")


@lru_cache(None)
def part_megabytes(dataset):
    """Size of the production files of each part, MB; files still to be generated count as zero, as generating them takes longer."""
    sizes = plan.fetched_sizes(dataset)
    for file in plan.dataset_files(dataset):
        if file not in sizes:
            sizes[file] = os.path.getsize(file) if os.path.isfile(file) else 0
    jobs = DOCUMENT["datasets"][dataset].get("jobs_per_file", 1)
    return [sum(sizes[file] for file in files) / jobs / 1e6 for files in plan.part_files(dataset)]


def work_minutes(program, dataset, wildcards):
    """Minutes of a job's work that grow with its events or files."""
    if program == "generate_events":
        return DOCUMENT["datasets"][dataset]["generate"]["events"] / EVENTS_PER_MINUTE
    if program == "run_command":
        files = [file for file in plan.command_inputs(dataset) if os.path.isfile(file)]
        return sum(map(os.path.getsize, files)) / 1e6 / MB_PER_MINUTE
    if program == "fetch_dataset":
        return sum(plan.fetched_sizes(dataset).values()) / 1e6 / MB_PER_MINUTE
    if program in ("skim_events", "fill_histograms", "process_events"):
        return part_megabytes(dataset)[int(wildcards.part)] / MB_PER_MINUTE
    if program == "throw_toys":
        return limit_toys() / TOYS_PER_MINUTE
    if program == "run_toys":
        return plan.fitted_toys / TOYS_PER_MINUTE
    if program == "test_intervals":
        return plan.interval_toys / TOYS_PER_MINUTE
    return 0


def limit_toys():
    """Number of toys per hypothesis and signal strength, for the limits of a signal."""
    return (DOCUMENT.get("limits") or {}).get("toys") or 0


def held_megabytes(program, dataset):
    """Memory of a job that grows with its events, MB."""
    if program == "generate_events":
        return DOCUMENT["datasets"][dataset]["generate"]["events"] * MB_PER_GENERATED_EVENT
    if program == "throw_toys":
        return limit_toys() * MB_PER_TOY
    return 0


def job_resources(program, dataset=None, jobs=1):
    """Resources of a job, in the words of Snakemake (also used by Slurm), HTCondor and REANA.

    A job that was killed asks for twice as much; a process with several jobs asks for the time of each.
    """

    def memory_mb(wildcards, attempt, rulename=None):
        end_vain_attempt(rulename, wildcards, attempt)
        return math.ceil(MEMORY_MB + held_megabytes(program, dataset)) * 2 ** (attempt - 1)

    def minutes(wildcards, attempt):
        waiting = MINUTES if batch_group(program) is None else MINUTES_IN_GROUP
        work = jobs * work_minutes(program, dataset, wildcards)
        return math.ceil(waiting + work) * 2 ** (attempt - 1)

    return {
        "mem_mb": memory_mb,
        "runtime": minutes,
        "htcondor_request_mem_mb": memory_mb,
        "kubernetes_memory_limit": f"{MEMORY_MB}M",
        "kubernetes_cpu_request": "1",
        "kubernetes_cpu_limit": "1",
        "kubernetes_job_timeout": 60 * REANA_MINUTES.get(program, 30),
    }


def last_request(job):
    """Partition and minutes that a job, or a group of jobs, requests from Slurm at its last attempt."""
    now, job.attempt = job.attempt, job.restart_times + 1
    asked = job.resources
    job.attempt = now
    kind, name = ("group", job.groupid) if job.is_group() else ("rule", job.rule.name)
    return TimeRequest(kind, name, str(asked.get("slurm_partition", "")), asked.get("runtime"))


def check_time_limits():
    """Refuse jobs that request more time than their partition allows before the first one is submitted: Slurm would let them wait forever."""
    if getattr(getattr(workflow, "executor_plugin", None), "name", "") != "slurm":
        return
    try:
        partitions = partition_limits(
            subprocess.run(
                ["sinfo", "--noheader", "--format", "%P %l"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
    except (OSError, subprocess.CalledProcessError):
        return  # the first submission reports why
    jobs = list(workflow.dag.get_jobs_or_groups())
    problems = time_problems([last_request(job) for job in jobs], partitions)
    if problems:
        raise WorkflowError("\n".join(str(problem) for problem in problems))


def part_of(dataset, wildcards):
    """The entries of the files in a part of a dataset."""
    parts = PARTS[dataset]
    if int(wildcards.part) >= len(parts):
        raise WorkflowError(f"dataset {dataset} has no part {wildcards.part}, only {len(parts)}")
    return parts[int(wildcards.part)]


def part_files(dataset):
    """A function that gives Snakemake the files of each part of a dataset."""

    def files(wildcards):
        return present_files(dataset, part_of(dataset, wildcards)["files"])

    return files


def part_digest(dataset):
    """A function that gives Snakemake the digest of a part's file entries, as in the record: a change reruns this part only."""

    def digest(wildcards):
        told = section_digests({PART_FILES: part_of(dataset, wildcards)})[PART_FILES]
        return f"{PART_FILES}={told}"

    return digest


def present_files(dataset, files):
    """Paths of files of a dataset; if it tolerates unusable files, only existing or generated ones: the program reports the others."""
    if plan.has(dataset, "tolerate"):
        files = [file for file in files if is_made(file) or os.path.exists(file_path(file, ""))]
    return plan.file_paths(dataset, files)


def shown_file(path, caption, category, subcategory=None, **labels):
    """A product below the results that `snakemake --report` shows; labeled by its name by default."""
    labels = labels or {"file": path.rpartition("/")[2]}
    marks = {"category": category, "subcategory": subcategory, "labels": labels}
    return report(plan.path(path), caption=f"../report/captions/{caption}.rst", **marks)


def shown_plot(name, caption, subcategory, **labels):
    """The picture of a plot that `snakemake --report` shows."""
    return shown_file(f"plots/{name}.png", caption, "Plots", subcategory, **labels)


# Shared by all pages.
PAGE_PARTS = [
    f"workflow/report/parts/{name}" for name in ("frame.html.j2", "pieces.html.j2", "style.css")
]


wildcard_constraints:
    analysis=RUN,
    part=r"\d+",
