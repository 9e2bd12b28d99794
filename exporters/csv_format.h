#pragma once

#include <string>

#include "exporters/exported_suite.h"

namespace pm {

/// Every service, with a port or without, as RFC 4180 says: a header line, CRLF at line ends. The
/// columns: service_id, name, category, host, protocol, port, contested_with (who had a contested
/// port first), health_endpoint. What there is not is empty.
std::string render_csv(const ExportedSuite& suite);

}  // namespace pm
