"""History of the runs of an analysis: list their states, restore one, reuse stored results, make
the store smaller.

Each run stores its products under their SHA-256, in `.wollemi/store` or the folder that
WOLLEMI_STORE names (docs/provenance.md). Restored files are checked against their digests.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.base.machine_errors import exit_code
from wollemi.history.keep import snakemake_version
from wollemi.history.prune import pruned
from wollemi.history.report import history_text, restored_text, reuse_text
from wollemi.history.reuse import PlannedState, find_reuse, take_back, with_notes_for
from wollemi.history.states import find_state, present_state, read_states
from wollemi.history.store import limit_bytes, required_store
from wollemi.history.whole import restore_state
from wollemi.provenance.snakemake import check_idle
from wollemi_likelihood.base.errors import WollemiError, counted


def show(arguments: argparse.Namespace) -> None:
    """List the states of a run."""
    run, store = arguments.results, required_store()
    states = read_states(store, run.name)
    if not states:
        raise WollemiError(
            str(run), f"no state of it is in {store.root}", "each run keeps one, at its end"
        )
    print(history_text(states, present_state(states)), end="")


def restore(arguments: argparse.Namespace) -> None:
    """Restore a complete state."""
    store = required_store()
    state = find_state(store, arguments.state)
    check_idle(Path(state.run))
    print(restored_text(state, restore_state(store, state)), end="")


def reuse(arguments: argparse.Namespace) -> None:
    """Restore products that the next run needs; silent if the run itself reports the reason."""
    store, run = required_store(), arguments.results
    states = with_notes_for(read_states(store, run.name), snakemake_version())
    if not states:
        return
    present = PlannedState()
    try:
        found = find_reuse(f"results/{run.name}", states, present)
    except WollemiError:
        return
    if arguments.dry_run:
        print(reuse_text(found, states, None), end="")
        return
    check_idle(run)
    back = take_back(store, found, present)
    print(reuse_text(found, states, len(back)), end="")


def prune(arguments: argparse.Namespace) -> None:
    """Delete old results from the store."""
    store = required_store()
    done = pruned(store, limit_bytes(arguments.gb, "--gb") if arguments.gb else limit_bytes())
    if done is None:
        raise WollemiError(
            str(store.root), "its file system has no locks", "prune it on the machine of the disk"
        )
    print(
        f"{store.root}: {counted(done.states, 'state')} and {done.removed / 1e6:.1f} MB removed, "
        f"{done.left / 1e6:.1f} MB left"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="manage_history.py", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    results = argparse.ArgumentParser(add_help=False)
    results.add_argument("results", type=Path, help="folder of results, such as results/zprime")
    listing = commands.add_parser("list", parents=[results], help="list the states of a run")
    listing.set_defaults(do=show)
    whole = commands.add_parser(
        "restore", help="restore a complete state, and keep the present one"
    )
    whole.add_argument("state", help="its name, or the first digits of it")
    whole.set_defaults(do=restore)
    what = "bring back what the next run need not make"
    again = commands.add_parser("reuse", parents=[results], help=what)
    again.add_argument("--dry-run", action="store_true", help="only say what would come back")
    again.set_defaults(do=reuse)
    smaller = commands.add_parser("prune", help="remove the states not met for the longest time")
    smaller.add_argument("--gb", metavar="SIZE", help="down to it; default: WOLLEMI_STORE_GB")
    smaller.set_defaults(do=prune)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parsed = _parser().parse_args(arguments)

    def work() -> int:
        parsed.do(parsed)
        return 0

    return exit_code(work)


if __name__ == "__main__":
    sys.exit(main())
