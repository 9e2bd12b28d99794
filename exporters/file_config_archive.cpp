#include "exporters/file_config_archive.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <tuple>

#include "app/rfc3339.h"
#include "exporters/port_config_codec.h"
#include "exporters/regular_file.h"
#include "files/durable_file.h"

namespace pm {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_name_size = 200;
constexpr const char* name_field = "backup_file";

bool is_utf8(std::string_view text) {
  const auto cleaned =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore);
  return nlohmann::json::parse(cleaned).get_ref<const std::string&>() == text;
}

bool is_forbidden(char c) {
  constexpr char del = 0x7f;
  return c == '/' || c == '\\' || c == del || (c >= 0 && c < ' ');
}

std::string backup_name(Timestamp at) {
  return fmt::format("port_config_backup_{}.json", to_file_stamp(at));
}

/// Lower-case hex of the file's bytes, or nothing when it cannot be read.
std::optional<std::string> sha256_of(int fd) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return std::nullopt;
  std::array<char, 65536> chunk{};
  while (true) {
    const auto count = ::read(fd, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    EVP_DigestUpdate(context.get(), chunk.data(), static_cast<std::size_t>(count));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) return std::nullopt;
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + size, ""));
}

/// The file as it is listed, without its digest. Nothing for what is not a regular file.
std::optional<BackupFile> describe_file(const fs::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto written = std::chrono::seconds(status.st_mtim.tv_sec) +
                       std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return BackupFile{file.filename().string(), status.st_size,
                    Timestamp(std::chrono::floor<std::chrono::milliseconds>(written)), ""};
}

}  // namespace

Expected<void> check_backup_name(std::string_view name) {
  const bool valid = !name.empty() && name.size() <= max_name_size && name.front() != '.' &&
                     std::none_of(name.begin(), name.end(), is_forbidden) && is_utf8(name);
  if (valid) return {};
  return fail(ErrorCode::invalid_name,
              fmt::format("A backup is named by a plain file name of 1 to {} bytes, without a path "
                          "and without a dot in front, for example "
                          "\"port_config_backup_20241212_143022.json\".",
                          max_name_size),
              name_field);
}

FileConfigArchive::FileConfigArchive(fs::path folder, std::string defaults)
    : folder_(std::move(folder)), defaults_(std::move(defaults)) {}

Expected<PortConfig> FileConfigArchive::parse(const std::string& text) const {
  return parse_port_config(text, "port_config.json");
}

std::string FileConfigArchive::render(const Registry& registry, Timestamp at,
                                      const std::string& time_member) const {
  return render_port_config(registry, at, time_member);
}

Expected<std::string> FileConfigArchive::write_backup(const Registry& registry, Timestamp at,
                                                      const std::string& name) {
  if (!name.empty()) {
    if (auto valid = check_backup_name(name); !valid) return tl::unexpected(valid.error());
  }
  if (auto folder = ensure_folder(folder_); !folder) return tl::unexpected(folder.error());
  auto staged = StagedFile::write(folder_, render(registry, at, "backup_timestamp"));
  if (!staged) return tl::unexpected(staged.error());

  auto candidate = name.empty() ? backup_name(at) : name;
  auto published = staged->publish(candidate, Existing::keep);
  for (auto next = at;
       name.empty() && !published && published.error().code == ErrorCode::already_exists;) {
    next += std::chrono::seconds(1);
    candidate = backup_name(next);
    published = staged->publish(candidate, Existing::keep);
  }
  if (published) return candidate;
  if (published.error().code == ErrorCode::already_exists) {
    return fail(ErrorCode::already_exists,
                fmt::format("There is a backup \"{}\" already, and backups are never overwritten. "
                            "Choose another name, or none.",
                            name),
                name_field);
  }
  return tl::unexpected(published.error());
}

Expected<std::string> FileConfigArchive::backup_text(const std::string& name) const {
  if (auto valid = check_backup_name(name); !valid) return tl::unexpected(valid.error());
  auto text = read_regular_file(folder_, name);
  if (text) return text;
  if (text.error().code == ErrorCode::not_found) return tl::unexpected(not_found(name));
  text.error().field = name_field;
  return text;
}

Expected<PortConfig> FileConfigArchive::read_backup(const std::string& name) const {
  return backup_text(name).and_then([&](const std::string& text) {
    return parse_port_config(text, fmt::format("The backup \"{}\"", name));
  });
}

Expected<std::vector<BackupFile>> FileConfigArchive::list() const {
  std::error_code error;
  std::vector<BackupFile> files;
  fs::directory_iterator entry(folder_, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const auto& file = entry->path();
    if (!check_backup_name(file.filename().string())) continue;
    if (auto described = describe_file(file)) files.push_back(std::move(*described));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return tl::unexpected(storage_error(error.value(), "Reading the folder " + folder_.string()));
  }
  std::sort(files.begin(), files.end(), [](const BackupFile& a, const BackupFile& b) {
    return std::tie(b.created_at, b.name) < std::tie(a.created_at, a.name);
  });
  return files;
}

Expected<std::vector<BackupFile>> FileConfigArchive::backups() const {
  auto files = list();
  if (!files) return files;
  std::vector<BackupFile> readable;
  for (auto& file : *files) {
    const auto fd = open_regular_file(folder_, file.name);
    auto digest = fd ? sha256_of(fd->get()) : std::nullopt;
    if (!digest) {
      spdlog::warn("The backup {} is left out of the list: it cannot be read", file.name);
      continue;
    }
    file.sha256 = std::move(*digest);
    readable.push_back(std::move(file));
  }
  return readable;
}

Error FileConfigArchive::not_found(const std::string& name) const {
  const auto files = list();
  const auto advice =
      files && !files->empty()
          ? fmt::format("The newest is \"{}\"; GET /api/ports/backups lists them all.",
                        files->front().name)
          : std::string("GET /api/ports/backups lists those that there are.");
  return {ErrorCode::not_found, fmt::format("There is no backup \"{}\". {}", name, advice),
          name_field};
}

Expected<PortConfig> FileConfigArchive::defaults() const {
  return parse_port_config(defaults_, "The defaults of the suite");
}

}  // namespace pm
