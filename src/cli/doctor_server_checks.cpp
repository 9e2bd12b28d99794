#include <algorithm>

#include "app/rfc3339.h"
#include "cli/doctor_checks.h"
#include "cli/json_fields.h"
#include "domain/ephemeral_ports.h"

namespace pm {
namespace {

using std::chrono::seconds;

Finding server(const DoctorFacts& facts) {
  if (!facts.health) {
    return {"server", Verdict::failure,
            "The Port Manager at " + facts.url + " is not there: " + facts.not_reached + ".",
            "Start it with portmanager serve, or name another with --url or PORTMANAGER_URL."};
  }
  const auto version = text_of(*facts.health, "version");
  const auto found = "Port Manager " + version + " at " + facts.url + ", up for " +
                     in_words(seconds(number_of(*facts.health, "uptime").value_or(0))) + ".";
  if (version == facts.program_version) return {"server", Verdict::ok, found, ""};
  return {"server", Verdict::warning, found + " This program is " + facts.program_version + ".",
          "Restart the server after an upgrade, or use the program of its version."};
}

bool is_loopback(const std::string& host) {
  return host.starts_with("127.") || host == "localhost" || host == "::1";
}

Finding exposure(const DoctorFacts& facts) {
  if (!facts.health || !facts.health->contains("serving")) return not_known("exposure", facts);
  const auto& serving = object_of(*facts.health, "serving");
  const auto host = text_of(serving, "host");
  const bool needs_token = flag_of(serving, "token_required");
  const auto found =
      "It listens on " + host + ", and changes need " + (needs_token ? "a token." : "no token.");
  if (is_loopback(host) || needs_token) return {"exposure", Verdict::ok, found, ""};
  return {"exposure", Verdict::failure, found + " Whoever reaches it can move the services.",
          "Serve with --auth-token-file, or with --host 127.0.0.1 behind a proxy."};
}

/// The newest time that a record of the registry bears.
std::optional<Timestamp> newest_record(const DoctorFacts& facts) {
  std::optional<Timestamp> newest;
  const auto take = [&](const Json& entries, const char* member) {
    for (const auto& entry : entries) {
      const auto at = from_rfc3339(text_of(entry, member));
      if (at && (!newest || *at > *newest)) newest = at;
    }
  };
  if (facts.services) take(list_of(*facts.services, "services"), "registered_at");
  if (facts.backups) take(list_of(*facts.backups, "backups"), "created_at");
  if (facts.conflicts) take(list_of(*facts.conflicts, "conflicts"), "detected_at");
  return newest;
}

/// No Port Manager ran before this: a clock that stands there has lost its battery.
constexpr const char* first_release = "2024-01-01T00:00:00Z";

Finding clock(const DoctorFacts& facts) {
  if (!facts.server_time) return not_known("clock", facts);
  constexpr seconds tolerated{5};
  constexpr seconds bad{300};
  const std::string mend =
      "Set the clocks, and keep them with NTP: timedatectl set-ntp true. History and reservations "
      "go by the server's clock.";
  const auto apart =
      std::chrono::duration_cast<seconds>(std::chrono::abs(facts.now - *facts.server_time));
  const auto there = to_rfc3339_seconds(*facts.server_time);
  if (*facts.server_time < *from_rfc3339(first_release)) {
    return {"clock", Verdict::failure, "The server's clock stands at " + there + ".", mend};
  }
  if (apart > tolerated) {
    return {"clock", apart > bad ? Verdict::failure : Verdict::warning,
            "The server's clock says " + there + ", this machine's " +
                to_rfc3339_seconds(facts.now) + ": " + in_words(apart) + " apart.",
            mend};
  }
  const auto newest = newest_record(facts);
  if (newest && *newest > *facts.server_time + bad) {
    return {"clock", Verdict::failure,
            "A record is from the future: " + to_rfc3339_seconds(*newest) +
                ". The clock was ahead then, or is behind now.",
            mend};
  }
  return {"clock", Verdict::ok, "The server's clock and this machine's agree.", ""};
}

Finding open_files(const DoctorFacts& facts) {
  const auto limit = facts.health
                         ? number_of(object_of(*facts.health, "serving"), "open_files_limit")
                         : std::nullopt;
  if (!limit) return not_known("open-files", facts);
  constexpr std::int64_t enough = 4'096;
  constexpr std::int64_t least = 1'024;
  const auto found = "The server may have " + std::to_string(*limit) + " files open at once.";
  if (*limit >= enough) return {"open-files", Verdict::ok, found, ""};
  return {"open-files", *limit < least ? Verdict::failure : Verdict::warning,
          found + " Each client and each service that is asked takes one.",
          "Raise the hard limit: LimitNOFILE=65536 in its systemd unit, or ulimit -Hn 65536 where "
          "it is started."};
}

Finding kernel(const DoctorFacts& facts) {
  if (!facts.health) return not_known("kernel", facts);
  const auto& seen = object_of(object_of(*facts.health, "components"), "kernel");
  const auto listeners = text_of(seen, "listeners");
  if (listeners.empty()) return not_known("kernel", facts);
  const auto advice = text_of(seen, "advice");
  if (advice.empty()) {
    return {"kernel", Verdict::ok,
            "All " + listeners + " listening sockets and their processes are seen.", ""};
  }
  return {"kernel", Verdict::warning,
          "Of " + listeners + " listening sockets, " + text_of(seen, "without_owner") +
              " have no process that can be seen.",
          advice};
}

struct Range {
  int lo{0};
  int hi{0};
};

std::optional<Range> range_of(const Json& object, const char* name) {
  const auto& ends = list_of(object, name);
  if (ends.size() != 2 || !ends[0].is_number_integer() || !ends[1].is_number_integer()) {
    return std::nullopt;
  }
  return Range{ends[0].get<int>(), ends[1].get<int>()};
}

Finding ephemeral(const DoctorFacts& facts) {
  if (!facts.health) return not_known("ephemeral", facts);
  const auto suite = range_of(object_of(*facts.health, "statistics"), "port_range");
  const auto& kernel_ports = object_of(*facts.health, "ephemeral_ports");
  const auto range = range_of(kernel_ports, "range");
  if (!suite || !range) return not_known("ephemeral", facts);
  const auto ephemeral =
      EphemeralPorts::from(std::to_string(range->lo) + "\t" + std::to_string(range->hi),
                           text_of(kernel_ports, "reserved"));
  if (!ephemeral) return not_known("ephemeral", facts);
  int shared = 0;
  for (int port = suite->lo; port <= suite->hi; ++port) {
    shared += ephemeral->contains(Port::clamped(port)) ? 1 : 0;
  }
  const auto all = suite->hi - suite->lo + 1;
  const auto kernels = std::to_string(range->lo) + "-" + std::to_string(range->hi);
  if (shared == 0) {
    return {"ephemeral", Verdict::ok,
            "The kernel takes no port of the suite's for outgoing connections (" + kernels + ").",
            ""};
  }
  return {"ephemeral", shared == all ? Verdict::failure : Verdict::warning,
          "Of the suite's " + std::to_string(all) + " ports, the kernel may take " +
              std::to_string(shared) +
              " for outgoing connections at any time (ip_local_port_range " + kernels +
              "). An automatic choice passes over them.",
          "Serve with a --range below it, or add the range to ip_local_reserved_ports: portmanager "
          "export -f sysctl writes the line for the ports that are assigned."};
}

Finding storage(const DoctorFacts& facts) {
  const Json nothing;
  const auto& serving = object_of(facts.health ? *facts.health : nothing, "serving");
  const auto free_bytes = number_of(serving, "free_bytes");
  if (!free_bytes) return not_known("storage", facts);
  constexpr std::int64_t mebibyte = 1024 * 1024;
  constexpr std::int64_t too_little = 64 * mebibyte;
  constexpr std::int64_t little = 1024 * mebibyte;
  constexpr std::int64_t long_log = 256 * mebibyte;
  const auto in_mebibytes = [](std::int64_t bytes) {
    return std::to_string(bytes / mebibyte) + " MiB";
  };
  const auto wal = number_of(serving, "wal_bytes").value_or(0);
  const auto found = in_mebibytes(*free_bytes) + " are free where the database is; it has " +
                     in_mebibytes(number_of(serving, "database_bytes").value_or(0)) +
                     ", its write-ahead log " + in_mebibytes(wal) + ".";
  if (*free_bytes < little) {
    return {"storage", *free_bytes < too_little ? Verdict::failure : Verdict::warning, found,
            "Free space there: when it is full, every change is refused."};
  }
  if (wal > long_log) {
    return {"storage", Verdict::warning, found,
            "A program that reads the database does not end its transaction: fuser -v "
            "portmanager.db names it."};
  }
  return {"storage", Verdict::ok, found, ""};
}

Finding upstream(const DoctorFacts& facts) {
  if (!facts.upstream) return not_known("upstream", facts);
  std::vector<std::string> troubles;
  std::vector<std::string> enabled;
  for (const auto& each : list_of(*facts.upstream, "upstreams")) {
    if (!flag_of(each, "enabled")) continue;
    const auto target = text_of(each, "target");
    enabled.push_back(target + " is " + text_of(each, "state"));
    const auto given_up = number_of(object_of(each, "backlog"), "given_up").value_or(0);
    const bool is_away =
        text_of(each, "state") != "registered" || text_of(each, "circuit") == "open";
    const auto error = text_of(each, "last_error");
    if (is_away) {
      troubles.push_back(target + " is " + text_of(each, "state") +
                         (error.empty() ? "" : ": " + error));
    } else if (given_up > 0) {
      troubles.push_back(counted(static_cast<std::size_t>(given_up), "event") +
                         " could not be delivered to " + target);
    }
  }
  if (enabled.empty()) return {"upstream", Verdict::ok, "Hub and Ninja are off.", ""};
  if (troubles.empty()) return {"upstream", Verdict::ok, some_of(enabled) + ".", ""};
  return {"upstream", Verdict::warning, some_of(troubles) + ".",
          "Look at the service there, and at --hub-url and --ninja-url. What waits is delivered "
          "when it is back."};
}

}  // namespace

std::vector<Finding> examine_server(const DoctorFacts& facts) {
  return {server(facts), exposure(facts),  clock(facts),   open_files(facts),
          kernel(facts), ephemeral(facts), storage(facts), upstream(facts)};
}

}  // namespace pm
