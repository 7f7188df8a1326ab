"""Fits of a workspace by pyhf."""

import numpy as np
import pyhf

from wollemi_likelihood.pyhf_factors import MODIFIERS
from wollemi_likelihood.pyhf_workspace import has_expressions


class PyhfFits:
    """A workspace in pyhf, with minimizations that hide no difference.

    Args:
        content: the workspace.
        poi: parameter of interest of the measurement that is taken.
    """

    def __init__(self, content, poi):
        plain = not has_expressions(content)
        self.workspace = pyhf.Workspace(content, validate=plain)
        names = {item["config"]["poi"]: item["name"] for item in content["measurements"]}
        self.model = self.workspace.model(
            measurement_name=names[poi], modifier_set=MODIFIERS, validate=plain
        )
        self.data = self.workspace.data(self.model)

    def fit(self, held=None, data=None, start=None):
        """Estimates, and -2 ln L; parameters may be held, data replaced, and a start given."""
        config = self.model.config
        inits, fixed = list(start or config.suggested_init()), config.suggested_fixed()
        for name, value in (held or {}).items():
            inits[config.par_slice(name).start] = value
            fixed[config.par_slice(name).start] = True
        pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-6, strategy=0))
        values, lowest = pyhf.infer.mle.fit(
            self.data if data is None else data,
            self.model,
            inits,
            None,
            fixed,
            return_fitted_val=True,
        )
        pyhf.set_backend("numpy")
        return np.asarray(values), float(lowest)

    def named(self, values):
        return dict(zip(self.model.config.par_names, values, strict=True))
