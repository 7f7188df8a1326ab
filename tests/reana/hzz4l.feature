Feature: Higgs boson to four leptons

  Scenario: the run is whole
    When the workflow execution completes
    Then the workflow should be finished
    And all the outputs should be included in the workspace

  Scenario: signal strength, significance and limit
    When the workflow is finished
    Then the file "results/hzz4l/summary.json" should contain "higgs: µ = 0.88 ± 0.40"
    And the file "results/hzz4l/summary.json" should contain "higgs: significance 3.07σ (expected 3.29σ)"
    And the file "results/hzz4l/summary.json" should contain "higgs: 95 % CLs upper limit on µ: observed 1.65, expected 0.647 (68 %: 0.430–0.998)"

  Scenario: yields
    When the workflow is finished
    Then the file "results/hzz4l/summary.json" should contain "four_leptons: 102 events observed"
    And the file "results/hzz4l/summary.json" should contain "four_leptons: higgs: 9.73 ± 0.34 prefit, 8.6 ± 3.9 postfit"
    And the file "results/hzz4l/summary.json" should contain "four_leptons: zz: 80.1 ± 8.5 prefit, 84.3 ± 6.5 postfit"
    And the file "results/hzz4l/summary.json" should contain "four_leptons: drell_yan: 3.8 ± 1.2 prefit, 3.4 ± 1.1 postfit"
    And the file "results/hzz4l/summary.json" should contain "four_leptons: ttbar: 0.070 ± 0.021 prefit, 0.070 ± 0.021 postfit"
    And the file "results/hzz4l/summary.json" should contain "four_leptons: total: 93.7 ± 8.8 prefit, 96.4 ± 7.3 postfit"

  Scenario: cutflow
    When the workflow is finished
    Then the file "results/hzz4l/summary.json" should contain "data_2011 in skim: all events: 38 events"
    And the file "results/hzz4l/summary.json" should contain "data_2012 in skim: all events: 240 events"
    And the file "results/hzz4l/summary.json" should contain "data_2011 in four_leptons: M < 181: 20 events"
    And the file "results/hzz4l/summary.json" should contain "data_2012 in four_leptons: M < 181: 82 events"
    And the file "results/hzz4l/summary.json" should contain "higgs_2012 in four_leptons: entries of the histogram: 8.000 expected"
