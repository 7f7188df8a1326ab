Feature: Charged Higgs bosons among top pairs

  Scenario: the run is whole
    When the workflow execution completes
    Then the workflow should be finished
    And all the outputs should be included in the workspace

  Scenario: limits
    When the workflow is finished
    Then the file "results/charged_higgs/limits.json" should contain "hplus_400"
