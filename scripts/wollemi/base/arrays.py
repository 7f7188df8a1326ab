"""Types of numpy arrays that all floors share."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


Flags = NDArray[np.bool_]
