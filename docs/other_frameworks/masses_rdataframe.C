// The same with RDataFrame in C++: root -l -b -q 'masses_rdataframe.C("OUTPUT", {"LIST", ...})'

#include <ROOT/RDataFrame.hxx>
#include <TFile.h>
#include <TH1D.h>

#include <fstream>
#include <string>
#include <vector>

using Doubles = ROOT::VecOps::RVec<double>;

void write_masses(const std::vector<std::string> &files, TDirectory *folder)
{
   ROOT::RDataFrame all("Events", files);
   auto events = all.Define("chosen", "Muon_pt > 20 && abs(Muon_eta) < 2.4")
                    .Filter("Sum(chosen) == 2")
                    .Define("pt", "ROOT::VecOps::RVec<double>(Muon_pt[chosen])")
                    .Define("eta", "ROOT::VecOps::RVec<double>(Muon_eta[chosen])")
                    .Define("phi", "ROOT::VecOps::RVec<double>(Muon_phi[chosen])")
                    .Define("mass", "ROOT::VecOps::RVec<double>(Muon_mass[chosen])")
                    .Define("charge", "Muon_charge[chosen]")
                    .Define("m", "ROOT::VecOps::InvariantMass(pt, eta, phi, mass)")
                    .Define("weight", "double(genWeight)")
                    .Filter("pt[0] > 30");
   auto peak = events.Filter("m > 60 && m < 120").Histo1D({"peak", "", 10, 60, 120}, "m", "weight");
   auto search = events.Filter("m > 150 && charge[0] != charge[1]")
                    .Histo1D({"search", "", 10, 150, 400}, "m", "weight");
   folder->WriteTObject(peak.GetPtr());
   folder->WriteTObject(search.GetPtr());
}

void masses_rdataframe(const std::string &output, const std::vector<std::string> &lists)
{
   TH1::SetDefaultSumw2();
   TFile file(output.c_str(), "RECREATE");
   for (const auto &list : lists) {
      std::ifstream lines(list);
      std::vector<std::string> files;
      for (std::string line; std::getline(lines, line);)
         files.push_back(line);
      const auto name = list.substr(0, list.rfind('.'));
      write_masses(files, file.mkdir(name.c_str()));
   }
}
