#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "store/connection.h"
#include "store/ledger.h"
#include "store/sqlite_store.h"
#include "support/temp_folder.h"

namespace pm::test {

/// A folder for a database.
class StoreFolder : public TempFolder {
 public:
  std::filesystem::path database() const { return path() / "portmanager.db"; }
};

/// That many seconds after 2026-11-22T20:00:00Z.
Timestamp at_second(int seconds);
ChangeContext context_of(const std::string& actor, int seconds = 0);
std::shared_ptr<const SuiteConfig> suite_config();
PortKey tcp(int port);
Service service(const std::string& service_id);
/// The changes that give a service its port.
std::vector<Change> placed(const std::string& service_id, int port, std::int64_t sequence,
                           bool contested = false);
/// The event of a release.
AppendHistory given_up(const std::string& service_id, int port);
/// A listener with every member set that the tables keep.
Listener nginx_on(int port);
/// A system_conflict: nginx_on(port) is where the service should be.
Conflict squatted(std::int64_t conflict_id, const std::string& service_id, int port);
LearnedIdentity identity_of(const std::string& service_id);
Store::Rule rule_of(std::vector<Change> changes, const std::string& action = "test");

/// Opens a store, or throws with the error's message.
std::unique_ptr<SqliteStore> open_store(const std::filesystem::path& file,
                                        SqliteStore::Options options = {});
/// A connection to a database whose tables are up to date.
Connection migrated(const std::filesystem::path& file);
Ledger::Options ledger_options();

/// What somebody with the sqlite3 shell does to the file.
void run_sql(const std::filesystem::path& file, const std::string& sql);
/// The first column of the first row, as text.
std::string ask_sql(const std::filesystem::path& file, const std::string& sql);
/// The message that SQLite refuses the statement with; "" when it does not.
std::string refusal_of(const std::filesystem::path& file, const std::string& sql);

/// All that a registry says, as text: two registries are identical when their texts are.
std::string dump(const Registry& registry);

std::string bytes_of(const std::filesystem::path& file);

}  // namespace pm::test
