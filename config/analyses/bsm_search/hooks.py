"""Events of the BSM search: a number `var`, and whether the event is in the signal (1) or the
control region (0).
"""

import numpy as np

# Mean and width of var in each process.
GAUSSIANS = {"qcd": (5.0, 4.0), "mc1": (-3.0, 1.5), "mc2": (-1.0, 0.9), "signal": (1.0, 0.5)}
IN_CONTROL_REGION = 0.8  # share of the data, all of it QCD
IN_SIGNAL_REGION = {"mc1": 0.15, "mc2": 0.10, "qcd": 0.75}  # composition of the rest


def simulate(random, events, process):
    """Events of one process, all in the signal region."""
    return {"region": np.ones(events, np.int32), "var": random.normal(*GAUSSIANS[process], events)}


def collide(random, events):
    """Collision data without signal."""
    processes = ["qcd", *IN_SIGNAL_REGION]
    shares = [
        IN_CONTROL_REGION,
        *(share * (1 - IN_CONTROL_REGION) for share in IN_SIGNAL_REGION.values()),
    ]
    kind = random.choice(len(processes), events, p=shares)
    means, widths = np.array([GAUSSIANS[process] for process in processes]).T
    return {"region": (kind > 0).astype(np.int32), "var": random.normal(means[kind], widths[kind])}
