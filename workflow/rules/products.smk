"""Names of products and files that several rules share; `common.smk` has what is known of the analysis itself."""

from wollemi.analysis.plain.certification import certificate_path, measured_luminosities
from wollemi.analysis.plain.corrections import correction_files, local_path
from wollemi.analysis.plain.systematics import acting_members

MEASURED = list(measured_luminosities(DOCUMENT).values())
LUMINOSITY = [f"results/{RUN}/luminosity.json"] if MEASURED else []


def corrections(section, dataset):
    """Files of the corrections that a step on a dataset needs, in the order in which it expects them."""
    needed = select_sections(DOCUMENT, [section], dataset)[section]
    return [local_path(RUN, file) for file in correction_files(needed)]


def certified_blocks(dataset):
    """The file of blocks that the events of a dataset must be in, if there is one."""
    file = select_sections(DOCUMENT, ["certified_blocks"], dataset)["certified_blocks"]
    return [] if file is None else [certificate_path(RUN, file)]


def scaled_to(dataset):
    """The luminosity of certified blocks, which simulation is scaled to."""
    return [] if dataset in sample_datasets(DOCUMENT, "data") else LUMINOSITY


def part_kinds(dataset):
    """Beginnings of the names of a part's histograms: those of members of systematics stand apart."""
    return ["", "members_"] if acting_members(DOCUMENT, dataset) else [""]


def merged_names(dataset):
    """Names of the files of a dataset's merged histograms, without their ending."""
    return [dataset, f"{dataset}/members"] if dataset in EVENTED and acting_members(DOCUMENT, dataset) else [dataset]


def merged_histograms(datasets):
    """All files of histograms of datasets, those of members included."""
    return [f"results/{RUN}/histograms/{name}.json" for dataset in datasets for name in merged_names(dataset)]


def shown_file(path, caption, category, subcategory=None, **labels):
    """A product below the results that `snakemake --report` shows; without labels it has its name."""
    labels = labels or {"file": path.rpartition("/")[2]}
    marks = {"category": category, "subcategory": subcategory, "labels": labels}
    return report(f"results/{RUN}/{path}", caption=f"../report/captions/{caption}.rst", **marks)


def shown_plot(name, caption, subcategory, **labels):
    """The picture of a plot that `snakemake --report` shows."""
    return shown_file(f"plots/{name}.png", caption, "Plots", subcategory, **labels)
