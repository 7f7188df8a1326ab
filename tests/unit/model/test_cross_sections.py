"""The cross section that limits in pb are on: events of a signal without cuts, divided by the
luminosity.
"""

import numpy as np
import pytest
from support.project.seeds import slow_but

from wollemi.analysis.view import read
from wollemi.histograms.normalization import normalization_factor
from wollemi.model.cross_sections import signal_cross_section


@pytest.mark.parametrize("seed", slow_but(range(2), range(5)))
def test_it_is_what_all_events_say_of_the_luminosity(seed):
    """Signals of one to three samples with several processes, in one to four eras."""
    rng = np.random.default_rng(seed)
    eras = [None] if seed == 0 else [str(2015 + number) for number in range(rng.integers(2, 5))]
    luminosity = 30.0 if seed == 0 else {era: float(rng.uniform(1, 60)) for era in eras}
    samples, datasets, events = [], {}, 0.0
    for sample in range(rng.integers(1, 4)):
        names = []
        for process in range(rng.integers(1, 3)):
            size, factor = rng.uniform(0.01, 2, 2).tolist()
            for era in eras:
                name = f"s{sample}_{process}_{era}"
                given = {"files": [f"{name}.root"], "scale_factor": factor, "era": era}
                datasets[name] = read("Dataset", given | {"cross_section_pb": size})
                names.append(name)
                weights = rng.uniform(0, 1, 50).sum()
                factor_on_weights = normalization_factor(
                    name, datasets[name], False, luminosity, weights
                )
                events += factor_on_weights * weights
        samples.append(read("Sample", {"role": "signal", "datasets": names}))
    total = luminosity if seed == 0 else sum(luminosity.values())
    named = {str(number): sample for number, sample in enumerate(samples)}
    found = signal_cross_section([*named], named, datasets, 0.5)
    assert found == pytest.approx(0.5 * events / (1000 * total), rel=1e-12)
    assert signal_cross_section([*named], named, datasets, None) is None


def test_eras_that_differ_by_their_errors_have_the_mean():
    given = {"files": ["events.root"]}
    datasets = {
        f"signal_{era}": read("Dataset", given | {"era": era, "cross_section_pb": size})
        for era, size in (("2017", 1.02), ("2018", 0.98))
    }
    sample = read("Sample", {"role": "signal", "datasets": [*datasets]})
    assert signal_cross_section(["signal"], {"signal": sample}, datasets, 1.0) == pytest.approx(
        1.0, rel=1e-12
    )


def test_signals_of_a_published_model_need_not_be_samples_of_the_analysis():
    assert signal_cross_section(["ggH", "qqH"], {}, {}, None) is None
