#include "serving_facts.h"

#include <sys/resource.h>

#include <filesystem>

namespace pm {
namespace {

std::uint64_t size_of(const std::filesystem::path& path) {
  std::error_code not_there;
  const auto size = std::filesystem::file_size(path, not_there);
  return not_there ? 0 : size;
}

}  // namespace

ServingFacts serving_facts(const ServeOptions& options, bool needs_token) {
  const auto database = std::filesystem::path(options.data_dir) / "portmanager.db";
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  std::error_code unknown;
  const auto space = std::filesystem::space(options.data_dir, unknown);
  ServingFacts facts;
  facts.host = options.host;
  facts.needs_token = needs_token;
  facts.open_files_limit = files.rlim_cur;
  facts.database_bytes = size_of(database);
  facts.wal_bytes = size_of(database.string() + "-wal");
  facts.free_bytes = unknown ? 0 : space.available;
  return facts;
}

}  // namespace pm
