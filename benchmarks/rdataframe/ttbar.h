// Objects of the top-quark selections.
#pragma once
#include "common.h"

namespace loops {
template <typename Masses = RVecF>
double trijet_mass(const RVecD& pt, const RVecF& eta, const RVecF& phi, const Masses& mass, const RVecF& tag) {
    std::vector<ROOT::Math::PxPyPzEVector> jets;
    for (std::size_t i = 0; i < pt.size(); ++i) jets.emplace_back(ROOT::Math::PtEtaPhiMVector(pt[i], eta[i], phi[i], mass[i]));
    double best = -1;
    ROOT::Math::PxPyPzEVector chosen;
    for (std::size_t i = 0; i < jets.size(); ++i)
        for (std::size_t j = i + 1; j < jets.size(); ++j)
            for (std::size_t k = j + 1; k < jets.size(); ++k) {
                if (!(tag[i] > 0.5 || tag[j] > 0.5 || tag[k] > 0.5)) continue;
                auto total = jets[i] + jets[j] + jets[k];
                if (total.Perp2() > best) best = total.Perp2(), chosen = total;
            }
    return chosen.M();
}

template <typename Node>
auto one_lepton(Node node) {
    auto electrons = [](const RVecF& pt, const RVecF& eta, const RVecI& cuts, const RVecF& sip) {
        return static_cast<int>(ROOT::VecOps::Sum(pt > 30 && abs(eta) < 2.1 && cuts == 4 && sip < 4));
    };
    auto muons = [](const RVecF& pt, const RVecF& eta, const RVecB& tight, const RVecF& sip, const RVecF& isolation) {
        int count = 0;
        for (std::size_t i = 0; i < pt.size(); ++i) count += pt[i] > 30 && std::abs(eta[i]) < 2.1 && tight[i] && sip[i] < 4 && isolation[i] < 0.15;
        return count;
    };
    return node.Define("electrons", electrons, {"Electron_pt", "Electron_eta", "Electron_cutBased", "Electron_sip3d"})
        .Define("muons", muons, {"Muon_pt", "Muon_eta", "Muon_tightId", "Muon_sip3d", "Muon_pfRelIso04_all"})
        .Filter([](int one, int two) { return one + two == 1; }, {"electrons", "muons"})
        .Filter([](const RVecF& pt) { return pt.size() >= 4; }, {"Jet_pt"});
}
}  // namespace loops
