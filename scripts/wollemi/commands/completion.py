"""Names that a shell completes: of analyses, and of regions, variables and the like in them.

What cannot be read completes nothing: an analysis file is often half written.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from wollemi.commands.programs import analyses, analysis_file, default_analysis, workflow_root
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

Command = Callable[..., Any]
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem[str]]]
CATALOGUE = Path("config/catalogue.yaml")
# Option of a program → sections whose names it takes.
OPTIONS = {
    "--regions": ("regions",),
    "--samples": ("samples",),
    "--systematics": ("systematics",),
    "--values": ("variables", "columns"),
    "--variable": ("variables",),
}


def complete_analysis(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Names of analyses."""
    return _starting(analyses(), incomplete)


def complete_source(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Names of analyses, of datasets of a catalogue, and of those of the analysis of `--analysis`;
    files where none begins so.
    """
    # Not at the top: each start of `wollemi` would wait for YAML.
    from wollemi.base.yaml import load_yaml

    catalogues = (CATALOGUE, workflow_root() / CATALOGUE)
    names = [*analyses(), *_names(context, ("datasets",))]
    for path in filter(Path.is_file, catalogues):
        names += _section(_read(load_yaml, path), "datasets")
    # First: bash forgets what came before it.
    return [CompletionItem(incomplete, type="file"), *_starting(names, incomplete)]


def complete_names(*sections: str) -> Complete:
    """Completes names of some sections of the analysis that the command is about.

    Args:
        sections: of the analysis file, such as `regions`.
    """

    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        return _starting(_names(context, sections), incomplete)

    return complete


def complete_table(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Names of the tables of a run."""
    folder = Path("results") / str(context.params.get("analysis") or "") / "tables"
    return _starting(sorted(path.stem for path in folder.glob("*.md")), incomplete)


class Passing(click.Command):
    """A command that hands options over to its program, and completes the names behind them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line.

        Raises:
            click.UsageError: an unknown option is in the place of the first argument.
        """
        if not ctx.resilient_parsing:
            first = next(item for item in self.params if isinstance(item, click.Argument))
            value = self.make_parser(ctx).parse_args(list(args))[0].get(str(first.name))
            if isinstance(value, str) and value.startswith("-"):
                raise self._unknown(ctx, value, first)
        return super().parse_args(ctx, args)

    def _unknown(self, ctx: click.Context, option: str, first: click.Argument) -> click.UsageError:
        known = [name for item in self.params for name in item.opts if name.startswith("--")]
        way = f"{ctx.command_path} {first.make_metavar(ctx).strip('[]')} {option}"
        problem = f"'{option}' is not an option of this command{did_you_mean(option, known)}"
        remedy = f"Options of the program behind it follow its first argument: {way}"
        return click.UsageError(f"{problem}\n  → {remedy}", ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Options of the command, and names for the last option of the program."""
        option = next((text for text in reversed(ctx.args) if text.startswith("--")), "")
        names = _names(ctx, OPTIONS.get(option, ()))
        return [*super().shell_complete(ctx, incomplete), *_starting(names, incomplete)]


def _names(context: click.Context, sections: Iterable[str]) -> list[str]:
    """Names of sections of the analysis that a command line names so far."""
    # Click leaves arguments where they are if the value of an option is missing.
    waiting = next(iter(context.args), None)
    name = context.params.get("analysis") or context.params.get("source") or waiting
    if not sections or not name:
        return []
    # Not at the top: as above.
    from wollemi.loading.composition import read_composed

    document = _read(lambda path: read_composed(analysis_file(path)), str(name))
    return [entry for section in sections for entry in _section(document, section)]


def _read(read: Callable[[Any], Any], path: Any) -> Any:
    try:
        return read(path)
    except (WollemiError, click.UsageError, OSError):
        return {}


def _section(document: Any, section: str) -> list[str]:
    found = document.get(section) if isinstance(document, Mapping) else None
    return [str(name) for name in found] if isinstance(found, Mapping) else []


def _starting(names: Iterable[str], incomplete: str) -> list[CompletionItem[str]]:
    known = dict.fromkeys(names)
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


def analysis_argument() -> Callable[[Command], Command]:
    """The analysis that a command is about, by default the only one or that of `config.yaml`."""
    return click.argument(
        "analysis", default=default_analysis, shell_complete=complete_analysis, metavar="[ANALYSIS]"
    )


def cores_option() -> Callable[[Command], Command]:
    """The number of jobs at once."""
    return click.option(
        "--cores", "-c", default=2, show_default=True, metavar="N", help="Jobs at once."
    )
