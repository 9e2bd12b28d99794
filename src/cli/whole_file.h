#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "cli/refusal.h"

namespace pm {

/// Everything that the stream has; `name` is for the message.
Answered<std::string> read_whole(std::istream& stream, const std::string& name);
Answered<std::string> read_whole_file(const std::filesystem::path& path);

/// Puts the text there whole or not at all: it is written next to the file, synced and renamed over
/// it. The file keeps its permission bits; a new one has those that umask leaves of 0644.
Answered<void> write_whole_file(const std::filesystem::path& path, const std::string& text);

}  // namespace pm
