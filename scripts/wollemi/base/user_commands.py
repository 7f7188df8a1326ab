"""Commands in messages, as they work where they are printed. Standard library only."""

from __future__ import annotations

import os


def started_by_uv() -> bool:
    """Whether `uv run` started this process; other commands then need it as well."""
    return "UV_RUN_RECURSION_DEPTH" in os.environ


def user_command(command: str) -> str:
    """A command as the user has to type it, such as `uv run wollemi run` in a checkout.

    Args:
        command: Command in an active environment.
    """
    return f"uv run {command}" if started_by_uv() else command


def install_command(package: str) -> str:
    """The way to add a package to this environment.

    Args:
        package: Name of the package.
    """
    return f"uv run --with {package} wollemi ..." if started_by_uv() else f"pip install {package}"
