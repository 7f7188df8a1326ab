"""The events of cabinetry's example."""

import numpy as np
import uproot

EVENTS = 5000


def write_events(folder):
    """The events that cabinetry's utils/create_ntuples.py draws, in its order."""
    draw = np.random.RandomState(0)

    def momenta(number, noncentrality, factor, offset=0.0):
        return draw.noncentral_chisquare(5, noncentrality, number) * factor + offset

    def charges(number):
        return 2 * draw.randint(0, 2, size=number) - 1

    shapes = {
        "signal": (10, 12, 350.0),
        "background": (10, 25),
        "background_varied": (12, 30),
    }
    pt = {name: momenta(EVENTS, *shape) for name, shape in shapes.items()}
    weights = {}
    for name, total in zip(shapes, (125, 1000, 1000), strict=True):
        mean = total / EVENTS
        weights[name] = draw.normal(mean, 0.1 * mean, EVENTS)
        weights[name] *= total / weights[name].sum()
    data = np.hstack([momenta(150, *shapes["signal"]), momenta(1000, *shapes["background"])])
    draw.shuffle(data)
    with uproot.recreate(folder / "prediction.root") as file:
        for name in shapes:
            columns = {"jet_pt": pt[name], "weight": weights[name], "lep_charge": charges(EVENTS)}
            if name == "background":
                columns["weight_up"] = 1.2 * (pt[name] / 350) * weights[name]
            file.mktree(name, {key: values.dtype for key, values in columns.items()})
            file[name].extend(columns)
    with uproot.recreate(folder / "data.root") as file:
        columns = {"jet_pt": data, "lep_charge": charges(len(data))}
        file.mktree("pseudodata", {key: values.dtype for key, values in columns.items()})
        file["pseudodata"].extend(columns)
