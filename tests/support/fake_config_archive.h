#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/config_archive.h"

namespace pm::test {

/// Backups in memory. A text is the id of a service, which gets port 8001; every backup gives kite
/// port 8002; the defaults are one service "default" on 8003. Not thread-safe.
class FakeConfigArchive final : public ConfigArchive {
 public:
  Expected<PortConfig> parse(const std::string& text) const override {
    if (text.empty()) return fail(ErrorCode::invalid_json, "It is empty.");
    return with(text, 8001);
  }
  std::string render(const Registry& registry, Timestamp at,
                     const std::string& time_member) const override {
    return std::to_string(registry.revision()) + " " + time_member + " " +
           std::to_string(at.time_since_epoch().count());
  }
  Expected<std::string> write_backup(const Registry& registry, Timestamp,
                                     const std::string& name) override {
    if (full) return fail(ErrorCode::storage_full, "The disk is full.");
    const auto chosen = name.empty() ? "by-time" : name;
    if (written.contains(chosen)) return fail(ErrorCode::already_exists, "It exists.");
    written.emplace(chosen, registry.revision());
    return chosen;
  }
  Expected<PortConfig> read_backup(const std::string& name) const override {
    if (!written.contains(name)) return fail(ErrorCode::not_found, "No such backup.");
    return with("kite", 8002);
  }
  Expected<std::string> backup_text(const std::string& name) const override {
    if (!written.contains(name)) return fail(ErrorCode::not_found, "No such backup.");
    return "the text of " + name;
  }
  Expected<std::vector<BackupFile>> backups() const override {
    std::vector<BackupFile> files;
    for (const auto& [name, revision] : written) files.push_back({name, 0, {}, ""});
    return files;
  }
  Expected<PortConfig> defaults() const override {
    if (no_defaults) return fail(ErrorCode::internal, "The defaults are broken.");
    return with("default", 8003);
  }

  bool full{false};
  bool no_defaults{false};
  std::map<std::string, std::int64_t> written;  ///< names, with the revision backed up

 private:
  static PortConfig with(const std::string& service_id, int port) {
    PortConfig config;
    config.port_assignments = {{service_id, Port::clamped(port)}};
    return config;
  }
};

}  // namespace pm::test
