Feature: Dimuon spectrum

  Scenario: the run is whole
    When the workflow execution completes
    Then the workflow should be finished
    And all the outputs should be included in the workspace

  Scenario: cutflow
    When the workflow is finished
    Then the file "results/dimuon/summary.json" should contain "double_mu_2012 in skim: all events: 100000 events"
    And the file "results/dimuon/summary.json" should contain "double_mu_2012 in skim: count(muon) == 2: 48976 events"
    And the file "results/dimuon/summary.json" should contain "double_mu_2012 in opposite_sign: charge_product < 0: 37183 events"
    And the file "results/dimuon/summary.json" should contain "double_mu_2012 in same_sign: charge_product > 0: 11793 events"

  Scenario: resonances
    When the workflow is finished
    Then the file "results/dimuon/summary.json" should contain "double_mu_2012 in window_jpsi: 2.9 <= dimuon_mass < 3.3: 3628 events"
    And the file "results/dimuon/summary.json" should contain "double_mu_2012 in window_upsilon: 9 <= dimuon_mass < 10.6: 1139 events"
    And the file "results/dimuon/summary.json" should contain "double_mu_2012 in window_z: mass window: 6864 events"
