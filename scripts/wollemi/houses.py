"""Packages beside `wollemi`, such as `wollemi_interactive`: used where they exist, never imported
by their names.

A checkout, an archive and a folder of installed packages have them next to `wollemi`.
"""

import importlib
import importlib.util
from types import ModuleType

from wollemi_likelihood.base.errors import WollemiError


def exists(package: str) -> bool:
    """Whether a package is there."""
    return importlib.util.find_spec(package) is not None


def module_beside(package: str, module: str, what: str) -> ModuleType:
    """A module of a package beside the core.

    Args:
        package: Name of the package, such as `wollemi_interactive`.
        module: Name of the module in it.
        what: Object or action that needs it, for the error.

    Raises:
        WollemiError: The package is missing.
    """
    if not exists(package):
        problem = f"needs the package {package.replace('_', '-')}"
        raise WollemiError(what, problem, f"install it: pip install {package.replace('_', '-')}")
    return importlib.import_module(f"{package}.{module}")
