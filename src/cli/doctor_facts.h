#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/strict_json.h"
#include "cli/api_client.h"
#include "domain/error.h"
#include "domain/timestamp.h"

namespace pm {

/// What was found out before it is judged. What could not be asked is unset. Answers are those of
/// docs/api.md, as they came.
struct DoctorFacts {
  Timestamp now;                ///< by this machine's clock
  std::string program_version;  ///< of this program
  std::string url;
  std::string not_reached;  ///< why the server does not answer, a clause; "": it does

  std::optional<Json> health;  ///< /api/health/detailed
  std::optional<Timestamp> server_time;
  std::optional<Json> services;
  std::optional<Json> conflicts;
  std::optional<Json> reserved;
  std::optional<Json> backups;
  std::optional<Json> upstream;

  /// Healthy services that were asked whether they have update-port, and those that have not.
  std::optional<std::size_t> asked_for_update_port;
  std::vector<std::string> without_update_port;

  struct File {
    std::filesystem::path path;
    unsigned int mode{0};  ///< permission bits
    unsigned int owner{0};
  };
  std::optional<File> token_file;
  std::string data_dir;                  ///< "": nobody asked for a look at it
  std::optional<File> data_folder;       ///< unset: it cannot be looked at
  std::optional<File> database_file;     ///< the same
  Expected<void> database;               ///< what the inspection of the database says
  std::optional<std::string> locked_by;  ///< who keeps the server from writing to it
};

struct DoctorOptions {
  std::string data_dir;
  std::string token_file;
  std::string program_version;
  std::function<Expected<void>(const std::filesystem::path&)> inspect_database;
  std::function<std::optional<std::string>(const std::filesystem::path&)> find_lock_holder;
};

/// Asks the server, the services and the files. A few seconds at most, but for the database, whose
/// check takes as long as its size.
DoctorFacts collect_facts(const ApiClient& api, const DoctorOptions& options);

/// "Sun, 06 Nov 1994 08:49:37 GMT", of an answer's Date.
std::optional<Timestamp> http_date(const std::string& text);

}  // namespace pm
