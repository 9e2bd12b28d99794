#include <algorithm>

#include "app/rfc3339.h"
#include "cli/doctor_checks.h"
#include "cli/json_fields.h"

namespace pm {
namespace {

Finding range(const DoctorFacts& facts) {
  const Json nothing;
  const auto& statistics = object_of(facts.health ? *facts.health : nothing, "statistics");
  const auto available = number_of(statistics, "available_ports");
  const auto& ends = list_of(statistics, "port_range");
  if (!available || ends.size() != 2 || !ends[0].is_number() || !ends[1].is_number()) {
    return not_known("range", facts);
  }
  const auto all = ends[1].get<std::int64_t>() - ends[0].get<std::int64_t>() + 1;
  constexpr std::int64_t a_tenth = 10;
  const auto found = std::to_string(*available) + " of " + std::to_string(all) +
                     " ports of the suite's range " + ends[0].dump() + "-" + ends[1].dump() +
                     " are free.";
  if (*available * a_tenth >= all) return {"range", Verdict::ok, found, ""};
  return {"range", *available == 0 ? Verdict::failure : Verdict::warning, found,
          "Serve with a wider --range, or release what nobody uses: portmanager list, portmanager "
          "reserved."};
}

Finding moves(const DoctorFacts& facts) {
  const Json nothing;
  const auto& under_way = object_of(facts.health ? *facts.health : nothing, "moves");
  const auto pending = number_of(under_way, "pending");
  if (!pending) return not_known("moves", facts);
  if (*pending == 0) return {"moves", Verdict::ok, "No move is under way.", ""};
  const auto count = static_cast<std::size_t>(*pending);
  const auto oldest = from_rfc3339(text_of(under_way, "oldest_at"));
  const auto age = oldest ? std::chrono::duration_cast<std::chrono::seconds>(
                                facts.server_time.value_or(facts.now) - *oldest)
                          : std::chrono::seconds(0);
  constexpr std::chrono::minutes too_long{5};
  const auto found = counted(count, "move") + " under way, the oldest for " + in_words(age) + ".";
  if (age < too_long) return {"moves", Verdict::ok, found, ""};
  return {"moves", Verdict::failure, found + " It holds both its ports.",
          "Look at the server's log. A restart of the server settles a move by where the service "
          "is."};
}

Finding conflicts(const DoctorFacts& facts) {
  if (!facts.conflicts) return not_known("conflicts", facts);
  const auto& open = list_of(*facts.conflicts, "conflicts");
  if (open.empty()) return {"conflicts", Verdict::ok, "There is no conflict.", ""};
  bool is_bad = false;
  std::vector<std::string> names;
  for (const auto& conflict : open) {
    const auto severity = text_of(conflict, "severity");
    is_bad = is_bad || severity == "critical" || severity == "high";
    names.push_back(text_of(conflict, "type") + " at port " + text_of(conflict, "port"));
  }
  return {"conflicts", is_bad ? Verdict::failure : Verdict::warning,
          counted(open.size(), "conflict") + ": " + some_of(names) + ".",
          "portmanager conflicts tells more, portmanager resolve --dry-run what moving would do."};
}

Finding services(const DoctorFacts& facts) {
  if (!facts.services) return not_known("services", facts);
  const auto& all = list_of(*facts.services, "services");
  std::vector<std::string> unhealthy;
  for (const auto& service : all) {
    if (text_of(service, "status") == "unhealthy") {
      unhealthy.push_back(text_of(service, "service_id"));
    }
  }
  if (unhealthy.empty()) {
    return {"services", Verdict::ok,
            "None of " + counted(all.size(), "service") + " is known to be unhealthy.", ""};
  }
  return {"services", Verdict::warning,
          std::to_string(unhealthy.size()) + " of " + counted(all.size(), "service") +
              " unhealthy: " + some_of(unhealthy) + ".",
          "portmanager status SERVICE --now asks one and says what is wrong."};
}

Finding update_port(const DoctorFacts& facts) {
  if (!facts.asked_for_update_port) {
    return {"update-port", Verdict::unknown,
            facts.services ? "Services are asked on the server's own machine only."
                           : "The server could not be asked.",
            ""};
  }
  const auto asked = *facts.asked_for_update_port;
  if (facts.without_update_port.empty()) {
    return {"update-port", Verdict::ok,
            "None of " + counted(asked, "healthy service") +
                " lacks POST /api/config/update-port, as far as they tell.",
            ""};
  }
  auto missing = facts.without_update_port;
  std::sort(missing.begin(), missing.end());
  return {"update-port", Verdict::warning,
          std::to_string(missing.size()) + " of " + counted(asked, "healthy service") +
              " cannot be moved while running: " + some_of(missing) +
              " answer 404 at /api/config/update-port.",
          "docs/api.md says what a service implements. Until then: stop it, portmanager reassign "
          "it, start it."};
}

Finding reservations(const DoctorFacts& facts) {
  if (!facts.reserved) return not_known("reservations", facts);
  std::vector<std::string> lost;
  std::size_t held = 0;
  for (const auto& reservation : list_of(*facts.reserved, "reserved")) {
    if (!flag_of(reservation, "hold")) continue;
    ++held;
    if (!flag_of(reservation, "bound")) lost.push_back(text_of(reservation, "port"));
  }
  if (lost.empty()) {
    return {"reservations", Verdict::ok, "Of " + counted(held, "held port") + ", none is lost.",
            ""};
  }
  return {"reservations", Verdict::failure,
          "Held and yet taken by another: port " + some_of(lost) + ".",
          "portmanager who PORT names the process. When it is gone, the server holds the port "
          "again after its next start."};
}

Finding backups(const DoctorFacts& facts) {
  if (!facts.backups) return not_known("backups", facts);
  std::optional<Timestamp> newest;
  for (const auto& backup : list_of(*facts.backups, "backups")) {
    const auto at = from_rfc3339(text_of(backup, "created_at"));
    if (at && (!newest || *at > *newest)) newest = at;
  }
  const std::string mend = "portmanager backup makes one; let a timer do it daily.";
  if (!newest) return {"backups", Verdict::warning, "There is no backup.", mend};
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(
      facts.server_time.value_or(facts.now) - *newest);
  constexpr std::chrono::hours a_week{7 * 24};
  const auto found = "The newest backup is " + in_words(age) + " old.";
  if (age <= a_week) return {"backups", Verdict::ok, found, ""};
  return {"backups", Verdict::warning, found, mend};
}

}  // namespace

std::vector<Finding> examine_registry(const DoctorFacts& facts) {
  return {range(facts),       moves(facts),        conflicts(facts), services(facts),
          update_port(facts), reservations(facts), backups(facts)};
}

}  // namespace pm
