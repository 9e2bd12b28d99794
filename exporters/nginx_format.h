#pragma once

#include <string>

#include "exporters/exported_suite.h"

namespace pm {

/// A file for nginx's http context: an `upstream` of each reachable() service, named by its id, so
/// that `proxy_pass http://legalai-pro;` leads to it. nginx does not tell upper from lower case in
/// these names: see unique_names().
std::string render_nginx(const ExportedSuite& suite);

}  // namespace pm
