"""Numbers and formulas as correctionlib reads them.

It reads numbers of more than 15 digits with errors of a few units in the last place, and formulas
in its own grammar: both are therefore parsed by correctionlib.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from wollemi_engine.compiled.code import UnsupportedError


def numbers(texts: Iterable[str]) -> dict[str, float]:
    """Convert numbers to the float64 values that correctionlib reads in its files.

    Args:
        texts: Numbers as written.
    """
    from correctionlib import CorrectionSet

    texts = list(dict.fromkeys(texts))
    variable = {"name": "x", "type": "real"}
    bins = {"n": len(texts), "low": 0.0, "high": float(len(texts))}
    data = {"nodetype": "binning", "input": "x", "edges": bins, "content": [], "flow": "error"}
    item = {"name": "n", "version": 1, "inputs": [variable], "output": variable, "data": data}
    text = json.dumps({"schema_version": 2, "corrections": [item]})
    content = text.replace('"content": []', f'"content": [{", ".join(texts)}]')
    values = CorrectionSet.from_string(content)["n"].evaluate(np.arange(len(texts)) + 0.5)
    return dict(zip(texts, values.tolist(), strict=True))


def _parsed(expression: str, parameters: Sequence[str], variables: int) -> Any:
    """Correctionlib's tree of a formula of the inputs 0, 1 and so on."""
    import correctionlib

    names = [f"i{index}" for index in range(variables)]
    inputs = [
        correctionlib._core.Variable.from_string(json.dumps({"name": name, "type": "real"}))
        for name in names
    ]
    keys = {
        "expression": json.dumps(expression),
        "parser": '"TFormula"',
        "variables": json.dumps(names),
        "parameters": f"[{', '.join(parameters)}]",
    }
    text = ", ".join(f'"{key}": {value}' for key, value in keys.items())
    try:
        return correctionlib._core.Formula.from_string(f"{{{text}}}", inputs).ast
    except RuntimeError as error:
        raise UnsupportedError(f"the formula '{expression}'") from error


@lru_cache(maxsize=10_000)
def formula_tree(expression: str, parameters: int, variables: int) -> tuple[Any, ...]:
    """Tree of a formula, with parameters as (`parameter`, number).

    Args:
        expression: Expression in correctionlib's TFormula grammar.
        parameters: Number of parameters.
        variables: Number of inputs.

    Raises:
        UnsupportedError: The expression is invalid in correctionlib.
    """
    # numbers that differ between two sets of parameters are parameters
    one, other = (
        _parsed(expression, [repr(index + part) for index in range(parameters)], variables)
        for part in (0.25, 0.5)
    )
    return _as_tuple(one, other)


def _as_tuple(one: Any, other: Any) -> tuple[Any, ...]:
    kind = one.nodetype.name
    if kind == "LITERAL":
        return ("literal", one.data) if one.data == other.data else ("parameter", int(one.data))
    if kind == "VARIABLE":
        return ("input", one.data)
    children = zip(one.children, other.children, strict=True)
    return (one.data.name, *(_as_tuple(*pair) for pair in children))
