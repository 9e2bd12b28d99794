#include "http/live_feed.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/strict_json.h"

namespace pm {
namespace {

constexpr std::size_t most_subscriptions = 1'000;

/// The type of a client's message; "" for what is none of ours.
std::string type_of(const Json& message) {
  if (!message.is_object()) return {};
  const auto type = message.find("type");
  return type != message.end() && type->is_string() ? type->get<std::string>() : std::string();
}

}  // namespace

LiveFeed::LiveFeed(DetachedLoop& loop, const Clock& clock, Options options,
                   const RecentEvents& recent, Snapshot registry)
    : loop_(loop),
      clock_(clock),
      options_(std::move(options)),
      messages_(registry),
      replay_(options_.replay),
      revision_(registry->revision()) {
  replay_.begin_after(recent.complete_since);
  for (auto first = recent.events.begin(); first != recent.events.end();) {
    const auto last = std::find_if(first, recent.events.end(), [&](const LiveEvent& event) {
      return event.revision != first->revision;
    });
    for (const auto& message : LiveMessages::of({first, last}, *registry)) {
      replay_.add(frame_of(message));
    }
    first = last;
  }
}

LiveFrame LiveFeed::frame_of(const LiveMessage& message) const {
  return {message.revision,
          std::make_shared<const std::string>(WebSocketCodec::text_frame(message.text)),
          std::make_shared<const std::vector<std::string>>(message.services)};
}

void LiveFeed::on_commit(const CommitNotice& notice) {
  loop_.post([this, notice] { broadcast(notice); });
}

void LiveFeed::broadcast(const CommitNotice& notice) {
  std::vector<LiveFrame> frames;
  for (const auto& message : messages_.of(notice)) {
    frames.push_back(frame_of(message));
    replay_.add(frames.back());
  }
  revision_ = notice.revision;
  if (frames.empty()) return;
  std::vector<WebSocketSession*> touched;
  touched.reserve(sessions_.size());
  for (auto& [session, client] : sessions_) {
    std::uint64_t count = 0;
    for (const auto& frame : frames) {
      if (!wants(client, frame)) continue;
      session->queue(frame.bytes);
      ++count;
    }
    if (count == 0) continue;
    messages_sent_ += count;
    touched.push_back(session);
  }
  // A session that is over is destroyed by this, so not within the loop above.
  for (auto* session : touched) {
    session->flush();
    loop_.refresh(*session);
  }
}

bool LiveFeed::wants(const Client& client, const LiveFrame& frame) {
  return client.services.empty() ||
         std::any_of(frame.services->begin(), frame.services->end(),
                     [&](const std::string& id) { return client.services.contains(id); });
}

void LiveFeed::take(UniqueFd fd, std::string unread, Wish wish) {
  WebSocketSession::Owner& owner = *this;
  auto session =
      std::make_unique<WebSocketSession>(std::move(fd), std::move(unread), owner, options_.session);
  auto* key = session.get();
  loop_.post([this, key, client = Client{std::move(wish), {}}] {
    sessions_.insert_or_assign(key, client);
  });
  loop_.add(std::move(session));
}

void LiveFeed::on_open(WebSocketSession& session) {
  ++clients_;
  auto& client = sessions_[&session];
  client.services.insert(client.wish.services.begin(), client.wish.services.end());
  const auto since = std::exchange(client.wish.since, std::nullopt);
  client.wish.services = {};

  std::vector<LiveFrame> missed;
  const bool reaches = since && replay_.reaches(*since) && *since <= revision_;
  if (reaches) missed = replay_.after(*since);
  std::erase_if(missed, [&](const LiveFrame& frame) { return !wants(client, frame); });

  Json hello;
  hello["type"] = "connected";
  hello["message"] = "Connected to Port Manager updates";
  if (since) {
    hello["replay"] = {{"since", *since}, {"complete", reaches}, {"messages", missed.size()}};
  }
  reply(session, std::move(hello));
  for (const auto& frame : missed) session.queue(frame.bytes);
  messages_sent_ += missed.size();
}

void LiveFeed::on_text(WebSocketSession& session, const std::string& text) {
  const auto message = parse_strict(text, "the message");
  const auto type = message ? type_of(*message) : std::string();
  Json answer;
  if (type == "ping") {
    answer["type"] = "pong";
  } else if (type == "subscribe") {
    answer = subscribe(sessions_[&session], *message);
  } else {
    answer["type"] = "echo";
    answer["data"] = text;
  }
  reply(session, std::move(answer));
}

Json LiveFeed::subscribe(Client& client, const Json& request) const {
  const auto found = request.find("services");
  const bool is_all = found == request.end() || found->is_null();
  const auto list = is_all ? Json(Json::array()) : *found;
  const bool is_list =
      list.is_array() && list.size() <= most_subscriptions &&
      std::all_of(list.begin(), list.end(), [](const Json& each) { return each.is_string(); });
  Json answer;
  if (!is_list) {
    answer["type"] = "error";
    answer["message"] =
        "services is not a list of at most 1000 service ids, as in {\"type\": \"subscribe\", "
        "\"services\": [\"passport\"]}. What was subscribed before still is.";
    return answer;
  }
  client.services.clear();
  for (const auto& each : list) client.services.insert(each.get<std::string>());
  answer["type"] = "subscribed";
  answer["services"] = list;
  return answer;
}

void LiveFeed::reply(WebSocketSession& session, Json message) const {
  message["revision"] = revision_;
  message["timestamp"] = std::chrono::duration<double>(clock_.now().time_since_epoch()).count();
  session.queue(std::make_shared<const std::string>(
      WebSocketCodec::text_frame(message.dump(-1, ' ', false, Json::error_handler_t::replace))));
}

void LiveFeed::on_end(WebSocketSession& session) {
  --clients_;
  sessions_.erase(&session);
}

}  // namespace pm
