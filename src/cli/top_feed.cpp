#include "cli/top_feed.h"

#include <signal.h>
#include <sys/eventfd.h>

#include <array>

#include "cli/live_updates.h"

namespace pm {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds interval{2'000};
/// Between two answers, however much changes.
constexpr milliseconds least_pause{250};
constexpr milliseconds patience{5'000};

}  // namespace

TopFeed::TopFeed(const ApiClient& api)
    : api_(api), news_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  // Signals are the other thread's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TopFeed::~TopFeed() {
  stopped_ = true;
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

TopFeed::News TopFeed::take() {
  eventfd_t count = 0;
  ::eventfd_read(news_.get(), &count);
  const std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

void TopFeed::publish(std::optional<TopData> data, std::vector<Json> changes) {
  {
    const std::lock_guard lock(mutex_);
    if (data) waiting_.data = std::move(data);
    for (auto& change : changes) waiting_.changes.push_back(std::move(change));
  }
  ::eventfd_write(news_.get(), 1);
}

void TopFeed::run() {
  LiveUpdates updates(api_, {});
  auto next = steady_clock::now();
  auto last = next - least_pause;
  while (!stopped_) {
    const auto now = steady_clock::now();
    if (now >= next) {
      auto data = fetch();
      if (stopped_) return;
      publish(std::move(data), {});
      last = steady_clock::now();
      next = last + interval;
    }
    const auto left = std::chrono::ceil<milliseconds>(next - steady_clock::now());
    std::vector<Json> changes;
    for (auto& event : updates.next(std::max(left, milliseconds{0}), stop_.get())) {
      if (event.kind == LiveUpdates::Event::Kind::change) {
        changes.push_back(std::move(event.message));
      }
    }
    if (changes.empty()) continue;
    publish(std::nullopt, std::move(changes));
    next = std::min(next, last + least_pause);
  }
}

TopData TopFeed::fetch() const {
  TopData data;
  const std::array<std::pair<const char*, Json*>, 4> questions{{
      {"/api/health/detailed", &data.health},
      {"/api/services", &data.services},
      {"/api/services/status", &data.statuses},
      {"/api/ports/conflicts", &data.conflicts},
  }};
  std::vector<HttpCall> calls;
  for (const auto& [target, answer] : questions) {
    calls.push_back(api_.http_call({.target = target, .timeout = patience}));
    calls.back().stopped = &stopped_;
  }
  perform_all(calls, calls.size(), [&](std::size_t place, const HttpAnswer& answer) {
    if (answer.reach != Reach::answered) {
      data.trouble = answer.message;
      return;
    }
    auto understood = api_answer(answer);
    if (!understood) {
      data.trouble = understood.error().message;
    } else {
      *questions.at(place).second = std::move(understood->body);
    }
  });
  return data;
}

}  // namespace pm
