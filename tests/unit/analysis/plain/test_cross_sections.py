"""Cross sections of signals of several eras."""

from wollemi.analysis.plain.cross_sections import era_cross_sections


def test_cross_sections_of_an_era_add_up_and_parts_count_once():
    """Two processes in each of two eras, one of them in parts of the same files, by a sample or by
    the datasets.
    """
    ee = {"files": ["z.root"], "selection": "count(electron) == 2", "cross_section_pb": 2.0}
    datasets = {
        "ee": {**ee, "era": 2017},
        "mumu": {**ee, "era": "2017", "selection": "count(muon) == 2"},
        "other": {"files": ["other.root"], "era": 2017, "cross_section_pb": 0.5},
        "late_b": {"split_of": "late", "era": 2018, "cross_section_pb": 4.0, "scale_factor": 0.5},
        "late_c": {"split_of": "late", "era": 2018, "cross_section_pb": 4.0, "scale_factor": 0.5},
        "more": {"files": ["more.root"], "era": 2018, "cross_section_pb": 0.25},
    }
    assert era_cross_sections(datasets) == {"2017": 2.5, "2018": 2.25}
    assert era_cross_sections({"whole": {"cross_section_pb": 3.0}}) == {None: 3.0}
    datasets["mumu"]["scale_factor"] = 1.5
    assert era_cross_sections(datasets)["2017"] == 3.5
    assert era_cross_sections(datasets, min)["2017"] == 2.5


def test_histograms_of_one_file_are_those_of_several_processes():
    names = "{region}/{dataset}"
    own = {"files": ["all.root"], "histograms": names, "cross_section_pb": 1.0}
    assert era_cross_sections({"one": own, "two": own}) == {None: 2.0}
