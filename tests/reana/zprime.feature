Feature: Search for a Z′ in dilepton masses

  Scenario: the run is whole
    When the workflow execution completes
    Then the workflow should be finished
    And all the outputs should be included in the workspace

  Scenario: excluded masses
    When the workflow is finished
    Then the file "results/zprime/summary.json" should contain "excluded up to 4.32 (observed)"
    And the file "results/zprime/summary.json" should contain "excluded up to 4.48 (expected)"

  Scenario: limits
    When the workflow is finished
    Then the file "results/zprime/summary.json" should contain "zprime_2500: 95 % CLs upper limit on the cross section: observed 0.0002347 ± 0.0000096 pb, expected 0.0001407 ± 0.0000055 pb (68 %: 9.83×10⁻⁵–0.0002190) (from toys)"
    And the file "results/zprime/summary.json" should contain "zprime_3000: 95 % CLs upper limit on µ: observed 0.0727 ± 0.0042, expected 0.0597 ± 0.0032 (68 %: 0.0510–0.0879) (from toys)"
    And the file "results/zprime/summary.json" should contain "zprime_4000: 95 % CLs upper limit on µ: observed 0.438 ± 0.021, expected 0.391 ± 0.018 (68 %: 0.358–0.442) (from toys)"
    And the file "results/zprime/summary.json" should contain "zprime_5000: 95 % CLs upper limit on the cross section: observed 0.0001203 ± 0.0000056 pb, expected 8.16×10⁻⁵ ± 7.8×10⁻⁶ pb (68 %: 7.49×10⁻⁵–8.88×10⁻⁵) (from toys)"

  Scenario: signal strengths and significances
    When the workflow is finished
    Then the file "results/zprime/summary.json" should contain "zprime_2500: µ = 0.014 ± 0.013"
    And the file "results/zprime/summary.json" should contain "zprime_2500: significance 1.24σ (expected above 10σ)"
    And the file "results/zprime/summary.json" should contain "zprime_5000: µ = 0.95 +1.32 −0.68"
    And the file "results/zprime/summary.json" should contain "zprime_5000: significance 2.23σ (expected 2.14σ)"

  Scenario: yields
    When the workflow is finished
    Then the file "results/zprime/summary.json" should contain "signal_ee: 7226 events observed"
    And the file "results/zprime/summary.json" should contain "signal_ee: total: 6,980 ± 310 prefit, 7,201 ± 78 postfit"
    And the file "results/zprime/summary.json" should contain "signal_ee: dy: 5,120 ± 240 prefit, 5,300 ± 93 postfit"
    And the file "results/zprime/summary.json" should contain "signal_mumu: 5467 events observed"
    And the file "results/zprime/summary.json" should contain "signal_mumu: total: 5,310 ± 270 prefit, 5,462 ± 69 postfit"
    And the file "results/zprime/summary.json" should contain "control_emu: 19732 events observed"
    And the file "results/zprime/summary.json" should contain "control_emu: ttbar: 17,840 ± 790 prefit, 18,040 ± 230 postfit"

  Scenario: cutflow
    When the workflow is finished
    Then the file "results/zprime/summary.json" should contain "dy_200 in skim: all events: 40000 events, 201,910 expected"
    And the file "results/zprime/summary.json" should contain "dy_200 in control_ee: 250 < mass_ee <= 400: 5008 events, 17,997 expected"
    And the file "results/zprime/summary.json" should contain "ttbar in control_emu: 250 < mass_emu < 1000: 1682 events, 17,844 expected"
    And the file "results/zprime/summary.json" should contain "zprime_3000 in skim: count(electron) + count(muon) == 2: 1710 events, 72.93 expected"
    And the file "results/zprime/summary.json" should contain "zprime_3000 in signal_ee: mass_ee > 400: 1065 events, 45.42 expected"
    And the file "results/zprime/summary.json" should contain "zprime_3000 in signal_mumu: mass_mumu > 400: 642 events, 27.38 expected"
