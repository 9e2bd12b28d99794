#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "app/config_archive.h"

namespace pm {

/// The name of a backup: 1 to 200 bytes of UTF-8 without a slash, a backslash or a control
/// character, and without a dot in front. Else `invalid_name` with field "backup_file".
Expected<void> check_backup_name(std::string_view name);

/// Backups as files in one folder, which the first backup creates.
///
/// Thread-safe, and safe against other processes at work in the folder: it has no state besides the
/// folder, and names are taken by the file system.
class FileConfigArchive : public ConfigArchive {
 public:
  /// `defaults` is the text of the suite's port_config.json; defaults() parses it at each call.
  FileConfigArchive(std::filesystem::path folder, std::string defaults);

  Expected<PortConfig> parse(const std::string& text) const override;
  std::string render(const Registry& registry, Timestamp at,
                     const std::string& time_member) const override;

  /// A given name is used as it is, without an ending added. `storage_full`, `storage_failed`.
  Expected<std::string> write_backup(const Registry& registry, Timestamp at,
                                     const std::string& name) override;
  /// `not_found` names the newest backup; `out_of_bounds` for a file over 16 MiB.
  Expected<PortConfig> read_backup(const std::string& name) const override;
  Expected<std::string> backup_text(const std::string& name) const override;
  /// The regular files whose names end in .json. `created_at` is when the file was last written.
  Expected<std::vector<BackupFile>> backups() const override;

  Expected<PortConfig> defaults() const override;

 private:
  Expected<std::vector<BackupFile>> list() const;
  Error not_found(const std::string& name) const;

  std::filesystem::path folder_;
  std::string defaults_;
};

}  // namespace pm
