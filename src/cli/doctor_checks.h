#pragma once

#include <vector>

#include "cli/doctor_facts.h"
#include "cli/finding.h"

namespace pm {

/// Judges what was found out. Each check has one finding, in the order in which they are told;
/// those on a data folder only where one was given. Pure: the same facts, the same findings.
std::vector<Finding> examine(const DoctorFacts& facts);

// Its parts: the server, what the registry says, and files.
std::vector<Finding> examine_server(const DoctorFacts& facts);
std::vector<Finding> examine_registry(const DoctorFacts& facts);
std::vector<Finding> examine_files(const DoctorFacts& facts);

/// Nothing can be said: the server was not reached, or is of a version that does not tell.
Finding not_known(std::string check, const DoctorFacts& facts);
/// "3 h", "2 d": whole, of the largest unit that fits.
std::string in_words(std::chrono::seconds time);
/// "a, b, c and 4 more"
std::string some_of(const std::vector<std::string>& names);
/// "1 service", "2 services"
std::string counted(std::size_t count, const std::string& thing);

}  // namespace pm
