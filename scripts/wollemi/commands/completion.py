"""Complete names in a shell: analyses, and their regions, variables and so on.

Unreadable files complete nothing, because an analysis file is often incomplete while being edited.
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
# Option of a program → sections whose names it accepts.
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
    """Names of analyses, of datasets in a catalogue, and of datasets in the analysis of
    `--analysis`; files if no name matches.
    """
    # Not at the top: each start of `wollemi` would wait for YAML.
    from wollemi.base.yaml import load_yaml

    catalogues = (CATALOGUE, workflow_root() / CATALOGUE)
    names = [*analyses(), *_names(context, ("datasets",))]
    for path in filter(Path.is_file, catalogues):
        names += _section(_read(load_yaml, path), "datasets")
    # Must be first: bash forgets entries before it.
    return [CompletionItem(incomplete, type="file"), *_starting(names, incomplete)]


def complete_names(*sections: str) -> Complete:
    """Create a function that completes names in sections of the command's analysis.

    Args:
        sections: Names of sections in the analysis file, such as `regions`.
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
    """A command that passes options on to its program, and completes their names."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line.

        Raises:
            click.UsageError: An unknown option is in place of the first argument.
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
    """Names in sections of the analysis given in the command line so far."""
    # Click does not assign arguments if the value of an option is missing.
    waiting = next(iter(context.args), None)
    name = context.params.get("analysis") or context.params.get("source") or waiting
    if not sections or not name:
        return []
    # Not at the top, for the same reason.
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
    """Argument for the analysis of a command; the default is the only one or `config.yaml`'s."""
    return click.argument(
        "analysis", default=default_analysis, shell_complete=complete_analysis, metavar="[ANALYSIS]"
    )


def cores_option() -> Callable[[Command], Command]:
    """Option for the number of simultaneous jobs."""
    return click.option(
        "--cores", "-c", default=2, show_default=True, metavar="N", help="Jobs at once."
    )
