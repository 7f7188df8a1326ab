"""Files of events: fetched or generated, and divided into parts."""

for dataset in plan.fetched_datasets:

    rule:
        name:
            f"fetch_dataset_{dataset}"
        input:
            code=code("fetch_dataset"),
            analysis=ancient(ANALYSIS_FILE),
        output:
            files=plan.fetched_files(dataset),
            record=f"results/{RUN}/records/fetch_dataset/{dataset}.json",
        log:
            f"results/{RUN}/logs/fetch_dataset/{dataset}.log",
        conda:
            environment("fetch_dataset")
        resources:
            **job_resources("fetch_dataset", dataset),
            # Not a parameter: another mirror gives the same bytes, and reruns nothing.
            mirrors=MIRRORS,
        params:
            **planned("fetch_dataset", dataset),
            dataset=dataset,
        shell:
            command("fetch_dataset")


if plan.public_corrections:

    rule fetch_corrections:
        """The public files of corrections."""
        input:
            code=code("fetch_corrections"),
            analysis=ancient(ANALYSIS_FILE),
        output:
            files=plan.public_corrections,
            record=f"results/{RUN}/records/fetch_corrections.json",
        log:
            f"results/{RUN}/logs/fetch_corrections.log",
        conda:
            environment("fetch_corrections")
        resources:
            **job_resources("fetch_corrections"),
            mirrors=MIRRORS,
        params:
            **planned("fetch_corrections"),
        shell:
            command("fetch_corrections")


if plan.fetched_models:

    rule fetch_workspace:
        """The public files of a published model."""
        input:
            code=code("fetch_workspace"),
            analysis=ancient(ANALYSIS_FILE),
        output:
            files=plan.fetched_models,
            record=f"results/{RUN}/records/fetch_workspace.json",
        log:
            f"results/{RUN}/logs/fetch_workspace.log",
        conda:
            environment("fetch_workspace")
        resources:
            **job_resources("fetch_workspace"),
            mirrors=MIRRORS,
        params:
            **planned("fetch_workspace"),
        shell:
            command("fetch_workspace")


if plan.fetched_overlays:

    rule fetch_overlays:
        """The public files of published curves."""
        input:
            code=code("fetch_overlays"),
            analysis=ancient(ANALYSIS_FILE),
        output:
            files=plan.fetched_overlays,
            record=f"results/{RUN}/records/fetch_overlays.json",
        log:
            f"results/{RUN}/logs/fetch_overlays.log",
        conda:
            environment("fetch_overlays")
        resources:
            **job_resources("fetch_overlays"),
            mirrors=MIRRORS,
        params:
            **planned("fetch_overlays"),
        shell:
            command("fetch_overlays")


for dataset in plan.generated_datasets:

    rule:
        name:
            f"generate_events_{dataset}"
        input:
            code=code("generate_events"),
            analysis=ancient(ANALYSIS_FILE),
            hooks=plan.generation_hooks(dataset),
        output:
            events=f"results/{{analysis}}/files/{dataset}/part{{part}}.root",
            record=f"results/{{analysis}}/records/generate_events/{dataset}_{{part}}.json",
        log:
            f"results/{{analysis}}/logs/generate_events/{dataset}_{{part}}.log",
        conda:
            environment("generate_events")
        resources:
            **job_resources("generate_events", dataset),
        params:
            **planned("generate_events", dataset),
            dataset=dataset,
            max_events=MAX_EVENTS,
        shell:
            command("generate_events")


for dataset in plan.previewed_datasets:

    rule:
        name:
            f"split_dataset_{dataset}"
        input:
            code=code("split_dataset"),
            analysis=ancient(ANALYSIS_FILE),
            files=parts.present(dataset, plan.listed_files(dataset)),
            manifest=plan.dataset_manifest(dataset),
        output:
            parts=f"results/{{analysis}}/parts/{dataset}.json",
            record=f"results/{{analysis}}/records/split_dataset/{dataset}.json",
        log:
            f"results/{{analysis}}/logs/split_dataset/{dataset}.log",
        conda:
            environment("split_dataset")
        resources:
            **job_resources("split_dataset"),
        params:
            **planned("split_dataset", dataset),
            dataset=dataset,
            folder=plan.files_folder(dataset),
            max_events=MAX_EVENTS,
        shell:
            command("split_dataset")


if plan.public_certificates:

    rule fetch_certificates:
        """Public files of certified blocks and their luminosities."""
        input:
            code=code("fetch_certificates"),
            analysis=ancient(ANALYSIS_FILE),
        output:
            files=plan.public_certificates,
            record=f"results/{RUN}/records/fetch_certificates.json",
        log:
            f"results/{RUN}/logs/fetch_certificates.log",
        conda:
            environment("fetch_certificates")
        resources:
            **job_resources("fetch_certificates"),
            mirrors=MIRRORS,
        params:
            **planned("fetch_certificates"),
        shell:
            command("fetch_certificates")


if plan.luminosity:

    rule sum_luminosity:
        """The luminosity of the certified blocks of each era."""
        input:
            code=code("sum_luminosity"),
            analysis=ancient(ANALYSIS_FILE),
            blocks=plan.certified_files("blocks"),
            tables=plan.certified_files("luminosity"),
        output:
            luminosity=plan.luminosity,
            record=f"results/{RUN}/records/sum_luminosity.json",
        log:
            f"results/{RUN}/logs/sum_luminosity.log",
        conda:
            environment("sum_luminosity")
        resources:
            **job_resources("sum_luminosity"),
        params:
            **planned("sum_luminosity"),
        shell:
            command("sum_luminosity")
