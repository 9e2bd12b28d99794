#pragma once

#include <string>

#include "exporters/exported_suite.h"

namespace pm {

/// Target groups of Prometheus, one of each reachable() service, as HTTP service discovery gets
/// them and a file of file_sd_configs has them: JSON, `[{"targets": ["127.0.0.1:8000"],
/// "labels": {"service_id": "legalai-pro", "__meta_portmanager_...": ...}}]`.
std::string render_prometheus(const ExportedSuite& suite);

}  // namespace pm
