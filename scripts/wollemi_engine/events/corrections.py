"""Corrections from correctionlib files as functions that expressions call, with one value or a list
of values per event.

correctionlib 2.9 returns the last bin for NaN where `flow` is `clamp`, and truncates 1.5 to 1 for
an integer input; both are errors here, as is a result that is not a number.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean


class RefusedError(WollemiError):
    """Error for values at which a correction is not defined."""


@dataclass(frozen=True)
class CorrectionInput:
    """One input of a correction.

    Args:
        name: Name of the input in the file.
        kind: Type of the input: `real`, `int` or `string`.
        argument: Number of the argument in expressions, from 1; 0 for a constant.
        constant: Value of an input that is not an argument.
    """

    name: str
    kind: str
    argument: int
    constant: float | int | str = 0


@dataclass(frozen=True)
class CorrectionCall:
    """One correction in one variation, as a function of the arguments that an expression gives.

    Args:
        where: File and correction, for error messages.
        evaluate: Evaluation by correctionlib on arrays.
        inputs: Inputs of the correction, in order.
        file: Path of the file.
        name: Name of the correction in the file.
    """

    where: str
    evaluate: Callable[..., Any]
    inputs: tuple[CorrectionInput, ...]
    file: Path
    name: str

    def __call__(self, *arguments: Any) -> Any:
        """Values of the correction, shaped like the arguments: (events,), (events, var), or one
        number if all are constants.

        A missing argument (None) gives None.

        Raises:
            RefusedError: An argument is outside the bins, or an argument or the result is not a
                number.
        """
        if any(ak.fields(argument) for argument in arguments if isinstance(argument, ak.Array)):
            raise WollemiError(
                self.where, "an argument is an object", "give a number, such as muon.pt"
            )
        if not any(isinstance(argument, ak.Array | np.ndarray) for argument in arguments):
            return float(
                self._flat([np.asarray([argument], np.float64) for argument in arguments])[0]
            )
        return ak.transform(self._leaf, *ak.broadcast_arrays(*arguments))

    def _leaf(self, contents: Any, **_: Any) -> Any:
        """Evaluate at the innermost level, where awkward has flattened lists and dropped None."""
        contents = contents if isinstance(contents, list | tuple) else (contents,)
        if not all(content.is_numpy for content in contents):
            return None
        return ak.contents.NumpyArray(
            self._flat([np.asarray(content.data) for content in contents])
        )

    def _flat(self, arguments: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
        """Values, shape (n,), for arguments of shape (n,) each."""
        size = len(arguments[0]) if arguments else 1
        values = [
            _converted(
                arguments[item.argument - 1], item.kind, f"{self.where}, input '{item.name}'"
            )
            if item.argument
            else item.constant
            for item in self.inputs
        ]
        try:
            result = np.broadcast_to(np.asarray(self.evaluate(*values), np.float64), (size,))
        except (RuntimeError, IndexError) as error:
            raise self._refused(values, size, str(error)) from error
        bad = np.flatnonzero(~np.isfinite(result))
        if bad.size:
            problem = (
                f"the result is {result[bad[0]]} for {self._listing(values, bad[0])} "
                f"({bad.size} such values)"
            )
            raise RefusedError(self.where, problem, "check the file, or cut on the arguments")
        return result

    def _refused(self, values: Sequence[Any], size: int, reason: str) -> RefusedError:
        """The error for the first values that correctionlib refuses."""
        first, last = 0, size
        while last - first > 1:
            middle = (first + last) // 2
            first, last = (
                (first, middle) if self._refuses(values, first, middle) else (middle, last)
            )
        problem = f"there is no value for {self._listing(values, first)} ({reason})"
        remedy = (
            "correct the constants, cut on the object, or limit the argument, such as min(pt, "
            "199.9)"
        )
        return RefusedError(self.where, problem, remedy)

    def _refuses(self, values: Sequence[Any], first: int, last: int) -> bool:
        try:
            self.evaluate(
                *(value[first:last] if isinstance(value, np.ndarray) else value for value in values)
            )
        except (RuntimeError, IndexError):
            return True
        return False

    def _listing(self, values: Sequence[Any], index: int) -> str:
        """Inputs of one entry as text: `eta = 2.6, pt = 12.0`."""
        pairs = zip(self.inputs, values, strict=True)
        return ", ".join(
            f"{item.name} = {value[index] if isinstance(value, np.ndarray) else value}"
            for item, value in pairs
        )


def _converted(values: NDArray[Any], kind: str, where: str) -> NDArray[Any]:
    """Values converted to the type of an input, shape (n,)."""
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        problem = f"an argument is {values[bad[0]]} ({bad.size} such values)"
        raise RefusedError(where, problem, "give another number there, such as where(x > 0, x, 0)")
    if kind == "real":
        return np.ascontiguousarray(values, np.float64)
    whole = values.astype(np.int64)
    bad = np.flatnonzero(whole != values)
    if bad.size:
        raise RefusedError(
            where,
            f"takes whole numbers, not {values[bad[0]]}",
            "use floor(...), or another argument",
        )
    return whole


def read_correction_file(path: Path) -> Any:
    """The corrections of a file.

    Raises:
        WollemiError: The file cannot be read as a correction file.
    """
    # Imported here, so that only steps that use corrections spend 0.2 s on it.
    import correctionlib

    try:
        return correctionlib.CorrectionSet.from_file(str(path))
    except (OSError, EOFError, RuntimeError, ValueError, IndexError) as error:
        problem = f"is not a correction file ({str(error).splitlines()[0]})"
        raise WollemiError(
            str(path),
            problem,
            "a file of correctionlib, schema version 2, ends with .json or .json.gz",
        ) from error


def correction_call(
    name: str, item: Mapping[str, Any], changes: Mapping[str, Any], path: Path, content: Any
) -> CorrectionCall:
    """One correction in one variation.

    Args:
        name: Name of the correction in expressions.
        item: Resolved settings of the correction.
        changes: Inputs whose constants differ in the variation.
        path: Path of the file, for error messages.
        content: Corrections in the file.

    Raises:
        WollemiError: The correction or one of its inputs does not exist, or an input is not given.
    """
    known = dict.fromkeys(content, content) | dict.fromkeys(content.compound, content.compound)
    wanted = item["correction"]
    if wanted not in known:
        offer = did_you_mean(wanted, known) or f"; it has {', '.join(sorted(known)[:20])}"
        raise WollemiError(
            f"corrections.{name}", f"{path} has no correction '{wanted}'{offer}", "correct the name"
        )
    correction = known[wanted][wanted]
    types = {variable.name: variable.type for variable in correction.inputs}
    given = {**item["inputs"], **changes}
    for key in sorted(given.keys() - types.keys()):
        problem = f"'{wanted}' of {path} has no input '{key}'{did_you_mean(key, types)}"
        raise WollemiError(f"corrections.{name}.inputs", problem, f"it has {', '.join(types)}")
    missing = [key for key in types if key not in given]
    if missing:
        problem = f"'{wanted}' of {path} needs the input '{missing[0]}' ({types[missing[0]]})"
        raise WollemiError(
            f"corrections.{name}.inputs", problem, "give the number of an argument, or a constant"
        )
    where = f"corrections.{name} ('{wanted}' of {path})"
    inputs = tuple(
        _input(f"corrections.{name}.inputs.{key}", key, kind, given[key])
        for key, kind in types.items()
    )
    return CorrectionCall(where, correction.evaluate, inputs, path, wanted)


def _input(where: str, name: str, kind: str, value: Any) -> CorrectionInput:
    """An input that is an argument, or a constant of its type."""
    if isinstance(value, int):
        if kind == "string":
            raise WollemiError(
                where,
                "this input is a text, and an argument is a number",
                "give a constant, such as nominal",
            )
        return CorrectionInput(name, kind, value)
    try:
        return CorrectionInput(
            name, kind, 0, {"string": str, "real": float, "int": int}[kind](value)
        )
    except ValueError:
        raise WollemiError(
            where, f"this input is a number ({kind}), not '{value}'", "correct the constant"
        ) from None
