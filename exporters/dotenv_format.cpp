#include "exporters/dotenv_format.h"

#include <fmt/format.h>

#include "exporters/comment_lines.h"
#include "exporters/unique_names.h"

namespace pm {

std::string render_dotenv(const ExportedSuite& suite) {
  const auto names = environment_names(suite.all_ids);
  const auto selection = with_port(suite);
  auto text = comment_header(suite, "dotenv", "Where the suite's services are: a .env file.",
                             selection.left_out);
  for (const auto* service : selection.taken) {
    const auto& name = names.at(service->service_id);
    text += comment_line(*service);
    if (!service->holder.empty()) {
      text += fmt::format("# Contested: {} had the port first.\n", service->holder);
    }
    text += fmt::format("{0}_HOST={1}\n{0}_PORT={2}\n", name, service->host, service->port());
    if (!service->is_udp()) text += fmt::format("{}_URL={}\n", name, service->url());
  }
  return text;
}

}  // namespace pm
