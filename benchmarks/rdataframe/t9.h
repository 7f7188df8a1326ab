#pragma once
#include "corrections.h"
#include "ttbar.h"

namespace loops {
Results t9(const std::string& path, Long64_t start, Long64_t stop) {
    static const std::vector<std::string> names{"absolute", "bbec1", "flavor", "pileup", "relative"};
    auto set = corrections(path, "jes");
    std::vector<correction::Correction::Ref> sources;
    for (const auto& name : names) sources.push_back(set->at(name));
    // The momenta under all variations, then the masses.
    auto shifted = [=](const RVecD& pt, const RVecD& mass, const RVecF& eta) {
        ROOT::RVec<ROOT::RVec<RVecD>> varied(2);
        for (const auto& source : sources) {
            RVecD uncertainty(pt.size());
            for (std::size_t i = 0; i < pt.size(); ++i) uncertainty[i] = source->evaluate({pt[i], double(eta[i])});
            for (const auto& factor : {RVecD(1. + uncertainty), RVecD(1. - uncertainty)}) {
                varied[0].push_back(pt * factor);
                varied[1].push_back(mass * factor);
            }
        }
        return varied;
    };
    auto usable = [](const RVecF& eta, const RVecI& id) { return RVecI(abs(eta) < 2.4 && id == 6); };
    auto chosen = [](const RVecF& values, const RVecI& good) { return RVecF(values[good]); };
    auto kept = [](const RVecD& values, const RVecI& good) { return RVecD(values[good]); };
    auto widened = [](const RVecF& values, const RVecI& good) { return wide(RVecF(values[good])); };
    auto frame = open(path, start, stop);
    auto jets = one_lepton(frame)
                    .Define("usable", usable, {"Jet_eta", "Jet_jetId"})
                    .Filter([](const RVecI& usable) { return ROOT::VecOps::Sum(usable) >= 4; }, {"usable"})
                    .Define("pt", widened, {"Jet_pt", "usable"})
                    .Define("mass", widened, {"Jet_mass", "usable"})
                    .Define("eta", chosen, {"Jet_eta", "usable"})
                    .Define("phi", chosen, {"Jet_phi", "usable"})
                    .Define("tag", chosen, {"Jet_btagCSVV2", "usable"})
                    .Vary({"pt", "mass"}, shifted, {"pt", "mass", "eta"}, sides(names), "jes")
                    .Define("good", [](const RVecD& pt) { return RVecI(pt > 30.); }, {"pt"})
                    .Filter([](const RVecI& good) { return ROOT::VecOps::Sum(good) >= 4; }, {"good"})
                    .Define("good_pt", kept, {"pt", "good"})
                    .Define("good_mass", kept, {"mass", "good"})
                    .Define("good_eta", chosen, {"eta", "good"})
                    .Define("good_phi", chosen, {"phi", "good"})
                    .Define("good_tag", chosen, {"tag", "good"})
                    .Define("tags", [](const RVecF& tag) { return static_cast<int>(ROOT::VecOps::Sum(tag > 0.5)); }, {"good_tag"})
                    .Define("jets", [](const RVecD& pt) { return static_cast<int>(pt.size()); }, {"good_pt"})
                    .Define("ht", [](const RVecD& pt) { return ROOT::VecOps::Sum(pt); }, {"good_pt"});
    auto dijet_mass = [](const RVecD& pt, const RVecF& eta, const RVecF& phi, const RVecD& mass) {
        using Vector = ROOT::Math::PtEtaPhiMVector;
        return (Vector(pt[0], eta[0], phi[0], mass[0]) + Vector(pt[1], eta[1], phi[1], mass[1])).M();
    };
    auto control = jets.Filter([](int tags) { return tags == 1; }, {"tags"})
                       .Define("dijet_mass", dijet_mass, {"good_pt", "good_eta", "good_phi", "good_mass"});
    auto signal = jets.Filter([](int tags) { return tags >= 2; }, {"tags"})
                      .Define("trijet_mass", trijet_mass<RVecD>, {"good_pt", "good_eta", "good_phi", "good_mass", "good_tag"});
    Results results;
    Later later;
    keep_varied(results, later, "control_4j1b/ht", control.Histo1D<double>(model(25, 50, 550), "ht"));
    keep_varied(results, later, "control_4j1b/jets", control.Histo1D<int>(model(12, 4, 16), "jets"));
    keep_varied(results, later, "control_4j1b/dijet_mass", control.Histo1D<double>(model(50, 0, 1000), "dijet_mass"));
    keep_varied(results, later, "signal_4j2b/trijet_mass", signal.Histo1D<double>(model(25, 50, 550), "trijet_mass"));
    keep_varied(results, later, "signal_4j2b/ht", signal.Histo1D<double>(model(25, 50, 550), "ht"));
    keep_varied(results, later, "signal_4j2b/jets", signal.Histo1D<int>(model(12, 4, 16), "jets"));
    for (auto& read : later) read();
    return results;
}
}  // namespace loops
