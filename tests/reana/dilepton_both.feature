Feature: One selection on NanoAOD and PHYSLITE

  Scenario: the run is whole
    When the workflow execution completes
    Then the workflow should be finished
    And all the outputs should be included in the workspace

  Scenario: limit
    When the workflow is finished
    Then the file "results/dilepton_both/summary.json" should contain "zprime_2000: 95 % CLs upper limit on µ: observed 0.106, expected 0.114 (68 %: 0.0727–0.185)"
    And the file "results/dilepton_both/summary.json" should contain "zprime_2000: 95 % CLs upper limit on the cross section: observed 0.00158 pb, expected 0.00169 pb (68 %: 0.00108–0.00275)"

  Scenario: yields
    When the workflow is finished
    Then the file "results/dilepton_both/summary.json" should contain "signal_ee: 536 events observed"
    And the file "results/dilepton_both/summary.json" should contain "signal_ee: total: 577 ± 27 prefit, 540 ± 17 postfit"
    And the file "results/dilepton_both/summary.json" should contain "signal_mumu: 388 events observed"
    And the file "results/dilepton_both/summary.json" should contain "control: dy: 3,880 ± 130 prefit, 3,787 ± 59 postfit"

  Scenario: both formats
    When the workflow is finished
    Then the file "results/dilepton_both/summary.json" should contain "dy_nanoaod in skim: all events: 6000 events, 13,300 expected"
    And the file "results/dilepton_both/summary.json" should contain "dy_nanoaod in signal_ee: mass_ee > 300: 492 events, 265.6 expected"
    And the file "results/dilepton_both/summary.json" should contain "dy_physlite in skim: all events: 6000 events, 13,300 expected"
    And the file "results/dilepton_both/summary.json" should contain "dy_physlite in signal_ee: mass_ee > 300: 536 events, 290.2 expected"
    And the file "results/dilepton_both/summary.json" should contain "zprime_physlite in signal_mumu: mass_mumu > 300: 322 events, 6.373 expected"
