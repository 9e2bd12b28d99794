#include "http/live_messages.h"

#include <chrono>
#include <utility>

#include "http/json_views.h"

namespace pm {
namespace {

double epoch_seconds(Timestamp at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

struct Draftsman {
  const Registry& registry;
  std::int64_t revision;
  Timestamp at;
  std::vector<std::pair<Json, std::vector<std::string>>> drafts{};

  void add(const char* type, Json members, std::vector<std::string> services) {
    Json message;
    message["type"] = type;
    message.update(members);
    drafts.emplace_back(std::move(message), std::move(services));
  }

  void operator()(const AnnouncePortChange& change) {
    Json members;
    members["service_id"] = change.service_id;
    members["old_port"] = port_or_null(change.old_port);
    members["new_port"] = port_or_null(change.new_port);
    add("port_change", std::move(members), {change.service_id});
  }
  void operator()(const CloseConflict& change) {
    Json members;
    members["conflict"] = to_json(registry, change.conflict);
    add("conflict_resolved", std::move(members), change.conflict.services);
  }
  void operator()(const PutHealth& change) {
    Json members;
    members["service_id"] = change.service_id;
    members["status"] = to_string(change.health.status);
    add("service_status", std::move(members), {change.service_id});
  }
  void opened(const std::vector<const Conflict*>& conflicts) {
    if (conflicts.empty()) return;
    Json members;
    auto& list = members["conflicts"] = Json::array();
    std::vector<std::string> services;
    for (const auto* conflict : conflicts) {
      list.push_back(to_json(registry, *conflict));
      services.insert(services.end(), conflict->services.begin(), conflict->services.end());
    }
    members["count"] = conflicts.size();
    add("conflicts_detected", std::move(members), std::move(services));
  }

  std::vector<LiveMessage> finish() {
    std::vector<LiveMessage> messages;
    messages.reserve(drafts.size());
    for (auto& [message, services] : drafts) {
      message["revision"] = revision;
      message["timestamp"] = epoch_seconds(at);
      auto if_last = to_text(message);
      auto text = if_last;
      if (messages.size() + 1 < drafts.size()) {
        message["more"] = true;
        text = to_text(message);
      }
      messages.push_back({revision, std::move(text), std::move(if_last), std::move(services)});
    }
    return messages;
  }

  static std::string to_text(const Json& message) {
    return message.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
};

std::optional<Port> port_of(const Registry& registry, const std::string& service_id) {
  const auto* assignment = registry.assignment(service_id);
  return assignment ? std::optional(assignment->key.port) : std::nullopt;
}

}  // namespace

LiveMessages::LiveMessages(Snapshot registry) : registry_(std::move(registry)) {
  registry_->services().for_each([&](const std::string& id, const Service&) {
    if (const auto* health = registry_->health(id)) statuses_[id] = health->status;
  });
}

std::vector<LiveMessage> LiveMessages::of(const std::vector<LiveEvent>& events,
                                          const Registry& registry) {
  if (events.empty()) return {};
  Draftsman draftsman{registry, events.front().revision, events.front().at};
  std::vector<const Conflict*> opened;
  for (const auto& event : events) {
    if (const auto* open = std::get_if<OpenConflict>(&event.change)) {
      opened.push_back(&open->conflict);
    } else if (const auto* port = std::get_if<AnnouncePortChange>(&event.change)) {
      draftsman(*port);
    }
  }
  draftsman.opened(opened);
  for (const auto& event : events) {
    if (const auto* close = std::get_if<CloseConflict>(&event.change)) draftsman(*close);
  }
  for (const auto& event : events) {
    if (const auto* health = std::get_if<PutHealth>(&event.change)) draftsman(*health);
  }
  return draftsman.finish();
}

bool LiveMessages::is_news(const LiveEvent& event) {
  const auto* health = std::get_if<PutHealth>(&event.change);
  if (!health) return true;
  auto& last = statuses_[health->service_id];
  return std::exchange(last, health->health.status) != health->health.status;
}

std::vector<LiveMessage> LiveMessages::of(const CommitNotice& notice) {
  std::vector<LiveEvent> events;
  const auto add = [&](const auto& change) {
    LiveEvent event{notice.revision, notice.context.at, change};
    if (is_news(event)) events.push_back(std::move(event));
  };
  for (const auto& change : notice.changes->changes) {
    if (const auto* port = std::get_if<AnnouncePortChange>(&change)) add(*port);
    if (const auto* open = std::get_if<OpenConflict>(&change)) add(*open);
    if (const auto* close = std::get_if<CloseConflict>(&change)) add(*close);
    if (const auto* health = std::get_if<PutHealth>(&change)) add(*health);
    if (const auto* removed = std::get_if<RemoveService>(&change)) {
      statuses_.erase(removed->service_id);
    }
  }
  if (notice.changes->action == "external") {
    std::erase_if(statuses_,
                  [&](const auto& each) { return !notice.registry->service(each.first); });
    for (auto& event : compare(notice)) {
      if (is_news(event)) events.push_back(std::move(event));
    }
  }
  registry_ = notice.registry;
  return of(events, *notice.registry);
}

std::vector<LiveEvent> LiveMessages::compare(const CommitNotice& notice) const {
  const auto& before = *registry_;
  const auto& after = *notice.registry;
  std::vector<LiveEvent> events;
  const auto add = [&](auto change) {
    events.push_back({notice.revision, notice.context.at, std::move(change)});
  };
  after.open_conflicts().for_each([&](std::int64_t id, const Conflict& conflict) {
    if (!before.open_conflicts().contains(id)) add(OpenConflict{conflict});
  });
  before.open_conflicts().for_each([&](std::int64_t id, Conflict conflict) {
    if (after.open_conflicts().contains(id)) return;
    conflict.resolved_at = notice.context.at;
    conflict.resolution = "Another program closed it.";
    add(CloseConflict{std::move(conflict)});
  });
  after.services().for_each([&](const std::string& id, const Service&) {
    const auto* health = after.health(id);
    if (health) add(PutHealth{id, port_of(after, id).value_or(Port::clamped(0)), *health});
  });
  return events;
}

}  // namespace pm
