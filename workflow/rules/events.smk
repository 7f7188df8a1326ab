"""Events that a later step can use."""

for dataset in plan.event_datasets:

    rule:
        name:
            f"skim_events_{dataset}"
        input:
            code=code("skim_events"),
            analysis=ancient(ANALYSIS_FILE),
            hooks=plan.column_hooks,
            corrections=plan.corrections("skim_corrections", dataset),
            certified=plan.certified_blocks(dataset),
            parts=f"results/{{analysis}}/parts/{dataset}.json",
            # Which of them a part needs stands in `parts`.
            files=present_files(dataset),
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
            **planned("skim_events", dataset),
            dataset=dataset,
        message:
            "{rule}, part {wildcards.part}"
        shell:
            command("skim_events")
