#pragma once
#include "t2.h"

namespace loops {
// A snapshot of what passes under any variation, in a ROOT file: RDataFrame writes no Parquet.
Results t4(const std::string& path, Long64_t start, Long64_t stop) {
    auto enough = [](const RVecF& stored, const RVecF& eta, const RVecI& id) {
        RVecD pt(stored.begin(), stored.end());
        for (const auto& varied : {pt, RVecD(pt * 1.03), smeared(pt)})
            if (ROOT::VecOps::Sum(RVecI(varied > 30. && abs(eta) < 2.4 && id == 6)) >= 4) return true;
        return false;
    };
    auto frame = open(path, start, stop);
    std::vector<std::string> columns;
    for (auto name : {"pt", "eta", "cutBased", "sip3d"}) columns.push_back(std::string("Electron_") + name);
    for (auto name : {"pt", "eta", "tightId", "sip3d", "pfRelIso04_all"}) columns.push_back(std::string("Muon_") + name);
    for (auto name : {"pt", "eta", "phi", "mass", "btagCSVV2", "jetId"}) columns.push_back(std::string("Jet_") + name);
    ROOT::RDF::RSnapshotOptions options("RECREATE", ROOT::RCompressionSetting::EAlgorithm::kZSTD, 1, 0, 99, false);
    std::string skim = "/tmp/event_loop_" + std::to_string(getpid()) + ".root";
    auto written = one_lepton(frame).Filter(enough, {"Jet_pt", "Jet_eta", "Jet_jetId"}).Snapshot("Events", skim, columns, options);
    auto results = t2(skim, 0, std::numeric_limits<Long64_t>::max());
    unlink(skim.c_str());
    return results;
}
}  // namespace loops
