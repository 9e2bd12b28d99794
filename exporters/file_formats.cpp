#include "exporters/file_formats.h"

#include <algorithm>
#include <array>

#include "exporters/sysctl_format.h"

namespace pm {
namespace {

struct Format {
  const char* name;
  const char* content_type;
  std::string (*render)(const Registry&, const EphemeralPorts&);
};

constexpr std::array formats{
    Format{"sysctl", "text/plain; charset=utf-8", render_sysctl},
};

}  // namespace

std::vector<std::string> FileFormats::names() const {
  std::vector<std::string> names;
  names.reserve(formats.size());
  for (const auto& format : formats) names.emplace_back(format.name);
  return names;
}

Expected<Exported> FileFormats::render(const std::string& format, const Registry& registry,
                                       const EphemeralPorts& ephemeral) const {
  const auto* const found = std::find_if(formats.begin(), formats.end(),
                                         [&](const Format& each) { return each.name == format; });
  if (found != formats.end()) {
    return Exported{found->content_type, found->render(registry, ephemeral)};
  }
  std::string known;
  for (const auto& name : names()) known += (known.empty() ? "" : ", ") + name;
  return fail(ErrorCode::not_found,
              "There is no format \"" + format + "\"; there is: " + known + ".", "format");
}

}  // namespace pm
