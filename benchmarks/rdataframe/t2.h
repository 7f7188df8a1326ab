#pragma once
#include "ttbar.h"

namespace loops {
RVecD smeared(const RVecD& pt) {
    return ROOT::VecOps::Map(pt, [](double value) {
        double one = (std::fmod(std::floor(value * 1000), 1000) + 0.5) / 1000, two = 0.0062831853071795864 * std::fmod(std::floor(value * 1000000), 1000);
        return value * (1 + 0.05 * std::sqrt(-2 * std::log(one)) * std::cos(two));
    });
}

template <typename Node>
void book(Node node, const std::string& region, const std::string& column, Results& results, Later& later) {
    auto factors = [](const RVecD& pt) {
        RVecD weights;
        for (int i = 0; i < 4; ++i) {
            weights.push_back(1 + 0.075 * pt[i] / 50);
            weights.push_back(1 - 0.075 * pt[i] / 50);
        }
        return weights;
    };
    keep_varied(results, later, region,
                node.Define("weight", [] { return 1.; })
                    .Vary("weight", factors, {"good_pt"}, sides({"btag_var_0", "btag_var_1", "btag_var_2", "btag_var_3"}), "btag")
                    .template Histo1D<double, double>(model(25, 50, 550), column, "weight"));
}

Results t2(const std::string& path, Long64_t start, Long64_t stop) {
    auto frame = open(path, start, stop);
    auto shifted = [](const RVecD& pt) { return ROOT::RVec<RVecD>{pt * 1.03, smeared(pt)}; };
    auto good = [](const RVecD& pt, const RVecF& eta, const RVecI& id) { return RVecI(pt > 30. && abs(eta) < 2.4 && id == 6); };
    auto chosen = [](const RVecF& values, const RVecI& good) { return RVecF(values[good]); };
    auto jets = one_lepton(frame)
                    .Define("jet_pt", [](const RVecF& pt) { return RVecD(pt.begin(), pt.end()); }, {"Jet_pt"})
                    .Vary("jet_pt", shifted, {"jet_pt"}, {"pt_scale_up", "pt_res_up"}, "jets")
                    .Define("good", good, {"jet_pt", "Jet_eta", "Jet_jetId"})
                    .Filter([](const RVecI& good) { return ROOT::VecOps::Sum(good) >= 4; }, {"good"})
                    .Define("good_pt", [](const RVecD& pt, const RVecI& good) { return RVecD(pt[good]); }, {"jet_pt", "good"})
                    .Define("good_tag", chosen, {"Jet_btagCSVV2", "good"})
                    .Define("tags", [](const RVecF& tag) { return static_cast<int>(ROOT::VecOps::Sum(tag > 0.5)); }, {"good_tag"});
    auto control = jets.Filter([](int tags) { return tags == 1; }, {"tags"})
                       .Define("ht", [](const RVecD& pt) { return ROOT::VecOps::Sum(pt); }, {"good_pt"});
    auto signal = jets.Filter([](int tags) { return tags >= 2; }, {"tags"})
                      .Define("good_eta", chosen, {"Jet_eta", "good"})
                      .Define("good_phi", chosen, {"Jet_phi", "good"})
                      .Define("good_mass", chosen, {"Jet_mass", "good"})
                      .Define("trijet_mass", trijet_mass<RVecF>, {"good_pt", "good_eta", "good_phi", "good_mass", "good_tag"});
    Results results;
    Later later;
    book(control, "control_4j1b/ht", "ht", results, later);
    book(signal, "signal_4j2b/trijet_mass", "trijet_mass", results, later);
    for (auto& read : later) read();
    return results;
}
}  // namespace loops
