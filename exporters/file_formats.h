#pragma once

#include <string>
#include <vector>

#include "app/address_book.h"
#include "app/clock.h"
#include "app/export_formats.h"

namespace pm {

/// The formats of this folder, besides port_config.json. Thread-safe: it keeps nothing but where
/// services are and what time it is; both outlive it.
class FileFormats : public ExportFormats {
 public:
  FileFormats(const AddressBook& addresses, const Clock& clock)
      : addresses_(addresses), clock_(clock) {}

  std::vector<std::string> names() const override;
  Expected<Exported> render(const std::string& format, const Registry& registry,
                            const EphemeralPorts& ephemeral,
                            const ExportScope& scope) const override;

 private:
  const AddressBook& addresses_;
  const Clock& clock_;
};

}  // namespace pm
