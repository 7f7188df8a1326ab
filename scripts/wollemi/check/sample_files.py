"""Find a local file of events of a dataset before anything runs, to check it."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from wollemi.analysis.hooks import load_functions
from wollemi.analysis.models.datasets import Dataset, Generation
from wollemi.analysis.plain.commands import FOLDER
from wollemi.analysis.plain.parts import file_path, listed_files
from wollemi.base.whole_files import is_file
from wollemi.generation.file_contents import event_tree, example_events
from wollemi.generation.hooks import make_events
from wollemi.generation.root_writer import write_events, write_physlite, write_tree
from wollemi.inputs.schemas import Layout
from wollemi.job.download import mirror_candidates
from wollemi.job.input_digests import input_digest
from wollemi.loading.manifests import read_manifest
from wollemi_likelihood.base.caches import fetched_folder

GENERATED = 200  # events of a stand-in


class SampleFiles:
    """Finds files of datasets, and makes stand-ins for those that a run would generate.

    Args:
        run: folder of results of the analysis.
        hooks: the `hooks.py` of the analysis, or nothing.
        mirrors: folders that have public files.
        folder: where to write stand-ins.
    """

    def __init__(self, run: str, hooks: Sequence[Path], mirrors: Sequence[Path], folder: Path):
        self._run, self._hooks, self._mirrors, self._folder = run, hooks, mirrors, folder
        self._made: dict[str, Path] = {}

    def of(self, name: str, dataset: Dataset) -> Iterator[tuple[Path, str]]:
        """Local files of a dataset, in its order; for generated events otherwise a stand-in of the
        same form.

        Args:
            name: of the dataset.
            dataset: its settings.

        Yields:
            File and displayed name.

        Raises:
            WollemiError: a function of the analysis that makes events is missing, or does not
                return events.
        """
        if dataset.generate is None:
            for path in _present_files(self._run, name, dataset, self._mirrors):
                yield path, str(path)
            return
        made = [path for path in _folders(self._run, f"files/{name}/part0.root") if is_file(path)]
        # The events that a function of the analysis makes change with the function.
        if made and dataset.generate.hook is None:
            yield made[0], str(made[0])
            return
        made_now = self._stand_in(name, dataset, dataset.generate)
        yield made_now, f"the generated events of {name}"

    def is_stand_in(self, path: Path) -> bool:
        """Whether a file was made here."""
        return path in self._made.values()

    def _stand_in(self, name: str, dataset: Dataset, generate: Generation) -> Path:
        """Path of a stand-in, the same for datasets that are made in the same way."""
        way = repr((dataset.event_schema, dataset.tree, generate.hook, generate.options))
        if way not in self._made:
            path = self._folder / f"{len(self._made)}.root"
            _write_stand_in(path, dataset, generate, self._hooks, f"datasets.{name}.generate")
            self._made[way] = path
        return self._made[way]


def _folders(run: str, file: str) -> list[Path]:
    """Paths where a run, or a preview of it, has put a file."""
    return [Path("results", folder, file) for folder in (run, f"{run}_preview")]


def _present_files(
    run: str, name: str, dataset: Dataset, mirrors: Sequence[Path]
) -> Iterator[Path]:
    if dataset.manifest is not None and is_file(dataset.manifest):
        yield from (
            path
            for path in (Path(file.path) for file in read_manifest(Path(dataset.manifest)).files)
            if is_file(path)
        )
    files = dataset.files or ()
    told = [file if isinstance(file, str) else file.model_dump() for file in files]
    for file, entry in zip(files, listed_files({"files": told}), strict=True):
        if isinstance(file, str):
            made = dataset.command is not None
            found = _folders(run, f"{FOLDER}/{file}") if made else [Path(file)]
            yield from islice(filter(is_file, found), 1)
            continue
        fetched = _folders(run, file_path(entry, f"files/{name}"))
        copies = chain(fetched, mirror_candidates([fetched_folder(file.sha256), *mirrors], file))
        intact = (path for path in copies if is_file(path) and input_digest(path) == file.sha256)
        yield from islice(intact, 1)


def _write_stand_in(
    path: Path, dataset: Dataset, generate: Generation, hooks: Sequence[Path], where: str
) -> None:
    physlite = dataset.event_schema == "physlite"
    if generate.hook is None:
        tree = event_tree(example_events(GENERATED))
    else:
        function = load_functions(hooks, [generate.hook], where)[generate.hook]
        events = min(generate.events, GENERATED)
        tree = make_events(
            function,
            generate.options,
            generate.seed,
            events,
            numbered=dataset.event_schema != "ntuple",
        )
    if physlite:
        write_physlite(path, tree)
    elif generate.hook is None:
        write_events(path, tree, {"run": 1})
    else:
        write_tree(path, Layout.of(dataset).trees[0], tree)
