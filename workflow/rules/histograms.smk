"""Histograms (histograms/*.json) and cutflows of each dataset, normalized."""

for dataset in plan.skimmed_datasets:

    rule:
        name:
            f"fill_histograms_{dataset}"
        input:
            code=code("fill_histograms"),
            analysis=ancient(ANALYSIS_FILE),
            hooks=plan.column_hooks,
            corrections=plan.corrections("fill_corrections", dataset),
            events=f"results/{{analysis}}/events/{dataset}/{{part}}.parquet",
        output:
            histograms=f"results/{{analysis}}/histograms/{dataset}/{{part}}.zip",
            cutflow=f"results/{{analysis}}/cutflow/{dataset}/fill_{{part}}.json",
            record=f"results/{{analysis}}/records/fill_histograms/{dataset}_{{part}}.json",
        log:
            f"results/{{analysis}}/logs/fill_histograms/{dataset}_{{part}}.log",
        conda:
            environment("fill_histograms")
        resources:
            **job_resources("fill_histograms", dataset),
        params:
            **planned("fill_histograms", dataset),
            dataset=dataset,
        shell:
            command("fill_histograms")


for datasets in plan.processed_together:

    rule:
        name:
            f"process_events_{datasets[0]}"
        input:
            # Without a name, as for `skim_events`.
            part_files(datasets[0]),
            **of_each(datasets, event_inputs(plan, "fill_corrections")),
            code=code("process_events"),
            analysis=ancient(ANALYSIS_FILE),
            manifest=ancient(plan.dataset_manifest(datasets[0])),
        output:
            **of_each(datasets, process_outputs),
        log:
            f"results/{{analysis}}/logs/process_events/{datasets[0]}_{{part}}.log",
        conda:
            environment("process_events")
        resources:
            **job_resources("process_events", datasets[0], len(datasets)),
        params:
            parts.digest(datasets[0]),
            **planned("process_events", datasets[0]),
            dataset=datasets[0],
            folder=plan.files_folder(datasets[0]),
            further=values.further_jobs(
                "process_events", datasets, event_inputs(plan, "fill_corrections"), process_outputs
            ),
        shell:
            command("process_events")


for dataset in plan.event_datasets:

    rule:
        name:
            f"merge_parts_{dataset}"
        input:
            # Without a name, as the program does not read them: see `histogram_records`.
            ancient(plan.part_records(dataset)),
            **plan.merged_parts(dataset),
            code=code("merge_parts"),
            analysis=ancient(ANALYSIS_FILE),
            manifest=plan.dataset_manifest(dataset),
            luminosity=plan.scaled_to(dataset),
        output:
            merged=[
                f"results/{{analysis}}/histograms/{name}.json"
                for name in plan.merged_names(dataset)
            ],
            cutflow=f"results/{{analysis}}/cutflow/{dataset}.json",
            record=f"results/{{analysis}}/records/merge_parts/{dataset}.json",
        log:
            f"results/{{analysis}}/logs/merge_parts/{dataset}.log",
        conda:
            environment("merge_parts")
        resources:
            **job_resources("merge_parts"),
        params:
            **planned("merge_parts", dataset),
            # By ranges such as {0..99}: a list of them outgrows a command line.
            **plan.merged_ranges(dataset),
            dataset=dataset,
        shell:
            command("merge_parts")


for dataset in plan.datasets_with("histograms"):

    rule:
        name:
            f"read_histograms_{dataset}"
        input:
            code=code("read_histograms"),
            analysis=ancient(ANALYSIS_FILE),
            files=plan.dataset_files(dataset),
            varied=plan.varied_files(dataset),
            luminosity=plan.scaled_to(dataset),
        output:
            histograms=f"results/{{analysis}}/histograms/{dataset}.json",
            cutflow=f"results/{{analysis}}/cutflow/{dataset}.json",
            record=f"results/{{analysis}}/records/read_histograms/{dataset}.json",
        log:
            f"results/{{analysis}}/logs/read_histograms/{dataset}.log",
        conda:
            environment("read_histograms")
        resources:
            **job_resources("read_histograms"),
        params:
            **planned("read_histograms", dataset),
            dataset=dataset,
        shell:
            command("read_histograms")


for dataset in plan.datasets_with("draw"):

    rule:
        name:
            f"draw_pseudodata_{dataset}"
        input:
            ancient(plan.histogram_records(plan.draw_sources(dataset))),
            code=code("draw_pseudodata"),
            analysis=ancient(ANALYSIS_FILE),
            expected=plan.histograms(plan.draw_sources(dataset)),
        output:
            histograms=f"results/{{analysis}}/histograms/{dataset}.json",
            cutflow=f"results/{{analysis}}/cutflow/{dataset}.json",
            record=f"results/{{analysis}}/records/draw_pseudodata/{dataset}.json",
        log:
            f"results/{{analysis}}/logs/draw_pseudodata/{dataset}.log",
        conda:
            environment("draw_pseudodata")
        resources:
            **job_resources("draw_pseudodata"),
        params:
            **planned("draw_pseudodata", dataset),
            dataset=dataset,
        shell:
            command("draw_pseudodata")


for dataset in plan.datasets_with("estimate"):

    rule:
        name:
            f"estimate_background_{dataset}"
        input:
            ancient(plan.histogram_records(plan.estimate_sources(dataset))),
            code=code("estimate_background"),
            analysis=ancient(ANALYSIS_FILE),
            histograms=plan.merged_histograms(plan.estimate_sources(dataset)),
        output:
            estimate=f"results/{{analysis}}/histograms/{dataset}.json",
            cutflow=f"results/{{analysis}}/cutflow/{dataset}.json",
            record=f"results/{{analysis}}/records/estimate_background/{dataset}.json",
        log:
            f"results/{{analysis}}/logs/estimate_background/{dataset}.log",
        conda:
            environment("estimate_background")
        resources:
            **job_resources("estimate_background"),
        params:
            **planned("estimate_background", dataset),
            dataset=dataset,
        shell:
            command("estimate_background")


for correction in plan.measured_corrections:

    rule:
        name:
            f"measure_correction_{correction}"
        input:
            ancient(plan.histogram_records(plan.measurement_datasets(correction))),
            code=code("measure_correction"),
            analysis=ancient(ANALYSIS_FILE),
            histograms=plan.histograms(plan.measurement_datasets(correction, data=False)),
            data=plan.histograms(plan.measurement_datasets(correction, data=True)),
            target=plan.measurement_targets(correction),
        output:
            map=f"results/{RUN}/corrections/{correction}.json",
            record=f"results/{RUN}/records/measure_correction/{correction}.json",
        log:
            f"results/{RUN}/logs/measure_correction/{correction}.log",
        conda:
            environment("measure_correction")
        resources:
            **job_resources("measure_correction"),
        params:
            **planned("measure_correction"),
            correction=correction,
        shell:
            command("measure_correction")


# Here, as its functions may import awkward like those of columns.
for product in plan.analysis.products if plan.own_products else []:

    rule:
        name:
            f"make_product_{product}"
        input:
            code=code("make_product"),
            analysis=ancient(ANALYSIS_FILE),
            hooks=plan.hooks,
            used=plan.own_inputs(product),
        output:
            result=f"results/{RUN}/products/{product}.json",
            record=f"results/{RUN}/records/make_product/{product}.json",
        log:
            f"results/{RUN}/logs/make_product/{product}.log",
        conda:
            environment("make_product")
        resources:
            **job_resources("make_product"),
        params:
            **planned("make_product"),
            product=product,
        shell:
            command("make_product")
