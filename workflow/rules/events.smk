"""Events that a later step can use."""

for dataset in plan.skimmed_datasets:

    rule:
        name:
            f"skim_events_{dataset}"
        input:
            # Without a name, as REANA's client sends named inputs and parameters alone, and no functions.
            part_files(dataset),
            code=code("skim_events"),
            analysis=ancient(ANALYSIS_FILE),
            hooks=plan.column_hooks,
            corrections=plan.corrections("skim_corrections", dataset),
            certified=plan.certified_blocks(dataset),
            # What it says of other parts changes nothing: the digest of `part_digest` tells.
            manifest=ancient(plan.dataset_manifest(dataset)),
            parts=plan.previewed_parts(dataset),
        output:
            events=f"results/{{analysis}}/events/{dataset}/{{part}}.parquet",
            identifiers=f"results/{{analysis}}/identifiers/{dataset}/{{part}}.parquet",
            cutflow=f"results/{{analysis}}/cutflow/{dataset}/skim_{{part}}.json",
            record=f"results/{{analysis}}/records/skim_events/{dataset}_{{part}}.json",
        log:
            f"results/{{analysis}}/logs/skim_events/{dataset}_{{part}}.log",
        conda:
            environment("skim_events")
        container:
            IMAGE
        resources:
            **job_resources("skim_events", dataset),
        params:
            part_digest(dataset),
            **planned("skim_events", dataset),
            dataset=dataset,
            folder=plan.files_folder(dataset),
        shell:
            command("skim_events")
