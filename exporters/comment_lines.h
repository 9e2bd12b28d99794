#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporters/exported_suite.h"

namespace pm {

/// The lines with "# " that a file begins with, and an empty one: `what` it is, revision and time,
/// and each service that was left out, by id, with the reason. `format` is the name it is asked for
/// by.
std::string comment_header(const ExportedSuite& suite, std::string_view format,
                           std::string_view what, std::vector<LeftOut> left_out);

/// "# legalai-pro (LegalAI Pro)\n", the name only where it says more than the id.
std::string comment_line(const ExportedService& service);

}  // namespace pm
