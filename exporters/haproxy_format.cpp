#include "exporters/haproxy_format.h"

#include <fmt/format.h>

#include "exporters/comment_lines.h"
#include "exporters/quoting.h"

namespace pm {

std::string render_haproxy(const ExportedSuite& suite) {
  const auto selection = reachable(suite, false);
  auto text =
      comment_header(suite, "haproxy", "Where the suite's services are: backends for haproxy.",
                     selection.left_out);
  for (const auto* service : selection.taken) {
    text += comment_line(*service);
    text += fmt::format(
        "backend {0}\n"
        "    mode http\n"
        "    option httpchk\n"
        "    http-check send meth GET uri {1} ver HTTP/1.1 hdr Host {2}\n"
        "    http-check expect status 200\n"
        "    server {0} {2} check init-addr libc,none\n",
        service->service_id, single_quoted(service->health_endpoint), service->address());
  }
  return text;
}

}  // namespace pm
