#include "exporters/file_formats.h"

#include <algorithm>
#include <array>

#include "exporters/compose_format.h"
#include "exporters/consul_format.h"
#include "exporters/csv_format.h"
#include "exporters/dotenv_format.h"
#include "exporters/haproxy_format.h"
#include "exporters/nginx_format.h"
#include "exporters/prometheus_format.h"
#include "exporters/shell_format.h"
#include "exporters/sysctl_format.h"

namespace pm {
namespace {

constexpr const char* plain_text = "text/plain; charset=utf-8";

/// A format that is made from the services alone.
struct Format {
  const char* name;
  const char* content_type;
  const char* file_name;
  std::string (*render)(const ExportedSuite&);
};

constexpr std::array formats{
    Format{"dotenv", plain_text, "ports.env", render_dotenv},
    Format{"shell", "text/x-shellscript; charset=utf-8", "ports.sh", render_shell},
    Format{"compose", "application/yaml", "compose.ports.yaml", render_compose},
    Format{"nginx", plain_text, "ports.nginx.conf", render_nginx},
    Format{"haproxy", plain_text, "ports.haproxy.cfg", render_haproxy},
    // Prometheus takes no other content type from HTTP service discovery.
    Format{"prometheus_http_sd", "application/json", "ports.prometheus.json", render_prometheus},
    Format{"prometheus_file_sd", "application/json", "ports.prometheus.json", render_prometheus},
    Format{"consul", "application/json", "ports.consul.json", render_consul},
    Format{"csv", "text/csv; charset=utf-8; header=present", "ports.csv", render_csv},
};

constexpr const char* sysctl_name = "sysctl";

Expected<Exported> sysctl(const Registry& registry, const EphemeralPorts& ephemeral,
                          const ExportScope& scope) {
  if (!scope.is_everything()) {
    return fail(ErrorCode::out_of_bounds,
                "The format sysctl always has every port of this machine: its setting replaces the "
                "kernel's whole list. Leave services and host out.",
                "format");
  }
  return Exported{plain_text, "60-portmanager.conf", render_sysctl(registry, ephemeral)};
}

}  // namespace

std::vector<std::string> FileFormats::names() const {
  std::vector<std::string> names{sysctl_name};
  for (const auto& format : formats) names.emplace_back(format.name);
  return names;
}

Expected<Exported> FileFormats::render(const std::string& format, const Registry& registry,
                                       const EphemeralPorts& ephemeral,
                                       const ExportScope& scope) const {
  if (format == sysctl_name) return sysctl(registry, ephemeral, scope);
  const auto* const found = std::find_if(formats.begin(), formats.end(),
                                         [&](const Format& each) { return each.name == format; });
  if (found != formats.end()) {
    const auto suite = exported_suite(registry, addresses_, scope, clock_.now());
    if (!suite) return tl::unexpected(suite.error());
    return Exported{found->content_type, found->file_name, found->render(*suite)};
  }
  std::string known;
  for (const auto& name : names()) known += (known.empty() ? "" : ", ") + name;
  return fail(ErrorCode::not_found,
              "There is no format \"" + format + "\"; there is: " + known + ".", "format");
}

}  // namespace pm
