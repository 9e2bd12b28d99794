#pragma once

#include <string>
#include <vector>

#include "domain/port_config.h"
#include "domain/registry.h"

namespace pm {

struct BackupFile {
  std::string name;
  std::int64_t size{0};
  Timestamp created_at;
  std::string sha256;  ///< lower-case hex of the file's bytes
};

/// port_config.json and its backups: text to content and back, and the backup folder.
///
/// Names of backups are plain file names inside the folder: anything with a path, a leading dot or
/// a link behind it is `invalid_name`. Files are written to a temporary name, fsynced and renamed;
/// an existing backup is never overwritten. Thread-safe.
class ConfigArchive {
 public:
  virtual ~ConfigArchive() = default;

  /// Reads the text of a port_config.json or a backup. `invalid_json` (with line and column),
  /// `invalid_shape` or `out_of_bounds` (with the member): broken files are never half read.
  virtual Expected<PortConfig> parse(const std::string& text) const = 0;
  /// The text of the registry's state, with "last_updated" or "backup_timestamp" as `time_member`.
  virtual std::string render(const Registry& registry, Timestamp at,
                             const std::string& time_member) const = 0;

  /// Writes a backup and returns its name: `name` if given (`already_exists` if it does), else
  /// port_config_backup_YYYYMMDD_HHMMSS.json of the first second from `at` on that is free.
  virtual Expected<std::string> write_backup(const Registry& registry, Timestamp at,
                                             const std::string& name) = 0;
  virtual Expected<PortConfig> read_backup(const std::string& name) const = 0;
  /// The bytes of a backup as they are in the file, whether or not they can be parsed; `not_found`.
  virtual Expected<std::string> backup_text(const std::string& name) const = 0;
  /// Newest first.
  virtual Expected<std::vector<BackupFile>> backups() const = 0;

  /// The suite's defaults, for reset.
  virtual Expected<PortConfig> defaults() const = 0;
};

}  // namespace pm
