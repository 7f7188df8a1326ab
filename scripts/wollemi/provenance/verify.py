"""Verify a run: which links of its chain of records still hold, by content alone, never by
existence or time.
"""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.commands import used_commands
from wollemi.analysis.plain.datasets import used_datasets
from wollemi.base.json_files import render_json
from wollemi.base.json_text import parse_json
from wollemi.job.messages import errors_of
from wollemi.job.records import is_record, record_digest
from wollemi.provenance.chain import BROKEN, LEFT_OVER, STALE, Chain, Job, Reason
from wollemi.provenance.present_state import PresentState
from wollemi_likelihood.base.errors import WollemiError, listed

GONE = "is gone"
# For untrusted records only the list of products is used.
_PARTS: dict[str, Any] = {
    "inputs": {},
    "outputs": {},
    "code": {},
    "packages": {},
    "environment": {},
    "options": {},
}


def run_folder(path: Path) -> Path:
    """Path of a folder of results relative to the working folder.

    Args:
        path: Path given by the user.

    Raises:
        WollemiError: The folder does not exist, or is outside the working folder.
    """
    try:
        folder = path.resolve().relative_to(Path.cwd().resolve())
    except ValueError:
        raise WollemiError(
            str(path),
            "this folder is not below the working folder",
            "run this beside the Snakefile",
        ) from None
    if not folder.is_dir():
        raise WollemiError(
            str(path),
            "this folder does not exist",
            "name a folder of results, such as results/zprime",
        )
    return folder


def verify_run(
    run: Path, present: PresentState, changed_rules: Mapping[str, str] | None = None
) -> Chain:
    """Determine the status of every job of a run.

    Args:
        run: Folder of results, relative to the working folder.
        present: Present state of the working folder.
        changed_rules: Snakemake's message by product, for products whose rule has changed.

    Raises:
        WollemiError: Records are missing or circular, or the analysis file has problems.
    """
    jobs = dict(_read_job(path) for path in sorted((run / "records").rglob("*.json")))
    failed = _failed_commands(run)
    if not jobs:
        raise WollemiError(
            str(run),
            f"this folder has no records{listed([*failed.values()], len(failed))}",
            "name a folder of results, such as results/zprime",
        )
    makers = _makers(jobs.values(), present)
    judged: dict[str, Job] = {}
    for record in _ordered(jobs, makers):
        job = jobs[record]
        read_from = {name: judged[makers[name].record] for name in job.inputs if name in makers}
        # For a job that is not to run again, other changes do not matter.
        reasons = list(_left_over(job, makers)) or [
            *job.reasons,
            *_product_reasons(job, present),
            *work_reasons(job, present),
            *_rule_reasons(job, changed_rules or {}),
            *_input_reasons(job, f"{run.as_posix()}/", read_from, present),
        ]
        judged[record] = Job(record, job.content, tuple(reasons))
    strays = sorted(name for name in _products(run) if name not in makers)
    documents = [present.document(analysis) for analysis in _analyses(judged.values())]
    used = {name for document in documents for name in used_commands(document)}
    return Chain(
        run.as_posix(),
        judged,
        tuple(strays),
        tuple(_unmade_datasets(judged.values(), documents)),
        tuple(text for name, text in failed.items() if name in used),
    )


def _read_job(path: Path) -> tuple[str, Job]:
    """A job from its record. For a damaged record only its list of products is used."""
    name, text = path.as_posix(), path.read_bytes()
    job = sound_job(name, text)
    if job is not None:
        return name, job
    try:
        content = parse_json(text)
    except ValueError:
        content = {}
    outputs = content.get("outputs") if isinstance(content, dict) else None
    claimed = (
        {str(key): str(value) for key, value in outputs.items()}
        if isinstance(outputs, dict)
        else {}
    )
    reason = Reason(
        BROKEN,
        "record",
        name,
        f"the record {name} has been changed: it does not fit its own digest",
    )
    return name, Job(name, _PARTS | {"outputs": claimed}, (reason,))


def sound_job(name: str, text: bytes) -> Job | None:
    """A job from its record, without a check of its products; None if the record was changed.

    Args:
        name: Name of the record.
        text: Content of the record.
    """
    try:
        content = parse_json(text)
        sound = (
            is_record(content)
            and render_json(content).encode() == text
            and content.get("digest") == record_digest(content)
        )
    except ValueError:
        return None
    return Job(name, _PARTS | content) if sound else None


def _ordered(jobs: Mapping[str, Job], makers: Mapping[str, Job]) -> list[str]:
    """Records, each after the records of its inputs; otherwise sorted by name."""
    graph = {
        record: {makers[name].record for name in job.inputs if name in makers}
        for record, job in jobs.items()
    }
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise WollemiError(
            str(error.args[1][0]),
            "this record depends on itself",
            "delete the results and make them again",
        ) from None


def _makers(jobs: Iterable[Job], present: PresentState) -> dict[str, Job]:
    """The job that made each product or record.

    Two records list the same product if the structure of the analysis has changed, for example by a
    new skim: among records with the product's digest, the latest made it.
    """
    makers: dict[str, Job] = {}
    for job in sorted(jobs, key=lambda job: (Path(job.record).stat().st_mtime_ns, job.record)):
        for name, digest in job.outputs.items():
            if name not in makers or present.digest(name) == digest:
                makers[name] = job
        makers[job.record] = job
    return makers


def _left_over(job: Job, makers: Mapping[str, Job]) -> Iterator[Reason]:
    """Whether other jobs make the job's products now, and which files to delete if they do."""
    others = sorted({makers[name].name for name in job.outputs if makers[name] is not job})
    if others:
        alone = [name for name in sorted(job.outputs) if makers[name] is job]
        text = (
            f"{job.name} is left over: {', '.join(others)} makes its products now; delete "
            f"{' '.join([job.record, *alone])}"
        )
        yield Reason(STALE, LEFT_OVER, job.record, text)


def _product_reasons(job: Job, present: PresentState) -> Iterator[Reason]:
    now = {name: present.digest(name) for name in job.outputs}
    for name, what in _differences(job.outputs, now):
        if what == GONE and (name, job.outputs[name]) in present.left_out:
            continue
        yield Reason(
            BROKEN,
            "product",
            name,
            f"{name} {'is missing' if what == GONE else what + ' since it was made'}",
        )


def work_reasons(job: Job, present: PresentState) -> Iterator[Reason]:
    """Reasons why a job would work differently now, apart from its inputs: code, environment,
    packages, settings.
    """
    record = job.content
    for name, what in _differences(record["code"], _code(record, present)):
        yield Reason(STALE, "code", name, f"{name} {what}")
    now = {name: present.digest(name) for name in record["environment"]}
    for name, what in _differences(record["environment"], now):
        yield Reason(STALE, "environment", name, f"environment: {name} {what}")
    for name, version in record["packages"].items():
        installed = present.packages.get(name, "not installed")
        if installed != version:
            yield Reason(
                STALE, "package", name, f"package {name}: made with {version}, now {installed}"
            )
    if "analysis" in record:
        yield from _settings_reasons(record, present)


def _code(record: Mapping[str, Any], present: PresentState) -> Mapping[str, str | None]:
    """The present code of a job's program; if the program is unknown or missing, the code files in
    its record.
    """
    found = present.code(record["program"]) if "program" in record else None
    return found or {name: present.code_digest(name) for name in record["code"]}


def _settings_reasons(record: Mapping[str, Any], present: PresentState) -> Iterator[Reason]:
    settings, analysis = present.settings(record), record["analysis"]
    if settings is None:
        section, what = _missing(record["options"])
        yield Reason(STALE, "settings", section, f"{what} is no longer in {analysis}")
        return
    for name, what in _differences(record["settings"], settings):
        yield Reason(STALE, "settings", name, f"section '{name}' of {analysis} {what}")


def _missing(options: Mapping[str, Any]) -> tuple[str, str]:
    """Section and name of the removed part of the analysis that a job worked on."""
    if "command" in options:
        return "commands", f"command '{options['command']}'"
    dataset, part = options.get("dataset"), options.get("part")
    what = f"dataset '{dataset}'"
    return "datasets", what if part is None else f"part {part} of {what}"


def _differences(
    then: Mapping[str, str], now: Mapping[str, str | None]
) -> Iterator[tuple[str, str]]:
    """Names of differing entries in two tables of digests, each with its kind of change."""
    for name in sorted(then.keys() | now.keys()):
        if name not in then:
            yield name, "is new"
        elif now.get(name) is None:
            yield name, GONE
        elif now[name] != then[name]:
            yield name, "has changed"


def _rule_reasons(job: Job, changed_rules: Mapping[str, str]) -> Iterator[Reason]:
    for name in sorted(job.outputs.keys() & changed_rules.keys())[:1]:
        yield Reason(STALE, "rule", name, f"Snakemake: {changed_rules[name]}")


def _input_reasons(
    job: Job, folder: str, makers: Mapping[str, Job], present: PresentState
) -> Iterator[Reason]:
    """Problems with the inputs of a job."""
    for name, digest in job.inputs.items():
        maker = makers.get(name)
        if maker is not None:
            if _made(maker, name, present) != digest:
                yield Reason(
                    STALE, "input", name, f"another {name} was read than its record tells of"
                )
            elif maker.to_redo:
                yield Reason(STALE, "through", name, f"through {name}")
        elif name.startswith(folder):
            yield Reason(BROKEN, "input", name, f"no record tells how {name} was made")
        else:
            found = present.input_digest(name, digest, job.content.get("analysis"))
            if found is None and (name, digest) not in present.left_out:
                yield Reason(BROKEN, "origin", name, f"the input {name} is missing")
            elif found not in (None, digest):
                yield Reason(STALE, "input", name, f"the input {name} has changed")


def _made(maker: Job, name: str, present: PresentState) -> str | None:
    """Recorded digest of a product; present digest of the record itself."""
    return present.digest(name) if name == maker.record else maker.outputs[name]


def _products(run: Path) -> Iterator[str]:
    """Files of a run other than records, logs, hidden files and files set aside."""
    for path in run.rglob("*"):
        parts = path.relative_to(run).parts
        if (
            path.is_file()
            and parts[0] not in ("records", "logs")
            and not any(part.startswith(".") for part in parts)
        ):
            yield path.as_posix()


def _failed_commands(run: Path) -> dict[str, str]:
    """Last message of each failed command, by its name."""
    logs = {path.stem: path for path in sorted((run / "logs/run_command").glob("*.log"))}
    return {
        name: text.rstrip()
        for name, path in logs.items()
        if not (run / "records/run_command" / f"{name}.json").exists()
        for text in errors_of(path.read_text(encoding="utf-8", errors="replace"))[-1:]
    }


def _analyses(jobs: Iterable[Job]) -> list[str]:
    return sorted({job.content["analysis"] for job in jobs if "analysis" in job.content})


def _unmade_datasets(jobs: Iterable[Job], documents: Iterable[Mapping[str, Any]]) -> list[str]:
    """Datasets that the analysis uses but no job has processed."""
    known = {job.content["options"].get("dataset") for job in jobs}
    return [name for document in documents for name in used_datasets(document) if name not in known]
