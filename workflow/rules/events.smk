"""Skimmed events (events/*.parquet); files that several datasets share are read once."""

for datasets in plan.skimmed_together:

    rule:
        name:
            f"skim_events_{datasets[0]}"
        input:
            # Without a name, as REANA's client sends only named inputs and parameters, and no functions.
            part_files(datasets[0]),
            **of_each(datasets, event_inputs(plan, "skim_corrections")),
            code=code("skim_events"),
            analysis=ancient(ANALYSIS_FILE),
            # Its entries for other parts do not matter: `part_digest` covers this part.
            manifest=ancient(plan.dataset_manifest(datasets[0])),
        output:
            **of_each(datasets, skim_outputs),
        log:
            f"results/{{analysis}}/logs/skim_events/{datasets[0]}_{{part}}.log",
        conda:
            environment("skim_events")
        resources:
            **job_resources("skim_events", datasets[0], len(datasets)),
        params:
            parts.digest(datasets[0]),
            **planned("skim_events", datasets[0]),
            dataset=datasets[0],
            folder=plan.files_folder(datasets[0]),
            further=values.further_jobs(
                "skim_events", datasets, event_inputs(plan, "skim_corrections"), skim_outputs
            ),
        shell:
            command("skim_events")
