"""Commands of other frameworks, which write files of datasets."""

for entry in plan.commands:

    rule:
        name:
            f"run_command_{entry}"
        input:
            # Without a name, as the program reads them from `lists`.
            plan.command_inputs(entry),
            ancient(plan.command_manifests(entry)),
            code=code("run_command"),
            analysis=ancient(ANALYSIS_FILE),
            files=plan.command_files(entry),
        output:
            outputs=plan.command_outputs(entry),
            record=f"results/{RUN}/records/run_command/{entry}.json",
        log:
            f"results/{RUN}/logs/run_command/{entry}.log",
        conda:
            environment("run_command", plan.command_settings(entry).get("environment"))
        container:
            plan.command_settings(entry).get("container") or IMAGE
        resources:
            **job_resources("run_command", entry),
        params:
            **planned("run_command", command=entry),
            **values.of_command(entry),
            command=entry,
        shell:
            command("run_command")
