#include "exporters/nginx_format.h"

#include <fmt/format.h>

#include "exporters/comment_lines.h"
#include "exporters/unique_names.h"

namespace pm {

std::string render_nginx(const ExportedSuite& suite) {
  const auto names = unique_names(
      suite.all_ids, [](const std::string& id) { return id; }, '-');
  const auto selection = reachable(suite, false);
  auto text = comment_header(
      suite, "nginx", "Where the suite's services are: upstreams for the http context of nginx.",
      selection.left_out);
  for (const auto* service : selection.taken) {
    text += comment_line(*service);
    text += fmt::format("upstream {} {{\n    server {};\n}}\n", names.at(service->service_id),
                        service->address());
  }
  return text;
}

}  // namespace pm
