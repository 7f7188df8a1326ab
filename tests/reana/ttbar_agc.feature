Feature: The tt̄ analysis of the Analysis Grand Challenge

  Scenario: the run is whole
    When the workflow execution completes
    Then the workflow should be finished
    And all the outputs should be included in the workspace

  Scenario: normalization of tt̄
    When the workflow is finished
    Then the file "results/ttbar_agc/summary.json" should contain "ttbar: ttbar_norm = 0.976 ± 0.078"

  Scenario: yields
    When the workflow is finished
    Then the file "results/ttbar_agc/summary.json" should contain "control_4j1b: 82065.4 events observed"
    And the file "results/ttbar_agc/summary.json" should contain "control_4j1b: ttbar: 69,000 ± 17,000 prefit, 68,160 ± 770 postfit"
    And the file "results/ttbar_agc/summary.json" should contain "control_4j1b: wjets: 10,200 ± 3,800 prefit, 9,460 ± 470 postfit"
    And the file "results/ttbar_agc/summary.json" should contain "signal_4j2b: 131630 events observed"
    And the file "results/ttbar_agc/summary.json" should contain "signal_4j2b: ttbar: 124,000 ± 33,000 prefit, 127,480 ± 690 postfit"

  Scenario: cutflow
    When the workflow is finished
    Then the file "results/ttbar_agc/summary.json" should contain "ttbar in skim: all events: 240000 events, 2,465,400 expected"
    And the file "results/ttbar_agc/summary.json" should contain "ttbar in signal_4j2b: btags >= 2: 12989 events, 133,429 expected"
    And the file "results/ttbar_agc/summary.json" should contain "ttbar_me in signal_4j2b: btags >= 2: 8486 events, 139,476 expected"
    And the file "results/ttbar_agc/summary.json" should contain "wjets in skim: all events: 1200000 events, 52,315,640 expected"
    And the file "results/ttbar_agc/summary.json" should contain "wjets in signal_4j2b: btags >= 2: 43 events, 1,875 expected"
