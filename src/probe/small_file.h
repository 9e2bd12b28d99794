#pragma once

#include <filesystem>
#include <string>

namespace pm {

/// The first 4 KB of a file of procfs, read at once; "" when it cannot be read.
std::string read_small_file(const std::filesystem::path& path);

}  // namespace pm
