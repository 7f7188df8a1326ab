#pragma once
#include "common.h"

namespace loops {
Results t1(const std::string& path, Long64_t start, Long64_t stop) {
    auto frame = open(path, start, stop);
    auto mass = [](const RVecF& pt, const RVecF& eta, const RVecF& phi, const RVecF& m) {
        ROOT::Math::PtEtaPhiMVector one(pt[0], eta[0], phi[0], m[0]), two(pt[1], eta[1], phi[1], m[1]);
        return (one + two).M();
    };
    auto histogram = frame.Filter([](const RVecI& charge) { return charge.size() == 2 && charge[0] != charge[1]; }, {"Muon_charge"})
                         .Define("mass", mass, {"Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass"})
                         .Histo1D<double>(model(256, 0, 256), "mass");
    Results results;
    keep(results, "opposite_sign/mass/nominal", *histogram);
    return results;
}
}  // namespace loops
