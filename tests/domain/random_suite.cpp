#include "domain/random_suite.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "domain/config_rules.h"
#include "domain/detect_conflicts.h"
#include "domain/kernel_conflicts.h"
#include "domain/plan_moves.h"

namespace pm::test {
namespace {

constexpr int lowest = 8000;
constexpr int highest = 8011;
constexpr int beyond = 8015;
constexpr int services = 12;
constexpr int own_port = 8005;

SuiteConfig small_config() {
  SuiteConfig config;
  config.range = {"suite", port(lowest), port(highest)};
  config.categories = {{"web", port(lowest), port(8005)}};
  return config;
}

const std::vector<PortKey>& port_spaces() {
  static const std::vector<PortKey> spaces{tcp(lowest), udp(lowest), tcp_on("db.example", lowest)};
  return spaces;
}

std::size_t contested_count(const Registry& registry) {
  std::size_t count = 0;
  registry.assignments().for_each(
      [&](const std::string&, const Assignment& each) { count += each.contested ? 1 : 0; });
  return count;
}

void check_holders(const Registry& registry) {
  std::map<PortKey, std::vector<const Assignment*>> by_key;
  std::set<std::int64_t> sequences;
  registry.assignments().for_each([&](const std::string& id, const Assignment& each) {
    EXPECT_EQ(each.service_id, id);
    EXPECT_TRUE(registry.service(id)) << id << " has a port and is not known";
    EXPECT_TRUE(sequences.insert(each.sequence).second) << each.sequence;
    EXPECT_LT(each.sequence, registry.next_sequence());
    by_key[each.key].push_back(&each);
  });
  for (auto& [key, assignments] : by_key) {
    std::sort(assignments.begin(), assignments.end(),
              [](const auto* left, const auto* right) { return left->sequence < right->sequence; });
    std::vector<std::string> names;
    for (const auto* each : assignments) {
      EXPECT_EQ(each->contested, !names.empty()) << each->service_id << " at " << describe(key);
      names.push_back(each->service_id);
    }
    EXPECT_EQ(registry.holders(key), names) << describe(key);
  }
  for (auto key : port_spaces()) {
    for (int value = lowest - 1; value <= beyond + 1; ++value) {
      key.port = port(value);
      if (!by_key.contains(key)) {
        EXPECT_TRUE(registry.holders(key).empty()) << describe(key);
      }
    }
  }
}

void check_occupied(const Registry& registry) {
  std::map<std::pair<std::string, Protocol>, std::set<Port>> taken;
  for (const auto& space : port_spaces()) taken[{space.host, space.protocol}];
  const auto take = [&](const PortKey& key) { taken[{key.host, key.protocol}].insert(key.port); };
  registry.assignments().for_each([&](const auto&, const Assignment& each) { take(each.key); });
  registry.reservations().for_each([&](const PortKey& key, const auto&) { take(key); });
  for (const auto& [id, move] : registry.open_moves()) {
    take(move.from);
    take(move.target());
  }
  for (const auto& [space, ports] : taken) {
    const auto occupied = registry.occupied(space.first, space.second);
    for (const auto each : ports) {
      EXPECT_TRUE(occupied.test(each)) << describe({space.first, space.second, each});
    }
    EXPECT_EQ(occupied.count(port(Port::lowest), port(Port::highest)),
              static_cast<int>(ports.size()));
  }
}

void check_moves(const Registry& registry) {
  const auto& moves = registry.open_moves();
  std::set<std::string> pending;
  for (const auto& [id, move] : moves) {
    EXPECT_EQ(move.move_id, id);
    EXPECT_LT(id, registry.next_move_id());
    EXPECT_NE(registry.move_of(move.service_id), nullptr);
    EXPECT_NE(registry.move_to(move.target()), nullptr);
    const auto* present = registry.assignment(move.service_id);
    ASSERT_TRUE(present) << move.service_id << " is moving and has no port";
    if (move.state == MoveState::pending) {
      EXPECT_TRUE(pending.insert(move.service_id).second) << move.service_id << " moves twice";
      EXPECT_EQ(present->key, move.from);
      EXPECT_NE(move.from, move.target());
    } else {
      EXPECT_EQ(move.state, MoveState::planned);
      EXPECT_NE(move.batch_id, 0);
    }
    for (const auto& [other_id, other] : moves) {
      if (other_id == id || other.service_id == move.service_id) continue;
      EXPECT_NE(other.target(), move.target()) << id << " and " << other_id;
      // A later move never takes what an earlier one holds, by force or not. The other way round
      // is permitted: whoever holds a port that somebody is to get may leave it.
      const bool together = move.batch_id != 0 && move.batch_id == other.batch_id;
      if (!together && other_id > id) {
        EXPECT_NE(other.target(), move.from) << id << " and " << other_id;
      }
    }
  }
}

void check_conflicts(const Registry& registry) {
  std::vector<Conflict> wanted;
  for (const auto& key : all_keys(registry)) {
    for (auto& conflict : detect_registry_conflicts(registry, key)) {
      wanted.push_back(std::move(conflict));
    }
  }
  EXPECT_EQ(plain(open_registry_conflicts(registry)), plain(wanted));
  registry.open_conflicts().for_each([&](std::int64_t, const Conflict& each) {
    if (is_kernel_conflict(each.type)) {
      EXPECT_TRUE(still_has_port(registry, each)) << plain({each}).front();
    }
  });
}

void check_what_is_kept(const Registry& registry) {
  int held = 0;
  registry.reservations().for_each(
      [&](const auto&, const Reservation& each) { held += each.hold ? 1 : 0; });
  EXPECT_EQ(registry.held_reservations(), held);
  registry.identities().for_each([&](const std::string& id, const LearnedIdentity& each) {
    EXPECT_EQ(each.service_id, id);
    EXPECT_TRUE(registry.service(id)) << id << " is learned and not known";
  });
}

}  // namespace

std::vector<PortKey> all_keys(const Registry& registry) {
  std::set<PortKey> keys;
  registry.assignments().for_each(
      [&](const auto&, const Assignment& each) { keys.insert(each.key); });
  registry.reservations().for_each([&](const PortKey& key, const auto&) { keys.insert(key); });
  registry.open_conflicts().for_each([&](auto, const Conflict& each) { keys.insert(each.key); });
  return {keys.begin(), keys.end()};
}

void check_invariants(const Registry& registry) {
  check_holders(registry);
  check_occupied(registry);
  check_moves(registry);
  check_conflicts(registry);
  check_what_is_kept(registry);
}

RandomSuite::RandomSuite(unsigned seed) : random_(seed), suite_(small_config()) {
  suite_.place_self(own_port);
  told_[self] = port(own_port);
}

std::string RandomSuite::any_service() {
  return chance(5) ? self : "s" + std::to_string(pick(1, services));
}

Port RandomSuite::any_port() {
  return port(chance(85) ? pick(lowest, highest) : pick(lowest, beyond));
}

PortKey RandomSuite::any_key() {
  auto key = port_spaces()[chance(80) ? 0 : static_cast<std::size_t>(pick(1, 2))];
  key.port = any_port();
  return key;
}

template <typename Rule>
auto RandomSuite::attempt(const std::string& name, bool may_contest, const Rule& rule) {
  const Registry before = suite_.registry();
  const auto text = dump(before);
  auto answer = suite_.commit([&](Draft& draft) {
    auto decided = rule(draft);
    EXPECT_EQ(draft.registry().revision(), before.revision());
    return decided;
  });
  EXPECT_EQ(dump(before), text) << name << " changed a copy that was made before";
  check_occupied(before);
  if (answer) {
    ++done_[name];
    check_changes(before, name, may_contest);
  } else {
    ++done_[name + ' ' + to_string(answer.error().code)];
    EXPECT_EQ(dump(suite_.registry()), text);
  }
  check_invariants(suite_.registry());
  return answer;
}

/// What the change set must say, beside what the registry has become.
void RandomSuite::check_changes(const Registry& before, const std::string& name, bool may_contest) {
  const auto& after = suite_.registry();
  if (!may_contest) {
    EXPECT_LE(contested_count(after), contested_count(before)) << name;
  }
  EXPECT_GE(after.next_sequence(), before.next_sequence());
  EXPECT_GE(after.next_move_id(), before.next_move_id());
  EXPECT_GE(after.next_conflict_id(), before.next_conflict_id());

  auto replayed = before;
  for (const auto& change : suite_.last().changes) replayed.apply(change);
  EXPECT_EQ(replayed.revision(), before.revision());
  replayed.set_revision(after.revision());
  EXPECT_EQ(dump(replayed), dump(after)) << name << " does not record all that it does";

  std::vector<std::tuple<std::string, std::optional<Port>, std::optional<Port>>> events;
  auto releases = before.releases().sorted();
  for (const auto& [event] : all_of<AppendHistory>(suite_.last())) {
    EXPECT_EQ(event.context.actor, "tester") << "the draft says who it was";
    if (event.action == HistoryAction::move_failed) continue;
    EXPECT_EQ(event.old_port, told_[event.service_id]) << event.service_id;
    EXPECT_NE(event.old_port, event.new_port) << event.service_id;
    told_[event.service_id] = event.new_port;
    if (event.old_port) {
      releases[{event.host, event.protocol, *event.old_port}] = event.context.at;
    }
    events.emplace_back(event.service_id, event.old_port, event.new_port);
    const auto* assignment = (event.new_port ? after : before).assignment(event.service_id);
    ASSERT_TRUE(assignment) << event.service_id;
    EXPECT_EQ(assignment->key.host, event.host);
    EXPECT_EQ(assignment->key.protocol, event.protocol);
  }
  std::vector<std::tuple<std::string, std::optional<Port>, std::optional<Port>>> announced;
  for (const auto& each : all_of<AnnouncePortChange>(suite_.last())) {
    announced.emplace_back(each.service_id, each.old_port, each.new_port);
  }
  EXPECT_EQ(announced, events);
  EXPECT_EQ(after.releases().sorted(), releases);

  for (const auto& [service_id, told] : told_) {
    const auto* assignment = after.assignment(service_id);
    EXPECT_EQ(assignment ? std::optional(assignment->key.port) : std::nullopt, told) << service_id;
  }
  const auto* own = after.assignment(self);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->key, tcp(own_port));
}

void RandomSuite::step() {
  const auto service_id = any_service();
  switch (pick(0, 13)) {
    case 0:
    case 1:
    case 2: {
      const auto key = any_key();
      const bool force = chance(30);
      const auto assigned = attempt(force ? "assign by force" : "assign", force, [&](Draft& draft) {
        return assign(draft, {service_id, key, force});
      });
      if (!assigned) break;
      EXPECT_EQ(registry().assignment(service_id)->key, key);
      if (!suite_.last().empty()) {
        EXPECT_EQ(registry().held_ports(service_id).back(), key.port);
      }
      break;
    }
    case 3:
      attempt("release", false, [&](Draft& draft) { return release(draft, service_id); });
      break;
    case 4:
      attempt("register", false, [&](Draft& draft) {
        auto made = service(service_id);
        if (chance(30) && service_id != self) made.host = "DB.example";
        return register_service(draft, made);
      });
      break;
    case 5:
      if (chance(50)) {
        attempt("remove", false, [&](Draft& draft) { return remove_service(draft, service_id); });
      }
      break;
    case 6: {
      const auto key = any_key();
      const auto hi = port(key.port.value() + pick(0, 2));
      const auto reason = chance(50) ? "kept free" : "";
      const auto until = chance(50) ? std::optional(at_second(pick(0, 400))) : std::nullopt;
      const bool hold = chance(30);
      const auto whom = chance(50) ? service_id : "";
      attempt(hold ? "reserve and hold" : "reserve", false, [&](Draft& draft) {
        return reserve(draft, {key.host, key.protocol, key.port, hi, reason, until, hold, whom});
      });
      break;
    }
    case 7:
      for (int times = 0; times < 3; ++times) {
        attempt("unreserve", false, [&](Draft& draft) { return unreserve(draft, any_key()); });
      }
      break;
    case 8: {
      const auto now = at_second(static_cast<int>(registry().revision()));
      attempt("expire", false, [&](Draft& draft) {
        expire_reservations(draft, now);
        return Expected<void>();
      });
      registry().reservations().for_each([&](const PortKey& key, const Reservation& each) {
        EXPECT_TRUE(!each.expires_at || *each.expires_at > now) << describe(key);
      });
      break;
    }
    case 9: {
      const auto to = any_port();
      const bool force = chance(30);
      attempt(force ? "begin_move by force" : "begin_move", false,
              [&](Draft& draft) { return begin_move(draft, service_id, to, force); });
      break;
    }
    case 10:
    case 11:
      go_on_with_a_move();
      break;
    case 12:
      look_at_the_kernel();
      break;
    default:
      if (chance(60)) {
        begin_bulk_update();
      } else {
        const auto config = random_config();
        attempt("import", true,
                [&](Draft& draft) { return replace_config(draft, config, HistoryAction::import); });
      }
  }
}

/// Finds some services drifted, all that were found before closed, and learns who they are.
void RandomSuite::look_at_the_kernel() {
  KernelConflictTracker::Decision decision;
  std::vector<LearnedIdentity> learned;
  for (const auto& [id, conflict] : registry().open_conflicts().sorted()) {
    if (is_kernel_conflict(conflict.type)) decision.close.push_back({id, "Gone."});
  }
  for (const auto& [service_id, assignment] : registry().assignments().sorted()) {
    if (!chance(40)) continue;
    Conflict conflict;
    conflict.type = ConflictType::drift;
    conflict.key = chance(80) ? assignment.key : any_key();
    conflict.services = {service_id};
    decision.open.push_back(std::move(conflict));
    learned.push_back({service_id, "boot", pick(1, 9), 1, 1, "/bin/x", true, at_second(0)});
  }
  attempt("look", false, [&](Draft& draft) {
    for (const auto& identity : learned) draft.apply(PutIdentity{identity});
    return record_kernel_conflicts(draft, decision);
  });
  for (const auto& identity : learned) {
    EXPECT_EQ(*registry().identity(identity.service_id), identity);
  }
}

/// As the saga does it: the moves of a bulk update one after another.
void RandomSuite::go_on_with_a_move() {
  const auto& moves = registry().open_moves();
  if (moves.empty()) return;
  const auto chosen = std::next(moves.begin(), pick(0, static_cast<int>(moves.size()) - 1));
  auto move = chosen->second;
  if (move.batch_id != 0) {
    move = std::find_if(moves.begin(), moves.end(), [&](const auto& each) {
             return each.second.batch_id == move.batch_id;
           })->second;
  }
  const auto id = move.move_id;
  if (move.state == MoveState::planned) {
    const auto begun = attempt("begin_planned_move", false,
                               [&](Draft& draft) { return begin_planned_move(draft, id); });
    if (begun) return;
    attempt("roll_back planned", false,
            [&](Draft& draft) { return roll_back_move(draft, id, "not begun"); });
  } else if (chance(40) && move.phase == MovePhase::requested) {
    attempt("accept_move", false, [&](Draft& draft) { return accept_move(draft, id); });
    EXPECT_EQ(registry().open_moves().at(id).phase, MovePhase::accepted);
  } else if (chance(75)) {
    const auto reassigned = registry().ports_reassigned();
    attempt("commit_move", move.force, [&](Draft& draft) { return commit_move(draft, id, "ok"); });
    EXPECT_EQ(registry().assignment(move.service_id)->key, move.target());
    EXPECT_EQ(registry().held_ports(move.service_id).back(), move.to);
    EXPECT_EQ(registry().ports_reassigned(), reassigned + 1);
  } else {
    const auto reassigned = registry().ports_reassigned();
    attempt("roll_back pending", false,
            [&](Draft& draft) { return roll_back_move(draft, id, "refused"); });
    EXPECT_EQ(registry().assignment(move.service_id)->key, move.from);
    EXPECT_EQ(registry().ports_reassigned(), reassigned);
  }
}

void RandomSuite::begin_bulk_update() {
  std::vector<PortUpdate> updates;
  for (const auto& [service_id, assignment] : registry().assignments().sorted()) {
    if (service_id != self && !registry().move_of(service_id) && chance(50)) {
      updates.push_back({service_id, assignment.key, assignment.key.port});
    }
  }
  std::shuffle(updates.begin(), updates.end(), random_);
  // Mostly round in circles, for ports at random would seldom be permitted as a whole.
  for (std::size_t i = 0; i + 1 < updates.size(); i += static_cast<std::size_t>(pick(1, 2))) {
    std::swap(updates[i].to, updates[i + 1].to);
  }
  if (!updates.empty() && chance(50)) updates.front().to = any_port();

  auto occupied = registry().occupied(std::string(local_host), Protocol::tcp);
  for (const auto& update : updates) occupied.set(update.to);
  const auto take_spare = [&](const PortKey& near) -> std::optional<Port> {
    if (!is_local(near) || near.protocol != Protocol::tcp) return std::nullopt;
    const auto spare = occupied.first_free(port(lowest), port(highest));
    if (spare) occupied.set(*spare);
    return spare;
  };
  if (!check_batch(registry(), updates)) {
    attempt("begin_batch", false, [&](Draft& draft) { return begin_batch(draft, updates, {}); });
    return;
  }
  const auto steps = plan_moves(updates, take_spare);
  if (!steps) return;
  const auto begun = attempt("begin_batch", false,
                             [&](Draft& draft) { return begin_batch(draft, updates, *steps); });
  EXPECT_TRUE(begun) << "a checked update was refused: " << begun.error().message;
  if (begun && steps->size() > updates.size()) ++done_["begin_batch with a cycle"];
}

PortConfig RandomSuite::random_config() {
  PortConfig config;
  config.port_assignments.emplace_back(self, port(own_port));
  for (int i = 1; i <= services; ++i) {
    if (chance(60)) config.port_assignments.emplace_back("s" + std::to_string(i), any_port());
    if (chance(40)) {
      auto& [service_id, ports] = config.port_history.emplace_back();
      service_id = "s" + std::to_string(i);
      for (int count = pick(0, 3); count > 0; --count) ports.push_back(any_port());
    }
  }
  std::shuffle(config.port_assignments.begin(), config.port_assignments.end(), random_);
  for (int value = lowest; value <= beyond; ++value) {
    if (chance(20)) config.reserved_ports.push_back(port(value));
  }
  std::shuffle(config.reserved_ports.begin(), config.reserved_ports.end(), random_);
  if (chance(50)) config.unknown_members = R"({"owner":"ops"})";
  return config;
}

void RandomSuite::settle() {
  while (!registry().open_moves().empty() && !testing::Test::HasFailure()) go_on_with_a_move();
}

}  // namespace pm::test
