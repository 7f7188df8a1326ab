"""Mistakes with commands of other frameworks, and what they leave."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.products.commands import FOLDER, give_command, run_masses
from support.tiny.mistakes import Run, check_run, set_value


def _leaving(run: str, **keys: Any) -> Run:
    """A command that runs these lines."""
    give_command(Path.cwd(), run=run, **keys)
    return run_masses


def command_with_hidden_reads() -> Run:
    """A cut in a file that is not declared, and another product."""
    Path(f"{FOLDER}/cut.txt").write_text("30\n")
    place = f"{'../' * 5}{FOLDER}"
    return _leaving(f"cat {place}/cut.txt {place}/analysis.yaml > masses.root")


def command_that_was_edited() -> Run:
    """After the run was planned."""
    give_command(Path.cwd(), run="echo 1 > masses.root")
    return lambda: run_masses(planned=f"command={'0' * 64}")


def command_names() -> Run:
    """Names that are none, files that are not there, and two of one name."""
    give_command(
        Path.cwd(),
        inputs=["dy_hihg", "dy_masses"],
        files=[f"{FOLDER}/lost.py", "input/masses.root"],
        environment=f"{FOLDER}/coffea.txt",
    )
    set_value("datasets", "dy_masses", "files", value=["mases.root"])
    set_value("datasets", "signal_200", value={"command": "mases", "cross_section_pb": 1})
    return check_run


def command_in_a_circle() -> Run:
    give_command(Path.cwd(), inputs=["dy_masses"])
    return check_run


def command_with_another_file() -> Run:
    """A systematic whose histograms no output has."""
    give_command(Path.cwd())
    paths = {"up": "{file}_herwig.root:{histogram}", "down": "symmetrize"}
    set_value("samples", "dy", "datasets", value=["dy_masses"])
    set_value("systematics", value={"shower": {"kind": "histogram", "samples": ["dy"], **paths}})
    return check_run


SHORT: dict[str, Callable[[], Run]] = {
    # The last lines of what it printed are shown.
    "command_that_fails": lambda: _leaving("for i in $(seq 20); do echo event $i; done; exit 3"),
    "command_that_fails_in_a_pipe": lambda: _leaving("false | cat > masses.root"),
    "command_that_is_not_there": lambda: _leaving("runTop_el.pi -i dy_high.txt"),
    "command_without_its_output": lambda: _leaving("echo 1 > mases.root"),
    "command_with_an_empty_output": lambda: _leaving("touch masses.root"),
    "command_with_other_outputs": lambda: _leaving(
        "echo 1 > masses.root; mkdir more; echo 2 > more/cutflow.txt"
    ),
    "command_with_a_link": lambda: _leaving("ln -s /etc/hostname masses.root"),
}
