#include "http/live_feed.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/strict_json.h"

namespace pm {
namespace {

constexpr std::size_t most_subscriptions = 1'000;
// What one that catches up is given at a time.
constexpr std::size_t helping = 64 * 1024;

/// The type of a client's message; "" for what is none of ours.
std::string type_of(const Json& message) {
  if (!message.is_object()) return {};
  const auto type = message.find("type");
  return type != message.end() && type->is_string() ? type->get<std::string>() : std::string();
}

std::vector<std::string> sorted(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  return list;
}

/// The services that a subscription lists, "services" left out being all; nothing for another form.
std::optional<std::vector<std::string>> listed_services(const Json& request) {
  const auto found = request.find("services");
  std::vector<std::string> services;
  if (found == request.end() || found->is_null()) return services;
  const bool is_list =
      found->is_array() && found->size() <= most_subscriptions &&
      std::all_of(found->begin(), found->end(), [](const Json& each) { return each.is_string(); });
  if (!is_list) return std::nullopt;
  for (const auto& each : *found) services.push_back(each.get<std::string>());
  return services;
}

}  // namespace

/// A client's end: what it wants to be told, and how far it has been told it.
class LiveFeed::Client final : public WebSocketSession {
 public:
  Client(LiveFeed& feed, UniqueFd fd, std::string unread, Wish wish, std::shared_ptr<Place> place)
      : WebSocketSession(std::move(fd), std::move(unread), feed.options_.session),
        feed_(feed),
        place_(std::move(place)),
        since_(wish.since),
        services_(sorted(std::move(wish.services))) {}
  ~Client() override;

  /// What `frames` say, whose bytes are `bytes`. As send(), from any thread. Tells how many of them
  /// were sent.
  std::size_t tell(const Frames& frames, const std::vector<Bytes>& bytes);

 private:
  static constexpr std::size_t nowhere = SIZE_MAX;

  void on_open() override;
  void on_text(const std::string& text) override;
  void on_drained() override;
  void on_cut_off() override { ++feed_.cut_off_; }

  bool wants(const LiveFrame& frame) const;
  /// The frame as it is told to this client, for which those behind it, at(next) up to the end, may
  /// not be.
  template <typename At>
  const Bytes& bytes_of(const LiveFrame& frame, const At& at, std::size_t next,
                        std::size_t end) const;
  /// Begins to catch up, and says how.
  Json replay_from(std::int64_t since);
  Json subscribe(const Json& request);
  void reply(Json message);

  LiveFeed& feed_;
  const std::shared_ptr<Place> place_;
  std::optional<std::int64_t> since_;
  std::vector<std::string> services_;                 ///< sorted; empty: all
  std::optional<ReplayBuffer::Position> reads_next_;  ///< while it catches up
  std::size_t index_{nowhere};                        ///< in the feed's clients_
};

LiveFeed::Client::~Client() {
  // One that never began is destroyed by who brought it.
  if (index_ == nowhere) return;
  auto& clients = feed_.clients_;
  clients.back()->index_ = index_;
  clients[index_] = clients.back();
  clients.pop_back();
}

void LiveFeed::Client::on_open() {
  index_ = feed_.clients_.size();
  feed_.clients_.push_back(this);
  Json hello;
  hello["type"] = "connected";
  hello["message"] = "Connected to Port Manager updates";
  if (since_) hello["replay"] = replay_from(*since_);
  reply(std::move(hello));
}

Json LiveFeed::Client::replay_from(std::int64_t since) {
  const auto& replay = feed_.replay_;
  const bool reaches = replay.reaches(since) && since <= feed_.revision_;
  std::size_t count = 0;
  if (reaches) {
    reads_next_ = replay.first_after(since);
    for (auto each = *reads_next_; each < replay.end(); ++each) count += wants(replay.at(each));
  }
  return {{"since", since}, {"complete", reaches}, {"messages", count}};
}

void LiveFeed::Client::on_drained() {
  if (!reads_next_) return;
  const auto& replay = feed_.replay_;
  if (!replay.holds(*reads_next_)) return cut_off();
  const auto enough = std::min(helping, feed_.options_.session.queued);
  for (; *reads_next_ < replay.end() && is_open(); ++*reads_next_) {
    const auto& frame = replay.at(*reads_next_);
    if (!wants(frame)) continue;
    if (queued() > 0 && queued() + frame.bytes->size() > enough) return;
    queue(bytes_of(
        frame, [&](auto position) -> const LiveFrame& { return replay.at(position); },
        *reads_next_ + 1, replay.end()));
    ++feed_.messages_sent_;
  }
  reads_next_.reset();
}

std::size_t LiveFeed::Client::tell(const Frames& frames, const std::vector<Bytes>& bytes) {
  if (reads_next_) return 0;
  if (services_.empty()) {
    send(bytes);
    return is_open() ? bytes.size() : 0;
  }
  std::vector<Bytes> wanted;
  const auto at = [&](auto position) -> const LiveFrame& { return frames[position]; };
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (wants(frames[i])) wanted.push_back(bytes_of(frames[i], at, i + 1, frames.size()));
  }
  if (!wanted.empty()) send(wanted);
  return is_open() ? wanted.size() : 0;
}

template <typename At>
const WebSocketSession::Bytes& LiveFeed::Client::bytes_of(const LiveFrame& frame, const At& at,
                                                          std::size_t next, std::size_t end) const {
  if (services_.empty()) return frame.bytes;
  for (; next < end && at(next).revision == frame.revision; ++next) {
    if (wants(at(next))) return frame.bytes;
  }
  return frame.bytes_if_last;
}

bool LiveFeed::Client::wants(const LiveFrame& frame) const {
  return services_.empty() ||
         std::any_of(frame.services->begin(), frame.services->end(), [&](const std::string& id) {
           return std::binary_search(services_.begin(), services_.end(), id);
         });
}

void LiveFeed::Client::on_text(const std::string& text) {
  const auto message = parse_strict(text, "the message");
  const auto type = message ? type_of(*message) : std::string();
  Json answer;
  if (type == "ping") {
    answer["type"] = "pong";
  } else if (type == "subscribe") {
    answer = subscribe(*message);
  } else {
    answer["type"] = "echo";
    answer["data"] = text;
  }
  reply(std::move(answer));
}

Json LiveFeed::Client::subscribe(const Json& request) {
  auto services = listed_services(request);
  Json answer;
  if (!services) {
    answer["type"] = "error";
    answer["message"] =
        "services is not a list of at most 1000 service ids, as in {\"type\": \"subscribe\", "
        "\"services\": [\"passport\"]}. What was subscribed before still is.";
    return answer;
  }
  answer["type"] = "subscribed";
  answer["services"] = *services;
  services_ = sorted(std::move(*services));
  return answer;
}

void LiveFeed::Client::reply(Json message) {
  message["revision"] = feed_.revision_;
  message["timestamp"] =
      std::chrono::duration<double>(feed_.clock_.now().time_since_epoch()).count();
  queue(std::make_shared<const std::string>(
      WebSocketCodec::text_frame(message.dump(-1, ' ', false, Json::error_handler_t::replace))));
}

LiveFeed::LiveFeed(DetachedLoop& loop, const Clock& clock, Options options,
                   const RecentEvents& recent, Snapshot registry)
    : loop_(loop),
      clock_(clock),
      options_(options),
      messages_(registry),
      replay_(options_.replay),
      revision_(registry->revision()),
      fan_out_(options_.helpers) {
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
  const auto framed = [](const std::string& text) {
    return std::make_shared<const std::string>(WebSocketCodec::text_frame(text));
  };
  const auto bytes = framed(message.text);
  return {message.revision, bytes,
          message.text == message.text_if_last ? bytes : framed(message.text_if_last),
          std::make_shared<const std::vector<std::string>>(message.services)};
}

std::shared_ptr<LiveFeed::Place> LiveFeed::reserve() {
  auto place = std::make_shared<Place>(count_);
  return ++count_ <= options_.max_clients ? place : nullptr;
}

void LiveFeed::take(UniqueFd fd, std::string unread, Wish wish, std::shared_ptr<Place> place) {
  loop_.add(std::make_unique<Client>(*this, std::move(fd), std::move(unread), std::move(wish),
                                     std::move(place)));
}

void LiveFeed::on_commit(const CommitNotice& notice) {
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    is_first = commits_.empty();
    commits_.push_back(notice);
  }
  // Those that come until the loop has time for the first are told together with it.
  if (is_first) loop_.post([this] { broadcast(); });
}

LiveFeed::Frames LiveFeed::take_commits() {
  std::vector<CommitNotice> commits;
  {
    const std::lock_guard lock(mutex_);
    commits.swap(commits_);
  }
  Frames frames;
  for (const auto& notice : commits) {
    for (const auto& message : messages_.of(notice)) {
      frames.push_back(frame_of(message));
      replay_.add(frames.back());
    }
    revision_ = notice.revision;
  }
  return frames;
}

void LiveFeed::broadcast() {
  const auto frames = take_commits();
  if (frames.empty()) return;
  std::vector<WebSocketSession::Bytes> bytes;
  bytes.reserve(frames.size());
  for (const auto& frame : frames) bytes.push_back(frame.bytes);

  std::mutex mutex;
  std::vector<Client*> changed;
  fan_out_.run(clients_.size(), [&](std::size_t begin, std::size_t end) {
    std::size_t count = 0;
    for (auto i = begin; i < end; ++i) {
      auto& client = *clients_[i];
      count += client.tell(frames, bytes);
      if (client.is_settled()) continue;
      const std::lock_guard lock(mutex);
      changed.push_back(&client);
    }
    messages_sent_ += count;
  });
  // A client that is over is destroyed by this, so not within the loop above.
  for (auto* client : changed) loop_.refresh(*client);
}

}  // namespace pm
