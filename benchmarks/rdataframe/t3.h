#pragma once
#include "common.h"

namespace loops {
Results t3(const std::string& path, Long64_t start, Long64_t stop) {
    std::vector<std::string> tags;
    for (int number = 0; number < 25; ++number)
        for (auto side : {"up", "down"}) tags.push_back(std::string("weight_") + (number < 10 ? "0" : "") + std::to_string(number) + "_" + side);
    auto factors = [](double met) {
        RVecD weights;
        weights.reserve(50);
        for (int number = 0; number < 25; ++number) {
            weights.push_back(1 + 0.0001 * (number + 1) * met);
            weights.push_back(1 - 0.0001 * (number + 1) * met);
        }
        return weights;
    };
    auto frame = open(path, start, stop);
    auto histogram = frame.Filter([](float met) { return met > 5; }, {"MET_pt"})
                         .Define("met", [](float met) { return static_cast<double>(met); }, {"MET_pt"})
                         .Define("weight", [] { return 1.; })
                         .Vary("weight", factors, {"met"}, tags, "w")
                         .Histo1D<double, double>(model(64, 0, 256), "met", "weight");
    auto varied = ROOT::RDF::Experimental::VariationsFor(histogram);
    Results results;
    for (const auto& key : varied.GetKeys()) keep(results, "all/met/" + key.substr(key.find(':') + 1), varied[key]);
    return results;
}
}  // namespace loops
