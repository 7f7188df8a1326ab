#pragma once
#include "corrections.h"
#include "ttbar.h"

namespace loops {
// The nominal weight, then those of the variations.
RVecD weights(const RVecD& pileup, const RVecD& leptons, const RVecD& btag) {
    RVecD varied{pileup[0] * leptons[0] * btag[0]};
    for (int side : {1, 2}) varied.push_back(pileup[side] * leptons[0] * btag[0]);
    for (int side : {1, 2}) varied.push_back(pileup[0] * leptons[side] * btag[0]);
    for (int side : {1, 2}) varied.push_back(pileup[0] * leptons[0] * btag[side]);
    return varied;
}

Results t5(const std::string& path, Long64_t start, Long64_t stop) {
    static const std::vector<std::string> all{"nominal", "up", "down"};
    auto set = corrections(path, "corrections");
    auto scale = set->compound().at("L2L3");
    auto electron_id = set->at("electron_id"), muon_id = set->at("muon_id"), btag = set->at("btag"), pileup = set->at("pileup"), jes = set->at("jes"),
         veto = set->at("veto");
    auto usable = [=](const RVecF& eta, const RVecF& phi, const RVecI& id) {
        RVecI good(eta.size());
        for (std::size_t i = 0; i < eta.size(); ++i)
            good[i] = std::abs(eta[i]) < 2.4 && id[i] == 6 && veto->evaluate({double(eta[i]), double(phi[i])}) == 0;
        return good;
    };
    auto chosen = [](const RVecF& values, const RVecI& good) { return RVecF(values[good]); };
    auto calibrated = [=](const RVecF& pt, const RVecF& eta) {
        auto values = wide(pt);
        for (std::size_t i = 0; i < pt.size(); ++i) values[i] *= scale->evaluate({values[i], double(eta[i])});
        return values;
    };
    auto shifted = [=](const RVecD& pt, const RVecF& eta) {
        ROOT::RVec<RVecD> varied{pt, pt};
        for (std::size_t i = 0; i < pt.size(); ++i) {
            double uncertainty = jes->evaluate({pt[i], double(eta[i])});
            varied[0][i] *= 1 + uncertainty;
            varied[1][i] *= 1 - uncertainty;
        }
        return varied;
    };
    auto interactions = [=](float number) {
        RVecD factors;
        for (const auto& side : all) factors.push_back(pileup->evaluate({double(number), side}));
        return factors;
    };
    auto leptons = [=](const RVecF& e_pt, const RVecF& e_eta, const RVecI& e_cuts, const RVecF& e_sip, const RVecF& m_pt, const RVecF& m_eta, const RVecB& m_tight,
                       const RVecF& m_sip, const RVecF& m_isolation) {
        RVecD factors(3, 1.);
        for (int side = 0; side < 3; ++side) {
            for (std::size_t i = 0; i < e_pt.size(); ++i)
                if (e_pt[i] > 30 && std::abs(e_eta[i]) < 2.1 && e_cuts[i] == 4 && e_sip[i] < 4)
                    factors[side] *= electron_id->evaluate({double(std::abs(e_eta[i])), double(e_pt[i]), all[side]});
            for (std::size_t i = 0; i < m_pt.size(); ++i)
                if (m_pt[i] > 30 && std::abs(m_eta[i]) < 2.1 && m_tight[i] && m_sip[i] < 4 && m_isolation[i] < 0.15)
                    factors[side] *= muon_id->evaluate({double(std::abs(m_eta[i])), double(m_pt[i]), all[side]});
        }
        return factors;
    };
    auto tagging = [=](const RVecD& pt, const RVecF& eta, const RVecF& tag, int last) {
        RVecD factors(3, 1.);
        for (int side = 0; side <= last; ++side)
            for (std::size_t i = 0; i < pt.size(); ++i) factors[side] *= btag->evaluate({all[side], double(std::abs(eta[i])), pt[i], double(tag[i])});
        return factors;
    };
    auto nominal = [=](const RVecD& pileup, const RVecD& leptons, const RVecD& pt, const RVecF& eta, const RVecF& tag) {
        return weights(pileup, leptons, tagging(pt, eta, tag, 0))[0];
    };
    auto varied = [=](const RVecD& pileup, const RVecD& leptons, const RVecD& pt, const RVecF& eta, const RVecF& tag) {
        auto found = weights(pileup, leptons, tagging(pt, eta, tag, 2));
        return RVecD(found.begin() + 1, found.end());
    };
    const std::vector<std::string> inputs{"pileup", "leptons", "good_pt", "good_eta", "good_tag"};
    auto frame = open(path, start, stop);
    auto jets = one_lepton(frame)
                    .Define("usable", usable, {"Jet_eta", "Jet_phi", "Jet_jetId"})
                    .Filter([](const RVecI& usable) { return ROOT::VecOps::Sum(usable) >= 4; }, {"usable"})
                    .Define("stored_pt", chosen, {"Jet_pt", "usable"})
                    .Define("eta", chosen, {"Jet_eta", "usable"})
                    .Define("phi", chosen, {"Jet_phi", "usable"})
                    .Define("mass", chosen, {"Jet_mass", "usable"})
                    .Define("tag", chosen, {"Jet_btagCSVV2", "usable"})
                    .Define("pt", calibrated, {"stored_pt", "eta"})
                    .Vary("pt", shifted, {"pt", "eta"}, sides({"jes"}), "jets")
                    .Define("good", [](const RVecD& pt) { return RVecI(pt > 30.); }, {"pt"})
                    .Filter([](const RVecI& good) { return ROOT::VecOps::Sum(good) >= 4; }, {"good"})
                    .Define("good_pt", [](const RVecD& pt, const RVecI& good) { return RVecD(pt[good]); }, {"pt", "good"})
                    .Define("good_eta", chosen, {"eta", "good"})
                    .Define("good_tag", chosen, {"tag", "good"})
                    .Define("tags", [](const RVecF& tag) { return static_cast<int>(ROOT::VecOps::Sum(tag > 0.5)); }, {"good_tag"})
                    .Define("pileup", interactions, {"Pileup_nTrueInt"})
                    .Define("leptons", leptons, {"Electron_pt", "Electron_eta", "Electron_cutBased", "Electron_sip3d", "Muon_pt", "Muon_eta", "Muon_tightId", "Muon_sip3d",
                                                 "Muon_pfRelIso04_all"})
                    .Define("weight", nominal, inputs)
                    .Vary("weight", varied, inputs, sides({"pileup", "leptons", "btag"}), "weights");
    auto control = jets.Filter([](int tags) { return tags == 1; }, {"tags"})
                       .Define("ht", [](const RVecD& pt) { return ROOT::VecOps::Sum(pt); }, {"good_pt"});
    auto signal = jets.Filter([](int tags) { return tags >= 2; }, {"tags"})
                      .Define("good_phi", chosen, {"phi", "good"})
                      .Define("good_mass", chosen, {"mass", "good"})
                      .Define("trijet_mass", trijet_mass<RVecF>, {"good_pt", "good_eta", "good_phi", "good_mass", "good_tag"});
    Results results;
    Later later;
    keep_varied(results, later, "control_4j1b/ht", control.Histo1D<double, double>(model(25, 50, 550), "ht", "weight"));
    keep_varied(results, later, "signal_4j2b/trijet_mass", signal.Histo1D<double, double>(model(25, 50, 550), "trijet_mass", "weight"));
    for (auto& read : later) read();
    return results;
}
}  // namespace loops
