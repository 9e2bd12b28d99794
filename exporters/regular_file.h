#pragma once

#include <filesystem>
#include <string>

#include "app/unique_fd.h"
#include "domain/error.h"

namespace pm {

/// Files over this size, in bytes, are not read as text.
inline constexpr std::size_t max_text_size = std::size_t{16} << 20U;

/// Opens the file `name` of the folder for reading. `not_found` when there is none; `invalid_name`
/// for a link, a folder, a device or a pipe, none of which is followed, opened or waited for;
/// else `storage_failed`. `name` must be without a path.
Expected<UniqueFd> open_regular_file(const std::filesystem::path& folder, const std::string& name);

/// The whole file. As open_regular_file(), and `out_of_bounds` over max_text_size.
Expected<std::string> read_regular_file(const std::filesystem::path& folder,
                                        const std::string& name);

}  // namespace pm
