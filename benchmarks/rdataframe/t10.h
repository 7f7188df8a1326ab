#pragma once
#include <algorithm>

#include "common.h"

namespace loops {
using Momentum = ROOT::Math::PtEtaPhiMVector;

RVecI quality_electrons(const RVecF& pt, const RVecF& eta, const RVecI& cuts, const RVecF& sip, const RVecF& dxy, const RVecF& dz, const RVecF& isolation, const RVecF& r9,
                        const RVecF& hoe, const RVecF& sieie) {
    RVecI good(pt.size());
    for (std::size_t i = 0; i < pt.size(); ++i)
        good[i] = pt[i] > 25 && std::abs(eta[i]) < 2.4 && cuts[i] >= 3 && sip[i] < 4 && std::abs(dxy[i]) < 0.05 && std::abs(dz[i]) < 0.1 && isolation[i] < 0.15 &&
                  r9[i] > 0.8 && hoe[i] < 0.1 && sieie[i] < 0.03;
    return good;
}

RVecI quality_muons(const RVecF& pt, const RVecF& eta, const RVecB& tight, const RVecB& medium, const RVecF& sip, const RVecF& dxy, const RVecF& dz, const RVecF& isolation,
                    const RVecI& stations) {
    RVecI good(pt.size());
    for (std::size_t i = 0; i < pt.size(); ++i)
        good[i] = pt[i] > 25 && std::abs(eta[i]) < 2.4 && tight[i] && medium[i] && sip[i] < 4 && std::abs(dxy[i]) < 0.05 && std::abs(dz[i]) < 0.1 && isolation[i] < 0.15 &&
                  stations[i] > 1;
    return good;
}

RVecI quality_jets(const RVecF& pt, const RVecF& eta, const RVecI& id, const RVecI& pileup, const RVecF& charged, const RVecF& neutral,
                   const ROOT::RVec<unsigned char>& constituents, const RVecF& area, const RVecF& raw, const RVecI& muons) {
    RVecI good(pt.size());
    for (std::size_t i = 0; i < pt.size(); ++i)
        good[i] = pt[i] > 30 && std::abs(eta[i]) < 2.4 && id[i] == 6 && pileup[i] >= 4 && charged[i] > 0.05 && neutral[i] < 0.9 && constituents[i] > 5 && area[i] > 0.3 &&
                  raw[i] < 0.5 && muons[i] < 2;
    return good;
}

std::vector<std::string> branches(const std::string& collection, const std::vector<std::string>& names) {
    std::vector<std::string> found;
    for (const auto& name : names) found.push_back(collection + "_" + name);
    return found;
}

template <typename Node>
auto objects(Node node) {
    return node
        .Define("electrons", quality_electrons, branches("Electron", {"pt", "eta", "cutBased", "sip3d", "dxy", "dz", "pfRelIso03_all", "r9", "hoe", "sieie"}))
        .Define("muons", quality_muons, branches("Muon", {"pt", "eta", "tightId", "mediumId", "sip3d", "dxy", "dz", "pfRelIso04_all", "nStations"}))
        .Define("jets", quality_jets, branches("Jet", {"pt", "eta", "jetId", "puId", "chHEF", "neHEF", "nConstituents", "area", "rawFactor", "nMuons"}))
        .Define("n_leptons", [](const RVecI& electrons, const RVecI& muons) { return ROOT::VecOps::Sum(electrons) + ROOT::VecOps::Sum(muons); }, {"electrons", "muons"});
}

template <typename Node>
auto skim(Node node, const std::string& target) {
    std::vector<std::string> columns;
    for (const auto& [collection, names] : std::map<std::string, std::vector<std::string>>{
             {"Electron", {"pt", "eta", "phi", "mass", "charge", "cutBased", "sip3d", "dxy", "dz", "pfRelIso03_all", "r9", "hoe", "sieie"}},
             {"Muon", {"pt", "eta", "phi", "mass", "charge", "tightId", "mediumId", "sip3d", "dxy", "dz", "pfRelIso04_all", "nStations"}},
             {"Jet", {"pt", "eta", "phi", "mass", "btagDeepB", "jetId", "puId", "chHEF", "neHEF", "nConstituents", "area", "rawFactor", "nMuons"}},
             {"HLT", {"IsoMu24", "Ele27_WPTight", "PFHT800", "PFMET120"}},
             {"MET", {"pt", "phi", "sumEt"}},
             {"PV", {"npvs", "z", "chi2"}}})
        for (const auto& name : branches(collection, names)) columns.push_back(name);
    for (auto name : {"Pileup_nTrueInt", "fixedGridRhoFastjetAll", "genWeight"}) columns.push_back(name);
    ROOT::RDF::RSnapshotOptions options("RECREATE", ROOT::RCompressionSetting::EAlgorithm::kZSTD, 1, 0, 99, false);
    auto vertex = [](int number, float z, float chi2) { return number > 0 && std::abs(z) < 24 && chi2 < 10; };
    auto chosen = [](int leptons, const RVecI& jets) { return leptons >= 1 && ROOT::VecOps::Sum(jets) >= 2; };
    auto kept = objects(node.Filter(vertex, {"PV_npvs", "PV_z", "PV_chi2"})).Filter(chosen, {"n_leptons", "jets"});
    return kept.Snapshot("Events", target, columns, options);
}

RVecD wide_of(const RVecF& values, const RVecI& good) { return wide(RVecF(values[good])); }

template <typename Node>
void book(Node node, const std::string& region, std::map<std::string, ROOT::RDF::RResultPtr<TH1D>>& booked) {
    booked[region + "/ht/nominal"] = node.template Histo1D<double, double>(model(50, 0, 1000), "ht", "weight");
    booked[region + "/dijet_mass/nominal"] = node.template Histo1D<double, double>(model(50, 0, 1000), "dijet_mass", "weight");
}

Results fill(const std::string& path) {
    auto trigger = [](bool muon, bool electron, bool ht, bool met) { return muon || electron || ht || met; };
    auto lepton = [](const RVecF& e_pt, const RVecF& e_eta, const RVecF& e_phi, const RVecF& e_mass, const RVecI& electrons, const RVecF& m_pt, const RVecF& m_eta,
                     const RVecF& m_phi, const RVecF& m_mass, const RVecI& muons) {
        ROOT::RVec<Momentum> leptons;
        for (std::size_t i = 0; i < e_pt.size(); ++i)
            if (electrons[i]) leptons.emplace_back(e_pt[i], e_eta[i], e_phi[i], e_mass[i]);
        for (std::size_t i = 0; i < m_pt.size(); ++i)
            if (muons[i]) leptons.emplace_back(m_pt[i], m_eta[i], m_phi[i], m_mass[i]);
        std::stable_sort(leptons.begin(), leptons.end(), [](const Momentum& a, const Momentum& b) { return a.Pt() > b.Pt(); });
        return leptons;
    };
    auto dijet_mass = [](const RVecF& pt, const RVecF& eta, const RVecF& phi, const RVecF& mass, const RVecI& good) {
        ROOT::RVec<Momentum> jets;
        for (std::size_t i = 0; i < pt.size() && jets.size() < 2; ++i)
            if (good[i]) jets.emplace_back(pt[i], eta[i], phi[i], mass[i]);
        return (jets[0] + jets[1]).M();
    };
    auto mt = [](const ROOT::RVec<Momentum>& leptons, float pt, float phi) { return std::sqrt(2 * leptons[0].Pt() * pt * (1 - std::cos(leptons[0].Phi() - phi))); };
    auto frame = objects(open(path, 0, std::numeric_limits<Long64_t>::max())
                             .Filter(trigger, {"HLT_IsoMu24", "HLT_Ele27_WPTight", "HLT_PFHT800", "HLT_PFMET120"}))
                     .Define("ht", [](const RVecF& pt, const RVecI& good) { return ROOT::VecOps::Sum(wide_of(pt, good)); }, {"Jet_pt", "jets"})
                     .Define("dijet_mass", dijet_mass, {"Jet_pt", "Jet_eta", "Jet_phi", "Jet_mass", "jets"})
                     .Define("leptons", lepton, {"Electron_pt", "Electron_eta", "Electron_phi", "Electron_mass", "electrons", "Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass", "muons"})
                     .Define("weight", [](float weight, float interactions) { return weight * (1 + 0.01 * (double(interactions) - 20)); }, {"genWeight", "Pileup_nTrueInt"});
    auto tagged = [](int leptons, const RVecF& tag, const RVecI& good) { return leptons == 1 && ROOT::VecOps::Sum(tag[good] > 0.5) >= 1; };
    auto opposite = [](int leptons, const RVecI& one, const RVecI& electrons, const RVecI& two, const RVecI& muons) {
        return leptons == 2 && ROOT::VecOps::Sum(one[electrons]) + ROOT::VecOps::Sum(two[muons]) == 0;
    };
    auto one = frame.Filter(tagged, {"n_leptons", "Jet_btagDeepB", "jets"})
                   .Define("mt", mt, {"leptons", "MET_pt", "MET_phi"})
                   .Define("lepton_pt", [](const ROOT::RVec<Momentum>& leptons) { return leptons[0].Pt(); }, {"leptons"})
                   .Define("activity", [](float sum, float rho) { return double(sum) / 1000 + double(rho) / 100; }, {"MET_sumEt", "fixedGridRhoFastjetAll"});
    auto two = frame.Filter(opposite, {"n_leptons", "Electron_charge", "electrons", "Muon_charge", "muons"})
                   .Define("pair_mass", [](const ROOT::RVec<Momentum>& leptons) { return (leptons[0] + leptons[1]).M(); }, {"leptons"});
    std::map<std::string, ROOT::RDF::RResultPtr<TH1D>> booked;
    book(one, "one_lepton", booked);
    book(two, "two_leptons", booked);
    booked["one_lepton/mt/nominal"] = one.Histo1D<double, double>(model(40, 0, 200), "mt", "weight");
    booked["one_lepton/lepton_pt/nominal"] = one.Histo1D<double, double>(model(40, 0, 200), "lepton_pt", "weight");
    booked["one_lepton/activity/nominal"] = one.Histo1D<double, double>(model(40, 0, 4), "activity", "weight");
    booked["two_leptons/pair_mass/nominal"] = two.Histo1D<double, double>(model(50, 0, 250), "pair_mass", "weight");
    Results results;
    for (auto& [name, histogram] : booked) keep(results, name, *histogram);
    return results;
}

// A snapshot of what passes, in a ROOT file, and the histograms from there.
Results t10(const std::string& path, Long64_t start, Long64_t stop) {
    std::string target = "/tmp/programs_" + std::to_string(getpid()) + ".root";
    auto written = skim(open(path, start, stop), target);
    auto results = fill(target);
    unlink(target.c_str());
    return results;
}
}  // namespace loops
