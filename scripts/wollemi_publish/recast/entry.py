"""The entry of an analysis in a RECAST catalogue."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from wollemi.analysis.models.analysis import Sample
from wollemi.analysis.plain.publication import ARCHIVED, DEFAULT
from wollemi.base.citation import analysis_citation, author_name, read_citation
from wollemi.job.job import Job
from wollemi_likelihood.base.errors import WollemiError
from wollemi_publish.recast.workflow import RESULT_FILES, STEP, STEP_REFERENCE


def archived_signal(samples: Mapping[str, Sample], points: Mapping[str, float]) -> dict[str, Any]:
    """The first signal of the analysis as a new signal with a known result.

    Args:
        samples: Samples of the analysis.
        points: Value by signal on the axis of the limit plot.
    """
    name = next(name for name, sample in samples.items() if sample.role == "signal")
    point = {"point": points[name]} if name in points else {}
    return {
        name: {
            "like": name,
            **point,
            "datasets": {dataset: {} for dataset in samples[name].datasets},
        }
    }


def example_input(analysis: str, example: str) -> dict[str, Any]:
    """The inputs of an example run: files in the folder `inputs` next to the folder of the run."""
    initial = {"archive": f"{analysis}.zip", "signal": f"{example}.yaml", "cores": 2}
    return {"dataopts": {"initdir": "../inputs"}, "initdata": initial}


def entry_document(
    about: Mapping[str, Any], examples: Sequence[str], results: Sequence[str]
) -> dict[str, Any]:
    """The entry in the catalogue.

    Args:
        about: Texts `name`, `title` of the analysis, `authors` and `contact` as texts.
        examples: Names of the example inputs in addition to the archived signal.
        results: Products of the workflow.
    """
    inputs = {DEFAULT: ARCHIVED, **{name: name for name in examples}}
    test = {
        "archive": f"{{readdir0}}/{about['name']}.zip",
        "signal": f"{{readdir0}}/{ARCHIVED}.yaml",
        "cores": 2,
    }
    about_inputs = f"the archive of the analysis ({about['name']}.zip), and a file of new signals"
    return {
        "name": f"wollemi/{about['name']}",
        "metadata": {
            "author": about["authors"],
            **({"contact": about["contact"]} if about["contact"] else {}),
            "short_description": about["title"],
            "input requirements": about_inputs,
        },
        "spec": {"workflow": "workflow.yml"},
        "example_inputs": {
            name: example_input(about["name"], file) for name, file in inputs.items()
        },
        "results": [
            {"name": RESULT_FILES[file], "relpath": f"{STEP}/{file}", "load_yaml": True}
            for file in results
        ],
        "tests": [
            {
                "name": ARCHIVED,
                "description": "an archived signal given as new",
                "spec": STEP_REFERENCE,
                "parameters": {**test, "folder": "{workdir}"},
                "data": ["inputs"],
            }
        ],
    }


def image_reference(image: str) -> tuple[str, str]:
    """Name and tag of an image; for an image pinned by its digest, the parts before and after the
    last colon.

    Args:
        image: Address, such as `docker://registry/owner/name:tag`.

    Raises:
        WollemiError: The image has no tag.
    """
    name, colon, tag = image.removeprefix("docker://").rpartition(":")
    if not colon or "/" in tag:
        raise WollemiError(
            "workflow_image",
            f"'{image}' has no tag",
            "name a version, such as :0.2.0, in config/config.yaml",
        )
    return name, tag


def about_analysis(job: Job) -> dict[str, Any]:
    """Texts `name`, `title`, `authors` and `contact` of the analysis."""
    about, title = job.settings.about, job.settings.title
    citation = (
        analysis_citation(title, about.plain) if about else read_citation(job.input("citation"))
    )
    people = {
        key: ", ".join(map(author_name, citation.get(key) or ())) for key in ("authors", "contact")
    }
    return {"name": job.settings.name, "title": title} | people


class _Dumper(yaml.SafeDumper):
    """Dumper that writes a multi-line command as a block."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    ),
)


def as_yaml(document: Any) -> str:
    """YAML that keeps the order of keys."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=130)
