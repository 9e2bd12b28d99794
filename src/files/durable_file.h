#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "domain/error.h"

namespace pm {

/// What the operating system's refusal means to a caller: `storage_full` for a full disk or quota,
/// `already_exists` for a name that is taken, else `storage_failed`. `doing` begins the message:
/// "Writing /data/port_config.json".
Error storage_error(int error_number, std::string_view doing);

/// What to do with a file that has the name already.
enum class Existing : std::uint8_t { replace, keep };

/// Gives a file another name and makes that survive a power failure. With Existing::keep a file, a
/// folder or a link of the new name makes it `already_exists`, also when it comes into being at
/// this very moment, from another thread or process.
Expected<void> rename_durably(const std::filesystem::path& from, const std::filesystem::path& to,
                              Existing existing);

/// Creates the folder with its parents, readable to its owner and group, unless it is there.
Expected<void> ensure_folder(const std::filesystem::path& folder);

/// A file that is on the disk, whole, under a temporary name in its final folder, and waits for its
/// own name. A reader of the final name never sees a half-written file. The temporary name begins
/// with a dot; the destructor removes what was not published. Not thread-safe; any number of them
/// may be at work in one folder.
class StagedFile {
 public:
  /// `mode`: of a file that replaces none; umask is not asked.
  static Expected<StagedFile> write(const std::filesystem::path& folder, std::string_view text,
                                    mode_t mode = 0644);

  StagedFile(StagedFile&& other) noexcept;
  StagedFile& operator=(StagedFile&&) = delete;
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  ~StagedFile();

  /// Gives it its name in the folder. A replaced file's permissions are kept. After
  /// `already_exists` it may be called again with another name; after success it may not.
  Expected<void> publish(const std::string& name, Existing existing);

 private:
  explicit StagedFile(std::filesystem::path temporary) : temporary_(std::move(temporary)) {}

  std::filesystem::path temporary_;
};

}  // namespace pm
