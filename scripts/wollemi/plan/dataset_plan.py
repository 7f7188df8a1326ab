"""The datasets of a run, their inputs and files, as named in the rules.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.certification import (
    certificate_path,
    measured_luminosities,
    public_certificates,
)
from wollemi.analysis.plain.commands import FOLDER, read_datasets
from wollemi.analysis.plain.corrections import correction_files, local_path, public_files
from wollemi.analysis.plain.dataset_selections import origin
from wollemi.analysis.plain.datasets import (
    alternative_datasets,
    estimate_sources,
    event_datasets,
    used_datasets,
)
from wollemi.analysis.plain.histogram_variations import varied_files
from wollemi.analysis.plain.measured import measuring_datasets, source_of
from wollemi.analysis.plain.parts import divided_files, file_path, listed_files
from wollemi.analysis.plain.queries import sample_datasets
from wollemi.analysis.plain.sections import select_sections
from wollemi.analysis.plain.shared_files import earlier_of_same_files, read_together
from wollemi.analysis.plain.systematics import weight_sets
from wollemi.base.archived_files import present_path

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.base.yaml import Document


@dataclass(frozen=True)
class DatasetPlan:
    """Datasets by kind and their files. Paths are relative to the project, lists in the order of
    the analysis file.

    Args:
        analysis: Analysis, expanded.
        run: Folder of the results below `results`; a preview has its own.
        is_preview: Whether the run reads only part of the events.
        hooks: Paths of `hooks.py` and the modules next to it that it imports; empty without hooks.
        manifests: Manifest → its content.
    """

    analysis: Analysis
    run: str
    is_preview: bool = False
    hooks: Sequence[str] = ()
    manifests: Mapping[str, Document] = field(default_factory=dict)

    def path(self, name: str) -> str:
        """Path of a product."""
        return f"results/{self.run}/{name}"

    def paths(self, names: Iterable[str]) -> list[str]:
        """Paths of products."""
        return [self.path(name) for name in names]

    @property
    def datasets(self) -> list[str]:
        """All datasets of the run."""
        return used_datasets(self.analysis.plain)

    @property
    def measuring_datasets(self) -> list[str]:
        """Copies of datasets in which corrections are measured."""
        return measuring_datasets(self.analysis.plain)

    @property
    def shown_datasets(self) -> list[str]:
        """Datasets of the analysis itself, without these copies."""
        return [name for name in self.datasets if not self.has(name, "measures")]

    @property
    def sources(self) -> list[str]:
        """Datasets that own files: the original for several parts of a dataset; includes datasets
        read only by commands.
        """
        read = read_datasets(self.analysis.plain)
        return list(dict.fromkeys(origin(self.analysis.plain, name) for name in read))

    @property
    def model_datasets(self) -> list[str]:
        """Datasets in the model and the plots: the samples' datasets and their alternatives, not
        the sources of pseudo-data.
        """
        return list(
            dict.fromkeys(
                [*sample_datasets(self.analysis), *alternative_datasets(self.analysis.plain)]
            )
        )

    @property
    def sample_datasets(self) -> list[str]:
        """Datasets of the samples."""
        return sample_datasets(self.analysis)

    @property
    def data_datasets(self) -> list[str]:
        """Datasets of the data."""
        return sample_datasets(self.analysis, "data")

    @property
    def simulated_datasets(self) -> list[str]:
        """Datasets in the model without any contribution from data."""
        data = self.data_datasets
        return [
            name
            for name in self.model_datasets
            if name not in data and not self.has(name, "estimate")
        ]

    def has(self, dataset: str, key: str) -> bool:
        """Whether a dataset has a setting."""
        return key in self.analysis.datasets[dataset].plain

    def datasets_with(self, key: str) -> list[str]:
        """Datasets with a setting: `histograms`, `draw`, `estimate`."""
        return [name for name in self.datasets if self.has(name, key)]

    @property
    def event_datasets(self) -> list[str]:
        """Datasets that are read event by event."""
        return event_datasets(self.analysis.plain)

    @property
    def skimmed_datasets(self) -> list[str]:
        """Datasets whose events are kept, if the analysis has a skim."""
        skimmed = self.event_datasets if self.analysis.skim else []
        return [name for name in skimmed if not self.has(name, "measures")]

    @property
    def processed_datasets(self) -> list[str]:
        """Datasets that are read and filled in one job: without a skim, all events would be
        kept.
        """
        skimmed = self.skimmed_datasets
        return [name for name in self.event_datasets if name not in skimmed]

    @property
    def skimmed_together(self) -> list[list[str]]:
        """Datasets whose events are kept, in groups whose files one job reads."""
        return read_together(self.analysis.plain, self.skimmed_datasets)

    @property
    def processed_together(self) -> list[list[str]]:
        """Datasets that are read and filled in one job, in groups whose files one job reads."""
        return read_together(self.analysis.plain, self.processed_datasets)

    @property
    def fetched_datasets(self) -> list[str]:
        """Datasets with public files."""
        return [name for name in self.sources if self.fetched_files(name)]

    @property
    def generated_datasets(self) -> list[str]:
        """Datasets whose events the workflow generates."""
        return [name for name in self.sources if self.has(name, "generate")]

    def dataset_files(self, dataset: str) -> list[str]:
        """Files of a dataset, after fetching or generating."""
        return self.file_paths(dataset, self.listed_files(dataset))

    def listed_files(self, dataset: str) -> list[Any]:
        """Entries of the files of a dataset (see `wollemi.analysis.plain.parts`)."""
        return listed_files(*self._source(dataset))

    def file_paths(self, dataset: str, files: Iterable[Any]) -> list[str]:
        """Local paths of files of a dataset, from their entries."""
        return [present_path(file_path(file, self.files_folder(dataset))) for file in files]

    def files_folder(self, dataset: str) -> str:
        """Folder of the fetched or generated files of a dataset, or of the outputs of commands."""
        if self.has(dataset, "command"):
            return self.path(FOLDER)
        return self.path(f"files/{origin(self.analysis.plain, dataset)}")

    def _source(self, dataset: str) -> tuple[Document, Document | None]:
        """Sources of a dataset's list of files: its settings, and its manifest if it has one."""
        item = self.analysis.datasets[dataset].plain
        return item, self.manifests[item["manifest"]] if "manifest" in item else None

    def fetched_files(self, dataset: str) -> list[str]:
        """Files of a dataset that have to be fetched."""
        return list(self.fetched_sizes(dataset))

    def fetched_sizes(self, dataset: str) -> dict[str, int]:
        """Files to fetch → their declared sizes in bytes."""
        folder = self.files_folder(dataset)
        return {
            file_path(file, folder): file["size"]
            for file in listed_files(self.analysis.datasets[dataset].plain)
            if not isinstance(file, str) and "url" in file
        }

    def varied_files(self, dataset: str) -> list[str]:
        """Additional files with the histograms of systematics."""
        return varied_files(self.analysis.plain, dataset, self.dataset_files(dataset))

    def dataset_manifest(self, dataset: str) -> list[str]:
        """The manifest of a dataset, if it has one."""
        manifest = self.analysis.datasets[dataset].manifest
        return [] if manifest is None else [manifest]

    def parts(self, dataset: str) -> list[dict[str, Any]]:
        """The file entries of each part of a dataset (see `divided_files`)."""
        return divided_files(*self._source(dataset))

    def part_numbers(self, dataset: str) -> range:
        """Numbers of the parts of a dataset."""
        return range(len(self.parts(dataset)))

    @property
    def previewed_datasets(self) -> list[str]:
        """Datasets whose events are counted and divided for a preview, by `split_dataset`."""
        return self.event_datasets if self.is_preview else []

    def previewed_parts(self, dataset: str) -> list[str]:
        """The list of a dataset's parts for a preview; empty in a full run."""
        return self.paths([f"parts/{dataset}.json"] if self.is_preview else [])

    def part_files(self, dataset: str) -> list[list[str]]:
        """Files of each part of a dataset."""
        return [self.file_paths(dataset, part["files"]) for part in self.parts(dataset)]

    def earlier_data(self, dataset: str) -> list[str]:
        """Earlier datasets of the data, whose events a dataset of the data must not contain; empty
        for simulation.
        """
        data = [name for name in self.data_datasets if name in self.event_datasets]
        return data[: data.index(dataset)] if dataset in data else []

    def siblings(self, dataset: str) -> list[str]:
        """For the last of the datasets that take events from the same files, the earlier ones."""
        return earlier_of_same_files(self.analysis.plain, dataset)

    def partners(self, dataset: str) -> list[str]:
        """The other datasets with events of the same slice of an inclusive dataset."""
        placed = self.analysis.datasets[dataset].slice
        return [name for name in (placed.datasets if placed else ()) if name != dataset]

    def _merged(self, dataset: str) -> dict[str, list[tuple[str, str]]]:
        """Inputs of `merge_parts` from the parts of a dataset: argument → dataset and product, with
        `*` for the part number.
        """
        return {
            "histograms": [(dataset, f"histograms/{dataset}/*.zip")],
            "identifiers": [(dataset, f"identifiers/{dataset}/*.parquet")],
            "earlier": [
                (name, f"identifiers/{name}/*.parquet") for name in self.earlier_data(dataset)
            ],
            "skims": [(dataset, f"cutflow/{dataset}/skim_*.json")],
            "siblings": [(name, f"cutflow/{name}/skim_*.json") for name in self.siblings(dataset)],
            "partners": [(name, f"cutflow/{name}/skim_*.json") for name in self.partners(dataset)],
            "fills": [(dataset, f"cutflow/{dataset}/fill_*.json")],
        }

    def merged_parts(self, dataset: str) -> dict[str, list[str]]:
        """Argument of `merge_parts` → its inputs from all parts."""
        return {
            argument: self.paths(
                product.replace("*", str(part))
                for name, product in products
                for part in self.part_numbers(name)
            )
            for argument, products in self._merged(dataset).items()
        }

    def merged_ranges(self, dataset: str) -> dict[str, tuple[str, ...]]:
        """Argument of `merge_parts` → the same inputs as ranges `{0..99}`, short enough for a
        command line. In tuples, because Snakemake takes braces in strings and lists for wildcards.
        """
        return {
            argument: tuple(
                self.path(product.replace("*", f"{{0..{len(self.part_numbers(name)) - 1}}}"))
                for name, product in products
            )
            for argument, products in self._merged(dataset).items()
        }

    def generation_hooks(self, dataset: str) -> list[str]:
        """The hooks of the analysis, if one of them generates the dataset."""
        generate = self.analysis.datasets[dataset].generate
        return list(self.hooks) if generate and generate.hook else []

    @property
    def column_hooks(self) -> list[str]:
        """The hooks of the analysis, if one of them computes a column: an edit reruns only jobs
        that use it.
        """
        columns = self.analysis.columns.values()
        return list(self.hooks) if any(not isinstance(item, str) for item in columns) else []

    def corrections(self, section: str, dataset: str) -> list[str]:
        """Files of the corrections that a job on a dataset needs, in the expected order."""
        needed = select_sections(self.analysis.plain, [section], dataset)[section]
        return [local_path(self.run, file) for file in correction_files(needed)]

    @property
    def public_corrections(self) -> list[str]:
        """Files of corrections that have to be fetched."""
        return [local_path(self.run, file) for file in public_files(self.analysis.plain)]

    @property
    def public_certificates(self) -> list[str]:
        """Files of certified blocks and luminosities that have to be fetched."""
        return [
            certificate_path(self.run, file) for file in public_certificates(self.analysis.plain)
        ]

    def certified_blocks(self, dataset: str) -> list[str]:
        """The file of certified blocks for the events of a dataset, if there is one."""
        file = select_sections(self.analysis.plain, ["certified_blocks"], dataset)[
            "certified_blocks"
        ]
        return [] if file is None else [certificate_path(self.run, file)]

    def certified_files(self, key: str) -> list[str]:
        """Files with the `blocks` or `luminosity` of each era whose luminosity is summed."""
        return [
            certificate_path(self.run, entry[key])
            for entry in measured_luminosities(self.analysis.plain).values()
        ]

    @property
    def luminosity(self) -> list[str]:
        """The luminosity of certified blocks, if it is summed."""
        return [self.path("luminosity.json")] if measured_luminosities(self.analysis.plain) else []

    def scaled_to(self, dataset: str) -> list[str]:
        """The luminosity of certified blocks, to which simulation is scaled."""
        return (
            [] if source_of(self.analysis.plain, dataset) in self.data_datasets else self.luminosity
        )

    def merged_names(self, dataset: str) -> list[str]:
        """Names of the files of a dataset's merged histograms, without suffix."""
        has_sets = dataset in self.event_datasets and weight_sets(self.analysis.plain, dataset)
        return [dataset, f"{dataset}/members"] if has_sets else [dataset]

    def merged_histograms(self, datasets: Iterable[str]) -> list[str]:
        """All histogram files of datasets, including histograms of members."""
        return self.paths(
            f"histograms/{name}.json" for dataset in datasets for name in self.merged_names(dataset)
        )

    def histograms(self, datasets: Iterable[str]) -> list[str]:
        """Histogram files of datasets, without histograms of members."""
        return self.paths(f"histograms/{dataset}.json" for dataset in datasets)

    def part_records(self, dataset: str) -> list[str]:
        """Records of the jobs that fill the parts of a dataset."""
        program = "process_events" if dataset in self.processed_datasets else "fill_histograms"
        return self.paths(
            f"records/{program}/{dataset}_{part}.json" for part in self.part_numbers(dataset)
        )

    def histogram_records(self, datasets: Iterable[str]) -> list[str]:
        """Records of the jobs that write histograms and cutflows of datasets.

        If other programs can write the same product, its record is requested: when the kind of an
        analysis changes, the product of another program exists, and Snakemake checks a job for
        changes only if all its outputs exist.
        """
        return self.paths(f"records/{self._maker(dataset)}/{dataset}.json" for dataset in datasets)

    def _maker(self, dataset: str) -> str:
        """Program that writes the histograms of a dataset."""
        kinds = {
            "histograms": "read_histograms",
            "draw": "draw_pseudodata",
            "estimate": "estimate_background",
        }
        return next(
            (program for key, program in kinds.items() if self.has(dataset, key)), "merge_parts"
        )

    def cutflows(self, datasets: Iterable[str]) -> list[str]:
        """Cutflows of datasets."""
        return self.paths(f"cutflow/{dataset}.json" for dataset in datasets)

    def draw_sources(self, dataset: str) -> list[str]:
        """Datasets that pseudo-data are drawn from."""
        draw = self.analysis.datasets[dataset].draw
        return list(draw.datasets) if draw else []

    def estimate_sources(self, dataset: str) -> list[str]:
        """Datasets that a background is estimated from."""
        return estimate_sources(self.analysis.plain, dataset)
