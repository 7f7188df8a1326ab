// Classes of experiments, as far as `layout_files.py` writes them.
#include <map>
#include <string>
#include <vector>
#include "Math/Vector4D.h"
#include "TClonesArray.h"
#include "TH1D.h"
#include "TLorentzVector.h"
#include "TRefArray.h"
#include "TVector2.h"
#include "TVector3.h"

class Jet : public TObject {  // of Delphes
public:
  float PT, Eta, Phi, Mass;
  int Charge;
  float Tau[5];
  TLorentzVector Area;
  TRef Particle;
  TRefArray Constituents;
  ClassDefOverride(Jet, 1);
};
class TMuon : public TObject {  // of Bacon
public:
  float pt, eta, phi;
  unsigned int typeBits;
  ClassDefOverride(TMuon, 1);
};
namespace edm4hep {
struct Vector3f { float x, y, z; };
struct ReconstructedParticleData {
  int PDG;
  float energy;
  Vector3f momentum;
  float charge, mass;
  unsigned int clusters_begin, clusters_end;
};
}
namespace podio { struct ObjectID { int index; unsigned int collectionID; }; }
struct ElementLink { unsigned int m_persKey, m_persIndex; };  // of ATLAS
struct MuonAuxContainer {};
namespace Lifetimes {
struct MiniEvent { Double32_t fZvtx; };
struct MiniV0 {
  float fV0pt;
  float fInvMass[2];
  Double32_t fV0CosPA;  //[0, 8, 16]
  unsigned char fITSInfo;
  bool fMatter;
};
}
struct Sampler {  // of BDSIM
  int n;
  std::string samplerName;
  std::vector<float> energy;
  std::vector<bool> isIon;
  std::vector<std::vector<double>> S;
};
struct Model {
  std::vector<TVector3> midPos;
  std::vector<std::vector<TVector3>> XYZ;
  std::map<std::string, int> collimatorIndicesByName;
  std::map<int, int> trackIndex;
  std::vector<TH1D*> histograms1D;
};
struct Hit { int dom_id; double t; unsigned int tot; };  // of KM3NeT
struct Trk { std::vector<double> fitinf; std::vector<int> hit_ids; std::string comment; };
struct Evt { int run_id; std::vector<Hit> hits; std::vector<Trk> trks; std::vector<double> w; };
struct Channel {  // of a beam line
  int fSamples;
  unsigned short fLine;
  std::vector<double> fScaleCoeffs;
  TString fChannelName;
};
struct Packed {
  Double32_t narrow;  //[0, 8, 10]
  Double32_t wide;    //[0, 8, 30]
  Float16_t half;     //[0, 8, 12]
  Float16_t list[3];  //[0, 8, 10]
  void set(int place, double value) { list[place] = value; }
};
