"""One part of a dataset: events from Pythia or a function of the analysis, written to a ROOT
file.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi.analysis.hooks import load_functions
from wollemi.generation.file_contents import event_tree
from wollemi.generation.hooks import make_events
from wollemi.generation.root_writer import write_events, write_physlite, write_tree
from wollemi.inputs.schemas import Layout
from wollemi.job.job import Job
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.progress import Progress

if TYPE_CHECKING:
    from wollemi.generation.pythia import Generated

LOGGER = logging.getLogger("wollemi")


def run_tree(generated: Generated, weights: Any) -> dict[str, Any]:
    """The single entry of the tree `Runs`: number of events, sums of weights, and the generator's
    cross section in pb.

    Args:
        generated: Particle-level events.
        weights: Weights as written, shape (events,).
    """
    weights = np.asarray(weights, np.float64)
    return {
        "run": np.uint32(generated.events.run[0]),
        "genEventCount": np.int64(len(weights)),
        "genEventSumw": np.sum(weights),
        "genEventSumw2": np.sum(weights**2),
        "crossSection_pb": np.float64(generated.cross_section_pb),
        "crossSectionError_pb": np.float64(generated.cross_section_error_pb),
    }


def pythia_generator() -> Callable[..., Generated]:
    """The generating function, imported on demand: an analysis that makes its own events does not
    need Pythia.

    Raises:
        WollemiError: Pythia is not installed.
    """
    try:
        from wollemi.generation.pythia import generate
    except ModuleNotFoundError as error:
        if error.name != "pythia8mc":
            raise
        problem = (
            "Pythia 8 is not installed; its package exists for Linux on x86-64 and macOS on ARM "
            "only"
        )
        remedy = "generate the events on such a machine, and list their files as `files`"
        raise WollemiError("pythia8mc", problem, remedy) from None
    return generate


def generate_with_pythia(job: Job, events: int) -> None:
    """Generate one part of a dataset with Pythia."""
    generate = pythia_generator()
    generation, generator = job.settings.dataset.generate, job.settings.generator
    assert generation is not None
    assert generator is not None  # wollemi.loading.datasets checks it
    generated = generate(
        (*generator.settings, *(generation.settings or ())),
        events,
        generation.seed + job.option("part"),
        mass_bias=generation.mass_bias,
        min_dilepton_mass_gev=generation.min_dilepton_mass_gev,
        progress=Progress(f"{job.option('dataset')}: events", events),
    )
    tree = event_tree(generated.events)
    if job.settings.dataset.event_schema == "physlite":
        write_physlite(job.output("events"), tree)
    else:
        write_events(job.output("events"), tree, run_tree(generated, tree.genWeight))
    value, error = generated.cross_section_pb, generated.cross_section_error_pb
    LOGGER.info(
        "%s: %d events, the generator's cross section is %.4g ± %.2g pb",
        job.option("dataset"),
        events,
        value,
        error,
    )


def generate_by_hook(job: Job, hook: str, events: int) -> None:
    """Generate one part of a dataset with a function of the analysis."""
    dataset = job.settings.dataset
    assert dataset.generate is not None
    where = f"datasets.{job.option('dataset')}.generate"
    function = load_functions(job.inputs("hooks"), [hook], where)[hook]
    seed = dataset.generate.seed + job.option("part")
    made = make_events(
        function, dataset.generate.options, seed, events, numbered=dataset.event_schema != "ntuple"
    )
    if dataset.event_schema == "physlite":
        write_physlite(job.output("events"), made)
    else:
        write_tree(job.output("events"), Layout.of(dataset).trees[0], made)
    LOGGER.info("%s: %d events by %s", job.option("dataset"), events, hook)
