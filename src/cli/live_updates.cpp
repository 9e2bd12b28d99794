#include "cli/live_updates.h"

#include <poll.h>

#include <algorithm>

#include "cli/json_fields.h"
#include "http_client/url.h"

namespace pm {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds first_pause{250};
constexpr milliseconds longest_pause{10'000};
constexpr milliseconds silence_before_ping{30'000};
constexpr milliseconds silence_before_end{75'000};

}  // namespace

LiveUpdates::LiveUpdates(const ApiClient& api, Options options)
    : api_(api), options_(std::move(options)), cursor_(options_.since) {}

std::string LiveUpdates::target() const {
  std::string target = "/ws/updates";
  char separator = '?';
  if (cursor_.since()) {
    target += separator + std::string("since=") + std::to_string(*cursor_.since());
    separator = '&';
  }
  for (const auto& service : options_.services) {
    const bool is_first = &service == &options_.services.front();
    target += is_first ? separator + std::string("services=") : std::string(",");
    target += percent_encoded(service);
  }
  return target;
}

std::vector<LiveUpdates::Event> LiveUpdates::next(milliseconds longest, int stop_fd) {
  return client_ ? listen(longest, stop_fd) : connect(longest, stop_fd);
}

std::vector<LiveUpdates::Event> LiveUpdates::connect(milliseconds longest, int stop_fd) {
  const auto until_attempt = std::chrono::ceil<milliseconds>(next_attempt_ - steady_clock::now());
  if (until_attempt.count() > 0) {
    pollfd stop{stop_fd, POLLIN, 0};
    ::poll(&stop, 1, static_cast<int>(std::min(until_attempt, longest).count()));
    return {};
  }
  WebSocketClient::Options options;
  options.url = api_.url_of(target());
  options.stop_fd = stop_fd;
  auto client = WebSocketClient::connect(options);
  if (!client) return lost(client.error().message);
  client_ = std::move(*client);
  last_ping_ = steady_clock::now();
  pause_ = milliseconds{0};
  return {};
}

std::vector<LiveUpdates::Event> LiveUpdates::lost(std::string why) {
  client_.reset();
  pause_ = std::clamp(2 * pause_, first_pause, longest_pause);
  next_attempt_ = steady_clock::now() + pause_;
  return {{Event::Kind::lost, {}, std::move(why)}};
}

std::vector<LiveUpdates::Event> LiveUpdates::listen(milliseconds longest, int stop_fd) {
  std::vector<Event> events;
  client_->wait(std::min(longest, silence_before_ping), stop_fd);
  for (const auto& text : client_->receive()) take(text, events);
  if (client_->is_open()) watch_over_silence();
  if (!client_->is_open()) {
    for (auto& event : lost(client_->reason())) events.push_back(std::move(event));
  }
  return events;
}

void LiveUpdates::watch_over_silence() {
  const auto now = steady_clock::now();
  const auto silence = now - client_->last_heard();
  if (silence > silence_before_end) {
    client_->close();
  } else if (silence > silence_before_ping && now - last_ping_ > silence_before_ping) {
    client_->ping();
    last_ping_ = now;
  }
}

void LiveUpdates::take(const std::string& text, std::vector<Event>& events) {
  auto message = Json::parse(text, nullptr, false);
  const auto type = text_of(message, "type");
  const auto revision = number_of(message, "revision").value_or(0);
  if (type == "connected") {
    const bool has_asked = cursor_.since().has_value();
    const bool is_complete = flag_of(object_of(message, "replay"), "complete");
    cursor_.connected(revision, is_complete);
    const auto kind = has_asked && !is_complete ? Event::Kind::gap : Event::Kind::connected;
    events.push_back({kind, std::move(message), text});
  } else if (!type.empty() && cursor_.is_news(revision, flag_of(message, "more"))) {
    events.push_back({Event::Kind::change, std::move(message), text});
  }
}

}  // namespace pm
