"""Packages next to `wollemi`, such as `wollemi_interactive`: used if they exist, never imported by
name.

They are in the same folder as `wollemi` in a checkout, an archive and installed packages.
"""

import importlib
import importlib.util
from types import ModuleType

from wollemi_likelihood.base.errors import WollemiError


def exists(package: str) -> bool:
    """Whether a package exists."""
    return importlib.util.find_spec(package) is not None


def require(package: str, what: str) -> None:
    """Check that a package exists.

    Args:
        package: Name of the package, such as `wollemi_interactive`.
        what: Object or action that needs it, for the error.

    Raises:
        WollemiError: The package is missing.
    """
    if not exists(package):
        problem = f"needs the package {package.replace('_', '-')}"
        raise WollemiError(what, problem, f"install it: pip install {package.replace('_', '-')}")


def module_beside(package: str, module: str, what: str) -> ModuleType:
    """Import a module of a package next to the core.

    Args:
        package: Name of the package, such as `wollemi_interactive`.
        module: Name of the module in it.
        what: Object or action that needs it, for the error.

    Raises:
        WollemiError: The package is missing.
    """
    require(package, what)
    return importlib.import_module(f"{package}.{module}")
