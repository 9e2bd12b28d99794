#include "exporters/comment_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/rfc3339.h"
#include "exporters/quoting.h"

namespace pm {

std::string comment_header(const ExportedSuite& suite, std::string_view format,
                           std::string_view what, std::vector<LeftOut> left_out) {
  std::sort(left_out.begin(), left_out.end(),
            [](const LeftOut& a, const LeftOut& b) { return a.service_id < b.service_id; });
  auto text = fmt::format(
      "# {}\n"
      "# Written by the Port Manager at revision {}, {}.\n"
      "# Do not edit it: GET /api/ports/export?format={} writes it anew.\n",
      what, suite.revision, to_rfc3339_seconds(suite.at), format);
  if (!left_out.empty()) text += "# Left out:\n";
  for (const auto& each : left_out) text += fmt::format("#   {}: {}.\n", each.service_id, each.why);
  return text + "\n";
}

std::string comment_line(const ExportedService& service) {
  if (service.name == service.service_id) return "# " + service.service_id + "\n";
  return "# " + service.service_id + " (" + comment_text(service.name) + ")\n";
}

}  // namespace pm
