#include "app/move_contact.h"

#include <algorithm>
#include <utility>

namespace pm {
namespace {

constexpr std::chrono::milliseconds longest_poll{500};

}  // namespace

std::optional<Listener> stranger_on(const Registry& registry, const Move& move) {
  std::optional<Listener> stranger;
  registry.open_conflicts().for_each([&](std::int64_t, const Conflict& conflict) {
    if (conflict.type == ConflictType::system_conflict && conflict.key == move.from &&
        conflict.services.front() == move.service_id) {
      stranger = conflict.listener;
    }
  });
  return stranger;
}

ServiceAddress MoveContact::address(const Move& move, Port port) const {
  return addresses_.address(*store_.snapshot(), move.service_id, port);
}

HealthReply MoveContact::health_at_old_port(const Move& move, bool is_taken) {
  const auto at_old = address(move, move.from.port);
  if (!is_taken) return client_.health(at_old);
  return client_.health_of_all({at_old}, options_.stranger_timeout).front();
}

MoveContact::Who MoveContact::who_answers(const Move& move, Port port) {
  if (move.from.protocol == Protocol::udp) return Who::nobody;
  const auto health = client_.health(address(move, port));
  if (health.reach != Reach::answered) return Who::nobody;
  if (!health.identity) return Who::somebody;
  return *health.identity == move.service_id ? Who::itself : Who::nobody;
}

std::string MoveContact::wait_until_up(const ServiceAddress& address, bool by_name) {
  const auto deadline = clock_.steady_now() + options_.come_up_timeout;
  auto interval = options_.poll_interval;
  for (;;) {
    const auto health = client_.health(address);
    const bool is_other = health.identity && *health.identity != address.service_id;
    if (is_other) {
      return "port " + to_string(address.port) + " is answered by " + *health.identity;
    }
    const bool counts = health.identity || !by_name;
    if (health.reach == Reach::answered && health.healthy && counts) return {};
    if (clock_.steady_now() >= deadline) {
      return health.reach == Reach::not_listening
                 ? "nobody listens on port " + to_string(address.port)
             : counts ? "its health check there says: " + health.message
                      : "somebody was there before who does not say who it is";
    }
    if (!clock_.pause(interval)) return "the Port Manager is stopping";
    interval = std::min(interval * 2, longest_poll);
  }
}

bool MoveContact::wait_until_let_go(const ServiceAddress& address) {
  const auto deadline = clock_.steady_now() + options_.old_port_timeout;
  auto interval = options_.poll_interval;
  while (client_.accepts_connections(address.host, address.port)) {
    if (clock_.steady_now() >= deadline || !clock_.pause(interval)) return false;
    interval = std::min(interval * 2, longest_poll);
  }
  return true;
}

MoveContact::Who MoveContact::who_is_it(const Move& move, Port port, bool by_name) {
  const auto who = who_answers(move, port);
  if (who != Who::somebody) return who;
  const auto registry = store_.snapshot();
  const auto holders = registry->holders({move.from.host, move.from.protocol, port});
  const bool shared = std::any_of(holders.begin(), holders.end(),
                                  [&](const std::string& id) { return id != move.service_id; });
  const bool squatted = port == move.from.port && stranger_on(*registry, move);
  return by_name || shared || squatted ? Who::nobody : Who::somebody;
}

std::string MoveContact::tell_back(const Move& move, bool was_occupied) {
  const auto home = to_string(move.from.port);
  const auto at_new = who_is_it(move, move.to, was_occupied);
  auto told = std::pair{at_new, move.to};
  if (at_new != Who::itself) {
    const auto at_old = who_is_it(move, move.from.port, false);
    if (at_old > at_new) told = {at_old, move.from.port};
  }
  const auto [who, port] = told;
  if (who == Who::nobody) return "It answers on neither port; restart it on port " + home + ".";
  const auto reply =
      client_.update_port(address(move, port), move.from.port, move.to, clock_.now());
  if (!reply.accepted) {
    return "It answers on port " + to_string(port) + " and refused to go back: " + reply.message +
           "; restart it on port " + home + ".";
  }
  // One that has just said its name says it there too.
  const auto seen = wait_until_up(address(move, move.from.port), who == Who::itself);
  return seen.empty()
             ? "It was told to go back and answers there."
             : "It was told to go back, but " + seen + "; restart it on port " + home + ".";
}

}  // namespace pm
