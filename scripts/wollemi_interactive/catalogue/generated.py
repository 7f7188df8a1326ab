"""Samples of a catalogue that are generated on the user's machine, so that there is something to
plot without a network.
"""

import hashlib
from pathlib import Path

from wollemi.base.json_files import render_json
from wollemi.base.whole_files import whole_file
from wollemi.generation.file_contents import event_tree
from wollemi.generation.part import pythia_generator, run_tree
from wollemi.generation.root_writer import write_events
from wollemi_interactive.catalogue.models import Sample
from wollemi_likelihood.base.caches import catalogue_folder


def generated_file(name: str, sample: Sample) -> Path:
    """Path of the events of a sample; other settings have another file."""
    digest = hashlib.sha256(render_json(sample.model_dump(mode="json")).encode()).hexdigest()
    return catalogue_folder() / f"{name}_{digest[:12]}.root"


def make_sample(name: str, sample: Sample) -> Path:
    """The NanoAOD-like file of a sample, generated if it does not exist.

    Raises:
        WollemiError: Pythia is not installed, or does not accept the settings.
    """
    path = generated_file(name, sample)
    if not path.is_file():
        generated = pythia_generator()(sample.settings, sample.events, sample.seed)
        tree = event_tree(generated.events)
        with whole_file(path) as partial:
            write_events(partial, tree, run_tree(generated, tree.genWeight))
    return path
