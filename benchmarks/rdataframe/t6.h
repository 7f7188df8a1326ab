#pragma once
#include <algorithm>
#include <utility>

#include "common.h"

namespace loops {
using Momentum = ROOT::Math::PxPyPzEVector;
constexpr double z_mass = 91.1876;

struct Lepton {
    Momentum momentum;
    double pt;
    int charge, flavor;
};

struct Pair {
    Momentum momentum;
    double mass, sum_pt;
    std::size_t first, second;
    int flavor;
};

RVecI loose(const RVecF& pt, const RVecF& eta, const RVecF& sip, const RVecF& isolation, const RVecF& dxy, const RVecF& dz, float lowest, double largest) {
    return pt > lowest && abs(eta) < largest && sip < 4 && isolation < 0.35 && abs(dxy) < 0.5 && abs(dz) < 1;
}

void add(std::vector<Lepton>& leptons, const RVecI& good, const RVecF& pt, const RVecF& eta, const RVecF& phi, const RVecF& mass, const RVecI& charge, int flavor) {
    for (std::size_t i = 0; i < pt.size(); ++i)
        if (good[i]) leptons.push_back({Momentum(ROOT::Math::PtEtaPhiMVector(pt[i], eta[i], phi[i], mass[i])), pt[i], charge[i], flavor});
}

std::vector<Pair> pairs_of(const std::vector<Lepton>& leptons) {
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < leptons.size(); ++i)
        for (std::size_t j = i + 1; j < leptons.size(); ++j) {
            const auto &a = leptons[i], &b = leptons[j];
            if (a.flavor != b.flavor || a.charge == b.charge) continue;
            auto total = a.momentum + b.momentum;
            if (total.M() > 12 && total.M() < 120) pairs.push_back({total, total.M(), a.pt + b.pt, i, j, a.flavor});
        }
    return pairs;
}

// Masses of the best four leptons, their first and their second pair, and their flavors; empty without any.
RVecD candidate(std::vector<Lepton> leptons) {
    std::stable_sort(leptons.begin(), leptons.end(), [](const Lepton& a, const Lepton& b) { return a.pt > b.pt; });
    if (leptons.size() < 4 || leptons[0].pt <= 20 || leptons[1].pt <= 10) return {};
    auto pairs = pairs_of(leptons);
    RVecD best;
    auto order = std::make_pair(std::numeric_limits<double>::infinity(), 0.);
    for (std::size_t i = 0; i < pairs.size(); ++i)
        for (std::size_t j = i + 1; j < pairs.size(); ++j) {
            auto a = pairs[i], b = pairs[j];
            if (a.first == b.first || a.first == b.second || a.second == b.first || a.second == b.second) continue;
            if (std::abs(b.mass - z_mass) < std::abs(a.mass - z_mass)) std::swap(a, b);
            double mass = (a.momentum + b.momentum).M();
            auto rank = std::make_pair(std::abs(a.mass - z_mass), -b.sum_pt);
            if (a.mass <= 40 || mass <= 70 || !(rank < order)) continue;
            order = rank;
            best = {mass, a.mass, b.mass, double(a.flavor + b.flavor)};
        }
    return best;
}

Results t6(const std::string& path, Long64_t start, Long64_t stop) {
    auto found = [](const RVecF& e_pt, const RVecF& e_eta, const RVecF& e_phi, const RVecF& e_mass, const RVecI& e_charge, const RVecF& e_sip, const RVecF& e_isolation,
                    const RVecF& e_dxy, const RVecF& e_dz, const RVecI& e_cuts, const RVecF& m_pt, const RVecF& m_eta, const RVecF& m_phi, const RVecF& m_mass,
                    const RVecI& m_charge, const RVecF& m_sip, const RVecF& m_isolation, const RVecF& m_dxy, const RVecF& m_dz, const RVecB& m_loose) {
        std::vector<Lepton> leptons;
        add(leptons, loose(e_pt, e_eta, e_sip, e_isolation, e_dxy, e_dz, 7, 2.5) && e_cuts >= 2, e_pt, e_eta, e_phi, e_mass, e_charge, 11);
        add(leptons, loose(m_pt, m_eta, m_sip, m_isolation, m_dxy, m_dz, 5, 2.4) && RVecI(m_loose.begin(), m_loose.end()), m_pt, m_eta, m_phi, m_mass, m_charge, 13);
        return candidate(std::move(leptons));
    };
    std::vector<std::string> columns;
    for (std::string kind : {"Electron_", "Muon_"}) {
        for (auto name : {"pt", "eta", "phi", "mass", "charge", "sip3d", "pfRelIso03_all", "dxy", "dz"}) columns.push_back(kind + name);
        columns.push_back(kind == "Muon_" ? "Muon_looseId" : "Electron_cutBased");
    }
    auto frame = open(path, start, stop);
    auto best = frame.Filter([](const RVecF& electrons, const RVecF& muons) { return electrons.size() + muons.size() >= 4; }, {"Electron_pt", "Muon_pt"})
                    .Define("best", found, columns)
                    .Filter([](const RVecD& best) { return !best.empty(); }, {"best"})
                    .Define("m4l", [](const RVecD& best) { return best[0]; }, {"best"})
                    .Define("z1_mass", [](const RVecD& best) { return best[1]; }, {"best"})
                    .Define("z2_mass", [](const RVecD& best) { return best[2]; }, {"best"});
    std::map<std::string, ROOT::RDF::RResultPtr<TH1D>> booked;
    for (const auto& [region, flavors] : std::map<std::string, int>{{"four_electrons", 22}, {"two_of_each", 24}, {"four_muons", 26}}) {
        auto chosen = best.Filter([flavors = flavors](const RVecD& best) { return best[3] == flavors; }, {"best"});
        booked[region + "/m4l/nominal"] = chosen.Histo1D<double>(model(80, 70, 470), "m4l");
        booked[region + "/z1_mass/nominal"] = chosen.Histo1D<double>(model(40, 40, 120), "z1_mass");
        booked[region + "/z2_mass/nominal"] = chosen.Histo1D<double>(model(54, 12, 120), "z2_mass");
    }
    Results results;
    for (auto& [name, histogram] : booked) keep(results, name, *histogram);
    return results;
}
}  // namespace loops
