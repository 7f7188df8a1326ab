"""Factors that are expressions of parameters, as a modifier for pyhf 0.7.

A workspace contains them as modifiers of type ``customfunc`` with ``{"expr": "mu * kappa**2"}``,
the form of pyhf's draft of custom modifiers (scikit-hep/pyhf#1991). They are not in pyhf's schema;
its models accept them with ``modifier_set``::

    workspace = pyhf.Workspace(json.load(open("signals.json")), validate=False)
    model = workspace.model(modifier_set=MODIFIERS, validate=False)
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyhf

from wollemi_likelihood.expressions.factors import Factor, factor_value, parse_factor
from wollemi_likelihood.parameters import EXPRESSION


class FactorBuilder:
    """Collects the factors of a model and their parameters.

    Args:
        config: Configuration of the model.
    """

    is_shared = True

    def __init__(self, config: Any) -> None:
        self.config = config
        self.required_parsets: dict[str, list[dict[str, Any]]] = {}
        self._masks: dict[str, dict[str, list[bool]]] = {}
        self._factors: dict[str, Factor] = {}

    def append(
        self, key: str, channel: str, sample: str, thismod: Mapping[str, Any] | None, _: Any
    ) -> None:
        """Add the bins of a sample in a channel."""
        mask = self._masks.setdefault(key, {}).setdefault(sample, [])
        mask += [thismod is not None] * self.config.channel_nbins[channel]
        if thismod is None:
            return
        self._factors[key] = parse_factor(thismod["data"]["expr"])
        for name in self._factors[key].names:
            self.required_parsets.setdefault(name, [_free_parameter()])

    def finalize(self) -> tuple[dict[str, dict[str, list[bool]]], dict[str, Factor]]:
        """Masks of the samples of each factor, and the factors."""
        return self._masks, self._factors


def _free_parameter() -> dict[str, Any]:
    """Parameter definition of a normfactor in pyhf."""
    return {
        "paramset_type": "unconstrained",
        "n_parameters": 1,
        "is_scalar": True,
        "inits": (1.0,),
        "bounds": ((0, 10),),
        "fixed": False,
    }


class FactorCombined:
    """Multiplies samples by factors, at one parameter point at a time.

    Args:
        modifiers: Name and type of each modifier.
        pdfconfig: Configuration of the model.
        builder_data: Result of `FactorBuilder.finalize`.
        batch_size: Number of parameter points, always None.
    """

    name = EXPRESSION
    op_code = "multiplication"

    def __init__(
        self,
        modifiers: Sequence[tuple[str, str]],
        pdfconfig: Any,
        builder_data: tuple[Mapping[str, Mapping[str, list[bool]]], Mapping[str, Factor]],
        batch_size: int | None = None,
    ) -> None:
        if batch_size is not None:
            raise NotImplementedError("factors that are expressions have no batches")
        masks, factors = builder_data
        keys = [f"{kind}/{name}" for name, kind in modifiers]
        self._factors = [factors[key] for key in keys]
        self._masks = [[[masks[key][sample]] for sample in pdfconfig.samples] for key in keys]
        self._places = {
            name: pdfconfig.par_slice(name).start
            for factor in self._factors
            for name in factor.names
        }

    def apply(self, pars: Any) -> Any:
        """Factors of all bins, shape (factors, samples, 1, bins)."""
        if not self._factors:
            return None
        tensorlib, _ = pyhf.get_backend()
        values = {name: pars[place] for name, place in self._places.items()}
        factors = tensorlib.stack([factor_value(factor, values) for factor in self._factors])
        masks = tensorlib.astensor(self._masks)
        scaled = tensorlib.einsum("msab,m->msab", masks, factors)
        return tensorlib.where(
            tensorlib.astensor(self._masks, dtype="bool"), scaled, tensorlib.ones(masks.shape)
        )


MODIFIERS = {**pyhf.modifiers.histfactory_set, EXPRESSION: (FactorBuilder, FactorCombined)}
