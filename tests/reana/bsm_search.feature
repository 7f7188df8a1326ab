Feature: A bump on simulated and data-driven backgrounds

  Scenario: the run is whole
    When the workflow execution completes
    Then the workflow should be finished
    And all the outputs should be included in the workspace

  Scenario: limit and signal strength
    When the workflow is finished
    Then the file "results/bsm_search/summary.json" should contain "signal: SigXsecOverSM = 0.13 +0.29"
    And the file "results/bsm_search/summary.json" should contain "signal: significance 0.43σ (expected 3.49σ)"
    And the file "results/bsm_search/summary.json" should contain "signal: 95 % CLs upper limit on SigXsecOverSM: observed 0.647, expected 0.556 (68 %: 0.401–0.773)"

  Scenario: background from data
    When the workflow is finished
    Then the file "results/bsm_search/summary.json" should contain "search: qcd: 7,350 ± 150 prefit, 7,407 ± 93 postfit"
    And the file "results/bsm_search/summary.json" should contain "search: total: 12,280 ± 570 prefit, 12,120 ± 100 postfit"
    And the file "results/bsm_search/summary.json" should contain "search: 12134 events observed"
    And the file "results/bsm_search/summary.json" should contain "control: 39226 events observed"

  Scenario: cutflow
    When the workflow is finished
    Then the file "results/bsm_search/summary.json" should contain "mc1 in search: -5 < var < 5: 145294 events, 2,724 expected"
    And the file "results/bsm_search/summary.json" should contain "mc2 in search: -5 < var < 5: 160000 events, 2,000 expected"
    And the file "results/bsm_search/summary.json" should contain "signal in search: -5 < var < 5: 80000 events, 200.0 expected"
    And the file "results/bsm_search/summary.json" should contain "qcd in control: data without simulation: 39,226 expected"
