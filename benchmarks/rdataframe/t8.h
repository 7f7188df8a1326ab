#pragma once
#include "corrections.h"
#include "ttbar.h"

namespace loops {
Results t8(const std::string& path, Long64_t start, Long64_t stop) {
    static const std::vector<std::string> shapes{"up_heavy", "down_heavy", "up_light", "down_light", "up_statistics", "down_statistics"};
    auto shape = corrections(path, "btagging")->at("shape");
    auto factor = [=](const std::string& name, const RVecI& flavor, const RVecF& eta, const RVecD& pt, const RVecF& tag) {
        double product = 1;
        for (std::size_t i = 0; i < pt.size(); ++i) product *= shape->evaluate({name, flavor[i], double(std::abs(eta[i])), pt[i], double(tag[i])});
        return product;
    };
    auto nominal = [=](const RVecI& flavor, const RVecF& eta, const RVecD& pt, const RVecF& tag) { return factor("central", flavor, eta, pt, tag); };
    auto varied = [=](const RVecI& flavor, const RVecF& eta, const RVecD& pt, const RVecF& tag) {
        RVecD weights;
        for (const auto& name : shapes) weights.push_back(factor(name, flavor, eta, pt, tag));
        return weights;
    };
    auto good = [](const RVecF& pt, const RVecF& eta, const RVecI& id) { return RVecI(pt > 30 && abs(eta) < 2.4 && id == 6); };
    auto chosen = [](const RVecF& values, const RVecI& good) { return RVecF(values[good]); };
    const std::vector<std::string> inputs{"flavor", "eta", "pt", "tag"};
    auto frame = open(path, start, stop);
    auto jets = one_lepton(frame)
                    .Define("good", good, {"Jet_pt", "Jet_eta", "Jet_jetId"})
                    .Filter([](const RVecI& good) { return ROOT::VecOps::Sum(good) >= 4; }, {"good"})
                    .Define("pt", [](const RVecF& pt, const RVecI& good) { return wide(RVecF(pt[good])); }, {"Jet_pt", "good"})
                    .Define("eta", chosen, {"Jet_eta", "good"})
                    .Define("tag", chosen, {"Jet_btagCSVV2", "good"})
                    .Define("flavor", [](const RVecI& flavor, const RVecI& good) { return RVecI(flavor[good]); }, {"Jet_hadronFlavour", "good"})
                    .Define("b_jets", [](const RVecF& tag) { return static_cast<int>(ROOT::VecOps::Sum(tag > 0.5)); }, {"tag"})
                    .Define("ht", [](const RVecD& pt) { return ROOT::VecOps::Sum(pt); }, {"pt"})
                    .Define("discriminant", [](const RVecF& tag) { return double(ROOT::VecOps::Max(tag)); }, {"tag"})
                    .Define("weight", nominal, inputs)
                    .Vary("weight", varied, inputs, sides({"heavy", "light", "statistics"}), "btag");
    auto signal = jets.Filter([](int tags) { return tags >= 2; }, {"b_jets"});
    Results results;
    Later later;
    keep_varied(results, later, "four_jets/b_jets", jets.Histo1D<int, double>(model(8, 0, 8), "b_jets", "weight"));
    keep_varied(results, later, "four_jets/ht", jets.Histo1D<double, double>(model(25, 50, 550), "ht", "weight"));
    keep_varied(results, later, "four_jets/discriminant", jets.Histo1D<double, double>(model(50, 0, 1), "discriminant", "weight"));
    keep_varied(results, later, "signal_4j2b/ht", signal.Histo1D<double, double>(model(25, 50, 550), "ht", "weight"));
    for (auto& read : later) read();
    return results;
}
}  // namespace loops
