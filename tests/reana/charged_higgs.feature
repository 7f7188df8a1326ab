Feature: Charged Higgs bosons among top pairs

  Scenario: the run is whole
    When the workflow execution completes
    Then the workflow should be finished
    And all the outputs should be included in the workspace

  Scenario: limits
    When the workflow is finished
    Then the file "results/charged_higgs/summary.json" should contain "hplus_300: µ = 0.00 +0.21 (at its lower bound)"
    And the file "results/charged_higgs/summary.json" should contain "hplus_300: 95 % CLs upper limit on the cross section: observed 4.74 pb, expected 6.61 pb (68 %: 4.80–9.14)"
    And the file "results/charged_higgs/summary.json" should contain "hplus_400: 95 % CLs upper limit on the cross section: observed 1.96 pb, expected 3.34 pb (68 %: 2.36–4.78)"
    And the file "results/charged_higgs/summary.json" should contain "interpolated at 350 between hplus_300 and hplus_400: observed 0.588, expected 1.02"

  Scenario: yields
    When the workflow is finished
    Then the file "results/charged_higgs/summary.json" should contain "three_b: 224 events observed"
    And the file "results/charged_higgs/summary.json" should contain "three_b: ttb: 103 ± 12 prefit, 122 ± 18 postfit"
    And the file "results/charged_higgs/summary.json" should contain "three_b: total: 213 ± 29 prefit, 226 ± 13 postfit"

  Scenario: cutflow
    When the workflow is finished
    Then the file "results/charged_higgs/summary.json" should contain "ttbar_ttb in three_b: count(b_jet) == 3: 2180 events, 102.7 expected"
    And the file "results/charged_higgs/summary.json" should contain "dy_one_jet in z_control: count(jet) >= 2: 106 events, 7,591 expected"
    And the file "results/charged_higgs/summary.json" should contain "hplus_400 in three_b: count(b_jet) == 3: 1906 events, 20.10 expected"
