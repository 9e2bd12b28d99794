#include "app/look.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

namespace pm {
namespace {

using Row = ListenerTable::Row;

constexpr const char* usual_endpoint = "/health";

bool has_sibling(std::span<const Row> rows, const Row& row, const std::string& address) {
  return std::any_of(rows.begin(), rows.end(), [&](const Row& other) {
    return other->pid != row->pid && other->address == address;
  });
}

/// An address at which this socket answers and no other of its port does, where there is one: a
/// wildcard gets only what is meant for no specific address, and all of 127.0.0.0/8 is this
/// machine.
std::string reached_at(std::span<const Row> rows, const Row& row) {
  if (row->address == "0.0.0.0") {
    return has_sibling(rows, row, "127.0.0.1") ? "127.0.0.2" : "127.0.0.1";
  }
  if (row->address != "::") return row->address;
  const bool is_alone = !has_sibling(rows, row, "0.0.0.0") && !has_sibling(rows, row, "127.0.0.1");
  return is_alone && !row->v6_only ? "127.0.0.1" : "::1";
}

/// The two are one process: of sockets whose owner is not visible nobody knows.
bool is_of(const Listener& listener, const LearnedIdentity& identity) {
  return listener.pid != 0 && listener.pid == identity.pid &&
         listener.start_ticks == identity.start_ticks;
}

}  // namespace

Look::Look(const Registry& registry, const ListenerTable& table, Circumstances circumstances)
    : registry_(registry), table_(table), circumstances_(std::move(circumstances)) {
  registry.assignments().for_each([&](const std::string& id, const Assignment& assignment) {
    const auto* service = registry.service(id);
    if (!service || !is_local(assignment.key)) return;
    places_.push_back({service, &assignment, registry.move_of(id) != nullptr});
  });
  std::sort(places_.begin(), places_.end(), [](const Place& left, const Place& right) {
    return std::tie(left.assignment->key.protocol, left.assignment->key.port,
                    left.assignment->sequence) < std::tie(right.assignment->key.protocol,
                                                          right.assignment->key.port,
                                                          right.assignment->sequence);
  });
  registry.open_conflicts().for_each([&](std::int64_t, const Conflict& conflict) {
    if (is_kernel_conflict(conflict.type)) disputed_.insert(conflict.services.front());
  });
  registry.identities().for_each([&](const std::string&, const LearnedIdentity& identity) {
    if (identity.pid != 0 && identity.boot_id == circumstances_.boot_id) {
      learned_.emplace(identity.pid, &identity);
    }
  });
}

bool Look::is_self(const Listener& listener) const {
  return listener.pid != 0 && listener.pid == circumstances_.own_pid;
}

const LearnedIdentity* Look::learned_process(const Listener& listener) const {
  const auto found = learned_.find(listener.pid);
  return found != learned_.end() && is_of(listener, *found->second) ? found->second : nullptr;
}

std::vector<ListenerInterviews::Question> Look::questions() const {
  std::vector<ListenerInterviews::Question> questions;
  const std::string host(local_host);
  const auto assigned = registry_.occupied(host, Protocol::tcp);
  const auto& range = registry_.config().range;
  for (const auto& row : table_.all()) {
    if (row->protocol != Protocol::tcp || is_self(*row)) continue;
    const Service* service = nullptr;
    if (assigned.test(row->port)) {
      const auto holders = registry_.holders({host, Protocol::tcp, row->port});
      if (!holders.empty()) service = registry_.service(holders.front());
    } else if (const auto* identity = learned_process(*row)) {
      service = registry_.service(identity->service_id);
    }
    if (!service && !range.contains(row->port)) continue;
    questions.push_back({row, reached_at(table_.at(row->protocol, row->port), row),
                         service ? service->health_endpoint : usual_endpoint});
  }
  return questions;
}

Judgement Look::judge_one(const Place& place, const Row& row, const ListenerInterviews& interviews,
                          const Names& names) const {
  const auto& service = *place.service;
  const auto* process = learned_process(*row);
  const bool is_of_another = process && process->service_id != service.service_id;
  Evidence evidence{service, *row};
  evidence.learned = registry_.identity(service.service_id);
  evidence.answer = interviews.answer(*row);
  if (is_of_another) evidence.known_as = process->service_id;
  evidence.is_self = is_self(*row);
  evidence.service_is_self = service.service_id == registry_.config().self_id;
  evidence.shares_address = has_sibling(table_.at(row->protocol, row->port), row, row->address);
  evidence.young = row->since && circumstances_.now - *row->since < circumstances_.youth;
  evidence.boot_id = circumstances_.boot_id;
  evidence.is_elsewhere = names.contains(service.service_id) &&
                          !(evidence.answer && evidence.answer->name == service.service_id);
  return judge_listener(evidence);
}

Look::Names Look::names(const ListenerInterviews& interviews) const {
  Names names;
  for (const auto& row : table_.all()) {
    const auto* answer = interviews.answer(*row);
    if (answer && !answer->name.empty()) names.insert(answer->name);
  }
  return names;
}

Look::Seen Look::judge(const ListenerInterviews& interviews) const {
  Seen seen;
  const auto given = names(interviews);
  std::vector<const Place*> missing;
  for (auto first = places_.begin(); first != places_.end();) {
    const auto& key = first->assignment->key;
    const auto last = std::find_if(
        first, places_.end(), [&](const Place& place) { return place.assignment->key != key; });
    judge_port(std::span(first, last), interviews, given, seen);
    for (; first != last; ++first) {
      if (first->is_moving) continue;
      const auto own = seen.sight.of_service.find(first->service->service_id);
      if (own == seen.sight.of_service.end()) {
        missing.push_back(&*first);
      } else {
        learn(*first, own->second, interviews, seen);
      }
    }
  }
  find_elsewhere(missing, interviews, seen);
  return seen;
}

void Look::judge_port(std::span<const Place> holders, const ListenerInterviews& interviews,
                      const Names& names, Seen& seen) const {
  const auto& key = holders.front().assignment->key;
  for (const auto& row : table_.at(key.protocol, key.port)) {
    std::vector<KernelFindings::Finding> strangers;
    bool is_known = false;
    for (const auto& place : holders) {
      auto judgement = judge_one(place, row, interviews, names);
      if (judgement.is_service) {
        settle(place, row, std::move(judgement.why), seen);
        is_known = true;
        break;
      }
      if (judgement.is_undecided) seen.undecided.insert(place.service->service_id);
      if (place.is_moving || judgement.is_undecided) continue;
      strangers.push_back({place.service->service_id, key, *row, std::move(judgement.why)});
    }
    // What one holder of a contested port listens on is the other's duplicate, not a stranger.
    if (is_known) continue;
    std::move(strangers.begin(), strangers.end(), std::back_inserter(seen.findings.strangers));
  }
}

void Look::settle(const Place& place, const Row& row, std::string why, Seen& seen) const {
  const auto& service_id = place.service->service_id;
  seen.sight.of_service[service_id].push_back(row);
  if (!disputed_.contains(service_id)) return;
  seen.findings.in_place.push_back({service_id, place.assignment->key, *row, std::move(why)});
}

void Look::learn(const Place& place, const std::vector<Row>& own,
                 const ListenerInterviews& interviews, Seen& seen) const {
  const auto& service_id = place.service->service_id;
  if (service_id == registry_.config().self_id) return;
  // One that gives the service's name says more than one that is healthy and gives none.
  for (const bool by_name : {true, false}) {
    std::vector<Row> candidates;
    std::copy_if(own.begin(), own.end(), std::back_inserter(candidates), [&](const Row& row) {
      const auto* answer = interviews.answer(*row);
      if (!answer) return false;
      return by_name ? answer->name == service_id : answer->healthy && answer->name.empty();
    });
    if (candidates.empty()) continue;
    const auto* known = registry_.identity(service_id);
    const bool is_known = known && (known->named_itself || !by_name) &&
                          std::any_of(candidates.begin(), candidates.end(), [&](const Row& row) {
                            return known->is_process(*row, circumstances_.boot_id);
                          });
    if (is_known) return;
    const auto& row = *candidates.front();
    seen.learned.push_back({service_id, circumstances_.boot_id, row.pid, row.start_ticks, row.inode,
                            row.executable, by_name, circumstances_.now});
    return;
  }
}

void Look::find_elsewhere(const std::vector<const Place*>& missing,
                          const ListenerInterviews& interviews, Seen& seen) const {
  const auto& self_id = registry_.config().self_id;
  std::map<std::string, std::vector<Row>> found;
  for (const auto& row : table_.all()) {
    if (row->protocol != Protocol::tcp) continue;
    if (is_self(*row)) {
      found[self_id].push_back(row);
      continue;
    }
    const auto* answer = interviews.answer(*row);
    if (!answer || !answer->answered) continue;
    // Another process that calls itself the Port Manager is none that this one has to find.
    if (answer->name == self_id) continue;
    if (!answer->name.empty()) {
      auto& list = registry_.service(answer->name) ? found : seen.sight.unregistered;
      list[answer->name].push_back(row);
    } else if (const auto* process = learned_process(*row); process && answer->healthy) {
      // One that never gives its name is known by its process alone.
      if (!process->named_itself) found[process->service_id].push_back(row);
    }
  }
  for (const auto* place : missing) {
    const auto& service_id = place->service->service_id;
    const auto where = found.find(service_id);
    // Where the Port Manager itself serves is decided at its start, and said there.
    if (where == found.end() || service_id == self_id ||
        place->assignment->key.protocol != Protocol::tcp) {
      continue;
    }
    seen.findings.drifted.push_back({service_id, place->assignment->key, *where->second.front(),
                                     "it answers its health check there"});
  }
  for (auto& [service_id, rows] : found) {
    seen.sight.of_service.try_emplace(service_id, std::move(rows));
  }
}

}  // namespace pm
