"""Named results: one for each signal, and what of them is left for new signals."""

from support.tiny.analysis import STATISTICS

from wollemi.analysis.plain.results import expand_results, results_without
from wollemi.loading.expand import plain_document
from wollemi.reinterpretation.document import with_signals
from wollemi.reinterpretation.models import NewSignal

SAMPLES = {
    "data": {"role": "data", "datasets": ["data"]},
    "dy": {"role": "background", "datasets": ["dy_low"]},
    "signal_200": {"role": "signal", "datasets": ["signal_200"]},
    "signal_300": {"role": "signal", "datasets": ["heavy"]},
}
RESULTS = {
    "limit_{signal}": {
        "file": "limits.json",
        "pointer": "/limits/{signal}/observed",
        "description": "for {signal}",
    },
    "excluded": {"file": "limits.json", "pointer": "/exclusion/observed", "unit": "GeV"},
    "special": {"file": "limits.json", "pointer": "/limits/signal_300/observed"},
    "selected": {"file": "cutflow/heavy.json", "pointer": "/regions/search/0/events"},
}
DOCUMENT = {"samples": SAMPLES, "datasets": {}, "regions": {}, "results": RESULTS}


def test_one_for_each_signal_in_their_order():
    found = expand_results(DOCUMENT)["results"]
    assert list(found) == [
        "limit_signal_200",
        "limit_signal_300",
        "excluded",
        "special",
        "selected",
    ]
    expected = {
        "file": "limits.json",
        "pointer": "/limits/signal_300/observed",
        "description": "for signal_300",
    }
    assert found["limit_signal_300"] == expected
    assert expand_results(expand_results(DOCUMENT)) == expand_results(DOCUMENT)
    assert {name: found[name] for name in RESULTS.keys() & found.keys()} == {
        k: v for k, v in RESULTS.items() if "{" not in k
    }


def test_a_name_that_is_taken_stays_as_it_is_written():
    taken = RESULTS | {"limit_signal_200": RESULTS["excluded"]}
    assert expand_results(DOCUMENT | {"results": taken})["results"] == taken


def test_what_hangs_on_an_archived_signal_goes():
    assert list(results_without(RESULTS, {"signal_200", "signal_300", "heavy"})) == [
        "limit_{signal}",
        "excluded",
    ]


def test_new_signals_have_the_results_of_each_signal():
    examples = {"lighter": {"like": "signal_300", "datasets": {"heavy": {}}}}
    publication = {"inspire_id": "ins1124338", "recast": {"examples": examples}}
    document = DOCUMENT | {
        "systematics": STATISTICS["systematics"],
        "limits": {},
        "datasets": {"heavy": {}},
    }
    document |= {"publication": publication}
    signal = NewSignal.model_validate({"like": "signal_300", "datasets": {"heavy": {}}})
    changed = plain_document(with_signals(document, {"lighter": signal}, {}, "signal.yaml"))
    assert list(changed["results"]) == ["limit_lighter", "excluded"]
    assert changed["publication"] == {"inspire_id": "ins1124338"}
    assert changed["results"]["limit_lighter"]["pointer"] == "/limits/lighter/observed"
