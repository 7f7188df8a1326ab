#pragma once
#include "ttbar.h"

namespace loops {
constexpr std::size_t members = 50;

Results t7(const std::string& path, Long64_t start, Long64_t stop) {
    std::vector<std::string> tags;
    for (std::size_t member = 0; member < members; ++member) tags.push_back("pdf_member" + std::to_string(member));
    auto product = [](float weight, const RVecF& factors) { return RVecD(wide(factors) * double(weight)); };
    auto chosen = [](const RVecF& values, const RVecI& good) { return RVecF(values[good]); };
    auto good = [](const RVecF& pt, const RVecF& eta, const RVecI& id) { return RVecI(pt > 30 && abs(eta) < 2.4 && id == 6); };
    auto frame = open(path, start, stop).Define("members", product, {"genWeight", "LHEPdfWeight"});
    auto add = [](RVecD& sums, const RVecD& weights) { sums += weights; };
    auto merge = [](std::vector<RVecD>& all) {
        for (std::size_t i = 1; i < all.size(); ++i) all[0] += all[i];
    };
    auto sums = frame.Aggregate(add, merge, "members", RVecD(members, 0.));
    auto jets = one_lepton(frame)
                    .Define("good", good, {"Jet_pt", "Jet_eta", "Jet_jetId"})
                    .Filter([](const RVecI& good) { return ROOT::VecOps::Sum(good) >= 4; }, {"good"})
                    .Define("good_pt", [](const RVecF& pt, const RVecI& good) { return wide(RVecF(pt[good])); }, {"Jet_pt", "good"})
                    .Define("good_tag", chosen, {"Jet_btagCSVV2", "good"})
                    .Define("tags", [](const RVecF& tag) { return static_cast<int>(ROOT::VecOps::Sum(tag > 0.5)); }, {"good_tag"})
                    .Define("weight", [](float weight) { return double(weight); }, {"genWeight"})
                    .Vary("weight", [](const RVecD& members) { return members; }, {"members"}, tags, "pdf");
    auto control = jets.Filter([](int tags) { return tags == 1; }, {"tags"})
                       .Define("ht", [](const RVecD& pt) { return ROOT::VecOps::Sum(pt); }, {"good_pt"});
    auto signal = jets.Filter([](int tags) { return tags >= 2; }, {"tags"})
                      .Define("good_eta", chosen, {"Jet_eta", "good"})
                      .Define("good_phi", chosen, {"Jet_phi", "good"})
                      .Define("good_mass", chosen, {"Jet_mass", "good"})
                      .Define("trijet_mass", trijet_mass<RVecF>, {"good_pt", "good_eta", "good_phi", "good_mass", "good_tag"});
    Results results;
    Later later;
    keep_varied(results, later, "control_4j1b/ht", control.Histo1D<double, double>(model(25, 50, 550), "ht", "weight"));
    keep_varied(results, later, "signal_4j2b/trijet_mass", signal.Histo1D<double, double>(model(25, 50, 550), "trijet_mass", "weight"));
    for (auto& read : later) read();
    results["sums/pdf"].assign(sums->begin(), sums->end());
    return results;
}
}  // namespace loops
