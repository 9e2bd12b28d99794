#pragma once

#include <string>
#include <vector>

#include "app/export_formats.h"

namespace pm {

/// The formats of this folder, besides port_config.json. Thread-safe: it keeps nothing.
class FileFormats : public ExportFormats {
 public:
  std::vector<std::string> names() const override;
  Expected<Exported> render(const std::string& format, const Registry& registry,
                            const EphemeralPorts& ephemeral) const override;
};

}  // namespace pm
