// Corrections of correctionlib, in the folder of the file of events.
#pragma once
#include <correction.h>

#include "common.h"

namespace loops {
std::unique_ptr<correction::CorrectionSet> corrections(const std::string& path, const std::string& name) {
    return correction::CorrectionSet::from_file(path.substr(0, path.rfind('/') + 1) + name + ".json");
}
}  // namespace loops
