#include "exporters/shell_format.h"

#include <fmt/format.h>

#include "exporters/comment_lines.h"
#include "exporters/quoting.h"
#include "exporters/unique_names.h"

namespace pm {

std::string render_shell(const ExportedSuite& suite) {
  const auto names = environment_names(suite.all_ids);
  const auto selection = with_port(suite);
  auto text =
      comment_header(suite, "shell", "Where the suite's services are: for a shell, to source.",
                     selection.left_out) +
      "# shellcheck shell=sh\n";
  for (const auto* service : selection.taken) {
    const auto& name = names.at(service->service_id);
    const auto set = [&](const char* what, const std::string& value) {
      text += fmt::format("export {}_{}={}\n", name, what, single_quoted(value));
    };
    text += comment_line(*service);
    if (!service->holder.empty()) {
      text += fmt::format("# Contested: {} had the port first.\n", service->holder);
    }
    set("HOST", service->host);
    set("PORT", std::to_string(service->port()));
    if (!service->is_udp()) set("URL", service->url());
    set("NAME", service->name);
  }
  return text;
}

}  // namespace pm
