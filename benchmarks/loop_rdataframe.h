// The work of event_loop.py with ROOT's RDataFrame: typed, so that nothing is compiled when a graph runs, and systematics by Vary.
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

RVecD smeared(const RVecD& pt) {
    return ROOT::VecOps::Map(pt, [](double value) {
        double one = (std::fmod(std::floor(value * 1000), 1000) + 0.5) / 1000, two = 0.0062831853071795864 * std::fmod(std::floor(value * 1000000), 1000);
        return value * (1 + 0.05 * std::sqrt(-2 * std::log(one)) * std::cos(two));
    });
}

double trijet_mass(const RVecD& pt, const RVecF& eta, const RVecF& phi, const RVecF& mass, const RVecF& tag) {
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
void book(Node node, const std::string& region, const std::string& column, Results& results, std::vector<std::function<void()>>& later) {
    std::vector<std::string> tags;
    for (int i = 0; i < 4; ++i)
        for (auto side : {"up", "down"}) tags.push_back("btag_var_" + std::to_string(i) + "_" + side);
    auto factors = [](const RVecD& pt) {
        RVecD weights;
        for (int i = 0; i < 4; ++i) {
            weights.push_back(1 + 0.075 * pt[i] / 50);
            weights.push_back(1 - 0.075 * pt[i] / 50);
        }
        return weights;
    };
    auto histogram = node.Define("weight", [] { return 1.; })
                         .Vary("weight", factors, {"good_pt"}, tags, "btag")
                         .template Histo1D<double, double>(model(25, 50, 550), column, "weight");
    auto varied = std::make_shared<ROOT::RDF::Experimental::RResultMap<TH1D>>(ROOT::RDF::Experimental::VariationsFor(histogram));
    later.push_back([=, &results] {
        for (const auto& key : varied->GetKeys()) keep(results, region + "/" + key.substr(key.find(':') + 1), (*varied)[key]);
    });
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

Results t2(const std::string& path, Long64_t start, Long64_t stop) {
    auto frame = open(path, start, stop);
    auto shifted = [](const RVecD& pt) { return ROOT::RVec<RVecD>{pt * 1.03, smeared(pt)}; };
    auto good = [](const RVecD& pt, const RVecF& eta, const RVecI& id) { return RVecI(pt > 30. && abs(eta) < 2.4 && id == 6); };
    auto chosen = [](const RVecF& values, const RVecI& good) { return RVecF(values[good]); };
    auto jets = one_lepton(frame)
                    .Define("jet_pt", [](const RVecF& pt) { return RVecD(pt.begin(), pt.end()); }, {"Jet_pt"})
                    .Vary("jet_pt", shifted, {"jet_pt"}, {"pt_scale_up", "pt_res_up"}, "jets")
                    .Define("good", good, {"jet_pt", "Jet_eta", "Jet_jetId"})
                    .Filter([](const RVecI& good) { return ROOT::VecOps::Sum(good) >= 4; }, {"good"})
                    .Define("good_pt", [](const RVecD& pt, const RVecI& good) { return RVecD(pt[good]); }, {"jet_pt", "good"})
                    .Define("good_tag", chosen, {"Jet_btagCSVV2", "good"})
                    .Define("tags", [](const RVecF& tag) { return static_cast<int>(ROOT::VecOps::Sum(tag > 0.5)); }, {"good_tag"});
    auto control = jets.Filter([](int tags) { return tags == 1; }, {"tags"})
                       .Define("ht", [](const RVecD& pt) { return ROOT::VecOps::Sum(pt); }, {"good_pt"});
    auto signal = jets.Filter([](int tags) { return tags >= 2; }, {"tags"})
                      .Define("good_eta", chosen, {"Jet_eta", "good"})
                      .Define("good_phi", chosen, {"Jet_phi", "good"})
                      .Define("good_mass", chosen, {"Jet_mass", "good"})
                      .Define("trijet_mass", trijet_mass, {"good_pt", "good_eta", "good_phi", "good_mass", "good_tag"});
    Results results;
    std::vector<std::function<void()>> later;
    book(control, "control_4j1b/ht", "ht", results, later);
    book(signal, "signal_4j2b/trijet_mass", "trijet_mass", results, later);
    for (auto& read : later) read();
    return results;
}

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
