// The work of event_loop.py and programs.py with ROOT's RDataFrame: typed, so that nothing is compiled when a graph runs, and
// systematics by Vary. A header for each task, since ROOT compiles in each process.
#pragma once
#pragma cling optimize(3)
#include <Math/Vector4D.h>
#include <ROOT/RDF/RDatasetSpec.hxx>
#include <ROOT/RDFHelpers.hxx>
#include <ROOT/RDataFrame.hxx>
#include <ROOT/RVec.hxx>
#include <TH1D.h>
#include <unistd.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace loops {
using ROOT::RDataFrame;
using ROOT::RVecB;
using ROOT::RVecD;
using ROOT::RVecF;
using ROOT::RVecI;
using Results = std::map<std::string, std::vector<double>>;
using Later = std::vector<std::function<void()>>;

RDataFrame open(const std::string& path, Long64_t start, Long64_t stop) {
    ROOT::RDF::Experimental::RDatasetSpec spec;
    spec.AddSample({"events", "Events", path});
    spec.WithGlobalRange({start, stop});
    return RDataFrame(spec);
}

// Sums of weights, then of squared weights.
void keep(Results& results, const std::string& name, const TH1D& histogram) {
    auto& values = results[name];
    for (int bin = 1; bin <= histogram.GetNbinsX(); ++bin) values.push_back(histogram.GetBinContent(bin));
    for (int bin = 1; bin <= histogram.GetNbinsX(); ++bin) values.push_back(std::pow(histogram.GetBinError(bin), 2));
}

ROOT::RDF::TH1DModel model(int bins, double low, double high) {
    TH1::SetDefaultSumw2(true);
    return {"", "", bins, low, high};
}

// A histogram under all variations, once all are booked.
template <typename Histogram>
void keep_varied(Results& results, Later& later, const std::string& name, Histogram histogram) {
    auto varied = std::make_shared<ROOT::RDF::Experimental::RResultMap<TH1D>>(ROOT::RDF::Experimental::VariationsFor(histogram));
    later.push_back([=, &results] {
        for (const auto& key : varied->GetKeys()) keep(results, name + "/" + key.substr(key.find(':') + 1), (*varied)[key]);
    });
}

// Names of the up and down variations.
std::vector<std::string> sides(const std::vector<std::string>& names) {
    std::vector<std::string> tags;
    for (const auto& name : names)
        for (auto side : {"_up", "_down"}) tags.push_back(name + side);
    return tags;
}

template <typename Vector>
RVecD wide(const Vector& values) {
    return RVecD(values.begin(), values.end());
}
}  // namespace loops
