#pragma once

#include <string>
#include <vector>

#include "app/clock.h"
#include "app/config_archive.h"
#include "app/store.h"

namespace pm {

/// Backups, and replacing the registry's content by a file's. What is refused changes nothing.
/// Blocks on the disk. Thread-safe.
class ConfigAdmin {
 public:
  ConfigAdmin(Store& store, ConfigArchive& archive, const Clock& clock)
      : store_(store), archive_(archive), clock_(clock) {}

  /// Answers the backup's name. `name` empty: named by the time.
  Expected<std::string> backup(const std::string& name);
  Expected<std::vector<BackupFile>> backups() const { return archive_.backups(); }
  /// The bytes of a backup.
  Expected<std::string> backup_text(const std::string& name) const {
    return archive_.backup_text(name);
  }
  Expected<Committed> restore(const ChangeContext& context, const std::string& name);
  /// `text` is a port_config.json.
  Expected<Committed> import(const ChangeContext& context, const std::string& text);
  /// The registry as a port_config.json.
  std::string export_text() const;

  struct Reset {
    std::string backup_file;
    Committed committed;
  };
  /// To the suite's defaults, after a backup of what is there.
  Expected<Reset> reset(const ChangeContext& context);

 private:
  Expected<Committed> replace(const ChangeContext& context, const PortConfig& config,
                              HistoryAction action);

  Store& store_;
  ConfigArchive& archive_;
  const Clock& clock_;
};

}  // namespace pm
