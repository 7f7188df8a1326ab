"""The event model of a step from its settings and files."""

from collections.abc import Sequence
from pathlib import Path

from wollemi.analysis.settings import Settings
from wollemi.events.corrections import open_corrections
from wollemi.events.model import EventModel, load_hooks


def load_event_model(
    settings: Settings, hooks: Sequence[Path], corrections: Sequence[Path]
) -> EventModel:
    """Objects, columns, hooks and corrections of a step.

    Args:
        settings: Settings of the step.
        hooks: Paths of `hooks.py` and the modules next to it that it imports, or nothing.
        corrections: Files of the step's corrections, in the order of `correction_files`.

    Raises:
        WollemiError: A hook, a file or a correction is missing.
    """
    functions = load_hooks(hooks, settings.columns)
    return EventModel(
        settings.objects,
        settings.columns,
        functions,
        open_corrections(settings.corrections, corrections),
    )
