#include "first_import.h"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "exporters/port_config_codec.h"
#include "program_options.h"

namespace pm {

Expected<void> import_first(const ServeOptions& options, ConfigAdmin& config,
                            const ChangeContext& context) {
  const auto own = (std::filesystem::path(options.data_dir) / "port_config.json").string();
  // A link counts whatever it leads to: one that is broken is told, not passed over.
  std::error_code unknown;
  const bool has_own =
      std::filesystem::symlink_status(own, unknown).type() != std::filesystem::file_type::not_found;
  const auto& file = has_own ? own : options.import_file;
  if (file.empty()) return {};
  const auto text = read_text(file);
  if (!text) return tl::unexpected(text.error());
  const char* const without =
      has_own ? " To start without it, move it away." : " To start without it, leave --import out.";
  if (auto checked = parse_port_config(*text, file); !checked) {
    checked.error().message += without;
    return tl::unexpected(checked.error());
  }
  auto imported = config.import(context, *text);
  if (!imported) {
    imported.error().message = file + ": " + imported.error().message + without;
    return tl::unexpected(imported.error());
  }
  spdlog::info("began with the {} assignments of {}", imported->registry->assignments().size(),
               file);
  return {};
}

}  // namespace pm
